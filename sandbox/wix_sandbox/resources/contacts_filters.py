"""Queries of contacts, labels and extended fields that Wix refuses with codes of these services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import error_400
from wix_sandbox.query.spec import OPERATORS

if TYPE_CHECKING:
    from wix_sandbox.query.spec import Query
    from wix_sandbox.values import Entity

_SHAPES: dict[str, type] = {
    **dict.fromkeys(("$in", "$nin", "$hasAll", "$hasSome"), list),
    **dict.fromkeys(("$exists", "$isEmpty"), bool),
    "$startsWith": str,
}
"""Types of the values of operators; the others take one value."""


@dataclass(frozen=True)
class Codes:
    """The codes that differ between the services."""

    sort: str
    field: str
    value: str
    too_many_sorts: str = ""
    """Empty for the general error."""


OF_CONTACTS = Codes("UNSUPPORTED_SORT_FIELD", "UNSUPPORTED_FILTER_FIELD_UNKNOWN", "UNSUPPORTED_FILTER_VALUE_TYPE")
OF_KEYS = Codes("INVALID_SORT", "UNSUPPORTED_FILTER_FIELD", "UNSUPPORTED_FILTER_VALUE", too_many_sorts="INVALID_SORT")


def check_query(envelope: Entity, query: Query, codes: Codes) -> None:
    """Refuse an invalid sort or filter with 400 and the codes of a service, before the query engine does."""
    stated = envelope.get("sort") or []
    sort = stated if isinstance(stated, list) else [stated]
    if codes.too_many_sorts and len(sort) > query.max_sort:
        raise error_400(codes.too_many_sorts, f"Sorting by {len(sort)} fields is not supported")
    for entry in sort:
        name = entry.get("fieldName") if isinstance(entry, dict) else entry
        if not isinstance(name, str) or name not in query.sortable:
            raise error_400(codes.sort, f"Sorting by {name} is not supported")
    condition = envelope.get("filter")
    _check_filter({} if condition is None else condition, query, codes)


def _check_filter(condition: Any, query: Query, codes: Codes) -> None:
    if not isinstance(condition, dict):
        raise error_400("MALFORMED_FILTER", "Filter must be an object")
    for name, value in condition.items():
        if name in {"$and", "$or"} and not isinstance(value, list):
            raise error_400("MALFORMED_FILTER", f"{name} must be an array")
        if name in {"$and", "$or", "$not"}:
            for each in value if isinstance(value, list) else [value]:
                _check_filter(each, query, codes)
            continue
        _check_condition(name, value if isinstance(value, dict) else {"$eq": value}, query, codes)


def _check_condition(name: str, condition: Entity, query: Query, codes: Codes) -> None:
    if name.startswith("$"):
        raise error_400("UNSUPPORTED_FILTER", f"{name} is not supported in filters")
    operators = query.operators(name)
    if operators is None:
        raise error_400(codes.field, f"Filtering by {name} is not supported")
    for operator, value in condition.items():
        if operator not in OPERATORS & operators:
            raise error_400("UNSUPPORTED_FILTER_OPERATOR", f"Operator {operator} is not supported on {name}")
        shape = _SHAPES.get(operator)
        if isinstance(value, list | dict) if shape is None else not isinstance(value, shape):
            raise error_400(codes.value, f"Operator {operator} on {name} does not take this value")
