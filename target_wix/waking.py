"""Wakes what waits for a line of input that may not come for long."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def woken(seconds: float, wake: Callable[[], None]) -> Iterator[None]:
    """Call `wake` every so often while a block runs: in the main thread, in the middle of whatever that does.

    Outside the main thread, and on systems without interval timers, nothing is called.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, lambda _number, _frame: wake())
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
