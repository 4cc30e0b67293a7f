from __future__ import annotations

import pytest
import requests

from sandbox_support.api import Api, v3_body
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.__main__ import main
from wix_sandbox.auth import SITE_ID
from wix_sandbox.permissions import HIDDEN_PRODUCTS, need_of
from wix_sandbox.resources import all_routes

ORDERS = "/ecom/v1/orders/search"
PRODUCTS = "/stores/v3/products/query"


@pytest.fixture(scope="module")
def restricted():
    """A site whose credentials may neither read orders nor change contacts nor see hidden products."""
    denied = {"SCOPE.DC-STORES.READ-ORDERS", "SCOPE.DC-CONTACTS.MANAGE-CONTACTS", HIDDEN_PRODUCTS}
    options = SandboxOptions(denied_scopes=frozenset(denied), empty=True)
    with Sandbox(options).serve() as site, requests.Session() as session:
        yield Api(site, session)


def test_a_denied_scope_refuses_what_needs_it_and_nothing_else(restricted):
    assert restricted.refused(403, "POST", ORDERS, {"search": {}}) == {"message": "", "details": {}}
    assert restricted.send("GET", "/ecom/v1/payments/orders/x").status_code == 403
    assert restricted.ok("POST", "/contacts/v4/contacts/query", {"query": {}})["contacts"] == []
    # Changing orders is a scope of its own.
    assert restricted.code(404, "POST", "/ecom/v1/orders/x/cancel", {}) == "ORDER_NOT_FOUND"


def test_a_refusal_names_the_permission_where_wix_documents_one(restricted):
    refusal = restricted.refused(403, "POST", "/contacts/v4/contacts", {"info": {}})
    assert refusal == {"message": f"Unauthorized to perform CONTACTS.MODIFY on site {SITE_ID}", "details": {}}


def test_a_wide_scope_that_is_denied_takes_all_it_holds():
    options = SandboxOptions(denied_scopes=frozenset({"SCOPE.STORES.CATALOG_READ"}), empty=True)
    with Sandbox(options).serve() as site, requests.Session() as session:
        api = Api(site, session)
        for path in (PRODUCTS, "/stores/v3/brands/query", "/categories/v1/categories/query"):
            assert api.send("POST", path, {}).status_code == 403
        assert api.ok("GET", "/stores/v3/provision/version")["catalogVersion"] == "V3_CATALOG"


def test_hidden_products_and_merchant_data_need_the_admin_read_scope(restricted):
    for visible in (True, False):
        restricted.ok("POST", "/stores/v3/products", {"product": v3_body(visible=visible)})
    shown = restricted.ok("POST", PRODUCTS, {"query": {}})["products"]
    assert [each["visible"] for each in shown] == [True]
    body = {"query": {}, "fields": ["MERCHANT_DATA"]}
    assert restricted.code(403, "POST", PRODUCTS, body) == "NO_PERMISSION_TO_READ_MERCHANT_DATA"


@pytest.mark.parametrize("flag", ["includeHiddenProducts", "includeMerchantSpecificData"])
def test_a_reader_of_catalog_v1_must_not_ask_for_what_managers_see(flag):
    state = {
        "products": [
            {"id": each, "name": each, "visible": each == "shown", "variants": []} for each in ("shown", "hidden")
        ]
    }
    denied = frozenset({"SCOPE.DC-STORES.MANAGE-PRODUCTS"})
    options = SandboxOptions(catalog="v1", seed=state, denied_scopes=denied)
    with Sandbox(options).serve() as site, requests.Session() as session:
        path, api = "/stores/v1/products/query", Api(site, session)
        assert "Unauthorized to perform" in api.refused(403, "POST", path, {"query": {}, flag: True})["message"]
        found = api.ok("POST", path, {"query": {}, flag: False})
        assert (found["totalResults"], found["products"][0]["id"]) == (1, "shown")


def test_every_endpoint_of_the_sandbox_states_the_scopes_it_needs():
    free = [f"{each.method} {each.path}" for each in all_routes() if not need_of(each.method, each.path).scopes]
    # The list of sites belongs to the account, whose permissions have other names; an upload's path is its key.
    # Of forms, locations, Cart V2 and the writes of carts and checkouts Wix documents permissions and no scope.
    parts = ("/form-schema-service/", "/locations/v1/", "/ecom/v1/carts", "/ecom/v2/carts", "/ecom/v1/checkouts")
    unscoped = [each for each in free if any(part in each for part in parts)]
    assert [each for each in free if each not in unscoped] == [
        "POST /site-list/v2/sites/query",
        "POST /site-list/v2/sites/count",
        "PUT /contacts/v4/uploads/{siteId}/{uploadId}",
        "PUT /media-upload/{siteId}/{uploadId}",
    ]
    assert len(unscoped) == 20


def test_a_scope_that_no_endpoint_needs_is_refused_with_the_closest_ones(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--deny-scope", "SCOPE.DC-STORES.READ-ORDER"])
    assert ended.value.code == 2
    assert "the closest ones are SCOPE.DC-STORES.READ-ORDERS" in capsys.readouterr().err
