"""Cells of a row: parsed as text, number or yes/no, whatever type a tap emitted, and reported if they are invalid.

A cell that is an empty string, only blanks or null is *blank*. A column that the row does not have is *absent*: readers
return None for it, and the field of the product stays unchanged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from typing_extensions import override

from wix_api.products.money import text as decimal_text

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

_NUMBER = re.compile(r"-?\d+(\.\d*)?|-?\.\d+")
_WITH_COMMA = re.compile(r"-?\d*,\d+")
_ERROR = re.compile(
    r"#(N/[AD]|NV|REF!|BEZUG!|RIF!|¡REF!|VALUE!|WERT!|VALEUR!|VALORE!|¡VALOR!|VALOR!|NAME\?|NOM\?|NOME\?|¿NOMBRE\?"
    r"|¡?DIV/0!|NUM!|¡NUM!|ZAHL!|NOMBRE!|NULL!|NUL!|NULO!|¡NULO!|SPILL!|CALC!|FIELD!|BLOCKED!|GETTING_DATA)|Err:\d+"
)
"""Errors of formulas, as spreadsheets in English, German, French, Italian, Spanish and Portuguese show them."""
AN_ERROR = "The formula of this cell has an error. Correct the formula."
_BLANKS = frozenset({"nan", "NaN", "<NA>", "NULL"})
"""What pandas, R and databases write for a blank cell. `None` may be a choice or a brand."""
_A_BLANK = "A program wrote it for a blank cell. Clear the cell."
NO_NONE = "`None` and `null` are read as texts. Clear these cells if a program wrote the words for blank cells"
INVISIBLE = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Characters that nobody sees around a text that was copied from a web page or from Excel's formats."""
_LIKE_A_DATE = re.compile(
    r"\d{1,2}(-|\. ?)(janv?|ene|gen|feb|févr?|fev|mars?|mär|mrz|mrt|apr|avr|abr|ma[iy]|mei|jun|juin|giu|jul|juil|lug"
    r"|aug|ago|août|sept?|o[ck]t|ott|nov|de[cz]|déc|dic)\.?",
    re.IGNORECASE,
)
"""A day as spreadsheets show it, in English, German, French, Spanish, Italian, Portuguese and Dutch."""
_MAYBE_A_DATE = (
    "a choice or code such as `4-Feb` may be a date that a spreadsheet made of a text such as `2-4` or FEB4. If so, "
    "format the column as text, and enter the value again"
)
_SHORTENED = re.compile(r"\d([.,]\d+)?E\+\d{2,}", re.IGNORECASE)
_WITH_POINT = re.compile(r"\d{8,14}\.0")
"""A barcode that a program such as pandas wrote as a number."""
_TEXT_FORMULA = re.compile(r'\s*="([^"]*)"\s*')
"""A formula by which CSV files make spreadsheets keep the zeros of a code: `="007"` is 007."""
_TRUTHS = {
    **dict.fromkeys(("TRUE", "YES", "Y", "1", "WAHR", "VRAI", "VERO", "VERDADERO", "VERDADEIRO", "WAAR"), True),
    **dict.fromkeys(("JA", "OUI", "SI", "SÌ", "SÍ", "SIM"), True),
    **dict.fromkeys(("FALSE", "NO", "N", "0", "FALSCH", "FAUX", "FALSO", "ONWAAR"), False),
    **dict.fromkeys(("NEIN", "NON", "NÃO", "NEE"), False),
    **dict.fromkeys(("ACTIVE", "PUBLISHED", "VISIBLE"), True),
    **dict.fromkeys(("INACTIVE", "DRAFT", "ARCHIVED", "HIDDEN"), False),
}
"""Booleans of spreadsheets, also in German, French, Italian, Spanish, Portuguese and Dutch, and of other systems."""
_LONGEST_SHOWN = 40
_MOST_EXACT = 10**15
"""Numbers of spreadsheets have 15 digits; further ones are lost."""


