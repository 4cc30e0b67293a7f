"""Wix ignores members it does not know; the journal names them, so that a client's misspelling is found."""

from __future__ import annotations

import pytest

from sandbox_support.api import NOWHERE, TREE, v3_body, v3_sized


def noted(api):
    return api.control("GET", "journal")["requests"][-1]["unknown"]


@pytest.mark.parametrize(
    ("path", "body", "unknown"),
    [
        ("/stores/v3/products", {"product": v3_body(nmae="Mug"), "feilds": []}, ["product.nmae", "feilds"]),
        (
            "/stores/v3/bulk/products/update",
            {"products": [{"product": {"id": NOWHERE, "revision": "1", "colour": "red"}, "x": 1}]},
            ["products[0].product.colour", "products[0].x"],
        ),
        ("/stores/v3/brands", {"brand": {"name": "Loom", "logo": {}}}, ["brand.logo"]),
        ("/categories/v1/categories", {"category": {"name": "Cups", "parent": NOWHERE}, **TREE}, ["category.parent"]),
    ],
)
def test_a_misspelled_member_is_named(v3, path, body, unknown):
    v3.send("POST", path, body)
    assert noted(v3) == unknown


def test_what_wix_knows_is_not_named(v3):
    v3.ok("POST", "/stores/v3/products-with-inventory", {"product": v3_sized(), "returnEntity": True})
    assert noted(v3) == []
    v3.ok("POST", "/stores/v3/products/query", {"query": {"filter": {"visible": True}}, "fields": ["URL"]})
    assert noted(v3) == []


def test_bulk_calls_with_inventory_know_products_and_their_stock(v3):
    path = "/stores/v3/bulk/products-with-inventory"
    v3.ok("POST", f"{path}/create", {"products": [{**v3_sized(), "nmae": "Mug"}]})
    assert noted(v3) == ["products[0].nmae"]


def test_v1_members_are_known_by_their_own_schema(v1):
    product = {"name": "Mug", "priceData": {"price": 5}, "visibleInPos": True}
    v1.ok("POST", "/stores/v1/products", {"product": product})
    assert noted(v1) == ["product.visibleInPos"]
