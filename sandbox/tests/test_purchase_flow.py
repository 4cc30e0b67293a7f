"""From a cart over its checkout to an order, on both catalogs and without Wix Stores."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from sandbox_support.api import NOWHERE, running
from sandbox_support.refusals import ADDRESS, CARTS, CHECKOUTS, SHIPPED, cart, cart_line, custom_line
from wix_sandbox.site import STORES_APP_ID

ORDERS = "/ecom/v1/orders"


@pytest.fixture(params=["v1", "v3"])
def shop(request):
    with contextmanager(running)(catalog=request.param) as api:
        yield api


def sold(api):
    """Return the first product and its first variant as a line refers to it."""
    product = next(api.site.store.all("products"))
    variant = (product.get("variants") or product["variantsInfo"]["variants"])[0]
    return product, {"catalogItemId": product["id"], "appId": STORES_APP_ID, "options": {"variantId": variant["id"]}}


def stock(api, reference):
    product_id, variant_id = reference["catalogItemId"], reference["options"]["variantId"]
    rows = api.site.store.find("inventory_items", "productId", product_id)
    pairs = [(each.get("variantId"), each) for row in rows for each in row.get("variants", [row])]
    return next(each["quantity"] for found, each in pairs if found == variant_id)


def checkout_of(api, found, **body):
    return api.ok("POST", f"{CARTS}/{found['id']}/create-checkout", SHIPPED | body)["checkoutId"]


def order_of(api, checkout_id, status=200):
    answer = api.send("POST", f"{CHECKOUTS}/{checkout_id}/create-order", {})
    assert answer.status_code == status, answer.text
    return answer.json()


def code_of(answer):
    return answer["details"].get("applicationError", {}).get("code")


def test_a_cart_becomes_a_paid_order_and_moves_stock(shop):
    product, reference = sold(shop)
    before = stock(shop, reference)
    body = {"lineItems": [{"catalogReference": reference, "quantity": 2}], "cartInfo": {"buyerNote": "Ring twice"}}
    found = shop.ok("POST", CARTS, body)["cart"]
    line = found["lineItems"][0]
    assert (line["productName"]["original"], line["price"]["amount"]) == (product["name"], "18.00")
    assert line["availability"] == {"status": "AVAILABLE", "quantityAvailable": before}
    checkout_id = checkout_of(shop, found)
    checkout = shop.ok("GET", f"{CHECKOUTS}/{checkout_id}")["checkout"]
    assert checkout["priceSummary"]["total"]["amount"] == "36.00"
    # A checkout has another name for the picture of a line than a cart and an order.
    assert "image" not in checkout["lineItems"][0]
    assert checkout["lineItems"][0]["media"] == line["image"]
    assert shop.ok("GET", f"{CHECKOUTS}/by-cart-id/{found['id']}")["checkout"] == checkout
    assert shop.ok("GET", f"{CARTS}/by-checkout-id/{checkout_id}")["cart"]["id"] == found["id"]
    made = order_of(shop, checkout_id)
    order = shop.ok("GET", f"{ORDERS}/{made['orderId']}")["order"]
    assert (order["status"], order["paymentStatus"], order["buyerNote"]) == ("INITIALIZED", "NOT_PAID", "Ring twice")
    assert order["priceSummary"]["total"]["amount"] == "36.00"
    assert order["lineItems"][0]["image"]["id"] == line["image"]["id"]
    assert order["shippingInfo"]["logistics"]["shippingDestination"]["address"]["city"] == "Sampletown"
    assert (order["checkoutId"], made.keys()) == (checkout_id, {"orderId", "paymentGatewayOrderId"})
    assert stock(shop, reference) == before - 2
    assert code_of(order_of(shop, checkout_id, 400)) == "CHECKOUT_PAYMENT_ALREADY_IN_PROGRESS"
    assert not shop.ok("GET", f"{CHECKOUTS}/{checkout_id}")["checkout"]["completed"]
    payment = {"amount": {"amount": "36.00"}, "regularPaymentDetails": {"offlinePayment": True}}
    shop.ok("POST", f"/ecom/v1/payments/orders/{order['id']}/add-payment", {"payments": [payment]})
    assert shop.ok("GET", f"{ORDERS}/{order['id']}")["order"]["status"] == "APPROVED"
    assert shop.ok("GET", f"{CHECKOUTS}/{checkout_id}")["checkout"]["completed"]
    assert shop.send("GET", f"{CARTS}/{found['id']}").status_code == 404
    assert code_of(order_of(shop, checkout_id, 400)) == "CHECKOUT_ALREADY_PAID"


def test_lines_are_added_changed_and_removed(shop):
    _, reference = sold(shop)
    line, left = {"catalogReference": reference, "quantity": 1}, stock(shop, reference)
    found = shop.ok("POST", CARTS, {"lineItems": [line]})["cart"]
    one = f"{CARTS}/{found['id']}"
    body = {"lineItems": [line], "customLineItems": [custom_line("Gift wrap")]}
    both = shop.ok("POST", f"{one}/add-to-cart", body)["cart"]["lineItems"]
    assert [(each["quantity"], each.get("customLineItem", False)) for each in both] == [(2, False), (1, True)]
    many = {"lineItems": [{"id": both[0]["id"], "quantity": left + 5}]}
    changed = shop.ok("POST", f"{one}/update-line-items-quantity", many)["cart"]
    assert changed["lineItems"][0]["quantity"] == left
    assert changed["lineItems"][0]["availability"] == {"status": "AVAILABLE", "quantityAvailable": left}
    assert int(changed["revision"]) == int(found["revision"]) + 2
    kept = shop.ok("POST", f"{one}/remove-line-items", {"lineItemIds": [both[0]["id"]]})["cart"]["lineItems"]
    assert [each["id"] for each in kept] == [both[1]["id"]]
    assert shop.ok("PATCH", one, {"cartInfo": {"buyerNote": "Blue"}})["cart"]["buyerNote"] == "Blue"
    assert shop.ok("DELETE", one) == {}
    assert shop.send("DELETE", one).status_code == 404


def test_lines_have_their_flags_and_a_custom_line_what_was_sent(v3):
    wrap = custom_line("Gift wrap") | {"fixedQuantity": True, "policies": [{"title": "Care", "content": "By hand."}]}
    tax_group = {"taxGroupId": NOWHERE}
    found = v3.ok("POST", CARTS, {"lineItems": [cart_line(v3)], "customLineItems": [wrap | tax_group]})["cart"]
    checkout = v3.ok("GET", f"{CHECKOUTS}/{checkout_of(v3, found)}")["checkout"]
    assert (checkout["customFields"], checkout["violations"]) == ([], [])
    for lines in (found["lineItems"], checkout["lineItems"]):
        assert [each["fixedQuantity"] for each in lines] == [False, True]
        assert not any(
            each[name] for each in lines for name in ("priceUndetermined", "savePaymentMethod", "membersOnly")
        )
        assert lines[1]["policies"] == wrap["policies"]
    assert found["lineItems"][1].items() >= tax_group.items()
    assert "taxGroupId" not in checkout["lineItems"][1]


def test_what_the_catalog_does_not_find_makes_no_line(v3):
    line = cart_line(v3)
    for options in ({}, {"variantId": NOWHERE}):
        lines = [line, {"catalogReference": {**line["catalogReference"], "options": options}, "quantity": 1}]
        found = v3.ok("POST", CARTS, {"lineItems": lines})["cart"]
        assert [each["catalogReference"] for each in found["lineItems"]] == [line["catalogReference"]]
    assert "couponCode" in v3.refused(400, "POST", CARTS, {"lineItems": [line], "couponCode": "WELCOME10"})["message"]


def test_a_checkout_follows_its_cart_until_it_is_completed(v3):
    found = cart(v3)
    checkout_id = checkout_of(v3, found)
    wrap = {"customLineItems": [custom_line("Gift wrap")]}
    v3.ok("POST", f"{CARTS}/{found['id']}/add-to-cart", wrap)
    assert checkout_of(v3, found) == checkout_id
    assert v3.ok("GET", f"{CHECKOUTS}/{checkout_id}")["checkout"]["priceSummary"]["total"]["amount"] == "15.00"
    v3.control("POST", "readings", {"cart-of-an-order": "kept"})
    v3.ok("POST", f"{CHECKOUTS}/{checkout_id}/mark-as-completed", {})
    assert v3.ok("GET", f"{CHECKOUTS}/{checkout_id}")["checkout"]["completed"]
    assert checkout_of(v3, found) != checkout_id


def test_an_order_needs_a_whole_checkout(v3):
    line = cart_line(v3)
    found = v3.ok("POST", CARTS, {"lineItems": [line]})["cart"]
    path = f"{CARTS}/{found['id']}/create-checkout"
    assert list(v3.violations("POST", path, {})) == ["channelType"]
    assert list(v3.violations("POST", path, {"channelType": "WEB", "billingAddress": ADDRESS})) == ["email"]
    checkout_id = v3.ok("POST", path, {"channelType": "WEB", "email": "ada@example.com"})["checkoutId"]
    one = f"{CHECKOUTS}/{checkout_id}"
    assert list(v3.violations("PATCH", one, {"checkout": {}})) == ["checkout"]
    assert list(v3.violations("PATCH", one, {"checkout": {"buyerInfo": {"email": None}}})) == [
        "checkout.buyerInfo.email"
    ]
    assert list(v3.violations("POST", f"{one}/create-order", {})) == ["billingInfo.address"]
    v3.ok("PATCH", one, {"checkout": {"billingInfo": {"address": ADDRESS}}})
    assert list(v3.violations("POST", f"{one}/create-order", {})) == ["shippingInfo.shippingDestination.address"]
    destination = {"shippingDestination": {"address": ADDRESS}}
    v3.ok("PATCH", one, {"checkout": {"shippingInfo": destination}})
    assert code_of(order_of(v3, checkout_id, 400)) == "NO_SELECTED_CARRIER_SERVICE_OPTION"
    v3.ok("PATCH", one, {"checkout": {"shippingInfo": {"selectedCarrierServiceOption": {"code": "post"}}}})
    (item,) = v3.site.store.find("inventory_items", "productId", line["catalogReference"]["catalogItemId"])
    v3.site.store.update("inventory_items", item | {"quantity": 0})
    assert code_of(order_of(v3, checkout_id, 400)) == "FULL_OUT_OF_STOCK"
    v3.ok("PATCH", one, {"checkout": {}, "customLineItems": [custom_line("Gift wrap")]})
    assert code_of(order_of(v3, checkout_id, 400)) == "PARTIAL_OUT_OF_STOCK"


def test_a_free_order_completes_its_checkout_at_once():
    with contextmanager(running)(catalog="absent", empty=True) as api:
        found = api.ok("POST", CARTS, {"customLineItems": [custom_line("Lesson", "0")]})["cart"]
        made = order_of(api, checkout_id := checkout_of(api, found))
        assert made.keys() == {"orderId"}
        assert api.ok("GET", f"{ORDERS}/{made['orderId']}")["order"]["status"] == "APPROVED"
        assert api.ok("GET", f"{CHECKOUTS}/{checkout_id}")["checkout"]["completed"]
        empty = api.ok("POST", CARTS, {"customLineItems": [custom_line("Lesson", "0")]})["cart"]
        path = f"{CARTS}/{empty['id']}/remove-line-items"
        api.ok("POST", path, {"lineItemIds": [empty["lineItems"][0]["id"]]})
        assert code_of(order_of(api, checkout_of(api, empty), 400)) == "EMPTY_CHECKOUT"


def test_an_abandoned_checkout_is_recovered_by_its_order(shop):
    row = next(each for each in shop.site.store.all("abandoned_checkouts") if each["status"] == "ABANDONED")
    shop.ok("POST", f"{CHECKOUTS}/{row['checkoutId']}/mark-as-completed", {})
    now = shop.ok("GET", f"/ecom/v1/abandoned-checkout/{row['id']}")["abandonedCheckout"]
    assert now["status"] == "RECOVERED"
    assert row["updatedDate"] < now["checkoutRecoveredDate"] <= now["updatedDate"]


def test_lines_that_name_no_catalog_are_always_in_stock():
    with contextmanager(running)(catalog="absent") as api:
        checkout = next(each for each in api.site.store.all("checkouts") if not each["completed"])
        assert all("catalogReference" not in each for each in checkout["lineItems"])
        path = f"{CHECKOUTS}/{checkout['id']}/create-order"
        assert list(api.violations("POST", path, {})) == ["billingInfo.address"]
