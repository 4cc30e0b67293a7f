"""The members of contacts: the table, plain columns, and the shapes of Contacts v4 and v5.

Records and the pipeline have v4's shape (`info` with lists in `items`), or plain columns for the commonest members.
v5's shape has flat members, and lacks some of v4's.

A misspelled column must not cost a contact its name or e-mail unnoticed, so such a record is rejected. Other unknown
columns are left out with a warning.

Source: https://dev.wix.com/docs/rest/crm/members-contacts/contacts/contacts/contact-v4 and
https://dev.wix.com/docs/api-reference/crm/members-contacts/contacts/contacts-v5/contact-object
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_wix.change import Command, Entity
from target_wix.desired import only
from target_wix.fields import (
    DATE,
    Access,
    Field,
    Fields,
    Form,
    Limit,
    bare,
    derived,
    fields,
    length,
    one_of,
    or_blank,
    pattern,
    size,
    with_known_names,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


EXTERNAL_ID = "externalId"

# Plain columns


@dataclass(frozen=True)
class Column:
    """A plain column.

    Attributes:
        meaning: Its contents, for the documentation.
        others: Names that other systems use for it, separated by blanks. They are suggested, but not accepted.
    """

    meaning: str
    others: str = ""


COLUMNS = {
    "email": Column(
        "Primary e-mail. Other e-mails of the contact are kept.",
        "mail emailAddress primaryEmail contactEmail customerEmail userEmail workEmail",
    ),
    "phone": Column("Primary phone. Other phones of the contact are kept.", "phoneNumber mobile mobilePhone telephone"),
    "firstName": Column("First name.", "first fName givenName forename name fullName"),
    "lastName": Column("Last name.", "last lName familyName surname"),
    "company": Column("Company.", "companyName organization"),
    "jobTitle": Column("Job title.", "title position"),
    "birthdate": Column("Date of birth, `YYYY-MM-DD`, also with the time of midnight.", "birthday dateOfBirth"),
    "locale": Column("Language, such as `en`, `en-us` or `en_US`.", "language"),
    "externalId": Column(
        "Id in another system, a key after `id`. Wix sets it once, and only with [Contacts v5](#contacts-in-bulk).",
        "customerId sourceId",
    ),
    "labels": Column("Labels by name or key: a list, or one label.", "label tags"),
}
_UNLIKE = "formName source sourceName storeName userName"
"""Names of other things that are spelled like those of persons or ids."""
SYNONYMS = {other: name for name, column in COLUMNS.items() for other in column.others.split()} | dict.fromkeys(
    _UNLIKE.split(), ""
)
"""Names that are suggested as, or "" for no suggestion, the columns they are spelled like."""
_AS_TEXT = re.compile(r"\A\s*'(?=[+(\d])")
"""The apostrophe by which spreadsheets know a phone as a text, as in exports of Shopify."""
_SPELLINGS = {bare(column): column for column in COLUMNS}
NAMED = ("email", "firstName", "lastName")
"""Columns that a record must not lose."""
NEEDED = {Command.DELETE: ("email",), Command.IGNORE: ()}
"""The same for commands that write no name. A delete that lost its e-mail could find another contact by its phone."""


def with_known_columns(record: Entity) -> Entity:
    """Return a record with the plain columns under their own names: `First Name` and `first_name` are `firstName`.

    Raises:
        Rejected: Two columns of the record are the same plain column.
    """
    named = with_known_names(record, _SPELLINGS, bare)
    phone = named.get("phone")
    return {**named, "phone": _AS_TEXT.sub("", phone)} if isinstance(phone, str) else named


# The table


def _tag(*names: str) -> Limit:
    """Return the limit on the tags of a list; blank clears the tag."""
    return or_blank(one_of("UNTAGGED", *names))


_COUNTRY = pattern("[A-Z]{2}", "is not a country. Write its ISO code of two capital letters, such as US")
_LANGUAGE = pattern("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", "is not a language. Write it as en or en-us")
_ADDRESS = "info.addresses.items[].address"
LISTS = {"emails": "email", "phones": "phone", "addresses": "address"}
"""Lists of `info`, and the member that identifies their items."""
CONTACT = Fields(
    *(Field(f"info.{name}", limit=length(1000)) for name in ("company", "jobTitle")),
    Field("info.birthdate", limit=DATE),
    Field("info.locale", limit=_LANGUAGE),
    *(Field(f"info.name.{name}", limit=length(1000)) for name in ("first", "last")),
    *(Field(f"info.{name}.items", Form.LIST, size(50)) for name in (*LISTS, "locations")),
    Field("info.emails.items[].tag", limit=_tag("MAIN", "HOME", "WORK")),
    Field("info.emails.items[].email", limit=length(320, 1)),
    Field("info.emails.items[].primary", Form.FLAG),
    Field("info.phones.items[].tag", limit=_tag("MAIN", "HOME", "MOBILE", "WORK", "FAX")),
    Field("info.phones.items[].countryCode", limit=_COUNTRY),
    Field("info.phones.items[].phone", limit=length(50, 1)),
    Field("info.phones.items[].primary", Form.FLAG),
    Field("info.addresses.items[].tag", limit=_tag("HOME", "WORK", "BILLING", "SHIPPING")),
    Field(f"{_ADDRESS}.country", limit=_COUNTRY),
    *(Field(f"{_ADDRESS}.{name}", limit=length(100)) for name in ("subdivision", "postalCode", "streetAddress.number")),
    *(Field(f"{_ADDRESS}.{name}", limit=length(1000)) for name in ("city", "addressLine", "addressLine2")),
    Field(f"{_ADDRESS}.streetAddress.name", limit=length(1000)),
    *fields("id url altText", inside="info.picture.image"),
    *fields("height width", Form.NUMBER, inside="info.picture.image"),
    Field("info.locations.items[]", of_site=True),
    Field("info.labelKeys.items[]", access=Access.APART),
    Field("info.extendedFields.items", Form.OBJECT, access=Access.APART),
    *(
        Field(name, Form.ANY if name == "labels" else Form.TEXT, access=Access.APART)
        for name in COLUMNS.keys() - {EXTERNAL_ID}
    ),
    Field(EXTERNAL_ID, limit=length(100, 1), access=Access.APART),
    Field("primaryInfo", Form.OBJECT, access=Access.DERIVED),
    *derived("id revision createdDate updatedDate primaryEmail primaryPhone picture"),
    *derived("emails.items[].id phones.items[].id phones.items[].e164Phone phones.items[].formattedPhone", "info"),
    *derived("addresses.items[].id picture.imageProvider picture.image.urlExpirationDate", "info"),
    *derived("formattedAddress streetAddress.formattedAddressLine geocode countryFullname subdivisions", _ADDRESS),
    synonyms=SYNONYMS,
)
INFO = CONTACT.at("info")


# The shape of Contacts v5

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
    contact = only(info, *_SAME, EXTERNAL_ID)
    if info.keys() & _COMPANY.keys():
        merged = {ours: info.get(name, current.get(name)) for name, ours in _COMPANY.items()}
        contact["company"] = {name: value for name, value in merged.items() if value}
    for name, (member, others) in _LISTS.items():
        listed = sorted(items_of(info, name), key=lambda item: not item.get("primary"))
        if items := [_entry(member, item) for item in listed]:
            contact |= {member: items[0], **({others: items[1:_MOST_ITEMS]} if items[1:] else {})}
    if (addresses := items_of(info, "addresses")) and all(map(is_place, addresses)):
        contact["addresses"] = [_tagged(item, {"address": item.get("address")}) for item in addresses]
    if locations := items_of(info, "locations"):
        contact["locationIds"] = locations
    return contact


def info_of(contact: Entity) -> Entity:
    """Return the members of v4's `info` for a contact of v5."""
    info = only(contact, *_SAME)
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
    """True if v5 can hold all members of `info`; `current` is that of the site's contact, None for a new one."""
    known = _HELD if current is not None else _HELD | {"addresses"}  # an update would drop the recipients of addresses
    existing = current or {}
    return (
        info.keys() <= known
        and not _clears(info)
        and all(
            len(items_of(existing, name)) <= len(items_of(info, name)) <= _MOST_ITEMS for name in _LISTS if name in info
        )
        and all(item.get("tag") in (None, _NO_TAG_V4) for item in items_of(info, "emails"))
        and not any(item.get("countryCode") for item in items_of(info, "phones"))
        and all(map(is_place, items_of(info, "addresses")))
    )


