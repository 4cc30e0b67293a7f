"""Entities of which one member holds what does not belong there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.json import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

JUNK: tuple[Any, ...] = (None, [], {}, "", "x", -5, 1e40, "1e40", True, [None], [5], ["x"], [[]], {"a": 1}, "NaN")


def damaged(entity: dict[str, Any], junk: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the entity with `junk` in one place, for each place in it: its path and what came of it."""
    whole = encode(entity)
    for path in _places(entity):
        broken = decode(whole)
        *above, last = path
        holder: Any = broken
        for name in above:
            holder = holder[name]
        holder[last] = junk
        yield ".".join(map(str, path)), broken


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    named = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for name, inner in named:
        yield (*path, name)
        yield from _places(inner, (*path, name))
