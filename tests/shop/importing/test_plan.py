"""The plan of an import, in the words of a shop."""

from __future__ import annotations

import os
import pty
import termios
from typing import TYPE_CHECKING

import pytest

from tests.shop.importing.test_nothing_is_lost import file_of, product, variant
from wix_shop.importing import console

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.shop.importing.conftest import Done
    from wix_sandbox import RunningSite

    Import = Callable[..., Done]

BOTH = pytest.mark.parametrize("catalog", ["v1", "v3"])
BEFORE = (
    product("lamp", "S", "M", price="100"),
    variant("lamp", "S", inventory="3"),
    variant("lamp", "M", inventory="3", surcharge="20"),
    product("mug", price="10", inventory="InStock"),
    product("cup", price="7", inventory="4", sku="C-1", weight="0.4", cost="3"),
    product("jar", price="8", inventory="4"),
)
AFTER = (
    product("lamp", "S", "M", price="110"),
    variant("lamp", "S", inventory="9"),
    variant("lamp", "M", inventory="3", surcharge="20"),
    product("mug", price="5", inventory="OutOfStock", visible="false", ribbon="Sale"),
    product("cup", name="Cup of tea", price="7", inventory="4", sku="C-2", weight="0.5", cost="4"),
    product("jar", price="8", inventory="4"),
    product("vase", price="8", inventory="100000"),
    product("bowl", price="free"),
)


def plan(done: Done) -> list[str]:
    return [line for line in done.out.splitlines()[1:] if not line.startswith("Writing it takes")]


