"""Results that wait behind a record without one: behind a held delete, it may be all the rest of the input."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from target_wix.memory import temporary_database

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

MOST_IN_MEMORY = 10_000
"""Results; some 3 MB."""


_SCHEMA = "CREATE TABLE held (line INTEGER, text BLOB); CREATE INDEX by_line ON held (line)"


class HeldResults:
    """Lines of the results file in the order of the input's lines, whatever the order in which they come.

    Many of them are set aside in a temporary database, so that memory stays flat.

    Args:
        most: So many are kept in memory.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = MOST_IN_MEMORY if most is None else most
        self._held: list[tuple[int, bytes]] = []
        self._aside: sqlite3.Connection | None = None
        self._first_aside: int | None = None

    def put(self, line: int, text: bytes) -> None:
        """Take a result.

        Raises:
            sqlite3.Error: The folder for temporary files is full.
        """
        heapq.heappush(self._held, (line, text))
        if len(self._held) > self._most:
            self._set_aside()

    def has_before(self, line: float) -> bool:
        """Whether there are any before a line of the input."""
        in_memory = bool(self._held) and self._held[0][0] < line
        return in_memory or (self._first_aside is not None and self._first_aside < line)

    def take_before(self, line: float) -> Iterator[bytes]:
        """Give those before a line of the input, for good.

        Raises:
            sqlite3.Error: The folder for temporary files is full.
        """
        if self._aside is None or self._first_aside is None:
            while self._held and self._held[0][0] < line:
                yield heapq.heappop(self._held)[1]
            return
        self._set_aside()
        for (text,) in self._aside.execute("SELECT text FROM held WHERE line < ? ORDER BY line, rowid", (line,)):
            yield text
        self._aside.execute("DELETE FROM held WHERE line < ?", (line,))
        (self._first_aside,) = self._aside.execute("SELECT min(line) FROM held").fetchone()

    def close(self) -> None:
        """Remove what was set aside."""
        if self._aside is not None:
            self._aside.close()

    def _set_aside(self) -> None:
        if self._aside is None:
            self._aside = temporary_database(_SCHEMA)
        if self._held:
            first = self._held[0][0]
            self._first_aside = min(first, self._first_aside or first)
            self._aside.executemany("INSERT INTO held VALUES (?, ?)", self._held)
            self._held.clear()
