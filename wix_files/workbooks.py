"""Reads workbooks (.xlsx, .ods) row by row, as `csv_files` reads CSV files.

The line of a row is its number in the sheet. Formulas have the values that were stored when the workbook was saved.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from html import unescape
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError, iterparse
from zipfile import BadZipFile, ZipFile

from wix_files.cells import AN_ERROR, NotAsShown, error_of, written
from wix_files.csv_files import CsvFile, CsvRow, FileError, by_name, spoiled
from wix_files.recognition import format_of, format_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator
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
_NO_VALUE = "Open the workbook in a spreadsheet program, and save it, so that it contains the values of formulas."
_NO_PLACE = (
    "A cell of the sheet contains {}, and the workbook does not say which cell. Open the workbook in a spreadsheet "
    "program, and save it again."
)
_A_TOTAL = "This cell is the total of other cells (SUBTOTAL). Delete the row, or enter a value."
_WORKBOOK, _STYLES, _ODS_CONTENT = "xl/workbook.xml", "xl/styles.xml", "content.xml"
_MANIFEST, _ENCRYPTED = "META-INF/manifest.xml", b"encryption-data"
_MEDIA = ("xl/media/", "Pictures/")
"""Folders of a workbook with the pictures of its sheets."""
_PICTURES = (
    "Pictures in the workbook are not imported. Save them as files, and enter their names in the column of pictures."
)
_BLANKS_OF_ODS = {"s": " ", "tab": "\t", "line-break": "\n"}
_NUMBERS = "It is a file of Apple Numbers. Choose File > Export To > Excel, and import that file."
_BINARY = "It is a binary workbook (.xlsb). Save it as .xlsx."
_ARCHIVE = "It is a ZIP archive. Unpack it, and import the file in it."
_OTHERS = {".iwa": _NUMBERS, "xl/workbook.bin": _BINARY, ".csv": _ARCHIVE, ".xlsx": _ARCHIVE, ".xls": _ARCHIVE}
"""Ends of the names of files in ZIP files that are not workbooks, and what to do about them."""
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_ROWS_END = re.compile(rb"</(?:\w+:)?sheetData>")
_CELL_END = re.compile(rb"</(?:\w+:)?c>")
_CELL = re.compile(rb".*<(?:\w+:)?c\b([^>]*)>(.*)", re.DOTALL)
_PLACE = re.compile(rb"""\br=["']([A-Z]+\d+)["']""")
_NUMBER_OF_ROW = re.compile(rb"""\br=["'](\d+)["']""")
_HIDDEN = re.compile(rb"""\bhidden=["'](1|true)["']""")
_IS_ERROR = re.compile(rb"""\bt=["']e["']""")
_IS_NO_NUMBER = re.compile(rb"""\bt=["'](?!n["'])""")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\b([^>]*)>")
_STYLES_OF_CELLS = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<(?:\w+:)?xf\b([^>]*)>")
_CODE = re.compile(r'(?:0|[-() ]|\\.|"[^"]*")+')
"""A format of digits and texts alone, such as `00000`, `000-000` or `"A-"0000`."""
_SIGN = re.compile(r'(0)|"([^"]*)"|\\?(.)')
"""A part of such a format: a digit, or a text."""
_WITH_ZEROS = re.compile(r"0\d+")
_IS_TEXT = re.compile(rb"""\bt=["']str["']""")
_VALUE = re.compile(rb"<(?:\w+:)?v[^>/]*>([^<]*)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_SUBTOTAL = re.compile(rb"<(?:\w+:)?f\b[^>]*>[\s=+]*SUBTOTAL\(")
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(r"""([\w:]+)=(?:"([^"]*)"|'([^']*)')""")
_UNUSUAL = "its parts have unusual names"

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
        of_ods = _marks_of_ods(path)  # also refuses damaged XML, which the library may read for ever
        with calamine.CalamineWorkbook.from_path(str(path)) as workbook:
            found = _chosen(workbook, sheet)
            unread = (
                [] if sheet else [one.name for one in workbook.sheets_metadata if str(one.visible).endswith(".Hidden")]
            )
        marks = of_ods.get(found.name) or _marks_of_xlsx(path, found.name)
    except calamine.PasswordError:
        raise FileError(_LOCKED) from None
    except (calamine.CalamineError, *_DAMAGED) as error:
        raise FileError(_NO_WORKBOOK.format(str(error)[:100])) from None
    start = found.start or (0, 0)
    merged = [
        ((top, left - start[1]), (bottom, right - start[1]))
        for (top, left), (bottom, right) in found.merged_cell_ranges or marks.merged
    ]
    lines = enumerate(found.iter_rows(), 1)
    texts = ((line, cell) for line, row in lines for cell in row if isinstance(cell, str))
    warnings = [spoiled(texts), f"Hidden sheets are not imported: {_listed(unread)}." if unread else ""]
    return _file(found.iter_rows(), merged, _Places(start[1], marks), warnings)


@dataclass
class _Marks:
    """What the files of a workbook say of a sheet beyond its values.

    Attributes:
        cells: Cells such as "C5" whose value is not what their author sees, with what they show.
        hidden: Numbers of the rows that have cells and are hidden.
        columns: Numbers of hidden columns, from 0.
        has_pictures: True if the workbook contains pictures.
        merged: Merged cells of an .ods sheet, rows and columns from 0: the library has those of other sheets.
    """

    cells: dict[str, str] = field(default_factory=dict)
    hidden: list[int] = field(default_factory=list)
    columns: list[range] = field(default_factory=list)
    merged: list[Range] = field(default_factory=list)
    has_pictures: bool = False

    def add(self, shown: dict[str, str], lines: range) -> None:
        """Set what the cells in some columns of equal rows show."""
        if shown:  # spreadsheets write a million blank rows as one
            self.cells.update((f"{column}{line}", text) for line in lines for column, text in shown.items())


@dataclass(frozen=True)
class _Places:
    """Places of cells in a sheet.

    Attributes:
        first: Number of the first column that has values, from 0.
        marks: What is known of the sheet beyond its values.
    """

    first: int
    marks: _Marks

    def column(self, at: int) -> str:
        """Return the letters of a column, such as AB."""
        return _letters(self.first + at)

    def is_hidden(self, at: int) -> bool:
        """True if a column is hidden."""
        return any(self.first + at in columns for columns in self.marks.columns)

    def value(self, line: int, at: int, found: Any) -> Any:
        """Return the value of a cell, as far as it is what the author of the sheet sees."""
        mark = self.marks.cells.get(f"{self.column(at)}{line}") if self.marks.cells else None
        if mark is not None:
            return mark
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
            names = packed.namelist()
            size = sum(member.file_size for member in packed.infolist())
    except _DAMAGED as error:
        raise FileError(_NO_WORKBOOK.format(str(error)[:100])) from None
    if not {_WORKBOOK, _ODS_CONTENT} & {*names}:
        advice = (what for end, what in _OTHERS.items() for name in names if name.lower().endswith(end))
        raise FileError(next(advice, _NO_WORKBOOK.format("it is a ZIP file without sheets")))
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
        longest = max(filled, key=lambda found: found.height).name
        names = [found.name for found in filled]
        msg = f'The workbook has several sheets: {_listed(names)}. Name one: --sheet "{longest}".'
        raise FileError(msg)
    if not filled:
        msg = "The workbook has no visible sheet with cells. Expected are the names of the columns in its first row."
        raise FileError(msg, 1)
    return filled[0]


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _file(rows: Iterator[list[Any]], merged: list[Range], places: _Places, warnings: list[str]) -> CsvFile:
    first = list(islice(rows, _HEADER_ROWS))
    if not any(map(any, first)):
        msg = f"The first {_HEADER_ROWS} rows of the sheet are blank. Expected are the names of the columns."
        raise FileError(msg, 1)
    headers, last = _header(first, merged)
    while not headers[-1]:
        headers.pop()
    further = enumerate(chain(first[last + 1 :], rows), start=last + 2)
    listed = [header or f"_{places.column(at)}" for at, header in enumerate(headers)]
    if last:
        warnings.append(f"The names of the columns are in row {last + 1}; the rows above are ignored.")
    if hidden := [line for line in places.marks.hidden if line > last + 1]:
        warnings.append(f"Hidden rows are imported, too: {len(hidden):,}, the first is row {hidden[0]}.")
    if columns := [header for at, header in enumerate(headers) if header and places.is_hidden(at)]:
        warnings.append(f"Hidden columns are imported, too: {_listed(columns)}.")
    if places.marks.has_pictures:
        warnings.append(_PICTURES)
    named = {at for at, header in enumerate(headers) if header}
    tall = sorted((top + 1, bottom + 1, at) for (top, at), (bottom, _) in merged if last < top < bottom and at in named)
    if tall:
        place = f"{places.column(tall[0][2])}{tall[0][0]}"
        warnings.append(f"Cells merged over several rows have their value in each row: {len(tall):,}, first {place}.")
    found = _rows(further, headers, listed, places, tall)
    return CsvFile(listed, found, ",", " ".join(filter(None, warnings)), is_typed=True, header_line=last + 1)


def _header(rows: list[list[Any]], merged: list[Range]) -> tuple[list[str], int]:
    """Return the names of the columns, and the number of their last row, from 0.

    The header is the first row that a product format has, or the first one with several plain columns, or else the row
    with the most texts. Cells that are merged with cells above or below it belong to it.
    """
    texts = [[text for cell in row if isinstance(cell, str) and (text := cell.strip())] for row in rows]
    named = (at for at, row in enumerate(texts) if format_of(row))
    plain = (at for at, row in enumerate(texts) if len(row) > 1 and format_of_file(row))
    best = next(chain(named, plain), texts.index(max(texts, key=len)))
    joined = [(top, bottom) for (top, _), (bottom, _) in merged if top <= best <= bottom < len(rows)]
    above = min([best, *(top for top, _ in joined)])
    last = max([best, *(bottom for _, bottom in joined)])
    columns = zip(*rows[above : last + 1], strict=True)
    return [next((text for cell in reversed(cells) if (text := written(cell).strip())), "") for cells in columns], last


def _rows(
    rows: Iterator[tuple[int, list[Any]]],
    headers: list[str],
    listed: list[str],
    places: _Places,
    tall: list[tuple[int, int, int]],
) -> Iterator[CsvRow]:
    """Yield the rows. `tall` has the first and the last line, and the column, of cells that are merged over rows."""
    merged: dict[int, tuple[int, Any]] = {}
    begins: dict[int, dict[int, int]] = {}
    for first, last, at in tall:
        begins.setdefault(first, {})[at] = last
    for line, found in rows:
        cells = [places.value(line, at, cell) for at, cell in enumerate(found)]
        if not any(written(cell).strip() for cell in cells):
            continue
        cells = [merged[at][1] if at in merged and line <= merged[at][0] else cell for at, cell in enumerate(cells)]
        merged.update((at, (last, cells[at])) for at, last in begins.get(line, {}).items())
        strays = [at for at, cell in enumerate(cells) if not (at < len(headers) and headers[at]) and written(cell)]
        broken = ""
        if strays:
            column = places.column(strays[0])
            broken = (
                f"the cell {column}{line} has a value, but column {column} has no name. Name it, or clear the cell."
            )
        raw = [written(cell) for cell in cells[: len(listed)]]
        yield CsvRow(line, by_name(listed, cells), broken, raw)


def _has_pictures(packed: ZipFile) -> bool:
    return any(name.startswith(_MEDIA) for name in packed.namelist())


def _marks_of_xlsx(path: Path, sheet: str) -> _Marks:
    """Return the cells of an .xlsx sheet whose value is not what its author sees, and its hidden rows.

    A formula with an error, or without a stored value, is read as blank.
    """
    with ZipFile(path) as packed:
        part = _part(packed, sheet)
        marks = _Marks(has_pictures=_has_pictures(packed), columns=list(_hidden_columns(packed, part)))
        formats = _formats(packed)
        style = re.compile(rb"""\bs=["'](%s)["']""" % b"|".join(formats)) if formats else None
        for attributes, row in _rows_of_xlsx(packed, part):
            if style and style.search(row):
                marks.cells.update(_padded_cells(row, style, formats))
            if _HIDDEN.search(attributes) and _CELL_END.search(row) and (number := _NUMBER_OF_ROW.search(attributes)):
                marks.hidden.append(int(number[1]))
            if _FORMULA.search(row) or _IS_ERROR.search(row):
                marks.cells.update(_marked_cells(row))
    return marks


def _hidden_columns(packed: ZipFile, part: str) -> Iterator[range]:
    """Yield the numbers of hidden columns, which are in front of the rows."""
    with packed.open(part) as file:
        for one in _listed_tags(_COLUMN, file.read(_BLOCK >> 4).partition(b"sheetData")[0]):
            if one.get("hidden") in {"1", "true"}:
                yield range(int(one["min"]) - 1, int(one["max"]))


def _formats(packed: ZipFile) -> dict[bytes, str]:
    """Return the formats that show leading zeros, by the numbers of the styles of cells."""
    styles = packed.read(_STYLES) if _STYLES in packed.namelist() else b""
    formats = {one.get("numFmtId"): one.get("formatCode", "") for one in _listed_tags(_FORMAT, styles)}
    found = _STYLES_OF_CELLS.search(styles)
    codes = [formats.get(one.get("numFmtId"), "") for one in _listed_tags(_STYLE, found[0] if found else b"")]
    return {b"%d" % at: code for at, code in enumerate(codes) if _CODE.fullmatch(code) and _digits_in(code) > 1}


def _digits_in(code: str) -> int:
    return sum(bool(digit) for digit, *_ in _SIGN.findall(code))


def _formatted(code: str, number: str) -> str:
    """Return a whole number in a format; digits for which it has no place are in front of the others."""
    count = _digits_in(code)
    padded = number.zfill(count)
    digits = iter([padded[: len(padded) - count + 1], *padded[len(padded) - count + 1 :]])
    return "".join(next(digits) if digit else quoted or other for digit, quoted, other in _SIGN.findall(code))


def _listed_tags(tag: re.Pattern[bytes], text: bytes) -> list[dict[str, str]]:
    return [_attributes(attributes.decode()) for attributes in tag.findall(text)]


def _padded_cells(row: bytes, style: re.Pattern[bytes], formats: dict[bytes, str]) -> Iterator[tuple[str, str]]:
    for cell in _CELL_END.split(row)[:-1]:
        match = _CELL.match(cell)
        number = match and style.search(match[1])
        if not (match and number) or _IS_NO_NUMBER.search(match[1]):
            continue
        value, place = _VALUE.search(match[2]), _PLACE.search(match[1])
        if value and value[1].isdigit() and place:
            yield place[1].decode(), _formatted(formats[number[1]], value[1].decode())


def _marked_cells(row: bytes) -> Iterator[tuple[str, NotAsShown]]:
    for cell in _CELL_END.split(row)[:-1]:
        match = _CELL.match(cell) if _FORMULA.search(cell) or _IS_ERROR.search(cell) else None
        if match is None:
            continue
        attributes, content = match.groups()
        value = _VALUE.search(content)
        text = unescape(value[1].decode()) if value else ""
        if _IS_ERROR.search(attributes):
            mark = NotAsShown(text or "#N/A", AN_ERROR)
        elif not (text or _IS_TEXT.search(attributes)):
            mark = NotAsShown("#N/A", _NO_VALUE, "a formula without a stored value")
        elif _SUBTOTAL.search(content):
            mark = NotAsShown(text, _A_TOTAL)
        else:
            continue
        place = _PLACE.search(attributes)
        if place is None:
            raise FileError(_NO_PLACE.format(mark.shown))
        yield place[1].decode(), mark


def _rows_of_xlsx(packed: ZipFile, part: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield the attributes and the content of each row."""
    rest = b""
    with packed.open(part) as file:
        while block := file.read(_BLOCK):
            rest += block
            end = _ROWS_END.search(rest)
            starts = list(_ROW.finditer(rest, 0, end.start() if end else len(rest)))
            ends = [one.start() for one in starts[1:]] + ([end.start()] if end else [])
            for start, at in zip(starts, ends, strict=False):
                yield start[1], rest[start.end() : at]
            if end:
                return
            rest = rest[starts[-1].start() :] if starts else rest


def _marks_of_ods(path: Path) -> dict[str, _Marks]:
    """Return the marks of each .ods sheet; {} for a workbook of another kind.

    Raises:
        FileError: The workbook has a password.
    """
    with ZipFile(path) as packed:
        names = packed.namelist()
        if _ODS_CONTENT not in names:
            return {}
        if _MANIFEST in names and _ENCRYPTED in packed.read(_MANIFEST):
            raise FileError(_LOCKED)
        with packed.open(_ODS_CONTENT) as file:
            return _sheets_of_ods(file, has_pictures=_has_pictures(packed))


def _sheets_of_ods(file: IO[bytes], *, has_pictures: bool) -> dict[str, _Marks]:
    """Return the marks of each sheet: cells that show an error have a blank value, numbers have no leading zeros."""
    found: dict[str, _Marks] = {}
    marks, shown, line, at = _Marks(), dict[str, str](), 0, 0
    holder: Element | None = None
    for event, element in iterparse(file, ("start", "end")):  # noqa: S314 - expat limits what entities expand to
        name = _name(element)
        if event == "start" and name == "table":
            marks = found.setdefault(_attribute(element, "name"), _Marks(has_pictures=has_pictures))
            line, at, holder = 0, 0, element
        elif event == "end" and name == "table-column":
            columns = range(at, at + int(_attribute(element, "number-columns-repeated") or 1))
            marks.columns += [columns] if _attribute(element, "visibility") in {"collapse", "filter"} else []
            at = columns.stop
        elif event == "start" and name == "table-row":
            at, shown = 0, {}
        elif event == "end" and name in {"table-cell", "covered-table-cell"}:
            columns = range(at, at + int(_attribute(element, "number-columns-repeated") or 1))
            _mark_cell(element, line, columns, shown, marks)
            at = columns.stop
        elif event == "end" and name == "table-row" and holder is not None:
            count = int(_attribute(element, "number-rows-repeated") or 1)
            is_hidden = _attribute(element, "visibility") in {"collapse", "filter"}
            if is_hidden and "".join(element.itertext()).strip():
                marks.hidden += range(line + 1, line + 1 + count)
            marks.add(shown, range(line + 1, line + 1 + count))
            line += count
            holder.clear()  # what was read is not kept
    return found


def _mark_cell(element: Element, line: int, columns: range, shown: dict[str, str], marks: _Marks) -> None:
    """Add what a cell in some columns of a row shows, and the cells that are merged with it. Lines are from 0."""
    if text := _shown_otherwise(element):
        shown.update((_letters(column), text) for column in columns)
    height, width = (int(_attribute(element, f"number-{side}-spanned") or 1) for side in ("rows", "columns"))
    if height * width > 1:
        marks.merged.append(((line, columns.start), (line + height - 1, columns.start + width - 1)))


def _shown_otherwise(element: Element) -> str:
    """Return what a cell shows if its value differs from that; "" for other cells."""
    text = "\n".join(_text_of_ods(child) for child in element if _name(child) == "p")
    if advice := error_of(text):
        return NotAsShown(text, advice)
    is_number = _attribute(element, "value-type") == "float"
    is_padded = is_number and _WITH_ZEROS.fullmatch(text) and int(text) == float(_attribute(element, "value"))
    return text if is_padded or "\t" in text or "\n" in text else ""  # the library leaves out tabs and line breaks


def _text_of_ods(element: Element) -> str:
    name = _name(element)
    if name in _BLANKS_OF_ODS:
        return _BLANKS_OF_ODS[name] * int(_attribute(element, "c") or 1)
    return (element.text or "") + "".join(_text_of_ods(child) + (child.tail or "") for child in element)


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _attribute(element: Element, name: str) -> str:
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), "")


def _part(packed: ZipFile, sheet: str) -> str:
    """Return the name of the file with the cells of a sheet.

    Raises:
        FileError: It is not where spreadsheet programs write it, so errors of formulas could not be found.
    """
    names = packed.namelist()
    relations = "xl/_rels/workbook.xml.rels"
    if {_WORKBOOK, relations} <= {*names}:
        listed = map(_attributes, _RELATION.findall(packed.read(relations).decode()))
        targets = {one["Id"]: one["Target"] for one in listed if "Target" in one}
        for one in map(_attributes, _SHEET.findall(packed.read(_WORKBOOK).decode())):
            target = targets.get(one.get("id", ""), "")
            part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            if one.get("name") == sheet and part in names:
                return part
    raise FileError(_NO_WORKBOOK.format(_UNUSUAL))


def _attributes(tag: str) -> dict[str, str]:
    return {name.rpartition(":")[2]: unescape(one or other) for name, one, other in _ATTRIBUTE.findall(tag)}
