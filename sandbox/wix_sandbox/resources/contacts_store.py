"""Contacts as plain functions of a site: create, update, label, delete.

https://dev.wix.com/docs/rest/crm/members-contacts/contacts/contacts/contact-v4/introduction
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import Violation, WixError, application_error, required, validation_error
from wix_sandbox.resources import contacts_fields, contacts_info

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "contacts"
LABELS = "labels"
EXTRAS = "contacts_v5"
"""Members of v5 that v4 does not have: one row for each contact that has any of them."""
FIRST_REVISION = 0
"""Wix's samples show 0 and 1; the sandbox uses 0, which is harder to handle."""


def fetch(site: Site, contact_id: str) -> Entity:
    """The stored contact.

    Raises:
        WixError: 404 `CONTACT_NOT_FOUND`.
    """
    contact = site.store.get(KIND, contact_id)
    if contact is None:
        text = f"Contact with id '{contact_id}' was not found"
        raise application_error(HTTPStatus.NOT_FOUND, "CONTACT_NOT_FOUND", text)
    return contact


def create(site: Site, info: Any, *, allow_duplicates: bool = False) -> Entity:
    """Add a contact from the body of a call.

    Raises:
        WixError: 400 for invalid or insufficient data, 409 `DUPLICATE_CONTACT_EXISTS`.
    """
    written = contacts_info.cleaned(info, create=True)
    _check_references(site, written)
    complete = contacts_info.completed(site, contacts_info.patched({}, written))
    contacts_info.refuse_nobody(complete)
    if not allow_duplicates:
        _refuse_duplicate(site, complete, None)
    return add(site, complete)


def add(site: Site, info: Entity, **members: Any) -> Entity:
    """Store a new contact with a checked and complete `info`; `members` are the server's, such as `source`."""
    now = site.now()
    contact = {
        "id": site.new_id(),
        "revision": FIRST_REVISION,
        "source": {"sourceType": "OTHER"},
        "createdDate": now,
        "updatedDate": now,
        "lastActivity": {"activityDate": now, "activityType": "CONTACT_CREATED"},
        "info": info,
        **members,
    }
    return site.store.insert(KIND, contacts_info.derive(contact))


def update(site: Site, contact_id: str, body: Entity) -> Entity:
    """Change the keys of `info` that are sent.

    Raises:
        WixError: 404 unknown id, 400 missing revision or invalid data, 409 stale revision or duplicate, 428 the e-mail
            of a member.
    """
    contact = fetch(site, contact_id)
    check_revision(contact, body.get("revision"))
    changes = contacts_info.cleaned(body.get("info"), create=False)
    _check_references(site, changes)
    info = contacts_info.completed(site, contacts_info.patched(contact["info"], changes))
    contacts_info.refuse_nobody(info)
    protect_member(contact, info)
    if body.get("allowDuplicates") is not True and changes.keys() & {"emails", "phones"}:
        _refuse_duplicate(site, info, contact_id)
    contact["info"] = info
    return save(site, contact)


def save(site: Site, contact: Entity) -> Entity:
    """Store a changed contact: next revision, `updatedDate` now, derived members computed again."""
    contact["revision"] += 1
    contact["updatedDate"] = site.now()
    return site.store.update(KIND, contacts_info.derive(contact))


