"""The rules of one query endpoint: fields, operators, sorts, paging, page sizes."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - a field of a dataclass
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, Self

from wix_sandbox import facts
from wix_sandbox.errors import WixError, error_400
from wix_sandbox.values import Entity, given, values_at

if TYPE_CHECKING:
    from collections.abc import Mapping

OPERATORS = frozenset(
    {
        *("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$startsWith", "$contains"),
        *("$exists", "$isEmpty", "$hasAll", "$hasSome", "$matchItems"),
    }
)
ASSUMED_DEFAULT_LIMIT = 100
"""Page size if neither the caller nor Wix's documentation names one (as seen on products and categories)."""


BOTH_WAYS = frozenset({"ASC", "DESC"})


def either_way(*names: str) -> dict[str, frozenset[str]]:
    """Return the `sortable` of fields by which an endpoint sorts in both directions."""
    return dict.fromkeys(names, BOTH_WAYS)


class Paging(Enum):
    """The two styles of paging, and the endpoints that take either, with the one that they take by default."""

    OFFSET = "offset"
    CURSOR = "cursor"
    OFFSET_OR_CURSOR = "offset or cursor"
    CURSOR_OR_OFFSET = "cursor or offset"


class Metadata(Enum):
    """Shape and key of the paging metadata in an answer."""

    PAGING_METADATA = "pagingMetadata"
    METADATA = "metadata"
    V1_ITEMS = "metadata.items"
    """Stores V1: `metadata {items, offset}` where items repeats the limit, and a separate `totalResults`."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """One query or search endpoint. Fields are dotted paths; a trailing `.*` allows any member."""

    filterable: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sortable: Mapping[str, frozenset[str]] = field(default_factory=dict)
    envelope: str = "query"
    paging: Paging = Paging.CURSOR
    metadata: Metadata = Metadata.PAGING_METADATA
    lacks: frozenset[str] = frozenset()
    """Members of the paging metadata that its type does not have."""
    max_limit: int = 100
    default_limit: int = ASSUMED_DEFAULT_LIMIT
    default_sort: tuple[str, str] = ("createdDate", "DESC")
    max_sort: int = 5
    numbers: frozenset[str] = frozenset()
    """Fields whose values are numbers even if they are sent as text (money, 64-bit integers)."""
    paths: Mapping[str, str] = field(default_factory=dict)
    """Filter names that are not paths: `{"collections.id": "collectionIds"}`."""
    window: int | None = None
    """Offset paging stops at this many rows (10,000 on Stores V1)."""
    text_fields: tuple[str, ...] = ()
    """Paths that a free-text `search.expression` looks into."""
    aggregates: bool = False
    """Whether the answer of a search has `aggregationData`."""
    counts_matches: bool = False
    """Whether the first page by cursor has the `total` of all matches."""
    fuzzy: bool = False
    """Whether free text also finds parts of words: `MUG-9` finds `MUG-1`."""
    base_filter: Entity = field(default_factory=dict)
    """A filter that the endpoint adds; it may name any field."""
    reach: Callable[[Entity, str], list[Any]] = values_at
    """Finds the values at a path, for endpoints whose filters name more than plain paths."""
    computed: frozenset[str] = frozenset()
    """Filter names whose values only `reach` finds."""
    codes: Mapping[str, str] = field(default_factory=dict)
    """Codes of a service that refuses with its own: `limit`, `sort`, `sorts` (too many), `filter` (its shape),
    `combining` (`$nand`), `field`, `operator` and `value` of a condition."""

    @classmethod
    def declared(cls, name: str, **changes: Any) -> Self:
        """Return the endpoint of that name in `facts/queries.json` (`stores-v3/queryProducts`), with changes."""
        stated = _queries()[name]
        filterable = {path: frozenset(operators) for path, operators in stated["filterable"].items()}
        members = {
            "filterable": filterable,
            "sortable": {path: frozenset(orders) for path, orders in stated["sortable"].items()},
            "max_limit": stated["max_limit"],
            "default_limit": stated["default_limit"] or min(stated["max_limit"] or 0, ASSUMED_DEFAULT_LIMIT),
            "max_sort": stated["max_sort"],
            "numbers": frozenset(path for path, operators in filterable.items() if _is_number(path, operators)),
        }
        return cls(**(given(members) | changes))

    def but(self, **changes: Any) -> Query:
        """Return the same endpoint with changes."""
        return replace(self, **changes)

    def coded(self, what: str, error: WixError) -> WixError:
        """Return the refusal of a part of a query, with the code that the service has for it, if it has its own."""
        return error_400(self.codes[what], error.message) if what in self.codes else error

    def operators(self, path: str) -> frozenset[str] | None:
        """Return the operators of a field, or None if it is not filterable."""
        if path in self.filterable:
            return self.filterable[path]
        for declared, operators in self.filterable.items():
            if declared.endswith((".*", ".<name>")) and path.startswith(declared.rpartition(".")[0] + "."):
                return operators
        return None

    def is_plain(self, name: str) -> bool:
        """True if a name means one path, the same in every entity (`options.<name>` does not)."""
        return name not in self.computed and (name in self.filterable or name in self.base_filter)

    def path(self, name: str) -> str:
        """Return the path of a filter or sort name in the entity."""
        return self.paths.get(name, name)


def _is_number(path: str, operators: frozenset[str]) -> bool:
    named_like_a_date = path.endswith(("Date", "lastUpdated", "deliveryTime", "Slot.from", "Slot.to", "birthdate"))
    return "$gt" in operators and "$startsWith" not in operators and not named_like_a_date


@cache
def _queries() -> dict[str, Any]:
    return facts.read("queries", dict[str, Any])
