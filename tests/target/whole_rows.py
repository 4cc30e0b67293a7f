"""Rows of variants, stock and places that may say everything which a sink writes, drawn at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.target.runs import product
from tests.target.whole_records import COLLECTIONS, some_of, variant_v3

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    Entity = dict[str, Any]


def plain_product(catalog: str, sku: str) -> Entity:
    """Return a product that rows of variants, stock and places speak of."""
    return {"name": f"Mug {sku}", "priceData": {"price": 10}, "sku": sku} if catalog == "v1" else product(sku, sku=sku)


def row_of_variant(chance: Random, catalog: str, sku: str) -> Entity:
    """Return a row of product_variants; catalog V1 has fewer members, and no compare-at price with a discount."""
    whole = {**variant_v3(chance, sku), "visible": True}
    whole.pop("inventoryItem", None)
    if catalog == "v1":
        whole["price"].pop("compareAtPrice")
        whole.pop("barcode", None)
        whole["physicalProperties"] = {"weight": 0.5}
    return whole


def row_of_stock(chance: Random, catalog: str, sku: str) -> Entity:
    """Return a row of inventory_items."""
    counted = {"quantity": chance.randint(0, 5)} if chance.random() < 0.5 else {"inStock": chance.random() < 0.5}
    whole: Entity = {"preorderInfo": {"enabled": True, "message": "In May"}}
    if "quantity" in counted:
        whole["preorderInfo"]["limit"] = 20
    if catalog == "v3":
        whole["extendedFields"] = {"namespaces": {"_user_fields": {"shelf": "top"}}}
    return {"sku": sku, **counted, **some_of(chance, whole)}


def row_of_place(chance: Random, _catalog: str, sku: str) -> Entity:
    """Return a row of collection_products."""
    return {"collection": chance.choice(COLLECTIONS), "sku": sku}


ROWS: dict[str, Callable[[Random, str, str], Entity]] = {
    "product_variants": row_of_variant,
    "inventory_items": row_of_stock,
    "collection_products": row_of_place,
}
