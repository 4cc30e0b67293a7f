"""With-inventory calls: the product and its stock are two writes, and either may fail."""

from __future__ import annotations

import pytest

from sandbox_support.api import NOWHERE, v3_body, v3_sized

STOCKED = "/stores/v3/products-with-inventory"
BULK = "/stores/v3/bulk/products-with-inventory"
FAILS = {"operation": "products.*with-inventory", "action": {"fail_stock": True}, "times": 1}


def outcomes(stock):
    return [
        (each["itemMetadata"]["success"], (each["itemMetadata"].get("error") or {}).get("code"))
        for each in stock["results"]
    ]


def stocked(quantity=None, **members):
    body = v3_body()
    item = {"quantity": quantity} if quantity is not None else {}
    body["variantsInfo"]["variants"][0]["inventoryItem"] = item | members
    return body


def test_a_fault_fails_the_stock_and_not_the_product(v3):
    v3.control("POST", "faults", FAILS)
    answer = v3.ok("POST", STOCKED, {"product": v3_sized()})
    assert outcomes(answer["inventoryResults"]) == [(False, "INTERNAL")] * 2
    assert answer["inventoryResults"]["bulkActionMetadata"]["totalFailures"] == 2
    assert answer["product"]["inventory"]["availabilityStatus"] == "OUT_OF_STOCK"
    assert v3.site.store.count("products") == 1
    assert v3.site.store.count("inventory_items") == 0


def test_a_fault_fails_the_stock_as_a_whole(v3):
    v3.control("POST", "faults", {**FAILS, "action": {"refuse_stock": True}})
    results = v3.ok("POST", STOCKED, {"product": v3_sized()})["inventoryResults"]
    assert (results["results"], results["error"]["code"]) == ([], "INTERNAL")
    assert results["bulkActionMetadata"] == {"totalSuccesses": 0, "totalFailures": 2, "undetailedFailures": 0}
    assert v3.site.store.count("inventory_items") == 0


def test_a_fault_fails_stock_without_saying_which(v3):
    v3.control("POST", "faults", {**FAILS, "operation": "products.*", "action": {"undetailed_stock": True}})
    results = v3.ok("POST", f"{BULK}/create", {"products": [v3_sized()]})["inventoryResults"]
    assert results["results"] == []
    assert results["bulkActionMetadata"] == {"totalSuccesses": 0, "totalFailures": 2, "undetailedFailures": 2}
    assert v3.site.store.count("inventory_items") == 0


def test_where_no_stock_was_sent_the_results_are_empty(v3):
    results = v3.ok("POST", STOCKED, {"product": v3_body()})["inventoryResults"]
    assert results == {
        "results": [],
        "bulkActionMetadata": {"totalSuccesses": 0, "totalFailures": 0, "undetailedFailures": 0},
    }


@pytest.mark.parametrize("products", [2, pytest.param(10, marks=pytest.mark.services)])
def test_an_upsert_of_up_to_a_thousand_items_is_idempotent_and_needs_no_revision(v3, products):
    count = products * 100
    variants = [
        each["id"]
        for at in range(products)
        for each in v3.product(**v3_sized([f"{n}" for n in range(100)], name=f"Mug {at}"))["variantsInfo"]["variants"]
    ]
    rows = [
        {"inventoryItem": {"productId": product["id"], "variantId": variant["id"], "quantity": 5}}
        for product in v3.site.store.all("products")
        for variant in product["variantsInfo"]["variants"]
    ]
    assert len(rows) == len(variants) == count
    for _ in range(2):
        counted = v3.ok("POST", "/stores/v3/bulk/inventory-items/upsert", {"inventoryItems": rows})
        assert counted["bulkActionMetadata"]["totalSuccesses"] == count
    assert v3.site.store.count("inventory_items") == count
    twice = v3.violations("POST", "/stores/v3/bulk/inventory-items/upsert", {"inventoryItems": rows[:1] * 2})
    assert twice["inventoryItems[1].inventoryItem"]["ruleName"] == "DUPLICATE_BULK_UPSERT_KEY"
    too_many = (rows * 10)[:1_000] + rows[:1]
    assert "inventoryItems" in v3.violations(
        "POST", "/stores/v3/bulk/inventory-items/upsert", {"inventoryItems": too_many}
    )


