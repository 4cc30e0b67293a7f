"""A plan knows the limits of members that Wix's types declare: they are in the tables of the target."""

from __future__ import annotations

import json
from decimal import Decimal
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from target_wix.contact_fields import CONTACT
from target_wix.domains.fulfillments import FULFILLMENT
from target_wix.domains.inventory import STOCK
from target_wix.domains.order_fields import ORDER
from target_wix.domains.store_collections import CATEGORY, COLLECTION
from target_wix.fields import Access
from target_wix.product_fields import PRODUCT_V1, PRODUCT_V3

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLES = {
    "product_v3": PRODUCT_V3,
    "product_v1": PRODUCT_V1,
    "category": CATEGORY,
    "collection_v1": COLLECTION,
    "inventory_item_v3": STOCK,
    "contact": CONTACT,
    "order": ORDER,
    "order_fulfillment": FULFILLMENT,
}
_LISTED, _MAIN = "media.itemsInfo.items[]", "media.main"
UNCHECKED = {
    "product_v3": {
        *(f"{_MAIN}.{name}" for name in ("id", "image.id", "video.id", "altText", "displayName")),  # never sent
        *(f"{each}[].choicesSettings.choices[].linkedMedia" for each in ("options", "modifiers")),  # never sent
        f"{_LISTED}.displayName",  # cut
        *(f"{_LISTED}.id", "mainCategoryId", "subscriptionDetails.subscriptions[].id"),  # ids that Wix gave
        "subscriptionDetails.subscriptions[].discount.amountOff",
    },
    "category": {"image.id", "image.filename", "parentCategory.id"},
    "contact": {"info.locations.items[]"},
    "order": {"currencyConversionDetails.conversionRate"},
    "order_fulfillment": {"lineItems[].id"},
}
"""Members whose limit no record breaks by mistake, or whose value is not sent as it is."""


def too_much(schema: dict[str, Any]) -> Iterator[Any]:
    """Yield a value that is just above each limit of a member."""
    if most := schema.get("maxLength"):
        yield "x" * (most + 1)
    if most := schema.get("maxItems"):
        yield [{}] * (most + 1)
    if most := schema.get("maximum"):
        yield most + 1
    if most := schema.get("x-wix-decimal", {}).get("lte"):
        yield str(Decimal(str(most)) + 1)
    if schema.get("format") == "uuid":
        yield "1815"


def declared(schema: dict[str, Any], path: str, kinds: dict[str, Any], depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield the path of each member below `path` with its schema."""
    for one in (schema, *schema.get("anyOf", ())):
        if "$ref" in one and depth < 9:
            yield from declared(kinds[one["$ref"].rsplit("/", 1)[1]], path, kinds, depth + 1)
        for name, inner in one.get("properties", {}).items():
            yield f"{path}{name}", inner
            yield from declared(inner, f"{path}{name}.", kinds, depth + 1)
        if "items" in one:
            yield f"{path[:-1]}[]", one["items"]
            yield from declared(one["items"], f"{path[:-1]}[].", kinds, depth + 1)


@pytest.mark.parametrize("name", TABLES)
def test_a_member_is_checked_by_the_limit_that_wix_declares(name: str) -> None:
    schema = json.loads(files("wix_sandbox").joinpath(f"schemas/{name}.json").read_text("utf-8"))
    limits = {path.removeprefix("fulfillments[]."): one for path, one in declared(schema, "", schema["$defs"])}
    written = [row for row in TABLES[name].rows if row.access in {Access.WRITE, Access.APART}]

    accepted = {
        row.path
        for row in written
        for value in too_much(limits.get(row.path, {}))
        if row.limit is None or row.limit.rejection(row.path, value) is None
    }

    assert len(limits.keys() & {row.path for row in written}) > 3
    assert accepted == UNCHECKED.get(name, set())
