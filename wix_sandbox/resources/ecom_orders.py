"""Orders: create, import, update, cancel, as plain functions of a site.

https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/orders/introduction
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import Violation, application_error, required, validation_error
from wix_sandbox.resource import merged
from wix_sandbox.resources import contacts_purchases, ecom_status
from wix_sandbox.resources.ecom_money import amount_of, format_prices
from wix_sandbox.schema import clean, load
from wix_sandbox.values import instant

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "orders"
TRANSACTIONS = "order_transactions"
FULFILLMENTS = "fulfillments"
FIRST_NUMBER = 10_001
NUMBERS = "order number"

_COMPUTED = frozenset(
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

_UPDATABLE = (
    *("buyerInfo.email", "buyerLanguage", "weightUnit", "billingInfo.address", "billingInfo.contactDetails"),
    *("archived", "attributionSource", "seenByAHuman", "recipientInfo.address", "recipientInfo.contactDetails"),
    "shippingInfo.logistics.shippingDestination.address",
    "shippingInfo.logistics.shippingDestination.contactDetails",
)
_NOT_CLEARABLE = frozenset(path for path in _UPDATABLE if path.startswith("buyerInfo") or "contactDetails" in path)


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
    order = clean("order", body, "order", keep=_COMPUTED)
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


def _next_number(site: Site) -> int:
    """The next order number of the site; after the orders that were loaded, when there are any."""
    if NUMBERS in site.counters:
        return site.count_up(NUMBERS)
    taken = (int(each["number"]) for each in site.store.all(KIND) if str(each.get("number")).isdigit())
    return site.count_up(NUMBERS, max(taken, default=FIRST_NUMBER - 1) + 1)


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


def import_order(site: Site, body: Entity) -> Entity:
    """Stores an order as it is, without effects; the same id again replaces it.

    Raises:
        WixError: 400 for members missing, 409 for the id of an order that was not imported.
    """
    clean("order", body, "order", keep=_COMPUTED)
    for name in ("lineItems", "channelInfo", "priceSummary", "status", "paymentStatus", "billingInfo"):
        if not body.get(name):
            missing = required(f"order.{name}")
            raise missing
    before = site.store.get(KIND, body["id"]) if body.get("id") else None
    if before is not None and not before.get("imported"):
        # Wix declares the code without a status; 409 as for other clashes of ids.
        text = "An order that was not imported cannot be overwritten"
        raise application_error(HTTPStatus.CONFLICT, "CANNOT_OVERWRITE_NON_IMPORTED_ORDER", text)
    known = load("order").members
    stated = {name: value for name, value in body.items() if name in known and value is not None}
    if before is not None:
        stated = {name: before[name] for name in ("number", "createdDate", "activities")} | stated
    order = place(site, stated) | {"imported": True, "updatedDate": site.now()} | _as_stated(stated)
    format_prices(order, order["currency"])
    site.store.table(KIND).put(order)
    return order


def _as_stated(body: Entity) -> Entity:
    return {name: body[name] for name in ("paymentStatus", "fulfillmentStatus", "balanceSummary") if name in body}


def refuse_unless_decided(order: Entity) -> None:
    """Stops a change of an order that waits for its payment or lost it.

    Raises:
        WixError: 428 `ORDER_IS_PENDING` or `ORDER_IS_REJECTED`; Wix declares the codes without a status.
    """
    if order["status"] in {"PENDING", "REJECTED"}:
        code = f"ORDER_IS_{order['status']}"
        text = f"Order {order['id']} is {order['status'].lower()}"
        raise application_error(HTTPStatus.PRECONDITION_REQUIRED, code, text)


def update(site: Site, order_id: str, body: Entity) -> Entity:
    """Changes the members that an update may change and ignores all others.

    Raises:
        WixError: 404 unknown id, 428 an order not decided, 400 for a null that cannot clear.
    """
    order = fetch(site, order_id)
    refuse_unless_decided(order)
    cleaned = clean("order", body, "order")
    for path in _UPDATABLE:
        order = _take(order, cleaned, path.split("."), path)
    return save(site, order)


def _take(order: Entity, body: Entity, names: list[str], path: str) -> Entity:
    holder: Any = body
    for name in names[:-1]:
        holder = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(holder, dict) or names[-1] not in holder:
        return order
    value = holder[names[-1]]
    if value is None and path in _NOT_CLEARABLE:
        raise validation_error(Violation(f"order.{path}", "must not be empty", "REQUIRED_FIELD"))
    change: Any = value
    for name in reversed(names):
        change = {name: change}
    return merged(order, change)


def cancel(site: Site, order_id: str, body: Entity) -> Entity:
    """Cancels an order; one that is canceled already stays as it is.

    Raises:
        WixError: 404 unknown id, 428 an order not decided or with money authorized.
    """
    order = fetch(site, order_id)
    refuse_unless_decided(order)
    if order["status"] == "CANCELED":
        return order
    if amount_of(order["balanceSummary"].get("authorized")) > 0:
        code = "ORDER_HAS_AUTHORIZED_TRANSACTION"
        text = f"Order {order_id} has an authorized payment"
        raise application_error(HTTPStatus.PRECONDITION_REQUIRED, code, text)
    order["status"] = "CANCELED"
    note(site, order, "ORDER_CANCELED")
    if body.get("sendOrderCanceledEmail"):
        site.note_effect("mail", to=order.get("buyerInfo", {}).get("email"), about="order canceled", orderId=order_id)
    if body.get("restockAllItems"):
        for line in order["lineItems"]:
            reference = line.get("catalogReference", {})
            site.note_effect("stock", change=line["quantity"], orderId=order_id, catalogReference=reference)
    return save(site, order)


def note(site: Site, order: Entity, activity: str) -> None:
    """Adds to the history of an order."""
    order.setdefault("activities", []).append({"id": site.new_id(), "createdDate": site.now(), "type": activity})
