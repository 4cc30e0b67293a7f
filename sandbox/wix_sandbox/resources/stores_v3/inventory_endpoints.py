"""The endpoints of V3 inventory items."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk_answer, each_item
from wix_sandbox.errors import not_found, required
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
from wix_sandbox.querying import aggregation_data, count_rows
from wix_sandbox.resource import Route
from wix_sandbox.resources.stores_v3.derive import DEFAULT_LOCATION
from wix_sandbox.resources.stores_v3.inventory import (
    ITEMS,
    KIND,
    add_quantity,
    at_location,
    create_item,
    delete_item,
    restocking_once,
    update_item,
)
from wix_sandbox.resources.stores_v3.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.resource import Handler
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

MANY = (1, 1_000)
STEPS = (1, 300)
SEARCH = Query.declared("stores-v3/searchInventoryItems", envelope="search", text_fields=("product.name",))


def _create(call: Call) -> Entity:
    return {"inventoryItem": create_item(call.site, call.entity("inventoryItem"))}


def _update(call: Call) -> Entity:
    item_id = call.parameter("inventoryItemId")
    return {"inventoryItem": update_item(call.site, item_id, call.entity("inventoryItem"))}


def _delete(call: Call) -> Entity:
    delete_item(call.site, call.parameter("inventoryItemId"))
    return {}


def _search(call: Call) -> Entity:
    answer = ITEMS.page(call, SEARCH).answer("inventoryItems", SEARCH)
    return answer | {"aggregationData": aggregation_data(call, KIND, SEARCH)}


def _count(call: Call) -> Entity:
    return {"count": count_rows(call, KIND, SEARCH)}


def _bulk_create(call: Call) -> Entity:
    def act(at: int, body: Entity) -> Entity:
        return create_item(call.site, body, f"inventoryItems[{at}]")

    items = call.items("inventoryItems", *MANY)
    return bulk_answer(each_item(items, act, give=call.flag("returnEntity")))


def _bulk_update(call: Call) -> Entity:
    def act(at: int, entry: Entity) -> Entity:
        body = entry.get("inventoryItem") or {}
        return update_item(call.site, str(body.get("id")), body, f"inventoryItems[{at}].inventoryItem")

    return _masked(call, act)


def _bulk_upsert(call: Call) -> Entity:
    """Creates or updates by (variantId, locationId); needs no revision."""

    def act(at: int, entry: Entity) -> Entity:
        body, path = entry.get("inventoryItem") or {}, f"inventoryItems[{at}].inventoryItem"
        if not body.get("variantId"):
            raise required(f"{path}.variantId")
        location = body.get("locationId") or DEFAULT_LOCATION
        current = at_location(call.site, body["variantId"], location, body.get("productId"))
        if (body.get("quantity") or 0) < 0:
            raise refusal("INVALID_TARGET_QUANTITY", f"{path}.quantity must not be negative")
        if current is None:
            return create_item(call.site, body, path)
        sent = {**body, "revision": current["revision"]}
        return update_item(call.site, current["id"], sent, path)

    return _masked(call, act)


def _masked(call: Call, act: Any) -> Entity:
    items = call.items("inventoryItems", *MANY)
    found = each_item(
        items, act, give=call.flag("returnEntity"), id_of=lambda entry: (entry.get("inventoryItem") or {}).get("id")
    )
    return bulk_answer(found)


def _bulk_delete(call: Call) -> Entity:
    def act(_at: int, item_id: str) -> None:
        delete_item(call.site, item_id)

    return bulk_answer(each_item(call.items("inventoryItemIds", *MANY), act))


def _named_item(site: Site, row: Entity) -> Entity:
    """The item a row of an increment means: by its id, or by variant and location."""
    if row.get("inventoryItemId"):
        return ITEMS.fetch(site, row["inventoryItemId"])
    item = at_location(site, str(row.get("variantId")), row.get("locationId") or DEFAULT_LOCATION)
    if item is None:
        raise not_found("InventoryItem", str(row.get("variantId")))
    return item


def _stepper(member: str, amount: str, sign: int) -> Handler:
    def handler(call: Call) -> Entity:
        # The types of the two decrements contradict each other in what the member means; where items are named by id
        # they are clear: false lets stock fall below zero. Named by variant, stock never does (a choice).
        below_zero = call.body.get("restrictInventory") is False and not call.operation.endswith("-by-variant")

        def act(_at: int, row: Entity) -> Entity:
            by = sign * int(row[amount])
            return add_quantity(call.site, _named_item(call.site, row), by, below_zero=below_zero)

        rows = call.items(member, *STEPS)
        found = each_item(rows, act, give=call.flag("returnEntity"), id_of=lambda row: row.get("inventoryItemId"))
        return bulk_answer(found)

    return handler


def routes() -> Iterator[Route]:
    """The endpoints of inventory items."""
    special = {"create": _create, "update": _update, "delete": _delete}
    yield from replace(ITEMS, special=special).routes()
    bulk = "/stores/v3/bulk/inventory-items"
    increment, decrement = _stepper("incrementData", "incrementBy", 1), _stepper("decrementData", "decrementBy", -1)
    for method in ("POST", "GET"):
        yield _route(f"{ITEMS.base}/search", "search", _search, method)
        yield _route(f"{ITEMS.base}/count", "count", _count, method)
    for path, verb, handler in (
        (f"{bulk}/create", "bulk-create", _bulk_create),
        (f"{bulk}/update", "bulk-update", _bulk_update),
        (f"{bulk}/upsert", "bulk-upsert", _bulk_upsert),
        (f"{bulk}/delete", "bulk-delete", _bulk_delete),
        (f"{bulk}/increment", "bulk-increment", increment),
        (f"{bulk}/decrement", "bulk-decrement", decrement),
        (f"{bulk}/increment-by-variant-and-location", "bulk-increment-by-variant", increment),
        (f"{bulk}/decrement-by-variant-and-location", "bulk-decrement-by-variant", decrement),
    ):
        yield _route(path, verb, _stocking_once(handler))


def _stocking_once(handler: Handler) -> Handler:
    def handle(call: Call) -> Entity:
        with restocking_once(call.site):
            return handler(call)

    return handle


def _route(path: str, verb: str, handler: Handler, method: str = "POST") -> Route:
    operation = f"inventory-items.{verb}"
    return Route(method=method, path=path, operation=operation, handler=handler, catalog=StoreCatalog.V3)
