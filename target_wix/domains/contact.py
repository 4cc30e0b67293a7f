"""A contact as it is written: its members, and when two lists of addresses are equal.

A record is as tap-wix emits it (`info`), or has plain columns for the commonest members: `email` and `phone` (the
primary ones), `firstName`, `lastName`, `company`, `jobTitle`, `birthdate`, `locale`, `labels`.
Source: https://dev.wix.com/docs/rest/crm/members-contacts/contacts/contacts/contact-v4/contact-object
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.desired import canonical, cleared, diff, differs, overlay
from target_wix.fields import Access, Field, Fields, Form, derived, fields, length, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from target_wix.change import Entity

_TEXTS = ("company", "jobTitle", "birthdate", "locale")
_ADDRESS = "info.addresses.items[].address"
_ITEMS = {"emails": "email", "phones": "phone", "addresses": "address"}
"""Lists of `info`, and the member that tells their items apart."""
_PRIMARY = {"email": "emails", "phone": "phones"}
"""Plain columns and the list whose primary item they are."""
CONTACT = Fields(
    *(Field(f"info.{name}", limit=length(1000)) for name in ("company", "jobTitle")),
    *fields("info.birthdate info.locale"),
    *(Field(f"info.name.{name}", limit=length(1000)) for name in ("first", "last")),
    *(Field(f"info.{name}.items", Form.LIST, size(50)) for name in (*_ITEMS, "locations")),
    Field("info.emails.items[].tag"),
    Field("info.emails.items[].email", limit=length(320, 1)),
    Field("info.emails.items[].primary", Form.FLAG),
    *fields("info.phones.items[].tag info.phones.items[].countryCode"),
    Field("info.phones.items[].phone", limit=length(50, 1)),
    Field("info.phones.items[].primary", Form.FLAG),
    Field("info.addresses.items[].tag"),
    *(Field(f"{_ADDRESS}.{name}") for name in ("country", "subdivision", "city", "postalCode", "addressLine2")),
    Field(f"{_ADDRESS}.addressLine", limit=length(1000)),
    *fields(f"{_ADDRESS}.streetAddress.number {_ADDRESS}.streetAddress.name"),
    *fields("info.picture.image.id info.picture.image.url info.picture.image.altText"),
    *fields("info.picture.image.height info.picture.image.width", Form.NUMBER),
    Field("info.locations.items[]", of_site=True),
    Field("info.labelKeys.items[]", access=Access.APART),
    Field("info.extendedFields.items", Form.OBJECT, access=Access.APART),
    *fields(" ".join((*_PRIMARY, *_TEXTS, "firstName", "lastName")), access=Access.APART),
    Field("labels", Form.ANY, access=Access.APART),
    *derived("id revision createdDate updatedDate primaryInfo primaryEmail primaryPhone picture"),
)
INFO = CONTACT.at("info")
_NAME = INFO.at("name")
_ITEM = {name: INFO.at(f"{name}.items[]") for name in _ITEMS}
MOST_LABELS = 2000


def view(record: Mapping[str, Any], there: Mapping[str, Any], *, foreign: bool) -> Entity:
    """Return the writable members of a contact's `info` in a record, without its labels and extended fields.

    Args:
        record: As it came.
        there: `info` of the contact on the site, or `{}`.
        foreign: The record is of another site, whose location ids mean nothing here.
    """
    info = dict(record.get("info") or {})
    plain = {name: record[name] for name in _TEXTS if record.get(name) is not None}
    names = {part: record[f"{part}Name"] for part in ("first", "last") if record.get(f"{part}Name") is not None}
    said = INFO.take({**plain, **({"name": names} if names else {}), **info}, foreign=foreign)
    for column, member in _PRIMARY.items():
        value = str(record.get(column) or "").strip()
        if value and member not in said:
            listed = (there.get(member) or {}).get("items") or []
            said[member] = {"items": with_primary(listed, column, value)}
    return said


def with_primary(listed: list[Entity], member: str, value: str) -> list[Entity]:
    """Return a list of e-mails or phones with one of them as the primary one."""
    items = [{**item, "primary": identity(member, item) == identity(member, {member: value})} for item in listed]
    return items if any(item["primary"] for item in items) else [*items, {member: value, "primary": True}]


def keys_of(contact: Mapping[str, Any], member: str) -> list[str]:
    """Return the e-mails (`member` "email") or phones of a record or a contact: the primary one first, each once."""
    listed = ((contact.get("info") or {}).get(_PRIMARY[member]) or {}).get("items") or []
    items = sorted((item for item in listed if isinstance(item, dict)), key=lambda item: not item.get("primary"))
    given = [contact.get(member), (contact.get("primaryInfo") or {}).get(member), *(item.get(member) for item in items)]
    return list(dict.fromkeys(str(value).strip() for value in given if value not in (None, "")))


def differences(said: Mapping[str, Any], there: Mapping[str, Any], *, foreign: bool) -> Entity:
    """Return the members of `info` to send: objects whole, lists whole with the ids that items have."""
    differing = diff(there, {name: value for name, value in said.items() if name not in _ITEMS})
    if "picture" in differing and foreign and (there.get("picture") or {}).get("image"):
        del differing["picture"]  # Wix may keep a copy of a picture, under another address
    for name in sorted(name for name in _ITEMS if "items" in said.get(name, {})):
        ours, theirs = said[name]["items"], (there.get(name) or {}).get("items") or []
        if not _same_items(ours, theirs):
            differing[name] = {"items": list(_with_ids(name, ours, theirs))}
    if "name" in differing:
        differing["name"] = overlay(_NAME.take(there.get("name") or {}), differing["name"])
    written: Entity = cleared(differing)
    return written


def identity(member: str, item: Mapping[str, Any]) -> Any:
    """Return what two equal items share: an e-mail in lower case, the digits of a phone, an address as a whole."""
    value = item.get(member)
    if member == "email":
        return str(value).casefold()
    if member == "phone":
        return "".join(sign for sign in str(value) if sign.isdigit()) or str(value)
    return canonical(value)


def _same_items(said: list[Entity], there: list[Entity]) -> bool:
    return len(said) == len(there) and all(other for _, other in _paired(said, there, _says_nothing_new))


def _with_ids(name: str, said: list[Entity], there: list[Entity]) -> Iterator[Entity]:
    """Yield items with the ids of the equal ones on the site, so that Wix keeps these."""
    member = _ITEMS[name]
    same = _says_nothing_new if member == "address" else lambda one, other: _is_same(member, one, other)
    for item, other in _paired(said, there, same):
        plain = _ITEM[name].take(item)
        yield {**plain, **({"id": other["id"]} if other and other.get("id") else {})}


def _paired(said: list[Entity], there: list[Entity], same: Any) -> Iterator[tuple[Entity, Entity | None]]:
    left = list(there)
    for item in said:
        other = next((one for one in left if same(item, one)), None)
        if other is not None:
            left.remove(other)
        yield item, other


def _is_same(member: str, said: Entity, there: Entity) -> bool:
    return bool(identity(member, said) == identity(member, there))


def _says_nothing_new(said: Entity, there: Entity) -> bool:
    alike = [member for member in ("email", "phone") if member in said and _is_same(member, said, there)]
    rest = {name: value for name, value in said.items() if name not in {*alike, "id"}}
    return not differs(there, rest)
