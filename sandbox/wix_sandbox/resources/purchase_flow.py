"""What buyers do: carts are filled, a cart becomes a checkout, and a checkout an order.

https://dev.wix.com/docs/rest/business-solutions/e-commerce/purchase-flow/cart/introduction
https://dev.wix.com/docs/rest/business-solutions/e-commerce/purchase-flow/checkout/introduction

Lines are snapshots of the product at the time of the write.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from wix_sandbox.auth import APP_ID
from wix_sandbox.errors import bad_request, error_400, not_found, required
from wix_sandbox.handlers import acting, endpoints
from wix_sandbox.options import StoreCatalog
from wix_sandbox.resource import merged, stamped
from wix_sandbox.resources import carts, ecom_orders
from wix_sandbox.resources.carts import CART, CARTS, CHECKOUT, CHECKOUTS
from wix_sandbox.resources.ecom_orders import NOTHING, amount_of, money
from wix_sandbox.resources.stores_v1 import inventory as inventory_v1
from wix_sandbox.site import STORES_APP_ID
from wix_sandbox.values import filled, given, only, without
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

_UNAVAILABLE = frozenset({"NOT_AVAILABLE", "NOT_FOUND"})
_PAID_IN_MONEY = frozenset({"FULL_PAYMENT_ONLINE", "FULL_PAYMENT_OFFLINE"})
_OF_CHECKOUTS = ("billingInfo", "shippingInfo", "buyerInfo", "buyerNote", "customFields", "extendedFields")
"""Members that an update of a checkout changes."""
_COPIED = (
    *("buyerInfo", "buyerNote", "currency", "conversionCurrency", "paymentCurrency", "buyerLanguage", "siteLanguage"),
    *("weightUnit", "purchaseFlowId", "businessLocationId", "extendedFields"),
)
"""Members that a checkout has from its cart."""
_OF_LINES = (
    *("id", "quantity", "catalogReference", "productName", "descriptionLines", "physicalProperties"),
    *("itemType", "paymentOption"),
)
"""Members that a line of an order has from its checkout."""


class Offer(NamedTuple):
    """A variant of a product, as it is sold now."""

    name: str
    price: Decimal
    full_price: Decimal
    sku: str
    weight: float
    is_shippable: bool
    choices: dict[str, str]
    """Names of choices by the names of their options."""
    image: Entity | None
    left: int | None
    """Quantity in stock; None if it is not counted and there is some."""


def price(amount: Decimal, currency: str) -> Entity:
    """Return a price of a cart: amount and converted amount are equal, since the shop converts nothing."""
    return carts.converted(money(amount, currency))


def _offer_v3(site: Site, product: Entity, options: Entity) -> Offer | None:
    variants = product["variantsInfo"]["variants"]
    variant = next((each for each in variants if each["id"] == options.get("variantId")), None)
    if variant is None:
        return None
    stock = next(iter(site.store.find("inventory_items", "variantId", variant["id"])), None)
    actual = amount_of(variant["price"]["actualPrice"])
    names = [each["optionChoiceNames"] for each in variant.get("choices", ())]
    return Offer(
        product["name"],
        actual,
        amount_of(variant["price"].get("compareAtPrice")) or actual,
        variant.get("sku", ""),
        (variant.get("physicalProperties") or {}).get("weight", 0),
        product["productType"] == "PHYSICAL",
        {each["optionName"]: each["choiceName"] for each in names},
        product.get("media", {}).get("main", {}).get("image"),
        None if stock is None else _left(stock, stock["trackQuantity"], stock["availabilityStatus"] == "IN_STOCK"),
    )


def _offer_v1(site: Site, product: Entity, options: Entity) -> Offer | None:
    name, value = (
        ("id", options["variantId"]) if options.get("variantId") else ("choices", options.get("options") or {})
    )
    variant = next((each for each in product["variants"] if each[name] == value), None)
    if variant is None:
        return None
    item = inventory_v1.item_of(site, "productId", product["id"])
    stock = next((each for each in item["variants"] if each["variantId"] == variant["id"]), None)
    main = product.get("media", {}).get("mainMedia", {})
    prices = variant["variant"]["priceData"]
    return Offer(
        product["name"],
        Decimal(str(prices["discountedPrice"])),
        Decimal(str(prices["price"])),
        variant["variant"].get("sku", ""),
        variant["variant"].get("weight", 0),
        product["productType"] == "physical",
        dict(variant["choices"]),
        {"id": main["id"], **main["image"]} if "image" in main else None,
        None if stock is None else _left(stock, item["trackQuantity"], stock["inStock"]),
    )


def _left(stock: Entity, is_counted: bool, is_there: bool) -> int | None:  # noqa: FBT001 - both follow from one row
    if is_counted:
        return max(int(stock.get("quantity", 0)), 0)
    return None if is_there else 0


_OFFERS: dict[StoreCatalog, Callable[[Site, Entity, Entity], Offer | None]] = {
    StoreCatalog.V3: _offer_v3,
    StoreCatalog.V1: _offer_v1,
}


def _offer(site: Site, reference: Entity) -> Offer | None:
    """Return the variant that a line refers to; None for one of another app, or that the catalog does not find."""
    product = site.store.get("products", str(reference.get("catalogItemId")))
    if product is None or reference.get("appId") != STORES_APP_ID:
        return None
    return _OFFERS[site.catalog](site, product, reference.get("options") or {})


def _available(left: int | None, quantity: int) -> Entity:
    if left is None:
        return {"status": "AVAILABLE"}
    status = "NOT_AVAILABLE" if left == 0 else "PARTIALLY_AVAILABLE" if left < quantity else "AVAILABLE"
    return {"status": status, "quantityAvailable": left}


_OF_CUSTOM_LINES = (
    *("productName", "url", "itemType", "descriptionLines", "physicalProperties", "catalogReference", "policies"),
    *("priceDescription", "priceUndetermined", "fixedQuantity", "membersOnly", "serviceProperties", "taxGroupId"),
    *("rootCatalogItemId", "deliveryProfileId", "taxableAddress"),
)
"""Members that a custom line has as they were sent."""


def _catalog_line(site: Site, body: Entity) -> Entity | None:
    """Return the line of a catalog item, or None if the catalog does not find it.

    Choice: an item that is not found makes no line; without a variant, that was seen live.

    Raises:
        WixError: 400 for a membership: products of Wix Stores are not paid with one.
    """
    if body.get("selectedMembership"):
        code = "CANT_ADD_SELECTED_MEMBERSHIP_FOR_NON_MEMBERSHIP_ITEM"
        raise error_400(code, "A product cannot be paid with a membership")
    reference, quantity = body["catalogReference"], body.get("quantity") or 1
    offer = _offer(site, reference)
    if offer is None:
        return None
    now, before = price(offer.price, site.currency), price(offer.full_price, site.currency)
    return {
        "id": site.new_id(),
        "quantity": quantity,
        "catalogReference": reference,
        "productName": {"original": offer.name, "translated": offer.name},
        "price": now,
        "priceBeforeDiscounts": now,
        "fullPrice": before,
        "descriptionLines": [
            {"name": {"original": option}, "plainText": {"original": choice}}
            for option, choice in offer.choices.items()
        ],
        **({"image": offer.image} if offer.image else {}),
        "availability": _available(offer.left, quantity),
        "physicalProperties": {"sku": offer.sku, "weight": offer.weight, "shippable": offer.is_shippable},
        "itemType": {"preset": "PHYSICAL" if offer.is_shippable else "DIGITAL"},
        "paymentOption": "FULL_PAYMENT_ONLINE",
        **carts.LINE_FLAGS,
    }


def _custom_line(site: Site, body: Entity) -> Entity:
    now = price(Decimal(body.get("price") or 0), site.currency)
    return {
        "id": site.new_id(),
        "quantity": body.get("quantity") or 1,
        "price": now,
        "priceBeforeDiscounts": now,
        "fullPrice": price(Decimal(body.get("fullPrice") or body.get("price") or 0), site.currency),
        "availability": {"status": "AVAILABLE"},
        "paymentOption": body.get("paymentOption") or "FULL_PAYMENT_ONLINE",
        **carts.LINE_FLAGS,
        "customLineItem": True,
        **given(only(body, *_OF_CUSTOM_LINES)),
    }


def _with_lines(site: Site, holder: Entity, body: Entity) -> Entity:
    """Return a cart or checkout with the lines of a request added.

    Choice: an item that is there already raises the quantity of its line, also in an update. Coupons and gift cards are
    refused.

    Raises:
        WixError: 400 for a coupon or gift card, and for a line that is refused.
    """
    for name in ("couponCode", "giftCardCode"):
        if body.get(name):
            raise bad_request(f"{name}: the sandbox applies no coupons and gift cards")
    lines = [dict(each) for each in holder.get("lineItems", ())]
    for each in body.get("lineItems") or ():
        known = next((line for line in lines if line.get("catalogReference") == each["catalogReference"]), None)
        added = _catalog_line(site, each)
        if added is not None and known is not None:
            known["quantity"] += added["quantity"]
            known["availability"] = _available(added["availability"].get("quantityAvailable"), known["quantity"])
        elif added is not None:
            lines.append(added)
    lines += [_custom_line(site, each) for each in body.get("customLineItems") or ()]
    return {**holder, "lineItems": lines}


def _create_cart(call: Call) -> Entity:
    """Answer POST carts: `{cartInfo, lineItems, customLineItems}` to `{cart}`; 400 without items."""
    site, body = call.site, call.body
    if not (body.get("lineItems") or body.get("customLineItems")):
        raise error_400("CANT_CREATE_CART_WITHOUT_ITEMS", "A cart cannot be created without items")
    own = {
        **dict.fromkeys(("currency", "conversionCurrency", "paymentCurrency"), site.currency),
        **dict.fromkeys(("buyerLanguage", "siteLanguage"), site.language),
        "taxIncludedInPrices": False,
        "weightUnit": "KG",
        "appliedDiscounts": [],
        "purchaseFlowId": site.new_id(),
    }
    info = clean("cart", body.get("cartInfo") or {}, "cartInfo")
    cart = stamped(site, own | without(info, *own))
    return {"cart": site.store.insert(CARTS, _with_lines(site, cart, body))}


def _update_cart(call: Call) -> Entity:
    """Answer PATCH carts/id: `{cartInfo, lineItems, customLineItems}` to `{cart}`.

    Raises:
        WixError: 404 for an unknown cart, 400 for another contact of a member.
    """
    site, cart = call.site, CART.fetch(call.site, call.parameter("id"))
    info = clean("cart", call.body.get("cartInfo") or {}, "cartInfo")
    if "contactId" in (info.get("buyerInfo") or {}) and (cart.get("buyerInfo") or {}).get("memberId"):
        code = "CAN_ONLY_UPDATE_CONTACT_ID_FOR_NOT_LOGGED_IN_CUSTOMER"
        raise error_400(code, "The contact of a cart of a member cannot be changed")
    return {"cart": CART.save(site, _with_lines(site, merged(cart, info), call.body))}


def _add_to_cart(call: Call) -> Entity:
    """Answer POST carts/id/add-to-cart: `{lineItems, customLineItems, businessLocationId}` to `{cart}`.

    Raises:
        WixError: 404 for an unknown cart, 400 for a cart of another location.
    """
    cart, location = CART.fetch(call.site, call.parameter("id")), call.body.get("businessLocationId")
    if location and cart.get("businessLocationId", location) != location:
        code = "CART_IS_ALREADY_ASSOCIATED_WITH_DIFFERENT_LOCATION"
        raise error_400(code, f"Cart {cart['id']} belongs to location {cart['businessLocationId']}")
    more = {"businessLocationId": location} if location else {}
    return {"cart": CART.save(call.site, _with_lines(call.site, cart | more, call.body))}


def _remove_lines(call: Call) -> Entity:
    """Answer POST carts/id/remove-line-items: `{lineItemIds}` to `{cart}`; unknown ids are passed over."""
    cart = CART.fetch(call.site, call.parameter("id"))
    lines = [each for each in cart["lineItems"] if each["id"] not in call.items("lineItemIds")]
    return {"cart": CART.save(call.site, {**cart, "lineItems": lines})}


def _set_quantities(call: Call) -> Entity:
    """Answer POST carts/id/update-line-items-quantity: `{lineItems: [{id, quantity}]}` to `{cart}`.

    More than there is in stock becomes what there is in stock, as documented; that may be 0.

    Raises:
        WixError: 404 for an unknown cart or line.
    """
    cart = CART.fetch(call.site, call.parameter("id"))
    lines = {each["id"]: dict(each) for each in cart["lineItems"]}
    for each in call.items("lineItems"):
        line = lines.get(str(each.get("id")))
        if line is None:
            raise not_found("Line item", str(each.get("id")))
        if each.get("quantity") is None:
            raise required("lineItems.quantity")
        offer = _offer(call.site, line.get("catalogReference") or {})
        left = None if offer is None else offer.left
        line["quantity"] = each["quantity"] if left is None else min(each["quantity"], left)
        line["availability"] = _available(left, line["quantity"])
    return {"cart": CART.save(call.site, {**cart, "lineItems": list(lines.values())})}


def _create_checkout(call: Call) -> Entity:
    """Answer POST carts/id/create-checkout with `{checkoutId}`; a checkout of the cart that is open is updated.

    Raises:
        WixError: 404 for an unknown cart, 400 without a channel, for an address without an email, and for lines that
            cannot be bought.
    """
    site, body = call.site, call.body
    cart = CART.fetch(site, call.parameter("id"))
    _check_checkout(cart, body)
    known = site.store.get(CHECKOUTS, cart.get("checkoutId", ""))
    if known is None or known["completed"]:
        known = _new_checkout(site, cart)
    checkout = known | only(cart, *_COPIED) | {"channelType": body["channelType"]}
    checkout["lineItems"] = cart["lineItems"]
    checkout["buyerInfo"] = merged(cart.get("buyerInfo") or {}, _named(body, email="email"))
    billing = merged(cart.get("contactInfo") or {}, known.get("billingInfo", {}))
    checkout["billingInfo"] = merged(billing, _named(body, billingAddress="address"))
    shipping = merged(
        known.get("shippingInfo", {}), _named(body, selectedShippingOption="selectedCarrierServiceOption")
    )
    shipping |= _named(cart, selectedShippingOption="selectedCarrierServiceOption")
    if body.get("shippingAddress"):
        shipping["shippingDestination"] = {**checkout["billingInfo"], "address": body["shippingAddress"]}
    _save_checkout(site, {**checkout, "shippingInfo": shipping})
    if cart.get("checkoutId") != checkout["id"]:
        CART.save(site, {**cart, "checkoutId": checkout["id"]})
    return {"checkoutId": checkout["id"]}


def _named(body: Entity, **names: str) -> Entity:
    """Return some members of a body under other names, without those that are absent or empty."""
    return {new: body[name] for name, new in names.items() if body.get(name)}


def _check_checkout(cart: Entity, body: Entity) -> None:
    buyer = cart.get("buyerInfo") or {}
    if not body.get("channelType"):
        raise required("channelType")
    has_address = body.get("billingAddress") or body.get("shippingAddress")
    if has_address and not (buyer.get("memberId") or buyer.get("email") or body.get("email")):
        raise required("email")
    for line in cart["lineItems"]:
        _check_line(line)


def _check_line(line: Entity) -> None:
    if line["quantity"] == 0:
        raise error_400("LINE_ITEM_WITH_ZERO_QUANTITY", f"Line item {line['id']} has no quantity")
    if line.get("customLineItem") and line["paymentOption"] not in _PAID_IN_MONEY:
        code = "CUSTOM_LINE_ITEM_ONLY_ACCEPTS_PAYMENTS_ONLINE_AND_OFFLINE"
        raise error_400(code, f"Custom line item {line['id']} cannot be paid as {line['paymentOption']}")


def _new_checkout(site: Site, cart: Entity) -> Entity:
    return {
        "id": site.new_id(),
        "cartId": cart["id"],
        "completed": False,
        "taxIncludedInPrice": False,
        "createdBy": {"appId": APP_ID},
        "appliedDiscounts": [],
        "additionalFees": [],
        "customFields": [],
        "violations": [],
        "createdDate": site.now(),
    }


def _save_checkout(site: Site, checkout: Entity) -> Entity:
    """Store a checkout with its sums and its date."""
    sums = [amount_of(each["price"]) * each["quantity"] for each in checkout["lineItems"]]
    total, nothing = (price(each, site.currency) for each in (sum(sums, NOTHING), NOTHING))
    names = dict.fromkeys(("shipping", "tax", "discount", "additionalFees"), nothing)
    checkout["priceSummary"] = {"subtotal": total, **names, "total": total}
    checkout["updatedDate"] = site.now()
    checkout["lineItems"] = [carts.line_of_checkout(each) for each in checkout["lineItems"]]
    site.store.table(CHECKOUTS).put(checkout)
    return checkout


def _update_checkout(call: Call) -> Entity:
    """Answer PATCH checkouts/id: `{checkout, lineItems, customLineItems}` to `{checkout}`.

    Raises:
        WixError: 404 for an unknown checkout, 400 for an empty request, and for one that removes the buyer's email.
    """
    site, checkout = call.site, CHECKOUT.fetch(call.site, call.parameter("id"))
    info = only(call.body.get("checkout") or {}, *_OF_CHECKOUTS)
    if not (
        info or any(call.body.get(name) for name in ("lineItems", "customLineItems", "couponCode", "giftCardCode"))
    ):
        raise required("checkout")
    changed = merged(checkout, info)
    if (checkout.get("buyerInfo") or {}).get("email") and not (changed.get("buyerInfo") or {}).get("email"):
        raise required("checkout.buyerInfo.email")
    return {"checkout": _save_checkout(site, _with_lines(site, changed, call.body))}


def _mark_as_completed(site: Site, checkout_id: str) -> None:
    """Complete a checkout whose order another system took."""
    carts.complete(site, CHECKOUT.fetch(site, checkout_id)["id"])


def _create_order(call: Call) -> Entity:
    """Answer POST checkouts/id/create-order with `{orderId}`, and `paymentGatewayOrderId` of an order to be paid.

    An order that is free completes its checkout at once, any other one with its payment. Choice: a line that is partly
    in stock is ordered with its whole quantity, and its stock becomes negative.

    Raises:
        WixError: 404 for an unknown checkout, 400 for one that lacks what an order needs.
    """
    site, checkout = call.site, CHECKOUT.fetch(call.site, call.parameter("id"))
    _check_order(site, checkout)
    shared = ("buyerInfo", "buyerNote", "billingInfo", "purchaseFlowId", "currency")
    body = filled(only(checkout, *shared)) | {
        "lineItems": [_order_line(each) for each in checkout["lineItems"]],
        "checkoutId": checkout["id"],
        "channelInfo": {"type": checkout["channelType"]},
        "currencyConversionDetails": {"originalCurrency": checkout["currency"], "conversionRate": "1"},
        "taxIncludedInPrices": checkout["taxIncludedInPrice"],
        **_shipped(checkout.get("shippingInfo") or {}),
    }
    order = ecom_orders.create(site, body, {})
    to_pay = {"paymentGatewayOrderId": site.new_id()} if order["status"] != "APPROVED" else {}
    return {"orderId": order["id"], **to_pay}


def _shipped(shipping: Entity) -> Entity:
    """Return the members of an order that say where it goes."""
    if "shippingDestination" not in shipping:
        return {}
    destination, option = shipping["shippingDestination"], shipping.get("selectedCarrierServiceOption") or {}
    return {
        "recipientInfo": destination,
        "shippingInfo": {
            "title": option.get("code", ""),
            **only(option, "carrierId", "code", "title"),
            "logistics": {"shippingDestination": destination},
            "cost": {"price": {"amount": "0"}},
        },
    }


def _order_line(line: Entity) -> Entity:
    prices = {name: only(line[name], "amount", "formattedAmount") for name in ("price", "priceBeforeDiscounts")}
    image = {"image": line["media"]} if "media" in line else {}
    return only(line, *_OF_LINES) | image | prices


def _check_order(site: Site, checkout: Entity) -> None:
    """Refuse a checkout that lacks what an order needs with 400, and the code that Wix's client declares, if any."""
    if checkout["completed"]:
        raise error_400("CHECKOUT_ALREADY_PAID", f"Checkout {checkout['id']} is paid already")
    if site.store.first(ecom_orders.KIND, "checkoutId", checkout["id"]) is not None:
        raise error_400("CHECKOUT_PAYMENT_ALREADY_IN_PROGRESS", f"Checkout {checkout['id']} has an order to be paid")
    lines = checkout["lineItems"]
    if not lines:
        raise error_400("EMPTY_CHECKOUT", f"Checkout {checkout['id']} has no line items")
    gone = [each for each in lines if _status_now(site, each) in _UNAVAILABLE]
    if gone:
        code = "FULL_OUT_OF_STOCK" if len(gone) == len(lines) else "PARTIAL_OUT_OF_STOCK"
        raise error_400(code, f"Not in stock: {', '.join(each['productName']['original'] for each in gone)}")
    if amount_of(checkout["priceSummary"]["total"]) > 0 and not checkout.get("billingInfo", {}).get("address"):
        raise required("billingInfo.address")
    if any((each.get("physicalProperties") or {}).get("shippable") for each in lines):
        _check_shipping(checkout)


