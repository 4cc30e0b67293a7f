"""eCommerce: orders and the rows that belong to them.

Source: https://dev.wix.com/docs/rest/business-solutions/e-commerce
"""

from __future__ import annotations

from typing import Any

from wix_api.languages import Cursor
from wix_api.operations import Operation
from wix_api.pages import RowsDecoder
from wix_api.query import Query

_READ_ORDERS = "SCOPE.DC-STORES.READ-ORDERS"
_MANAGE_ORDERS = "SCOPE.DC-STORES.MANAGE-ORDERS"

ORDER_STATUSES = ("APPROVED", "CANCELED", "PENDING", "REJECTED")
"""All statuses that a search can return; it leaves out PENDING and REJECTED unless they are named."""
ORDERS = Query(
    Operation("POST", "/ecom/v1/orders/search", reads=True, scope=_READ_ORDERS),
    items="orders",
    page_size=100,
    keys=("updatedDate", "createdDate"),
    language=Cursor("search"),
    sortable=(
        "createdDate",
        "updatedDate",
        "purchasedDate",
        "number",
        "status",
        "paymentStatus",
        "fulfillmentStatus",
        "priceSummary.total.amount",
        "buyerInfo.email",
        "billingInfo.contactDetails.firstName",
        "billingInfo.contactDetails.lastName",
        "channelInfo.type",
        "businessLocation.id",
        "businessLocation.name",
        "balanceSummary.authorized.amount",
        "balanceSummary.pending.amount",
        "balanceSummary.pendingRefund.amount",
        "taxInfo.totalExempt.amount",
        "taxInfo.totalTax.amount",
        "shippingInfo.title",
        "shippingInfo.region.name",
        "shippingInfo.logistics.deliveryTime",
        "shippingInfo.logistics.deliveryTimeSlot.from",
        "shippingInfo.logistics.deliveryTimeSlot.to",
        "fulfillmentStatusesAggregate.statuses",
        "lineItems.productName.original",
    ),
    look_up={"status": {"$in": ORDER_STATUSES}},
)
GET_ORDER = Operation("GET", "/ecom/v1/orders/{id}", scope=_READ_ORDERS)
# Both are a developer preview.
IMPORT_ORDER = Operation("POST", "/ecom/v1/orders/import", repeatable=False, scope=_MANAGE_ORDERS)
DELETE_IMPORTED_ORDERS = Operation("POST", "/ecom/v1/orders/import/bulk-delete-imported-orders", scope=_MANAGE_ORDERS)
NOT_SEARCHED = "INITIALIZED"
"""Status of orders that Wix's search leaves out."""
ORDERS_PER_DELETE = 1000
ORDERS_PER_CALL = 100
"""Maximum orders of the calls for fulfillments, transactions and invoices below, which is a page of orders."""
FULFILLMENTS_OF_ORDERS = Operation("POST", "/ecom/v1/fulfillments/list-by-ids", reads=True, scope=_READ_ORDERS)
ORDERS_WITH_FULFILLMENTS = RowsDecoder("ordersWithFulfillments", dict[str, Any], is_paged=False)
CREATE_FULFILLMENTS = Operation(
    "POST", "/ecom/v1/fulfillments/orders/bulk/create-fulfillments", repeatable=False, scope=_MANAGE_ORDERS
)
UPDATE_FULFILLMENT = Operation("PATCH", "/ecom/v1/fulfillments/{id}/orders/{order}", scope=_MANAGE_ORDERS)
DELETE_FULFILLMENT = Operation("DELETE", "/ecom/v1/fulfillments/{id}/orders/{order}", scope=_MANAGE_ORDERS)
TRANSACTIONS_OF_ORDERS = Operation("POST", "/ecom/v1/payments/list-by-ids", reads=True, scope=_READ_ORDERS)
ORDER_TRANSACTIONS = RowsDecoder("orderTransactions", dict[str, Any], is_paged=False)
INVOICES_OF_ORDERS = Operation("POST", "/ecom/v1/invoices/list-by-ids", reads=True, scope=_READ_ORDERS)
INVOICES = RowsDecoder("invoicesForOrder", dict[str, Any], is_paged=False)
# One link for all orders of a call.
PDF_OF_ORDERS = Operation("POST", "/stores/v2/orders/generatePDF", reads=True, scope=_READ_ORDERS)

ABANDONED_CHECKOUTS = Query(
    Operation("POST", "/ecom/v1/abandoned-checkout/query", reads=True, scope=_READ_ORDERS),
    items="abandonedCheckouts",
    page_size=100,
    keys=("updatedDate", "createdDate"),
    sortable=(
        "createdDate",
        "updatedDate",
        "id",
        "status",
        "buyerInfo.contactId",
        "buyerInfo.email",
        "buyerInfo.memberId",
        "buyerInfo.userId",
        "buyerInfo.visitorId",
    ),
)

# Carts and checkouts have no list: Wix returns them by their ids only.
GET_CART = Operation("GET", "/ecom/v1/carts/{id}", scope=_READ_ORDERS)
GET_CART_OF_CHECKOUT = Operation("GET", "/ecom/v1/carts/by-checkout-id/{id}", scope=_READ_ORDERS)
GET_CHECKOUT = Operation("GET", "/ecom/v1/checkouts/{id}", scope=_READ_ORDERS)
# https://dev.wix.com/docs/api-reference/business-solutions/e-commerce/purchase-flow/cart-v2/migration-guide
CARTS_V1_END = "2027-02-01"
"""Date on which Wix removes the calls above: until then "they continue to work". `GET_CART_V2` replaces them."""
GET_CART_V2 = Operation("GET", "/ecom/v2/carts/{id}")
"""Takes the ID of a cart, which is that of its checkout. Wix's typings name its permission, and no scope."""

DRAFT_ORDERS = Query(
    Operation("POST", "/ecom/v1/draft-orders/query", reads=True, scope=_READ_ORDERS),
    items="draftOrders",
    page_size=100,
    keys=("updatedDate", "createdDate"),
    sortable=("createdDate", "updatedDate", "status"),
)

GET_DRAFT_ORDER = Operation("GET", "/ecom/v1/draft-orders/{id}", scope=_READ_ORDERS)
"""The query does not filter by ID."""
