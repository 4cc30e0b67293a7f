"""Markdown tables, and documents of which parts are made from the code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

_PLACE = re.compile(
    r"(?P<begin>(?:<!--|#) table: (?P<name>\S+)[^\n]*\n).*?^(?P<end> *(?:<!--|#) end)", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Document:
    """A document and the function for the tables between its markers.

    Markers are comments of Markdown, `<!-- table: name -->` … `<!-- end -->`, or of YAML, `# table: name` … `# end`.
    """

    path: Path
    tables: Callable[[], Mapping[str, str]]

    def text(self) -> str:
        """The current text of the document."""
        return self.path.read_text(encoding="utf-8")

    def filled(self) -> str:
        """The text of the document with up-to-date tables."""
        tables = self.tables()

        def fill(found: re.Match[str]) -> str:
            return f"{found['begin']}{tables[found['name']]}\n{found['end']}"

        return _PLACE.sub(fill, self.text())

    def marks(self) -> list[str]:
        """Names of the tables that have markers in the document."""
        return [found["name"] for found in _PLACE.finditer(self.text())]


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [heads, tuple("---" for _ in heads), *(tuple(map(_cell, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
