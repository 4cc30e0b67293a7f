"""Faults as data: a list of actions, each with the requests that it hits, and how often.

{"operation": "products.query", "action": {"status": 503}, "times": 2}
{"path": "/stores/", "method": "PATCH", "action": {"drop": "after"}, "every": 3}
{"operation": "*", "action": {"delay": 0.5}, "probability": 0.1, "seed": 7}
{"operation": "products.bulk-*", "holds": "blue-mug", "action": {"fail_items": {"code": "INVALID_REVISION"}}}
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from random import Random
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from wix_sandbox.bulk import bulk_answer
from wix_sandbox.documented import declared_codes
from wix_sandbox.errors import bad_request
from wix_sandbox.store.table import HORIZON_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_sandbox.resource import Route
    from wix_sandbox.values import Entity


class Targets:
    """Refuses a fault that would never match a request, since its target is misspelled."""

    def __init__(self, routes: Iterable[Route]) -> None:
        listed = list(routes)
        self._operations = sorted({route.operation for route in listed})
        self._methods = sorted({route.method for route in listed})
        self._paths = sorted({path for route in listed for path in (route.path, *route.aliases)})

    def check(self, operation: str | None, method: str | None, path: str | None) -> None:
        """Refuse an unknown operation, method or path of a fault with 400; the message lists the existing ones."""
        if operation is not None and not any(fnmatchcase(each, operation) for each in self._operations):
            raise _unknown("operation", operation, self._operations)
        if method is not None and method.upper() not in self._methods:
            raise _unknown("method", method, self._methods)
        if path is not None and not any(_can_begin(each, path) for each in self._paths):
            raise _unknown("path", path, sorted({"/".join(each.split("/")[:3]) for each in self._paths}))


def _can_begin(template: str, pattern: str) -> bool:
    """True if a path of this template can begin like the pattern, up to its first wildcard."""
    literal = re.split(r"[*?[]", pattern, maxsplit=1)[0].split("/")
    own = template.split("/")
    if len(literal) > len(own):
        return False
    *whole, last = zip(own, literal, strict=False)
    return all(each.startswith("{") or each == asked for each, asked in whole) and (
        last[0].startswith("{") or last[0].startswith(last[1])
    )


def _unknown(what: str, asked: str, known: list[str]) -> Exception:
    close = get_close_matches(asked, known, n=1)
    nearest = f" (nearest: {close[0]})" if close else ""
    message = f"Not a fault: no {what} matches {asked!r}{nearest}; there are {', '.join(known)}"
    return bad_request(message)


Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(ge=0)]
Status = Annotated[int, Meta(ge=200, le=599)]
Share = Annotated[float, Meta(ge=0, le=1)]

ANSWERS = frozenset({"status", "throttle", "rate_limit", "refuse"})
"""Actions that answer instead of the handler: a write that they hit is not done."""
DETAILS = frozenset({"body", "headers", "retry_after"})
"""Members that only add to such an answer."""


class ItemError(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The error of one item of a bulk call."""

    code: str
    description: str = ""
    data: dict[str, Any] = {}


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The action of a fault. The descriptions are the table in the sandbox's documentation."""

    status: Annotated[Status | None, Meta(description="Answers with this status; nothing is read or written.")] = None
    body: Annotated[
        Any, Meta(description='Body of that answer: JSON, or text as it is. Default `{"message": "", "details": {}}`.')
    ] = None
    headers: Annotated[dict[str, str], Meta(description="Further headers of that answer.")] = {}
    rate_limit: Annotated[bool, Meta(description="429 as at the end of the quota; with `times`, several in a row.")] = (
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
    delay: Annotated[Seconds, Meta(description="Waits this many seconds before anything else.")] = 0.0
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
    malform: Annotated[bool, Meta(description="A whole body that is not JSON: its last bracket is wrong.")] = False
    expire_token: Annotated[
        bool,
        Meta(description="Ends every access token before the request is checked: 401 for apps, no effect on keys."),
    ] = False
    expire_cursor: Annotated[bool, Meta(description="400 for a page that is requested by cursor.")] = False
    refuse_sort: Annotated[bool, Meta(description='400 "not declared as sortable" for a query with a sort.')] = False
    steal_revision: Annotated[
        bool,
        Meta(
            description="Another client changes what the request names just before it is applied: a write that sends a "
            "revision is refused as stale (409), and so is one of the category tree."
        ),
    ] = False
    fail_stock: Annotated[
        bool,
        Meta(description="The stock of a with-inventory call fails, item by item; its products are written."),
    ] = False
    fail_items: Annotated[
        ItemError | None,
        Meta(
            description="Items of a bulk call with the text of `holds` fail with this `code` and `description`; "
            "the others are processed."
        ),
    ] = None
    refuse_stock: Annotated[
        bool,
        Meta(description="The stock of a with-inventory call fails as a whole: `inventoryResults.error`, no results."),
    ] = False
    undetailed_stock: Annotated[
        bool,
        Meta(description="The stock of a with-inventory call fails and is counted in `undetailedFailures` only."),
    ] = False
    lose_pictures: Annotated[
        bool,
        Meta(
            description="Pictures given by URL never arrive at a V3 product: an item of unknown media type "
            "with an `uploadId`; sending the same write again brings them. A file of the Media Manager becomes FAILED."
        ),
    ] = False
    stale_index_ms: Annotated[
        int,
        Meta(
            ge=0,
            le=HORIZON_MS,
            description="Queries, searches and counts answer from the state of this many milliseconds ago (by the "
            "shop's clock); single entities are returned as they are now.",
        ),
    ] = 0

    stale_read_ms: Annotated[
        int,
        Meta(
            ge=0,
            le=HORIZON_MS,
            description="Age of the answer to a read of a V3 product by its id or slug, in milliseconds of the "
            "shop's clock.",
        ),
    ] = 0

    def __post_init__(self) -> None:
        if not self.names:
            raise ValueError("an action without an effect")
        if self.refuse is not None and self.refuse not in declared_codes():
            close = get_close_matches(self.refuse, declared_codes(), n=1)
            raise ValueError(f"no declared error code {self.refuse}{f' (nearest: {close[0]})' if close else ''}")
        lost = (set(msgspec.to_builtins(self)) & DETAILS) - (DETAILS if self.answers else frozenset())
        if lost:
            raise ValueError(f"{', '.join(sorted(lost))} without {', '.join(sorted(ANSWERS))}")

    @property
    def names(self) -> list[str]:
        """Return the names of its effects, for the journal: `["delay", "status"]`."""
        return sorted(set(msgspec.to_builtins(self)) - DETAILS)

    @property
    def answers(self) -> bool:
        """True if it answers instead of the handler."""
        return self.status is not None or self.throttle or self.rate_limit or self.refuse is not None


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """When an action happens: for which requests, and for how many of them. Without conditions: for every request."""

    action: Annotated[Action, Meta(description="What happens.")]
    operation: Annotated[
        str | None, Meta(description="Name of an operation, with shell wildcards: `products.*`. `*` is every request.")
    ] = None
    path: Annotated[str | None, Meta(description="Beginning of the path, with shell wildcards.")] = None
    method: Annotated[str | None, Meta(description="HTTP method.")] = None
    holds: Annotated[str | None, Meta(description="Text in the path or the body, such as an id or a handle.")] = None
    skip: Annotated[int, Meta(ge=0, description="Skip this many matching requests first.")] = 0
    every: Annotated[Count | None, Meta(description="Apply to every Nth matching request.")] = None
    probability: Annotated[Share | None, Meta(description="Probability that it applies, from 0 to 1.")] = None
    seed: Annotated[int, Meta(description="Seed of that probability: the same seed hits the same requests.")] = 0
    times: Annotated[Count | None, Meta(description="Apply at most this many times.")] = None

    def matches(self, operation: str | None, method: str, path: str, body: bytes) -> bool:
        """True if the request matches."""
        return (
            (self.holds is None or self.holds in path or self.holds.encode() in body)
            and (self.operation is None or fnmatchcase(operation or "", self.operation))
            and (self.path is None or fnmatchcase(path, f"{self.path}*"))
            and (self.method is None or self.method.upper() == method)
        )


@dataclass
class Planned:
    """A planned fault, with its counts so far."""

    number: int
    """Its number in the plan, from 1; the journal names it."""
    fault: Fault
    seen: int = 0
    """Matching requests so far."""
    done: int = 0
    """How often it happened."""
    chance: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.chance = Random(self.fault.seed)  # noqa: S311 - repeatable, not secret

    def is_due(self) -> bool:
        """Count a matching request; True if the action applies to it."""
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
        """Return the fault with its counts, as JSON."""
        return {"number": self.number, **msgspec.to_builtins(self.fault), "seen": self.seen, "done": self.done}


class Faults:
    """The planned faults, in the order in which they were posted."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._targets = Targets(routes)
        self._planned: list[Planned] = []

    def plan(self, faults: Any) -> None:
        """Add faults: one object or a list of them; if one is refused, none is added.

        Raises:
            WixError: 400 for an unknown member, value, operation, path or method; the message lists the known ones.
        """
        try:
            planned = msgspec.convert(faults if isinstance(faults, list) else [faults], list[Fault])
        except msgspec.ValidationError as error:
            raise bad_request(f"Not a fault: {error}. {_members()}") from error
        for each in planned:
            self._targets.check(each.operation, each.method, each.path)
        first = len(self._planned) + 1
        self._planned += [Planned(number, each) for number, each in enumerate(planned, first)]

    def take(self, operation: str | None, method: str, path: str, body: bytes) -> list[Planned]:
        """Return the faults that hit the request."""
        return [each for each in self._planned if each.fault.matches(operation, method, path, body) and each.is_due()]

    def describe(self) -> list[dict[str, Any]]:
        """Return the plan with its counts, as JSON."""
        return [each.describe() for each in self._planned]

    def clear(self) -> None:
        """Delete all faults."""
        self._planned = []


def _members() -> str:
    fault, action = Fault.__struct_fields__, Action.__struct_fields__
    return f"A fault has {', '.join(fault)}; an action has {', '.join(action)}"


@dataclass
class FailingItems:
    """Items that are removed from a bulk call before its handler gets it.

    Attributes:
        errors: The error of each of them, by its index in the call.
        places: Indexes of the items that are left.
    """

    errors: dict[int, Entity] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)

    @classmethod
    def take(cls, faults: Iterable[Planned], body: Entity) -> FailingItems:
        """Remove the failing items from a body, in place."""
        planned = [each.fault for each in faults if each.fault.action.fail_items]
        found = cls()
        if not planned:
            return found
        lists = {name: value for name, value in body.items() if isinstance(value, list) and name != "fields"}
        if not lists:
            return found
        member = max(lists, key=lambda name: len(lists[name]))
        for place, item in enumerate(lists[member]):
            text = msgspec.json.encode(item).decode()
            error = next((one.action.fail_items for one in planned if (one.holds or "") in text), None)
            if error is None:
                found.places.append(place)
            else:
                found.errors[place] = {"data": {}, **msgspec.to_builtins(error)}
        body[member] = [lists[member][place] for place in found.places]
        return found

    @property
    def are_all(self) -> bool:
        """Whether no item is left for the handler."""
        return bool(self.errors) and not self.places

    def put_back(self, answer: Entity) -> Entity:
        """Add the failed items to a bulk answer; the others keep their indexes in the call."""
        if not self.errors:
            return answer
        wrapped = answer.get("productResults")
        part = wrapped if isinstance(wrapped, dict) else answer
        results: list[Any] = list(part.get("results") or [])
        for result in results:
            metadata = result["itemMetadata"]
            metadata["originalIndex"] = self.places[metadata["originalIndex"]]
        for place, error in self.errors.items():
            results.append({"itemMetadata": {"originalIndex": place, "success": False, "error": error}})
        results.sort(key=lambda result: result["itemMetadata"]["originalIndex"])
        part.update(bulk_answer(results))
        return answer
