"""Orders as plain functions of a site: read, place, create. Changes are in `ecom_changes`.

https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/orders/introduction
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from wix_sandbox.auth import APP_ID
from wix_sandbox.errors import Violation, application_error, validation_error
from wix_sandbox.formats import HOLDS
from wix_sandbox.resources import contacts_store, ecom_status, ecom_stock
from wix_sandbox.resources.ecom_money import NOTHING, amount_of, format_prices, money
from wix_sandbox.values import instant
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "orders"
TRANSACTIONS = "order_transactions"
FULFILLMENTS = "fulfillments"
APPROVALS = "order_approvals"
"""Reasons for which orders wait for their approval."""
FIRST_NUMBER = 10_001
NUMBERS = "order number"

COMPUTED = frozenset(
    {
        ".lineItems",
        *(f".lineItems.{name}" for name in ("totalDiscount", "priceBeforeDiscounts")),
        *(f".lineItems.{name}" for name in ("totalPriceBeforeTax", "totalPriceAfterTax")),
        *(".priceSummary", ".siteLanguage", ".createdBy", ".currencyConversionDetails.originalCurrency"),
        *(".currencyConversionDetails.conversionRate", ".shippingInfo.cost.totalPriceBeforeTax"),
        *(".shippingInfo.cost.totalPriceAfterTax", ".shippingInfo.cost.discount"),
    }
)
"""Read-only in the schema because updates ignore it; a create accepts it."""


def fetch(site: Site, order_id: str) -> Entity:
    """The stored order.

    Raises:
        WixError: 404 `ORDER_NOT_FOUND`.
    """
    order = site.store.get(KIND, order_id)
    if order is None:
        text = f"Order with id '{order_id}' was not found"
        raise application_error(HTTPStatus.NOT_FOUND, "ORDER_NOT_FOUND", text)
    return order


def save(site: Site, order: Entity) -> Entity:
    """Stores a changed order and moves its `updatedDate`."""
    order["updatedDate"] = site.now()
    return site.store.update(KIND, order)


def save_with_child(site: Site, order: Entity) -> Entity:
    """Store an order after a write of its fulfillments or payments, which may change its `updatedDate`."""
    return save(site, order) if site.readings["order-date"] == "moves" else site.store.update(KIND, order)


def transactions_of(site: Site, order_id: str) -> Entity:
    """Payments and refunds of an order: `{"orderId", "payments", "refunds"}`."""
    row = site.store.get(TRANSACTIONS, order_id)
    return {"orderId": order_id, "payments": [], "refunds": []} if row is None else _without_id(row)


def fulfillments_of(site: Site, order_id: str) -> Entity:
    """Fulfillments of an order: `{"orderId", "fulfillments"}`."""
    row = site.store.get(FULFILLMENTS, order_id)
    return {"orderId": order_id, "fulfillments": []} if row is None else _without_id(row)


def _without_id(row: Entity) -> Entity:
    return {name: value for name, value in row.items() if name != "id"}


def put_child(site: Site, kind: str, child: Entity) -> None:
    """Stores the transactions or fulfillments of an order, one row for each order."""
    site.store.table(kind).put({"id": child["orderId"], **child})


def create(site: Site, body: Entity, settings: Entity) -> Entity:
    """Place an order with its effects on a real site: number, totals, contact, stock, and mail as an effect.

    Raises:
        WixError: 400 for a body that violates the schema or a purchase date in the future.
    """
    order = clean("order", body, "order", keep=COMPUTED, fresh=True)
    _check_lines(order["lineItems"])
    purchased = instant(order.get("purchasedDate") or site.now())
    if purchased is not None and purchased > (instant(site.now()) or 0):
        text = "purchasedDate cannot be in the future"
        raise application_error(HTTPStatus.BAD_REQUEST, "PURCHASED_DATE_CANNOT_BE_IN_FUTURE", text)
    placed = place(site, {"createdBy": {"appId": APP_ID}, **order})
    for line in placed["lineItems"]:
        _add_totals(line, placed)
    format_prices(placed, placed["currency"])
    strategy = settings.get("orderApprovalStrategy") or "DEFAULT"
    if "status" not in order:
        free = amount_of(placed["priceSummary"]["total"]) == 0
        placed["status"] = "APPROVED" if free and strategy == "DEFAULT" else "INITIALIZED"
    if placed["status"] == "INITIALIZED":
        site.store.table(APPROVALS).put({"id": placed["id"], "strategy": strategy})
    _cause_effects(site, placed)
    return site.store.insert(KIND, placed)


def _check_lines(lines: list[Entity]) -> None:
    broken = []
    for at, line in enumerate(lines):
        path = f"order.lineItems[{at}]"
        if line.get("id") and not HOLDS["GUID"](line["id"]):
            broken.append(Violation(f"{path}.id", "is not a valid GUID", "FORMAT", data={"type": "GUID"}))
        if line["itemType"].get("preset") == "DIGITAL" and not line.get("digitalFile"):
            broken.append(Violation(f"{path}.digitalFile", "must not be empty", "REQUIRED_FIELD"))
    if broken:
        raise validation_error(*broken)


def _add_totals(line: Entity, order: Entity) -> None:
    """Add the totals of a line of a new order, in place; totals that were sent stay.

    Choice: the discounts of the whole order are not distributed to its lines.
    """
    currency, price = order["currency"], line["price"]
    whole = amount_of(price) * line["quantity"]
    off, tax = amount_of(line.get("totalDiscount")), amount_of((line.get("taxInfo") or {}).get("taxAmount"))
    before_tax = whole - tax if order["taxIncludedInPrices"] else whole
    sums = {
        "lineItemPrice": whole,
        "totalDiscount": off,
        "totalPriceBeforeTax": before_tax,
        "totalPriceAfterTax": before_tax + tax,
    }
    totals = {name: money(max(amount, NOTHING), currency) for name, amount in sums.items()}
    line |= {"priceBeforeDiscounts": dict(price), "paymentOption": "FULL_PAYMENT_ONLINE", **totals} | line
    line["productName"].setdefault("translated", line["productName"]["original"])


def place(site: Site, members: Entity) -> Entity:
    """Complete an order that was just placed: id, number, dates, line item ids, totals, statuses. Stores nothing."""
    now = site.now()
    currency = members.get("currency") or site.currency
    order = {
        "id": site.new_id(),
        "number": members.get("number") or str(_next_number(site)),
        "createdDate": now,
        "updatedDate": now,
        "purchasedDate": now,
        "currency": currency,
        "buyerLanguage": site.language,
        "siteLanguage": site.language,
        "taxIncludedInPrices": False,
        "weightUnit": "KG",
        "status": "APPROVED",
        "archived": False,
        "seenByAHuman": False,
        "imported": False,
        "activities": [{"id": site.new_id(), "createdDate": now, "type": "ORDER_PLACED"}],
        **members,
    }
    for line in order["lineItems"]:
        line["id"] = line.get("id") or site.new_id()
    order["priceSummary"] = ecom_status.price_summary(order, currency) | members.get("priceSummary", {})
    order["fulfillmentStatus"] = ecom_status.fulfillment_status(order, [])
    ecom_status.settle(order, {"payments": [], "refunds": []})
    return order


def last_number(site: Site) -> int:
    """Return the number of the latest order, or one before the first."""
    if NUMBERS not in site.counters:
        taken = (int(each["number"]) for each in site.store.all(KIND) if str(each.get("number")).isdigit())
        site.counters[NUMBERS] = max(taken, default=FIRST_NUMBER - 1)
    return site.counted(NUMBERS)


def _next_number(site: Site) -> int:
    """Return the next order number of the site; after the orders that were loaded, if there are any."""
    last_number(site)
    return site.count_up(NUMBERS)


def _cause_effects(site: Site, order: Entity) -> None:
    email = order.get("buyerInfo", {}).get("email")
    if email:
        contact_id = contacts_store.buyer(site, email, order.get("billingInfo", {}).get("contactDetails", {}))
        order["buyerInfo"].setdefault("contactId", contact_id)
        site.note_effect("mail", to=email, about="order placed", orderId=order["id"])
    ecom_stock.move(site, order, -1)
    contact_id = order.get("buyerInfo", {}).get("contactId")
    if contact_id:
        total = amount_of(order["priceSummary"]["total"])
        contacts_store.record(site, contact_id, total, order["currency"], order["createdDate"])


def approve(site: Site, order: Entity, payments: list[Entity]) -> None:
    """Approve an order that waits for a payment, or for a saved payment method, when it has one; in place."""
    if order["status"] != "INITIALIZED":
        return
    waits = site.store.get(APPROVALS, order["id"]) or {}
    if waits.get("strategy") == "PAYMENT_METHOD_SAVED":
        met = any((each.get("regularPaymentDetails") or {}).get("savedPaymentMethod") for each in payments)
    else:
        met = any(each["status"] in ecom_status.RECEIVED for each in payments)
    if met:
        order["status"] = "APPROVED"
        site.store.delete(APPROVALS, order["id"])


def note(site: Site, order: Entity, activity: str) -> None:
    """Add to the history of an order."""
    order.setdefault("activities", []).append({"id": site.new_id(), "createdDate": site.now(), "type": activity})