@BOTH
def test_a_plan_says_what_changes_if_the_file_has_no_other_column(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    assert wix_import(site, "--yes", file_of(tmp_path, *BEFORE).name).code == 0
    wanted = {"stock,9": "stock 4 → 9", "cost,5": "cost 3.00 → 5.00", "weight,0.6": "weight 0.4 → 0.6"}
    for change, words in wanted.items():
        column, _, value = change.partition(",")
        (tmp_path / "plain.csv").write_text(f"sku,{column}\nC-1,{value}\n")
        assert f"  Cup: {words}" in plan(wix_import(site, "--dry-run", "plain.csv"))


@BOTH
def test_a_plan_lists_prices_stock_and_visibility_by_product_names(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    assert wix_import(site, "--yes", file_of(tmp_path, *BEFORE).name).code == 0
    done = wix_import(site, "--dry-run", file_of(tmp_path, *AFTER).name)
    reported = plan(done)
    sums = "3 prices change, -11% on average; 2 stocks change; 1 product is hidden; also: SKU of 1, cost of 1, "
    note = "Note: A stock above 99,999 is written as 99,999, the most that Wix accepts: 1 time (line 8, column "
    assert reported[:8] == [
        f"Site: Sandbox shop, https://www.example.com, id {site.config()['site_id']}",
        "6 products: 1 to create, 3 to update, 1 unchanged, 1 rejected.",
        f"{sums}name of 1, ribbon of 1, weight of 1.",
        "Changes:",
        "  Mug: hidden, ribbon, price 10.00 → 5.00, stock in stock → out of stock",
        "  Lamp: 2 variants: price, stock 3 → 9",
        "  Cup of tea: name, before `Cup`, cost 3.00 → 4.00, weight 0.4 → 0.5, SKU C-1 → C-2",
        "New: Vase.",
    ]
    assert reported[8].startswith("1 rejected (INVALID_ROW): Line 9, column `price`: found `free`, expected a number")
    assert reported[9:] == [
        f"{note}`inventory`: `100000`).",
        "Nothing was written.",
    ]
    assert "Warning: products" not in done.err


def test_a_plan_shows_names_in_one_line(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path
) -> None:
    site, (before, after) = open_shop(catalog="v3", empty=True), (product("mug", name=f"Mug\n{n}") for n in "12")
    reported = plan(wix_import(site, "--dry-run", file_of(tmp_path, {**before, "inventory": ""}).name))
    assert "New: Mug 1." in reported
    assert any(line.endswith("1 time (line 2, Mug 1).") for line in reported)
    wix_import(site, "--yes", file_of(tmp_path, before).name)
    assert "  Mug 2: name, before `Mug 1`" in plan(wix_import(site, "--dry-run", file_of(tmp_path, after).name))


def test_a_plan_shows_the_ten_largest_changes(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    names = [f"mug-{number}" for number in range(12)]
    listed = [product(name, price="10", inventory="InStock") for name in names]
    assert wix_import(site, "--yes", file_of(tmp_path, *listed).name).code == 0
    dearer = [product(name, price=str(11 + number)) for number, name in enumerate(names)]
    reported = plan(wix_import(site, "--dry-run", file_of(tmp_path, *dearer).name))
    assert reported[2] == "12 prices change, +65% on average."
    assert reported[3] == "The 10 largest of 12 changes:"
    assert (reported[4], reported[13]) == ("  Mug-11: price 10.00 → 22.00", "  Mug-2: price 10.00 → 13.00")


def test_differences_from_the_file_are_counted_after_an_import(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    rows = [product(f"mug-{number}", inventory="-2") for number in range(7)]
    done = wix_import(site, "--yes", file_of(tmp_path, *rows).name)
    places = "; ".join(f"line {line}, column `inventory`: `-2`" for line in range(2, 7))
    assert f"Note: A stock below 0 (more was sold than there was) is written as 0: 7 times ({places}, …)." in done.err


@BOTH
def test_the_report_uses_the_same_words_and_collapses_members(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    assert wix_import(site, "--yes", file_of(tmp_path, *BEFORE).name).code == 0
    for word, option in (("plan", "--dry-run"), ("run", "--yes")):
        wix_import(site, option, "--report", "page.html", file_of(tmp_path, *AFTER).name)
        page = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert f"<h1>products.csv: {word} of " in page
        assert "<li>3 prices change, -11% on average; 2 stocks change; 1 product is hidden; " in page
        words = "hidden, ribbon, price 10.00 → 5.00, stock in stock → out of stock"
        assert f"<p>{words}</p><details><summary>Members</summary>" in page


def test_the_page_of_a_plan_has_its_notes(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    wix_import(site, "--dry-run", "--report", "plan.html", file_of(tmp_path, product("mug", inventory="-2")).name)
    page = (tmp_path / "plan.html").read_text(encoding="utf-8")
    assert "<li>Note: A stock below 0 (more was sold than there was) is written as 0: 1 time (line 2, column " in page


def test_lines_end_between_words_on_a_terminal() -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 40))
    with os.fdopen(theirs, "w") as terminal:
        text = console.wrapped("  Mug: hidden, ribbon, price 10.00 → 5.00, stock in stock → out of stock", terminal)
        command = "To undo: wix-undo --config config.json products.undo.jsonl"
        assert console.wrapped(command, terminal) == command
    os.close(ours)
    assert text == "  Mug: hidden, ribbon, price 10.00 →\n    5.00, stock in stock → out of stock"


@BOTH
def test_the_plan_names_the_shop_url_if_it_has_a_product_of_the_file(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    mug = product("mug", inventory="3")
    assert wix_import(site, "--yes", file_of(tmp_path, mug).name).code == 0
    plan = wix_import(site, "--dry-run", file_of(tmp_path, mug, product("new")).name)
    assert plan.out.splitlines()[1].startswith("Site: Sandbox shop, https://www.example.com, id ")


@pytest.mark.parametrize("action", [{"status": 403}, {"status": 404}, {"status": 503}, {"drop": "before"}])
def test_a_site_whose_name_is_refused_is_shown_without_it(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, action: dict[str, object]
) -> None:
    site = open_shop(catalog="v3", empty=True)
    site.faults.plan({"operation": "site-properties.get", "action": action})
    done = wix_import(site, "--dry-run", file_of(tmp_path, product("mug")).name)
    assert done.out.splitlines()[1] == f"Site: id {site.config()['site_id']}"
    assert (done.code, done.err) == (0, "")
    assert sum(entry.operation == "site-properties.get" for entry in site.journal.entries) == 1


def test_a_plan_reads_the_stock_of_many_v1_products_together(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v1", empty=True)
    rows = [product(f"cup-{at}", inventory="4", sku=f"C-{at}") for at in range(150)]
    assert wix_import(site, "--yes", file_of(tmp_path, *rows).name).code == 0
    (tmp_path / "list.csv").write_text("sku,stock\n" + "".join(f"C-{at},{at}\n" for at in range(150)))
    before = len(site.journal.entries)
    done = wix_import(site, "--dry-run", "list.csv")
    assert "150 products: 149 to update, 1 unchanged." in done.out
    asked = [str(entry.operation) for entry in site.journal.entries[before:]]
    assert asked.count("inventory-items.query") == 2


def test_a_plan_names_the_values_that_unmanaged_variants_share(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v1", empty=True)
    rows = [product("lamp", "S", "M", price="9", inventory="4", sku="L-1")]
    assert wix_import(site, "--yes", file_of(tmp_path, *rows).name).code == 0
    (tmp_path / "list.csv").write_text("sku,price,stock\nL-1,10,7\n")
    assert "  Lamp: price 9.00 → 10.00, stock 4 → 7" in plan(wix_import(site, "--dry-run", "list.csv"))
    (tmp_path / "whole.csv").write_text("handle,name,price,option1,choice1\nlamp,Lamp,9,,\n")
    assert "  Lamp: options, 1 instead of 2 variants" in plan(wix_import(site, "--dry-run", "whole.csv"))
