"""Each value of a Wix V1 file is in the shop, or is reported: minimal files, each of a shape that real exports have."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from tests.shop.exporting.exports import exported
from tests.shop.importing.shop_check import differences
from tests.target.runs import writes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.shop.importing.conftest import Done
    from wix_sandbox import RunningSite

    Import = Callable[..., Done]

BOTH = pytest.mark.parametrize("catalog", ["v1", "v3"])
COLUMNS = ("handleId", "fieldType", "name", "price", "surcharge", "sku", "inventory", "cost", "weight", "visible")
SHOPIFY_ALT = "Handle,Type,Title,Variant Price,Image Src,Image Alt Text"
OPTION = ("productOptionName1", "productOptionType1", "productOptionDescription1")


def product(handle: str, *sizes: str, **cells: str) -> dict[str, str]:
    options = dict(zip(OPTION, ("Size", "DROP_DOWN", ";".join(sizes)), strict=True)) if sizes else {}
    row = {"handleId": handle, "fieldType": "Product", "name": handle.title(), "price": "9", "visible": "true"}
    return {**row, **options, **cells}


def variant(handle: str, size: str, **cells: str) -> dict[str, str]:
    return {"handleId": handle, "fieldType": "Variant", "visible": "true", OPTION[2]: size, **cells}


def file_of(folder: Path, *rows: dict[str, str]) -> Path:
    columns = dict.fromkeys((*COLUMNS, *OPTION, *(column for row in rows for column in row)))
    path = folder / "products.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def imported(site: RunningSite, wix_import: Import, path: Path, *options: str) -> Done:
    """Import a file as its plan says, and once more, which writes nothing."""
    planned = wix_import(site, "--dry-run", "--results", "plan.results.jsonl", *options, path.name)
    done = wix_import(site, "--yes", *options, path.name)
    assert outcomes(planned, "plan") == outcomes(done, path.stem)
    before = len(writes(site))
    again = wix_import(site, "--yes", *options, path.name)
    assert (again.code, len(writes(site))) == (done.code, before)
    return done


def outcomes(done: Done, stem: str) -> list[tuple[int, str]]:
    return [(result["line"], result["outcome"]) for result in done.results(stem)]


@BOTH
def test_a_variant_costs_what_its_own_row_says(open_shop, wix_import: Import, tmp_path: Path, catalog: str) -> None:
    site = open_shop(catalog=catalog, empty=True)
    rows = (
        product("lamp", "S", "M", "L", cost="5", inventory="InStock"),
        variant("lamp", "S", cost="4.5", inventory="3"),
        variant("lamp", "M", cost="6.5", inventory="3"),
        variant("lamp", "L", inventory="3"),
    )
    path = file_of(tmp_path, *rows)
    assert imported(site, wix_import, path).code == 0
    assert differences(path, site.state()) == []


def test_the_sku_of_a_variant_does_not_delete_its_product(open_shop, wix_import: Import, tmp_path: Path) -> None:
    site = open_shop(catalog="v3", empty=True)
    rows = (product("lamp", "S", "M"), variant("lamp", "S", sku="L-S"), variant("lamp", "M"), product("mug", sku="M-1"))
    assert wix_import(site, "--yes", file_of(tmp_path, *rows).name).code == 0
    (tmp_path / "old.csv").write_text("sku\nL-S\nM-1\n")
    done = wix_import(site, "--yes", "--command", "delete", "old.csv")
    assert outcomes(done, "old") == [(2, "rejected"), (3, "deleted")]
    assert "Line 2, column `sku`: The SKU is that of one variant, and a delete removes the product with all" in done.err
    assert [row["name"] for row in site.state()["products"]] == ["Lamp"]


@BOTH
def test_a_product_with_options_and_one_count_is_in_stock(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    rows = (
        product("mug", "One size", inventory="7", sku="M-1"),
        product("lamp", "S", "M", inventory="7", sku="L-1"),
        product("cup", "S", "M", inventory="0"),
        product("jar", "S", "M", inventory="InStock"),
    )
    path = file_of(tmp_path, *rows)
    done = imported(site, wix_import, path)
    assert differences(path, site.state()) == []
    is_reported = catalog == "v3"
    assert ("has one count for all of them, but the site" in done.err) is is_reported
    assert ("has one SKU for all of them, but the site" in done.err) is is_reported


STOCK_PICTURE = f"{0x4539FF0A1B2C3D4E5F60718293A4B5C6:032x}.jpg"
UNSPLASH = "nsplsh_683954414345654a6c6567~mv2_d_3072_2048_s_2.jpg"


@BOTH
def test_pictures_of_wix_itself_are_taken_by_their_ids(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    pictures = ("https://img.example.test/b.png", STOCK_PICTURE, "https://img.example.test/a.jpg", UNSPLASH)
    path = file_of(tmp_path, product("lamp", productImageUrl=";".join(pictures), inventory="InStock"))
    assert imported(site, wix_import, path).code == 0
    assert differences(path, site.state()) == []


def test_a_picture_that_a_v3_product_has_twice_is_kept_once_with_a_warning(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    path = file_of(tmp_path, product("lamp", productImageUrl=f"{UNSPLASH};{STOCK_PICTURE};{UNSPLASH}"))
    done = imported(site, wix_import, path)
    assert done.code == 0
    assert (
        f"a product has the same picture twice, which catalog V3 refuses. It is kept once. First: Lamp: `{UNSPLASH}`"
        in done.err
    )
    assert (
        differences(file_of(tmp_path, product("lamp", productImageUrl=f"{UNSPLASH};{STOCK_PICTURE}")), site.state())
        == []
    )


@BOTH
def test_a_picture_that_is_refused_is_quoted_and_no_other_one(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    path = file_of(tmp_path, product("lamp", productImageUrl=f"{STOCK_PICTURE};{UNSPLASH};lamp.jpg"))
    done = imported(site, wix_import, path)
    assert f"Line 2: `productImageUrl`: the file `lamp.jpg` is not in `{tmp_path}`. Correct its name" in done.err


LONG_TITLE = "Please write the name that we are to engrave on the back of the lamp"


@BOTH
def test_a_custom_text_has_the_title_and_the_limit_that_wix_can_hold(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    rows = (
        product("lamp", customTextField1=LONG_TITLE, customTextCharLimit1="600", customTextMandatory1="TRUE"),
        product("mug", customTextField1=f"{LONG_TITLE}, in letters"),
        product("cup", customTextField1="Title " * 26),
    )
    path = file_of(tmp_path, *rows)
    done = imported(site, wix_import, path)
    if catalog == "v1":
        assert "custom texts and other modifiers are left out: catalog V1" in done.err
        assert differences(path, site.state()) == []
        return
    assert "First: line 2, column `customTextCharLimit1`: `600`" in done.err
    assert "Line 4, column `customTextField1`: has 156 characters; Wix accepts at most 150. Shorten it." in done.err
    assert differences(path, site.state()) == ["3 products, 2 in the shop", "cup: is missing"]


@BOTH
def test_a_stock_above_the_maximum_is_written_as_the_maximum_and_noted(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    rows = (
        product("lamp", inventory="101419"),
        product("mug", "S", "M"),
        variant("mug", "S", inventory="1000000"),
        variant("mug", "M", inventory="-3"),
    )
    path = file_of(tmp_path, *rows)
    done = imported(site, wix_import, path)
    assert (done.code, differences(path, site.state())) == (0, [])
    assert "a stock above 99,999 is written as 99,999" in done.err
    assert "First: line 2, column `inventory`: `101419`." in done.err
    assert "is written as 0. First: line 5, column `inventory`: `-3`." in done.err


@BOTH
def test_a_blank_cell_clears_the_text_of_an_info_section(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    for text in ("Wash by hand.", ""):
        section = {"additionalInfoTitle1": "Care", "additionalInfoDescription1": text}
        path = file_of(tmp_path, product("lamp", inventory="InStock", **section))
        assert imported(site, wix_import, path).code == 0
        assert differences(path, site.state()) == []


@pytest.mark.parametrize("columns", ["handle,fieldType,name,price,media,mediaAltText", SHOPIFY_ALT])
def test_a_blank_cell_clears_the_text_of_a_picture(open_shop, wix_import: Import, tmp_path: Path, columns: str) -> None:
    site = open_shop(catalog="v3", empty=True)
    path = tmp_path / "products.csv"
    for text in ("Blue", ""):
        path.write_text(f"{columns}\nmug,PRODUCT,Mug,5,https://img.example.test/a.jpg,{text}\n")
        assert imported(site, wix_import, path).code == 0
        (picture,) = site.state()["products"][0]["media"]["itemsInfo"]["items"]
        assert picture.get("altText", "") == text


@BOTH
def test_a_colour_may_be_named_as_css_does(open_shop, wix_import: Import, tmp_path: Path, catalog: str) -> None:
    site = open_shop(catalog=catalog, empty=True)
    colours = "black:Black;rebeccapurple:Plum;#ffffff:Snow;rgb(0, 0, 51):Night"
    option = dict(zip(OPTION, ("Colour", "COLOR", colours), strict=True))
    path = file_of(tmp_path, product("lamp", inventory="InStock", **option))
    assert imported(site, wix_import, path).code == 0
    assert differences(path, site.state()) == []


@pytest.mark.parametrize("colour", ["Sea blue", "seablue"])
def test_an_option_of_colours_that_becomes_one_of_texts_is_noted(
    open_shop, wix_import: Import, tmp_path: Path, colour: str
) -> None:
    site = open_shop(catalog="v1", empty=True)
    path = file_of(tmp_path, coloured("lamp", "#000000:Black"), coloured("mug", "#ff0000:Red", f"{colour}:Sea"))
    expected = f"CSS name. First: line 3, Mug: option `Colour`: `{colour}`."
    plan = wix_import(site, "--dry-run", path.name).out
    assert ("colour option becomes a text option" in plan) is (" " in colour)  # whose name no colour can have
    assert expected in wix_import(site, "--yes", path.name).err
    assert expected in imported(site, wix_import, path).err  # of a product that is there
    types = {one["name"]: one["productOptions"][0]["optionType"] for one in site.state()["products"]}
    assert types == {"Lamp": "color", "Mug": "drop_down"}


@BOTH
def test_products_that_share_a_handle_are_both_refused_by_line(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    rows = (
        product("lamp", "S"),
        variant("lamp", "S", inventory="3"),
        product("mug", inventory="4"),
        product("LAMP", name="Other lamp"),
        product("lamp", name="Third lamp"),
    )
    done = imported(site, wix_import, file_of(tmp_path, *rows))
    errors = {result["line"]: (result["error"] or {}).get("message") for result in done.results()}
    assert errors[2].startswith("Line 2: the product in line 5 has the same `handleId` (`LAMP`), so one would")
    assert errors[4] is None
    assert errors[5].startswith("Line 5: the product in line 2 has the same `handleId` (`LAMP`), so one would")
    assert errors[6].startswith("Line 6: the product in line 2 has the same `handleId` (`lamp`), so one would")
    assert [entity["name"] for entity in site.state()["products"]] == ["Mug"]


@BOTH
def test_plain_rows_that_share_a_sku_are_both_refused_by_line(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    path = tmp_path / "products.csv"
    path.write_text("Name,SKU,Price\nLamp,L-1,9\nMug,M-1,9\nOther lamp,L-1,9\n")
    done = imported(site, wix_import, path)
    errors = {result["line"]: (result["error"] or {}).get("message") for result in done.results()}
    assert errors[2].startswith("Line 2: the product in line 4 has the same `SKU` (`L-1`), so one would")
    assert errors[4].startswith("Line 4: the product in line 2 has the same `SKU` (`L-1`), so one would")
    assert [entity["name"] for entity in site.state()["products"]] == ["Mug"]


@BOTH
@pytest.mark.parametrize("key", ["slug", "handle"])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["below", "above"])
def test_a_new_product_with_the_sku_of_one_in_another_row_leaves_that_one(
    open_shop, wix_import: Import, tmp_path: Path, *, catalog: str, key: str, order: tuple[int, ...]
) -> None:
    site, path = open_shop(catalog=catalog, empty=True), tmp_path / "products.csv"
    rows = ("mug,Mug,6,A-1\n", "new-mug,New mug,7,A-1\n")
    for listed in (rows[:1], [rows[place] for place in order]):
        path.write_text(f"{key},name,price,sku\n{''.join(listed)}")
        assert imported(site, wix_import, path).code == 0
    assert sorted((one["slug"], one["name"]) for one in site.state()["products"]) == [
        ("mug", "Mug"),
        ("new-mug", "New mug"),
    ]


@BOTH
@pytest.mark.parametrize(
    "rows",
    [
        "Handle,Title,Variant SKU,Variant Price\nmug,Mug,A-1,6\ncup,Cup,A-1,7\n",
        "handle,name,sku,price\nmug,Mug,A-1,6\ncup,Cup,A-1,6\n",
    ],
)
def test_products_that_are_one_product_of_the_site_are_refused_from_the_second_on(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str, rows: str
) -> None:
    site, path = open_shop(catalog=catalog, empty=True), tmp_path / "products.csv"
    path.write_text(rows)
    done = imported(site, wix_import, path, "--match-on", "sku")
    first, second = done.results()
    assert (first["outcome"], second["error"]["code"]) == ("unchanged", "INVALID_ROW")
    assert second["error"]["message"].startswith("Line 3: the product in line 2 is the same product of the site by its")
    assert [one["name"] for one in site.state()["products"]] == ["Mug"]


@BOTH
def test_products_that_an_earlier_run_wrote_to_one_product_are_left_out(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site, path = open_shop(catalog=catalog, empty=True), tmp_path / "products.csv"
    path.write_text("handle,name,sku,price\nmug,Mug,A-1,6\ncup,Cup,B-2,7\n")
    first, second = wix_import(site, "--yes", path.name).results()
    earlier = (first, {**second, "id": first["id"]})
    (tmp_path / "earlier.jsonl").write_text("".join(json.dumps(result) + "\n" for result in earlier))
    (tmp_path / "retry.json").write_text('{"retry_results": "earlier.jsonl"}')
    again = wix_import(site, "--config", "retry.json", "--yes", path.name)
    assert (again.code, [result["outcome"] for result in again.results()]) == (0, ["ignored", "ignored"])


def test_a_limit_of_preorders_without_a_quantity_is_told_to_have_one(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    path = tmp_path / "products.csv"
    header = "handle,fieldType,name,price,inventory,preOrderEnabled,preOrderLimit"
    path.write_text(f"{header}\nmug,PRODUCT,Mug,9,IN_STOCK,TRUE,5\n")
    (result,) = wix_import(open_shop(catalog="v3", empty=True), "--yes", path.name).results()
    assert result["error"]["message"].endswith("stock with a quantity: send a quantity, or leave the limit out.")


def test_rows_of_variants_without_their_choices_are_told_to_have_them(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    site, path = open_shop(catalog="v3", empty=True), tmp_path / "products.csv"
    path.write_text("handle,name,option1,choice1,sku,price\ntee,Tee,Size,S,T-S,9\ntee,,,M,T-M,9\n")
    assert imported(site, wix_import, path).code == 0
    path.write_text("sku,price,visible\nT-S,10,TRUE\nT-M,11,TRUE\n")
    done = imported(site, wix_import, path)
    assert [result["error"]["code"] for result in done.results()] == ["NO_CHOICES", "NO_CHOICES"]


def test_a_command_in_a_further_row_of_a_product_is_refused(open_shop, wix_import: Import, tmp_path: Path) -> None:
    site, path = open_shop(catalog="v3", empty=True), tmp_path / "products.csv"
    path.write_text(
        "_command,handle,name,option1,choice1,price\n"
        "upsert,tee,Tee,Size,S,9\ndelete,tee,,,M,9\nupsert,hat,Hat,Size,S,3\nUPSERT,hat,,,M,3\n,hat,,,L,3\n"
    )
    tee, hat = imported(site, wix_import, path).results()
    assert tee["error"]["message"].startswith("Line 3, column `_command`: found `delete`, but a command is for a whole")
    assert hat["outcome"] == "unchanged"


def test_a_row_with_a_slug_does_not_overwrite_one_with_this_handle_on_v1(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    site, path = open_shop(catalog="v1", empty=True), tmp_path / "products.csv"
    path.write_text("handle,slug,name,price\nmug,,Mug,6\n,mug,Cup,7\n")
    assert imported(site, wix_import, path).code == 1
    assert [one["name"] for one in site.state()["products"]] == ["Mug"]


@pytest.mark.parametrize("moved", ["mug,Cup,7,B-2\nold-cup,Mug,6,A-1\n", "cup,Mug,6,A-1\nnew-cup,Cup,7,B-2\n"])
def test_products_of_v3_are_found_by_their_skus_if_their_slugs_move(
    open_shop, wix_import: Import, tmp_path: Path, moved: str
) -> None:
    site, path = open_shop(catalog="v3", empty=True), tmp_path / "products.csv"
    for rows in ("mug,Mug,6,A-1\ncup,Cup,7,B-2\n", moved):
        path.write_text(f"slug,name,price,sku\n{rows}")
        assert imported(site, wix_import, path).code == 0
    assert len(site.state()["products"]) == 2


PLAIN = "handle,name,option1,choice1,price\n", "tee,Tee,Size,S,9\n", "tee,,,M,9\n", "hat,Hat,,,3\n"
SHOPIFY = (
    "Handle,Title,Option1 Name,Option1 Value,Variant Price\n",
    "tee,Tee,Size,S,9\n",
    "tee,,,M,9\n",
    "hat,Hat,Title,Default Title,3\n",
)
WIX = (
    "handleId,fieldType,name,price,productOptionName1,productOptionType1,productOptionDescription1\n",
    "tee,Product,Tee,9,Size,DROP_DOWN,S;M\n",
    "tee,Variant,,,,,M\n",
    "hat,Product,Hat,3,,,\n",
)


@pytest.mark.parametrize("rows", [PLAIN, SHOPIFY, WIX], ids=["plain", "shopify", "wix-v1"])
@pytest.mark.parametrize("order", [(0, 1, 3, 2), (0, 2, 3, 1)], ids=["after", "before"])
def test_a_product_whose_rows_another_product_separates_keeps_its_variants(
    open_shop, wix_import: Import, tmp_path: Path, rows: tuple[str, ...], order: tuple[int, ...]
) -> None:
    site = open_shop(catalog="v3", empty=True)
    path = tmp_path / "products.csv"
    path.write_text("".join(PLAIN))
    assert wix_import(site, "--yes", path.name).code == 0
    before = writes(site)
    path.write_text("".join(rows[number] for number in order))

    done = wix_import(site, "--yes", path.name)

    changed = [result["key"] for result in done.results() if result["outcome"] not in {"rejected", "unchanged"}]
    assert (done.code, changed, writes(site)) == (1, [], before)
    first, orphan = order.index(1) + 1, order.index(2) + 1
    problem = f"Line {first}: the row in line {orphan} belongs to this product, but does not directly follow"
    assert any(problem in (result["error"] or {}).get("message", "") for result in done.results())


@BOTH
def test_values_of_single_variants_in_the_row_of_their_product_are_noted(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    path = file_of(
        tmp_path,
        product("lamp", "S", "M", inventory="7", sku="L", weight="2"),
        variant("lamp", "S", inventory="3", sku="L-S", name="Lamp", brand="Luma"),
        variant("lamp", "M", inventory="3"),
    )
    done = imported(site, wix_import, path)
    assert "in the row of the product. First: line 3, column `brand`: `Luma`." in done.err
    assert "First: line 2, column `sku`: `L`." in done.err
    assert "(line 2, column `sku`: `L`; line 2, column `weight`: `2`)" in done.err


def test_a_quantity_of_one_v1_variant_takes_none_of_the_others_out_of_stock(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    """V1 tracks the quantities of all variants or of none."""
    site = open_shop(catalog="v1", empty=True)

    def stock() -> list[tuple[bool, int | None]]:
        (found,) = site.state()["products"]
        return [(one["stock"]["inStock"], one["stock"].get("quantity")) for one in found["variants"]]

    def sizes(*counts: str) -> Path:
        head = product("lamp", "S", "M", "L")
        return file_of(tmp_path, head, *(variant("lamp", s, inventory=n) for s, n in zip("SML", counts, strict=True)))

    imported(site, wix_import, sizes("InStock", "InStock", "OutOfStock"))
    done = imported(site, wix_import, sizes("5", "", ""))
    assert stock() == [(True, 5), (True, 99_999), (False, 0)]
    assert "The others get the quantity 99,999 if they are in stock, else 0. First: line 2, Lamp." in done.err
    imported(site, wix_import, sizes("", "InStock", ""))
    assert stock() == [(True, 5), (True, 99_999), (False, 0)]


def test_stock_of_variants_that_a_new_option_replaces_is_not_kept(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v1", empty=True)
    imported(site, wix_import, file_of(tmp_path, product("lamp", "S"), variant("lamp", "S", inventory="5")))
    path = tmp_path / "products.csv"
    path.write_text(
        "handle,name,option1,choice1,option2,choice2,price,inventory\nlamp,Lamp,Size,S,Fit,Slim,9,InStock\n"
    )
    imported(site, wix_import, path)
    (lamp,) = site.state()["products"]
    assert [one["stock"] for one in lamp["variants"]] == [{"trackQuantity": False, "inStock": True}]


def of_sizes(folder: Path, *rows: str) -> Path:
    path = folder / "products.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


SIZES = (
    "handle,name,option1,choice1,sku,price,compareAtPrice,inventory",
    "lamp,Lamp,Size,S,L-S,85,95,1",
    "lamp,,,M,L-M,80,90,2",
)


@BOTH
@pytest.mark.parametrize("rows", [("handle,price", "lamp,9"), ("sku,price,visible", "L-S,9,")])
def test_a_price_without_a_choice_is_refused_for_a_product_with_options(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str, rows: tuple[str, ...]
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    imported(site, wix_import, of_sizes(tmp_path, *SIZES))
    before = site.state()["products"]
    done = imported(site, wix_import, of_sizes(tmp_path, *rows))
    (result,) = done.results()
    error = ("NO_CHOICES", "Line 2: The product has options on the site, and its row has no choice of them.")
    if catalog == "v1" and rows[0] == "sku,price,visible":
        error = ("NOT_FOUND", "Line 2, column `sku`: No product of the site has this SKU.")
    assert (result["error"]["code"], result["error"]["message"][: len(error[1])]) == error
    assert (done.code, site.state()["products"]) == (1, before)


@BOTH
def test_a_file_without_compare_at_prices_keeps_those_of_the_site(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    imported(site, wix_import, of_sizes(tmp_path, "handle,name,price,compareAtPrice,inventory", "lamp,Lamp,8,10,1"))
    before = len(writes(site))
    imported(site, wix_import, of_sizes(tmp_path, "handle,price", "lamp,8"))
    assert len(writes(site)) == before
    assert exported_prices(site, tmp_path) == ("8", "10")
    imported(site, wix_import, of_sizes(tmp_path, "handle,price", "lamp,9"))
    assert exported_prices(site, tmp_path) == ("9", "10")
    done = imported(site, wix_import, of_sizes(tmp_path, "handle,price", "lamp,10"))
    assert (done.code, exported_prices(site, tmp_path)) == (0, ("10", ""))


@BOTH
def test_a_wix_v1_file_without_discounts_keeps_them_and_with_none_removes_them(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    lamp = product("lamp", price="10", inventory="1")
    imported(site, wix_import, file_of(tmp_path, {**lamp, "discountMode": "PERCENT", "discountValue": "20"}))
    before = len(writes(site))
    imported(site, wix_import, file_of(tmp_path, lamp))
    imported(site, wix_import, file_of(tmp_path, {**lamp, "discountMode": "AMOUNT"}))
    assert (len(writes(site)), exported_prices(site, tmp_path)) == (before, ("8", "10"))
    imported(site, wix_import, file_of(tmp_path, {**lamp, "discountMode": "PERCENT", "discountValue": "0"}))
    assert exported_prices(site, tmp_path) == ("10", "")


@BOTH
def test_a_woocommerce_file_without_sale_prices_keeps_those_of_the_site(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    imported(site, wix_import, of_sizes(tmp_path, "Type,SKU,Name,Regular price,Sale price", "simple,L,Lamp,10,8"))
    before = len(writes(site))
    imported(site, wix_import, of_sizes(tmp_path, "Type,SKU,Name,Regular price", "simple,L,Lamp,10"))
    imported(site, wix_import, of_sizes(tmp_path, "Type,SKU,Name,Parent,Sale price", "simple,L,Lamp,,8"))
    assert (len(writes(site)), exported_prices(site, tmp_path)) == (before, ("8", "10"))


def exported_prices(site: RunningSite, folder: Path) -> tuple[str, str]:
    (record,) = exported(site, folder, "plain").records
    price = record["variantsInfo"]["variants"][0]["price"]
    return price["actualPrice"]["amount"], price["compareAtPrice"].get("amount", "")


@pytest.mark.parametrize("name", ["wix-v3", "plain"])
def test_an_export_does_not_make_a_v1_site_manage_the_variants_of_its_products(
    open_shop, wix_import: Import, tmp_path: Path, name: str
) -> None:
    """The file has a row for each variant, and Wix cannot switch managed variants off."""
    site = open_shop(catalog="v1", empty=True)
    imported(site, wix_import, file_of(tmp_path, product("lamp", "S", "M", inventory="7", sku="L", price="9")))
    before = len(writes(site))
    imported(site, wix_import, exported(site, tmp_path, name).path)
    assert len(writes(site)) == before
    assert [one["manageVariants"] for one in site.state()["products"]] == [False]


@BOTH
def test_options_are_removed_once(open_shop, wix_import: Import, tmp_path: Path, catalog: str) -> None:
    site = open_shop(catalog=catalog, empty=True)
    imported(site, wix_import, of_sizes(tmp_path, *SIZES))
    assert imported(site, wix_import, of_sizes(tmp_path, SIZES[0], "lamp,Lamp,,,L,9,,7")).code == 0


@BOTH
def test_a_price_far_below_the_others_is_written(open_shop, wix_import: Import, tmp_path: Path, catalog: str) -> None:
    """The base price of a V1 product moves the prices of its variants before they are written."""
    site = open_shop(catalog=catalog, empty=True)
    rows = product("lamp", "S", "M", price="95"), variant("lamp", "S"), variant("lamp", "M", surcharge="-5")
    imported(site, wix_import, file_of(tmp_path, *rows))
    path = of_sizes(tmp_path, SIZES[0], "lamp,Lamp,Size,S,L-S,1,95,1", SIZES[2])
    assert imported(site, wix_import, path).code == 0


@BOTH
def test_a_file_without_variant_rows_changes_a_product_whose_variants_are_managed(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    listed = (
        product("lamp", "S", "M"),
        variant("lamp", "S", inventory="3", sku="L-S"),
        variant("lamp", "M", inventory="0", surcharge="2"),
    )
    assert imported(site, wix_import, file_of(tmp_path, *listed)).code == 0
    done = imported(site, wix_import, file_of(tmp_path, product("lamp", "S", "M", inventory="4", sku="L", price="12")))
    assert done.code == 0, done.err
    assert "First: line 2, column `inventory`: `4`." in done.err
    assert "First: line 2, column `sku`: `L`." in done.err
    path = file_of(tmp_path, product("lamp", "S", "M", inventory="InStock", price="12"))
    assert all("sku" in reported for reported in differences(path, site.state()))  # a blank SKU of all takes none away


PARTLY = (
    product(
        "lamp", "S", "M", productOptionName2="Wood", productOptionType2="DROP_DOWN", productOptionDescription2="Oak;Elm"
    ),
    variant("lamp", "S", productOptionDescription2="Oak", surcharge="5", inventory="3"),
    variant("lamp", "M", productOptionDescription2="Elm", inventory="3"),
)


def shown(site: RunningSite) -> dict[tuple[str, ...], bool]:
    (entity,) = site.state()["products"]
    return {tuple(row["choices"].values()): row["variant"]["visible"] for row in entity["variants"]}


def test_combinations_that_a_file_does_not_list_are_named_on_v1(open_shop, wix_import: Import, tmp_path: Path) -> None:
    site = open_shop(catalog="v1", empty=True)
    path = file_of(tmp_path, *PARTLY)
    done = imported(site, wix_import, path)
    assert "First: line 2, Lamp: not listed: 2 (S / Elm, M / Oak)." in done.err
    assert differences(path, site.state()) == []
    assert all(shown(site).values())


def test_combinations_that_a_file_does_not_list_are_hidden_where_they_should_be(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v1", empty=True)
    path = file_of(tmp_path, *PARTLY)
    done = imported(site, wix_import, path, "--hide-unlisted")
    assert "not listed: " not in done.err
    assert differences(path, site.state()) == []
    assert shown(site) == {("S", "Oak"): True, ("S", "Elm"): False, ("M", "Oak"): False, ("M", "Elm"): True}


def test_combinations_are_hidden_also_if_the_stock_of_the_others_becomes_tracked(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v1", empty=True)
    untracked = [{**row, "inventory": "InStock"} for row in PARTLY]
    imported(site, wix_import, file_of(tmp_path, *untracked))
    imported(site, wix_import, file_of(tmp_path, *PARTLY), "--hide-unlisted")
    assert shown(site) == {("S", "Oak"): True, ("S", "Elm"): False, ("M", "Oak"): False, ("M", "Elm"): True}


def coloured(handle: str, *choices: str, **cells: str) -> dict[str, str]:
    option = dict(zip(OPTION, ("Colour", "COLOR", ";".join(choices)), strict=True))
    return product(handle, inventory="InStock", **option, **cells)


def test_colours_that_v3_products_share_are_those_of_the_first_and_noted(
    open_shop, wix_import: Import, tmp_path: Path
) -> None:
    site = open_shop(catalog="v3", empty=True)
    rows = (coloured("lamp", "#000000:Black", "#ffffff:Snow"), coloured("mug", "#111111:Black", "#ff0000:Red"))
    rows = (*rows, coloured("cup", "rgb(0, 0, 0):Black", "#fff:Snow"), coloured("pot", "black:Black", "White:Snow"))
    path = file_of(tmp_path, *rows)
    expected = "First: line 3, Mug: option `Colour`, choice `Black` is `#000000`, not `#111111`."
    plan = wix_import(site, "--dry-run", path.name).out
    assert f": 1 time ({expected.removeprefix('First: ').rstrip('.')})." in plan
    assert expected in imported(site, wix_import, path).err
    again = wix_import(site, "--yes", path.name)
    assert expected in again.err
    assert "line 4" not in again.err
    assert differences(path, site.state()) == []


@BOTH
@pytest.mark.parametrize("column", ["handle", "slug"])
def test_products_with_one_sku_are_told_apart_by_their_slugs(
    open_shop, wix_import: Import, tmp_path: Path, catalog: str, column: str
) -> None:
    site = open_shop(catalog=catalog, empty=True)
    path = tmp_path / "products.csv"
    path.write_text(f"{column},name,sku,price\nmug,Mug,A,5\ncup,Cup,A,6\n")
    assert outcomes(imported(site, wix_import, path), "products") == [(2, "unchanged"), (3, "unchanged")]
    assert [one["name"] for one in site.state()["products"]] == ["Mug", "Cup"]


@BOTH
def test_a_sku_that_a_file_repeats_is_written(open_shop, wix_import: Import, tmp_path: Path, catalog: str) -> None:
    site = open_shop(catalog=catalog, empty=True)
    rows = (
        product("lamp", "S", "M"),
        variant("lamp", "S", sku="A", inventory="3"),
        variant("lamp", "M", sku="A", inventory="3"),
        product("mug", sku="A", inventory="3"),
        product("cup", sku="A", inventory="3"),
    )
    path = file_of(tmp_path, *rows)
    done = imported(site, wix_import, path)
    assert differences(path, site.state()) == []
    assert ("once in a product. First: line 4, column `sku`: `A`." in done.err) is (catalog == "v3")
    (tmp_path / "plain.csv").write_text("SKU,Price\nA,7\n")
    done = wix_import(site, "--yes", "plain.csv")
    assert done.code == 1
    assert {"v1": "AMBIGUOUS_MATCH", "v3": "3 variants of the site have the SKU `A`"}[catalog] in done.err


@pytest.mark.parametrize("others", [(), (product("mug", inventory="InStock"),)])
def test_a_limit_of_wix_is_reported_at_the_cell_of_the_product(
    open_shop, wix_import: Import, tmp_path: Path, others: tuple[dict[str, str], ...]
) -> None:
    site = open_shop(catalog="v3", empty=True)
    done = imported(site, wix_import, file_of(tmp_path, coloured("lamp", f"{'blue' * 6}:Sea"), *others))
    assert (
        "Line 2, column `productOptionDescription1`: has 24 characters; Wix accepts at most 20. Shorten it." in done.err
    )
    (tmp_path / "products.csv").write_text(
        f"handle,fieldType,name,price,modifierName1,modifierType1,modifierDescription1\n"
        f"lamp,PRODUCT,Lamp,9,Card,SWATCH_CHOICES,{'blue' * 6}:Sea\n"
    )
    done = wix_import(site, "--yes", "products.csv")
    assert "Line 2, column `modifierDescription1`: has 24 characters; Wix accepts at most 20. Shorten it." in done.err
