"""One pass through a body along its schema: collects violations and selects the members that a caller may write.

Unknown and read-only members are dropped, as Wix ignores them without an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from wix_sandbox.errors import Violation, out_of_bounds, validation_error, wrong_type
from wix_sandbox.values import instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wix_sandbox.values import Entity

JsonSchema = dict[str, Any]


@dataclass(frozen=True)
class Node:
    """One place in a schema, with references resolved and `null` removed from its types."""

    schema: JsonSchema
    type: str | None
    members: dict[str, Callable[[], Node]] = field(default_factory=dict)
    items: Callable[[], Node] | None = None

    @cached_property
    def free(self) -> bool:
        """True for an object with any keys, and for a place with any value: kept unchanged."""
        return self.type in {None, "object"} and (not self.members or "x-wix-opaque" in self.schema)


@cache
def load(name: str) -> Node:
    """Return the root of a file in `schemas/`, or one of its members, of a list an item: `order`, `order.lineItems`."""
    file, *members = name.split(".")
    node = compiled(_document(file))
    for member in members:
        node = node.members[member]()
    return node.items() if node.items else node


def compiled(document: JsonSchema) -> Node:
    """Return the root of a schema that is not in a file of `schemas/`."""
    return _compile(document, document)


@cache
def _document(file: str) -> JsonSchema:
    document: JsonSchema = msgspec.json.decode(files("wix_sandbox").joinpath(f"schemas/{file}.json").read_bytes())
    return document


def _compile(schema: JsonSchema, document: JsonSchema) -> Node:
    declared = dict(schema)
    while "$ref" in declared or "anyOf" in declared:
        if "anyOf" in declared:
            options = declared.pop("anyOf")
            declared = {**next(each for each in options if each.get("type") != "null"), **declared}
        else:
            target, document = _referred(declared.pop("$ref"), document)
            declared = {**target, **declared}
    types = declared.get("type")
    if isinstance(types, list):
        types = next((each for each in types if each != "null"), None)
    members = {key: _later(value, document) for key, value in declared.get("properties", {}).items()}
    items = _later(declared["items"], document) if "items" in declared else None
    return Node(declared, types, members, items)


def _referred(reference: str, document: JsonSchema) -> tuple[JsonSchema, JsonSchema]:
    """Return what a reference names, within the document or in a file of `schemas/`, with its document."""
    file, _, definition = reference.partition("#")
    target = _document(file) if file else document
    name = definition.removeprefix("/$defs/")
    return (target["$defs"][name] if name else target), target


def _later(schema: JsonSchema, document: JsonSchema) -> Callable[[], Node]:
    """Compile a place at its first use: schemas refer to themselves."""
    return cache(lambda: _compile(schema, document))


DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
"""A decimal number as text, without exponent and NaN."""
LEAST_DIGITS = 3
"""Digits of the shortest phone number."""


def _date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _matching(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def _phone(text: str) -> bool:
    """True if the text has digits and the usual characters between them; Wix does not publish its rule."""
    return re.fullmatch(r"\+?[\d\s()./*#-]+", text) is not None and sum(map(str.isdigit, text)) >= LEAST_DIGITS


HOLDS: dict[str, Callable[[str], bool]] = {
    "GUID": _matching(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "EMAIL": _matching(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+"),
    "WEB_URL": _matching(r"(?i:https?)://[^\s/?#]+(?:[/?#]\S*)?"),
    "LOCAL_DATE": _date,
    "LANGUAGE_TAG": _matching(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"),
    "LANGUAGE": _matching(r"[a-z]{2}"),
    "COUNTRY": _matching(r"[A-Z]{2}"),
    "SUBDIVISION": _matching(r"[A-Z]{2}-[A-Z0-9]{1,3}"),
    "CURRENCY": _matching(r"[A-Z]{3}"),
    "PHONE": _phone,
    "COLOR_HEX": _matching(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})"),
    "DECIMAL_VALUE": _matching(DECIMAL.pattern),
}
"""True if a text has the format. Other formats, such as URL_SLUG, are checked by their own service."""
NAMES = {"uuid": "GUID", "email": "EMAIL", "uri": "WEB_URL", "date": "LOCAL_DATE", "decimal-string": "DECIMAL_VALUE"}
"""Wix's names of the formats that JSON Schema has names for."""


LABELS = {"SUBDIVISION": "subdivision code", "EMAIL": "email", "WEB_URL": "URL", "PHONE": "phone number"}
"""Names of formats in descriptions, if they differ."""


def broken_format(schema: dict[str, Any], text: str) -> str | None:
    """Return the format that a text violates; an empty text counts as not set."""
    text = text.strip() if "x-wix-trimmed" in schema else text
    default = "DECIMAL_VALUE" if "x-wix-decimal" in schema else schema.get("format", "")
    declared: str = schema.get("x-wix-format", default)
    name = NAMES.get(declared, declared)
    broken = name in HOLDS and (text or name == "DECIMAL_VALUE") and not HOLDS[name](text)
    return name if broken else None


