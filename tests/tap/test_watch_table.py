"""Each row of the table of watches in docs/events.md, on both catalogs: by webhook, by automation, by poll."""

from __future__ import annotations

import io
import re
import threading
from contextlib import contextmanager, redirect_stdout
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from sandbox_support.api import running
from sandbox_support.hooked import everything
from tap_wix.tap import TapWix
from tap_wix.watches import WATCHES
from tests.docs.pages import ROOT
from tests.shops import config
from tests.tap.killing.changing import PURCHASED, ChangingShop
from tests.tap.killing.warehouse import Warehouse
from tests.tap.runs import catalog_of, parse
from tests.tap.test_follow import EndedError
from tests.tap.webhooks import Webhooks, hint
from wix_events.log import EventLog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox_support.api import Api

_CODE = re.compile(r"`([\w-]+)`")
POLL = 15 * 60
UNCOUNTED = {"carts", "checkouts", "order_transactions"}
"""Streams with rows that `ChangingShop` does not expect: Wix has transactions of orders without payments."""


class Row(NamedTuple):
    """A row of the table."""

    watch: str
    streams: tuple[str, ...]
    events: frozenset[str]
    hints: tuple[str, ...]
    otherwise: str


def table(catalog: str) -> list[Row]:
    """Read the table for one catalog: `V3 …; V1 …` has the events of each."""
    page = (ROOT / "docs" / "events.md").read_text()
    part = page.partition("### Watch for changes")[2].partition("###")[0]
    rows = []
    for line in part.splitlines():
        if line.startswith("| ") and not line.startswith(("| Watch", "| ---")):
            watch, streams, events, hints, otherwise = (cell.strip() for cell in line.strip("|").split("|"))
            by_catalog = dict(re.findall(r"(V[13]) ([^;]+)", events)) or {catalog.upper(): events}
            names = frozenset(_CODE.findall(by_catalog[catalog.upper()]))
            rows.append(Row(watch, tuple(_CODE.findall(streams)), names, tuple(_CODE.findall(hints)), otherwise))
    return rows


def knows(stream: str, trigger: str) -> bool:
    """True if the call of an automation makes a stream be read."""
    return any(watch.type == f"automation/{trigger}" for watch in WATCHES.get(stream, ()))


class Follower:
    """`tap-wix --follow` in a thread, which looks at the event log when it is told to, and a warehouse behind it."""

    def __init__(self, api: Api, catalog: str, folder: Path, streams: set[str]) -> None:
        self.site, self.streams = api.site, streams
        url = f"sqlite:///{folder / 'events.db'}"
        self.log = EventLog(url)
        self.shop = ChangingShop(api.site.site, catalog, Random(catalog), 5, is_lifted=catalog == "v1", steps_ms=(0,))
        conversations = api.site.site.store.ids("inbox_conversations")
        self._config = config(api.site, event_log=url, conversation_ids=conversations, change_log=f"{url}.changes")
        self.messages: list[dict[str, Any]] = []
        self.warehouse = Warehouse()
        self.seconds = 0.0
        self._go, self._idle = threading.Semaphore(0), threading.Semaphore(0)
        self._has_ended = False
        self._written = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        self._place = 0

    def _pause(self, _seconds: float) -> None:
        self._idle.release()
        self._go.acquire()
        if self._has_ended:
            raise EndedError

    def _follow(self, tap: TapWix) -> None:
        try:
            tap.follow(self._pause, lambda: self.seconds)
        except (EndedError, SystemExit):
            self._idle.release()

    @contextmanager
    def running(self) -> Iterator[None]:
        tap = TapWix(config=self._config, catalog=catalog_of(self._config, tuple(self.streams)))
        with redirect_stdout(self._written):
            thread = threading.Thread(target=self._follow, args=(tap,))
            thread.start()
            self._idle.acquire()
            self.load()
            try:
                yield
            finally:
                self._has_ended = True
                self._go.release()
                thread.join()

    def load(self) -> None:
        """Load what was written since the last call."""
        self._written.flush()
        text = self._written.buffer.getvalue()[self._place :]
        self._place += len(text)
        new = parse(text.decode())
        self.messages += new
        self.warehouse.load(new)

    def look(self) -> None:
        """Read the event log with the tap."""
        self._go.release()
        self._idle.acquire()
        self.load()

    def losses(self, streams: set[str]) -> list[str]:
        """Return a line for each row of some streams that is not in the warehouse as it is in the shop."""
        return self.shop.losses(self.messages, streams)

    def purchases(self) -> dict[str, set[str]]:
        """Return the ids of the carts and checkouts in the shop."""
        return {kind: set(self.site.site.store.ids(kind)) for kind in PURCHASED}

    def strangers(self, streams: set[str]) -> list[str]:
        """Return a line for each row of some streams that is not in the shop."""
        there = self.shop.expected()
        return [
            f"{stream} {key} is not in the shop"
            for stream in streams & there.keys() - UNCOUNTED
            for key in self.warehouse.rows[stream]
            if key not in there[stream]
        ]


@pytest.fixture(params=["v1", "v3"])
def catalog(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def api(catalog: str) -> Iterator[Api]:
    with contextmanager(running)(catalog=catalog, size=10) as found:
        yield found


@pytest.mark.either_catalog
def test_a_row_comes_with_its_webhook(catalog: str, api: Api, tmp_path: Path) -> None:
    rows = [row for row in table(catalog) if row.events]
    follower = Follower(api, catalog, tmp_path, {stream for row in rows for stream in row.streams})
    webhooks, seen = Webhooks(api.site, follower.log), set[str]()

    before = follower.purchases()

    def raises(*expected: str) -> None:
        webhooks.deliver()
        follower.look()
        for stream, ids in follower.purchases().items():
            # The tap does not know the open carts of the start: Wix lists no carts, and no order names these.
            held = {key[0] for key in follower.warehouse.rows[stream]}
            assert held - before[stream] == ids - before[stream], (stream, expected)
        for row in rows:
            if row.events.intersection(expected):
                streams = set(row.streams)
                assert follower.losses(streams) + follower.strangers(streams) == [], (row.watch, expected)
                seen.add(row.watch)

    with follower.running():
        everything(api, raises)
    assert seen == {row.watch for row in rows}


@pytest.mark.either_catalog
def test_a_row_comes_with_its_automation_or_with_the_next_poll(catalog: str, api: Api, tmp_path: Path) -> None:
    rows = table(catalog)
    follower = Follower(api, catalog, tmp_path, {stream for row in rows for stream in row.streams})
    shop = follower.shop
    with follower.running():
        for row in rows:
            shop.wanted = {"orders" if set(row.streams) & {"carts", "fulfillments"} else each for each in row.streams}
            for _ in range(4):
                shop.change()
            if row.hints:
                follower.log.append(map(hint, row.hints))
                follower.look()
                read = {stream for stream in row.streams if knows(stream, row.hints[0])}
                assert follower.losses(read) == [], row.watch
        follower.seconds += POLL
        follower.look()
        assert follower.losses(follower.streams) == []
