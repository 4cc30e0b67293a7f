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

from tests.files.drafts import COUNTED, WITH_TEXT, products, v1_rows, v3_products
from tests.files.reading import csv_text, problems_of, products_of, records_of
from wix_api.products.product import lower
from wix_files.product_format import UnwritableError
from wix_files.recognition import FORMATS, recognise

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
@given(product=products(colours=False, stock=COUNTED, picture=WITH_TEXT))
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


@pytest.mark.parametrize(
    ("own", "expected"), [("24a833ed-250d-469d-8a25-44a57dd1574f", "D6 "), ("D-6", "D6"), ("", "D6")]
)
def test_blanks_of_a_sku_are_kept_in_plain_columns_of_an_export(path: Path, own: str, expected: str) -> None:
    path.write_text(f"id,handle,name,sku,price\n{own},lamp,Lamp,D6 ,5\n", encoding="utf-8")
    assert records_of(path)[0]["variantsInfo"]["variants"][0]["sku"] == expected


@pytest.mark.parametrize("name", ["wix-v1", "wix-v3"])
def test_the_samples_are_read_whole_and_come_back(path: Path, name: str) -> None:
    found = records_of(SAMPLES / f"{name}-products.csv")
    assert len(found) == {"wix-v1": 5, "wix-v3": 3}[name]
    for product in found:
        assert through(path, name, product) == product


V3_VARIANTS = {
    "lamp": [("LMP-001", "71.83", "84.5", "31.2", 1.35, {"quantity": 42}, True, None, False)],
    "mug": [
        ("QM-DEE-1", "14", None, "5.1", 0.4, {"inStock": True}, True, ("Deep Sea", "1"), False),
        ("QM-DEE-4", "49.9", "56", "19", 1.7, {"quantity": 6}, True, ("Deep Sea", "4"), False),
        ("QM-SAN-1", "14", None, "5.1", 0.4, {"inStock": True}, True, ("Sand", "1"), False),
        ("QM-SAN-4", "49.9", "56", "19", 1.7, {"quantity": 0}, True, ("Sand", "4"), True),
    ],
    "salt": [("SALT-250", "6.4", None, None, 0.3, {"inStock": False}, True, None, None)],
}
"""SKU, price, compare-at price, cost, weight, stock, visibility, choices and pre-order, as in the sample file."""


def variants_of(product: dict[str, Any]) -> list[tuple[Any, ...]]:
    found = []
    for one in product["variantsInfo"]["variants"]:
        item = dict(one["inventoryItem"])
        preorder = item.pop("preorderInfo", {})
        chosen = tuple(each["optionChoiceNames"]["choiceName"] for each in one.get("choices") or ())
        price, cost = one["price"], one.get("revenueDetails", {}).get("cost", {}).get("amount")
        found.append(
            (
                *(one["sku"], price["actualPrice"]["amount"], price["compareAtPrice"].get("amount"), cost),
                *(one["physicalProperties"]["weight"], item, one.get("visible", True), chosen or None),
                preorder.get("enabled"),
            )
        )
    return found


