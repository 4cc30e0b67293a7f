"""How live Wix answers reads where its documentation suggests otherwise."""

from __future__ import annotations

import pytest

from sandbox_support.api import NOWHERE, TREE, v3_body, v3_sized
from wix_sandbox.site import STORES_APP_ID

PRODUCTS = "/stores/v3/products"


def test_fields_count_for_the_page_that_sends_them_alone(v3):
    for at in range(3):
        v3.product(name=f"Mug {at}", plainDescription="<p>For tea.</p>")
    body = {"query": {"cursorPaging": {"limit": 2}}, "fields": ["PLAIN_DESCRIPTION"]}
    first = v3.ok("POST", f"{PRODUCTS}/query", body)
    following = {"query": {"cursorPaging": {"cursor": first["pagingMetadata"]["cursors"]["next"]}}}
    without = v3.ok("POST", f"{PRODUCTS}/query", following)
    assert "plainDescription" in first["products"][0]
    assert "plainDescription" not in without["products"][0]
    again = v3.ok("POST", f"{PRODUCTS}/query", following | {"fields": ["PLAIN_DESCRIPTION"]})
    assert "plainDescription" in again["products"][0]


def test_a_cursor_with_a_filter_is_refused_by_its_code(v3):
    cursor = {"cursorPaging": {"cursor": "abc"}}
    for more in ({"filter": {"visible": True}}, {"sort": [{"fieldName": "createdDate"}]}):
        assert v3.code(400, "POST", f"{PRODUCTS}/query", {"query": cursor | more}) == "INVALID_CURSOR"


def test_a_filter_and_paging_next_to_the_search_are_ignored(v3):
    for at in range(3):
        v3.product(name=f"Mug {at}")
    beside = {"search": {}, "filter": {"name": "Mug 1"}, "cursorPaging": {"limit": 1}}
    inside = {"search": {"filter": {"name": "Mug 1"}, "cursorPaging": {"limit": 1}}}
    found = [len(v3.ok("POST", f"{PRODUCTS}/search", each)["products"]) for each in (beside, inside)]
    assert found == [3, 1]


@pytest.mark.parametrize("fields", ["URL,CURRENCY", "VARIANTS_INFO"])
def test_a_get_takes_repeated_fields_and_neither_comma_lists_nor_unknown_values(v3, fields):
    path = f"{PRODUCTS}/{v3.product()['id']}"
    shown = v3.ok("GET", f"{path}?fields=URL&fields=CURRENCY")["product"]
    assert {"url", "currency"} <= shown.keys()
    message = v3.refused(400, "GET", f"{path}?fields={fields}")["message"]
    assert message == "Failed to parse JSON or deserialize protobuf message"


def test_a_header_distinguishes_an_unknown_record_from_an_unknown_path(v3):
    record, path = (v3.send("GET", f"{PRODUCTS}{each}") for each in (f"/{NOWHERE}", f"-of-old/{NOWHERE}"))
    assert (record.status_code, path.status_code) == (404, 404)
    assert record.headers["x-wix-responded-by"] == "products.get"
    assert "x-wix-responded-by" not in path.headers


def test_the_reader_path_of_v1_answers_on_a_v3_site_without_variants(v3):
    product = v3.product(**v3_sized(plainDescription="<p>For tea.</p>"))
    answer = v3.ok("POST", "/stores-reader/v1/products/query", {"query": {"paging": {"limit": 10}}})
    (row,) = answer["products"]
    assert (answer["totalResults"], row["id"], row["description"]) == (1, product["id"], "<p>For tea.</p>")
    assert (row["priceData"]["price"], row["variants"], row["manageVariants"]) == (10.0, [], False)
    code = v3.code(428, "POST", "/stores/v1/products/query", {})
    assert code == "CATALOG_V3_CALLING_CATALOG_V1_API"


