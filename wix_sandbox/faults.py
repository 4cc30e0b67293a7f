"""Faults are data: a list of what shall go wrong, when, and how often.

{"operation": "products.query", "action": {"status": 503}, "times": 2}
{"path": "/stores/", "method": "PATCH", "action": {"drop": "after"}, "every": 3}
{"operation": "*", "action": {"delay": 0.5}, "probability": 0.1, "seed": 7}
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from random import Random
from typing import Any, Literal

import msgspec

from wix_sandbox.errors import WixError, bad_request


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What goes wrong. `status` (with `body`, `headers`) answers in the handler's place; the rest bends the request."""

    status: int | None = None
    body: Any = None
    headers: dict[str, str] = {}
    delay: float = 0.0
    """Seconds before anything else."""
    drop: Literal["before", "after", "middle"] | None = None
    """Close the connection: before the handler, after its write, or in the middle of the body."""
    truncate: bool = False
    """Status 200 with a body that ends too early: malformed JSON."""
    throttle: bool = False
    """403 with empty message and details, as Wix's protection layer answers."""
    expire_token: bool = False
    """End all access tokens before the request is checked."""
    expire_cursor: bool = False
    refuse_sort: bool = False
    steal_revision: bool = False
    """Somebody else changes the entity just before an update is applied."""
    stale_index_ms: int = 0
    """Queries do not see what changed in the last so many milliseconds."""

    @property
    def names(self) -> list[str]:
        """What is set, for the journal."""
        return sorted(msgspec.to_builtins(self))


class Fault(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """When an action happens: to which requests, and how many of them. Without a measure: to all of them."""

    action: Action
    operation: str | None = None
    """Operation with shell wildcards: `products.*`, `*`."""
    path: str | None = None
    """Beginning of the path."""
    method: str | None = None
    times: int | None = None
    """The first so many matching requests."""
    every: int | None = None
    """Each so-manieth matching request."""
    probability: float | None = None
    seed: int = 0
    seen: int = 0
    """Matching requests so far."""
    done: int = 0
    """How often it happened."""

    def matches(self, operation: str | None, method: str, path: str) -> bool:
        """Whether a request is meant."""
        return (
            (self.operation is None or fnmatchcase(operation or "", self.operation))
            and (self.path is None or path.startswith(self.path))
            and (self.method is None or self.method.upper() == method)
        )

    def is_due(self, chance: Random) -> bool:
        """Count a matching request and say whether the action happens to it."""
        self.seen += 1
        due = True
        if self.every is not None:
            due = self.seen % self.every == 0
        if self.probability is not None:
            due = due and chance.random() < self.probability
        if self.times is not None:
            due = due and self.done < self.times
        self.done += due
        return due


class Faults:
    """The faults that are planned, in the order they were posted."""

    def __init__(self) -> None:
        self._planned: list[tuple[Fault, Random]] = []

    def plan(self, faults: Any) -> None:
        """Add faults: one object or a list of them.

        Raises:
            WixError: 400 for an unknown member or value.
        """
        listed = faults if isinstance(faults, list) else [faults]
        try:
            planned = msgspec.convert(listed, list[Fault])
        except msgspec.ValidationError as error:
            raise _refused(error) from error
        self._planned += [(each, Random(each.seed)) for each in planned]  # noqa: S311 - repeatable, not secret

    def take(self, operation: str | None, method: str, path: str) -> list[Action]:
        """The actions that happen to a request."""
        return [
            fault.action
            for fault, chance in self._planned
            if fault.matches(operation, method, path) and fault.is_due(chance)
        ]

    def describe(self) -> list[dict[str, Any]]:
        """The plan with its counts, as JSON."""
        described: list[dict[str, Any]] = msgspec.to_builtins([fault for fault, _ in self._planned])
        return described

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self._planned = []


def _refused(error: msgspec.ValidationError) -> WixError:
    message = f"Not a fault: {error}"
    return bad_request(message)
