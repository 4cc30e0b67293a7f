"""Price and stock lists: rows whose SKUs are those of variants of products with options."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.files.sheets import write_xlsx
from tests.in_process import call
from tests.shop.exporting.exports import exported
from tests.target.runs import writes
from wix_shop.importing.sku_lists import SkuList
from wix_shop.undoing.__main__ import main as wix_undo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.shop.importing.conftest import Done
    from wix_sandbox import RunningSite

    Import = Callable[..., Done]

_CENTS = re.compile(r"(?<=\.\d)0$|\.00$")
"""Zeros of prices, which Wix keeps as they were written."""
BOTH = pytest.mark.parametrize("catalog", ["v1", "v3"])
SHOP = """\
handle,name,description,option1,choice1,option2,choice2,sku,price,cost,weight,inventory,visible
mug,Mug,Of clay,,,,,MUG,12,5,0.4,4,TRUE
tee,Tee,Of cotton,Size,S,Colour,Red,T-S-R,20,8,0.2,1,TRUE
tee,,,,S,,Blue,T-S-B,21,8,0.2,2,TRUE
tee,,,,M,,Red,T-M-R,22,8,0.3,3,FALSE
tee,,,,M,,Blue,T-M-B,23,8,0.3,InStock,TRUE
hat,Hat,,Size,S,,,H-S,30,9,0.1,OutOfStock,TRUE
hat,,,,L,,,H-L,31,9,0.1,7,TRUE
"""


@pytest.fixture
def shop(open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path) -> Callable[[str], RunningSite]:
    """Open a shop with products with and without options."""

    def opened(catalog: str) -> RunningSite:
        site = open_shop(catalog=catalog, empty=True, random_seed=3)
        (tmp_path / "shop.csv").write_text(SHOP)
        done = wix_import(site, "--yes", "shop.csv")
        assert done.code == 0, done.err
        return site

    return opened


def imported(site: RunningSite, wix_import: Import, folder: Path, text: str, *options: str) -> Done:
    """Import a list as its plan says, and once more, which writes nothing."""
    planned = wix_import(site, "--dry-run", "--results", "plan.results.jsonl", *options, written(folder, text))
    before = len(site.journal.entries)
    done = wix_import(site, "--yes", *options, "list.csv")
    sent = len(site.journal.entries) - before
    expected = re.findall(r"Writing it takes (\d+) request", planned.out)
    assert expected in ([], [str(sent)])
    assert outcomes(planned, "plan") == outcomes(done, "list")
    sent = len(writes(site))
    outputs = ("--undo", "again.undo.jsonl", "--results", "again.results.jsonl")
    again = wix_import(site, "--yes", *outputs, *options, "list.csv")
    assert (again.code, len(writes(site))) == (done.code, sent)
    return done


def outcomes(done: Done, stem: str) -> list[tuple[int, str]]:
    return [(result["line"], result["outcome"]) for result in done.results(stem)]


def cells(site: RunningSite, folder: Path, *columns: str) -> dict[str, Any]:
    """Return the cells of an export by SKU, those of columns that the format has per variant."""
    rows = csv.DictReader(io.StringIO(exported(site, folder, "plain").text))
    return {row["sku"]: tuple(_CENTS.sub("", row[column]) for column in columns) for row in rows if row["sku"]}


def without_prices(value: Any) -> Any:
    """Return a product without what a list may change, at any depth."""
    dropped = {"updatedDate", "revision", "actualPrice", "compareAtPrice", "actualPriceRange", "compareAtPriceRange"}
    if isinstance(value, dict):
        return {name: without_prices(one) for name, one in value.items() if name not in dropped}
    return [without_prices(one) for one in value] if isinstance(value, list) else value


def rejected(folder: Path) -> list[list[str]]:
    with (folder / "list.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def message(done: Done) -> str:
    return next(str(result["error"]["message"]) for result in done.results("list") if result["error"])


def written(folder: Path, text: str) -> str:
    (folder / "list.csv").write_text(text)
    return "list.csv"


COLUMNS = ("price", "inventory", "cost", "weight", "visible")
LIST = "sku,price,stock\nT-M-R,25,9\nMUG,13,5\nH-L,32,\nT-S-R,,6\nT-M-B,24,8\n"
CHANGED = {"T-M-R": ("25", "9"), "MUG": ("13", "5"), "H-L": ("32", "7"), "T-S-R": ("20", "6"), "T-M-B": ("24", "8")}


@BOTH
def test_a_list_changes_the_price_and_the_stock_of_variants_alone(
    shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = shop(catalog)
    before = cells(site, tmp_path, *COLUMNS)
    done = imported(site, wix_import, tmp_path, LIST)
    assert done.code == 0, done.err
    assert outcomes(done, "list") == [(2, "updated"), (3, "updated"), (4, "updated")]
    expected = {sku: (*CHANGED.get(sku, row[:2]), *row[2:]) for sku, row in before.items()}
    assert cells(site, tmp_path, *COLUMNS) == expected


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        LIST,
        "Artikelnummer;Preis;Bestand\nT-M-R;25,00 USD;9\nMUG;13,00;5\nH-L;32,00;\nT-S-R;;6\nT-M-B;24,00;8\n",
        LIST.replace("sku,", "_command,sku,")
        .replace("\nT", "\nupdate,T")
        .replace("\nMUG", "\n,MUG")
        .replace("\nH", "\n,H"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--match-on", "sku"), ("--command", "update")])
def test_lists_have_many_forms(  # noqa: PLR0917 - fixtures and cases
    shop, wix_import: Import, tmp_path: Path, catalog: str, text: str, options: tuple[str, ...]
) -> None:
    site = shop(catalog)
    done = imported(site, wix_import, tmp_path, text, *options)
    assert done.code == 0, done.err
    found = cells(site, tmp_path, *COLUMNS)
    assert {sku: found[sku][:2] for sku in CHANGED} == CHANGED


@BOTH
def test_a_list_with_ignored_columns_is_a_list(shop, wix_import: Import, tmp_path: Path, catalog: str) -> None:
    site = shop(catalog)
    text = "sku,name,Warehouse,price\nT-S-R,Red tee,A,26\nMUG,Mug,B,14\n"
    done = imported(site, wix_import, tmp_path, text, "--map", "name=", "--map", "*=")
    assert outcomes(done, "list") == [(2, "updated"), (3, "updated")]
    assert cells(site, tmp_path, "price")["T-S-R"] == ("26",)


PROBLEMS = "sku,price,stock\nT-M-R,25,9\nMUG,13,5\nH-L,free,\nNO,6,6\nT-S-R,26,\nH-S,30,8\n"


@BOTH
def test_a_wrong_cell_rejects_all_rows_of_its_product(shop, wix_import: Import, tmp_path: Path, catalog: str) -> None:
    site = shop(catalog)
    before = cells(site, tmp_path, *COLUMNS)
    done = imported(site, wix_import, tmp_path, PROBLEMS)
    assert (done.code, outcomes(done, "list")) == (
        1,
        [(2, "updated"), (3, "updated"), (4, "rejected"), (5, "rejected")],
    )
    after = cells(site, tmp_path, *COLUMNS)
    assert {sku: after[sku] for sku in ("H-L", "H-S")} == {sku: before[sku] for sku in ("H-L", "H-S")}
    assert [row[1:] for row in rejected(tmp_path)] == [
        ["sku", "price", "stock"],
        ["H-L", "free", ""],
        ["NO", "6", "6"],
        ["H-S", "30", "8"],
    ]
    reason = rejected(tmp_path)[1][0]
    assert reason.startswith("Line 4, column `price`: found `free`")
    corrected = (tmp_path / "list.rejected.csv").read_text(encoding="utf-8").replace(",free", ",33")
    done = imported(site, wix_import, tmp_path, corrected)
    assert [result["outcome"] for result in done.results("list")] == ["updated", "rejected"]
    assert cells(site, tmp_path, "price")["H-L"] == ("33",)


def test_a_note_on_discounts_names_the_product(shop, wix_import: Import, tmp_path: Path) -> None:
    done = imported(shop("v1"), wix_import, tmp_path, "sku,price,compareAtPrice\nT-S-R,20,30\nT-S-B,21,50\n")
    assert "catalog V1 has one discount per product. The actual prices are written. First: tee" in done.err


@BOTH
def test_a_sku_that_is_listed_twice_rejects_its_product(shop, wix_import: Import, tmp_path: Path, catalog: str) -> None:
    site = shop(catalog)
    before = cells(site, tmp_path, *COLUMNS)
    done = imported(site, wix_import, tmp_path, "sku,price\nT-S-R,1\nT-S-B,2\nH-S,3\nT-S-R,4\n")
    assert outcomes(done, "list") == [(2, "rejected"), (4, "updated")]
    assert "Line 2: the product in line 5 has the same `sku` (`T-S-R`)" in message(done)
    assert [row[1] for row in rejected(tmp_path)] == ["sku", "T-S-R", "T-S-B", "T-S-R"]
    assert cells(site, tmp_path, *COLUMNS) == {**before, "H-S": ("3", *before["H-S"][1:])}


@BOTH
def test_skus_that_differ_in_upper_and_lower_case_are_two(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    (tmp_path / "shop.csv").write_text(
        "handle,name,option1,choice1,sku,price\nmug,Mug,,,K,9\ncup,Cup,,,k,9\ntee,Tee,Size,S,T,9\ntee,,,M,t,9\n"
    )
    assert wix_import(site, "--yes", "shop.csv").code == 0
    done = imported(site, wix_import, tmp_path, "sku,price\nK,10\nk,11\nT,12\nt,13\n")
    assert done.code == 0, done.err
    assert cells(site, tmp_path, "price") == {"K": ("10",), "k": ("11",), "T": ("12",), "t": ("13",)}


@BOTH
def test_a_sku_of_several_variants_is_rejected(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    (tmp_path / "shop.csv").write_text(
        "handle,name,option1,choice1,sku,price,inventory\n"
        "tee,Tee,Size,S,A-1,9,1\ntee,,,M,T-M,9,1\nhat,Hat,Size,S,A-1,9,1\nhat,,,M,A-2,9,1\nmug,Mug,,,A-2,9,1\n"
    )
    assert wix_import(site, "--yes", "shop.csv").code == 0
    done = imported(site, wix_import, tmp_path, "sku,price\nA-1,10\nT-M,11\nA-2,12\nA-3,12\n")
    assert outcomes(done, "list") == [(2, "rejected"), (3, "updated"), (4, "rejected"), (5, "rejected")]
    assert "Line 2: 2 variants of the site have the SKU `A-1`, so the row may be of any of them." in message(done)


@pytest.mark.parametrize(
    ("price", "stock", "weight"), [("10", "", ""), ("", "7", ""), ("10", "7", ""), ("", "7", "3"), ("10", "7", "3")]
)
@pytest.mark.parametrize("choices", ["#ff0000:Red", "#ff0000:Red;#0000ff:Blue"])
def test_unmanaged_variants_of_a_v1_product_share_its_values(  # noqa: PLR0917 - fixtures and cases
    open_shop: Callable[..., RunningSite],
    wix_import: Import,
    tmp_path: Path,
    price: str,
    stock: str,
    weight: str,
    choices: str,
) -> None:
    site = open_shop(catalog="v1", empty=True)
    columns = "productOptionName1,productOptionType1,productOptionDescription1"
    (tmp_path / "shop.csv").write_text(
        f"handleId,fieldType,name,price,cost,sku,inventory,weight,{columns}\n"
        f"lamp,Product,Lamp,9,4,L-1,5,2,Colour,COLOR,{choices}\n"
    )
    assert wix_import(site, "--yes", "shop.csv").code == 0
    (before,) = site.state()["products"]
    assert not before["manageVariants"]
    done = imported(site, wix_import, tmp_path, f"sku,price,stock,weight\nL-1,{price},{stock},{weight}\n")
    assert done.code == 0, done.err
    (after,) = site.state()["products"]
    assert (after["productOptions"], after["manageVariants"]) == (before["productOptions"], False)
    (row, *_) = csv.DictReader(io.StringIO(exported(site, tmp_path, "wix-v1").text.lstrip("\ufeff")))
    found = (_CENTS.sub("", row["price"]), *(row[name] for name in ("inventory", "weight", "cost")))
    assert found == (price or "9", stock or "5", weight or "2", "4")


@BOTH
@pytest.mark.parametrize("header", ["_command", "_Command", "_sdc_deleted_at"])
def test_rows_that_create_or_delete_are_no_part_of_a_list(
    shop, wix_import: Import, tmp_path: Path, catalog: str, header: str
) -> None:
    site = shop(catalog)
    before = cells(site, tmp_path, *COLUMNS)
    mark = "2026-05-01" if header == "_sdc_deleted_at" else "delete"
    lines = f"{header},sku,price\n{mark},H-L,\n,T-S-R,26\n,T-M-R,27\n"
    done = imported(site, wix_import, tmp_path, lines)
    expected = {"v1": "unchanged", "v3": "rejected"}[catalog]
    assert outcomes(done, "list") == [(2, expected), (3, "updated")]
    changed = {"T-S-R": "26", "T-M-R": "27"}
    assert cells(site, tmp_path, *COLUMNS) == {sku: (changed.get(sku, row[0]), *row[1:]) for sku, row in before.items()}


@BOTH
def test_a_row_that_is_ignored_leaves_other_variants_of_its_product(
    shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = shop(catalog)
    done = imported(site, wix_import, tmp_path, "_command,sku,price\n,T-S-R,26\nIgnore,T-M-R,27\n,T-S-B,28\n")
    assert outcomes(done, "list") == [(2, "updated"), (3, "ignored")]
    found = cells(site, tmp_path, "price")
    assert [found[sku] for sku in ("T-S-R", "T-M-R", "T-S-B")] == [("26",), ("22",), ("28",)]


def test_blanks_around_the_barcode_of_a_variant_are_left_out(shop, wix_import: Import, tmp_path: Path) -> None:
    site = shop("v3")
    imported(site, wix_import, tmp_path, "sku,barcode\nT-S-R, 401 \nMUG, 402 \n")
    found = cells(site, tmp_path, "barcode")
    assert (found["T-S-R"], found["MUG"], found["T-S-B"]) == (("401",), ("402",), ("",))


@BOTH
@pytest.mark.parametrize("options", [("--command", "create"), ("--command", "delete"), ("--match-on", "slug")])
def test_no_list_is_read_by_an_import_that_does_not_update_by_sku(
    shop, wix_import: Import, tmp_path: Path, catalog: str, options: tuple[str, ...]
) -> None:
    site = shop(catalog)
    written(tmp_path, "sku,price\nT-S-R,26\nH-S,27\n")
    before = cells(site, tmp_path, *COLUMNS)
    assert wix_import(site, "--yes", *options, "list.csv").results("list")[0]["outcome"] != "updated"
    assert cells(site, tmp_path, *COLUMNS) == before


@BOTH
def test_an_unchanged_list_of_some_variants_writes_nothing(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog)
    rows = cells(site, tmp_path, "price", "compareAtPrice", "cost", "inventory", "weight")
    some = [",".join((sku, *row)) for sku, row in list(rows.items())[::2]]
    text = "\n".join(["sku,price,compareAtPrice,cost,stock,weight", *some, ""])
    done = imported(site, wix_import, tmp_path, text, "--decimal", ".")
    assert {outcome for _, outcome in outcomes(done, "list")} == {"unchanged"}
    assert writes(site) == []


def test_a_list_changes_nothing_else_of_a_v3_product(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v3")
    before = {one["id"]: one for one in site.state()["products"]}
    rows = list(cells(site, tmp_path, "id", "price").items())[1::3]
    changed = {sku: str(Decimal(price) + 1) for sku, (_, price) in rows}
    text = "".join(f"{sku},{price}\n" for sku, price in changed.items())
    imported(site, wix_import, tmp_path, f"sku,price\n{text}", "--decimal", ".")
    after = {one["id"]: one for one in site.state()["products"] if one.get("options")}
    assert len(after) > 10
    found = cells(site, tmp_path, "price")
    assert {sku: Decimal(found[sku][0]) for sku in changed} == {sku: Decimal(price) for sku, price in changed.items()}
    assert {one: without_prices(product) for one, product in after.items()} == {
        one: without_prices(before[one]) for one in after
    }


@BOTH
@pytest.mark.parametrize("column", ["price", "cost", "inventory", "weight"])
def test_a_list_changes_the_listed_variants_alone(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str, column: str
) -> None:
    site = open_shop(catalog=catalog)
    kept = [name for name in ("price", "cost", "inventory", "weight", "visible") if name != column]
    before = cells(site, tmp_path, *kept, column)
    changed = dict.fromkeys(list(before)[1::3], "77")
    lines = "".join(f"{sku},{value}\n" for sku, value in changed.items())
    imported(site, wix_import, tmp_path, f"sku,{column}\n{lines}")
    # On catalog V1, all variants of a product have a count, or none: 99,999 are then in stock.
    rows = cells(site, tmp_path, *kept, column).items()
    after = {sku: tuple("IN_STOCK" if cell == "99999" else cell for cell in row) for sku, row in rows}
    assert after == {sku: (*row[:-1], changed.get(sku, row[-1])) for sku, row in before.items()}


@BOTH
def test_a_list_keeps_the_options_of_a_product_without_some_combinations(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    (tmp_path / "shop.csv").write_text(
        "handle,name,option1,choice1,option2,choice2,sku,price,inventory\n"
        "tee,Tee,Size,S,Colour,Red,A,9,1\ntee,,,M,,Blue,B,9,1\ntee,,,S,,Green,C,9,1\n"
    )
    assert wix_import(site, "--yes", "shop.csv").code == 0
    member = {"v1": "productOptions", "v3": "options"}[catalog]
    (before,) = [product[member] for product in site.state()["products"]]
    imported(site, wix_import, tmp_path, "sku,price\nB,10\nC,11\n")
    assert [product[member] for product in site.state()["products"]] == [before]
    assert cells(site, tmp_path, "price") == {"A": ("9",), "B": ("10",), "C": ("11",)}


@BOTH
def test_an_import_of_a_list_is_undone(shop, wix_import: Import, tmp_path: Path, catalog: str) -> None:
    site = shop(catalog)
    before = cells(site, tmp_path, *COLUMNS)
    assert wix_import(site, "--yes", written(tmp_path, LIST)).code == 0
    settings = {**site.config(), "requests_per_minute": 100_000, "index_lag_seconds": 0}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    done = call(wix_undo, "--config", "config.json", "--yes", "list.undo.jsonl", folder=tmp_path)
    assert done.code == 0, done.err
    assert cells(site, tmp_path, *COLUMNS) == before


@BOTH
def test_a_workbook_is_a_list_too(shop, wix_import: Import, tmp_path: Path, catalog: str) -> None:
    site = shop(catalog)
    rows = [["SKU", "Price", "Stock"], ["T-M-R", 25.5, 9], ["MUG", 13, 5], ["H-L", "free", 1], ["T-S-R", None, 6]]
    write_xlsx(tmp_path / "list.xlsx", rows)
    done = wix_import(site, "--yes", "list.xlsx")
    assert outcomes(done, "list") == [(2, "updated"), (3, "updated"), (4, "rejected")]
    found = cells(site, tmp_path, "price", "inventory")
    assert (found["T-M-R"], found["T-S-R"]) == (("25.5", "9"), ("20", "6"))


@BOTH
def test_a_product_that_many_rows_apart_list_is_written_once(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    lines = [
        f"p{at},{'' if size == 'M' else f'P{at}'},{'' if size == 'M' else 'Size'},{size},P{at}-{size},9,1\n"
        for at in range(120)
        for size in "SM"
    ]
    (tmp_path / "shop.csv").write_text(f"handle,name,option1,choice1,sku,price,inventory\n{''.join(lines)}")
    assert wix_import(site, "--yes", "shop.csv").code == 0
    apart = "".join(f"P{at}-{size},1{at},3\n" for size in "SM" for at in range(120))
    before = len(site.journal.entries)
    done = imported(site, wix_import, tmp_path, f"sku,price,stock\n{apart}")
    assert outcomes(done, "list") == [(line, "updated") for line in range(2, 122)]
    journal = Counter(str(entry.operation) for entry in site.journal.entries[before:])
    update = {"v1": "products.update", "v3": "products.bulk-update-with-inventory"}[catalog]
    assert journal[update] == {"v1": 120, "v3": 2}[catalog]


def test_a_list_without_variants_reads_only_its_skus_before(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v1", empty=True)
    (tmp_path / "shop.csv").write_text("handle,name,sku,price\nmug,Mug,MUG,9\ncup,Cup,CUP,8\n")
    assert wix_import(site, "--yes", "shop.csv").code == 0
    before = len(site.journal.entries)
    wix_import(site, "--yes", written(tmp_path, "sku,price\nMUG,9\nCUP,8\n"))
    asked = [str(entry.operation) for entry in site.journal.entries[before:]]
    assert asked.count("products.query") == 2


@BOTH
def test_variants_that_are_removed_meanwhile_are_rejected(
    shop, wix_import: Import, tmp_path: Path, catalog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = shop(catalog)
    monkeypatch.setattr(SkuList, "_products", lambda _self, _ids: {})
    done = imported(site, wix_import, tmp_path, "sku,price\nT-S-R,26\nMUG,14\nT-S-B,27\n")
    assert outcomes(done, "list") == [(2, "rejected"), (3, "updated"), (4, "rejected")]


def test_a_product_that_gets_a_variant_meanwhile_is_rejected(
    shop, wix_import: Import, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = shop("v3")
    products = SkuList._products

    def before(self: SkuList, ids: list[str]) -> dict[str, Any]:
        """Return products without their last variants, which somebody adds after this look-up."""
        return {
            one: {**product, "variantsInfo": {"variants": product["variantsInfo"]["variants"][:-1]}}
            for one, product in products(self, ids).items()
        }

    monkeypatch.setattr(SkuList, "_products", before)
    kept = cells(site, tmp_path, *COLUMNS)
    done = imported(site, wix_import, tmp_path, "sku,price\nT-S-R,26\nMUG,14\n")
    assert outcomes(done, "list") == [(2, "rejected"), (3, "updated")]
    assert message(done).endswith(
        "Somebody added or removed variants of the product during the import. Import the file again."
    )
    assert cells(site, tmp_path, *COLUMNS) == {**kept, "MUG": ("14", *kept["MUG"][1:])}


@BOTH
def test_no_column_of_a_file_keeps_the_options_of_a_product(
    shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = shop(catalog)
    done = wix_import(site, "--yes", written(tmp_path, "handle,keepsOptions,option1,choice1,price\nhat,1,Size,S,9\n"))
    assert (done.code, "has no column `keepsOptions`" in done.err) == (1, True)


@BOTH
def test_variants_whose_choices_no_file_can_name_are_rejected(
    shop, wix_import: Import, tmp_path: Path, catalog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = shop(catalog)
    products = SkuList._products
    monkeypatch.setattr(
        SkuList,
        "_products",
        lambda self, ids: {
            one: {**product, "options": [{**option, "name": " Size"} for option in product["options"]]}
            for one, product in products(self, ids).items()
        },
    )
    done = imported(site, wix_import, tmp_path, "sku,price\nT-S-R,26\nMUG,14\nT-S-B,27\n")
    assert [result["outcome"] for result in done.results("list")] == ["rejected", "rejected", "updated"]
    assert message(done) == (
        "Line 2: the option ` Size` has blanks around it, which product files do not keep, so a list cannot name its "
        "variants. Correct it in the dashboard."
    )
    assert len(rejected(tmp_path)) == 3


@BOTH
def test_the_progress_of_looking_skus_up_is_shown(
    shop, wix_import: Import, tmp_path: Path, catalog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = shop(catalog)
    monkeypatch.setattr("wix_api.progress._LOGGED_AFTER", 0.0)
    assert "0 of 2 SKUs looked up" in wix_import(site, "--yes", written(tmp_path, "sku,price\nT-S-R,26\nMUG,14\n")).err


def test_variants_in_a_file_with_columns_of_products_are_rejected_with_advice(
    shop, wix_import: Import, tmp_path: Path
) -> None:
    site = shop("v3")
    done = imported(site, wix_import, tmp_path, "sku,name,price\nT-S-R,Red tee,26\n")
    assert message(done).endswith(
        "`wix-import` needs no choices in a file without columns of products, such as `sku,price,inventory`: "
        '`--map "HEADER="` ignores a column.'
    )
