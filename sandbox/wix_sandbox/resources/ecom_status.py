"""The statuses of payment and fulfillment of an order, derived from payments, refunds and fulfillments.

Wix documents that `paymentStatus` follows from the transactions and `fulfillmentStatus` from the fulfilled quantities,
but not how; this module chooses the rules.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wix_sandbox.resources.ecom_money import NOTHING, amount_of, formatted, money, total_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from wix_sandbox.values import Entity

RECEIVED = frozenset({"APPROVED", "REFUNDED", "PARTIALLY_REFUNDED"})
"""Payments whose money arrived, even if it was refunded later."""
_REFUND_PENDING = frozenset({"PENDING", "SCHEDULED", "STARTED"})
_UNPAID = (
    ("PENDING_MERCHANT", frozenset({"PENDING_MERCHANT"})),
    ("PENDING", frozenset({"PENDING"})),
    ("NOT_PAID", frozenset({"AUTHORIZED"})),
    ("DECLINED", frozenset({"DECLINED"})),
    ("CANCELED", frozenset({"CANCELED", "VOIDED"})),
)
"""Status of an order without money received, by its most promising payment."""


def price_summary(order: Entity, currency: str) -> Entity:
    """Return the totals of lines, shipping, tax, fees and discounts.

    `total = subtotal - discount + shipping + fees`, plus tax unless prices include it.
    """
    lines = order.get("lineItems", [])
    subtotal = sum(
        (amount_of(line.get("priceBeforeDiscounts") or line.get("price")) * line.get("quantity", 1) for line in lines),
        NOTHING,
    )
    cost = order.get("shippingInfo", {}).get("cost", {})
    shipping = amount_of(cost.get("price"))
    tax = _tax(order, lines, cost)
    discount = total_of(_reduction(each) for each in order.get("appliedDiscounts", []))
    fees = total_of(fee.get("price") for fee in order.get("additionalFees", []))
    total = subtotal - discount + shipping + fees + (NOTHING if order.get("taxIncludedInPrices") else tax)
    sums = {"subtotal": subtotal, "shipping": shipping, "tax": tax, "discount": discount}
    sums |= {"total": max(total, NOTHING), "totalAdditionalFees": fees}
    return {name: money(amount, currency) for name, amount in sums.items()}


def _tax(order: Entity, lines: list[Entity], cost: Entity) -> Decimal:
    stated = order.get("taxInfo", {}).get("totalTax")
    if stated:
        return amount_of(stated)
    return total_of(each.get("taxInfo", {}).get("taxAmount") for each in [*lines, cost])


def _reduction(discount: Entity) -> Entity | None:
    kinds = ("coupon", "merchantDiscount", "discountRule")
    return next((discount[kind].get("amount") for kind in kinds if discount.get(kind)), None)


def settle(order: Entity, transactions: Entity) -> None:
    """Set `paymentStatus` and `balanceSummary` of an order from its payments and refunds, in place.

    Choice: refunded money is not owed again, so `balance = total - paid` whatever was refunded.
    """
    currency = order.get("currency", "USD")
    payments = transactions["payments"]
    refunds = [each for refund in transactions["refunds"] for each in refund.get("transactions", [])]
    total = amount_of(order.get("priceSummary", {}).get("total"))
    paid = total_of(each.get("amount") for each in payments if each.get("status") in RECEIVED)
    refunded = _with_status(refunds, "refundStatus", {"SUCCEEDED"})
    order["paymentStatus"] = _payment_status(total, paid, refunded, {each.get("status") for each in payments})
    balance = total - paid
    order["balanceSummary"] = {
        "balance": {"amount": str(balance), "formattedAmount": formatted(balance, currency)},
        "paid": money(paid, currency),
        "refunded": money(refunded, currency),
        "authorized": money(_with_status(payments, "status", {"AUTHORIZED"}), currency),
        "pendingRefund": money(_with_status(refunds, "refundStatus", _REFUND_PENDING), currency),
        "pending": money(_with_status(payments, "status", {"PENDING", "PENDING_MERCHANT"}), currency),
    }


def _with_status(rows: Iterable[Entity], member: str, statuses: Iterable[str]) -> Decimal:
    wanted = frozenset(statuses)
    return total_of(each.get("amount") for each in rows if each.get(member) in wanted)


def _payment_status(total: Decimal, paid: Decimal, refunded: Decimal, statuses: set[str | None]) -> str:
    if paid > 0:
        if refunded >= paid:
            return "FULLY_REFUNDED"
        if refunded > 0:
            return "PARTIALLY_REFUNDED"
        return "PAID" if paid >= total else "PARTIALLY_PAID"
    for status, signs in _UNPAID:
        if statuses & signs:
            return status
    return "NOT_PAID" if total > 0 else "PAID"


def left_to_fulfill(order: Entity, fulfillments: Iterable[Entity]) -> dict[str, int]:
    """Return the unfulfilled quantity of each line item, by line item id."""
    left: Counter[str] = Counter({line["id"]: line.get("quantity", 1) for line in order.get("lineItems", [])})
    for fulfillment in fulfillments:
        for item in fulfillment.get("lineItems", []):
            left[item["id"]] -= item["quantity"]
    return dict(left)


def fulfillment_status(order: Entity, fulfillments: list[Entity]) -> str:
    """Return `NOT_FULFILLED`, `PARTIALLY_FULFILLED` or `FULFILLED`, from quantities."""
    if not any(each.get("lineItems") for each in fulfillments):
        return "NOT_FULFILLED"
    waiting = any(quantity > 0 for quantity in left_to_fulfill(order, fulfillments).values())
    return "PARTIALLY_FULFILLED" if waiting else "FULFILLED"
