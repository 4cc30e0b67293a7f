"""Wix's JSON Schemas: those of `schemas/` and those inside other files."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

JsonSchema = dict[str, Any]


@dataclass(frozen=True)
class Node:
    """One place in a schema, with references resolved and `null` removed from its types."""

    schema: JsonSchema
    type: str | None
    nullable: bool
    members: dict[str, Callable[[], Node]] = field(default_factory=dict)
    items: Callable[[], Node] | None = None

    @property
    def free(self) -> bool:
        """True for an object with any keys, and for a place with any value: kept unchanged."""
        return self.type in {None, "object"} and (not self.members or "x-wix-opaque" in self.schema)


@cache
def load(name: str) -> Node:
    """Return the root of a schema file, or one of its types: `order`, `order#Price`."""
    file, _, definition = name.partition("#")
    document = _document(file)
    return _compile(document["$defs"][definition] if definition else document, document)


def compiled(document: JsonSchema) -> Node:
    """Return the root of a schema that is not in a file of `schemas/`."""
    return _compile(document, document)


@cache
def _document(file: str) -> JsonSchema:
    document: JsonSchema = msgspec.json.decode(files("wix_sandbox").joinpath(f"schemas/{file}.json").read_bytes())
    return document


def _compile(schema: JsonSchema, document: JsonSchema) -> Node:
    nullable = False
    declared = dict(schema)
    while "$ref" in declared or "anyOf" in declared:
        if "anyOf" in declared:
            options = declared.pop("anyOf")
            nullable |= any(each.get("type") == "null" for each in options)
            declared = {**next(each for each in options if each.get("type") != "null"), **declared}
        else:
            target, document = _referred(declared.pop("$ref"), document)
            declared = {**target, **declared}
    types = declared.get("type")
    if isinstance(types, list):
        nullable |= "null" in types
        types = next((each for each in types if each != "null"), None)
    members = {key: _later(value, document) for key, value in declared.get("properties", {}).items()}
    items = _later(declared["items"], document) if "items" in declared else None
    return Node(declared, types, nullable, members, items)


def _referred(reference: str, document: JsonSchema) -> tuple[JsonSchema, JsonSchema]:
    """Return what a reference names, within the document or in a file of `schemas/`, with its document."""
    file, _, definition = reference.partition("#")
    target = _document(file) if file else document
    name = definition.removeprefix("/$defs/")
    return (target["$defs"][name] if name else target), target


def _later(schema: JsonSchema, document: JsonSchema) -> Callable[[], Node]:
    """Compile a place at its first use: schemas refer to themselves."""
    return cache(lambda: _compile(schema, document))
