"""Orders as plain functions of a site: money, statuses, stock; read, place, create.

https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/orders/order-object

Wix documents that `paymentStatus` follows from the transactions and `fulfillmentStatus` from the fulfilled quantities,
but not how; this module chooses the rules.

Sites update their stock when an order is placed unless their owner chooses otherwise (`ON_ORDER_PLACED`). Choice: an
order takes its quantity even if there is less, as two concurrent orders do; stock may be negative then.
"""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from wix_sandbox.auth import APP_ID
from wix_sandbox.errors import Violation, error_400, existing, validation_error
from wix_sandbox.options import StoreCatalog
from wix_sandbox.resources import carts, contacts_store
from wix_sandbox.resources.stores_v1 import inventory as inventory_v1
from wix_sandbox.resources.stores_v3 import inventory
from wix_sandbox.resources.texts import price_text
from wix_sandbox.site import STORES_APP_ID
from wix_sandbox.values import instant, without
from wix_sandbox.walk import DECIMAL, HOLDS, clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

NOTHING = Decimal("0.00")
_CENT = Decimal("0.01")
_PRICE = frozenset({"amount", "formattedAmount"})


def money(amount: Decimal, currency: str) -> Entity:
    """A price of an order, rounded to two decimals."""
    text, shown = _texts(amount, currency)
    return {"amount": text, "formattedAmount": shown}


@lru_cache(maxsize=10_000)
def _texts(amount: Decimal, currency: str) -> tuple[str, str]:
    """Size of a cache: an order has about thirty prices, most of them seen before."""
    rounded = amount.quantize(_CENT, rounding=ROUND_HALF_UP)
    return str(rounded), price_text(rounded, currency)


def amount_of(price: Entity | None) -> Decimal:
    """Return the amount of a price; 0 for an absent price."""
    return Decimal((price or {}).get("amount") or 0)


def total_of(prices: Iterable[Entity | None]) -> Decimal:
    """Return the sum of prices."""
    return sum(map(amount_of, prices), NOTHING)


def format_prices(value: Any, currency: str) -> None:
    """Add `formattedAmount` to every price inside a value, in place."""
    if isinstance(value, list):
        for each in value:
            format_prices(each, currency)
    elif isinstance(value, dict):
        amount = value.get("amount")
        if isinstance(amount, str) and DECIMAL.fullmatch(amount) and value.keys() <= _PRICE:
            value["formattedAmount"] = price_text(amount, currency)
        else:
            format_prices(list(value.values()), currency)


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

    Refunded money is not owed again, and nothing is owed while all payments are pending, as Wix's typings say.
    """
    currency = order.get("currency", "USD")
    payments = transactions["payments"]
    refunds = [each for refund in transactions["refunds"] for each in refund.get("transactions", [])]
    total = amount_of(order.get("priceSummary", {}).get("total"))
    paid = total_of(each.get("amount") for each in payments if each.get("status") in RECEIVED)
    refunded = _with_status(refunds, "refundStatus", {"SUCCEEDED"})
    order["paymentStatus"] = _payment_status(total, paid, refunded, {each.get("status") for each in payments})
    balance = NOTHING if order["paymentStatus"] == "PENDING" else total - paid
    order["balanceSummary"] = {
        "balance": {"amount": str(balance), "formattedAmount": price_text(balance, currency)},
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
        if refunded > 0:
            return "FULLY_REFUNDED" if refunded >= total else "PARTIALLY_REFUNDED"
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
    """Return `NOT_FULFILLED`, `PARTIALLY_FULFILLED` or `FULFILLED`, from quantities.

    Wix's typings say that orders without shipping info are fulfilled automatically.
    """
    if not any(each.get("lineItems") for each in fulfillments):
        return "NOT_FULFILLED" if order.get("shippingInfo") else "FULFILLED"
    waiting = any(quantity > 0 for quantity in left_to_fulfill(order, fulfillments).values())
    return "PARTIALLY_FULFILLED" if waiting else "FULFILLED"


def move(site: Site, order: Entity, sign: int) -> None:
    """Lower the stock of an order's items (`sign` -1), or raise it again (+1); untracked stock stays as it is."""
    for line in order["lineItems"]:
        reference, change = line.get("catalogReference") or {}, sign * line["quantity"]
        if reference.get("appId") == STORES_APP_ID:
            _MOVES[site.catalog](site, reference, change)
        site.note_effect("stock", change=change, orderId=order["id"], catalogReference=reference)


def _move_v3(site: Site, reference: Entity, change: int) -> None:
    product_id = reference.get("catalogItemId")
    product = site.store.get("products", str(product_id))
    variant_id = None if product is None else _variant_v3(product, reference.get("options") or {})
    for item in site.store.find(inventory.KIND, "variantId", variant_id):
        if item["productId"] == product_id and item["trackQuantity"]:
            quantity = max(inventory.LEAST, min(inventory.MOST, item["quantity"] + change))
            inventory.change_item(site, item, {"quantity": quantity})
            return


def _variant_v3(product: Entity, options: Entity) -> str | None:
    """Return the id of the variant that a line item names by id or by choices; of a single variant otherwise."""
    variants = product["variantsInfo"]["variants"]
    wanted = options.get("options")
    for variant in variants:
        names = [each["optionChoiceNames"] for each in variant["choices"]]
        chosen = {each["optionName"]: each["choiceName"] for each in names}
        if variant["id"] == options.get("variantId") or (wanted and chosen == wanted):
            return str(variant["id"])
    return str(variants[0]["id"]) if len(variants) == 1 else None


