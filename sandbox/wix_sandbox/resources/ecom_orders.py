"""Orders as plain functions of a site: read, place, create. Changes are in `ecom_changes`.

https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/orders/introduction
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from wix_sandbox.errors import application_error, required
from wix_sandbox.resources import contacts_purchases, ecom_status
from wix_sandbox.resources.ecom_money import amount_of, format_prices
from wix_sandbox.schema import clean
from wix_sandbox.values import instant

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "orders"
TRANSACTIONS = "order_transactions"
FULFILLMENTS = "fulfillments"
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
"""Marked read-only because updates ignore it; a create is where it comes from."""


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


def create(site: Site, body: Entity) -> Entity:
    """Places an order, with what follows on a real site: number, totals, contact, stock and mail as effects.

    Raises:
        WixError: 400 for a body that the schema forbids, without line items or channel, or purchased in the future.
    """
    order = clean("order", body, "order", keep=COMPUTED, fresh=True)
    if not order.get("lineItems"):
        missing = required("order.lineItems")
        raise missing
    if not order.get("channelInfo", {}).get("type"):
        missing = required("order.channelInfo.type")
        raise missing
    purchased = instant(order.get("purchasedDate") or site.now())
    if purchased is not None and purchased > (instant(site.now()) or 0):
        text = "purchasedDate cannot be in the future"
        raise application_error(HTTPStatus.BAD_REQUEST, "PURCHASED_DATE_CANNOT_BE_IN_FUTURE", text)
    placed = place(site, order)
    format_prices(placed, placed["currency"])
    _cause_effects(site, placed)
    return site.store.insert(KIND, placed)


def place(site: Site, members: Entity) -> Entity:
    """Completes an order that was just placed: id, number, dates, line item ids, totals, statuses. Stores nothing."""
    now = site.now()
    currency = members.get("currency") or site.currency
    order = {
        "id": site.new_id(),
        "number": members.get("number") or str(_next_number(site)),
        "createdDate": now,
        "updatedDate": now,
        "purchasedDate": now,
        "currency": currency,
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
        line.setdefault("id", site.new_id())
        line.setdefault("quantity", 1)
    order.setdefault("priceSummary", ecom_status.price_summary(order, currency))
    order["fulfillmentStatus"] = ecom_status.fulfillment_status(order, [])
    ecom_status.settle(order, {"payments": [], "refunds": []})
    return order


def last_number(site: Site) -> int:
    """The number that the latest order got, or one before the first."""
    if NUMBERS not in site.counters:
        taken = (int(each["number"]) for each in site.store.all(KIND) if str(each.get("number")).isdigit())
        site.counters[NUMBERS] = max(taken, default=FIRST_NUMBER - 1)
    return site.counted(NUMBERS)


def _next_number(site: Site) -> int:
    """The next order number of the site; after the orders that were loaded, when there are any."""
    last_number(site)
    return site.count_up(NUMBERS)


def _cause_effects(site: Site, order: Entity) -> None:
    email = order.get("buyerInfo", {}).get("email")
    if email:
        contact_id = contacts_purchases.buyer(site, email, order.get("billingInfo", {}).get("contactDetails", {}))
        order["buyerInfo"].setdefault("contactId", contact_id)
        site.note_effect("mail", to=email, about="order placed", orderId=order["id"])
    for line in order["lineItems"]:
        reference = line.get("catalogReference", {})
        site.note_effect("stock", change=-line["quantity"], orderId=order["id"], catalogReference=reference)
    contact_id = order.get("buyerInfo", {}).get("contactId")
    if contact_id:
        total = amount_of(order["priceSummary"]["total"])
        contacts_purchases.record(site, contact_id, total, order["currency"], order["createdDate"])


def note(site: Site, order: Entity, activity: str) -> None:
    """Adds to the history of an order."""
    order.setdefault("activities", []).append({"id": site.new_id(), "createdDate": site.now(), "type": activity})
