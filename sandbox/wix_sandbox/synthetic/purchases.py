"""Carts, checkouts, invoices, drafts and coupons of the synthetic shop."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from wix_sandbox.clock import wire_time
from wix_sandbox.resources import carts, coupons, draft_orders, ecom_orders, invoices
from wix_sandbox.resources.ecom_orders import NOTHING
from wix_sandbox.resources.purchase_flow import price
from wix_sandbox.values import only, without

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_sandbox.site import Site
    from wix_sandbox.synthetic.orders import Customers, Line
    from wix_sandbox.synthetic.shop import Draw
    from wix_sandbox.values import Entity

ORDERED = 12
"""Number of first orders whose checkouts exist; every other one's cart exists, too."""
OPEN = 4
"""Number of carts that are neither completed nor abandoned; every other one has a checkout."""
_LINE = ("id", "quantity", "catalogReference", "productName", "descriptionLines", "image", "physicalProperties")
_SHARED = ("buyerInfo", "currency", "conversionCurrency", "buyerLanguage")
_CHECKOUT_ID, _CART_ID = "c4ec7000-0000-4000-8000-{:012}", "ca970000-0000-4000-8000-{:012}"


def write_purchases(site: Site) -> None:
    """Write checkouts and carts of the first orders, and some that are still open."""
    last: Entity | None = None
    for at, order in enumerate(islice(site.store.all(ecom_orders.KIND), ORDERED)):
        purchase = _purchase_of(order)
        cart_id = _CART_ID.format(at) if at % 2 == 0 else None
        put_checkout(site, purchase, order["checkoutId"], cart_id, completed=True)
        if cart_id:
            put_cart(site, purchase, cart_id, order["checkoutId"])
        last = purchase
    if last is not None:
        for at in range(ORDERED, ORDERED + OPEN):
            moment = wire_time(datetime.fromisoformat(last["createdDate"]) + timedelta(hours=at))
            cart_id, checkout_id = _CART_ID.format(at), _CHECKOUT_ID.format(at) if at % 2 == 0 else None
            purchase = {**last, "createdDate": moment}
            put_cart(site, purchase, cart_id, checkout_id)
            if checkout_id:
                put_checkout(site, purchase, checkout_id, cart_id, completed=False)


def put_cart(site: Site, purchase: Entity, cart_id: str, checkout_id: str | None) -> None:
    """Store the cart of a purchase: an abandoned checkout, or what `_purchase_of` returns."""
    cart = {
        "id": cart_id,
        "revision": "1",
        "lineItems": list(_lines(purchase["lineItems"])),
        **only(purchase, *_SHARED),
        **({"checkoutId": checkout_id} if checkout_id else {}),
        "paymentCurrency": purchase["currency"],
        "siteLanguage": "en",
        "taxIncludedInPrices": False,
        "weightUnit": "KG",
        "appliedDiscounts": [],
        "createdDate": purchase["createdDate"],
        "updatedDate": purchase["createdDate"],
    }
    site.store.insert(carts.CARTS, cart)


def put_checkout(site: Site, purchase: Entity, checkout_id: str, cart_id: str | None, *, completed: bool) -> None:
    """Store the checkout of a purchase; its shipping is not chosen."""
    subtotal, total = purchase["subtotalPrice"], purchase["totalPrice"]
    checkout = {
        "id": checkout_id,
        **({"cartId": cart_id} if cart_id else {}),
        "lineItems": [carts.line_of_checkout(each) for each in _lines(purchase["lineItems"])],
        **only(purchase, *_SHARED),
        "billingInfo": {"contactDetails": purchase["contactDetails"]},
        "priceSummary": {"subtotal": subtotal, "total": total},
        "paymentCurrency": purchase["currency"],
        "channelType": "WEB",
        "siteLanguage": "en",
        "completed": completed,
        "taxIncludedInPrice": False,
        "weightUnit": "KG",
        "appliedDiscounts": [],
        "additionalFees": [],
        "customFields": [],
        "violations": [],
        "createdDate": purchase["createdDate"],
        "updatedDate": purchase["createdDate"],
    }
    site.store.insert(carts.CHECKOUTS, checkout)


def _lines(lines: Iterable[Entity]) -> Iterable[Entity]:
    for line in lines:
        yield {
            **only(line, *_LINE),
            "price": line["price"],
            "priceBeforeDiscounts": line["priceBeforeDiscounts"],
            "fullPrice": line["price"],
            "availability": {"status": "AVAILABLE"},
            "itemType": {"preset": "PHYSICAL" if line["physicalProperties"]["shippable"] else "DIGITAL"},
            "paymentOption": "FULL_PAYMENT_ONLINE",
            **carts.LINE_FLAGS,
        }


def _purchase_of(order: Entity) -> Entity:
    """Return an order with the members of an abandoned checkout: prices as the shop's and as the buyer's currency."""
    lines = [
        {**line, **{name: carts.converted(line[name]) for name in ("price", "priceBeforeDiscounts")}}
        for line in order["lineItems"]
    ]
    return {
        "lineItems": lines,
        "buyerInfo": order["buyerInfo"],
        "currency": order["currency"],
        "conversionCurrency": order["currency"],
        "buyerLanguage": order["buyerLanguage"],
        "contactDetails": order["billingInfo"]["contactDetails"],
        "subtotalPrice": carts.converted(order["priceSummary"]["subtotal"]),
        "totalPrice": carts.converted(order["priceSummary"]["total"]),
        "createdDate": order["createdDate"],
    }


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
        "totalPrice": price(total, site.currency),
        "subtotalPrice": price(total, site.currency),
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
    unit, members = price(line.price, site.currency), line.members(site.new_id())
    if "image" in members:
        members["image"] = without(members["image"], "filename")
    return {"descriptionLines": [], **members, "price": unit, "priceBeforeDiscounts": unit}


_SHOP: Entity = {"scope": {"namespace": "stores"}}
_SPECIFICATIONS: tuple[Entity, ...] = (
    {"name": "Welcome", "code": "WELCOME10", "percentOffRate": 10, "limitPerCustomer": 1, **_SHOP},
    {"name": "Five off", "code": "FIVE", "moneyOffAmount": 5, "minimumSubtotal": 50, "usageLimit": 100},
    {"name": "Free shipping", "code": "SHIPFREE", "freeShipping": True, "minimumSubtotal": 80},
    {"name": "Three for two", "code": "3FOR2", "buyXGetY": {"x": 2, "y": 1}, "limitedToOneItem": False, **_SHOP},
)


def write_coupons(site: Site, opening: datetime) -> None:
    """Write the coupons, a day after each other."""
    for at, specification in enumerate(_SPECIFICATIONS):
        created = opening + timedelta(days=at)
        is_expired = at == 1
        ends = {"expirationTime": _milliseconds(created + timedelta(days=30))} if is_expired else {}
        site.store.insert(
            coupons.KIND,
            {
                "id": f"c0040000-0000-4000-8000-{at:012}",
                "dateCreated": _milliseconds(created),
                "expired": is_expired,
                "numberOfUsages": 3 * at,
                "specification": {"active": True, "startTime": _milliseconds(created), **ends, **specification},
            },
        )


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))
