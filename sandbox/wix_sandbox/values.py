"""Values inside entities: found by dotted paths, compared as Wix compares them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$", re.IGNORECASE)
_NEXT_WORD = re.compile(r"(?<=.)[-_](\w)")
_COMPLEMENT = str.maketrans("0123456789abcdef", "fedcba9876543210")
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)

Entity = dict[str, Any]
"""A JSON object as it goes over the wire."""

Key = tuple[Any, ...]
"""A value that can be compared with any other: its rank by type, then the value."""

MISSING: Key = (0,)


def values_at(entity: Any, path: str) -> list[Any]:
    """Return every value at a dotted path; lists on the way are searched, missing members are skipped.

    A member's own name may contain dots, as those of extended fields: `items.custom.size` finds `custom.size`.
    """
    found: list[Any] = []
    _gather(entity, path, found)
    return found


def _gather(holder: Any, path: str, found: list[Any]) -> None:
    if isinstance(holder, list):
        for each in holder:
            _gather(each, path, found)
    elif isinstance(holder, dict):
        if path in holder:
            value = holder[path]
            found.extend(value) if isinstance(value, list) else found.append(value)
            return
        name, _, rest = path.partition(".")
        if rest and name in holder:
            _gather(holder[name], rest, found)


def instant(text: str) -> int | None:
    """Return microseconds since the epoch of an RFC 3339 date-time, or None for other texts."""
    if not _INSTANT.match(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return microseconds(moment)


def microseconds(moment: datetime) -> int:
    """Return a moment in microseconds since the epoch."""
    return (moment - _EPOCH) // _MICROSECOND


def key_of(value: Any, *, number: bool = False) -> Key:
    """Return the value in a comparable form: dates as instants, declared numbers as numbers even if they are text."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return (1, value)
    if isinstance(value, int | float):
        return (2, value)
    if isinstance(value, str):
        return _key_of_text(value, number=number)
    return (5, repr(value))


def _key_of_text(text: str, *, number: bool) -> Key:
    if number:
        try:
            return (2, int(text) if text.lstrip("-").isdigit() else float(text))
        except ValueError:
            return (4, text)
    moment = instant(text) if len(text) > len("2024-01-01T00:") and text[4] == "-" else None
    return (4, text) if moment is None else (3, moment)


def camel_case(name: str) -> str:
    """Return a name in camel case: `clientId` for `client_id` and for `client-id`."""
    return _NEXT_WORD.sub(lambda found: found[1].upper(), name)


def without(entity: Mapping[str, Any], *names: str) -> Entity:
    """Return an entity without some members."""
    return {name: value for name, value in entity.items() if name not in names}


def only(entity: Mapping[str, Any], *names: str) -> Entity:
    """Return those of some members that an entity has, in the order of the names."""
    return {name: entity[name] for name in names if name in entity}


def given(entity: Mapping[str, Any]) -> Entity:
    """Return the members that are not null."""
    return {name: value for name, value in entity.items() if value is not None}


def filled(entity: Mapping[str, Any]) -> Entity:
    """Return the members that are neither null nor empty."""
    return {name: value for name, value in entity.items() if value not in (None, "", [], {})}


def complement(guid: str) -> str:
    """Return a GUID in which every hex digit d became f - d: the id of a product's inventory item on Catalog V1."""
    return guid.translate(_COMPLEMENT)
