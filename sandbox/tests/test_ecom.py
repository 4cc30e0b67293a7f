from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
import requests
from jsonschema import Draft202012Validator

from sandbox_support.api import order_body, order_line
from sandbox_support.schemas import SCHEMAS
from wix_sandbox import RunningSite, Sandbox, SandboxOptions
from wix_sandbox.resources.ecom_orders import settle

ORDERS = "/ecom/v1/orders"
FULFILLMENTS = "/ecom/v1/fulfillments"
PAYMENTS = "/ecom/v1/payments"
NOBODY = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Api:
    site: RunningSite
    session: requests.Session

    def __call__(self, method, path, body=None):
        config = self.site.config()
        headers = {"Authorization": config["api_key"], "wix-site-id": config["site_id"]}
        return self.session.request(method, self.site.url + path, json=body, headers=headers, timeout=60)

    def ok(self, method, path, body=None):
        response = self(method, path, body)
        assert response.status_code == 200, response.text
        return response.json()

    def refused(self, status, method, path, body=None):
        response = self(method, path, body)
        assert response.status_code == status, response.text
        return response.json()["details"].get("applicationError", {}).get("code")

    def search(self, **search):
        return self.ok("POST", f"{ORDERS}/search", {"search": search})

    def every(self, limit=100, **search):
        page = self.search(**search, cursorPaging={"limit": limit})
        found = page["orders"]
        while page["metadata"]["hasNext"]:
            cursor = page["metadata"]["cursors"]["next"]
            page = self.search(cursorPaging={"limit": limit, "cursor": cursor})
            found += page["orders"]
        return found

    def order(self, order_id):
        return self.ok("GET", f"{ORDERS}/{order_id}")["order"]


@pytest.fixture(scope="module")
def shop():
    """The seed shop, for tests that only read."""
    with Sandbox(SandboxOptions(catalog="absent")).serve() as site, requests.Session() as session:
        yield Api(site, session)


@pytest.fixture(scope="module")
def running():
    with Sandbox(SandboxOptions(catalog="absent", empty=True)).serve() as site, requests.Session() as session:
        yield Api(site, session)


@pytest.fixture
def api(running):
    running.site.reset()
    return running


def payment(amount, **more):
    return {"amount": {"amount": amount}, "regularPaymentDetails": {}, **more}


def placed(api, *lines, **more):
    return api.ok("POST", ORDERS, {"order": order_body(*lines, **{"status": "APPROVED", **more})})["order"]


def shown(order):
    return order["status"] not in {"INITIALIZED", "PENDING", "REJECTED"}


def test_an_order_has_the_members_that_are_never_null(api):
    order = placed(api)
    assert [order[name] for name in ("appliedDiscounts", "additionalFees", "customFields")] == [[], [], []]
    assert order["attributionSource"] == "UNSPECIFIED"
    assert all(line["fixedQuantity"] is line["priceUndetermined"] is False for line in order["lineItems"])


@pytest.mark.parametrize("limit", [1, 37, 100])
def test_paging_yields_every_order_once_newest_first(shop, limit):
    stored = sorted(shop.site.store.all("orders"), key=lambda each: each["createdDate"], reverse=True)
    assert [each["id"] for each in shop.every(limit)] == [each["id"] for each in stored if shown(each)]


def test_later_pages_keep_what_the_first_page_left_out(shop):
    everything = shop.every(10, filter={"status": {"$in": ["PENDING", "REJECTED", "INITIALIZED"]}})
    assert {each["status"] for each in everything} == {"PENDING", "REJECTED"}
    assert len(everything) == sum(each["status"] in {"PENDING", "REJECTED"} for each in shop.site.store.all("orders"))
    assert all(map(shown, shop.every(10)))


def test_a_status_named_inside_an_or_counts_as_named(shop):
    found = shop.search(filter={"$or": [{"status": "PENDING"}, {"archived": True}]})["orders"]
    assert {each["status"] for each in found} >= {"PENDING", "APPROVED"}