def test_the_wix_v3_sample_is_read_as_it_is_written() -> None:
    lamp, mug, salt = records_of(SAMPLES / "wix-v3-products.csv")
    assert [one["handle"] for one in (lamp, mug, salt)] == ["harbour-lamp", "quay-mug", "sea-salt-250"]
    assert [one["name"] for one in (lamp, mug, salt)] == ["Harbour Desk Lamp", "Quay Mug, 30 cl", "Sea Salt"]
    assert [one["collections"] for one in (lamp, mug, salt)] == [
        ["lighting", "new-in"],
        ["kitchen"],
        ["kitchen", "pantry"],
    ]
    assert [one.get("mainCategoryId") for one in (lamp, mug, salt)] == ["lighting", None, "pantry"]
    assert [one["ribbon"]["name"] for one in (lamp, mug, salt)] == ["New", "", ""]
    assert [one["brand"]["name"] for one in (lamp, mug, salt)] == ["Norrholm", "", ""]
    assert [one["visible"] for one in (lamp, mug, salt)] == [True] * 3
    assert [one["plainDescription"] for one in (lamp, mug, salt)] == [
        "<p>A low lamp for late work.</p>",
        "<p>Stoneware.</p>",
        "",
    ]
    pictures = [(item["url"][-10:], item.get("altText")) for item in lamp["media"]["itemsInfo"]["items"]]
    assert pictures == [
        ("lamp-1.jpg", "Lamp on a desk"),
        ("lamp-2.jpg", "Close view of the hinge"),
        ("lamp-3.jpg", ""),
    ]
    assert {"lamp": variants_of(lamp), "mug": variants_of(mug), "salt": variants_of(salt)} == V3_VARIANTS
    assert lamp["variantsInfo"]["variants"][0]["barcode"] == "5701234567891"
    package = {"length": "42", "width": "18", "height": "16", "unit": "CM"}
    assert lamp["variantsInfo"]["variants"][0]["physicalProperties"]["packageDimensions"] == package
    last = mug["variantsInfo"]["variants"][-1]["inventoryItem"]["preorderInfo"]
    assert last == {"enabled": True, "message": "Ships in March", "limit": 20}
    options = [(one["name"], one["optionRenderType"]) for one in mug["options"]]
    assert options == [("Glaze", "SWATCH_CHOICES"), ("Set of", "TEXT_CHOICES")]
    colours = [(one["name"], one["colorCode"]) for one in mug["options"][0]["choicesSettings"]["choices"]]
    assert colours == [("Deep Sea", "#1f3a5f"), ("Sand", "#d9c8ae")]
    (note,) = mug["modifiers"]
    assert (note["name"], note["mandatory"]) == ("Gift note", False)
    assert note["freeTextSettings"] == {"title": "Printed on a card", "minCharCount": 0, "maxCharCount": 120}
    assert salt["physicalProperties"]["pricePerUnit"] == {"quantity": 100, "measurementUnit": "G"}
    settings_of = salt["variantsInfo"]["variants"][0]["physicalProperties"]["pricePerUnit"]["settings"]
    assert settings_of == {"quantity": 250, "measurementUnit": "G"}


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


@pytest.mark.parametrize("name", ["wix-v1", "wix-v3", "woocommerce"])
def test_codes_of_an_export_keep_the_blanks_around_them(path: Path, name: str) -> None:
    product = {"handle": "lamp", "name": "Lamp", "variantsInfo": {"variants": [{"sku": " L-1 "}]}}
    assert through(path, name, product)["variantsInfo"]["variants"][0]["sku"] == " L-1 "


def test_blanks_around_a_code_that_are_left_out_are_noted(path: Path) -> None:
    path.write_text("Handle,Title,Variant SKU,Variant Barcode\nlamp,Lamp,L-1 ,400\n", encoding="utf-8")
    (lamp,) = products_of(path)
    assert lamp.record["variantsInfo"]["variants"][0]["sku"] == "L-1"
    assert [str(note.place) for note in lamp.notes if "blanks" in note.text] == ["line 2, column `Variant SKU`"]


@pytest.mark.parametrize("word", ["NULL", "NaN"])
def test_a_code_that_programs_write_for_blank_cells_is_read_from_a_formula(path: Path, word: str) -> None:
    path.write_text(f"sku,name,price\n{word},Lamp,5\n", encoding="utf-8")
    assert problems_of(path)
    path.write_text(f'sku,name,price\n="{word}",Lamp,5\n', encoding="utf-8")
    assert records_of(path)[0]["variantsInfo"]["variants"][0]["sku"] == word


def test_a_missing_column_says_nothing_of_whether_a_text_is_mandatory(path: Path) -> None:
    rows = {
        "handleId,fieldType,customTextField1": "lamp,Product,Note",
        "handle,fieldType,modifierName1,modifierType1": "lamp,PRODUCT,Note,FREE_TEXT",
    }
    for header, row in rows.items():
        path.write_text(f"{header}\n{row}\n")
        (modifier,) = records_of(path)[0]["modifiers"]
        assert modifier["freeTextSettings"]["title"] == "Note"
        assert modifier.get("mandatory") is None


