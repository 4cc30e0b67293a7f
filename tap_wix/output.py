"""Singer messages on stdout: in few writes, whole lines only, and a normal end if the reader leaves.

RECORD lines are buffered. They are written with the next message of another kind (a STATE covers them, so it must
follow them directly), when the buffer is full, and whenever the tap is about to wait for Wix: no line waits for the
network, and the first record is written as soon as its page is read.
"""

from __future__ import annotations

import logging
import select
import sys
import threading
import time
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from singer_sdk.contrib.msgspec import encoder
from singer_sdk.singerlib.encoding.base import GenericSingerWriter
from singer_sdk.singerlib.messages import Message
from typing_extensions import override

from wix_api.standard_streams import discard_output

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger("tap-wix")

MOST_HELD = 1 << 20
"""Maximum bytes of buffered lines, so that memory does not depend on the size of a page."""


class MessageWriter(GenericSingerWriter[bytes, Message]):
    """Writes messages; `end` neither cuts a line nor separates a page from its bookmark.

    Attributes:
        undivided: Lock of a thread for steps that `end` must not interrupt.
    """

    def __init__(self) -> None:
        self.undivided = threading.RLock()
        self._held: list[bytes] = []
        self._size = 0
        self._has_begun = False

    def end(self, state: Mapping[str, Any]) -> None:
        """Write the buffered lines, and a STATE if there were any messages; other threads write nothing after that.

        Another thread may be changing the state.

        Raises:
            OSError: Standard output cannot be written.
        """
        self.undivided.acquire()  # never released: the process ends
        if self._has_begun:
            # Encoding is a single C call, during which no other thread runs.
            self.write_lines(b'{"type":"STATE","value":%b}\n' % encoder.encode(state))
        self.flush()

    def write_lines(self, lines: bytes) -> None:
        """Buffer whole lines, which are written soon."""
        self._held.append(lines)
        self._size += len(lines)
        if self._size >= MOST_HELD:
            self.flush()

    def flush(self) -> None:
        """Write the buffered lines.

        Raises:
            OSError: Standard output cannot be written, as on a full disk.
        """
        if not self._held:
            return
        with self.undivided:
            lines = b"".join(self._held)
            self._held.clear()
            self._size = 0
            self._put(lines)

    def _put(self, lines: bytes) -> None:
        try:
            _write(lines)
        except BrokenPipeError:
            end_quietly()
        except OSError as error:
            discard_output()
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
        rest = rest[out.write(rest) :]  # unbuffered output (PYTHONUNBUFFERED) may accept only a part
    sys.stdout.flush()


def wait(seconds: float) -> None:
    """Wait, or end normally as soon as the reader of stdout leaves."""
    try:
        out = select.poll()
        out.register(sys.stdout.fileno(), 0)  # no event is asked for, so only an error ends the wait
        has_left = bool(out.poll(seconds * 1000))
    except (AttributeError, OSError):  # no such call on this system, or stdout is not a file
        time.sleep(seconds)
        return
    if has_left:
        end_quietly()


def end_quietly() -> None:
    """End normally after the reader of stdout has left, as in `tap-wix | head`."""
    logger.info("Standard output was closed by its reader, so the run ends.")
    discard_output()
    sys.exit(0)
