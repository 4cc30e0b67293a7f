"""The endpoints of V1 inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.errors import bad_request
from wix_sandbox.query.spec import Query
from wix_sandbox.querying import run_query
from wix_sandbox.resources.stores_v1 import inventory
from wix_sandbox.resources.stores_v1.table import NEWEST_FIRST, V1_STYLE, Endpoint

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.resource import Handler
    from wix_sandbox.values import Entity

INVENTORY = Query.declared("stores-v1/queryInventory", **V1_STYLE, default_sort=NEWEST_FIRST)


def _query_inventory(call: Call) -> Entity:
    return run_query(call, inventory.KIND, INVENTORY).answer("inventoryItems", INVENTORY)


def _item_named(call: Call) -> Entity:
    name, value = next(iter(call.path.items()))
    return inventory.item_of(call.site, name, value)


def _get_inventory(call: Call) -> Entity:
    item, ids = _item_named(call), call.body.get("variantIds") or []
    rows = [each for each in item["variants"] if not ids or each["variantId"] in ids]
    return {"inventoryItem": {**item, "variants": rows}}


def _update_inventory(call: Call) -> Entity:
    inventory.set_inventory(call.site, _item_named(call)["productId"], call.entity("inventoryItem"))
    return {}


def _stepper(member: str, amount: str, sign: int) -> Handler:
    def handler(call: Call) -> Entity:
        for at, row in enumerate(call.sized(member, 1, 300)):
            by = row.get(amount)
            if not isinstance(by, int) or by < 1:
                message = f"{member}[{at}].{amount} must be 1 or more"
                raise bad_request(message)
            name = "inventoryId" if row.get("inventoryId") else "productId"
            item = inventory.item_of(call.site, name, str(row.get(name)))
            inventory.step(call.site, item, str(row.get("variantId")), sign * by)
        return {}

    return handler


READS: tuple[Endpoint, ...] = (
    ("POST", "v2/inventoryItems/query", "inventory-items.query", _query_inventory),
    ("POST", "v2/inventoryItems/{inventoryId}/getVariants", "inventory-items.get", _get_inventory),
    ("POST", "v2/inventoryItems/product/{productId}/getVariants", "inventory-items.get", _get_inventory),
    ("POST", "v2/inventoryItems/external/{externalId}/getVariants", "inventory-items.get", _get_inventory),
)
WRITES: tuple[Endpoint, ...] = (
    ("PATCH", "v2/inventoryItems/product/{productId}", "inventory-items.update", _update_inventory),
    ("PATCH", "v2/inventoryItems/external/{externalId}", "inventory-items.update", _update_inventory),
    ("PATCH", "v2/inventoryItems/{inventoryId}", "inventory-items.update", _update_inventory),
    ("POST", "v2/inventoryItems/increment", "inventory-items.increment", _stepper("incrementData", "incrementBy", 1)),
    ("POST", "v2/inventoryItems/decrement", "inventory-items.decrement", _stepper("decrementData", "decrementBy", -1)),
)
