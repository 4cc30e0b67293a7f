"""Reads CSV files in any common encoding and with any common separator, row by row; each row knows its line."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from wix_api.progress import counted
from wix_files.cells import written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO, TextIO

_SEPARATORS = (",", ";", "\t", "|")
_NAMED_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?[,;\t|]*\s*', re.IGNORECASE)
"""The first line of files made for Excel: it names the separator, and is not a header."""
_BLOCK = 1 << 20
_LONGEST_CELL = 1 << 24
"""Maximum characters of a cell: descriptions contain pictures as texts. The limit of the csv module is 131,072."""
_PROLOGUE = 1000
"""Bytes in which a web page that is XML has its tag `<html>`."""
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_JSON = re.compile(rb'\[\s*[\[{\]]|\{\s*["}]')
_UTF8 = r"[ÃÂ][\u00a1-\u00ba\u00bc-\u00bfŸ]"
_TWICE = re.compile(_UTF8 + r"|â€[™œ\u02dc¦\u009d\u201c\u201d]|â\u201a¬|ï»¿")
"""Letters that were saved as UTF-8, read as Windows-1252, and saved as UTF-8 again."""
_LOST = re.compile(r"(?<![^\s,;|\">(])\?\?")
"""Question marks that begin a word. Programs write them for letters that their encoding lacks."""
_GARBLED = re.compile(
    _UTF8 + r"|[^\W\d_²³¹¼½¾](?:[ŸŠŽ¡](?=[a-zß-ÿ])|(?<!m)³|[§¹¿\u02c6‰ƒ¯£¥¤¦¬¢†‡])[^\W\d_²³¹¼½¾]"
    r"|[^\W\d_²³¹¼½¾][\u201a\u201e\u02dc](?![A-ZÀ-Þ\d])"
    r"|(?=[^\x00-\x7f\xa0«»€·©®™°±²³¹¼½¾•…\u2013-\u201e]{4})(.)(?!\1)(.)(?!\1|\2).."
)
"""Other encodings if they are read as Windows-1252: signs inside words, UTF-8, and words without ASCII letters."""
_ACCENT = re.compile(r"[^\W\d_\x00-\x7f]|(?<=[^\W\d_])[^\x00-\x7f\s]|[^\x00-\x7f\s](?=[^\W\d_])")
"""A letter, or a sign next to a letter, that other encodings have in the place of another letter."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class FileError(ValueError):
    """A file cannot be read further: the message has the place, the expected text, and what to do.

    Attributes:
        line: First line that cannot be read, or 0 for the file as a whole.
        column: Name of the column, or "".
    """

    def __init__(self, message: str, line: int = 0, column: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.column = column


@dataclass(frozen=True)
class CsvRow:
    """A row of a file: its first line, its cells by header, a problem with their number (or ""), and all cells."""

    line: int
    cells: dict[str, Any]
    broken: str = ""
    raw: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class CsvFile:
    """An open file.

    Attributes:
        headers: Names of its columns.
        rows: Its rows; blank rows are skipped. Raises `FileError` if it cannot be read further.
        separator: The separator of cells.
        warning: A note for the user about the encoding or the header, or "".
        is_typed: True if numbers are numbers, as in workbooks; in CSV files, all cells are texts.
        header_line: Line of the header, from 1; lines before it are blank or name the separator.
        own_headers: Names of its columns in the file, if the user gave them others.
    """

    headers: list[str]
    rows: Iterator[CsvRow]
    separator: str
    warning: str = ""
    is_typed: bool = False
    header_line: int = 1
    own_headers: list[str] = field(default_factory=list)


@contextmanager
def opened(path: Path) -> Iterator[CsvFile]:
    """Open a file and read its header.

    Raises:
        FileError: The file does not exist, is empty, or is not CSV.
    """
    encoding, warning = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        named = _NAMED_SEPARATOR.fullmatch(file.readline())
        separator = named.group(1) if named else _separator(file)
        csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
        is_bare = separator == "\t" and _has_bare_quotes(path, encoding, named=bool(named))
        lines = _Lines(file, read=1 if named else 0)
        reader = csv.reader(
            lines, delimiter=separator, strict=True, quoting=csv.QUOTE_NONE if is_bare else csv.QUOTE_MINIMAL
        )
        try:
            headers = next((cells for cells in reader if _has_text(cells)), [])
        except csv.Error:
            raise lines.trouble([], 0, separator) from None
        # A spreadsheet that shows a file in one column saves each line as one cell, with further blank ones.
        inner = _most_frequent(headers[0]) if headers and not any(headers[1:]) else ""
        is_packed = bool(inner) and inner in headers[0]
        separator, headers = (inner, _unpacked(headers, inner)) if is_packed else (separator, headers)
        while headers and not headers[-1].strip():
            headers.pop()
        if headers[1:] and all(header.startswith(" ") for header in headers[1:]):
            # A file written by hand: the blank after each separator is no part of a cell, also before a quote.
            headers = [header.strip().strip('"') for header in headers]
            lines.skips_blanks = True
            reader = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)
        if not headers:
            msg = "The file has no header. Expected are the names of the columns in its first line with text."
            raise FileError(msg, 1)
        lines.pending.clear()
        rows = _rows(reader, lines, headers, separator, is_packed=is_packed)
        names = [header.strip() for header in headers]
        yield CsvFile(names, rows, separator, warning, header_line=lines.read)


