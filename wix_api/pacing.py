"""The quota of one site, shared by all threads that call it.

Requests start evenly after a small burst, and no minute has more requests than the limit. A refusal lowers the limit to
what Wix accepted; use raises it again, with `auto` above the documented 200 a minute
(docs/decisions/0019-requests-are-spread-evenly.md).

Source: https://dev.wix.com/docs/rest/articles/get-started/rate-limits
"""

from __future__ import annotations

import logging
import math
import threading
import time
from bisect import bisect_right
from collections import deque
from typing import TYPE_CHECKING

from wix_api.progress import counted
from wix_api.usage import QuotaWindows

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 61.0
"""Seconds over which the requests of a minute are spread."""
_BOUND_SECONDS = 60.5
"""No period of this length has more requests than the limit. It is longer than Wix's minute, since requests do not
arrive as evenly as they are sent, and shorter than the period above, so that delays can be made up for."""
_MINUTE = 60.0
LONG_WAIT = 5.0
"""Waits of at least this many seconds are logged, once in half a window."""
DEFAULT_REQUESTS_PER_MINUTE = 200
"""Documented for an app on a site."""
AUTO_REQUESTS_PER_MINUTE = 500
"""The highest limit of `auto`: on live sites requests 120 ms apart succeeded, and a run without pauses was blocked."""
_LARGEST_BURST = 20
"""Half of the 40 requests in a row that live sites accepted, reads and writes."""
_BURST = 0.1
"""Largest share of a minute's requests in a burst, which the end of the first minute lacks."""
_DURATIONS = 20
"""Number of recent requests whose duration decides how many must run concurrently."""
_WORTH_A_SECOND = 0.8
"""Share of the time between two requests from which a second concurrent request is useful."""
_ROOM = 1.5
"""Factor by which more requests run concurrently than the durations require, to make up for slow answers."""
_MARGIN = 0.99
"""Share of the requests that Wix accepted in a minute which becomes the limit after a refusal."""
_LARGEST_CUT = 0.5
_GROWTH = 0.25
"""Share of the first limit that is added in each minute in which the limit was used."""
_USED = 0.8
"""Share of the limit from which a minute counts as using the limit."""
_REST_SECONDS = 180.0
"""The shortest time without growth after a refusal, in seconds."""
_REST_FACTOR = 10
"""Time without growth as a multiple of how long Wix refused requests: finding the limit again may cost a tenth."""


