"""Joins rows to products while they stream by: what is held is the rows of one product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_files.cells import Cells, Findings
from wix_files.option_cells import MOST_VARIANTS
from wix_files.product_format import FileProduct, RowKind

if TYPE_CHECKING:
    from wix_files.cells import Row
    from wix_files.product_format import ProductFormat

_MOST_ROWS = 3 * MOST_VARIANTS
"""Rows of one product that are held: more than Wix accepts, so that the excess is reported, but not a whole file."""


class RowJoiner:
    """Gives a product as soon as a row shows that it is complete."""

    def __init__(self, product_format: ProductFormat) -> None:
        self._format = product_format
        self._findings = Findings()
        self._rows: list[Cells] = []
        self._dropped: list[int] = []
        self._handle: str | None = None
        self._is_headless = False

    def add(self, row: Row) -> FileProduct | None:
        """Add a row. Returns the finished product before it if the row begins another one."""
        found = Findings()
        cells = Cells(row, found)
        if row.broken:
            cells.complain("", row.broken)
        kind = self._format.kind(cells, self._handle)
        handle = self._format.handle(cells)
        complete = None
        # A product whose rows came before it would be written without them, so it goes the way of those rows.
        continues = handle == self._handle and (kind is RowKind.ORPHAN or (self._is_headless and handle != ""))
        if kind is not RowKind.PART and not continues:
            complete = self.end()
            self._handle, self._is_headless = handle, kind is RowKind.ORPHAN
        # A broken row goes with the product that it names, so that one mistake is reported once.
        self._findings.problems.extend(found.problems)
        cells.findings = self._findings
        if len(self._rows) < _MOST_ROWS:
            self._rows.append(cells)
        else:
            self._dropped.append(row.line)
        return complete

    def end(self) -> FileProduct | None:
        """Return the last product; None if there is none."""
        if not self._rows:
            return None
        rows, findings, handle = self._rows, self._findings, self._handle or ""
        lines = (*(cells.row.line for cells in rows), *self._dropped)
        self._rows, self._dropped, self._findings, self._handle = [], [], Findings(), None
        if len(lines) > _MOST_ROWS:
            rows[0].complain(
                "", f"found {len(lines):,} rows of one product, expected at most {_MOST_ROWS:,}. Split it."
            )
        record = {} if findings.problems else {**self._format.read(rows, findings), **rows[0].row.apart}
        problems = sorted(findings.problems, key=lambda problem: problem.place.line)
        return FileProduct(handle, lines, record, tuple(problems), findings.places, tuple(findings.notes))
