"""Draft orders: one for each order that somebody opens for editing. They are read here, not edited.

https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/draft-orders/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.errors import error_404
from wix_sandbox.query.spec import Query
from wix_sandbox.querying import run_query
from wix_sandbox.resource import Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "draft_orders"
BASE = "/ecom/v1/draft-orders"
QUERY = Query.declared("ecom/queryDraftOrders")
COPIED = (
    "currency",
    "weightUnit",
    "priceSummary",
    "taxSummary",
    "balanceSummary",
    "buyerInfo",
    "billingInfo",
    "taxInfo",
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
        **{name: order[name] for name in COPIED if name in order},
    }
    return site.store.insert(KIND, draft)


def _query(call: Call) -> Entity:
    return run_query(call, KIND, QUERY).answer("draftOrders", QUERY)


def _get(call: Call) -> Entity:
    draft_id = call.parameter("draftOrderId")
    draft = call.site.store.get(KIND, draft_id)
    if draft is None:
        raise error_404("DRAFT_ORDER_DOES_NOT_EXIST", f"Draft order {draft_id} does not exist")
    return {"calculatedDraftOrder": {"draftOrder": draft}}


def routes() -> Iterator[Route]:
    """The endpoints of draft orders that read."""
    for method in ("POST", "GET"):  # the official client sends short queries by GET
        yield Route(method, f"{BASE}/query", "draft-orders.query", _query)
    yield Route("GET", f"{BASE}/{{draftOrderId}}", "draft-orders.get", _get)
