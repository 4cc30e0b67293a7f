"""The forms in which records are read and written: which members count, and how numbers and texts are put.

Records come from files, warehouses and other sites, so equal things are written in different ways. A spec tells once
which members of an entity are written and in which form; `taking` takes just these.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from target_wix import quick
from wix_api.timestamps import render

if TYPE_CHECKING:
    from collections.abc import Callable

Spec = Any
"""Which members of an entity are written, and in which form: True, a function, `{member: Spec}` or `[Spec]`."""


def decimal_text(value: Any) -> Any:
    """Give a number as the shortest decimal text: "10", 10.0 and "10.00" are all "10"; anything else as it is."""
    if isinstance(value, bool) or value is None:
        return value
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return value
    if not number.is_finite():
        return value
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def amount(value: Any) -> Any:
    """Give an amount as decimal text, with the decimals that it was written with."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f"{Decimal(str(value)):f}"
    return value


def number(value: Any) -> Any:
    """Give a JSON number for a number in whatever form; anything else as it is."""
    text = decimal_text(value)
    if not isinstance(text, str) or not _is_number(text):
        return value
    return float(text) if "." in text else int(text)


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def plain(value: Any) -> Any:
    """Give a JSON value without decimals and dates, as bodies need it, and without null members."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items() if member is not None}
    if isinstance(value, list | tuple):
        return [plain(member) for member in value]
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, datetime):
        return render(value)
    return value


def taking(spec: Spec) -> Callable[[Any], Any]:
    """Give a function that gives the part of a value that a spec names, in its forms, without members that are null."""
    if isinstance(spec, dict):
        return _taking_members(spec)
    if isinstance(spec, list):
        form = taking(spec[0])
        return lambda value: [form(member) for member in value] if isinstance(value, list) else plain(value)
    return spec if callable(spec) else plain


def _taking_members(spec: dict[str, Spec]) -> Callable[[Any], Any]:
    # Most members are texts, and stay as they are.
    members = [(key, inner is True or inner is str, taking(inner)) for key, inner in spec.items()]

    def take(value: Any) -> Any:
        if not isinstance(value, dict):
            return plain(value)
        taken = {}
        for key, keeps_text, form in members:
            member = value.get(key)
            if member is not None:
                taken[key] = member if keeps_text and member.__class__ is str else form(member)
        return taken

    return take


def parsed(value: Any, spec: Spec, place: str = "") -> Any:
    """Give a value in the shape of a spec: warehouses and files carry lists and objects as JSON texts.

    Raises:
        ShapeError: A member is no list or object where one belongs; names it.
    """
    if spec is str and isinstance(value, dict | list):
        raise ShapeError(place, "a text")
    if not isinstance(spec, (dict, list)) or value is None or value == "":
        return value
    if isinstance(value, str):
        value = _decoded(value)
    if not isinstance(value, dict if isinstance(spec, dict) else list):
        raise ShapeError(place, "an object" if isinstance(spec, dict) else "a list")
    if isinstance(value, list):
        return [_parsed_entry(one, spec[0], f"{place}[{index}]") for index, one in enumerate(value)]
    members = spec if isinstance(spec, dict) else {}
    return {
        key: parsed(member, inner, f"{place}.{key}" if place else key)
        if (inner := members.get(key)) is not None and inner is not True
        else member
        for key, member in value.items()
    }


def _parsed_entry(value: Any, spec: Spec, place: str) -> Any:
    # A member that is null says nothing, but an entry of a list stands in its place and must be something.
    if isinstance(spec, (dict, list)) and (value is None or value == ""):
        raise ShapeError(place, "an object" if isinstance(spec, dict) else "a list")
    return parsed(value, spec, place)


class Layout(dict[str, Any]):
    """Which members of a record are objects and lists: a `Spec`, of which the forms count for nothing."""

    @cached_property
    def _kind(self) -> Any:
        return _kind_of(self)

    def parsed(self, record: dict[str, Any]) -> dict[str, Any]:
        """Give a record in this shape; nearly all have it already.

        Raises:
            ShapeError: A member is no list or object where one belongs; names it.
        """
        return record if quick.fits(record, self._kind) else parsed(record, self)


def _kind_of(spec: Spec) -> Any:
    """Give a type of values that `parsed` has nothing to do with."""
    if isinstance(spec, dict):
        told = {name: inner for name, inner in spec.items() if inner is str or isinstance(inner, (dict, list))}
        return quick.object_of({name: _kind_of(inner) for name, inner in told.items()})
    if isinstance(spec, list):
        return list[_kind_of(spec[0])]  # type: ignore[misc] # made while running
    return str | int | float | bool if spec is str else Any


class ShapeError(Exception):
    """A member has another JSON type than it must have.

    Attributes:
        place: Its path.
        wanted: What it must be.
    """

    def __init__(self, place: str, wanted: str) -> None:
        super().__init__(f"`{place}` is not {wanted}.")
        self.place = place
        self.wanted = wanted


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
