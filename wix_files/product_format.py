"""The interface of a product file format: the conversion of rows to one product, and of a product to rows."""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from wix_files.cells import Cells, Findings, Note, Place, Problem

T = TypeVar("T")
Entity = dict[str, Any]
"""A JSON object: a product of the common shape, or a part of it."""

_LONGEST_HANDLE = 100
_ID_HANDLE = re.compile(r"product_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")

NEVER_HELD = {
    "additionalRibbons": "further ribbons",
    "options.choicesSettings.choices.media": "pictures of choices",
    "productType=DIGITAL": "type and files of digital products",
    "subscriptionDetails": "subscriptions",
    "seoData": "SEO settings",
}
"""Members that no format has columns for (`ProductFormat.unheld`)."""
HELD_BY_WIX_V3 = {
    "mainCategoryId": "main categories",
    "physicalProperties.pricePerUnit": "prices per unit",
    "variantsInfo.variants.physicalProperties.packageDimensions.length": "sizes of packages",
    "variantsInfo.variants.inventoryItem.preorderInfo.enabled": "pre-orders",
}
"""Members that only files of Wix V3 have columns for."""


class RowKind(Enum):
    """How a row relates to the rows before it."""

    PRODUCT = "begins a product"
    PART = "belongs to the previous product"
    ORPHAN = "belongs to a product that does not precede it"


