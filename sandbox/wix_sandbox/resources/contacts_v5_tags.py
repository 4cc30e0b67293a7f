"""Tags of contacts v5.

https://dev.wix.com/docs/api-reference/crm/members-contacts/contacts/contacts-v5/update-contact-tags
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk_answer, each_item
from wix_sandbox.errors import application_error
from wix_sandbox.resources import contacts_store, contacts_v5_store
from wix_sandbox.resources.bodies import clean_member
from wix_sandbox.resources.contacts_v5_view import view

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


def asked(call: Call) -> tuple[list[str], list[str]]:
    """The tags to assign and those to unassign.

    Raises:
        WixError: 400 `EMPTY_ASSIGN_AND_UNASSIGN_LISTS`.
    """
    both = []
    for name in ("assignTags", "unassignTags"):
        stated = clean_member(contacts_v5_store.SCHEMA, "tags", call.body.get(name) or {}, name)
        both.append((stated.get("privateTags") or {}).get("tagIds") or [])
    if not any(both):
        text = "Tags to assign or to unassign must be given"
        raise application_error(HTTPStatus.BAD_REQUEST, "EMPTY_ASSIGN_AND_UNASSIGN_LISTS", text)
    return both[0], both[1]


def tagged(site: Site, contact_id: str, assign: list[str], unassign: list[str]) -> Entity:
    """Change the tags of a contact and return its view. A tag that is both assigned and unassigned is assigned.

    Raises:
        WixError: 404.
    """
    stored = contacts_store.fetch(site, contact_id)
    before = view(site, stored).get("tags", {}).get("privateTags", {}).get("tagIds", [])
    after = list(dict.fromkeys([*(each for each in before if each not in unassign), *assign]))
    tags = {"tags": {"privateTags": {"tagIds": after}}}
    return contacts_v5_store.change(site, stored, tags, allow_duplicates=True)


def _tag(call: Call) -> Entity:
    change = asked(call)
    return {"contact": tagged(call.site, call.parameter("contactId"), *change)}


def _bulk_tag(call: Call) -> Entity:
    change = asked(call)

    def act(_at: int, contact_id: Any) -> Entity:
        return tagged(call.site, str(contact_id), *change)

    return bulk_answer(each_item(call.items("contactIds"), act, give=call.flag("returnEntity")))


ENDPOINTS = (
    ("POST", "/contacts/v5/contacts/{contactId}/update-tags", "update-tags", _tag),
    ("POST", "/contacts/v5/bulk/contacts/update-tags", "bulk-update-tags", _bulk_tag),
)
"""Method, path, verb and handler of each."""
