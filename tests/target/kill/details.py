"""Contacts, stock and variants of what a tap may write.

Each row of a kind names the same members each time: who is fed half of an input again must end where one run ends.
Stock and variants say of products what their own records leave out, and only of products that are never deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

    Entity = dict[str, Any]

PEOPLE = range(6)
LABELS = ("Friends", "Press", "Wholesale")
SKUS = {"v1": ("S2-0", "S3-S", "S3-L"), "v3": ("S2-0", "S3-0", "S3-1")}
"""Variants that rows name: one of a product without options, two of one with a size. No product record has their
stock, weight and cost."""
COUNTED = {"v1": ("S2-0",), "v3": ("S2-0", "S3-0", "S3-1")}
"""The input has the stock of these. V1 tracks all variants of a product or none, so their rows must come together."""
TOO_LONG = "x" * 1001


def details_of(chance: Random, catalog: str) -> dict[str, list[Entity]]:
    """Return rows of each further stream, for about half of the streams."""
    rows = {
        "contacts": _people(chance),
        "product_variants": [_variant(chance, sku) for sku in SKUS[catalog] * 2 if chance.random() < 0.4],
        "inventory_items": [_stock(chance, sku) for sku in COUNTED[catalog] * 2 if chance.random() < 0.5],
    }
    return {stream: listed if chance.random() < 0.5 else [] for stream, listed in rows.items()}


def people_at_first(chance: Random) -> list[Entity]:
    """Return the contacts that a site has before the schedule begins."""
    return [person(chance, number) for number in PEOPLE if chance.random() < 0.5]


def person(chance: Random, number: int) -> Entity:
    """Return a contact: whole, in plain columns, or known by a phone alone."""
    company = chance.choice(("Kiln", "Clay", ""))
    labels = sorted(chance.sample(LABELS, chance.randint(0, 2)))
    if number % 3 == 1:
        names = {"firstName": f"Ann {number}", "lastName": chance.choice(("Lee", "Orr"))}
        return {"email": f"p{number}@example.com", **names, "company": company, "labels": labels}
    if number % 3 == 2:
        return {"phone": f"+1 555 010{number}", "firstName": "Bob", "jobTitle": chance.choice(("Potter", "Painter"))}
    emails = [
        {"email": f"p{number}@example.com", "tag": "MAIN"},
        {"email": f"{chance.choice('ab')}{number}@example.net"},
    ]
    address = {"country": "GB", "city": chance.choice(("Leeds", "York")), "addressLine": "1 Mill Lane"}
    fields = {"custom.favourite-glaze": chance.choice(("blue", "green")), "custom.visits": chance.randint(1, 3)}
    return {
        "info": {
            "name": {"first": "Cleo", "last": chance.choice(("Ray", "Roy"))},
            "emails": {"items": emails},
            "addresses": {"items": [{"tag": "HOME", "address": address}]},
            "company": company,
            "labelKeys": {"items": labels},
            "extendedFields": {"items": fields},
        }
    }


def _people(chance: Random) -> list[Entity]:
    rows = [person(chance, number) for number in (*PEOPLE, *PEOPLE) if chance.random() < 0.4]
    some = [number for number in PEOPLE if chance.random() < 0.2]
    if chance.random() < 0.5:
        rows += [{**person(chance, number), "_command": "create"} for number in some]
    else:
        rows += [{**_key(number), "firstName": "Dan", "_command": "update"} for number in some]
        rows += [{**_key(number), "_command": "delete"} for number in PEOPLE if chance.random() < 0.2]
    if chance.random() < 0.2:
        rows.append({**_key(1), "firstName": TOO_LONG})
    chance.shuffle(rows)
    return rows


def _key(number: int) -> Entity:
    return {"phone": f"+1 555 010{number}"} if number % 3 == 2 else {"email": f"p{number}@example.com"}


def _variant(chance: Random, sku: str) -> Entity:
    weight, cost = chance.choice((0.25, "0.250", 0.5)), chance.choice(("3", "3.00", 4))
    return {"sku": sku, "physicalProperties": {"weight": weight}, "revenueDetails": {"cost": {"amount": cost}}}


def _stock(chance: Random, sku: str) -> Entity:
    if sku == "S3-1":
        return {"sku": sku, "inStock": chance.random() < 0.5}
    return {"sku": sku, "quantity": chance.randint(0, 3)}
