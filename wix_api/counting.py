"""How many rows an endpoint has, by Wix's own count: a check on what was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wix_api.errors import WixError

if TYPE_CHECKING:
    from wix_api.client import WixClient
    from wix_api.operations import Operation


@dataclass(frozen=True)
class Count:
    """A call that counts rows.

    Attributes:
        operation: What to call.
        bodies: What to send; more than one where the number depends on what the credentials may see, which cannot be
            asked: then either number is right.
        path: Members of the answer that lead to the number.
    """

    operation: Operation
    bodies: tuple[Mapping[str, Any], ...] = ({},)
    path: tuple[str, ...] = ("count",)

    def ask(self, client: WixClient) -> frozenset[int]:
        """Ask Wix; an empty answer means that it does not say (it stops counting at large numbers) or may not."""
        numbers = set()
        for body in self.bodies:
            try:
                number: Any = client.call(self.operation, body=body)
            except WixError:
                return frozenset()
            for member in self.path:
                number = number.get(member) if isinstance(number, Mapping) else None
            if isinstance(number, int):
                numbers.add(number)
        return frozenset(numbers)


def total_of_query(operation: Operation, *path: str, flags: Mapping[str, Any] | None = None) -> Count:
    """Return the count of an endpoint whose pages contain the total; a page of one row is requested.

    Args:
        operation: What to call.
        path: Members of the answer that lead to the number.
        flags: Members next to the query, the same as where the rows are read.
    """
    return Count(operation, ({"query": {"paging": {"limit": 1}}, **(flags or {})},), path)


TOTAL_RESULTS = ("totalResults",)
"""Where the V1 store endpoints return it."""
PAGING_TOTAL = ("pagingMetadata", "total")
"""Where contacts return it."""
