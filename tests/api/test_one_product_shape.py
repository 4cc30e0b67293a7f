from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from hypothesis import given, settings

from tests.api import v1_entities as v1
from tests.api import v3_entities as v3
from tests.api.damage import JUNK, damaged
from tests.shops import shop
from wix_api.products import inventory
from wix_api.products.collection import COLLECTION, lift_collection
from wix_api.products.inventory import lift_inventory
from wix_api.products.mapping import completed
from wix_api.products.product import lift, lower

if TYPE_CHECKING:
    from collections.abc import Iterator


def validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads((v1.SCHEMAS / f"{name}.json").read_text()))


PRODUCT_V3, STOCK_V3, CATEGORY = map(validator, ("product_v3", "inventory_item_v3", "category"))


def without_v1(entity: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entity.items() if name != "v1"}


@pytest.mark.parametrize("examples", [30, pytest.param(5000, marks=pytest.mark.soak)])
def test_lowering_a_lifted_product_restores_it(examples: int) -> None:
    settings(max_examples=examples)(given(v1.products())(check_lifted))()


def check_lifted(product: dict[str, Any]) -> None:
    before = json.dumps(product)
    lifted = lift(product)
    PRODUCT_V3.validate(without_v1(lifted))
    written = json.dumps(lifted)
    assert lower(json.loads(written)) == product  # as from a pipe: no object occurs in it twice
    assert lower(lifted) == product
    assert (json.dumps(product), json.dumps(lifted)) == (before, written)


@pytest.mark.parametrize("examples", [30, pytest.param(5000, marks=pytest.mark.soak)])
def test_lifting_a_lowered_product_restores_it(examples: int) -> None:
    settings(max_examples=examples)(given(v3.products())(check_lowered))()


def check_lowered(product: dict[str, Any]) -> None:
    PRODUCT_V3.validate(product)
    lifted = without_v1(lift(lower(product)))
    assert v3.without_own_ids(lifted) == v3.without_own_ids(product)
    ids = v3.choice_ids(lifted)
    for choice in (choice for variant in lifted["variantsInfo"]["variants"] for choice in variant["choices"]):
        option_choice = (choice["optionChoiceNames"]["optionName"], choice["optionChoiceNames"]["choiceName"])
        assert tuple(choice["optionChoiceIds"].values()) == ids[option_choice]


@pytest.mark.parametrize("examples", [30, pytest.param(5000, marks=pytest.mark.soak)])
def test_lowering_lifted_stock_restores_it(examples: int) -> None:
    settings(max_examples=examples)(given(v1.inventory_items)(check_stock))()


