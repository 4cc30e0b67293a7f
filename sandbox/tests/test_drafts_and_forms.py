"""Draft orders and forms, as far as they are read."""

from __future__ import annotations

FORMS = "/form-schema-service/v4/forms"
DRAFTS = "/ecom/v1/draft-orders"


def test_draft_orders_are_queried_by_order_and_status(v3_shop):
    drafts = v3_shop.ok("POST", f"{DRAFTS}/query", {"query": {}})["draftOrders"]
    assert {each["status"] for each in drafts} == {"DRAFT", "COMMITTED"}
    one = v3_shop.ok("POST", f"{DRAFTS}/query", {"query": {"filter": {"orderId": drafts[0]["orderId"]}}})
    assert one["draftOrders"] == drafts[:1]
    assert v3_shop.ok("GET", f"{DRAFTS}/{drafts[0]['id']}")["calculatedDraftOrder"]["draftOrder"] == drafts[0]


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
