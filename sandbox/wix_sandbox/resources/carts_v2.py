"""Cart V2: one cart for what Cart V1 and Checkout V1 show as a cart and its checkout. Read by id only.

https://dev.wix.com/docs/api-reference/business-solutions/e-commerce/purchase-flow/cart-v2/introduction
https://dev.wix.com/docs/api-reference/business-solutions/e-commerce/purchase-flow/cart-v2/migration-guide

The migration guide says that the V1 calls are removed on 2027-02-01: "Until then they continue to work". Wix's typings
say that in Cart V2 the ID of the cart is that of the checkout. Neither says which ids of V1 remain valid, and what
removed calls answer: readings `ids-of-cart-v2` and `cart-v1`.

Choice: members that the rows of V1 do not have are left out, as are the discounts of lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import existing
from wix_sandbox.handlers import endpoints, fetching
from wix_sandbox.resource import merged
from wix_sandbox.resources.carts import CARTS, CHECKOUTS
from wix_sandbox.resources.ecom_orders import KIND, amount_of, total_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


def _of_id(site: Site, cart_id: str) -> Entity:
    reading = site.readings["ids-of-cart-v2"]
    checkout = site.store.get(CHECKOUTS, cart_id) if reading != "of-carts" else None
    cart = site.store.get(CARTS, cart_id) if reading != "of-checkouts" else None
    if cart is not None:
        checkout = site.store.get(CHECKOUTS, cart.get("checkoutId") or "")
    elif checkout is not None:
        cart = site.store.get(CARTS, checkout.get("cartId") or "")
    existing(cart or checkout, "Cart", cart_id)
    return shown(site, cart or {}, checkout or {})


_CART = {
    **{name: name for name in ("createdDate", "updatedDate", "purchaseFlowId", "extendedFields")},
    "note": "buyerNote",
    "customCheckoutUrl": "overrideCheckoutUrl",
    **{f"source.{name}": name for name in ("channelType", "createdBy", "customContentReference")},
    "businessInfo.locationId": "businessLocationId",
    "businessInfo.languageCode": "siteLanguage",
    "businessInfo.currencyCode": "currency",
    "customerInfo.languageCode": "buyerLanguage",
    "customerInfo.currencyCode": "conversionCurrency",
    "deliveryInfo.weightUnit": "weightUnit",
    "taxInfo.taxExemptGroupId": "taxExemptGroupId",
    "paymentInfo.currencyCode": "paymentCurrency",
    "paymentInfo.billingAddress": "billingInfo.address",
    "paymentInfo.billingContact": "billingInfo.contactDetails",
}
"""Members of Cart V2, and those of the cart and checkout of V1 that they are."""
_LINE = {
    "id": "id",
    "name": "productName",
    "extendedFields": "extendedFields",
    "quantityInfo.availableQuantity": "availability.quantityAvailable",
    "quantityInfo.fixedQuantity": "fixedQuantity",
    **{f"pricing.{name}": name for name in ("priceDescription", "priceUndetermined")},
    **{f"source.{name}": name for name in ("catalogReference", "rootCatalogItemId")},
    **{f"attributes.{name}": name for name in ("descriptionLines", "url", "policies", "itemType", "membersOnly")},
    **{f"attributes.{name}": name for name in ("physicalProperties", "serviceProperties")},
    "attributes.subscriptionInfo": "subscriptionOptionInfo",
    "deliveryConfig.deliveryProfileId": "deliveryProfileId",
    **{f"taxConfig.{name}": name for name in ("taxableAddress", "taxGroupId")},
    **{f"paymentConfig.{name}": name for name in ("savePaymentMethod", "consentRequiredPaymentPolicy")},
    **{f"paymentConfig.{name}": name for name in ("paymentOption", "selectedMembership")},
    "paymentConfig.membership.existingMembership.membershipId": "selectedMembership.id",
    "paymentConfig.membership.existingMembership.appId": "selectedMembership.appId",
}
"""The same of a line."""


def shown(site: Site, cart: Entity, checkout: Entity) -> Entity:
    """Return a cart and its checkout, of which either may be empty, as Cart V2 shows them.

    Choice: before a cart has a checkout, it has the id of V1.
    """
    both = {**cart, **checkout}
    own = cart if cart and site.readings["ids-of-cart-v2"] == "of-carts" else both
    lines = [_line(line) for line in both.get("lineItems", [])]
    order = site.store.first(KIND, "checkoutId", checkout["id"]) if checkout.get("completed") else None
    shipping = both.get("shippingInfo") or {}
    option = shipping.get("selectedCarrierServiceOption") or both.get("selectedShippingOption") or {}
    destination = shipping.get("shippingDestination") or both.get("contactInfo") or {}
    method = {"code": option.get("code"), "appId": option.get("carrierId")}
    method["title"] = {"original": option["title"]} if option.get("title") else None
    used = [(each.get("coupon") or {}).get("code") for each in both.get("appliedDiscounts") or ()]
    computed = {
        "id": own.get("id"),
        "revision": cart.get("revision", "1"),
        "lineItems": lines,
        "subtotal": _money(total_of(line["pricing"]["totalPrice"] for line in lines)),
        "coupons": [{"code": code} for code in used if code],
        "source": {"externalReferences": [both["externalReference"]] if both.get("externalReference") else []},
        "paymentInfo": {"giftCards": []},
        "currentCart": False,
        "demo": False,
        "customerInfo": both.get("buyerInfo") or {},
        "deliveryInfo": _present({"address": destination.get("address"), "method": _present(method)}),
        "taxInfo": {"pricesIncludeTax": both.get("taxIncludedInPrice", both.get("taxIncludedInPrices", False))},
        "orderPlaced": both.get("completed", False),
        "orderId": order["id"] if order else None,
    }
    return _present(merged(computed, _moved(both, _CART)))


def _moved(source: Entity, places: Mapping[str, str]) -> Entity:
    """Return the members of a source at other places; those without a value are left out."""
    result: Entity = {}
    for place, path in places.items():
        value: Any = source
        for name in path.split("."):
            value = (value or {}).get(name)
        if value not in (None, {}):
            *holders, last = place.split(".")
            holder = result
            for name in holders:
                holder = holder.setdefault(name, {})
            holder[last] = value
    return result


def _present(members: Entity) -> Entity:
    """Return the members that have a value: Wix leaves the others out."""
    return {name: value for name, value in members.items() if value not in (None, {})}


_STATUSES = {
    "PARTIALLY_AVAILABLE": "PARTIALLY_IN_STOCK",
    "NOT_AVAILABLE": "OUT_OF_STOCK",
    "NOT_FOUND": "REMOVED_FROM_CATALOG",
}
"""Statuses of lines of Cart V2 by those of Cart V1; the others are in stock."""


def _line(line: Entity) -> Entity:
    price, quantity = amount_of(line.get("price")), line.get("quantity", 0)
    availability = line.get("availability") or {}
    left = availability.get("quantityAvailable")
    amounts = {"fullPrice": line.get("fullPrice"), "salePrice": line.get("priceBeforeDiscounts")}
    confirmed = quantity if left is None else max(min(quantity, left), 1)
    pricing = {
        "unitPrice": _money(price),
        "totalPrice": _money(price * quantity),
        "breakdown": {name: _money(amount_of(amount)) for name, amount in amounts.items() if amount},
    }
    computed = {
        "quantityInfo": {"requestedQuantity": quantity, "confirmedQuantity": confirmed},
        "pricing": _present(pricing),
        "source": _present({"catalogOverrideFields": _overrides(line.get("catalogOverrideFields") or {})}),
        "attributes": _present({"image": line.get("image") or line.get("media")}),
        "status": _STATUSES.get(str(availability.get("status")), "IN_STOCK"),
        "customLineItem": line.get("customLineItem", False),
    }
    return _present(merged(computed, _moved(line, _LINE)))


def _overrides(fields: Entity) -> Entity:
    """Return overriding values as V2 names them."""
    return {{"productName": "name", "price": "salePrice"}.get(name, name): value for name, value in fields.items()}


def _money(amount: Decimal) -> Entity:
    return {"amount": str(amount), "convertedAmount": str(amount)}


ROUTES = endpoints(("GET", "/ecom/v2/carts/{cartId}", "carts-v2.get", fetching("cart", _of_id, "cartId")))
