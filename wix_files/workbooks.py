"""Reads workbooks (.xlsx, .ods) row by row, as `csv_files` reads CSV files.

The line of a row is its number in the sheet. Formulas have the values that were stored when the workbook was saved.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import date, time, timedelta
from html import unescape
from itertools import chain, islice
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError, iterparse
from zipfile import BadZipFile, ZipFile

from wix_files.cells import NotAsShown, written
from wix_files.csv_files import CsvFile, CsvRow, FileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from xml.etree.ElementTree import Element

_NO_LIBRARY = (
    "Workbooks need a further package. Install it with `pip install 'tap-target-wix[files]'`, or save the sheet as CSV."
)
_NO_WORKBOOK = (
    "The file is neither CSV nor a workbook (.xlsx, .ods) that can be read ({}). Save it again as .xlsx or CSV."
)
_DAMAGED = (BadZipFile, OSError, ParseError, RuntimeError, UnicodeDecodeError, zlib.error)
"""Errors of the zipfile module and of the XML parser."""
_LOCKED = "The workbook has a password. Save a copy without one."
_HEADER_ROWS = 20
"""The header is one of the first rows: titles and notes may be above it."""
_MOST_BYTES = 1 << 30
"""Maximum size of the unpacked files of a workbook: a small file may unpack to any size."""
_BLOCK = 1 << 20
_A_DATE = (
    "The spreadsheet made a date of this cell, as it does of texts such as 1-2. Format the column as text, and enter "
    "the value again."
)
_AN_ERROR = "The formula of this cell has an error. Correct the formula."
_NO_VALUE = "The formula of this cell has no stored value. Open the workbook in a spreadsheet program, and save it."
_ERROR = re.compile(r"#(REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)|Err:\d+")
_ODS_CONTENT = "content.xml"
_CELL_END = re.compile(rb"</(?:\w+:)?c>")
_CELL = re.compile(rb".*<(?:\w+:)?c\b([^>]*)>(.*)", re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]+\d+)"')
_VALUE = re.compile(rb"<(?:\w+:)?v[^>/]*>([^<]*)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')

Range = tuple[tuple[int, int], tuple[int, int]]


def read(path: Path, sheet: str | None = None) -> CsvFile:
    """Read a sheet of a workbook.

    Args:
        path: Path of the file.
        sheet: Name of the sheet; needed if several sheets have cells.

    Raises:
        FileError: The package for workbooks is missing, the file is not a workbook, the sheet does not exist, has no
            header, or has to be chosen.
    """
    try:
        import python_calamine as calamine  # noqa: PLC0415 - an extra
    except ImportError:
        raise FileError(_NO_LIBRARY) from None
    _check_size(path)
    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as workbook:
            found = _chosen(workbook, sheet)
        troubles = _troubles(path, found.name)
    except calamine.PasswordError:
        raise FileError(_LOCKED) from None
    except (calamine.CalamineError, *_DAMAGED) as error:
        raise FileError(_NO_WORKBOOK.format(str(error)[:100])) from None
    start = found.start or (0, 0)
    merged = [
        ((top, left - start[1]), (bottom, right - start[1]))
        for (top, left), (bottom, right) in found.merged_cell_ranges or ()
    ]
    return _file(found.iter_rows(), merged, _Places(start[1], troubles))


@dataclass(frozen=True)
class _Places:
    """Places of cells in a sheet.

    Attributes:
        first: Number of the first column that has values, from 0.
        troubles: Cells such as "C5" → why their value is not what their author sees.
    """

    first: int
    troubles: Mapping[str, str]

    def column(self, at: int) -> str:
        """Return the letters of a column, such as AB."""
        return _letters(self.first + at)

    def value(self, line: int, at: int, found: Any) -> Any:
        """Return the value of a cell, as far as it is what the author of the sheet sees."""
        why = self.troubles.get(f"{self.column(at)}{line}", "") if self.troubles else ""
        if isinstance(found, str):
            why = why or (_AN_ERROR if _ERROR.fullmatch(found) else "")
            return NotAsShown(found or "no value", why) if why else found
        if isinstance(found, date | time | timedelta):
            return NotAsShown(str(found), _A_DATE)
        if isinstance(found, float):
            found = float(f"{found:.15g}")  # as spreadsheets show it: 0.1 + 0.2 is 0.3
        return found


def _letters(column: int) -> str:
    """Return the letters of a column, by its number from 0."""
    number, letters = column + 1, ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _check_size(path: Path) -> None:
    try:
        with ZipFile(path) as packed:
            size = sum(member.file_size for member in packed.infolist())
    except _DAMAGED as error:
        raise FileError(_NO_WORKBOOK.format(str(error)[:100])) from None
    if size > _MOST_BYTES:
        msg = f"The workbook unpacks to {size >> 20:,} MB, more than {_MOST_BYTES >> 20:,}. Save the sheet as CSV."
        raise FileError(msg)


def _chosen(workbook: Any, sheet: str | None) -> Any:
    """Return the sheet with a name, or the only one that is visible and has cells."""
    if sheet is not None:
        if sheet not in workbook.sheet_names:
            msg = f"The workbook has no sheet `{sheet}`. It has {_listed(workbook.sheet_names)}."
            raise FileError(msg)
        return workbook.get_sheet_by_name(sheet)
    visible = [one.name for one in workbook.sheets_metadata if str(one.visible).endswith(".Visible")]
    filled = [found for name in visible if (found := workbook.get_sheet_by_name(name)).height]
    if len(filled) > 1:
        names = [found.name for found in filled]
        msg = f'The workbook has several sheets: {_listed(names)}. Name one: --sheet "{names[0]}".'
        raise FileError(msg)
    if not filled:
        msg = "The workbook has no visible sheet with cells. Expected are the names of the columns in its first row."
        raise FileError(msg, 1)
    return filled[0]


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _file(rows: Iterator[list[Any]], merged: list[Range], places: _Places) -> CsvFile:
    first = list(islice(rows, _HEADER_ROWS))
    if not any(map(any, first)):
        msg = f"The first {_HEADER_ROWS} rows of the sheet are blank. Expected are the names of the columns."
        raise FileError(msg, 1)
    headers, last = _header(first, merged)
    while not headers[-1]:
        headers.pop()
    further = enumerate(chain(first[last + 1 :], rows), start=last + 2)
    listed = [header or f"_{places.column(at)}" for at, header in enumerate(headers)]
    warning = f"The names of the columns are in row {last + 1}; the rows above are ignored." if last else ""
    return CsvFile(listed, _rows(further, headers, listed, places), ",", warning, is_typed=True)


def _header(rows: list[list[Any]], merged: list[Range]) -> tuple[list[str], int]:
    """Return the names of the columns, and the number of their last row, from 0.

    The header is the row with the most texts. Cells that are merged with cells above or below it belong to it.
    """
    texts = [sum(isinstance(cell, str) and bool(cell.strip()) for cell in row) for row in rows]
    best = texts.index(max(texts))
    joined = [(top, bottom) for (top, _), (bottom, _) in merged if top <= best <= bottom < len(rows)]
    above = min([best, *(top for top, _ in joined)])
    last = max([best, *(bottom for _, bottom in joined)])
    columns = zip(*rows[above : last + 1], strict=True)
    return [next((text for cell in reversed(cells) if (text := written(cell).strip())), "") for cells in columns], last


def _rows(
    rows: Iterator[tuple[int, list[Any]]], headers: list[str], listed: list[str], places: _Places
) -> Iterator[CsvRow]:
    for line, found in rows:
        cells = [places.value(line, at, cell) for at, cell in enumerate(found)]
        if not any(written(cell).strip() for cell in cells):
            continue
        strays = [at for at, cell in enumerate(cells) if not (at < len(headers) and headers[at]) and written(cell)]
        broken = ""
        if strays:
            column = places.column(strays[0])
            broken = (
                f"the cell {column}{line} has a value, but column {column} has no name. Name it, or clear the cell."
            )
        raw = [written(cell) for cell in cells[: len(listed)]]
        yield CsvRow(line, dict(zip(listed, cells, strict=False)), broken, raw)


def _troubles(path: Path, sheet: str) -> dict[str, str]:
    """Return the cells of a sheet whose formula has an error or no stored value: both are read as blank."""
    found = {}
    with ZipFile(path) as packed:
        if _ODS_CONTENT in packed.namelist():
            return dict.fromkeys(_errors_of_ods(packed, sheet), _AN_ERROR)
        part = _part(packed, sheet)
        if part:
            for attributes, content in _cells(packed, part):
                is_error = b't="e"' in attributes
                value = _VALUE.search(content)
                if is_error or (not (value and value[1]) and b't="str"' not in attributes):
                    place = _PLACE.search(attributes)
                    found[place[1].decode() if place else ""] = _AN_ERROR if is_error else _NO_VALUE
    return found


def _errors_of_ods(packed: ZipFile, sheet: str) -> Iterator[str]:
    """Yield the cells of an .ods sheet that show an error; their value is blank."""
    table, line, at = "", 0, 0
    holder: Element | None = None
    with packed.open(_ODS_CONTENT) as file:
        for event, element in iterparse(file, ("start", "end")):  # noqa: S314 - expat limits what entities expand to
            name = element.tag.rpartition("}")[2]
            if event == "start" and name == "table":
                table, line, holder = _attribute(element, "name"), 0, element
            elif event == "start" and name == "table-row":
                at = 0
            elif event == "end" and name in {"table-cell", "covered-table-cell"}:
                if table == sheet and _ERROR.fullmatch("".join(element.itertext())):
                    yield f"{_letters(at)}{line + 1}"
                at += int(_attribute(element, "number-columns-repeated") or 1)
            elif event == "end" and name == "table-row" and holder is not None:
                line += int(_attribute(element, "number-rows-repeated") or 1)
                holder.clear()  # what was read is not kept


def _attribute(element: Element, name: str) -> str:
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), "")


def _cells(packed: ZipFile, part: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield attributes and content of cells that have a formula or an error."""
    rest = b""
    with packed.open(part) as file:
        while block := file.read(_BLOCK):
            *whole, rest = _CELL_END.split(rest + block)
            for cell in whole:
                if (_FORMULA.search(cell) or b't="e"' in cell) and (match := _CELL.match(cell)):
                    yield match[1], match[2]


def _part(packed: ZipFile, sheet: str) -> str | None:
    """Return the name of the file with the cells of a sheet; None if the workbook is not .xlsx."""
    try:
        book = packed.read("xl/workbook.xml").decode()
        relations = packed.read("xl/_rels/workbook.xml.rels").decode()
    except KeyError:
        return None
    targets = {one["Id"]: one["Target"] for one in map(_attributes, _RELATION.findall(relations)) if "Target" in one}
    for one in map(_attributes, _SHEET.findall(book)):
        if one.get("name") == sheet:
            target = targets.get(one.get("id", ""), "")
            part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            return part if part in packed.namelist() else None
    return None


def _attributes(tag: str) -> dict[str, str]:
    return {name.rpartition(":")[2]: unescape(value) for name, value in _ATTRIBUTE.findall(tag)}
