from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wix_api.endpoints import stores_v3
from wix_api.errors import InvalidRequestError
from wix_api.products import rows
from wix_api.products.rows import VariantRow, with_variants
from wix_api.reading import Item, Window, in_order

if TYPE_CHECKING:
    from tests.api.conftest import Asked, Server

OPTIONS = [
    {"choicesSettings": {"choices": [{"choiceId": "red"}, {"choiceId": "blue"}]}},
    {"choicesSettings": {"choices": [{"choiceId": "small"}, {"choiceId": "large"}]}},
]
PRODUCT = msgspec.json.encode({"id": "p", "name": "Jug", "options": OPTIONS})
ORDER = [("red", "small"), ("red", "large"), ("blue", "small"), ("blue", "large")]


def row(choices: tuple[str, ...], **members: object) -> bytes:
    ids = [{"optionChoiceIds": {"optionId": "o", "choiceId": choice}} for choice in choices]
    variant = {"variantId": "-".join(choices), "sku": "s", "productData": {"productId": "p"}, "optionChoices": ids}
    return msgspec.json.encode({**variant, **members})


def held(product: bytes, rows: list[bytes]) -> bytes:
    """The variants that a product holds with some rows, as their bytes."""
    raw = with_variants(Item("p", "k", product), [msgspec.json.decode(row, type=VariantRow) for row in rows]).raw
    return bytes(msgspec.json.decode(raw, type=dict[str, msgspec.Raw])["variantsInfo"])


@given(st.permutations(ORDER))
def test_variants_come_in_the_order_of_the_choices(order: list[tuple[str, ...]]) -> None:
    variants = msgspec.json.decode(held(PRODUCT, [row(choices) for choices in order]))["variants"]
    assert [variant["id"] for variant in variants] == ["-".join(one) for one in ORDER]


def test_what_wix_sent_stays_as_it_was() -> None:
    item = with_variants(Item("p", "k", PRODUCT + b" \n"), [])
    assert item.raw == PRODUCT[:-1] + b',"variantsInfo":{"variants":[]}}'


def test_a_variant_keeps_what_both_shapes_share_and_what_wix_adds_and_no_product_data() -> None:
    sent = row(("red",), visible=False, barcode=None, id="the row's own", mood="fine")
    variants = msgspec.json.decode(held(PRODUCT, [sent]))
    assert variants["variants"] == [
        {
            "id": "red",
            "visible": False,
            "sku": "s",
            "barcode": None,
            "mood": "fine",
            "choices": [{"optionChoiceIds": {"optionId": "o", "choiceId": "red"}}],
        }
    ]


def test_what_wix_sent_of_a_variant_stays_as_it_was() -> None:
    sent = b'{"productData": {"productId":"p"}, "price": {"amount" : 1.50}, "variantId":"\\u0076"}'
    assert held(PRODUCT, [sent]) == b'{"variants":[{"id":"\\u0076","choices":[],"price":{"amount" : 1.50}}]}'


@pytest.mark.parametrize("choices", ["[]", "null", "[{}]", '[{"optionChoiceIds":{}}]'])
def test_variants_without_known_choices_keep_the_order_in_which_they_came(choices: str) -> None:
    rows = [
        b'{"variantId":"%d","productData":{"productId":"p"},"optionChoices":%b}' % (n, choices.encode()) for n in (2, 1)
    ]
    variants = msgspec.json.decode(held(PRODUCT, rows))["variants"]
    assert [variant["id"] for variant in variants] == ["2", "1"]


def test_a_product_with_lagging_variants_is_read_by_id(server: Server) -> None:
    product = {"id": "p", "updatedDate": "2024-01-01T00:00:00Z"}
    answers = {
        "/stores/v3/products/query": {"products": [product, {**product, "id": "gone"}]},
        "/stores/v3/products/query-variants": {"variants": []},
        "/stores/v3/products/p": {"product": {**product, "variantsInfo": {"variants": [{"id": "v"}]}}},
    }
    server.script = lambda asked, _number: (
        (200, answers[path]) if (path := asked.path.partition("?")[0]) in answers else (404, {})
    )
    page = stores_v3.PRODUCTS.rows(server.client()).fetch(Window())
    records = [msgspec.json.decode(item.raw) for item in page.items]
    assert records == [{**product, "variantsInfo": {"variants": [{"id": "v"}]}}, {**product, "id": "gone"}]


