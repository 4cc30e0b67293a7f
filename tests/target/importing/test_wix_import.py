"""The command `wix-import`, as it is installed."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.target.runs import writes

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox import RunningSite

SAMPLES = Path(__file__).parents[2] / "fixtures" / "product-files"
PLAIN = "handle,name,price,inventory\nmug,Mug,12.50,4\nvase,Vase,30,InStock\n"


@pytest.fixture
def site(open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog="v3", empty=True, random_seed=3)


def written(folder: Path, text: str, name: str = "products.csv") -> str:
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return name


def test_it_shows_the_plan_asks_and_writes(site, wix_import, tmp_path) -> None:
    done = wix_import(site, written(tmp_path, PLAIN), answer="y\n")
    assert done.code == 0, done.err
    shown = done.out.splitlines()
    assert shown[:5] == [
        "products.csv: a file of plain columns.",
        "2 products: 2 to create.",
        "Changes:",
        "  line 2: create handle=mug",
        "  line 3: create handle=vase",
    ]
    assert shown[5].startswith("Writing it takes 3 requests, about 0 s at 100000 a minute.")
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


def test_ctrl_c_at_the_question_ends_it(site, wix_import, tmp_path) -> None:
    done = wix_import(site, written(tmp_path, PLAIN), answer="\x04")
    assert (done.code, writes(site)) == (130, [])


def test_nobody_to_ask_is_wrong_usage(site, wix_import, tmp_path) -> None:
    done = wix_import(site, written(tmp_path, PLAIN))
    assert (done.code, writes(site)) == (2, [])
    assert "give --yes to write at once, or --dry-run to see the plan" in done.err


def test_a_dry_run_shows_the_plan_and_a_page(site, wix_import, tmp_path) -> None:
    done = wix_import(site, "--dry-run", "--report", "plan.html", written(tmp_path, PLAIN))
    assert (done.code, writes(site)) == (0, [])
    assert done.out.endswith("Nothing was written.\n")
    assert "<html" in (tmp_path / "plan.html").read_text(encoding="utf-8")
    assert not list(tmp_path.glob("*.jsonl"))


def test_standard_input_is_read(site, wix_import) -> None:
    done = wix_import(site, "--yes", "-", stdin=PLAIN)
    assert done.code == 0, done.err
    assert [result["outcome"] for result in done.results("standard-input")] == ["created"] * 2


def test_several_files_are_imported_one_after_another(site, wix_import, tmp_path) -> None:
    first = written(tmp_path, PLAIN, "first.csv")
    second = written(tmp_path, "handle,name,price\nmug,Cup,12.50\n", "second.csv")
    done = wix_import(site, "--yes", first, second)
    assert done.code == 0, done.err
    assert [result["outcome"] for result in done.results("second")] == ["updated"]


def test_no_file_is_written_if_one_is_no_product_file(site, wix_import, tmp_path) -> None:
    done = wix_import(site, "--yes", written(tmp_path, PLAIN), written(tmp_path, "a,b\n1,2\n", "other.csv"))
    assert (done.code, writes(site)) == (1, [])
    assert "Error: other.csv: Line 1: These columns are those of no product file: `a`, `b`." in done.err


def test_update_makes_nothing_and_match_on_finds_by_sku(site, wix_import, tmp_path) -> None:
    text = "handle,name,price,sku\nmug,Mug,12.50,M-1\n"
    assert wix_import(site, "--yes", "--command", "update", written(tmp_path, text)).code == 1
    assert site.state().get("products", []) == []
    assert wix_import(site, "--yes", "products.csv").code == 0
    other = written(tmp_path, "handle,name,sku\ncup,Cup,M-1\n")
    assert wix_import(site, "--yes", "--command", "update", "--match-on", "sku", other).code == 0
    assert [product["name"] for product in site.state()["products"]] == ["Cup"]


H = "handleId,fieldType,name,price,surcharge,inventory,productOptionName1,productOptionType1,productOptionDescription1"
VASE = "vase,Product,Vase,3,,,,,\n"
BROKEN = {
    f"{H}\nlamp,product,Lamp,5,,,,,\n{VASE}": "Line 2, column `fieldType`: found `product`, expected Product or",
    f"{H}\nlamp,Product,Lamp,€12,,,,,\n{VASE}": "Line 2, column `price`: found `€12`, expected a number",
    f"{H}\nlamp,Product,{'N' * 81},5,,,,,\n{VASE}": "Line 2, column `name`: `name` has 81 characters; Wix takes at",
    f"{H}\nlamp,Product,Lamp,5,,,,,,,more\n{VASE}": "Line 2: found 11 cells, expected 9, one for each column.",
    f'{H}\n{VASE}cup,Product,Cup,4,,,,,\nlamp,Product,"Lamp,5,,,,,\n': "Line 4, column `name`: a text in quotes begins",
    "<!DOCTYPE html>": "products.csv: Line 1: The file is a web page",
    "": "products.csv: Line 1: The file is empty.",
}


@pytest.mark.parametrize(("text", "told"), BROKEN.items())
def test_what_is_wrong_is_told_by_line_and_column_and_the_rest_goes_in(
    site, wix_import, tmp_path, text: str, told: str
) -> None:
    done = wix_import(site, "--yes", written(tmp_path, text))
    assert done.code == 1
    assert told in done.err
    assert "Traceback" not in done.err
    assert [product["name"] for product in site.state().get("products", [])] == (["Vase"] if "vase" in text else [])


@pytest.mark.parametrize(("catalog", "name"), [("v1", "wix-v3"), ("v3", "wix-v1")])
def test_the_samples_load_and_a_second_import_writes_nothing(open_shop, wix_import, catalog: str, name: str) -> None:
    site = open_shop(catalog=catalog, empty=True)
    path = str(SAMPLES / f"{name}-products.csv")
    first = wix_import(site, "--yes", path)
    assert first.code == 0, first.err
    before = len(writes(site))
    assert wix_import(site, "--yes", path).code == 0
    assert len(writes(site)) == before


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
def test_collections_that_the_shop_lacks_are_planned_and_made(open_shop, wix_import, tmp_path, catalog: str) -> None:
    site = open_shop(catalog=catalog, empty=True)
    done = wix_import(site, written(tmp_path, PLACED), answer="y\n")
    assert done.code == 0, done.err
    assert "2 collections to make: Summer Sale, Cups.\nWriting it takes " in done.out
    assert "2 collections made: Summer Sale, Cups." in done.err
    assert placed(site) == {"Mug": [CUPS, SALE], "Vase": [SALE]}
    before = len(writes(site))
    assert wix_import(site, "--yes", "products.csv").code == 0
    assert len(writes(site)) == before


@BOTH
def test_collections_that_shall_not_be_made_are_left_out(open_shop, wix_import, tmp_path, catalog: str) -> None:
    site = open_shop(catalog=catalog, empty=True)
    done = wix_import(site, "--yes", "--no-create-collections", written(tmp_path, PLACED))
    assert done.code == 0, done.err
    assert "in a collection that this site does not have (Cups); it is left out" in done.err
    assert placed(site) == {"Mug": [], "Vase": []}
    assert wix_import(site, "--yes", "products.csv").code == 0
    kept = written(tmp_path, PLACED.replace("Summer Sale\n", "Other\n"))
    assert wix_import(site, "--yes", "--no-create-collections", kept).code == 0
    assert placed(site) == {"Mug": [CUPS, SALE], "Vase": [SALE]}


@BOTH
def test_settings_that_say_what_becomes_of_collections_hold(open_shop, wix_import, tmp_path, catalog: str) -> None:
    site = open_shop(catalog=catalog, empty=True)
    options = {"stream_options": {"products": {"create_missing_collections": False}}}
    (tmp_path / "strict.json").write_text(json.dumps(options))
    done = wix_import(site, "--yes", "--config", "strict.json", written(tmp_path, PLACED))
    assert done.code == 0, done.err
    assert "in a collection that this site does not have (Summer Sale); it is left out" in done.err


@BOTH
def test_slugs_make_collections_with_names_that_say_the_same(open_shop, wix_import, tmp_path, catalog: str) -> None:
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
def test_a_collection_that_cannot_be_made_is_told_at_its_cell(open_shop, wix_import, tmp_path, catalog: str) -> None:
    site = open_shop(catalog=catalog, empty=True)
    done = wix_import(site, "--yes", written(tmp_path, PLACED.replace("Cups", "C" * 81)))
    assert done.code == 1
    assert f"Line 2, column `collections`: The collection `{'C' * 81}` cannot be made: `name` has 81" in done.err
    assert placed(site) == {"Vase": [SALE]}
