"""How much a run would send."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Plan:
    """Counts what a run would send while a dry run does not. Safe for threads.

    Args:
        sent: Gives the requests that were really sent so far.
    """

    def __init__(self, sent: Callable[[], int]) -> None:
        self._sent = sent
        self._lock = threading.Lock()
        self._unsent = 0
        self.writes = 0
        """Requests that would write."""

    @property
    def requests(self) -> int:
        """Requests that a run would send, reads and writes."""
        return self._sent() + self._unsent + self.writes

    def seconds(self, requests_per_minute: int) -> float:
        """Give how long so many requests take at a quota, in seconds."""
        return self.requests * 60 / requests_per_minute

    def write(self) -> None:
        """Count a request that would write."""
        with self._lock:
            self.writes += 1

    def differ(self, requests: int) -> None:
        """Count reads that a run would send and this one does not, or, below zero, the other way round."""
        with self._lock:
            self._unsent += requests

    def describe(self, requests_per_minute: int) -> str:
        """Say it in a line for the log."""
        minutes, seconds = divmod(round(self.seconds(requests_per_minute)), 60)
        took = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
        return (
            f"Nothing was written. A run would send {self.requests:,} requests, {self.writes:,} of which write: about "
            f"{took} at {requests_per_minute} a minute."
        )
