"""Products of either shape on a site of either catalog."""

from __future__ import annotations

import pytest

from target_wix.shapes import Shape, shape_of
from tests.target.runs import load, messages, product, record, schema, state
from wix_sandbox import RunningSite

SHIRT_V1 = {
    "name": "Shirt",
    "slug": "shirt",
    "priceData": {"price": 20},
    "discount": {"type": "PERCENT", "value": 25},
    "ribbon": "New",
    "productOptions": [
        {"name": "Size", "choices": [{"value": "S", "description": "S"}, {"value": "L", "description": "L"}]}
    ],
    "variants": [
        {"choices": {"Size": "S"}, "variant": {"priceData": {"price": 20}, "sku": "S"}, "stock": stock}
        for stock in ({"trackQuantity": True, "quantity": 7, "inStock": True},)
    ]
    + [{"choices": {"Size": "L"}, "variant": {"priceData": {"price": 22}, "sku": "L"}, "stock": {"inStock": False}}],
}


def shirt_v3(**compare_at: str) -> dict:
    """A shirt of the one shape; `compare_at` gives a size its price before a discount."""
    option = {"name": "Size", "choicesSettings": {"choices": [{"name": size} for size in "SL"]}}
    variants = [
        {
            "sku": size,
            "price": {
                "actualPrice": {"amount": "15"},
                **({"compareAtPrice": {"amount": compare_at[size]}} if size in compare_at else {}),
            },
            "choices": [{"optionChoiceNames": {"optionName": "Size", "choiceName": size}}],
            "inventoryItem": {"quantity": 3},
        }
        for size in "SL"
    ]
    return {"name": "Shirt", "slug": "shirt", "options": [option], "variantsInfo": {"variants": variants}}


@pytest.mark.parametrize(
    ("columns", "shape"),
    [
        (("id", "name", "variantsInfo"), Shape.ONE),
        (("name", "plainDescription"), Shape.ONE),
        (("name", "priceData", "v1"), Shape.ONE),
        (("name", "priceData", "collectionIds"), Shape.V1),
        (("name", "productOptions"), Shape.V1),
        (("name", "sku", "price", "brand"), Shape.PLAIN),
    ],
)
def test_the_schema_tells_the_shape(columns: tuple[str, ...], shape: Shape) -> None:
    assert shape_of(columns) is shape


def test_a_v1_product_is_written_to_a_v3_site(empty_v3: RunningSite, tmp_path) -> None:
    assert load(empty_v3, tmp_path, messages(products=[SHIRT_V1])).outcomes == ["created"]
    (written,) = empty_v3.state()["products"]
    assert written["ribbon"]["name"] == "New"
    small, large = written["variantsInfo"]["variants"]
    assert (small["price"]["actualPrice"]["amount"], small["price"]["compareAtPrice"]["amount"]) == ("15", "20")
    assert (large["price"]["actualPrice"]["amount"], large["price"]["compareAtPrice"]["amount"]) == ("16.5", "22")
    stock = {row["variantId"]: row for row in empty_v3.state()["inventory_items"]}
    assert stock[small["id"]]["quantity"] == 7
    assert stock[large["id"]]["inStock"] is False
    assert load(empty_v3, tmp_path, messages(products=[SHIRT_V1])).outcomes == ["unchanged"]


def test_a_product_of_the_one_shape_is_written_to_a_v1_site(empty_v1: RunningSite, tmp_path) -> None:
    assert load(empty_v1, tmp_path, messages(products=[shirt_v3(S="20", L="20")])).outcomes == ["created"]
    (written,) = empty_v1.state()["products"]
    assert written["discount"] == {"type": "AMOUNT", "value": 5}
    assert [each["variant"]["priceData"]["discountedPrice"] for each in written["variants"]] == [15, 15]
    assert [each["stock"]["quantity"] for each in written["variants"]] == [3, 3]
    again = load(empty_v1, tmp_path, messages(products=[shirt_v3(S="20", L="20")]))
    assert again.outcomes == ["unchanged"]


def test_prices_that_need_two_discounts_are_rejected_on_v1(empty_v1: RunningSite, tmp_path) -> None:
    done = load(empty_v1, tmp_path, messages(products=[shirt_v3(S="20", L="50")]))
    assert done.codes == ["DISCOUNT"]
    assert done.results[0]["error"]["field"] == "variantsInfo.variants.price.compareAtPrice"


def test_members_that_v1_cannot_hold_are_named_once(empty_v1: RunningSite, tmp_path, caplog) -> None:
    rows = [product(f"Mug {number}", sku=f"M{number}", taxGroupId="t", revision="3") for number in range(3)]
    assert load(empty_v1, tmp_path, messages(products=rows)).outcomes == ["created"] * 3
    named = [line for line in caplog.messages if "cannot be written" in line]
    assert named == ["products: `taxGroupId` cannot be written and is left out."]


def test_the_log_says_which_shape_was_recognised(empty_v3: RunningSite, tmp_path, caplog) -> None:
    caplog.set_level("INFO")
    told = schema("products")
    told["schema"]["properties"] |= {"priceData": {"type": ["object", "null"]}}
    load(empty_v3, tmp_path, [told, record("products", SHIRT_V1), state({})])
    assert any("have the shape of catalog V1; this site has catalog V3" in line for line in caplog.messages)


def test_stock_that_is_only_seen_is_written_once(empty_v1: RunningSite, tmp_path) -> None:
    """An extracted V3 product tells whether there is stock, not how much: counting must not be switched off by it."""
    seen = product("Mug", sku="M", variant={"inventoryStatus": {"inStock": False}})
    load(empty_v1, tmp_path, messages(products=[seen]))
    assert empty_v1.state()["products"][0]["stock"]["inStock"] is False
    counted = product("Mug", sku="M", variant={"inventoryItem": {"quantity": 4}})
    load(empty_v1, tmp_path, messages(products=[counted]))
    load(empty_v1, tmp_path, messages(products=[seen]))
    assert empty_v1.state()["products"][0]["stock"]["quantity"] == 4
