"""A product as rows of a Shopify file."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from wix_api.products.money import text as decimal_text
from wix_files import media_cells
from wix_files.option_cells import write_choice_names, write_option_names
from wix_files.product_format import UnwritableError, handle_of, truth_text
from wix_files.variant_cells import at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wix_files.option_cells import OptionColumns

AS_TEXT = re.compile(r"'+\d+")
"""A code with the apostrophe by which spreadsheets know a text."""
GRAMS = 1000
"""Grams in a kilogram, the unit of Wix's catalog V3."""
_MOST_OPTIONS = 3
_NO_OPTION = {"optionName1": "Title", "optionValue1": "Default Title"}


def rows_of(product: Mapping[str, Any], columns: OptionColumns) -> Iterator[dict[str, str]]:
    """Return the rows: each variant and each picture in turn, the product's own cells in the first.

    Colours of choices, ribbons, collections, modifiers, sections and the hiding of single variants have no columns and
    are left out: an import does not change them on the site. A variant that is out of stock without a quantity is
    written as tracked, with a blank quantity.

    Raises:
        UnwritableError: The file cannot represent the product.
    """
    options = product.get("options") or []
    if len(options) > _MOST_OPTIONS:
        msg = f"more than {_MOST_OPTIONS} options, which a Shopify file cannot represent"
        raise UnwritableError(msg)
    handle = handle_of(product)
    variants = (product.get("variantsInfo") or {}).get("variants") or [{}]
    rows = zip_longest(variants, media_cells.items_of(product))
    for number, (variant, picture) in enumerate(rows):
        row = {"URL handle": handle}
        if number == 0:
            row.update(_of_product(product), **write_option_names(options, columns))
        if variant is not None:
            chosen = write_choice_names(variant.get("choices") or [], options, columns) if options else _NO_OPTION
            row.update(_of_variant(variant), **chosen)
        if picture:
            row["Product image URL"] = media_cells.name_of(picture)
            row["Image position"] = str(number + 1)
            row["Image alt text"] = str(picture.get("altText") or "")
        yield row


def _of_product(product: Mapping[str, Any]) -> dict[str, str]:
    return {
        "Title": str(product.get("name") or ""),
        "Description": str(product.get("plainDescription") or ""),
        "Vendor": str((product.get("brand") or {}).get("name") or ""),
        "Published on online store": truth_text(product.get("visible")),
    }


def _of_variant(variant: Mapping[str, Any]) -> dict[str, str]:
    item = variant.get("inventoryItem") or variant.get("inventoryStatus") or {}
    weight, quantity = at(variant, "physicalProperties.weight"), item.get("quantity")
    is_counted = quantity is not None or not item.get("inStock")
    return {
        "SKU": _code(variant.get("sku")),
        "Barcode": _code(variant.get("barcode")),
        "Price": str(at(variant, "price.actualPrice.amount") or ""),
        "Compare-at price": str(at(variant, "price.compareAtPrice.amount") or ""),
        "Cost per item": str(at(variant, "revenueDetails.cost.amount") or ""),
        "Weight value (grams)": "" if weight is None else str(decimal_text(Decimal(str(weight)) * GRAMS)),
        "Inventory tracker": "shopify" if is_counted else "",
        "Inventory quantity": "" if quantity is None else str(quantity),
    }


def _code(value: Any) -> str:
    """Return a SKU or barcode; an import removes one apostrophe."""
    text = str(value or "")
    return f"'{text}" if AS_TEXT.fullmatch(text) else text
