"""Reads a whole collection in key order, while it changes underneath, one page ahead of its consumer.

How it stays right. Rows are asked for in ascending order of a key (`updatedDate`). Each page starts at the last key of
the page before it (`>=`, not `>`), and rows of that key that were given already are dropped. So a row that is
changed while the reading goes on moves behind the reader and is met again; one that is deleted moves nothing, since no
page is found by counting rows. Rows that share one key are a *tie*; bulk writes make long ones. A tie that fills a
page alone would make the next page the same page, so it is read on its own: ordered by a second key where the
collection has one, otherwise by the collection's own continuation (cursor or offset); the reading goes on behind it.

How it hides latency. Pages are fetched by a thread that stays one page ahead; the consumer alone decides what happens
to rows, in key order. This module knows nothing of Singer and nothing of JSON.
"""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar, cast

from wix_api.errors import UnexpectedResponseError

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


class Item(NamedTuple):
    """One row: its id, its key as text whose order is the collection's order, and its bytes as they came."""

    id: str
    key: str
    raw: bytes


@dataclass(frozen=True)
class Window:
    """A part of the key range: from `low` (inclusive) to `high` (exclusive); None is open."""

    low: str | None = None
    high: str | None = None


@dataclass(frozen=True)
class Position:
    """Where a continuation goes on: a cursor, or an offset that repeats the last row as a check on moved rows."""

    cursor: str = ""
    offset: int = 0


@dataclass(frozen=True)
class Page:
    """Rows in order, and where the window goes on, or None at its end."""

    items: list[Item] = field(default_factory=list)
    following: Position | None = None


class Collection(Protocol):
    """What can be read: pages of a window in key order."""

    def fetch(self, window: Window, position: Position | None = None) -> Page:
        """Get a page of a window: its first one, or the one at a position of an earlier page."""

    def after(self, key: str) -> str | None:
        """Give the smallest key behind this one, or None where keys are unique and no such key can be named."""

    def within(self, key: str) -> Collection | None:
        """Give the rows of one key, ordered by a second key, or None if there is no second key."""

    @property
    def ordered(self) -> bool:
        """Whether it can be asked for in the order of a key; if not, it is read by its own continuation."""
        return True


def read(collection: Collection, low: str | None = None) -> Iterator[list[Item]]:
    """Read from a key on, in key order, each row at its last version at least once; pages are fetched ahead.

    A row that changes while the collection is read may be given twice, the later version last.
    """
    return ahead(in_order(collection, low))


def in_order(collection: Collection, low: str | None = None) -> Iterator[list[Item]]:
    """Read without fetching ahead: see the module's description."""
    if not collection.ordered:
        yield from _unseen(_walk(collection, Window()), set())
        return
    seen: set[str] = set()
    while True:
        page = _first_page(collection, Window(low))
        fresh = [item for item in page.items if item.key != low or item.id not in seen]
        if fresh:
            yield fresh
        if page.following is None:
            return
        last = page.items[-1].key
        _check_order(collection, low, last)
        if page.items[0].key != last:
            seen = {item.id for item in page.items if item.key == last}
            low = last
            continue
        seen = {item.id for item in page.items} | (seen if last == low else set())
        yield from _unseen(_tie(collection, last), seen)
        low = collection.after(last)
        if low is None:
            return
        seen = set()


def _check_order(collection: Collection, low: str | None, last: str) -> None:
    """Refuse pages that go back: a server that ignores the sort would be read for ever.

    Only where keys can be compared here; the order of ids is the server's own affair.
    """
    if low is not None and last < low and collection.after(last) is not None:
        msg = f"Rows came out of order: {last} after {low}. The server did not sort as it was asked to."
        raise UnexpectedResponseError(msg)


def _first_page(collection: Collection, window: Window) -> Page:
    """Get the first page that holds a row. Wix may answer an empty page and still name a next one."""
    page = collection.fetch(window)
    while not page.items and page.following is not None:
        page = collection.fetch(window, page.following)
    return page


def _tie(collection: Collection, key: str) -> Iterator[list[Item]]:
    """Read all rows of one key, or, where keys are unique, all rows from that key on."""
    inner = collection.within(key)
    if inner is not None:
        return in_order(inner)
    return _walk(collection, Window(key, collection.after(key)))


def _walk(collection: Collection, window: Window) -> Iterator[list[Item]]:
    """Follow a window's own continuation.

    An offset counts rows, so a row that leaves the window shifts the rest and one would be missed. Each further page
    therefore starts with the last row of the page before; if another row or none stands there, the walk starts over.
    """
    seen: set[str] = set()
    position: Position | None = None
    while True:
        page = collection.fetch(window, position)
        if position is not None and position.offset and _shifted(page, seen):
            position = None
            continue
        seen.update(item.id for item in page.items)
        yield page.items
        if page.following is None:
            return
        position = page.following


def _shifted(page: Page, seen: set[str]) -> bool:
    return not page.items or page.items[0].id not in seen


def _unseen(pages: Iterator[list[Item]], seen: set[str]) -> Iterator[list[Item]]:
    for items in pages:
        fresh = [item for item in items if item.id not in seen]
        seen.update(item.id for item in fresh)
        if fresh:
            yield fresh


class _Failure(NamedTuple):
    error: BaseException


_END = object()


class _Ahead(Generic[T]):
    """An iterator in a thread of its own, and the queue between it and its consumer."""

    def __init__(self, pages: Iterator[T], depth: int) -> None:
        self._pages = pages
        self._ready: queue.Queue[object] = queue.Queue(maxsize=depth)
        self._stopped = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._fetch, name="wix-reader", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def take(self) -> object:
        return self._ready.get()

    def _fetch(self) -> None:
        try:
            for page in self._pages:
                if not self._put(page):
                    return
            self._put(_END)
        except BaseException as error:  # noqa: BLE001 - handed to the consumer, which raises it
            self._put(_Failure(error))

    def _put(self, entry: object) -> bool:
        while not self._stopped.is_set():
            try:
                self._ready.put(entry, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False


def ahead(pages: Iterator[T], depth: int = 1) -> Iterator[T]:
    """Run an iterator in a thread that stays `depth` pages ahead; its errors arrive in their place."""
    work = _Ahead(pages, depth)
    work.start()
    try:
        while (entry := work.take()) is not _END:
            if isinstance(entry, _Failure):
                raise entry.error
            yield cast("T", entry)
    finally:
        work.stop()
