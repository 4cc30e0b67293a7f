"""Rules for a contact of v5 beyond its schema.

https://dev.wix.com/docs/api-reference/crm/members-contacts/contacts/contacts-v5/create-contact
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import application_error, required

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

_TIME_ZONE = re.compile(r"UTC|GMT|[A-Z][A-Za-z_]+(/[A-Z][A-Za-z0-9_+-]+)+")


def check(contact: Entity, path: str) -> None:
    """Check a whole contact.

    Raises:
        WixError: 400 with the code of the mistake.
    """
    for member, others in (("email", "additionalEmails"), ("phone", "additionalPhones")):
        _check_present(contact, member, others, path)
        _check_list(contact, member, others)
    _check_addresses(contact.get("addresses") or [])
    zone = contact.get("timeZone")
    if zone and not _TIME_ZONE.fullmatch(zone):
        raise _bad("INVALID_TIME_ZONE", f"{zone} is no time zone")


def with_address_ids(site: Site, contact: Entity) -> Entity:
    """Return a contact whose addresses all have an id."""
    addresses = contact.get("addresses")
    if not addresses:
        return contact
    return contact | {"addresses": [each | {"id": each.get("id") or site.new_id()} for each in addresses]}


def _bad(code: str, text: str) -> Exception:
    return application_error(HTTPStatus.BAD_REQUEST, code, text)


def _check_present(contact: Entity, member: str, others: str, path: str) -> None:
    """Refuse an e-mail or a phone that has other members but not the e-mail or phone itself."""
    named = {f"{path}.{member}": contact.get(member)}
    named |= {f"{path}.{others}[{at}]": each for at, each in enumerate(contact.get(others) or [])}
    for place, each in named.items():
        if each is not None and not each.get(member):
            raise required(f"{place}.{member}")


def _check_list(contact: Entity, member: str, others: str) -> None:
    main = (contact.get(member) or {}).get(member)
    values = [each[member] for each in contact.get(others) or []]
    name = member.upper()
    if not main and values:
        raise _bad(f"{name}_REQUIRED", f"A contact with {others} needs a {member}")
    if len({main, *values}) < len(values) + 1:
        raise _bad(f"DUPLICATE_{name}", f"A {member} is there twice")


def _check_addresses(addresses: Sequence[Entity]) -> None:
    if sum(bool(each.get("defaultAddress")) for each in addresses) > 1:
        raise _bad("MULTIPLE_DEFAULT_ADDRESSES", "Only one address may be the default")
    ids = [each["id"] for each in addresses if each.get("id")]
    if len(set(ids)) < len(ids):
        raise _bad("DUPLICATE_ADDRESS_ID", "An address id is there twice")
    places: list[Any] = []
    for place in map(place_of, addresses):
        if place in places:
            raise _bad("DUPLICATE_ADDRESS", "An address is there twice")
        places.append(place)


def place_of(address: Entity) -> tuple[str, Entity]:
    """Return the identity of an address: its tag and its filled members; members without a value count as absent."""
    filled = {name: value for name, value in (address.get("address") or {}).items() if value not in (None, "", {})}
    return address.get("tag") or "OTHER", filled
