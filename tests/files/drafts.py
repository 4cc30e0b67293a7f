"""Products that hypothesis makes, each within what a format can say."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from wix_api.products.money import text as decimal_text
from wix_files.cells import INVISIBLE, error_of

_LETTERS = st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp", "Zs"), blacklist_characters=f';":{INVISIBLE}')
WORDS = st.text(_LETTERS, min_size=1, max_size=12).filter(lambda text: not error_of(text))
TEXTS = st.lists(
    st.one_of(WORDS, st.sampled_from(['"quoted"', "a;b", "two\nlines", "<p>x</p>", "1,5"])), min_size=1, max_size=3
).map(" ".join)
AMOUNTS = st.decimals(0, 9999, places=2).map(lambda value: decimal_text(value) or "")
STOCK = st.one_of(
    st.integers(0, 500).map(lambda count: {"quantity": count}), st.booleans().map(lambda there: {"inStock": there})
)
COUNTED = st.one_of(st.integers(0, 500).map(lambda count: {"quantity": count}), st.just({"inStock": True}))
PICTURE = st.one_of(
    st.integers(0, 99).map(lambda n: {"url": f"https://img.example.test/{n}.jpg"}),
    st.integers(0, 99).map(lambda n: {"id": f"aa11bb_{n:032x}~mv2.jpg"}),
)
WITH_TEXT = st.builds(lambda item, text: {**item, "altText": text}, PICTURE, st.just("") | WORDS)
"""Pictures of the formats that have a column for alternative texts."""


@st.composite
def options(draw: st.DrawFn, *, colours: bool = True, most: int = 3) -> list[dict[str, Any]]:
    listed = []
    for name in draw(st.lists(WORDS, max_size=most, unique=True)):
        is_colour = colours and draw(st.booleans())
        labels = draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))
        choices = [
            {
                "choiceType": "ONE_COLOR",
                "name": label,
                "colorCode": draw(st.sampled_from(["#1f3a5f", "rgb(0, 0, 51)", "tomato"])),
            }
            if is_colour
            else {"choiceType": "CHOICE_TEXT", "name": label}
            for label in labels
        ]
        kind = "SWATCH_CHOICES" if is_colour else "TEXT_CHOICES"
        listed.append({"name": name, "optionRenderType": kind, "choicesSettings": {"choices": choices}})
    return listed


@st.composite
def prices(draw: st.DrawFn) -> dict[str, Any]:
    actual = draw(AMOUNTS)
    higher = draw(st.none() | AMOUNTS)
    is_higher = higher is not None and float(higher) > float(actual)
    return {"actualPrice": {"amount": actual}, "compareAtPrice": {"amount": higher} if is_higher else {}}


def choice_of(option: dict[str, Any], choice: dict[str, Any]) -> dict[str, Any]:
    names = {"optionName": option["name"], "choiceName": choice["name"], "renderType": option["optionRenderType"]}
    return {"optionChoiceNames": names}


@st.composite
def variants(
    draw: st.DrawFn, listed: list[dict[str, Any]], stock: st.SearchStrategy[dict[str, Any]] = STOCK
) -> list[dict[str, Any]]:
    """Some of the combinations, each of them once; every choice in one of them at least."""
    width = max((len(option["choicesSettings"]["choices"]) for option in listed), default=1)
    found = []
    for number in range(width):
        chosen = []
        for option in listed:
            choices = option["choicesSettings"]["choices"]
            chosen.append(choice_of(option, choices[number % len(choices)]))
        variant: dict[str, Any] = {
            "sku": draw(st.just("") | WORDS),
            "barcode": draw(st.just("") | WORDS),
            "price": draw(prices()),
            "physicalProperties": {"weight": draw(st.sampled_from([0.5, 1, 12.25]))},
            "revenueDetails": {"cost": {"amount": draw(AMOUNTS)}},
            "inventoryItem": draw(stock),
        }
        found.append({**variant, **({"choices": chosen} if listed else {})})
    return found


@st.composite
def products(
    draw: st.DrawFn,
    *,
    colours: bool = True,
    stock: st.SearchStrategy[dict[str, Any]] = STOCK,
    picture: st.SearchStrategy[dict[str, Any]] = PICTURE,
) -> dict[str, Any]:
    listed = draw(options(colours=colours))
    return {
        "handle": draw(st.from_regex(r"[a-z0-9]{3,8}-[a-z0-9]{1,5}", fullmatch=True)),
        "name": draw(TEXTS),
        "visible": draw(st.booleans()),
        "plainDescription": draw(st.just("") | TEXTS),
        "brand": {"name": draw(st.just("") | WORDS)},
        "media": {"itemsInfo": {"items": draw(st.lists(picture, max_size=4))}},
        "options": listed,
        "variantsInfo": {"variants": draw(variants(listed, stock))},
    }


@st.composite
def v3_products(draw: st.DrawFn) -> dict[str, Any]:
    product = draw(products(picture=WITH_TEXT))
    product["ribbon"] = {"name": draw(st.just("") | WORDS)}
    product["collections"] = draw(st.lists(st.sampled_from(["lighting", "new-in", "oak"]), unique=True))
    names = draw(st.lists(WORDS, max_size=2, unique=True))
    product["modifiers"] = [
        {
            "name": name,
            "modifierRenderType": "FREE_TEXT",
            "mandatory": draw(st.booleans()),
            "freeTextSettings": {"title": draw(WORDS), "minCharCount": 0, "maxCharCount": draw(st.integers(1, 500))},
        }
        for name in names
    ]
    for variant in product["variantsInfo"]["variants"]:
        if product["options"]:
            variant["visible"] = draw(st.booleans())
        variant["inventoryItem"]["preorderInfo"] = {"enabled": draw(st.booleans())}
    return product


@st.composite
def v1_rows(draw: st.DrawFn) -> list[dict[str, str]]:
    """Rows of one product, as a person would write them."""
    handle = draw(st.from_regex(r"[a-z]{3,8}-[0-9]{1,3}", fullmatch=True))
    discount = draw(st.sampled_from([("", ""), ("PERCENT", "0.0"), ("PERCENT", "15"), ("AMOUNT", "0.5")]))
    head = {
        "handleId": handle,
        "fieldType": "Product",
        "name": draw(TEXTS),
        "description": draw(st.just("") | TEXTS),
        "collection": ";".join(draw(st.lists(WORDS, max_size=3, unique=True))),
        "price": draw(st.sampled_from(["0", "19.9", "1249"])),
        "discountMode": discount[0],
        "discountValue": discount[1],
        "ribbon": draw(st.just("") | WORDS),
        "brand": draw(st.just("") | WORDS),
        "visible": draw(st.sampled_from(["TRUE", "false"])),
        "cost": draw(st.just("") | AMOUNTS),
        "additionalInfoTitle1": draw(WORDS),
        "additionalInfoDescription1": draw(TEXTS),
        "customTextField1": draw(st.just("") | WORDS),
        "customTextCharLimit1": "24",
        "customTextMandatory1": "TRUE",
    }
    own = {
        "sku": WORDS,
        "weight": st.sampled_from(["", "0.4", "38.0"]),
        "inventory": st.sampled_from(["", "7", "InStock", "OutOfStock"]),
    }
    labels = draw(st.lists(WORDS, max_size=3, unique=True))
    if not labels or draw(st.booleans()):
        head |= {column: draw(cell) for column, cell in own.items()}
    if not labels:
        return [head]
    head |= {
        "productOptionName1": "Size",
        "productOptionType1": "DROP_DOWN",
        "productOptionDescription1": ";".join(labels),
    }
    if "sku" in head:
        return [head]  # options without variant rows
    return [
        head,
        *(
            {
                "handleId": handle,
                "fieldType": "Variant",
                "surcharge": draw(st.sampled_from(["", "0", "7.50", "14"])),
                "visible": draw(st.sampled_from(["TRUE", "FALSE"])),
                **{column: draw(cell) for column, cell in own.items()},
                "productOptionDescription1": label,
            }
            for label in labels
        ),
    ]
