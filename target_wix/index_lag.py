"""What queries cannot know yet: Wix serves them from indexes that lag behind writes.

Two things follow. What somebody wrote just before this run, perhaps this very input in a run that was killed, is not
seen at once; nor is a write whose answer was lost. So look-ups wait until the index has caught up. What this run wrote
itself is remembered for as long as queries may not show it. See docs/decisions/0008-look-ups-wait-for-the-index.md.
Source: https://dev.wix.com/docs/rest/articles/work-with-wix-apis/data-retrieval
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DEFAULT_INDEX_LAG = 5.0
"""Seconds. Wix says "a few seconds"."""
DEFAULT_PICTURE_SECONDS = 60.0
"""Seconds in which Wix has taken pictures in, or has lost them; measured on a live site."""
_LATE = 3
"""A create whose caller is gone may be finished, and shown, this many times the lag later; nine seconds were seen."""
_DOUBTED = 7 * 86_400.0
"""Seconds for which twins are looked for."""
_MANY = 1000

T = TypeVar("T")


@dataclass(frozen=True)
class Before:
    """What is known of writes before this run.

    Attributes:
        wrote: When the last of them was done, in seconds since 1970; 0 if it was long ago.
        lost: When the last create began of which nobody knows whether Wix finished it; 0 if there was none.
        is_known: Whether this is known, and not only feared.
    """

    wrote: float = 0.0
    lost: float = 0.0
    is_known: bool = True


class IndexLag:
    """Knows which look-ups can be believed. Safe for threads.

    Args:
        seconds: The longest lag; 0 if there is none.
        clock: Seconds since 1970.
        sleep: Waits some seconds.
        before: What was written before; by default, anything a moment ago.
        refuses_twins: Whether the site refuses what it has already. Then nothing is waited for that is only feared.

    Attributes:
        tell: Is called with the seconds of a wait before it begins.
    """

    def __init__(
        self,
        seconds: float = DEFAULT_INDEX_LAG,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        before: Before | None = None,
        refuses_twins: Callable[[], bool] = lambda: False,
    ) -> None:
        self.seconds = seconds
        self.clock = clock
        self._sleep = sleep
        self._began = clock()
        self._before = before or Before(self._began, self._began)
        self._refuses_twins = refuses_twins
        self.tell: Callable[[float], None] = lambda _seconds: None
        self._is_feared = not self._before.is_known
        self.last_write = self._before.wrote
        self.last_lost = self._before.lost if self._before.is_known else 0.0
        self._late_until = self._before.lost + _LATE * seconds
        self._settled_at = self.last_write + seconds
        self._written = Recent[bool](self)

    # Writes that nobody saw the end of

    def lost(self) -> None:
        """Note that a write was not answered, or that somebody else writes here: look-ups wait from now."""
        self._settled_at = self.clock() + self.seconds
        self._is_feared = False

    def lost_create(self) -> None:
        """Record that a create was not answered: Wix may still finish it."""
        self.lost()
        self.last_lost = self.clock()
        self._late_until = self.last_lost + _LATE * self.seconds

    def wait(self) -> None:
        """Return when queries know all that was written before this run and before the last lost answer."""
        if not self._is_believed:
            self._until(self._settled_at)

    @property
    def _is_believed(self) -> bool:
        return self._is_feared and self._refuses_twins()

    def wait_on(self) -> bool:
        """Wait a while for what may still appear; false if nothing may. Called before something is made twice."""
        return not self._is_believed and self._until(min(self._late_until, self.clock() + self.seconds))

    @property
    def is_early(self) -> bool:
        """True if look-ups may have been believed that did not know yet what came before this run."""
        return not self._before.is_known and self.clock() < self._began + 2 * self.seconds

    @property
    def doubted(self) -> float:
        """When, before this run, a create may have been done twice, in seconds since 1970; 0 for never lately."""
        lost = self._before.lost if self._before.is_known else 0.0
        return lost if lost > self._began - _DOUBTED else 0.0

    # Writes of this run

    def wait_for(self, entity_ids: Iterable[str], written: Recent[bool] | None = None) -> None:
        """Return when queries know what this run did to these entities, or to a part of them that was written."""
        self._until(max(map((written or self._written).until, entity_ids), default=0.0))

    def left(self, entity_ids: Iterable[str]) -> float:
        """Return the seconds after which queries know what this run did to these entities."""
        return max(max(map(self._written.until, entity_ids), default=0.0) - self.clock(), 0.0)

    def wait_for_all(self) -> bool:
        """Return when queries know all that this run did; whether that took any time."""
        return self._until(self.last_write + self.seconds)

    def pause(self, seconds: float) -> None:
        """Wait for what Wix does with what this run wrote."""
        self._sleep(seconds)

    def _until(self, moment: float) -> bool:
        left = min(moment - self.clock(), _LATE * self.seconds)  # less, should the clock be set back
        if left > 0:
            self.tell(left)
            self._sleep(left)
        return left > 0

    def wrote(self, entity_id: str) -> None:
        """Note that an entity was written: queries may give what it was before."""
        self.last_write = self.clock()
        self._written.put(entity_id, True)  # noqa: FBT003 - a set with an expiry

    def is_behind(self, entity_id: str) -> bool:
        """Whether queries may not know yet what this run did to an entity."""
        return self._written.get(entity_id) is not None


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
