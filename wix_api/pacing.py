"""The quota of one site, shared by every thread that calls it.

Wix counts requests a minute for each site (200 by default) and answers 429 above that. A sliding window is used, not
a bucket that drips: a short job then runs at full speed from its first request, and no 60 seconds ever hold more than
the limit (docs/decisions/0001-sliding-window.md).
Source: https://dev.wix.com/docs/rest/articles/get-started/rate-limits
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 61.0
"""Wix's minute and a second more: requests do not arrive as evenly as they are sent."""
LONG_WAIT = 5.0
"""Seconds from which a wait is worth a line in the log, once in a window."""
DEFAULT_REQUESTS_PER_MINUTE = 200
_DURATIONS = 20
"""Requests whose duration tells how many must be under way at once."""
_WORTH_A_SECOND = 1.03
_ROOM = 1.1
_RECOVERY_PER_MINUTE = 0.25
"""Share of the full rate that comes back in each minute after a throttle."""


class Pacer:
    """Hands out the moments at which requests may start.

    Args:
        requests_per_minute: Never more than this in any 60 seconds.
        clock: Monotonic seconds.
        sleep: Waits some seconds.
    """

    def __init__(
        self,
        requests_per_minute: int = DEFAULT_REQUESTS_PER_MINUTE,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.requests_per_minute = requests_per_minute
        self.requests = 0
        self.waited = 0.0
        """Seconds in which at least one request waited; requests that wait together are not added up."""
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._starts: deque[float] = deque(maxlen=requests_per_minute)
        self._durations: deque[float] = deque(maxlen=_DURATIONS)
        self._waiting_until = float("-inf")
        self._closed_until = float("-inf")
        self._quiet_until = float("-inf")
        self._throttled_at: float | None = None
        self._throttled_limit = float(requests_per_minute)

    def wait(self) -> None:
        """Return when one more request may start."""
        with self._lock:
            now = self._clock()
            start = max(now, self._closed_until, self._next_free(now))
            self._starts.append(start)
            self.requests += 1
            self.waited += max(start - max(now, self._waiting_until), 0.0)
            self._waiting_until = max(self._waiting_until, start)
        if start > now:
            self._tell(start - now, now)
            self._sleep(start - now)

    def _tell(self, seconds: float, now: float) -> None:
        if seconds >= LONG_WAIT and now >= self._quiet_until:
            self._quiet_until = now + WINDOW_SECONDS / 2
            limit = int(self._limit(now))
            reason = f"the quota of {limit} a minute is used up"
            if limit < self.requests_per_minute:
                reason = f"Wix asked to slow down, to {limit} a minute for now"
            logger.info("%d requests sent; %s: going on in %.0f s.", self.requests, reason, seconds)

    def slow_down(self, retry_after: float) -> None:
        """Take note that Wix refused a request for its rate: pause, halve the rate, recover from there."""
        with self._lock:
            now = self._clock()
            # Requests in flight when the quota ended are refused together; that is one event, not many.
            if now >= self._closed_until:
                self._throttled_limit = max(self._limit(now) / 2, 1.0)
            self._throttled_at = now
            self._closed_until = max(self._closed_until, now + retry_after)

    def speed_up(self) -> None:
        """Take note that the refusals had another reason than the rate, which is the full one again at once."""
        with self._lock:
            self._throttled_at = None

    def took(self, seconds: float) -> None:
        """Take note of how long a request took, without its wait for the quota."""
        with self._lock:
            self._durations.append(seconds)

    def readers(self) -> int:
        """Tell how many requests must be under way at once for the quota to be used up.

        Rate times duration, with some room since durations differ. A second reader costs some requests for edges of
        windows, so it starts only where a single one leaves more than that of the quota.
        """
        with self._lock:
            if not self._durations:
                return 1
            each = sum(self._durations) / len(self._durations)
            needed = each * self._limit(self._clock()) / WINDOW_SECONDS
        return 1 if needed <= _WORTH_A_SECOND else math.ceil(needed * _ROOM)

    def _limit(self, now: float) -> float:
        if self._throttled_at is None:
            return float(self.requests_per_minute)
        minutes = (now - self._throttled_at) / WINDOW_SECONDS
        recovered = self._throttled_limit + self.requests_per_minute * _RECOVERY_PER_MINUTE * minutes
        return min(recovered, float(self.requests_per_minute))

    def _next_free(self, now: float) -> float:
        limit = int(self._limit(now))
        if len(self._starts) < limit:
            return now
        return self._starts[-limit] + WINDOW_SECONDS
