"""The messages of many sites on one standard output.

Each site has a writer of its own, whose whole lines are passed on under a lock. A STATE message has the parts of all
sites, each as of lines that were written before. It is large, so it is written less often than a run of one site does.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib import SchemaMessage, StateMessage
from typing_extensions import override

from tap_wix.output import MessageWriter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.singerlib.messages import Message

    from tap_wix.sites.state import Record, SitesState

_BYTES_A_SECOND = 200_000
"""Average size of the STATE messages of a second."""
_SHORTEST_SECONDS = 1.0
_LONGEST_SECONDS = 30.0


class SharedOutput:
    """Standard output, and the state of all sites."""

    def __init__(self, state: SitesState, writer: MessageWriter) -> None:
        self.state = state
        self.failure: BaseException | None = None
        """Why standard output cannot be written any more."""
        self._writer = writer
        self._lock = threading.RLock()
        self._schemas: set[str] = set()
        self._due_at = float("-inf")
        self._is_stale = True

    def write(self, lines: bytes) -> None:
        """Write whole lines.

        Raises:
            OSError: Standard output cannot be written.
            SystemExit: Its reader has left.
        """
        with self._lock:
            if self.failure is not None:
                raise self.failure
            try:
                self._writer.write_lines(lines)
                self._writer.flush()
            except BaseException as error:  # also the end of a reader: no other site may write after it
                self.failure = error
                raise

    def write_schema(self, message: SchemaMessage) -> None:
        """Write the SCHEMA message of a stream, once for all sites."""
        with self._lock:
            if message.stream not in self._schemas:
                self._schemas.add(message.stream)
                self.write(self._writer.format_message(message))

    def move(self, site: str, state: Mapping[str, Any]) -> None:
        """Record the bookmarks of a site, whose records are written, and write a STATE message if it is due."""
        with self._lock:
            self.state.move(site, state)
            self._is_stale = True
            self.write_due_state()

    def note(self, site: str, record: Record) -> None:
        """Record what is known about a site."""
        with self._lock:
            self.state.note(site, record)
            self._is_stale = True

    def write_due_state(self) -> None:
        """Write a STATE message if enough time has passed since the last one."""
        if time.monotonic() >= self._due_at:
            self.write_state()

    def write_state(self) -> None:
        """Write a STATE message, unless the last one is the same."""
        with self._lock:
            if not self._is_stale:
                return
            line = b'{"type":"STATE","value":%b}\n' % self.state.text
            self.write(line)
            wait = min(max(len(line) / _BYTES_A_SECOND, _SHORTEST_SECONDS), _LONGEST_SECONDS)
            self._due_at = time.monotonic() + wait
            self._is_stale = False

    def stop(self) -> None:
        """Write a last STATE message; no thread writes anything after that."""
        self._lock.acquire()  # never released: the process ends
        self.write_state()


class SiteWriter(MessageWriter):
    """Writes the messages of one site. `lines` is the number of its RECORD messages."""

    def __init__(self, output: SharedOutput, site: str) -> None:
        super().__init__()
        self.lines = 0
        self._output = output
        self._site = site

    @override
    def write_lines(self, lines: bytes) -> None:
        self.lines += lines.count(b"\n")
        super().write_lines(lines)

    @override
    def _put(self, lines: bytes) -> None:
        self._output.write(lines)

    @override
    def write_message(self, message: Message) -> None:
        with self.undivided:
            if isinstance(message, StateMessage):
                self.flush()
                self._output.move(self._site, message.value)
            elif isinstance(message, SchemaMessage):
                self._output.write_schema(message)
            else:
                self._output.write(self.format_message(message))

    @override
    def end(self, state: Mapping[str, Any]) -> None:
        self.undivided.acquire()  # never released: the process ends
        self.flush()
        self._output.move(self._site, state)