def test_an_apostrophe_before_the_digits_of_a_shopify_code_is_no_part_of_it(path: Path) -> None:
    path.write_text("Handle,Title,Variant SKU,Variant Barcode\nmug,Mug,'00123,'4006381333931\ncup,Cup,'A1,\n")
    mug, cup = (record["variantsInfo"]["variants"][0] for record in records_of(path))
    assert (mug["sku"], mug["barcode"], cup["sku"]) == ("00123", "4006381333931", "'A1")


def test_a_shopify_file_keeps_apostrophes_of_codes_and_a_choice_named_like_none(path: Path) -> None:
    names = {"Title": "Default Title", "Size": "S"}
    chosen = [
        {"optionChoiceNames": {"optionName": option, "choiceName": choice, "renderType": "TEXT_CHOICES"}}
        for option, choice in names.items()
    ]
    options = [
        {
            "name": option,
            "optionRenderType": "TEXT_CHOICES",
            "choicesSettings": {"choices": [{"choiceType": "CHOICE_TEXT", "name": choice}]},
        }
        for option, choice in names.items()
    ]
    variant = {"sku": "'007", "barcode": "''8", "choices": chosen}
    mug = {"handle": "mug", "name": "Mug", "options": options, "variantsInfo": {"variants": [variant]}}
    found = through(path, "shopify", mug)
    assert found["options"] == options
    assert found["variantsInfo"]["variants"][0].items() >= variant.items()


def test_a_product_without_options_has_the_one_that_shopify_expects(path: Path) -> None:
    through(path, "shopify", {"handle": "mug", "name": "Mug", "variantsInfo": {"variants": [{"sku": "M"}]}})
    with path.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["Option1 name"], row["Option1 value"]) == ("Title", "Default Title")


@pytest.mark.parametrize("option", ["Title,Default Title", "Titel,Default Title", "title,default title"])
def test_an_option_that_shopify_adds_to_a_product_without_options_is_none(path: Path, option: str) -> None:
    path.write_text(f"Handle,Title,Option1 Name,Option1 Value,Variant Price\nmug,Mug,{option},5\n")
    (mug,) = records_of(path)
    assert mug["options"] == []
    assert mug["variantsInfo"]["variants"] == [{"price": {"actualPrice": {"amount": "5"}}}]


def test_an_id_of_another_system_is_noted(path: Path) -> None:
    path.write_text("id,sku,name,price\n112,A,Mug,5\n0a4735cc-4962-11e7-fc9e-5b3b1f1a0001,B,Cup,5\n,C,Jar,5\n")
    noted = [[str(note.place) for note in product.notes] for product in products_of(path)]
    assert noted == [["line 2, column `id`"], [], []]


def test_variants_that_a_file_of_etsy_only_lists_are_refused_with_advice(path: Path) -> None:
    path.write_text('TITLE,PRICE,SKU,VARIATION 1 VALUES\nHat,5,"H-R,H-B","Red,Blue"\nVase,5,V,\n')
    (problem,) = problems_of(path)
    assert problem.startswith(
        "line 2, column `VARIATION 1 VALUES`: a file of Etsy does not contain the price, the stock"
    )


def test_plain_columns_are_not_read_as_another_format_that_lacks_some_of_them() -> None:
    assert recognise(["Title", "Handle", "Price", "Stock"]).format.name == "plain"
    assert recognise(["Title", "Handle", "Price", "Inventory quantity"]).format.name == "shopify"


def test_variants_in_a_report_of_ebay_are_refused_with_advice(path: Path) -> None:
    path.write_text("Title,Variation details,Custom label (SKU),Price\nHat,Color=Red,H-R,5\nVase,,V,5\n")
    (problem,) = problems_of(path)
    assert problem.startswith(
        "line 2, column `Variation details`: a report of eBay has a row for each variant, and one"
    )


