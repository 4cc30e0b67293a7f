"""A product as rows of a WooCommerce file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wix_api.products.options import choices_of
from wix_files import media_cells
from wix_files.markup import encoded
from wix_files.option_cells import chosen_names
from wix_files.product_format import UnwritableError, bare, handle_of
from wix_files.variant_cells import at
from wix_files.wix_v3_writing import number_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


_ACTIVE = re.compile(r"[=+\-@\t\r]")
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")


def escaped(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if _ACTIVE.match(text) or _ESCAPED.match(text) else text


def unescaped(text: str) -> str:
    """Return a text without the apostrophe that `escaped` put in front."""
    return text[1:] if _ESCAPED.match(text) else text


def rows_of(product: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Return the rows: the product, then its variations. The SKU of a product with variations is its handle.

    Raises:
        UnwritableError: The file cannot represent the product.
    """
    handle, options = handle_of(product), product.get("options") or []
    variants = (product.get("variantsInfo") or {}).get("variants") or []
    description = str(product.get("plainDescription") or "")
    yield _escaped(
        {
            "Type": "variable" if options else "simple",
            "SKU": handle if options else "",
            "Name": encoded(str(product.get("name") or "")),
            "Published": _flag(product.get("visible")),
            "Description": description.replace("\\n", "\\\\n").replace("\n", "\\n"),
            "Categories": _joined(product.get("collections") or [], "the collection", ">"),
            "Images": ", ".join(_picture(item) for item in media_cells.items_of(product)),
            "Brands": _joined([name], "the brand") if (name := (product.get("brand") or {}).get("name")) else "",
            "Meta: wix_handle": handle,
            **_attributes({one["name"]: [choice["name"] for choice in choices_of(one)] for one in options}),
            **(_of_variant(variants[0]) if variants and not options else {}),
        }
    )
    for variant in variants if options else ():
        chosen = chosen_names(variant.get("choices") or [], options)
        values = {one["name"]: [chosen[one["name"]]] if one["name"] in chosen else [] for one in options}
        yield _escaped(
            {
                "Type": "variation",
                "Parent": handle,
                "Published": _flag(variant.get("visible")),
                **_of_variant(variant),
                **_attributes(values),
            }
        )


def _escaped(row: dict[str, str]) -> dict[str, str]:
    return {column: escaped(text) for column, text in row.items()}


def _attributes(values: Mapping[str, list[str]]) -> dict[str, str]:
    row = {}
    for n, (name, listed) in enumerate(values.items(), start=1):
        row[f"attributeName{n}"] = encoded(bare(name, "the option"))
        row[f"attributeValues{n}"] = _joined(listed, "the choice")
    return row


def _joined(parts: Sequence[str], what: str, forbidden: str = "") -> str:
    for part in parts:
        bare(part, what)
        if part.endswith("\\") or "\\," in part or (forbidden and forbidden in part):
            msg = f"{what} `{part}` contains a `\\` or `{forbidden or ','}`, which a WooCommerce file cannot represent"
            raise UnwritableError(msg)
    return ", ".join(encoded(part).replace(",", "\\,") for part in parts)


def _picture(item: Mapping[str, Any]) -> str:
    name = media_cells.name_of(item)
    if "," in name:
        msg = f"the picture `{name}` contains a `,`, which separates pictures in a WooCommerce file"
        raise UnwritableError(msg)
    return name


def _of_variant(variant: Mapping[str, Any]) -> dict[str, str]:
    item = variant.get("inventoryItem") or variant.get("inventoryStatus") or {}
    quantity, actual = item.get("quantity"), str(at(variant, "price.actualPrice.amount") or "")
    compared = str(at(variant, "price.compareAtPrice.amount") or "")
    in_stock = quantity > 0 if quantity is not None else item.get("inStock")
    return {
        "SKU": encoded(str(variant.get("sku") or "")),
        "GTIN, UPC, EAN, or ISBN": str(variant.get("barcode") or ""),
        "Regular price": compared or actual,
        "Sale price": actual if compared else "",
        "Cost of goods": str(at(variant, "revenueDetails.cost.amount") or ""),
        "Weight (kg)": number_text(at(variant, "physicalProperties.weight")),
        "In stock?": _flag(in_stock),
        "Stock": "" if quantity is None else str(quantity),
    }


def _flag(value: Any) -> str:
    return "" if value is None else "1" if value else "0"
