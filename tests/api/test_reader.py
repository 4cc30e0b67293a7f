"""The reader's threads, over a shelf and over the queries of a site."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.api.shelves import Shelf, View, lost, until_now
from tests.shops import config, shop
from wix_api.endpoints import contacts, ecom, stores_v1, stores_v3
from wix_api.errors import SettingsError, UnavailableError
from wix_api.reading import Collection, Held, Page, Position, Window, Windows, in_order, read
from wix_api.retry import RetryPolicy
from wix_api.settings import connect

if TYPE_CHECKING:
    from tests.api.conftest import Server

LOCK = threading.Lock()


class Locked(View):
    """A shelf that threads may share."""

    def fetch(self, window: Window, position: Position | None = None) -> Page:
        with LOCK:
            return super().fetch(window, position)


@pytest.fixture(autouse=True)
def no_reader_stays_behind() -> Iterator[None]:
    before = set(threading.enumerate())  # a tap that another test killed may have left one
    yield
    for thread in set(threading.enumerate()) - before:
        if thread.name == "wix-reader":
            thread.join(10)
            assert not thread.is_alive()


def shelf_of(rows: int) -> Shelf:
    return Shelf({f"r{n:05d}": (n // 3, 0, 0) for n in range(rows)})


def windows_of(shelf: Shelf) -> Windows:
    return Windows(until_now(shelf), lambda: 4)


def test_one_reader_returns_the_same_pages_as_reading_without_threads() -> None:
    view = Locked(shelf_of(500), 7, "cursor")
    assert list(read(view)) == list(in_order(view))


def test_four_readers_lose_nothing_of_a_shop_that_changes() -> None:
    shelf = shelf_of(3000)
    shelf.changes = [(7, ("touch", "delete", "insert", "bulk")[n % 4], n * 37) for n in range(40)]
    items = [item for page in read(Locked(shelf, 7, "cursor"), None, windows_of(shelf)) for item in page]
    assert not lost(shelf, items)
    assert [item.key for item in items] == sorted(item.key for item in items)


class Broken(Locked):
    """Breaks at its 100th row."""

    def fetch(self, window: Window, position: Position | None = None) -> Page:
        page = super().fetch(window, position)
        if any(item.id == "r00100" for item in page.items):
            message = "broken"
            raise ValueError(message)
        return page


def test_an_error_arrives_after_the_pages_before_it() -> None:
    reader = read(Broken(shelf_of(500), 7, "cursor"))
    with pytest.raises(ValueError, match="broken"):
        arrived = [next(reader) for _ in range(100)]
    arrived = []
    with pytest.raises(ValueError, match="broken"):
        arrived.extend(read(Broken(shelf_of(500), 7, "cursor")))
    assert len(arrived) > 10


@pytest.mark.parametrize("started", [0, 1, 2, 3])
def test_a_reader_that_cannot_be_started_ends_the_reading(started: int, monkeypatch: pytest.MonkeyPatch) -> None:
    start, number = threading.Thread.start, itertools.count()

    def limited(thread: threading.Thread) -> None:
        if next(number) >= started:
            message = "can't start new thread"
            raise RuntimeError(message)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    shelf = shelf_of(3000)
    with pytest.raises(SettingsError, match="No further thread can be started"):
        list(read(Locked(shelf, 7, "cursor"), None, windows_of(shelf)))


class Cut(Locked):
    """A shelf that answers a few requests."""

    def fetch(self, window: Window, position: Position | None = None) -> Page:
        if self.shelf.requests >= 60 and not position:
            message = "cut"
            raise UnavailableError(message)
        return super().fetch(window, position)


def test_rows_of_a_reading_that_failed_no_longer_count_among_those_that_wait() -> None:
    shelf, held = shelf_of(20_000), Held(1 << 30)
    with pytest.raises(UnavailableError) as caught:
        list(read(Cut(shelf, 7, "cursor"), None, replace(windows_of(shelf), shared=held)))
    assert caught.value.__traceback__ is not None  # refers to the reading
    assert held.total == 0


@pytest.mark.parametrize("end", [lambda reader: reader.close(), lambda _reader: None], ids=["closed", "forgotten"])
def test_a_consumer_that_stops_early_ends_the_threads(end: Callable) -> None:
    shelf = shelf_of(20_000)
    reader = read(Locked(shelf, 7, "cursor"), None, windows_of(shelf))
    for _ in range(20):
        next(reader)
    end(reader)
    del reader
    assert shelf.requests < 1000


def test_a_closed_reading_is_over() -> None:
    reader = read(Locked(shelf_of(500), 7, "cursor"))
    next(reader)
    reader.close()
    assert len(list(reader)) <= 3


QUERIES = {
    "orders": ("v3", replace(ecom.ORDERS, page_size=3)),
    "contacts": ("v3", replace(contacts.CONTACTS, page_size=3)),
    "products": ("v3", replace(stores_v3.PRODUCTS, page_size=2)),
    "products of V1": ("v1", replace(stores_v1.PRODUCTS, page_size=2)),
}


class Crowd(Collection):
    """Rows of a query that count how many requests are under way at once."""

    def __init__(self, rows: Collection) -> None:
        self.rows = rows
        self.under_way = self.most = 0

    def fetch(self, window: Window, position: Position | None = None) -> Page:
        with LOCK:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        try:
            return self.rows.fetch(window, position)
        finally:
            with LOCK:
                self.under_way -= 1

    def after(self, key: str) -> str | None:
        return self.rows.after(key)

    def within(self, key: str) -> Collection | None:
        return self.rows.within(key)

    def place(self, key: str) -> int | None:
        return self.rows.place(key)

    def key_at(self, place: int) -> str:
        return self.rows.key_at(place)


@pytest.mark.usefixtures("over_sockets")
@pytest.mark.parametrize("name", QUERIES)
def test_windows_read_the_same_rows_as_one_reader(name: str) -> None:
    catalog, query = QUERIES[name]
    client = connect(config(shop(catalog)), user_agent="tests")
    rows = Crowd(query.rows(client))
    alone = [item for page in in_order(rows) for item in page]
    together = [item for page in read(rows, None, Windows(lambda: client.settled, lambda: 4)) for item in page]
    assert [item.raw for item in together] == [item.raw for item in alone]
    assert rows.most > 1


def test_a_closed_reading_repeats_no_call(server: Server) -> None:
    page = {"orders": [{"id": "1", "updatedDate": "2024-05-01T00:00:00Z"}], "metadata": {"cursors": {"next": "n"}}}
    server.script = lambda _asked, number: (200, page) if number == 1 else (503, {})
    taken, slept = threading.Event(), threading.Event()

    def sleep(_seconds: float) -> None:
        assert taken.wait(10)
        reading.close()
        slept.set()

    reading = read(ecom.ORDERS.rows(server.client(RetryPolicy(sleep=sleep))))
    next(reading)
    taken.set()
    assert slept.wait(10)
    for thread in threading.enumerate():
        if thread.name == "wix-reader":
            thread.join(10)
    assert len(server.asked) == 2
