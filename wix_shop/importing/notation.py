"""How a product file writes its numbers: the decimal sign, and separators of thousands.

A file is read once to see all of its numbers (`NumbersSeen`), since `1.234` alone may be 1.234 or 1234. Then each cell
is read in the notation of the file (`Notation`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wix_files.cells import shown
from wix_shop.importing.currencies import money_columns, parted

if TYPE_CHECKING:
    from wix_files.csv_files import CsvRow
    from wix_files.recognition import Layout

_COMMA, _POINT = ",", "."
_WITH_COMMA = re.compile(r"\s*-?\d*,\d+\s*")
_WITH_POINT = re.compile(r"\s*-?\d*\.\d+\s*")
_WITH_BOTH = re.compile(r"\s*-?\d{1,3}([. \u00a0\u202f']\d{3})+(,\d*)?\s*")
_POINT_THOUSAND = re.compile(r"\s*-?[1-9]\d{0,2}\.\d{3}\s*")
"""Numbers such as `1.234`, whose point may separate thousands or decimals."""
_OF_TEN = re.compile(r"\s*-?[1-9]\d{0,2}\.\d\d0\s*")
"""Numbers such as `8.000` and `1.250`, which have this zero only if all numbers of their column have three decimals."""
_OTHER_DECIMALS = re.compile(r"\s*-?(\d*[1-9]\d*|\d*\.(\d{1,2}|\d{4,}))\s*")
"""Numbers other than 0 that have no decimals, or not 3."""
_THOUSAND = re.compile(r"\s*-?[1-9]\d{0,2},\d{3}\s*")
"""Numbers such as `1,234`, whose comma may separate thousands or decimals."""
_SIGNS = ((_COMMA, _POINT), (_POINT, _COMMA))
"""Decimal signs, each with the one that then separates thousands."""
_GROUP = r"[ \u00a0\u202f'\u2019]\d{3}"
_GROUPED = {
    sign: re.compile(rf"\s*-?[1-9]\d{{0,2}}(({_GROUP})+([{sign}]\d+)?|([{other}]\d{{3}})+[{sign}]\d+)\s*")
    for sign, other in _SIGNS
}
"""For each decimal sign: numbers whose separators of thousands have no other reading, as in `1,299.00` and `1 299`."""
_ANY_GROUPED = re.compile("|".join(pattern.pattern for pattern in _GROUPED.values()))
_SURELY_GROUPED = {sign: re.compile(rf"\s*-?[1-9]\d{{0,2}}([{other}]\d{{3}})+\s*") for sign, other in _SIGNS}
"""Numbers such as `1,299` that have no other reading if the user has named the decimal sign."""
_POINT_MILLION = re.compile(r"\s*-?[1-9]\d{0,2}(\.\d{3}){2,}(,\d*)?\s*")
"""Numbers such as `1.234.567`, whose points separate thousands."""
_POINT_COUNT = re.compile(r"\s*[1-9]\d{0,2}\.(?!000)\d{3}\s*")
"""Counts such as `1.250`, whose point separates thousands."""
_OF_STOCK = re.compile(r"inventory|stock|quantity", re.IGNORECASE)
"""Names of columns that hold counts."""


@dataclass(frozen=True)
class Notation:
    """How a file writes its numbers.

    Attributes:
        columns: Headers of the columns with numbers; none if all of them are written as Wix reads them.
        weights: Those of weights, in which a point is always a decimal point.
        has_commas: True if its numbers have decimal commas.
        is_unclear: True if points in its numbers may separate thousands, as in `1.234`.
        is_sure: True if the user has named the decimal sign.
    """

    columns: frozenset[str] = frozenset()
    weights: frozenset[str] = frozenset()
    has_commas: bool = False
    is_unclear: bool = False
    is_sure: bool = False

    def read(self, header: str, text: str) -> tuple[str, str]:
        """Return the text of a cell, and why its number may be another one than it seems, with what to do, or "".

        Clear numbers have a decimal point, and no separators of thousands. Other texts are unchanged.
        """
        if header not in self.columns:
            return text, ""
        text = self._ungrouped(header, text)
        if not (self.is_unclear and header in self.weights) and (problem := self._problem(text)):
            return text, problem
        return text.replace(_COMMA, _POINT) if self.has_commas and _WITH_COMMA.fullmatch(text) else text, ""

    def in_csv(self, header: str, text: str, value: object) -> str:
        """Return the text of a workbook's cell as a CSV file needs it to be read as the same number."""
        if not (self.is_sure and self.has_commas):
            return self.read(header, text)[0]
        is_number = header in self.columns and not isinstance(value, str)
        return text.replace(_POINT, _COMMA) if is_number else text

    def _problem(self, text: str) -> str:
        if self.is_unclear and _POINT_THOUSAND.fullmatch(text):
            return (
                f", which may be {text.strip().replace(_POINT, '')} or a number with three decimals. Write it without "
                "the point, or add `--decimal .` to read points as decimal points, `--decimal ,` to leave them out."
            )
        if (self.has_commas or self.is_unclear) and _WITH_BOTH.fullmatch(text):
            return ". Write the number without separators of thousands, as `1234,50`."
        if self.has_commas and _WITH_POINT.fullmatch(text):
            return ", but other numbers of this file have a decimal comma. Use a comma here, too."
        return ""

    def _ungrouped(self, header: str, text: str) -> str:
        sign = _COMMA if self.has_commas else _POINT
        is_sure = self.is_sure and header not in self.weights and _SURELY_GROUPED[sign].fullmatch(text)
        return re.sub(rf"[^-\d{sign}]", "", text) if is_sure or _GROUPED[sign].fullmatch(text) else text