def _check_shipping(checkout: Entity) -> None:
    """Refuse a checkout without an address or a way of shipping with 400.

    Choice: a sandbox has no carriers, so every shipping option is accepted and costs nothing.
    """
    shipping = checkout.get("shippingInfo") or {}
    if not shipping.get("shippingDestination", {}).get("address"):
        raise required("shippingInfo.shippingDestination.address")
    if not shipping.get("selectedCarrierServiceOption"):
        raise error_400("NO_SELECTED_CARRIER_SERVICE_OPTION", f"Checkout {checkout['id']} has no way of shipping")


def _status_now(site: Site, line: Entity) -> str:
    if line.get("customLineItem") or "catalogReference" not in line:
        return "AVAILABLE"
    offer = _offer(site, line["catalogReference"])
    return "NOT_FOUND" if offer is None else str(_available(offer.left, line["quantity"])["status"])


ROUTES = endpoints(
    ("POST", CART.base, "carts.create", _create_cart),
    ("PATCH", CART.one, "carts.update", _update_cart),
    ("POST", f"{CART.one}/add-to-cart", "carts.add-to-cart", _add_to_cart),
    ("POST", f"{CART.one}/remove-line-items", "carts.remove-line-items", _remove_lines),
    ("POST", f"{CART.one}/update-line-items-quantity", "carts.update-line-items-quantity", _set_quantities),
    ("POST", f"{CART.one}/create-checkout", "carts.create-checkout", _create_checkout),
    ("PATCH", CHECKOUT.one, "checkouts.update", _update_checkout),
    ("POST", f"{CHECKOUT.one}/mark-as-completed", "checkouts.mark-as-completed", acting(_mark_as_completed)),
    ("POST", f"{CHECKOUT.one}/create-order", "checkouts.create-order", _create_order),
)
