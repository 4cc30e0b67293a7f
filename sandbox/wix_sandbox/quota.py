"""The request quota: this many calls in each minute, then 429. And the block after writes without pauses.

About 200 a minute and site: https://dev.wix.com/docs/rest/articles/getting-started/rate-limits.
"""

from __future__ import annotations

from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING

from wix_sandbox.errors import WixError

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW_SECONDS = 60.0
PAUSE_SECONDS = 0.12
LONGEST_RUN = 500
BLOCK_SECONDS = 900.0


class Quota:
    """Counts the requests of the last minute."""

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._taken: deque[float] = deque()
        self.peak = 0
        """The maximum requests of any minute."""
        self.refused = 0

    def take(self) -> None:
        """Count a request.

        Raises:
            WixError: 429 if the minute is used up; a refused request does not count.
        """
        now = self._forget_old()
        if self.per_minute and len(self._taken) >= self.per_minute:
            self.refused += 1
            raise WixError(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests")
        self._taken.append(now)
        self.peak = max(self.peak, len(self._taken))

    def wait(self) -> float:
        """Return the seconds until the next request is accepted."""
        now = self._forget_old()
        if not self.per_minute or len(self._taken) < self.per_minute:
            return 0.0
        return self._taken[0] + WINDOW_SECONDS - now

    def describe(self) -> dict[str, float]:
        """Return the state for `GET /_sandbox/quota`."""
        self._forget_old()
        counts = {"perMinute": self.per_minute, "used": len(self._taken), "peak": self.peak}
        return {**counts, "refused": self.refused, "waitSeconds": round(self.wait(), 3)}

    def clear(self) -> None:
        """Start a new minute."""
        self._taken.clear()
        self.peak = self.refused = 0

    def _forget_old(self) -> float:
        now = self._clock()
        while self._taken and self._taken[0] <= now - WINDOW_SECONDS:
            self._taken.popleft()
        return now


class WriteRuns:
    """Counts writes that follow each other without a pause."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._length = 0
        self._last = self._blocked_until = float("-inf")

    def blocks(self, *, writes: bool) -> bool:
        """True if a request that arrives now is refused: there were too many writes without a pause."""
        now = self._clock()
        if writes and now >= self._blocked_until:
            self._length = self._length + 1 if now - self._last < PAUSE_SECONDS else 1
            self._last = now
            if self._length > LONGEST_RUN:
                self._length, self._blocked_until = 0, now + BLOCK_SECONDS
        return now < self._blocked_until

    def clear(self) -> None:
        """Forget all requests."""
        self._length = 0
        self._last = self._blocked_until = float("-inf")
