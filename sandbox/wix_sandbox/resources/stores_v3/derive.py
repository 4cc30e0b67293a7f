"""Members that the server computes on a V3 product: price ranges, stock, summaries, weights, main picture."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

DEFAULT_LOCATION = "5a4db0c5-0000-4000-8000-0000000000a1"
"""The one location of the sandbox's shop; a product's stock is that of the default location."""
ASLEEP = "sleeping_items"
"""Inventory items whose stock the product does not show until their quantity changes."""


def derive(site: Site, product: Entity) -> Entity:
    """Complete a product; changed in place and returned."""
    variants = product["variantsInfo"]["variants"]
    _prices(product, variants)
    _costs(product, variants)
    _weights(product, variants)
    items = site.store.find("inventory_items", "productId", product["id"])
    if site.store.count(ASLEEP):
        items = [each for each in items if site.store.get(ASLEEP, each["id"]) is None]
    _stock(product, variants, items)
    product["variantSummary"] = {"variantCount": len(variants)}
    items = (product.get("media") or {}).get("itemsInfo", {}).get("items") or []
    product["media"] = {"main": items[0], "itemsInfo": {"items": items}} if items else {"itemsInfo": {"items": []}}
    for option in product.get("options") or []:
        _choices(option, variants)
    return product


def price_range(amounts: Iterable[str | None]) -> Entity | None:
    """Return `{minValue: {amount}, maxValue: {amount}}`, or None if no amount is set."""
    known = sorted((each for each in amounts if each is not None), key=Decimal)
    return {"minValue": {"amount": known[0]}, "maxValue": {"amount": known[-1]}} if known else None


def _set(product: Entity, name: str, value: Any) -> None:
    if value is None:
        product.pop(name, None)
    else:
        product[name] = value


def _prices(product: Entity, variants: list[Entity]) -> None:
    prices = [each["price"] for each in variants]
    _set(product, "actualPriceRange", price_range(each["actualPrice"]["amount"] for each in prices))
    compare = price_range(each.get("compareAtPrice", {}).get("amount") for each in prices)
    _set(product, "compareAtPriceRange", compare)


def _costs(product: Entity, variants: list[Entity]) -> None:
    for variant in variants:
        details = variant.get("revenueDetails") or {}
        cost = (details.get("cost") or {}).get("amount")
        if cost is None:
            continue
        actual = Decimal(variant["price"]["actualPrice"]["amount"])
        profit = actual - Decimal(cost)
        # The schema bounds shown money at zero; a loss appears in the margin only.
        details["profit"] = {"amount": str(max(profit, Decimal(0)))}
        details["profitMargin"] = float(round(profit / actual, 4)) if actual else 0.0
    costs = (((each.get("revenueDetails") or {}).get("cost") or {}).get("amount") for each in variants)
    _set(product, "costRange", price_range(costs))


def _weights(product: Entity, variants: list[Entity]) -> None:
    if product["productType"] != "PHYSICAL":
        return
    weights = [(each.get("physicalProperties") or {}).get("weight") for each in variants]
    known = [each for each in weights if each is not None]
    shipping = {"minValue": min(known), "maxValue": max(known)} if known else None
    product["physicalProperties"] = product.get("physicalProperties") or {}
    _set(product["physicalProperties"], "shippingWeightRange", shipping)


def _stock(product: Entity, variants: list[Entity], items: list[Entity]) -> None:
    here = {each["variantId"]: each for each in items if each["locationId"] == DEFAULT_LOCATION}
    for variant in variants:
        item = here.get(variant["id"], {})
        enabled = bool((item.get("preorderInfo") or {}).get("enabled"))
        variant["inventoryStatus"] = {"inStock": in_stock(item), "preorderEnabled": enabled}
    stocked = [each["inventoryStatus"]["inStock"] for each in variants]
    ordered = [each["inventoryStatus"]["preorderEnabled"] for each in variants]
    available = [sale and not stock for sale, stock in zip(ordered, stocked, strict=True)]
    product["inventory"] = {
        "availabilityStatus": _all_some_none(stocked, "IN_STOCK", "PARTIALLY_OUT_OF_STOCK", "OUT_OF_STOCK"),
        "preorderStatus": _all_some_none(ordered, "ENABLED", "PARTIALLY_ENABLED", "DISABLED"),
        "preorderAvailability": _all_some_none(available, "ALL_VARIANTS", "SOME_VARIANTS", "NO_VARIANTS"),
    }


def in_stock(item: Entity) -> bool:
    """Whether an inventory item has anything to sell."""
    if item.get("trackQuantity"):
        return bool(item.get("quantity", 0) > 0)
    return bool(item.get("inStock"))


def _all_some_none(each: list[bool], all_: str, some: str, none: str) -> str:
    return all_ if all(each) else some if any(each) else none


def _choices(option: Entity, variants: list[Entity]) -> None:
    for choice in (option.get("choicesSettings") or {}).get("choices") or []:
        having = [
            variant
            for variant in variants
            if any(each["optionChoiceIds"]["choiceId"] == choice["choiceId"] for each in variant["choices"])
        ]
        choice["inStock"] = any(each["inventoryStatus"]["inStock"] for each in having)
        choice["visible"] = any(each["visible"] for each in having)
