"""Queries of variants were seen to leave out products without options: the records are the same all the same."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.shops import config
from tests.tap.runs import run
from wix_api.endpoints import stores_v3
from wix_api.reading import in_order
from wix_api.settings import connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_api.query import Query
    from wix_sandbox import RunningSite

    Open = Callable[..., RunningSite]

LEFT_OUT = {"variants-of-simple-products": "left-out"}


def requests_of(site: RunningSite) -> Counter[str]:
    return Counter(str(entry.operation) for entry in site.journal.entries)


def test_records_are_the_same_and_only_hidden_products_are_read_by_id(open_shop: Open) -> None:
    listed, left_out = open_shop(catalog="v3"), open_shop(catalog="v3", readings=LEFT_OUT)
    products = list(left_out.site.store.all("products"))
    hidden = [each for each in products if not any(one["visible"] for one in each["variantsInfo"]["variants"])]

    wanted, found = (run(config(site), select=("products", "product_variants")) for site in (listed, left_out))

    assert found.records == wanted.records
    more = requests_of(left_out) - requests_of(listed)
    assert more.keys() == {"products.query", "products.get"}
    assert more["products.query"] <= requests_of(listed)["products.query"]
    assert more["products.get"] == len(hidden) < len(products) / 10


def rows(site: RunningSite, query: Query) -> list[Any]:
    client = connect(config(site), user_agent="tests")
    found = [msgspec.json.decode(item.raw) for page in in_order(query.rows(client)) for item in page]
    client.close()
    return found


@pytest.mark.parametrize("query", [stores_v3.PRODUCTS, stores_v3.PRODUCTS_WITH_COSTS])
@pytest.mark.parametrize("products", [1, 3])
def test_a_variant_is_what_a_query_of_variants_would_give(open_shop: Open, query: Query, products: int) -> None:
    site = open_shop(catalog="v3", empty=True)
    client = connect(config(site), user_agent="tests")
    for number in range(products):
        variant = {
            "sku": f"MUG-{number}",
            "price": {"actualPrice": {"amount": "5"}, "compareAtPrice": {"amount": "6"}},
            "revenueDetails": {"cost": {"amount": "2"}},
            "physicalProperties": {"weight": 0.5},
        }
        body = {"name": "Mug", "productType": "PHYSICAL", "physicalProperties": {}}
        client.call(stores_v3.CREATE_PRODUCTS, body={"products": [{**body, "variantsInfo": {"variants": [variant]}}]})
    client.close()
    wanted = rows(site, query)
    site.site.readings.choose(LEFT_OUT)
    site.journal.clear()

    assert rows(site, query) == wanted

    assert requests_of(site)["products.get"] == (1 if products == 1 else 0)