def test_an_incremental_read_gives_what_changed_in_order(shop):
    stamps = sorted(each["updatedDate"] for each in shop.site.store.all("orders") if shown(each))
    sort = [{"fieldName": "updatedDate", "order": "ASC"}]
    found = shop.every(11, filter={"updatedDate": {"$gte": stamps[90]}}, sort=sort)
    assert [each["updatedDate"] for each in found] == [each for each in stamps if each >= stamps[90]]


def test_numbers_compare_as_numbers(shop):
    found = shop.every(filter={"number": {"$lt": "10003"}, "status": {"$ne": "X"}})
    assert {each["number"] for each in found} == {"10001", "10002"}


@pytest.mark.parametrize(
    ("search", "status"),
    [
        ({"filter": {"buyerNote": "x"}}, 400),
        ({"sort": [{"fieldName": "archived"}]}, 400),
        ({"sort": [{"fieldName": "createdDate"}] * 5}, 400),
        ({"cursorPaging": {"limit": 101}}, 400),
        ({"cursorPaging": {"cursor": "made up"}}, 400),
        ({"filter": {"fulfillmentStatusesAggregate.statuses": {"$hasSome": "FULFILLED"}}}, 400),
        ({"filter": {"fulfillmentStatusesAggregate.statuses": {"$hasAll": None}}}, 400),
    ],
)
def test_searches_beyond_what_is_documented_are_refused(shop, search, status):
    shop.refused(status, "POST", f"{ORDERS}/search", {"search": search})


def test_orders_are_queried_by_offset_or_cursor(shop):
    ids = [order["id"] for order in shop.every()]
    first = shop.ok("POST", f"{ORDERS}/query", {"query": {"paging": {"limit": 2, "offset": 1}}})
    assert [order["id"] for order in first["orders"]] == ids[1:3]
    assert first["metadata"] == {"count": 2, "offset": 1, "total": len(ids)}
    page = shop.ok("POST", f"{ORDERS}/query", {"query": {"cursorPaging": {"limit": 2}}})
    assert page["metadata"].keys() == {"count", "cursors"}
    rest = {"query": {"cursorPaging": {"limit": 100, "cursor": page["metadata"]["cursors"]["next"]}}}
    assert [order["id"] for order in shop.ok("POST", f"{ORDERS}/query", rest)["orders"]] == ids[2:102]
    named = {"query": {"filter": {"status": "REJECTED"}}}
    assert {order["status"] for order in shop.ok("POST", f"{ORDERS}/query", named)["orders"]} <= {"REJECTED"}
    for paging in ("paging", "cursorPaging"):
        answer = shop("POST", f"{ORDERS}/query", {"query": {paging: {"limit": 101}}}).json()
        assert answer["details"]["validationError"]["fieldViolations"][0]["field"] == f"{paging}.limit"


def test_initialized_orders_can_be_read_by_id(shop):
    order = next(each for each in shop.site.store.all("orders") if each["status"] == "INITIALIZED")
    assert shop.order(order["id"]) == order
    assert shop.refused(404, "GET", f"{ORDERS}/{NOBODY}") == "ORDER_NOT_FOUND"


def test_a_placed_order_gets_number_totals_and_statuses(api):
    first = placed(api, order_line(3), order_line(1, "2.50"))
    second = placed(api)
    assert (first["number"], second["number"]) == ("10001", "10002")
    assert first["priceSummary"]["total"] == {"amount": "32.50", "formattedAmount": "$32.50"}
    assert (first["status"], first["paymentStatus"], first["fulfillmentStatus"]) == (
        "APPROVED",
        "NOT_PAID",
        "NOT_FULFILLED",
    )
    assert placed(api, shippingInfo=None)["fulfillmentStatus"] == "FULFILLED"
    assert first["balanceSummary"]["balance"]["amount"] == "32.50"
    assert len({each["id"] for each in first["lineItems"]}) == 2


def test_texts_of_a_line_are_translated_as_themselves(api):
    """Source: types of Wix's client for `translated`: "Default: Same as `original`"."""
    size = {"name": {"original": "Size"}, "plainText": {"original": "Groß", "translated": "Large"}}
    (line,) = placed(api, order_line(descriptionLines=[size], priceDescription={"original": "a pair"}))["lineItems"]
    (described,) = line["descriptionLines"]
    texts = [described["name"], described["plainText"], line["priceDescription"], line["productName"]]
    assert [each["translated"] for each in texts] == ["Size", "Large", "a pair", "Stoneware Mug"]


