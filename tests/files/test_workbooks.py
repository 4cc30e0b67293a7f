"""Workbooks hold the same rows as CSV files, and what a spreadsheet did to a cell is reported by its line."""

from __future__ import annotations

import csv
import datetime as dt
import re
import sys
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.files.drafts import COUNTED, PICTURE, WITH_TEXT, products, v3_products
from tests.files.reading import problems_of, records_of
from tests.files.sheets import fill, sheets_of, write_ods, write_xlsx
from tests.files.test_formats import SAMPLES
from wix_files.csv_files import FileError
from wix_files.recognition import FORMATS
from wix_files.sources import Source

if TYPE_CHECKING:
    from pathlib import Path

    from wix_files.product_format import Entity, ProductFormat

HEADER = ("handle", "name", "sku", "price", "visible")
WRITERS = {"xlsx": write_xlsx, "ods": write_ods}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files") / "products"


def rows_of(product_format: ProductFormat, product: Entity, *, as_numbers: bool) -> list[list[Any]]:
    """Rows as a spreadsheet has them: numbers as numbers or as texts."""
    rows = list(product_format.write(product))
    return [
        [product_format.headers.get(column, column) for column in product_format.columns],
        *([_typed(product_format, column, row, as_numbers) for column in product_format.columns] for row in rows),
    ]


def _typed(product_format: ProductFormat, column: str, row: dict[str, str], as_numbers: bool) -> Any:
    text = row.get(column, "")
    return float(text) if as_numbers and column in product_format.numbers and text[:1].isdigit() else text


@pytest.mark.parametrize("kind", WRITERS)
@settings(max_examples=4)
@given(drawn=st.data(), as_numbers=st.booleans())
@pytest.mark.parametrize("name", ["wix-v3", "shopify", "woocommerce", "plain"])
def test_a_product_comes_back_from_a_workbook(path: Path, kind: str, name: str, drawn: Any, as_numbers: bool) -> None:
    picture = WITH_TEXT if name == "shopify" else PICTURE
    draft = v3_products() if name == "wix-v3" else products(colours=False, stock=COUNTED, picture=picture)
    product = drawn.draw(draft)
    WRITERS[kind](path, rows_of(FORMATS[name], product, as_numbers=as_numbers))
    (found,) = records_of(path)
    product |= {"plain": {"ribbon": {"name": ""}, "collections": []}, "woocommerce": {"collections": []}}.get(name, {})
    assert found == product


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("name", ["wix-v1", "wix-v3"])
def test_a_sample_file_is_the_same_in_a_workbook(path: Path, kind: str, name: str) -> None:
    sample = SAMPLES / f"{name}-products.csv"
    with sample.open(encoding="utf-8-sig", newline="") as file:
        WRITERS[kind](path, list(csv.reader(file)))
    assert records_of(path) == records_of(sample)


def test_codes_have_the_zeros_that_their_format_shows(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet, padded = book.add_worksheet(), book.add_format({"num_format": "00000"})
        fill(sheet, 0, ("handle", "sku", "price"))
        for row, sku in enumerate([123, "45", 1234567], start=1):
            fill(sheet, row, (f"mug-{row}", None, 5))
            sheet.write(row, 1, sku, padded)
    assert skus_of(path) == ["00123", "45", "1234567"]
    shown = '<table:table-cell office:value-type="float" office:value="123"><text:p>{}</text:p></table:table-cell>'
    name = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = [f"<table:table-row>{name.format(sku)}{shown.format(sku)}</table:table-row>" for sku in ("00123", "123")]
    write_ods(path, [("handle", "sku", "price"), *rows])
    assert skus_of(path) == ["00123", "123"]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ('"A-"0000', "A-0123"),
        ("00\\ 00", "01 23"),
        ("00-00-0", "00-12-3"),
        ("00", "123"),
        ("0-0", "12-3"),
        ('00""', "123"),
        ('0" pcs"', "123"),
        ('00.0" kg"', "123"),
        ("[Red]0000", "123"),
    ],
)
def test_codes_have_the_texts_that_their_format_shows(path: Path, code: str, shown: str) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        fill(sheet, 0, ("handle", "sku", "price"))
        fill(sheet, 1, ("mug", None, 5))
        sheet.write(1, 1, 123, book.add_format({"num_format": code}))
    assert skus_of(path) == [shown]


