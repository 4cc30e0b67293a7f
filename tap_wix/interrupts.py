"""Work that signals stop immediately, whatever it waits for.

The handlers here do nothing. The work runs in a thread, and the main thread waits for a byte: Python writes one for
each signal, and the thread writes one at its end.
"""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn, Self, TypeVar

from wix_api.signal_pipe import SignalPipe, let_second_kill, stop_signals

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

T = TypeVar("T")

_ENDED = 0
"""The byte that means the end of the work; signals have numbers from 1."""


class StoppedError(Exception):
    """A signal stopped the work, which still runs in its thread until the process ends."""

    def __init__(self, signum: int) -> None:
        super().__init__(f"Stopped by {signal.Signals(signum).name}.")
        self.signum = signum


class Interrupts:
    """Handles the signals that stop a command while its `with` block runs. Use it in the main thread.

    If it `ends_process`, the process ends after the block, and ignores signals until then.
    """

    def __init__(self, *, ends_process: bool = False) -> None:
        self._ends_process = ends_process

    def __enter__(self) -> Self:
        self._pipe = SignalPipe().__enter__()
        self._handlers_before = {number: signal.signal(number, _do_nothing) for number in stop_signals()}
        return self

    def __exit__(self, _type: object, error: object, _traceback: object) -> None:
        if not isinstance(error, StoppedError):
            for number, handler in self._handlers_before.items():
                # All output is written: a signal in the last milliseconds must not turn success into a failure.
                signal.signal(number, signal.SIG_IGN if self._ends_process else handler)
        self._pipe.__exit__()

    def run(self, work: Callable[[], T]) -> T:
        """Return the result of the work, or raise its exception.

        Raises:
            StoppedError: A signal came since the block began. End the process; a second signal kills it.
        """
        future: Future[T] = Future()

        def fulfil() -> None:
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - the main thread raises it, including SystemExit
                future.set_exception(error)
            with suppress(OSError):  # the main thread no longer waits
                self._pipe.writing.send(bytes([_ENDED]))

        thread = threading.Thread(target=fulfil, name="work", daemon=True)
        thread.start()
        while (byte := self._pipe.reading.recv(1)[0]) not in {_ENDED, *self._handlers_before}:
            pass  # a signal with another handler
        if byte == _ENDED:
            thread.join()
            return future.result()
        for number in self._handlers_before:
            let_second_kill(number)
        raise StoppedError(byte)


def leave(code: int) -> NoReturn:
    """End the process without waiting for threads: a normal exit fails if one of them has locked stdout or stderr."""
    os._exit(code)


def _do_nothing(_signum: int, _frame: FrameType | None) -> None:
    pass
