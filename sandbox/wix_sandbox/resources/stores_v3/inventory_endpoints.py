"""The endpoints of V3 inventory items, and jobs by filter over them and over variants that will get some."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from wix_sandbox.bulk import bulk, run_job
from wix_sandbox.errors import Violation, existing, required, validation_error
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
from wix_sandbox.querying import aggregation_data, count_rows
from wix_sandbox.resource import Route
from wix_sandbox.resources.stores_v3.inventory import (
    ITEMS,
    KIND,
    add_quantity,
    at_location,
    change_item,
    clean_item,
    create_item,
    delete_item,
    preorder,
    restocking_once,
    update_item,
)
from wix_sandbox.resources.stores_v3.product_endpoints import ROWS_SEARCH
from wix_sandbox.resources.stores_v3.variants import DEFAULT_LOCATION, ROWS, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.resource import Handler
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

SEARCH = Query.declared("stores-v3/searchInventoryItems", envelope="search", text_fields=("product.name",))


def _search(call: Call) -> Entity:
    answer = ITEMS.page(call, SEARCH).answer("inventoryItems", SEARCH)
    return answer | {"aggregationData": aggregation_data(call, KIND, SEARCH)}


def _count(call: Call) -> Entity:
    return {"count": count_rows(call, KIND, SEARCH)}


def _upsert(call: Call, body: Entity, path: str) -> Entity:
    """Create or update by (variantId, locationId); needs no revision."""
    if not body.get("variantId"):
        raise required(f"{path}.variantId")
    location = body.get("locationId") or DEFAULT_LOCATION
    current = at_location(call.site, body["variantId"], location, body.get("productId"))
    if (body.get("quantity") or 0) < 0:
        raise refusal("INVALID_TARGET_QUANTITY", f"{path}.quantity must not be negative")
    if current is None and not body.get("productId"):
        raise required(f"{path}.productId")
    if current is None:
        return create_item(call.site, body, path)
    return update_item(call.site, current["id"], {**body, "revision": current["revision"]}, path)


def _named_item(site: Site, row: Entity) -> Entity:
    """Return the item of a row of an increment: by its id, or by variant and location."""
    if row.get("inventoryItemId"):
        return ITEMS.fetch(site, row["inventoryItemId"])
    return existing(
        at_location(site, str(row.get("variantId")), row.get("locationId") or DEFAULT_LOCATION),
        "InventoryItem",
        str(row.get("variantId")),
    )


def _stepper(member: str, amount: str, sign: int) -> Handler:
    def act(call: Call, row: Entity, _path: str) -> Entity:
        # The types of the two decrements contradict each other in what the member means; where items are named by id
        # they are clear: false lets stock fall below zero. Named by variant, stock never does (a choice).
        below_zero = call.body.get("restrictInventory") is False and not call.operation.endswith("-by-variant")
        by, item = sign * int(row[amount]), _named_item(call.site, row)
        if row.get("preorderRequest") and item["trackQuantity"] and item["availabilityStatus"] == "PREORDER":
            return preorder(call.site, item, -by)
        return add_quantity(call.site, item, by, below_zero=below_zero)

    return bulk(member, act, id_name="inventoryItemId")


def routes() -> Iterator[Route]:
    """The endpoints of inventory items."""
    row = replace(ITEMS, creates=create_item, updates=update_item, deletes=delete_item)
    together = "/stores/v3/bulk/inventory-items"
    increment, decrement = _stepper("incrementData", "incrementBy", 1), _stepper("decrementData", "decrementBy", -1)
    yield from row.routes()
    yield from _filter_routes()
    for method in ("POST", "GET"):
        yield _route(f"{ITEMS.base}/search", "search", _search, method)
        yield _route(f"{ITEMS.base}/count", "count", _count, method)
    for route in (
        *row.bulk_routes(together, ("create", "update", "delete")),
        _route(f"{together}/upsert", "bulk-upsert", bulk("inventoryItems", _upsert, item="inventoryItem")),
        _route(f"{together}/increment", "bulk-increment", increment),
        _route(f"{together}/decrement", "bulk-decrement", decrement),
        _route(f"{together}/increment-by-variant-and-location", "bulk-increment-by-variant", increment),
        _route(f"{together}/decrement-by-variant-and-location", "bulk-decrement-by-variant", decrement),
    ):
        yield replace(route, handler=_stocking_once(route.handler))


def _stocking_once(handler: Handler) -> Handler:
    def handle(call: Call) -> Entity:
        with restocking_once(call.site):
            return handler(call)

    return handle


def _route(path: str, verb: str, handler: Handler, method: str = "POST") -> Route:
    operation = f"inventory-items.{verb}"
    return Route(method, path, operation, handler, catalog=StoreCatalog.V3)


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


def _filter_routes() -> Iterator[Route]:
    """The endpoints by filter."""
    for verb, handler in (
        ("create-by-variant-filter", _create),
        ("update-by-filter", _update),
        ("delete-by-filter", _delete),
        ("adjust-by-filter", _adjust),
        ("set-or-adjust-by-filter", _set_or_adjust),
    ):
        yield Route(
            "POST",
            f"/stores/v3/bulk/inventory-items/{verb}",
            f"inventory-items.bulk-{verb}",
            handler,
            catalog=StoreCatalog.V3,
        )
