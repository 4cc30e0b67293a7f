"""Shows the progress of long work: one live line on a terminal, otherwise a log line now and then."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

_REDRAWN_AFTER = 0.2
_LOGGED_AFTER = 30.0
_CLEAR = "\r\x1b[2K"
_WIDTH = 80
"""Columns if the terminal does not report its width."""


class _Shared:
    """A terminal that log lines and the live line share: after a log line the live line is drawn again below."""

    def __init__(self, terminal: TextIO) -> None:
        self.terminal = terminal
        self._lock = threading.Lock()
        self._line = ""

    def write(self, text: str) -> None:
        """Write a log line; the logging module passes whole lines."""
        with self._lock:
            self.terminal.write(f"{_CLEAR}{text}{self._line}" if self._line else text)

    def flush(self) -> None:
        """Flush buffered output."""
        self.terminal.flush()

    def show(self, line: str, end: str = "") -> None:
        """Draw the live line, cut to the terminal's width before its end, or clear it."""
        with self._lock:
            self._line = line[: max(width_of(self.terminal) - 1 - len(end), 0)] + end
            with suppress(OSError):  # the terminal was closed
                self.terminal.write(f"{_CLEAR}{self._line}")
                self.terminal.flush()


class Progress:
    """Shows the progress of one piece of work after another.

    Where nothing happens for more than a second, the live line shows for how long.

    Args:
        logger: For log lines, if there is no terminal.
        stderr: Where the live line is written, if it is a terminal.
        clock: Monotonic seconds.
        idle_after: Seconds after which the live line shows that nothing happens.
    """

    def __init__(
        self,
        logger: logging.Logger,
        stderr: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
        idle_after: float = 1.0,
    ) -> None:
        self._idle_after = idle_after
        self._logger = logger
        self._clock = clock
        self._reported_at = clock()
        terminal = stderr or sys.stderr
        self._shared = _Shared(terminal) if _is_live(terminal) else None
        self._handlers: list[logging.StreamHandler[TextIO]] = []
        self._shown = ""
        self._ended = threading.Event()
        self._ticker: threading.Thread | None = None

    def begin(self) -> None:
        """Make log lines share the terminal with the live line."""
        self._reported_at = self._clock()
        if self._shared is None:
            return
        self._handlers = [
            handler
            for handler in logging.getLogger().handlers
            if isinstance(handler, logging.StreamHandler) and handler.stream is self._shared.terminal
        ]
        for handler in self._handlers:
            handler.setStream(self._shared)  # type: ignore[arg-type]  # it needs write and flush only
        self._shown = ""
        self._ended.clear()
        self._ticker = threading.Thread(target=self._tick, args=(self._shared,), name="progress", daemon=True)
        self._ticker.start()

    def report(self, status: Callable[[], object]) -> None:
        """Show the progress if it is due; it is computed only then, and shown as its text."""
        now = self._clock()
        if now - self._reported_at < (_LOGGED_AFTER if self._shared is None else _REDRAWN_AFTER):
            return
        self._reported_at = now
        if self._shared is None:
            self._logger.info("%s", status())
        else:
            self._shown = str(status())
            self._shared.show(self._shown)

    def _tick(self, shared: _Shared) -> None:
        while not self._ended.wait(self._idle_after):
            idle = self._clock() - self._reported_at
            if idle >= self._idle_after:
                shared.show(self._shown, f"{' ' if self._shown else ''}… {time_text(idle)}")

    def end(self) -> None:
        """Clear the live line and return the terminal to the log."""
        if self._shared is None:
            return
        self._ended.set()
        if self._ticker is not None:
            self._ticker.join()
            self._ticker = None
        self._shared.show("")
        for handler in self._handlers:
            handler.setStream(self._shared.terminal)
        self._handlers = []


def clear_live_line() -> None:
    """Clear the live line of work that does not end normally, because the process ends."""
    if _is_live(sys.stderr):
        with suppress(OSError):  # as above
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()


def time_text(seconds: float) -> str:
    """Return a duration as text: `12 s`, `3:05 min`, `8:20 h`."""
    minutes, rest = divmod(round(seconds), 60)
    hours = minutes // 60
    return f"{hours}:{minutes % 60:02d} h" if hours else f"{minutes}:{rest:02d} min" if minutes else f"{rest} s"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 request`, `2,000 requests`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _is_live(terminal: TextIO) -> bool:
    return terminal.isatty() and os.environ.get("TERM") != "dumb"


def width_of(terminal: TextIO) -> int:
    """Return the number of columns of a terminal."""
    try:
        return os.get_terminal_size(terminal.fileno()).columns or _WIDTH
    except (OSError, ValueError):
        return _WIDTH
