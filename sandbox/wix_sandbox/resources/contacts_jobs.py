"""Bulk changes of contacts by filter or search. They are jobs, whose state can be queried.

https://dev.wix.com/docs/rest/crm/members-contacts/contacts/contacts/contact-v4/bulk-update-contacts
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import WixError, application_error, existing
from wix_sandbox.resources import contacts_reading, contacts_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity

KIND = "contact_jobs"
JOBS = "/contacts/v4/bulk/jobs"
BULK = "/contacts/v4/bulk/contacts"
MAX_LISTED = 100


def _run(call: Call, kind: str, act: Callable[[Entity], Any]) -> Entity:
    """Change every contact that matches. Choice: the job is done when its id is answered.

    Raises:
        WixError: 400 `NEITHER_FILTER_NOR_SEARCH`, or the refusal of the filter.
    """
    if not call.body.get("filter") and not call.body.get("search"):
        text = "Either filter or search must be given"
        raise application_error(HTTPStatus.BAD_REQUEST, "NEITHER_FILTER_NOR_SEARCH", text)
    started = call.site.now()
    found, errors = contacts_reading.every(call), []
    for contact in found:
        try:
            act(contact)
        except WixError as error:
            errors.append({"errorCode": error.item_error["code"], "message": error.message})
    job = {
        "id": call.site.new_id(),
        "type": kind,
        "status": "COMPLETED",
        "startedDate": started,
        "finishedDate": call.site.now(),
        "totalItems": len(found),
        "processedCount": len(found),
        "failedCount": len(errors),
        "errors": errors,
    }
    call.site.store.insert(KIND, job)
    return {"jobId": job["id"]}


def _delete(call: Call) -> Entity:
    def act(contact: Entity) -> None:
        if contact.get("memberInfo"):
            text = "Site members cannot be deleted in bulk"
            raise application_error(HTTPStatus.PRECONDITION_REQUIRED, "CANNOT_DELETE_SITE_MEMBERS", text)
        contacts_store.delete(call.site, contact["id"])

    return _run(call, "DELETE", act)


def _update(call: Call) -> Entity:
    info = call.entity("info")

    def act(contact: Entity) -> None:
        contacts_store.update(call.site, contact["id"], {"revision": contact["revision"], "info": info})

    return _run(call, "UPDATE", act)


def _label(call: Call) -> Entity:
    add = [str(each) for each in call.body.get("labelKeysToAdd") or []]
    remove = [str(each) for each in call.body.get("labelKeysToRemove") or []]
    contacts_store.check_labels(call.site, add, "labelKeysToAdd")

    def act(contact: Entity) -> None:
        contacts_store.relabel(call.site, contact["id"], add=add, remove=remove)

    return _run(call, "ADD_LABELS" if add else "REMOVE_LABELS", act)


def _get(call: Call) -> Entity:
    job = existing(call.site.store.get(KIND, call.parameter("id")), "Bulk job", call.parameter("id"))
    return {"job": job}


def _list(call: Call) -> Entity:
    """The latest jobs, newest first."""
    return {"jobs": list(call.site.store.all(KIND))[: -MAX_LISTED - 1 : -1]}


ENDPOINTS = (
    ("POST", f"{BULK}/delete", "contacts.bulk_delete", _delete),
    ("POST", f"{BULK}/update", "contacts.bulk_update", _update),
    ("POST", f"{BULK}/add-remove-labels", "contacts.bulk_label", _label),
    ("GET", JOBS, "contacts.list_jobs", _list),
    ("GET", f"{JOBS}/{{id}}", "contacts.get_job", _get),
)
"""Method, path, operation and handler of each."""
