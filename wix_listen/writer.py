"""Stores events in groups: whatever arrives during one commit is in the next one.

A commit waits for the disk, so groups are what makes many events a second possible. One thread writes, since a file of
SQLite has one writer. No request is answered before the commit of its event.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from wix_api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_events.log import Event, EventLog

logger = logging.getLogger("wix-listen")

BEAT_SECONDS = 60.0
_BEAT_SECONDS_WHILE_FAILING = 5.0
_MOST_IN_GROUP = 500
_MOST_WAITING = 5_000


class NotStoredError(Exception):
    """The event was not stored. Wix sends it again."""


class _Waiting(NamedTuple):
    event: Event
    loop: asyncio.AbstractEventLoop
    stored: asyncio.Future[None]


class Writer:
    """A thread that stores events, and writes down every minute that a receiver is running.

    Args:
        open_log: Opens the event log; again after each failure of the database.
        on_end: Called if an error ends the thread, so that no receiver runs without it.
        beat_seconds: Time between two marks that a receiver is running.
    """

    def __init__(
        self, open_log: Callable[[], EventLog], on_end: Callable[[], None], beat_seconds: float = BEAT_SECONDS
    ) -> None:
        self._open = open_log
        self._on_end = on_end
        self._beat_seconds = beat_seconds
        self._log: EventLog | None = None
        self._next_beat = time.monotonic()
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._is_stopping = False
        self._has_ended = False
        self._succeeded_at = time.monotonic()
        self.stored = 0
        self.failure = ""
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Store what is waiting, and end the thread."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        self._thread.join()

    @property
    def is_healthy(self) -> bool:
        """True if the database takes events, as far as the last attempts show."""
        return not (self.failure or self._has_ended) and time.monotonic() - self._succeeded_at < 3 * self._beat_seconds

    async def store(self, event: Event) -> None:
        """Return once an event is on disk.

        Raises:
            NotStoredError: Too many events are waiting, or the database failed.
        """
        loop = asyncio.get_running_loop()
        stored = loop.create_future()
        with self._changed:
            if self._has_ended or self._is_stopping:
                msg = "the receiver is stopping"
                raise NotStoredError(msg)
            if len(self._waiting) >= _MOST_WAITING:
                msg = f"{_MOST_WAITING:,} events are waiting for the database"
                raise NotStoredError(msg)
            self._waiting.append(_Waiting(event, loop, stored))
            self._changed.notify()
        await stored

    def _run(self) -> None:
        group: list[_Waiting] = []
        try:
            while group := self._next_group():
                self._store(group)
            self._attempt(lambda log: log.beat())
        finally:
            with self._changed:
                self._has_ended = True
                left = [*group, *self._waiting]
            self._settle(left, "the receiver is stopping")
            if not self._is_stopping:
                self._on_end()

    def _next_group(self) -> list[_Waiting]:
        """Wait for events, and return them; none at the end."""
        while True:
            with self._changed:
                if not (self._waiting or self._is_stopping):
                    self._changed.wait(max(0.0, self._next_beat - time.monotonic()))
                if time.monotonic() < self._next_beat and (self._waiting or self._is_stopping):
                    return [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_IN_GROUP))]
            if time.monotonic() >= self._next_beat:
                self._beat()

    def _beat(self) -> None:
        failure = self._attempt(self._beat_into)
        self._next_beat = time.monotonic() + (_BEAT_SECONDS_WHILE_FAILING if failure else self._beat_seconds)

    def _beat_into(self, log: EventLog) -> None:
        gap = log.beat()
        if gap is not None:
            logger.warning(
                "No receiver was running from %s to %s. Wix may not send the events of that time again: read all "
                "streams in full.",
                gap.began_at,
                gap.ended_at,
            )

    def _store(self, group: list[_Waiting]) -> None:
        failure = self._attempt(lambda log: log.append(each.event for each in group))
        if not failure:
            self.stored += len(group)
        self._settle(group, failure)

    def _attempt(self, work: Callable[[EventLog], object]) -> str:
        """Do something with the log, and return why it failed, "" if it did not."""
        try:
            if self._log is None:
                self._log = self._open()
            work(self._log)
        except SettingsError as error:
            failure = str(error)
            if failure != self.failure:
                logger.error("Events are answered with 503, and Wix sends them again: %s", failure)  # noqa: TRY400
            self._give_up_connection()
        else:
            failure = ""
            self._succeeded_at = time.monotonic()
            if self.failure:
                logger.warning("The database works again.")
        self.failure = failure
        return failure

    def _give_up_connection(self) -> None:
        """Begin with a new connection: the state of one that failed in a commit is unknown."""
        log, self._log = self._log, None
        if log is not None:
            log.close()

    @staticmethod
    def _settle(group: list[_Waiting], failure: str) -> None:
        def settle() -> None:
            for each in group:
                if not each.stored.done():  # its request may be gone
                    each.stored.set_exception(NotStoredError(failure)) if failure else each.stored.set_result(None)

        if group:
            group[0].loop.call_soon_threadsafe(settle)
