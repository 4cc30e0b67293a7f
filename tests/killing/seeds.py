"""Schedules are seeds; some of them share one test, since a test each would cost more than a schedule."""

from __future__ import annotations

IN_ONE_TEST = 20
IN_ONE_LONG_TEST = 200
"""Of long runs, whose tests cost every run their collection."""


def batches(count: int, size: int = IN_ONE_TEST) -> list[range]:
    """Split seeds over tests."""
    return [range(start, min(start + size, count)) for start in range(0, count, size)]


def name(batch: range) -> str:
    """Return the name of a test from its seeds: `20-39`."""
    return f"{batch.start}-{batch.stop - 1}"
