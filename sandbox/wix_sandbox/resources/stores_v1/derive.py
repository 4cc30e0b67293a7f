"""Members that the server computes on a V1 product: prices, ranges, stock, pages, copies under old names.

https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/introduction
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from itertools import product as cross_product
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from wix_sandbox.resources.stores_v1.colours import is_colour
from wix_sandbox.resources.texts import price_text

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

ALL_PRODUCTS = "00000000-000000-000000-000000000001"
"""The All Products collection: 35 characters, not a GUID."""
DEFAULT_VARIANT = "00000000-0000-0000-0000-000000000000"
SITE_URL = "https://www.example.com"


def derive(site: Site, product: Entity, stock: Entity) -> Entity:
    """Complete a product from its own members and its inventory item; changed in place and returned."""
    currency, discount = site.currency, product.get("discount") or {"type": "NONE", "value": 0}
    product["discount"] = discount
    product["priceData"] = product["price"] = product["convertedPriceData"] = price_data(
        product["priceData"]["price"], discount, currency
    )
    for variant in product["variants"]:
        details = variant["variant"]
        details["priceData"] = price_data(details["priceData"]["price"], discount, currency)
        details["convertedPriceData"] = details["priceData"]
        _costs(details, currency)
    _costs(product, currency)
    _ranges(product)
    _stock(product, stock)
    product["ribbons"] = [{"text": product["ribbon"]}] if product.get("ribbon") else []
    product["ribbon"] = product.get("ribbon") or ""
    product["productPageUrl"] = {"base": SITE_URL, "path": f"/product-page/{quote(product['slug'])}"}
    items = product["media"]["items"]
    product["media"] = {"mainMedia": items[0], "items": items} if items else {"items": []}
    for option in product["productOptions"]:
        colours = all(is_colour(each) for each in option["choices"])
        option["optionType"] = "color" if colours else "drop_down"
        _choices(option, product["variants"])
    return product


def price_data(price: float, discount: Entity, currency: str) -> Entity:
    """Return the price with discount: AMOUNT subtracts an amount, PERCENT a percentage."""
    full, value = Decimal(str(price)), Decimal(str(discount.get("value") or 0))
    less = {"AMOUNT": full - value, "PERCENT": full * (100 - value) / 100}.get(discount.get("type", ""), full)
    reduced = float(max(less, Decimal(0)).quantize(Decimal("0.01"), ROUND_HALF_UP))
    formatted = {"price": price_text(price, currency), "discountedPrice": price_text(reduced, currency)}
    return {"currency": currency, "price": price, "discountedPrice": reduced, "formatted": formatted}


def _costs(holder: Entity, currency: str) -> None:
    costs = holder.get("costAndProfitData")
    if not costs or costs.get("itemCost") is None:
        return
    sold = holder["priceData"]["discountedPrice"]
    profit = round(sold - costs["itemCost"], 2)
    holder["costAndProfitData"] = {
        "itemCost": costs["itemCost"],
        "formattedItemCost": price_text(costs["itemCost"], currency),
        "profit": profit,
        "formattedProfit": price_text(profit, currency),
        "profitMargin": round(profit / sold, 4) if sold else 0.0,
    }


def _ranges(product: Entity) -> None:
    managed = product["manageVariants"]
    details = [each["variant"] for each in product["variants"]] if managed else [product]
    product["priceRange"] = _range([each["priceData"]["price"] for each in details])
    product["weightRange"] = _range([each.get("weight") or 0 for each in details])
    costs = [(each.get("costAndProfitData") or {}).get("itemCost") for each in details]
    product["costRange"] = _range([each for each in costs if each is not None] or [0])


def _range(values: list[float]) -> Entity:
    return {"minValue": min(values), "maxValue": max(values)}


def _stock(product: Entity, stock: Entity) -> None:
    tracked, rows = stock["trackQuantity"], {each["variantId"]: each for each in stock["variants"]}
    default = rows.get(DEFAULT_VARIANT, {"inStock": True, "quantity": 0})
    for variant in product["variants"]:
        row = rows.get(variant["id"], default)
        variant["stock"] = {"trackQuantity": tracked, "inStock": row["inStock"]}
        if tracked:
            variant["stock"]["quantity"] = row["quantity"]
    stocked = [each["inStock"] for each in stock["variants"]]
    status = "IN_STOCK" if all(stocked) else "PARTIALLY_OUT_OF_STOCK" if any(stocked) else "OUT_OF_STOCK"
    product["stock"] = {"trackInventory": tracked, "inStock": any(stocked), "inventoryStatus": status}
    if tracked:
        product["stock"]["quantity"] = sum(each["quantity"] for each in stock["variants"])


def _choices(option: Entity, variants: list[Entity]) -> None:
    for choice in option["choices"]:
        label = choice["description"]
        having = [each for each in variants if each["choices"].get(option["name"]) == label] or variants
        choice["inStock"] = any(each["stock"]["inStock"] for each in having)
        choice["visible"] = any(each["variant"].get("visible", True) for each in having)


def rebuild_variants(site: Site, product: Entity, before: list[Entity]) -> list[Entity]:
    """Return variants for the options of a product: the cross product of choices, or the default one.

    A variant whose choices did not change keeps its id and overrides.
    """
    options = product["productOptions"]
    if not options:
        default = next((each for each in before if not each["choices"]), None)
        return [{**(default or _new_variant(product)), "id": DEFAULT_VARIANT, "choices": {}}]
    known = {tuple(sorted(each["choices"].items())): each for each in before}
    names = [option["name"] for option in options]
    labels = [[choice["description"] for choice in option["choices"]] for option in options]
    variants = []
    for chosen in cross_product(*labels):
        choices = dict(zip(names, chosen, strict=True))
        kept = known.get(tuple(sorted(choices.items())))
        variants.append(kept or {**_new_variant(product), "id": site.new_id(), "choices": choices})
    return variants


def _new_variant(product: Entity) -> Entity:
    details: dict[str, Any] = {"priceData": {"price": product["priceData"]["price"]}, "visible": True}
    for name in ("weight", "sku", "costAndProfitData", "productDimensions", "packageDimensions"):
        if product.get(name) is not None:
            details[name] = product[name]
    return {"variant": {"weight": 0, "sku": "", **details}}
