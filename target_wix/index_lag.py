"""What queries cannot know yet: Wix serves them from indexes that lag behind writes.

Two things follow. What somebody wrote just before this run, perhaps this very input in a run that was killed, is not
seen at once; nor is a write whose answer was lost. So look-ups wait until the index has caught up. What this run wrote
itself is remembered for as long as queries may not show it. See docs/decisions/0008-look-ups-wait-for-the-index.md.
Source: https://dev.wix.com/docs/rest/articles/work-with-wix-apis/data-retrieval
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_INDEX_LAG = 5.0
"""Seconds. Wix says "a few seconds"."""
DEFAULT_PICTURE_SECONDS = 60.0
"""Seconds in which Wix has taken pictures in, or has lost them; measured on a live site."""
_LATE = 3
"""A create whose caller is gone may be finished, and shown, this many times the lag later; nine seconds were seen."""
_DOUBTED = 7 * 86_400.0
"""Seconds for which twins are looked for."""


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
    """Knows which look-ups can be believed.

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

    # Writes that nobody saw the end of

    def lost(self) -> None:
        """Record that a write was not answered, or that somebody else writes here: look-ups wait from now."""
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
            self.wait_until(self._settled_at)

    @property
    def _is_believed(self) -> bool:
        return self._is_feared and self._refuses_twins()

    def wait_on(self) -> bool:
        """Wait a while for what may still appear; false if nothing may. Called before something is made twice."""
        now = self.clock()
        self._late_until = min(self._late_until, now + _LATE * self.seconds)  # less, should the clock be set back
        return not self._is_believed and self.wait_until(min(self._late_until, now + self.seconds))

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

    def shown_from(self) -> float:
        """Return from when on queries show what is written now, and note that something is written."""
        self.last_write = self.clock()
        return self.last_write + self.seconds

    def wait_for_all(self) -> bool:
        """Return when queries show all that this run wrote; true if that took any time."""
        return self.wait_until(self.last_write + self.seconds)

    def pause(self, seconds: float) -> None:
        """Wait for what Wix does with what this run wrote."""
        self._sleep(seconds)

    def wait_until(self, moment: float) -> bool:
        """Wait until some moment, but not longer than a lag may last; true if that took any time."""
        left = min(moment - self.clock(), _LATE * self.seconds)  # less, should the clock be set back
        if left > 0:
            self.tell(left)
            self._sleep(left)
        return left > 0
