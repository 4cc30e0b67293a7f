"""Reads one window from its low end to its high end, as a dialogue: it requests a page and the caller supplies it.

It does no input or output itself, so reader threads, the plain `in_order` and simulations use the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple

from wix_api.errors import CursorRefusedError, SortRefusedError, UnexpectedResponseError, WixError
from wix_api.reading.rows import Collection, Item, Page, Position, Trail, Window


class Fetch(NamedTuple):
    """A requested page."""

    collection: Collection
    window: Window
    position: Position | None = None

    def page(self) -> Page:
        """Fetch the page."""
        return self.collection.fetch(self.window, self.position)


Steps = Generator[Fetch, Page, None]
"""Yields the requested pages; the caller sends each page."""
Emit = Callable[[list[Item]], None]

_TRIES_AT_ONE_PLACE = 4
"""How often a walk by cursor starts again without any progress."""


class Walk:
    """The walk through one window.

    Attributes:
        wanted: The page that it needs next, or None at the end.
        high: End of the window. It may be lowered during the walk, to any key that is still ahead.
        ordered: Whether rows came in key order so far.
    """

    def __init__(self, collection: Collection, window: Window) -> None:
        self.high = window.high
        self.ordered = True
        self._collection = collection
        self._low = window.low
        self._emitted: list[Item] = []
        self._steps = self._whole()
        self.wanted: Fetch | None = next(self._steps)

    def receive(self, page: Page) -> list[Item]:
        """Accept the wanted page and return its rows that were not returned before."""
        return self._moved(lambda: self._steps.send(page))

    def refuse(self, error: WixError) -> list[Item]:
        """Record that the wanted page could not be fetched.

        Raises:
            WixError: The error, if the walk cannot continue.
        """
        return self._moved(lambda: self._steps.throw(error))

    def _moved(self, move: Callable[[], Fetch]) -> list[Item]:
        self._emitted = []
        try:
            self.wanted = move()
        except StopIteration:
            self.wanted = None
        return self._emitted

    def _whole(self) -> Steps:
        unsorted: Collection | None = self._collection
        if self._collection.ordered:
            try:
                yield from self._in_order(self._collection)
            except SortRefusedError:
                unsorted = self._collection.unsorted()
                if unsorted is None:
                    raise
            else:
                return
        assert unsorted is not None
        self.ordered = False
        yield from _by_continuation(unsorted, Window(self._low, self.high), self._emit)

    def _emit(self, items: list[Item]) -> None:
        self._emitted += items

    def _in_order(self, collection: Collection) -> Steps:
        seen: set[str] = set()
        progress = _Progress()
        while True:
            page = yield from _first_page(collection, Window(self._low, self.high))
            progress.check(page)
            # The window may have been cut while the page was under way.
            items = [item for item in page.items if self.high is None or item.key < self.high]
            self._emit(_fresh(items, self._low, seen))
            if page.following is None or len(items) < len(page.items):
                return
            last = items[-1].key
            _check_order(collection, self._low, last)
            if items[0].key != last:
                seen = {item.id for item in items if item.key == last}
                self._low = last
                continue
            seen = {item.id for item in items} | (seen if last == self._low else set())
            self._low = last
            yield from _tie(collection, last, _unseen(seen, self._emit))
            behind = collection.after(last)
            if behind is None or (self.high is not None and behind >= self.high):
                return
            self._low, seen = behind, set()


def in_order(collection: Collection, low: str | None = None) -> Iterator[list[Item]]:
    """Read from a key on, in key order, each row at its last version at least once, fetching nothing ahead."""
    walk = Walk(collection, Window(low))
    while (wanted := walk.wanted) is not None:
        try:
            page = wanted.page()
        except WixError as error:
            items = walk.refuse(error)
        else:
            items = walk.receive(page)
        if items:
            yield items


def _fresh(items: list[Item], low: str | None, seen: set[str]) -> list[Item]:
    return [item for item in items if item.key != low or item.id not in seen]


def _check_order(collection: Collection, low: str | None, last: str) -> None:
    """Refuse pages that go back: with a server that ignores the sort the read would never end.

    Only if keys can be compared here; only the server knows the order of ids.
    """
    if low is not None and last < low and collection.after(last) is not None:
        msg = f"Rows came out of order: {last} after {low}. The server did not sort as requested."
        raise UnexpectedResponseError(msg)


class _Progress:
    """Refuses a page that comes a third time: with a server that ignores filter or cursor the read would never end.

    A second time, rows that were added before it may have moved it by its own length.
    """

    def __init__(self) -> None:
        self._rows: list[tuple[str, str]] = []
        self._came_again = False

    def check(self, page: Page) -> None:
        rows = [(item.id, item.key) for item in page.items]
        comes_again = rows == self._rows and len(rows) > 1 and page.following is not None
        if comes_again and self._came_again:
            msg = "The same page came again. The server did not filter or page as requested."
            raise UnexpectedResponseError(msg)
        self._rows, self._came_again = rows, comes_again


def _first_page(collection: Collection, window: Window) -> Generator[Fetch, Page, Page]:
    """Fetch the first page with a row. Wix may return an empty page together with a next one."""
    page, trail = (yield Fetch(collection, window)), Trail()
    while not page.items and page.following is not None:
        page = yield Fetch(collection, window, trail.follow(page.following, after_rows=False))
    return page


def _tie(collection: Collection, key: str, emit: Emit) -> Steps:
    """Read all rows of one key, or, where keys are unique, all rows from that key on."""
    inner = collection.within(key)
    if inner is not None:
        yield from _by_second_key(inner, key, emit)
    else:
        yield from _by_continuation(collection, Window(key, collection.after(key)), emit)


def _by_second_key(inner: Collection, key: str, emit: Emit) -> Steps:
    walk = Walk(inner, Window())
    while (wanted := walk.wanted) is not None:
        try:
            page = yield wanted
        except WixError as error:
            items = walk.refuse(error)
        else:
            items = walk.receive(page)
        emit([item._replace(key=key) for item in items])


def _by_continuation(collection: Collection, window: Window, emit: Emit) -> Steps:
    """Follow a window's own continuation.

    An offset counts rows, so if a row leaves the window, the rest moves up and one row would be missed. Each further
    page therefore starts with the last row of the previous page. If its first row was not on that page, or if the page
    is empty, the walk starts again. It also does so when a cursor is refused, provided that it makes progress from time
    to time.
    """
    position: Position | None = None
    before: dict[str, bytes] = {}
    progress, trail = _Progress(), Trail()
    rows = furthest = tries = 0
    while True:
        try:
            page = yield Fetch(collection, window, position)
        except CursorRefusedError:
            tries += 1
            if tries >= _TRIES_AT_ONE_PLACE:
                raise
            position, rows, trail = None, 0, Trail()
            continue
        if position is not None and position.offset and not (page.items and page.items[0].id in before):
            position, rows = None, 0
            continue
        if position is None:
            progress = _Progress()
        progress.check(page)
        emit([item for item in page.items if before.get(item.id) != item.raw])
        rows += len(page.items)
        if rows > furthest:
            furthest, tries = rows, 0
        if page.following is None:
            return
        position = trail.follow(page.following, after_rows=bool(page.items))
        before = {item.id: item.raw for item in page.items}


def _unseen(seen: set[str], emit: Emit) -> Emit:
    """Drop rows that were returned before."""

    def emit_new(items: list[Item]) -> None:
        fresh = [item for item in items if item.id not in seen]
        seen.update(item.id for item in fresh)
        emit(fresh)

    return emit_new
