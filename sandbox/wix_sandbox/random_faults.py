"""Random faults for long runs: a plan that a robust client survives, generated from one seed."""

from __future__ import annotations

from random import Random
from typing import Any

TRANSIENT: tuple[dict[str, Any], ...] = (
    {"status": 500},
    {"status": 503, "retry_after": 0},
    {"rate_limit": True},
    {"rate_limit": True, "retry_after": 0},
    {"throttle": True},
    {"delay": 0.01},
    {"drop": "before"},
    {"drop": "after"},
    {"drop": "middle"},
    {"truncate": True},
    {"malform": True},
    {"expire_token": True},
    {"expire_cursor": True},
    {"steal_revision": True},
    {"stale_index_ms": 20},
)
"""Actions that are temporary. `refuse_sort` is not, so it is missing here."""


def random_faults(seed: int, probability: float = 0.02) -> list[dict[str, Any]]:
    """Return a plan for `POST /_sandbox/faults`: each action hits any request with this probability, independently."""
    chance = Random(seed)  # noqa: S311 - repeatable, not secret
    return [
        {"operation": "*", "action": action, "probability": probability, "seed": chance.getrandbits(32)}
        for action in TRANSIENT
    ]
