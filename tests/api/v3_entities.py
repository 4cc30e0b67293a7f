"""Generated products of V3's shape that catalog V1 can hold, written without a look at how they are converted.

Ids are any, as Wix makes them; `without_own_ids` leaves out those that V1 does not have.
"""

from __future__ import annotations

import copy
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import strategies as st

from tests.api.v1_entities import DEFAULT_VARIANT, dates, names

money = st.decimals(Decimal("0.01"), Decimal(9999), places=2)
uuids = st.uuids().map(str)
counts = st.integers(1, 5000)


def written(amount: Decimal) -> str:
    """Decimal text without needless zeros."""
    return format(amount.normalize(), "f")


def some(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with any of these members, but with one at least."""
    return st.fixed_dictionaries({}, optional=members).filter(bool)


def amounts(**more: Any) -> st.SearchStrategy[dict[str, Any]]:
    return money.map(lambda value: {"amount": written(value), **more})


DIMENSIONS = some(length=money.map(written), width=money.map(written), unit=st.sampled_from(["CM", "IN"]))


@st.composite
def products(draw: st.DrawFn) -> dict[str, Any]:
    media = draw(_media())
    optional = st.fixed_dictionaries(
        {},
        optional={
            "name": names,
            "slug": names,
            "visible": st.booleans(),
            "createdDate": dates,
            "updatedDate": dates,
            "url": st.just({"relativePath": "/p/mug", "url": "https://shop.test/p/mug"}),
            "plainDescription": st.text(max_size=9),
            "brand": st.fixed_dictionaries({"name": names, "id": uuids}),
            "ribbon": st.fixed_dictionaries({"name": names, "id": uuids}),
            "seoData": some(
                tags=st.lists(some(type=st.just("title"), children=names, custom=st.booleans()), max_size=2),
                settings=some(preventAutoRedirect=st.booleans()),
            ),
            "inventory": st.sampled_from(["IN_STOCK", "OUT_OF_STOCK", "PARTIALLY_OUT_OF_STOCK"]).map(
                lambda status: {"availabilityStatus": status}
            ),
            "directCategoriesInfo": st.lists(st.fixed_dictionaries({"id": uuids}), max_size=2).map(
                lambda categories: {"categories": categories}
            ),
            "infoSections": st.lists(_sections, max_size=2),
            "modifiers": st.lists(_free_texts(), max_size=2),
            "costRange": st.fixed_dictionaries({"minValue": amounts(), "maxValue": amounts()}),
            "media": st.just(media),
        },
    )
    product = {"id": draw(uuids), **draw(optional)}
    options = draw(st.lists(_option(media["itemsInfo"]["items"] if "media" in product else []), max_size=6))
    options = [option for place, option in enumerate(options) if option["name"] not in _names(options[:place])]
    if options:
        product["options"] = options
    variants = draw(_variants(options))
    if not options and "visible" in product:
        variants[0]["visible"] = product["visible"]  # Wix keeps the two alike
    if "directCategoriesInfo" in product:
        product["allCategoriesInfo"] = product["directCategoriesInfo"]  # without a tree, which V1 does not have
    product["currency"] = "USD"
    product["variantsInfo"] = {"variants": variants}
    product["variantSummary"] = {"variantCount": len(variants)}
    _add_ranges(product)
    product.update(draw(_kind))
    return product


_sections = st.fixed_dictionaries(
    {"id": uuids, "uniqueName": names, "title": names, "plainDescription": st.text(max_size=9)}
)
_kind = st.one_of(
    st.just({}),
    st.just({"productType": "DIGITAL"}),
    st.fixed_dictionaries(
        {
            "productType": st.just("PHYSICAL"),
            "physicalProperties": st.fixed_dictionaries(
                {},
                optional={
                    "shippingWeightRange": st.just({"minValue": 0.5, "maxValue": 2}),
                    "pricePerUnit": st.fixed_dictionaries(
                        {"quantity": counts, "measurementUnit": st.sampled_from(["KG", "ML"])}
                    ),
                },
            ),
        }
    ),
)


def _names(options: list[dict[str, Any]]) -> set[str]:
    return {option["name"] for option in options}


@st.composite
def _free_texts(draw: st.DrawFn) -> dict[str, Any]:
    title = draw(names)
    return {
        "id": draw(uuids),
        "name": title,
        "modifierRenderType": "FREE_TEXT",
        "mandatory": draw(st.booleans()),
        "freeTextSettings": {"title": title, "minCharCount": 0, "maxCharCount": draw(st.integers(1, 500))},
    }


def _add_ranges(product: dict[str, Any]) -> None:
    variants = product["variantsInfo"]["variants"]
    for whole, member in (("actualPriceRange", "actualPrice"), ("compareAtPriceRange", "compareAtPrice")):
        amounts = [each["price"][member] for each in variants if member in each["price"]]
        if amounts:
            ordered = sorted(amounts, key=lambda price: Decimal(price["amount"]))
            product[whole] = {"minValue": dict(ordered[0]), "maxValue": dict(ordered[-1])}


@st.composite
def _option(draw: st.DrawFn, pictures: list[dict[str, Any]]) -> dict[str, Any]:
    name, color = draw(names), draw(st.booleans())
    labels = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    choices = [
        {
            "choiceId": draw(uuids),
            "choiceType": "ONE_COLOR" if color else "CHOICE_TEXT",
            "name": label,
            **({"colorCode": draw(st.sampled_from(["#12aB3c", "rgb(1,2,3)", "red"]))} if color else {}),
            "inStock": draw(st.booleans()),
            "visible": draw(st.booleans()),
            **({"media": {"items": [{"mediaId": draw(st.sampled_from(pictures))["id"]}]}} if pictures else {}),
        }
        for label in labels
    ]
    return {
        "id": draw(uuids),
        "name": name,
        "optionRenderType": "SWATCH_CHOICES" if color else "TEXT_CHOICES",
        "choicesSettings": {"choices": choices},
    }


@st.composite
def _variants(draw: st.DrawFn, options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Variants with one amount or one share off each price, which is all that V1's one discount can say."""
    amount = draw(st.none() | st.decimals(Decimal("0.01"), Decimal(5), places=2))
    share = 0 if amount else draw(st.integers(0, 100))
    optional = {
        "sku": names,
        "visible": st.booleans(),
        "physicalProperties": some(
            weight=st.integers(1, 4000).map(lambda grams: grams / 1000),
            productDimensions=DIMENSIONS,
            packageDimensions=DIMENSIONS,
        ),
        "inventoryStatus": st.fixed_dictionaries({"inStock": st.booleans()}),
        "revenueDetails": some(cost=amounts(formattedAmount="$1"), profit=amounts(), profitMargin=st.just(0.25)),
    }
    variants = []
    for _ in range(draw(st.integers(1, 3)) if options else 1):
        chosen = [(option, draw(st.sampled_from(option["choicesSettings"]["choices"]))) for option in options]
        variants.append(
            {
                "id": draw(uuids) if options else DEFAULT_VARIANT,
                "choices": [_choice(option, choice) for option, choice in chosen],
                "price": draw(_price(amount, share)),
                **draw(st.fixed_dictionaries({}, optional=optional)),
            }
        )
    return variants


@st.composite
def _price(draw: st.DrawFn, amount: Decimal | None, share: int) -> dict[str, Any]:
    before = draw(money) + (amount or 0)
    sold = before - amount if amount else (before * (100 - share) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    shown = {"formattedAmount": "$1.00"} if draw(st.booleans()) else {}
    price = {"actualPrice": {"amount": written(sold), **shown}}
    if sold < before:
        price["compareAtPrice"] = {"amount": written(before), **shown}
    return price


def _choice(option: dict[str, Any], choice: dict[str, Any]) -> dict[str, Any]:
    return {
        "optionChoiceIds": {"optionId": option["id"], "choiceId": choice["choiceId"]},
        "optionChoiceNames": {
            "optionName": option["name"],
            "choiceName": choice["name"],
            "renderType": option["optionRenderType"],
        },
    }


@st.composite
def _media(draw: st.DrawFn) -> dict[str, Any]:
    items = [
        {
            "id": name,
            "mediaType": "IMAGE",
            **draw(st.fixed_dictionaries({}, optional={"altText": names})),
            "image": {"id": name, "url": f"https://x.test/{name}", **draw(st.just({}) | some(width=counts))},
        }
        for name in draw(st.lists(st.sampled_from(["a~mv2.jpg", "b~mv2.png", "c~mv2.webp"]), max_size=3, unique=True))
    ]
    if draw(st.booleans()):
        resolutions = [{"url": "https://x.test/v.mp4", "width": 640, "height": 480, "format": "mp4"}]
        video = {"id": "v", "resolutions": resolutions}
        items.append({"id": "v", "mediaType": "VIDEO", "video": video, "thumbnail": {"url": "https://x.test/v.jpg"}})
    return {**({"main": items[0]} if items else {}), "itemsInfo": {"items": items}}


def without_own_ids(product: dict[str, Any]) -> dict[str, Any]:
    """Leave out the ids of what V1 only names: brand, ribbon, options, choices, sections, and free texts."""
    bare = copy.deepcopy(product)
    for member in {"brand", "ribbon"} & bare.keys():
        del bare[member]["id"]
    for option in bare.get("options", ()):
        del option["id"]
        for choice in option["choicesSettings"]["choices"]:
            del choice["choiceId"]
    for variant in bare["variantsInfo"]["variants"]:
        for choice in variant["choices"]:
            del choice["optionChoiceIds"]
    for section in bare.get("infoSections", ()):
        del section["id"], section["uniqueName"]
    for modifier in bare.get("modifiers", ()):
        del modifier["id"]
    return bare


def choice_ids(product: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the ids of options and choices by the names of both."""
    return {
        (option["name"], choice["name"]): (option["id"], choice["choiceId"])
        for option in product.get("options", ())
        for choice in option["choicesSettings"]["choices"]
    }
