from __future__ import annotations

import socket
import threading
from contextlib import suppress

import pytest
import requests

from sandbox_support.api import Api, packed, v3_body
from wix_sandbox import Sandbox, SandboxOptions, server
from wix_sandbox.journal import Journal
from wix_sandbox.quota import Quota

PRODUCTS = "/stores/v3/products"
QUERY = f"{PRODUCTS}/query"


def serve(**options):
    return Sandbox(SandboxOptions(empty=True, **options)).serve()


def test_a_sandbox_leaves_no_thread_and_no_port_behind():
    before = threading.active_count()
    with serve() as site:
        assert requests.get(f"{site.url}/_sandbox/health", timeout=60).json()["status"] == "ok"
    assert threading.active_count() == before
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{site.url}/_sandbox/health", timeout=60)


def test_a_sandbox_ends_though_its_loop_does_not_close(monkeypatch):
    is_over = threading.Event()
    run = server._Server.run

    def run_on(self, **kwargs):
        run(self, **kwargs)
        is_over.wait()

    monkeypatch.setattr(server._Server, "run", run_on)
    monkeypatch.setattr(server, "_END_SECONDS", 0.1)
    try:
        with serve():
            pass
    finally:
        is_over.set()


def test_connections_that_come_at_the_end_are_closed_too():
    """Each is there before the end, but the server may accept it only while it ends."""
    for _ in range(20):
        with serve() as site:
            address = ("127.0.0.1", int(site.url.rpartition(":")[2]))
            clients = [socket.create_connection(address) for _ in range(8)]
        for client in clients:
            with client, suppress(ConnectionResetError):
                client.settimeout(60)
                assert client.recv(1) == b""


def test_a_client_that_dies_in_the_middle_of_its_request_is_no_trouble(caplog):
    with serve() as site:
        with socket.create_connection(("127.0.0.1", int(site.url.rpartition(":")[2]))) as client:
            client.sendall(f"POST {QUERY} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{{".encode())
        assert requests.get(f"{site.url}/_sandbox/health", timeout=60).ok
    assert "ClientDisconnect" not in caplog.text


def test_two_sandboxes_live_side_by_side():
    with serve(catalog="v1") as one, serve(catalog="v3") as other:
        assert one.url != other.url
        assert other.store.count("categories") == 1
        assert one.store.count("categories") == 0


def test_an_unknown_path_is_404_and_names_it(v3):
    assert "GET /stores/v3/produkte" in v3.refused(404, "GET", "/stores/v3/produkte")["message"]


@pytest.mark.parametrize("raw", ["{", "[]", '"text"', b'{"query": "\xff"}'])
def test_a_body_that_is_no_object_is_400(v3, raw):
    config = v3.site.config()
    headers = {"Authorization": config["api_key"], "wix-site-id": config["site_id"]}
    response = v3.session.post(v3.site.url + QUERY, data=raw, headers=headers, timeout=60)
    assert response.status_code == 400
    assert "codec" not in response.text


def test_a_get_query_may_be_packed_or_dotted(v3):
    product = v3.product(slug="mug")
    body = {"query": {"filter": {"slug": {"$in": ["mug"]}}}, "fields": ["CURRENCY"]}
    found = v3.ok("GET", f"{QUERY}?.r={packed(body)}")["products"]
    assert [(each["id"], each["currency"]) for each in found] == [(product["id"], "USD")]
    assert v3.ok("GET", f"{QUERY}?query.cursorPaging.limit=1&fields=URL&fields=CURRENCY")["products"][0]["url"]
    assert v3.refused(400, "GET", f"{QUERY}?.r=%21%21")


def test_a_post_has_its_members_in_a_json_body_and_a_get_in_its_parameters(v3):
    product = v3.product(slug="mug")
    body = {"query": {"filter": {"slug": "mug"}}}
    assert "currency" not in v3.ok("POST", f"{QUERY}?fields=CURRENCY", body)["products"][0]
    assert "currency" not in v3.ok("GET", f"{PRODUCTS}/{product['id']}", {"fields": ["CURRENCY"]})["product"]
    headers = {"Authorization": v3.site.config()["api_key"], "wix-site-id": v3.site.config()["site_id"]}
    as_form = v3.session.post(v3.site.url + QUERY, data={"query": "{}"}, headers=headers, timeout=60)
    assert as_form.status_code == 400


def test_the_client_may_repeat_path_parameters(v3):
    product = v3.product()
    v3.ok("DELETE", f"{PRODUCTS}/{product['id']}?productId={product['id']}")


