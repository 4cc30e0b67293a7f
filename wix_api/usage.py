"""Requests, bytes and time spent on one site so far."""

from __future__ import annotations

import threading
from copy import copy
from dataclasses import dataclass

_ROUNDING = 1e-6
"""A request that starts exactly when a window ends belongs to the next one, in spite of rounding."""


class QuotaWindows:
    """The share of the quota that each window of time has used, from the first request on.

    Args:
        seconds: Length of a window.
    """

    def __init__(self, seconds: float) -> None:
        self.ended = 0
        """Windows that have ended."""
        self.shares = 0.0
        """Sum of their shares; the share of a window without requests is 0."""
        self._seconds = seconds
        self._began: float | None = None
        self._requests = 0
        self._limit = 1

    @property
    def running(self) -> float:
        """Share of the current window."""
        return self._requests / self._limit

    def count(self, now: float, limit: int) -> None:
        """Count a request under the current limit; a window is compared with its highest limit."""
        self._move(now)
        self._requests += 1
        self._limit = max(self._limit, limit)

    def until(self, now: float) -> QuotaWindows:
        """Return the windows up to a moment."""
        self._move(now)
        return copy(self)

    def _move(self, now: float) -> None:
        self._began = now if self._began is None else self._began
        over = int((now - self._began + _ROUNDING) // self._seconds)
        if over > 0:
            self.shares += self.running
            self.ended += over
            self._began += over * self._seconds
            self._requests, self._limit = 0, 1


@dataclass(frozen=True)
class Usage:
    """Use of a client; the difference of two of these is the use in between.

    Attributes:
        requests: HTTP requests sent, including repeated ones and token calls.
        bytes: Bytes of the received bodies, after decompression.
        retries: Calls that were sent again after a failure.
        waited: Seconds in which at least one request had to wait for the quota. Concurrent waits are not added up, so
            it never exceeds the elapsed time.
        windows: Windows of the quota (a minute) that ended.
        shares: Sum of the shares of the quota that were used in these windows.
        running: Share that is used of the window that has not ended.
    """

    requests: int = 0
    bytes: int = 0
    retries: int = 0
    waited: float = 0.0
    windows: int = 0
    shares: float = 0.0
    running: float = 0.0

    def __sub__(self, earlier: Usage) -> Usage:
        return Usage(
            self.requests - earlier.requests,
            self.bytes - earlier.bytes,
            self.retries - earlier.retries,
            self.waited - earlier.waited,
            self.windows - earlier.windows,
            self.shares - earlier.shares,
            self.running,
        )

    @property
    def quota_share(self) -> float:
        """Share of the quota that was used in a minute: the mean of those that ended, or the first one so far."""
        return self.shares / self.windows if self.windows else self.running


class Meter:
    """Counts bytes and retries for all threads of a client."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.bytes = 0
        self.retries = 0

    def received(self, count: int) -> None:
        """Count bytes of a body."""
        with self._lock:
            self.bytes += count

    def repeated(self) -> None:
        """Count a call that is sent again."""
        with self._lock:
            self.retries += 1
