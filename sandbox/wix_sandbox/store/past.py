"""Earlier states of rows: Wix serves queries from indexes that lag behind writes."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

HORIZON_MS = 60_000
"""Maximum age of an earlier state, in milliseconds."""
_HORIZON = timedelta(milliseconds=HORIZON_MS)
CAPACITY = 10_000
"""Maximum changes of a table that are remembered."""


class Change(NamedTuple):
    """The row at a place before a change; no id if there was none."""

    moment: datetime
    place: int
    id: str | None
    text: bytes


class Past:
    """The last changes of one table."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._changes: deque[Change] = deque(maxlen=CAPACITY)
        self.noted = 0
        """Number of changes so far, including those that are no longer remembered."""

    def note(self, place: int, entity_id: str | None, text: bytes) -> None:
        """Remember a row just before it changes."""
        now = self._clock()
        while self._changes and self._changes[0].moment < now - _HORIZON:
            self._changes.popleft()
        self._changes.append(Change(now, place, entity_id, text))
        self.noted += 1

    def since(self, moment: datetime) -> list[Change]:
        """Return the changes after a moment, the last one first."""
        found = []
        for change in reversed(self._changes):
            if change.moment <= moment:
                break
            found.append(change)
        return found

    def forget(self) -> None:
        """Treat the current rows as if they had always existed."""
        self._changes.clear()
        self.noted += 1
