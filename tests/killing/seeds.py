"""Schedules are seeds; some of them share one test, since a test each would cost more than a schedule."""

from __future__ import annotations

IN_ONE_TEST = 20


def batches(count: int) -> list[range]:
    """Split so many seeds over tests."""
    return [range(start, min(start + IN_ONE_TEST, count)) for start in range(0, count, IN_ONE_TEST)]


def name(batch: range) -> str:
    """Name a test by its seeds: `20-39`."""
    return f"{batch.start}-{batch.stop - 1}"
