"""Carts and checkouts, which can only be read by id, and abandoned checkouts. `purchase_flow` writes them.

https://dev.wix.com/docs/rest/business-solutions/e-commerce/purchase-flow/abandoned-checkout/introduction
https://dev.wix.com/docs/rest/business-solutions/e-commerce/purchase-flow/checkout/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import error_404, required
from wix_sandbox.handlers import endpoints
from wix_sandbox.query.spec import Metadata, Paging, Query
from wix_sandbox.querying import answer_query
from wix_sandbox.resource import Resource

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

CARTS = "carts"
CHECKOUTS = "checkouts"
ABANDONED_CHECKOUTS = "abandoned_checkouts"
MAX_ACTIVITIES = 20

_PAGES: dict[str, Any] = {"paging": Paging.OFFSET_OR_CURSOR, "lacks": frozenset({"hasNext"})}
QUERY = Query.declared("ecom/queryAbandonedCheckouts", **_PAGES, metadata=Metadata.METADATA)
SEARCH = Query.declared(
    "ecom/searchAbandonedCheckouts",
    **_PAGES,
    envelope="search",
    max_sort=4,
    text_fields=("buyerInfo.email", "contactDetails.firstName", "contactDetails.lastName"),
)


LINE_FLAGS = dict.fromkeys(
    ("customLineItem", "priceUndetermined", "fixedQuantity", "savePaymentMethod", "membersOnly"), False
)
"""Members that every line has, even if they are false: never null in Wix's types, and carts were seen so."""


def line_of_checkout(line: Entity) -> Entity:
    """Return a line of a cart as one of a checkout, whose picture has another name, and which has no tax group."""
    return {"media" if name == "image" else name: value for name, value in line.items() if name != "taxGroupId"}


def converted(price: Entity) -> Entity:
    """Return a price of an order as one of a cart: the amount converted into the buyer's currency is the same."""
    return {**price, "convertedAmount": price["amount"], "formattedConvertedAmount": price["formattedAmount"]}


def _query(call: Call) -> Entity:
    answer = answer_query(call, ABANDONED_CHECKOUTS, QUERY, "abandonedCheckouts")
    # The old name of the list, which Wix still sends.
    return {"results": answer["abandonedCheckouts"], **answer}


def _search(call: Call) -> Entity:
    return answer_query(call, ABANDONED_CHECKOUTS, SEARCH, "abandonedCheckouts")


def _add_activity(call: Call) -> Entity:
    checkout = ABANDONED.fetch(call.site, call.parameter("abandonedCheckoutId"))
    kind = call.body.get("activityType")
    if kind is None:
        raise required("activityType")
    with call.site.clock.at(call.site.clock()):
        activities = [*checkout.get("activities", []), {"createdDate": call.site.now(), "type": kind}]
        checkout["activities"] = activities[-MAX_ACTIVITIES:]
        return {"abandonedCheckout": ABANDONED.save(call.site, checkout)}


def _current_cart(_call: Call) -> Entity:
    """Answer GET carts/current: the cart of the calling visitor; API keys and apps have none."""
    raise error_404("OWNED_CART_NOT_FOUND", "The caller has no cart")


ABANDONED = Resource(
    name="abandoned-checkouts",
    base="/ecom/v1/abandoned-checkout",
    item="abandonedCheckout",
    schema="abandoned_checkout",
    parameter="abandonedCheckoutId",
    verbs=frozenset({"get", "delete", "query"}),
    query=QUERY,
    revision=False,
    special={"query": _query},
)
CART = Resource(
    name="carts",
    base="/ecom/v1/carts",
    item="cart",
    schema="cart",
    verbs=frozenset({"get", "delete"}),
)
CHECKOUT = Resource(
    name="checkouts",
    base="/ecom/v1/checkouts",
    item="checkout",
    verbs=frozenset({"get"}),
)
_ENDPOINTS = endpoints(
    ("GET", f"{CART.base}/by-checkout-id/{{id}}", "carts.get-by-checkout", CART.answer_by("checkoutId")),
    ("GET", f"{CART.base}/current", "carts.get-current", _current_cart),
    ("GET", f"{CHECKOUT.base}/by-cart-id/{{id}}", "checkouts.get-by-cart", CHECKOUT.answer_by("cartId")),
    ("POST", f"{ABANDONED.base}/search", "abandoned-checkouts.search", _search),
    (
        "POST",
        "/ecom/v1/abandoned-checkouts/{abandonedCheckoutId}/add-activity",
        "abandoned-checkouts.add-activity",
        _add_activity,
    ),
)


def complete(site: Site, checkout_id: str) -> None:
    """Complete a checkout whose order was approved: an abandoned one is recovered, and its cart may go.

    Does nothing without an open checkout of this id.
    """
    checkout = site.store.get(CHECKOUTS, checkout_id)
    if checkout is None or checkout["completed"]:
        return
    site.store.update(CHECKOUTS, {**checkout, "completed": True, "updatedDate": site.now()})
    abandoned = site.store.first(ABANDONED_CHECKOUTS, "checkoutId", checkout_id)
    if abandoned is not None and abandoned["status"] == "ABANDONED":
        ABANDONED.save(site, {**abandoned, "status": "RECOVERED", "checkoutRecoveredDate": site.now()})
    if site.readings["cart-of-an-order"] == "deleted":
        site.store.delete(CARTS, checkout.get("cartId", ""))


ROUTES = (
    *CART.routes(),
    *CHECKOUT.routes(),
    *ABANDONED.routes(),
    *ABANDONED.bulk_routes("/ecom/v1/bulk/abandoned-checkout", ("delete",)),
    *_ENDPOINTS,
)
"""The endpoints of carts, checkouts and abandoned checkouts that do not write carts and checkouts."""
