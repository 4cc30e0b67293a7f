"""Cells of a variant, for the formats with columns for single members of V3."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wix_api.products.money import number
from wix_api.products.money import text as decimal_text
from wix_files.cells import written
from wix_files.markup import decoded, has_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wix_files.cells import Cells
    from wix_files.product_format import Entity

VARIANTS = "variantsInfo.variants"
MOST_STOCK = 99_999
"""The largest stock that Wix accepts."""
_IN_STOCK = {"INSTOCK": True, "OUTOFSTOCK": False}
_CODES = {"sku", "barcode", "GTIN, UPC, EAN, or ISBN"}
_NO_LETTERS = re.compile(r"[\W_]+")


REPEATED_CODE = (
    "if variants of one product share a SKU or barcode, only the first of them keeps it, since catalog V3 accepts it "
    "once in a product"
)
"""A note that only concerns sites on catalog V3."""


NO_BARCODES = "barcodes are left out: catalog V1 has none"
NO_PREORDERS = "pre-orders are left out: on catalog V1, they are not written with products"
"""Notes that only concern sites on catalog V1."""


SALE_DATES = "a sale price is written without the dates of the sale"
SALE_ENDED = "a sale price is left out if the dates of the sale are over"
HIGH_SALE_PRICE = "a sale price above the price is left out"
_DATE_LENGTH = len("2026-05-01")
_BLANKS = "blanks before and after a SKU or barcode are left out"
LOW_COMPARE_AT = "a compare-at price that is not above the price is left out: Wix accepts only higher ones"
SHOWN_TAGS = "a description with tags such as `&lt;p&gt;` shows them as they are. Write `<p>`"
NO_LINES = "a description is HTML, in which line breaks do not show. Enclose each paragraph in `<p>` and `</p>`"
OF_THE_PRODUCT = "a value of a product in the row of a variant is left out. Enter it in the row of the product"
OF_NO_VARIANT = (
    "each variant has its own values, so a value in the row of their product is left out. Enter it in the rows of the "
    "variants that have none"
)


def remark_repeated(rows: Iterable[Cells], *columns: str) -> None:
    """Report codes that an earlier variant of the same product has."""
    seen: set[tuple[str, str]] = set()
    for cells in rows:
        for column in columns:
            code = (column, written(cells.row.cells.get(column)))
            if code in seen and cells.is_filled(column):
                cells.remark(column, REPEATED_CODE)
            seen.add(code)


def remark_of_product(head: Cells, parts: Iterable[Cells], columns: Iterable[str], note: str = OF_THE_PRODUCT) -> None:
    """Report values of the product in rows of its variants, unless they repeat those of its own row."""
    for cells in parts:
        for column in columns:
            value = cells.row.cells.get(column)
            if value and cells.is_filled(column) and written(value) != written(head.row.cells.get(column)):
                cells.remark(column, note)


def remark_unused(head: Cells, parts: Sequence[Cells], columns: Iterable[str]) -> None:
    """Report values of single variants in the row of their product that some of them lack, and codes that none has."""
    for column in filter(head.is_filled, columns):
        own = [cells.word(column) for cells in parts]
        if not all(own) or (column in _CODES and head.word(column) not in own):
            head.remark(column, OF_NO_VARIANT)


def remark_lines(cells: Cells, column: str, text: str) -> None:
    """Report line breaks, and tags that are shown, of a description that has no tags."""
    if has_tags(text):
        return
    if has_tags(decoded(text)):
        cells.remark(column, SHOWN_TAGS)
    elif "\n" in text.strip():
        cells.remark(column, NO_LINES)


def has_ended(cells: Cells, column: str, text: str) -> bool:
    """True if a date of a cell, or the day of a date without a time, is over. Dates without a time zone are in UTC.

    A blank date never ends. Another text that is no date is reported.
    """
    try:
        end = datetime.fromisoformat(text.strip())
    except ValueError:
        if text.strip():
            cells.refuse(column, "a date such as 2026-05-01")
        return False
    rest_of_day = timedelta(days=1 if len(text.strip()) <= _DATE_LENGTH else 0)
    return (end if end.tzinfo else end.replace(tzinfo=UTC)) < datetime.now(UTC) - rest_of_day


def put(entity: Entity, path: str, value: Any) -> None:
    """Set a member at a dotted path; None leaves it out."""
    if value is None:
        return
    *outer, last = path.split(".")
    for name in outer:
        entity = entity.setdefault(name, {})
    entity[last] = value


def at(entity: Mapping[str, Any], path: str) -> Any:
    """Return a member at a dotted path, None if it is missing."""
    found: Any = entity
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


class VariantCells:
    """Reads one variant from a row.

    Args:
        cells: The row.
        index: Place of the variant in its product.
    """

    def __init__(self, cells: Cells, index: int) -> None:
        self.cells = cells
        self.place = f"{VARIANTS}[{index}]"
        self.variant: Entity = {}
        cells.note(self.place)
        if index == 0:
            cells.note(VARIANTS)

    def code(self, column: str, path: str, *, is_exact: bool = False) -> None:
        """Parse a SKU or barcode; a blank one empties the member. `is_exact` keeps blanks around it."""
        found = self.cells.code(column, f"{self.place}.{path}")
        if found and found != found.strip() and not is_exact:
            self.cells.remark(column, _BLANKS)
            found = found.strip()
        put(self.variant, path, found)
        if found and path == "barcode":
            self.cells.remark(column, NO_BARCODES)

    def amount(self, column: str, path: str) -> None:
        """Parse a decimal number; a blank cell changes nothing."""
        put(self.variant, path, decimal_of(self.cells, column, f"{self.place}.{path}"))

    def number(self, column: str, path: str, divisor: int = 1) -> None:
        """Parse a number; a blank cell changes nothing."""
        found = self.cells.number(column, f"{self.place}.{path}")
        put(self.variant, path, None if found is None else number(str(found / divisor)))

    def truth(self, column: str, path: str) -> None:
        """Parse TRUE or FALSE; a blank cell changes nothing."""
        put(self.variant, path, self.cells.truth(column, f"{self.place}.{path}"))

    def prices(self, price: str, full: str) -> None:
        """Parse the price and the compare-at price; one that is not higher is removed."""
        self.amount(price, "price.actualPrice.amount")
        if not self.cells.has(full):
            return
        actual = at(self.variant, "price.actualPrice.amount")
        compared = self.cells.number(full, f"{self.place}.price.compareAtPrice.amount")
        if actual is None and compared:
            put(self.variant, "price.compareAtPrice.amount", decimal_text(compared))  # for the price of the site
        if actual is not None:
            is_higher = compared is not None and compared > Decimal(actual)
            if compared and not is_higher:
                self.cells.remark(full, LOW_COMPARE_AT)
            put(self.variant, "price.compareAtPrice", {"amount": decimal_text(compared)} if is_higher else {})

    def stock(self, column: str, words: Mapping[str, bool]) -> None:
        """Parse a stock or one of two words; a blank cell changes nothing."""
        found = read_stock(self.cells, column, words, f"{self.place}.inventoryItem")
        if found:
            self.variant["inventoryItem"] = found


def decimal_of(cells: Cells, column: str, path: str) -> str | None:
    """Return the decimal text of a cell; None if it is blank, absent or not a number."""
    found = cells.number(column, path)
    return None if found is None else decimal_text(found)


def read_stock(cells: Cells, column: str, words: Mapping[str, bool], path: str) -> Entity:
    """Return `{quantity}` or `{inStock}`; {} if the cell is blank, absent or invalid.

    People write the words of a format in other ways, such as `In stock`.
    """
    found = cells.word(column, path)
    if not found:
        return {}
    if found.lstrip("-").replace(".", "", 1).isdigit():
        quantity = cells.whole(column, f"{path}.quantity")
        return {} if quantity is None else {"quantity": count(cells, column, quantity)}
    in_stock = _IN_STOCK.get(_NO_LETTERS.sub("", found).upper())
    if in_stock is None:
        cells.refuse(column, f"a whole number, {' or '.join(words)}")
        return {}
    return {"inStock": in_stock}


def count(cells: Cells, column: str, quantity: int) -> int:
    """Return a stock that Wix accepts: files have less than 0 if more was sold than there was, and millions."""
    if quantity < 0:
        cells.remark(column, "a stock below 0 (more was sold than there was) is written as 0")
    if quantity > MOST_STOCK:
        cells.remark(column, f"a stock above {MOST_STOCK:,} is written as {MOST_STOCK:,}, the most that Wix accepts")
    return min(max(quantity, 0), MOST_STOCK)


def write_stock(stock: Mapping[str, Any], words: Mapping[str, bool]) -> str:
    """Return `{quantity}` or `{inStock}` as one of some words; "" if it has neither."""
    if stock.get("quantity") is not None:
        return str(stock["quantity"])
    return next((word for word, in_stock in words.items() if in_stock is stock.get("inStock")), "")