class NotAsShown(str):
    """The text of a cell that is not what its author sees, for example a date that a spreadsheet made of `1-2`.

    Attributes:
        why: What happened, and what to do.
        shown: What messages show as the content of the cell.
    """

    __slots__ = ("shown", "why")

    why: str
    shown: str

    def __new__(cls, text: str, why: str = "", content: str = "") -> Self:
        """Return a text with the reason."""
        found = super().__new__(cls, text)
        found.why, found.shown = why, content or _found(text)
        return found


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        line: Its line in the input, from 1; the first one if it has several.
        cells: The values by the format's own column names.
        spellings: The input's spelling of columns, if it differs.
        broken: What is wrong with the row as a whole, or "".
        apart: The values of columns that do not belong to the product, by their headers.
    """

    line: int
    cells: Mapping[str, Any]
    spellings: Mapping[str, str] = field(default_factory=dict)
    broken: str = ""
    apart: Mapping[str, Any] = field(default_factory=dict)


class Place(NamedTuple):
    """A place in the input; `column` is empty for a whole row."""

    line: int
    column: str = ""

    @override
    def __str__(self) -> str:
        return f"line {self.line}" + (f", column `{self.column}`" if self.column else "")


@dataclass(frozen=True)
class Problem:
    """The problem at a place, the expected value, and what to do."""

    place: Place
    message: str

    @override
    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass(frozen=True)
class Note:
    """A value that the product has in a different form than in the file, or not at all.

    Attributes:
        text: The difference, in the same words for all cells that have it.
        place: The place in the file.
        found: The value of the cell.
    """

    text: str
    place: Place
    found: str = ""

    @property
    def example(self) -> str:
        """The place and the value there."""
        return f"{self.place}: {shown(self.found)}" if self.found else str(self.place)


@dataclass
class Findings:
    """The findings from reading the rows of one product.

    Attributes:
        problems: Why the product is rejected.
        places: Path in the product → its cell, so that a later refusal can be traced back.
        notes: Values that the product has in a different form than in its rows, or not at all.
    """

    problems: list[Problem] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def written(value: Any) -> str:
    """Return a cell as a file would have it: 1.0 from a typed column is "1", True is "TRUE", null and [] are ""."""
    if isinstance(value, str):
        return value
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float | Decimal):
        return decimal_text(value) or ""
    return str(value)


def error_of(text: str) -> str:
    """Return what to do about a text that a program wrote instead of a value; "" for other texts."""
    text = text.strip()
    return AN_ERROR if _ERROR.fullmatch(text) else _A_BLANK if text in _BLANKS else ""


class Cells:
    """The cells of one row."""

    def __init__(self, row: Row, findings: Findings) -> None:
        self.row = row
        self.findings = findings

    def has(self, column: str) -> bool:
        """True if the row has the column, blank or not."""
        return column in self.row.cells

    def is_filled(self, column: str) -> bool:
        """True if the cell is not blank."""
        return bool(written(self.row.cells.get(column)).strip())

    def text(self, column: str, path: str = "") -> str | None:
        """Return the text of a cell, "" if it is blank, None if there is no such column."""
        if column not in self.row.cells:
            if path:
                self.findings.places.setdefault(path, self._place(column))  # if the product needs it
            return None
        self.note(path, column)
        value = self.row.cells[column]
        found = written(value)
        if isinstance(value, NotAsShown):
            self.complain(column, f"found {value.shown}. {value.why}")
            return ""
        if advice := error_of(found):
            self.complain(column, f"found {shown(found)}. {advice}")
            return ""
        if path and found.strip() in {"None", "null"}:
            self.remark(column, NO_NONE)
        if isinstance(value, dict | list) and found:
            self.refuse(column, "a text or a number")
            return ""
        return found if found.strip() else ""

    def word(self, column: str, path: str = "") -> str:
        """Return the text of a cell without blanks around it; "" if there is none."""
        return (self.text(column, path) or "").strip().strip(INVISIBLE).strip()

    def code(self, column: str, path: str = "") -> str | None:
        """Return the text of a SKU or barcode; "" if it is blank, None if there is no such column."""
        found = self.text(column, path)
        found = found and found.strip(INVISIBLE)
        if found and (formula := _TEXT_FORMULA.fullmatch(found)):
            found = formula[1]
        value = self.row.cells.get(column)
        is_rounded = isinstance(value, float) and abs(value) >= _MOST_EXACT
        if found:
            self.doubt_date(column)
        if found and _WITH_POINT.fullmatch(found.strip()):
            self.refuse(column, "a code without a point", "A program converted it to a number. Remove the `.0`.")
        elif found and (is_rounded or _SHORTENED.fullmatch(found.strip())):
            advice = (
                "A spreadsheet converted it to a number, and the last digits are lost. Format the column as text, "
                "enter the codes again, and save the file."
            )
            self.refuse(column, "a whole code", advice)
        return found

    def doubt_date(self, column: str) -> None:
        """Report a text that may have been another one before a spreadsheet made a date of it."""
        if _LIKE_A_DATE.fullmatch(written(self.row.cells.get(column)).strip()):
            self.remark(column, _MAYBE_A_DATE)

    def number(self, column: str, path: str = "") -> Decimal | None:
        """Return the number of a cell; None if it is blank, absent, or not a number, which is reported."""
        found = self.word(column, path)
        if not found:
            return None
        if not _NUMBER.fullmatch(found):
            if _WITH_COMMA.fullmatch(found):
                advice = (
                    "Correct the cell. If all numbers have a decimal comma, `wix-import --decimal ,` reads the file."
                )
                self.refuse(column, "a number without a comma, such as 1200 or 12.50", advice)
            else:
                self.refuse(column, "a number alone, such as 1299 or 12.50, without separators of thousands")
            return None
        number = Decimal(found)
        if abs(number) >= _MOST_EXACT:
            self.refuse(column, f"a number below {_MOST_EXACT:,}")
            return None
        return number

    def whole(self, column: str, path: str = "") -> int | None:
        """Return the whole number of a cell; None if it is blank, absent, or invalid, which is reported."""
        found = self.number(column, path)
        if found is None:
            return None
        if found != found.to_integral_value():
            self.refuse(column, "a whole number, such as 12")
            return None
        return int(found)

    def truth(self, column: str, path: str = "") -> bool | None:
        """Return a boolean; None if the cell is blank, absent, or invalid, which is reported."""
        found = self.word(column, path).upper()
        if found and found not in _TRUTHS:
            self.refuse(column, "TRUE or FALSE")
        return _TRUTHS.get(found)

    def one_of(self, column: str, words: Mapping[str, T], path: str = "", *, any_case: bool = False) -> T | None:
        """Return the meaning of one of some words; None if the cell is blank, absent, or invalid, which is reported."""
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
        """Return the parts between `;` of a cell, or the items of a list that a tap has read.

        Returns:
            [] if the cell is blank, None if there is no such column.
        """
        value = self.row.cells.get(column)
        if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
            self.note(path, column)
            parts = [text for item in value if (text := written(item).strip())]
            if wrong := next(filter(error_of, parts), ""):
                self.complain(column, f"found {shown(wrong)}. {error_of(wrong)}")
            return parts
        found = self.text(column, path)
        return None if found is None else [part.strip() for part in found.split(";") if part.strip()]

    def note(self, path: str, column: str = "") -> None:
        """Remember the cell of a path in the product."""
        if path:
            self.findings.places[path] = self._place(column)

    def refuse(self, column: str, wanted: str, advice: str = "Correct the cell.", part: str = "") -> None:
        """Report that a cell, or a part of it, is invalid."""
        value = self.row.cells.get(column)
        found = value.shown if isinstance(value, NotAsShown) and not part else _found(part or written(value))
        self.complain(column, f"found {found}, expected {wanted}. {advice}")

    def complain(self, column: str, message: str) -> None:
        """Report what is wrong with a cell, or with the row if no column is named."""
        problem = Problem(self._place(column), message)
        if problem not in self.findings.problems:
            self.findings.problems.append(problem)

    def remark(self, column: str, text: str) -> None:
        """Report that the product has a value in a different form than in the cell, or not at all."""
        found = written(self.row.cells.get(column))
        self.findings.notes.append(Note(text, self._place(column), found))

    def _place(self, column: str) -> Place:
        return Place(self.row.line, self.row.spellings.get(column, column))


def shown(found: str) -> str:
    """Return a value for a message, in one line of at most 40 characters."""
    found = " ".join(found.splitlines())
    return f"`{found[:_LONGEST_SHOWN]}{'…' if len(found) > _LONGEST_SHOWN else ''}`"


def _found(text: str) -> str:
    return shown(text) if text else "nothing"