def items_of(info: Mapping[str, Any], name: str) -> list[Any]:
    """Return the items of a list in `info`."""
    return (info.get(name) or {}).get("items") or []


def _clears(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_clears, value.values()))
    return any(map(_clears, value)) if isinstance(value, list) and value else value in (None, "", [])


def _entry(member: str, item: Entity) -> Entity:
    """Return an e-mail or phone as v5 has it; an e-mail has no tag there."""
    entry = {member: item.get(member)}
    return entry if member == "email" else _tagged(item, entry)


def _tagged(item: Entity, entry: Entity) -> Entity:
    tag = item.get("tag")
    return {"tag": _NO_TAG if tag == _NO_TAG_V4 else tag, **entry} if tag else entry


def _untagged(item: Entity) -> Entity:
    return {**item, "tag": _NO_TAG_V4} if item.get("tag") == _NO_TAG else item


def is_place(item: Entity) -> bool:
    """True if Contacts v5 accepts an item of `addresses`: it refuses bare subdivisions (`CA`) and long lines."""
    place = item.get("address") or {}
    subdivision = place.get("subdivision")
    return (subdivision is None or bool(_SUBDIVISION.fullmatch(subdivision))) and all(
        len(place.get(name) or "") <= most for name, most in _PLACE_LIMITS.items()
    )
