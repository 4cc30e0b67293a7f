"""The members of an imported order, with Wix's limits.

Objects are sent whole, so that members which Wix adds later are kept; the members below are checked one by one.

Source: `Order` of https://www.npmjs.com/package/@wix/auto_sdk_ecom_orders
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from target_wix.fields import (
    ID,
    Field,
    Fields,
    Form,
    Limit,
    count,
    derived,
    fields,
    length,
    money,
    one_of,
    or_blank,
    pattern,
    size,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_MONEY = money(scale=None, most=Decimal(10**15))
RATES = ("conversionRate", "rate", "taxRate")
"""Members at any depth that hold a decimal number as text, as amounts do."""


def _no_number(value: Any) -> str:
    if str(value).isdecimal():
        return ""
    return "does not consist of digits only. Move such a number to `channelInfo.externalOrderId`"


COUNT = count(1, 100_000)
"""Limit on the quantity of a line item."""


_CURRENCY = replace(
    pattern("[A-Z]{3}", "is not a currency. Write its code in capital letters, such as USD"), first=length(3, 3)
)
_COUNTRY = replace(
    pattern("[A-Z]{2}", "is not a country. Write its code of two capital letters, such as US"), first=length(2, 2)
)
_RATE = pattern(r"\d+(\.\d+)?", "is not a number of 0 or more. Write it with a decimal point, such as 0.19")
_PAYMENT_STATUSES = (
    *("UNSPECIFIED", "NOT_PAID", "PAID", "PARTIALLY_REFUNDED", "FULLY_REFUNDED", "PENDING", "PARTIALLY_PAID"),
    *("PENDING_MERCHANT", "CANCELED", "DECLINED"),
)
_AMOUNT = replace(or_blank(_MONEY), code="INVALID_AMOUNT")
_NO_LINES = "is empty; Wix requires at least one line item. Fill it in, or remove the column"


def _texts(path: str, limits: str) -> Iterator[Field]:
    """Yield the rows of texts, given as `name:most`, the member and the number of characters that it may have."""
    for name, _, most in (each.partition(":") for each in limits.split()):
        yield Field(f"{path}.{name}", limit=length(int(most)))


def _prices(path: str, names: str) -> Iterator[Field]:
    """Yield the rows of prices, which are objects with an amount."""
    for name in names.split():
        yield Field(f"{path}.{name}", Form.OBJECT)
        yield Field(f"{path}.{name}.amount", Form.AMOUNT, _AMOUNT)


def _translated(path: str, most: int, most_translated: int, *, required: bool = False) -> Iterator[Field]:
    yield Field(f"{path}.original", limit=length(most), required=required)
    yield Field(f"{path}.translated", limit=length(most_translated))


def _taxes(path: str) -> Iterator[Field]:
    yield from (Field(f"{path}.{name}", Form.OBJECT) for name in ("taxDetails", "taxInfo"))
    yield from (Field(f"{path}.{name}.taxRate", Form.AMOUNT, _RATE) for name in ("taxDetails", "taxInfo"))
    yield Field(f"{path}.taxInfo.taxGroupId", limit=ID)
    yield Field(f"{path}.taxInfo.taxIncludedInPrice", Form.FLAG)
    yield from _prices(f"{path}.taxDetails", "taxableAmount totalTax")
    yield from _prices(f"{path}.taxInfo", "taxableAmount taxAmount")
    yield from _breakdown(f"{path}.taxInfo.taxBreakdown", 7, "taxAmount nonTaxableAmount taxableAmount")


def _breakdown(path: str, most: int, prices: str) -> Iterator[Field]:
    yield Field(path, Form.ANY, size(most))
    yield from _texts(f"{path}[]", "jurisdiction:200 taxType:200 taxName:200")
    yield Field(f"{path}[].rate", Form.AMOUNT, _RATE)
    yield Field(f"{path}[].jurisdictionType")
    yield from _prices(f"{path}[]", prices)


def _address(path: str) -> Iterator[Field]:
    yield Field(f"{path}.country", limit=_COUNTRY)
    yield from _texts(path, "subdivision:50 city:50 postalCode:50 addressLine:150 addressLine2:100")
    yield from fields("number name", inside=f"{path}.streetAddress")
    yield from fields("latitude longitude", Form.NUMBER, inside=f"{path}.geocode")


def _person(path: str) -> Iterator[Field]:
    """Yield the rows of an address with the details of a person."""
    yield from (Field(f"{path}.address", Form.OBJECT), *_address(f"{path}.address"))
    yield from _texts(f"{path}.contactDetails", "firstName:100 lastName:100 company:1000")
    yield from fields("phone vatId.id", inside=f"{path}.contactDetails")
    yield Field(f"{path}.contactDetails.vatId.type", limit=one_of("UNSPECIFIED", "CPF", "CNPJ"))


_LINE = "lineItems[]"
_SENT_TO = "shippingInfo.logistics.shippingDestination"
_LINES = (
    Field("lineItems", Form.ANY, Limit("MIN_SIZE", lambda lines: "" if lines else _NO_LINES, size(300)), required=True),
    *fields("id paymentOption", inside=_LINE),
    Field(f"{_LINE}.fulfillerId", limit=ID),
    *_translated(f"{_LINE}.productName", 200, 400, required=True),
    Field(f"{_LINE}.quantity", Form.NUMBER, COUNT, required=True),
    Field(f"{_LINE}.price.amount", Form.AMOUNT, _AMOUNT, required=True),
    *_prices(_LINE, "totalDiscount priceBeforeDiscounts totalPriceBeforeTax totalPriceAfterTax"),
    *_prices(_LINE, "lineItemPrice depositAmount"),
    *_taxes(_LINE),
    Field(f"{_LINE}.catalogReference", Form.OBJECT, required=True),
    Field(f"{_LINE}.catalogReference.catalogItemId", limit=length(36), required=True),
    Field(f"{_LINE}.catalogReference.appId", required=True),
    Field(f"{_LINE}.catalogReference.options", Form.OBJECT),
    Field(f"{_LINE}.itemType", Form.OBJECT, required=True),
    Field(f"{_LINE}.itemType.preset", limit=one_of("UNRECOGNISED", "PHYSICAL", "DIGITAL", "GIFT_CARD", "SERVICE")),
    Field(f"{_LINE}.itemType.custom"),
    Field(f"{_LINE}.descriptionLines", Form.ANY, limit=size(20)),
    *_translated(f"{_LINE}.descriptionLines[].name", 100, 200),
    *_translated(f"{_LINE}.descriptionLines[].plainText", 600, 600),
    *_translated(f"{_LINE}.descriptionLines[].colorInfo", 500, 500),
    Field(f"{_LINE}.descriptionLines[].colorInfo.code"),
    *fields("id url altText", inside=f"{_LINE}.image"),
    Field(f"{_LINE}.physicalProperties.weight", Form.NUMBER),
    *_texts(f"{_LINE}.physicalProperties", "sku:40"),
    Field(f"{_LINE}.physicalProperties.shippable", Form.FLAG),
    *_translated(f"{_LINE}.priceDescription", 100, 100),
    *_texts(f"{_LINE}.digitalFile", "fileId:100 link:2000"),
    Field(f"{_LINE}.locations", Form.ANY, limit=size(5)),
    *fields("priceUndetermined fixedQuantity", Form.FLAG, inside=_LINE),
    *fields("subscriptionInfo decimalQuantity extendedFields", Form.OBJECT, inside=_LINE),
    Field(f"{_LINE}.modifierGroups", Form.ANY, limit=size(10)),
)
_SHIPPING = (
    Field("shippingInfo", Form.OBJECT),
    *_texts("shippingInfo", "carrierId:100 code:100 title:250"),
    *_person(_SENT_TO),
    Field("shippingInfo.logistics.pickupDetails", Form.OBJECT),
    *_texts("shippingInfo.logistics", "deliveryTime:500 instructions:1000"),
    *_prices("shippingInfo.cost", "price totalPriceBeforeTax totalPriceAfterTax discount"),
    *_taxes("shippingInfo.cost"),
    *_texts("shippingInfo.region", "name:100"),
)
_DISCOUNTS_AND_FEES = (
    Field("appliedDiscounts", Form.ANY, limit=size(320)),
    Field("appliedDiscounts[].discountType", limit=one_of("GLOBAL", "SPECIFIC_ITEMS", "SHIPPING")),
    *fields("id code name", inside="appliedDiscounts[].coupon"),
    *_prices("appliedDiscounts[].coupon", "amount"),
    *_texts("appliedDiscounts[].merchantDiscount", "description:200"),
    *_prices("appliedDiscounts[].merchantDiscount", "amount"),
    *_translated("appliedDiscounts[].discountRule.name", 256, 500),
    *_prices("appliedDiscounts[].discountRule", "amount"),
    *(Field(f"appliedDiscounts[].{name}", Form.ANY, size(300)) for name in ("lineItemIds", "lineItemDiscounts")),
    Field("additionalFees", Form.ANY, limit=size(100)),
    *_texts("additionalFees[]", "code:100 name:50"),
    *_prices("additionalFees[]", "price priceBeforeTax priceAfterTax"),
    *_taxes("additionalFees[]"),
)
ORDER = Fields(
    Field("number", limit=Limit("NOT_A_NUMBER", _no_number)),
    Field("status", limit=one_of("INITIALIZED", "APPROVED", "CANCELED", "PENDING", "REJECTED"), required=True),
    Field("paymentStatus", limit=one_of(*_PAYMENT_STATUSES), required=True),
    *_LINES,
    Field("channelInfo", Form.OBJECT),
    Field("channelInfo.type", required=True),
    *_texts("channelInfo", "externalOrderId:100 externalOrderUrl:300"),
    Field("currencyConversionDetails", Form.OBJECT),
    Field("currencyConversionDetails.originalCurrency", limit=_CURRENCY, required=True),
    Field("currencyConversionDetails.conversionRate", Form.AMOUNT, _RATE, required=True),
    Field("priceSummary", Form.OBJECT, required=True),
    *_prices("priceSummary", "subtotal shipping tax discount total totalAdditionalFees"),
    Field("billingInfo", Form.OBJECT),
    Field("billingInfo.contactDetails", Form.OBJECT, required=True),
    *_person("billingInfo"),
    Field("recipientInfo", Form.OBJECT),
    *_person("recipientInfo"),
    *_SHIPPING,
    *_DISCOUNTS_AND_FEES,
    Field("taxInfo", Form.OBJECT),
    *_prices("taxInfo", "totalTax"),
    *_breakdown("taxInfo.taxBreakdown", 50, "aggregatedTaxAmount"),
    Field("taxInfo.taxExempt", Form.FLAG),
    Field("buyerInfo", Form.OBJECT),
    *(Field(f"buyerInfo.{name}", limit=ID) for name in ("visitorId", "memberId", "contactId")),
    Field(
        "buyerInfo.email",
        limit=pattern(r"[^@\s]+@[^@\s]+", "is not an e-mail address. Leave it empty if there is none"),
    ),
    Field("buyerNote", limit=length(1000)),
    Field("customFields", Form.ANY),
    *_texts("customFields[]", "title:500 translatedTitle:500"),
    Field("weightUnit", limit=one_of("UNSPECIFIED_WEIGHT_UNIT", "KG", "LB")),
    Field("currency", limit=_CURRENCY),
    Field("fulfillmentStatus", limit=or_blank(one_of("NOT_FULFILLED", "FULFILLED", "PARTIALLY_FULFILLED"))),
    *fields("buyerLanguage siteLanguage attributionSource"),
    *(Field(name, limit=ID) for name in ("checkoutId", "purchaseFlowId")),
    *fields("createdDate purchasedDate", Form.MOMENT),
    *fields("taxIncludedInPrices archived seenByAHuman", Form.FLAG),
    *fields("extendedFields tags businessLocation platformFeeSummary createdBy", Form.OBJECT),
    *derived("id updatedDate activities imported balanceSummary payAfterFreeTrial taxSummary"),
    *derived("fulfillmentStatusesAggregate"),
)
