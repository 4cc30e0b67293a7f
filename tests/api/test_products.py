from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from wix_api.products import _with_variants, variant_of_product
from wix_api.reading import Item

OPTIONS = [
    {"choicesSettings": {"choices": [{"choiceId": "red"}, {"choiceId": "blue"}]}},
    {"choicesSettings": {"choices": [{"choiceId": "small"}, {"choiceId": "large"}]}},
]
PRODUCT = msgspec.json.encode({"id": "p", "name": "Jug", "options": OPTIONS})
ORDER = [("red", "small"), ("red", "large"), ("blue", "small"), ("blue", "large")]


def row(choices: tuple[str, ...]) -> dict:
    ids = [{"optionChoiceIds": {"optionId": "o", "choiceId": choice}} for choice in choices]
    return {"variantId": "-".join(choices), "sku": "s", "productData": {"productId": "p"}, "optionChoices": ids}


@given(st.permutations(ORDER))
def test_variants_come_in_the_order_of_the_choices(order: list[tuple[str, ...]]) -> None:
    item = _with_variants(Item("p", "k", PRODUCT), [row(choices) for choices in order])
    record = msgspec.json.decode(item.raw)
    assert [variant["id"] for variant in record["variantsInfo"]["variants"]] == ["-".join(one) for one in ORDER]


def test_what_wix_sent_stays_as_it_was() -> None:
    item = _with_variants(Item("p", "k", PRODUCT + b" \n"), [])
    assert item.raw == PRODUCT[:-1] + b',"variantsInfo":{"variants":[]}}'


def test_a_variant_keeps_what_both_shapes_share_and_no_product_data() -> None:
    variant = variant_of_product({**row(("red",)), "visible": False})
    assert variant == {
        "id": "red",
        "visible": False,
        "sku": "s",
        "choices": [{"optionChoiceIds": {"optionId": "o", "choiceId": "red"}}],
    }