def relabel(site: Site, contact_id: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> Entity:
    """Add and remove label keys.

    Raises:
        WixError: 404 unknown contact, 400 for a label to add that does not exist.
    """
    contact = fetch(site, contact_id)
    check_labels(site, list(add), "labelKeys")
    gone = set(remove)
    before = contact["info"].get("labelKeys", {}).get("items", [])
    after = [key for key in dict.fromkeys([*before, *add]) if key not in gone]
    if after == before:
        return contact
    contact["info"].pop("labelKeys", None)
    if after:
        contact["info"]["labelKeys"] = {"items": after}
    return save(site, contact)


def delete(site: Site, contact_id: str) -> None:
    """Remove a contact permanently.

    Raises:
        WixError: 404 unknown id, 428 for a member.
    """
    contact = fetch(site, contact_id)
    if contact.get("memberInfo"):
        text = "The contact is a site member; delete the member first"
        raise application_error(HTTPStatus.PRECONDITION_REQUIRED, "CANNOT_DELETE_MEMBER", text)
    site.store.delete(KIND, contact_id)
    site.store.delete(EXTRAS, contact_id)


def forget_everywhere(site: Site, change: Any) -> None:
    """Store every contact for which `change(contact)` returns True, after a label or a field was deleted."""
    for contact in site.store.all(KIND):
        if change(contact):
            save(site, contact)


def check_revision(contact: Entity, sent: Any, name: str = "revision") -> None:
    """Compare the revision that was sent with the current one.

    Raises:
        WixError: 400 when it is missing, 409 `CONTACT_ALREADY_CHANGED` when it is stale.
    """
    if sent in (None, ""):
        missing = required(name)
        raise missing
    # An integer; digits as text are accepted as protobuf JSON does.
    if str(sent) != str(contact["revision"]):
        text = "Contact has been updated since the requested revision."
        raise application_error(HTTPStatus.CONFLICT, "CONTACT_ALREADY_CHANGED", text)


def _check_references(site: Site, info: Entity) -> None:
    check_labels(site, (info.get("labelKeys") or {}).get("items") or [], "info.labelKeys.items")
    fields = (info.get("extendedFields") or {}).get("items")
    if fields is not None:
        info["extendedFields"]["items"] = contacts_fields.checked(site, fields)


def check_labels(site: Site, keys: list[str], path: str) -> None:
    """Refuse labels that do not exist.

    Raises:
        WixError: 400.
    """
    unknown = [at for at, key in enumerate(keys) if site.store.get(LABELS, key) is None]
    if unknown:
        # Wix documents that labels must exist, but not the code of the refusal.
        raise validation_error(*(Violation(f"{path}[{at}]", "label does not exist", "OTHER") for at in unknown))


def protect_member(contact: Entity, info: Entity) -> None:
    """Protect the email address that a member signs in with.

    Raises:
        WixError: 428 `CANNOT_UPDATE_MEMBER_EMAIL`.
    """
    email = contact.get("memberInfo", {}).get("email")
    if email and email not in {each["email"] for each in info.get("emails", {}).get("items", [])}:
        text = "The email of a site member cannot be changed"
        raise application_error(HTTPStatus.PRECONDITION_REQUIRED, "CANNOT_UPDATE_MEMBER_EMAIL", text)


def _refuse_duplicate(site: Site, info: Entity, own_id: str | None) -> None:
    name, value, other = _match(site, info, own_id)
    if other is not None:
        raise _duplicate(name, value, other["id"])


def twin(site: Site, info: Entity) -> Entity | None:
    """Return the contact with the e-mail of this `info`; a phone is compared only if there is no e-mail."""
    return _match(site, info, None)[2]


def _match(site: Site, info: Entity, own_id: str | None) -> tuple[str, str, Entity | None]:
    emails = [each["email"] for each in info.get("emails", {}).get("items", [])]
    phones = [each["phone"] for each in info.get("phones", {}).get("items", [])]
    name, path, values = "Phone", "info.phones.items.phone", phones
    if emails:
        name, path, values = "Email", "info.emails.items.email", emails
    for value in values:
        for other in site.store.find(KIND, path, value):
            if other["id"] != own_id:
                return name, value, other
    return name, "", None


def _duplicate(name: str, value: str, contact_id: str) -> WixError:
    data = {"duplicateContactId": contact_id, f"duplicate{name}": value}
    text = f"A contact with this {name.lower()} already exists"
    return application_error(HTTPStatus.CONFLICT, "DUPLICATE_CONTACT_EXISTS", text, data)