def test_every_request_of_the_api_is_journaled_and_control_is_not(v3):
    v3.ok("POST", QUERY, {})
    v3.refused(404, "GET", "/nowhere")
    v3.send("POST", QUERY, {}, {})
    rows = v3.control("GET", "journal")["requests"]
    assert [(each["operation"], each["status"], each["who"]) for each in rows] == [
        ("products.query", 200, "api-key"),
        (None, 404, "api-key"),
        ("products.query", 401, None),
    ]
    assert all(each["requestId"] and each["time"] and each["durationMs"] >= 0 for each in rows)
    v3.control("DELETE", "journal")
    assert v3.control("GET", "journal") == {"total": 0, "requests": []}


def test_the_newest_requests_can_be_asked_for(v3):
    for path in ("/one", "/two", "/three"):
        v3.refused(404, "GET", path)
    assert [each["path"] for each in v3.control("GET", "journal?last=2")["requests"]] == ["/two", "/three"]
    assert len(v3.control("GET", "journal?last=9")["requests"]) == 3
    assert v3.session.get(f"{v3.site.url}/_sandbox/journal?last=x", timeout=60).status_code == 400
    assert v3.session.get(f"{v3.site.url}/_sandbox/journal", json=[5], timeout=60).status_code == 400


def test_requests_that_the_journal_has_forgotten_still_count(v3):
    v3.site.app.journal = Journal(capacity=4)
    for _ in range(9):
        v3.refused(404, "GET", "/nowhere")
    journal = v3.control("GET", "journal")
    assert (journal["total"], len(journal["requests"])) == (9, 3)
    assert v3.control("GET", "journal?last=0") == {"total": 9, "requests": []}


def test_the_controls_list_themselves_and_the_operations(v3):
    listed = v3.control("GET", "")["controls"]
    assert any(each.startswith("POST /_sandbox/faults: ") for each in listed)
    operations = v3.control("GET", "operations")["operations"]
    found = [each for each in operations if each["operation"] == "orders.search"]
    assert found == [
        {
            "operation": "orders.search",
            "method": "POST",
            "path": "/ecom/v1/orders/search",
            "catalog": None,
            "scopes": [
                "SCOPE.DC-STORES.READ-ORDERS",
                "SCOPE.DC-ECOM-MEGA.READ-ECOM",
                "SCOPE.DC-STORES-MEGA.READ-STORES",
            ],
        }
    ]


def test_an_unknown_control_names_those_there_are(v3):
    response = v3.session.get(f"{v3.site.url}/_sandbox/nope", timeout=60)
    assert response.status_code == 404
    assert "POST /_sandbox/reset" in response.json()["message"]


def test_reset_gives_the_shop_of_the_start_with_the_same_ids(v3):
    first = v3.product()["id"]
    state = v3.control("GET", "state")
    assert v3.control("GET", "state/categories") == state["categories"]
    v3.control("POST", "reset")
    assert v3.site.store.count("products") == 0
    assert v3.product()["id"] == first
    assert v3.control("GET", "state").keys() == state.keys()
    for method, path, body in (("GET", "state/mugs", None), ("PUT", "state", {"mugs": [{"id": "1"}]})):
        response = v3.session.request(method, f"{v3.site.url}/_sandbox/{path}", json=body)
        assert (response.status_code, "a shop has no mugs" in response.json()["message"]) == (404, True)


def test_a_state_can_be_served_again(v3, tmp_path):
    v3.product(sku="A1")
    seed = tmp_path / "seed.json"
    seed.write_text(v3.session.get(f"{v3.site.url}/_sandbox/state", timeout=60).text)
    with Sandbox(SandboxOptions(seed=seed)).serve() as site, requests.Session() as session:
        api = Api(site, session)
        assert site.state() == v3.site.state()
        variants = api.ok("POST", f"{PRODUCTS}/query-variants", {})["variants"]
        assert [each["sku"] for each in variants] == ["A1"]


def test_a_store_file_keeps_the_state_between_runs(tmp_path):
    kept = tmp_path / "shop.db"
    with serve(store=kept) as site, requests.Session() as session:
        Api(site, session).product(slug="kept")
    with serve(store=kept) as site, requests.Session() as session:
        api = Api(site, session)
        assert api.ok("GET", f"{PRODUCTS}/slug/kept")["product"]["name"] == "Enamel mug"
    assert [each.name for each in tmp_path.iterdir()] == ["shop.db"]


