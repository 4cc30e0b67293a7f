"""Rough weather for long runs: a plan of faults that a good client survives, drawn from one seed."""

from __future__ import annotations

from random import Random
from typing import Any

MISHAPS: tuple[dict[str, Any], ...] = (
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
"""What goes wrong on a bad day and passes by itself. A sort that is refused does not pass, so it is none of these."""


def rough_weather(seed: int, probability: float = 0.02) -> list[dict[str, Any]]:
    """Plan for `POST /_sandbox/faults`: each mishap meets any request with that probability, apart from the others."""
    chance = Random(seed)  # noqa: S311 - repeatable, not secret
    return [
        {"operation": "*", "action": action, "probability": probability, "seed": chance.getrandbits(32)}
        for action in MISHAPS
    ]