def _rows(
    reader: Iterator[list[str]], lines: _Lines, headers: list[str], separator: str, *, is_packed: bool
) -> Iterator[CsvRow]:
    names = [header.strip() for header in headers]
    nameless = [at for at, name in enumerate(names) if not name]
    while True:
        line = lines.read + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            raise lines.trouble(names, line, separator) from None
        lines.pending.clear()
        if cells is None:
            return
        if not _has_text(cells):
            continue  # spreadsheets write rows of separators below the last one
        # A text with a separator may be the only cell of a row; a line that was saved as one cell has quotes in it.
        if is_packed or (len(cells) == 1 < len(names) and '"' in cells[0]):
            cells = _unpacked(cells, separator)
        while len(cells) > len(names) and not cells[-1].strip():
            cells.pop()
        problem = _count_problem(len(cells), len(names)) or _nameless_problem(cells, nameless)
        yield CsvRow(line, by_name(names, cells), problem, cells)


def _unpacked(cells: list[str], separator: str) -> list[str]:
    """Return the cells of a line that a program saved as one cell in quotes; other cells unchanged."""
    if separator in cells[0] and not any(cells[1:]):
        with suppress(csv.Error):
            return next(csv.reader([cells[0]], delimiter=separator, strict=True))
    return cells


def by_name(names: Sequence[str], cells: Sequence[Any]) -> dict[str, Any]:
    """Return the cells of a row by the names of their columns; those of columns with one name as a text with commas."""
    found = dict(zip(names, cells, strict=False))
    if len(found) < min(len(names), len(cells)):
        repeated = {name for name, count in Counter(names).items() if name and count > 1}
        for name in repeated:
            texts = [written(cell).strip() for own, cell in zip(names, cells, strict=False) if own == name]
            found[name] = ", ".join(filter(None, texts))
    return found


def _has_text(cells: list[str]) -> bool:
    return any(map(str.strip, cells))


def _nameless_problem(cells: list[str], nameless: list[int]) -> str:
    """Return the problem of a row with a value in a column without a name; such columns are often between others."""
    found = next((at for at in nameless if cells[at].strip()), None)
    if found is None:
        return ""
    return (
        f"found `{cells[found][:40]}` in cell {found + 1}, whose column has no name. Name the column in the header, or "
        "empty it."
    )


def _count_problem(found: int, expected: int) -> str:
    if found == expected:
        return ""
    advice = "Look for a quote that is not closed, or for a separator inside a text without quotes."
    if found < expected:
        advice = (
            "Look for a line break in a text without quotes. Excel may also leave out blank cells at the end of rows "
            "when it saves CSV: import a workbook instead."
        )
    return f"found {counted(found, 'cell')}, expected {expected}, one for each column. {advice}"