def test_a_product_read_by_its_id_is_behind_by_the_read_lag(open_api):
    api = open_api(read_lag_ms=30_000)
    product = api.product(name="Mug")
    path = f"{PRODUCTS}/{product['id']}"
    assert api.ok("GET", path)["product"]["name"] == "Mug"
    api.control("POST", "clock", {"shiftSeconds": 31})
    answer = api.ok("PATCH", path, {"product": {"revision": "1", "name": "Cup"}})["product"]
    assert (answer["name"], answer["revision"]) == ("Cup", "2")
    for stale in (path, f"{PRODUCTS}/slug/{product['slug']}"):
        shown = api.ok("GET", stale)["product"]
        assert (shown["name"], shown["revision"]) == ("Mug", "1")
    assert api.code(409, "PATCH", path, {"product": {"revision": "1", "name": "Jug"}}) == "INVALID_REVISION"
    assert api.ok("POST", f"{PRODUCTS}/query", {})["products"][0]["name"] == "Cup"
    api.control("POST", "clock", {"shiftSeconds": 31})
    assert api.ok("GET", path)["product"]["name"] == "Cup"


def test_a_fault_lets_one_read_by_id_be_stale(v3):
    product = v3.product(name="Mug")
    path = f"{PRODUCTS}/{product['id']}"
    v3.control("POST", "clock", {"shiftSeconds": 10})
    v3.ok("PATCH", path, {"product": {"revision": "1", "name": "Cup"}})
    v3.control("POST", "faults", {"operation": "products.get", "times": 1, "action": {"stale_read_ms": 5_000}})
    assert [v3.ok("GET", path)["product"]["name"] for _ in range(2)] == ["Mug", "Cup"]


def categories_of(api, product):
    shown = api.ok("GET", f"{PRODUCTS}/{product['id']}?fields=DIRECT_CATEGORIES_INFO")["product"]
    ids = [each["id"] for each in shown["directCategoriesInfo"]["categories"]]
    return ids, shown["updatedDate"], shown["revision"]


def test_a_change_of_membership_moves_the_date_of_the_product_and_not_its_revision(v3):
    product, category = v3.product(), category_of(v3)
    _, before, _ = categories_of(v3, product)
    v3.control("POST", "clock", {"shiftSeconds": 10})
    change_membership(v3, category, product, "add-items")
    ids, moved, revision = categories_of(v3, product)
    assert category in ids
    assert (moved > before, revision) == (True, "1")


def test_products_show_their_categories_after_the_membership_lag(open_api):
    api = open_api(membership_lag_ms=360_000)
    product, category = api.product(), category_of(api)
    change_membership(api, category, product, "add-items")
    item = {"item": reference(product), **TREE}
    assert category in api.ok("POST", "/categories/v1/categories/list-categories-for-item", item)["directCategoryIds"]
    early, before, _ = categories_of(api, product)
    assert category not in early
    api.control("POST", "clock", {"shiftSeconds": 200})
    change_membership(api, category, product, "remove-items")
    api.control("POST", "clock", {"shiftSeconds": 200})
    shown, moved, revision = categories_of(api, product)
    assert category in shown
    assert (moved > before, revision) == (True, "1")
    api.control("POST", "clock", {"shiftSeconds": 200})
    assert category not in categories_of(api, product)[0]


def category_of(api):
    return api.ok("POST", "/categories/v1/categories", {"category": {"name": "Kitchen"}, **TREE})["category"]["id"]


def reference(product):
    return {"catalogItemId": product["id"], "appId": STORES_APP_ID}


def change_membership(api, category, product, verb):
    api.ok("POST", f"/categories/v1/bulk/categories/{category}/{verb}", {"items": [reference(product)], **TREE})


def test_a_new_site_refuses_reads_for_a_while_and_writes_for_longer(open_api):
    api = open_api(provisioning_ms=80_000)
    write = ("POST", PRODUCTS, {"product": v3_body()})
    assert api.ok("GET", "/stores/v3/provision/version") == {"catalogVersion": "V3_CATALOG"}
    for read in ((f"{PRODUCTS}/query", {}), (f"{PRODUCTS}/count", {}), ("/categories/v1/categories/query", TREE)):
        assert api.code(428, "POST", *read) == "CATALOG_V3_SITE_PROVISIONING"
    assert api.code(428, *write) == "CATALOG_V3_SITE_PROVISIONING"
    api.control("POST", "clock", {"shiftSeconds": 41})
    assert api.ok("POST", f"{PRODUCTS}/query", {})["products"] == []
    assert api.code(428, *write) == "CATALOG_V3_SITE_PROVISIONING"
    api.control("POST", "clock", {"shiftSeconds": 41})
    api.ok(*write)
