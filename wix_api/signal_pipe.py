"""The signals that stop a command, and how they wake waiting code.

Python runs a signal handler between any two steps of the main thread, for example while it takes a lock, so a handler
must neither raise nor take a lock. It cannot wake a `select` either, which resumes afterwards. But Python can write a
byte for each signal, outside of any handler.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import FrameType

_SAME_REQUEST = 0.5
"""Seconds within which two signals of the same number are one request to stop."""


def stop_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that stop a command: SIGTERM, Ctrl-C, and the end of its terminal, which `nohup` ignores."""
    hang_up = () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)
    return (signal.SIGTERM, signal.SIGINT, *hang_up)


def let_second_kill(number: int) -> None:
    """Set the handler of a second signal: it kills the process.

    A closed terminal may send SIGHUP twice. `timeout` sends SIGTERM to the process, and immediately afterwards to its
    group.
    """
    first = time.monotonic()

    def kill(signum: int, _frame: FrameType | None) -> None:
        if time.monotonic() - first >= _SAME_REQUEST:
            signal.signal(signum, signal.SIG_DFL)
            os.kill(os.getpid(), signum)

    signal.signal(number, signal.SIG_IGN if number == signal.SIGHUP else kill)


class SignalPipe:
    """Receives the number of each signal, as a byte, while its `with` block runs. Use it in the main thread.

    Attributes:
        reading: Where the bytes arrive.
        writing: Where others may send bytes, too.
    """

    def __enter__(self) -> Self:
        self.reading, self.writing = socket.socketpair()
        self.writing.settimeout(0)  # Python requires a non-blocking file
        self._before = signal.set_wakeup_fd(self.writing.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(self, *_error: object) -> None:
        signal.set_wakeup_fd(self._before)
        self.reading.close()
        self.writing.close()