def lower_inventory(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Return V1's item of V3's items, with what these keep under `v1`."""
    remembered = [dict(item["v1"] or {}) for item in items]
    shared = remembered[0].pop("item", {})
    lowered = inventory._lowered(items)
    variants = [completed(one, rest) for one, rest in zip(lowered.pop("variants"), remembered, strict=True)]
    return completed({**lowered, "variants": variants}, shared)


def check_stock(item: dict[str, Any]) -> None:
    lifted = lift_inventory(item)
    assert lifted
    for each in lifted:
        STOCK_V3.validate(without_v1(each))
    assert lower_inventory(lifted) == item


@pytest.mark.parametrize("examples", [30, pytest.param(5000, marks=pytest.mark.soak)])
def test_lowering_a_lifted_collection_restores_it(examples: int) -> None:
    settings(max_examples=examples)(given(v1.collections)(check_collection))()


def check_collection(collection: dict[str, Any]) -> None:
    lifted = lift_collection(collection)
    CATEGORY.validate(without_v1(lifted))
    assert completed(COLLECTION.down(lifted), lifted["v1"] or {}) == collection


@pytest.fixture(scope="module")
def seeded() -> dict[str, list[dict[str, Any]]]:
    return shop("v1").state()


def test_a_whole_shop_lifts_without_loss(seeded: dict[str, list[dict[str, Any]]]) -> None:
    for product in seeded["products"]:
        lifted = lift(product)
        PRODUCT_V3.validate(without_v1(lifted))
        assert lower(lifted) == product


def products_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "priceData" in value and "name" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from products_in(inner)


def test_every_documented_product_lifts_without_loss() -> None:
    documented = [
        product
        for exchange in sorted((Path(__file__).parents[1] / "contracts" / "exchanges").glob("*.json"))
        for product in products_in(json.loads(exchange.read_text()))
    ]
    assert len(documented) > 30
    for product in documented:
        assert lower(lift(product)) == product


@pytest.mark.parametrize("share", [3, pytest.param(1, marks=pytest.mark.services)], ids=["some", "every"])
@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_a_member_of_another_kind_stops_nothing(junk: Any, share: int) -> None:
    """Each value is put at every third place, the next value at the places after these; with the services, at each."""
    places = slice(JUNK.index(junk) % share, None, share)
    for path, product in [*damaged(FULL, junk)][places]:
        lifted = lift(product)
        if junk in (None, [None], [[]], "NaN") and not path.startswith("discount"):
            assert lower(lifted) == product, path
    for _, product in [*damaged(lift(FULL), junk)][places]:
        lower(product)


FULL = {
    "id": "p",
    "name": "Mug",
    "slug": "mug",
    "productType": "physical",
    "priceData": v1.price_data(20, {"type": "PERCENT", "value": 25}, pricePerUnit=3),
    "discount": {"type": "PERCENT", "value": 25},
    "weightRange": {"minValue": 1, "maxValue": 2},
    "costRange": {"minValue": 1, "maxValue": 2},
    "costAndProfitData": {"itemCost": 4, "formattedItemCost": "$4", "profit": 11, "profitMargin": 0.7},
    "pricePerUnitData": {
        "totalQuantity": 1,
        "totalMeasurementUnit": "L",
        "baseQuantity": 100,
        "baseMeasurementUnit": "ML",
    },
    "productPageUrl": {"base": "https://shop.test", "path": "/p/mug"},
    "stock": {"trackInventory": True, "quantity": 3, "inStock": True, "inventoryStatus": "IN_STOCK"},
    "ribbon": "New",
    "ribbons": [{"text": "New"}],
    "additionalInfoSections": [{"title": "Care", "description": "<p>Cold</p>"}],
    "customTextFields": [{"title": "Engraving", "maxLength": 40, "mandatory": True}],
    "collectionIds": ["c"],
    "seoData": {"tags": [{"type": "title", "children": "Mug"}]},
    "media": {
        "mainMedia": {"id": "a", "mediaType": "image", "title": "A mug", "image": {"url": "https://x.test/a"}},
        "items": [
            {"id": "a", "mediaType": "image", "title": "A mug", "image": {"url": "https://x.test/a"}},
            {"id": "v", "mediaType": "video", "video": {"files": [{"url": "https://x.test/v", "width": 640}]}},
        ],
    },
    "manageVariants": True,
    "productOptions": [
        {
            "name": "Color",
            "optionType": "color",
            "choices": [{"value": "#ff0000", "description": "Red", "media": {"items": [{"id": "a"}]}}],
        }
    ],
    "variants": [
        {
            "id": "1",
            "choices": {"Color": "Red"},
            "variant": {"priceData": v1.price_data(20, {"type": "PERCENT", "value": 25}), "sku": "R", "weight": 1.5},
            "stock": {"trackQuantity": True, "quantity": 3, "inStock": True},
        }
    ],
}


def test_a_product_and_its_variant_may_have_different_sizes() -> None:
    variant = {"id": v1.DEFAULT_VARIANT, "choices": {}, "variant": {"packageDimensions": {}}}
    check_lifted({"id": "p", "packageDimensions": {"length": "3"}, "variants": [variant]})


def test_amounts_have_no_more_decimals_than_v3_takes() -> None:
    product = {"id": "p", "priceData": {"price": 0.1 + 0.2}}
    lifted = lift(product)
    assert lifted["variantsInfo"]["variants"][0]["price"] == {"actualPrice": {"amount": "0.3"}}
    assert lower(lifted) == product


def test_a_discounted_price_is_the_one_that_v1_reports() -> None:
    price = {"price": 9.99, "discountedPrice": 6.7}
    lifted = lift({"id": "p", "priceData": price, "discount": {"type": "PERCENT", "value": 33}})
    assert lifted["variantsInfo"]["variants"][0]["price"]["actualPrice"] == {"amount": "6.7"}


def test_a_formatted_price_that_v3_refuses_is_left_out() -> None:
    price = {"price": 5, "formatted": {"price": f"{' ' * 20}$"}}
    lifted = lift({"id": "p", "priceData": price})
    assert lifted["variantsInfo"]["variants"][0]["price"] == {"actualPrice": {"amount": "5"}}


def test_more_combinations_than_v3_takes_are_not_all_made() -> None:
    options = [{"name": f"O{n}", "choices": [{"description": str(each)} for each in range(100)]} for n in range(6)]
    lifted = lift({"id": "p", "priceData": {"price": 1}, "productOptions": options})
    assert len(lifted["variantsInfo"]["variants"]) == 1001


def test_choices_refer_to_pictures_of_the_product() -> None:
    lifted = lift(FULL)
    (choice,) = lifted["options"][0]["choicesSettings"]["choices"]
    assert choice["media"] == {"items": [{"mediaId": "a"}]}
    (lowered,) = lower({**lifted, "v1": None})["productOptions"][0]["choices"]
    assert lowered["media"]["items"][0]["image"]["url"] == "https://x.test/a"


def test_choices_refer_to_pictures_by_address() -> None:
    items = [{"url": f"https://x.test/{name}"} for name in "ab"]
    choices = [{"name": "Red", "media": {"items": items[:1]}}]
    product = {
        "media": {"itemsInfo": {"items": items}},
        "options": [{"name": "C", "choicesSettings": {"choices": choices}}],
    }
    (lowered,) = lower(product)["productOptions"][0]["choices"]
    assert lowered["media"]["items"] == [{"image": {"url": "https://x.test/a"}}]


def test_what_v3_has_a_place_for_is_not_kept_apart(seeded: dict[str, list[dict[str, Any]]]) -> None:
    usual = [
        product
        for product in seeded["products"]
        if round(product["priceData"]["price"], 2) == product["priceData"]["price"]
    ]
    kept = {path for product in usual for path in leaves(lift(product)["v1"])}
    assert kept == {
        "numericId",
        "inventoryItemId",
        "discount.type",  # a share and an amount may make the same prices
        "discount.value",
        "stock.trackInventory",
        "stock.inStock",
        "stock.quantity",
        "variants.*.stock.trackQuantity",
        "variants.*.stock.quantity",
        "variants.*.variant.visible",  # of the one variant of a hidden product
        "variants.*.variant.weight",  # 0 for none
        "weight",
        "weightRange.minValue",  # of a digital product, which has none in V3's shape
        "weightRange.maxValue",
        "ribbon",  # an empty one
        "ribbons",
    }


def leaves(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            inside = "*" if path == "variants" else name
            yield from leaves(inner, f"{path}.{inside}".lstrip("."))
    else:
        yield path


EDITS: dict[str, tuple[dict[str, Any], str, Any]] = {
    "name": ({"name": "New"}, "name", "New"),
    "slug": ({"slug": "new"}, "slug", "new"),
    "hidden": ({"visible": False}, "visible", False),
    "description": ({"plainDescription": "<p>New</p>"}, "description", "<p>New</p>"),
    "brand": ({"brand": {"name": "New"}}, "brand", "New"),
    "ribbon": ({"ribbon": {"name": "New"}}, "ribbon", "New"),
}


@pytest.mark.parametrize(("edit", "member", "value"), EDITS.values(), ids=EDITS)
def test_an_edited_member_is_believed_over_what_was(
    seeded: dict[str, list[dict[str, Any]]], edit: dict[str, Any], member: str, value: Any
) -> None:
    for product in seeded["products"]:
        assert lower({**lift(product), **edit})[member] == value


def test_new_prices_make_a_new_discount(seeded: dict[str, list[dict[str, Any]]]) -> None:
    for product in seeded["products"]:
        lifted = lift(product)
        for variant in lifted["variantsInfo"]["variants"]:
            variant["price"] = {"actualPrice": {"amount": "7.5"}, "compareAtPrice": {"amount": "10"}}
        lowered = lower(lifted)
        assert lowered["discount"] == {"type": "AMOUNT", "value": 2.5}
        assert {each["variant"]["priceData"]["price"] for each in lowered["variants"]} == {10}


def test_three_hundred_variants_of_six_options_keep_their_choices() -> None:
    options = [
        {"name": f"Option {number}", "choices": [{"value": each, "description": each} for each in "abc"]}
        for number in range(6)
    ]
    variants = [
        {
            "id": f"variant-{number}",
            "choices": {option["name"]: "abc"[(number // 3**place) % 3] for place, option in enumerate(options)},
            "variant": {"priceData": v1.price_data(10 + number, None), "sku": f"S{number}"},
        }
        for number in range(300)
    ]
    product = {"id": "p", "manageVariants": True, "productOptions": options, "variants": variants}
    lifted = lift(product)
    assert lower(lifted) == product
    assert len({json.dumps(each["choices"]) for each in lifted["variantsInfo"]["variants"]}) == 300


def test_products_of_one_brand_or_ribbon_share_its_id() -> None:
    one, other = (
        lift({"id": "a", "brand": "Acme", "ribbon": "New"}),
        lift({"id": "b", "brand": "Acme", "ribbon": "Old"}),
    )
    assert one["brand"] == other["brand"]
    assert one["ribbon"]["id"] != other["ribbon"]["id"]
    assert "brand" not in lift({"id": "c", "brand": ""})


def test_ids_that_v1_lacks_are_those_of_earlier_releases() -> None:
    """A warehouse joins on them: another way to derive them is a breaking change."""
    (option,) = lift(FULL)["options"]
    assert option["id"] == "8f3ec596-b4fb-5be2-9257-09f3354c7d2b"
    assert option["choicesSettings"]["choices"][0]["choiceId"] == "d4986593-d5f2-5f65-a327-8e1bd4fabba8"
    assert lift(FULL)["infoSections"][0]["uniqueName"] == "Care ef7524fa"
    assert lift(FULL)["modifiers"][0]["id"] == "eb600d0e-0e93-530a-9fee-3da0545b7a22"
    (item,) = lift_inventory({"id": "i", "productId": "p", "variants": [{"variantId": "1"}]})
    assert item["id"] == "6f5da2fb-4b70-56a5-90f1-5b523aa6ec55"


RED = {"value": "#ff0000", "description": "Red"}
WINE = {"value": "#880000", "description": "Red"}


@pytest.mark.parametrize("choices", [[RED, WINE], [WINE, RED], [RED, WINE, WINE]])
def test_choices_with_one_name_have_distinct_ids_in_any_order(choices: list[dict[str, Any]]) -> None:
    def ids(choices: list[dict[str, Any]]) -> list[tuple[str, str]]:
        (option,) = lift({"id": "p", "productOptions": [{"name": "Color", "optionType": "color", "choices": choices}]})[
            "options"
        ]
        return [(choice["colorCode"], choice["choiceId"]) for choice in option["choicesSettings"]["choices"]]

    assert len({choice_id for _, choice_id in ids(choices)}) == len(choices)
    assert set(ids(choices)) == set(ids(choices[::-1]))
    assert set(ids([RED, WINE])) <= set(ids(choices))


def test_custom_texts_with_one_title_have_distinct_ids() -> None:
    texts = [{"title": "Engraving", "maxLength": 10}, {"title": "Engraving", "maxLength": 20}]
    one, other = lift({"id": "p", "customTextFields": texts})["modifiers"]
    assert one["id"] != other["id"]
    assert one["id"] == lift({"id": "p", "customTextFields": texts[:1]})["modifiers"][0]["id"]


@pytest.mark.parametrize("variants", [{}, {"variants": []}, {"variants": None}])
def test_stock_without_variants_is_that_of_the_default_variant(variants: dict[str, Any]) -> None:
    item = {"id": "i", "productId": "p", "trackQuantity": True, **variants}
    (row,) = lift_inventory(item)
    assert (row["productId"], row["variantId"], row["trackQuantity"]) == ("p", v1.DEFAULT_VARIANT, True)
    assert lower_inventory([row]) == item
    (usual,) = lift_inventory({**item, "variants": [{"variantId": v1.DEFAULT_VARIANT, "quantity": 3}]})
    assert row["id"] == usual["id"]


def test_ids_that_v1_lacks_are_the_same_on_every_run(seeded: dict[str, list[dict[str, Any]]]) -> None:
    for product in seeded["products"]:
        assert lift(json.loads(json.dumps(product))) == lift(product)
    ids = [option["id"] for product in seeded["products"] for option in lift(product)["options"]]
    assert len(ids) == len(set(ids)) > 0


def test_a_product_without_listed_variants_has_all_combinations() -> None:
    sizes = {"name": "Size", "choices": [{"value": "S", "description": "S"}, {"value": "M", "description": "M"}]}
    product = {"name": "Mug", "priceData": {"price": 10}, "discount": {"type": "PERCENT", "value": 25}}
    plain = lift(product)["variantsInfo"]["variants"]
    several = lift({**product, "productOptions": [sizes]})["variantsInfo"]["variants"]
    assert plain[0]["price"] == {"actualPrice": {"amount": "7.5"}, "compareAtPrice": {"amount": "10"}}
    assert [each["choices"][0]["optionChoiceNames"]["choiceName"] for each in several] == ["S", "M"]
    assert {each["price"]["actualPrice"]["amount"] for each in several} == {"7.5"}
