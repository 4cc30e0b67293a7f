"""Payments, refunds and fulfillments of orders.

https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/order-transactions/introduction
https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/order-fulfillments/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import Violation, error_400, error_409, not_found, not_in_enum, required, validation_error
from wix_sandbox.resource import merged, one_of
from wix_sandbox.resources import ecom_orders
from wix_sandbox.resources.ecom_orders import (
    RECEIVED,
    amount_of,
    format_prices,
    fulfillment_status,
    left_to_fulfill,
    settle,
)
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

_OF_ALL = ("APPROVED", "PENDING", "CANCELED", "DECLINED", "VOIDED")
"""Statuses of gift card and membership payments, too."""
STATUSES = (*_OF_ALL, "PENDING_MERCHANT", "REFUNDED", "PARTIALLY_REFUNDED", "AUTHORIZED")


def add(site: Site, order_id: str, bodies: list[Any]) -> list[str]:
    """Record payments and return their ids. A payment without a status counts as approved.

    Raises:
        WixError: 404 for an unknown order, 400 for a payment without an amount.
    """
    order = ecom_orders.fetch(site, order_id)
    transactions = ecom_orders.transactions_of(site, order_id)
    cleaned = [
        clean("order_transactions.payments", body, f"payments[{at}]", fresh=True) for at, body in enumerate(bodies)
    ]
    format_prices(cleaned, order["currency"])
    for at, payment in enumerate(cleaned):
        if amount_of(payment.get("amount")) <= 0:
            raise required(f"payments[{at}].amount")
        transactions["payments"].append(complete_payment(site, payment))
    _save_transactions(site, order, transactions)
    return [each["id"] for each in transactions["payments"][-len(cleaned) :]]


def complete_payment(site: Site, payment: Entity) -> Entity:
    """Return a payment as stored: id, dates, status, kind of payment. The status may be sent at its old place."""
    kinds = {"regularPaymentDetails", "giftcardPaymentDetails", "membershipPaymentDetails"}
    details = {} if kinds & payment.keys() else {"regularPaymentDetails": {"offlinePayment": True}}
    now = site.now()
    complete: Entity = {"id": site.new_id(), "createdDate": now, "refundDisabled": False}
    complete |= {"supportReceiptGeneration": False} | details | payment | {"updatedDate": now}
    if complete.get("regularPaymentDetails") is not None:
        complete["regularPaymentDetails"] = {"savedPaymentMethod": False} | complete["regularPaymentDetails"]
    old = (complete.get("regularPaymentDetails") or {}).get("status")
    _note_status(complete, complete.get("status") or (old if old in STATUSES else "APPROVED"))
    return complete


def _note_status(payment: Entity, status: str) -> None:
    """Set the status of a payment, in place; also at its old place, since Wix still has it."""
    payment["status"] = status
    if payment.get("regularPaymentDetails") is not None:
        payment["regularPaymentDetails"]["status"] = status


def set_status(site: Site, order_id: str, payment_id: str, status: Any) -> Entity:
    """Set the status of a payment and return the payment.

    Raises:
        WixError: 404 for an unknown order or payment, 400 for an invalid status, or for one that only regular payments
            have.
    """
    order = ecom_orders.fetch(site, order_id)
    transactions = ecom_orders.transactions_of(site, order_id)
    if status is None:
        raise required("status")
    if status not in STATUSES:
        raise not_in_enum("status", status)
    payment: Entity | None = next((each for each in transactions["payments"] if each["id"] == payment_id), None)
    if payment is None:
        raise not_found("Payment", payment_id)
    if status not in _OF_ALL and "regularPaymentDetails" not in payment:
        raise error_400("STATUS_NOT_ALLOWED", f"only regular payments can be {status}")
    _note_status(payment, status)
    payment["updatedDate"] = site.now()
    _save_transactions(site, order, transactions)
    return payment


def mark_refunded(transactions: Entity) -> None:
    """Set the status of each payment from its successful refunds, in place."""
    for payment in transactions["payments"]:
        if payment["status"] not in RECEIVED:
            continue
        back = sum(
            amount_of(each["amount"])
            for refund in transactions["refunds"]
            for each in refund["transactions"]
            if each["paymentId"] == payment["id"] and each["refundStatus"] == "SUCCEEDED"
        )
        if back:
            _note_status(payment, "REFUNDED" if back >= amount_of(payment["amount"]) else "PARTIALLY_REFUNDED")


def _save_transactions(site: Site, order: Entity, transactions: Entity) -> None:
    ecom_orders.put_child(site, ecom_orders.TRANSACTIONS, transactions)
    before = order["paymentStatus"]
    settle(order, transactions)
    ecom_orders.approve(site, order, transactions["payments"])
    if order["paymentStatus"] == "PAID" != before:
        ecom_orders.note(site, order, "ORDER_PAID")
    ecom_orders.save_with_child(site, order)


_LINKED_PROVIDERS = frozenset({"fedex", "ups", "usps", "dhl", "canadaPost"})
"""Providers for which Wix generates the tracking link; the sandbox's link leads nowhere."""
_WRITABLE = ("trackingInfo", "customInfo", "status", "completed")