def test_a_placed_order_causes_mail_stock_and_a_contact(api):
    order = placed(api, buyerInfo={"email": "buyer@example.com"})
    contact = api.site.store.get("contacts", order["buyerInfo"]["contactId"])
    assert contact["primaryInfo"]["email"] == "buyer@example.com"
    assert contact["info"]["extendedFields"]["items"]["ecom.numOfPurchases"] == 1
    assert contact["lastActivity"]["activityType"] == "ECOM_PURCHASE"
    effects = api.site.site.effects
    assert {each["kind"] for each in effects} == {"mail", "stock", "contact"}
    body = order_body(buyerInfo={"email": "buyer@example.com"})
    silent = {"order": body, "settings": {"notifications": {"sendNotificationToBuyer": False}}}
    quiet = api.ok("POST", ORDERS, silent)["order"]["id"]
    assert [each["kind"] for each in effects if each.get("orderId") == quiet] == ["stock"]
    again = placed(api, buyerInfo={"email": "buyer@example.com"})
    assert again["buyerInfo"]["contactId"] == contact["id"]


@pytest.mark.parametrize(
    "order",
    [
        {"channelInfo": {"type": "WEB"}},
        {"lineItems": [], "channelInfo": {"type": "WEB"}},
        {"lineItems": [order_line()]},
        {"lineItems": [order_line()], "channelInfo": {"type": "MOON"}},
        {"lineItems": [order_line(0)], "channelInfo": {"type": "WEB"}},
        {"lineItems": [order_line(price="a lot")], "channelInfo": {"type": "WEB"}},
    ],
)
def test_orders_that_the_schema_forbids_are_refused(api, order):
    api.refused(400, "POST", ORDERS, {"order": order})
    assert api.site.store.count("orders") == 0


def test_nothing_is_purchased_in_the_future(api):
    body = order_body(purchasedDate="2999-01-01T00:00:00.000Z")
    assert api.refused(400, "POST", ORDERS, {"order": body}) == "PURCHASED_DATE_CANNOT_BE_IN_FUTURE"


def test_an_update_changes_only_what_may_be_changed(api):
    order = placed(api, buyerInfo={"email": "a@example.com"})
    body = {"archived": True, "status": "CANCELED", "buyerInfo": {"email": "b@example.com"}, "number": "1"}
    updated = api.ok("PATCH", f"{ORDERS}/{order['id']}", {"order": body})["order"]
    assert (updated["archived"], updated["status"], updated["number"]) == (True, "APPROVED", "10001")
    assert updated["buyerInfo"]["email"] == "b@example.com"
    assert updated["buyerInfo"]["contactId"] == order["buyerInfo"]["contactId"]
    assert updated["updatedDate"] >= order["updatedDate"]


def test_null_clears_an_address_but_not_the_buyer(api):
    billing = {"address": {"city": "Sampletown"}, "contactDetails": {"firstName": "Ada"}}
    order = placed(api, buyerInfo={"email": "a@example.com"}, billingInfo=billing)
    path = f"{ORDERS}/{order['id']}"
    cleared = api.ok("PATCH", path, {"order": {"billingInfo": {"address": None}}})["order"]
    assert cleared["billingInfo"] == {"contactDetails": {"firstName": "Ada"}}
    api.refused(400, "PATCH", path, {"order": {"buyerInfo": {"email": None}}})


def test_orders_not_decided_cannot_be_changed_or_canceled(api):
    for status in ("PENDING", "REJECTED"):
        path = f"{ORDERS}/{placed(api, status=status)['id']}"
        assert api.refused(428, "PATCH", path, {"order": {"archived": True}}) == f"ORDER_IS_{status}"
        assert api.refused(428, "POST", f"{path}/cancel", {}) == f"ORDER_IS_{status}"


