"""What a shop cannot hold is named by its line, and the plan knows what a run refuses."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.shop.importing.test_nothing_is_lost import file_of as sizes_of
from tests.shop.importing.test_nothing_is_lost import imported, product, variant
from tests.target.runs import writes
from wix_sandbox.resources.media_files import file_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tests.shop.importing.conftest import Done
    from wix_sandbox import RunningSite

    Import = Callable[..., Done]

SHOPIFY = (
    {
        "Handle": "mug",
        "Title": "Mug",
        "Variant Price": "9",
        "Variant Inventory Tracker": "shopify",
        "Variant Inventory Qty": "0",
        "Variant Inventory Policy": "continue",
        "Image Src": "https://img.example.test/blue mug.jpg",
        "Type": "Cups",
        "Gift Card": "false",
    },
    {"Handle": "course", "Title": "Course", "Variant Price": "40", "Variant Requires Shipping": "false"},
    {
        "Handle": "card",
        "Title": "Card",
        "Variant Price": "10",
        "Variant Compare At Price": "9",
        "Variant Requires Shipping": "false",
        "Gift Card": "true",
        "Status": "unlisted",
        "Tags": "",
        "Type": "Gifts",
    },
)
"""Line 4 is the row of separators that `file_of` writes after the first two products."""
WIX_V3 = (
    {
        "handle": "lamp",
        "fieldType": "PRODUCT",
        "name": "Lamp",
        "price": "9",
        "inventory": "3",
        "barcode": "0012",
        "media": "https://img.example.test/lamp.jpg",
        "mediaAltText": "A lamp",
        "preOrderEnabled": "TRUE",
        "primaryCategorySlug": "light",
        "modifierName1": "Card",
        "modifierType1": "FREE_TEXT",
        "modifierCharLimit1": "600",
    },
)


def file_of(folder: Path, rows: Iterable[dict[str, str]], *, blank_after: int = -1) -> Path:
    listed = list(rows)
    path = folder / "products.csv"
    columns = list(dict.fromkeys(column for row in listed for column in row))
    if blank_after >= 0:
        listed.insert(blank_after, dict.fromkeys(columns, " "))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows([*listed, {}, {}])
    return path


def notes(done: Done) -> list[str]:
    return [line for line in done.err.splitlines() if "Warning: products: " in line]


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_what_wix_lacks_of_a_shopify_file_is_named_with_its_line(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    done = imported(site, wix_import, file_of(tmp_path, SHOPIFY, blank_after=2))
    assert done.code == 0, done.err
    assert [result["line"] for result in done.results()] == [2, 3, 5]  # line 4 has separators only
    named = "\n".join(notes(done))
    assert "left out: `Type` (2 times, first line 2: `Cups`)." in named  # `Tags` has no value
    assert "cannot be bought then on Wix. First: line 2, column `Variant Inventory Policy`: `continue`." in named
    assert "needs no shipping becomes a physical one, like all products" in named
    assert "First: line 3, column `Variant Requires Shipping`: `false`." in named
    assert "its buyer gets no code. First: line 5, column `Gift Card`: `true`." in named
    assert "is hidden on Wix. First: line 5, column `Status`: `unlisted`." in named
    assert "Wix accepts only higher ones. First: line 5, column `Variant Compare At Price`: `9`." in named
    assert "`%20`. First: line 2, column `Image Src`: `https://img.example.test/blue mug.jpg`." in named
    assert file_id("https://img.example.test/blue%20mug.jpg") in str(site.state()["products"])


@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize("quantity", [{}, {"Variant Inventory Qty": ""}], ids=["no column", "blank"])
def test_stocks_that_an_export_of_shopify_lacks_are_named(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str, quantity: dict[str, str]
) -> None:
    rows = [
        {"Handle": name, "Title": name, "Variant Price": "9", "Variant Inventory Tracker": tracker, **quantity}
        for name, tracker in (("mug", ""), ("cup", "shopify"))
    ]
    path = file_of(tmp_path, rows)
    done = imported(open_shop(catalog=catalog, empty=True), wix_import, path)
    said = "Shopify's inventory file. First: line 3, column `Variant Inventory Tracker`: `shopify`."
    assert any(note.endswith(said) for note in notes(done))


def test_what_v1_lacks_of_a_v3_file_is_named_with_its_line(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path
) -> None:
    done = imported(open_shop(catalog="v1", empty=True), wix_import, file_of(tmp_path, WIX_V3))
    places = [re.search("First: line 2, (.*)", note) for note in notes(done)]
    assert [place and place[1].split("`")[1] if "`" in place[1] else place[1] for place in places if place] == [
        "modifierName1",
        "modifierCharLimit1",
        "barcode",
        "preOrderEnabled",
        "primaryCategorySlug",
        "Lamp.",
    ]
    assert len(places) == 6


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_choice_that_is_too_long_is_named_by_its_line_and_column_before_it_is_sent(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    path = file_of(tmp_path, sized("a", ["S", "M", "L" * 51]))
    done = wix_import(open_shop(catalog=catalog, empty=True), "--dry-run", path.name)
    assert "Line 4, column `choice1`: has 51 characters" in done.out


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_variants_that_a_file_lacks_are_removed_with_a_warning(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    said = "variants that the site has and the input lacks are removed"
    for sizes, is_warned in (
        (("S", "M", "L"), False),
        (("S", "M", "L"), False),
        (("M", "L", "XL"), True),
        (("L",), True),
    ):
        done = wix_import(site, "--yes", file_of(tmp_path, sized("a", sizes)).name)
        assert (done.code, said in done.err) == (0, is_warned)


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_variants_that_get_another_option_are_not_reported_as_removed(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    colour = {"option2": "Colour", "choice2": "Red"}
    for rows in (sized("a", [""], option1=""), sized("a", "SM"), sized("a", "SM", **colour)):
        done = wix_import(site, "--yes", file_of(tmp_path, rows).name)
        assert (done.code, "are removed" in done.err) == (0, False)


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_variants_that_get_another_option_lose_their_stock_with_a_warning(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    wix_import(site, "--yes", file_of(tmp_path, sized("a", "SM")).name)
    path = file_of(tmp_path, sized("a", "SM", option2="Colour", choice2="Red", inventory=""))
    for is_first in (True, False):
        done = wix_import(site, "--yes", path.name)
        assert (done.code, "new variants without stock" in done.err) == (0, is_first)


def sized(handle: str, sizes: Iterable[Any], **cells: str) -> list[dict[str, str]]:
    head = {"handle": handle, "name": handle, "option1": "Size", "collections": "Kitchen"}
    return [
        {"handle": handle, "price": "9", "inventory": "1", "choice1": str(size), **({} if at else head), **cells}
        for at, size in enumerate(sizes)
    ]


def test_a_plan_knows_what_a_run_refuses_and_makes(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path
) -> None:
    rows = [*sized("a", range(60)), *sized("b", range(40, 110), collections="kitchen"), *sized("c", range(30, 70))]
    site = open_shop(catalog="v3", empty=True)
    path = file_of(tmp_path, rows)
    planned = wix_import(site, "--dry-run", path.name)
    done = wix_import(site, "--yes", path.name)
    assert "1 collection to create: Kitchen." in planned.out
    assert "3 products: 2 to create, 1 rejected." in planned.out
    assert "rejected (CHOICES_LIMIT_EXCEEDED): Line 62: Wix refused it" in planned.out
    assert "1 collection created: Kitchen." in done.err
    assert {result["line"]: result["outcome"] for result in done.results()} == {
        2: "created",
        62: "rejected",
        132: "created",
    }


def test_a_plan_counts_the_choices_that_the_site_has(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    wix_import(site, "--yes", file_of(tmp_path, sized("a", range(90))).name)
    rows = [*sized("b", range(60, 101)), *sized("c", range(100)), *sized("d", range(99, 101)), *sized("e", range(3))]
    path = file_of(tmp_path, rows)
    site.journal.clear()
    planned = wix_import(site, "--dry-run", path.name)
    assert site.journal.count("customizations.query") == 1
    done = wix_import(site, "--yes", path.name)
    assert "4 products: 2 to create, 2 rejected." in planned.out
    assert {result["line"]: result["outcome"] for result in done.results()} == {
        2: "rejected",
        43: "created",
        143: "rejected",
        145: "created",
    }
    (expected,) = re.findall(r"Writing it takes (\d+) requests", planned.out)
    assert f"{expected} requests in" in done.err


def test_a_plan_without_the_permission_for_choices_says_so(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    site.faults.plan([{"operation": "customizations.query", "action": {"status": 403, "body": {"message": "No"}}}])
    planned = wix_import(site, "--dry-run", file_of(tmp_path, sized("a", range(3))).name)
    assert "1 product: 1 to create." in planned.out
    assert "The plan cannot count the choices that options have already" in planned.out + planned.err


def test_a_plan_counts_the_requests_of_pictures(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path
) -> None:
    two = ";".join(f"https://img.example.test/{at}.jpg" for at in range(2))
    path = sizes_of(tmp_path, *(product(f"mug-{at}", productImageUrl=two) for at in range(12)))
    site = open_shop(catalog="v1", empty=True)
    planned, done = (wix_import(site, mode, path.name) for mode in ("--dry-run", "--yes"))
    (expected,) = re.findall(r"Writing it takes (\d+) requests", planned.out)
    assert f"{expected} requests in" in done.err


def test_a_choice_without_a_variant_is_rejected_and_not_sent(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path
) -> None:
    path = sizes_of(tmp_path, product("mug", "S", "M", "L"), *(variant("mug", size, inventory="1") for size in "SL"))
    site = open_shop(catalog="v3", empty=True)
    planned, done = (wix_import(site, mode, path.name) for mode in ("--dry-run", "--yes"))
    assert "1 product: 1 rejected." in planned.out
    reason = "No variant has the choice M of Size, which Wix refuses. Add a variant with it, or remove the choice."
    assert reason in planned.out
    assert reason in done.err
    assert done.code == 1
    assert writes(site) == []


def test_too_many_pictures_are_refused_at_their_column(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path
) -> None:
    pictures = [{"Handle": "mug", "Image Src": f"https://img.example.test/{at}.jpg"} for at in range(51)]
    rows = [{"Title": "Mug", "Variant Price": "9", "Tags": "new", **pictures[0]}, *pictures[1:]]
    done = imported(open_shop(catalog="v3", empty=True), wix_import, file_of(tmp_path, rows))
    assert "Line 2, column `Image Src`: has 51 entries; Wix accepts at most 50. Remove some." in done.err
    assert "left out: `Tags` (1 time, first line 2: `new`)." in done.err


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_new_variants_without_a_price_and_products_without_a_handle_are_refused_by_line(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    rows = [*sized("a", "SM"), {"name": "Nameless", "price": "5"}, {"handle": "vase", "name": "Vase", "price": "3"}]
    rows[1]["price"] = ""
    done = imported(open_shop(catalog=catalog, empty=True), wix_import, file_of(tmp_path, rows))
    assert ("is out of stock on catalog V3. Fill in its stock. First: line 5, Vase." in done.err) == (catalog == "v3")
    assert [result["error"]["message"] for result in done.results() if result["error"]] == [
        "Line 3, column `price`: is missing, and a create needs it. Fill it in.",
        "Line 4: the product has no value in `handle`, by which a later import finds it. Fill it in.",
    ]


@pytest.mark.parametrize("catalog", ["v1", "v3"])
@pytest.mark.parametrize("column", ["baseUnitMeasurement", "totalUnitsMeasurement", "packageUnit"])
def test_a_unit_that_wix_does_not_know_is_refused_at_its_column(
    open_shop: Callable[..., RunningSite], wix_import: Import, tmp_path: Path, catalog: str, column: str
) -> None:
    units = {"baseUnit": "1", "baseUnitMeasurement": "L", "totalUnits": "2", "totalUnitsMeasurement": "L"}
    package = {"packageLength": "1", "packageWidth": "1", "packageHeight": "1", "packageUnit": "CM"}
    rows = [{**WIX_V3[0], "modifierName1": "", "modifierType1": "", **units, **package, column: "spoons"}]
    done = imported(open_shop(catalog=catalog, empty=True), wix_import, file_of(tmp_path, rows))
    (result,) = done.results()
    assert result["error"]["message"].startswith(f"Line 2, column `{column}`: is not one of UN")
