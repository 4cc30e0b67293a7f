from __future__ import annotations

import json

import pytest
import requests

from sandbox_support.api import TREE, Api, v3_body, v3_sized
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.random_faults import random_faults

PRODUCTS = "/stores/v3/products"
QUERY = f"{PRODUCTS}/query"


def plan(api, action, **when):
    api.control("POST", "faults", [{"operation": "*", "action": action, **when}])


def statuses(api, count, path=QUERY):
    return [api.send("POST", path, {}).status_code for _ in range(count)]


def test_a_status_with_body_and_headers_answers_in_the_handlers_place(v3):
    action = {"status": 503, "body": {"message": "later", "details": {}}, "headers": {"Retry-After": "7"}}
    plan(v3, action, times=2)
    response = v3.send("POST", QUERY, {})
    assert (response.status_code, response.json()["message"]) == (503, "later")
    assert response.headers["Retry-After"] == "7"
    assert statuses(v3, 2) == [503, 200]
    assert v3.control("GET", "faults")["faults"][0]["done"] == 2


def test_faults_happen_every_so_many_requests(v3):
    plan(v3, {"status": 500}, every=3)
    assert statuses(v3, 6) == [200, 200, 500, 200, 200, 500]


def test_faults_by_chance_are_the_same_for_the_same_seed(v3):
    runs = []
    for _ in range(2):
        v3.control("DELETE", "faults")
        plan(v3, {"status": 500}, probability=0.5, seed=3)
        runs.append(statuses(v3, 20))
    assert runs[0] == runs[1]
    assert {200, 500} == set(runs[0])


def test_faults_are_meant_for_operations_paths_and_methods(v3):
    v3.control("POST", "faults", [{"operation": "brands.*", "action": {"status": 500}}])
    v3.control("POST", "faults", {"path": "/stores/v3/ribbons", "method": "POST", "action": {"status": 502}})
    assert statuses(v3, 1) == [200]
    assert statuses(v3, 1, "/stores/v3/brands/query") == [500]
    assert statuses(v3, 1, "/stores/v3/ribbons/query") == [502]


def test_a_fault_is_meant_for_requests_that_hold_a_text(v3):
    plan(v3, {"status": 428, "body": {"message": "no", "details": {}}}, holds="blue-mug")
    asked = [v3.send("POST", QUERY, {"query": {"filter": {"handle": handle}}}) for handle in ("mug", "blue-mug")]
    assert [response.status_code for response in asked] == [200, 428]
    assert v3.send("GET", f"{PRODUCTS}/blue-mug").status_code == 428


def test_single_items_of_a_bulk_call_fail_and_the_others_are_done(v3):
    plan(v3, {"fail_items": {"code": "SOMETHING_NEW", "description": "no"}}, holds="Red")
    bodies = [v3_body(name=f"{colour} mug") for colour in ("Blue", "Red", "Green")]
    answer = v3.send("POST", "/stores/v3/bulk/products/create", {"products": bodies}).json()
    metadata = [result["itemMetadata"] for result in answer["results"]]
    assert [(one["originalIndex"], one["success"]) for one in metadata] == [(0, True), (1, False), (2, True)]
    assert metadata[1]["error"] == {"code": "SOMETHING_NEW", "description": "no", "data": {}}
    assert answer["bulkActionMetadata"]["totalFailures"] == 1
    answer = v3.send("POST", "/stores/v3/bulk/products/create", {"products": bodies[1:2]}).json()
    assert answer["bulkActionMetadata"] == {"totalSuccesses": 0, "totalFailures": 1, "undetailedFailures": 0}


@pytest.mark.parametrize(("drop", "written"), [("before", 0), ("after", 1), ("middle", 1)])
def test_a_connection_dropped_before_after_and_in_the_middle(v3, drop, written):
    plan(v3, {"drop": drop}, times=1)
    with pytest.raises(requests.RequestException):
        v3.send("POST", PRODUCTS, {"product": v3_body()})
    assert v3.site.store.count("products") == written
    assert v3.site.journal.entries[-1].status == 0
    assert v3.site.journal.entries[-1].fault == "drop"
    assert statuses(v3, 1) == [200]


def test_the_throttle_answers_403_with_nothing_in_it(v3):
    plan(v3, {"throttle": True}, times=1)
    response = v3.send("POST", QUERY, {})
    assert (response.status_code, response.json()) == (403, {"message": "", "details": {}})