@pytest.mark.parametrize("header", ["Is Visible", "Product Visible?", "Active (0/1)", "Aktiv"])
def test_products_that_another_system_hides_are_hidden(path: Path, header: str) -> None:
    path.write_text(f"Name,SKU,Price,{header}\nMug,M,5,N\nCup,C,5,1\n", encoding="utf-8")
    assert [record["visible"] for record in records_of(path)] == [False, True]


def test_columns_of_a_report_of_ebay_are_recognised() -> None:
    headers = ["Title", "Custom label (SKU)", "Available quantity"]
    assert list(recognise(headers).columns.values()) == ["name", "sku", "inventory"]


def test_ids_that_another_system_gives_to_variants_are_left_out(path: Path) -> None:
    path.write_text("ID,handle,name,option1,choice1,price\na1,tee,Tee,Size,S,5\na2,tee,Tee,Size,M,5\n")
    (tee,) = products_of(path)
    assert (tee.problems, len(tee.record["variantsInfo"]["variants"])) == ((), 2)
    assert [str(note.place) for note in tee.notes] == ["line 2, column `ID`", "line 3, column `ID`"]


def test_ids_of_variants_that_may_be_those_of_wix_are_refused_with_advice(path: Path) -> None:
    own, other = "0a4735cc-4962-11e7-fc9e-5b3b1f1a0001", "0a4735cc-4962-11e7-fc9e-5b3b1f1a0002"
    path.write_text(f"ID,handle,name,option1,choice1,price\n{own},tee,Tee,Size,S,5\n{other},tee,Tee,Size,M,5\n")
    (problem,) = problems_of(path)
    assert problem.endswith('IDs of another system are ignored with `wix-import --map "ID="`.')


def test_a_second_option_without_a_choice_is_reported_next_to_the_one_that_shopify_adds(path: Path) -> None:
    path.write_text("Handle,Title,Option1 Name,Option1 Value,Option2 Name\nmug,Mug,Title,Default Title,Size\n")
    assert len(problems_of(path)) == 1


@pytest.mark.parametrize("header", ["handle,name,sku,barcode", "Handle,Title,Variant SKU,Variant Barcode"])
def test_a_formula_that_keeps_the_zeros_of_a_code_is_that_code(path: Path, header: str) -> None:
    path.write_text(f'{header},Price\nmug,Mug,"=""00123""",="0012",5\ncup,Cup,"=""""",=A1,5\n')
    mug, cup = (record["variantsInfo"]["variants"][0] for record in records_of(path))
    assert (mug["sku"], mug["barcode"]) == ("00123", "0012")
    assert (cup["sku"], cup["barcode"]) == ("", "=A1")


def test_a_discount_of_nothing_ends_the_former_one(path: Path) -> None:
    path.write_text("handleId,fieldType,name,price,discountMode,discountValue\nmug,Product,Mug,5,PERCENT,0\n")
    (variant,) = records_of(path)[0]["variantsInfo"]["variants"]
    assert variant["price"] == {"actualPrice": {"amount": "5"}, "compareAtPrice": {}}


@pytest.mark.parametrize(
    ("word", "stock"),
    [("In stock", {"inStock": True}), ("instock", {"inStock": True}), ("OUT-OF-STOCK", {"inStock": False})],
)
def test_words_for_a_stock_may_be_written_as_people_do(path: Path, word: str, stock: dict[str, bool]) -> None:
    path.write_text(f"handle,name,price,stock\nmug,Mug,5,{word}\n")
    (variant,) = records_of(path)[0]["variantsInfo"]["variants"]
    assert variant["inventoryItem"] == stock


def test_half_a_piece_is_no_quantity(path: Path) -> None:
    path.write_text("Handle,Title,Price,Inventory tracker,Inventory quantity\nmug,Mug,5,shopify,2.5\n")
    (problem,) = problems_of(path)
    assert "found `2.5`, expected a whole number, such as 12" in problem


