from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal

import pytest

from sandbox_support.schemas import complaints
from wix_sandbox.options import SandboxOptions
from wix_sandbox.resources.ecom_orders import amount_of
from wix_sandbox.site import Site
from wix_sandbox.synthetic import fill


def filled(catalog: str, size: int | None = None) -> Site:
    site = Site(SandboxOptions(catalog=catalog))
    fill(site, size=size)
    return site


@pytest.fixture(scope="module", params=["v1", "v3", "absent"])
def site(request):
    return filled(request.param)


@pytest.fixture(scope="module")
def orders(site):
    return list(site.store.all("orders"))


def sums(prices):
    return sum(map(amount_of, prices), Decimal(0))


@pytest.mark.parametrize("catalog", ["v1", "v3"])
def test_a_site_is_filled_with_the_same_bytes_every_time(catalog):
    once, again = (json.dumps(filled(catalog, 40).store.snapshot(), sort_keys=True) for _ in range(2))
    assert once == again


def test_a_filled_site_holds_the_default_shop(site):
    store = site.store
    assert (store.count("contacts"), store.count("orders"), store.count("labels")) == (130, 140, 5)
    assert store.count("extended_fields") == 4
    if site.options.catalog != "absent":
        assert store.count("products") == 60


def test_the_clock_runs_again_afterwards(site):
    assert site.clock().year > 2025 or site.clock().month > 9


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        ("orders", "order"),
        ("fulfillments", "order_fulfillment"),
        ("order_transactions", "order_transactions"),
        ("contacts", "contact"),
        ("labels", "label"),
        ("extended_fields", "extended_field"),
    ],
)
def test_every_entity_follows_its_schema(site, kind, schema):
    rows = list(site.store.all(kind))
    assert rows
    assert complaints(schema, rows) == []


def test_totals_add_up(orders):
    for order in orders:
        summary = {name: amount_of(price) for name, price in order["priceSummary"].items()}
        lines = order["lineItems"]
        assert summary["subtotal"] == sum(amount_of(each["priceBeforeDiscounts"]) * each["quantity"] for each in lines)
        assert summary["discount"] == sums(each["totalDiscount"] for each in lines)
        assert summary["tax"] == sums(each["taxInfo"]["taxAmount"] for each in lines)
        assert summary["total"] == (
            summary["subtotal"]
            - summary["discount"]
            + summary["shipping"]
            + summary["tax"]
            + summary["totalAdditionalFees"]
        )
        assert summary["total"] - summary["shipping"] - summary["totalAdditionalFees"] == sums(
            each["totalPriceAfterTax"] for each in lines
        )


def test_balances_follow_from_payments_and_refunds(site, orders):
    for order in orders:
        row = site.store.get("order_transactions", order["id"]) or {"payments": [], "refunds": []}
        received = [
            each for each in row["payments"] if each["status"] in {"APPROVED", "REFUNDED", "PARTIALLY_REFUNDED"}
        ]
        back = [
            each for refund in row["refunds"] for each in refund["transactions"] if each["refundStatus"] == "SUCCEEDED"
        ]
        balance = {name: amount_of(price) for name, price in order["balanceSummary"].items()}
        total = amount_of(order["priceSummary"]["total"])
        assert balance["paid"] == sums(each["amount"] for each in received)
        assert balance["refunded"] == sums(each["amount"] for each in back) <= balance["paid"]
        owed = 0 if order["paymentStatus"] == "PENDING" else total - balance["paid"]
        assert balance["balance"] == owed >= 0
        if order["paymentStatus"] == "PAID":
            assert balance["balance"] == 0


def test_no_more_is_fulfilled_than_was_ordered(site, orders):
    for order in orders:
        row = site.store.get("fulfillments", order["id"]) or {"fulfillments": []}
        sent = Counter()
        for fulfillment in row["fulfillments"]:
            sent.update({each["id"]: each["quantity"] for each in fulfillment["lineItems"]})
        ordered = {line["id"]: line["quantity"] for line in order["lineItems"]}
        assert sent.keys() <= ordered.keys()
        assert all(quantity <= ordered[line] for line, quantity in sent.items())
        whole = sent == ordered
        expected = "FULFILLED" if whole else "PARTIALLY_FULFILLED" if sent else "NOT_FULFILLED"
        assert order["fulfillmentStatus"] == expected


def test_orders_are_in_every_state(orders):
    assert {each["status"] for each in orders} == {"APPROVED", "CANCELED", "PENDING", "REJECTED", "INITIALIZED"}
    assert {each["paymentStatus"] for each in orders} >= {
        *("NOT_PAID", "PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "FULLY_REFUNDED"),
        *("PENDING", "PENDING_MERCHANT", "DECLINED", "CANCELED"),
    }
    assert {each["fulfillmentStatus"] for each in orders} == {"NOT_FULFILLED", "PARTIALLY_FULFILLED", "FULFILLED"}
    for flag in ("archived", "imported", "seenByAHuman"):
        assert {each[flag] for each in orders} == {True, False}


def test_orders_refer_to_rows_that_exist(site, orders):
    for order in orders:
        contact_id = order["buyerInfo"].get("contactId")
        assert contact_id is None or contact_id in site.store.table("contacts")
        if site.options.catalog == "absent":
            continue
        for line in order["lineItems"]:
            product = site.store.get("products", line["catalogReference"]["catalogItemId"])
            assert product is not None
            assert product["name"] == line["productName"]["original"]


def test_buyers_know_what_they_spent(site, orders):
    counted = [each for each in orders if each["status"] in {"APPROVED", "CANCELED"} and not each["imported"]]
    purchases = Counter(each["buyerInfo"].get("contactId") for each in counted)
    for contact in site.store.all("contacts"):
        fields = contact["info"]["extendedFields"]["items"]
        assert fields.get("ecom.numOfPurchases", 0) == purchases[contact["id"]]


@pytest.mark.parametrize("kind", ["orders", "contacts"])
def test_some_rows_share_their_last_change_to_the_millisecond(site, kind):
    stamps = Counter(each["updatedDate"] for each in site.store.all(kind))
    assert stamps.most_common(1)[0][1] >= 12


@pytest.mark.parametrize(("catalog", "name"), [("v1", "lastUpdated"), ("v3", "updatedDate")])
def test_some_products_share_their_last_change_to_the_millisecond(catalog, name):
    stamps = Counter(each[name] for each in filled(catalog).store.all("products"))
    assert stamps.most_common(1)[0][1] >= 12


def test_dates_never_run_backwards(site):
    for kind in ("orders", "contacts"):
        assert all(row["createdDate"] <= row["updatedDate"] < "2025-12" for row in site.store.all(kind))


def test_order_numbers_follow_the_order_of_creation(orders):
    numbers = [int(each["number"]) for each in sorted(orders, key=lambda each: each["createdDate"])]
    assert numbers == list(range(10_001, 10_141))
