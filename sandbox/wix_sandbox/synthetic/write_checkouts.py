"""Writes the seed's abandoned checkouts, the carts behind them, and invoices of its orders."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from wix_sandbox.clock import wire_time
from wix_sandbox.resources import carts, contacts_store, ecom_orders, invoices
from wix_sandbox.resources.ecom_money import formatted
from wix_sandbox.synthetic.checkouts import checkouts
from wix_sandbox.synthetic.model import cents
from wix_sandbox.synthetic.order_bodies import buyer_of, catalog_reference, description_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wix_sandbox.site import Site
    from wix_sandbox.synthetic.checkouts import SeedCheckout
    from wix_sandbox.synthetic.purchases import SeedLine
    from wix_sandbox.synthetic.references import ProductReference
    from wix_sandbox.synthetic.shop import SeedShop
    from wix_sandbox.values import Entity

INVOICES = 12
KEPT_CARTS = 1000
"""Carts of the latest checkouts; older ones are gone, as carts are."""
LONGEST_EMAIL = 50


def write_checkouts(
    site: Site, shop: SeedShop, count: int, contact_ids: Sequence[str], references: Sequence[ProductReference]
) -> None:
    """Writes so many abandoned checkouts, and the carts of the latest of them."""
    for checkout in checkouts(shop, count):
        known = None if checkout.contact is None else contact_ids[checkout.contact]
        contact = None if known is None else site.store.get(contacts_store.KIND, known)
        entity = _checkout(site, checkout, buyer_of(site, checkout.index, contact), references)
        site.store.insert(carts.CHECKOUTS, entity)
        if checkout.index >= count - KEPT_CARTS:
            site.store.insert(carts.CARTS, _cart(entity))


def write_invoices(site: Site) -> None:
    """Writes an invoice for the first orders that are paid and whose buyer is known."""
    written = 0
    for order in site.store.all(ecom_orders.KIND):
        if written == INVOICES:
            return
        if order["paymentStatus"] == "PAID" and order["buyerInfo"].get("contactId"):
            invoices.add(site, order["id"], {"id": site.new_id(), "appId": invoices.INVOICES_APP_ID})
            written += 1


def _checkout(site: Site, checkout: SeedCheckout, buyer: Entity, references: Sequence[ProductReference]) -> Entity:
    total = sum((_price(line) * line.quantity for line in checkout.lines), Decimal(0))
    checkout_id = site.new_id()
    entity: Entity = {
        "id": site.new_id(),
        "createdDate": wire_time(checkout.created),
        "updatedDate": wire_time(checkout.updated),
        "checkoutId": checkout_id,
        "cartId": site.new_id(),
        "status": "RECOVERED" if checkout.recovered else "ABANDONED",
        "buyerLanguage": "en",
        "buyerInfo": {key: value for key, value in buyer["info"].items() if len(value) <= LONGEST_EMAIL},
        "contactDetails": buyer["details"]["contactDetails"],
        "currency": site.currency,
        "conversionCurrency": site.currency,
        "totalPrice": _money(total, site.currency),
        "subtotalPrice": _money(total, site.currency),
        "activities": [],
        "checkoutUrl": f"https://www.example.com/checkout?checkoutId={checkout_id}",
        "lineItems": [_line(site, line, references[line.product.index]) for line in checkout.lines],
        "appliedDiscounts": [],
    }
    if checkout.reminded:
        entity["activities"] = [{"createdDate": wire_time(checkout.reminded), "type": "EMAIL_SENT"}]
    if checkout.recovered:
        entity["checkoutRecoveredDate"] = wire_time(checkout.recovered)
    return entity


def _line(site: Site, line: SeedLine, reference: ProductReference) -> Entity:
    price, shippable = _money(_price(line), site.currency), not line.product.digital
    body: Entity = {
        "id": site.new_id(),
        "quantity": line.quantity,
        "productName": {"original": line.product.name},
        "price": price,
        "priceBeforeDiscounts": price,
        "descriptionLines": description_lines(line),
        "physicalProperties": {"sku": line.variant.sku, "shippable": shippable, "weight": line.variant.weight or 0},
    }
    if reference.product_id:
        body["catalogReference"] = catalog_reference(line, reference)
    if reference.image:
        body["image"] = reference.image
    return body


def _price(line: SeedLine) -> Decimal:
    return cents(line.product.selling_price(line.variant))


def _money(amount: Decimal, currency: str) -> Entity:
    """A price of a checkout: the same twice, since the shop converts nothing."""
    text, shown = str(amount), formatted(amount, currency)
    return {"amount": text, "convertedAmount": text, "formattedAmount": shown, "formattedConvertedAmount": shown}


def _cart(checkout: Entity) -> Entity:
    """The cart that a checkout came from."""
    lines = [
        {
            **line,
            "fullPrice": line["price"],
            "availability": {"status": "AVAILABLE"},
            "itemType": {"preset": "PHYSICAL" if line["physicalProperties"]["shippable"] else "DIGITAL"},
            "paymentOption": "FULL_PAYMENT_ONLINE",
        }
        for line in checkout["lineItems"]
    ]
    return {
        "id": checkout["cartId"],
        "revision": "1",
        "lineItems": lines,
        "buyerInfo": checkout["buyerInfo"],
        "currency": checkout["currency"],
        "conversionCurrency": checkout["conversionCurrency"],
        "paymentCurrency": checkout["currency"],
        "buyerLanguage": checkout["buyerLanguage"],
        "siteLanguage": "en",
        "taxIncludedInPrices": False,
        "weightUnit": "KG",
        "checkoutId": checkout["checkoutId"],
        "appliedDiscounts": [],
        "createdDate": checkout["createdDate"],
        "updatedDate": checkout["createdDate"],
    }
