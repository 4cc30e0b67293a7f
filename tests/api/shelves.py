"""A collection that changes between any two requests, for tests of the reader."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from hypothesis import strategies as st

from wix_api.errors import CursorRefusedError, SortRefusedError
from wix_api.reading import Collection, Item, Page, Position, Window, grouped

Change = tuple[int, str, int]
"""After how many requests, what, and to which row."""


@dataclass
class Shelf:
    """Rows as (key, second key, version) by id; every change moves a row to the end, as an update at Wix does."""

    rows: dict[str, tuple[int, int, int]]
    changes: list[Change] = field(default_factory=list)
    clock: int = 0
    requests: int = 0
    changed: set[str] = field(default_factory=set)
    _sorted: dict[tuple, list] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = max([self.clock, *(key + 1 for key, _, _ in self.rows.values())])

    def request(self) -> None:
        """Count a request; the changes that are due happen before it is answered, all in one moment."""
        self.requests += 1
        self.clock += 1
        while self.changes and self.changes[0][0] <= 0:
            _, kind, which = self.changes.pop(0)
            self._change(kind, which)
        if self.changes:
            wait, kind, which = self.changes[0]
            self.changes[0] = (wait - 1, kind, which)

    def versions(self) -> dict[str, int]:
        return {row_id: version for row_id, (_, _, version) in self.rows.items()}

    def sorted(self, level: int, only: tuple[int, ...]) -> list[tuple[int, str, int]]:
        """(key, id, version) of the rows whose first keys are `only`, by the key after those."""
        place = (level, only)
        if place not in self._sorted:
            self._sorted[place] = sorted(
                (row[level], row_id, row[2]) for row_id, row in self.rows.items() if row[: len(only)] == only
            )
        return self._sorted[place]

    def _change(self, kind: str, which: int) -> None:
        self._sorted.clear()
        ids = sorted(self.rows)
        if kind == "insert":
            self.rows[f"new{len(self.changed):04d}-{which}"] = (self.clock, self.clock, 0)
        elif ids and kind == "delete":
            self._gone(ids[which % len(ids)])
        elif ids and kind == "touch":
            self._touch(ids[which % len(ids)])
        elif kind == "bulk":
            for row_id in ids[which % 7 :: which % 11 + 2]:
                self._touch(row_id)

    def _gone(self, row_id: str) -> None:
        del self.rows[row_id]

    def _touch(self, row_id: str) -> None:
        _, second, version = self.rows[row_id]
        self.rows[row_id] = (self.clock, second, version + 1)
        self.changed.add(row_id)


@dataclass
class Faults:
    """What a shelf refuses, and how often."""

    chance: Random = field(default_factory=lambda: Random(0))
    cursors: float = 0.0
    sorts: float = 0.0

    def check(self, position: Position | None, *, is_sorted: bool) -> None:
        if position is not None and position.cursor and self.chance.random() < self.cursors:
            message = "unknown cursor"
            raise CursorRefusedError(message)
        if position is None and is_sorted and self.chance.random() < self.sorts:
            message = "not sortable"
            raise SortRefusedError(message)


@dataclass(frozen=True)
class View(Collection):
    """Pages of a shelf by key; ties by cursor, by offset, or by a second key."""

    shelf: Shelf
    size: int
    continuation: str  # "cursor" or "offset"
    levels: int = 1
    level: int = 0
    only: tuple[int, ...] = ()
    is_sorted: bool = True
    faults: Faults = field(default_factory=Faults)
    at_once: int = 1

    def fetch(self, window: Window, position: Position | None = None) -> Page:
        if position is None and self.is_sorted and self.continuation == "cursor":
            return grouped(self._page, window, self.at_once)
        return self._page(window, position)

    def _page(self, window: Window, position: Position | None = None) -> Page:
        self.shelf.request()
        self.faults.check(position, is_sorted=self.is_sorted)
        rows = self._rows(window)
        start = self._start(rows, position)
        page = rows[start : start + self.size]
        items = [Item(row_id, f"{key:012d}", b"%d" % version) for key, row_id, version in page]
        more = start + self.size < len(rows)
        return Page(items, self._following(page, start) if more else None)

    def _rows(self, window: Window) -> list[tuple[int, str, int]]:
        rows = self.shelf.sorted(self.level, self.only)
        low = 0 if window.low is None else bisect_left(rows, (int(window.low),))
        high = len(rows) if window.high is None else bisect_left(rows, (int(window.high),))
        rows = rows[low:high]
        return rows if self.is_sorted else sorted(rows, key=lambda row: row[1])

    def _start(self, rows: list[tuple[int, str, int]], position: Position | None) -> int:
        if position is None:
            return 0
        if self.continuation == "offset":
            return position.offset
        key, row_id = position.cursor.split("/")
        if self.is_sorted:
            return sum((row[0], row[1]) <= (int(key), row_id) for row in rows)
        return sum(row[1] <= row_id for row in rows)

    def _following(self, page: list[tuple[int, str, int]], start: int) -> Position:
        if self.continuation == "offset":
            return Position(offset=start + len(page) - 1)
        return Position(cursor=f"{page[-1][0]}/{page[-1][1]}")

    def after(self, key: str) -> str | None:
        return f"{int(key) + 1:012d}"

    def within(self, key: str) -> View | None:
        if self.level + 1 >= self.levels:
            return None
        return replace(self, level=self.level + 1, only=(*self.only, int(key)))

    def unsorted(self) -> View | None:
        return replace(self, is_sorted=False)

    def place(self, key: str) -> int | None:
        return int(key) if self.level == 0 else None

    def key_at(self, place: int) -> str:
        return f"{place:012d}"


VIEWS = {"size": st.integers(2, 9), "continuation": st.sampled_from(["cursor", "offset"]), "levels": st.integers(1, 2)}


def changes(most: int, apart: int) -> st.SearchStrategy[list[Change]]:
    kinds = st.sampled_from(["touch", "delete", "insert", "bulk"])
    return st.lists(st.tuples(st.integers(0, apart), kinds, st.integers(0, 2000)), max_size=most)


def until_now(shelf: Shelf) -> Callable[[], str]:
    """The moment of windows: rows that change from now on get a later key."""
    now = f"{shelf.clock:012d}"
    return lambda: now


def lost(shelf: Shelf, items: list[Item]) -> set[str]:
    """Ids of surviving rows whose last version is not among the items."""
    arrived = {(item.id, int(item.raw)) for item in items}
    return {row_id for row_id, version in shelf.versions().items() if (row_id, version) not in arrived}
