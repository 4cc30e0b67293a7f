"""A stdout that ends at a chosen line: how the reader of a killed program sees it."""

from __future__ import annotations

import logging
import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator


IN_MEMORY = next((path for path in ("/dev/shm",) if Path(path).is_dir()), None)
"""Where syncing a file costs nothing."""


class Killed(BaseException):
    """The process is gone. No handler of the program may see this as an error of its work."""


class Output:
    """What takes the place of `sys.stdout`.

    Args:
        at: Line at which the end comes, from 1; 0 for never.
        way: `kill` cuts the line after it somewhere and takes nothing more; `term` sends SIGTERM and goes on taking
            what the program writes at its end; `pipe` is a reader who had enough.
        cut: Share of the next line that still gets through a kill.
    """

    def __init__(self, at: int, way: str, cut: float) -> None:
        self.dead = False
        self._at = at
        self._way = way
        self._cut = cut
        self._text = bytearray()
        self._lines = 0
        self._nowhere = os.open(os.devnull, os.O_WRONLY)

    @property
    def buffer(self) -> Output:
        return self

    def fileno(self) -> int:
        return self._nowhere

    def close(self) -> None:
        os.close(self._nowhere)

    def flush(self) -> None:
        """Nothing is held back here."""

    def kill(self) -> None:
        """End the process now, whatever it does."""
        self.dead = True
        raise Killed

    def write(self, data: bytes | memoryview | str) -> int:
        if self.dead:
            raise Killed
        data = data.encode() if isinstance(data, str) else bytes(data)
        for line in data.splitlines(keepends=True):
            if self._at and self._lines >= self._at:
                self._end(line)
            self._text += line
            self._lines += line.endswith(b"\n")
        return len(data)

    def _end(self, line: bytes) -> None:
        if self._way == "term":
            self._at = 0
            signal.raise_signal(signal.SIGTERM)
        elif self._way == "pipe":
            raise BrokenPipeError
        else:
            self._text += line[: int(len(line) * self._cut)]
            self.kill()

    def messages(self) -> list[dict[str, Any]]:
        """What whole lines say; a cut one is lost, as it is for any reader."""
        whole, _, _ = bytes(self._text).rpartition(b"\n")
        return [msgspec.json.decode(line) for line in whole.splitlines()]


@contextmanager
def in_place_of_stdout(output: Output) -> Iterator[None]:
    """Put the output in the place of stdout, and what the SDK does to signals and logging back afterwards."""
    before, handlers = sys.stdout, {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    sys.stdout = output  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.stdout = before
        logging.disable(level)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        output.close()
