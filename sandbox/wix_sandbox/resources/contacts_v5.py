"""The endpoints of contacts v5.

https://dev.wix.com/docs/api-reference/crm/members-contacts/contacts/contacts-v5/introduction
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk, bulk_answer, each_item
from wix_sandbox.errors import Violation, application_error, validation_error, wrong_type
from wix_sandbox.resource import Route
from wix_sandbox.resources import (
    contacts_store,
    contacts_v5_jobs,
    contacts_v5_parts,
    contacts_v5_query,
    contacts_v5_store,
    contacts_v5_tags,
)
from wix_sandbox.resources.contacts_v5_view import view

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity

BASE = "/contacts/v5/contacts"
BULK = "/contacts/v5/bulk/contacts"
MAX_BULK = 100
MODES = ("OVERWRITE", "APPEND", "OVERWRITE_APPEND_ARRAYS")


def _create(call: Call) -> Entity:
    duplicates = call.flag("allowDuplicates")
    return {"contact": contacts_v5_store.create(call.site, call.entity("contact"), allow_duplicates=duplicates)}


def _get(call: Call) -> Entity:
    return {"contact": view(call.site, contacts_store.fetch(call.site, call.parameter("contactId")))}


def _update(call: Call) -> Entity:
    contact_id, body = call.parameter("contactId"), call.entity("contact")
    duplicates = call.flag("allowDuplicates")
    return {"contact": contacts_v5_store.update(call.site, contact_id, body, allow_duplicates=duplicates)}


def _upsert(call: Call) -> Entity:
    mode, members = _mode(call), call.flag("updateMember")
    body = call.entity("contact")
    contact, action = contacts_v5_store.upsert(call.site, body, mode=mode, update_member=members)
    return {"contact": contact, "action": action}


def _mode(call: Call) -> str:
    mode = call.body.get("upsertMode") or MODES[0]
    if mode not in MODES:
        text = f"invalid enum value {mode}, expected one of {', '.join(MODES)}"
        raise validation_error(Violation("upsertMode", text, "INVALID_ENUM_VALUE"))
    return str(mode)


def _delete(call: Call) -> Entity:
    contacts_v5_store.delete(call.site, call.parameter("contactId"), with_member=call.flag("deleteMember"))
    return {}


def _find(call: Call) -> Entity:
    asked = {name: call.body.get(name) for name in ("externalId", "email", "phone")}
    if not any(asked.values()):
        text = "An external id, an email or a phone must be given"
        raise application_error(HTTPStatus.BAD_REQUEST, "NO_IDENTIFIER_PROVIDED", text)
    contact = {
        "externalId": asked["externalId"],
        "email": {"email": asked["email"]},
        "phone": {"phone": asked["phone"]},
    }
    found = [view(call.site, each) for each, _ in contacts_v5_store.matching(call.site, contact)]
    return {"contacts": found[:MAX_BULK]}


def _create_one(call: Call, body: Any, path: str) -> Entity:
    return contacts_v5_store.create(call.site, body, allow_duplicates=call.flag("allowDuplicates"), path=path)


def _masked(at: int, item: Any) -> Entity:
    """Return the contact of an item of a bulk update or upsert, which may have a mask next to it."""
    contact = item.get("contact") if isinstance(item, dict) else None
    if not isinstance(contact, dict):
        raise wrong_type(f"contacts[{at}].contact", "object")
    return contact


def _id_of(item: Any) -> str | None:
    contact = item.get("contact") if isinstance(item, dict) else None
    return contact.get("id") if isinstance(contact, dict) else None


def _bulk_update(call: Call) -> Entity:
    def act(at: int, item: Any) -> Entity:
        body, path = _masked(at, item), f"contacts[{at}].contact"
        duplicates = call.flag("allowDuplicates")
        return contacts_v5_store.update(call.site, str(body.get("id")), body, allow_duplicates=duplicates, path=path)

    items, give = call.items("contacts"), call.flag("returnEntity")
    return bulk_answer(each_item(items, act, give=give, id_of=_id_of))


def _bulk_upsert(call: Call) -> Entity:
    mode, members = _mode(call), call.flag("updateMember")
    actions: dict[int, str] = {}

    def act(at: int, item: Any) -> Entity:
        body, path = _masked(at, item), f"contacts[{at}].contact"
        contact, actions[at] = contacts_v5_store.upsert(call.site, body, mode=mode, update_member=members, path=path)
        return contact

    items, give = call.items("contacts"), call.flag("returnEntity")
    results = each_item(items, act, give=give, id_of=_id_of)
    for at, action in actions.items():
        results[at]["action"] = action
    return bulk_answer(results)


def _delete_one(call: Call, contact_id: Any, _path: str) -> None:
    contacts_v5_store.delete(call.site, str(contact_id), with_member=call.flag("deleteMembers"))


def _get_trashed(call: Call) -> Entity:
    return {"contact": contacts_v5_store.trashed(call.site, call.parameter("contactId"))["shown"]}


def _remove_trashed(call: Call) -> Entity:
    row = contacts_v5_store.trashed(call.site, call.parameter("contactId"))
    call.site.store.delete(contacts_v5_store.TRASH, row["id"])
    return {}


def _restore(call: Call) -> Entity:
    return {"contact": contacts_v5_store.restore(call.site, call.parameter("contactId"))}


def _restore_one(call: Call, contact_id: Any, _path: str) -> Entity:
    return contacts_v5_store.restore(call.site, str(contact_id))


_ONE = f"{BASE}/{{contactId}}"
_BIN = f"{BASE}/trash-bin"
_ENDPOINTS = (
    ("POST", BASE, "create", _create),
    ("GET", _ONE, "get", _get),
    ("PATCH", _ONE, "update", _update),
    ("DELETE", _ONE, "delete", _delete),
    ("POST", f"{BASE}/upsert", "upsert", _upsert),
    ("GET", f"{BASE}/query", "query", contacts_v5_query.answer_query),
    ("POST", f"{BASE}/query", "query", contacts_v5_query.answer_query),
    ("GET", f"{BASE}/search", "search", contacts_v5_query.answer_search),
    ("POST", f"{BASE}/search", "search", contacts_v5_query.answer_search),
    ("POST", f"{BASE}/count", "count", contacts_v5_query.answer_count),
    ("GET", f"{BASE}/find-matching", "find-matching", _find),
    ("POST", f"{BULK}/create", "bulk-create", bulk("contacts", _create_one)),
    ("POST", f"{BULK}/update", "bulk-update", _bulk_update),
    ("POST", f"{BULK}/upsert", "bulk-upsert", _bulk_upsert),
    ("POST", f"{BULK}/delete", "bulk-delete", bulk("contactIds", _delete_one)),
    ("GET", _BIN, "list-trash", contacts_v5_query.answer_trash),
    ("GET", f"{_BIN}/{{contactId}}", "get-trashed", _get_trashed),
    ("DELETE", f"{_BIN}/{{contactId}}", "remove-trashed", _remove_trashed),
    ("POST", f"{_BIN}/{{contactId}}/restore", "restore", _restore),
    ("POST", f"{BULK}/trash-bin/restore", "bulk-restore", bulk("contactIds", _restore_one)),
    *contacts_v5_tags.ENDPOINTS,
    *contacts_v5_parts.ENDPOINTS,
    *contacts_v5_jobs.ENDPOINTS,
)


def routes() -> Iterator[Route]:
    """The endpoints of contacts v5."""
    for method, path, verb, handler in _ENDPOINTS:
        yield Route(method=method, path=path, operation=f"contacts-v5.{verb}", handler=handler)
