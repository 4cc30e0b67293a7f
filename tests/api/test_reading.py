"""One window, read in order, of a collection that changes between any two requests."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.api.shelves import VIEWS, Faults, Shelf, View, changes, lost
from wix_api.errors import CursorRefusedError, SortRefusedError, UnexpectedResponseError
from wix_api.reading import Item, Page, Position, Window, in_order

KEYS = st.integers(0, 12)


@st.composite
def shelves(draw: st.DrawFn) -> Shelf:
    keys = draw(st.lists(st.tuples(KEYS, KEYS), max_size=60))
    rows = {f"r{n:03d}": (first, second, 0) for n, (first, second) in enumerate(keys)}
    return Shelf(rows, draw(changes(12, 2)), clock=20)


def items_of(view: View, low: int | None = None) -> list[Item]:
    return [item for page in in_order(view, None if low is None else f"{low:012d}") for item in page]


@settings(max_examples=100)
@given(shelf=shelves(), **VIEWS)
@example(
    # Two rows leave the tie just before its last page: there is no row at the offset any more.
    shelf=Shelf({f"r{n:03d}": (0, 0, 0) for n in range(9)}, [(1, "touch", 0), (0, "touch", 0), (0, "bulk", 3)]),
    size=7,
    continuation="offset",
    levels=1,
)
def test_every_surviving_row_arrives_at_its_last_version(
    shelf: Shelf, size: int, continuation: str, levels: int
) -> None:
    items = items_of(View(shelf, size, continuation, levels))
    assert not lost(shelf, items)
    assert [item.key for item in items] == sorted(item.key for item in items)


@pytest.mark.soak
@settings(max_examples=50_000, derandomize=False)
@given(shelf=shelves(), **VIEWS)
def test_every_surviving_row_arrives_at_its_last_version_for_long(
    shelf: Shelf, size: int, continuation: str, levels: int
) -> None:
    assert not lost(shelf, items_of(View(shelf, size, continuation, levels)))


@settings(max_examples=50)
@given(shelf=shelves(), low=KEYS, **VIEWS)
def test_an_unchanging_collection_is_read_once_in_order(
    shelf: Shelf, low: int, size: int, continuation: str, levels: int
) -> None:
    shelf.changes.clear()
    items = items_of(View(shelf, size, continuation, levels), low)
    assert sorted(item.id for item in items) == sorted(row_id for row_id, row in shelf.rows.items() if row[0] >= low)
    assert [int(item.key) for item in items] == sorted(shelf.rows[item.id][0] for item in items)


@settings(max_examples=50)
@given(shelf=shelves(), size=st.integers(2, 9), seed=st.integers(0, 1000))
def test_a_refused_cursor_is_replaced_by_a_new_query(shelf: Shelf, size: int, seed: int) -> None:
    try:
        items = items_of(View(shelf, size, "cursor", faults=Faults(Random(seed), cursors=0.1)))
    except CursorRefusedError:
        return  # refused many times at one place: not gone round for ever
    assert not lost(shelf, items)


def test_cursors_that_are_always_refused_end_the_reading() -> None:
    shelf = Shelf({f"r{n}": (0, 0, 0) for n in range(9)})
    with pytest.raises(CursorRefusedError):
        items_of(View(shelf, 4, "cursor", faults=Faults(cursors=1.0)))
    assert shelf.requests < 20


@settings(max_examples=50)
@given(shelf=shelves(), faults=st.builds(Faults, st.builds(Random), sorts=st.sampled_from([0.2, 1.0])), **VIEWS)
def test_where_the_order_is_refused_every_row_that_stays_arrives(
    shelf: Shelf, faults: Faults, size: int, continuation: str, levels: int
) -> None:
    shelf.changes = [change for change in shelf.changes if change[1] in {"touch", "insert"}]
    before = shelf.versions()
    items = items_of(View(shelf, size, continuation, levels, faults=faults))
    assert before.keys() - shelf.changed <= {item.id for item in items}


def test_a_refused_order_without_a_way_around_is_reported() -> None:
    class Sorted(View):
        def unsorted(self) -> None:
            return None

    with pytest.raises(SortRefusedError):
        items_of(Sorted(Shelf({"a": (1, 1, 0)}), 2, "cursor", faults=Faults(sorts=1.0)))


def test_a_server_that_does_not_sort_is_not_read_for_ever() -> None:
    class Unsorted(View):
        def fetch(self, window: Window, position: Position | None = None) -> Page:
            keys = (3, 1) if window.low is None else (2, 0)
            return Page([Item(f"r{key}", f"{key:012d}", b"0") for key in keys], Position(cursor="0/"))

    with pytest.raises(UnexpectedResponseError, match="out of order"):
        items_of(Unsorted(Shelf({}), 2, "cursor"))


def test_an_empty_page_that_names_a_next_one_is_not_the_end() -> None:
    class Gap(View):
        def fetch(self, window: Window, position: Position | None = None) -> Page:
            if position is None:
                return Page([], Position(cursor="0/"))
            return super().fetch(window, position)

    shelf = Shelf({"a": (1, 1, 0), "b": (2, 2, 0)})
    assert [item.id for item in items_of(Gap(shelf, 5, "cursor"))] == ["a", "b"]


def test_rows_of_a_tie_keep_their_first_key() -> None:
    shelf = Shelf({f"r{n}": (7, n, 0) for n in range(9)})
    assert {item.key for item in items_of(View(shelf, 3, "cursor", levels=2))} == {"000000000007"}
