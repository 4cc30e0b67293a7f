"""Carts and checkouts of the synthetic shop: abandoned ones, those that became orders, and those still open."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from wix_sandbox.clock import wire_time
from wix_sandbox.resources import carts, ecom_orders

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_sandbox.site import Site
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
        **{name: purchase[name] for name in _SHARED},
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
        "lineItems": list(_lines(purchase["lineItems"])),
        **{name: purchase[name] for name in _SHARED},
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
        "createdDate": purchase["createdDate"],
        "updatedDate": purchase["createdDate"],
    }
    site.store.insert(carts.CHECKOUTS, checkout)


def _lines(lines: Iterable[Entity]) -> Iterable[Entity]:
    for line in lines:
        yield {
            **{name: line[name] for name in _LINE if name in line},
            "price": line["price"],
            "priceBeforeDiscounts": line["priceBeforeDiscounts"],
            "fullPrice": line["price"],
            "availability": {"status": "AVAILABLE"},
            "itemType": {"preset": "PHYSICAL" if line["physicalProperties"]["shippable"] else "DIGITAL"},
            "paymentOption": "FULL_PAYMENT_ONLINE",
        }


def _purchase_of(order: Entity) -> Entity:
    """Return an order with the members of an abandoned checkout: prices as the shop's and as the buyer's currency."""
    lines = [
        {**line, **{name: _converted(line[name]) for name in ("price", "priceBeforeDiscounts")}}
        for line in order["lineItems"]
    ]
    return {
        "lineItems": lines,
        "buyerInfo": order["buyerInfo"],
        "currency": order["currency"],
        "conversionCurrency": order["currency"],
        "buyerLanguage": order["buyerLanguage"],
        "contactDetails": order["billingInfo"]["contactDetails"],
        "subtotalPrice": _converted(order["priceSummary"]["subtotal"]),
        "totalPrice": _converted(order["priceSummary"]["total"]),
        "createdDate": order["createdDate"],
    }


def _converted(price: Entity) -> Entity:
    return {
        **price,
        "convertedAmount": price["amount"],
        "formattedConvertedAmount": price["formattedAmount"],
    }
