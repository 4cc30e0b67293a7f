"""What differs between two sides of an entity, as rows of text that people can read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from target_wix.desired import diff

_LONGEST = 240
"""Characters of a value that are shown."""
_NAMES = ("id", "sku", "key", "name", "value", "title", "url")
"""Members that tell the items of a list apart, in this order."""
_OF_WIX = frozenset({"id", "revision"})


class Row(NamedTuple):
    """A member that differs: its path, and its value on both sides; "" where it is not there."""

    path: str
    old: str
    new: str


def differences(old: Mapping[str, Any], new: Mapping[str, Any], names: Iterable[str]) -> Iterator[Row]:
    """Give the rows of some members that differ, object by object; only what the new side says is looked at."""
    for name in names:
        yield from _walk(name, name, old.get(name), new.get(name))


def shown(entity: Mapping[str, Any], names: Iterable[str]) -> Iterator[Row]:
    """Give rows of some members that stand on the old side only."""
    for name in names:
        yield Row(name, text(entity[name]), "")


def text(value: Any) -> str:
    """Write a JSON value for people: rich text as its words, a list of texts with commas, at most some characters."""
    if value is None or isinstance(value, str):
        written = value or ""
    elif isinstance(value, bool):
        written = "yes" if value else "no"
    elif isinstance(value, Mapping) and "nodes" in value:
        written = " ".join(_words(value))
    elif isinstance(value, list | tuple) and not any(isinstance(one, Mapping | list) for one in value):
        written = ", ".join(map(text, value))
    elif isinstance(value, Mapping | list | tuple):
        written = msgspec.json.encode(value, order="deterministic").decode()
    else:
        written = str(value)
    return written if len(written) <= _LONGEST else f"{written[:_LONGEST]}…"


def _walk(path: str, name: str, old: Any, new: Any) -> Iterator[Row]:
    if not diff({name: old}, {name: new}):
        return
    if isinstance(new, Mapping) and "nodes" not in new and new:
        there = old if isinstance(old, Mapping) else {}
        for key in new:
            if key not in _OF_WIX:
                yield from _walk(f"{path}.{key}", str(key), there.get(key), new[key])
    elif isinstance(new, list) and any(isinstance(one, Mapping) for one in new):
        yield from _walk_list(path, old if isinstance(old, list) else [], new)
    else:
        yield Row(path, text(old), text(new))


def _walk_list(path: str, old: list[Any], new: list[Any]) -> Iterator[Row]:
    """Compare items that mean the same; where nothing tells them apart, by their places."""
    left = dict(enumerate(old))
    for place, item in enumerate(new):
        at = _same_item(item, place, left)
        there = left.pop(at, None) if at is not None else None
        yield from _walk(f"{path}[{_label(item, there, place)}]", "", there, item)
    for place, item in left.items():
        yield Row(f"{path}[{_label(item, None, place)}]", text(item), "")


def _same_item(item: Any, place: int, left: Mapping[int, Any]) -> int | None:
    if isinstance(item, Mapping):
        for name in _NAMES:
            if item.get(name) not in (None, ""):
                same = (at for at, one in left.items() if isinstance(one, Mapping) and one.get(name) == item[name])
                found = next(same, None)
                if found is not None:
                    return found
    return place if place in left and not _has_name(item, left[place]) else None


def _has_name(item: Any, other: Any) -> bool:
    """Whether two items have a member that tells them apart, so that they are not the same."""
    both = isinstance(item, Mapping) and isinstance(other, Mapping)
    return both and any(item.get(name) and other.get(name) for name in _NAMES)


def _label(item: Any, there: Any, place: int) -> str:
    for one in (item, there):
        if isinstance(one, Mapping):
            for name in ("sku", "name", "title", "value"):
                if isinstance(one.get(name), str) and one[name]:
                    return str(one[name])
    return str(place + 1)


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            if key == "text" and isinstance(member, str):
                yield member
            else:
                yield from _words(member)
    elif isinstance(value, list):
        for member in value:
            yield from _words(member)
