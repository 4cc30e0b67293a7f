"""Changes of existing orders: update and cancel.

https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/orders/update-order
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import Violation, application_error, validation_error
from wix_sandbox.resource import merged
from wix_sandbox.resources import ecom_stock
from wix_sandbox.resources.ecom_money import amount_of
from wix_sandbox.resources.ecom_orders import fetch, note, save
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

_UPDATABLE = (
    *("buyerInfo.email", "buyerLanguage", "weightUnit", "billingInfo.address", "billingInfo.contactDetails"),
    *("archived", "attributionSource", "seenByAHuman", "recipientInfo.address", "recipientInfo.contactDetails"),
    "shippingInfo.logistics.shippingDestination.address",
    "shippingInfo.logistics.shippingDestination.contactDetails",
)
_NOT_CLEARABLE = tuple(path for path in _UPDATABLE if path.startswith("buyerInfo") or "contactDetails" in path)


def refuse_unless_decided(order: Entity) -> None:
    """Refuse a change of an order whose payment is pending or rejected.

    Raises:
        WixError: 428 `ORDER_IS_PENDING` or `ORDER_IS_REJECTED`; Wix declares the codes without a status.
    """
    if order["status"] in {"PENDING", "REJECTED"}:
        code = f"ORDER_IS_{order['status']}"
        text = f"Order {order['id']} is {order['status'].lower()}"
        raise application_error(HTTPStatus.PRECONDITION_REQUIRED, code, text)


def update(site: Site, order_id: str, body: Entity) -> Entity:
    """Change the members that an update may change, and ignore all others.

    Raises:
        WixError: 404 unknown id, 428 a pending or rejected order, 400 for a null in a member that cannot be cleared.
    """
    order = fetch(site, order_id)
    refuse_unless_decided(order)
    cleaned = clean("order", body, "order")
    cleared = sorted({null for path in _NOT_CLEARABLE if (null := _null_on(cleaned, path))})
    if cleared:
        raise validation_error(*(Violation(f"order.{each}", "must not be empty", "REQUIRED_FIELD") for each in cleared))
    for path in _UPDATABLE:
        order = _take(order, cleaned, path.split("."))
    return save(site, order)


def _null_on(body: Entity, path: str) -> str | None:
    """Return the first member on a path that is sent as null: clearing it also clears its members."""
    holder: Any = body
    walked = ""
    for name in path.split("."):
        walked = f"{walked}.{name}".lstrip(".")
        if not isinstance(holder, dict) or name not in holder:
            return None
        holder = holder[name]
        if holder is None:
            return walked
    return None


def _take(order: Entity, body: Entity, names: list[str]) -> Entity:
    holder: Any = body
    for name in names[:-1]:
        holder = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(holder, dict) or names[-1] not in holder:
        return order
    value = holder[names[-1]]
    change: Any = value
    for name in reversed(names):
        change = {name: change}
    return merged(order, change)


def cancel(site: Site, order_id: str, body: Entity) -> Entity:
    """Cancel an order; a canceled order stays as it is.

    Raises:
        WixError: 404 unknown id, 428 a pending or rejected order or one with an authorized payment.
    """
    order = fetch(site, order_id)
    refuse_unless_decided(order)
    if order["status"] == "CANCELED":
        return order
    if amount_of(order["balanceSummary"].get("authorized")) > 0:
        code = "ORDER_HAS_AUTHORIZED_TRANSACTION"
        text = f"Order {order_id} has an authorized payment"
        raise application_error(HTTPStatus.PRECONDITION_REQUIRED, code, text)
    order["status"] = "CANCELED"
    note(site, order, "ORDER_CANCELED")
    if body.get("sendOrderCanceledEmail"):
        site.note_effect("mail", to=order.get("buyerInfo", {}).get("email"), about="order canceled", orderId=order_id)
    if body.get("restockAllItems"):
        ecom_stock.move(site, order, 1)
        for line in order["lineItems"]:
            line["restockQuantity"] = line["quantity"]
    return save(site, order)
