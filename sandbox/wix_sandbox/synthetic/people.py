"""Contacts of the seed shop, each a pure function of its index."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from wix_sandbox.synthetic import words
from wix_sandbox.synthetic.model import SeedAddress, SeedContact, SeedPhone

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from wix_sandbox.synthetic.draw import Draw

CUSTOM_FIELDS = (
    ("Favourite tea", "TEXT"),
    ("Loyalty points", "NUMBER"),
    ("Customer since", "DATE"),
    ("Portfolio", "URL"),
)
"""The shop's own fields, by display name and Wix's name of the type."""

FIRST_AREA, AREAS = 201, 700
"""Area codes of phone numbers, one for each hundred contacts; work phones have the code of half the circle further."""

_HOMES = (
    ("US", "US-NY", "Sampletown", "00501", "Placeholder Ave"),
    ("DE", "DE-BE", "Musterstadt", "10999", "Beispielstraße"),
    ("JP", "JP-13", "見本市", "100-0000", "例通り"),
    ("FR", None, "Exempleville", "75000", "rue de l'Exemple"),
    ("GB", None, "Exampleford", "ZZ1 1ZZ", "Sample Lane"),
)


def contact(draw: Draw) -> SeedContact:
    """Gives one contact.

    One in thirty has a phone only, one in thirty a name only, one in twenty no name.
    """
    dice = draw.dice
    first, last = dice.choice(words.FIRST_NAMES), dice.choice(words.LAST_NAMES)
    nameless, only_phone, only_name = draw.nth(20, at=13), draw.nth(30, at=7), draw.nth(30, at=11)
    mailless = only_phone or only_name
    member = draw.nth(9, at=4) and not mailless
    return SeedContact(
        index=draw.index,
        first=None if nameless or only_phone else first,
        last=None if nameless or only_phone or draw.nth(25, at=3) else last,
        emails=() if mailless else tuple(_emails(draw, first, last)),
        phones=tuple(_phones(draw)) if only_phone or (draw.chance(0.6) and not only_name) else (),
        addresses=tuple(_addresses(draw)),
        company=dice.choice(words.COMPANIES) if draw.nth(6, at=0) else None,
        job_title=dice.choice(words.JOB_TITLES) if draw.nth(12, at=0) else None,
        birthdate=_birthdate(dice) if draw.nth(7, at=0) else None,
        locale=dice.choice(("en-us", "de-de", "ja-jp")) if draw.nth(4, at=0) else None,
        labels=tuple(dice.sample(words.LABELS, 1 + dice.randrange(2))) if draw.nth(3, at=0) else (),
        fields=tuple(_fields(draw)) if draw.nth(5, at=0) else (),
        member=member,
        source="WIX_SITE_MEMBERS" if member else dice.choice(("ADMIN", "WIX_STORES", "WIX_FORMS", "IMPORT")),
        subscription=dice.choice(("NOT_SET", "SUBSCRIBED", "UNSUBSCRIBED", "PENDING")),
        created=draw.created,
        updated=draw.edited(),
    )


def _birthdate(dice: random.Random) -> date:
    return date(1950 + dice.randrange(55), 1 + dice.randrange(12), 1 + dice.randrange(28))


def _ascii(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum())


def _emails(draw: Draw, first: str, last: str) -> Iterator[tuple[str, str]]:
    local = f"{_ascii(first)}.{_ascii(last)}.{draw.index}"
    yield "MAIN", f"{local}@example.com"
    if draw.nth(8, at=0):
        yield "WORK", f"{local}+work@example.com"
        if draw.chance(0.5):
            yield "HOME", f"{local}+home@example.com"


def _phones(draw: Draw) -> Iterator[SeedPhone]:
    hundreds = _hundreds(draw.index)
    yield _phone("MOBILE", hundreds, draw.index)
    if draw.chance(0.15):
        yield _phone("WORK", hundreds + AREAS // 2, draw.index)


def _hundreds(index: int) -> int:
    return index // 100


def _phone(tag: str, hundreds: int, index: int) -> SeedPhone:
    """Numbers 555-0100 to 555-0199; the area code keeps those of different contacts apart, as long as there are any."""
    return SeedPhone(tag, "US", f"({FIRST_AREA + hundreds % AREAS}) 555-0{100 + index % 100}")


def _addresses(draw: Draw) -> Iterator[SeedAddress]:
    if draw.nth(7, at=2):
        return
    country, subdivision, city, postal_code, street = _HOMES[draw.index % len(_HOMES)]
    number = str(1 + draw.dice.randrange(200))
    split = number if draw.chance(0.5) else None
    line = street if split else f"{number} {street}"
    yield SeedAddress("SHIPPING", country, city, postal_code, line, split, subdivision)
    if draw.chance(0.25):
        yield SeedAddress("BILLING", country, city, postal_code, f"{street} {number}", None, subdivision)


def _fields(draw: Draw) -> Iterator[tuple[str, str | int]]:
    yield "Favourite tea", ("Sencha", "Pfefferminz", "烏龍")[draw.index % 3]
    yield "Loyalty points", draw.index * 5
    if draw.nth(2, at=0):
        yield "Customer since", (draw.created - timedelta(days=400)).date().isoformat()
        yield "Portfolio", f"https://people.example.com/{draw.index}"
