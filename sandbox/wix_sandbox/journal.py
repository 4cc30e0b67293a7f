"""The journal: every request of the API, in order."""

from __future__ import annotations

import msgspec


class Entry(msgspec.Struct, kw_only=True, rename="camel"):
    """One request and its outcome. Status 0: the connection was dropped before the whole answer was sent."""

    time: str
    method: str
    path: str
    operation: str | None
    status: int
    duration_ms: float
    bytes: int
    """Size of the body that was sent."""
    who: str | None
    request_id: str
    fault: str | None
    """Names of the faults' actions that hit it: `delay,status`."""
    fault_numbers: list[int]
    """The faults that hit it, by their numbers in `GET /_sandbox/faults`."""
    unknown: list[str] = []
    """Members of the request that Wix does not know and ignores; misspelled members are among them."""


class Journal:
    """The requests since the start or the last `clear`, oldest first."""

    def __init__(self, capacity: int = 100_000) -> None:
        self._capacity = capacity
        self.entries: list[Entry] = []
        self.total = 0
        """Number of all requests, including those that were dropped from the journal."""

    def add(self, entry: Entry) -> None:
        """Add a request; beyond the capacity the older half is dropped."""
        if len(self.entries) >= self._capacity:
            del self.entries[: self._capacity // 2]
        self.entries.append(entry)
        self.total += 1

    def latest(self, count: int) -> list[Entry]:
        """Return the newest entries, oldest first."""
        return self.entries[max(0, len(self.entries) - count) :]

    def clear(self) -> None:
        """Remove all recorded requests."""
        self.entries = []
        self.total = 0

    def count(self, operation: str) -> int:
        """Return how many requests an operation has had."""
        return sum(entry.operation == operation for entry in self.entries)

    def __len__(self) -> int:
        return len(self.entries)
