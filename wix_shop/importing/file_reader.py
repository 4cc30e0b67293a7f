"""Reads a product file as Singer messages for the target: a SCHEMA, then a record for each row."""

from __future__ import annotations

from collections import Counter
from typing import IO, TYPE_CHECKING, Any

from typing_extensions import override

from target_wix.errors import CutOffError
from target_wix.line_reader import LineReader
from wix_files.csv_files import FileError
from wix_shop.importing.console import STREAM
from wix_shop.importing.inspection import located

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from wix_files.sources import Source
    from wix_shop.importing.inspection import Inspection
    from wix_shop.importing.sku_lists import SkuList


class FileReader(LineReader):
    """Reader of the rows of one file. `line` is the line of the current row.

    Attributes:
        skus: Joins the rows if the file is a list of SKUs; None for other files.
    """

    skus: SkuList | None = None

    def __init__(self, source: Source, inspection: Inspection) -> None:
        super().__init__()
        self._source = source
        self._inspection = inspection

    @override
    def process_lines(
        self, file_input: IO[bytes] | None, callbacks: dict[str, Callable[[dict[str, Any]], None]]
    ) -> Any:
        try:
            if self.skus:
                self.skus.find(self._source)
            with self._source.opened() as file:
                self.line = 1
                left_out = self._inspection.layout.left_out  # the inspection has a warning about these
                columns: dict[str, dict[str, Any]] = {
                    header: {} for header in file.headers if header and header not in left_out
                }
                columns |= {column: {} for column in (self.skus.columns if self.skus else ())}
                callbacks["SCHEMA"](
                    {"type": "SCHEMA", "stream": STREAM, "schema": {"properties": columns}, "key_properties": []}
                )
                return self._rows(self._inspection.layout.together(file.rows), columns, callbacks["RECORD"])
        except FileError as error:
            raise CutOffError(located(error)) from None

    def _rows(self, rows: Any, columns: Container[str], take: Callable[[dict[str, Any]], None]) -> Counter[str]:
        count = 0
        read = self.skus.rows(rows) if self.skus else ((row.line, *self._inspection.read(row)) for row in rows)
        for line, cells, broken in read:
            self.before_line()
            self.line, self.broken = line, broken
            record = {header: cell for header, cell in cells.items() if header in columns}
            take({"type": "RECORD", "stream": STREAM, "record": record})
            count += 1
        return Counter(SCHEMA=1, RECORD=count)
