"""The same records leave the same shop in batches of any size, and in one run or in two.

Left out are slugs that Wix makes from names, and keys that two entities have: there, an earlier record may decide which
one of them a later record matches.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.target.kill.shops import picture
from tests.target.runs import load, record, schema
from tests.target.test_orders import LINE, order
from wix_sandbox import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Entity = dict[str, Any]

SETTINGS: Entity = {
    "on_reject": "skip",
    "stream_options": {
        "contacts": {"create_missing_labels": True},
        "products": {"create_missing_collections": True},
    },
}
NAMES = ("Cups", "Plates", "Sale")
SKUS = ("P0", "P1", "A-S", "A-M")
"""SKUs of two products without options, and of two variants of one product."""


def some(chance: Random, share: float = 0.5, **members: Any) -> Entity:
    """Return a choice for some of the members."""
    return {name: chance.choice(values) for name, values in members.items() if chance.random() < share}


def commanded(chance: Random, row: Entity, deletes: int = 12) -> Entity:
    command = chance.choices(("", "delete", "update", "create"), (75, deletes, 8, 5))[0]
    return {**row, "_command": command} if command else row


def contact(chance: Random) -> Entity:
    emails = ["a@example.com", "B@example.com", "b@example.com", "c@example.com"]
    row = some(chance, email=emails, phone=["+1 555 0101", "+15550101", "+1 555 0102"], company=["Kiln", ""])
    row |= some(chance, 0.3, firstName=["Ann", "Bob"], labels=[["Friends"], ["Press"], []])
    if chance.random() < 0.25:
        items = chance.sample(emails[:1] + emails[2:], chance.randint(1, 2))
        row["info"] = {"emails": {"items": [{"email": email} for email in items]}}
        row.pop("email", None)
    return commanded(chance, row, deletes=0)  # a contact that a delete removes at the end has its phone until then


def collection(chance: Random) -> Entity:
    """Return a collection with a slug that has two names in turns, or a change of one that has a name at that time."""
    number = chance.randint(1, 3)
    name = {"name": chance.choice((f"Cups {number}", f"Plates {number}"))}
    if chance.random() < 0.4:
        return {**name, **some(chance, description=["a", "b"]), "_command": chance.choice(("update", "delete"))}
    return commanded(chance, {**name, "slug": f"slug-{number}", **some(chance, description=["a", "b"])})


def product(chance: Random) -> Entity:
    """Return a product that has the same keys on both catalogs."""
    variant = {"price": {"actualPrice": {"amount": chance.choice(("5", "6.50"))}}}
    row: Entity = {"name": "Sizes", "productType": "PHYSICAL"}
    row |= some(chance, 0.3, visible=[True, False], collections=[["Cups"], ["Cups", "Sale"], []])
    if chance.random() < 0.25:
        sizes = chance.sample("SML", chance.randint(1, 3))
        choices = {"choices": [{"name": size} for size in sizes]}
        row["options"] = [{"name": "Size", "optionRenderType": "TEXT_CHOICES", "choicesSettings": choices}]
        of_size = [{"optionChoiceNames": {"optionName": "Size", "choiceName": size}} for size in sizes]
        variants = [
            {**variant, "sku": f"A-{size[0]}", "choices": [one]} for size, one in zip(sizes, of_size, strict=True)
        ]
        row["variantsInfo"] = {"variants": variants}
    else:
        sku = chance.choice("ABCD")
        row |= {"name": f"Mug {sku}", "variantsInfo": {"variants": [{**variant, "sku": sku}]}}
    # A deleted product has its slug until the end of the input, and one with other SKUs is another product.
    return commanded(chance, row, deletes=0 if "options" in row else 12)


def stock(chance: Random) -> Entity:
    return {"sku": chance.choice(SKUS), "quantity": chance.randint(0, 3)}


def variant(chance: Random) -> Entity:
    prices = [{"actualPrice": {"amount": amount}} for amount in ("8", "9.50")]
    return {"sku": chance.choice(SKUS), "price": chance.choice(prices), **some(chance, visible=[True, False])}


def membership(chance: Random) -> Entity:
    row = {"collection": chance.choice(NAMES), "sku": chance.choice(SKUS)}
    return {**row, "_command": "delete"} if chance.random() < 0.3 else row


def imported(chance: Random) -> Entity:
    """Return a whole order, or a change of one."""
    changed = some(chance, buyerNote=["a", "b", ""], paymentStatus=["PAID", "NOT_PAID"])
    row = order(f"A-{chance.randint(1, 3)}", **changed)
    if chance.random() < 0.3:
        return {"channelInfo": row["channelInfo"], **changed, "_command": chance.choice(("update", "delete"))}
    return commanded(chance, row)


def parcel(chance: Random) -> Entity:
    """Return a parcel of an order that is named by its id or its number."""
    number = chance.randint(1, 2)
    row = chance.choice(({"orderId": order_id(number)}, {"orderNumber": f"900{number}"}))
    row = {**row, **some(chance, trackingNumber=["T1", "T2"], status=["Pending", "Fulfilled"])}
    lines = [[{"id": line_id(number), "quantity": quantity}] for quantity in (1, 2)]
    return commanded(chance, {**row, **some(chance, 0.4, lineItems=lines)})


def label(chance: Random) -> Entity:
    return commanded(chance, {"displayName": chance.choice(("Friends", "Press", "Trade"))})


def order_id(number: int) -> str:
    return f"00000004-0000-4000-8000-00000000000{number}"


def line_id(number: int) -> str:
    return f"00000005-0000-4000-8000-00000000000{number}"


ROWS: dict[str, Callable[[Random], Entity]] = {
    "contacts": contact,
    "collections": collection,
    "products": product,
    "inventory_items": stock,
    "product_variants": variant,
    "collection_products": membership,
    "orders": imported,
    "fulfillments": parcel,
    "contact_labels": label,
}
SIZES = {"choices": [{"name": size} for size in "SM"]}
SHOP: dict[str, list[Entity]] = {
    "collections": [{"name": name} for name in NAMES],
    "products": [
        *({"name": sku, "variantsInfo": {"variants": [{"sku": sku, "price": {"actualPrice": {"amount": "5"}}}]}}
          for sku in SKUS[:2]),
        {
            "name": "Sizes",
            "options": [{"name": "Size", "optionRenderType": "TEXT_CHOICES", "choicesSettings": SIZES}],
            "variantsInfo": {
                "variants": [
                    {
                        "sku": f"A-{size}",
                        "price": {"actualPrice": {"amount": "5"}},
                        "choices": [{"optionChoiceNames": {"optionName": "Size", "choiceName": size}}],
                    }
                    for size in "SM"
                ]
            },
        },
    ],
    "orders": [
        order(f"X-{number}", id=order_id(number), number=f"900{number}", lineItems=[{**LINE, "id": line_id(number)}])
        for number in (1, 2)
    ],
}  # fmt: skip
"""What stock, variants, memberships and fulfillments refer to."""


def listed(stream: str, rows: list[Entity]) -> list[Entity]:
    return [schema(stream), *(record(stream, row) for row in rows)]


def shop_of(catalog: str, inputs: list[list[Entity]], tmp_path: Path, **settings: Any) -> dict[str, list[str]]:
    """Return the picture of an empty shop after a run for each input."""
    with Sandbox(SandboxOptions(catalog=catalog, empty=True, random_seed=1)).serve() as site:
        for each in inputs:
            done = load(site, tmp_path, each, **SETTINGS, **settings)
            assert done.error is None
        return picture(site.state(), ordered=False)


@pytest.mark.either_catalog
@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize("stream", ROWS)
@pytest.mark.parametrize("seeds", [range(2), pytest.param(range(2, 200), marks=pytest.mark.soak)], ids=["some", "many"])
def test_portions_do_not_matter(seeds: range, stream: str, catalog: str, tmp_path: Path) -> None:
    for seed in seeds:
        chance = Random(f"{stream}/{seed}")
        make = ROWS[stream]
        before = [make(chance) for _ in range(chance.randint(0, 5))]
        rows = [make(chance) for _ in range(chance.choice((3, 5, 8)))]
        cut = chance.randrange(len(rows))
        shop = [] if stream in SHOP or stream == "contacts" else [m for name in SHOP for m in listed(name, SHOP[name])]
        first = [shop, listed(stream, before)]

        one_by_one = shop_of(catalog, [*first, listed(stream, rows)], tmp_path, batch_size_rows=1)

        assert shop_of(catalog, [*first, listed(stream, rows)], tmp_path) == one_by_one, seed
        parts = [listed(stream, rows[:cut]), listed(stream, rows[cut:])]
        assert shop_of(catalog, [*first, *parts], tmp_path) == one_by_one, seed
