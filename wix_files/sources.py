"""A product file, of any kind, as its user names it: with the sheet of a workbook, and other names for its columns."""

from __future__ import annotations

import re
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wix_files import csv_files, workbooks
from wix_files.cells import written
from wix_files.csv_files import CsvFile, CsvRow, FileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_ZIP = b"PK\x03\x04"
"""Workbooks are ZIP files."""
LEFT_OUT = "_"
"""Columns whose names begin with it are ignored."""
_OTHERS = "*"
"""Stands for all columns that the product format lacks."""
_CHOICES = re.compile(r"choice(\d+)", re.IGNORECASE)
_OPTIONS = re.compile(r"option[\W_]*(?:name)?[\W_]*(\d+)[\W_]*(?:name)?", re.IGNORECASE)
"""Columns of the names of options; those of their choices have the same numbers."""


@dataclass(frozen=True)
class Source:
    """A product file.

    Attributes:
        path: Its path.
        sheet: Name of the sheet of a workbook; None for its only one.
        images: Folder of the pictures that the file names by paths; None if it can name none.
        renamed: Name of a column in the file → its name in the product format, or "" to ignore the column. `*` → ""
            ignores all columns that the format lacks. A column of choices is named like its option, unless the file
            has a column for that name: `Size` → `choice1`.
    """

    path: Path
    sheet: str | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    images: Path | None = None

    @property
    def ignores_others(self) -> bool:
        """True if columns that the product format lacks are ignored."""
        return self.renamed.get(_OTHERS) == ""

    @property
    def columns(self) -> frozenset[str]:
        """Names that columns of the file are to have in the product format."""
        return frozenset(column.strip() for column in self.renamed.values())

    @contextmanager
    def opened(self) -> Iterator[CsvFile]:
        """Open the file and read its header.

        Raises:
            FileError: The file cannot be read, lacks a column that is to be renamed, or has two for one name.
        """
        is_workbook = self._begins_with(_ZIP)
        if self.sheet is not None and not is_workbook:
            msg = f"Only workbooks have sheets, and this file is none. Leave out `--sheet {self.sheet}`."
            raise FileError(msg)
        workbook = nullcontext(workbooks.read(self.path, self.sheet)) if is_workbook else None
        with workbook or csv_files.opened(self.path) as file:
            yield self._with_names(file) if self.renamed else file

    def _begins_with(self, mark: bytes) -> bool:
        try:
            with self.path.open("rb") as file:
                return file.read(len(mark)) == mark
        except OSError as error:
            msg = f"The file cannot be read: {error.strerror}."
            raise FileError(msg) from None

    def _with_names(self, file: CsvFile) -> CsvFile:
        known = {header.strip().casefold(): header for header in file.headers}
        names = {}
        for header, column in self.renamed.items():
            if header == _OTHERS and self.ignores_others:
                continue
            if header.strip().casefold() not in known:
                found = ", ".join(f"`{name}`" for name in file.headers[:20])
                msg = f"The file has no column `{header}`, which --map names. It has {found}."
                raise FileError(msg, 1)
            own = known[header.strip().casefold()]
            names[own] = column.strip() or f"{LEFT_OUT}{own}"
        headers = [names.get(header, header) for header in file.headers]
        read: dict[str, str] = {}
        for header, column in zip(file.headers, headers, strict=True):
            first = read.setdefault(column.casefold(), header)
            if first != header and {first, header} & names.keys():
                other = first if header in names else header
                msg = (
                    f"The columns `{first}` and `{header}` are both read as `{column}`. Ignore one of them, as with "
                    f'`--map "{other}="`.'
                )
                raise FileError(msg, file.header_line)
        choices = {match[1]: own for own, column in names.items() if (match := _CHOICES.fullmatch(column))}
        named = {match[1] for column in headers if (match := _OPTIONS.fullmatch(column))}
        options = {f"option{number}": own for number, own in choices.items() if number not in named}
        rows = _renamed(file.rows, names, options)
        return replace(file, headers=[*headers, *options], rows=rows, own_headers=file.headers)


def _renamed(rows: Iterator[CsvRow], names: Mapping[str, str], options: Mapping[str, str]) -> Iterator[CsvRow]:
    """Yield rows with other names of columns. `options` has columns of options with the headers of their choices."""
    for row in rows:
        cells = {names.get(header, header): cell for header, cell in row.cells.items()}
        named = {name: own if written(row.cells.get(own)).strip() else "" for name, own in options.items()}
        yield replace(row, cells={**cells, **named})
