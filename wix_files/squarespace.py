"""Product files of Squarespace: a row for each variant, of which only the first has the values of the product.

They are only read. Their weights have the unit of the shop, which they do not name.

Source: https://support.squarespace.com/hc/en-us/articles/115000378108
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from wix_files.cells import Cells
from wix_files.option_cells import MOST_OPTIONS
from wix_files.plain import Plain
from wix_files.product_format import RowKind, UnwritableError
from wix_files.variant_cells import HIGH_SALE_PRICE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wix_files.cells import Findings
    from wix_files.product_format import Entity

_TYPE, _SALE_PRICE, _ON_SALE = "Product Type [Non Editable]", "Sale Price", "On Sale"
_NUMBERS = range(1, MOST_OPTIONS + 1)
_UNLIMITED = "UNLIMITED"
_NOT_SHIPPED = "services, digital products and gift cards become physical products"


class Squarespace(Plain):
    """Squarespace, read as plain columns."""

    name = "squarespace"
    title = "Squarespace"
    columns = (
        *("handle", "name", "description", "sku", "barcode"),
        *(f"{stem}{n}" for n in _NUMBERS for stem in ("option", "choice")),
        *("price", "inventory", "collections", "weight", "visible", "media"),
    )
    only_read = (_TYPE, _SALE_PRICE, _ON_SALE)
    signature = (frozenset({_TYPE, "name"}),)
    headers: ClassVar[dict[str, str]] = {
        "handle": "Product URL",
        "name": "Title",
        "barcode": "GTIN",
        "inventory": "Stock",
        "collections": "Categories",
        "weight": "Weight (kg)",
        "media": "Hosted Image URLs",
        **{f"option{n}": f"Option Name {n}" for n in _NUMBERS},
        **{f"choice{n}": f"Option Value {n}" for n in _NUMBERS},
    }
    aliases: ClassVar[dict[str, str]] = {column: column for column in headers if column != "weight"}
    left_out = re.compile(r"(product|variant)_id_non_editable|product_page|mpn|tags|weight|length|width|height")
    numbers = Plain.numbers | {_SALE_PRICE}
    picture_separator = " "

    @override
    def kind(self, cells: Cells, open_handle: str | None) -> RowKind:
        handle = cells.word("handle")
        if handle == open_handle or not (handle or cells.is_filled("name")):
            if open_handle:
                return RowKind.PART
            cells.refuse("handle", "the URL of the product in its first row", "Add that row.")
            return RowKind.ORPHAN
        if not handle:
            cells.refuse("handle", "the URL of the product", "Fill it in.")
        return RowKind.PRODUCT

    @override
    def read(self, rows: Sequence[Cells], findings: Findings) -> Entity:
        if rows[0].word(_TYPE).upper() not in {"", "PHYSICAL"}:
            rows[0].remark(_TYPE, _NOT_SHIPPED)
        return super().read([_as_plain(cells) for cells in rows], findings)

    @override
    def write(self, product: Mapping[str, Any]) -> Iterator[dict[str, str]]:
        msg = "files of Squarespace are only read"
        raise UnwritableError(msg)


def _as_plain(cells: Cells) -> Cells:
    """Return a row with the values of plain columns: a sale price becomes the price, and commas separate categories."""
    values = dict(cells.row.cells)
    if cells.word("inventory").upper() == _UNLIMITED:
        values["inventory"] = "InStock"
    if "collections" in values:
        names = (part.strip().strip("/") for part in cells.word("collections").split(","))
        values["collections"] = ";".join(filter(None, names))
    regular, sale = cells.number("price"), cells.number(_SALE_PRICE)
    if cells.has(_SALE_PRICE):
        is_sale = bool(cells.truth(_ON_SALE) and sale and (regular is None or sale < regular))
        values["compareAtPrice"] = values["price"] if is_sale and regular is not None else ""
        if is_sale:
            values["price"] = values[_SALE_PRICE]
        if cells.truth(_ON_SALE) and sale and not is_sale:
            cells.remark(_SALE_PRICE, HIGH_SALE_PRICE)
    return Cells(replace(cells.row, cells=values), cells.findings)
