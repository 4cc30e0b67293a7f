"""Lines of the input with records that have no outcome yet, and the states that wait for them."""

from __future__ import annotations

import math
import threading
from bisect import bisect
from collections import Counter, deque
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_MANY = 1000


class OpenLines:
    """Lines of the input with records that have no outcome yet. They come in ascending order."""

    def __init__(self) -> None:
        self._records: Counter[int] = Counter()

    def open(self, line: int) -> None:
        """Record that a record of this line has no outcome yet."""
        self._records[line] += 1

    def close(self, line: int) -> None:
        """Record that a record of this line has its outcome."""
        self._records[line] -= 1
        if self._records[line] <= 0:
            del self._records[line]

    def __iter__(self) -> Iterator[int]:
        """Yield the lines, the first one first."""
        return iter(self._records)

    @property
    def first(self) -> float:
        """The first of the lines; infinite if there is none."""
        return next(iter(self), math.inf)


class StateLedger:
    """Open lines of the input, and the states that wait for them. Thread-safe.

    A line is opened when its record is read and closed when the record has its outcome. With `on_reject: fail`, the
    first line of a rejected record is never closed, so no state after it is written. The number of stored states is
    limited by the number of open lines, and a constant.

    At its end, a run deletes what the input lacks of some streams. If it is killed before, the next run needs all their
    records again, or it would delete what only the killed run read. So all states after the first of these are held.
    """

    def __init__(self, most_states: int = _MANY) -> None:
        self._lock = threading.Lock()
        self._open = OpenLines()
        self._states: deque[tuple[int, Any]] = deque()
        self._held = 0
        self._rejected = 0
        self._some = self._most = most_states

    def open(self, line: int) -> None:
        """Record that a record of this line has no outcome yet. Lines come in ascending order."""
        with self._lock:
            self._open.open(line)

    def close(self, line: int) -> None:
        """Record that a record of this line has its outcome."""
        with self._lock:
            self._open.close(line)

    def reject(self, line: int) -> None:
        """Record that no state after this line may be written."""
        with self._lock:
            if self._rejected and line != self._rejected:
                self._open.close(max(line, self._rejected))
            self._rejected = min(line, self._rejected or line)

    def hold(self, line: int) -> None:
        """Hold all states from the first of these lines until `release`."""
        with self._lock:
            if not self._held:
                self._held = line
                self._open.open(line)

    def release(self) -> None:
        """Release the states that `hold` holds."""
        with self._lock:
            if self._held:
                self._open.close(self._held)
                self._held = 0

    def state(self, line: int, value: Any) -> None:
        """Record a state of this line of the input."""
        with self._lock:
            self._states.append((line, value))
            if len(self._states) > self._most:
                self._forget_overtaken()
                self._most = self._some + 2 * len(self._states)

    def acknowledged(self) -> Any | None:
        """Return the newest state whose preceding records all have an outcome, once; None if there is no new one."""
        with self._lock:
            newest = None
            while self._states and self._states[0][0] < self._open.first:
                newest = self._states.popleft()[1]
            return newest

    def _forget_overtaken(self) -> None:
        """Remove states that are never emitted, since there is no open line between them and the next state."""
        lines = list(self._open)
        groups = groupby(self._states, key=lambda state: bisect(lines, state[0]))
        self._states = deque(list(states)[-1] for _, states in groups)
