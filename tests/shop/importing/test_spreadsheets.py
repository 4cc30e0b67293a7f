"""Files that went through a spreadsheet: separators, decimal commas, shortened numbers, words for truths."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

from tests.files.sheets import fill, sheets_of, write_ods, write_xlsx
from tests.shop.exporting.exports import exported
from tests.target.runs import writes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.shop.importing.conftest import Done
    from wix_sandbox import RunningSite

    Import = Callable[..., Done]

BOTH = pytest.mark.parametrize("catalog", ["v1", "v3"])
HEADER = "handle;name;price;weight;inventory;sku"


def written(folder: Path, *lines: str) -> str:
    (folder / "products.csv").write_text("\r\n".join([*lines, ""]), encoding="utf-8-sig", newline="")
    return "products.csv"


def prices(site: RunningSite) -> dict[str, float]:
    return {one["name"]: float(price_of(one)) for one in site.state().get("products", [])}


def rejected(folder: Path) -> str:
    return (folder / "products.rejected.csv").read_text(encoding="utf-8-sig")


def price_of(product: dict[str, Any]) -> Any:
    if "priceData" in product:
        return product["priceData"]["price"]
    return product["variantsInfo"]["variants"][0]["price"]["actualPrice"]["amount"]


@BOTH
def test_a_first_line_that_names_the_separator_is_no_header(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    done = wix_import(site, "--yes", written(tmp_path, "sep=;", HEADER, "mug;Mug, blue;12;1;4;M", "cup;Cup;x;1;4;C"))
    assert prices(site) == {"Mug, blue": 12}
    assert "Line 4, column `price`: found `x`, expected a number" in done.err


@BOTH
def test_decimal_commas_of_a_whole_file_are_read_as_they_are_meant(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    done = wix_import(site, "--yes", written(tmp_path, HEADER, "mug;Mug;12,50;0,4;4;M", "cup;Cup;1249;1,250;4;C"))
    assert done.code == 0, done.err
    assert done.out == "products.csv: a file of plain columns, with decimal commas.\n"
    assert prices(site) == {"Mug": 12.5, "Cup": 1249}


def test_a_wrong_price_of_a_file_with_decimal_commas_is_not_said_to_need_a_point(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    lines = ("mug;Mug;12,50;1;4;M", "cup;Cup;12,50 each;1;4;C")
    done = wix_import(open_shop(catalog="v3", empty=True), "--yes", written(tmp_path, HEADER, *lines))
    assert (
        "found `12,50 each`, expected a number alone, such as 1299 or 12.50, without separators of thousands."
        in done.err
    )
    assert "point" not in done.err


@pytest.mark.parametrize(
    ("lines", "price"),
    [
        (("mug;Mug;12,50;0.4;4;M",), "12,50"),  # some numbers have points
        (("mug;Mug;1,249;1;4;M",), "1,249"),  # it may be a thousand
    ],
)
def test_ambiguous_commas_are_refused_unless_the_user_allows_them(
    open_shop, wix_import: Import, tmp_path: Path, lines: tuple[str, ...], price: str
) -> None:
    site = open_shop(catalog="v3", empty=True)
    path = written(tmp_path, HEADER, *lines)
    refused = wix_import(site, "--yes", path).err
    assert (
        f"Line 2, column `price`: found `{price}`, expected a number without a comma, such as 1200 or 12.50." in refused
    )
    assert "If all numbers have a decimal comma, `wix-import --decimal ,` reads the file." in refused
    done = wix_import(site, "--yes", "--decimal", ",", path)
    if "0.4" in lines[0]:
        assert (
            "`weight` is `0.4`, but other numbers of this file have a decimal comma. Use a comma here, too." in done.err
        )
        assert prices(site) == {}
    else:
        assert prices(site) == {"Mug": 1.249}


def test_weights_with_three_decimals_are_no_thousands(open_shop, wix_import: Import, tmp_path: Path) -> None:
    site = open_shop(catalog="v1", empty=True)
    done = wix_import(site, "--yes", written(tmp_path, HEADER, "mug;Mug;5;1.250;4;M", "cup;Cup;6;2.500;4;C"))
    assert (done.code, prices(site)) == (0, {"Mug": 5, "Cup": 6})
    assert [one["weight"] for one in site.state()["products"]] == [1.25, 2.5]
    mixed = written(tmp_path, HEADER, "jug;Jug;1.234;1.250;4;J")
    done = wix_import(site, "--yes", mixed)
    assert "Line 2: `price` is `1.234`, which may be 1234" in done.err
    assert "`weight`" not in done.err


@pytest.mark.parametrize("others", [(), ("cup;Cup;9,99;1;4;C",)])
def test_points_that_may_separate_thousands_are_not_read_as_decimal_points(
    open_shop, wix_import: Import, tmp_path: Path, others: tuple[str, ...]
) -> None:
    site = open_shop(catalog="v3", empty=True)
    path = written(tmp_path, HEADER, "mug;Mug;1.234;1;4;M", *others)
    done = wix_import(site, "--yes", path)
    assert "Line 2: `price` is `1.234`" in done.err
    assert prices(site) == ({"Cup": 9.99} if others else {})
    if not others:
        assert wix_import(site, "--yes", "--decimal", ".", path).code == 0
        assert prices(site) == {"Mug": 1.234}


@pytest.mark.parametrize("price", ["9,99", "1.012,50", "1\u00a0012,50"])
@pytest.mark.parametrize("separator", [";", ","])
def test_points_are_not_read_as_decimal_points_next_to_decimal_commas(
    open_shop, wix_import: Import, tmp_path: Path, *, separator: str, price: str
) -> None:
    site = open_shop(catalog="v3", empty=True)
    lines = (HEADER, "mug;Mug;1.234;1;1.000;M", f'cup;Cup;"{price}";1;4;C', "jug;Jug;5.5;1.250;4;J")
    done = wix_import(site, "--yes", written(tmp_path, *(line.replace(";", separator) for line in lines)))
    assert "Line 2: `price` is `1.234`, which may be 1234 or a number with three decimals." in done.err
    assert "`inventory` is `1.000`, which may be 1000" in done.err
    assert prices(site) == {"Jug": 5.5}


@pytest.mark.parametrize("other", ["12.50", "980"])
def test_a_column_with_both_8_000_and_other_decimals_is_not_read_as_having_decimal_points(
    open_shop, wix_import: Import, tmp_path: Path, other: str
) -> None:
    site = open_shop(catalog="v3", empty=True)
    lines = (HEADER, "mug;Mug;8.000;1.250;4;M", f"cup;Cup;{other};1;4;C", "jug;Jug;1.299;1;4;J")
    path = written(tmp_path, *(line.replace(";", ",") for line in lines))
    done = wix_import(site, "--yes", path)
    assert "Line 2: `price` is `8.000`, which may be 8000 or a number with three decimals." in done.err
    assert prices(site) == {"Cup": float(other)}
    assert wix_import(site, "--yes", "--decimal", ".", path).code == 0
    assert prices(site) == {"Mug": 8, "Cup": float(other), "Jug": 1.299}


def test_a_column_whose_numbers_all_have_three_decimals_has_decimal_points(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    lines = (HEADER, "mug;Mug;8.000;1;4;M", "cup;Cup;0;1;4;C", "jug;Jug;1.299;1;4;J")
    path = written(tmp_path, *(line.replace(";", ",") for line in lines))
    done = wix_import(site, "--yes", path)
    assert (done.code, prices(site)) == (0, {"Mug": 8, "Cup": 0, "Jug": 1.299})
    assert "`price` (first line 2: `8.000`). If the point separates thousands, write 1299 for 1.299, or" in done.err
    assert wix_import(site, "--yes", "--decimal", ",", path).code == 0
    assert prices(site) == {"Mug": 8000, "Cup": 0, "Jug": 1299}


def test_a_price_with_three_decimals_next_to_others_with_cents_is_noted(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    lines = (HEADER, "mug;Mug;12.50;1;4;M", "jug;Jug;1.299;1.250;4;J", "cup;Cup;2.499;1;4;C")
    path = written(tmp_path, *(line.replace(";", ",") for line in lines))
    said = (
        "`price` (first line 3: `1.299`). If the point separates thousands, write 1299 for 1.299, or add `--decimal ,`."
    )
    planned = wix_import(site, "--dry-run", path)
    assert f"Note: Amounts with three decimals are read with a decimal point: {said}" in (planned.out)
    assert said not in wix_import(site, "--dry-run", "--decimal", ".", path).out


def test_all_numbers_of_a_row_that_may_be_misread_are_named_in_the_order_of_the_columns(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    path = written(tmp_path, HEADER, "mug;Mug;1.012;0,4;1.500;M")
    advice = "Write the number without separators of thousands, as `1234,50`."
    said = f"Line 2: `price` is `1.012`. {advice} `inventory` is `1.500`. {advice}"
    assert said in wix_import(site, "--yes", path).err


@pytest.mark.parametrize(
    ("separator", "price", "other"),
    [
        (";", "1.012,50", "12,50"),
        (";", "1.012,50", "980"),
        (";", "1\u202f012,50 USD", "12,50"),
        (";", "$ 1'012.50", "12.50"),
        (",", '"1,012.50"', "12.50"),
        (",", '"$1,012.50"', "980"),
        (",", "1 012.50", "980"),
    ],
)
def test_separators_of_thousands_that_have_no_other_reading_are_left_out(  # noqa: PLR0917 - fixtures and cases
    open_shop, wix_import: Import, tmp_path: Path, separator: str, price: str, other: str
) -> None:
    site = open_shop(catalog="v3", empty=True)
    lines = (HEADER, "mug;Mug;{};1;1 000;M", "cup;Cup;{};1;4;C")
    head, mug, cup = (line.replace(";", separator) for line in lines)
    done = wix_import(site, "--yes", written(tmp_path, head, mug.format(price), cup.format(other)))
    assert (done.code, prices(site)) == (0, {"Mug": 1012.5, "Cup": float(other.replace(",", "."))}), done.err


@pytest.mark.parametrize("proof", ["cup;Cup;1.250.000;1;4;C", "cup;Cup;980;1;1.250;C"])
def test_points_that_separate_thousands_elsewhere_are_no_decimal_points(
    open_shop, wix_import: Import, tmp_path: Path, proof: str
) -> None:
    site = open_shop(catalog="v3", empty=True)
    lines = (HEADER, "mug;Mug;89.900;1;4;M", proof)
    path = written(tmp_path, *(line.replace(";", ",") for line in lines))
    said = (
        "Line 2: `price` is `89.900`, which may be 89900 or a number with three decimals. Write it without the point, "
    )
    assert f"{said}or add `--decimal .` to read points as decimal points, `--decimal ,` to leave them out." in (
        wix_import(site, "--yes", path).err
    )
    assert prices(site) == {}
    assert wix_import(site, "--yes", "--decimal", ",", path).code == 0
    assert prices(site)["Mug"] == 89900


@pytest.mark.parametrize("options", [(), ("--decimal", ".")])
def test_decimal_points_next_to_separators_of_thousands_are_read(
    open_shop, wix_import: Import, tmp_path: Path, options: tuple[str, ...]
) -> None:
    site = open_shop(catalog="v1", empty=True)
    lines = (HEADER, 'mug;Mug;"1,299.00";2.345;4;M', "cup;Cup;2.499;0.5;4;C")
    path = written(tmp_path, *(line.replace(";", ",") for line in lines))
    done = wix_import(site, "--yes", *options, path)
    assert (done.code, prices(site)) == (0, {"Mug": 1299, "Cup": 2.499}), done.err
    assert [one["weight"] for one in site.state()["products"]] == [2.345, 0.5]


def test_a_decimal_sign_that_the_user_names_decides_about_the_other_one(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    lines = (HEADER, 'mug;Mug;"1,299";1;"1,000";M', 'cup;Cup;12.50;"1,250";4;C')
    path = written(tmp_path, *(line.replace(";", ",") for line in lines))
    done = wix_import(site, "--yes", "--decimal", ".", path)
    assert prices(site) == {"Mug": 1299}
    assert "Line 3, column `weight`: found `1,250`" in done.err


def test_rejected_rows_of_a_workbook_have_no_separators_of_thousands(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    rows = [["sku", "name", "price", "stock"], ["M", "Mug", "1.012,50", "many"], ["C", "Cup", 12.5, 4]]
    write_xlsx(tmp_path / "products.xlsx", rows)
    assert wix_import(site, "--yes", "products.xlsx").code == 1
    corrected = (tmp_path / "products.rejected.csv").read_text(encoding="utf-8").replace("many", "3")
    done = wix_import(site, "--yes", written(tmp_path, *corrected.splitlines()))
    assert (done.code, prices(site)) == (0, {"Mug": 1012.5, "Cup": 12.5}), done.err


@BOTH
def test_a_sku_that_a_spreadsheet_shortened_is_refused_with_what_happened(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    done = wix_import(
        site,
        "--yes",
        written(
            tmp_path, HEADER, "mug;Mug;12;1;4;1.23457E+12", "cup;Cup;12;1;4;1E+5", "jug;Jug;12;1;4;4006381333931.0"
        ),
    )
    expected = "Line 2, column `sku`: found `1.23457E+12`, expected a whole code. A spreadsheet converted it to a "
    assert expected in done.err
    assert "found `4006381333931.0`, expected a code without a point" in rejected(tmp_path)
    assert prices(site) == {"Cup": 12}


@pytest.mark.parametrize("word", ["maybe", "2", "on"])
def test_words_that_no_format_has_are_refused(open_shop, wix_import: Import, tmp_path: Path, word: str) -> None:
    site = open_shop(catalog="v3", empty=True)
    done = wix_import(site, "--yes", written(tmp_path, "handle;name;price;visible", f"mug;Mug;12;{word}"))
    assert f"Line 2, column `visible`: found `{word}`, expected TRUE or FALSE" in done.err


def test_booleans_of_other_systems_are_read(open_shop, wix_import: Import, tmp_path: Path) -> None:
    site = open_shop(catalog="v3", empty=True)
    words = {"Yes": True, "y": True, "1": True, "NO": False, "n": False, "0": False, "WAHR": True, "faux": False}
    words |= {"SÍ": True, "não": False, "Active": True, "hidden": False}
    rows = [f"{word};Mug {word};12;{word}" for word in words]
    assert wix_import(site, "--yes", written(tmp_path, "handle;name;price;visible", *rows)).code == 0
    assert {product["handle"]: product["visible"] for product in site.state()["products"]} == words


@BOTH
def test_a_workbook_is_imported_like_a_csv_file(open_shop, wix_import: Import, tmp_path: Path, catalog: str) -> None:
    site = open_shop(catalog=catalog, empty=True)
    rows = [
        ["Handle", "Name", "Selling price", "Weight", "SKU", "Margin"],
        ["mug", "Mug", 12.5, "0,4", "00123", 3],
        [],
        ["cup", "Cup", "dear", "1,5", 17, 3],
    ]
    write_xlsx(tmp_path / "products.xlsx", rows)
    options = ("--yes", "--map", "Selling price=price", "--map", "margin=")
    done = wix_import(site, *options, "products.xlsx")
    assert done.code == 1
    assert done.out == "products.xlsx: a file of plain columns, with decimal commas.\n"
    assert "Line 4, column `Selling price`: found `dear`, expected a number" in done.err
    assert prices(site) == {"Mug": 12.5}
    header, row = rejected(tmp_path).splitlines()
    assert header == "_problem,Handle,Name,Selling price,Weight,SKU,Margin"
    assert row.endswith(",cup,Cup,dear,1.5,17,3")
    (tmp_path / "products.rejected.csv").write_text(header + "\n" + row.replace("dear", "7"))
    assert wix_import(site, *options, "products.rejected.csv").code == 0
    assert prices(site) == {"Mug": 12.5, "Cup": 7}
    before = len(writes(site))
    assert wix_import(site, *options, "products.xlsx").code == 1
    assert len(writes(site)) == before


def test_rejected_rows_of_a_workbook_are_imported_with_the_same_decimal_sign(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    rows = [
        ["Handle", "Name", "Price", "Weight", "Inventory"],
        ["mug", "Mug", 12.5, "0,4", "x"],
        ["cup", "Cup", 1.125, "1,125", "x"],
        ["jar", "Jar", "1.125", 2.125, "x"],
    ]
    write_xlsx(tmp_path / "products.xlsx", rows)
    options = ("--yes", "--decimal", ",")
    assert wix_import(site, *options, "products.xlsx").code == 1
    (tmp_path / "products.rejected.csv").write_text(rejected(tmp_path).replace(",x", ",7"))
    done = wix_import(site, *options, "products.rejected.csv")
    assert done.code == 0, done.err
    assert prices(site) == {"Mug": 12.5, "Cup": 1.125, "Jar": 1125}


def test_files_of_one_name_keep_their_own_results(open_shop, wix_import: Import, tmp_path: Path) -> None:
    site = open_shop(catalog="v3", empty=True)
    write_ods(tmp_path / "products.ods", [["handle", "name", "price"], ["mug", "Mug", 12.5]])
    written(tmp_path, "handle,name,price", "cup,Cup,7")
    done = wix_import(site, "--yes", "products.ods", "products.csv")
    assert done.code == 0, done.err
    assert prices(site) == {"Mug": 12.5, "Cup": 7}
    assert [len(done.results(stem)) for stem in ("products", "products-2")] == [1, 1]


def test_columns_that_a_format_lacks_are_ignored_and_named(open_shop, wix_import: Import, tmp_path: Path) -> None:
    site = open_shop(catalog="v3", empty=True)
    path = written(tmp_path, "TITLE,PRICE,SKU,TAGS,MATERIALS,TAGS", "Mug,12.5,M-1,new,,old", "Cup,7,C-1,,clay,")
    done = wix_import(site, "--yes", "--map", "title=name", "--map", "*=", path)
    assert done.code == 0, done.err
    assert prices(site) == {"Mug": 12.5, "Cup": 7}
    assert (
        "left out: `TAGS` (1 time, first line 2: `new, old`), `MATERIALS` (1 time, first line 3: `clay`)." in done.err
    )
    assert done.err.count("left out") == 1


def test_columns_that_begin_with_an_underscore_are_named_unless_they_are_our_own(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    header = "handle,name,price,_sale_price,Note,_comment,_problem,_command,_sdc_deleted_at"
    path = written(tmp_path, header, "mug,Mug,12.5,9,new,a,b,upsert,")
    done = wix_import(site, "--yes", "--map", "Note=", path)
    assert done.code == 0, done.err
    assert "columns are left out: `_sale_price` (1 time, first line 2: `9`).\n" in done.err


def test_a_total_with_a_point_is_rejected_and_leaves_decimal_commas_of_texts_as_they_are(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    with sheets_of(tmp_path / "products.xlsx", "Products") as (sheet,):
        fill(sheet, 0, ["sku", "name", "price"])
        fill(sheet, 1, ["M", "Mug", "9,99"])
        fill(sheet, 2, ["T", "Total"])
        sheet.write_formula("C3", "=SUBTOTAL(109,C2:C2)", None, 22.49)
    done = wix_import(open_shop(catalog="v3", empty=True), "--dry-run", "products.xlsx")
    assert "New: Mug." in done.out
    assert "Line 3, column `price`: found `22.49`. This cell is the total of other cells" in done.out


def test_a_value_in_a_column_without_a_name_rejects_its_row_and_is_no_column(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    write_xlsx(tmp_path / "products.xlsx", [["", "handle", "name", "price"], ["x", "mug", "Mug", 5]])
    done = wix_import(open_shop(catalog="v3", empty=True), "--dry-run", "products.xlsx")
    assert "Line 2: the cell A2 has a value, but column A has no name." in done.out
    assert "left out" not in done.out


@BOTH
def test_a_column_that_is_mapped_to_choices_names_their_option(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    options = (
        "--map",
        "Style=handle",
        "--map",
        "Size=choice1",
        "--map",
        "Hue=choice2",
        "--map",
        "Option name 2=option2",
    )
    header, cap = "Style,Title,Size,Hue,Option name 2,Price", "cap,Cap,S,red,Color,"
    path = written(tmp_path, header, "tee,Tee,S,red,Color,20", "tee,Tee,M,red,,20", "mug,Mug,,,,9", f"{cap}free")
    assert wix_import(site, "--yes", *options, path).code == 1
    shown = csv.DictReader(io.StringIO(exported(site, tmp_path, "plain").text))
    rows = [[row[name] for name in ("name", "option1", "choice1", "option2", "choice2")] for row in shown]
    tee = [["Tee", "Size", "", "Color", ""], ["", "", "S", "", "red"], ["", "", "M", "", "red"]]
    rows.remove(["Mug", "", "", "", ""])  # before or after the other product, which was created in the same call
    assert rows == tee
    written(tmp_path, header, f"{cap}5")
    assert rejected(tmp_path).splitlines()[0] == f"_problem,{header}"
    assert wix_import(site, "--yes", *options, path).code == 0


def test_a_weight_in_another_unit_is_noted(open_shop, wix_import: Import, tmp_path: Path) -> None:
    site = open_shop(catalog="v3", empty=True)
    path = written(tmp_path, "handle,name,price,Weight (lbs)", "mug,Mug,12.5,2.5", "cup,Cup,5,")
    assert "column `Weight (lbs)`: `2.5`" in wix_import(site, "--dry-run", "--map", "Weight (lbs)=weight", path).out
    path = written(tmp_path, "handle,name,price,Weight kg", "mug,Mug,12.5,2.5")
    assert "a weight is in" not in wix_import(site, "--dry-run", "--map", "Weight kg=weight", path).out.lower()


def test_messages_about_a_mapped_column_have_its_name_in_the_file(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    rows = ("a,A,dear,,", "b,B,-1,,", "c,C,5,c.jpg,", "d,D,5 EUR,,", "e,E,5,,", "e,E,6,,", ",F,5,,", 'g,G,5,,"1,234,5"')
    path = written(tmp_path, "Ref,Wording,Selling,Photo,Left", *rows)
    mapped = {"Ref": "handle", "Wording": "name", "Selling": "price", "Photo": "media", "Left": "inventory"}
    options = [part for header, column in mapped.items() for part in ("--map", f"{header}={column}")]
    messages = [result["error"]["message"] for result in wix_import(site, "--yes", *options, path).results()]
    named = ["Selling", "Selling", "Photo", "Selling", "Ref", "Ref", "Ref", "Left"]
    assert [f"`{header}`" in message for header, message in zip(named, messages, strict=True)] == [True] * len(named)
    assert not [message for message in messages for column in mapped.values() if f"`{column}`" in message]


def test_a_column_to_map_that_a_file_lacks_is_an_error(open_shop, wix_import: Import, tmp_path: Path) -> None:
    site = open_shop(catalog="v3", empty=True)
    path = written(tmp_path, "handle,name,cost price", "mug,Mug,1")
    done = wix_import(site, "--yes", path)
    advice = '`--map "HEADER=column"` names a column of the format, `--map "HEADER="` ignores one, and `--map "*="` all'
    assert f"{advice} others." in done.err
    done = wix_import(site, "--yes", "--map", "Cost=cost", path)
    assert (
        "Line 1: The file has no column `Cost`, which --map names. It has `handle`, `name`, `cost price`." in done.err
    )
    assert wix_import(site, "--yes", "--map", "cost", path).code == 2
    twice = wix_import(site, "--yes", "--map", "cost price=cost", "--map", "cost price=price", path)
    assert twice.code == 2
    assert '"cost price" is mapped to "cost" and to "price".' in twice.err
    assert writes(site) == []


def test_a_column_that_is_mapped_to_none_of_the_format_is_an_error(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    path = written(tmp_path, "Type,SKU,Name,Regular price,photos,link", "simple,M-1,Mug,7,https://a.example/1.jpg,x")
    done = wix_import(site, "--yes", "--map", "photos=media", "--map", "*=", path)
    assert "Line 1: A file of WooCommerce has no column `media`. Rename or delete it" in done.err
    assert writes(site) == []


@pytest.mark.parametrize("maps", [["Selling price=price"], ["Selling price=Price"], ["Selling price=fee", "price=fee"]])
def test_a_column_that_is_mapped_to_another_one_of_the_file_is_an_error(
    open_shop, wix_import: Import, tmp_path: Path, maps: list[str]
) -> None:
    site = open_shop(catalog="v3", empty=True)
    path = written(tmp_path, "handle,name,price,Selling price", "mug,Mug,1,2")
    done = wix_import(site, "--yes", *(word for each in maps for word in ("--map", each)), path)
    column = maps[0].partition("=")[2]
    said = f"Line 1: The columns `price` and `Selling price` are both read as `{column}`."
    assert f'{said} Ignore one of them, as with `--map "price="`.' in done.err
    assert writes(site) == []
