"""Contacts in the shapes of Contacts v4 and v5: `info` with lists in `items`, and flat members.

Records and the pipeline have v4's shape, which has members that v5 lacks.

Source: https://dev.wix.com/docs/api-reference/crm/members-contacts/contacts/contacts-v5/contact-object
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from target_wix.change import Entity

EXTERNAL_ID = "externalId"
_SAME = ("name", "birthdate", "locale")
_COMPANY = {"company": "name", "jobTitle": "jobTitle"}
_LISTS = {"emails": ("email", "additionalEmails"), "phones": ("phone", "additionalPhones")}
_HELD = frozenset({*_SAME, *_COMPANY, *_LISTS, "locations", EXTERNAL_ID})
_MOST_ITEMS = 11
_SUBDIVISION = re.compile(r"[A-Z]{2}-\w+")
_PLACE_LIMITS = {"city": 300, "postalCode": 100}
_NO_TAG, _NO_TAG_V4 = "OTHER", "UNTAGGED"


def contact_of(info: Entity, current: Entity) -> Entity:
    """Return the contact of v5 for members of v4's `info` and an external id, without what v5 cannot hold."""
    contact: Entity = {name: info[name] for name in (*_SAME, EXTERNAL_ID) if name in info}
    if info.keys() & _COMPANY.keys():
        merged = {ours: info.get(name, current.get(name)) for name, ours in _COMPANY.items()}
        contact["company"] = {name: value for name, value in merged.items() if value}
    for name, (member, others) in _LISTS.items():
        if items := [_entry(member, item) for item in _primary_first(_items(info, name))]:
            contact |= {member: items[0], **({others: items[1:_MOST_ITEMS]} if items[1:] else {})}
    if addresses := _items(info, "addresses"):
        contact["addresses"] = [_tagged(item, {"address": item.get("address")}) for item in addresses]
    if locations := _items(info, "locations"):
        contact["locationIds"] = locations
    return contact


def info_of(contact: Entity) -> Entity:
    """Return the members of v4's `info` for a contact of v5."""
    info: Entity = {name: contact[name] for name in _SAME if name in contact}
    info |= {name: contact["company"][ours] for name, ours in _COMPANY.items() if ours in contact.get("company", {})}
    for name, (member, others) in _LISTS.items():
        if member in contact:
            listed = [contact[member], *contact.get(others, [])]
            info[name] = {"items": [{**_untagged(one), "primary": at == 0} for at, one in enumerate(listed)]}
    if "addresses" in contact:
        info["addresses"] = {"items": [_untagged(one) for one in contact["addresses"]]}
    if "locationIds" in contact:
        info["locations"] = {"items": contact["locationIds"]}
    return info


def holds(info: Entity, current: Entity | None) -> bool:
    """True if v5 can hold all members of `info`.

    Args:
        info: The members to send, and the external id.
        current: `info` of the site's contact; None for a new contact.
    """
    known = _HELD if current is not None else _HELD | {"addresses"}  # an update would drop the recipients of addresses
    there = current or {}
    return (
        info.keys() <= known
        and not _clears(info)
        and all(len(_items(there, name)) <= len(_items(info, name)) <= _MOST_ITEMS for name in _LISTS if name in info)
        and all(item.get("tag") in (None, _NO_TAG_V4) for item in _items(info, "emails"))
        and not any(item.get("countryCode") for item in _items(info, "phones"))
        and all(map(_is_place, _items(info, "addresses")))
    )


def _items(info: Entity, name: str) -> list[Any]:
    return (info.get(name) or {}).get("items") or []


def _clears(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_clears, value.values()))
    return any(map(_clears, value)) if isinstance(value, list) and value else value in (None, "", [])


def _primary_first(items: list[Entity]) -> list[Entity]:
    return sorted(items, key=lambda item: not item.get("primary"))


def _entry(member: str, item: Entity) -> Entity:
    """Return an e-mail or phone as v5 has it; an e-mail has no tag there."""
    said = {member: item.get(member)}
    return said if member == "email" else _tagged(item, said)


def _tagged(item: Entity, said: Entity) -> Entity:
    tag = item.get("tag")
    return {"tag": _NO_TAG if tag == _NO_TAG_V4 else tag, **said} if tag else said


def _untagged(item: Entity) -> Entity:
    return {**item, "tag": _NO_TAG_V4} if item.get("tag") == _NO_TAG else item


def _is_place(item: Entity) -> bool:
    place = item.get("address") or {}
    subdivision = place.get("subdivision")
    return (subdivision is None or bool(_SUBDIVISION.fullmatch(subdivision))) and all(
        len(place.get(name) or "") <= most for name, most in _PLACE_LIMITS.items()
    )
