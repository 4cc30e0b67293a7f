"""Products of either shape on a site of either catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from target_wix import product_fields
from target_wix.errors import Rejected
from target_wix.fields import Fields
from target_wix.product_fields import PRODUCT_V1, PRODUCT_V3, Shape, shape_of
from tests.api.damage import JUNK, damaged
from tests.target.runs import load, messages, product, record, schema, state
from wix_sandbox import RunningSite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from target_wix.change import Entity

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
    """A shirt of the common shape; `compare_at` is the price of a size before a discount."""
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
def test_the_schema_decides_the_shape(columns: tuple[str, ...], shape: Shape) -> None:
    assert shape_of(columns) is shape


BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("variantsInfo.variants[0]", {"variantsInfo": {"variants": [None]}}),
    ("variantsInfo.variants[0]", {"variantsInfo": {"variants": [""]}}),
    ("variantsInfo.variants[0].choices[0]", {"variantsInfo": {"variants": [{"choices": [None]}]}}),
    ("options[0]", {"options": [None]}),
    ("options[0].choicesSettings.choices[0]", {"options": [{"name": "Size", "choicesSettings": {"choices": [None]}}]}),
    ("media.itemsInfo.items[0]", {"media": {"itemsInfo": {"items": [None]}}}),
]


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_null_entry_of_a_list_rejects_only_its_record(
    open_shop: Callable[..., RunningSite], tmp_path, catalog: str
) -> None:
    records = [{**product(), "handle": f"mug-{number}", **broken} for number, (_, broken) in enumerate(BROKEN)]
    site = open_shop(catalog=catalog, empty=True)
    done = load(site, tmp_path, messages(products=[*records, product("Jug", handle="jug")]), on_reject="skip")
    assert done.outcomes == ["rejected"] * len(BROKEN) + ["created"]
    for (place, _), result in zip(BROKEN, done.results, strict=False):
        assert result["error"]["message"] == f"`{place}` is not an object."


@pytest.mark.parametrize("ids", [["a", None], ["a", True], ["a", 3.5]])
def test_a_tag_that_is_no_text_is_rejected(empty_v3: RunningSite, tmp_path, ids: list[Any]) -> None:
    tagged = product(handle="mug", tags={"publicTags": {"tagIds": ids}})
    done = load(empty_v3, tmp_path, messages(products=[tagged, product("Jug", handle="jug")]), on_reject="skip")
    assert done.outcomes == ["rejected", "created"]
    assert "tagIds" in done.results[0]["error"]["message"]


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


@pytest.mark.parametrize("option", [{"name": "Size"}, {"choicesSettings": {"choices": [{"name": "S"}]}}])
def test_an_option_without_name_or_choices_does_not_end_the_run(
    option: dict[str, Any], empty_v1: RunningSite, tmp_path
) -> None:
    assert load(empty_v1, tmp_path, messages(products=[shirt_v3()])).outcomes == ["created"]
    mug = product("Mug", sku="M")
    done = load(empty_v1, tmp_path, messages(products=[{**shirt_v3(), "options": [option]}, mug]))
    assert done.outcomes in (["rejected", "created"], ["unchanged", "created"])


def test_a_colour_without_a_value_does_not_end_the_run(empty_v1: RunningSite, tmp_path) -> None:
    colour = {"name": "Colour", "optionType": "color", "choices": [{"description": "Red"}]}
    listed = [{"name": "Shirt", "slug": "shirt", "priceData": {"price": 9}, "productOptions": [colour]}]
    done = load(empty_v1, tmp_path, messages(products=[*listed, product("Mug", sku="M")]))
    assert (done.error, done.outcomes[-1]) == (None, "created")


@pytest.mark.parametrize(
    ("name", "value"), [("stock", 5), ("productOptions", "Red"), ("v1", {"variants": "Red"}), ("v1", {"media": 5})]
)
def test_a_member_of_v1_in_the_one_shape_needs_its_type(name: str, value: Any, empty_v1: RunningSite, tmp_path) -> None:
    begin = schema("products")
    begin["schema"]["properties"]["variantsInfo"] = {}
    wrong, right = {**shirt_v3(), name: value}, {**shirt_v3(), "slug": "other"}
    run = load(empty_v1, tmp_path, [begin, record("products", wrong), record("products", right)])
    assert (run.outcomes, run.codes) == (["rejected", "created"], ["WRONG_TYPE"])


def test_parts_that_v1_cannot_hold_are_named_too(empty_v1: RunningSite, tmp_path, caplog) -> None:
    wrap = {"name": "Wrap", "modifierRenderType": "TEXT_CHOICES", "choicesSettings": {"choices": [{"name": "Yes"}]}}
    rich = {"nodes": [{"type": "PARAGRAPH", "nodes": [{"type": "TEXT", "textData": {"text": "Blue"}}]}]}
    mug = product("Mug", sku="M", modifiers=[wrap], description=rich, variant={"barcode": "4006381333931"})
    assert load(empty_v1, tmp_path, messages(products=[mug])).outcomes == ["created"]
    assert not empty_v1.state()["products"][0].get("description")
    named = {line.split("`")[1] for line in caplog.messages if "cannot be written" in line}
    assert named == {"modifiers", "description", "variantsInfo.variants.barcode"}


def test_variants_without_prices_need_no_discount(empty_v1: RunningSite, tmp_path) -> None:
    load(empty_v1, tmp_path, messages(products=[product("Mug", sku="M")]))
    counted = {"slug": "mug", "variantsInfo": {"variants": [{"sku": "M", "inventoryItem": {"quantity": 3}}]}}
    assert load(empty_v1, tmp_path, messages(products=[counted])).outcomes == ["updated"]
    assert empty_v1.state()["products"][0]["stock"]["quantity"] == 3


def test_more_variants_than_v1_manages_are_rejected_before_a_call(empty_v1: RunningSite, tmp_path) -> None:
    numbers = [str(number) for number in range(301)]
    option = {"name": "Number", "choicesSettings": {"choices": [{"name": number} for number in numbers]}}
    variants = [
        {
            "price": {"actualPrice": {"amount": "5"}},
            "choices": [{"optionChoiceNames": {"optionName": "Number", "choiceName": number}}],
        }
        for number in numbers
    ]
    many = {"name": "Many", "slug": "many", "options": [option], "variantsInfo": {"variants": variants}}
    done = load(empty_v1, tmp_path, messages(products=[many]))
    assert done.codes == ["MAX_SIZE"]
    assert not any(entry.path == "/stores/v1/products" for entry in empty_v1.journal.entries)


def test_an_amount_of_v1_that_is_none_is_named(empty_v3: RunningSite, tmp_path) -> None:
    rows = [
        {**SHIRT_V1, "slug": "a", "priceData": {"price": "cheap"}},
        {**SHIRT_V1, "slug": "b", "discount": {"type": "PERCENT", "value": "a lot"}},
        {**SHIRT_V1, "slug": "c", "priceData": {"price": "20.5"}},
    ]
    done = load(empty_v3, tmp_path, messages(products=rows), on_reject="skip")
    assert done.outcomes == ["rejected", "rejected", "created"]
    assert [each["error"]["field"] for each in done.results[:2]] == ["priceData.price", "discount.value"]


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_a_member_of_another_kind_is_rejected_or_converted(junk: Any) -> None:
    def taken(record: Mapping[str, Any], fields: Fields, turn: Callable[[Entity], Entity]) -> bool:
        try:
            turn(fields.parse(record))
        except Rejected:
            return False
        return True

    shirt = {**SHIRT_V1, "customTextFields": [{"title": "Text"}], "media": {"items": [{"id": "a", "image": {}}]}}
    outcomes = [taken(record, PRODUCT_V1, product_fields.to_v3) for _, record in damaged(shirt, junk)]
    outcomes += [
        taken(record, PRODUCT_V3, product_fields.to_v1) for _, record in damaged(product_fields.to_v3(shirt), junk)
    ]
    assert any(outcomes)


def test_the_log_says_which_shape_was_recognised(empty_v3: RunningSite, tmp_path, caplog) -> None:
    caplog.set_level("INFO")
    message = schema("products")
    message["schema"]["properties"] |= {"priceData": {"type": ["object", "null"]}}
    load(empty_v3, tmp_path, [message, record("products", SHIRT_V1), state({})])
    assert any("have the shape of catalog V1, and are converted" in line for line in caplog.messages)


def test_stock_that_is_only_seen_is_written_once(empty_v1: RunningSite, tmp_path) -> None:
    """An extracted V3 product has whether there is stock, not how much: it must not switch off the tracking."""
    seen = product("Mug", sku="M", variant={"inventoryStatus": {"inStock": False}})
    load(empty_v1, tmp_path, messages(products=[seen]))
    assert empty_v1.state()["products"][0]["stock"]["inStock"] is False
    counted = product("Mug", sku="M", variant={"inventoryItem": {"quantity": 4}})
    load(empty_v1, tmp_path, messages(products=[counted]))
    load(empty_v1, tmp_path, messages(products=[seen]))
    assert empty_v1.state()["products"][0]["stock"]["quantity"] == 4
