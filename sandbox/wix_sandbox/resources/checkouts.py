"""Checkouts, which can only be read by their id or by that of their cart.

https://dev.wix.com/docs/rest/business-solutions/e-commerce/purchase-flow/checkout/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.errors import existing
from wix_sandbox.resource import Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity

KIND = "checkouts"
BASE = "/ecom/v1/checkouts"


def _get(call: Call) -> Entity:
    checkout_id = call.parameter("id")
    return {"checkout": existing(call.site.store.get(KIND, checkout_id), "Checkout", checkout_id)}


def _of_cart(call: Call) -> Entity:
    cart_id = call.parameter("id")
    return {"checkout": existing(call.site.store.first(KIND, "cartId", cart_id), "Checkout of cart", cart_id)}


def routes() -> Iterator[Route]:
    """The endpoints of checkouts that read."""
    yield Route(method="GET", path=f"{BASE}/by-cart-id/{{id}}", operation="checkouts.get-by-cart", handler=_of_cart)
    yield Route(method="GET", path=f"{BASE}/{{id}}", operation="checkouts.get", handler=_get)
