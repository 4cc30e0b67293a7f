"""Tables that map the members of one shape to the other, and members that only one shape has.

A `Row` is one fact that is used in both directions: up from catalog V1 to V3's shape, and down. Members without a row
are found by a comparison (`leftover`) and added again by `completed`, so that nothing is lost, even if Wix adds
members.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Entity = dict[str, Any]
Around = tuple[Any, ...]
"""The parents of a value, outermost first: the product, then the option of a choice, and so on."""
Convert = Callable[[Any, Around], Any]
"""Converts a value to the other shape; None if the other shape has no place for it."""


V1 = "v1"
"""Member of a converted entity for values without a place in V3's shape."""


def members(value: Any) -> Entity:
    """Return an object unchanged; `{}` for anything else."""
    return value if isinstance(value, dict) else {}


def elements(value: Any) -> list[Entity]:
    """Return the objects of a list; an empty list for null and other types."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def same(value: Any, _around: Around) -> Any:
    """Return the value unchanged, if both shapes have the same value."""
    return value


@dataclass(frozen=True)
class Row:
    """One fact: a member of V3's shape, the V1 member that it comes from, and how values are converted.

    Attributes:
        v3: Dotted path in V3's shape; empty if V3 has no such member, and the V1 member repeats others.
        v1: Dotted path in V1's shape; empty if V1 has no such member, and the V3 member follows from others.
        up: V1 to V3. A row without a path on the other side gets the whole object.
        down: V3 to V1.
        note: Half a sentence for the documentation, if the conversion is not obvious.
    """

    v3: str
    v1: str
    up: Convert | None = same
    down: Convert | None = same
    note: str = ""


class Table:
    """Rows, applied in order."""

    def __init__(self, *rows: Row) -> None:
        self.rows = rows
        self._up = [(_steps(row.v1), _steps(row.v3), row.up) for row in rows if row.up and row.v3]
        self._down = [(_steps(row.v3), _steps(row.v1), row.down) for row in rows if row.down and row.v1]

    def up(self, part: Mapping[str, Any], around: Around = ()) -> Entity:
        """Convert an object of V1 to V3's shape."""
        return _turned(part, (*around, part), self._up)

    def down(self, part: Mapping[str, Any], around: Around = ()) -> Entity:
        """Convert an object of V3's shape to V1's."""
        return _turned(part, (*around, part), self._down)


_Step = tuple[tuple[str, ...], tuple[str, ...], Convert]


def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split(".")) if path else ()


def _turned(part: Mapping[str, Any], around: Around, steps: Sequence[_Step]) -> Entity:
    turned: Entity = {}
    for source, goal, convert in steps:
        value: Any = part
        for name in source:
            value = value.get(name) if isinstance(value, dict) else None
        if value is None or (converted := convert(value, around)) is None:
            continue
        place = turned
        for name in goal[:-1]:
            place = place.setdefault(name, {})
        place[goal[-1]] = converted
    return turned


def each(table: Table) -> tuple[Convert, Convert]:
    """Return the two conversions of a list whose elements a table describes."""

    def up(values: Any, around: Around) -> list[Entity]:
        return [table.up(value, around) for value in elements(values)]

    def down(values: Any, around: Around) -> list[Entity]:
        return [table.down(value, around) for value in elements(values)]

    return up, down


def enum(pairs: Mapping[str, str]) -> tuple[Convert, Convert]:
    """Return the two conversions of an enum; a value without a counterpart is left out."""
    back = {v3: v1 for v1, v3 in pairs.items()}
    return lambda value, _: pairs.get(str(value)), lambda value, _: back.get(str(value))


ABSENT = "absent"
"""Member of a leftover: paths that the original does not have, and that the conversion there and back would add."""
_NAMES = ("id", "name", "title", "description")
"""Members that identify the elements of a list, in any order."""


def leftover(original: Entity, returned: Entity) -> Entity:
    """Return the members that restore the original when added to `returned`: `{}` if none.

    Objects are compared member by member, lists element by element. An element is identified by its id, name or title,
    so that a leftover still belongs to the right element after the list was edited.
    """
    absent: list[list[str]] = []
    kept = _object_leftover(original, returned, (), absent)
    return {**kept, ABSENT: absent} if absent else kept


def _object_leftover(original: Entity, returned: Entity, path: tuple[str, ...], absent: list[list[str]]) -> Entity:
    kept: Entity = {}
    for name, value in original.items():
        there = returned.get(name, _MISSING)
        if there is value or (there == value and _like(value, there)):
            continue
        if there is not _MISSING and _is_empty(value):
            absent.append([*path, name])
            kept[name] = value
        else:
            kept[name] = _value_leftover(value, there, (*path, name), absent)
    absent.extend([*path, name] for name in returned if name not in original)
    return {name: value for name, value in kept.items() if value is not _MISSING}


def _value_leftover(value: Any, there: Any, path: tuple[str, ...], absent: list[list[str]]) -> Any:
    if isinstance(value, dict) and isinstance(there, dict):
        before = len(absent)
        inner = _object_leftover(value, there, path, absent)
        return inner if inner or len(absent) == before else _MISSING
    if _are_objects(value) and _are_objects(there) and (names := names_of(value)) == names_of(there):
        pairs = zip(names, value, there, strict=True)
        inner = {name: _object_leftover(one, other, (*path, name), absent) for name, one, other in pairs}
        return {name: rest for name, rest in inner.items() if rest} or _MISSING
    return value


def completed(returned: Entity, rest: Mapping[str, Any]) -> Entity:
    """Return `returned` with a leftover added. Neither is changed, since one object may be used in several places."""
    whole: Entity = returned
    paths = rest.get(ABSENT)
    for path in paths if isinstance(paths, list) else ():
        whole = _without(whole, [str(name) for name in path] if isinstance(path, list) else [])
    return _with(whole, {name: value for name, value in rest.items() if name != ABSENT})


def _with(returned: Entity, rest: Mapping[str, Any]) -> Entity:
    whole = dict(returned)
    for name, value in rest.items():
        there = whole.get(name)
        if isinstance(value, Mapping) and isinstance(there, dict):
            whole[name] = _with(there, value)
        elif isinstance(value, Mapping) and isinstance(there, list):
            named = zip(names_of(there), there, strict=True)
            whole[name] = [_with(one, members(value.get(element))) for element, one in named]
        elif there is None or not _is_empty(value):
            # V3 leaves out what V1 returns as empty. If V3 has a value now, that value is newer.
            whole[name] = value
    return whole


def _without(value: Any, path: Sequence[str]) -> Any:
    if not path:
        return value
    name, *inner = path
    if _are_objects(value):
        return [_without(one, inner) if each == name else one for each, one in zip(names_of(value), value, strict=True)]
    if not isinstance(value, dict) or name not in value:
        return value
    kept = {each: one for each, one in value.items() if each != name}
    return {**kept, name: _without(value[name], inner)} if inner else kept


def _is_empty(value: Any) -> bool:
    return value is None or (not isinstance(value, bool) and value in ("", 0, [], {}))


def names_of(elements: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return names for the elements of a list: the first member that is unique in it, else their index."""
    for member in _NAMES:
        names = [element.get(member) for element in elements]
        if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
            return names  # type: ignore[return-value]  # all of them are strings
    return [str(number) for number in range(len(elements))]


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _like(one: Any, other: Any) -> bool:
    """True if both are booleans or neither is: for Python, True equals 1. The schema sets the other types."""
    return isinstance(one, bool) == isinstance(other, bool)


_MISSING: Any = type("Missing", (), {"__repr__": lambda _: "MISSING"})()
