"""Inspection of a product file before its import: its format, repeated products, and what needs a warning."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from wix_api.progress import counted
from wix_files.cells import Cells, Findings, Place, shown, written
from wix_files.csv_files import FileError
from wix_files.product_format import RowKind
from wix_files.recognition import HeaderError, format_of, format_of_file, recognise
from wix_files.sources import LEFT_OUT
from wix_files.templates import COMMENT
from wix_shop.importing.console import PROBLEM
from wix_shop.importing.currencies import Currencies, money_columns, parted
from wix_shop.importing.notation import Notation, NumbersSeen
from wix_shop.importing.pictures import Pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wix_files.csv_files import CsvFile, CsvRow
    from wix_files.recognition import Layout
    from wix_files.sources import Source

_SEPARATORS = re.compile(r"[,;\t|]")
_MOST_TITLES = 10
"""Rows below the first one in which the names of the columns are looked for."""
_OWN = re.compile(rf"_sdc_|({COMMENT}|{PROBLEM})\Z")
"""Columns that this program or Singer writes."""
_OF_COMMA_FILES = {";", "\t", "|"}
"""Separators of spreadsheets in countries that write `12,50`."""


class UnreadableFileError(Exception):
    """A file is not a product file. Nothing was sent."""


@dataclass(frozen=True)
class Inspection:
    """Result of an inspection.

    Attributes:
        layout: Format and columns of the file.
        warning: A warning for the user about the encoding, or "".
        losses: Errors of products that would lose data, repeated and scattered ones, by their first lines.
        lists: True if the file has a product with this handle, or with this slug and no handle; the case of letters is
            ignored. A second argument other than "" is the SKU that it must have, if it has any.
        notation: How it writes its numbers.
        pictures: Pictures of the user's computer that the file names.
        currencies: Currencies in its prices, and that of the shop.
        heads: In a list of SKUs, lines of variants → the first line of their product; an import fills it.
        notes: Sentences about its columns that are not imported and have values, and about its numbers.
    """

    layout: Layout
    warning: str = ""
    losses: dict[int, str] = field(default_factory=dict)
    lists: Callable[[str, str], bool] = lambda _handle, _sku: False
    notation: Notation = field(default_factory=Notation)
    pictures: Pictures = field(default_factory=Pictures)
    currencies: Currencies = field(default_factory=Currencies)
    heads: dict[int, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @cached_property
    def _money(self) -> frozenset[str]:
        return money_columns(self.layout)

    def read(self, row: CsvRow) -> tuple[dict[str, Any], str]:
        """Return the cells of a row, with decimal points in numbers and ids of pictures, and its error, or ""."""
        cells, problem = self.pictures.replaced(row, self.layout)
        broken = row.broken or self.losses.get(row.line, "") or problem
        if self.currencies.found:
            cells, problem = self._without_currencies(cells)
            broken = broken or problem
        if not self.notation.columns:
            return cells, broken
        cells, unclear = dict(cells), []
        for header, text in list(cells.items()):
            if header not in self.notation.columns or type(text) is not str:
                continue  # numbers of workbooks have no decimal sign, and totals and errors are rejected
            cells[header], problem = self.notation.read(header, text)
            if problem:
                unclear.append(f"`{self.layout.in_file(header)}` is `{text[:40]}`{problem}")
        return cells, broken or " ".join(unclear)

    def _without_currencies(self, cells: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """Return cells whose amounts have no currency, and what is wrong with the currencies, or ""."""
        amounts = {}
        problems = []
        for header in self._money & cells.keys():
            if isinstance(text := cells[header], str):
                amounts[header], currency = parted(text)
                named = self.layout.in_file(header)
                problems.append(self.currencies.problem(named, text, currency) if currency else "")
        return {**cells, **amounts}, " ".join(sorted(filter(None, problems)))


def inspect(
    source: Source,
    product_format: str | None,
    command_column: str,
    decimal: str | None,
    seen: Callable[[int], object] = lambda _line: None,
) -> Inspection:
    """Read a file once, and return its inspection. Sends no request.

    Args:
        source: The file.
        product_format: Name of its format; None to detect it from the columns.
        command_column: Name of the column with commands, which does not belong to a format.
        decimal: Decimal sign of the file, "," or "."; None to detect it from the numbers.
        seen: Called with the line of each row.

    Raises:
        UnreadableFileError: The file does not exist, is neither CSV nor a workbook, or has an unknown format.
    """
    place = "Line 1: "
    try:
        with source.opened() as file:
            place = f"Line {file.header_line}: "
            rows = _below_titles(file)
            headers = [name for name in file.headers if name != command_column and not name.startswith("_")]
            named = product_format or getattr(format_of_file(headers), "name", None)
            apart = frozenset({command_column})
            layout = recognise(
                file.headers, named, apart=apart, wanted=source.columns, ignores_others=source.ignores_others
            )
            layout = replace(layout, own=dict(zip(file.headers, file.own_headers, strict=False)))
            products, numbers, pictures = _Products(layout), NumbersSeen(layout), Pictures(source.images)
            marked = (name for name in file.headers if name in layout.apart and not _OWN.match(name))
            ignored = (name for name in marked if name not in {command_column, f"{LEFT_OUT}{layout.in_file(name)}"})
            left_out = _LeftOut([*layout.left_out, *ignored])
            with suppress(FileError):  # the import reports the line from which the file cannot be read
                for row in layout.together(rows):
                    products.add(row)
                    numbers.add(row)
                    pictures.add(row, layout)
                    left_out.add(row)
                    seen(row.line)
    except FileError as error:
        raise UnreadableFileError(located(error)) from None
    except HeaderError as error:
        msg = (
            f'{place}{error} `--map "HEADER=column"` names a column of the format, `--map "HEADER="` ignores one, and '
            '`--map "*="` all others.'
        )
        raise UnreadableFileError(msg) from None
    is_of_comma_country = file.is_typed or file.separator in _OF_COMMA_FILES
    notation, note = numbers.notation(decimal, is_of_comma_country=is_of_comma_country)
    return Inspection(
        layout,
        file.warning,
        products.losses,
        products.has,
        notation,
        pictures,
        Currencies(numbers.currencies),
        notes=tuple(filter(None, (left_out.sentence, note))),
    )


def _below_titles(file: CsvFile) -> Iterator[CsvRow]:
    """Return the rows of a file.

    Raises:
        FileError: Its first line contains a title, and one of the next lines the names of the columns.
    """
    if format_of(file.headers) is not None:
        return file.rows
    first: list[CsvRow] = []
    with suppress(FileError):  # the import reports it
        first.extend(islice(file.rows, _MOST_TITLES))
    for row in first:
        # The separator of the file was detected in its first line.
        names = [name for cell in row.raw for name in _SEPARATORS.split(cell)]
        if format_of(names) is not None:
            msg = "this line looks like the names of the columns. Delete the lines above it."
            raise FileError(msg, row.line)
    return chain(first, file.rows)


class _LeftOut:
    """Counts the values of columns that are not imported, and keeps the first of each column."""

    def __init__(self, headers: Iterable[str]) -> None:
        self._counts = dict.fromkeys(headers, 0)
        self._firsts: dict[str, tuple[int, str]] = {}

    def add(self, row: CsvRow) -> None:
        for header in self._counts if not row.broken else ():
            value = row.cells.get(header)
            if value in {None, ""} or not (text := written(value).strip()):
                continue
            self._firsts.setdefault(header, (row.line, text))
            self._counts[header] += 1

    @property
    def sentence(self) -> str:
        named = []
        for header, (line, text) in self._firsts.items():
            times = counted(self._counts[header], "time")
            named.append(f"`{header}` ({times}, first line {line}: {shown(text)})")
        return f"columns are left out: {', '.join(named)}." if named else ""


class _Products:
    """Finds products that would lose data: repeated ones overwrite each other, scattered ones lose their variants."""

    def __init__(self, layout: Layout) -> None:
        self.losses: dict[int, str] = {}
        self._layout = layout
        self._firsts: dict[int, int] = {}
        self._orphans: dict[int, int] = {}
        self._skus: dict[int, str] = {}
        self._handle: str | None = None

    def add(self, row: CsvRow) -> None:
        product_format = self._layout.format
        cells = Cells(self._layout.row(row.line, row.cells), Findings())
        kind = product_format.kind(cells, self._handle)
        if kind is RowKind.PART:
            return
        self._handle = product_format.handle(cells)
        column, text = product_format.identity(cells)
        key = hash((column, text if column == "sku" else text.casefold()))
        if kind is RowKind.ORPHAN and text:
            self._orphans.setdefault(key, row.line)
            if key in self._firsts:
                self._scattered(self._firsts[key], row.line)
        elif text:
            first = self._firsts.setdefault(key, row.line)
            if key in self._orphans:
                self._scattered(row.line, self._orphans[key])
            if first != row.line:
                self.losses[row.line] = self._repeated(column, text, first)
                self.losses.setdefault(first, self._repeated(column, text, row.line))
        if column == "slug" and (sku := cells.word("sku")):
            self._skus[key] = sku

    def has(self, handle: str, sku: str) -> bool:
        """True if the file has such a product: see `Inspection.lists`."""
        keys = [hash((column, handle.casefold())) for column in (self._layout.format.handle_column, "slug")]
        return any(key in self._firsts and (not sku or self._skus.get(key, sku) == sku) for key in keys)

    def _scattered(self, first: int, orphan: int) -> None:
        self.losses.setdefault(
            first,
            f"the row in line {orphan} belongs to this product, but does not directly follow its rows, so what it "
            "adds would be lost. Move the rows of the product together.",
        )

    def _repeated(self, column: str, text: str, line: int) -> str:
        header = self._layout.in_file(self._layout.spellings.get(column, column))
        has_choices = column == "handle" and "choice1" in self._layout.format.columns
        lacking = '`option1` and `choice1`, or read a column of choices, as with `--map "Size=choice1"`'
        choices = self._layout.named(["choice1"]) or lacking
        return (
            f"the product in line {line} has the same `{header}` (`{text[:40]}`), so one would overwrite the other. "
            f"Set a different `{header}` for each product, or delete one of them."
            f"{f' If they are variants of one product, fill in {choices}.' if has_choices else ''}"
        )


def located(error: FileError) -> str:
    """Return the message of an error with its place."""
    place = f"{Place(error.line, error.column)}: " if error.line else ""
    text = f"{place}{error}"
    return text[:1].upper() + text[1:]
