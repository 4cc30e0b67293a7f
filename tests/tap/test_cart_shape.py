"""Carts of Cart V2 with everything that Wix's typings have, in the columns of Cart V1 and Checkout V1."""

from __future__ import annotations

from typing import Any

import pytest

from tap_wix.cart_shape import cart_of_v1, checkout_of_v1
from tests.contracts.shapes import complaints, entity

ID, OTHER = "8dae3b61-d16c-4499-ad32-3c4389045319", "f95198e3-e1c8-4d6a-98fa-9ed921ad12f3"
PRICE = {"amount": "12.50", "convertedAmount": "11.00"}
ADDRESS = {"country": "US", "addressLine": "1 Placeholder Ave", "geocode": {"latitude": 1.5, "longitude": 2.5}}
PERSON = {"firstName": "Hana", "lastName": "Kapok"}
PAGE = {"relativePath": "/product-page/mug", "url": "https://www.example.com/product-page/mug"}
LINE = {
    "id": OTHER,
    "name": {"original": "Mug", "translated": "Becher"},
    "quantityInfo": {"requestedQuantity": 5, "confirmedQuantity": 3, "availableQuantity": 3, "fixedQuantity": False},
    "pricing": {
        "unitPrice": PRICE,
        "totalPrice": {"amount": "37.50", "convertedAmount": "33.00"},
        "breakdown": {"fullPrice": {"amount": "20"}, "salePrice": {"amount": "15"}},
    },
    "source": {
        "catalogReference": {"catalogItemId": ID, "appId": OTHER},
        "catalogOverrideFields": {"name": {"original": "Cup"}, "salePrice": "12.5", "fullPrice": "20"},
        "rootCatalogItemId": ID,
    },
    "attributes": {
        "url": PAGE,
        "image": {"id": "a.jpg", "url": "https://www.example.com/a.jpg", "height": 10, "width": 10},
        "itemType": {"preset": "PHYSICAL"},
        "subscriptionInfo": {"title": {"original": "Monthly"}},
    },
    "deliveryConfig": {"deliveryProfileId": ID},
    "taxConfig": {"taxGroupId": ID, "taxableAddress": {"addressType": "SHIPPING"}},
    "paymentConfig": {
        "paymentOption": "MEMBERSHIP",
        "selectedMembership": {"id": OTHER, "appId": ID},
        "membership": {"existingMembership": {"appId": OTHER, "membershipId": ID}},
    },
    "status": "PARTIALLY_IN_STOCK",
    "customLineItem": False,
}
CART: dict[str, Any] = {
    "id": ID,
    "createdDate": "2026-01-31T12:30:00.000Z",
    "revision": "3",
    "lineItems": [LINE],
    "note": "Ring twice.",
    "coupons": [{"id": OTHER, "code": "WELCOME"}],
    "source": {
        "channelType": "WEB",
        "createdBy": {"visitorId": OTHER},
        "externalReferences": [{"appId": OTHER, "resourceId": "7"}],
    },
    "businessInfo": {"locationId": OTHER, "languageCode": "en", "currencyCode": "USD"},
    "customerInfo": {"userId": ID, "email": "buyer@example.com", "languageCode": "de", "currencyCode": "EUR", **PERSON},
    "deliveryInfo": {
        "address": ADDRESS,
        "method": {"code": "post", "title": {"original": "Standard"}},
        "weightUnit": "KG",
    },
    "taxInfo": {"pricesIncludeTax": True, "taxExemptGroupId": ID},
    "paymentInfo": {
        "currencyCode": "EUR",
        "billingAddress": ADDRESS,
        "billingContact": PERSON,
        "giftCards": [{"id": ID, "obfuscatedCode": "**7", "appId": OTHER, "requestedRedeemAmount": PRICE}],
    },
    "settings": {"lockGiftCard": True, "manualPaymentDisabled": True},
    "customCheckoutUrl": "https://www.example.com/checkout",
    "orderPlaced": True,
    "orderId": OTHER,
    "purchaseFlowId": ID,
}


