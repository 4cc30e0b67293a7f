"""The fault `fail_items`: some items of a bulk call fail, each with its own error; the others are processed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_sandbox.faults import Planned
    from wix_sandbox.values import Entity


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
        good = sum(bool(result["itemMetadata"]["success"]) for result in results)
        totals = {"totalSuccesses": good, "totalFailures": len(results) - good, "undetailedFailures": 0}
        part.update(results=results, bulkActionMetadata=totals)
        return answer
