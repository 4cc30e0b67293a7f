"""Stop sign of a run, set by a signal, and waits that a signal ends at once."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from contextlib import nullcontext
from typing import IO, TYPE_CHECKING, Any

from target_wix.errors import StoppedError
from wix_api.signal_pipe import SignalPipe, let_second_kill, stop_signals

if TYPE_CHECKING:
    from collections.abc import Callable


_SHORT_WAIT = 5.0
_NAP = 0.2
"""Seconds between two checks of the stop sign, in threads that a signal does not wake."""


class StopSign:
    """Records the first signal. Calls in flight are finished; no further call is sent, and waits end.

    The signal handler calls `answer`; `signum` is 0 before a signal.
    """

    def __init__(self, answer: Callable[[], object] = lambda: None) -> None:
        self.signum = 0
        self._answer = answer

    def handle_signals(self) -> None:
        """Handle the signals that stop a command from now on. Outside of the main thread, do nothing."""
        if threading.current_thread() is threading.main_thread():
            for number in stop_signals():
                signal.signal(number, lambda signum, _frame: self.ask(signum))

    def ask(self, signum: int) -> None:
        """Ask the run to stop. Handler of the signals; a second signal kills the process."""
        self.signum = signum
        let_second_kill(signum)
        self._answer()

    def check(self) -> None:
        """Raise `StoppedError` if the run was asked to stop; called between calls."""
        if self.signum:
            raise StoppedError(self.signum)

    def sleep(self, seconds: float) -> None:
        """Wait for a number of seconds; raise `StoppedError` if the run was asked to stop."""
        self._wait([], seconds)

    def sleep_between_calls(self, seconds: float) -> None:
        """Wait between two calls. A wait of up to 5 seconds is not cut off, so that a record's last call is still sent.

        Raises:
            StoppedError: The run was asked to stop.
        """
        if seconds <= _SHORT_WAIT:
            time.sleep(seconds)
        else:
            self.sleep(seconds)

    def wait_for(self, file: IO[Any], seconds: float | None = None) -> bool:
        """Wait until a file can be read; return False if it could not within `seconds`.

        Raises:
            StoppedError: The run was asked to stop.
        """
        descriptor = descriptor_of(file)
        return descriptor is None or self._wait([descriptor], seconds)

    def _wait(self, descriptors: list[int], seconds: float | None) -> bool:
        end = None if seconds is None else time.monotonic() + seconds
        is_main = threading.current_thread() is threading.main_thread()
        with SignalPipe() if is_main else nullcontext() as pipe:
            poll = select.poll()  # `select` accepts no descriptor above 1,023, which a run of many sites has
            for descriptor in [*descriptors, pipe.reading.fileno()] if pipe else descriptors:
                poll.register(descriptor, select.POLLIN)
            while True:
                self.check()
                left = None if end is None else max(end - time.monotonic(), 0.0)
                if not is_main:  # nothing wakes other threads
                    left = _NAP if left is None else min(left, _NAP)
                ready = [descriptor for descriptor, _ in poll.poll(None if left is None else left * 1000)]
                self.check()
                if descriptors and descriptors[0] in ready:
                    return True
                if end is not None and time.monotonic() >= end:
                    return False
                if pipe and ready:
                    pipe.reading.recv(1)  # a signal with a handler elsewhere


def descriptor_of(file: Any) -> int | None:
    """Return the descriptor of an open file; None for in-memory files and the like."""
    try:
        descriptor: int = file.fileno()
        os.fstat(descriptor)
    except (AttributeError, OSError, ValueError):
        return None
    return descriptor