def test_a_bulk_update_reports_every_order_alone(api):
    good = placed(api)["id"]
    orders = [{"order": {"id": good, "archived": True}}, {"order": {"id": NOBODY, "archived": True}}]
    answer = api.ok("POST", "/ecom/v1/bulk/orders/update", {"orders": orders, "returnEntity": True})
    metadata = [each["itemMetadata"] for each in answer["results"]]
    assert [(each["id"], each["originalIndex"], each["success"]) for each in metadata] == [
        (good, 0, True),
        (NOBODY, 1, False),
    ]
    assert metadata[1]["error"]["code"] == "ORDER_NOT_FOUND"
    assert answer["results"][0]["item"]["archived"] is True
    assert answer["bulkActionMetadata"] == {"totalSuccesses": 1, "totalFailures": 1, "undetailedFailures": 0}
    api.refused(400, "POST", "/ecom/v1/bulk/orders/update", {"orders": []})
    api.refused(400, "POST", "/ecom/v1/bulk/orders/update", {"orders": orders * 51})


def test_an_imported_order_is_kept_as_sent_and_replaced_by_its_id(api):
    order = {
        "lineItems": [order_line(itemType={"preset": "PHYSICAL"})],
        "currencyConversionDetails": {"originalCurrency": "USD", "conversionRate": "1"},
        "channelInfo": {"type": "OTHER_PLATFORM", "externalOrderId": "A1"},
        "priceSummary": {"total": {"amount": "99.00"}},
        "status": "APPROVED",
        "paymentStatus": "PAID",
        "billingInfo": {"contactDetails": {"firstName": "Ada"}},
        "purchasedDate": "2019-05-01T10:00:00.000Z",
    }
    fields = {"namespaces": {"@shop/app": {"rate": 0.5}}}
    first = api.ok("POST", f"{ORDERS}/import", {"order": {**order, "extendedFields": fields}})["order"]
    assert (first["imported"], first["paymentStatus"], first["purchasedDate"]) == (True, "PAID", order["purchasedDate"])
    again = api.ok("POST", f"{ORDERS}/import", {"order": {**order, "id": first["id"], "buyerNote": "x"}})["order"]
    assert (again["id"], again["number"], api.site.store.count("orders")) == (first["id"], first["number"], 1)
    assert again["extendedFields"] == fields
    more = {"extendedFields": {"namespaces": {"@shop/app": {"amount": 3}}}}
    both = api.ok("PATCH", f"{ORDERS}/{first['id']}", {"order": more})["order"]["extendedFields"]
    assert both == {"namespaces": {"@shop/app": {"rate": 0.5, "amount": 3}}}
    assert api.site.site.effects == []
    own = placed(api)["id"]
    error = api.refused(409, "POST", f"{ORDERS}/import", {"order": {**order, "id": own}})
    assert error == "CANNOT_OVERWRITE_NON_IMPORTED_ORDER"
    partial = api(
        "POST", f"{ORDERS}/import", {"order": {**order, "lineItems": [order_line(itemType=None)], "status": None}}
    ).json()
    missing = [each["field"] for each in partial["details"]["validationError"]["fieldViolations"]]
    assert missing == ["order.status", "order.lineItems[0].itemType"]
    for wrong in ({"number": 7}, {"createdDate": "last May"}, {"fulfillmentStatus": ["FULFILLED"]}):
        response = api("POST", f"{ORDERS}/import", {"order": {**order, **wrong}})
        assert response.status_code == 400, wrong


def test_a_canceled_order_mails_and_restocks_when_asked(api):
    order = placed(api, order_line(2), buyerInfo={"email": "a@example.com"})
    body = {"sendOrderCanceledEmail": True, "restockAllItems": True}
    canceled = api.ok("POST", f"{ORDERS}/{order['id']}/cancel", body)["order"]
    assert canceled["status"] == "CANCELED"
    assert canceled["activities"][-1]["type"] == "ORDER_CANCELED"
    assert [each["change"] for each in api.site.site.effects if each["kind"] == "stock"] == [-2, 2]


