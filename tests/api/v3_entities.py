"""Generated products of V3's shape that catalog V1 can hold, written without a look at how they are converted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.api.v1_entities import DEFAULT_VARIANT, dates, names
from wix_api.products.options import derived_id

money = st.decimals(Decimal("0.01"), Decimal(9999), places=2)


def written(amount: Decimal) -> str:
    """Decimal text without needless zeros."""
    return format(amount.normalize(), "f")


@st.composite
def products(draw: st.DrawFn) -> dict[str, Any]:
    product_id = draw(st.uuids().map(str))
    optional = st.fixed_dictionaries(
        {},
        optional={
            "name": names,
            "slug": names,
            "visible": st.booleans(),
            "productType": st.just("DIGITAL"),
            "createdDate": dates,
            "updatedDate": dates,
            "plainDescription": st.text(max_size=9),
            "brand": st.fixed_dictionaries({"name": names}),
            "ribbon": st.fixed_dictionaries({"name": names}),
            "seoData": st.just({"tags": [{"type": "title", "children": "Mug", "custom": True}]}),
            "inventory": st.just({"availabilityStatus": "PARTIALLY_OUT_OF_STOCK"}),
            "directCategoriesInfo": st.lists(st.uuids().map(lambda one: {"id": str(one)}), max_size=2).map(
                lambda categories: {"categories": categories}
            ),
            "media": _media(),
        },
    )
    product = {"id": product_id, **draw(optional)}
    options = draw(st.lists(_option(product_id), max_size=2, unique_by=lambda option: option["name"]))
    if options:
        product["options"] = options
    variants = draw(_variants(product_id, options))
    if not options and "visible" in product:
        variants[0]["visible"] = product["visible"]  # Wix keeps the two alike
    product["currency"] = "USD"
    product["variantsInfo"] = {"variants": variants}
    product["variantSummary"] = {"variantCount": len(variants)}
    for whole, member in (("actualPriceRange", "actualPrice"), ("compareAtPriceRange", "compareAtPrice")):
        amounts = [each["price"][member]["amount"] for each in variants if member in each["price"]]
        if amounts:
            lowest, highest = min(amounts, key=Decimal), max(amounts, key=Decimal)
            product[whole] = {"minValue": {"amount": lowest}, "maxValue": {"amount": highest}}
    return product


@st.composite
def _option(draw: st.DrawFn, product_id: str) -> dict[str, Any]:
    name, color = draw(names), draw(st.booleans())
    labels = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    choices = [
        {
            "choiceId": derived_id(product_id, "choice", name, label),
            "choiceType": "ONE_COLOR" if color else "CHOICE_TEXT",
            "name": label,
            **({"colorCode": "#12aB3c"} if color else {}),
            "inStock": draw(st.booleans()),
            "visible": draw(st.booleans()),
        }
        for label in labels
    ]
    return {
        "id": derived_id(product_id, "option", name),
        "name": name,
        "optionRenderType": "SWATCH_CHOICES" if color else "TEXT_CHOICES",
        "choicesSettings": {"choices": choices},
    }


@st.composite
def _variants(draw: st.DrawFn, product_id: str, options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Variants with one amount off each price, which is all that V1's one discount can say."""
    off = draw(st.none() | st.decimals(Decimal("0.01"), Decimal(5), places=2))
    variants = []
    for number in range(draw(st.integers(1, 3)) if options else 1):
        actual = draw(money)
        price = {"actualPrice": {"amount": written(actual)}}
        if off:
            price["compareAtPrice"] = {"amount": written(actual + off)}
        optional = {
            "sku": names,
            "visible": st.booleans(),
            "physicalProperties": st.just({"weight": 0.5 + number}),
            "inventoryStatus": st.fixed_dictionaries({"inStock": st.booleans()}),
            "revenueDetails": st.just({"cost": {"amount": "1.5"}}),
        }
        chosen = [(option, draw(st.sampled_from(option["choicesSettings"]["choices"]))) for option in options]
        variants.append(
            {
                "id": draw(st.uuids().map(str)) if options else DEFAULT_VARIANT,
                "choices": [_choice(product_id, option, choice) for option, choice in chosen],
                "price": price,
                **draw(st.fixed_dictionaries({}, optional=optional)),
            }
        )
    return variants


def _choice(product_id: str, option: dict[str, Any], choice: dict[str, Any]) -> dict[str, Any]:
    return {
        "optionChoiceIds": {
            "optionId": derived_id(product_id, "option", option["name"]),
            "choiceId": derived_id(product_id, "choice", option["name"], choice["name"]),
        },
        "optionChoiceNames": {
            "optionName": option["name"],
            "choiceName": choice["name"],
            "renderType": option["optionRenderType"],
        },
    }


@st.composite
def _media(draw: st.DrawFn) -> dict[str, Any]:
    items = [
        {"id": name, "mediaType": "IMAGE", "altText": "a cup", "image": {"id": name, "url": f"https://x.test/{name}"}}
        for name in draw(st.lists(st.sampled_from(["a~mv2.jpg", "b~mv2.png", "c~mv2.webp"]), max_size=3, unique=True))
    ]
    return {**({"main": items[0]} if items else {}), "itemsInfo": {"items": items}}
