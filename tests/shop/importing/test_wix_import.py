"""The command `wix-import`."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from target_wix.site_lock import SiteLock
from target_wix.stopping import StopSign
from target_wix.target import TargetWix
from tests.shop.importing.shop_check import differences
from tests.target.runs import writes
from wix_shop.importing import console, importer

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox import RunningSite

SAMPLES = Path(__file__).parents[2] / "fixtures" / "product-files"
PLAIN = "handle,name,price,inventory\nmug,Mug,12.50,4\nvase,Vase,30,InStock\n"
END_OF_INPUT = "\x04"
"""What a terminal sends for Ctrl-D."""


@pytest.fixture
def site(open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog="v3", empty=True, random_seed=3)


def written(folder: Path, text: str, name: str = "products.csv") -> str:
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return name


def test_it_shows_the_plan_asks_and_writes(site, installed, wix_import, tmp_path) -> None:
    done = installed(site, written(tmp_path, PLAIN), answer="y\n")
    assert done.code == 0, done.err
    shown = done.out.splitlines()
    assert shown[:4] == [
        "products.csv: a file of plain columns.",
        f"Site: Sandbox shop, id {site.config()['site_id']}",
        "2 products: 2 to create.",
        "New: Mug; Vase.",
    ]
    assert shown[4].startswith("Writing it takes 3 requests, about 0 s at 100,000 a minute.")
    assert "products  2 created" in done.err
    assert [(result["line"], result["outcome"]) for result in done.results()] == [(2, "created"), (3, "created")]

    before = len(writes(site))
    again = wix_import(site, "products.csv", answer="y\n")
    assert (again.code, len(writes(site))) == (0, before)
    assert "2 products: 2 unchanged.\nThere is nothing to write." in again.out


@pytest.mark.parametrize("answer", ["n\n", "\n"])
def test_nothing_is_written_without_a_yes(site, wix_import, tmp_path, answer: str) -> None:
    done = wix_import(site, written(tmp_path, PLAIN), answer=answer)
    assert (done.code, writes(site)) == (0, [])
    assert done.out.endswith("Nothing was written.\n")


def test_an_unclear_answer_is_asked_for_again(site, wix_import, tmp_path) -> None:
    done = wix_import(site, written(tmp_path, PLAIN), answer="perhaps\nn\n")
    assert (done.code, writes(site)) == (0, [])
    assert done.out.count("Write this to the site? [y/N]: ") == 2


def test_end_of_input_at_the_question_writes_nothing(site, wix_import, tmp_path) -> None:
    done = wix_import(site, written(tmp_path, PLAIN), answer=END_OF_INPUT)
    assert (done.code, writes(site)) == (130, [])


class CtrlC(io.StringIO):
    """A terminal at which Ctrl-C is pressed once a line is awaited."""

    def isatty(self) -> bool:
        return True

    def readline(self, _size: int = -1) -> str:
        signal.raise_signal(signal.SIGINT)
        return "y\n"


def test_ctrl_c_at_the_question_writes_nothing(site, wix_import, tmp_path) -> None:
    done = wix_import(site, written(tmp_path, PLAIN), stdin=CtrlC())
    assert (done.code, writes(site)) == (130, [])
    assert done.err.endswith("Nothing was written.\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
@pytest.mark.parametrize("shown", ["2 products: 2 to create.", "Write this to the site?"])
def test_a_signal_while_the_plan_or_the_question_is_shown_is_not_lost(
    site, wix_import, tmp_path, monkeypatch, *, number: signal.Signals, shown: str
) -> None:
    write = console.write

    def interrupted(text: str) -> None:
        write(text)
        if text.startswith(shown):
            signal.raise_signal(number)

    monkeypatch.setattr(console, "write", interrupted)
    done = wix_import(site, written(tmp_path, PLAIN), answer="y\n")
    assert (done.code, writes(site)) == (128 + number, [])
    assert done.err.endswith("Nothing was written.\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_while_a_file_is_checked_ends_the_import_before_it_writes(
    site, wix_import, tmp_path, monkeypatch, *, number: signal.Signals
) -> None:
    inspect = importer.inspect

    def interrupted(*arguments):
        signal.raise_signal(number)
        return inspect(*arguments)

    monkeypatch.setattr(importer, "inspect", interrupted)
    done = wix_import(site, "--yes", written(tmp_path, PLAIN))
    assert (done.code, writes(site)) == (128 + number, [])
    assert done.err.endswith("Nothing was written.\n")
    assert not list(tmp_path.glob("*.jsonl"))


def test_an_import_waits_for_another_run_on_the_site(site, wix_import, tmp_path) -> None:
    (tmp_path / "hurry.json").write_text('{"other_run_seconds": 0}')
    lock = SiteLock.taken(site.config(), TargetWix.logger, StopSign())
    try:
        done = wix_import(site, "--yes", "--config", "hurry.json", written(tmp_path, PLAIN))
    finally:
        lock.release()
    assert (done.code, writes(site)) == (1, [])
    assert "Error: Another run writes to this site (process " in done.err
    assert wix_import(site, "--yes", "--config", "hurry.json", "products.csv").code == 0


def test_a_question_without_a_terminal_is_wrong_usage(site, wix_import, tmp_path) -> None:
    done = wix_import(site, written(tmp_path, PLAIN))
    assert (done.code, writes(site)) == (2, [])
    assert "Use --yes to write at once, or --dry-run to see the plan" in done.err
    assert "No such file" in wix_import(site, "nofile.csv").err


def test_a_dry_run_shows_the_plan_and_a_page(site, wix_import, tmp_path) -> None:
    done = wix_import(site, "--dry-run", "--report", "plan.html", written(tmp_path, PLAIN))
    assert (done.code, writes(site)) == (0, [])
    assert done.out.endswith("Nothing was written.\n")
    assert "<html" in (tmp_path / "plan.html").read_text(encoding="utf-8")
    assert not list(tmp_path.glob("*.jsonl"))


def test_the_progress_of_a_plan_is_logged_without_a_terminal(site, wix_import, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("wix_api.progress._LOGGED_AFTER", 0.0)
    done = wix_import(site, "--dry-run", written(tmp_path, PLAIN))
    assert "products: 2 records, " in done.err
    assert "to create\n" not in done.err  # the summary is part of the plan


def test_standard_input_is_read(site, wix_import) -> None:
    done = wix_import(site, "--yes", "-", stdin=PLAIN)
    assert done.code == 0, done.err
    assert [result["outcome"] for result in done.results("standard-input")] == ["created"] * 2


@pytest.mark.parametrize(("prices", "sold"), [("0.01,", 0.01), ("3.01,7", 3.01), ("3.49,6.99", 3.49)])
def test_a_price_of_one_cent_more_is_written_on_v1(open_shop, wix_import, tmp_path, prices, sold) -> None:
    site = open_shop(catalog="v1", empty=True)
    for row in ("3,7", prices):
        written(tmp_path, f"handle,name,price,compareAtPrice\nmug,Mug,{row}\n")
        assert wix_import(site, "--yes", "products.csv").code == 0
    (mug,) = site.state()["products"]
    assert mug["priceData"]["discountedPrice"] == sold
    sent = len(writes(site))
    wix_import(site, "--yes", "products.csv")
    assert len(writes(site)) == sent


def test_a_named_pipe_is_read_once(site, wix_import, tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=(PLAIN,), daemon=True)
    writer.start()
    done = wix_import(site, "--yes", "pipe")
    assert done.code == 0, done.err
    assert [result["outcome"] for result in done.results("pipe")] == ["created"] * 2


NONE = "the file has no column by which a later import finds the product. Add the column"
READ_AS = 'or read another one as it, as with `wix-import --map "Article number={}"`.'
EMPTY = "the product has no value in `{}`, by which a later import finds it. Fill it in."


@pytest.mark.parametrize(
    ("text", "options", "problem"),
    [
        ("name,price\nMug,9\n", [], f"{NONE} `handle`, {READ_AS.format('handle')}"),
        ("id,name,price\n7,Mug,9\n", [], f"{NONE} `handle`, {READ_AS.format('handle')} Its `id` is not an ID of Wix."),
        ("name,price\nMug,9\n", ["--match-on", "sku"], f"{NONE} `sku`, {READ_AS.format('sku')}"),
        ("Title,URL handle,SKU,Price\nMug,,,9\n", [], EMPTY.format("URL handle")),
        ("Title,URL handle,SKU,Price\nMug,,,9\n", ["--match-on", "sku"], EMPTY.format("SKU")),
    ],
)
def test_a_product_that_no_later_import_would_find_is_refused(
    site, wix_import, tmp_path, *, text: str, options: list[str], problem: str
) -> None:
    done = wix_import(site, "--yes", *options, written(tmp_path, text))
    assert f"Line 2: {problem}" in done.err


def test_several_files_are_imported_one_after_another(site, wix_import, tmp_path) -> None:
    first = written(tmp_path, PLAIN, "first.csv")
    second = written(tmp_path, "handle,name,price\nmug,Cup,12.50\n", "second.csv")
    done = wix_import(site, "--yes", first, second)
    assert done.code == 0, done.err
    assert [result["outcome"] for result in done.results("second")] == ["updated"]


def test_a_file_whose_name_is_not_utf8_is_imported(site, wix_import, tmp_path) -> None:
    done = wix_import(site, "--yes", written(tmp_path, PLAIN, os.fsdecode(b"mugs\xe9.csv")))
    assert done.code == 0, done.err
    assert "mugs\ufffd.csv: a file of plain columns." in done.out
    assert [result["outcome"] for result in done.results("mugs\ufffd")] == ["created"] * 2


def test_no_file_is_written_if_one_is_not_a_product_file(site, wix_import, tmp_path) -> None:
    done = wix_import(site, "--yes", written(tmp_path, PLAIN), written(tmp_path, "a,b\n1,2\n", "other.csv"))
    assert (done.code, writes(site)) == (1, [])
    assert "Error: other.csv: Line 1: These columns are not those of a product file: `a`, `b`." in done.err


@pytest.mark.parametrize(("option", "kept"), [("--yes", ""), ("--dry-run", "old")])
def test_a_file_that_is_no_product_file_leaves_no_results_of_the_import_before(
    site, wix_import, tmp_path, option, kept
) -> None:
    (tmp_path / "products.results.jsonl").write_text("old")
    assert wix_import(site, option, written(tmp_path, "a,b\n1,2\n")).code == 1
    assert (tmp_path / "products.results.jsonl").read_text() == kept


def test_a_file_that_is_no_product_file_keeps_the_results_for_a_retry(site, wix_import, tmp_path) -> None:
    (tmp_path / "products.results.jsonl").write_text("old")
    (tmp_path / "retry.json").write_text('{"retry_results": "products.results.jsonl"}')
    assert wix_import(site, "--config", "retry.json", "--yes", written(tmp_path, "a,b\n1,2\n")).code == 1
    assert (tmp_path / "products.results.jsonl").read_text() == "old"


def test_a_missing_permission_is_named_once(open_shop, wix_import, tmp_path) -> None:
    site = open_shop(empty=True, denied_scopes=frozenset({"SCOPE.STORES.PRODUCT_WRITE"}))
    done = wix_import(site, "--yes", written(tmp_path, PLAIN))
    assert done.code == 1
    advice = (
        "Grant the missing permission SCOPE.STORES.PRODUCT_WRITE to the API key or app, and check that it may reach"
    )
    assert done.err.count("Grant the missing permission") == done.err.count(advice) == 1


def test_update_creates_nothing_and_match_on_matches_by_sku(site, wix_import, tmp_path) -> None:
    text = "handle,name,price,sku\nmug,Mug,12.50,M-1\n"
    assert wix_import(site, "--yes", "--command", "update", written(tmp_path, text)).code == 1
    assert site.state().get("products", []) == []
    assert wix_import(site, "--yes", "products.csv").code == 0
    other = written(tmp_path, "handle,name,sku\ncup,Cup,M-1\n")
    assert wix_import(site, "--yes", "--command", "update", "--match-on", "sku, handle", other).code == 0
    assert [product["name"] for product in site.state()["products"]] == ["Cup"]


H = "handleId,fieldType,name,price,surcharge,inventory,productOptionName1,productOptionType1,productOptionDescription1"
VASE = "vase,Product,Vase,3,,,,,\n"
CUT_OFF = f'{H}\n{VASE}cup,Product,Cup,4,,,,,\nlamp,Product,"Lamp,5,,,,,\n'
UNREADABLE = {
    f"{H},colour\n{VASE}": "Error: products.csv: Line 1: A file of Wix (catalog V1) has no "
    "column `colour`. Rename or delete it; expected are `handleId`, `fieldType`,",
    CUT_OFF: "Error: Line 4, column `name`: a text in quotes begins here and does not end correctly, so the rest of "
    'the file cannot be read. Close the quote, and write a quote inside a text twice ("").',
    f"handle,name,price\nmug,{'x' * (2**24 + 1)},1\n": "Error: Line 2, column `name`: the cell has more than "
    "16,777,216 characters. Shorten it.\n",
    "Autumn,,\nTittel,Pris,Antall\nMug,5,1\n": "If the line is a title, delete it",
    "Autumn, winter\n\nhandle;name;price\nmug;Mug;5\n": "Error: products.csv: Line 3: this line looks like the names "
    "of the columns. Delete the lines above it.",
    "Name\nBy,me\nhandle,name,price\nmug,Mug,5\n": "Error: products.csv: Line 3: this line looks like the names of",
    "\n\na,b\n1,2\n": "Error: products.csv: Line 3: These columns are not those of a product file: `a`, `b`.",
    "<!DOCTYPE html>": "Error: products.csv: Line 1: The file is a web page, not a CSV file: perhaps the page of a "
    "login. Export it again",
    '[\n{"name": "Mug"}]': "Error: products.csv: Line 1: The file is JSON, not CSV.",
    '{"handle": "mug", "name": "Mug"}\n': "Error: products.csv: Line 1: The file is JSON, not CSV.",
    "": "Error: products.csv: Line 1: The file is empty. Expected is a CSV file with the names of its columns",
    f"{H}\n": "The file has no rows.",
}


@pytest.mark.parametrize(("text", "reported"), UNREADABLE.items())
def test_an_unreadable_file_is_reported_by_line_and_earlier_rows_are_imported(
    site, wix_import, tmp_path, text: str, reported: str
) -> None:
    done = wix_import(site, "--yes", written(tmp_path, text))
    assert done.code == (0 if reported == "The file has no rows." else 1)
    assert reported in done.out + done.err
    assert "Traceback" not in done.err
    names = [product["name"] for product in site.state().get("products", [])]
    assert names == (["Vase"] if text == CUT_OFF else [])


def test_a_plan_of_an_unreadable_file_claims_no_import(site, wix_import, tmp_path) -> None:
    done = wix_import(site, "--dry-run", written(tmp_path, CUT_OFF))
    assert done.code == 1
    assert 'write a quote inside a text twice ("").\n' in done.err


SCATTERED = {
    "feed": ("id,title,item_group_id,color,price\n", "a,Tee,T,Red,5\n", "b,Cup,C,Red,5\n", "c,Tee,T,Blue,5\n"),
    "woocommerce": (
        "Type,SKU,Name,Parent,Attribute 1 name,Attribute 1 value(s),Regular price\n",
        'variable,T,Tee,,Color,"Red, Blue",\nvariation,a,,T,Color,Red,5\n',
        "simple,C,Cup,,,,5\n",
        "variation,c,,T,Color,Blue,5\n",
    ),
}


@pytest.mark.parametrize("rows", SCATTERED.values(), ids=[*SCATTERED])
def test_variants_after_the_end_of_a_readable_part_are_not_removed(site, wix_import, tmp_path, rows) -> None:
    header, *products, last = rows
    assert wix_import(site, "--yes", written(tmp_path, "".join(rows))).code == 0
    before, count = site.state()["products"], len(writes(site))
    cut_off = written(tmp_path, "".join([header, *products, '"', last]))
    planned = wix_import(site, "--dry-run", cut_off)
    done = wix_import(site, "--yes", cut_off)
    assert (planned.code, done.code) == (1, 1)
    assert "no rows" not in planned.out
    assert done.err.endswith('write a quote inside a text twice ("").\n')
    assert (site.state()["products"], len(writes(site))) == (before, count)


@pytest.mark.parametrize(
    ("column", "asked"),
    [
        ("Option 1 value", "`Option 1 value`"),
        ("_", '`option1` and `choice1`, or read a column of choices, as with `--map "Size=choice1"`'),
    ],
)
def test_repeated_handles_say_what_makes_rows_variants(site, wix_import, tmp_path, column, asked) -> None:
    done = wix_import(site, "--dry-run", written(tmp_path, f"handle,name,price,{column}\na,A,5,\na,A,5,\n"))
    assert f"If they are variants of one product, fill in {asked}.\n" in done.out


def test_a_row_without_a_name_says_that_the_site_lacks_its_product(site, wix_import, tmp_path) -> None:
    done = wix_import(site, "--dry-run", written(tmp_path, "handle,price\nunknown,5\n"))
    assert (
        "column `name`: is missing, and a create needs it. Fill it in. The site has nothing with the keys" in done.out
    )


@pytest.mark.parametrize(("command", "new"), [("upsert", ", or enter a `name` to create a product"), ("update", "")])
@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_an_unknown_sku_is_named_as_the_problem(open_shop, wix_import, tmp_path, *, catalog, command, new) -> None:
    site = open_shop(catalog=catalog, empty=True)
    done = wix_import(site, "--dry-run", "--command", command, written(tmp_path, "sku,price\nUNKNOWN,5\n"))
    assert f"column `sku`: No product of the site has this SKU. Correct it{new}." in done.out
    assert ("SKUs of variants are found in files without columns of products" in done.out) == (catalog == "v1")


def test_standard_input_is_read_once(site, wix_import) -> None:
    done = wix_import(site, "--yes", "-", "-")
    assert done.code == 2
    assert "`-` is named twice, and standard input can be read only once." in done.err


SEVEN = [f"productOption{part}{n}" for n in range(1, 8) for part in ("Name", "Type", "Description")]
COLUMNS = ("handleId", "fieldType", "name", "price", "surcharge", "inventory", "sku", *SEVEN)
MANY = [str(n) for n in range(1001)]


def head(handle: str, *sizes: str, kind: str = "Product", **cells: str) -> dict[str, str]:
    options = dict(zip(SEVEN, ("Size", "DROP_DOWN", ";".join(sizes)), strict=False)) if sizes else {}
    return {"handleId": handle, "fieldType": kind, "name": handle.title(), "price": "5", **options, **cells}


def part(handle: str, size: str, **cells: str) -> dict[str, str]:
    return {"handleId": handle, "fieldType": "Variant", SEVEN[2]: size, **cells}


WRONG = {
    "case": (
        [head("case", kind="product")],
        0,
        ", column `fieldType`: found `product`, expected Product or Variant, exactly so. Correct the cell",
    ),
    "early": (
        [part("early", "S"), head("early", "S", "M"), part("early", "M")],
        0,
        ", column `fieldType`: this Variant row belongs to `early`, but does not follow a row of that product. Move",
    ),
    "orphan": (
        [part("orphan", "S")],
        0,
        ", column `fieldType`: this Variant row belongs to `orphan`, but does not follow a row",
    ),
    "choice": (
        [head("choice", "S", "M"), part("choice", "XL")],
        1,
        ", column `productOptionDescription1`: found `XL`, expected one choice of the option `Size` (`S`, `M`). Add",
    ),
    "twice": (
        [head("twice", "S"), part("twice", "S"), part("twice", "S")],
        2,
        ", column `productOptionDescription1`: the combination S is already in line {before}. Delete one",
    ),
    "comma": (
        [head("comma", price="12,50")],
        0,
        ", column `price`: found `12,50`, expected a number without a comma, such",
    ),
    "unit": (
        [head("unit", price="9 pcs")],
        0,
        ", column `price`: found `9 pcs`, expected a number alone, such as 1299 or 12.50",
    ),
    "fine": (
        [head("fine", price="1.2345")],
        0,
        ", column `price`: found `1.2345`, expected an amount with at most 3 decimals. Round it.",
    ),
    "below": (
        [head("below", "S"), part("below", "S", surcharge="-9")],
        1,
        ", column `surcharge`: the variant then costs -4; Wix accepts 0 and more. Correct the surcharge, or the price.",
    ),
    "free": ([head("free", price="")], 0, ", column `price`: is missing, and a create needs it. Fill it in."),
    "nameless": ([head("nameless", name="")], 0, ", column `name`: is missing, and a create needs it. Fill it in."),
    "long": (
        [head("long", name="N" * 81)],
        0,
        ", column `name`: has 81 characters; Wix accepts at most 80. Shorten it.",
    ),
    "code": (
        [head("code", "S"), part("code", "S", sku="S" * 41)],
        1,
        ", column `sku`: has 41 characters; Wix accepts at most 40. Shorten it.",
    ),
    "seven": (
        [{**head("seven"), **{column: f"x{n // 3}" if n % 3 != 1 else "DROP_DOWN" for n, column in enumerate(SEVEN)}}],
        0,
        ", column `productOptionName7`: found option 7, expected at most 6 options. Split the product.",
    ),
    "many": (
        [head("many", *MANY), *(part("many", size) for size in MANY)],
        0,
        ", column `productOptionDescription1`: has 1,001 entries; Wix accepts at most {most}. Remove some.",
    ),
    "wide": (
        [{**head("wide"), "beyond": "more"}],
        0,
        ": found 29 cells, expected 28, one for each column. Look for a quote that is not closed, or for a separator",
    ),
}
"""Broken products of one file: their rows, the row with the error, and the expected message."""


@pytest.mark.parametrize(("catalog", "most"), [("v1", "100"), ("v3", "1,000")])
def test_each_invalid_product_is_reported_by_line_and_column_and_the_others_are_imported(
    open_shop, wix_import, tmp_path, catalog: str, most: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    text, wanted, line = io.StringIO(), {}, 2
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for name, (broken, at, reported) in {**WRONG, "vase": ([head("vase")], 0, "")}.items():
        wanted[name] = f"Line {line + at}{reported.format(before=line + at - 1, most=most)}"
        for row in broken:
            rows.writerow([row.get(column, "") for column in COLUMNS] + [*filter(None, [row.get("beyond")])])
            line += 1
    done = wix_import(site, "--yes", written(tmp_path, text.getvalue()))
    assert done.code == 1
    errors = {result["key"].rpartition("=")[2]: result["error"] for result in done.results()}
    assert errors.keys() == wanted.keys()
    assert not errors.pop("vase")
    assert {name: error["message"][: len(wanted[name])] for name, error in errors.items()} == {
        name: reported for name, reported in wanted.items() if name != "vase"
    }
    assert [product["name"] for product in site.state()["products"]] == ["Vase"]


@pytest.mark.parametrize(("catalog", "name"), [("v1", "wix-v3"), ("v3", "wix-v1")])
def test_the_samples_load_and_a_second_import_writes_nothing(open_shop, wix_import, catalog: str, name: str) -> None:
    site = open_shop(catalog=catalog, empty=True)
    path = str(SAMPLES / f"{name}-products.csv")
    first = wix_import(site, "--yes", path)
    assert first.code == 0, first.err
    before = len(writes(site))
    assert wix_import(site, "--yes", path).code == 0
    assert len(writes(site)) == before


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_the_v1_sample_creates_the_listed_shop(open_shop, wix_import, catalog: str) -> None:
    site, path = open_shop(catalog=catalog, empty=True), SAMPLES / "wix-v1-products.csv"
    assert wix_import(site, "--yes", str(path)).code == 0
    assert differences(path, site.state()) == []


def placed(site: RunningSite) -> dict[str, list[tuple[str, str]]]:
    """The collections of each product, by name and slug, without All Products."""
    state = site.state()
    rows = state.get("categories") or state["collections"]
    named = {row["id"]: (row["name"], row["slug"]) for row in rows if row["name"] != "All Products"}
    found: dict[str, list[str]] = {product["id"]: product.get("collectionIds") or [] for product in state["products"]}
    for entry in state.get("category_items", ()):
        found[entry["catalogItemId"]].append(entry["categoryId"])
    return {
        product["name"]: sorted(named[one] for one in found[product["id"]] if one in named)
        for product in state["products"]
    }


BOTH = pytest.mark.parametrize("catalog", ["v1", "v3"])
SALE, CUPS = ("Summer Sale", "summer-sale"), ("Cups", "cups")
PLACED = "handle,name,price,collections\nmug,Mug,12,Summer Sale;Cups\nvase,Vase,30,Summer Sale\n"
BY_SLUG = (SAMPLES / "wix-v3-products.csv").read_text(encoding="utf-8-sig").splitlines()[0]


@BOTH
def test_collections_that_the_shop_lacks_are_planned_and_created(open_shop, wix_import, tmp_path, catalog: str) -> None:
    site = open_shop(catalog=catalog, empty=True)
    done = wix_import(site, written(tmp_path, PLACED), answer="y\n")
    assert done.code == 0, done.err
    assert "2 collections to create: Summer Sale; Cups.\n" in done.out
    assert "2 collections created: Summer Sale; Cups." in done.err
    assert placed(site) == {"Mug": [CUPS, SALE], "Vase": [SALE]}
    before = len(writes(site))
    assert wix_import(site, "--yes", "products.csv").code == 0
    assert len(writes(site)) == before


@BOTH
def test_collections_that_may_not_be_created_are_left_out(open_shop, wix_import, tmp_path, catalog: str) -> None:
    site = open_shop(catalog=catalog, empty=True)
    done = wix_import(site, "--yes", "--no-create-collections", written(tmp_path, PLACED))
    assert done.code == 0, done.err
    assert "in a collection that this site lacks (Cups); the collection is left out" in done.err
    assert placed(site) == {"Mug": [], "Vase": []}
    assert wix_import(site, "--yes", "products.csv").code == 0
    kept = written(tmp_path, PLACED.replace("Summer Sale\n", "Other\n"))
    assert wix_import(site, "--yes", "--no-create-collections", kept).code == 0
    assert placed(site) == {"Mug": [CUPS, SALE], "Vase": [SALE]}


@BOTH
def test_settings_for_missing_collections_are_applied(open_shop, wix_import, tmp_path, catalog: str) -> None:
    site = open_shop(catalog=catalog, empty=True)
    options = {"stream_options": {"products": {"create_missing_collections": False}}}
    (tmp_path / "strict.json").write_text(json.dumps(options))
    done = wix_import(site, "--yes", "--config", "strict.json", written(tmp_path, PLACED))
    assert done.code == 0, done.err
    assert "in a collection that this site lacks (Summer Sale); the collection is left out" in done.err


@BOTH
def test_collections_created_by_slug_get_a_matching_name(open_shop, wix_import, tmp_path, catalog: str) -> None:
    site = open_shop(catalog=catalog, empty=True)
    cells = {"handle": "mug", "fieldType": "PRODUCT", "name": "Mug", "price": "12"}
    cells |= {"categorySlugs": "cups;summer-sale", "primaryCategorySlug": "cups"}
    assert cells.keys() <= {*BY_SLUG.split(",")}
    rows = io.StringIO()
    writer = csv.DictWriter(rows, BY_SLUG.split(","), restval="")
    writer.writeheader()
    writer.writerow(cells)
    done = wix_import(site, "--yes", written(tmp_path, rows.getvalue()))
    assert done.code == 0, done.err
    assert placed(site) == {"Mug": [CUPS, ("Summer sale", "summer-sale")]}
    assert "of another site" not in done.err
    before = len(writes(site))
    assert wix_import(site, "--yes", "products.csv").code == 0
    assert len(writes(site)) == before


@BOTH
def test_a_collection_that_cannot_be_created_is_reported_at_its_cell(
    open_shop, wix_import, tmp_path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    done = wix_import(site, "--yes", written(tmp_path, PLACED.replace("Cups", "C" * 81)))
    assert done.code == 1
    assert f"Line 2, column `collections`: The collection `{'C' * 81}` cannot be created: `name` has 81" in done.err
    assert placed(site) == {"Vase": [SALE]}
