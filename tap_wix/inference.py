"""A JSON Schema from sample rows: wide enough for the rows that were not seen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object", list: "array"}


def schema_of(rows: Sequence[dict[str, Any]], keys: Iterable[str]) -> dict[str, Any]:
    """Return the schema of rows.

    Every member but the keys may be null. Members of different types in different rows have all these types. Whole
    numbers count as numbers, since the next row may have a fraction. A text is a date only if each one is.

    Args:
        rows: Sample rows.
        keys: Members that every row has; texts where no row shows them.
    """
    schema = _object(rows)
    properties = schema["properties"]
    for key in keys:
        found = properties.setdefault(key, {"type": ["string"]})
        properties[key] = {**found, "type": [each for each in found["type"] if each != "null"]}
    return {**schema, "type": "object"}


def _of(values: list[Any]) -> dict[str, Any]:
    kinds = {_TYPES[type(value)] for value in values if value is not None}
    if "integer" in kinds:
        kinds = kinds - {"integer"} | {"number"}
    if not kinds:  # nothing but nulls
        return {"type": ["string", "number", "boolean", "object", "array", "null"]}
    schema: dict[str, Any] = {"type": [*sorted(kinds), "null"]}
    if "object" in kinds:
        schema |= {"properties": _object([value for value in values if isinstance(value, dict)])["properties"]}
    if "array" in kinds:
        items = [item for value in values if isinstance(value, list) for item in value]
        schema["items"] = _of(items) if items else {}
    if kinds == {"string"} and all(value is None or _DATE.fullmatch(value) for value in values):
        schema["format"] = "date-time"
    return schema


def _object(values: Sequence[dict[str, Any]]) -> dict[str, Any]:
    names = dict.fromkeys(name for value in values for name in value)
    return {
        "type": ["object", "null"],
        "properties": {name: _of([value[name] for value in values if name in value]) for name in names},
    }
