from __future__ import annotations

import pytest
import requests

from tests.sandbox.api import v3_body

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


@pytest.mark.parametrize(("drop", "written"), [("before", 0), ("after", 1), ("middle", 1)])
def test_a_connection_dropped_before_after_and_in_the_middle(v3, drop, written):
    plan(v3, {"drop": drop}, times=1)
    with pytest.raises(requests.RequestException):
        v3.send("POST", PRODUCTS, {"product": v3_body()})
    assert v3.site.store.count("products") == written
    assert v3.site.journal.entries[-1].status == 0
    assert v3.site.journal.entries[-1].fault == "drop"
    assert statuses(v3, 1) == [200]


def test_a_truncated_body_has_status_200_and_is_no_json(v3):
    plan(v3, {"truncate": True}, times=1)
    response = v3.send("POST", QUERY, {})
    assert response.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        response.json()


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


def test_a_refused_sort_is_told_as_not_sortable(v3):
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
    token = v3.session.post(v3.site.url + "/oauth2/token", json=body, timeout=10).json()["access_token"]
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


def test_a_stale_index_does_not_see_what_just_changed(v3):
    product = v3.product()
    plan(v3, {"stale_index_ms": 60_000})
    assert v3.ok("POST", QUERY, {})["products"] == []
    assert v3.ok("GET", f"{PRODUCTS}/{product['id']}")["product"]["id"] == product["id"]
    v3.control("DELETE", "faults")
    assert len(v3.ok("POST", QUERY, {})["products"]) == 1


@pytest.mark.parametrize("fault", [{"action": {"explode": True}}, {"when": 1}, {"action": {"drop": "sometimes"}}, 7])
def test_what_is_no_fault_is_refused(v3, fault):
    response = v3.session.post(f"{v3.site.url}/_sandbox/faults", json=fault, timeout=10)
    assert response.status_code == 400
    assert response.json()["message"].startswith("Not a fault")
