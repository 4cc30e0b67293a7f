"""A first reading of a whole product file: its format, products that it has twice, and how it writes numbers."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wix_files.cells import Cells, Findings, Place
from wix_files.csv_files import FileError, opened
from wix_files.product_format import RowKind
from wix_files.recognition import HeaderError, format_of_file, recognise

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from pathlib import Path

    from wix_files.csv_files import CsvRow
    from wix_files.recognition import Layout

_COMMA, _POINT = ",", "."
_WITH_COMMA = re.compile(r"\s*-?\d*,\d+\s*")
_WITH_POINT = re.compile(r"\s*-?\d*\.\d+\s*")
_THOUSAND = re.compile(r"\s*-?[1-9]\d{0,2},\d{3}\s*")
"""May be a thousand as well as one and a fraction."""
_OF_COMMA_FILES = {";", "\t"}
"""Separators of spreadsheets in countries that write `12,50`."""


class UnreadableFileError(Exception):
    """A file is no product file; nothing of it was sent."""


@dataclass(frozen=True)
class Inspection:
    """What is known of a file before its rows are imported.

    Attributes:
        layout: Its format and columns.
        warning: What the user should know of how it is read, or "".
        repeated: What is wrong with rows that begin a product of the same handle as another one, by line.
        handles: Handles of its products, in any case.
        has_commas: True if its numbers are written as `12,50`.
    """

    layout: Layout
    warning: str = ""
    repeated: dict[int, str] = field(default_factory=dict)
    handles: Container[str] = ()
    has_commas: bool = False

    def read(self, row: CsvRow) -> tuple[dict[str, str], str]:
        """Return the cells of a row, with points in its numbers, and what is wrong with the row, or ""."""
        broken = row.broken or self.repeated.get(row.line, "")
        if not self.has_commas:
            return row.cells, broken
        cells = dict(row.cells)
        for header in _number_columns(self.layout) & cells.keys():
            if _WITH_POINT.fullmatch(cells[header]):
                broken = broken or (
                    f"`{header}` is `{cells[header][:40]}`, but numbers of this file have a decimal comma. Write it so."
                )
            elif _WITH_COMMA.fullmatch(cells[header]):
                cells[header] = cells[header].replace(_COMMA, _POINT)
        return cells, broken


def inspect(
    path: Path,
    product_format: str | None,
    command_column: str,
    decimal: str | None,
    seen: Callable[[int], object] = lambda _line: None,
) -> Inspection:
    """Read a file once, without a request.

    Args:
        path: The file.
        product_format: Name of its format, None to detect it from the columns.
        command_column: Column that is no product's.
        decimal: How it writes fractions, "," or "."; None to detect it from the numbers.
        seen: Called with the line of each row.

    Raises:
        UnreadableFileError: It is not there, no CSV, or of no format; the message says what was expected.
    """
    try:
        with opened(path) as file:
            headers = [name for name in file.headers if name != command_column and not name.startswith("_")]
            named = product_format or getattr(format_of_file(headers), "name", None)
            layout = recognise(file.headers, named, apart=frozenset({command_column}))
            products, numbers = _Products(layout), _Numbers(layout)
            with suppress(FileError):  # the import itself says from where on the file cannot be read
                for row in file.rows:
                    products.add(row)
                    numbers.add(row)
                    seen(row.line)
    except FileError as error:
        raise UnreadableFileError(located(error)) from None
    except HeaderError as error:
        msg = f"Line 1: {error}"
        raise UnreadableFileError(msg) from None
    is_comma_file = decimal is None and file.separator in _OF_COMMA_FILES
    has_commas = numbers.have_commas if is_comma_file else decimal == _COMMA
    return Inspection(layout, file.warning, products.repeated, products, has_commas)


def _number_columns(layout: Layout) -> set[str]:
    return {header for header, column in layout.columns.items() if column in layout.format.numbers}


class _Numbers:
    """Whether the numbers of a file have commas, and none has a point."""

    def __init__(self, layout: Layout) -> None:
        self._columns = _number_columns(layout)
        self._commas = self._points = 0

    def add(self, row: CsvRow) -> None:
        for header in self._columns:
            text = row.cells.get(header, "")
            self._points += bool(_WITH_POINT.fullmatch(text))
            self._commas += bool(_WITH_COMMA.fullmatch(text) and not _THOUSAND.fullmatch(text))

    @property
    def have_commas(self) -> bool:
        return bool(self._commas and not self._points)


class _Products:
    """Products by what identifies them: the second of two would overwrite the first, in each further import again."""

    def __init__(self, layout: Layout) -> None:
        self.repeated: dict[int, str] = {}
        self._layout = layout
        self._firsts: dict[int, int] = {}
        self._handle: str | None = None

    def add(self, row: CsvRow) -> None:
        product_format = self._layout.format
        cells = Cells(self._layout.row(row.line, row.cells), Findings())
        kind = product_format.kind(cells, self._handle)
        if kind is RowKind.PART:
            return
        self._handle = product_format.handle(cells)
        column, text = product_format.identity(cells)
        if kind is RowKind.PRODUCT and text:
            first = self._firsts.setdefault(hash((column, text.casefold())), row.line)
            if first != row.line:
                self.repeated[row.line] = self._repeated(column, text, first)
                self.repeated.setdefault(first, self._repeated(column, text, row.line))

    def __contains__(self, handle: object) -> bool:
        """True if a product of the file has a handle."""
        return hash((self._layout.format.handle_column, str(handle).casefold())) in self._firsts

    def _repeated(self, column: str, text: str, line: int) -> str:
        header = self._layout.spellings.get(column, column)
        return (
            f"the product in line {line} has the same `{header}` (`{text[:40]}`), so one would overwrite the other. "
            f"Set a different `{header}` for each product, or delete one of them."
        )


def located(error: FileError) -> str:
    """Return the message of an error with its place."""
    place = f"{Place(error.line, error.column)}: " if error.line else ""
    text = f"{place}{error}"
    return text[:1].upper() + text[1:]
