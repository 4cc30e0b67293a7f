"""A product as rows of a Wix V3 file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_api.products.money import text as decimal_text
from wix_files import media_cells
from wix_files.modifier_cells import write_modifiers
from wix_files.option_cells import write_chosen, write_options
from wix_files.product_format import UnwritableError, handle_of, joined, truth_text
from wix_files.variant_cells import at, write_stock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wix_files.option_cells import OptionColumns
    from wix_files.product_format import Entity

STOCK_WORDS = {"IN_STOCK": True, "OUT_OF_STOCK": False}
DIMENSIONS = {"packageLength": "length", "packageWidth": "width", "packageHeight": "height", "packageUnit": "unit"}
_NUMBERS = {
    "price": "price.actualPrice.amount",
    "strikethroughPrice": "price.compareAtPrice.amount",
    "cost": "revenueDetails.cost.amount",
    "weight": "physicalProperties.weight",
    "totalUnits": "physicalProperties.pricePerUnit.settings.quantity",
    "preOrderLimit": "inventoryItem.preorderInfo.limit",
    **{column: f"physicalProperties.packageDimensions.{name}" for column, name in list(DIMENSIONS.items())[:-1]},
}
_TEXTS = {
    "sku": "sku",
    "barcode": "barcode",
    "totalUnitsMeasurement": "physicalProperties.pricePerUnit.settings.measurementUnit",
    "packageUnit": "physicalProperties.packageDimensions.unit",
    "preOrderMessage": "inventoryItem.preorderInfo.message",
}


def rows_of(product: Mapping[str, Any], options: OptionColumns) -> Iterator[dict[str, str]]:
    """Return the rows: the product with its first picture, then its variants, then its further pictures.

    Information sections have no columns; an import does not change those of the site.

    Raises:
        UnwritableError: The file cannot represent the product.
    """
    handle = handle_of(product)
    variants = (product.get("variantsInfo") or {}).get("variants") or []
    first, *further = media_cells.items_of(product) or [{}]
    alone = {} if product.get("options") or not variants else _of_variant(variants[0])
    yield {
        "handle": handle,
        "fieldType": "PRODUCT",
        **alone,
        **_of_product(product),
        **write_options(product.get("options") or [], options),
        **write_modifiers(product.get("modifiers") or []),
        **_picture(first),
    }
    for variant in variants if product.get("options") else ():
        chosen = dict(write_chosen(variant.get("choices") or [], product["options"], options))
        # Wix repeats name and type of an option in each VARIANT row.
        written = write_options(product["options"], options)
        names = {column: text for column, text in written.items() if not column.startswith(options.choices)}
        visible = truth_text(variant.get("visible"))
        yield {"handle": handle, "fieldType": "VARIANT", "visible": visible, **_of_variant(variant), **names, **chosen}
    for picture in further:
        yield {"handle": handle, "fieldType": "MEDIA", **_picture(picture)}


def _of_product(product: Mapping[str, Any]) -> dict[str, str]:
    unit = (product.get("physicalProperties") or {}).get("pricePerUnit") or {}
    return {
        "name": str(product.get("name") or ""),
        "visible": truth_text(product.get("visible")),
        "plainDescription": str(product.get("plainDescription") or ""),
        "categorySlugs": joined(product.get("collections") or [], "the category"),
        "primaryCategorySlug": str(product.get("mainCategoryId") or ""),
        "ribbon": str((product.get("ribbon") or {}).get("name") or ""),
        "brand": str((product.get("brand") or {}).get("name") or ""),
        "baseUnit": number_text(unit.get("quantity")),
        "baseUnitMeasurement": str(unit.get("measurementUnit") or ""),
    }


def _of_variant(variant: Entity) -> dict[str, str]:
    item = variant.get("inventoryItem") or variant.get("inventoryStatus") or {}
    return {
        **{column: number_text(at(variant, path)) for column, path in _NUMBERS.items()},
        **{column: str(at(variant, path) or "") for column, path in _TEXTS.items()},
        "inventory": write_stock(item, STOCK_WORDS),
        "preOrderEnabled": truth_text(at(variant, "inventoryItem.preorderInfo.enabled")),
    }


def _picture(item: Mapping[str, Any]) -> dict[str, str]:
    name = media_cells.name_of(item)
    if ";" in name:
        msg = f"the picture `{name}` contains a `;`, which separates values in a product file"
        raise UnwritableError(msg)
    return {"media": name, "mediaAltText": str(item.get("altText") or "")}


def number_text(value: Any) -> str:
    """Return a number as text; "" for None."""
    return "" if value is None else str(decimal_text(value))
