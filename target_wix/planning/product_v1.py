"""How Wix keeps a product of catalog V1: its choices and variants, their prices, pictures and stock.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1
"""

from __future__ import annotations

from itertools import product as every_combination
from typing import TYPE_CHECKING, Any

from target_wix.planning.bodies import without
from wix_api.products.variants import DEFAULT_VARIANT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from target_wix.changes import Entity

COSTS = "costAndProfitData"


def is_managed(product: Entity) -> bool:
    """Tell whether a product's variants have prices and stock of their own."""
    return bool(product.get("manageVariants") and product.get("productOptions"))


def without_managed(product: Entity) -> Entity:
    """Give a product without what its managed variants say in its place."""
    return without(product, ["sku", "weight"]) if is_managed(product) else product


def complete_options(product: Entity) -> None:
    """Give each choice both of its texts, as Wix does."""
    for option in product.get("productOptions") or []:
        for choice in option.get("choices") or []:
            choice["description"] = choice.get("description") or choice.get("value") or ""
            choice["value"] = choice.get("value") or choice["description"]


def variants_of(product: Entity, before: Iterable[Entity], new_id: Callable[[], str]) -> list[Entity]:
    """Give the variants that the options of a product make; those that were there stay as they are.

    `new_id` names a new one.
    """
    new = {"weight": 0, "sku": "", "visible": True, "priceData": {"price": product["priceData"]["price"]}}
    names = ("weight", "sku", COSTS, "productDimensions", "packageDimensions")
    new |= {name: product[name] for name in names if product.get(name) is not None}
    known = {_choices(one): one for one in before}
    options = product.get("productOptions") or []
    if not options:
        there = known.get(()) or {"variant": new}
        return [{**there, "id": DEFAULT_VARIANT, "choices": {}}]
    listed = [[choice["description"] for choice in option["choices"]] for option in options]
    made = [
        {"id": new_id(), "variant": dict(new), "choices": dict(zip(_names(options), chosen, strict=True))}
        for chosen in every_combination(*listed)
    ]
    return [known.get(_choices(one)) or one for one in made]


def _names(options: Iterable[Entity]) -> list[str]:
    return [option["name"] for option in options]


def _choices(variant: Entity) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((variant.get("choices") or {}).items()))


def move_prices(product: Entity, price: float) -> None:
    """Move the prices of variants along: managed ones keep their distance, others are the product's."""
    by = price - (product.get("priceData") or {}).get("price", price)
    for variant in product.get("variants") or []:
        there = (variant["variant"].get("priceData") or {}).get("price", price)
        variant["variant"]["priceData"] = {"price": round(there + by, 2) if product.get("manageVariants") else price}


def add_stock(product: Entity, item: Entity) -> None:
    """Show the stock of each variant with it, and of all of them with the product."""
    tracked, rows = bool(item.get("trackQuantity")), {row["variantId"]: row for row in item.get("variants") or []}
    default = rows.get(DEFAULT_VARIANT) or {"inStock": True, "quantity": 0}
    variants = []
    for variant in product.get("variants") or []:
        row = rows.get(variant["id"]) or default
        told = {"trackQuantity": tracked, "inStock": row.get("inStock")}
        variants.append({**variant, "stock": {**told, **({"quantity": row.get("quantity")} if tracked else {})}})
    product["variants"] = variants
    product["stock"] = {"trackInventory": tracked, "inStock": any(row.get("inStock") for row in rows.values())}
    if tracked:
        product["stock"]["quantity"] = sum(row.get("quantity") or 0 for row in rows.values())


def aligned(item: Entity, product: Entity) -> Entity:
    """Give stock with a row for each managed variant, or the default one."""
    ids = [one["id"] for one in product["variants"]] if is_managed(product) else [DEFAULT_VARIANT]
    known = {row["variantId"]: row for row in item.get("variants") or []}
    fresh = {"inStock": not item.get("trackQuantity"), "quantity": 0}
    return {**item, "variants": [known.get(one) or {"variantId": one, **fresh} for one in ids]}


def restocked(row: Entity, told: Mapping[str, Any], *, tracked: bool) -> Entity:
    """Give a row of stock with what was told of it."""
    changed = {**row, **{name: told[name] for name in ("quantity", "inStock") if told.get(name) is not None}}
    if tracked:
        changed["inStock"] = (changed.get("quantity") or 0) > 0
    return changed


def show_for_choice(product: Entity, named: Entity, items: list[Entity]) -> None:
    """Add pictures to the choice that an entry names by `option` and `choice`."""
    for option in product.get("productOptions") or []:
        for choice in option["choices"]:
            if (option["name"], choice["description"]) == (named["option"], named["choice"]):
                there = (choice.get("media") or {}).get("items") or []
                choice["media"] = {"items": [*there, *items]}