@pytest.mark.parametrize(
    ("rows", "reported"),
    [
        (
            "handle,name,inventory\nmug,Mug,many\n",
            "found `many`, expected a whole number, IN_STOCK or OUT_OF_STOCK. Correct the cell.",
        ),
        (
            "name,price,option1,choice1,sku\nMug,5,Size,S,MUG-S\n",
            "the same in all rows of its variants. Add the column.",
        ),
    ],
)
def test_a_problem_of_plain_columns_says_what_to_write(path: Path, rows: str, reported: str) -> None:
    path.write_text(rows)
    (problem,) = problems_of(path)
    assert problem.endswith(reported)


def test_a_compare_at_price_is_written_without_the_price(path: Path) -> None:
    path.write_text("handle,name,compareAtPrice\nmug,Mug,25\ncup,Cup,\njar,Jar,0\n")
    mug, *others = records_of(path)
    assert mug["variantsInfo"]["variants"] == [{"price": {"compareAtPrice": {"amount": "25"}}}]
    assert ["variantsInfo" in one for one in others] == [False, False]


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


@pytest.mark.parametrize(
    ("row", "rejected"),
    [
        (",,S-M,Size,M,30", (2, 3)),
        ("shrit,,S-M,Size,M,30", (2, 3)),
        (",Shirt,S-M,Size,M,30", (2, 3)),
        (",Vase,V-M,Size,M,30", (3,)),
    ],
)
def test_a_variant_without_its_handle_rejects_its_product_even_if_it_names_the_option(
    path: Path, row: str, rejected: tuple[int, ...]
) -> None:
    """A row with another name is that of another product."""
    path.write_text(f"handle,name,sku,option1,choice1,price\nshirt,Shirt,S-S,Size,S,30\n{row}\nmug,Mug,MUG,,,5\n")
    assert [product.lines for product in products_of(path) if product.problems] == [rejected]


def test_a_row_of_shopify_without_a_handle_is_reported_as_such(path: Path) -> None:
    path.write_text("Handle,Title,Option1 Name,Option1 Value,Variant Price\nshirt,Shirt,Size,S,5\n,,,M,5\n")
    (problem,) = problems_of(path)
    assert problem.startswith("line 3, column `Handle`: found nothing, expected the handle of the product")


def test_pictures_of_plain_columns_may_be_in_numbered_columns_and_have_other_separators(path: Path) -> None:
    path.write_text(
        "SKU,NAME,PRICE,IMAGE10,IMAGE 2,Image_1,media\n"
        "A,Mug,5,https://x.test/10.jpg,https://x.test/b c.jpg,https://x.test/1.jpg,\n"
        'B,Vase,5,,,,"https://x.test/a,1.jpg, https://x.test/b.jpg https://x.test/c.jpg|https://x.test/d.jpg"\n',
        encoding="utf-8",
    )
    found = [[item["url"] for item in one["media"]["itemsInfo"]["items"]] for one in records_of(path)]
    assert found == [
        [f"https://x.test/{name}.jpg" for name in ("1", "b%20c", "10")],
        [f"https://x.test/{name}.jpg" for name in ("a,1", "b", "c", "d")],
    ]


def test_a_problem_of_a_numbered_picture_names_its_column(path: Path) -> None:
    path.write_text(
        "handle,name,price,option1,choice1,Image 1,Image 2\n"
        "a,Mug,5,,,https://x.test/1.jpg,http://localhost/2.jpg\n"
        "b,Shirt,5,Size,S,https://x.test/1.jpg,\nb,,5,,M,,https://x.test/2.jpg\n",
        encoding="utf-8",
    )
    assert [problem.partition(":")[0] for problem in problems_of(path)] == [
        "line 2, column `Image 2`",
        "line 4, column `Image 2`",
    ]


@pytest.mark.parametrize("name", ["plain", "wix-v1", "wix-v3", "woocommerce"])
def test_a_picture_whose_address_has_a_separator_is_refused(path: Path, name: str) -> None:
    media = {"itemsInfo": {"items": [{"url": "https://pictures.example.com/a;b,c.jpg"}]}}
    with pytest.raises(UnwritableError, match="which separates"):
        through(path, name, {"handle": "mug", "name": "Mug", "media": media})


