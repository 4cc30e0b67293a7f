"""What has been spent on one site so far."""

from __future__ import annotations

import threading
from dataclasses import dataclass

_MINUTE = 60.0


@dataclass(frozen=True)
class Usage:
    """What a client has spent; the difference of two moments is the share of what happened between them.

    Attributes:
        requests: HTTP requests sent, repeated ones and token calls included.
        bytes: Bytes of the bodies that came back, as they were after decompression.
        retries: Calls that were sent again after a failure.
        waited: Seconds in which at least one request had to wait for the quota. Requests that wait at the same time
            are not added up, so it never exceeds the time that passed.
    """

    requests: int = 0
    bytes: int = 0
    retries: int = 0
    waited: float = 0.0

    def __sub__(self, earlier: Usage) -> Usage:
        return Usage(
            self.requests - earlier.requests,
            self.bytes - earlier.bytes,
            self.retries - earlier.retries,
            self.waited - earlier.waited,
        )

    def share_of(self, requests_per_minute: int, seconds: float) -> float:
        """Give the requests as a share of those that a quota allows in that time, which is a minute at least."""
        return self.requests / (requests_per_minute * max(seconds, _MINUTE) / _MINUTE)


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
