"""The calls that a V1 product takes, whether or not Wix returns variants in its answers to writes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.target.runs import messages, rows
from tests.target.test_catalog_v1 import shirt
from wix_api.endpoints import stores_v1

MOST = ["products.create", "products.update-variants", "inventory-items.update", "products.add-media"]


def stocked(**members):
    """A shirt with a picture whose variants have price, SKU and stock; one variant has only Wix's defaults."""
    whole = shirt(media={"items": [{"image": {"url": "https://pictures.example.com/shirt.jpg"}}]}, **members)
    for number, entry in enumerate(whole["variants"]):
        entry["stock"] = {"trackQuantity": True, "quantity": number + 3}
    whole["variants"][0]["variant"].pop("sku")
    return whole


def calls(site):
    every_run = {"catalog.version", "products.query"}
    return [str(entry.operation) for entry in site.journal.entries if entry.operation not in every_run]


def stock(site):
    (product,) = rows(site, stores_v1.PRODUCTS)
    return {entry["choices"]["Size"]: entry["stock"]["quantity"] for entry in product["variants"]}


def without_stock(entries):
    return [{name: value for name, value in entry.items() if name != "stock"} for entry in entries]


def as_the_sandbox(operation, sent, answer):
    return answer


def as_in_wix_examples(operation, sent, answer):
    """Ids of variants in the answer to a create differ from those of queries; no answer to a write has stock."""
    if operation == "products.create":
        product = answer["product"]
        other = [
            {**entry, "id": f"0{number}519a6e-222b-413a-957c-0ef7a32779b5"}
            for number, entry in enumerate(without_stock(product["variants"]))
        ]
        return {"product": {**product, "variants": other}}
    if operation == "products.update-variants":
        named = [entry["choices"] for entry in sent["variants"]]
        return {"variants": [each for each in without_stock(answer["variants"]) if each["choices"] in named]}
    return answer


def silent(operation, sent, answer):
    """No answer to a write contains variants."""
    if operation == "products.create":
        return {"product": {name: value for name, value in answer["product"].items() if name != "variants"}}
    return {} if operation == "products.update-variants" else answer


def bend(site, how):
    """Change the sandbox's answers."""
    plain = site.app._bent

    async def bent(exchange):
        answer = await plain(exchange)
        changed = how(exchange.operation, json.loads(exchange.raw or b"{}"), json.loads(answer.payload))
        return replace(answer, payload=json.dumps(changed).encode())

    site.app._bent = bent


@pytest.mark.parametrize(("how", "gets"), [(as_the_sandbox, 0), (as_in_wix_examples, 0), (silent, 2)])
def test_a_new_product_gets_its_stock_whatever_wix_answers(how, gets, empty_v1, run):
    bend(empty_v1, how)

    assert run(empty_v1, messages(products=[stocked()])).outcomes == ["created"]

    assert sorted(calls(empty_v1)) == sorted([*MOST, *["products.get"] * gets])
    assert stock(empty_v1) == {"S": 3, "L": 4}
    assert run(empty_v1, messages(products=[stocked()])).outcomes == ["unchanged"]


def test_a_new_product_with_empty_variants_gets_its_stock(empty_v1, run):
    plain = stocked()
    for entry in plain["variants"]:
        entry["variant"] = {}

    assert run(empty_v1, messages(products=[plain])).outcomes == ["created"]

    assert calls(empty_v1) == ["products.create", "products.get", "inventory-items.update", "products.add-media"]
    assert stock(empty_v1) == {"S": 3, "L": 4}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"description": "<p>Soft.</p>"}, ["products.update"]),
        ({"discount": {"type": "AMOUNT", "value": 2}}, ["products.update"]),
        ({"priceData": {"price": 21}}, ["products.update", "products.get", "products.update-variants"]),
    ],
)
def test_a_changed_product_is_read_again_where_its_variants_may_have_moved(members, expected, empty_v1, run):
    run(empty_v1, messages(products=[stocked()]))
    empty_v1.journal.clear()

    assert run(empty_v1, messages(products=[stocked(**members)])).outcomes == ["updated"]

    assert calls(empty_v1) == expected
    assert run(empty_v1, messages(products=[stocked(**members)])).outcomes == ["unchanged"]


def test_a_hundred_products_are_one_look_up_where_nothing_is_to_do(empty_v1, run):
    products = [{**stocked(), "slug": f"shirt-{number}"} for number in range(100)]
    for number, product in enumerate(products):
        product["variants"][1]["variant"]["sku"] = f"SHIRT-{number}"
    listed = messages(products=products)
    run(empty_v1, listed)
    empty_v1.journal.clear()

    assert set(run(empty_v1, listed).outcomes) == {"unchanged"}

    assert empty_v1.journal.count("products.query") == 1
