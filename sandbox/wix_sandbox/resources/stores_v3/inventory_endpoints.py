"""The endpoints of V3 inventory items, and jobs by filter over them and over variants that will get some."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from wix_sandbox.bulk import bulk, by_id, job
from wix_sandbox.documented import refusal
from wix_sandbox.errors import existing, only_one, require, rule_error
from wix_sandbox.handlers import counting, endpoints, listing
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
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
from wix_sandbox.resources.stores_v3.variants import DEFAULT_LOCATION, ROWS
from wix_sandbox.values import given

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox.call import Call, Handler
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

    Act = Callable[[Entity], Entity | None]
    """Changes a row that a filter matches."""

BULK = "/stores/v3/bulk/inventory-items"
SEARCH = Query.declared(
    "stores-v3/searchInventoryItems",
    envelope="search",
    text_fields=("product.name", "product.variantName", "product.variantSku"),
    aggregates=True,
)


def _upsert(call: Call, body: Entity, path: str) -> Entity:
    """Create or update by (variantId, locationId); needs no revision."""
    require(body, "variantId", within=path)
    location = body.get("locationId") or DEFAULT_LOCATION
    current = at_location(call.site, body["variantId"], location, body.get("productId"))
    if (body.get("quantity") or 0) < 0:
        raise refusal("INVALID_TARGET_QUANTITY", f"{path}.quantity must not be negative")
    if current is None:
        require(body, "productId", within=path)
        return create_item(call.site, body, path)
    return update_item(call.site, current["id"], {**body, "revision": current["revision"]}, path)


def _bulk_upsert(call: Call) -> Entity:
    """Answer POST upsert; 400 for two rows of one variant at one location."""
    seen = set()
    for at, row in enumerate(call.items("inventoryItems")):
        item = row.get("inventoryItem") or {}
        key = (item.get("variantId"), item.get("locationId") or DEFAULT_LOCATION)
        if item.get("variantId") and key in seen:
            text = "has the variant and the location of another item"
            raise rule_error(f"inventoryItems[{at}].inventoryItem", "DUPLICATE_BULK_UPSERT_KEY", text)
        seen.add(key)
    return _UPSERT(call)


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


def _stocking_once(handler: Handler) -> Handler:
    def handle(call: Call) -> Entity:
        with restocking_once(call.site):
            return handler(call)

    return handle


def _creating(call: Call) -> Act:
    """Create inventory for every variant that the filter of search-variants matches, at one location."""
    location, quantity = call.body["locationId"], (call.body.get("inventoryCreationData") or {}).get("quantity")
    stock = given({"locationId": location, "quantity": quantity})

    def act(row: Entity) -> Entity:
        named = {"variantId": row["variantId"], "productId": row["productData"]["productId"]}
        return create_item(call.site, {**named, **stock})

    return act


def _updating(call: Call) -> Act:
    changes = clean_item(call.entity("inventoryItem"), "inventoryItem")
    return lambda item: change_item(call.site, item, changes)


def _adjusting(call: Call) -> Act:
    """Refuse items without a tracked quantity, or begin to track them at 0 with `trackQuantity`."""
    by = _step(call, "adjustment")
    if call.flag("trackQuantity"):
        return partial(_adjust_tracked, call.site, by)
    return lambda item: add_quantity(call.site, item, by)


def _setting(call: Call) -> Act:
    """Set the amount. Choice: an item without a tracked quantity is counted from 0."""
    return partial(_adjust_tracked, call.site, _step(call, "adjustedInventoryAction"))


def _adjust_tracked(site: Site, by: int, item: Entity) -> None:
    tracked = item if item["trackQuantity"] else change_item(site, item, {"quantity": 0})
    add_quantity(site, tracked, by)


def _step(call: Call, member: str) -> int:
    action = call.entity(member)
    name = only_one(action, member, "incrementBy", "decrementBy")
    return int(action[name]) * (1 if name == "incrementBy" else -1)


_UPSERT = bulk("inventoryItems", _upsert, item="inventoryItem")
_INCREMENT, _DECREMENT = _stepper("incrementData", "incrementBy", 1), _stepper("decrementData", "decrementBy", -1)
_BY_FILTER: dict[str, Callable[[Call], Act]] = {
    "update": _updating,
    "delete": by_id(delete_item),
    "adjust": _adjusting,
    "set-or-adjust": _setting,
}
"""Calls that act on every item that a filter matches."""
_ENDPOINTS = endpoints(
    ("POST GET", f"{ITEMS.base}/search", "inventory-items.search", listing(KIND, SEARCH, "inventoryItems")),
    ("POST GET", f"{ITEMS.base}/count", "inventory-items.count", counting(KIND, SEARCH)),
    (
        "POST",
        f"{BULK}/create-by-variant-filter",
        "inventory-items.bulk-create-by-variant-filter",
        job(ROWS, ROWS_SEARCH, _creating),
    ),
    *(
        ("POST", f"{BULK}/{verb}-by-filter", f"inventory-items.bulk-{verb}-by-filter", job(KIND, SEARCH, change))
        for verb, change in _BY_FILTER.items()
    ),
    catalog=StoreCatalog.V3,
)
_OF_MANY = endpoints(
    ("POST", f"{BULK}/upsert", "inventory-items.bulk-upsert", _bulk_upsert),
    ("POST", f"{BULK}/increment", "inventory-items.bulk-increment", _INCREMENT),
    ("POST", f"{BULK}/decrement", "inventory-items.bulk-decrement", _DECREMENT),
    ("POST", f"{BULK}/increment-by-variant-and-location", "inventory-items.bulk-increment-by-variant", _INCREMENT),
    ("POST", f"{BULK}/decrement-by-variant-and-location", "inventory-items.bulk-decrement-by-variant", _DECREMENT),
    catalog=StoreCatalog.V3,
)
_ROW = replace(ITEMS, creates=create_item, updates=update_item, deletes=delete_item)
ROUTES = (
    *_ROW.routes(),
    *_ENDPOINTS,
    *(
        replace(route, handler=_stocking_once(route.handler))
        for route in (*_ROW.bulk_routes(BULK, ("create", "update", "delete")), *_OF_MANY)
    ),
)
"""The endpoints of inventory items; calls with many items derive the stock of each product once."""
