"""Singer messages on stdout: in few writes, whole lines only whatever signal arrives, and a quiet end without a reader.

RECORD lines are collected. They leave with the next message of another kind (a STATE tells what was written, so it
must follow it at once), when much has come together, and whenever the tap is about to wait for Wix: no line waits for
the network, and the first record is out as soon as its page is read.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from singer_sdk.contrib.msgspec import encoder
from singer_sdk.singerlib.encoding.base import GenericSingerWriter
from singer_sdk.singerlib.messages import Message
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

logger = logging.getLogger("tap-wix")

MOST_HELD = 1 << 20
"""Bytes of lines that are held back at most, so that memory does not follow the size of a page."""


class MessageWriter(GenericSingerWriter[bytes, Message]):
    """Writes messages so that a signal never cuts a line in two, nor a page from its bookmark."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._size = 0
        self._busy = 0
        self._postponed: Callable[[], None] | None = None

    @contextmanager
    def undivided(self) -> Iterator[None]:
        """Let no signal in between: what `when_idle` was given meanwhile is done at the end."""
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
        if self._postponed is not None and not self._busy:
            action, self._postponed = self._postponed, None
            action()

    def when_idle(self, action: Callable[[], None]) -> None:
        """Do something now, or, within something undivided, right after it."""
        if self._busy:
            self._postponed = action
        else:
            action()

    def write_lines(self, lines: bytes) -> None:
        """Take whole lines, to be written soon."""
        self._held.append(lines)
        self._size += len(lines)
        if self._size >= MOST_HELD:
            self.flush()

    def flush(self) -> None:
        """Write what is held.

        Raises:
            OSError: Standard output cannot be written, as on a full disk.
        """
        if not self._held:
            return
        with self.undivided():
            lines = b"".join(self._held)
            self._held.clear()
            self._size = 0
            try:
                _write(lines)
            except BrokenPipeError:
                end_quietly()
            except OSError as error:
                _let_go()
                msg = f"Standard output cannot be written: {error.strerror}. Run it again with the last state."
                raise OSError(msg) from None

    @override
    def serialize_message(self, message: Message) -> bytes:
        return encoder.encode(message.to_dict()) + b"\n"

    @override
    def write_message(self, message: Message) -> None:
        with self.undivided():
            self.write_lines(self.format_message(message))
            self.flush()


def _write(lines: bytes) -> None:
    out = sys.stdout.buffer  # looked up each time: tests and embedding programs put other streams in its place
    rest = memoryview(lines)
    while rest:
        # A signal while the pipe is full makes Python take less than it was given, and say so.
        rest = rest[out.write(rest) :]
    sys.stdout.flush()


def end_quietly() -> None:
    """End as a filter does whose reader had enough, like `tap-wix | head`."""
    logger.info("The reader of stdout is gone; stopping.")
    _let_go()
    sys.exit(0)


def _let_go() -> None:
    """Send what Python still holds for stdout nowhere, or the interpreter complains at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
