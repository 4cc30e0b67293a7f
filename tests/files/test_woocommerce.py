"""Files of WooCommerce: variations anywhere, any values, sales, units, and what Wix has no place for."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from tests.files.drafts import products
from tests.files.reading import problems_of, products_of, records_of
from tests.files.test_formats import SAMPLES, through
from wix_files.markup import decoded, encoded
from wix_files.recognition import recognise
from wix_files.variant_cells import HIGH_SALE_PRICE, OF_NO_VARIANT, OF_THE_PRODUCT
from wix_files.woocommerce_writing import escaped, unescaped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HEADER = (
    *("ID", "Type", "SKU", "Name", "Published", "Is featured?", "Visibility in catalog", "Short description"),
    *("Description", "Date sale price starts", "Tax status", "In stock?", "Stock", "Weight (lbs)", "Length (in)"),
    *(
        "Date sale price ends",
        "Sale price",
        "Regular price",
        "Categories",
        "Tags",
        "Images",
        "Parent",
        "Cross-sells",
        "Position",
        "Brands",
    ),
    *(f"Attribute {n} {word}" for n in (1, 2, 7) for word in ("name", "value(s)", "visible", "global")),
    *("Meta: _wpcom_is_markdown", "Download 1 URL"),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files") / "products.csv"


@pytest.mark.parametrize(("text", "cell"), [("=1+1", "'=1+1"), ("'=1+1", "''=1+1"), ("'s", "'s"), ("Mug", "Mug")])
def test_a_text_is_no_formula_in_a_cell(text: str, cell: str) -> None:
    assert (escaped(text), unescaped(cell)) == (cell, text)


def written(path: Path, *rows: dict[str, str], header: Sequence[str] = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(rows)
    return path


def attribute(n: int, name: str, values: str) -> dict[str, str]:
    return {f"Attribute {n} name": name, f"Attribute {n} value(s)": values}


TEE = {
    "ID": "44",
    "Type": "variable",
    "SKU": "Tee/1",
    "Name": "Tee",
    "Published": "1",
    "In stock?": "1",
    "Weight (lbs)": ".5",
    "Stock": "9",
    "Images": "https://x.test/a.jpg, https://x.test/b.jpg",
    **attribute(1, "Color", "Blue, Green, Red"),
    **attribute(2, "Size", "L, M"),
    **attribute(7, "Fabric", "Cotton"),
}
RED = {
    "ID": "76",
    "Type": "variation",
    "SKU": "T-R",
    "Published": "1",
    "In stock?": "1",
    "Parent": "Tee/1",
    "Regular price": "20",
    "Sale price": "15.50",
    "Stock": "4",
    "Images": "https://x.test/red.jpg",
    **attribute(1, "Color", "Red"),
    **attribute(2, "Size", ""),
}
BLUE = {
    "ID": "77",
    "Type": "variation",
    "SKU": "T-BM",
    "Published": "-1",
    "In stock?": "0",
    "Parent": "id:44",
    "Regular price": "22",
    "Weight (lbs)": "1",
    "Stock": "parent",
    "Images": "https://x.test/b.jpg",
    **attribute(1, "Color", "Blue"),
    **attribute(2, "Size", "M"),
}
CAP = {"ID": "60", "Type": "simple", "Name": "Été cap", "Published": "1", "Regular price": "18", "In stock?": "0"}


def variant(product: dict[str, Any], *labels: str) -> dict[str, Any]:
    for each in product["variantsInfo"]["variants"]:
        if [one["optionChoiceNames"]["choiceName"] for one in each.get("choices") or []] == list(labels):
            return {name: value for name, value in each.items() if name != "choices"}
    raise AssertionError(labels)


@pytest.mark.parametrize("rows", [(TEE, RED, BLUE, CAP), (RED, CAP, BLUE, TEE)], ids=["after", "before"])
def test_variations_are_joined_wherever_they_are(path: Path, rows: tuple[dict[str, str], ...]) -> None:
    found = {record["name"]: record for record in records_of(written(path, *rows))}
    tee, cap = found["Tee"], found["Été cap"]
    assert (tee["handle"], cap["handle"]) == ("tee-1", "ete-cap-60")
    assert [(one["name"], [c["name"] for c in one["choicesSettings"]["choices"]]) for one in tee["options"]] == [
        ("Color", ["Blue", "Red"]),
        ("Size", ["L", "M"]),
    ]
    red = {
        "sku": "T-R",
        "visible": True,
        "price": {"actualPrice": {"amount": "15.5"}, "compareAtPrice": {"amount": "20"}},
        "physicalProperties": {"weight": 0.226796},
        "inventoryItem": {"inStock": True},
    }
    assert (variant(tee, "Red", "L"), variant(tee, "Red", "M")) == (red, red)
    assert variant(tee, "Blue", "M") == {
        "sku": "T-BM",
        "visible": False,
        "price": {"actualPrice": {"amount": "22"}, "compareAtPrice": {}},
        "physicalProperties": {"weight": 0.453592},
        "inventoryItem": {"inStock": True},
    }
    assert len(tee["variantsInfo"]["variants"]) == 3
    pictures = [item["url"].removeprefix("https://x.test/") for item in tee["media"]["itemsInfo"]["items"]]
    assert pictures == ["a.jpg", "b.jpg", "red.jpg"]
    assert cap["options"] == []
    assert variant(cap)["inventoryItem"] == {"inStock": False}


def headings(language: str) -> list[str]:
    """Column names of an export in a language, in the order of the English ones."""
    with (SAMPLES / "woocommerce-headings.csv").open(encoding="utf-8", newline="") as file:
        return next(row[1:] for row in csv.reader(file, delimiter="|") if row[0] == language)


@pytest.mark.parametrize("language", ["German", "French", "Spanish", "Italian", "Older Italian", "Dutch", "Portuguese"])
def test_a_file_with_the_column_names_of_another_language_is_the_same(path: Path, language: str) -> None:
    english = headings("English")
    row = {**CAP, "Type": "variable", "SKU": "CAP", "GTIN, UPC, EAN, or ISBN": "4006381333931", "Weight (kg)": "2"}
    whole = {**row, **attribute(1, "Size", "S, M"), "Categories": "Hats", "Brands": "Acme", "Description": "Warm"}
    cheap = {"Type": "variation", "Parent": "CAP", "Sale price": "9", "Regular price": "10", **attribute(1, "Size", "")}
    rows = [[one.get(column, "") for column in english] for one in (whole, cheap)]

    def read(columns: list[str]) -> list[dict[str, Any]]:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([columns, *rows])
        return records_of(path)

    assert read(headings(language)) == read(english)
    assert read(english)[0]["brand"] == {"name": "Acme"}


def test_variations_may_have_the_slugs_of_attributes(path: Path) -> None:
    shoe = {**TEE, **attribute(1, "Shoe Size", "38, 39"), **attribute(2, "色", "A, B")}
    sizes = [{**RED, **attribute(1, "shoe-size", one), **attribute(2, "色", "A")} for one in ("39", "38")]
    (record,) = records_of(written(path, shoe, *sizes))
    assert [option["name"] for option in record["options"]] == ["Shoe Size", "色"]
    assert [one["name"] for one in record["options"][0]["choicesSettings"]["choices"]] == ["38", "39"]


def test_attributes_whose_names_differ_in_punctuation_alone_are_two_options(path: Path) -> None:
    shoe = {**TEE, **attribute(1, "Size", "S"), **attribute(2, "Size+", "1, 2")}
    sizes = [{**RED, "SKU": one, **attribute(1, "Size", "S"), **attribute(2, "Size+", one)} for one in ("1", "2")]
    (record,) = records_of(written(path, shoe, *sizes))
    assert [option["name"] for option in record["options"]] == ["Size", "Size+"]


def test_a_variation_with_several_values_is_refused(path: Path) -> None:
    shoe = {**TEE, **attribute(1, "Size", "38\\,5, 39"), **attribute(2, "", "")}
    sizes = [{**RED, "SKU": size, **attribute(1, "Size", size), **attribute(2, "", "")} for size in ("38,5", "39")]
    (problem,) = problems_of(written(path, shoe, *sizes))
    assert "line 3, column `Attribute 1 value(s)`: found `38,5`, expected one value" in problem
    assert "Write a comma within a value as `\\,`, also in the row of the product, or enter a row for" in problem
    sizes[0] |= attribute(1, "Size", "38\\,5")
    (record,) = records_of(written(path, shoe, *sizes))
    assert variant(record, "38,5")["sku"] == "38,5"


def test_the_columns_of_the_first_attribute_may_be_missing(path: Path) -> None:
    header = [column for column in HEADER if "Attribute 1" not in column]
    rows = [{column: row.get(column, "") for column in header} for row in (TEE, BLUE)]
    (tee,) = records_of(written(path, *rows, header=header))
    assert [option["name"] for option in tee["options"]] == ["Size"]
    assert variant(tee, "M")["sku"] == "T-BM"


def test_columns_of_a_german_plugin_are_left_out() -> None:
    further = [
        "Ist Dienstleistung?",
        "Regulärer Grundpreis",
        "Grundpreiseinheit",
        "Lieferzeit",
        "Angebotspreis Hinweis",
    ]
    assert set(recognise([*headings("German"), *further]).left_out) >= set(further)


@pytest.mark.parametrize(("end", "price"), [("2020-02-01 23:59:59", "20"), ("2999-02-01", "9")])
def test_a_sale_price_whose_dates_are_over_is_left_out(path: Path, end: str, price: str) -> None:
    cap = {**CAP, "Regular price": "20", "Sale price": "9", "Date sale price ends": end}
    (found,) = products_of(written(path, cap))
    assert variant(found.record)["price"]["actualPrice"] == {"amount": price}


def test_an_end_of_a_sale_that_is_no_date_is_refused(path: Path) -> None:
    cap = {**CAP, "Regular price": "20", "Sale price": "9", "Date sale price ends": "31.01.2020"}
    (problem,) = problems_of(written(path, cap))
    assert "column `Date sale price ends`: found `31.01.2020`, expected a date such as 2026-05-01." in problem
    assert problems_of(written(path, {**cap, "Sale price": ""})) == []


def test_a_sale_price_above_the_price_is_noted(path: Path) -> None:
    (found,) = products_of(written(path, {**CAP, "Regular price": "20", "Sale price": "29"}))
    assert variant(found.record)["price"]["actualPrice"] == {"amount": "20"}
    assert HIGH_SALE_PRICE in [note.text for note in found.notes]


@pytest.mark.parametrize(("stock", "status", "expected"), [("4", "1", {"quantity": 4}), ("4", "0", {"inStock": False})])
def test_a_product_that_is_out_of_stock_is_not_sold_for_its_quantity(
    path: Path, stock: str, status: str, expected: dict[str, Any]
) -> None:
    (found,) = products_of(written(path, {**CAP, "Stock": stock, "In stock?": status}))
    assert variant(found.record)["inventoryItem"] == expected
    assert bool(found.notes) is (status == "0")


@pytest.mark.parametrize("stock", ["", "0", "4"])
def test_an_unknown_word_for_being_in_stock_is_refused_also_next_to_a_stock(path: Path, stock: str) -> None:
    (found,) = products_of(written(path, {**CAP, "Stock": stock, "In stock?": "no"}))
    (problem,) = found.problems
    assert str(problem).startswith("line 2, column `In stock?`: found `no`, expected 1 or 0 or backorder.")


def test_what_is_not_taken_as_it_is_written_is_named(path: Path) -> None:
    album = {
        **CAP,
        "Type": "simple, downloadable, virtual",
        "Categories": "Music > Old\\, rare, Music",
        "Sale price": "9",
        "Date sale price starts": "2026-01-01",
        "Description": "One\\nTwo",
        "Short description": "One",
        "Visibility in catalog": "hidden",
        "SKU": "'-7",
        "Stock": "'-2",
    }
    (cap, tee) = products_of(written(path, album, TEE, {**RED, "Type": "variation, virtual"}))
    assert cap.record["collections"] == ["Music", "Old, rare"]
    assert (cap.record["plainDescription"], cap.record["visible"]) == ("One\nTwo", False)
    assert variant(cap.record)["sku"] == "-7"
    assert variant(cap.record)["inventoryItem"] == {"quantity": 0}
    assert [note.text.split(",")[0] for note in cap.notes] == [
        "a short description is left out if there is a description",
        "a description is HTML",
        "categories within other categories become collections next to each other",
        "virtual and downloadable products become physical ones",
        "a sale price is written without the dates of the sale",
        "a stock below 0 (more was sold than there was) is written as 0",
    ]
    named = {note.text.split(",")[0] for note in tee.notes}
    assert {
        "pictures of variations become pictures of the product",
        "attributes that make no variations are left out",
        "virtual and downloadable products become physical ones",
    } < named


def test_rows_that_are_no_product_are_refused_by_line(path: Path) -> None:
    rows = (
        {**CAP, "Type": "grouped"},
        {**RED, "Parent": "Nobody"},
        {**CAP, "ID": "61", "Type": "variable"},
        TEE,
        RED,
        {**RED, "ID": "78"},
    )
    assert [problem.split(". ")[0] for problem in problems_of(written(path, *rows))] == [
        "line 3, column `Parent`: found `Nobody`, expected the SKU, or `id:` and the ID, of a variable product",
        "line 2, column `Type`: found `grouped`, expected simple, variable or variation",
        "line 4, column `Type`: found `variable`, expected variations of this product in further rows",
        "line 7, column `Attribute 1 value(s)`: the combination Red / L is already in line 6",
    ]


def test_a_row_without_a_type_is_not_called_a_product_that_wix_has_not(path: Path) -> None:
    (problem,) = problems_of(written(path, {**CAP, "Type": ""}))
    assert problem.endswith("simple, variable or variation. Fill it in, or export this column, too.")


def test_a_product_is_not_written_without_a_variation_whose_parent_is_wrong(path: Path) -> None:
    size = {"Type": "variable", "SKU": "BOX", "Name": "Box", "ID": "80", **attribute(1, "Size", "L, M")}
    large, medium = ({"Type": "variation", "Parent": "BOX", **attribute(1, "Size", one)} for one in ("L", "M"))
    wrong = {**medium, "Parent": "B0X"}
    for rows in ((CAP, size, large, wrong), (CAP, size, wrong, large)):
        cap, box = products_of(written(path, *rows))
        assert (cap.problems, box.lines) == ((), (3, 4, 5))
        assert [problem.place.column for problem in box.problems] == ["Parent"]
    # These are variations of another product.
    for other in ({**large, "Parent": "B0X"}, {**wrong, **attribute(1, "Size", "XL")}):
        for rows in ((size, large, medium, other), (size, other, large, medium)):
            orphan, box = products_of(written(path, *rows))
            assert (orphan.lines, box.problems) == ((rows.index(other) + 2,), ())


def test_a_value_of_a_product_in_the_row_of_a_variation_is_reported(path: Path) -> None:
    own = {"Name": "Tee - Blue", "Description": "Only in blue", "Categories": "Oak"}
    (tee,) = products_of(written(path, TEE, {**BLUE, **own}))
    assert {str(note.place) for note in tee.notes if note.text == OF_THE_PRODUCT} == {
        "line 3, column `Description`",
        "line 3, column `Categories`",
    }


def test_a_value_of_variations_in_the_row_of_their_product_is_reported(path: Path) -> None:
    bare = {**BLUE, "SKU": "", "Stock": ""}
    noted = [
        [str(note.place) for note in tee.notes if note.text == OF_NO_VARIANT]
        for rows in ((TEE, RED), (TEE, RED, bare))
        for tee in products_of(written(path, *rows))
    ]
    assert noted == [[], ["line 2, column `SKU`", "line 2, column `Stock`"]]


def test_further_brands_are_reported(path: Path) -> None:
    path.write_text('Type,Name,SKU,Regular price,Brands\nsimple,Cap,CAP,5,"Oak\\, Elm, Ash"\nsimple,Mug,MUG,5,Oak\n')
    cap, mug = products_of(path)
    assert (cap.record["brand"], mug.notes) == ({"name": "Oak, Elm"}, ())
    assert [str(note.place) for note in cap.notes] == ["line 2, column `Brands`"]


@settings(max_examples=15)
@given(product=products(colours=False))
def test_a_product_comes_back_from_a_woocommerce_file_as_it_went_in(path: Path, product: dict[str, Any]) -> None:
    product["collections"] = ["New, in", "Oak"]
    for one in product["variantsInfo"]["variants"] if product["options"] else ():
        one["visible"] = True
    assert through(path, "woocommerce", product) == product


@pytest.mark.parametrize(("text", "cell"), [("A & B", "A & B"), ("A &amp; B", "A &amp;amp; B"), ("&x;", "&amp;x;")])
def test_a_text_keeps_its_entities(text: str, cell: str) -> None:
    assert (encoded(text), decoded(cell)) == (cell, text)


def test_entities_with_which_wordpress_stores_names_are_decoded(path: Path) -> None:
    row = {
        "ID": "1",
        "Type": "variable",
        "SKU": "R&amp;B",
        "Name": "Cup &#8211; red",
        "Description": "<p>Tea &amp; milk</p>",
        "Categories": "Cups &amp; mugs, Rock &gt; roll > Tea",
        "Brands": "M&amp;S",
        **attribute(1, "Size &amp; cut", "S &amp; M"),
    }
    size = {"Type": "variation", "Parent": "R&amp;B", "SKU": "R&amp;B-S", "Regular price": "9"}
    (product,) = products_of(written(path, row, {**size, **attribute(1, "Size &amp; cut", "S &amp; M")}))
    record = product.record
    assert {note.place.column for note in product.notes} == {"Categories"}
    assert (record["handle"], record["name"], record["plainDescription"]) == (
        "r-b",
        "Cup \u2013 red",
        row["Description"],
    )
    assert (record["brand"], record["collections"]) == ({"name": "M&S"}, ["Cups & mugs", "Rock > roll", "Tea"])
    assert record["options"][0]["name"] == "Size & cut"
    (variant,) = record["variantsInfo"]["variants"]
    assert (variant["sku"], variant["choices"][0]["optionChoiceNames"]["choiceName"]) == ("R&B-S", "S & M")
