"""Deselection and flattening of records, with the same result as the SDK's own and at a fraction of its cost.

The SDK computes for each record what only depends on the catalog: the deselected members, and the names of nested
members when they are flattened. Here it is computed once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from singer_sdk.helpers._flattening import flatten_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.helpers._flattening import FlatteningOptions
    from singer_sdk.mapper import StreamMap
    from singer_sdk.singerlib.catalog import Breadcrumb

Paths = dict[str, "Paths | None"]
"""Members to leave out: None drops the member, more paths reach into it."""

_ascii_json = json.JSONEncoder(separators=(",", ":")).encode


def _json_text(value: Any) -> str:
    """Write JSON as the SDK does, in ASCII; msgspec is much faster and leaves other characters as they are."""
    text = msgspec.json.encode(value).decode()
    return text if text.isascii() else _ascii_json(value)


def deselected(mask: Mapping[Breadcrumb, bool]) -> Paths:
    """Return the members that a selection leaves out.

    If the parent of a member is left out, the member is, too. Selection does not reach into lists.
    """
    paths: Paths = {}
    for breadcrumb in sorted((crumb for crumb, selected in mask.items() if crumb and not selected), key=len):
        if set(breadcrumb[::2]) != {"properties"}:
            continue
        *parents, name = breadcrumb[1::2]
        place: Paths | None = paths
        for parent in parents:
            if place is None:
                break
            place = place.setdefault(parent, {})
        if place is not None:
            place[name] = None
    return paths


def without(paths: Paths, record: dict[str, Any]) -> dict[str, Any]:
    """Remove deselected members from a record, in place."""
    for name, inner in paths.items():
        if inner is None:
            record.pop(name, None)
        elif isinstance(value := record.get(name), dict):
            without(inner, value)
    return record


class _Place(NamedTuple):
    """The flat name of a nested member, and those of its members if it is flattened, too."""

    name: str
    members: dict[str, _Place] | None
    path: list[str]


class Flattener:
    """Turns nested members into members of the record (`{"a": {"b": 1}}` into `{"a__b": 1}`) as the SDK does."""

    def __init__(self, options: FlatteningOptions, flat_schema: Mapping[str, Any]) -> None:
        self._options = options
        self._declared = flat_schema.get("properties", {})
        self._root: dict[str, _Place] = {}

    @classmethod
    def of(cls, stream_map: StreamMap) -> Flattener | None:
        """Return the flattening of a stream map, or None if it has none."""
        options = stream_map.flattening_options
        if options is None or not stream_map.flattening_enabled:
            return None
        return cls(options, stream_map.transformed_schema)

    def __call__(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Flatten a record; lists, and objects that stay closed, become JSON text."""
        flat: dict[str, Any] = {}
        self._collect(record, [], self._root, flat)
        return flat

    def _collect(
        self, record: Mapping[str, Any], path: list[str], places: dict[str, _Place], flat: dict[str, Any]
    ) -> None:
        for name, value in record.items():
            place = places.get(name)
            if place is None:
                place = places[name] = self._place(path, name)
            if isinstance(value, dict) and place.members is not None:
                self._collect(value, place.path, place.members, flat)
            elif isinstance(value, (dict, list)):
                flat[place.name] = _json_text(value)
            else:
                flat[place.name] = value

    def _place(self, path: list[str], name: str) -> _Place:
        options = self._options
        flat_name = flatten_key(name, path, options.separator, max_key_length=options.max_key_length)
        opens = flat_name not in self._declared and len(path) < options.max_level
        return _Place(flat_name, {} if opens else None, [*path, name])
