"""Files of Squarespace: variants without the values of their product, sales, unlimited stock and weights."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest

from tests.files.reading import problems_of, products_of, records_of
from wix_files.product_format import UnwritableError
from wix_files.recognition import recognise
from wix_files.squarespace import Squarespace

if TYPE_CHECKING:
    from pathlib import Path

HEADERS = [
    *("Product ID [Non Editable]", "Variant ID [Non Editable]", "Product Type [Non Editable]", "Product Page"),
    *("Product URL", "Title", "Description", "SKU", "GTIN", "MPN", "Option Name 1", "Option Value 1", "Price"),
    *("Sale Price", "On Sale", "Stock", "Categories", "Tags", "Weight", "Length", "Width", "Height", "Visible"),
    "Hosted Image URLs",
]
PICTURES = ["https://images.squarespace-cdn.com/a.jpg", "https://images.squarespace-cdn.com/b.jpg"]
TEE = {
    "Product Type [Non Editable]": "PHYSICAL",
    "Product URL": "tee",
    "Title": "Tee",
    "Description": "<p>A tee</p>",
    "SKU": "SQ1",
    "Option Name 1": "Size",
    "Option Value 1": "S",
    "Price": "20.00",
    "Sale Price": "15.00",
    "On Sale": "Yes",
    "Stock": "5",
    "Categories": "/clothes, /sale",
    "Weight": "0.5",
    "Visible": "No",
    "Hosted Image URLs": "\n".join(PICTURES),
}
MEDIUM = {"SKU": "SQ2", "Option Name 1": "Size", "Option Value 1": "M", "Price": "22.00", "Stock": "Unlimited"}
MUG = {"Product Type [Non Editable]": "PHYSICAL", "Product URL": "mug", "Title": "Mug", "SKU": "SQ3", "Price": "9.00"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "products.csv"


def without(column: str) -> list[str]:
    return [header for header in HEADERS if header != column]


def write(path: Path, *rows: dict[str, str], headers: list[str] = HEADERS) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headers, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows({"Sale Price": "0.00", "On Sale": "No", **row} for row in rows)
    return path


def variants_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    return list(record["variantsInfo"]["variants"])


def test_rows_below_a_product_are_its_variants(path: Path) -> None:
    tee, mug = records_of(write(path, TEE, MEDIUM, MUG))
    assert (tee["handle"], tee["name"], tee["visible"]) == ("tee", "Tee", False)
    assert tee["collections"] == ["clothes", "sale"]
    assert [item["url"] for item in tee["media"]["itemsInfo"]["items"]] == PICTURES
    assert [choice["name"] for choice in tee["options"][0]["choicesSettings"]["choices"]] == ["S", "M"]
    small, medium = variants_of(tee)
    assert (small["sku"], small["inventoryItem"]) == ("SQ1", {"quantity": 5})
    assert small["price"] == {"actualPrice": {"amount": "15"}, "compareAtPrice": {"amount": "20"}}
    assert (medium["sku"], medium["inventoryItem"]) == ("SQ2", {"inStock": True})
    assert medium["price"] == {"actualPrice": {"amount": "22"}, "compareAtPrice": {}}
    assert (mug["options"], len(variants_of(mug))) == ([], 1)


def test_variants_that_repeat_the_address_of_their_product_belong_to_it(path: Path) -> None:
    (tee,) = records_of(write(path, TEE, {**MEDIUM, "Product URL": "tee"}))
    assert len(variants_of(tee)) == 2


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (
            [MEDIUM, MUG],
            "line 2, column `Product URL`: found nothing, expected the URL of the product in its first row.",
        ),
        ([{**MUG, "Product URL": ""}], "line 2, column `Product URL`: found nothing, expected the URL of the product."),
        ([TEE, {**MEDIUM, "Option Name 1": "Color"}], "line 4, column `Option Name 1`: found `Color`, expected `Size`"),
        ([{**MUG, "Price": "free"}], "line 2, column `Price`: found `free`, expected a number alone"),
        ([{**TEE, "Price": "free"}], "line 2, column `Price`: found `free`, expected a number alone"),
    ],
)
def test_a_row_that_is_no_product_of_squarespace_is_refused(
    path: Path, rows: list[dict[str, str]], problem: str
) -> None:
    (found,) = problems_of(write(path, *rows))
    assert found.startswith(problem)


def test_what_a_product_of_wix_lacks_is_noted(path: Path) -> None:
    service = {**MUG, "Product Type [Non Editable]": "SERVICE", "Sale Price": "10.00", "On Sale": "Yes"}
    (found,) = products_of(write(path, service))
    assert {note.place.column for note in found.notes} == {"Product Type [Non Editable]", "Sale Price"}
    assert variants_of(found.record)[0]["price"] == {"actualPrice": {"amount": "9"}, "compareAtPrice": {}}


def test_a_sale_price_in_a_file_without_prices_is_the_price(path: Path) -> None:
    (mug,) = records_of(write(path, {**MUG, "Sale Price": "5.00", "On Sale": "Yes"}, headers=without("Price")))
    assert variants_of(mug)[0]["price"] == {"actualPrice": {"amount": "5"}, "compareAtPrice": {}}


def test_weights_are_left_out_unless_their_unit_is_named() -> None:
    assert "Weight" in recognise(HEADERS).left_out
    assert recognise([*HEADERS, "Weight (kg)"]).columns["Weight (kg)"] == "weight"


def test_files_of_squarespace_are_not_written() -> None:
    with pytest.raises(UnwritableError):
        list(Squarespace().write({}))
