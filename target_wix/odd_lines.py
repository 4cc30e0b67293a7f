"""Reads lines that are JSON but for some values, so that one odd value costs its record and not the run."""

from __future__ import annotations

import codecs
import json
import re
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

DEEPEST = 100
"""Levels of objects and lists that a message may have; no record of Wix has ten."""
_MOST_DIGITS = 100
_LARGEST_EXPONENT = 307
"""That of a double: beyond it, other programs read a number as infinite."""
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LONG = re.compile(rb"\d{%d}" % (_MOST_DIGITS + 1))
_BYTE = re.compile(r"\(byte \d+\)")
_NO_JSON = "which JSON does not have"


class Odd(NamedTuple):
    """What is odd about a message.

    Attributes:
        message: The message, with null in place of values that cannot be read.
        place: Path of the first of these values, "" if there is none.
        reason: What that value is, "" if there is none.
        has_mark: Whether the line begins with a byte order mark.
    """

    message: Any
    place: str
    reason: str
    has_mark: bool

    @property
    def sentence(self) -> str:
        """What is wrong, as a part of a sentence."""
        return f"`{self.place}` holds {self.reason}" if self.reason else "it begins with a byte order mark (BOM)"


class _Value(NamedTuple):
    """Stands for a value that cannot be read."""

    reason: str


def decimal(text: str) -> Decimal:
    """Read a number that is not whole.

    Raises:
        ValueError: It is out of all bounds.
    """
    number = Decimal(text)
    if len(text) > _MOST_DIGITS or abs(number.adjusted()) > _LARGEST_EXPONENT:
        msg = "out of bounds"
        raise ValueError(msg)
    return number


def may_be_odd(line: bytes) -> bool:
    """True if a line that is JSON may hold a whole number that is too long."""
    return _LONG.search(line) is not None


def read_odd(line: bytes) -> Odd | None:
    """Return the message of a line with its first oddity; None if it has none, or is not JSON whatever one forgives."""
    text, has_mark = line.removeprefix(codecs.BOM_UTF8), line.startswith(codecs.BOM_UTF8)
    try:
        read = json.loads(
            text.decode("utf-8", "surrogateescape"),
            parse_float=_float,
            parse_int=_int,
            parse_constant=lambda word: _Value(f"{word}, {_NO_JSON}"),
            strict=False,
        )
    except (ValueError, RecursionError):
        return None
    found: list[tuple[str, str]] = []
    message = _cleaned(read, "", found)
    place, reason = found[0] if found else ("", "")
    return Odd(message, place, reason, has_mark) if reason or has_mark else None


def reason_of(line: bytes, error: Exception) -> str:
    """Return why a line is not JSON, without anything of it: it may hold personal data."""
    if isinstance(error, RecursionError):
        return f"is nested more than {DEEPEST} levels deep"
    if b"\0" in line:
        return "is not UTF-8 (UTF-16?)"
    if isinstance(error, UnicodeDecodeError):
        return "is not UTF-8"
    if "truncated" in str(error):
        return "is not JSON (cut off?)"
    place = _BYTE.search(str(error)) if isinstance(error, msgspec.DecodeError) else None
    return f"is not JSON {place[0]}" if place else "is not JSON"


def is_deep(line: bytes, message: Any) -> bool:
    """True if a message has more levels than records have; looked for only where its line has as many brackets."""
    if line.count(b"{") + line.count(b"[") <= DEEPEST:
        return False
    layer = [message]
    for _ in range(DEEPEST):
        members = (member for each in layer for member in (each.values() if isinstance(each, dict) else each))
        layer = [member for member in members if isinstance(member, dict | list)]
    return bool(layer)


def _float(text: str) -> Any:
    try:
        return decimal(text)
    except (ArithmeticError, ValueError):
        return _Value("a number that is too long")


def _int(text: str) -> Any:
    # Longer texts are not even tried: Python refuses more than 4,300 digits.
    return int(text) if len(text) <= _MOST_DIGITS else _Value("a number that is too long")


def _cleaned(value: Any, path: str, found: list[tuple[str, str]]) -> Any:
    """Return a value without its oddities, which are noted with their paths."""
    if isinstance(value, _Value):
        found.append((path, value.reason))
        return None
    if isinstance(value, str):
        if _SURROGATE.search(value):
            found.append((path, "half of a character (a lone surrogate, or bytes that are not UTF-8)"))
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {
            _cleaned(key, path, found): _cleaned(member, f"{path}.{key}" if path else key, found)
            for key, member in value.items()
        }
    if isinstance(value, list):
        return [_cleaned(member, f"{path}[{at}]", found) for at, member in enumerate(value)]
    return value
