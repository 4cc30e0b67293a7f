"""Contacts v5 as plain functions of a site, over the rows of v4.

https://dev.wix.com/docs/api-reference/crm/members-contacts/contacts/contacts-v5/introduction
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import application_error, existing, required, stale_revision
from wix_sandbox.resource import merged
from wix_sandbox.resources import contacts_info, contacts_store, members_store
from wix_sandbox.resources.contacts_store import EXTRAS, KIND
from wix_sandbox.resources.contacts_v5_checks import check, with_address_ids
from wix_sandbox.resources.contacts_v5_modes import in_mode
from wix_sandbox.resources.contacts_v5_view import extras_of, info_of, view
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

TRASH = "trashed_contacts"
SCHEMA = "contact_v5"


def create(site: Site, body: Any, *, allow_duplicates: bool = False, path: str = "contact") -> Entity:
    """Add a contact and return its view.

    Raises:
        WixError: 400 for invalid or insufficient data, 409 `DUPLICATE_CONTACT_EXISTS`.
    """
    written = _cleaned(body, path)
    contact = with_address_ids(site, {name: value for name, value in written.items() if value is not None})
    check(contact, path)
    info = contacts_info.completed(site, info_of(contact, {}))
    contacts_info.refuse_nobody(info)
    if not allow_duplicates:
        _refuse_duplicate(site, contact, None)
    stored = contacts_store.add(site, info)
    _keep_extras(site, extras_of(stored["id"], contact))
    return view(site, stored)


def update(
    site: Site, contact_id: str, body: Entity, *, allow_duplicates: bool = False, path: str = "contact"
) -> Entity:
    """Change the members that are sent and return the view.

    Raises:
        WixError: 404 unknown id, 400 missing revision or invalid data, 409 stale revision or duplicate, 428 the e-mail
            of a member.
    """
    stored = contacts_store.fetch(site, contact_id)
    check_revision(stored, body.get("revision"), f"{path}.revision")
    changes = _cleaned(body, path)
    return change(site, stored, changes, allow_duplicates=allow_duplicates, path=path)


def check_revision(stored: Entity, sent: Any, name: str) -> None:
    """Compare the revision that was sent with the current one.

    Raises:
        WixError: 400 when it is missing, 409 when it is stale.
    """
    if sent in (None, ""):
        missing = required(name)
        raise missing
    if str(sent) != str(stored["revision"]):
        raise stale_revision(stored["id"], str(stored["revision"]), str(sent))


def change(site: Site, stored: Entity, changes: Entity, *, allow_duplicates: bool, path: str = "contact") -> Entity:
    """Store a contact with changes that are checked against the schema; return the view.

    Raises:
        WixError: As in `update`.
    """
    before = view(site, stored)
    if before.get("externalId") and changes.get("externalId", before["externalId"]) != before["externalId"]:
        text = "The external id is set once"
        raise application_error(HTTPStatus.BAD_REQUEST, "CANNOT_CHANGE_EXTERNAL_ID", text)
    contact = with_address_ids(site, merged(before, changes))
    check(contact, path)
    info = contacts_info.completed(site, info_of(contact, stored["info"]))
    contacts_info.refuse_nobody(info)
    contacts_store.protect_member(stored, info)
    if not allow_duplicates:
        _refuse_duplicate(site, contact, stored["id"])
    _keep_extras(site, extras_of(stored["id"], contact))
    return view(site, contacts_store.save(site, stored | {"info": info}))


def _keep_extras(site: Site, extras: Entity) -> None:
    """Store the members of a contact that v4 does not have; most contacts have none."""
    if any(value for name, value in extras.items() if name != "id"):
        site.store.table(EXTRAS).put(extras)
    else:
        site.store.delete(EXTRAS, extras["id"])


def upsert(site: Site, body: Any, *, mode: str, update_member: bool, path: str = "contact") -> tuple[Entity, str]:
    """Change the contact that matches best, or add one; return the view and `UPDATED` or `CREATED`.

    Raises:
        WixError: 400 invalid data, 428 `CANNOT_UPDATE_MEMBER` for a member if members may not be changed.
    """
    changes = _cleaned(body, path)
    matches = [contact for contact, _ in matching(site, changes)]
    if not matches:
        return create(site, body, path=path), "CREATED"
    stored = matches[0]
    if stored.get("memberInfo") and not update_member:
        text = f"Contact {stored['id']} is a site member"
        raise application_error(HTTPStatus.PRECONDITION_REQUIRED, "CANNOT_UPDATE_MEMBER", text)
    wanted = in_mode(view(site, stored), changes, mode)
    return change(site, stored, wanted, allow_duplicates=True, path=path), "UPDATED"


def _cleaned(body: Any, path: str) -> Entity:
    """Return the members that may be written; e-mails without blanks around them and in lower case."""
    written = clean(SCHEMA, body, path)
    for each in (written.get("email"), *(written.get("additionalEmails") or ())):
        if each and each.get("email"):
            each["email"] = each["email"].strip().lower()
    return written


def matching(site: Site, contact: Entity, own_id: str | None = None) -> Iterator[tuple[Entity, str]]:
    """Return contacts with the same identity, with the members that are equal, the strongest first.

    Additional e-mails and phones are no identifiers. A contact with another external id never matches.
    Choice: the external id decides before e-mail and phone together, then the e-mail, then the phone.
    """
    external = contact.get("externalId")
    by_id = {each["id"] for each in site.store.find(EXTRAS, "externalId", external)} if external else set()

    def having(path: str, value: Any) -> list[str]:
        ids = [each["id"] for each in site.store.find(KIND, path, value)] if value else []
        own = [(site.store.get(EXTRAS, each) or {}).get("externalId") for each in ids]
        return [each for each, theirs in zip(ids, own, strict=True) if not (external and theirs and theirs != external)]

    by_email = having("primaryInfo.email", (contact.get("email") or {}).get("email"))
    by_phone = having("primaryInfo.phone", (contact.get("phone") or {}).get("phone"))
    found = dict.fromkeys(by_phone, "PHONE")
    found |= {each: "EMAIL_AND_PHONE" if each in found else "EMAIL" for each in by_email}
    found |= dict.fromkeys(by_id, "EXTERNAL_ID")
    strength = ("EXTERNAL_ID", "EMAIL_AND_PHONE", "EMAIL", "PHONE")
    for contact_id, kind in sorted(found.items(), key=lambda each: strength.index(each[1])):
        if contact_id != own_id:
            yield contacts_store.fetch(site, contact_id), kind


def _refuse_duplicate(site: Site, contact: Entity, own_id: str | None) -> None:
    for other, kind in matching(site, contact, own_id):
        data = {"matchingContactId": other["id"], "matchType": kind}
        text = "A contact with the same identity already exists"
        raise application_error(HTTPStatus.CONFLICT, "DUPLICATE_CONTACT_EXISTS", text, data)


def delete(site: Site, contact_id: str, *, with_member: bool) -> None:
    """Move a contact to the trash bin, on request together with its member.

    Raises:
        WixError: 404 unknown id, 428 for a member.
    """
    contact = contacts_store.fetch(site, contact_id)
    member_id = contact.get("memberInfo", {}).get("memberId")
    if member_id and with_member and site.store.get(members_store.KIND, member_id) is not None:
        members_store.delete(site, member_id)
        contact = contacts_store.fetch(site, contact_id)
    shown, extras = view(site, contact), site.store.get(EXTRAS, contact_id)
    contacts_store.delete(site, contact_id)
    row = {"id": contact_id, "deletedDate": site.now(), "shown": shown, "contact": contact, "extras": extras}
    site.store.table(TRASH).put(row)


def trashed(site: Site, contact_id: str) -> Entity:
    """Return a row of the trash bin: `{"id", "deletedDate", "shown", …}`.

    Raises:
        WixError: 404.
    """
    return existing(site.store.get(TRASH, contact_id), "Deleted contact", contact_id)


def restore(site: Site, contact_id: str) -> Entity:
    """Restore a contact from the trash bin and return its view.

    Raises:
        WixError: 404.
    """
    row = trashed(site, contact_id)
    site.store.delete(TRASH, contact_id)
    site.store.insert(KIND, row["contact"])
    if row["extras"]:
        site.store.table(EXTRAS).put(row["extras"])
    return view(site, contacts_store.save(site, row["contact"]))