def _move_v1(site: Site, reference: Entity, change: int) -> None:
    product = site.store.get("products", str(reference.get("catalogItemId")))
    if product is None:
        return
    item = inventory_v1.item_of(site, "productId", product["id"])
    options = reference.get("options") or {}
    named = [each["id"] for each in product["variants"] if each["choices"] == (options.get("options") or {})]
    variant_id = options.get("variantId") or next(iter(named), None)
    for row in item["variants"]:
        if item["trackQuantity"] and row["variantId"] == variant_id:
            row["quantity"] = max(-inventory_v1.MOST, min(inventory_v1.MOST, row["quantity"] + change))
            row["inStock"] = row["quantity"] > 0
            inventory_v1.save(site, item)


def _move_nothing(_site: Site, _reference: Entity, _change: int) -> None:
    """Do nothing: a site without Wix Stores has no stock."""


_MOVES = {StoreCatalog.V3: _move_v3, StoreCatalog.V1: _move_v1, StoreCatalog.ABSENT: _move_nothing}


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
    """Return the stored order; 404 `ORDER_NOT_FOUND` for an unknown id."""
    return existing(site.store.get(KIND, order_id), "Order", order_id, "ORDER_NOT_FOUND")


def save(site: Site, order: Entity) -> Entity:
    """Store a changed order, and move its `updatedDate`."""
    order["updatedDate"] = site.now()
    return site.store.update(KIND, order)


def save_with_child(site: Site, order: Entity) -> Entity:
    """Store an order after a write of its fulfillments or payments, which may change its `updatedDate`."""
    return save(site, order) if site.readings["order-date"] == "moves" else site.store.update(KIND, order)


def transactions_of(site: Site, order_id: str) -> Entity:
    """Return payments and refunds of an order: `{"orderId", "payments", "refunds"}`."""
    row = site.store.get(TRANSACTIONS, order_id)
    return {"orderId": order_id, "payments": [], "refunds": []} if row is None else without(row, "id")


def fulfillments_of(site: Site, order_id: str) -> Entity:
    """Return the fulfillments of an order: `{"orderId", "fulfillments"}`."""
    row = site.store.get(FULFILLMENTS, order_id)
    return {"orderId": order_id, "fulfillments": []} if row is None else without(row, "id")


def put_child(site: Site, kind: str, child: Entity) -> None:
    """Store the transactions or fulfillments of an order, one row for each order."""
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
        raise error_400("PURCHASED_DATE_CANNOT_BE_IN_FUTURE", "purchasedDate cannot be in the future")
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
    _cause_effects(site, placed, settings.get("notifications") or {})
    if placed["status"] == "APPROVED":
        carts.complete(site, placed.get("checkoutId", ""))
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
    for holder in (line, *(line.get("descriptionLines") or ())):
        for part in holder.values():
            if isinstance(part, dict) and part.get("original"):
                part.setdefault("translated", part["original"])


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
        "attributionSource": "UNSPECIFIED",
        "activities": [_activity(site, "ORDER_PLACED")],
        **{name: [] for name in ("appliedDiscounts", "additionalFees", "customFields")},
        **members,
    }
    for line in order["lineItems"]:
        line["id"] = line.get("id") or site.new_id()
        line.setdefault("paymentOption", "FULL_PAYMENT_ONLINE")
        for name in ("priceUndetermined", "fixedQuantity"):
            line.setdefault(name, False)
    order["priceSummary"] = price_summary(order, currency) | members.get("priceSummary", {})
    order["fulfillmentStatus"] = fulfillment_status(order, [])
    settle(order, {"payments": [], "refunds": []})
    return order


def last_number(site: Site) -> int:
    """Return the number of the latest order, or one before the first."""
    if NUMBERS not in site.counters:
        taken = (int(each["number"]) for each in site.store.all(KIND) if str(each.get("number")).isdecimal())
        site.counters[NUMBERS] = max(taken, default=FIRST_NUMBER - 1)
    return site.counted(NUMBERS)


def _next_number(site: Site) -> int:
    """Return the next order number of the site; after the orders that were loaded, if there are any."""
    last_number(site)
    return site.count_up(NUMBERS)


def _cause_effects(site: Site, order: Entity, notifications: Entity) -> None:
    email = order.get("buyerInfo", {}).get("email")
    if email:
        contact_id = contacts_store.buyer(site, email, order.get("billingInfo", {}).get("contactDetails", {}))
        order["buyerInfo"].setdefault("contactId", contact_id)
        if notifications.get("sendNotificationToBuyer") is not False:
            site.note_effect("mail", to=email, about="order placed", orderId=order["id"])
    move(site, order, -1)
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
        met = any(each["status"] in RECEIVED for each in payments)
    if met:
        order["status"] = "APPROVED"
        site.store.delete(APPROVALS, order["id"])
        carts.complete(site, order.get("checkoutId", ""))


def note(site: Site, order: Entity, activity: str) -> None:
    """Add to the history of an order."""
    order.setdefault("activities", []).append(_activity(site, activity))


def _activity(site: Site, kind: str) -> Entity:
    """Return an activity; `activityType` replaces its `type`."""
    return {"id": site.new_id(), "createdDate": site.now(), "type": kind, "activityType": kind}
