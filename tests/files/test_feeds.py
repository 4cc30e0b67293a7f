"""Product feeds: items of a group are variants of one product, wherever they are in the file."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from tests.files.reading import problems_of, products_of, records_of
from wix_files.cells import Row
from wix_files.feeds import Feed
from wix_files.joining import RowJoiner
from wix_files.recognition import HeaderError
from wix_files.variant_cells import HIGH_SALE_PRICE, SALE_DATES, SALE_ENDED

if TYPE_CHECKING:
    from pathlib import Path

HEADER = (
    *("id", "title", "material", "link", "image_link", "additional_image_link", "availability", "price", "sale_price"),
    *("item_group_id", "color", "size", "shipping_weight", "product_type", "inventory", "video[0].url"),
)
TEE = {
    "title": "Tee",
    "material": "Wool",
    "price": "20",
    "item_group_id": "Tee 1",
    "color": "Red",
    "availability": "in_stock",
}
RED_S = {**TEE, "id": "T-S", "size": "S", "image_link": "https://x.test/w_1,h_1/a.jpg", "product_type": "Tops > Tees"}
RED_M = {
    **TEE,
    "id": "T-M",
    "size": "M",
    "sale_price": "15",
    "shipping_weight": "180 g",
    "inventory": "7",
    "additional_image_link": "https://x.test/b.jpg,https://x.test/c.jpg",
}
MUG = {
    "id": "MUG",
    "title": "Mug",
    "price": "8",
    "sale_price": "0",
    "color": "White",
    "availability": "out of stock",
    "inventory": "7",
}


def written(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_items_of_a_group_become_variants_wherever_they_are(tmp_path: Path) -> None:
    tee, mug = records_of(written(tmp_path / "feed.tsv", RED_S, MUG, RED_M))

    assert (tee["handle"], tee["name"], tee["collections"]) == ("tee-1", "Tee", ["Tops", "Tees"])
    assert [option["name"] for option in tee["options"]] == ["Color", "Size"]
    pictures = [item["url"] for item in tee["media"]["itemsInfo"]["items"]]
    assert pictures == ["https://x.test/w_1,h_1/a.jpg", "https://x.test/b.jpg", "https://x.test/c.jpg"]
    small, medium = tee["variantsInfo"]["variants"]
    assert (small["sku"], small["inventoryItem"]) == ("T-S", {"inStock": True})
    assert small["price"] == {"actualPrice": {"amount": "20"}, "compareAtPrice": {}}
    assert (medium["inventoryItem"], medium["physicalProperties"]) == ({"quantity": 7}, {"weight": 0.18})
    assert medium["price"] == {"actualPrice": {"amount": "15"}, "compareAtPrice": {"amount": "20"}}
    assert (mug["handle"], mug["options"]) == ("mug", [])
    (only,) = mug["variantsInfo"]["variants"]
    assert (only["inventoryItem"], only["price"]["actualPrice"]) == ({"inStock": False}, {"amount": "8"})


def test_attributes_that_tell_no_variants_apart_are_noted(tmp_path: Path) -> None:
    tee, mug = products_of(written(tmp_path / "feed.tsv", RED_S, RED_M, MUG))

    noted = [(note.place.line, note.place.column) for note in (*tee.notes, *mug.notes) if "apart" in note.text]
    assert noted == [(2, "material"), (4, "color")]


def test_a_color_that_only_some_items_of_a_group_have_is_no_option_if_it_is_the_same(tmp_path: Path) -> None:
    (tee,) = products_of(written(tmp_path / "feed.tsv", RED_S, {**RED_M, "color": ""}))

    assert not tee.problems
    assert [option["name"] for option in tee.record["options"]] == ["Size"]


def test_the_first_item_of_a_group_has_the_values_of_the_product(tmp_path: Path) -> None:
    (tee,) = products_of(written(tmp_path / "feed.tsv", RED_S, {**RED_M, "title": "Tee M"}))

    assert tee.record["name"] == "Tee"
    noted = [(note.place.line, note.place.column) for note in tee.notes if "of the first item" in note.text]
    assert (3, "title") in noted


def test_items_of_a_group_that_nothing_tells_apart_are_rejected(tmp_path: Path) -> None:
    equal, unsized = {**RED_S, "id": "T-X"}, {**RED_S, "id": "T-Y", "size": ""}

    same, lacking = problems_of(written(tmp_path / "feed.tsv", RED_S, equal, RED_M, unsized))
    assert same.startswith("line 3, column `item_group_id`: this item and the one in line 2 of its group do not")
    assert lacking.startswith("line 5, column `size`: found nothing, expected a size, as in other rows")
    (uncolored,) = problems_of(written(tmp_path / "feed.tsv", RED_S, {**equal, "color": ""}))
    assert uncolored.startswith("line 3, column `item_group_id`: this item and the one in line 2 of its group do not")
    assert "or pattern; blank cells do not count." in uncolored


def test_items_whose_group_a_spreadsheet_shortened_are_rejected(tmp_path: Path) -> None:
    group = "6.78123E+12"
    path = written(tmp_path / "feed.tsv", {**RED_S, "item_group_id": group}, {**RED_M, "item_group_id": group})
    (problem,) = problems_of(path)
    assert problem.startswith("line 2, column `item_group_id`: found `6.78123E+12`, expected a whole code.")


def test_unknown_words_of_a_feed_are_rejected(tmp_path: Path) -> None:
    wrong = {**MUG, "availability": "soon", "shipping_weight": "heavy"}

    found = problems_of(written(tmp_path / "feed.tsv", wrong, {**MUG, "id": "!"}))
    places = [text.split(":")[0] for text in found]
    assert places == ["line 2, column `shipping_weight`", "line 2, column `availability`", "line 3, column `id`"]


def test_items_of_a_group_that_a_tap_sends_apart_are_rejected() -> None:
    joiner = RowJoiner(Feed())
    ended = [joiner.add(Row(line, item, {})) for line, item in enumerate([RED_S, MUG, RED_M], 2)]
    products = [each for each in (*ended, joiner.end()) if each]
    assert [len(product.problems) for product in products] == [0, 0, 1]
    assert str(products[-1].problems[0]).startswith(
        "line 4, column `item_group_id`: rows with this value are further up"
    )


def test_columns_of_a_feed_may_have_the_prefix_of_its_xml(tmp_path: Path) -> None:
    prefixed = written(tmp_path / "feed.tsv", MUG).read_text(encoding="utf-8")
    names, row = prefixed.splitlines()
    listed = "\t".join(f"g:{name}" for name in names.split("\t"))
    (mug,) = records_of(written(tmp_path / "feed.tsv", MUG))
    (tmp_path / "feed.tsv").write_text(f"{listed}\n{row}\n", encoding="utf-8")
    assert records_of(tmp_path / "feed.tsv") == [mug]


def test_a_column_of_further_pictures_may_occur_several_times(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    cells = "MUG,Mug,https://x.test/a.jpg,,https://x.test/b.jpg,https://x.test/c.jpg"
    path.write_text(f"id,title,image_link{',additional_image_link' * 3}\n{cells}\n")
    (mug,) = records_of(path)
    assert [item["url"][-5:] for item in mug["media"]["itemsInfo"]["items"]] == ["a.jpg", "b.jpg", "c.jpg"]
    path.write_text(f"id,title,image_link,additional_image_link,Additional image link\n{cells}\n")
    with pytest.raises(HeaderError, match="mean the same"):
        records_of(path)
    path.write_text("id,title,image_link,price,price\nMUG,Mug,,5,6\n")
    with pytest.raises(HeaderError, match="mean the same"):
        records_of(path)


@pytest.mark.parametrize(
    ("dates", "is_over"),
    [
        ("2020-01-01T00:00-0800/2020-02-01T23:59-0800", True),
        ("2020-01-01/2020-02-01", True),
        ("2020-01-01/9999-12-31", False),
        ("2020-01-01T00:00Z/2999-02-01T00:00Z", False),
        ("2020-01-01", False),
        ("", False),
    ],
)
def test_a_sale_price_whose_dates_are_over_is_left_out(tmp_path: Path, dates: str, *, is_over: bool) -> None:
    path = tmp_path / "feed.csv"
    path.write_text(f"id,title,image_link,price,sale_price,sale_price_effective_date\nMUG,Mug,,8,6,{dates}\n")
    (mug,) = products_of(path)
    price = {"actualPrice": {"amount": "8"}, "compareAtPrice": {}}
    if not is_over:
        price = {"actualPrice": {"amount": "6"}, "compareAtPrice": {"amount": "8"}}
    assert mug.record["variantsInfo"]["variants"][0]["price"] == price
    assert [note.text for note in mug.notes] == ([SALE_ENDED if is_over else SALE_DATES] if dates else [])


@pytest.mark.parametrize("dates", ["1/1/2020", "soon/later"])
def test_the_end_of_a_sale_that_is_no_date_is_refused(tmp_path: Path, dates: str) -> None:
    path = tmp_path / "feed.csv"
    path.write_text(f"id,title,image_link,price,sale_price,sale_price_effective_date\nMUG,Mug,,8,6,{dates}\n")
    (problem,) = problems_of(path)
    place = "line 2, column `sale_price_effective_date`"
    assert problem.startswith(f"{place}: found `{dates}`, expected a date such as 2026-05-01.")


@pytest.mark.parametrize(
    ("cells", "visible"),
    [
        ({"status": "active"}, True),
        ({"status": "Archived"}, False),
        ({"status": "archived", "visibility": "published"}, False),
        ({"status": ""}, None),
        ({"status": "new"}, None),
    ],
)
def test_an_archived_item_is_hidden(tmp_path: Path, *, cells: dict[str, str], visible: bool | None) -> None:
    row = {**MUG, "color": "", **cells}
    path = tmp_path / "feed.csv"
    path.write_text(f"{','.join(row)}\n{','.join(row.values())}\n", encoding="utf-8")
    (product,) = products_of(path)
    noted = [note.place.column for note in product.notes]
    assert (product.record.get("visible"), noted) == (visible, ["status"] if cells["status"] == "new" else [])


@pytest.mark.parametrize(
    ("status", "visible", "variants"),
    [
        (("active", "archived"), True, [True, False]),
        (("archived", "active"), True, [False, True]),
        (("archived", "archived"), False, [None, None]),
        (("active", ""), None, [True, None]),
        (("archived", ""), None, [False, None]),
    ],
)
def test_an_archived_item_of_a_group_is_a_hidden_variant(
    tmp_path: Path, *, status: tuple[str, str], visible: bool | None, variants: list[bool | None]
) -> None:
    path = tmp_path / "feed.csv"
    items = "".join(f"T-{at},Tee,in stock,9,TEE,{size},{status[at]}\n" for at, size in enumerate("SM"))
    path.write_text(f"id,title,availability,price,item_group_id,size,status\n{items}")
    (record,) = records_of(path)
    assert record.get("visible") is visible
    assert [variant.get("visible") for variant in record["variantsInfo"]["variants"]] == variants


def test_a_sale_price_above_the_price_is_noted(tmp_path: Path) -> None:
    (product,) = products_of(written(tmp_path / "feed.tsv", {**MUG, "color": "", "sale_price": "8.50"}))
    assert [note.text for note in product.notes] == [HIGH_SALE_PRICE]
    assert product.record["variantsInfo"]["variants"][0]["price"]["actualPrice"] == {"amount": "8"}