@pytest.mark.parametrize(
    ("catalog", "path", "status", "code"),
    [
        ("v1", QUERY, 428, "CATALOG_V1_SITE_CALLING_CATALOG_V3_API"),
        ("v3", "/stores/v1/products/query", 428, "CATALOG_V3_CALLING_CATALOG_V1_API"),
        ("absent", QUERY, 428, "REQUIRED_APP_NOT_INSTALLED"),
        ("absent", "/stores-reader/v1/products/query", 401, None),
    ],
)
def test_a_call_of_another_catalog_is_refused(catalog, path, status, code):
    with serve(catalog=catalog) as site, requests.Session() as session:
        details = Api(site, session).refused(status, "POST", path, {})["details"]
        assert details.get("applicationError", {}).get("code") == code


@pytest.mark.parametrize(
    ("catalog", "version"),
    [("v1", "V1_CATALOG"), ("v3", "V3_CATALOG"), ("absent", "STORES_NOT_INSTALLED")],
)
def test_every_site_says_which_catalog_it_has(catalog, version):
    with serve(catalog=catalog) as site, requests.Session() as session:
        assert Api(site, session).ok("GET", "/stores/v3/provision/version") == {"catalogVersion": version}


def test_over_the_quota_comes_429_and_control_stays_free():
    with serve(quota=3) as site, requests.Session() as session:
        api = Api(site, session)
        assert site.config()["requests_per_minute"] == 3
        statuses = [api.send("POST", QUERY, {}).status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        assert api.send("POST", QUERY, {}).json()["details"] == {}
        assert "retry-after" not in api.send("POST", QUERY, {}).headers
        state = api.control("GET", "quota")
        assert (state["perMinute"], state["used"], state["peak"], state["refused"]) == (3, 3, 3, 4)


def test_a_429_has_retry_after_if_the_reading_says_so():
    with serve(quota=1, readings={"retry-after": "sent"}) as site, requests.Session() as session:
        api = Api(site, session)
        api.ok("POST", QUERY, {})
        assert 1 <= int(api.send("POST", QUERY, {}).headers["Retry-After"]) <= 61


def test_the_quota_counts_any_sixty_seconds():
    now = [0.0]
    quota = Quota(2, lambda: now[0])
    for at in (0.0, 59.0):
        now[0] = at
        quota.take()
    now[0] = 59.9
    assert quota.wait() == pytest.approx(0.1)
    now[0] = 60.0
    quota.take()
    assert quota.wait() == pytest.approx(59.0)


@pytest.mark.parametrize(
    "options", [{"host": "0.0.0.0"}, {"catalog": "v2"}, {"latency": -1}, {"quota": -1}, {"size": -1}]
)
def test_nonsense_options_are_refused(options):
    with pytest.raises(ValueError, match=r".+"):
        SandboxOptions(**options)


def test_a_body_against_the_schema_is_reported_field_by_field(v3):
    body = v3_body(name="x" * 81, productType="SOFT")
    body["variantsInfo"]["variants"][0]["price"]["actualPrice"]["amount"] = "1.2345"
    body["variantsInfo"]["variants"][0]["price"]["compareAtPrice"] = {"amount": "\uff12"}  # a digit of another script
    found = v3.violations("POST", PRODUCTS, {"product": body})
    assert found["product.name"]["violatedRule"] == "MAX_LENGTH"
    assert found["product.name"]["data"] == {"threshold": 80}
    assert found["product.productType"]["violatedRule"] == "INVALID_ENUM_VALUE"
    amount = found["product.variantsInfo.variants[0].price.actualPrice.amount"]
    assert (amount["violatedRule"], amount["data"]) == ("DECIMAL_MAX_SCALE", {"threshold": 3})
    assert found["product.variantsInfo.variants[0].price.compareAtPrice.amount"]["violatedRule"] == "FORMAT"
    message = v3.refused(400, "POST", PRODUCTS, {"product": body})["message"]
    assert message.startswith("product is invalid:\n`-- name has size 81, expected 80 or less\n`-- productType")


@pytest.mark.parametrize(
    "change", [{"name": 5}, {"visible": "yes"}, {"physicalProperties": []}, {"options": {}}, {"description": "<p>"}]
)
def test_a_value_of_the_wrong_json_type_is_400(v3, change):
    assert "Expected" in v3.refused(400, "POST", PRODUCTS, {"product": v3_body(**change)})["message"]


def test_unknown_and_read_only_members_are_ignored(v3):
    product = v3.product(shoeSize=43, createdDate="1999-01-01T00:00:00Z", revision="17")
    assert "shoeSize" not in product
    assert product["revision"] == "1"
    assert not product["createdDate"].startswith("1999")
