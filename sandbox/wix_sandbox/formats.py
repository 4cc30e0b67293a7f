"""Formats of texts, by their names in Wix and in JSON Schema."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
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
    """Return the format or pattern that a text violates; an empty text counts as not set."""
    default = "DECIMAL_VALUE" if "x-wix-decimal" in schema else schema.get("format", "")
    declared: str = schema.get("x-wix-format", default)
    name = NAMES.get(declared, declared)
    if name in HOLDS and (text or name == "DECIMAL_VALUE") and not HOLDS[name](text):
        return name
    pattern: str = schema.get("pattern", "")
    return pattern if text and re.search(pattern, text) is None else None
