"""The progress of a stream."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override

from wix_api.progress import time_text


@dataclass(frozen=True)
class StreamProgress:
    """The progress of a stream.

    Attributes:
        stream: Its name.
        records: Records so far.
        seconds: Seconds since it began.
        quota: Share of the quota in use, 1.0 for all of it.
        expected: The total number of records, if it is known.
    """

    stream: str
    records: int
    seconds: float
    quota: float
    expected: int | None = None

    @override
    def __str__(self) -> str:
        rate = self.records / self.seconds if self.seconds else 0.0
        parts = [f"{self.stream}: {self.records:,} records", f"{rate:,.0f}/s", f"{self.quota:.0%} of the quota"]
        if self.expected and rate:
            parts.insert(1, f"of {self.expected:,}")
            parts.append(f"{time_text(max(self.expected - self.records, 0) / rate)} left")
        return ", ".join(parts)
