"""Carts of Cart V2 in the columns that carts and checkouts of Cart V1 and Checkout V1 have.

Cart V2 has one cart in place of a cart and its checkout. A record has the members of V2 as Wix sends them, and those of
V1 that V2 has under another name. Members that V2 does not have, such as the sums of a checkout and amounts formatted
for display, are absent.

Source: the typings of `@wix/auto_sdk_ecom_cart-v-2`, `@wix/auto_sdk_ecom_cart` and `@wix/auto_sdk_ecom_checkout`, and
https://dev.wix.com/docs/api-reference/business-solutions/e-commerce/purchase-flow/cart-v2/migration-guide
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_BOTH = {
    "buyerNote": "note",
    "buyerInfo.visitorId": "customerInfo.visitorId",
    "buyerInfo.memberId": "customerInfo.memberId",
    "buyerInfo.contactId": "customerInfo.contactId",
    "buyerInfo.email": "customerInfo.email",
    "currency": "businessInfo.currencyCode",
    "conversionCurrency": "customerInfo.currencyCode",
    "paymentCurrency": "paymentInfo.currencyCode",
    "siteLanguage": "businessInfo.languageCode",
    "buyerLanguage": "customerInfo.languageCode",
    "businessLocationId": "businessInfo.locationId",
    "weightUnit": "deliveryInfo.weightUnit",
}
"""Members of V1 and where V2 has them. "In Cart V2 the cart ID is the checkout ID", by Wix's typings."""
_CART = {
    **_BOTH,
    "checkoutId": "id",
    "buyerInfo.userId": "customerInfo.userId",
    "taxIncludedInPrices": "taxInfo.pricesIncludeTax",
    "overrideCheckoutUrl": "customCheckoutUrl",
    "selectedShippingOption.code": "deliveryInfo.method.code",
}
_CHECKOUT = {
    **_BOTH,
    "cartId": "id",
    "completed": "orderPlaced",
    "taxIncludedInPrice": "taxInfo.pricesIncludeTax",
    "taxExemptGroupId": "taxInfo.taxExemptGroupId",
    "channelType": "source.channelType",
    "createdBy": "source.createdBy",
    "customContentReference": "source.customContentReference",
    "externalReference": "source.externalReferences.0",
    "billingInfo.address": "paymentInfo.billingAddress",
    "billingInfo.contactDetails": "paymentInfo.billingContact",
    "shippingInfo.shippingDestination.address": "deliveryInfo.address",
    "shippingInfo.selectedCarrierServiceOption.code": "deliveryInfo.method.code",
    "shippingInfo.selectedCarrierServiceOption.title": "deliveryInfo.method.title.original",
    "giftCard.obfuscatedCode": "paymentInfo.giftCards.0.obfuscatedCode",
    "giftCard.appId": "paymentInfo.giftCards.0.appId",
    "giftCard.externalId": "paymentInfo.giftCards.0.externalId",
    "giftCard.requestedAmount": "paymentInfo.giftCards.0.requestedRedeemAmount",
    "customSettings.lockGiftCard": "settings.lockGiftCard",
    "customSettings.lockCouponCode": "settings.lockCouponCode",
    "customSettings.disabledPolicyAgreementCheckbox": "settings.policyAgreementCheckboxDisabled",
    "customSettings.disabledManualPayment": "settings.manualPaymentDisabled",
}
_OVERRIDDEN = (
    *("fullPrice", "descriptionLines", "physicalProperties", "image"),
    *("paymentOption", "depositAmount", "savePaymentMethod", "inventoryAppId"),
)
"""Members of `catalogOverrideFields` with the same names in V1 and V2."""
_LINES = {
    # V1 calls a line partially available whose available quantity "is less than requested".
    "quantity": "quantityInfo.requestedQuantity",
    "availability.quantityAvailable": "quantityInfo.availableQuantity",
    "fixedQuantity": "quantityInfo.fixedQuantity",
    "productName": "name",
    "catalogReference": "source.catalogReference",
    "catalogOverrideFields.productName": "source.catalogOverrideFields.name",
    "catalogOverrideFields.price": "source.catalogOverrideFields.salePrice",
    **{f"catalogOverrideFields.{name}": f"source.catalogOverrideFields.{name}" for name in _OVERRIDDEN},
    "rootCatalogItemId": "source.rootCatalogItemId",
    "price": "pricing.unitPrice",
    "lineItemPrice": "pricing.totalPrice",
    # "Catalog price before any discounts, with modifiers", and "after catalog-defined discounts and modifiers", by the
    # typings of V1 (`LineItemPricesData`); those of V2 say "including modifiers".
    "fullPrice": "pricing.breakdown.fullPrice",
    "priceBeforeDiscounts": "pricing.breakdown.salePrice",
    "priceDescription": "pricing.priceDescription",
    "priceUndetermined": "pricing.priceUndetermined",
    "modifiersTotalPrice": "pricing.breakdown.totalModifiersPrice",
    "descriptionLines": "attributes.descriptionLines",
    "url": "attributes.url",
    "policies": "attributes.policies",
    "itemType": "attributes.itemType",
    "physicalProperties": "attributes.physicalProperties",
    "subscriptionOptionInfo": "attributes.subscriptionInfo",
    "serviceProperties": "attributes.serviceProperties",
    "membersOnly": "attributes.membersOnly",
    "deliveryProfileId": "deliveryConfig.deliveryProfileId",
    "taxableAddress": "taxConfig.taxableAddress",
    "savePaymentMethod": "paymentConfig.savePaymentMethod",
    "consentRequiredPaymentPolicy": "paymentConfig.consentRequiredPaymentPolicy",
    "depositAmount": "paymentConfig.depositAmount",
    "paymentOption": "paymentConfig.paymentOption",
}
_LINES_OF_CARTS = {
    **_LINES,
    "image": "attributes.image",
    "taxGroupId": "taxConfig.taxGroupId",
    "selectedMembership.id": "paymentConfig.membership.existingMembership.membershipId",
    "selectedMembership.appId": "paymentConfig.membership.existingMembership.appId",
}
_LINES_OF_CHECKOUTS = {**_LINES, "media": "attributes.image"}
_DEPRECATED = {
    "selectedMembership.id": "paymentConfig.selectedMembership.id",
    "selectedMembership.appId": "paymentConfig.selectedMembership.appId",
}
"""Members of lines of carts that V2 may still have; `paymentConfig.membership` replaces them."""
_AVAILABILITY = {
    "IN_STOCK": "AVAILABLE",
    "PARTIALLY_IN_STOCK": "PARTIALLY_AVAILABLE",
    "OUT_OF_STOCK": "NOT_AVAILABLE",
    "REMOVED_FROM_CATALOG": "NOT_FOUND",
}