def test_an_order_with_authorized_money_cannot_be_canceled(api):
    order = placed(api)
    body = {"payments": [payment("10.00", status="AUTHORIZED")]}
    api.ok("POST", f"{PAYMENTS}/orders/{order['id']}/add-payment", body)
    assert api.refused(428, "POST", f"{ORDERS}/{order['id']}/cancel", {}) == "ORDER_HAS_AUTHORIZED_TRANSACTION"


def test_fulfillments_move_the_order_from_partly_to_fully_fulfilled_and_back(api):
    order = placed(api, order_line(3))
    item, path = order["lineItems"][0]["id"], f"{FULFILLMENTS}/orders/{order['id']}"
    body = {"fulfillment": {"lineItems": [{"id": item, "quantity": 2}]}}
    first = api.ok("POST", f"{path}/create-fulfillment", body)
    assert api.order(order["id"])["fulfillmentStatus"] == "PARTIALLY_FULFILLED"
    api.refused(400, "POST", f"{path}/create-fulfillment", body)
    second = api.ok("POST", f"{path}/create-fulfillment", {"fulfillment": {"lineItems": [{"id": item}]}})
    listed = api.ok("GET", path)["orderWithFulfillments"]
    assert listed == second["orderWithFulfillments"]
    assert [each["lineItems"][0]["quantity"] for each in listed["fulfillments"]] == [2, 1]
    assert api.order(order["id"])["fulfillmentStatus"] == "FULFILLED"
    left = api.ok("DELETE", f"{FULFILLMENTS}/{first['fulfillmentId']}/orders/{order['id']}")["orderWithFulfillments"]
    assert [each["id"] for each in left["fulfillments"]] == [second["fulfillmentId"]]
    after = api.order(order["id"])
    assert (after["fulfillmentStatus"], after["updatedDate"] > order["updatedDate"]) == ("PARTIALLY_FULFILLED", True)


def whole(order):
    return {"lineItems": [{"id": each["id"]} for each in order["lineItems"]]}


def test_a_line_without_a_quantity_takes_all_that_is_left(api):
    order = placed(api, order_line(3), order_line(1))
    path = f"{FULFILLMENTS}/orders/{order['id']}/create-fulfillment"
    created = api.ok("POST", path, {"fulfillment": whole(order)})["orderWithFulfillments"]["fulfillments"][0]
    assert [each["quantity"] for each in created["lineItems"]] == [3, 1]
    for nothing in ({}, {"lineItems": []}, whole(order)):
        api.refused(400, "POST", path, {"fulfillment": nothing})


def tracking(number, provider="dhl", **more):
    return {"trackingInfo": {"trackingNumber": number, "shippingProvider": provider, **more}}


def test_known_providers_get_a_tracking_link_and_others_must_bring_one(api):
    order = placed(api, order_line(3))
    item, path = order["lineItems"][0]["id"], f"{FULFILLMENTS}/orders/{order['id']}/create-fulfillment"
    lines = {"lineItems": [{"id": item, "quantity": 1}]}
    answer = api.ok("POST", path, {"fulfillment": lines | tracking("1")})
    assert answer["orderWithFulfillments"]["fulfillments"][0]["trackingInfo"]["trackingLink"].endswith("/dhl/1")
    api.refused(400, "POST", path, {"fulfillment": lines | tracking("2", "Example Couriers")})
    own = tracking("2", "Example Couriers", trackingLink="https://parcels.example.com/2")
    api.ok("POST", path, {"fulfillment": lines | own})
    assert api.refused(409, "POST", path, {"fulfillment": lines | tracking("1")}) == "TRACKING_NUMBER_ALREADY_EXISTS"


