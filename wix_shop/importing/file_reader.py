"""Reads a product file as the target reads Singer messages: a SCHEMA, then a record for each row."""

from __future__ import annotations

from collections import Counter
from typing import IO, TYPE_CHECKING, Any

from typing_extensions import override

from target_wix.input_errors import CutOffError
from target_wix.reader import LineReader
from wix_files.cells import Place
from wix_files.csv_files import FileError, opened
from wix_files.recognition import HeaderError, recognise, told_by_file
from wix_shop.importing.console import STREAM

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wix_files.recognition import Layout


class UnreadableFileError(Exception):
    """A file is no product file; nothing of it was sent."""


class FileReader(LineReader):
    """The rows of one file. `line` is their line in it.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

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
            self.line, self.broken = row.line, row.broken
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


def _located(error: FileError) -> str:
    place = f"{Place(error.line, error.column)}: " if error.line else ""
    text = f"{place}{error}"
    return text[:1].upper() + text[1:]