def cart_of_v1(cart: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cart of V2 with the members that a cart of V1 has.

    Of coupons V1 has the ID of the coupon, and V2 one within the cart, so only their codes are the same.
    """
    coupons = [{"coupon": {"code": each["code"]}} for each in cart.get("coupons") or () if (each or {}).get("code")]
    return {**_lifted(cart, _CART, _DEPRECATED, _LINES_OF_CARTS), "appliedDiscounts": coupons}


def checkout_of_v1(cart: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cart of V2 with the members that a checkout of V1 has."""
    return _lifted(cart, _CHECKOUT, _LINES_OF_CHECKOUTS)


def _lifted(cart: Mapping[str, Any], members: Mapping[str, str], *lines: Mapping[str, str]) -> dict[str, Any]:
    row = {**cart, **_renamed(cart, members)}
    if isinstance(cart.get("lineItems"), list):
        row["lineItems"] = [_line(each, *lines) if isinstance(each, dict) else each for each in cart["lineItems"]]
    return row


def _line(line: Mapping[str, Any], *members: Mapping[str, str]) -> dict[str, Any]:
    row = dict(line)
    for each in members:
        row |= _renamed(line, each)
    status = _AVAILABILITY.get(str(line.get("status")))
    return {**row, "availability": {"status": status, **row.get("availability", {})}} if status else row


def _renamed(row: Mapping[str, Any], members: Mapping[str, str]) -> dict[str, Any]:
    """Return the members that have a value, by their new paths."""
    renamed: dict[str, Any] = {}
    for path, place in members.items():
        value = _at(row, place)
        if value is not None:
            *parents, name = path.split(".")
            into = renamed
            for parent in parents:
                into = into.setdefault(parent, {})
            into[name] = value
    return renamed


def _at(row: Any, path: str) -> Any:
    """Return the value at a path of names and list indexes; None if there is none."""
    for step in path.split("."):
        if isinstance(row, dict):
            row = row.get(step)
        elif isinstance(row, list) and step.isdigit():
            row = row[int(step)] if int(step) < len(row) else None
        else:
            return None
    return row
