"""What a tap may write: all streams, with commands, repeated keys and bad records.

Streams are written in the order of their ranks within a batch, and where batches end depends on where a run begins.
So the order of two records of different streams must not matter here: a product that is named by memberships names no
collections itself and is never deleted, and only collections that nothing names are deleted.

Nor can an input be fed twice whose `create`s depend on what else it does: an `update` that finds nothing the first time
finds what a later `create` made, and a `create` that is refused since a product is there is done after its `delete`. So
products are created, each by one record, or updated and deleted. See also `details`.

On catalog V3, products pass their slugs on, which Wix refuses as long as another product has them: see `_passing_on`.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from tests.target.kill.details import details_of, people_at_first
from tests.target.runs import record, schema, state

if TYPE_CHECKING:
    from collections.abc import Callable

    Entity = dict[str, Any]

KEPT = ("Cups", "Plates", "Sale")
"""Collections that products and memberships name."""
LOOSE = ("Old", "New")
"""Collections that come and go."""
PLACED, OWN = range(4), range(4, 10)
"""Products that memberships name, and products that name collections."""
LONG_NAME = "x" * 90
OPTIONS = {"stream_options": {"contacts": {"create_missing_labels": True, "create_missing_fields": True}}}
"""Settings that these inputs need."""
PICTURES = "https://pictures.example.com"


def products_of(chance: Random, numbers: range, make: Callable[[Random, int], Entity]) -> list[Entity]:
    """Return a product for some of the numbers, each of its members drawn anew."""
    return [make(chance, number) for number in numbers if chance.random() < 0.6]


def collections_of(chance: Random) -> list[Entity]:
    """Return the collections that others name."""
    return [{"name": name, "description": f"All {chance.choice(('fine', 'old'))} {name}"} for name in KEPT]


def first_input(chance: Random, catalog: str) -> list[Entity]:
    """Return messages for what the shop holds before the schedule begins."""
    make = MAKERS[catalog]
    collections = [*collections_of(chance), *({"name": name} for name in LOOSE if chance.random() < 0.5)]
    products = [*(make(chance, number) for number in PLACED), *products_of(chance, OWN, make)]
    products += [_linked(sku, sku.lower()) for sku in "ABCD"] if catalog == "v3" else []
    return joined(contacts=people_at_first(chance), collections=collections, products=products)


def joined(**streams: list[Entity]) -> list[Entity]:
    """Return messages of streams, one after another."""
    return [
        message
        for stream, rows in streams.items()
        for message in (schema(stream), *(record(stream, row) for row in rows))
    ]


def second_input(chance: Random, catalog: str, *, is_empty: bool) -> list[Entity]:
    """Return the messages of a schedule: streams in turns, and a STATE now and then that says which line is next.

    An empty shop gets first what others name.
    """
    make = MAKERS[catalog]
    needed = [make(chance, number) for number in PLACED] if is_empty else []
    streams = {
        "collections": collections_of(chance) if is_empty else _collection_rows(chance),
        "products": [*needed, *_product_rows(chance, make)],
        **details_of(chance, catalog),
        "collection_products": _places(chance, make),
    }
    rows = [(stream, row) for stream, listed in streams.items() for row in listed]
    if chance.random() < 0.5 and not is_empty:
        # As from a tap that reads its streams concurrently: in turns, each in its own order.
        orders = sorted((chance.random(), stream) for stream, _ in rows)
        queues = {name: iter([row for stream, row in rows if stream == name]) for _, name in orders}
        rows = [(stream, next(queues[stream])) for _, stream in orders]
    if catalog == "v3":
        rows += [("products", row) for row in _passing_on(Random(str(rows)))]  # `chance` draws what it drew without
    listed = [schema(stream) for stream in streams]
    every = chance.choice((1, 2, 4, 8))
    for number, (stream, row) in enumerate(rows, 1):
        listed.append(record(stream, row))
        if number % every == 0:
            listed.append(state({"next": len(listed) + 1}))
    return [*listed, state({"next": len(listed) + 1})]


def from_state(listed: list[Entity], value: Entity | None) -> tuple[int, list[Entity]]:
    """Return (messages that a tap skips if it resumes from a STATE, messages that it writes then)."""
    if value is None:
        return 0, listed
    rest = [message for message in listed[value["next"] :] if message["type"] != "SCHEMA"]
    return value["next"], [*(message for message in listed if message["type"] == "SCHEMA"), *rest]


def _collection_rows(chance: Random) -> list[Entity]:
    rows = [row for row in collections_of(chance) if chance.random() < 0.5]
    rows += [
        {"name": chance.choice(LOOSE), "description": chance.choice(("a", "b"))} for _ in range(chance.randint(0, 2))
    ]
    rows += [{"name": chance.choice(LOOSE), "_command": "delete"} for _ in range(chance.randint(0, 1))]
    if chance.random() < 0.2:
        rows.append({"name": LONG_NAME})
    chance.shuffle(rows)
    return rows


def _product_rows(chance: Random, make: Callable[[Random, int], Entity]) -> list[Entity]:
    creates = chance.random() < 0.3
    times = 1 if creates else 2
    rows = [make(chance, number) for _ in range(times) for number in (*PLACED, *OWN) if chance.random() < 0.35]
    for row in list(rows):
        if creates and chance.random() < 0.3:
            row["_command"] = "create"
        elif not creates and chance.random() < 0.2:
            part = {name: row[name] for name in ("slug", "handle", "sku", "variantsInfo", "name") if name in row}
            rows.append({**part, "name": f"{row['name']} II", "_command": "update"})
    keys = [row for number in OWN if (row := make(chance, number))]
    rows += [{**_key(row), "_command": "delete"} for row in keys if not creates and chance.random() < 0.25]
    chance.shuffle(rows)
    if chance.random() < 0.3:
        rows.insert(chance.randint(0, len(rows)), {**make(chance, 50), "name": LONG_NAME})
    if chance.random() < 0.2:
        rows.insert(chance.randint(0, len(rows)), {**make(chance, 51), "_command": "update"})
    return rows


def _passing_on(chance: Random) -> list[Entity]:
    """Return records, in any order, of products that take the slug of the next one, the last one that of a deleted one.

    Nothing for most inputs.
    """
    if chance.random() < 0.7:
        return []
    rows = [_linked(sku, slug) for sku, slug in zip("ABC", "bcd", strict=True)]
    rows.append({"sku": "LD", "_command": "delete"} if chance.random() < 0.5 else _linked("D", "e"))
    if chance.random() < 0.5:
        rows.append({**_linked("E", "a"), "handle": "linked-e"})
    chance.shuffle(rows)
    return rows


def _linked(sku: str, slug: str) -> Entity:
    variant = {"sku": f"L{sku}", "price": {"actualPrice": {"amount": "5"}}}
    return {
        "name": f"Linked {sku}",
        "productType": "PHYSICAL",
        "slug": f"linked-{slug}",
        "variantsInfo": {"variants": [variant]},
    }


def _key(row: Entity) -> Entity:
    if row.get("handle") or row.get("slug"):
        return {name: row[name] for name in ("handle", "slug") if name in row}
    return {"sku": row.get("sku") or row["variantsInfo"]["variants"][0]["sku"]}


def _places(chance: Random, make: Callable[[Random, int], Entity]) -> list[Entity]:
    return [
        {
            "collection": chance.choice(KEPT),
            **_key(make(chance, chance.choice(PLACED))),
            **({"_command": "delete"} if chance.random() < 0.3 else {}),
        }
        for _ in range(chance.randint(0, 4))
    ]


def product_v3(chance: Random, number: int) -> Entity:
    """Return a product in V3's shape; odd ones have a handle, the others are known by their SKU alone."""
    sizes = ("S", "L") if number % 3 == 0 else ("",)
    variants = [_variant(chance, number, place, size) for place, size in enumerate(sizes)]
    made: Entity = {
        "name": f"Mug {number} {chance.choice('abc')}",
        "productType": "PHYSICAL",
        "visible": chance.random() < 0.8,
        "variantsInfo": {"variants": variants},
    }
    if number % 2:
        made["handle"] = f"mug-{number}"
    if len(sizes) > 1:
        choices = [{"name": size} for size in sizes]
        made["options"] = [
            {"name": "Size", "optionRenderType": "TEXT_CHOICES", "choicesSettings": {"choices": choices}}
        ]
    if number in OWN:
        made["collections"] = sorted(chance.sample(KEPT, chance.randint(0, 2)))
    if number == 5:
        made["media"] = {"itemsInfo": {"items": [{"url": f"{PICTURES}/{chance.choice('ab')}.jpg", "altText": "A mug"}]}}
    if number == 7:
        made["ribbon"] = {"name": chance.choice(("Sale", "New"))}
        made["brand"] = {"name": chance.choice(("Kiln", "Clay"))}
    return made


