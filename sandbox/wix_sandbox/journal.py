"""What was asked: every request of the API, in order."""

from __future__ import annotations

import msgspec


class Entry(msgspec.Struct, kw_only=True, rename="camel"):
    """One request and what came of it. Status 0: the connection was dropped before all of the answer was through."""

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
    """What went wrong on purpose: `delay,status`."""
    fault_numbers: list[int]
    """Which faults did it, by their numbers in `GET /_sandbox/faults`."""
    unknown: list[str] = []
    """Members of the request that Wix does not know: it ignores them, which a misspelled one hides behind."""


class Journal:
    """The requests since the start or the last `clear`, oldest first."""

    def __init__(self, capacity: int = 100_000) -> None:
        self._capacity = capacity
        self.entries: list[Entry] = []
        self.total = 0
        """All requests, those that are forgotten included."""

    def add(self, entry: Entry) -> None:
        """Note a request; beyond the capacity the older half is forgotten."""
        if len(self.entries) >= self._capacity:
            del self.entries[: self._capacity // 2]
        self.entries.append(entry)
        self.total += 1

    def latest(self, count: int) -> list[Entry]:
        """The newest entries, oldest first."""
        return self.entries[max(0, len(self.entries) - count) :]

    def clear(self) -> None:
        """Forget all."""
        self.entries = []
        self.total = 0

    def count(self, operation: str) -> int:
        """How many requests an operation has had."""
        return sum(entry.operation == operation for entry in self.entries)

    def __len__(self) -> int:
        return len(self.entries)