class _Lines:
    """Lines of a file; keeps those of the row that is being read."""

    def __init__(self, file: TextIO, read: int) -> None:
        self._file = file
        self.pending: list[str] = []
        self.read = read
        self.skips_blanks = False

    def __iter__(self) -> Iterator[str]:
        for line in self._file:
            self.pending.append(line)
            self.read += 1
            yield line.removeprefix("\ufeff")  # files that were joined have a byte order mark in the middle

    def trouble(self, names: list[str], line: int, separator: str) -> FileError:
        """Find the quote that is not closed, or not followed by a separator, or the cell that is too long."""
        text = "".join(self.pending)
        if '"' in text:
            column, offset = _last_quote(text, separator, " " if self.skips_blanks else "")
            msg = (
                "a text in quotes begins here and does not end correctly, so the rest of the file cannot be read. "
                'Close the quote, and write a quote inside a text twice ("").'
            )
        else:
            cells = text.split(separator)
            column, offset = cells.index(max(cells, key=len)), 0
            msg = f"the cell has more than {csv.field_size_limit():,} characters. Shorten it."
        name = names[column] if column < len(names) else ""
        return FileError(msg, max(line, 1) + offset, name)


def _last_quote(text: str, separator: str, skipped: str) -> tuple[int, int]:
    """Return the number of the cell, and of the line, in which the last quoted text of a row begins.

    `skipped` is the letter that is ignored at the start of a cell, before its quote; empty if there is none.
    """
    column = lines = 0
    found = (0, 0)
    in_quotes, at_start = False, True
    for letter in text:
        if letter == '"' and at_start and not in_quotes:
            in_quotes, found = True, (column, lines)
        elif letter == '"':
            in_quotes = not in_quotes
        elif letter == separator and not in_quotes:
            column += 1
        lines += letter == "\n"
        at_start = letter == separator or (at_start and letter == skipped)
    return found


def _has_bare_quotes(path: Path, encoding: str, *, named: bool) -> bool:
    """True if quotes of a tab-separated file are letters, as in reports of Amazon and feeds of Google.

    Some of them begin a cell, none encloses one, each row is a line, and the file cannot be read otherwise. `named`:
    the first line names the separator.
    """
    found, tabs = False, -1
    with path.open(encoding=encoding, newline="") as lines:
        if not any('"' in block for block in iter(lambda: lines.read(_BLOCK), "")):
            return False
        lines.seek(0)
        for line in filter(str.strip, islice(lines, named, None)):
            if tabs < 0 and '"' in line:
                return False  # no column is named with one, so it encloses a cell or the line
            tabs = line.count("\t") if tabs < 0 else tabs
            begun = [cell for cell in line.rstrip("\r\n").split("\t") if cell.startswith('"')] if '"' in line else []
            if line.count("\t") != tabs or any(cell.endswith('"') for cell in begun if cell != '"'):
                return False
            found = found or bool(begun)
        lines.seek(0)
        return found and not _has_whole_quotes(lines)


def _has_whole_quotes(lines: TextIO) -> bool:
    """True if each quoted cell of a tab-separated file is closed, and ends at a tab or a line's end."""
    try:
        return all(True for _row in csv.reader(lines, delimiter="\t", strict=True))
    except csv.Error:
        return False


def _separator(file: TextIO) -> str:
    """Return the separator that is most frequent in the first line with text, outside quotes."""
    file.seek(0)
    first = next((line for line in file if line.strip()), "")
    file.seek(0)
    return _most_frequent(first)


def _most_frequent(line: str) -> str:
    unquoted = "".join(line.split('"')[::2])
    return max(_SEPARATORS, key=unquoted.count)


def _encoding(path: Path) -> tuple[str, str]:
    try:
        with path.open("rb") as file:
            start = file.read(_BLOCK)
            _refuse_others(start)
            marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
            if b"\0" in start[:2] and not marked:
                marked = "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
            file.seek(0)
            if marked and not _decodes(file, marked, is_marked=True):
                msg = f"The file begins as {marked.upper()}, and a part of it is not. Save it as CSV UTF-8."
                raise FileError(msg)
            if marked or _decodes(file, "utf-8"):
                with path.open(encoding=marked or "utf-8", newline="") as lines:
                    return marked or "utf-8", spoiled(enumerate(lines, 1))
            file.seek(0)
            if _decodes(file, "cp1252"):
                _refuse_garbled(path)
                with path.open(encoding="cp1252", newline="") as lines:
                    return "cp1252", f"{_older(path)} {spoiled(enumerate(lines, 1))}".rstrip()
    except OSError as error:
        msg = f"The file cannot be read: {error.strerror}."
        raise FileError(msg) from None
    msg = "The file is neither UTF-8, UTF-16 nor Windows-1252. Save it as CSV UTF-8."
    raise FileError(msg)


