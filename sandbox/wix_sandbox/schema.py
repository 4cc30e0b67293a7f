"""Checks request bodies against Wix's JSON Schemas and takes from them what a caller may write.

One walk does both: it drops unknown and read-only members (Wix ignores them without an error), refuses a value of the
wrong JSON type, and collects field violations for lengths, bounds, enums, decimals and one-ofs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from wix_sandbox.errors import Violation, validation_error, wrong_type
from wix_sandbox.values import DECIMAL, instant

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox.values import Entity

JsonSchema = dict[str, Any]
_FORMATS = {
    "GUID": re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "COLOR_HEX": re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})"),
}
"""Formats of short texts that are checked; the others are left to whoever reads them."""


@dataclass(frozen=True)
class Node:
    """One place in a schema, references resolved and `null` taken out of its types."""

    schema: JsonSchema
    type: str | None
    nullable: bool
    members: dict[str, Callable[[], Node]] = field(default_factory=dict)
    items: Callable[[], Node] | None = None

    @property
    def free(self) -> bool:
        """An object of free keys, kept as it is."""
        return self.type == "object" and (not self.members or "x-wix-opaque" in self.schema)


@dataclass(frozen=True)
class Walk:
    """One check of one body."""

    keep: frozenset[str]
    """Paths without list indexes of read-only members that this call takes all the same."""
    violations: list[Violation]
    fresh: bool = False
    """Null members count as absent: there is nothing yet that they could clear."""

    def value(self, node: Node, value: Any, path: str, bare: str) -> Any:
        """The writable part of a value; violations are collected on the way."""
        if value is None:
            return None
        match node.type:
            case "object":
                return self._object(node, value, path, bare)
            case "array":
                return self._array(node, value, path, bare)
            case "string":
                self._string(node, value, path)
            case "number" | "integer":
                self._number(node, value, path)
            case "boolean" if not isinstance(value, bool):
                raise wrong_type(path, "boolean")
            case _:
                pass
        return value

    def _object(self, node: Node, value: Any, path: str, bare: str) -> Entity:
        if not isinstance(value, dict):
            raise wrong_type(path, "object")
        if node.free:
            return value
        for group in node.schema.get("x-wix-oneof", []):
            sent = [name for name in group if value.get(name) is not None]
            if len(sent) > 1:
                text = f"only one of {', '.join(group)} may be set"
                self.violations.append(Violation(path, text, "ONE_OF_ALIGNMENT"))
        self._required(node, value, path)
        cleaned = {}
        for name, member in value.items():
            if name not in node.members or (self.fresh and member is None):
                continue
            child, inside = node.members[name](), f"{bare}.{name}"
            if child.schema.get("readOnly") and inside not in self.keep:
                continue
            cleaned[name] = self.value(child, member, joined(path, name), inside)
        return cleaned

    def _required(self, node: Node, value: Entity, path: str) -> None:
        for name in node.schema.get("required", ()):
            if value.get(name) not in (None, ""):
                continue
            child, place = node.members[name](), joined(path, name)
            if child.type == "array" and "minItems" in child.schema:
                self._size(place, 0, child.schema["minItems"], None, "SIZE")
            else:
                self.violations.append(Violation(place, "must not be empty", "REQUIRED_FIELD"))

    def _array(self, node: Node, value: Any, path: str, bare: str) -> list[Any]:
        if not isinstance(value, list):
            raise wrong_type(path, "array")
        low, high = node.schema.get("minItems"), node.schema.get("maxItems")
        self._size(path, len(value), low, high, "SIZE")
        if node.items is None:
            return value
        item = node.items()
        if item.type is not None and None in value:
            raise wrong_type(f"{path}[{value.index(None)}]", item.type)
        return [self.value(item, each, f"{path}[{at}]", bare) for at, each in enumerate(value)]

    def _size(self, path: str, size: int, low: int | None, high: int | None, what: str) -> None:
        if low is not None and size < low:
            text = f"has size {size}, expected {low} or more"
            self.violations.append(Violation(path, text, f"MIN_{what}", data={"threshold": low}))
        if high is not None and size > high:
            text = f"has size {size}, expected {high} or less"
            self.violations.append(Violation(path, text, f"MAX_{what}", data={"threshold": high}))

    def _string(self, node: Node, value: Any, path: str) -> None:
        if not isinstance(value, str):
            raise wrong_type(path, "string")
        schema = node.schema
        self._size(path, len(value), schema.get("minLength"), schema.get("maxLength"), "LENGTH")
        if "enum" in schema and value not in schema["enum"]:
            text = f"invalid enum value {value}, expected one of {', '.join(map(str, schema['enum']))}"
            self.violations.append(Violation(path, text, "INVALID_ENUM_VALUE"))
        if schema.get("format") == "date-time" and instant(value) is None:
            raise wrong_type(path, "date-time")
        self._format(schema, value, path)
        decimal = schema.get("x-wix-decimal")
        if decimal is not None or schema.get("x-wix-format") == "decimal-string":
            self._decimal(decimal or {}, value, path)

    def _format(self, schema: JsonSchema, value: str, path: str) -> None:
        name = "GUID" if schema.get("format") == "uuid" else schema.get("x-wix-format", "")
        if value and name in _FORMATS and not _FORMATS[name].fullmatch(value):
            self.violations.append(Violation(path, f"is not a valid {name}", "FORMAT", data={"expected": name}))

    def _decimal(self, bounds: JsonSchema, value: str, path: str) -> None:
        if not DECIMAL.fullmatch(value):
            self.violations.append(Violation(path, "is not a decimal value", "FORMAT", data={"expected": "DECIMAL"}))
            return
        number = Decimal(value)
        holds = {
            "gte": number >= Decimal(str(bounds.get("gte", number))),
            "lte": number <= Decimal(str(bounds.get("lte", number))),
            "gt": "gt" not in bounds or number > Decimal(str(bounds["gt"])),
            "lt": "lt" not in bounds or number < Decimal(str(bounds["lt"])),
            "maxScale": -_exponent(number) <= bounds.get("maxScale", 99),
        }
        for rule, held in holds.items():
            if not held:
                name = "DECIMAL_MAX_SCALE" if rule == "maxScale" else f"DECIMAL_{rule.upper()}"
                text = f"must fulfil {rule} {bounds[rule]}"
                self.violations.append(Violation(path, text, name, data={"threshold": bounds[rule]}))

    def _number(self, node: Node, value: Any, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_type(path, "number")
        if node.type == "integer" and value != int(value):
            raise wrong_type(path, "integer")
        low, high = node.schema.get("minimum"), node.schema.get("maximum")
        if low is not None and value < low:
            text = f"must be greater than or equal to {low}"
            self.violations.append(Violation(path, text, "MIN", data={"threshold": low}))
        if high is not None and value > high:
            text = f"must be less than or equal to {high}"
            self.violations.append(Violation(path, text, "MAX", data={"threshold": high}))


def clean(schema: str, body: Any, path: str, *, keep: frozenset[str] = frozenset(), fresh: bool = False) -> Entity:
    """The writable part of a body, checked.

    Args:
        schema: name of a file in `schemas/`, without its ending.
        body: the entity as the caller sent it.
        path: how violations name the entity (`product`, `products[3].product`).
        keep: read-only members this call takes nevertheless, as paths below the entity without list indexes
            (`.handle`, `.infoSections.title`).
        fresh: the body is a whole new entity, in which null says the same as nothing.

    Raises:
        WixError: 400 with every violation found.
    """
    if not isinstance(body, dict):
        raise wrong_type(path, "object")
    walk = Walk(keep, [], fresh)
    cleaned: Entity = walk.value(load(schema), body, path, "")
    if walk.violations:
        raise validation_error(*walk.violations)
    return cleaned


@cache
def load(name: str) -> Node:
    """The root of a schema file."""
    document = msgspec.json.decode(files("wix_sandbox").joinpath(f"schemas/{name}.json").read_bytes())
    return compiled(document)


def compiled(document: JsonSchema) -> Node:
    """The root of a schema that stands in another file."""
    return _compile(document, document)


def joined(path: str, name: str) -> str:
    """The path of a member; the root has no name."""
    return f"{path}.{name}" if path else name


def _compile(schema: JsonSchema, document: JsonSchema) -> Node:
    nullable = False
    stated = dict(schema)
    while "$ref" in stated or "anyOf" in stated:
        if "anyOf" in stated:
            options = stated.pop("anyOf")
            nullable |= any(each.get("type") == "null" for each in options)
            stated = {**next(each for each in options if each.get("type") != "null"), **stated}
        else:
            name = stated.pop("$ref").removeprefix("#/$defs/")
            stated = {**document["$defs"][name], **stated}
    types = stated.get("type")
    if isinstance(types, list):
        nullable |= "null" in types
        types = next((each for each in types if each != "null"), None)
    members = {key: _later(value, document) for key, value in stated.get("properties", {}).items()}
    items = _later(stated["items"], document) if "items" in stated else None
    return Node(stated, types, nullable, members, items)


def _later(schema: JsonSchema, document: JsonSchema) -> Callable[[], Node]:
    """Compiles a place at its first visit: schemas refer to themselves."""
    return cache(lambda: _compile(schema, document))


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
