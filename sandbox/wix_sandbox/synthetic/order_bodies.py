"""Turns seed orders into the members of a Wix order: lines, discounts, tax, shipping, buyer."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wix_sandbox.resources.ecom_money import NOTHING, money
from wix_sandbox.site import STORES_APP_ID
from wix_sandbox.synthetic.model import cents
from wix_sandbox.synthetic.purchases import Delivery, Reduction

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.synthetic.purchases import SeedLine, SeedOrder
    from wix_sandbox.synthetic.references import ProductReference
    from wix_sandbox.values import Entity

_SHOP_ADDRESS = {
    "country": "US",
    "subdivision": "US-NY",
    "city": "Sampletown",
    "postalCode": "00501",
    "addressLine": "1 Placeholder Ave",
}


def order_members(site: Site, order: SeedOrder, buyer: Entity, references: list[ProductReference]) -> Entity:
    """What the shop knows of an order when it is placed; `buyer` is as `buyer_of` gives it."""
    lines = [_line(site, order, line, references[line.product.index]) for line in order.lines]
    details = buyer["details"]
    members: Entity = {
        "lineItems": lines,
        "buyerInfo": buyer["info"],
        "status": order.story.status,
        "buyerLanguage": "en",
        "siteLanguage": "en",
        "currencyConversionDetails": {"originalCurrency": site.currency, "conversionRate": "1"},
        "billingInfo": details,
        "recipientInfo": details,
        "taxInfo": _tax(site, order, lines),
        "channelInfo": {"type": order.story.channel},
        "checkoutId": site.new_id(),
        "purchaseFlowId": site.new_id(),
        "archived": order.story.archived,
        "seenByAHuman": order.seen,
        "imported": order.story.imported,
        "appliedDiscounts": _discounts(site, order, lines),
        "additionalFees": _fees(site, order),
    }
    if order.story.imported:
        members["channelInfo"]["externalOrderId"] = f"OLD-{order.index}"
    if order.delivery is not Delivery.NONE:
        members["shippingInfo"] = _shipping(site, order, details)
    if order.note:
        members["buyerNote"] = order.note
    if order.custom_fields:
        members["customFields"] = [{"title": title, "value": value} for title, value in order.custom_fields]
    return members


def buyer_of(site: Site, index: int, contact: Entity | None) -> Entity:
    """Who buys: `{"info": buyerInfo, "details": address and contact details}`; a guest is called by the index."""
    if contact is None:
        info = {"visitorId": site.new_id(), "email": f"guest.{index}@example.com"}
        names = {"firstName": "Guest", "lastName": str(index)}
        return {"info": info, "details": {"address": dict(_SHOP_ADDRESS), "contactDetails": names}}
    primary, known = contact.get("primaryInfo", {}), contact["info"]
    info = {"contactId": contact["id"]}
    if "email" in primary:
        info["email"] = primary["email"]
    member = contact.get("memberInfo", {}).get("memberId")
    info |= {"memberId": member} if member else {"visitorId": site.new_id()}
    name = known.get("name", {})
    parts = {"firstName": name.get("first"), "lastName": name.get("last"), "company": known.get("company")}
    parts["phone"] = primary.get("phone")
    addresses = known.get("addresses", {}).get("items")
    place = addresses[0]["address"] if addresses else dict(_SHOP_ADDRESS)
    details = {part: value for part, value in parts.items() if value}
    return {"info": info, "details": {"address": place, "contactDetails": details}}


def _line(site: Site, order: SeedOrder, line: SeedLine, reference: ProductReference) -> Entity:
    """One line item."""
    shippable = not line.product.digital
    body: Entity = {
        "id": site.new_id(),
        "productName": {"original": line.product.name},
        "quantity": line.quantity,
        "itemType": {"preset": "PHYSICAL" if shippable else "DIGITAL"},
        "physicalProperties": {"sku": line.variant.sku, "shippable": shippable, "weight": line.variant.weight or 0},
        "paymentOption": "FULL_PAYMENT_ONLINE",
        **_line_prices(order, line, site.currency),
    }
    if reference.product_id:
        body["catalogReference"] = catalog_reference(line, reference)
    if line.variant.choices:
        body["descriptionLines"] = description_lines(line)
    if reference.image:
        body["image"] = reference.image
    return body


def _line_prices(order: SeedOrder, line: SeedLine, currency: str) -> Entity:
    """Prices and tax of a line: the unit price is after the product's discount, the order's reduction comes on top."""
    unit = cents(line.product.selling_price(line.variant))
    full = unit * line.quantity
    percent = 0 if order.reduction is Reduction.NONE else order.reduction_percent
    off = cents(full * percent / 100)
    net = full - off
    tax = cents(net * order.tax_percent / 100)
    prices = {
        "price": cents(net / line.quantity),
        "priceBeforeDiscounts": unit,
        "totalDiscount": off,
        "lineItemPrice": net,
        "totalPriceBeforeTax": net,
        "totalPriceAfterTax": net + tax,
    }
    tax_info: Entity = {"taxAmount": money(tax, currency), "taxableAmount": money(net, currency)}
    tax_info |= {"taxRate": _rate(order), "taxIncludedInPrice": False}
    return {"taxInfo": tax_info} | {name: money(amount, currency) for name, amount in prices.items()}


def _choices(line: SeedLine) -> list[tuple[str, str, str | None]]:
    pairs = zip(line.product.options, line.variant.choices, strict=True)
    return [(option.name, choice.name, choice.color) for option, choice in pairs]


def catalog_reference(line: SeedLine, reference: ProductReference) -> Entity:
    """What a line item says of its product and variant."""
    options: Entity = {}
    variant_id = reference.variant_id(line.position)
    if variant_id:
        options["variantId"] = variant_id
    if line.variant.choices:
        options["options"] = {name: choice for name, choice, _ in _choices(line)}
    body = {"catalogItemId": reference.product_id, "appId": STORES_APP_ID}
    return body | ({"options": options} if options else {})


def description_lines(line: SeedLine) -> list[Entity]:
    """The choices of a line as buyers read them."""
    return [_description_line(*each) for each in _choices(line)]


def _description_line(option: str, choice: str, color: str | None) -> Entity:
    value: Entity = {"plainText": {"original": choice}}
    if color:
        value = {"colorInfo": {"original": choice, "code": color}}
    return {"name": {"original": option}, **value}


def _rate(order: SeedOrder) -> str:
    return format((order.tax_percent / 100).normalize(), "f")


def _amount(line: Entity, name: str) -> Decimal:
    return Decimal(line[name]["amount"])


def _tax(site: Site, order: SeedOrder, lines: list[Entity]) -> Entity:
    total = money(sum((Decimal(line["taxInfo"]["taxAmount"]["amount"]) for line in lines), NOTHING), site.currency)
    info: Entity = {"totalTax": total, "taxExempt": False}
    if order.tax_percent:
        row = {"taxName": "Sales Tax", "jurisdiction": "Sample State", "jurisdictionType": "STATE"}
        info["taxBreakdown"] = [row | {"rate": _rate(order), "aggregatedTaxAmount": total}]
    return info


def _discounts(site: Site, order: SeedOrder, lines: list[Entity]) -> list[Entity]:
    total = sum((_amount(line, "totalDiscount") for line in lines), NOTHING)
    if not total:
        return []
    amount, percent = money(total, site.currency), order.reduction_percent
    kinds: dict[Reduction, Any] = {
        Reduction.COUPON: {"coupon": {"id": site.new_id(), "code": f"SAVE{percent}", "name": f"{percent} % off"}},
        Reduction.MERCHANT: {"merchantDiscount": {"description": "For the wait", "discountReason": "UNSPECIFIED"}},
        Reduction.RULE: {"discountRule": {"id": site.new_id(), "name": {"original": f"{percent} % for two or more"}}},
    }
    source: Entity = kinds[order.reduction]
    for value in source.values():
        value["amount"] = amount
    each = [{"id": line["id"], "totalDiscount": line["totalDiscount"]} for line in lines]
    return [{"id": site.new_id(), "discountType": "GLOBAL", **source, "lineItemDiscounts": each}]


def _fees(site: Site, order: SeedOrder) -> list[Entity]:
    if order.fee is None:
        return []
    fee = {"id": site.new_id(), "code": "gift-wrap", "name": "Gift wrap", "source": "MANUAL"}
    price = money(order.fee, site.currency)
    return [fee | {"price": price, "priceBeforeTax": price, "priceAfterTax": price}]


def _shipping(site: Site, order: SeedOrder, details: Entity) -> Entity:
    price = money(order.shipping_cost, site.currency)
    cost = {"price": price, "totalPriceBeforeTax": price, "totalPriceAfterTax": price}
    cost |= {"discount": money(NOTHING, site.currency)}
    if order.delivery is Delivery.PICKUP:
        pickup = {"address": dict(_SHOP_ADDRESS), "pickupMethod": "STORE_PICKUP"}
        logistics: Entity = {"pickupDetails": pickup, "instructions": "Ring the bell at the yard."}
        return {"code": "pickup", "title": "Store Pickup", "logistics": logistics, "cost": cost}
    logistics = {"shippingDestination": details, "deliveryTime": "3-5 business days"}
    region = {"name": "Domestic" if details["address"].get("country") == "US" else "International"}
    return {"code": "standard", "title": "Standard Shipping", "logistics": logistics, "cost": cost, "region": region}
