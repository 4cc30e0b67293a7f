"""Cells of a row: read as text, number or truth, whatever type a tap gave them, and named where they are wrong.

A cell that is empty text, only blanks or null is *blank*. A column that the row does not have is *absent*: readers give
None for it, and nothing is said about what it stands for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from typing_extensions import override

from wix_api.products.money import text as decimal_text

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

_NUMBER = re.compile(r"-?\d+(\.\d*)?|-?\.\d+")
_SHORTENED = re.compile(r"\d([.,]\d+)?E\+\d{2,}", re.IGNORECASE)
_TRUTHS = {"TRUE": True, "FALSE": False}
_LONGEST_SHOWN = 40


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        line: Its line in the input, from 1; the first one if it has several.
        cells: What stands in each column, by the format's own names.
        spellings: How the input spells a column, where that differs.
        broken: What is wrong with the row as such, or "".
        apart: What stands in columns that are no product's, by their headers.
    """

    line: int
    cells: Mapping[str, Any]
    spellings: Mapping[str, str] = field(default_factory=dict)
    broken: str = ""
    apart: Mapping[str, Any] = field(default_factory=dict)


class Place(NamedTuple):
    """Where something stands in the input; `column` is empty where a whole row is meant."""

    line: int
    column: str = ""

    @override
    def __str__(self) -> str:
        return f"line {self.line}" + (f", column `{self.column}`" if self.column else "")


@dataclass(frozen=True)
class Problem:
    """What is wrong at a place, what was expected, and what to do."""

    place: Place
    message: str

    @override
    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass(frozen=True)
class Note:
    """Something that the product has otherwise than the file says, or not at all.

    Attributes:
        text: What, in words that are the same for all cells of which it is true.
        place: Where the file says it.
        found: What the cell says.
    """

    text: str
    place: Place
    found: str = ""

    @property
    def example(self) -> str:
        """Where, and what the file says there."""
        return f"{self.place}: {_shown(self.found)}" if self.found else str(self.place)


@dataclass
class Findings:
    """What reading the rows of one product brought to light.

    Attributes:
        problems: Why the product cannot be taken.
        places: Path in the product → the cell that says it, so that a later refusal can be traced back.
        notes: What the product has otherwise than its rows say, or not at all.
    """

    problems: list[Problem] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def written(value: Any) -> str:
    """Write a cell as a file would hold it: 1.0 from a typed column is "1", True is "TRUE", null is ""."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float | Decimal):
        return decimal_text(value) or ""
    return str(value)


class Cells:
    """The cells of one row."""

    def __init__(self, row: Row, findings: Findings) -> None:
        self.row = row
        self.findings = findings

    def has(self, column: str) -> bool:
        """Whether the row has the column, blank or not."""
        return column in self.row.cells

    def is_filled(self, column: str) -> bool:
        """Whether the cell says anything."""
        return bool(written(self.row.cells.get(column)).strip())

    def text(self, column: str, path: str = "") -> str | None:
        """Return the text of a cell, "" if it is blank, None if there is no such column."""
        if column not in self.row.cells:
            return None
        self.note(path, column)
        found = written(self.row.cells[column])
        return found if found.strip() else ""

    def word(self, column: str, path: str = "") -> str:
        """Return the text of a cell without blanks around it; "" if there is none."""
        return (self.text(column, path) or "").strip()

    def code(self, column: str, path: str = "") -> str | None:
        """Return the text of a SKU or barcode; "" if it is blank, None if there is no such column."""
        found = self.text(column, path)
        if found and _SHORTENED.fullmatch(found.strip()):
            advice = (
                "A spreadsheet made a number of it, and the last digits are lost. Format the column as text, enter the "
                "codes again, and save the file."
            )
            self.refuse(column, "a whole code", advice)
        return found

    def number(self, column: str, path: str = "") -> Decimal | None:
        """Return the number of a cell; None if it is blank, absent, or refused as no number."""
        found = self.word(column, path)
        if not found:
            return None
        if not _NUMBER.fullmatch(found):
            self.refuse(column, "a number with a point and without a currency sign or blanks, such as 12.50")
            return None
        return Decimal(found)

    def whole(self, column: str, path: str = "") -> int | None:
        """Return the whole number of a cell; None if it is blank, absent, or refused."""
        found = self.number(column, path)
        if found is None:
            return None
        if found != found.to_integral_value():
            self.refuse(column, "a whole number, such as 12")
            return None
        return int(found)

    def truth(self, column: str, path: str = "") -> bool | None:
        """Return TRUE or FALSE; None if the cell is blank, absent, or refused."""
        value = self.row.cells.get(column)
        if isinstance(value, int | float | Decimal) and value in {0, 1}:
            self.note(path, column)
            return bool(value)  # taps that read workbooks give numbers for truths
        return self.one_of(column, _TRUTHS, path, any_case=True)

    def one_of(self, column: str, words: Mapping[str, T], path: str = "", *, any_case: bool = False) -> T | None:
        """Return what one of some words stands for; None if the cell is blank, absent, or refused."""
        found = self.word(column, path)
        if any_case:
            found = found.upper()
        if not found:
            return None
        if found not in words:
            self.refuse(column, " or ".join(words))
            return None
        return words[found]

    def listed(self, column: str, path: str = "") -> list[str] | None:
        """Return the parts between `;` of a cell, [] if it is blank, None if there is no such column."""
        found = self.text(column, path)
        return None if found is None else [part.strip() for part in found.split(";") if part.strip()]

    def note(self, path: str, column: str = "") -> None:
        """Remember which cell says what stands at a path of the product."""
        if path:
            self.findings.places[path] = self._place(column)

    def refuse(self, column: str, wanted: str, advice: str = "Correct the cell.", part: str = "") -> None:
        """Note that a cell, or a part of it, is not what belongs there."""
        found = part or written(self.row.cells.get(column))
        self.complain(column, f"found {_shown(found) if found else 'nothing'}, expected {wanted}. {advice}")

    def complain(self, column: str, message: str) -> None:
        """Note what is wrong with a cell, or with the row if no column is named."""
        self.findings.problems.append(Problem(self._place(column), message))

    def remark(self, column: str, text: str) -> None:
        """Note that the product has something otherwise than a cell says, or not at all."""
        found = written(self.row.cells.get(column))
        self.findings.notes.append(Note(text, self._place(column), found))

    def _place(self, column: str) -> Place:
        return Place(self.row.line, self.row.spellings.get(column, column))


def _shown(found: str) -> str:
    return f"`{found[:_LONGEST_SHOWN]}{'…' if len(found) > _LONGEST_SHOWN else ''}`"
