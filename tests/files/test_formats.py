"""Each format says what it reads, and reads what it says."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.files.drafts import COUNTED, products, v1_rows, v3_products
from tests.files.reading import csv_text, records_of
from wix_api.products.product import lower
from wix_files.product_format import UnwritableError
from wix_files.recognition import FORMATS

SAMPLES = Path(__file__).parents[1] / "fixtures" / "product-files"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files") / "products.csv"


def through(path: Path, name: str, product: dict[str, Any]) -> dict[str, Any]:
    path.write_bytes(csv_text(FORMATS[name], [product]).encode())
    return records_of(path)[0]


@settings(max_examples=20)
@given(product=v3_products())
def test_a_product_comes_back_from_a_wix_v3_file_as_it_went_in(path: Path, product: dict[str, Any]) -> None:
    assert through(path, "wix-v3", product) == product


@settings(max_examples=20)
@given(product=products(colours=False, stock=COUNTED))
def test_a_product_comes_back_from_a_shopify_file_as_it_went_in(path: Path, product: dict[str, Any]) -> None:
    assert through(path, "shopify", product) == product


@settings(max_examples=20)
@given(product=products())
def test_a_product_without_options_comes_back_from_plain_columns(path: Path, product: dict[str, Any]) -> None:
    product["options"] = []
    product["variantsInfo"]["variants"] = [
        {name: value for name, value in product["variantsInfo"]["variants"][0].items() if name != "choices"}
    ]
    product |= {"ribbon": {"name": ""}, "collections": []}
    assert through(path, "plain", product) == product


@settings(max_examples=20)
@given(product=products(colours=False), hidden=st.booleans())
def test_a_product_with_options_comes_back_from_plain_columns(
    path: Path, product: dict[str, Any], *, hidden: bool
) -> None:
    for variant in product["variantsInfo"]["variants"] if product["options"] else ():
        variant["visible"] = not hidden
    product |= {"ribbon": {"name": ""}, "collections": []}
    assert through(path, "plain", product) == product


@settings(max_examples=25)
@given(rows=v1_rows())
def test_a_product_comes_back_from_a_wix_v1_file_as_it_went_in(path: Path, rows: list[dict[str, str]]) -> None:
    file = io.StringIO()
    writer = csv.DictWriter(file, FORMATS["wix-v1"].columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(file.getvalue(), encoding="utf-8", newline="")
    product = records_of(path)[0]
    assert through(path, "wix-v1", product) == product
    said = [
        Decimal(((price := variant["price"]).get("compareAtPrice") or price["actualPrice"])["amount"])
        for variant in product["variantsInfo"]["variants"]
    ]
    parts = [row for row in rows if row["fieldType"] == "Variant"] or [{}] * len(said)
    assert said == [Decimal(rows[0]["price"]) + Decimal(row.get("surcharge") or 0) for row in parts]


@pytest.mark.parametrize("name", ["wix-v1", "wix-v3"])
def test_the_samples_are_read_whole_and_come_back(path: Path, name: str) -> None:
    found = records_of(SAMPLES / f"{name}-products.csv")
    assert len(found) == {"wix-v1": 5, "wix-v3": 3}[name]
    for product in found:
        assert through(path, name, product) == product


def test_a_v1_product_keeps_its_discount_and_its_colours() -> None:
    lamp, jumper, mug, *_ = records_of(SAMPLES / "wix-v1-products.csv")
    assert lamp["variantsInfo"]["variants"][0]["price"] == {
        "actualPrice": {"amount": "71.83"},
        "compareAtPrice": {"amount": "84.5"},
    }
    assert lower(lamp)["discount"] == {"type": "PERCENT", "value": 15}
    assert [variant["price"]["actualPrice"]["amount"] for variant in jumper["variantsInfo"]["variants"]] == [
        *("80", "85", "85", "92.5")
    ]
    colours = mug["options"][0]["choicesSettings"]["choices"]
    assert [(choice["colorCode"], choice["name"]) for choice in colours] == [
        ("#1f3a5f", "Deep Sea"),
        ("rgb(217, 200, 174)", "Sand"),
        ("tomato", "Buoy Red"),
    ]
    assert [variant.get("visible") for variant in mug["variantsInfo"]["variants"]] == [True] * 5 + [False]
    assert lower(mug)["variants"][1]["choices"] == {"Glaze": "Deep Sea", "Set of": "4"}


def test_a_handle_of_an_export_is_the_id_of_the_product() -> None:
    table = records_of(SAMPLES / "wix-v1-products.csv")[-1]
    assert table["id"] == "5b0f6f7e-3f0a-4f59-9d0e-1c9f3a7b2d11"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_usual_encoding_and_separator_is_read(path: Path, encoding: str, separator: str) -> None:
    with (SAMPLES / "wix-v1-products.csv").open(encoding="utf-8-sig", newline="") as sample:
        rows = list(csv.reader(sample))
    file = io.StringIO()
    csv.writer(file, delimiter=separator, lineterminator="\r\n").writerows(rows)
    path.write_bytes(file.getvalue().encode(encoding))
    assert records_of(path) == records_of(SAMPLES / "wix-v1-products.csv")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("text", ["one\r\ntwo", "one\rtwo", "one\ntwo", '"', "\x00", "=1+1", " \t x ", "a,b;c"])
def test_a_text_comes_back_to_the_letter(path: Path, name: str, text: str) -> None:
    product = {"id": "5b0f6f7e-3f0a-4f59-9d0e-1c9f3a7b2d11", "name": text, "plainDescription": text}
    found = through(path, name, product)
    assert (found["name"], found["plainDescription"]) == (text, text)


@pytest.mark.parametrize("name", ["shopify", "wix-v1", "wix-v3"])
@pytest.mark.parametrize("label", [" Blue", "Blue\n", ""])
def test_a_choice_that_would_not_come_back_is_refused(name: str, label: str) -> None:
    option = {
        "name": "Glaze",
        "optionRenderType": "TEXT_CHOICES",
        "choicesSettings": {"choices": [{"choiceType": "CHOICE_TEXT", "name": label}]},
    }
    chosen = {"optionChoiceNames": {"optionName": "Glaze", "choiceName": label, "renderType": "TEXT_CHOICES"}}
    product = {
        "handle": "mug",
        "name": "Mug",
        "options": [option],
        "variantsInfo": {"variants": [{"choices": [chosen]}]},
    }
    with pytest.raises(UnwritableError, match="choice"):
        csv_text(FORMATS[name], [product])


def test_choices_that_are_named_by_ids_alone_are_written(path: Path) -> None:
    option = {
        "id": "o",
        "name": "Glaze",
        "optionRenderType": "TEXT_CHOICES",
        "choicesSettings": {"choices": [{"choiceType": "CHOICE_TEXT", "name": "Blue", "choiceId": "b"}]},
    }
    variant = {"choices": [{"optionChoiceIds": {"optionId": "o", "choiceId": "b"}}], "sku": "M"}
    product = {"handle": "mug", "name": "Mug", "options": [option], "variantsInfo": {"variants": [variant]}}
    for name in ("shopify", "wix-v1", "wix-v3"):
        (found,) = through(path, name, product)["variantsInfo"]["variants"]
        assert found["choices"][0]["optionChoiceNames"]["choiceName"] == "Blue"


@given(order=st.permutations(FORMATS["wix-v3"].columns))
@settings(max_examples=4)
def test_columns_are_known_by_name_in_any_order(path: Path, order: list[str]) -> None:
    with (SAMPLES / "wix-v3-products.csv").open(encoding="utf-8-sig", newline="") as sample:
        rows = list(csv.DictReader(sample))
    file = io.StringIO()
    writer = csv.DictWriter(file, order)
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(file.getvalue(), encoding="utf-8", newline="")
    assert records_of(path) == records_of(SAMPLES / "wix-v3-products.csv")
