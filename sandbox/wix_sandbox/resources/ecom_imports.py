"""Orders that were placed elsewhere, stored unchanged.

https://dev.wix.com/docs/api-reference/business-solutions/e-commerce/orders/orders/import-order
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import Violation, application_error, validation_error
from wix_sandbox.resources.ecom_money import format_prices
from wix_sandbox.resources.ecom_orders import COMPUTED, KIND, place
from wix_sandbox.schema import load
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

_AS_STATED = ("paymentStatus", "fulfillmentStatus", "balanceSummary")
"""Members that are derived from payments and goods on other orders."""
_REQUIRED = (
    *("channelInfo", "billingInfo.contactDetails", "lineItems", "paymentStatus", "priceSummary", "status"),
    *("currencyConversionDetails.originalCurrency", "currencyConversionDetails.conversionRate"),
)
_KEPT = ("number", "createdDate", "activities")


def _check(body: Entity) -> None:
    """Check what the call needs beyond the schema of orders.

    Raises:
        WixError: 400 for a missing member, and for a number that has more than digits.
    """
    missing = [path for path in _REQUIRED if _at(body, path) is None]
    if missing:
        raise validation_error(*(Violation(f"order.{path}", "must not be empty", "REQUIRED_FIELD") for path in missing))
    if body.get("number") and not str(body["number"]).isdecimal():
        # Seen live: the answer names no field.
        raise application_error(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", "A numeric value was expected")


def _at(body: Entity, path: str) -> Any:
    head, _, rest = path.partition(".")
    value = body.get(head)
    return _at(value, rest) if rest and isinstance(value, dict) else None if rest else value


def import_order(site: Site, body: Entity) -> Entity:
    """Store an order unchanged and without effects; the same id again replaces it.

    Raises:
        WixError: 409 for the id of an order that was not imported.
    """
    clean("order", body, "order", keep=COMPUTED)
    _check(body)
    if site.readings["id-of-imported-order"] == "ignored":
        body = {name: value for name, value in body.items() if name != "id"}
    before = site.store.get(KIND, body["id"]) if body.get("id") else None
    if before is not None and not before.get("imported"):
        # Wix declares the code without a status; 409 as for other clashes of ids.
        text = "An order that was not imported cannot be overwritten"
        raise application_error(HTTPStatus.CONFLICT, "CANNOT_OVERWRITE_NON_IMPORTED_ORDER", text)
    known = load("order").members
    stated = {name: value for name, value in body.items() if name in known and value is not None}
    if before is not None:
        stated = {name: before[name] for name in _KEPT} | stated
    order = place(site, stated) | {"imported": True, "updatedDate": site.now()}
    order |= {name: stated[name] for name in _AS_STATED if name in stated}
    format_prices(order, order["currency"])
    site.store.table(KIND).put(order)
    return order
