"""Products as rows of a file: recognized by a stream's columns, joined, and mapped back to their cells in errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from target_wix import product_fields
from target_wix.errors import ColumnsError, Rejected
from target_wix.product_fields import Shape
from wix_files.joining import RowJoiner
from wix_files.recognition import FORMATS, READABLE, HeaderError, Layout, format_of, recognise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wix_files.cells import Place
    from wix_files.product_format import FileProduct

AUTO, RECORDS = "auto", "records"
CHOICES = (AUTO, RECORDS, *READABLE)
"""Values of `product_format`: recognize the format by the columns, one product per record, or the name of a format."""

_PLAIN = FORMATS["plain"]
_MEMBERS = {name.casefold(): name for name in product_fields.MEMBERS}
_MOST_SHOWN = 5
_LAST_STEP = re.compile(r"(\.\w+|\[\d+\])$")
_VARIANT = re.compile(r"variantsInfo\.variants\[\d+\]")
_FIRST_VARIANT = "variantsInfo.variants[0]"
_FROM_V1 = (
    (re.compile(r"^variants(\[\d+\])\.variant\."), r"variantsInfo.variants\1."),
    (re.compile(r"^variants(\[\d+\])\.stock"), r"variantsInfo.variants\1.inventoryItem"),
    (re.compile(r"^variants(?=\[|$)"), "variantsInfo.variants"),
    (re.compile(r"^stock"), "variantsInfo.variants[0].inventoryItem"),
    (re.compile(r"^(sku|priceData|costAndProfitData|weight|packageDimensions)"), r"variantsInfo.variants[0].\1"),
    (re.compile(r"^pricePerUnitData\.baseM"), "physicalProperties.pricePerUnit.m"),
    (re.compile(r"^pricePerUnitData\.totalM"), "variantsInfo.variants[0].physicalProperties.pricePerUnit.settings.m"),
    (re.compile(r"priceData\.price$|priceData$"), "price"),
    (re.compile(r"costAndProfitData\.itemCost$"), "revenueDetails.cost.amount"),
    (re.compile(r"\.(weight$|packageDimensions)"), r".physicalProperties.\1"),
    (re.compile(r"^productOptions(\[\d+\])\.choices"), r"options\1.choicesSettings.choices"),
    (re.compile(r"^productOptions"), "options"),
    (re.compile(r"^additionalInfoSections(\[\d+\])\.description"), r"infoSections\1.plainDescription"),
    (re.compile(r"^additionalInfoSections"), "infoSections"),
    (re.compile(r"^description"), "plainDescription"),
    (re.compile(r"^(brand|ribbon)$"), r"\1.name"),
    (re.compile(r"^slug$"), "handle"),
)
"""Paths of V1 members and the same paths in the one product shape, which is the shape of joined rows."""


def layout_of(columns: Iterable[str], product_format: str, *, apart: frozenset[str]) -> Layout | None:
    """Return the layout of the product file that has a stream's columns; None if each record is a product.

    Columns `apart` do not belong to the product, such as the command. `product_format` is one of `CHOICES`.

    Raises:
        ColumnsError: The columns are neither members of products nor those of a product file, or some are missing.
    """
    names = [name for name in columns if name not in apart and not name.startswith("_")]
    if product_format == RECORDS or (product_format == AUTO and _are_records(names)):
        return None
    try:
        return recognise([*names, *apart], None if product_format == AUTO else product_format, apart=apart)
    except HeaderError as error:
        raise ColumnsError(str(error)) from None


def _are_records(columns: list[str]) -> bool:
    found = format_of(columns)
    names = [_MEMBERS.get(name.casefold(), name) for name in columns]
    if found is None:
        return not names or any(name in product_fields.MEMBERS for name in names)
    if found is not _PLAIN:
        return False
    # Some plain columns have the same names as members; in the one shape, only variants have a price.
    shape = product_fields.shape_of(set(names) - set(_PLAIN.columns))
    return shape is Shape.V1 or (shape is Shape.ONE and ("price" not in names or "variantsInfo" in names))


class ProductRows:
    """Joins the rows of one stream to products; `begun` is the line of the first row of the current one, or 0."""

    def __init__(self, layout: Layout, command_column: str) -> None:
        self.layout = layout
        self.begun = 0
        self._joiner = RowJoiner(layout.format, command_column)
        self._declared = {*layout.columns, *layout.left_out, *layout.apart}

    def undeclared(self, record: Mapping[str, Any]) -> list[str]:
        """Return the columns with a value that the SCHEMA lacks: the layout does not read them."""
        if record.keys() <= self._declared:
            return []
        return [
            name
            for name, value in record.items()
            if name not in self._declared and not name.startswith("_") and value is not None
        ]

    def add(self, line: int, record: Mapping[str, Any], broken: str = "") -> FileProduct | None:
        """Add a row. If it begins a new product, return the completed one, and set `begun` to the line of the row."""
        complete = self._joiner.add(self.layout.row(line, record, broken))
        if complete is not None or not self.begun:
            self.begun = line
        return complete

    def end(self) -> FileProduct | None:
        """Return the current product, if there is one: no further rows follow."""
        self.begun = 0
        return self._joiner.end()


def refusal(product: FileProduct) -> tuple[int, Rejected]:
    """Return the rejection of a product whose rows have errors, and the line of the first error."""
    message = _joined([_sentence(str(problem)) for problem in product.problems])
    place = product.problems[0].place
    return place.line, Rejected(message, code="INVALID_ROW", field=place.column)


def _joined(messages: list[str]) -> str:
    """Return the first messages as one text, with the number of the others."""
    more = len(messages) - _MOST_SHOWN
    return " ".join([*messages[:_MOST_SHOWN], *([f"{more} more of its cells are wrong."] if more > 0 else [])])


def traced(product: FileProduct, rejection: Rejected) -> tuple[int, Rejected]:
    """Return a rejection that names the cell of the product file instead of the member, and the line of this cell.

    The message includes further errors of the rows, one for each cell. If the cell is unknown, the line is the first.
    """
    line, found = _traced(product, rejection)
    messages = dict.fromkeys([found.message, *(_traced(product, other)[1].message for other in rejection.others)])
    return line, Rejected(_joined(list(messages)), code=found.code, field=found.field, retryable=found.retryable)


def _traced(product: FileProduct, rejection: Rejected) -> tuple[int, Rejected]:
    place = place_of(product, rejection.field.split(", ")[0])
    if place is None:
        return product.lines[0], rejection
    # The author of a spreadsheet knows the column of a cell, not the path of the member.
    message = rejection.message.removeprefix(f"`{rejection.field}` ") if place.column else rejection.message
    message = _sentence(f"{place}: {message}")
    found = Rejected(message, code=rejection.code, field=place.column or rejection.field, retryable=rejection.retryable)
    return place.line, found


def place_of(product: FileProduct, path: str) -> Place | None:
    """Return the cell of a member of a product of a file; None if it has none."""
    path = path.removeprefix("product.")
    for steps in (_of_first(product, path), _of_first(product, _from_v1(path))):
        prefix = steps
        while prefix:
            inside = (
                place for known, place in product.places.items() if known.startswith((f"{prefix}.", f"{prefix}["))
            )
            found = product.places.get(prefix) or next(inside, None)
            if found is not None:
                return found
            prefix, above = _LAST_STEP.sub("", prefix), prefix
            prefix = "" if prefix == above else prefix
    return None


def _of_first(product: FileProduct, path: str) -> str:
    """Return the path in the first variant if one row holds for all variants, else the path itself."""
    found = _VARIANT.match(path)
    return path if found is None or found[0] in product.places else f"{_FIRST_VARIANT}{path[found.end() :]}"


def _from_v1(path: str) -> str:
    for pattern, replacement in _FROM_V1:
        path = pattern.sub(replacement, path)
    return path


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