class NumbersSeen:
    """The numbers of a file, from which its notation is detected.

    Attributes:
        currencies: Codes and signs of currencies in its amounts.
    """

    def __init__(self, layout: Layout) -> None:
        self.currencies: set[str] = set()
        columns, kind = layout.columns.items(), layout.format
        self._columns = [header for header, column in columns if column in kind.numbers]
        self._weights = frozenset(header for header, column in columns if column in kind.weights)
        self._money = money_columns(layout)
        self._stocks = {header for header in self._columns if _OF_STOCK.search(layout.columns[header])}
        self._is_local = kind.has_local_numbers
        self._are_grouped = self._are_parted = False
        self._commas = self._points = self._thousands = 0
        notations = (_OF_TEN, _OTHER_DECIMALS, _POINT_THOUSAND)
        self._firsts: dict[re.Pattern[str], dict[str, tuple[int, str]]] = {notation: {} for notation in notations}
        """For each notation: the columns that have it, with the line and the text of the first cell."""

    def add(self, row: CsvRow) -> None:
        """Look at the numbers of a row."""
        for header in self._columns:
            text = row.cells.get(header, "")
            if type(text) is not str:  # a number, or a total or an error of a workbook
                continue
            if header in self._money:
                text, currency = parted(text)
                self.currencies |= {currency} - {""}
            if header in self._weights and _POINT_THOUSAND.fullmatch(text):
                continue  # 1.250 kg: prices of the same file may still have decimal commas
            for notation, firsts in self._firsts.items():
                if header not in firsts and notation.fullmatch(text):
                    firsts[header] = (row.line, text.strip())
            self._points += bool(_WITH_POINT.fullmatch(text))
            self._thousands += bool(_POINT_THOUSAND.fullmatch(text))
            parted_by_points = _POINT_COUNT if header in self._stocks else _POINT_MILLION
            self._are_parted = self._are_parted or bool(parted_by_points.fullmatch(text))
            self._are_grouped = self._are_grouped or bool(_ANY_GROUPED.fullmatch(text))
            with_comma = _COMMA in text and (_WITH_COMMA.fullmatch(text) or _WITH_BOTH.fullmatch(text))
            self._commas += bool(with_comma and not _THOUSAND.fullmatch(text))

    def notation(self, decimal: str | None, *, is_of_comma_country: bool) -> tuple[Notation, str]:
        """Return the notation of the numbers, and a sentence on amounts such as `1.299`, or "".

        Args:
            decimal: Decimal sign that the user has named, if any.
            is_of_comma_country: Whether the file is one of a spreadsheet that may use decimal commas.
        """
        is_sure = decimal is not None
        may_have_commas = is_of_comma_country or self._is_local
        has_commas = decimal == _COMMA if is_sure else may_have_commas and self._have_commas
        is_unclear = not (is_sure or has_commas) and self._are_unclear(is_of_comma_country=is_of_comma_country)
        is_changed = has_commas or is_unclear or is_sure or self._are_grouped
        columns = frozenset(self._columns if is_changed else ())
        notation = Notation(columns, self._weights, has_commas=has_commas, is_unclear=is_unclear, is_sure=is_sure)
        return notation, "" if is_sure or has_commas or is_unclear else self._note_on_points

    @property
    def _note_on_points(self) -> str:
        firsts = self._firsts[_POINT_THOUSAND].items()
        named = [
            f"`{header}` (first line {line}: {shown(text)})" for header, (line, text) in firsts if header in self._money
        ]
        if not named:
            return ""
        return (
            f"amounts with three decimals are read with a decimal point: {', '.join(named)}. If the point separates "
            "thousands, write 1299 for 1.299, or add `--decimal ,`."
        )

    @property
    def _have_commas(self) -> bool:
        return bool(self._commas and self._points == self._thousands)

    def _are_unclear(self, *, is_of_comma_country: bool) -> bool:
        """True if points may separate thousands.

        Other numbers have a decimal comma or several points, a stock has a point, all points are so placed, or a column
        has both `8.000` and `12.50`.
        """
        is_possible = self._commas or (is_of_comma_country and self._points == self._thousands)
        has_both = self._firsts[_OF_TEN].keys() & self._firsts[_OTHER_DECIMALS].keys()
        return bool(self._thousands and (is_possible or has_both or self._are_parted))
