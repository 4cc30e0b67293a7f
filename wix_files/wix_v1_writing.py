"""A product as rows of a Wix V1 file."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wix_api.products.mapping import V1
from wix_api.products.money import full_price
from wix_api.products.money import text as decimal_text
from wix_api.products.product import lower
from wix_files import media_cells
from wix_files.modifier_cells import check_text
from wix_files.option_cells import write_chosen, write_options
from wix_files.product_format import UnwritableError, handle_of, joined
from wix_files.variant_cells import write_stock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wix_files.option_cells import OptionColumns
    from wix_files.product_format import Entity

STOCK_WORDS = {"InStock": True, "OutOfStock": False}
_MOST_SECTIONS = 6
_MOST_TEXTS = 2


def rows_of(product: Mapping[str, Any], options: OptionColumns) -> Iterator[dict[str, str]]:
    """Return the rows: the product, then its variants if the product has options and managed variants.

    If all variants have the same cost, it is in the product's row, otherwise in the variants' rows.

    Raises:
        UnwritableError: The file cannot represent the product.
    """
    v1 = lower(product)
    variants = (product.get("variantsInfo") or {}).get("variants") or []
    is_managed = bool(product.get("options")) and v1.get("manageVariants") is not False
    base, cost = _base_price(product, variants), _cost(variants)
    _check(product, v1, variants)
    alone = {} if is_managed or not variants else _of_variant(variants[0])
    if product.get("options") and not is_managed:
        alone = {**alone, "sku": v1.get("sku") or "", **_whole_stock(v1.get("stock") or {})}
    yield {
        "handleId": handle_of(product),
        "fieldType": "Product",
        **_texts(product, v1),
        "price": decimal_text(base) or "" if base is not None else "",
        **_discount(v1),
        **write_options(product.get("options") or [], options),
        **alone,
        "cost": cost,
        "visible": _truth(product.get("visible")),
    }
    for variant in variants if is_managed else ():
        full = full_price(variant)
        surcharge = Decimal(full["amount"]) - base if full and base is not None else None
        yield {
            "handleId": handle_of(product),
            "fieldType": "Variant",
            "surcharge": "" if surcharge is None else str(decimal_text(surcharge)),
            **_of_variant(variant),
            "cost": "" if cost else _cost([variant]),
            **dict(write_chosen(variant.get("choices") or [], product["options"], options)),
        }


def _check(product: Mapping[str, Any], v1: Mapping[str, Any], variants: list[Entity]) -> None:
    problem = ""
    modifiers = product.get("modifiers") or []
    if any(one.get("modifierRenderType") != "FREE_TEXT" for one in modifiers):
        problem = "a modifier with choices"
    elif any((one.get("freeTextSettings") or {}).get("title") != one.get("name") for one in modifiers):
        problem = "a custom text with another title than its name"
    elif len(v1.get("customTextFields") or []) > _MOST_TEXTS:
        problem = f"more than {_MOST_TEXTS} custom text fields"
    elif len(v1.get("additionalInfoSections") or []) > _MOST_SECTIONS:
        problem = f"more than {_MOST_SECTIONS} information sections"
    elif any(variant.get("price") for variant in variants) and not v1.get("discount"):
        problem = "compare-at prices that no single discount of the product leads to"
    if problem:
        msg = f"{problem}, which the columns of a Wix V1 file cannot represent"
        raise UnwritableError(msg)
    for modifier in modifiers:
        check_text(modifier)


def _base_price(product: Mapping[str, Any], variants: list[Entity]) -> Decimal | None:
    """Return the price to which surcharges are added: the product's on V1, even 0, else the lowest price."""
    kept = ((product.get(V1) or {}).get("priceData") or {}).get("price")
    if kept is not None:
        return Decimal(str(kept))
    prices = [Decimal(full["amount"]) for variant in variants if (full := full_price(variant))]
    return min(prices, default=None)


def _texts(product: Mapping[str, Any], v1: Mapping[str, Any]) -> dict[str, str]:
    row = {
        "name": str(product.get("name") or ""),
        "description": str(product.get("plainDescription") or ""),
        "ribbon": str((product.get("ribbon") or {}).get("name") or ""),
        "brand": str((product.get("brand") or {}).get("name") or ""),
        "collection": joined(product.get("collections") or [], "the collection"),
        "productImageUrl": joined([media_cells.name_of(item) for item in media_cells.items_of(product)], "the picture"),
    }
    for n, section in enumerate(v1.get("additionalInfoSections") or [], start=1):
        row[f"additionalInfoTitle{n}"] = section.get("title") or ""
        row[f"additionalInfoDescription{n}"] = section.get("description") or ""
    for n, text in enumerate(v1.get("customTextFields") or [], start=1):
        row[f"customTextField{n}"] = text["title"]
        row[f"customTextCharLimit{n}"] = "" if text.get("maxLength") is None else str(text["maxLength"])
        row[f"customTextMandatory{n}"] = _truth(bool(text.get("mandatory")))
    return row


def _discount(v1: Mapping[str, Any]) -> dict[str, str]:
    discount = v1.get("discount")
    if not discount:
        return {}
    if discount.get("type") == "NONE":
        return {"discountMode": "PERCENT", "discountValue": "0.0"}  # as in Wix's own exports
    return {"discountMode": discount["type"], "discountValue": str(decimal_text(discount["value"]))}


def _of_variant(variant: Mapping[str, Any]) -> dict[str, str]:
    weight = (variant.get("physicalProperties") or {}).get("weight")
    return {
        "sku": str(variant.get("sku") or ""),
        "visible": _truth(variant.get("visible")),
        "weight": "" if weight is None else str(decimal_text(weight)),
        **_stock(variant.get("inventoryItem") or variant.get("inventoryStatus") or {}),
    }


def _stock(stock: Mapping[str, Any]) -> dict[str, str]:
    found = write_stock(stock, STOCK_WORDS)
    return {"inventory": found} if found else {}


def _whole_stock(stock: Mapping[str, Any]) -> dict[str, str]:
    tracked = stock.get("trackInventory", stock.get("trackQuantity"))
    return _stock({name: value for name, value in stock.items() if name != "quantity" or tracked})


def _cost(variants: list[Entity]) -> str:
    costs = {((variant.get("revenueDetails") or {}).get("cost") or {}).get("amount") for variant in variants}
    return str(costs.pop() or "") if len(costs) == 1 else ""


def _truth(value: Any) -> str:
    return "" if value is None else "true" if value else "false"
