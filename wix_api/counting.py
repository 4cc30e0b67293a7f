"""Wix's own count of the rows of an endpoint: a check of what was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from wix_api.errors import WixError

if TYPE_CHECKING:
    from wix_api.client import WixClient
    from wix_api.operations import Operation

_EVERYTHING: Mapping[str, Any] = MappingProxyType({})


class Tally(NamedTuple):
    """Wix's answers to the bodies of a count.

    Attributes:
        numbers: The numbers of rows; empty if Wix does not return them (it stops counting at large numbers).
        refused: Flags of the bodies that were refused: rows that the credentials may not count.
    """

    numbers: frozenset[int] = frozenset()
    refused: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Count:
    """A call that counts rows.

    Attributes:
        operation: The call.
        bodies: The bodies to send. There are several if the number depends on what the credentials may see, which
            cannot be queried: then either number is correct. The first body counts the most rows.
        path: Keys in the answer that lead to the number.
        has_text_filter: Whether a filter is a JSON text, as in the queries of V1.
    """

    operation: Operation
    bodies: tuple[Mapping[str, Any], ...] = ({},)
    path: tuple[str, ...] = ("count",)
    has_text_filter: bool = False

    def ask(self, client: WixClient, filters: Mapping[str, Any] = _EVERYTHING) -> Tally:
        """Ask Wix for the number of rows, of all by default."""
        numbers: set[int] = set()
        refused: frozenset[str] = frozenset()
        for body in self.bodies:
            try:
                number: Any = client.call(self.operation, body=self._filtered(body, filters))
            except WixError:
                refused |= _flags(body)
                continue
            for member in self.path:
                number = number.get(member) if isinstance(number, Mapping) else None
            if isinstance(number, int):
                numbers.add(number)
        return Tally(frozenset(numbers), refused)

    def is_refused(self, client: WixClient) -> bool:
        """True if Wix does not count all rows for these credentials."""
        return bool(replace(self, bodies=self.bodies[:1]).ask(client).refused)

    def _filtered(self, body: Mapping[str, Any], filters: Mapping[str, Any]) -> Mapping[str, Any]:
        if not filters:
            return body
        if "query" not in body:
            return {**body, "filter": filters}
        given = msgspec.json.encode(filters).decode() if self.has_text_filter else filters
        return {**body, "query": {**body["query"], "filter": given}}

    @property
    def most(self) -> frozenset[str]:
        """The flags that count all rows, including those that the credentials may not read."""
        return _flags(self.bodies[0])


def _flags(body: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of a body's flags, or "count" if it has none."""
    return frozenset(name for name, value in body.items() if value is True) or frozenset({"count"})


def total_of_query(
    operation: Operation, *path: str, flags: Mapping[str, Any] | None = None, has_text_filter: bool = False
) -> Count:
    """Return the count of an endpoint whose pages contain the total; a page of one row is requested.

    Args:
        operation: The call.
        path: Keys in the answer that lead to the number.
        flags: Members next to the query, the same as when the rows are read.
        has_text_filter: Whether a filter is a JSON text.
    """
    return Count(operation, ({"query": {"paging": {"limit": 1}}, **(flags or {})},), path, has_text_filter)


TOTAL_RESULTS = ("totalResults",)
"""Path of the number in answers of the V1 store endpoints."""
PAGING_TOTAL = ("pagingMetadata", "total")
"""Path of the number in answers about contacts."""
