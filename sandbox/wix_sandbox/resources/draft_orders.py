"""Draft orders: one for each order that somebody opens for editing. They are read here, not edited.

https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/draft-orders/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.query.spec import Query
from wix_sandbox.resource import READ, Resource
from wix_sandbox.values import only, without

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "draft_orders"
COPIED = (
    *("currency", "weightUnit", "priceSummary", "taxSummary", "balanceSummary", "buyerInfo", "billingInfo", "taxInfo"),
)


def open_draft(site: Site, draft_id: str, order: Entity, *, committed: bool) -> Entity:
    """Store the draft of an order that was opened for editing and, if `committed`, saved without a change."""
    now = site.now()
    draft = {
        "id": draft_id,
        "orderId": order["id"],
        "lineItems": [{"changedDetails": {}, "lineItem": line} for line in order["lineItems"]],
        "createdDate": now,
        "updatedDate": now,
        "status": "COMMITTED" if committed else "DRAFT",
        "discounts": [],
        "additionalFees": [],
        **only(order, *COPIED),
    }
    # Wix's types of draft orders lack these sums.
    draft["balanceSummary"] = without(order["balanceSummary"], "pending", "pendingRefund")
    return site.store.insert(KIND, draft)


def _get(call: Call) -> Entity:
    draft = DRAFTS.fetch(call.site, call.parameter("draftOrderId"))
    return {"calculatedDraftOrder": {"draftOrder": draft, "shippingOptions": []}}


DRAFTS = Resource(
    name="draft-orders",
    base="/ecom/v1/draft-orders",
    item="draftOrder",
    missing="DRAFT_ORDER_DOES_NOT_EXIST",
    parameter="draftOrderId",
    verbs=READ,
    query=Query.declared("ecom/queryDraftOrders"),
    special={"get": _get},
)
ROUTES = tuple(DRAFTS.routes())
