"""What rows were a little while ago: Wix serves queries from indexes that lag behind writes."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

HORIZON_MS = 60_000
"""How far back one can look, in milliseconds."""
CAPACITY = 10_000
"""Changes of a table that are remembered at most, however fast they come."""


class Change(NamedTuple):
    """What stood at a place before it was written to; no id where there was nothing."""

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
        """Changes so far, the forgotten ones too."""

    def note(self, place: int, entity_id: str | None, text: bytes) -> None:
        """Remember a row as it is just before it changes."""
        now = self._clock()
        while self._changes and self._changes[0].moment < now - timedelta(milliseconds=HORIZON_MS):
            self._changes.popleft()
        self._changes.append(Change(now, place, entity_id, text))
        self.noted += 1

    def since(self, moment: datetime) -> list[Change]:
        """The changes after a moment, the last one first."""
        found = []
        for change in reversed(self._changes):
            if change.moment <= moment:
                break
            found.append(change)
        return found

    def forget(self) -> None:
        """Treat the current rows as if they had always been there."""
        self._changes.clear()
        self.noted += 1
