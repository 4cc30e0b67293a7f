"""The `info` of a contact: its writable members, and those derived from them.

https://dev.wix.com/docs/rest/crm/members-contacts/contacts/contacts/contact-v4/contact-object
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import application_error, required
from wix_sandbox.resources import contacts_phones
from wix_sandbox.resources.bodies import clean_member

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

_LISTS = ("emails", "phones", "addresses")
_WITH_PRIMARY = {"emails": "email", "phones": "phone"}
"""Lists that have one primary item, and the member that each item must have."""
_KEEP = frozenset(f".{name}.items.id" for name in _LISTS)
"""Ids of e-mails, phones and addresses are read-only, but an item that is sent again stays the same item."""


def cleaned(info: Any, *, create: bool) -> Entity:
    """Return the writable part of an `info`, checked against the schema.

    Raises:
        WixError: 400 for members that violate the schema, for two primary items, for no `info` at all.
    """
    if not info:
        code = "INSUFFICIENT_CONTACT_DATA" if create else "INSUFFICIENT_UPDATE_CONTACT_DATA"
        raise application_error(HTTPStatus.BAD_REQUEST, code, "Nothing to write was given in info")
    written: Entity = clean_member("contact", "info", info, "info", keep=_KEEP)
    for name, member in _WITH_PRIMARY.items():
        items = (written.get(name) or {}).get("items") or []
        for at, each in enumerate(items):
            if not each.get(member):
                raise required(f"info.{name}.items[{at}].{member}")
        if sum(bool(each.get("primary")) for each in items) > 1:
            text = f"Only one of info.{name} may be primary"
            raise application_error(HTTPStatus.BAD_REQUEST, "CANNOT_HAVE_MULTIPLE_PRIMARY_INFO", text)
    return written


def patched(before: Entity, changes: Entity) -> Entity:
    """Return an `info` with changes: merged by key, lists replaced, null or an empty text removes a member.

    Choice: the map of extended fields is merged by key like any other object.
    """
    result = dict(before)
    for name, value in changes.items():
        if value in (None, ""):
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = patched(result[name], value)
        else:
            result[name] = value
    return result


def completed(site: Site, info: Entity) -> Entity:
    """Return an `info` as stored: ids and tags of items, one primary of each list, nothing empty."""
    result = dict(info)
    for name in _LISTS:
        items = (result.get(name) or {}).get("items") or []
        result[name] = {"items": [_with_id(site, each) for each in items]}
        if name in _WITH_PRIMARY:
            _mark_primary(result[name]["items"])
    for phone in result["phones"]["items"]:
        number = contacts_phones.e164(phone["phone"], phone.get("countryCode"))
        phone |= {"formattedPhone": contacts_phones.formatted(number, phone["phone"])}
        if number:
            phone["e164Phone"] = number
    return {name: value for name, value in result.items() if not _empty(value)}


def _with_id(site: Site, item: Entity) -> Entity:
    stated = {name: value for name, value in item.items() if value is not None}
    return {"id": site.new_id(), "tag": "UNTAGGED"} | stated


def _mark_primary(items: list[Entity]) -> None:
    marked = next((each for each in items if each.get("primary")), items[0] if items else None)
    for each in items:
        each["primary"] = each is marked


def _empty(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_empty, value.values()))
    return value in (None, "", [])


def refuse_nobody(info: Entity) -> None:
    """Refuse a contact without name, e-mail and phone.

    Raises:
        WixError: 400 `INSUFFICIENT_CONTACT_DATA`.
    """
    if not any(info.get(name) for name in ("name", "emails", "phones")):
        text = "A contact needs at least a name, an email or a phone"
        raise application_error(HTTPStatus.BAD_REQUEST, "INSUFFICIENT_CONTACT_DATA", text)


def derive(contact: Entity) -> Entity:
    """Set the copies of `info`: primary e-mail and phone, and the system's extended fields."""
    info = contact["info"]
    email, phone = _primary(info, "emails"), _primary(info, "phones")
    before = contact.pop("primaryEmail", {})
    for name in ("primaryInfo", "primaryPhone"):
        contact.pop(name, None)
    if email is not None:
        known = before if before.get("email") == email["email"] else {}
        contact["primaryEmail"] = {"subscriptionStatus": "NOT_SET", "deliverabilityStatus": "NOT_SET"} | known
        contact["primaryEmail"]["email"] = email["email"]
        contact["primaryInfo"] = {"email": email["email"]}
    if phone is not None:
        members = ("countryCode", "e164Phone", "formattedPhone", "phone")
        contact["primaryPhone"] = {name: phone[name] for name in members if name in phone}
        contact["primaryPhone"]["subscriptionStatus"] = "NO_SUBSCRIPTION_STATUS"
        contact.setdefault("primaryInfo", {})["phone"] = phone["phone"]
    _derive_fields(contact)
    return contact


def _primary(info: Entity, name: str) -> Entity | None:
    return next((each for each in info.get(name, {}).get("items", []) if each.get("primary")), None)


def _derive_fields(contact: Entity) -> None:
    """Return extended fields that Wix maintains. Those of purchases are set when an order is placed."""
    info = contact["info"]
    name = info.get("name", {})
    first, last = name.get("first", ""), name.get("last", "")
    email = contact.get("primaryEmail", {})
    fallback = email.get("email") or contact.get("primaryPhone", {}).get("phone")
    values = {
        "contacts.displayByFirstName": f"{first} {last}".strip() or fallback,
        "contacts.displayByLastName": f"{last} {first}".strip() or fallback,
        "emailSubscriptions.effectiveEmail": email.get("email"),
        "emailSubscriptions.subscriptionStatus": email.get("subscriptionStatus"),
        "emailSubscriptions.deliverabilityStatus": email.get("deliverabilityStatus"),
        "members.membershipStatus": "APPROVED" if contact.get("memberInfo") else None,
    }
    kept = info.get("extendedFields", {}).get("items", {})
    fields = {key: value for key, value in (kept | values).items() if value is not None}
    info["extendedFields"] = {"items": fields}