def custom_text(name: str, title: str) -> dict[str, Any]:
    settings = {"title": title, "minCharCount": 0, "maxCharCount": 20}
    return {"name": name, "modifierRenderType": "FREE_TEXT", "mandatory": False, "freeTextSettings": settings}


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"modifiers": [{"name": "Wrapping", "modifierRenderType": "TEXT_CHOICES"}]}, "a modifier with choices"),
        ({"modifiers": [custom_text("Engraving", "Words")]}, "a custom text with another title than its name"),
        ({"modifiers": [custom_text(each, each) for each in "ABC"]}, "more than 2 custom text fields"),
        ({"infoSections": [{"title": each} for each in "ABCDEFG"]}, "more than 6 information sections"),
    ],
)
def test_a_product_that_columns_of_v1_cannot_hold_is_refused(path: Path, members: dict[str, Any], problem: str) -> None:
    with pytest.raises(UnwritableError, match=problem):
        through(path, "wix-v1", {"handle": "mug", "name": "Mug", **members})


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


@pytest.mark.parametrize("name", ["wix-v1", "wix-v3"])
def test_a_variant_with_a_choice_that_its_option_lacks_is_refused(name: str) -> None:
    blue = {"choiceType": "ONE_COLOR", "colorCode": "#00f", "name": "Blue"}
    option = {"name": "Glaze", "optionRenderType": "SWATCH_CHOICES", "choicesSettings": {"choices": [blue]}}
    variants = [
        {"choices": [{"optionChoiceNames": {"optionName": "Glaze", "choiceName": one}}]} for one in ("Blue", "Red")
    ]
    product = {"handle": "mug", "name": "Mug", "options": [option], "variantsInfo": {"variants": variants}}
    with pytest.raises(UnwritableError, match="a variant has the choice `Red`, which its option `Glaze` lacks"):
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


@pytest.mark.parametrize(
    ("lines", "noted"),
    [
        (
            ("handle,fieldType,name,price,media,mediaAltText", "mug,PRODUCT,Mug,9,,Front", "mug,MEDIA,,,,Back"),
            {(2, "mediaAltText"), (3, "mediaAltText")},
        ),
        (
            (
                "handle,fieldType,price,media,mediaAltText,productOptionName1,productOptionType1,productOptionChoices1",
                "mug,PRODUCT,,https://x.test/a.jpg,,Size,TEXT_CHOICES,S",
                "mug,VARIANT,9,,Side,,,S",
                "mug,MEDIA,7,https://x.test/b.jpg,Back,,,",
            ),
            {(3, "mediaAltText"), (4, "price")},
        ),
        (
            (
                (
                    "handle,fieldType,price,baseUnit,modifierCharLimit2,productOptionName1,productOptionType1,"
                    "productOptionChoices1,productOptionName2"
                ),
                "mug,PRODUCT,,,,Size,TEXT_CHOICES,S,",
                "mug,VARIANT,9,100,50,,,S,Color",
            ),
            {(3, "productOptionName2"), (3, "baseUnit"), (3, "modifierCharLimit2")},
        ),
        (
            (
                (
                    "handle,fieldType,price,productOptionName1,productOptionType1,productOptionChoices1,modifierName1,"
                    "modifierType1,modifierCharLimit1,modifierMandatory1"
                ),
                "mug,PRODUCT,9,,TEXT_CHOICES,,,FREE_TEXT,50,FALSE",
            ),
            {(2, "productOptionType1"), (2, "modifierType1"), (2, "modifierCharLimit1")},
        ),
        (
            ("handleId,fieldType,price,customTextField1,customTextCharLimit1", "mug,Product,9,,50"),
            {(2, "customTextCharLimit1")},
        ),
        (
            (
                (
                    "handleId,fieldType,price,discountMode,customTextMandatory1,productOptionName1,productOptionType1,"
                    "productOptionDescription1,productOptionName2"
                ),
                "mug,Product,9,,,Size,DROP_DOWN,S,",
                "mug,Variant,,PERCENT,true,,,S,Color",
            ),
            {(2, "price"), (3, "productOptionName2"), (3, "discountMode"), (3, "customTextMandatory1")},
        ),
        (
            ("Handle,Title,Variant Price,Image Src,Image Alt Text", "mug,Mug,9,,Front", "mug,,,,Back"),
            {(2, "Image Alt Text"), (3, "Image Alt Text")},
        ),
        (
            (
                "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Variant Price,Gift Card",
                "card,Card,Amount,10,,10,false",
                "card,,,20,Color,20,TRUE",
            ),
            {(3, "Gift Card"), (3, "Option2 Name")},
        ),
        (("handle,name,option1,choice1,option2,price", "mug,Mug,Size,S,,9", "mug,,,M,Color,9"), {(3, "option2")}),
        (
            (
                "handle,name,option1,choice1,sku,price",
                "kid,Kid,Size,4-Feb,K,9",
                "kid,,,6-8,02. Mrz,9",
                "kid,,,2-set,MAR-12,9",
            ),
            {(2, "choice1"), (3, "sku")},
        ),
        (
            (
                "handleId,fieldType,name,price,customTextField1,customTextMandatory1,customTextField2,customTextMandatory2",
                "mug,Product,Mug,9,,TRUE,,FALSE",
            ),
            {(2, "customTextMandatory1")},
        ),
        (
            ("handle,fieldType,name,price,modifierName1,modifierType1,modifierMandatory1", "mug,PRODUCT,Mug,9,,,true"),
            {(2, "modifierMandatory1")},
        ),
        (
            (
                "handle,fieldType,name,price,sku,barcode,productOptionName1,productOptionType1,productOptionChoices1",
                "mug,PRODUCT,Mug,9,M,4006,Size,TEXT_CHOICES,S;L",
                "mug,VARIANT,,9,M-S,4006,,,S",
                "mug,VARIANT,,9,M-L,4007,,,L",
            ),
            {(2, "sku"), (3, "barcode"), (4, "barcode")},
        ),
    ],
)
def test_a_value_in_a_row_that_cannot_have_it_is_noted(
    path: Path, lines: tuple[str, ...], noted: set[tuple[int, str]]
) -> None:
    path.write_text("\n".join(lines), encoding="utf-8")
    (found,) = products_of(path)
    assert found.problems == ()
    assert {(note.place.line, note.place.column) for note in found.notes} == noted


