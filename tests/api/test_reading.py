"""The reader against a collection that changes between any two requests."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wix_api.errors import UnexpectedResponseError
from wix_api.reading import Collection, Item, Page, Position, Window, ahead, in_order, read


@dataclass
class Shelf:
    """Rows as (key, second key, version) by id; every change moves a row to the end, as an update at Wix does."""

    rows: dict[str, tuple[int, int, int]]
    changes: list[tuple[str, int]] = field(default_factory=list)
    clock: int = 1000

    def change(self) -> None:
        """Apply the next planned change: touch, delete or insert a row, or several at one moment."""
        if not self.changes:
            return
        kind, which = self.changes.pop(0)
        self.clock += 1
        ids = sorted(self.rows)
        if kind == "insert":
            self.rows[f"new{self.clock}"] = (self.clock, self.clock, 0)
        elif ids and kind == "delete":
            del self.rows[ids[which % len(ids)]]
        elif ids and kind == "touch":
            self._touch(ids[which % len(ids)])
        elif kind == "bulk":
            for row_id in ids[: which % 9]:
                self._touch(row_id)

    def _touch(self, row_id: str) -> None:
        _, second, version = self.rows[row_id]
        self.rows[row_id] = (self.clock, second, version + 1)


@dataclass(frozen=True)
class View(Collection):
    """Pages of a shelf by key; ties by cursor, by offset, or by a second key."""

    shelf: Shelf
    size: int
    continuation: str  # "cursor" or "offset"
    level: int = 0
    levels: int = 1
    only: tuple[int, ...] = ()

    def fetch(self, window: Window, position: Position | None = None) -> Page:
        self.shelf.change()
        rows = sorted(
            (row[self.level], row_id, row[2])
            for row_id, row in self.shelf.rows.items()
            if row[: len(self.only)] == self.only
            and (window.low is None or row[self.level] >= int(window.low))
            and (window.high is None or row[self.level] < int(window.high))
        )
        start = self._start(rows, position)
        page = rows[start : start + self.size]
        items = [Item(row_id, f"{key:09d}", str(version).encode()) for key, row_id, version in page]
        more = start + self.size < len(rows)
        return Page(items, self._following(page, start) if more else None)

    def _start(self, rows: list[tuple[int, str, int]], position: Position | None) -> int:
        if position is None:
            return 0
        if self.continuation == "offset":
            return position.offset
        key, row_id = position.cursor.split("/")
        return sum((row[0], row[1]) <= (int(key), row_id) for row in rows)

    def _following(self, page: list[tuple[int, str, int]], start: int) -> Position:
        if self.continuation == "offset":
            return Position(offset=start + len(page) - 1)
        return Position(cursor=f"{page[-1][0]}/{page[-1][1]}")

    def after(self, key: str) -> str | None:
        return f"{int(key) + 1:09d}"

    def within(self, key: str) -> View | None:
        if self.level + 1 >= self.levels:
            return None
        return replace(self, level=self.level + 1, only=(*self.only, int(key)))


KEYS = st.integers(0, 12)
CHANGES = st.lists(st.tuples(st.sampled_from(["touch", "delete", "insert", "bulk"]), st.integers(0, 60)), max_size=12)


@st.composite
def shelves(draw: st.DrawFn) -> Shelf:
    keys = draw(st.lists(st.tuples(KEYS, KEYS), max_size=60))
    rows = {f"r{n:03d}": (first, second, 0) for n, (first, second) in enumerate(keys)}
    return Shelf(rows, draw(CHANGES))


VIEWS = {"size": st.integers(2, 9), "continuation": st.sampled_from(["cursor", "offset"]), "levels": st.integers(1, 2)}


def assert_every_surviving_row_arrives(view: View) -> None:
    arrived: dict[str, set[int]] = {}
    for page in in_order(view):
        for item in page:
            arrived.setdefault(item.id, set()).add(int(item.raw))
    last = {row_id: version for row_id, (_, _, version) in view.shelf.rows.items()}
    missing = {row_id for row_id, version in last.items() if version not in arrived.get(row_id, set())}
    assert not missing


@settings(max_examples=400, deadline=None)
@given(shelf=shelves(), **VIEWS)
@example(
    # Two rows leave the tie just before its last page: nothing stands at the offset any more.
    shelf=Shelf({f"r{n:03d}": (0, 0, 0) for n in range(9)}, [("touch", 0), ("touch", 0), ("bulk", 3)]),
    size=7,
    continuation="offset",
    levels=1,
)
def test_every_surviving_row_arrives_at_its_last_version(
    shelf: Shelf, size: int, continuation: str, levels: int
) -> None:
    assert_every_surviving_row_arrives(View(shelf, size, continuation, levels=levels))


@pytest.mark.soak
@settings(max_examples=50_000, deadline=None, derandomize=False)
@given(shelf=shelves(), **VIEWS)
def test_every_surviving_row_arrives_at_its_last_version_for_long(
    shelf: Shelf, size: int, continuation: str, levels: int
) -> None:
    assert_every_surviving_row_arrives(View(shelf, size, continuation, levels=levels))


@settings(max_examples=200, deadline=None)
@given(shelf=shelves(), low=KEYS, **VIEWS)
def test_an_unchanging_collection_is_read_once_in_order(
    shelf: Shelf, low: int, size: int, continuation: str, levels: int
) -> None:
    shelf.changes.clear()
    items = [item for page in in_order(View(shelf, size, continuation, levels=levels), f"{low:09d}") for item in page]
    wanted = sorted(row_id for row_id, row in shelf.rows.items() if row[0] >= low)
    assert sorted(item.id for item in items) == wanted
    keys = [shelf.rows[item.id][0] for item in items]
    assert keys == sorted(keys)


@settings(max_examples=50, deadline=None)
@given(shelf=shelves(), **VIEWS)
def test_reading_ahead_gives_the_same_pages(shelf: Shelf, size: int, continuation: str, levels: int) -> None:
    shelf.changes.clear()
    view = View(shelf, size, continuation, levels=levels)
    assert list(read(view)) == list(in_order(view))


def test_an_error_arrives_after_the_pages_before_it() -> None:
    def pages():
        yield [1]
        yield [2]
        message = "broken"
        raise ValueError(message)

    arrived = []
    with pytest.raises(ValueError, match="broken"):
        arrived.extend(ahead(pages()))
    reader = ahead(pages())
    assert [next(reader), next(reader)] == [[1], [2]]


def test_a_consumer_that_stops_early_ends_the_reading_thread() -> None:
    asked = []

    def pages():
        for number in range(1000):
            asked.append(number)
            yield [number]

    reader = ahead(pages())
    next(reader)
    reader.close()
    for thread in threading.enumerate():
        if thread.name == "wix-reader":
            thread.join()
    assert len(asked) < 10


def test_a_server_that_does_not_sort_is_not_read_for_ever() -> None:
    class Unsorted(View):
        def fetch(self, window: Window, position: Position | None = None) -> Page:
            keys = (3, 1) if window.low is None else (2, 0)
            return Page([Item(f"r{key}", f"{key:09d}", b"0") for key in keys], Position(cursor="0/"))

    with pytest.raises(UnexpectedResponseError, match="out of order"):
        list(in_order(Unsorted(Shelf({}), 2, "cursor")))


def test_an_empty_page_that_names_a_next_one_is_not_the_end() -> None:
    class Gap(View):
        def fetch(self, window: Window, position: Position | None = None) -> Page:
            if position is None:
                return Page([], Position(cursor="0/"))
            return super().fetch(window, position)

    shelf = Shelf({"a": (1, 1, 0), "b": (2, 2, 0)})
    assert [item.id for page in in_order(Gap(shelf, 5, "cursor")) for item in page] == ["a", "b"]
