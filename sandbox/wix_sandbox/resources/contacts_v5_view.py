"""Contacts as v5 returns them: the rows of v4, flatter, with the members that only v5 has.

https://dev.wix.com/docs/api-reference/crm/members-contacts/contacts/contacts-v5/contact-object
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.resources.contacts_store import EXTRAS

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

OWN = ("externalId", "timeZone", "assigneeId", "tags", "extendedFields", "image")
"""Members that v4 does not have. Choice: extended fields of v4 do not appear here, since their namespaces are
documented nowhere."""
_KEPT = ("labelKeys", "extendedFields", "picture")
"""Members of v4 that v5 does not have: a write through v5 keeps them."""
_NO_TAG, _NO_TAG_V4 = "OTHER", "UNTAGGED"


def view(site: Site, contact: Entity) -> Entity:
    """Return a stored contact as v5 answers it."""
    extras, info = site.store.get(EXTRAS, contact["id"]) or {}, contact["info"]
    emails = sorted(_items(info, "emails"), key=_behind_primary)
    phones = sorted(_items(info, "phones"), key=_behind_primary)
    company = {"name": info.get("company"), "jobTitle": info.get("jobTitle")}
    shown: Entity = {
        "id": contact["id"],
        "revision": str(contact["revision"]),
        "createdDate": contact["createdDate"],
        "updatedDate": contact["updatedDate"],
        "name": info.get("name"),
        "email": _email(contact) if emails else None,
        "additionalEmails": [{"email": each["email"]} for each in emails[1:]],
        "phone": _phone(phones[0]) | _phone_status(contact) if phones else None,
        "additionalPhones": [_phone(each) for each in phones[1:]],
        "addresses": [_address(each, extras) for each in _items(info, "addresses")],
        "company": {name: value for name, value in company.items() if value} or None,
        "birthdate": info.get("birthdate"),
        "locale": info.get("locale"),
        "locationIds": _items(info, "locations"),
        "lastActivity": {"date": contact["lastActivity"]["activityDate"]},
        "memberInfo": contact.get("memberInfo"),
        "source": extras.get("source") or _source(contact),
        **{name: extras.get(name) for name in OWN},
    }
    return {name: value for name, value in shown.items() if value is not None}


def info_of(shown: Entity, before: Entity) -> Entity:
    """Return the `info` of v4 for a contact of v5; `before` is the current one."""
    info = {name: before[name] for name in _KEPT if name in before}
    company = shown.get("company") or {}
    info |= {
        "name": {part: value for part, value in (shown.get("name") or {}).items() if part in {"first", "last"}},
        "company": company.get("name"),
        "jobTitle": company.get("jobTitle"),
        "birthdate": shown.get("birthdate"),
        "locale": shown.get("locale"),
        "locations": {"items": shown.get("locationIds") or []},
    }
    emails = _listed(shown, "email", "additionalEmails")
    known = {each["email"]: each for each in _items(before, "emails")}
    items = [{**known.get(each["email"], {}), "email": each["email"]} for each in emails]
    info["emails"] = {"items": _first_primary(items)}
    phones = _listed(shown, "phone", "additionalPhones")
    known = {each["phone"]: each for each in _items(before, "phones")}
    items = [{**known.get(each["phone"], {}), **_phone_of(each)} for each in phones]
    info["phones"] = {"items": _first_primary(items)}
    addresses = shown.get("addresses") or []
    info["addresses"] = {"items": [_address_of(each) for each in addresses]}
    return info


def extras_of(contact_id: str, shown: Entity) -> Entity:
    """Return the members that are stored apart from the row of v4."""
    extras: Entity = {"id": contact_id}
    extras |= {name: shown[name] for name in OWN if shown.get(name) is not None}
    book = {
        each["id"]: {name: each[name] for name in ("defaultAddress", "recipient") if each.get(name) is not None}
        for each in shown.get("addresses") or []
    }
    extras["addresses"] = {address_id: more for address_id, more in book.items() if more}
    if shown.get("source"):
        extras["source"] = shown["source"]
    return extras


def _items(info: Entity, name: str) -> list[Any]:
    items: list[Any] = (info.get(name) or {}).get("items") or []
    return items


def _behind_primary(item: Entity) -> bool:
    return not item.get("primary")


def _email(contact: Entity) -> Entity:
    primary = contact["primaryEmail"]
    return {
        "email": primary["email"],
        "subscriptionStatus": {"status": primary["subscriptionStatus"]},
        "deliverabilityStatus": primary["deliverabilityStatus"],
    }


def _phone(item: Entity) -> Entity:
    tag = item["tag"] if item["tag"] != _NO_TAG_V4 else _NO_TAG
    shown = {"tag": tag, "countryCode": item.get("countryCode"), "phone": item["phone"], "e164": item.get("e164Phone")}
    return {name: value for name, value in shown.items() if value is not None}


def _phone_status(contact: Entity) -> Entity:
    return {"subscriptionStatus": {"status": contact["primaryPhone"]["subscriptionStatus"]}}


def _phone_of(phone: Entity) -> Entity:
    tag = phone.get("tag") or _NO_TAG
    item = {"tag": _NO_TAG_V4 if tag == _NO_TAG else tag, "phone": phone["phone"]}
    return item | ({"countryCode": phone["countryCode"]} if phone.get("countryCode") else {})


def _address(item: Entity, extras: Entity) -> Entity:
    tag = item["tag"] if item["tag"] != _NO_TAG_V4 else _NO_TAG
    return {"id": item["id"], "tag": tag, "address": item["address"], **extras.get("addresses", {}).get(item["id"], {})}


def _address_of(address: Entity) -> Entity:
    tag = address.get("tag") or _NO_TAG
    place = {name: value for name, value in (address.get("address") or {}).items() if value is not None}
    return {"id": address["id"], "tag": _NO_TAG_V4 if tag == _NO_TAG else tag, "address": place}


def _listed(shown: Entity, first: str, others: str) -> list[Entity]:
    return [*([shown[first]] if shown.get(first) else []), *(shown.get(others) or [])]


def _first_primary(items: list[Entity]) -> list[Entity]:
    return [{**each, "primary": at == 0} for at, each in enumerate(items)]


def _source(contact: Entity) -> Entity | None:
    app_id = contact.get("source", {}).get("appId")
    return {"appId": app_id} if app_id else None
