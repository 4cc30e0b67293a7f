from __future__ import annotations

from contextlib import contextmanager

import pytest
import requests

from sandbox_support.api import TREE, Api, running
from wix_sandbox import Sandbox, SandboxOptions

V1_QUERY = "/stores/v1/products/query"
READER = "/stores-reader/v1/products/query"
V3_QUERY = "/stores/v3/products/query"
PICTURE = "https://pictures.example/mug.jpg"


@contextmanager
def shop(**options):
    options = {"catalog": "v1", "empty": True} | options
    with Sandbox(SandboxOptions(**options)).serve() as site, requests.Session() as session:
        yield Api(site, session)


@pytest.fixture
def seeded():
    yield from running(catalog="v1")


def move(api, **how):
    return api.control("POST", "move-to-v3", how)


def v1_product(api, **members):
    body = {"name": "Enamel mug", "priceData": {"price": 10}, "productType": "physical", **members}
    return api.ok("POST", "/stores/v1/products", {"product": body})["product"]


def sized(api, **members):
    option = {"name": "Size", "choices": [{"value": each, "description": each} for each in ("S", "L")]}
    return v1_product(api, manageVariants=True, productOptions=[option], **members)


def read(api, product_id):
    return api.ok("GET", f"/stores/v3/products/{product_id}?fields=PLAIN_DESCRIPTION&fields=MEDIA_ITEMS_INFO")[
        "product"
    ]


def test_products_keep_ids_slugs_names_and_dates(seeded):
    before = {each["id"]: each for each in seeded.site.state()["products"]}
    assert move(seeded) == {"moved": {"products": 60, "categories": 13}, "catalog": "v3"}
    after = {each["id"]: each for each in seeded.site.state()["products"]}
    assert list(after) == list(before)
    for product_id, product in after.items():
        old = before[product_id]
        same = ("slug", "name", "visible", "createdDate")
        assert {name: product[name] for name in same} == {name: old[name] for name in same}
        assert product["updatedDate"] == old["lastUpdated"]
        assert product["productType"] == old["productType"].upper()
        assert product.get("brand", {}).get("name", "") == old.get("brand", "")


def test_variants_keep_choices_prices_and_skus_under_new_ids(seeded):
    before = {each["id"]: each for each in seeded.site.state()["products"]}
    move(seeded)
    for product in seeded.site.state()["products"]:
        old = before[product["id"]]["variants"]
        new = product["variantsInfo"]["variants"]
        chosen = [[each["optionChoiceNames"]["choiceName"] for each in variant["choices"]] for variant in new]
        assert chosen == [list(each["choices"].values()) for each in old]
        assert [float(each["price"]["actualPrice"]["amount"]) for each in new] == [
            each["variant"]["priceData"]["discountedPrice"] for each in old
        ]
        assert not {each["id"] for each in old} & {each["id"] for each in new}


def test_variants_keep_their_ids_where_that_is_wanted(seeded):
    before = {each["id"]: [variant["id"] for variant in each["variants"]] for each in seeded.site.state()["products"]}
    move(seeded, variant_ids="kept")
    after = seeded.site.state()["products"]
    assert {each["id"]: [variant["id"] for variant in each["variantsInfo"]["variants"]] for each in after} == before


@pytest.mark.parametrize("creates", ["made", "ignored"])
def test_stock_becomes_one_item_for_each_variant(seeded, creates):
    seeded.control("POST", "readings", {"stock-of-simple-creates": creates})
    before = {each["productId"]: each for each in seeded.site.state()["inventory_items"]}
    move(seeded)
    state = seeded.site.state()
    for product in state["products"]:
        items = [each for each in state["inventory_items"] if each["productId"] == product["id"]]
        old = before[product["id"]]
        assert [each["variantId"] for each in items] == [each["id"] for each in product["variantsInfo"]["variants"]]
        assert {each["trackQuantity"] for each in items} == {old["trackQuantity"]}
        if len(old["variants"]) == len(items):
            member = "quantity" if old["trackQuantity"] else "inStock"
            assert [each[member] for each in items] == [each[member] for each in old["variants"]]


def test_a_discount_becomes_a_price_to_compare_with():
    with shop() as api:
        product = v1_product(api, discount={"type": "PERCENT", "value": 25})
        move(api)
        price = read(api, product["id"])["variantsInfo"]["variants"][0]["price"]
        assert price["actualPrice"]["amount"] == "7.5"
        assert price["compareAtPrice"]["amount"] == "10"


def test_collections_become_categories_with_their_products():
    with shop() as api:
        product = v1_product(api)
        collection = api.ok("POST", "/stores/v1/collections", {"collection": {"name": "Kitchen"}})["collection"]
        path = f"/stores/v1/collections/{collection['id']}/productIds"
        api.ok("POST", path, {"productIds": [product["id"]]})
        move(api)
        query = {"query": {"filter": {"name": "Kitchen"}}, **TREE}
        (category,) = api.ok("POST", "/categories/v1/categories/query", query)["categories"]
        assert category["id"] == collection["id"]
        assert category["slug"] == collection["slug"]
        assert category["itemCounter"] == 1