class Pacer:
    """Decides when requests may start. Thread-safe.

    Args:
        requests_per_minute: The limit at the beginning.
        most: The limit may rise to this number; by default, it stays at or below the first limit.
        clock: Monotonic seconds.
        sleep: Waits some seconds.
    """

    def __init__(
        self,
        requests_per_minute: int = DEFAULT_REQUESTS_PER_MINUTE,
        *,
        most: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.requests = 0
        self.waited = 0.0
        """Seconds in which at least one request waited; concurrent waits are not added up."""
        self._first_limit = requests_per_minute
        self._limit = float(requests_per_minute)
        self._most = most or requests_per_minute
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._windows = QuotaWindows(_MINUTE)
        self._starts: deque[float] = deque(maxlen=self._most)
        self._durations: deque[float] = deque(maxlen=_DURATIONS)
        self._due = float("-inf")
        """Start of the next request if all were evenly spread; a burst is ahead of it."""
        self._is_after_burst = False
        self._waiting_until = float("-inf")
        self._closed_until = float("-inf")
        self._quiet_until = float("-inf")
        self._refused_at = float("-inf")
        self._is_refused = False
        self._grows_from = float("-inf")

    @property
    def requests_per_minute(self) -> int:
        """The current limit."""
        return max(int(self._limit), 1)

    def wait(self) -> float:
        """Wait until one more request may start, count it, and return the moment of its start."""
        start = self._reserve()
        with self._lock:
            self.requests += 1
            self._windows.count(start, self.requests_per_minute)
        while self._closed_until > start:  # closed while this request waited
            start = self._reserve(instead_of=start)
        return start

    def _reserve(self, instead_of: float | None = None) -> float:
        """Wait until a request may start, and return that moment; the moment `instead_of` is free again."""
        with self._lock:
            now = self._clock()
            if instead_of is not None and instead_of in self._starts:
                self._starts.remove(instead_of)
                self._due -= self._spacing
            start = self._next_start(now)
            self._starts.append(start)
            self._grow(start)
            self.waited += max(start - max(now, self._waiting_until), 0.0)
            self._waiting_until = max(self._waiting_until, start)
        if start > now:
            self._log_wait(start - now, now)
            self._sleep(start - now)
        return start

    def _next_start(self, now: float) -> float:
        limit = self.requests_per_minute
        held_until = self._closed_until
        self._is_after_burst |= self._due <= now
        if len(self._starts) >= limit and (bound := self._starts[-limit] + _BOUND_SECONDS) > now:
            held_until = max(held_until, bound)
            if self._is_after_burst:  # otherwise each minute would begin with a burst
                self._forbid_burst(bound)
                self._is_after_burst = False
        start = max(now, held_until, self._due - self._ahead)
        self._due = max(self._due, start) + self._spacing
        return start

    @property
    def _spacing(self) -> float:
        return WINDOW_SECONDS / self._limit

    @property
    def _ahead(self) -> float:
        """Seconds by which requests may be ahead of even spacing."""
        burst = min(_LARGEST_BURST, int(self._limit * _BURST))
        return self._spacing * max(burst - 1, 0)

    def _forbid_burst(self, until: float) -> None:
        self._due = max(self._due, until + self._ahead)

    def _grow(self, now: float) -> None:
        used = math.ceil(self._limit * _USED)
        is_used = len(self._starts) >= used and self._starts[-used] > now - WINDOW_SECONDS
        if is_used and not self._is_refused and now >= self._grows_from:
            self._limit = min(self._limit + self._first_limit * _GROWTH / self._limit, float(self._most))

    def _log_wait(self, seconds: float, now: float) -> None:
        if seconds >= LONG_WAIT and now >= self._quiet_until:
            self._quiet_until = now + WINDOW_SECONDS / 2
            reason = f"the quota of {self.requests_per_minute} a minute is used up"
            if self._limit < self._first_limit:
                reason = f"after refusals by Wix (429), the run sends {self.requests_per_minute} a minute for now"
            if self._is_refused:
                reason = "Wix refuses requests for now"
            logger.info("%s sent; %s: continuing in %.0f s.", counted(self.requests, "request"), reason, seconds)

    def close(self, seconds: float) -> None:
        """Hold all requests back for some seconds; then they start one by one."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._clock() + seconds)
            self._forbid_burst(self._closed_until)

    def refused(self, started: float) -> None:
        """Lower the limit to what Wix accepted in the last minute, after it refused a request for its rate.

        Further refusals of requests that were under way at the first refusal do not lower it again. Neither do refusals
        before the next accepted request: while Wix refuses everything, they say nothing about the rate.
        """
        with self._lock:
            if self._is_refused or started <= self._refused_at:
                return
            self._refused_at, self._is_refused = self._clock(), True
            passed = len(self._starts) - bisect_right(self._starts, self._refused_at - WINDOW_SECONDS) - 1
            lowered = min(max(passed, self._limit * _LARGEST_CUT), self._limit) * _MARGIN
            self._limit = max(lowered, 1.0)

    def answered(self, started: float) -> None:
        """Record that a request was answered: the limit rises again after a while."""
        with self._lock:
            if not self._is_refused or started <= self._refused_at:
                return
            now = self._clock()
            self._is_refused = False
            self._grows_from = now + max(_REST_SECONDS, (now - self._refused_at) * _REST_FACTOR)

    def windows(self) -> QuotaWindows:
        """Return how much of the limit each minute so far has used."""
        with self._lock:
            return self._windows.until(self._clock())

    def took(self, seconds: float) -> None:
        """Record how long a request took, without its wait for the quota."""
        with self._lock:
            self._durations.append(seconds)

    def readers(self) -> int:
        """Return how many concurrent requests are needed to use the limit.

        Rate times duration, and some more since durations differ. A second reader costs some requests for edges of
        windows, so it starts only if a single reader would often be late.
        """
        with self._lock:
            if not self._durations:
                return 1
            each = sum(self._durations) / len(self._durations)
            needed = each / self._spacing
        return 1 if needed <= _WORTH_A_SECOND else math.ceil(needed * _ROOM)