@dataclass(frozen=True)
class Walk:
    """One check of one body."""

    keep: frozenset[str]
    """Paths without list indexes of read-only members that this call accepts nevertheless."""
    violations: list[Violation]
    fresh: bool = False
    """Null members count as absent: there is no old value that they could clear."""
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of required members, by the paths of their objects without list indexes; the root is empty.

    `inStock|quantity` requires one of the two, and `choicesSettings|` is a choice of one.
    """

    def value(self, node: Node, value: Any, path: str, bare: str) -> Any:
        """Return the writable part of a value; violations are collected."""
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
        self._together(node.schema, value, path)
        self._required(node, value, path, bare)
        cleaned = {}
        for name, member in value.items():
            if name not in node.members or (self.fresh and member is None):
                continue
            child, inside = node.members[name](), f"{bare}.{name}"
            if child.schema.get("readOnly") and inside not in self.keep:
                continue
            cleaned[name] = self.value(child, member, joined(path, name), inside)
        return cleaned

    def _together(self, schema: JsonSchema, value: Entity, path: str) -> None:
        """Check members that are not allowed next to each other."""
        for group in schema.get("x-wix-oneof", []):
            sent = [name for name in group if value.get(name) is not None]
            if len(sent) > 1:
                text = f"only one of {', '.join(group)} may be set"
                self.violations.append(Violation(path, text, "ONE_OF_ALIGNMENT"))
        if value.get("custom") is True and value.get("type") in schema.get("x-wix-never-custom", ()):
            place, text = joined(path, "type"), f"{value['type']} is not allowed in a custom tag"
            self.violations.append(Violation(place, text, "OTHER", "TAG_TYPE_NOT_ALLOWED"))

    def _required(self, node: Node, value: Entity, path: str, bare: str) -> None:
        for name in self.required.get(bare, ()):
            choice = list(filter(None, name.split("|")))
            if any(_is_set(node.members[each](), value.get(each)) for each in choice):
                continue
            if "|" in name:
                text = f"value {' or '.join(choice)} must not be empty"
                self.violations.append(Violation(path, text, "REQUIRED_ONE_OF_FIELD", data={"supported": choice}))
                continue
            child, place = node.members[name](), joined(path, name)
            if child.type == "array" and "minItems" in child.schema:
                self.violations.extend(out_of_bounds(place, 0, child.schema["minItems"], None, "SIZE"))
            else:
                self.violations.append(Violation(place, "must not be empty", "REQUIRED_FIELD"))

    def _array(self, node: Node, value: Any, path: str, bare: str) -> list[Any]:
        if not isinstance(value, list):
            raise wrong_type(path, "array")
        low, high = node.schema.get("minItems"), node.schema.get("maxItems")
        self.violations.extend(out_of_bounds(path, len(value), low, high, "SIZE"))
        if node.items is None:
            return value
        item = node.items()
        if item.type is not None and None in value:
            raise wrong_type(f"{path}[{value.index(None)}]", item.type)
        return [self.value(item, each, f"{path}[{at}]", bare) for at, each in enumerate(value)]

    def _string(self, node: Node, value: Any, path: str) -> None:
        if not isinstance(value, str):
            raise wrong_type(path, "string")
        schema = node.schema
        low, high = schema.get("minLength"), schema.get("maxLength")
        self.violations.extend(out_of_bounds(path, len(value), low, high, "LENGTH"))
        if "enum" in schema and value not in schema["enum"]:
            known = ", ".join(each for each in schema["enum"] if each is not None)
            text = f"invalid enum value {value}, expected one of {known}"
            self.violations.append(Violation(path, text, "INVALID_ENUM_VALUE"))
        if schema.get("format") == "date-time" and instant(value) is None:
            raise wrong_type(path, "date-time")
        broken = broken_format(schema, value)
        if broken is not None:
            text = f"is not a valid {LABELS.get(broken, broken)}"
            self.violations.append(Violation(path, text, "FORMAT", data={"type": broken}))
        elif value and "x-wix-decimal" in schema:
            self._decimal(schema["x-wix-decimal"], value, path)
        elif DECIMAL.fullmatch(value):  # 64-bit numbers are texts
            self.violations.extend(out_of_bounds(path, Decimal(value), schema.get("minimum"), schema.get("maximum")))

    def _decimal(self, bounds: JsonSchema, value: str, path: str) -> None:
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
        self.violations.extend(out_of_bounds(path, value, node.schema.get("minimum"), node.schema.get("maximum")))


def clean(schema: str, body: Any, path: str, *, keep: frozenset[str] = frozenset(), fresh: bool = False) -> Entity:
    """Return the writable part of a body, checked.

    Args:
        schema: Its name, as for `load`.
        body: The entity that the caller sent, or a part of it.
        path: Name of the body in violations (`product`, `products[3].product`).
        keep: Read-only members that this call accepts nevertheless, as paths below the body without list indexes
            (`.handle`, `.infoSections.title`).
        fresh: The body is completely new: null means the same as a missing member.

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


def _is_set(node: Node, value: Any) -> bool:
    """True if a member counts as given: in protocol buffers, an empty list is the same as a missing one."""
    means_all = "x-wix-empty-means-all" in node.schema
    return value not in (None, "") and (value != [] or means_all or "minItems" in node.schema)


def joined(path: str, name: str) -> str:
    """Return the path of a member; the root has no name."""
    return f"{path}.{name}" if path else name


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
