"""Automations: kept as Wix keeps them, and run when their trigger happens."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest

from sandbox_support.api import order_body, v3_body
from sandbox_support.receiver import receiving, rule
from wix_sandbox.resources.forms import CONTACT_FORM
from wix_sandbox.webhooks.triggers import TRIGGERS

BASE = "/automations-service/v2/automations"
ORDER_PLACED = TRIGGERS[0]
ONE = str(UUID(int=1))


@pytest.fixture(scope="module")
def receiver():
    with receiving() as running:
        yield running


def create(api, body):
    return api.ok("POST", BASE, {"automation": body})["automation"]


def order(api):
    return api.ok("POST", "/ecom/v1/orders", {"order": order_body()})["order"]


def calls(api):
    return [(each["eventType"], each["entityId"]) for each in api.site.webhooks.deliveries()]


def test_an_automation_calls_its_url(v3, receiver):
    made = create(v3, rule(receiver.url, ORDER_PLACED))
    placed = order(v3)
    headers, body = receiver.next()
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == {"data": {"id": placed["id"]}}
    off = made["configuration"] | {"status": "INACTIVE"}
    path = f"{BASE}/{made['id']}"
    v3.ok("PATCH", path, {"automation": {"revision": made["revision"], "configuration": off}})
    order(v3)
    v3.ok("DELETE", path)
    order(v3)
    assert calls(v3) == [(ORDER_PLACED.key, placed["id"])]


def test_urls_of_other_machines_are_kept_and_not_called(v3):
    create(v3, rule("https://hooks.example.com/", ORDER_PLACED))
    order(v3)
    assert calls(v3) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"origin": "NOBODY"},
        {"configuration": {"status": "ACTIVE"}},
        rule("http://localhost/", ORDER_PLACED, rootActionIds=[str(uuid4())]),
        rule("http://localhost/", ORDER_PLACED, actions={"one": {"id": "one"}}),
        rule("http://localhost/", ORDER_PLACED, actions={ONE: {"id": ONE, "type": "APP_DEFINED", "appDefinedInfo": 5}}),
        rule("http://localhost/", ORDER_PLACED, trigger={"appId": ORDER_PLACED.app_id}),
    ],
)
def test_an_incomplete_automation_is_refused(v3, wrong):
    v3.refused(400, "POST", BASE, {"automation": rule("http://localhost/", ORDER_PLACED) | wrong})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{BASE}/not-a-guid", None),
        ("DELETE", f"{BASE}/not-a-guid", None),
        ("POST", f"{BASE}/query", {"query": {"sort": [{"fieldName": "createdDate"}]}}),
        ("POST", f"{BASE}/query", {"query": {"filter": {"settings.hidden": True}}}),
        ("POST", "/automations-service/v2/bulk/automations/delete", {"automationIds": []}),
        ("POST", "/automations-service/v2/bulk/automations/delete", {"automationIds": [ONE] * 201}),
    ],
)
def test_calls_that_differ_from_the_types_of_the_client_are_refused(v3, method, path, body):
    v3.refused(400, method, path, body)


def test_each_member_of_the_types_of_the_client_is_kept(v3, receiver):
    body = rule(receiver.url, ORDER_PLACED)
    body["settings"] = {"disableDelete": True, "actionSettings": {"readonlyActionIds": [ONE]}}
    body["configuration"]["trigger"]["rateLimit"] = {"maxActivations": 1}
    made = create(v3, body)
    assert made["settings"] == body["settings"]
    assert made["configuration"]["trigger"]["rateLimit"] == {"maxActivations": 1}
    query = {"filter": {"settings.disableDelete": True}, "sort": [{"fieldName": "origin"}]}
    assert v3.ok("POST", f"{BASE}/query", {"query": query})["automations"] == [made]


def test_a_trigger_of_an_app_that_the_site_lacks_is_refused(open_api):
    absent = open_api(catalog="absent")
    absent.refused(404, "POST", BASE, {"automation": rule("http://localhost/", ORDER_PLACED)})


@pytest.mark.parametrize(("value", "tries"), [("0", 1), ("2", 3)])
def test_a_failed_call_is_repeated_by_the_reading(v3, receiver, value, tries):
    v3.site.site.readings.choose({"automation-retries": value})
    v3.site.webhooks.choose({"schedule_factor": 0})
    receiver.status = 500
    create(v3, rule(receiver.url, ORDER_PLACED))
    order(v3)
    for _ in range(tries):
        receiver.next()
    receiver.status = 200
    order(v3)
    receiver.next()
    assert receiver.requests.empty()


def test_each_trigger_has_a_change_that_starts_it(v3):
    """Nothing is sent: the calls wait."""
    v3.site.webhooks.pause()
    for each in TRIGGERS:
        create(v3, rule("http://127.0.0.1:9/", each))
    person = {"info": {"name": {"first": "Ada"}, "labelKeys": {"items": ["contacts.customers"]}}}
    ada = v3.ok("POST", "/contacts/v4/contacts", person)["contact"]
    v3.ok("DELETE", f"/contacts/v4/contacts/{ada['id']}/labels", {"labelKeys": ["contacts.customers"]})
    revision = v3.ok("GET", f"/contacts/v5/contacts/{ada['id']}")["contact"]["revision"]
    body = {"contact": {"revision": revision, "assigneeId": str(uuid4())}}
    v3.ok("PATCH", f"/contacts/v5/contacts/{ada['id']}", body)
    placed = order(v3)
    payment = {"amount": {"amount": "1.00"}, "regularPaymentDetails": {"offlinePayment": True}}
    v3.ok("POST", f"/ecom/v1/payments/orders/{placed['id']}/add-payment", {"payments": [payment]})
    v3.site.store.insert("abandoned_checkouts", {"id": "a-checkout", "status": "ABANDONED"})
    values = {"first_name_f409": "Ada", "email_9c1e": "ada@example.com"}
    submission = {"submission": {"formId": CONTACT_FORM, "submissions": values}}
    v3.ok("POST", "/form-submission-service/v4/submissions", submission)
    for direction in ("PARTICIPANT_TO_BUSINESS", "BUSINESS_TO_PARTICIPANT"):
        v3.site.store.insert("inbox_messages", {"id": direction, "direction": direction})
    member = v3.ok("POST", "/members/v1/members", {"member": {"loginEmail": "grace@example.com"}})["member"]
    v3.ok("DELETE", f"/members/v1/members/{member['id']}")
    product = v3_body()
    product["variantsInfo"]["variants"][0]["inventoryItem"] = {"quantity": 0}
    v3.ok("POST", "/stores/v3/products-with-inventory", {"product": product})
    item = v3.ok("POST", "/stores/v3/inventory-items/query", {})["inventoryItems"][0]
    body = {"inventoryItem": {"revision": item["revision"], "quantity": 1}}
    v3.ok("PATCH", f"/stores/v3/inventory-items/{item['id']}", body)
    assert {key for key, _ in calls(v3)} == {each.key for each in TRIGGERS}