def test_a_delay_passes_and_the_answer_comes(v3):
    plan(v3, {"delay": 0.05}, times=1)
    assert v3.send("POST", QUERY, {}).elapsed.total_seconds() >= 0.05


def test_an_expired_cursor_is_400_and_the_first_page_is_not_touched(v3):
    for at in range(3):
        v3.product(name=f"Mug {at}")
    plan(v3, {"expire_cursor": True})
    first = v3.ok("POST", QUERY, {"query": {"cursorPaging": {"limit": 1}}})
    cursor = first["pagingMetadata"]["cursors"]["next"]
    v3.refused(400, "POST", QUERY, {"query": {"cursorPaging": {"cursor": cursor}}})


def test_a_refused_sort_is_reported_as_not_sortable(v3):
    plan(v3, {"refuse_sort": True})
    sort = [{"fieldName": "updatedDate", "order": "ASC"}]
    message = v3.refused(400, "POST", QUERY, {"query": {"sort": sort}})["message"]
    assert message == "value Field 'updatedDate' is not declared as sortable"
    assert statuses(v3, 1) == [200]


def test_an_expired_token_fails_once_with_401(v3):
    config = v3.site.app_config()
    body = {
        "grant_type": "client_credentials",
        "client_id": config["app_id"],
        "client_secret": config["app_secret"],
        "instance_id": config["instance_id"],
    }
    token = v3.session.post(v3.site.url + "/oauth2/token", json=body, timeout=60).json()["access_token"]
    plan(v3, {"expire_token": True}, times=1)
    assert v3.send("POST", QUERY, {}, {"Authorization": token}).status_code == 401


def test_a_stolen_revision_makes_a_good_update_stale(v3):
    product = v3.product()
    plan(v3, {"steal_revision": True}, times=1)
    change = {"product": {"revision": "1", "name": "Tin mug"}}
    path = f"{PRODUCTS}/{product['id']}"
    assert v3.code(409, "PATCH", path, change) == "INVALID_REVISION"
    change["product"]["revision"] = "2"
    assert v3.ok("PATCH", path, change)["product"]["revision"] == "3"


def names(api, path=QUERY):
    return sorted(each["name"] for each in api.ok("POST", path, {"query": {}, "search": {}})["products"])


def test_a_stale_index_shows_what_was_and_single_entities_what_is(v3):
    kept, changed, deleted = (v3.product(name=name) for name in ("kept", "changed", "deleted"))
    v3.control("POST", "clock", {"shiftSeconds": 10})
    v3.ok("PATCH", f"{PRODUCTS}/{changed['id']}", {"product": {"revision": "1", "name": "changed since"}})
    v3.ok("DELETE", f"{PRODUCTS}/{deleted['id']}")
    made = v3.product(name="made since")
    now = ["changed since", "kept", "made since"]
    assert names(v3) == now

    plan(v3, {"stale_index_ms": 5000})
    assert names(v3) == names(v3, f"{PRODUCTS}/search") == ["changed", "deleted", "kept"]
    assert v3.ok("POST", f"{PRODUCTS}/count", {})["count"] == 3
    wanted = {"query": {"filter": {"id": {"$in": [made["id"], deleted["id"], kept["id"]]}}}}
    assert [each["name"] for each in v3.ok("POST", QUERY, wanted)["products"]] == ["deleted", "kept"]
    for each in (made, changed):
        assert v3.ok("GET", f"{PRODUCTS}/{each['id']}")["product"]["name"].endswith(" since")
    v3.refused(404, "GET", f"{PRODUCTS}/{deleted['id']}")

    v3.control("POST", "clock", {"shiftSeconds": 10})
    assert names(v3) == now


def test_a_shop_that_starts_has_no_lag():
    options = SandboxOptions(seed={"products": []}, catalog="v3")
    with Sandbox(options).serve() as site, requests.Session() as session:
        api = Api(site, session)
        plan(api, {"stale_index_ms": 60_000})
        assert len(api.ok("POST", "/categories/v1/categories/query", {"query": {}, **TREE})["categories"]) == 1