def test_a_cart_has_the_members_of_v1_and_keeps_those_of_v2() -> None:
    assert complaints(entity("cart_v2"), CART) == []
    row = cart_of_v1(CART)
    assert complaints(entity("cart"), row) == []
    assert {name: row[name] for name in CART if name != "lineItems"} == {
        name: value for name, value in CART.items() if name != "lineItems"
    }
    assert {name: value for name, value in row.items() if name not in CART} == {
        "buyerNote": "Ring twice.",
        "buyerInfo": {"userId": ID, "email": "buyer@example.com"},
        "currency": "USD",
        "conversionCurrency": "EUR",
        "paymentCurrency": "EUR",
        "siteLanguage": "en",
        "buyerLanguage": "de",
        "businessLocationId": OTHER,
        "weightUnit": "KG",
        "checkoutId": ID,
        "taxIncludedInPrices": True,
        "overrideCheckoutUrl": "https://www.example.com/checkout",
        "selectedShippingOption": {"code": "post"},
        "appliedDiscounts": [{"coupon": {"code": "WELCOME"}}],
    }


def test_a_checkout_has_the_members_of_v1() -> None:
    row = checkout_of_v1(CART)
    selected = {name: value for name, value in row.items() if name not in CART and name not in cart_of_v1(CART)}
    assert selected == {
        "cartId": ID,
        "completed": True,
        "taxIncludedInPrice": True,
        "taxExemptGroupId": ID,
        "channelType": "WEB",
        "createdBy": {"visitorId": OTHER},
        "externalReference": {"appId": OTHER, "resourceId": "7"},
        "billingInfo": {"address": ADDRESS, "contactDetails": PERSON},
        "shippingInfo": {
            "shippingDestination": {"address": ADDRESS},
            "selectedCarrierServiceOption": {"code": "post", "title": "Standard"},
        },
        "giftCard": {"obfuscatedCode": "**7", "appId": OTHER, "requestedAmount": PRICE},
        "customSettings": {"lockGiftCard": True, "disabledManualPayment": True},
    }
    assert row["buyerInfo"] == {"email": "buyer@example.com"}
    assert row["lineItems"][0]["media"] == LINE["attributes"]["image"]  # type: ignore[index]


def test_a_line_has_the_members_of_v1() -> None:
    (line,) = cart_of_v1(CART)["lineItems"]
    assert {name: value for name, value in line.items() if name not in LINE} == {
        "quantity": 5,
        "availability": {"status": "PARTIALLY_AVAILABLE", "quantityAvailable": 3},
        "fixedQuantity": False,
        "productName": {"original": "Mug", "translated": "Becher"},
        "catalogReference": {"catalogItemId": ID, "appId": OTHER},
        "catalogOverrideFields": {"productName": {"original": "Cup"}, "price": "12.5", "fullPrice": "20"},
        "rootCatalogItemId": ID,
        "price": PRICE,
        "lineItemPrice": {"amount": "37.50", "convertedAmount": "33.00"},
        "fullPrice": {"amount": "20"},
        "priceBeforeDiscounts": {"amount": "15"},
        "url": PAGE,
        "image": {"id": "a.jpg", "url": "https://www.example.com/a.jpg", "height": 10, "width": 10},
        "itemType": {"preset": "PHYSICAL"},
        "subscriptionOptionInfo": {"title": {"original": "Monthly"}},
        "deliveryProfileId": ID,
        "taxGroupId": ID,
        "taxableAddress": {"addressType": "SHIPPING"},
        "paymentOption": "MEMBERSHIP",
        "selectedMembership": {"id": ID, "appId": OTHER},
    }


def test_a_line_has_the_membership_that_v2_deprecates() -> None:
    paid = {"paymentConfig": {"selectedMembership": {"id": OTHER, "appId": ID}}}
    (line,) = cart_of_v1(CART | {"lineItems": [LINE | paid]})["lineItems"]
    assert line["selectedMembership"] == {"id": OTHER, "appId": ID}


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"lineItems": None, "coupons": None, "customerInfo": None},
        {"lineItems": [None, {"status": None, "pricing": "none"}], "coupons": [None, {}], "paymentInfo": []},
        {"customerInfo": "text", "source": {"externalReferences": []}},
    ],
)
def test_an_odd_cart_is_emitted(odd: dict[str, Any]) -> None:
    for lift in (cart_of_v1, checkout_of_v1):
        row = lift({"id": ID, **odd})
        assert row["id"] == ID
        assert len(row.get("lineItems") or ()) == len(odd.get("lineItems") or ())