def test_choices_may_begin_with_the_second_option(path: Path) -> None:
    header = "handle,name,option1,choice1,option2,choice2,price"
    path.write_text(f"{header}\nmug,Mug,,,Size,S,9\nmug,,,,,L,9\ncup,Cup,,,,,8\n", encoding="utf-8")
    mug, cup = records_of(path)
    assert [option["name"] for option in mug["options"]] == ["Size"]
    assert [one["choices"][0]["optionChoiceNames"]["choiceName"] for one in mug["variantsInfo"]["variants"]] == [
        "S",
        "L",
    ]
    assert cup["options"] == []


@pytest.mark.parametrize(
    ("rows", "reported"),
    [
        (
            "mug,Mug,Color,,Size,S,9\n",
            "column `choice1`: found nothing, expected one choice of the option `Color`. Enter it in each row, or",
        ),
        (
            "mug,Mug,,,,S,9\n",
            "column `option2`: found nothing, expected the name of the option that has the choice `S`. Enter it, or",
        ),
    ],
)
def test_a_second_choice_without_a_first_one_or_without_an_option_is_refused(
    path: Path, rows: str, reported: str
) -> None:
    path.write_text(f"handle,name,option1,choice1,option2,choice2,price\n{rows}", encoding="utf-8")
    (problem,) = problems_of(path)
    assert reported in problem


def test_the_description_of_a_modifier_without_a_name_is_refused(path: Path) -> None:
    header = "handle,fieldType,name,price,modifierName1,modifierType1,modifierDescription1"
    path.write_text(f"{header}\nmug,PRODUCT,Mug,9,,TEXT_CHOICES,Paper;Box\n", encoding="utf-8")
    (problem,) = problems_of(path)
    assert problem.startswith(
        "line 2, column `modifierName1`: found nothing, expected the name of the modifier that is"
    )
