"""Products as rows of a file: recognized by a stream's columns, joined, and traced back to their cells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from target_wix import product_fields
from target_wix.errors import ColumnsError, Rejected
from target_wix.product_fields import Shape
from wix_files.joining import RowJoiner
from wix_files.recognition import FORMATS, HeaderError, Layout, format_of, recognise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wix_files.cells import Place
    from wix_files.product_format import FileProduct

AUTO, RECORDS = "auto", "records"
CHOICES = (AUTO, RECORDS, *FORMATS)
"""What `product_format` may say: tell it from the columns, a product a record, or the name of a file format."""

_PLAIN = FORMATS["plain"]
_MOST_SHOWN = 5
_LAST_STEP = re.compile(r"(\.\w+|\[\d+\])$")
_VARIANT = re.compile(r"variantsInfo\.variants\[\d+\]")
_FIRST_VARIANT = "variantsInfo.variants[0]"
_FROM_V1 = (
    (re.compile(r"^variants(\[\d+\])\.variant\."), r"variantsInfo.variants\1."),
    (re.compile(r"^variants(\[\d+\])\.stock"), r"variantsInfo.variants\1.inventoryItem"),
    (re.compile(r"^variants(?=\[|$)"), "variantsInfo.variants"),
    (re.compile(r"^stock"), "variantsInfo.variants[0].inventoryItem"),
    (re.compile(r"^(sku|priceData|costAndProfitData|weight)"), r"variantsInfo.variants[0].\1"),
    (re.compile(r"priceData\.price$|priceData$"), "price"),
    (re.compile(r"costAndProfitData\.itemCost$"), "revenueDetails.cost.amount"),
    (re.compile(r"\.weight$"), ".physicalProperties.weight"),
    (re.compile(r"^productOptions(\[\d+\])\.choices"), r"options\1.choicesSettings.choices"),
    (re.compile(r"^productOptions"), "options"),
    (re.compile(r"^additionalInfoSections(\[\d+\])\.description"), r"infoSections\1.plainDescription"),
    (re.compile(r"^additionalInfoSections"), "infoSections"),
    (re.compile(r"^description"), "plainDescription"),
    (re.compile(r"^(brand|ribbon)$"), r"\1.name"),
    (re.compile(r"^slug$"), "handle"),
)
"""Where a member of V1's shape stands in the one product shape, which is what rows are read to."""


def layout_of(columns: Iterable[str], product_format: str, *, apart: frozenset[str]) -> Layout | None:
    """Return the layout of the product file that a stream's columns are of; None if its records are products.

    Args:
        columns: Properties of the stream's SCHEMA.
        product_format: One of `CHOICES`.
        apart: Columns that are no product's.

    Raises:
        ColumnsError: They are those of neither, or of a product file but for some.
    """
    names = [name for name in columns if name not in apart and not name.startswith("_")]
    if product_format == RECORDS or (product_format == AUTO and _are_records(names)):
        return None
    try:
        return recognise([*names, *apart], None if product_format == AUTO else product_format, apart=apart)
    except HeaderError as error:
        raise ColumnsError(str(error)) from None


def _are_records(names: list[str]) -> bool:
    given = format_of(names)
    if given is None:
        return not names or any(name in product_fields.MEMBERS for name in names)
    # Plain columns have names that members have, too.
    return given is _PLAIN and product_fields.shape_of(set(names) - set(_PLAIN.columns)) is not Shape.PLAIN


class ProductRows:
    """The rows of one stream.

    Attributes:
        layout: What their columns mean.
        begun: Line of the first row of the product that is being read, 0 if there is none.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.begun = 0
        self._joiner = RowJoiner(layout.format)

    def add(self, line: int, record: Mapping[str, Any], broken: str = "") -> FileProduct | None:
        """Add a row; return the product before it if the row begins another one, whose line `begun` then is."""
        complete = self._joiner.add(self.layout.row(line, record, broken))
        if complete is not None or not self.begun:
            self.begun = line
        return complete

    def end(self) -> FileProduct | None:
        """Return the product that is being read: all of its rows are there."""
        self.begun = 0
        return self._joiner.end()


def refusal(product: FileProduct) -> tuple[int, Rejected]:
    """Return why the rows of a product cannot be read, and the line of the first reason."""
    given = [str(problem) for problem in product.problems[:_MOST_SHOWN]]
    more = len(product.problems) - len(given)
    message = " ".join([*given, *([f"{more} more of its cells are wrong."] if more else [])])
    place = product.problems[0].place
    return place.line, Rejected(_sentence(message), code="INVALID_ROW", field=place.column)


def traced(product: FileProduct, rejection: Rejected) -> tuple[int, Rejected]:
    """Return the line of the cell that a rejection is about, as far as it is known, and the rejection in its words.

    What else is wrong with the rows is in the message, each cell once.
    """
    line, found = _traced(product, rejection)
    messages = dict.fromkeys([found.message, *(_traced(product, other)[1].message for other in rejection.others)])
    given = list(messages)[:_MOST_SHOWN]
    more = len(messages) - len(given)
    message = " ".join([*given, *([f"{more} more of its cells are wrong."] if more else [])])
    return line, Rejected(message, code=found.code, field=found.field, retryable=found.retryable)


def _traced(product: FileProduct, rejection: Rejected) -> tuple[int, Rejected]:
    place = _place(product, rejection.field.split(", ")[0])
    if place is None:
        return product.lines[0], rejection
    # A column says what a cell is called; its member's path would say nothing to a spreadsheet's author.
    message = rejection.message.removeprefix(f"`{rejection.field}` ") if place.column else rejection.message
    message = _sentence(f"{place}: {message}")
    found = Rejected(message, code=rejection.code, field=place.column or rejection.field, retryable=rejection.retryable)
    return place.line, found


def _place(product: FileProduct, path: str) -> Place | None:
    path = path.removeprefix("product.")
    for steps in (_of_first(product, path), _of_first(product, _from_v1(path))):
        here = steps
        while here:
            inside = (place for known, place in product.places.items() if known.startswith(f"{here}."))
            found = product.places.get(here) or next(inside, None)
            if found is not None:
                return found
            here, above = _LAST_STEP.sub("", here), here
            here = "" if here == above else here
    return None


def _of_first(product: FileProduct, path: str) -> str:
    """Return a path inside of the first variant if one row holds for all of them."""
    found = _VARIANT.match(path)
    return path if found is None or found[0] in product.places else f"{_FIRST_VARIANT}{path[found.end() :]}"


def _from_v1(path: str) -> str:
    for pattern, replacement in _FROM_V1:
        path = pattern.sub(replacement, path)
    return path


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