def test_pictures_stay_the_same_files_and_those_on_their_way_arrive():
    with shop(media_delay_ms=60_000) as api:
        product = v1_product(api)
        media = {"media": [{"url": PICTURE}, {"mediaId": "abc_1~mv2.jpg"}]}
        api.ok("POST", f"/stores/v1/products/{product['id']}/media", media)
        move(api)
        here, on_its_way = read(api, product["id"])["media"]["itemsInfo"]["items"]
        assert here["id"] == "abc_1~mv2.jpg"
        assert on_its_way["url"] == PICTURE
        api.control("POST", "clock", {"shiftSeconds": 61})
        items = read(api, product["id"])["media"]["itemsInfo"]["items"]
        assert all(each["image"]["url"] for each in items)


def test_sections_of_one_title_and_several_texts_have_several_unique_names():
    with shop() as api:
        for text in ("Wash cold", "Wash warm", "Wash cold"):
            v1_product(api, additionalInfoSections=[{"title": "Care", "description": text}])
        move(api)
        names = [each["uniqueName"] for each in api.site.state()["info_sections"]]
        assert names == ["Care", "Care 2"]


@pytest.mark.parametrize(
    ("v1_calls", "query", "reader"), [("501", 501, 501), ("428", 428, 428), ("200-on-reader", 428, 200)]
)
def test_calls_of_v1_answer_as_it_was_wanted(v1_calls, query, reader):
    with shop() as api:
        v1_product(api)
        move(api, v1_calls=v1_calls)
        assert api.send("POST", V1_QUERY, {}).status_code == query
        assert api.send("POST", READER, {}).status_code == reader
        assert api.send("POST", "/stores/v2/inventoryItems/query", {}).status_code == query
        assert len(api.ok("POST", V3_QUERY, {})["products"]) == 1
        version = api.ok("GET", "/stores/v3/provision/version")
        assert version == {"catalogVersion": "V3_CATALOG"}


def test_501_has_a_text_and_no_code():
    with shop() as api:
        move(api)
        answer = api.refused(501, "POST", V1_QUERY, {})
        assert answer["message"] == "This operation is not supported on sites with Catalog V3"
        assert not answer.get("details")


def test_the_v3_store_is_provisioned_from_the_move_on():
    with shop(provisioning_ms=60_000) as api:
        api.control("POST", "clock", {"shiftSeconds": 600})
        product = v1_product(api)
        move(api)
        assert api.code(428, "POST", V3_QUERY, {}) == "CATALOG_V3_SITE_PROVISIONING"
        api.control("POST", "clock", {"shiftSeconds": 31})
        assert [each["id"] for each in api.ok("POST", V3_QUERY, {})["products"]] == [product["id"]]
        change = {"product": {"revision": "1", "name": "Tin mug"}}
        assert api.send("PATCH", f"/stores/v3/products/{product['id']}", change).status_code == 428
        api.control("POST", "clock", {"shiftSeconds": 30})
        api.ok("PATCH", f"/stores/v3/products/{product['id']}", change)


def test_only_a_v1_site_can_be_moved_and_only_once():
    with shop() as api:
        move(api)
        path = f"{api.site.url}/_sandbox/move-to-v3"
        assert api.session.post(path, json={}, timeout=60).status_code == 409


def test_an_unknown_way_of_moving_is_refused():
    with shop() as api:
        path = f"{api.site.url}/_sandbox/move-to-v3"
        assert api.session.post(path, json={"v1_calls": "404"}, timeout=60).status_code == 400
        assert api.site.site.catalog.value == "v1"


def test_a_refused_product_leaves_the_shop_as_it_was():
    with shop(max_products=1) as api:
        sized(api)
        v1_product(api, name="Tin mug")
        before = api.site.state()
        path = f"{api.site.url}/_sandbox/move-to-v3"
        assert api.session.post(path, json={}, timeout=60).status_code == 400
        assert api.site.state() == before
        assert len(api.ok("POST", V1_QUERY, {})["products"]) == 2
        v1_product(api, name="Third mug")


def test_a_reset_makes_the_v1_shop_of_the_start_again():
    with shop() as api:
        move(api)
        api.control("POST", "reset")
        api.ok("POST", V1_QUERY, {})
        move(api)


@pytest.mark.parametrize(
    "options",
    [{"empty": True}, {"empty": False}, pytest.param({"empty": False, "size": 350}, marks=pytest.mark.services)],
)
def test_a_kept_shop_is_v3_after_a_restart(tmp_path, options):
    options = {"store": tmp_path / "shop.db", **options}
    with shop(**options) as api:
        sized(api)
        move(api, v1_calls="428")
        product = api.product(name="Made on V3")
        before = api.site.state()
    with shop(**options) as api:
        assert api.control("GET", "health")["catalog"] == "v3"
        assert api.site.state() == before
        assert read(api, product["id"])["name"] == "Made on V3"
        assert api.send("POST", V1_QUERY, {}).status_code == 428
        api.control("POST", "reset")
    with shop(**options) as api:
        assert api.control("GET", "health")["catalog"] == "v1"
