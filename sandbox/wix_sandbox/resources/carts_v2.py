"""Cart V2: one cart for what Cart V1 and Checkout V1 show as a cart and its checkout. Read by id only.

https://dev.wix.com/docs/api-reference/business-solutions/e-commerce/purchase-flow/cart-v2/introduction
https://dev.wix.com/docs/api-reference/business-solutions/e-commerce/purchase-flow/cart-v2/migration-guide

The migration guide says that the V1 calls are removed on 2027-02-01: "Until then they continue to work". Wix's typings
say that in Cart V2 the ID of the cart is that of the checkout. Neither says which ids of V1 remain valid, and what
removed calls answer: readings `ids-of-cart-v2` and `cart-v1`.

Choice: members that the rows of V1 do not have are left out, as are the discounts of lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.errors import existing
from wix_sandbox.handlers import endpoints, fetching
from wix_sandbox.resources.carts import CARTS, CHECKOUTS
from wix_sandbox.resources.ecom_orders import KIND, amount_of, total_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from wix_sandbox.resource import Route
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

PATH = "/ecom/v2/carts"


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


def shown(site: Site, cart: Entity, checkout: Entity) -> Entity:
    """Return a cart and its checkout, of which either may be empty, as Cart V2 shows them.

    Choice: before a cart has a checkout, it has the id of V1.
    """
    both = {**cart, **checkout}
    own = cart if cart and site.readings["ids-of-cart-v2"] == "of-carts" else both
    lines = [_line(line) for line in both.get("lineItems", [])]
    order = site.store.first(KIND, "checkoutId", checkout["id"]) if checkout.get("completed") else None
    billing, shipping = both.get("billingInfo") or {}, both.get("shippingInfo") or {}
    option = shipping.get("selectedCarrierServiceOption") or both.get("selectedShippingOption") or {}
    destination = shipping.get("shippingDestination") or both.get("contactInfo") or {}
    return _present(
        {
            name: both[name]
            for name in ("createdDate", "updatedDate", "purchaseFlowId", "extendedFields")
            if name in both
        }
        | {
            "id": own.get("id"),
            "revision": cart.get("revision", "1"),
            "lineItems": lines,
            "subtotal": _money(total_of(line["pricing"]["totalPrice"] for line in lines)),
            "note": both.get("buyerNote"),
            "coupons": [
                {"code": each["coupon"]["code"]}
                for each in both.get("appliedDiscounts") or ()
                if (each.get("coupon") or {}).get("code")
            ],
            "source": _present(
                {name: both.get(name) for name in ("channelType", "createdBy", "customContentReference")}
                | {"externalReferences": [both["externalReference"]] if both.get("externalReference") else None}
            ),
            "businessInfo": _present(
                {
                    "locationId": both.get("businessLocationId"),
                    "languageCode": both.get("siteLanguage"),
                    "currencyCode": both.get("currency"),
                }
            ),
            "customerInfo": _present(
                {
                    **(both.get("buyerInfo") or {}),
                    "languageCode": both.get("buyerLanguage"),
                    "currencyCode": both.get("conversionCurrency"),
                }
            ),
            "deliveryInfo": _present(
                {
                    "address": destination.get("address"),
                    "method": _present(
                        {
                            "code": option.get("code"),
                            "appId": option.get("carrierId"),
                            "title": {"original": option["title"]} if option.get("title") else None,
                        }
                    ),
                    "weightUnit": both.get("weightUnit"),
                }
            ),
            "taxInfo": _present(
                {
                    "pricesIncludeTax": both.get("taxIncludedInPrice", both.get("taxIncludedInPrices", False)),
                    "taxExemptGroupId": both.get("taxExemptGroupId"),
                }
            ),
            "paymentInfo": _present(
                {
                    "currencyCode": both.get("paymentCurrency"),
                    "billingAddress": billing.get("address"),
                    "billingContact": billing.get("contactDetails"),
                }
            ),
            "orderPlaced": both.get("completed", False),
            "orderId": order["id"] if order else None,
            "customCheckoutUrl": both.get("overrideCheckoutUrl"),
        }
    )


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
    return _present(
        {
            "id": line.get("id"),
            "name": line.get("productName"),
            "quantityInfo": _present(
                {
                    "requestedQuantity": quantity,
                    "confirmedQuantity": quantity if left is None else max(min(quantity, left), 1),
                    "availableQuantity": left,
                    "fixedQuantity": line.get("fixedQuantity"),
                }
            ),
            "pricing": _present(
                {
                    "unitPrice": _money(price),
                    "totalPrice": _money(price * quantity),
                    "priceDescription": line.get("priceDescription"),
                    "priceUndetermined": line.get("priceUndetermined"),
                    "breakdown": {name: _money(amount_of(amount)) for name, amount in amounts.items() if amount},
                }
            ),
            "source": _present(
                {name: line.get(name) for name in ("catalogReference", "rootCatalogItemId")}
                | {"catalogOverrideFields": _overrides(line.get("catalogOverrideFields") or {})}
            ),
            "attributes": _present(
                {
                    "image": line.get("image") or line.get("media"),
                    "subscriptionInfo": line.get("subscriptionOptionInfo"),
                    **{name: line.get(name) for name in _ATTRIBUTES},
                }
            ),
            "deliveryConfig": _present({"deliveryProfileId": line.get("deliveryProfileId")}),
            "taxConfig": _present({name: line.get(name) for name in ("taxableAddress", "taxGroupId")}),
            "paymentConfig": _present({name: line.get(name) for name in _PAYMENT} | {"membership": _membership(line)}),
            "status": _STATUSES.get(str(availability.get("status")), "IN_STOCK"),
            "extendedFields": line.get("extendedFields"),
            "customLineItem": line.get("customLineItem", False),
        }
    )


_ATTRIBUTES = (
    *("descriptionLines", "url", "policies", "itemType", "physicalProperties", "serviceProperties", "membersOnly"),
)
"""Members of lines of V1 that are among the attributes of those of V2."""
_PAYMENT = ("savePaymentMethod", "consentRequiredPaymentPolicy", "paymentOption", "selectedMembership")
"""Those that say how a line is paid."""


def _overrides(fields: Entity) -> Entity:
    """Return overriding values as V2 names them."""
    return {{"productName": "name", "price": "salePrice"}.get(name, name): value for name, value in fields.items()}


def _membership(line: Entity) -> Entity:
    selected = line.get("selectedMembership") or {}
    existing_one = _present({"membershipId": selected.get("id"), "appId": selected.get("appId")})
    return _present({"existingMembership": existing_one})


def _money(amount: Decimal) -> Entity:
    return {"amount": str(amount), "convertedAmount": str(amount)}


def routes() -> Iterator[Route]:
    """The endpoint of Cart V2 that reads."""
    yield from endpoints([("GET", f"{PATH}/{{cartId}}", "carts-v2.get", fetching("cart", _of_id, "cartId"))])
