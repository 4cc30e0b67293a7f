"""Several writers read the same revision: one of them wins, and the others get an error."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import requests

from sandbox_support.api import TREE, Api, v3_body

WRITERS = 6


def product(api):
    made = api.product()
    return "PATCH", f"/stores/v3/products/{made['id']}", {"product": {"revision": made["revision"], "name": "Other"}}


def product_with_inventory(api):
    method, path, body = product(api)
    return method, path.replace("/products/", "/products-with-inventory/"), body


def item(api):
    body = v3_body()
    body["variantsInfo"]["variants"][0]["inventoryItem"] = {"quantity": 1}
    api.product(**body)
    (made,) = api.site.store.all("inventory_items")
    change = {"inventoryItem": {"revision": made["revision"], "quantity": 7}}
    return "PATCH", f"/stores/v3/inventory-items/{made['id']}", change


def brand(api):
    made = api.ok("POST", "/stores/v3/brands", {"brand": {"name": "Loom"}})["brand"]
    return "PATCH", f"/stores/v3/brands/{made['id']}", {"brand": {"revision": made["revision"], "name": "Mill"}}


def category(api):
    made = api.ok("POST", "/categories/v1/categories", {"category": {"name": "Cups"}, **TREE})["category"]
    change = {"category": {"revision": made["revision"], "name": "Mugs"}, **TREE}
    return "PATCH", f"/categories/v1/categories/{made['id']}", change


def at_once(api, method, path, body):
    """Every writer sends the same change at the same moment, each over a connection of its own."""
    together = Barrier(WRITERS)

    def write(_number):
        with requests.Session() as session:
            together.wait(timeout=60)
            return Api(api.site, session).send(method, path, body)

    with ThreadPoolExecutor(WRITERS) as writers:
        return list(writers.map(write, range(WRITERS)))


@pytest.mark.parametrize("make", [product, product_with_inventory, item, brand, category])
def test_exactly_one_of_several_writers_wins(v3, make):
    answers = at_once(v3, *make(v3))
    assert sorted(each.status_code for each in answers) == [200] + [409] * (WRITERS - 1)
    codes = {each.json()["details"]["applicationError"]["code"] for each in answers if each.status_code == 409}
    assert codes == {"INVALID_REVISION"}


def test_in_bulk_calls_at_once_each_product_has_one_winner(v3):
    made = [v3.product(name=f"Mug {at}") for at in range(3)]
    changes = [{"product": {"id": each["id"], "revision": "1", "name": "Other"}} for each in made]
    answers = at_once(v3, "POST", "/stores/v3/bulk/products/update", {"products": changes})
    won = [[each["itemMetadata"]["success"] for each in answer.json()["results"]] for answer in answers]
    assert [sum(column) for column in zip(*won, strict=True)] == [1, 1, 1]
    assert [each["revision"] for each in v3.site.store.all("products")] == ["2", "2", "2"]


def test_creates_at_once_with_one_slug_make_one_product(v3):
    body = {"product": v3_body(slug="the-mug")}
    answers = at_once(v3, "POST", "/stores/v3/products", body)
    assert sorted(each.status_code for each in answers) == [200] + [409] * (WRITERS - 1)
    assert v3.site.store.count("products") == 1


def test_steps_of_stock_at_once_are_all_counted(v3):
    body = v3_body()
    body["variantsInfo"]["variants"][0]["inventoryItem"] = {"quantity": 10}
    v3.product(**body)
    (made,) = v3.site.store.all("inventory_items")
    step = {"decrementData": [{"inventoryItemId": made["id"], "decrementBy": 2}]}
    answers = at_once(v3, "POST", "/stores/v3/bulk/inventory-items/decrement", step)
    done = [each.json()["results"][0]["itemMetadata"]["success"] for each in answers]
    assert sorted(done) == [False] + [True] * 5
    assert v3.site.store.get("inventory_items", made["id"])["quantity"] == 0
