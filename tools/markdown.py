"""Markdown, and documents whose tables are made from the code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

_PLACE = re.compile(r"<!-- table: (\S+) -->\n.*?<!-- end -->", re.DOTALL)


@dataclass(frozen=True)
class Document:
    """A document and the function for the tables between its markers `<!-- table: name -->` … `<!-- end -->`."""

    path: Path
    tables: Callable[[], Mapping[str, str]]

    def text(self) -> str:
        """The current text of the document."""
        return self.path.read_text(encoding="utf-8")

    def filled(self) -> str:
        """The text of the document with up-to-date tables."""
        tables = self.tables()

        def fill(found: re.Match[str]) -> str:
            return f"<!-- table: {found[1]} -->\n{tables[found[1]]}\n<!-- end -->"

        return _PLACE.sub(fill, self.text())

    def marks(self) -> list[str]:
        """Names of the tables that have markers in the document."""
        return [found[1] for found in _PLACE.finditer(self.text())]


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [heads, tuple("---" for _ in heads), *(tuple(map(_cell, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