@pytest.mark.parametrize(("end", "price"), [(dt.date(2020, 1, 1), "20"), (dt.date(2999, 1, 1), "9")])
def test_the_end_of_a_sale_may_be_a_date(path: Path, end: dt.date, price: str) -> None:
    columns = ("Type", "SKU", "Name", "Regular price", "Sale price", "Date sale price ends")
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        fill(sheet, 0, columns)
        fill(sheet, 1, ("simple", "MUG", "Mug", 20, 9))
        sheet.write_datetime(1, 5, end, book.add_format({"num_format": "yyyy-mm-dd"}))
    (record,) = records_of(path)
    assert record["variantsInfo"]["variants"][0]["price"]["actualPrice"] == {"amount": price}


def test_tabs_and_line_breaks_of_an_ods_cell_are_kept_and_notes_are_no_values(path: Path) -> None:
    text = '<table:table-cell office:value-type="string">{}</table:table-cell>'
    lines = text.format("<text:p>a<text:line-break/>b<text:tab/><text:span>c</text:span></text:p><text:p>d</text:p>")
    note = "<office:annotation><text:p>0</text:p></office:annotation>"
    padded = (
        f'<table:table-cell office:value-type="float" office:value="7">{note}<text:p>007</text:p></table:table-cell>'
    )
    row = f"<table:table-row>{text.format('<text:p>Mug</text:p>')}{lines}{padded}</table:table-row>"
    write_ods(path, [("name", "description", "sku"), row])
    (record,) = records_of(path)
    assert record["plainDescription"] == "a\nb\tc\nd"
    assert skus_of(path) == ["007"]


def skus_of(path: Path) -> list[str]:
    return [record["variantsInfo"]["variants"][0]["sku"] for record in records_of(path)]


def test_formulas_have_their_stored_values_and_numbers_are_as_shown(path: Path) -> None:
    with sheets_of(path, "Products") as (sheet,):
        fill(sheet, 0, HEADER)
        fill(sheet, 1, ["mug", "Mug", 4006381333931, 0.1 + 0.2, True])
        fill(sheet, 2, ["cup", 7, "00123", "12.50"])
        sheet.write_formula(1, 3, "=B9+C9", None, 0.1 + 0.2)
        sheet.write_formula(2, 4, '=IF(1;"FALSE")', None, "FALSE")
    mug, cup = records_of(path)
    variant = mug["variantsInfo"]["variants"][0]
    assert (variant["sku"], variant["price"]["actualPrice"]["amount"], mug["visible"]) == ("4006381333931", "0.3", True)
    variant = cup["variantsInfo"]["variants"][0]
    assert (cup["name"], variant["sku"], cup["visible"]) == ("7", "00123", False)
    assert variant["price"]["actualPrice"]["amount"] == "12.5"


