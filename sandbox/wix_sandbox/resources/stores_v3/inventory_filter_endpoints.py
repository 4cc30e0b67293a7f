"""Jobs by filter over V3 inventory items, and over variants that will get some."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wix_sandbox.errors import Violation, validation_error
from wix_sandbox.jobs import run_job
from wix_sandbox.options import StoreCatalog
from wix_sandbox.resource import Route
from wix_sandbox.resources.stores_v3.inventory import (
    KIND,
    add_quantity,
    change_item,
    clean_item,
    create_item,
    delete_item,
)
from wix_sandbox.resources.stores_v3.inventory_endpoints import SEARCH
from wix_sandbox.resources.stores_v3.product_endpoints import ROWS_SEARCH
from wix_sandbox.resources.stores_v3.variants import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


def _create(call: Call) -> Entity:
    """Create inventory for every variant that the filter of search-variants matches, at one location."""
    location, quantity = call.body["locationId"], (call.body.get("inventoryCreationData") or {}).get("quantity")
    stock = {"locationId": location} if quantity is None else {"locationId": location, "quantity": quantity}

    def act(row: Entity) -> None:
        named = {"variantId": row["variantId"], "productId": row["productData"]["productId"]}
        create_item(call.site, {**named, **stock})

    return run_job(call, ROWS, ROWS_SEARCH, act)


def _update(call: Call) -> Entity:
    changes = clean_item(call.entity("inventoryItem"), "inventoryItem")
    return run_job(call, KIND, SEARCH, lambda item: change_item(call.site, item, changes))


def _delete(call: Call) -> Entity:
    return run_job(call, KIND, SEARCH, lambda item: delete_item(call.site, item["id"]))


def _adjust(call: Call) -> Entity:
    """Refuse items without a tracked quantity, or begin to track them at 0 with `trackQuantity`."""
    by = _step(call, "adjustment")
    act = partial(_adjust_tracked, call.site, by) if call.flag("trackQuantity") else partial(_adjust_one, call.site, by)
    return run_job(call, KIND, SEARCH, act)


def _set_or_adjust(call: Call) -> Entity:
    """Set the amount. Choice: an item without a tracked quantity is counted from 0."""
    return run_job(call, KIND, SEARCH, partial(_adjust_tracked, call.site, _step(call, "adjustedInventoryAction")))


def _adjust_one(site: Site, by: int, item: Entity) -> None:
    add_quantity(site, item, by)


def _adjust_tracked(site: Site, by: int, item: Entity) -> None:
    tracked = item if item["trackQuantity"] else change_item(site, item, {"quantity": 0})
    add_quantity(site, tracked, by)


def _step(call: Call, member: str) -> int:
    action = call.entity(member)
    up, down = action.get("incrementBy"), action.get("decrementBy")
    if (up is None) == (down is None):
        text = "exactly one of incrementBy, decrementBy must be set"
        raise validation_error(Violation(member, text, "ONE_OF_ALIGNMENT"))
    return int(up or 0) - int(down or 0)


def routes() -> Iterator[Route]:
    """The endpoints by filter."""
    for verb, handler in (
        ("create-by-variant-filter", _create),
        ("update-by-filter", _update),
        ("delete-by-filter", _delete),
        ("adjust-by-filter", _adjust),
        ("set-or-adjust-by-filter", _set_or_adjust),
    ):
        yield Route(
            method="POST",
            path=f"/stores/v3/bulk/inventory-items/{verb}",
            operation=f"inventory-items.bulk-{verb}",
            handler=handler,
            catalog=StoreCatalog.V3,
        )
