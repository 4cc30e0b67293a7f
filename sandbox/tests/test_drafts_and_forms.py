"""Draft orders, forms, locations and coupons, as far as they are read."""

from __future__ import annotations

import json

import pytest

COUPONS = "/stores/v2/coupons/query"
FORMS = "/form-schema-service/v4/forms"
DRAFTS = "/ecom/v1/draft-orders"


def test_draft_orders_are_queried_by_order_and_status(v3_shop):
    drafts = v3_shop.ok("POST", f"{DRAFTS}/query", {"query": {}})["draftOrders"]
    assert {each["status"] for each in drafts} == {"DRAFT", "COMMITTED"}
    one = v3_shop.ok("POST", f"{DRAFTS}/query", {"query": {"filter": {"orderId": drafts[0]["orderId"]}}})
    assert one["draftOrders"] == drafts[:1]
    calculated = v3_shop.ok("GET", f"{DRAFTS}/{drafts[0]['id']}")["calculatedDraftOrder"]
    assert calculated == {"draftOrder": drafts[0], "shippingOptions": []}
    assert (drafts[0]["discounts"], drafts[0]["additionalFees"]) == ([], [])
    assert drafts[0]["balanceSummary"].keys() == {"balance", "paid", "refunded", "authorized"}


def test_an_unknown_draft_order_is_named_so(v3_shop):
    refusal = v3_shop.refused(404, "GET", f"{DRAFTS}/00000000-0000-4000-8000-00000000dead")
    assert refusal["details"]["applicationError"]["code"] == "DRAFT_ORDER_DOES_NOT_EXIST"


def test_a_query_of_forms_needs_a_namespace_and_gives_fields(v3_shop):
    text = str(v3_shop.refused(400, "POST", f"{FORMS}/query", {"query": {}}))
    assert "MISSING_NAMESPACE_FILTER" in text
    known = {"query": {"filter": {"namespace": "wix.form_app.form"}}}
    forms = v3_shop.ok("POST", f"{FORMS}/query", known)["forms"]
    assert {form["name"] for form in forms} == {"Contact", "Wholesale"}
    submitted = v3_shop.ok("POST", "/form-submission-service/v4/submissions/namespace/query", known)["submissions"]
    targets = {form["id"]: {field["inputOptions"]["target"] for field in form["formFields"]} for form in forms}
    assert submitted
    assert all(each["submissions"].keys() <= targets[each["formId"]] for each in submitted)
    assert v3_shop.ok("GET", f"{FORMS}/{forms[0]['id']}")["form"] == forms[0]


def test_forms_of_a_namespace_are_listed_and_counted(v3_shop):
    where = f"{FORMS}?namespace=wix.form_app.form"
    first = v3_shop.ok("GET", f"{where}&order=NAME_ASC&paging.limit=1")
    cursor = first["pagingMetadata"]["cursors"]["next"]
    rest = v3_shop.ok("GET", f"{where}&paging.cursor={cursor}")
    assert [form["name"] for page in (first, rest) for form in page["forms"]] == ["Contact", "Wholesale"]
    some = v3_shop.ok(
        "GET", f"{where}&formIds={rest['forms'][0]['id']}&nameFilter.name=Whole&nameFilter.filterType=STARTS_WITH"
    )
    assert some["forms"] == rest["forms"]
    for disabled in ("enabled=false", "disabled=true"):
        assert v3_shop.ok("GET", f"{where}&{disabled}")["forms"] == []
    assert "namespace" in v3_shop.violations("GET", FORMS)
    assert v3_shop.ok("POST", f"{FORMS}/count-by-filter", {"namespace": "wix.form_app.form"}) == {"count": 2}
    assert "namespace" in v3_shop.violations("POST", f"{FORMS}/count-by-filter", {})


def test_locations_are_queried_with_archived_ones(v3_shop):
    found = v3_shop.ok("POST", "/locations/v1/locations/query", {"query": {"paging": {"limit": 1}}})
    assert found["pagingMetadata"] == {"count": 1, "offset": 0, "hasNext": True}
    archived = v3_shop.ok("POST", "/locations/v1/locations/query", {"query": {"filter": {"archived": True}}})
    assert [each["archived"] for each in archived["locations"]] == [True]


def test_the_location_of_stock_leads_to_a_location_of_the_business(v3_shop):
    stock = v3_shop.ok("POST", "/stores/v3/inventory-items/query", {"query": {}})["inventoryItems"][0]
    location = v3_shop.ok("GET", f"/stores/v3/locations/{stock['locationId']}")["storesLocation"]
    assert location == v3_shop.ok("GET", "/stores/v3/locations/default")["storesLocation"]
    assert v3_shop.ok("POST", "/stores/v3/locations/query", {"query": {}})["storesLocations"] == [location]
    business = v3_shop.ok("GET", f"/locations/v1/locations/{location['wixLocationId']}")["location"]
    assert business["default"] is True
    v3_shop.refused(404, "GET", "/stores/v3/locations/00000000-0000-4000-8000-00000000dead")


@pytest.mark.parametrize(
    ("condition", "codes"),
    [
        ({"scope.namespace": "stores"}, ["3FOR2", "WELCOME10"]),
        ({"specification.code": {"$startsWith": "3"}}, ["3FOR2"]),
        ({"specification.name": {"$contains": "ship"}}, ["SHIPFREE"]),
        ({"expired": {"$ne": False}}, ["FIVE"]),
    ],
)
def test_coupons_are_filtered_by_their_specification_and_scope(v3_shop, condition, codes):
    found = v3_shop.ok("POST", COUPONS, {"query": {"filter": json.dumps(condition)}})["coupons"]
    assert [coupon["specification"]["code"] for coupon in found] == codes


@pytest.mark.parametrize("condition", [{"expired": {"$hasSome": [True]}}, {"id": {"$in": ["x"]}}])
def test_operators_that_coupons_do_not_have_are_refused(v3_shop, condition):
    v3_shop.refused(400, "POST", COUPONS, {"query": {"filter": json.dumps(condition)}})