def spoiled(texts: Iterable[tuple[int, str]]) -> str:
    """Return a warning about the first word of texts with their lines that a program garbled before, or ""."""
    doubt = ""  # people write `??`, too
    for line, text in texts:
        if not doubt and (found := _LOST.search(text)):
            doubt = (
                f"Line {line} may lack letters: `{_around(text, found)}`. Programs write `?` for letters that "
                "an older encoding lacks. If so, export the file again, and save it as CSV UTF-8."
            )
        if found := _TWICE.search(text):
            return (
                f"Line {line} has garbled letters: `{_around(text, found)}`. A program read the file in a wrong "
                "encoding and saved it. Export it again, and open it as UTF-8."
            )
    return doubt


def _refuse_garbled(path: Path) -> None:
    """Refuse a text that is not Windows-1252, although each of its characters is."""
    with path.open(encoding="cp1252", newline="") as file:
        for line, text in enumerate(file, 1):
            if found := _GARBLED.search(text):
                shown = _around(text, found)
                msg = f"the file is neither UTF-8 nor, as it reads `{shown}`, Windows-1252. Save it as CSV UTF-8."
                raise FileError(msg, line)


def _older(path: Path) -> str:
    """Return a warning about an older encoding, with the first letter that may be another one."""
    warning = "The file is not UTF-8; it is read as Windows-1252."
    with path.open(encoding="cp1252", newline="") as file:
        for line, text in enumerate(file, 1):
            if found := _ACCENT.search(text):
                example = f"Line {line} reads `{_around(text, found)}`"
                return f"{warning} {example}: if that is wrong, save the file as CSV UTF-8."
    return warning


def _around(text: str, found: re.Match[str]) -> str:
    return text[max(found.start() - 10, 0) : found.end() + 10].strip()


def _refuse_others(start: bytes) -> None:
    if not start.strip(codecs.BOM_UTF8 + b" \r\n\t"):
        msg = "The file is empty. Expected is a CSV file with the names of its columns in the first line."
        raise FileError(msg, 1)
    begins = start.removeprefix(codecs.BOM_UTF8).lstrip()[:20].lower()
    if begins.startswith((b"<?xml", b"<rss", b"<feed")) and b"<html" not in start[:_PROLOGUE].lower():
        msg = "The file is XML, not CSV. Export it as CSV or as tab-separated text."
        raise FileError(msg, 1)
    if begins.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        msg = "The file is a web page, not a CSV file: perhaps the page of a login. Export it again and look inside."
        raise FileError(msg, 1)
    if _JSON.match(begins):
        msg = "The file is JSON, not CSV. Save its products as CSV, or send them to `target-wix` as Singer messages."
        raise FileError(msg, 1)
    if b"\0\0" in start[:4]:  # with and without a byte order mark
        msg = "The file is UTF-32, or no text. Save it as CSV UTF-8."
        raise FileError(msg)
    if start.startswith(_OLD_WORKBOOK):
        msg = "The file is an old workbook (.xls), or one with a password. Save it as .xlsx without a password."
        raise FileError(msg, 1)


def _decodes(file: BinaryIO, encoding: str, *, is_marked: bool = False) -> bool:
    """True if a whole file is a text in an encoding.

    Raises:
        FileError: It is, but contains NUL characters. Only texts of a shop do, whose export has a byte order mark.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    has_nul = False
    try:
        while block := file.read(_BLOCK):
            has_nul = "\0" in decoder.decode(block) or has_nul
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    if has_nul and not is_marked:
        msg = "The file is not a text: it contains NUL characters. Save it as CSV UTF-8."
        raise FileError(msg)
    return True
