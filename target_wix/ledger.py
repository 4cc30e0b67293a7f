"""Which STATE may be told to the outside: the newest one before which every record has been dealt with."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any


class StateLedger:
    """Knows which input lines are still open, and which states wait for them.

    A line is opened when its record is read and settled when the record has its outcome. A record that was rejected
    in a run that shall fail is never settled: no state behind it is ever told. Safe for threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[int, int] = {}
        self._states: deque[tuple[int, Any]] = deque()

    def open(self, line: int) -> None:
        """Note that a record of this line waits to be written. Lines come in ascending order."""
        with self._lock:
            self._open[line] = self._open.get(line, 0) + 1

    def settle(self, line: int) -> None:
        """Note that a record of this line has been dealt with."""
        with self._lock:
            left = self._open[line] - 1
            if left:
                self._open[line] = left
            else:
                del self._open[line]

    def state(self, line: int, value: Any) -> None:
        """Note a state that stands at this line."""
        with self._lock:
            self._states.append((line, value))

    def acknowledged(self) -> Any | None:
        """Give the newest state whose records are all settled, once; None if there is nothing new to tell."""
        with self._lock:
            first_open = next(iter(self._open), None)
            newest = None
            while self._states and (first_open is None or self._states[0][0] < first_open):
                newest = self._states.popleft()[1]
            return newest
