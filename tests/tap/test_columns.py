"""Every column has a description, which names its unit, its currency or its time zone."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tap_wix import schemas

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

_FILLERS = set(
    re.findall(r"\w+", "a an and as at by for from if in is it its no none not null of on or that the to with")
)
_NUMBER = re.compile(
    r"\b(number of|count|pixels|degrees|percent|place|position|weight|currency|quantity\b.* in|its unit|no unit)\b",
    re.IGNORECASE,
)
_MONEY = re.compile(r"(^|[a-z])(amount|price|cost|profit|subtotal)$", re.IGNORECASE)
_CHOICE = re.compile(r"(status|frequency|type|unit)$", re.IGNORECASE)
_VALUES = re.compile(r"\b[A-Z_]{2,}\b|`\w+`|\b(such as|for example|text|[A-Z]\w+, [A-Z]\w+)\b")


class Column(NamedTuple):
    """A property of a schema file, at any depth."""

    path: str
    name: str
    rule: dict[str, Any]

    @property
    def text(self) -> str:
        return str(self.rule.get("description", ""))

    def holds(self, kind: str) -> bool:
        """True if values of this JSON type are allowed, and no others except null."""
        given = self.rule.get("type")
        return {kind} == ({given} if isinstance(given, str) else set(given or ())) - {"null"}


def _files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".json"):
            yield prefix + entry.name, json.loads(entry.read_text(encoding="utf-8"))


def _columns(path: str, schema: Any) -> Iterator[Column]:
    """Yield the properties anywhere in a schema: in objects, lists, maps and `$defs`."""
    if isinstance(schema, list):
        for each in schema:
            yield from _columns(path, each)
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "properties":
                for name, rule in value.items():
                    yield Column(f"{path}.{name}", name, rule)
                    yield from _columns(f"{path}.{name}", rule)
            else:
                yield from _columns(f"{path}.{key}" if path.endswith("$defs") else f"{path}#{key}", value)


def _all_columns() -> list[Column]:
    return [column for file, schema in _files(resources.files(schemas)) for column in _columns(file, schema)]


COLUMNS = _all_columns()


def _words(text: str) -> set[str]:
    """Return the words of a text or of a camelCase name, without fillers and plurals."""
    found = re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", text).lower())
    return {word.removesuffix("s") for word in found} - _FILLERS


def _faults(column: Column) -> list[str]:
    """Return what the description of a column lacks."""
    text, name = column.text, column.name
    if not text.strip():
        return ["has no description"]
    date = column.rule.get("format")
    money = bool(_MONEY.search(name)) and not name.startswith(("formatted", "has"))
    number = column.holds("number") or column.holds("integer")
    rules = {
        "does not end with a period": text.endswith("."),
        "repeats the name": bool(_words(text) - _words(name)),
        "has no unit": not number or bool(_NUMBER.search(text)),
        "has no time zone": date != "date-time" or "UTC" in text,
        "has no form of the date": date != "date" or "YYYY-MM-DD" in text,
        "has no currency": not (money and (number or column.holds("string"))) or "currency" in text,
        "is an amount as text, but does not say so": not (money and column.holds("string")) or "text" in text,
        "is an amount as number, but does not say so": not (money and number) or "number" in text,
        "names no value": not (_CHOICE.search(name) and column.holds("string")) or bool(_VALUES.search(text)),
    }
    return [fault for fault, kept in rules.items() if not kept]


def test_every_column_has_a_description_with_unit_currency_and_time_zone() -> None:
    faults = {column.path: found for column in COLUMNS if (found := _faults(column))}
    assert not faults


@pytest.mark.parametrize(
    ("name", "rule", "fault"),
    [
        ("id", {"type": "string"}, "has no description"),
        ("id", {"type": "string", "description": "Identifier of the order"}, "does not end with a period"),
        ("lineItems", {"type": "array", "description": "The line items."}, "repeats the name"),
        ("width", {"type": ["number", "null"], "description": "Side from left to right."}, "has no unit"),
        ("paidDate", {"type": "string", "format": "date-time", "description": "When it was paid."}, "has no time zone"),
        ("birthdate", {"type": "string", "format": "date", "description": "Day of birth."}, "has no form of the date"),
        ("itemCost", {"type": "number", "description": "A number that the shop pays."}, "has no currency"),
        (
            "amount",
            {"type": "string", "description": "Sum in the shop's currency."},
            "is an amount as text, but does not say so",
        ),
        (
            "price",
            {"type": "number", "description": "Sum in `currency`."},
            "is an amount as number, but does not say so",
        ),
        ("status", {"type": "string", "description": "How far the order is."}, "names no value"),
    ],
)
def test_a_poor_description_is_found(name: str, rule: dict[str, Any], fault: str) -> None:
    assert fault in _faults(Column(name, name, rule))


def test_columns_in_definitions_lists_and_maps_are_found() -> None:
    leaf = {"properties": {"leaf": {"type": "string"}}}
    schema = {
        "properties": {"list": {"items": leaf}, "map": {"additionalProperties": leaf}},
        "$defs": {"Part": leaf},
    }
    assert [column.path for column in _columns("file", schema) if column.name == "leaf"] == [
        "file.list#items.leaf",
        "file.map#additionalProperties.leaf",
        "file#$defs.Part.leaf",
    ]
