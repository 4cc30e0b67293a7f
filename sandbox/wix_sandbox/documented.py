"""The error codes that Wix's client declares for its calls, and those that the sandbox has no reason for.

`facts/errors.json` has them by endpoint: `{"POST /stores/v3/bulk/products/create": {"application": […], "validation":
[…]}}`. An application code is in `details.applicationError`, a validation code in `ruleName` of a field violation.
"""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from wix_sandbox import facts
from wix_sandbox.errors import WixError, application_error, rule_error

if TYPE_CHECKING:
    from collections.abc import Mapping

ByKind = dict[str, list[str]]
"""Codes by `application` and `validation`."""
PROVOKED = (
    "DELETE /categories/v1/categories/{categoryId}",
    "DELETE /contacts/v4/contacts/{contactId}",
    "DELETE /contacts/v4/contacts/{contactId}/labels",
    "GET /contacts/v4/contacts/{id}",
    "GET /ecom/v1/draft-orders/{draftOrderId}",
    "GET /ecom/v1/orders/{id}",
    "GET /stores/v3/products/count",
    "GET /stores/v3/products/query",
    "GET /stores/v3/products/search",
    "GET /stores/v3/products/{productId}",
    "PATCH /categories/v1/categories/visibility",
    "PATCH /categories/v1/categories/{categoryId}",
    "PATCH /contacts/v4/contacts/{contactId}",
    "PATCH /ecom/v1/carts/{cartInfoId}",
    "PATCH /ecom/v1/fulfillments/{fulfillmentId}/orders/{orderId}",
    "PATCH /stores/v3/products-with-inventory/{productId}",
    "PATCH /stores/v3/products/{productId}",
    "POST /categories/v1/bulk/categories/add-item",
    "POST /categories/v1/bulk/categories/remove-item",
    "POST /categories/v1/bulk/categories/{categoryId}/add-items",
    "POST /categories/v1/bulk/categories/{categoryId}/remove-items",
    "POST /categories/v1/categories",
    "POST /categories/v1/categories/{categoryId}/move",
    "POST /contacts/v4/contacts",
    "POST /contacts/v4/contacts/query",
    "POST /contacts/v4/contacts/{contactId}/labels",
    "POST /contacts/v4/extended-fields",
    "POST /contacts/v4/extended-fields/query",
    "POST /contacts/v4/labels",
    "POST /contacts/v4/labels/query",
    "POST /contacts/v5/bulk/contacts/delete",
    "POST /ecom/v1/carts",
    "POST /ecom/v1/carts/{id}/add-to-cart",
    "POST /ecom/v1/carts/{id}/create-checkout",
    "POST /ecom/v1/checkouts/{id}/create-order",
    "POST /ecom/v1/orders",
    "POST /ecom/v1/orders/import",
    "POST /ecom/v1/payments/{paymentId}/orders/{orderId}/update-payment-transaction-status",
    "POST /stores/v3/bulk/inventory-items/create",
    "POST /stores/v3/bulk/inventory-items/update",
    "POST /stores/v3/bulk/inventory-items/upsert",
    "POST /stores/v3/bulk/products-with-inventory/create",
    "POST /stores/v3/bulk/products-with-inventory/update",
    "POST /stores/v3/bulk/products/create",
    "POST /stores/v3/bulk/products/delete",
    "POST /stores/v3/bulk/products/update",
    "POST /stores/v3/products",
    "POST /stores/v3/products-with-inventory",
)
"""Endpoints whose codes can all be provoked: by a body or a state of the shop, unless it is one of `FAULTS_ONLY`."""
_OF_PAYMENTS = (
    "CALCULATION_ERROR",
    "CHECKOUT_CHANGED",
    "COUPON_CANNOT_BE_USED_TO_PURCHASE_GIFT_CARD",
    "FAILED_TO_RETRIEVE_VALIDATIONS_VIOLATIONS",
    "GIFT_CARD_CANNOT_BE_USED_TO_PURCHASE_GIFT_CARD",
    "MEMBERS_ONLY_ITEM",
    "NO_SAVE_PAYMENT_METHOD_CONFIRMATION",
    "PAYMENT_ERROR",
    "PAYMENT_PROVIDER_IS_NOT_AVAILABLE_ON_SITE",
    "REDEEM_GIFT_CARD_ERROR",
    "SELECTED_CARRIER_SERVICE_OPTION_NO_LONGER_AVAILABLE",
    "SITE_NOT_ACCEPTING_PAYMENTS",
    "SUBSCRIPTION_WITH_GIFT_CARD",
    "SUBSCRIPTION_WITH_SEVERAL_LINE_ITEMS",
    "SUBSCRIPTION_WITH_ZERO_TOTAL",
    "VIOLATIONS_WITH_ERROR_SEVERITY",
)
"""Codes of orders that a checkout refuses for payments, gift cards, carriers, subscriptions and validations."""
FAULTS_ONLY = frozenset(
    {
        ("DELETE /contacts/v4/contacts/{contactId}", "CANNOT_DELETE_CONTACT_WITH_BILLING_SUBSCRIPTION"),
        ("DELETE /contacts/v4/contacts/{contactId}", "CANNOT_DELETE_MEMBER_OWNER_OR_CONTRIBUTOR"),
        ("DELETE /contacts/v4/contacts/{contactId}", "FAILED_DELETE_CONTACT_AFTER_MEMBER_DELETION"),
        ("GET /stores/v3/products/count", "NO_PERMISSION_TO_READ_MERCHANT_DATA"),
        ("GET /stores/v3/products/query", "NO_PERMISSION_TO_INCLUDE_NOT_VISIBLE_PRODUCTS"),
        ("GET /stores/v3/products/search", "NO_PERMISSION_TO_INCLUDE_NOT_VISIBLE_PRODUCTS"),
        ("GET /stores/v3/products/{productId}", "NO_PERMISSION_TO_INCLUDE_NOT_VISIBLE_PRODUCTS"),
        ("PATCH /stores/v3/products-with-inventory/{productId}", "PRODUCT_RESTRICTION_ERROR"),
        ("PATCH /stores/v3/products/{productId}", "DIGITAL_FILE_NOT_FOUND_ERROR"),
        ("POST /categories/v1/categories", "DUPLICATE_HANDLE"),
        ("POST /categories/v1/categories", "TREES_LIMIT_EXCEEDED"),
        ("POST /contacts/v4/contacts", "CONTACT_ID_ALREADY_EXISTS"),
        ("POST /contacts/v4/contacts/query", "UNSUPPORTED_FILTER_VALUE"),
        ("POST /contacts/v5/bulk/contacts/delete", "UNAUTHORIZED_DELETE_MEMBER"),
        ("POST /ecom/v1/carts/{id}/create-checkout", "CUSTOM_LINE_ITEM_MUST_HAVE_EXACTLY_ONE_PROPERTIES_TYPE"),
        ("POST /ecom/v1/carts/{id}/create-checkout", "SITE_MUST_ACCEPT_PAYMENTS_TO_CREATE_CHECKOUT"),
        *(("POST /ecom/v1/checkouts/{id}/create-order", code) for code in _OF_PAYMENTS),
        ("POST /stores/v3/bulk/products-with-inventory/update", "PRODUCT_RESTRICTION_ERROR"),
        ("POST /stores/v3/bulk/products/create", "DIGITAL_FILE_NOT_FOUND_ERROR"),
        ("POST /stores/v3/bulk/products/update", "DIGITAL_FILE_NOT_FOUND_ERROR"),
        ("POST /stores/v3/products", "DIGITAL_FILE_NOT_FOUND_ERROR"),
        ("POST /stores/v3/products", "TOO_MANY_OPTIONS_IN_REQUEST"),
    }
)
"""Codes by endpoint that only a planned fault causes. A sandbox has no reason for them (subscriptions of Wix, owners of
the site, providers of payments, carriers, gift cards, files of the Media Manager, a second tree of categories), or the
call has no member that they could be about, or a narrower rule refuses first (one product has at most six options), or
Wix does not explain them."""


@cache
def declared_errors() -> Mapping[str, ByKind]:
    """Return the codes of each endpoint that has some."""
    return facts.read("errors", dict[str, ByKind])


@cache
def declared_codes() -> frozenset[str]:
    """Return all codes."""
    return frozenset(code for kinds in declared_errors().values() for codes in kinds.values() for code in codes)


def error_with(code: str) -> WixError:
    """Return the refusal with a declared code."""
    text = "refused by a planned fault"
    if any(code in kinds.get("application", ()) for kinds in declared_errors().values()):
        return application_error(status_of(code), code, text)
    return rule_error("", code, text)


def status_of(code: str) -> int:
    """Return the HTTP status for an application code, derived from its name; Wix declares codes without a status."""
    if "NO_PERMISSION" in code:
        return HTTPStatus.FORBIDDEN
    if "ALREADY_EXIST" in code or code in {"DUPLICATE_SLUG", "DUPLICATE_SLUG_ERROR", "DUPLICATE_HANDLE"}:
        return HTTPStatus.CONFLICT
    return HTTPStatus.NOT_FOUND if "NOT_FOUND" in code else HTTPStatus.BAD_REQUEST