def create(site: Site, order_id: str, body: Any, path: str) -> Entity:
    """Add one fulfillment and return it.

    Raises:
        WixError: 404 for an unknown order, 400 for an unknown line or more than is left of it, 409 for a tracking
            number used twice.
    """
    order = ecom_orders.fetch(site, order_id)
    child = ecom_orders.fulfillments_of(site, order_id)
    fulfillment = clean("order_fulfillment.fulfillments", body, path, fresh=True)
    fulfillment["lineItems"] = _quantities(order, child, fulfillment, path)
    _check_tracking(child, fulfillment)
    complete_link(fulfillment, path)
    created = {"id": site.new_id(), "createdDate": site.now(), **fulfillment}
    child["fulfillments"].append(created)
    _save_fulfillments(site, order, child, "ORDER_FULFILLED")
    return created


def create_all(site: Site, order_id: str, bodies: list[Any], path: str) -> None:
    """Add several fulfillments to one order; see `create`."""
    for at, body in enumerate(bodies):
        create(site, order_id, body, f"{path}.fulfillments[{at}]")


def update(site: Site, order_id: str, fulfillment_id: str, body: Entity) -> None:
    """Change tracking, custom information, status or completion; line items never change.

    Choice: the order's `updatedDate` stays, since its own members do not change.

    Raises:
        WixError: 404 for an unknown order or fulfillment, 409 for a tracking number used twice.
    """
    ecom_orders.fetch(site, order_id)
    child = ecom_orders.fulfillments_of(site, order_id)
    at = _place(child, fulfillment_id)
    cleaned = clean("order_fulfillment.fulfillments", body, "fulfillment")
    changes = {name: cleaned[name] for name in _WRITABLE if name in cleaned}
    others = {"fulfillments": [each for each in child["fulfillments"] if each["id"] != fulfillment_id]}
    _check_tracking(others, changes)
    changed = merged(child["fulfillments"][at], one_of(changes, "trackingInfo", "customInfo"))
    if changes.get("trackingInfo") and "trackingLink" not in changes["trackingInfo"]:
        changed["trackingInfo"].pop("trackingLink", None)
    complete_link(changed, "fulfillment")
    child["fulfillments"][at] = changed
    ecom_orders.put_child(site, ecom_orders.FULFILLMENTS, child)


def delete(site: Site, order_id: str, fulfillment_id: str) -> None:
    """Delete a fulfillment; its quantities are unfulfilled again.

    Raises:
        WixError: 404 for an unknown order or fulfillment.
    """
    order = ecom_orders.fetch(site, order_id)
    child = ecom_orders.fulfillments_of(site, order_id)
    del child["fulfillments"][_place(child, fulfillment_id)]
    _save_fulfillments(site, order, child, "ORDER_NOT_FULFILLED")


def _quantities(order: Entity, child: Entity, fulfillment: Entity, path: str) -> list[Entity]:
    """Return the lines of a new fulfillment; without a quantity, all that is left of the line."""
    left = left_to_fulfill(order, child["fulfillments"])
    lines = []
    for at, item in enumerate(fulfillment["lineItems"]):
        place, line_id = f"{path}.lineItems[{at}]", item.get("id")
        if line_id not in left:
            raise validation_error(Violation(f"{place}.id", "is not a line item of the order", "OTHER"))
        quantity = item.get("quantity") or left[line_id]
        if quantity < 1 or quantity > left[line_id]:
            text = f"only {left[line_id]} left to fulfill"
            raise validation_error(Violation(f"{place}.quantity", text, "MAX", data={"threshold": left[line_id]}))
        left[line_id] -= quantity
        lines.append({"id": line_id, "quantity": quantity})
    return lines


def _check_tracking(child: Entity, fulfillment: Entity) -> None:
    """Check a tracking number. Choice: it is unique within its order."""
    number = (fulfillment.get("trackingInfo") or {}).get("trackingNumber")
    if number and number in {each.get("trackingInfo", {}).get("trackingNumber") for each in child["fulfillments"]}:
        raise error_409("TRACKING_NUMBER_ALREADY_EXISTS", f"Tracking number {number} already exists")


def complete_link(fulfillment: Entity, path: str) -> None:
    """Set the tracking link of a provider that Wix knows, in place; 400 for another provider without a link."""
    tracking = fulfillment.get("trackingInfo") or {}
    provider, number = tracking.get("shippingProvider"), tracking.get("trackingNumber")
    if not number or tracking.get("trackingLink"):
        return
    if provider in _LINKED_PROVIDERS:
        tracking["trackingLink"] = f"https://tracking.example.com/{provider}/{number}"
    elif provider:
        raise required(f"{path}.trackingInfo.trackingLink")


def _place(child: Entity, fulfillment_id: str) -> int:
    for at, each in enumerate(child["fulfillments"]):
        if each["id"] == fulfillment_id:
            return at
    raise not_found("Fulfillment", fulfillment_id)


def _save_fulfillments(site: Site, order: Entity, child: Entity, activity: str) -> None:
    ecom_orders.put_child(site, ecom_orders.FULFILLMENTS, child)
    order["fulfillmentStatus"] = fulfillment_status(order, child["fulfillments"])
    ecom_orders.note(site, order, activity)
    ecom_orders.save_with_child(site, order)
