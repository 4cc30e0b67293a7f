"""Receivers that are killed while events stream in: whatever they answered with 200 is in the log, once."""

from __future__ import annotations

import http.client
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from random import Random
from typing import TYPE_CHECKING

import pytest

from sandbox_support.services import need
from tests.e2e.loaders import postgres
from tests.listen.process import Listener, listener, settings
from tests.listen.tokens import event_id, token
from wix_events.log import EventLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_SENDERS = 4


class Wix:
    """Sends numbered events until each is answered with 200, some of them twice and in another order.

    Args:
        numbers: The events.
        random: Decides what is repeated and swapped.
    """

    def __init__(self, numbers: Iterable[int], random: Random) -> None:
        self._left = list(numbers)
        self._left += random.sample(self._left, len(self._left) // 10)
        for place in range(0, len(self._left) - 9, 10):
            some = self._left[place : place + 10]
            random.shuffle(some)
            self._left[place : place + 10] = some
        self._left.reverse()
        self._lock = threading.Lock()
        self.acknowledged: set[int] = set()

    def send(self, port: int) -> None:
        """Send from several threads until all is sent, or the receiver is gone."""
        with ThreadPoolExecutor(_SENDERS) as pool:
            list(pool.map(self._send, [port] * _SENDERS))

    @property
    def is_done(self) -> bool:
        """True if every event was answered with 200."""
        return not self._left

    def _send(self, port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        try:
            while (number := self._next()) is not None:
                status = 0
                try:
                    connection.request("POST", "/events", token(number))
                    answer = connection.getresponse()
                    answer.read()
                    status = answer.status
                finally:
                    with self._lock:
                        if status == 200:
                            self.acknowledged.add(number)
                        else:
                            self._left.append(number)
        except (OSError, http.client.HTTPException):
            return
        finally:
            connection.close()

    def _next(self) -> int | None:
        with self._lock:
            return self._left.pop() if self._left else None


def logged(url: str, after: int = 0) -> list[str]:
    """Return the IDs of all events in a log."""
    log = EventLog(url)
    try:
        return [each.event.event_id for each in log.read(after, 1_000_000)]
    finally:
        log.close()


def check(url: str, folder: Path, seed: int, count: int, kills: int) -> None:
    """Send events to a receiver that is killed several times."""
    random = Random(seed)
    wix = Wix(range(count), random)
    for _ in range(kills):
        with listener(settings(folder, event_log=url), folder) as running, ThreadPoolExecutor(1) as pool:
            sending = pool.submit(wix.send, running.port)
            time.sleep(random.uniform(0, 0.3))
            running.kill()
            sending.result()
        found = logged(url)
        assert len(found) == len(set(found))
        assert {event_id(number) for number in wix.acknowledged} <= set(found)
    with listener(settings(folder, event_log=url), folder) as running:
        wix.send(running.port)
        running.stop()
    assert wix.is_done
    assert sorted(logged(url)) == sorted(event_id(number) for number in range(count))


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_receiver_loses_nothing_that_it_acknowledged(url: str, tmp_path: Path, seed: int) -> None:
    check(url, tmp_path, seed, count=300, kills=2)


@pytest.mark.services
def test_a_crash_of_postgresql_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    need(None if shutil.which("initdb") and shutil.which("psql") else "PostgreSQL (initdb, psql) is not installed")
    wix = Wix(range(1000), Random(1))
    with postgres(durable=True) as server, ThreadPoolExecutor(1) as pool:
        url = f"postgresql://wix@127.0.0.1:{server.port}/postgres"
        EventLog(url).close()
        with listener(settings(tmp_path, event_log=url), tmp_path) as running:
            sending = pool.submit(wix.send, running.port)
            for _ in range(3):
                time.sleep(0.3)
                server.crash()
            sending.result()
            said = running.stop()
        assert wix.is_done
        assert "Events are answered with 503" in said
        assert sorted(logged(url)) == sorted(event_id(number) for number in range(1000))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 140))
def test_many_killed_receivers_lose_nothing(tmp_path: Path, seed: int) -> None:
    check(f"sqlite:///{tmp_path / 'events.db'}", tmp_path, seed, count=3000, kills=8)


def share(url: str, folder: Path, count: int, *, kill: bool) -> None:
    """Send events to two receivers while two readers follow; if `kill`, one receiver is killed and replaced."""
    half, random = count // 2, Random(count)
    # The second receiver also gets a tenth of what the first one gets, as when Wix tries again.
    wixes = [Wix(range(half), random), Wix([*range(half, count), *range(0, half, 10)], random)]
    done = threading.Event()
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(6))
        stack.callback(done.set)
        readers = [pool.submit(follow, url, done.is_set, 100 + number) for number in range(2)]

        def receiver() -> Listener:
            return stack.enter_context(listener(settings(folder, event_log=url), folder))

        running = [receiver(), receiver()]
        sending = [pool.submit(wix.send, each.port) for wix, each in zip(wixes, running, strict=True)]
        if kill:
            time.sleep(0.3)
            running[0].kill()
            sending[0].result()
            wixes[0].send(receiver().port)
        for each in sending:
            each.result()
        done.set()
        read = [reader.result() for reader in readers]
    assert all(wix.is_done for wix in wixes)
    stored = logged(url)
    assert read == [stored] * 2
    assert sorted(stored) == sorted(event_id(number) for number in range(count))


def follow(url: str, is_done: Callable[[], bool], size: int) -> list[str]:
    """Read a log as a tap does: on and on after the last number, until a read after the end finds nothing."""
    log = EventLog(url)
    seen: list[str] = []
    after, is_last = 0, False
    while True:
        page = log.read(after, size)
        if is_last and not page:
            log.close()
            return seen
        is_last = is_done()
        seen += [each.event.event_id for each in page]
        after = page[-1].seq if page else after
        time.sleep(0.002)


def test_readers_see_what_two_receivers_store_in_the_same_order(url: str, tmp_path: Path) -> None:
    EventLog(url).close()
    share(url, tmp_path, 600, kill=False)


@pytest.mark.services
def test_a_receiver_that_is_killed_holds_neither_the_other_nor_readers_up(postgres_url: str, tmp_path: Path) -> None:
    EventLog(postgres_url).close()
    share(postgres_url, tmp_path, 2000, kill=True)


@pytest.mark.soak
def test_a_hundred_thousand_events_of_two_receivers_are_read_once(url: str, tmp_path: Path) -> None:
    EventLog(url).close()
    share(url, tmp_path, 100_000, kill=True)