def test_what_a_spreadsheet_did_to_a_cell_is_reported_by_its_line(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        fill(sheet, 0, HEADER)
        for at, handle in enumerate(("date", "error", "unsaved", "long", "stray", "total", "typed", "if"), start=1):
            fill(sheet, at, [handle, handle.title(), "A", 1])
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_datetime(1, 2, dt.date(2026, 1, 2), date)
        sheet.write_formula(2, 3, "=1/0", None, "#DIV/0!")
        sheet.write_formula(3, 3, "=1+1", None, "")
        sheet.write_number(4, 2, 12345678901234567)
        sheet.write_string(5, 7, "note")
        sheet.write_formula(6, 3, "=SUBTOTAL(109,D2:D6)", None, 5)
        sheet.write_string(7, 1, "#BEZUG!")
        sheet.write_formula(8, 1, '=A9&"SUBTOTAL("', None, "SUBTOTAL(x)")
        sheet.write_formula(8, 3, "=IF(SUBTOTAL(103,A2)=1,5,4)", None, 5)
    assert [problem.split(". ")[0] for problem in problems_of(path)] == [
        "line 2, column `sku`: found `2026-01-02`",
        "line 3, column `price`: found `#DIV/0!`",
        "line 4, column `price`: found a formula without a stored value",
        "line 5, column `sku`: found `12345678901234600`, expected a whole code",
        "line 6: the cell H6 has a value, but column H has no name",
        "line 7, column `price`: found `5`",
        "line 8, column `name`: found `#BEZUG!`",
    ]


def test_a_percentage_is_not_read_as_a_share(path: Path) -> None:
    header = ["handleId", "fieldType", "name", "price", "discountMode", "discountValue"]
    write_xlsx(
        path, [header, ["mug", "Product", "Mug", 5, "PERCENT", 0.1], ["cup", "Product", "Cup", 5, "AMOUNT", 0.1]]
    )
    (problem,) = problems_of(path)
    assert problem.startswith(
        "line 2, column `discountValue`: found `0.1`, expected a number of percent. A spreadsheet"
    )
    write_xlsx(path, [header, ["mug", "Product", "Mug", 5, "PERCENT", -0.1]])
    (problem,) = problems_of(path)
    assert problem.startswith("line 2, column `discountValue`: found `-0.1`, expected a discount above 0.")


def test_errors_of_formulas_in_an_ods_file_are_reported_by_their_line(path: Path) -> None:
    error = '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
    error += 'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
    two = '<table:table-cell table:number-columns-repeated="2" office:value-type="string"><text:p>mug</text:p>'
    blank = '<table:table-row table:number-rows-repeated="7"><table:table-cell/></table:table-row>'
    row = f"<table:table-row>{two}</table:table-cell><table:table-cell/>{error}</table:table-row>"
    write_ods(path, [HEADER, blank, row, ["cup", "Cup", "C", 2]])
    (problem,) = problems_of(path)
    assert problem.startswith("line 9, column `price`: found `#DIV/0!`")
    assert "The formula of this cell has an error. Correct the formula." in problem


def _unusual(path: Path, written: bytes, instead: bytes) -> None:
    """Write an .xlsx file with an error, and replace a pattern in its sheet."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        fill(sheet, 0, HEADER)
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
        fill(sheet, 2, ["cup", "Cup", "C", 2])
    with ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with ZipFile(path, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, re.sub(written, instead, content) if name.startswith("xl/worksheets/") else content)


def test_an_error_is_found_however_a_program_writes_the_cell(path: Path) -> None:
    _unusual(path, b'"', b"'")
    assert [problem[:40] for problem in problems_of(path)] == ["line 2, column `name`: found `#DIV/0!`. "]


def test_an_error_in_a_cell_without_a_place_is_refused_with_advice(path: Path) -> None:
    _unusual(path, rb' r="[A-Z]+\d+"', b"")
    with pytest.raises(FileError, match=r"contains `#DIV/0!`, and the workbook does not say which cell. Open the work"):
        problems_of(path)


@pytest.mark.parametrize("kind", WRITERS)
def test_letters_that_a_program_garbled_before_are_reported_by_their_row(path: Path, kind: str) -> None:
    WRITERS[kind](path, [HEADER, ["cup", "Größe"], ["mug", "GrÃ¶ÃŸe"]])
    with Source(path).opened() as file:
        assert file.warning.startswith("Line 3 has garbled letters: `GrÃ¶ÃŸe`.")


@pytest.mark.parametrize("kind", WRITERS)
def test_letters_that_a_program_replaced_by_question_marks_are_reported_by_their_row(path: Path, kind: str) -> None:
    WRITERS[kind](path, [HEADER, ["cup", "Cup"], ["mug", "????"]])
    with Source(path).opened() as file:
        assert file.warning.startswith("Line 3 may lack letters: `????`.")


@pytest.mark.parametrize("kind", WRITERS)
def test_hidden_rows_are_named(path: Path, kind: str) -> None:
    rows = [HEADER, ["mug", "Mug"], ["cup", "Cup"], ["jug", "Jug"]]
    if kind == "ods":
        hidden = "<table:table-row table:visibility='filter'>"
        cells = ("cup", "Cup")
        row = "".join(
            f"<table:table-cell office:value-type='string'><text:p>{one}</text:p></table:table-cell>" for one in cells
        )
        shown = f"<table:table-row table:visibility='visible'>{row.replace('cup', 'mug')}</table:table-row>"
        write_ods(path, [rows[0], shown, f"{hidden}{row}</table:table-row>", rows[3]])
    else:
        with sheets_of(path, "Products") as (sheet,):
            for at, row in enumerate(rows):
                fill(sheet, at, row)
            sheet.set_row(2, None, None, {"hidden": True})
            sheet.set_row(9, None, None, {"hidden": True})
    with Source(path).opened() as file:
        assert file.warning == "Hidden rows are imported, too: 1, the first is row 3."
        assert len(list(file.rows)) == 3


@pytest.mark.parametrize("kind", WRITERS)
def test_hidden_columns_are_named(path: Path, kind: str) -> None:
    rows = [[None, "handle", "name", "price", "cost"], [None, "mug", "Mug", 9, 4]]
    if kind == "ods":
        columns = (
            "<table:table-column table:number-columns-repeated='3'/>"
            "<table:table-column table:visibility='collapse' table:number-columns-repeated='900'/>"
        )
        write_ods(path, [columns, *rows])
    else:
        with sheets_of(path, "Products") as (sheet,):
            for at, row in enumerate(rows):
                fill(sheet, at, row)
            sheet.set_column(3, 900, None, None, {"hidden": True})
    with Source(path).opened() as file:
        assert file.warning == "Hidden columns are imported, too: `price`, `cost`."


def test_hidden_sheets_are_named_unless_a_sheet_is_chosen(path: Path) -> None:
    with sheets_of(path, "Products", "Old") as (sheet, old):
        for one in (sheet, old):
            fill(one, 0, HEADER)
        old.hide()
    with Source(path).opened() as file:
        assert file.warning == "Hidden sheets are not imported: `Old`."
    with Source(path, "Products").opened() as file:
        assert not file.warning


@pytest.mark.parametrize("kind", WRITERS)
def test_titles_with_more_texts_than_plain_columns_are_ignored(path: Path, kind: str) -> None:
    titles = (["Title"], ["Please", "check", "and", "return"])
    WRITERS[kind](path, [*titles, ["handle", "name", "brand"], ["mug", "Mug", "B"]])
    with Source(path).opened() as file:
        assert (file.headers, file.header_line) == (["handle", "name", "brand"], 3)


def test_titles_and_merged_headers_are_understood(path: Path) -> None:
    with sheets_of(path, "Products") as (sheet,):
        sheet.merge_range("B2:F2", "Summer 2026")
        for column, name in zip("BCD", ("handle", "name", "sku"), strict=True):
            sheet.merge_range(f"{column}4:{column}5", name)
        sheet.merge_range("E4:F4", "Prices")
        sheet.write("E5", "price")
        sheet.write("F5", "cost")
        sheet.write_row("B6", ["mug", "Mug", "M", 12.5, 4])
        sheet.write_row("B9", ["cup", "Cup", "C", "x", 4])
    with Source(path).opened() as file:
        assert file.headers == ["handle", "name", "sku", "price", "cost"]
        assert file.warning == "The names of the columns are in row 5; the rows above are ignored."
        assert [(row.line, row.cells["handle"]) for row in file.rows] == [(6, "mug"), (9, "cup")]
    assert [problem.split(",")[0] for problem in problems_of(path)] == ["line 9"]


def _merged_xlsx(path: Path) -> None:
    with sheets_of(path, "Products") as (sheet,):
        for at, row in enumerate((["name", "price", "collections", "sku"], ["Mug", 5, "", "M"], ["Cup", 4, "", "C"])):
            sheet.write_row(at, 0, row)
        sheet.merge_range("C2:C3", "Kitchen")
        for column, value in zip("ABCD", ("Vase", 9, "Baths", "V"), strict=True):
            sheet.merge_range(f"{column}4:{column}5", value)
        sheet.merge_range("A6:B6", "End")
        sheet.merge_range("E7:E8", "no column")
        sheet.write("A8", "Jar")


def _merged_ods(path: Path) -> None:
    def row(*cells: str) -> str:
        return f"<table:table-row>{''.join(cells)}</table:table-row>"

    def cell(text: str, rows: int = 1) -> str:
        spanned = f'table:number-rows-spanned="{rows}" table:number-columns-spanned="1"'
        return f'<table:table-cell office:value-type="string" {spanned}><text:p>{text}</text:p></table:table-cell>'

    covered = "<table:covered-table-cell/>"
    write_ods(
        path,
        [
            ("name", "price", "collections", "sku"),
            row(cell("Mug"), cell("5"), cell("Kitchen", 2), cell("M")),
            row(cell("Cup"), cell("4"), covered, cell("C")),
            row(cell("Vase", 2), cell("9", 2), cell("Baths", 2), cell("V", 2)),
            row(covered * 4),
            row(cell("End")),
            row(cell(""), cell(""), cell(""), cell(""), cell("no column", 2)),
            row(cell("Jar"), cell(""), cell(""), cell(""), covered),
        ],
    )


@pytest.mark.parametrize("write", [_merged_xlsx, _merged_ods])
def test_cells_that_are_merged_over_rows_have_their_value_in_each_of_them(path: Path, write: Any) -> None:
    write(path)
    with Source(path).opened() as file:
        rows = [(row.line, row.cells["name"], row.cells["collections"]) for row in file.rows if not row.broken]
        assert file.warning == "Cells merged over several rows have their value in each row: 5, first C2."
    assert rows == [(2, "Mug", "Kitchen"), (3, "Cup", "Kitchen"), (4, "Vase", "Baths"), (6, "End", ""), (8, "Jar", "")]


def test_a_row_with_more_texts_than_the_header_is_no_header(path: Path) -> None:
    write_xlsx(path, [["sku", "name", "price"], ["M", "Mug", "9", "see", "below"]])
    (problem,) = problems_of(path)
    assert problem.startswith("line 2: the cell D2 has a value, but column D has no name.")


@pytest.mark.parametrize("name", ["xl/media/image1.png", "Pictures/1.png"])
def test_pictures_of_a_workbook_are_named(path: Path, name: str) -> None:
    write_xlsx(path, [["handle", "name"], ["mug", "Mug"]])
    with Source(path).opened() as file:
        assert file.warning == ""
    with ZipFile(path, "a") as packed:
        packed.writestr(name, b"")
    with Source(path).opened() as file:
        assert file.warning.startswith("Pictures in the workbook are not imported. Save them as files")


def test_a_sheet_is_named_if_several_have_cells(path: Path) -> None:
    with sheets_of(path, "Mugs", "Empty", "Old", "Lamps & more") as (mugs, _, old, lamps):
        for sheet in (mugs, old, lamps):
            fill(sheet, 0, HEADER)
            fill(sheet, 1, [sheet.name.casefold(), sheet.name])
        old.hide()
    with pytest.raises(FileError, match=r'several sheets: `Mugs`, `Lamps & more`. Name one: --sheet "Mugs"'):
        records_of(path)
    with pytest.raises(FileError, match=r"no sheet `Mug`. It has `Mugs`, `Empty`, `Old`, `Lamps & more`"):
        _handles(Source(path, "Mug"))
    assert _handles(Source(path, "Lamps & more")) == ["lamps & more"]
    assert _handles(Source(path, "Old")) == ["old"]


def _handles(source: Source) -> list[str]:
    with source.opened() as file:
        return [row.cells["handle"] for row in file.rows]


def test_a_renamed_column_is_read_as_another_one(path: Path) -> None:
    write_ods(path, [["Handle", "Title", "Selling price", "Notes"], ["mug", "Mug", 12.5, "x"]])
    with Source(path, None, {"selling Price": "price", "Title": "name", "Notes": ""}).opened() as file:
        assert file.headers == ["Handle", "name", "price", "_Notes"]
        assert [row.cells for row in file.rows] == [{"Handle": "mug", "name": "Mug", "price": 12.5, "_Notes": "x"}]
    with pytest.raises(FileError, match=r"no column `Price`, which --map names. It has `Handle`, `Title`"):
        _handles(Source(path, None, {"Price": "price"}))


def _zipped(path: Path) -> None:
    with ZipFile(path, "w") as file:
        file.writestr("products.csv", "handle,name\n")


def _numbers(path: Path) -> None:
    with ZipFile(path, "w") as file:
        file.writestr("Index/Document.iwa", "")


def _cut(path: Path) -> None:
    write_xlsx(path, [HEADER])
    path.write_bytes(path.read_bytes()[:-40])


@pytest.mark.parametrize("position", [None, 1])
def test_a_picture_that_is_merged_over_the_variants_of_shopify_is_one_picture(path: Path, position: int | None) -> None:
    address = "https://shop.example/tee.jpg"
    with sheets_of(path, "Products") as (sheet,):
        fill(
            sheet,
            0,
            ["Handle", "Title", "Option1 Name", "Option1 Value", "Variant Price", "Image Src", "Image Position"],
        )
        for at, choice in enumerate(("S", "M"), 1):
            fill(sheet, at, ["tee", "Tee" if at == 1 else "", "Size", choice, 5, "", position])
        sheet.merge_range("F2:F3", address)
    (record,) = records_of(path)
    assert record["media"] == {"itemsInfo": {"items": [{"url": address}]}}


def _unclosed(path: Path) -> None:
    """Write an .ods file that the library reads for ever."""
    write_ods(path, [HEADER])
    with ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with ZipFile(path, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content.replace(b"</table:table>", b""))


def _locked(path: Path) -> None:
    with ZipFile(path, "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr("content.xml", b"\x93\x07\xf5")
        entry = (
            '<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry>'
        )
        space = 'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
        file.writestr("META-INF/manifest.xml", f"<manifest:manifest {space}>{entry}</manifest:manifest>")


def test_an_error_while_rows_are_used_is_not_one_of_the_file(path: Path) -> None:
    write_xlsx(path, [HEADER])
    full = OSError("disk full")
    with pytest.raises(OSError, match="disk full"), Source(path).opened():
        raise full


@pytest.mark.parametrize("write", WRITERS.values())
def test_a_damaged_workbook_is_read_or_refused(path: Path, write: Any) -> None:
    write(path, [HEADER, ["mug", "Mug", "M", 1.5]])
    whole, random = path.read_bytes(), Random(1)
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(random.randrange(1, 6)):
            damaged[random.randrange(4, len(whole))] = random.randrange(256)
        path.write_bytes(damaged[: random.randrange(4, len(whole))] if random.random() < 0.3 else damaged)
        with suppress(FileError), Source(path).opened() as file:
            list(file.rows)


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (_zipped, "a ZIP archive. Unpack it"),
        (_numbers, "Apple Numbers. Choose File > Export"),
        (_cut, "neither CSV nor a workbook"),
        (_unclosed, r"that can be read \(mismatched tag"),
        (_locked, "The workbook has a password. Save a copy without one."),
        (lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old"), "an old workbook"),
        (lambda path: write_xlsx(path, []), "no visible sheet with cells"),
        (lambda path: write_xlsx(path, [[]] * 30 + [HEADER]), "first 20 rows of the sheet are blank"),
    ],
)
def test_a_file_that_is_no_usable_workbook_is_refused(path: Path, write: Any, expected: str) -> None:
    write(path)
    with pytest.raises(FileError, match=expected):
        records_of(path)


def test_without_the_package_the_message_says_how_to_install_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_xlsx(path, [HEADER])
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(FileError, match=r"pip install 'tap-target-wix\[files\]'"):
        records_of(path)
