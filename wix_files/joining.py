"""Combines rows into products as they arrive; only the rows of one product are kept in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_files.cells import Cells, Findings, shown, written
from wix_files.option_cells import MOST_VARIANTS
from wix_files.product_format import FileProduct, RowKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wix_files.cells import Row
    from wix_files.product_format import ProductFormat

_MOST_ROWS = 3 * MOST_VARIANTS
"""Maximum rows of one product in memory: more than Wix accepts, so that the excess is reported."""
_SCATTERED = (
    "rows with this value are further up, not directly above, so one part of the product would replace the other. Sort "
    "the rows by this column."
)


class RowJoiner:
    """Returns a product as soon as a row shows that it is complete.

    Args:
        product_format: Format of the rows.
        command_column: Column with the command of a product, which its first row has; "" if there is none.
    """

    def __init__(self, product_format: ProductFormat, command_column: str = "") -> None:
        self._format = product_format
        self._command_column = command_column
        self._findings = Findings()
        self._rows: list[Cells] = []
        self._dropped: list[int] = []
        self._handle: str | None = None
        self._is_headless = False
        self._groups: set[str] = set()

    def add(self, row: Row) -> FileProduct | None:
        """Add a row. Return the previous product if the row begins another one."""
        found = Findings()
        cells = Cells(row, found)
        if row.broken:
            cells.complain("", row.broken)
        kind = self._format.kind(cells, self._handle)
        handle = self._format.handle(cells)
        if kind is RowKind.PRODUCT and (group := cells.word(self._format.group_column)):
            if group in self._groups:
                cells.complain(self._format.group_column, _SCATTERED)
            self._groups.add(group)
        complete = None
        # An orphan may be a row of the product above with a wrong handle: without it, the product would lose a variant.
        is_open = bool(self._rows) and not self._findings.problems  # a product with problems is rejected anyway
        may_belong = kind is RowKind.ORPHAN and is_open and not self._format.names_another(cells, self._rows[0])
        # A product whose earlier rows were rejected would be written without them, so this row is rejected, too.
        continues = handle == self._handle and (kind is RowKind.ORPHAN or (self._is_headless and handle != ""))
        if not (kind is RowKind.PART or may_belong or continues):
            complete = self.end()
            self._handle, self._is_headless = handle, kind is RowKind.ORPHAN
        # An invalid row belongs to the product that it names, so that one mistake is reported once.
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
        if len(lines) > _MOST_ROWS and not self._is_headless:
            rows[0].complain(
                "", f"found {len(lines):,} rows of one product, expected at most {_MOST_ROWS:,}. Split it."
            )
        self._refuse_other_commands(rows)
        record = {} if findings.problems else {**self._format.read(rows, findings), **rows[0].row.apart}
        problems = sorted(findings.problems, key=lambda problem: problem.place.line)
        return FileProduct(handle, lines, record, tuple(problems), findings.places, tuple(findings.notes))

    def _refuse_other_commands(self, rows: Sequence[Cells]) -> None:
        own, *others = [written(cells.row.apart.get(self._command_column)).strip() for cells in rows]
        for cells, command in zip(rows[1:], others, strict=True):
            if command and command.casefold() != own.casefold():
                cells.complain(
                    self._command_column,
                    f"found {shown(command)}, but a command is for a whole product. Enter it in line "
                    f"{rows[0].row.line}, the product's first row, or clear the cell.",
                )
