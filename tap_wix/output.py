"""Singer messages on stdout: in few writes, whole lines only, and a quiet end without a reader.

RECORD lines are collected. They leave with the next message of another kind (a STATE tells what was written, so it
must follow it at once), when much has come together, and whenever the tap is about to wait for Wix: no line waits for
the network, and the first record is out as soon as its page is read.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from singer_sdk.contrib.msgspec import encoder
from singer_sdk.singerlib.encoding.base import GenericSingerWriter
from singer_sdk.singerlib.messages import Message
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger("tap-wix")

MOST_HELD = 1 << 20
"""Bytes of lines that are held back at most, so that memory does not follow the size of a page."""


class MessageWriter(GenericSingerWriter[bytes, Message]):
    """Writes messages; `end` neither cuts a line in two nor separates a page from its bookmark.

    Attributes:
        undivided: Held by a thread while it does what `end` must not come in between of.
    """

    def __init__(self) -> None:
        self.undivided = threading.RLock()
        self._held: list[bytes] = []
        self._size = 0
        self._has_begun = False

    def end(self, state: Mapping[str, Any]) -> None:
        """Write the lines that are held, and a STATE if there were any messages; other threads write nothing any more.

        Args:
            state: The state, which another thread may be changing.

        Raises:
            OSError: Standard output cannot be written.
        """
        self.undivided.acquire()  # for good: the process ends
        if self._has_begun:
            # Encoding is one call of C, during which no other thread runs.
            self.write_lines(b'{"type":"STATE","value":%b}\n' % encoder.encode(state))
        self.flush()

    def write_lines(self, lines: bytes) -> None:
        """Buffer whole lines, which are written soon."""
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
        with self.undivided:
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
        # Not `to_dict`: it copies whole schemas, one member at a time, which took a third of a small run.
        members = ((each.name, getattr(message, each.name)) for each in fields(message))
        return encoder.encode({name: value for name, value in members if value is not None}) + b"\n"

    @override
    def write_message(self, message: Message) -> None:
        with self.undivided:
            self._has_begun = True
            self.write_lines(self.format_message(message))
            self.flush()


def _write(lines: bytes) -> None:
    out = sys.stdout.buffer  # looked up each time: tests and embedding programs put other streams in its place
    rest = memoryview(lines)
    while rest:
        rest = rest[out.write(rest) :]  # unbuffered output (PYTHONUNBUFFERED) may take less than it is given
    sys.stdout.flush()


def end_quietly() -> None:
    """End as a filter does whose reader had enough, like `tap-wix | head`."""
    logger.info("The reader of stdout is gone; stopping.")
    _let_go()
    sys.exit(0)


def _let_go() -> None:
    """Send what Python still holds for stdout nowhere, or the interpreter complains at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
