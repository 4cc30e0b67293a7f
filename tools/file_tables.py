"""Table of the values that product files have no column for, from the formats."""

from __future__ import annotations

from tools.markdown import table
from wix_files.recognition import FORMATS


def file_tables() -> dict[str, str]:
    """Return the table: each value, with the formats that can hold it."""
    lacking: dict[str, set[str]] = {}
    for name, product_format in FORMATS.items():
        for value in product_format.unheld.values():
            lacking.setdefault(value, set()).add(name)
    rows = sorted((value[:1].upper() + value[1:], _rest(names)) for value, names in lacking.items())
    return {"unheld": table(("Value", "Formats with a column"), rows)}


def _rest(lacking: set[str]) -> str:
    return ", ".join(f"`{name}`" for name in FORMATS if name not in lacking) or "none"