@dataclass(frozen=True)
class FileProduct:
    """One product of a file.

    Attributes:
        handle: Its name in the file.
        lines: Lines of its rows.
        record: The product in the common shape; not to be used if there are problems.
        problems: Why it is rejected, in the order of the rows.
        places: Path in the record → its cell.
        notes: Values that the product has in a different form than in its rows, or not at all.
    """

    handle: str
    lines: tuple[int, ...]
    record: Entity
    problems: tuple[Problem, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


class UnwritableError(ValueError):
    """A product has something that the format cannot represent."""


class ProductFormat(ABC):
    """One kind of product file.

    Attributes:
        name: Its name in settings.
        title: What people call it.
        columns: Columns that are read and written, in the order in which they are written.
        only_read: Columns that are read beyond those, and not written.
        signature: Columns that identify the format: all of one of these sets.
        further: Stems of numbered columns that are read beyond those, so that the excess is reported.
        left_out: Pattern of columns that belong to the format but have no place on a Wix site; words in lower case
            with `_` between them.
        other_files: Columns of another file of the same system, by their letters in lower case, and what to do with
            that file.
        headers: How a column is spelled in a file, where that is not its name.
        aliases: Other spellings of columns.
        keys: Ways to find a product on the site, unless the user chooses others. SKUs repeat in real files.
        unheld: Paths of members that the format has no columns for, and what people call them. An import says nothing
            of them. A path goes through all elements of a list, and may end in the value (`=`) that counts.
        holds_colours: Whether choices have colours in the file. An import of one without leaves colours as they are.
        is_of_wix: True for exports of Wix: another site has their products with other handles.
        has_full_prices: True if prices are those before a discount, which other columns have.
        collection_member: By which member the format names collections; "" if it does not.
        numbers: Columns of numbers, which some countries write with a comma.
        weights: Columns of weights in kilograms, pounds or ounces: the point in 1.250 is a decimal point.
        has_local_numbers: True if its exports have the decimal sign of the shop, whatever separates the columns.
        repeatable: Columns that may occur several times with the same spelling, each with parts of one list.
        handle_column: Column that ties the rows of a product together.
        group_column: Column that is filled only in rows of products with variants, with a value that these share; "" if
            the format has none.
        picture_column: Column of pictures.
        picture_separator: Separator of pictures in a cell; "" if it has one.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]
    only_read: ClassVar[tuple[str, ...]] = ()
    signature: ClassVar[tuple[frozenset[str], ...]]
    left_out: ClassVar[re.Pattern[str]] = re.compile(r"(?!)")
    further: ClassVar[tuple[str, ...]] = ()
    other_files: ClassVar[Mapping[str, str]] = {}
    headers: ClassVar[Mapping[str, str]] = {}
    aliases: ClassVar[Mapping[str, str]] = {}
    keys: ClassVar[tuple[str, ...]] = ("id", "handle", "slug")
    unheld: ClassVar[Mapping[str, str]] = {}
    holds_colours: ClassVar[bool] = True
    is_of_wix: ClassVar[bool] = False
    has_full_prices: ClassVar[bool] = False
    collection_member: ClassVar[str] = "slug"
    numbers: ClassVar[frozenset[str]]
    weights: ClassVar[frozenset[str]] = frozenset({"weight"})
    has_local_numbers: ClassVar[bool] = False
    repeatable: ClassVar[frozenset[str]] = frozenset()
    handle_column: ClassVar[str]
    group_column: ClassVar[str] = ""
    picture_column: ClassVar[str] = "media"
    picture_separator: ClassVar[str] = ";"

    def further_column(self, header: str) -> str | None:
        """Return the numbered column of a header, compared by letters and digits in lower case."""
        for stem in self.further:
            number = header.removeprefix(stem.lower())
            if number != header and number.isdecimal():
                return f"{stem}{int(number)}"
        return None

    def picture_columns(self, columns: Iterable[str]) -> list[str]:
        """Return those columns of a file that contain pictures, in the order of the pictures."""
        return [column for column in columns if column == self.picture_column]

    @abstractmethod
    def handle(self, cells: Cells) -> str:
        """Return the value that the rows of a product share."""

    def identity(self, cells: Cells) -> tuple[str, str]:
        """Return a column and its text that no two products of a file may share; "" if the row has no such text."""
        return self.handle_column, self.handle(cells)

    def together(self, rows: Iterator[T], cells_of: Callable[[T], Cells]) -> Iterator[tuple[T, dict[str, str]]]:
        """Yield rows so that those of a product follow each other, with cells to replace in them.

        Most formats have them so, and their rows are passed on as they come. The others yield none before the last row
        is read: the part of a file that can be read may have some rows of a product, and its other variants would be
        removed from the site.

        Args:
            rows: All rows of a file.
            cells_of: Returns the cells of a row.
        """
        del cells_of
        return ((row, {}) for row in rows)

    @abstractmethod
    def kind(self, cells: Cells, open_handle: str | None) -> RowKind:
        """Return the kind of a row; adds a finding if it has none."""

    def names_another(self, cells: Cells, head: Cells) -> bool:
        """True if an orphan has the handle and the name of another product than that of the row `head`."""
        del cells, head
        return False

    @abstractmethod
    def read(self, rows: Sequence[Cells], findings: Findings) -> Entity:
        """Convert the rows of one product to the one product shape."""

    @abstractmethod
    def write(self, product: Mapping[str, Any]) -> Iterator[dict[str, str]]:
        """Convert a product of the common shape to rows, each column → text; blank cells may be missing.

        `collections` of the product identifies its collections by `collection_member`.

        Raises:
            UnwritableError: The format cannot represent the product.
        """


def named_by(handle: str) -> Entity:
    """Return the members that a handle means. Exports of V1 sites write `product_<id>`."""
    match = _ID_HANDLE.fullmatch(handle)
    return {"handle": handle, **({"id": match.group(1)} if match else {})}


def slug_of(text: str) -> str:
    """Return a handle of a text: its Latin letters and digits, with hyphens for the rest."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_HANDLE]


def handle_of(product: Mapping[str, Any]) -> str:
    """Return the handle of a product; a V1 product has none, so its id is used as in Wix's own exports."""
    handle = product.get("handle")
    return str(handle) if handle else f"product_{product['id']}"


def bare(name: str, what: str) -> str:
    """Return a name by which an import finds the same entity.

    Raises:
        UnwritableError: It is blank, or has blanks around it, which readers of files remove.
    """
    if not name or name != name.strip():
        msg = (
            f"{what} `{name}` has blanks around it, which product files do not keep" if name else f"{what} has no name"
        )
        raise UnwritableError(msg)
    return name


def joined(parts: Sequence[str], what: str) -> str:
    """Write a list into one cell.

    Raises:
        UnwritableError: A part contains the separator `;`, or has blanks around it.
    """
    for part in parts:
        bare(part, what)
        if ";" in part:
            msg = f"{what} `{part}` contains a `;`, which separates values in a product file"
            raise UnwritableError(msg)
    return ";".join(parts)


def truth_text(value: Any) -> str:
    """Return a boolean as text; "" for None."""
    return "" if value is None else "TRUE" if value else "FALSE"