def test_an_update_of_a_fulfillment_changes_tracking_but_not_lines_or_the_order(api):
    order = placed(api, order_line(2))
    body = {"fulfillment": whole(order) | tracking("1")}
    created = api.ok("POST", f"{FULFILLMENTS}/orders/{order['id']}/create-fulfillment", body)
    before = api.order(order["id"])
    path = f"{FULFILLMENTS}/{created['fulfillmentId']}/orders/{order['id']}"
    body = {"fulfillment": tracking("2", "ups") | {"status": "In_Delivery", "lineItems": []}}
    changed = api.ok("PATCH", path, body)["orderWithFulfillments"]["fulfillments"][0]
    assert (changed["status"], changed["lineItems"][0]["quantity"]) == ("In_Delivery", 2)
    assert changed["trackingInfo"]["trackingLink"].endswith("/ups/2")
    assert api.order(order["id"]) == before
    wanted = {"fulfillmentStatusesAggregate.statuses": {"$hasSome": ["In_Delivery"]}}
    assert [each["id"] for each in api.search(filter=wanted)["orders"]] == [order["id"]]
    api.refused(404, "PATCH", f"{FULFILLMENTS}/{NOBODY}/orders/{order['id']}", body)
    custom = {"customInfo": {"fieldsData": {"courier": "Sam"}}}
    changed = api.ok("PATCH", path, {"fulfillment": custom})["orderWithFulfillments"]["fulfillments"][0]
    assert (changed["customInfo"], "trackingInfo" in changed) == (custom["customInfo"], False)


def test_bulk_fulfillments_report_every_order_alone(api):
    order = placed(api)
    good = order["id"]
    entries = [{"orderId": each, "fulfillments": [whole(order)]} for each in (good, NOBODY, good)]
    answer = api.ok("POST", f"{FULFILLMENTS}/orders/bulk/create-fulfillments", {"ordersWithFulfillments": entries})
    assert [each["itemMetadata"]["success"] for each in answer["results"]] == [True, False, False]
    assert answer["results"][0]["ordersWithFulfillments"]["orderId"] == good
    assert answer["bulkActionMetadata"]["totalFailures"] == 2


@pytest.mark.parametrize(
    ("path", "key"),
    [(f"{FULFILLMENTS}/list-by-ids", "ordersWithFulfillments"), (f"{PAYMENTS}/list-by-ids", "orderTransactions")],
)
def test_children_are_listed_for_a_hundred_orders_a_call(shop, path, key):
    ids = shop.site.ids("orders")
    listed = shop.ok("POST", path, {"orderIds": [*ids[:99], NOBODY]})[key]
    assert [each["orderId"] for each in listed] == ids[:99]
    shop.refused(400, "POST", path, {"orderIds": ids[:101]})
    shop.refused(400, "POST", path, {"orderIds": []})


def test_children_of_an_order_without_any_are_an_empty_list(api):
    order_id = placed(api)["id"]
    assert api.ok("GET", f"{FULFILLMENTS}/orders/{order_id}") == {
        "orderWithFulfillments": {"orderId": order_id, "fulfillments": []}
    }
    assert api.ok("GET", f"{PAYMENTS}/orders/{order_id}") == {
        "orderTransactions": {"orderId": order_id, "payments": [], "refunds": []}
    }


def test_payments_move_the_order_to_partly_paid_and_paid(api):
    order = placed(api)
    path = f"{PAYMENTS}/orders/{order['id']}/add-payment"
    first = api.ok("POST", path, {"payments": [payment("4.00")]})
    assert len(first["paymentsIds"]) == 1
    assert api.order(order["id"])["paymentStatus"] == "PARTIALLY_PAID"
    card = {"creditCardDetails": {"brand": "VISA", "lastFourDigits": "4242"}}
    api.ok("POST", path, {"payments": [payment("6.00", regularPaymentDetails=card)]})
    paid = api.order(order["id"])
    assert (paid["paymentStatus"], paid["balanceSummary"]["balance"]["amount"]) == ("PAID", "0.00")
    assert paid["activities"][-1]["type"] == "ORDER_PAID"
    api.refused(400, "POST", path, {"payments": []})
    api.refused(400, "POST", path, {"payments": [{}]})


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *(("PENDING", "PENDING"), ("PENDING_MERCHANT", "PENDING_MERCHANT"), ("DECLINED", "DECLINED")),
        *(("CANCELED", "CANCELED"), ("VOIDED", "CANCELED"), ("AUTHORIZED", "NOT_PAID"), ("APPROVED", "PAID")),
    ],
)
def test_the_order_follows_the_status_of_its_payment(api, status, expected):
    order = placed(api)
    body = {"payments": [payment("10.00", status="PENDING")]}
    payment_id = api.ok("POST", f"{PAYMENTS}/orders/{order['id']}/add-payment", body)["paymentsIds"][0]
    path = f"{PAYMENTS}/{payment_id}/orders/{order['id']}/update-payment-transaction-status"
    changed = api.ok("POST", path, {"status": status})["orderTransactions"]["payments"][0]
    assert changed["status"] == changed["regularPaymentDetails"]["status"] == status
    assert api.order(order["id"])["paymentStatus"] == expected
    api.refused(400, "POST", path, {"status": "GONE"})
    api.refused(404, "POST", path.replace(payment_id, NOBODY), {"status": status})