def test_a_variant_that_comes_twice_hides_no_other_one(server: Server) -> None:
    variants = [{"id": "v1"}, {"id": "v2"}]
    product = {"id": "p", "updatedDate": "2024-01-01T00:00:00Z", "variantSummary": {"variantCount": 2}}
    twice = {"variantId": "v1", "productData": {"productId": "p"}}
    answers = {
        "/stores/v3/products/query": {"products": [product]},
        "/stores/v3/products/query-variants": {"variants": [twice, twice]},
        "/stores/v3/products/p": {"product": {**product, "variantsInfo": {"variants": variants}}},
    }
    server.script = lambda asked, _number: (200, answers[asked.path.partition("?")[0]])
    (item,) = stores_v3.PRODUCTS.rows(server.client()).fetch(Window()).items
    assert msgspec.json.decode(item.raw)["variantsInfo"] == {"variants": variants}


PRODUCTS = [{"id": f"p{n:04}", "updatedDate": f"2024-01-01T00:00:00.{n // 3:03}Z"} for n in range(2000)]


class Shop:
    """Answers for `PRODUCTS`, each of which has `variants` variants.

    Args:
        most_ids: How many products a query of variants may name.
    """

    def __init__(self, variants: int, most_ids: int = 1000) -> None:
        self.named: list[int] = []
        self._variants = variants
        self._most_ids = most_ids

    def __call__(self, asked: Asked, _number: int) -> tuple[int, Any]:
        query = asked.body["query"]
        low = query.get("filter", {}).get("updatedDate", {}).get("$gte", "")
        if asked.path == "/stores/v3/products/query":
            rows = [product for product in PRODUCTS if product["updatedDate"] >= low]
            more = {"cursors": {"next": "a cursor"}, "hasNext": True} if len(rows) > 100 else {}
            counted = [{**product, "variantSummary": {"variantCount": self._variants}} for product in rows[:100]]
            return 200, {"products": counted, "pagingMetadata": more}
        ids = query["filter"]["productData.productId"]["$in"]
        self.named.append(len(ids))
        if len(ids) > self._most_ids:
            return 400, {"message": "filter is too long"}
        return 200, {"variants": [variant for one in ids for variant in self._of(one)]}

    def _of(self, product_id: str) -> list[Any]:
        return [
            {"variantId": f"{product_id}-{n}", "productData": {"productId": product_id}} for n in range(self._variants)
        ]


def read_all(server: Server, shop: Shop) -> set[str]:
    server.script = shop
    pages = in_order(stores_v3.PRODUCTS.rows(server.client()))
    records = [msgspec.json.decode(item.raw) for page in pages for item in page]
    assert {record["id"] for record in records} == {product["id"] for product in PRODUCTS}
    return {variant["id"] for record in records for variant in record["variantsInfo"]["variants"]}


@pytest.mark.parametrize(("variants", "most"), [(1, 500), (3, 300), (4, 200), (9, 100)])
def test_pages_share_a_query_of_variants_as_far_as_its_answer_has_room(
    server: Server, variants: int, most: int
) -> None:
    shop = Shop(variants)
    assert len(read_all(server, shop)) == variants * len(PRODUCTS)
    # Pages after the first begin with the last rows of the page before, which are not asked for again.
    assert shop.named[0] == 100
    assert most - 15 < max(shop.named) <= most


@pytest.mark.parametrize(("at_once", "most"), [(60, 20), (7, 4), (1, 4)])
def test_products_with_many_variants_come_in_shorter_pages(
    server: Server, monkeypatch: pytest.MonkeyPatch, at_once: int, most: int
) -> None:
    monkeypatch.setattr(rows, "_MOST_VARIANTS", at_once)
    monkeypatch.setattr(sys.modules[__name__], "PRODUCTS", PRODUCTS[:120])
    shop = Shop(3)
    assert len(read_all(server, shop)) == 3 * len(PRODUCTS)
    # Three products have one date; a page has two dates at least.
    assert max(shop.named) == most


def test_a_filter_that_wix_refuses_for_its_length_is_not_sent_again(server: Server) -> None:
    shop = Shop(1, most_ids=100)
    assert len(read_all(server, shop)) == len(PRODUCTS)
    assert sum(named > 100 for named in shop.named) == 1


def test_a_refusal_that_no_shorter_filter_avoids_is_reported(server: Server) -> None:
    with pytest.raises(InvalidRequestError, match="too long"):
        read_all(server, Shop(1, most_ids=0))
