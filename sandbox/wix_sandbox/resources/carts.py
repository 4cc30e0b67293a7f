"""Carts and checkouts, which can only be read by id, and abandoned checkouts. `purchase_flow` writes them.

https://dev.wix.com/docs/rest/business-solutions/e-commerce/purchase-flow/abandoned-checkout/introduction
https://dev.wix.com/docs/rest/business-solutions/e-commerce/purchase-flow/checkout/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk
from wix_sandbox.errors import Violation, error_404, existing, validation_error
from wix_sandbox.query.spec import Metadata, Paging, Query
from wix_sandbox.querying import run_query
from wix_sandbox.resource import Resource, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.query.engine import Page
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

CHECKOUTS = "checkouts"
CHECKOUTS_PATH = "/ecom/v1/checkouts"


def fetch_checkout(site: Site, checkout_id: str) -> Entity:
    """Return a checkout.

    Raises:
        WixError: 404 for an unknown id.
    """
    return existing(site.store.get(CHECKOUTS, checkout_id), "Checkout", checkout_id)


def _get_checkout(call: Call) -> Entity:
    return {"checkout": fetch_checkout(call.site, call.parameter("id"))}


def converted(price: Entity) -> Entity:
    """Return a price of an order as one of a cart: the amount converted into the buyer's currency is the same."""
    return {**price, "convertedAmount": price["amount"], "formattedConvertedAmount": price["formattedAmount"]}


def _checkout_of_cart(call: Call) -> Entity:
    cart_id = call.parameter("id")
    return {"checkout": existing(call.site.store.first(CHECKOUTS, "cartId", cart_id), "Checkout of cart", cart_id)}


def _checkout_routes() -> Iterator[Route]:
    """The endpoints of checkouts that read."""
    yield Route("GET", f"{CHECKOUTS_PATH}/by-cart-id/{{id}}", "checkouts.get-by-cart", _checkout_of_cart)
    yield Route("GET", f"{CHECKOUTS_PATH}/{{id}}", "checkouts.get", _get_checkout)


CARTS = "carts"
ABANDONED_CHECKOUTS = "abandoned_checkouts"
MAX_ACTIVITIES = 20
ACTIVITIES = (
    *("SCHEDULED", "EMAIL_SENT", "EMAIL_NOT_SENT", "NOTIFICATION_SENT", "TASK_CREATED", "AUTOMATION_SKIPPED"),
)

QUERY = Query.declared("ecom/queryAbandonedCheckouts", paging=Paging.EITHER, metadata=Metadata.METADATA)
SEARCH = Query.declared(
    "ecom/searchAbandonedCheckouts",
    envelope="search",
    paging=Paging.EITHER,
    max_sort=4,
    text_fields=("buyerInfo.email", "contactDetails.firstName", "contactDetails.lastName"),
)


def _query(call: Call) -> Entity:
    answer = _without_has_next(run_query(call, ABANDONED_CHECKOUTS, QUERY)).answer("abandonedCheckouts", QUERY)
    # The old name of the list, which Wix still sends.
    return {"results": answer["abandonedCheckouts"], **answer}


def _search(call: Call) -> Entity:
    return _without_has_next(run_query(call, ABANDONED_CHECKOUTS, SEARCH)).answer("abandonedCheckouts", SEARCH)


def _without_has_next(page: Page) -> Page:
    """Metadata of these calls ends with the cursors: a page without `next` is the last."""
    page.metadata.pop("hasNext", None)
    return page


def _delete_one(call: Call, checkout_id: Any, _path: str) -> None:
    ABANDONED.delete(call.site, str(checkout_id))


def _add_activity(call: Call) -> Entity:
    checkout = ABANDONED.fetch(call.site, call.parameter("abandonedCheckoutId"))
    kind = call.body.get("activityType")
    if kind not in ACTIVITIES:
        text = f"invalid enum value {kind}, expected one of {', '.join(ACTIVITIES)}"
        raise validation_error(Violation("activityType", text, "INVALID_ENUM_VALUE"))
    with call.site.clock.at(call.site.clock()):
        activities = [*checkout.get("activities", []), {"createdDate": call.site.now(), "type": kind}]
        checkout["activities"] = activities[-MAX_ACTIVITIES:]
        return {"abandonedCheckout": ABANDONED.save(call.site, checkout)}


def _cart_of_checkout(call: Call) -> Entity:
    checkout_id = call.parameter("id")
    cart = existing(call.site.store.first(CARTS, "checkoutId", checkout_id), "Cart of checkout", checkout_id)
    return {"cart": cart}


def _current_cart(_call: Call) -> Entity:
    """Answer GET carts/current: the cart of the calling visitor; API keys and apps have none."""
    raise error_404("OWNED_CART_NOT_FOUND", "The caller has no cart")


_EXTRA = (
    ("POST", "/ecom/v1/abandoned-checkout/search", "abandoned-checkouts.search", _search),
    (
        "POST",
        "/ecom/v1/bulk/abandoned-checkout/delete",
        "abandoned-checkouts.bulk-delete",
        bulk("abandonedCheckoutIds", _delete_one),
    ),
    (
        "POST",
        "/ecom/v1/abandoned-checkouts/{abandonedCheckoutId}/add-activity",
        "abandoned-checkouts.add-activity",
        _add_activity,
    ),
)

ABANDONED = Resource(
    name="abandoned-checkouts",
    kind=ABANDONED_CHECKOUTS,
    base="/ecom/v1/abandoned-checkout",
    item="abandonedCheckout",
    items="abandonedCheckouts",
    schema="abandoned_checkout",
    label="Abandoned checkout",
    parameter="abandonedCheckoutId",
    verbs=frozenset({"get", "delete", "query"}),
    query=QUERY,
    revision=False,
    special={"query": _query},
    extra=tuple(Route(way, path, name, handler) for way, path, name, handler in _EXTRA),
)
CART = Resource(
    name="carts",
    kind=CARTS,
    base="/ecom/v1/carts",
    item="cart",
    items="carts",
    schema="cart",
    label="Cart",
    verbs=frozenset({"get", "delete"}),
    extra=(
        Route("GET", "/ecom/v1/carts/by-checkout-id/{id}", "carts.get-by-checkout", _cart_of_checkout),
        Route("GET", "/ecom/v1/carts/current", "carts.get-current", _current_cart),
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


def routes() -> Iterator[Route]:
    """The endpoints of carts and abandoned checkouts."""
    yield from CART.routes()
    yield from ABANDONED.routes()
    yield from _checkout_routes()
