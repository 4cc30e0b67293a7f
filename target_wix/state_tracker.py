"""Which STATE may be emitted: the newest one before which every record has its outcome."""

from __future__ import annotations

import threading
from bisect import bisect
from collections import deque
from typing import Any

_MANY = 1000


class StateLedger:
    """Knows which input lines are still open, and which states wait for them.

    A line is opened when its record is read and settled when the record has its outcome. A record that was rejected
    in a run that is to fail is never settled: no state after it is ever written. It remembers no more states than there
    are open lines, and some. Safe for threads.

    Args:
        most_states: So many are remembered before it looks which of them can be forgotten.
    """

    def __init__(self, most_states: int = _MANY) -> None:
        self._lock = threading.Lock()
        self._open: dict[int, int] = {}
        self._states: deque[tuple[int, Any]] = deque()
        self._some = self._most = most_states

    def open(self, line: int) -> None:
        """Record that a record of this line waits to be written. Lines come in ascending order."""
        with self._lock:
            self._open[line] = self._open.get(line, 0) + 1

    def settle(self, line: int) -> None:
        """Record that a record of this line has been dealt with."""
        with self._lock:
            left = self._open[line] - 1
            if left:
                self._open[line] = left
            else:
                del self._open[line]

    def state(self, line: int, value: Any) -> None:
        """Record a state that stands at this line."""
        with self._lock:
            self._states.append((line, value))
            if len(self._states) > self._most:
                self._forget_overtaken()
                self._most = self._some + 2 * len(self._states)

    def acknowledged(self) -> Any | None:
        """Return the newest state whose records are all settled, once; None if there is no new one."""
        with self._lock:
            first_open = next(iter(self._open), None)
            newest = None
            while self._states and (first_open is None or self._states[0][0] < first_open):
                newest = self._states.popleft()[1]
            return newest

    def _forget_overtaken(self) -> None:
        """Drop states that are never emitted: no open line is between them and the next one."""
        lines, kept = list(self._open), deque[tuple[int, Any]]()
        before = None
        for state in self._states:
            settled_first = bisect(lines, state[0])
            if settled_first == before:
                kept.pop()
            kept.append(state)
            before = settled_first
        self._states = kept