def _variant(chance: Random, number: int, place: int, size: str) -> Entity:
    variant: Entity = {
        "sku": f"S{number}-{place}",
        "price": {"actualPrice": {"amount": chance.choice(("10", "10.00", "12.5", "12.50", "7"))}},
    }
    if size:
        variant["choices"] = [{"optionChoiceNames": {"optionName": "Size", "choiceName": size}}]
    if number % 4 < 2:
        variant["inventoryItem"] = {"quantity": chance.randint(0, 3)}
    return variant


def product_v1(chance: Random, number: int) -> Entity:
    """Return a product in V1's shape; odd ones have a slug, the others are known by their SKU alone."""
    made: Entity = {
        "name": f"Mug {number} {chance.choice('abc')}",
        "sku": f"S{number}-0",
        "visible": chance.random() < 0.8,
        "priceData": {"price": chance.choice((10, "10.0", "10", 12.5))},
        "description": chance.choice(("<p>Blue</p>", "<p>Green</p>")),
    }
    if number % 2:
        made["slug"] = f"mug-no{number}"
    if number % 4 < 2:
        made["stock"] = {"trackInventory": True, "quantity": chance.randint(0, 3)}
    if number in OWN:
        made["collections"] = sorted(chance.sample(KEPT, chance.randint(0, 2)))
    if number == 5:
        made["media"] = {"items": [{"image": {"url": f"{PICTURES}/a.jpg"}}]}
    if number == 7:
        made["brand"] = chance.choice(("Kiln", "Clay"))
    if number in {3, 7}:
        _add_sizes(made, chance, number)
    return made


def _add_sizes(made: Entity, chance: Random, number: int) -> None:
    choices = [{"value": size, "description": size} for size in "SL"]
    made["manageVariants"] = True
    made["productOptions"] = [{"name": "Size", "choices": choices}]
    made["variants"] = [
        {
            "choices": {"Size": size},
            "variant": {"priceData": {"price": chance.choice((10, 11))}, "sku": f"S{number}-{size}"},
        }
        for size in "SL"
    ]


MAKERS: dict[str, Callable[[Random, int], Entity]] = {"v1": product_v1, "v3": product_v3}
