"""Writes workbooks: .xlsx with XlsxWriter, .ods as the standard describes it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape
from zipfile import ZipFile

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from xlsxwriter.worksheet import Worksheet

Rows = "Iterable[Iterable[Any]]"

_ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">
<office:body><office:spreadsheet>{}</office:spreadsheet></office:body></office:document-content>"""


@contextmanager
def sheets_of(path: Path, *names: str) -> Iterator[list[Worksheet]]:
    with xlsxwriter.Workbook(path) as book:
        yield [book.add_worksheet(name) for name in names]


def write_xlsx(path: Path, rows: Rows) -> None:
    with sheets_of(path, "Products") as (sheet,):
        for at, row in enumerate(rows):
            fill(sheet, at, row)


def fill(sheet: Worksheet, at: int, row: Iterable[Any]) -> None:
    for column, value in enumerate(row):
        if isinstance(value, str):
            sheet.write_string(at, column, value)
        elif value is not None:
            sheet.write(at, column, value)


def write_ods(path: Path, rows: Rows) -> None:
    """Write rows of cells; a row may also be XML."""
    table = "".join(
        row if isinstance(row, str) else f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>"
        for row in rows
    )
    with ZipFile(path, "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr("content.xml", _ODS.format(f'<table:table table:name="Products">{table}</table:table>'))
        file.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, bool):
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(value).lower()}"/>'
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in value.split("\n"))
    return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'
