"""Single e-mails, phones and addresses of a contact v5, and merges.

https://dev.wix.com/docs/api-reference/crm/members-contacts/contacts/contacts-v5/add-contact-address
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import WixError, application_error
from wix_sandbox.resource import merged
from wix_sandbox.resources import contacts_merging, contacts_store, contacts_v5_store
from wix_sandbox.resources.contacts_v5_checks import place_of
from wix_sandbox.resources.contacts_v5_view import OWN, extras_of, view
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity

MAX_MORE = 10
MAX_ADDRESSES = 50
BAD_REQUEST = HTTPStatus.BAD_REQUEST


def _contact(call: Call, name: str = "revision", parameter: str = "contactId") -> Entity:
    """Return the stored contact of a call, whose revision is next to the part."""
    stored = contacts_store.fetch(call.site, call.parameter(parameter))
    contacts_v5_store.check_revision(stored, call.body.get(name), name)
    return stored


def _changed(call: Call, stored: Entity, **changes: Any) -> Entity:
    return {"contact": contacts_v5_store.change(call.site, stored, changes, allow_duplicates=True)}


def _part(call: Call, envelope: str, member: str) -> Entity:
    """Return the part that was sent, checked as an item of the contact's list."""
    cleaned = clean(contacts_v5_store.SCHEMA, {member: [call.entity(envelope)]}, envelope)
    part: Entity = cleaned[member][0]
    return part


def _full(code: str, most: int) -> WixError:
    return application_error(BAD_REQUEST, code, f"A contact has at most {most} of them")


def add_email(call: Call) -> Entity:
    """Answer POST additional-emails: `{email, revision}`. An existing one changes nothing."""
    stored = _contact(call)
    shown, part = view(call.site, stored), _part(call, "email", "additionalEmails")
    if "email" not in shown:
        raise application_error(BAD_REQUEST, "EMAIL_REQUIRED", "The contact has no main email")
    more = shown["additionalEmails"]
    if part.get("email") in {shown["email"]["email"], *(each["email"] for each in more)}:
        return {"contact": shown}
    if len(more) == MAX_MORE:
        raise _full("ADDITIONAL_EMAILS_LIMIT_REACHED", MAX_MORE)
    return _changed(call, stored, additionalEmails=[*more, part])


def add_phone(call: Call) -> Entity:
    """Answer POST additional-phones: `{phone, revision}`. An existing one changes nothing."""
    stored = _contact(call)
    shown, part = view(call.site, stored), _part(call, "phone", "additionalPhones")
    if "phone" not in shown:
        raise application_error(BAD_REQUEST, "PHONE_REQUIRED", "The contact has no main phone")
    more = shown["additionalPhones"]
    if part.get("phone") in {shown["phone"]["phone"], *(each["phone"] for each in more)}:
        return {"contact": shown}
    if len(more) == MAX_MORE:
        raise _full("ADDITIONAL_PHONES_LIMIT_REACHED", MAX_MORE)
    return _changed(call, stored, additionalPhones=[*more, part])


def add_address(call: Call) -> Entity:
    """Answer POST addresses: `{address, revision}`. The same address with the same tag changes nothing."""
    stored = _contact(call)
    shown, part = view(call.site, stored), _part(call, "address", "addresses")
    known = [place_of(each) for each in shown["addresses"]]
    if place_of(part) in known:
        return {"contact": shown}
    if len(known) == MAX_ADDRESSES:
        raise _full("ADDRESSES_LIMIT_REACHED", MAX_ADDRESSES)
    return _changed(call, stored, addresses=[*shown["addresses"], part])


def update_address(call: Call) -> Entity:
    """Answer PATCH addresses/id: `{address, revision}`; members that are not sent stay."""
    stored = _contact(call)
    addresses, at = _addresses(call, stored)
    addresses[at] = merged(addresses[at], _part(call, "address", "addresses")) | {"id": addresses[at]["id"]}
    return _changed(call, stored, addresses=addresses)


def delete_address(call: Call) -> Entity:
    """Answer DELETE addresses/id, with the revision as a parameter."""
    stored = _contact(call)
    addresses, at = _addresses(call, stored)
    del addresses[at]
    return _changed(call, stored, addresses=addresses)


def _addresses(call: Call, stored: Entity) -> tuple[list[Entity], int]:
    addresses: list[Entity] = view(call.site, stored)["addresses"]
    for at, each in enumerate(addresses):
        if each["id"] == call.parameter("addressId"):
            return addresses, at
    text = f"Address with id '{call.parameter('addressId')}' was not found"
    raise application_error(HTTPStatus.NOT_FOUND, "ADDRESS_NOT_FOUND", text)


def merge(call: Call) -> Entity:
    """Answer POST merge: sources fill members that the target lacks, or a `targetContact` in the body replaces both.

    Raises:
        WixError: 400 `INVALID_CONTACT_MERGE` or a target without identity, 404 `SOURCE_NOT_FOUND`, 409 a stale
            revision, 428 `CANNOT_MERGE_SOURCE_MEMBER`.
    """
    site = call.site
    target = _contact(call, "targetContactRevision", "targetContactId")
    sources = _sources(call, target)
    before = view(site, target)
    if call.body.get("targetContact"):
        changes = clean(contacts_v5_store.SCHEMA, call.entity("targetContact"), "targetContact")
        joined = target
    else:
        joined = target | {"info": contacts_merging.joined(site, target, sources)}
        fillers = [view(site, each) for each in reversed(sources)]
        filled = {name: each[name] for each in fillers for name in OWN if name in each}
        changes = {name: value for name, value in filled.items() if name not in before}
    if call.flag("preview"):
        return {"contact": view(site, joined) | changes}
    for source in sources:
        contacts_merging.merge_away(site, source["id"], target["id"])
    site.store.table(contacts_store.EXTRAS).put(extras_of(target["id"], before))
    return _changed(call, joined, **changes)


def _sources(call: Call, target: Entity) -> list[Entity]:
    ids = [str(each) for each in call.items("sourceContactIds")]
    if target["id"] in ids or len(set(ids)) < len(ids):
        text = "A contact cannot be merged into itself or twice"
        raise application_error(BAD_REQUEST, "INVALID_CONTACT_MERGE", text)
    found = [call.site.store.get(contacts_store.KIND, each) for each in ids]
    sources = [each for each in found if each is not None]
    if len(sources) < len(ids):
        raise application_error(HTTPStatus.NOT_FOUND, "SOURCE_NOT_FOUND", "A source contact was not found")
    if any(each.get("memberInfo") for each in sources):
        text = "A site member can only be the target of a merge"
        raise application_error(HTTPStatus.PRECONDITION_REQUIRED, "CANNOT_MERGE_SOURCE_MEMBER", text)
    return sources


_ONE = "/contacts/v5/contacts/{contactId}"
ENDPOINTS = (
    ("POST", f"{_ONE}/additional-emails", "add-email", add_email),
    ("POST", f"{_ONE}/additional-phones", "add-phone", add_phone),
    ("POST", f"{_ONE}/addresses", "add-address", add_address),
    ("PATCH", f"{_ONE}/addresses/{{addressId}}", "update-address", update_address),
    ("DELETE", f"{_ONE}/addresses/{{addressId}}", "delete-address", delete_address),
    ("POST", "/contacts/v5/contacts/{targetContactId}/merge", "merge", merge),
)
"""Method, path, verb and handler of each."""
