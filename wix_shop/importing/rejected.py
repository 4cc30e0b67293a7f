"""Rejected rows in a separate file: unchanged, with a column for the reason, ready to be corrected."""

from __future__ import annotations

import csv
import errno
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from target_wix.change import Outcome
from wix_files.csv_files import FileError
from wix_files.csv_writing import MARK
from wix_files.joining import RowJoiner
from wix_shop.importing.console import PROBLEM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from target_wix.change import Result
    from wix_files.csv_files import CsvRow
    from wix_files.sources import Source
    from wix_shop.importing.inspection import Inspection


@dataclass
class RejectedRows:
    """Collects the reasons of rejected products of a run, by lines of the file."""

    reasons: dict[int, str] = field(default_factory=dict)

    def add(self, result: Result, sides: Callable[[], Any]) -> None:  # noqa: ARG002 - what all watchers are given
        """Record a rejection."""
        if result.outcome is Outcome.REJECTED and result.error:
            self.reasons[result.line] = str(result.error["message"])

    def lines(self, source: Source, inspection: Inspection) -> set[int]:
        """Return the lines of all rows of the rejected products."""
        if not self.reasons:
            return set()
        with source.opened() as file:
            return {row.line for row in self._rows(inspection.layout.together(file.rows), inspection)}

    def write(self, source: Source, place: Path, inspection: Inspection, *, is_whole: bool) -> int:
        """Write all rows of the rejected products, and return their number.

        If the whole file was read and has none, the rejected rows of an earlier import are deleted.

        Raises:
            OSError: The file cannot be written, or another program wrote it.
        """
        if not self.reasons:
            if is_whole and _is_ours(place):
                place.unlink()
            return 0
        if place.exists() and not _is_ours(place):
            msg = f"it has no column `{PROBLEM}`, so another program wrote it. Rename it"
            raise FileExistsError(errno.EEXIST, msg)
        count = 0
        with source.opened() as file, place.open("w", encoding="utf-8", newline="") as target:
            target.write(MARK)
            writer = csv.writer(target, delimiter=file.separator, lineterminator="\n")
            own = file.own_headers or file.headers  # the user imports the rows with the same names of columns
            writer.writerow([PROBLEM, *(header for header in own if header != PROBLEM)])
            place_of_old = file.headers.index(PROBLEM) if PROBLEM in file.headers else None
            for row in self._rows(inspection.layout.together(file.rows), inspection):
                raw = row.raw
                if file.is_typed:
                    raw = [*map(inspection.notation.in_csv, file.headers, raw, map(row.cells.get, file.headers))]
                cells = [cell for at, cell in enumerate(raw) if at != place_of_old]
                writer.writerow([self.reasons.get(row.line, ""), *cells])
                count += 1
        return count

    def _rows(self, rows: Iterator[CsvRow], inspection: Inspection) -> Iterator[CsvRow]:
        if heads := inspection.heads:  # of a list of SKUs, whose rows of a product may be far apart
            rejected = {heads.get(line, line) for line in self.reasons}
            with suppress(FileError):
                yield from (row for row in rows if heads.get(row.line, row.line) in rejected)
            return
        joiner = RowJoiner(inspection.layout.format)
        waiting: dict[int, CsvRow] = {}
        try:
            for row in rows:
                product = joiner.add(inspection.layout.row(row.line, row.cells, row.broken))
                if product:
                    yield from self._rejected([waiting.pop(line) for line in product.lines])
                waiting[row.line] = row
        except FileError:  # the run reports the line from which the file cannot be read
            pass
        yield from self._rejected(list(waiting.values()))

    def _rejected(self, rows: list[CsvRow]) -> list[CsvRow]:
        return rows if any(row.line in self.reasons for row in rows) else []


def _is_ours(place: Path) -> bool:
    """True if a file was written by this module."""
    beginning = f"{MARK}{PROBLEM}".encode()
    if not place.is_file():
        return False
    with place.open("rb") as file:
        return file.read(len(beginning)) == beginning
