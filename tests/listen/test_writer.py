"""The thread that stores events: groups, limits, and what becomes of those that wait."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from tests.events.test_log import event, ids
from wix_api.errors import SettingsError
from wix_events.log import EventLog
from wix_listen import writer as writing
from wix_listen.writer import NotStoredError, Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from wix_events.log import Event


class Disk:
    """What a log writes to: each commit waits to be let through, and fails while the disk is full."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_full = False
        self.may_go = threading.Semaphore(0)
        self.groups: list[int] = []

    def log(self) -> EventLog:
        """Open the log."""
        return _SlowLog(self)


class _SlowLog(EventLog):
    def __init__(self, disk: Disk) -> None:
        super().__init__(disk.url)
        self._disk = disk

    @override
    def append(self, events: Iterable[Event]) -> None:
        rows = list(events)
        self._disk.groups.append(len(rows))
        self._disk.may_go.acquire()
        if self._disk.is_full:
            msg = "the disk is full"
            raise SettingsError(msg)
        super().append(rows)


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(f"sqlite:///{tmp_path / 'events.db'}")


@pytest.fixture
def writer(disk: Disk) -> Iterator[Writer]:
    made = Writer(disk.log, lambda: None)
    made.start()
    yield made
    disk.may_go.release(1000)
    made.stop()


async def until(condition: Callable[[], Any]) -> None:
    while not condition():  # noqa: ASYNC110 - of another thread
        await asyncio.sleep(0.001)


def test_what_arrives_during_a_commit_is_stored_by_the_next_one(disk: Disk, writer: Writer) -> None:
    async def send() -> None:
        first = asyncio.create_task(writer.store(event("0")))
        await until(lambda: disk.groups)
        others = [asyncio.create_task(writer.store(event(str(number)))) for number in range(1, 50)]
        await until(lambda: len(writer._waiting) == 49)
        assert not any(each.done() for each in (first, *others))
        disk.may_go.release(2)
        await asyncio.gather(first, *others)

    asyncio.run(send())
    assert disk.groups == [1, 49]
    assert ids(EventLog(disk.url)) == [str(number) for number in range(50)]
    assert writer.stored == 50


def test_a_group_that_fails_is_not_acknowledged(disk: Disk, writer: Writer, caplog: pytest.LogCaptureFixture) -> None:
    async def send() -> None:
        disk.is_full = True
        disk.may_go.release(2)
        for name in ("a", "b"):
            with pytest.raises(NotStoredError):
                await writer.store(event(name))
        assert not writer.is_healthy
        disk.is_full = False
        disk.may_go.release(1)
        await writer.store(event("b"))

    asyncio.run(send())
    assert ids(EventLog(disk.url)) == ["b"]
    assert writer.is_healthy
    assert caplog.text.count("the disk is full") == 1


def test_more_than_fits_the_queue_is_not_taken(disk: Disk, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_MOST_WAITING", 3)

    async def send() -> None:
        first = asyncio.create_task(writer.store(event("0")))
        await until(lambda: disk.groups)
        waiting = [asyncio.create_task(writer.store(event(str(number)))) for number in range(1, 4)]
        await until(lambda: len(writer._waiting) == 3)
        with pytest.raises(NotStoredError, match="are waiting for the database"):
            await writer.store(event("4"))
        disk.may_go.release(2)
        await asyncio.gather(first, *waiting)

    asyncio.run(send())
    assert ids(EventLog(disk.url)) == ["0", "1", "2", "3"]


def test_what_waits_at_the_end_is_stored(disk: Disk, tmp_path: Path) -> None:
    writer = Writer(disk.log, lambda: None)
    writer.start()

    async def send() -> None:
        tasks = [asyncio.create_task(writer.store(event(str(number)))) for number in range(5)]
        await until(lambda: disk.groups)
        stopping = asyncio.create_task(asyncio.to_thread(writer.stop))
        await until(lambda: writer._is_stopping)
        with pytest.raises(NotStoredError, match="stopping"):
            await writer.store(event("late"))
        disk.may_go.release(10)
        await asyncio.gather(stopping, *tasks)

    asyncio.run(send())
    assert ids(EventLog(disk.url)) == [str(number) for number in range(5)]


def test_a_request_that_is_gone_does_not_hold_others_up(disk: Disk, writer: Writer) -> None:
    async def send() -> None:
        gone = asyncio.create_task(writer.store(event("gone")))
        await until(lambda: disk.groups)
        gone.cancel()
        disk.may_go.release(2)
        await writer.store(event("b"))

    asyncio.run(send())
    assert ids(EventLog(disk.url)) == ["gone", "b"]


def test_a_receiver_is_marked_as_running_while_nothing_comes(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    beats = threading.Semaphore(0)
    beat = EventLog.beat

    def counted(log: EventLog) -> None:
        beat(log)
        beats.release()

    monkeypatch.setattr(EventLog, "beat", counted)
    writer = Writer(disk.log, lambda: None, beat_seconds=0.01)
    writer.start()
    for _ in range(3):
        beats.acquire()
    writer.stop()
    assert disk.log()._database.ask("SELECT alive_at IS NULL FROM wix_event_log") == [(0,)]