def test_a_payment_may_have_its_status_at_the_old_place_and_owes_nothing_while_it_is_pending(api):
    order = placed(api, status="INITIALIZED")
    body = {"payments": [{"amount": {"amount": "10.00"}, "regularPaymentDetails": {"status": "PENDING"}}]}
    api.ok("POST", f"{PAYMENTS}/orders/{order['id']}/add-payment", body)
    waiting = api.order(order["id"])
    assert (waiting["status"], waiting["paymentStatus"]) == ("INITIALIZED", "PENDING")
    assert (waiting["balanceSummary"]["balance"]["amount"], waiting["balanceSummary"]["pending"]["amount"]) == (
        "0.00",
        "10.00",
    )


def test_an_order_is_refunded_in_full_only_by_its_total(api):
    order = placed(api)
    api.ok("POST", f"{PAYMENTS}/orders/{order['id']}/add-payment", {"payments": [payment("6.00")]})
    transactions = api.ok("GET", f"{PAYMENTS}/orders/{order['id']}")["orderTransactions"]
    for amount, status in (("6.00", "PARTIALLY_REFUNDED"), ("10.00", "FULLY_REFUNDED")):
        moved = {"paymentId": transactions["payments"][0]["id"], "amount": {"amount": amount}}
        refund = {"id": NOBODY, "transactions": [{**moved, "refundStatus": "SUCCEEDED"}]}
        settle(order, {**transactions, "refunds": [refund]})
        assert order["paymentStatus"] == status


def test_a_bulk_change_of_payments_reports_every_payment_alone(api):
    order_id = placed(api)["id"]
    body = {"payments": [payment("10.00", status="PENDING")]}
    payment_id = api.ok("POST", f"{PAYMENTS}/orders/{order_id}/add-payment", body)["paymentsIds"][0]
    pairs = [{"orderId": order_id, "paymentId": each} for each in (payment_id, NOBODY)]
    body = {"paymentAndOrderIds": pairs, "status": "APPROVED", "returnFullEntity": True}
    answer = api.ok("POST", "/ecom/v1/bulk/payments/update-payment-transaction-status", body)
    assert [each["itemMetadata"]["success"] for each in answer["results"]] == [True, False]
    assert answer["results"][0]["item"]["status"] == "APPROVED"
    assert api.order(order_id)["paymentStatus"] == "PAID"


def test_a_shop_taken_from_a_state_goes_on_counting_its_orders(shop):
    options = SandboxOptions(catalog="absent", seed=shop.site.state())
    with Sandbox(options).serve() as site, requests.Session() as session:
        again = Api(site, session)
        assert [each["id"] for each in again.every()] == [each["id"] for each in shop.every()]
        assert placed(again)["number"] == "10141"


def test_every_answer_follows_the_schemas(shop):
    orders = shop.every()
    ids = [each["id"] for each in orders][:100]
    fulfillments = shop.ok("POST", f"{FULFILLMENTS}/list-by-ids", {"orderIds": ids})["ordersWithFulfillments"]
    transactions = shop.ok("POST", f"{PAYMENTS}/list-by-ids", {"orderIds": ids})["orderTransactions"]
    for schema, rows in (
        ("order", orders),
        ("order_fulfillment", fulfillments),
        ("order_transactions", transactions),
    ):
        validator = Draft202012Validator(json.loads((SCHEMAS / f"{schema}.json").read_text()))
        assert [error.message for row in rows for error in validator.iter_errors(row)] == []
        assert all("id" not in row for row in rows if schema != "order")