def test_an_update_names_the_item_by_its_id_and_revision(v3):
    """Source: types of Wix's client: "If you want to update existing inventory item you must provide id"."""
    product = v3.ok("POST", STOCKED, {"product": stocked(3)})["product"]
    item = next(iter(v3.site.store.all("inventory_items")))
    (variant,) = product["variantsInfo"]["variants"]

    def restock(**named):
        known = v3.ok("GET", f"/stores/v3/products/{product['id']}")["product"]["revision"]
        body = {"revision": known, "options": [], "variantsInfo": {"variants": [{**variant, "inventoryItem": named}]}}
        return outcomes(v3.ok("PATCH", f"{STOCKED}/{product['id']}", {"product": body})["inventoryResults"])

    assert restock(quantity=5, id=NOWHERE) == [(False, "NOT_FOUND")]
    assert restock(quantity=5, id=item["id"], revision="7") == [(False, "INVALID_REVISION")]
    assert restock(quantity=5, id=item["id"], revision=item["revision"]) == [(True, None)]
    (after,) = v3.site.store.all("inventory_items")
    assert (after["id"], after["quantity"], after["revision"]) == (item["id"], 5, "2")


def test_in_a_bulk_call_the_fault_fails_all_stock_and_no_product(v3):
    v3.control("POST", "faults", FAILS)
    answer = v3.ok("POST", f"{BULK}/create", {"products": [v3_sized(), stocked(3)]})
    assert answer["productResults"]["bulkActionMetadata"]["totalSuccesses"] == 2
    assert outcomes(answer["inventoryResults"]) == [(False, "INTERNAL")] * 3
    indexes = [each["itemMetadata"]["originalIndex"] for each in answer["inventoryResults"]["results"]]
    assert indexes == [0, 1, 2]


def test_a_stale_item_fails_while_its_product_changes(v3):
    product = v3.product(**stocked(5))
    variant = product["variantsInfo"]["variants"][0]
    (item,) = v3.site.store.all("inventory_items")

    def update(at, **stock):
        variants = [{**variant, "inventoryItem": stock}]
        body = {"product": {"revision": at, "name": f"Mug {at}", "variantsInfo": {"variants": variants}}}
        return v3.ok("PATCH", f"{STOCKED}/{product['id']}", {**body, "returnEntity": True})

    stale = update("1", id=item["id"], revision="7", quantity=9)
    assert outcomes(stale["inventoryResults"]) == [(False, "INVALID_REVISION")]
    assert stale["product"]["name"] == "Mug 1"
    good = update("2", id=item["id"], revision=item["revision"], quantity=9)
    assert good["inventoryResults"]["results"][0]["item"]["quantity"] == 9


def test_stock_that_names_an_unknown_item_fails_alone(v3):
    answer = v3.ok("POST", STOCKED, {"product": stocked(2, id=NOWHERE)})
    assert outcomes(answer["inventoryResults"]) == [(False, "NOT_FOUND")]
    assert answer["product"]["id"] in v3.site.ids("products")


def test_only_items_that_a_call_names_have_results(v3):
    product = v3.product(**v3_sized())
    body = {"product": {"revision": product["revision"], "name": "Other"}}
    answer = v3.ok("PATCH", f"{STOCKED}/{product['id']}", body)
    assert answer["inventoryResults"]["results"] == []


def test_stock_is_paged_by_cursor_or_by_offset(v3):
    for _ in range(3):
        v3.ok("POST", STOCKED, {"product": stocked(5)})
    path = "/stores/v3/inventory-items/query"
    whole = v3.ok("POST", path, {"query": {}})
    assert whole["pagingMetadata"] == {"count": 3, "cursors": {}}
    page = v3.ok("POST", path, {"query": {"paging": {"limit": 2, "offset": 1}}})
    assert page == {"inventoryItems": whole["inventoryItems"][1:], "pagingMetadata": {"count": 2}}
    both = {"query": {"paging": {"limit": 2}, "cursorPaging": {"limit": 2}}}
    assert v3.violations("POST", path, both)["query"]["violatedRule"] == "ONE_OF_ALIGNMENT"
