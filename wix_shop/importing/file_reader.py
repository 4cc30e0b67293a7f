"""Reads a product file as the target reads Singer messages: a SCHEMA, then a record for each row."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

from typing_extensions import override

from target_wix.input_errors import CutOffError
from target_wix.reader import LineReader
from wix_files.cells import Cells, Findings, Place
from wix_files.csv_files import FileError, opened
from wix_files.product_format import RowKind
from wix_files.recognition import HeaderError, recognise, told_by_file
from wix_shop.importing.console import STREAM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from wix_files.csv_files import CsvRow
    from wix_files.recognition import Layout


class UnreadableFileError(Exception):
    """A file is no product file; nothing of it was sent."""


class FileReader(LineReader):
    """The rows of one file. `line` is their line in it.

    Args:
        path: The file.
        repeated: What is wrong with rows of products that the file has twice, by line; see `repeated_products`.
    """

    def __init__(self, path: Path, repeated: Mapping[int, str]) -> None:
        super().__init__()
        self._path = path
        self._repeated = repeated

    @override
    def process_lines(
        self, file_input: IO[bytes] | None, callbacks: dict[str, Callable[[dict[str, Any]], None]]
    ) -> Any:
        try:
            with opened(self._path) as file:
                self.line = 1
                columns: dict[str, dict[str, Any]] = {header: {} for header in file.headers}
                callbacks["SCHEMA"](
                    {"type": "SCHEMA", "stream": STREAM, "schema": {"properties": columns}, "key_properties": []}
                )
                return self._rows(file.rows, callbacks["RECORD"])
        except FileError as error:
            raise CutOffError(_located(error)) from None

    def _rows(self, rows: Any, take: Callable[[dict[str, Any]], None]) -> Counter[str]:
        count = 0
        for row in rows:
            self.before_line()
            self.line, self.broken = row.line, row.broken or self._repeated.get(row.line, "")
            take({"type": "RECORD", "stream": STREAM, "record": row.cells})
            count += 1
        return Counter(SCHEMA=1, RECORD=count)


def look_at(path: Path, product_format: str | None, command_column: str) -> tuple[Layout, str]:
    """Tell of which format a file is, and what its user should know of how it is read, or "".

    Raises:
        UnreadableFileError: It is not there, no CSV, or of no format; says what was expected.
    """
    try:
        with opened(path) as file:
            headers = [name for name in file.headers if name != command_column and not name.startswith("_")]
            told = product_format or getattr(told_by_file(headers), "name", None)
            return recognise(file.headers, told, apart=frozenset({command_column})), file.warning
    except FileError as error:
        raise UnreadableFileError(_located(error)) from None
    except HeaderError as error:
        msg = f"Line 1: {error}"
        raise UnreadableFileError(msg) from None


def repeated_products(path: Path, layout: Layout) -> dict[int, str]:
    """Return what is wrong with rows that begin a product of the same handle as another one of the file, by line.

    The second of them would overwrite the first, in each further import again.
    """
    firsts: dict[tuple[str, int], int] = {}
    found: dict[int, str] = {}
    with suppress(FileError), opened(path) as file:  # the import itself says where the file cannot be read on
        for line, column, text in _beginnings(file.rows, layout):
            first = firsts.setdefault((column, hash(text.casefold())), line)
            if first != line:
                header = layout.spellings.get(column, column)
                found[line] = _repeated(header, text, first)
                found.setdefault(first, _repeated(header, text, line))
    return found


def _beginnings(rows: Iterable[CsvRow], layout: Layout) -> Iterator[tuple[int, str, str]]:
    """Yield line, column and text of what identifies each product."""
    handle: str | None = None
    for row in rows:
        cells = Cells(layout.row(row.line, row.cells), Findings())
        kind = layout.format.kind(cells, handle)
        if kind is RowKind.PART:
            continue
        handle = layout.format.handle(cells)
        column, text = layout.format.identity(cells)
        if kind is RowKind.PRODUCT and text:
            yield row.line, column, text


def _repeated(header: str, text: str, line: int) -> str:
    return (
        f"the product in line {line} has the same `{header}` (`{text[:40]}`), so one would overwrite the other. Give "
        f"each product a `{header}` of its own, or delete one of them."
    )


def _located(error: FileError) -> str:
    place = f"{Place(error.line, error.column)}: " if error.line else ""
    text = f"{place}{error}"
    return text[:1].upper() + text[1:]
