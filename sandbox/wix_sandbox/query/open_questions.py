"""Filters as sites interpret them where Wix's documentation says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import application_error

if TYPE_CHECKING:
    from wix_sandbox.readings import Readings

_LISTS = frozenset({"$in", "$hasSome"})


def as_read(raw: Any, readings: Readings) -> Any:
    """Return a filter whose values are interpreted by the readings of a site.

    Raises:
        WixError: 400 for more values than one condition may have.
    """
    if isinstance(raw, list):
        return [as_read(each, readings) for each in raw]
    if not isinstance(raw, dict):
        return raw
    return {
        name: as_read(value, readings) if name.startswith("$") else _condition(name, value, readings)
        for name, value in raw.items()
    }


def _condition(name: str, value: Any, readings: Readings) -> Any:
    by_operator = value if isinstance(value, dict) else {"$eq": value}
    listed = {operator: many for operator, many in by_operator.items() if operator in _LISTS and isinstance(many, list)}
    most = int(readings["slugs-in-filter" if name == "slug" else "values-in-filter"])
    if any(len(many) > most for many in listed.values()):
        text = f"{name} takes {most} values or less"
        raise application_error(400, "INVALID_FILTER", text)
    if name == "productId" and "$hasSome" in listed and readings["v1-stock-of-products"] == "first":
        return by_operator | {"$hasSome": listed["$hasSome"][:1]}
    if name == "numericId":
        return {operator: _numeric(each, readings["numeric-id-filter"]) for operator, each in by_operator.items()}
    return value


def _numeric(value: Any, form: str) -> Any:
    """Return a numeric id, or a text that equals no numeric id if the form is not understood."""
    if isinstance(value, list):
        return [_numeric(each, form) for each in value]
    return value if form in {"either", "text" if isinstance(value, str) else "number"} else "not understood"
