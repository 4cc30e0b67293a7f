"""Abandoned checkouts of the synthetic shop, and invoices and drafts of its orders."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from wix_sandbox.clock import wire_time
from wix_sandbox.resources import carts, draft_orders, ecom_orders, invoices
from wix_sandbox.resources.ecom_orders import NOTHING, formatted
from wix_sandbox.synthetic.purchases import put_cart, put_checkout

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from wix_sandbox.site import Site
    from wix_sandbox.synthetic.draw import Draw
    from wix_sandbox.synthetic.orders import Customers, Line
    from wix_sandbox.values import Entity

INVOICES = 12
DRAFTS = 6
KEPT_CARTS = 1000
"""Number of latest abandoned checkouts whose carts and checkouts exist; older ones are gone."""
LONGEST_EMAIL = 50


def write_checkouts(customers: Customers, draws: Iterable[Draw]) -> None:
    """Write abandoned checkouts, and the carts and checkouts of the latest of them."""
    for draw in draws:
        entity = _checkout(customers, draw)
        customers.site.store.insert(carts.ABANDONED_CHECKOUTS, entity)
        if draw.index >= draw.count - KEPT_CARTS:
            put_cart(customers.site, entity, entity["cartId"], entity["checkoutId"])
            is_completed = entity["status"] == "RECOVERED"
            put_checkout(customers.site, entity, entity["checkoutId"], entity["cartId"], completed=is_completed)


def write_drafts(site: Site) -> None:
    """Write drafts of the first orders, as if somebody had opened them for editing a day after they were placed."""
    for at, order in enumerate(islice(site.store.all(ecom_orders.KIND), DRAFTS)):
        with site.clock.at(datetime.fromisoformat(order["createdDate"]) + timedelta(days=1, milliseconds=at)):
            draft_orders.open_draft(site, f"d4af7000-0000-4000-8000-{at:012}", order, committed=at % 2 == 0)


def write_invoices(site: Site) -> None:
    """Write an invoice for the first orders that are paid and whose buyer is known."""
    written = 0
    for order in site.store.all(ecom_orders.KIND):
        if written == INVOICES:
            return
        if order["paymentStatus"] == "PAID" and order["buyerInfo"].get("contactId"):
            invoices.add(site, order["id"], {"id": site.new_id(), "appId": invoices.INVOICES_APP_ID})
            written += 1


def _checkout(customers: Customers, draw: Draw) -> Entity:
    site = customers.site
    reminded = draw.created + timedelta(hours=3) if draw.chance(0.7) else None
    recovered = draw.created + timedelta(days=1, minutes=draw.index % 50) if draw.nth(4, at=1) else None
    buyer, lines = customers.buyer(draw), customers.lines(draw.dice)
    total = sum((line.price * line.quantity for line in lines), NOTHING)
    checkout_id = site.new_id()
    entity: Entity = {
        "id": site.new_id(),
        "createdDate": wire_time(draw.created),
        "updatedDate": wire_time(recovered or reminded or draw.created),
        "checkoutId": checkout_id,
        "cartId": site.new_id(),
        "status": "RECOVERED" if recovered else "ABANDONED",
        "buyerLanguage": "en",
        "buyerInfo": {key: value for key, value in buyer["info"].items() if len(value) <= LONGEST_EMAIL},
        "contactDetails": buyer["details"]["contactDetails"],
        "currency": site.currency,
        "conversionCurrency": site.currency,
        "totalPrice": _money(total, site.currency),
        "subtotalPrice": _money(total, site.currency),
        "activities": [],
        "checkoutUrl": f"https://www.example.com/checkout?checkoutId={checkout_id}",
        "lineItems": [_line(site, line) for line in lines],
        "appliedDiscounts": [],
    }
    if reminded:
        entity["activities"] = [{"createdDate": wire_time(reminded), "type": "EMAIL_SENT"}]
    if recovered:
        entity["checkoutRecoveredDate"] = wire_time(recovered)
    return entity


def _line(site: Site, line: Line) -> Entity:
    price = _money(line.price, site.currency)
    return {"descriptionLines": [], **line.members(site.new_id()), "price": price, "priceBeforeDiscounts": price}


def _money(amount: Decimal, currency: str) -> Entity:
    """Return a price of a checkout: amount and converted amount are equal, since the shop converts nothing."""
    text, shown = str(amount), formatted(amount, currency)
    return {"amount": text, "convertedAmount": text, "formattedAmount": shown, "formattedConvertedAmount": shown}
