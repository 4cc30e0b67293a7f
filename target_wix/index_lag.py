"""What queries cannot know yet: Wix serves them from indexes that lag behind writes.

Two things follow. What somebody wrote just before this run, perhaps this very input in a run that was killed, is not
seen at once; nor is a write whose answer was lost. So look-ups wait until the index has caught up. What this run wrote
itself is remembered for as long as queries may not show it.
Source: https://dev.wix.com/docs/rest/articles/work-with-wix-apis/data-retrieval
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DEFAULT_INDEX_LAG = 5.0
"""Seconds. Wix says "a few seconds"."""
DEFAULT_PICTURE_SECONDS = 60.0
"""Seconds in which Wix has taken pictures in, or has lost them; measured on a live site."""
_MANY = 1000

T = TypeVar("T")


class IndexLag:
    """Says when queries are to be believed. Safe for threads.

    Args:
        seconds: The longest lag; 0 if there is none.
        clock: Monotonic seconds.
        sleep: Waits some seconds.
        waits_for_own: Whether what this run writes may be unknown to queries for a while. In a dry run it is not: what
            would be written is known at once.
    """

    def __init__(
        self,
        seconds: float = DEFAULT_INDEX_LAG,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        waits_for_own: bool = True,
    ) -> None:
        self.seconds = seconds
        self.clock = clock
        self._sleep = sleep
        self._sleep_for_own = sleep if waits_for_own else _do_not_sleep
        self._settled_at = clock() + seconds
        self._last = self._settled_at - 2 * seconds
        self._written = Recent[bool](self)

    def lost(self) -> None:
        """Note that a write was not answered, or that somebody else writes here: look-ups wait from now."""
        self._settled_at = self.clock() + self.seconds

    def wait(self) -> None:
        """Return when queries know all that was written before this run and before the last lost answer."""
        self._until(self._settled_at, self._sleep)

    def wait_for(self, entity_ids: Iterable[str]) -> None:
        """Return when queries know what this run did to these entities."""
        self._until(max((self._written.until(one) for one in entity_ids), default=0.0), self._sleep_for_own)

    def wait_for_all(self) -> bool:
        """Return when queries know all that this run did; whether that took any time."""
        return self._until(self._last + self.seconds, self._sleep_for_own)

    def pause(self, seconds: float) -> None:
        """Wait for what Wix does with what this run wrote; a dry run writes nothing."""
        self._sleep_for_own(seconds)

    def _until(self, moment: float, sleep: Callable[[float], None]) -> bool:
        left = moment - self.clock()
        if left > 0:
            sleep(left)
        return left > 0

    def wrote(self, entity_id: str) -> None:
        """Note that an entity was written: queries may give what it was before."""
        self._last = self.clock()
        self._written.put(entity_id, True)  # noqa: FBT003 - a set with an expiry

    def is_behind(self, entity_id: str) -> bool:
        """Whether queries may not know yet what this run did to an entity."""
        return self._written.get(entity_id) is not None


def _do_not_sleep(_seconds: float) -> None:
    pass


class Recent(Generic[T]):
    """Remembers values for as long as queries may not show them."""

    def __init__(self, lag: IndexLag) -> None:
        self._lag = lag
        self._values: dict[str, tuple[float, T]] = {}
        self._lock = threading.Lock()
        self._most = _MANY

    def put(self, key: str, value: T) -> None:
        """Remember a value."""
        with self._lock:
            self._values[key] = (self._lag.clock() + self._lag.seconds, value)
            if len(self._values) > self._most:
                self._forget()

    def get(self, key: str) -> T | None:
        """Give a value, None once queries show it."""
        found = self._values.get(key)
        return found[1] if found and found[0] > self._lag.clock() else None

    def until(self, key: str) -> float:
        """Give the moment from which queries show what was put last; long ago if nothing was."""
        return self._values.get(key, (0.0,))[0]

    def items(self) -> list[tuple[str, T]]:
        """Give all that queries may not show yet."""
        now = self._lag.clock()
        with self._lock:
            return [(key, value) for key, (until, value) in self._values.items() if until > now]

    def _forget(self) -> None:
        now = self._lag.clock()
        self._values = {key: entry for key, entry in self._values.items() if entry[0] > now}
        self._most = max(_MANY, 2 * len(self._values))
