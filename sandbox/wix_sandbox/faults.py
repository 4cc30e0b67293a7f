"""Faults are data: a list of what shall go wrong, to which requests, and how often.

{"operation": "products.query", "action": {"status": 503}, "times": 2}
{"path": "/stores/", "method": "PATCH", "action": {"drop": "after"}, "every": 3}
{"operation": "*", "action": {"delay": 0.5}, "probability": 0.1, "seed": 7}
{"operation": "products.bulk-*", "holds": "blue-mug", "action": {"fail_items": {"code": "INVALID_REVISION"}}}
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from random import Random
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from wix_sandbox.documented import declared_codes
from wix_sandbox.errors import bad_request
from wix_sandbox.store.past import HORIZON_MS
from wix_sandbox.targets import Targets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_sandbox.resource import Route

Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(ge=0)]
Status = Annotated[int, Meta(ge=200, le=599)]
Share = Annotated[float, Meta(ge=0, le=1)]

ANSWERS = frozenset({"status", "throttle", "rate_limit", "refuse"})
"""Actions that answer in the handler's place: a write they meet is not done."""
DETAILS = frozenset({"body", "headers", "retry_after"})
"""Members that only say more of such an answer."""


class ItemError(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The error of one item of a bulk call."""

    code: str
    description: str = ""
    data: dict[str, Any] = {}


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What goes wrong. The descriptions are the table in the sandbox's documentation."""

    status: Annotated[Status | None, Meta(description="Answers with this status; nothing is read or written.")] = None
    body: Annotated[
        Any, Meta(description='Body of that answer: JSON, or text as it is. Default `{"message": "", "details": {}}`.')
    ] = None
    headers: Annotated[dict[str, str], Meta(description="Further headers of that answer.")] = {}
    rate_limit: Annotated[bool, Meta(description="429 as at the end of the quota; with `times` a storm of them.")] = (
        False
    )
    throttle: Annotated[
        bool, Meta(description="403 with empty message and details, as Wix's protection layer answers.")
    ] = False
    refuse: Annotated[
        str | None,
        Meta(
            description="Refuses with this error code, one that Wix's client declares for its calls; nothing is done."
        ),
    ] = None
    retry_after: Annotated[
        Seconds | None,
        Meta(description="`Retry-After` (seconds) on the answer of `status`, `rate_limit` or `throttle`."),
    ] = None
    delay: Annotated[Seconds, Meta(description="Waits so many seconds before anything else.")] = 0.0
    drop: Annotated[
        Literal["before", "after", "middle"] | None,
        Meta(
            description="Closes the connection: `before` the handler, `after` its write and before the answer, or in "
            "the `middle` of the body."
        ),
    ] = None
    truncate: Annotated[
        bool, Meta(description="Half of the JSON, with the status and the Content-Length of a whole answer.")
    ] = False
    malform: Annotated[bool, Meta(description="A whole body that is no JSON: its last bracket is the wrong one.")] = (
        False
    )
    expire_token: Annotated[
        bool, Meta(description="Ends every access token before the request is checked: 401 for apps, nothing for keys.")
    ] = False
    expire_cursor: Annotated[bool, Meta(description="400 for a page that is asked for by cursor.")] = False
    refuse_sort: Annotated[bool, Meta(description='400 "not declared as sortable" for a query with a sort.')] = False
    steal_revision: Annotated[
        bool,
        Meta(
            description="Somebody else changes what the request names just before it is applied: a write that sends a "
            "revision comes too late (409), and so does one of the category tree."
        ),
    ] = False
    fail_stock: Annotated[
        bool,
        Meta(description="The stock of a with-inventory call fails, item by item; its products are written."),
    ] = False
    fail_items: Annotated[
        ItemError | None,
        Meta(
            description="Items of a bulk call that hold the text of `holds` fail with this `code` and `description`; "
            "the others are done."
        ),
    ] = None
    refuse_stock: Annotated[
        bool,
        Meta(description="The stock of a with-inventory call fails as a whole: `inventoryResults.error`, no results."),
    ] = False
    undetailed_stock: Annotated[
        bool,
        Meta(description="The stock of a with-inventory call fails and is counted in `undetailedFailures` alone."),
    ] = False
    lose_pictures: Annotated[
        bool,
        Meta(
            description="Pictures given by their address never arrive at a V3 product: an item of unknown media type "
            "with an `uploadId`; the same write once more brings them."
        ),
    ] = False
    stale_index_ms: Annotated[
        int,
        Meta(
            ge=0,
            le=HORIZON_MS,
            description="Queries, searches and counts answer from the state of so many milliseconds ago (of the "
            "shop's clock); single entities are read as they are now.",
        ),
    ] = 0

    stale_read_ms: Annotated[
        int,
        Meta(
            ge=0,
            le=HORIZON_MS,
            description="How old the answer to a read of a V3 product by its id or slug is, in milliseconds of the "
            "shop's clock.",
        ),
    ] = 0

    def __post_init__(self) -> None:
        if not self.names:
            message = "an action that does nothing"
            raise ValueError(message)
        if self.refuse is not None and self.refuse not in declared_codes():
            close = get_close_matches(self.refuse, declared_codes(), n=1)
            message = f"no declared error code {self.refuse}{f' (nearest: {close[0]})' if close else ''}"
            raise ValueError(message)
        lost = (set(msgspec.to_builtins(self)) & DETAILS) - (DETAILS if self.answers else frozenset())
        if lost:
            message = f"{', '.join(sorted(lost))} without {', '.join(sorted(ANSWERS))}"
            raise ValueError(message)

    @property
    def names(self) -> list[str]:
        """What it does, for the journal: `["delay", "status"]`."""
        return sorted(set(msgspec.to_builtins(self)) - DETAILS)

    @property
    def answers(self) -> bool:
        """Whether it answers in the handler's place."""
        return self.status is not None or self.throttle or self.rate_limit or self.refuse is not None


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """When an action happens: to which requests, and to how many of them. Without any measure: to every request."""

    action: Annotated[Action, Meta(description="What goes wrong.")]
    operation: Annotated[
        str | None, Meta(description="Name of an operation, with shell wildcards: `products.*`. `*` is every request.")
    ] = None
    path: Annotated[str | None, Meta(description="Beginning of the path, with shell wildcards.")] = None
    method: Annotated[str | None, Meta(description="HTTP method.")] = None
    holds: Annotated[
        str | None, Meta(description="Text that the path or the body holds, such as an id or a handle.")
    ] = None
    skip: Annotated[int, Meta(ge=0, description="Lets so many matching requests pass first.")] = 0
    every: Annotated[Count | None, Meta(description="Only each so-manieth matching request.")] = None
    probability: Annotated[Share | None, Meta(description="Only by chance, from 0 to 1.")] = None
    seed: Annotated[int, Meta(description="Seed of that chance: the same seed, the same requests.")] = 0
    times: Annotated[Count | None, Meta(description="No more than so often; 1 is once.")] = None

    def matches(self, operation: str | None, method: str, path: str, body: bytes) -> bool:
        """Whether a request is meant."""
        return (
            (self.holds is None or self.holds in path or self.holds.encode() in body)
            and (self.operation is None or fnmatchcase(operation or "", self.operation))
            and (self.path is None or fnmatchcase(path, f"{self.path}*"))
            and (self.method is None or self.method.upper() == method)
        )


@dataclass
class Planned:
    """A fault on the plan, and what came of it so far."""

    number: int
    """Its place on the plan, from 1; the journal names it."""
    fault: Fault
    seen: int = 0
    """Matching requests so far."""
    done: int = 0
    """How often it happened."""
    chance: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.chance = Random(self.fault.seed)  # noqa: S311 - repeatable, not secret

    def is_due(self) -> bool:
        """Count a matching request and say whether the action happens to it."""
        fault = self.fault
        self.seen += 1
        counted = self.seen - fault.skip
        due = (
            counted > 0
            and (fault.times is None or self.done < fault.times)
            and (fault.every is None or counted % fault.every == 0)
            and (fault.probability is None or self.chance.random() < fault.probability)
        )
        self.done += due
        return due

    def describe(self) -> dict[str, Any]:
        """The fault with its counts, as JSON."""
        return {"number": self.number, **msgspec.to_builtins(self.fault), "seen": self.seen, "done": self.done}


class Faults:
    """The faults that are planned, in the order they were posted."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._targets = Targets(routes)
        self._planned: list[Planned] = []

    def plan(self, faults: Any) -> None:
        """Add faults: one object or a list of them; all of them or, when one is refused, none.

        Raises:
            WixError: 400 for an unknown member, value, operation, path or method; says which ones there are.
        """
        try:
            planned = msgspec.convert(faults if isinstance(faults, list) else [faults], list[Fault])
        except msgspec.ValidationError as error:
            message = f"Not a fault: {error}. {_members()}"
            raise bad_request(message) from error
        for each in planned:
            self._targets.check(each.operation, each.method, each.path)
        first = len(self._planned) + 1
        self._planned += [Planned(number, each) for number, each in enumerate(planned, first)]

    def take(self, operation: str | None, method: str, path: str, body: bytes) -> list[Planned]:
        """The faults that happen to a request."""
        return [each for each in self._planned if each.fault.matches(operation, method, path, body) and each.is_due()]

    def describe(self) -> list[dict[str, Any]]:
        """The plan with its counts, as JSON."""
        return [each.describe() for each in self._planned]

    def clear(self) -> None:
        """Delete all faults."""
        self._planned = []


def _members() -> str:
    fault, action = Fault.__struct_fields__, Action.__struct_fields__
    return f"A fault has {', '.join(fault)}; an action has {', '.join(action)}"
