"""The contacts endpoints: contacts v4, labels, extended fields.

https://dev.wix.com/docs/rest/crm/members-contacts/contacts
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.resource import Route
from wix_sandbox.resources import (
    contacts_facets,
    contacts_info,
    contacts_jobs,
    contacts_keys,
    contacts_merging,
    contacts_reading,
    contacts_store,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity

BASE = "/contacts/v4/contacts"


def _written(contact: Entity) -> Entity:
    return {"contact": contact}


def _submit(call: Call) -> Entity:
    """Append to the contact with the same e-mail or phone, or create one. Choice: new items follow the old ones."""
    written = contacts_info.cleaned(call.body.get("info"), create=True)
    info = contacts_info.completed(call.site, written)
    stated = call.body.get("contactId")
    known = contacts_store.fetch(call.site, str(stated)) if stated else contacts_store.twin(call.site, info)
    if known is None:
        contact = contacts_store.create(call.site, call.body["info"])
        return {"contactId": contact["id"], "identityType": "CONTACT", "newContact": True}
    if known.get("memberInfo"):
        return {"contactId": known["id"], "identityType": "NOT_AUTHENTICATED_MEMBER", "newContact": False}
    contacts_store.save(call.site, known | {"info": contacts_merging.joined(call.site, known, [{"info": info}])})
    return {"contactId": known["id"], "identityType": "CONTACT", "newContact": False}


def _create(call: Call) -> Entity:
    duplicates = call.flag("allowDuplicates")
    return _written(contacts_store.create(call.site, call.body.get("info"), allow_duplicates=duplicates))


def _get(call: Call) -> Entity:
    asked = call.parameter("id")
    contact = contacts_store.fetch(call.site, contacts_merging.resolve(call.site, asked))
    answer = contacts_reading.shown(contact, call.names("fieldsets"), call.names("fields"))
    return {"contact": answer, "responseType": "REGULAR" if contact["id"] == asked else "MERGED"}


def _update(call: Call) -> Entity:
    return _written(contacts_store.update(call.site, call.parameter("id"), call.body))


def _delete(call: Call) -> Entity:
    contacts_store.delete(call.site, call.parameter("id"))
    return {}


def _query(call: Call) -> Entity:
    return contacts_reading.page(call).answer("contacts", contacts_reading.CONTACTS)


def _list(call: Call) -> Entity:
    """Answer GET: the members of a query are separate parameters; the sort is one object."""
    call.body = {"query": {**call.body, "filter": {}}}
    return _query(call)


def _label(call: Call) -> Entity:
    keys = call.items("labelKeys")
    return _written(contacts_store.relabel(call.site, call.parameter("id"), add=keys))


def _unlabel(call: Call) -> Entity:
    # The official client repeats the key as a query parameter; a single key arrives as text.
    keys = call.body.get("labelKeys")
    call.body["labelKeys"] = [keys] if isinstance(keys, str) else keys
    keys = call.items("labelKeys")
    return _written(contacts_store.relabel(call.site, call.parameter("id"), remove=keys))


_ENDPOINTS = (
    ("POST", BASE, "contacts.create", _create),
    ("GET", BASE, "contacts.list", _list),
    ("POST", f"{BASE}/query", "contacts.query", _query),
    ("GET", f"{BASE}/{{id}}", "contacts.get", _get),
    ("PATCH", f"{BASE}/{{id}}", "contacts.update", _update),
    ("DELETE", f"{BASE}/{{id}}", "contacts.delete", _delete),
    ("POST", f"{BASE}/{{id}}/labels", "contacts.label", _label),
    ("DELETE", f"{BASE}/{{id}}/labels", "contacts.unlabel", _unlabel),
    ("POST", f"{BASE}/{{id}}/merge", "contacts.merge", contacts_merging.answer_merge),
    ("POST", f"{BASE}/{{id}}/preview-merge", "contacts.preview_merge", contacts_merging.answer_preview),
    ("POST", "/contacts/v4/contact-submit", "contacts.submit", _submit),
    *contacts_jobs.ENDPOINTS,
    *contacts_facets.ENDPOINTS,
)


def routes() -> Iterator[Route]:
    """Every contacts endpoint of the sandbox."""
    for method, path, operation, handler in (*_ENDPOINTS, *contacts_keys.ENDPOINTS):
        yield Route(method=method, path=path, operation=operation, handler=handler)
