"""Writes the seed's orders: placed, paid, refunded and sent by the derivations that serve the endpoints.

Each order is made in memory and stored once, so that a large shop is filled quickly.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from wix_sandbox.clock import wire_time
from wix_sandbox.resources import contacts_purchases, contacts_store, ecom_fulfillments, ecom_orders, ecom_payments
from wix_sandbox.resources.ecom_money import NOTHING, amount_of, money
from wix_sandbox.resources.ecom_status import RECEIVED, fulfillment_status, settle
from wix_sandbox.synthetic.model import cents
from wix_sandbox.synthetic.order_bodies import buyer_of, order_members

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from decimal import Decimal

    from wix_sandbox.site import Site
    from wix_sandbox.synthetic.purchases import SeedOrder, SeedParcel, SeedPayment, SeedRefund
    from wix_sandbox.synthetic.references import ProductReference
    from wix_sandbox.values import Entity

_COUNTED = frozenset({"APPROVED", "CANCELED"})
"""Orders that count as a purchase of their buyer."""


def write_orders(
    site: Site, orders: Iterable[SeedOrder], contact_ids: list[str], references: list[ProductReference]
) -> None:
    """Writes orders with their transactions and fulfillments."""
    for order in orders:
        contact = None if order.contact is None else site.store.get(contacts_store.KIND, contact_ids[order.contact])
        with site.clock.at(order.created):
            buyer = buyer_of(site, order.index, contact)
            entity = ecom_orders.place(site, order_members(site, order, buyer, references))
        transactions = _transactions(site, order, entity)
        fulfillments = _fulfillments(site, order, entity)
        _finish(site, order, entity, transactions, fulfillments)


def _finish(site: Site, order: SeedOrder, entity: Entity, transactions: Entity, fulfillments: Entity) -> None:
    settle(entity, transactions)
    entity["fulfillmentStatus"] = fulfillment_status(entity, fulfillments["fulfillments"])
    if order.story.status == "CANCELED":
        with site.clock.at(max(moments(order))):
            ecom_orders.note(site, entity, "ORDER_CANCELED")
    entity["activities"].sort(key=itemgetter("createdDate"))
    entity["updatedDate"] = wire_time(max(moments(order)))
    site.store.insert(ecom_orders.KIND, entity)
    if transactions["payments"]:
        ecom_orders.put_child(site, ecom_orders.TRANSACTIONS, transactions)
    if fulfillments["fulfillments"]:
        ecom_orders.put_child(site, ecom_orders.FULFILLMENTS, fulfillments)
    contact_id = entity["buyerInfo"].get("contactId")
    if contact_id and order.story.status in _COUNTED and not order.story.imported:
        with site.clock.at(order.created):
            total = amount_of(entity["priceSummary"]["total"])
            contacts_purchases.record(site, contact_id, total, entity["currency"], entity["createdDate"])


def moments(order: SeedOrder) -> list[datetime]:
    """Every moment at which something happened to an order."""
    happened = [order.created, *(each.paid for each in order.payments), *(each.refunded for each in order.refunds)]
    happened += [each.sent for each in order.parcels]
    return happened if order.updated is None else [*happened, order.updated]


def _transactions(site: Site, order: SeedOrder, entity: Entity) -> Entity:
    total = amount_of(entity["priceSummary"]["total"])
    transactions: Entity = {"orderId": entity["id"], "payments": [], "refunds": []}
    if not total:
        return transactions
    amounts = _shares(total, [(each.status, each.share) for each in order.payments])
    for payment, amount in zip(order.payments, amounts, strict=True):
        with site.clock.at(payment.paid):
            transactions["payments"].append(_payment(site, payment, amount))
            if payment.status == "APPROVED":
                ecom_orders.note(site, entity, "ORDER_PAID")
    received = next((each for each in transactions["payments"] if each["status"] in RECEIVED), None)
    if received is not None:
        amounts = _shares(total, [(each.status, each.share) for each in order.refunds])
        for refund, amount in zip(order.refunds, amounts, strict=True):
            with site.clock.at(refund.refunded):
                transactions["refunds"].append(_refund(site, refund, amount, received["id"]))
                received["updatedDate"] = site.now()
                ecom_orders.note(site, entity, "ORDER_REFUNDED")
    ecom_payments.mark_refunded(transactions)
    return transactions


def _shares(total: Decimal, parts: list[tuple[str, int]]) -> list[Decimal]:
    """Amounts by percent; parts of one status that make a hundred together add up to the cent."""
    given: dict[str, tuple[int, Decimal]] = {}
    amounts = []
    for status, share in parts:
        shares, spent = given.get(status, (0, NOTHING))
        amount = total - spent if shares + share == 100 else cents(total * share / 100)  # noqa: PLR2004  percent
        given[status] = (shares + share, spent + amount)
        amounts.append(amount)
    return amounts


def _payment(site: Site, payment: SeedPayment, amount: Decimal) -> Entity:
    details: Entity = {
        "regularPaymentDetails": {
            "offlinePayment": False,
            "gatewayTransactionId": site.new_id(),
            "paymentMethod": "CreditCard",
            "creditCardDetails": {"lastFourDigits": "4242", "brand": "VISA"},
        }
    }
    if payment.method == "cash":
        name = {"userDefinedName": {"predefined": "CASH"}}
        details = {"regularPaymentDetails": {"offlinePayment": True, "paymentMethodName": name}}
    elif payment.method == "gift card":
        card = {"giftCardPaymentId": site.new_id(), "appId": site.new_id(), "obfuscatedCode": "****-****-0042"}
        details = {"giftcardPaymentDetails": card}
    body = {**details, "status": payment.status, "amount": money(amount, site.currency)}
    return ecom_payments.complete_payment(site, body)


def _refund(site: Site, refund: SeedRefund, amount: Decimal, payment_id: str) -> Entity:
    price, nothing = money(amount, site.currency), money(NOTHING, site.currency)
    done = refund.status == "SUCCEEDED"
    transaction = {"paymentId": payment_id, "amount": price, "refundStatus": refund.status, "externalRefund": False}
    return {
        "id": site.new_id(),
        "createdDate": site.now(),
        "transactions": [transaction],
        "details": {"shippingIncluded": False, "reason": refund.reason},
        "summary": {
            "requestedRefund": price,
            "refunded": price if done else nothing,
            "pendingRefund": nothing if done else price,
            "failedRefundAmount": nothing,
            "pending": not done,
        },
    }


def _fulfillments(site: Site, order: SeedOrder, entity: Entity) -> Entity:
    child: Entity = {"orderId": entity["id"], "fulfillments": []}
    for parcel in order.parcels:
        with site.clock.at(parcel.sent):
            child["fulfillments"].append(_fulfillment(site, parcel, entity))
            ecom_orders.note(site, entity, "ORDER_FULFILLED")
    return child


def _fulfillment(site: Site, parcel: SeedParcel, entity: Entity) -> Entity:
    lines = [
        {"id": line["id"], "quantity": quantity}
        for line, quantity in zip(entity["lineItems"], parcel.quantities, strict=True)
        if quantity
    ]
    body: Entity = {"id": site.new_id(), "createdDate": site.now(), "lineItems": lines, "status": parcel.status}
    body["completed"] = parcel.status == "Fulfilled"
    if parcel.provider:
        tracking = {"shippingProvider": parcel.provider, "trackingNumber": parcel.number, "trackingLink": parcel.link}
        body["trackingInfo"] = {name: value for name, value in tracking.items() if value}
    ecom_fulfillments.complete_link(body, "fulfillment")
    return body