def test_a_lag_can_be_for_the_whole_life_of_a_site():
    with Sandbox(SandboxOptions(empty=True, index_lag_ms=5000)).serve() as site, requests.Session() as session:
        api = Api(site, session)
        made = api.product(name="made")
        assert names(api) == []
        assert api.ok("GET", f"{PRODUCTS}/{made['id']}")["product"]["name"] == "made"
        api.control("POST", "clock", {"shiftSeconds": 6})
        assert names(api) == ["made"]


def refusal_of(api, fault):
    response = api.session.post(f"{api.site.url}/_sandbox/faults", json=fault, timeout=60)
    assert response.status_code == 400
    return response.json()["message"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"action": {"explode": True}}, "unknown field `explode`"),
        ({"when": 1, "action": {"delay": 1}}, "unknown field `when`"),
        ({"operation": "*"}, "missing required field `action`"),
        ({"action": {"drop": "sometimes"}}, "Invalid enum value 'sometimes'"),
        ({"action": {"status": 99}}, ">= 200"),
        ({"action": {"delay": -1}}, ">= 0"),
        ({"action": {}}, "without an effect"),
        ({"action": {"drop": "after", "body": {}}}, "body without rate_limit, refuse, status, throttle"),
        ({"action": {"delay": 1}, "times": 0}, ">= 1"),
        ({"action": {"delay": 1}, "probability": 2}, "<= 1"),
        (7, "Expected `object`"),
    ],
)
def test_what_is_no_fault_is_refused_and_the_members_are_named(v3, fault, said):
    message = refusal_of(v3, fault)
    assert message.startswith("Not a fault: ")
    assert said in message
    assert "A fault has action, operation, path" in message
    assert "an action has status, body" in message


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ({"operation": "orders.serch"}, "(nearest: orders.search); there are "),
        ({"operation": "nothing.*"}, "products.query"),
        ({"method": "FETCH"}, "there are DELETE, GET, PATCH, POST"),
        ({"path": "/store/v3/products"}, "/stores/v3"),
        ({"path": "/stores/v3/products/one/two/three"}, "/stores/v3"),
    ],
)
def test_a_target_that_there_is_not_is_refused_and_those_there_are_are_named(v3, target, said):
    assert said in refusal_of(v3, [{"action": {"delay": 0}, **target}, {"action": {"status": 500}, **target}])
    assert v3.control("GET", "faults") == {"faults": []}


def test_either_all_faults_of_a_list_are_planned_or_none(v3):
    refusal_of(v3, [{"action": {"status": 500}}, {"action": {"status": 500}, "operation": "nothing"}])
    assert v3.control("GET", "faults") == {"faults": []}


def test_some_requests_pass_before_the_fault(v3):
    plan(v3, {"status": 500}, skip=2, every=2, times=1)
    assert statuses(v3, 6) == [200, 200, 200, 500, 200, 200]


def test_a_path_may_hold_wildcards_and_ids(v3):
    product = v3.product()
    v3.control("POST", "faults", {"path": f"{PRODUCTS}/{product['id']}", "action": {"status": 500}})
    v3.control("POST", "faults", {"path": "/stores/*/query", "action": {"status": 502}})
    assert v3.send("GET", f"{PRODUCTS}/{product['id']}").status_code == 500
    assert v3.send("GET", f"{PRODUCTS}/slug/{product['slug']}").status_code == 200
    assert statuses(v3, 1) == [502]


@pytest.mark.parametrize("damage", ["truncate", "malform"])
def test_a_damaged_body_comes_whole_and_is_no_json(v3, damage):
    product = v3.product()
    plan(v3, {damage: True}, times=1)
    response = v3.send("GET", f"{PRODUCTS}/{product['id']}")
    assert response.status_code == 200
    assert int(response.headers["Content-Length"]) == len(response.content)
    assert response.headers["Content-Type"] == "application/json"
    with pytest.raises(requests.JSONDecodeError):
        response.json()


@pytest.mark.parametrize(("wait", "header"), [({}, None), ({"retry_after": 2}, "2")])
def test_a_storm_of_429_with_and_without_a_time_to_wait(v3, wait, header):
    plan(v3, {"rate_limit": True, **wait}, times=3)
    for _ in range(3):
        response = v3.send("POST", QUERY, {})
        assert (response.status_code, response.json()["details"]) == (429, {})
        assert response.headers.get("Retry-After") == header
    assert statuses(v3, 1) == [200]
    assert v3.control("GET", "quota")["used"] >= 1


