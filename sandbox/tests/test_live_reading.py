"""How live Wix answers reads where its documentation suggests otherwise."""

from __future__ import annotations

import pytest

from sandbox_support.api import NOWHERE

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


def test_a_filter_and_paging_beside_the_search_are_ignored(v3):
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


def test_a_header_tells_an_unknown_record_from_an_unknown_path(v3):
    record, path = (v3.send("GET", f"{PRODUCTS}{each}") for each in (f"/{NOWHERE}", f"-of-old/{NOWHERE}"))
    assert (record.status_code, path.status_code) == (404, 404)
    assert record.headers["x-wix-responded-by"] == "products.get"
    assert "x-wix-responded-by" not in path.headers
