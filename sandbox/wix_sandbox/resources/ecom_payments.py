"""Payments and refunds of orders.

https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/order-transactions/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import Violation, not_found, required, validation_error
from wix_sandbox.resources import ecom_orders
from wix_sandbox.resources.bodies import clean_item
from wix_sandbox.resources.ecom_money import amount_of, format_prices
from wix_sandbox.resources.ecom_status import RECEIVED, settle

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

STATUSES = (
    *("APPROVED", "PENDING", "PENDING_MERCHANT", "CANCELED", "DECLINED", "REFUNDED", "PARTIALLY_REFUNDED"),
    *("AUTHORIZED", "VOIDED"),
)


def add(site: Site, order_id: str, bodies: list[Any]) -> list[str]:
    """Record payments and return their ids. A payment without a status counts as approved.

    Raises:
        WixError: 404 unknown order, 400 for a payment without an amount.
    """
    order = ecom_orders.fetch(site, order_id)
    transactions = ecom_orders.transactions_of(site, order_id)
    cleaned = [
        clean_item("order_transactions", "payments", body, f"payments[{at}]", fresh=True)
        for at, body in enumerate(bodies)
    ]
    format_prices(cleaned, order["currency"])
    for at, payment in enumerate(cleaned):
        if amount_of(payment.get("amount")) <= 0:
            missing = required(f"payments[{at}].amount")
            raise missing
        transactions["payments"].append(complete_payment(site, payment))
    _save(site, order, transactions)
    return [each["id"] for each in transactions["payments"][-len(cleaned) :]]


def complete_payment(site: Site, payment: Entity) -> Entity:
    """Return a payment as stored: id, dates, status, kind of payment."""
    kinds = {"regularPaymentDetails", "giftcardPaymentDetails", "membershipPaymentDetails"}
    details = {} if kinds & payment.keys() else {"regularPaymentDetails": {"offlinePayment": True}}
    now = site.now()
    complete: Entity = {"id": site.new_id(), "createdDate": now, "status": "APPROVED", "refundDisabled": False}
    complete |= details | payment | {"updatedDate": now}
    regular = complete.get("regularPaymentDetails")
    if regular is not None:
        # The old place of the status is still filled, since Wix still has it.
        regular["status"] = complete["status"]
    return complete


def set_status(site: Site, order_id: str, payment_id: str, status: Any) -> Entity:
    """Set the status of a payment and return the payment.

    Raises:
        WixError: 404 unknown order or payment, 400 for an invalid status.
    """
    order = ecom_orders.fetch(site, order_id)
    transactions = ecom_orders.transactions_of(site, order_id)
    if status is None:
        missing = required("status")
        raise missing
    if status not in STATUSES:
        raise validation_error(Violation("status", f"invalid enum value {status}", "INVALID_ENUM_VALUE"))
    payment: Entity | None = next((each for each in transactions["payments"] if each["id"] == payment_id), None)
    if payment is None:
        unknown = not_found("Payment", payment_id)
        raise unknown
    payment["status"], payment["updatedDate"] = status, site.now()
    if "regularPaymentDetails" in payment:
        payment["regularPaymentDetails"]["status"] = status
    _save(site, order, transactions)
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
            payment["status"] = "REFUNDED" if back >= amount_of(payment["amount"]) else "PARTIALLY_REFUNDED"
            if "regularPaymentDetails" in payment:
                payment["regularPaymentDetails"]["status"] = payment["status"]


def _save(site: Site, order: Entity, transactions: Entity) -> None:
    ecom_orders.put_child(site, ecom_orders.TRANSACTIONS, transactions)
    before = order["paymentStatus"]
    settle(order, transactions)
    ecom_orders.approve(site, order, transactions["payments"])
    if order["paymentStatus"] == "PAID" != before:
        ecom_orders.note(site, order, "ORDER_PAID")
    ecom_orders.save_with_child(site, order)