def test_the_calls_for_tokens_can_fail_too(v3):
    v3.control("POST", "faults", {"operation": "tokens.create", "action": {"status": 503}, "times": 1})
    url = f"{v3.site.url}/oauth2/token"
    assert [v3.session.post(url, json={}, timeout=60).status_code for _ in range(2)] == [503, 400]
    assert [entry.operation for entry in v3.site.journal.entries[-2:]] == ["tokens.create"] * 2


def test_the_journal_names_the_faults_of_a_request_and_what_was_sent(v3):
    plan(v3, {"delay": 0.001})
    plan(v3, {"drop": "middle"}, times=1)
    with pytest.raises(requests.RequestException):
        v3.send("GET", "/stores/v3/provision/version")
    whole = v3.send("GET", "/stores/v3/provision/version").content
    broken, good = v3.control("GET", "journal")["requests"]
    assert (broken["fault"], broken["faultNumbers"], broken["status"]) == ("delay,drop", [1, 2], 0)
    assert (good["fault"], good["faultNumbers"], good["status"]) == ("delay", [1], 200)
    assert (broken["bytes"], good["bytes"]) == (len(whole) // 2, len(whole))
    assert good["durationMs"] >= 1


def brand(api):
    made = api.ok("POST", "/stores/v3/brands", {"brand": {"name": "Example Kiln"}})["brand"]
    change = {"brand": {"revision": made["revision"], "name": "Sample Loom"}}
    return "PATCH", f"/stores/v3/brands/{made['id']}", change


def category(api):
    body = {"category": {"name": "Mugs"}, **TREE}
    made = api.ok("POST", "/categories/v1/categories", body)["category"]
    change = {"category": {"revision": made["revision"], "name": "Cups"}, **TREE}
    return "PATCH", f"/categories/v1/categories/{made['id']}", change


def category_tree(api):
    body = {"category": {"name": "Mugs"}, **TREE}
    made = api.ok("POST", "/categories/v1/categories", body)["category"]
    items = [{"catalogItemId": api.product()["id"], "appId": "215238eb-22a5-4c36-9e7b-e7c08025e04e"}]
    return "POST", f"/categories/v1/bulk/categories/{made['id']}/add-items", {"items": items, **TREE}


def inventory_item(api):
    api.product(**v3_sized())
    made = api.ok("POST", "/stores/v3/inventory-items/query", {})["inventoryItems"][0]
    change = {"inventoryItem": {"revision": made["revision"], "quantity": 3}}
    return "PATCH", f"/stores/v3/inventory-items/{made['id']}", change


def contact(api):
    made = api.ok("POST", "/contacts/v4/contacts", {"info": {"name": {"first": "Ada"}}})["contact"]
    change = {"revision": made["revision"], "info": {"name": {"first": "Grace"}}}
    return "PATCH", f"/contacts/v4/contacts/{made['id']}", change


@pytest.mark.parametrize("prepare", [brand, category, category_tree, inventory_item, contact])
def test_whatever_has_a_revision_can_be_changed_by_somebody_else_in_between(v3, prepare):
    request = prepare(v3)
    plan(v3, {"steal_revision": True}, times=1)
    assert v3.code(409, *request) in {"INVALID_REVISION", "CONTACT_ALREADY_CHANGED"}


def test_one_stolen_revision_of_a_bulk_call_is_reported_with_its_item(v3):
    products = [v3.product(), v3.product()]
    plan(v3, {"steal_revision": True}, times=1)
    entries = [{"product": {"id": each["id"], "revision": "1", "name": "Tin mug"}} for each in products]
    answer = v3.ok("POST", "/stores/v3/bulk/products/update", {"products": entries})
    codes = [each["itemMetadata"]["error"]["code"] for each in answer["results"]]
    assert codes == ["INVALID_REVISION"] * 2
    rows = v3.ok("POST", f"{PRODUCTS}/query-variants", {})["variants"]
    assert {each["productData"]["revision"] for each in rows} == {"2"}


def test_random_faults_is_plain_data_and_the_same_for_the_same_seed(v3):
    storm = random_faults(7)
    assert storm == random_faults(7) != random_faults(8)
    v3.control("POST", "faults", json.loads(json.dumps(storm)))
    planned = {name for each in v3.site.faults.describe() for name in each["action"]}
    assert planned >= {"status", "drop", "truncate", "malform", "throttle", "rate_limit", "steal_revision"}
