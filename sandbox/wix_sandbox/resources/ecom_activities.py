"""Members of an order apart from goods and money: activities, tags, and the counter of order numbers.

https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/orders/add-activity
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk_answer, each_item, run_job
from wix_sandbox.errors import bad_request, error_428, not_found, only_one
from wix_sandbox.resource import retagged
from wix_sandbox.resources import ecom_orders, invoices
from wix_sandbox.values import filled, only
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

ORDERS = "/ecom/v1/orders"
MAX_ADDED = 300

_TYPES = {"customActivity": "CUSTOM_ACTIVITY", "merchantComment": "MERCHANT_COMMENT"}
"""Activities that may be added, and their types; all other activities are added by events of the order."""
_LISTS = ("privateTags", "tags")


def _content(body: Entity, path: str = "activity") -> Entity:
    """Return type and content of an activity; Wix's types of orders have no content of custom ones."""
    cleaned = clean("order.activities", body, path)
    if body.get("customActivity") is not None:
        cleaned["customActivity"] = body["customActivity"]
    name = only_one(filled(cleaned), path, *_TYPES)
    if name == "customActivity":
        return {"type": _TYPES[name]}
    return {"type": _TYPES[name], "activityType": _TYPES[name], name: cleaned[name]}


def _append(site: Site, order: Entity, content: Entity) -> str:
    activity = {"id": site.new_id(), "createdDate": site.now()}
    order.setdefault("activities", []).append(activity | content)
    return str(activity["id"])


def _add(call: Call) -> Entity:
    order = ecom_orders.fetch(call.site, call.parameter("id"))
    activity_id = _append(call.site, order, _content(call.entity("activity")))
    return {"order": ecom_orders.save(call.site, order), "activityId": activity_id}


def _add_several(call: Call) -> Entity:
    """Answer in the form of Wix's JavaScript client: `{orderActivities: […]}`, all or none."""
    order = ecom_orders.fetch(call.site, call.parameter("id"))
    stated = call.sized("orderActivities", 1, MAX_ADDED)
    contents = [_content(each, f"orderActivities[{at}]") for at, each in enumerate(stated)]
    ids = [_append(call.site, order, each) for each in contents]
    return {"order": ecom_orders.save(call.site, order), "activityIds": ids}


def _own(call: Call) -> tuple[Entity, int]:
    """Return the order of a call and the index of its activity; only activities of callers can be changed."""
    order = ecom_orders.fetch(call.site, call.parameter("id"))
    for at, each in enumerate(order.get("activities", [])):
        if each["id"] == call.parameter("activityId") and each["type"] in _TYPES.values():
            return order, at
    raise not_found("Activity", call.parameter("activityId"))


def _update(call: Call) -> Entity:
    order, at = _own(call)
    content = _content(call.entity("activity"))
    order["activities"][at] = only(order["activities"][at], "id", "createdDate") | content
    return {"order": ecom_orders.save(call.site, order)}


def _delete(call: Call) -> Entity:
    order, at = _own(call)
    del order["activities"][at]
    return {"order": ecom_orders.save(call.site, order)}


def _tag(call: Call) -> Entity:
    """Change tags; one that is both assigned and unassigned is assigned."""
    assigned, unassigned = (_tags(call, name) for name in ("assignTags", "unassignTags"))

    def act(order_id: Any) -> Entity:
        order = ecom_orders.fetch(call.site, str(order_id))
        tags = order.setdefault("tags", {})
        for name in _LISTS:
            before = tags.get(name, {}).get("tagIds", [])
            tags[name] = {"tagIds": retagged(before, assigned[name], unassigned[name])}
        return ecom_orders.save(call.site, order)

    return bulk_answer(each_item(call.items("orderIds"), act))


def _tags(call: Call, name: str) -> dict[str, list[str]]:
    cleaned = clean("order.tags", call.body.get(name) or {}, name)
    return {each: (cleaned.get(each) or {}).get("tagIds") or [] for each in _LISTS}


def _set_counter(call: Call) -> Entity:
    """Set the counter, which is the number of the next order."""
    stated = call.body["counter"]
    if not str(stated).isdecimal():
        raise bad_request("Expected a number at counter")
    old = ecom_orders.last_number(call.site) + 1
    if int(stated) < old and not call.flag("allowLowerCounter"):
        # Wix declares the code without a status.
        code = "CANNOT_SET_LOWER_ORDER_NUMBER_COUNTER"
        raise error_428(code, f"The counter is at {old} already")
    call.site.counters[ecom_orders.NUMBERS] = int(stated) - 1
    return {"oldCounter": str(old), "newCounter": str(int(stated))}


def _delete_imported(call: Call) -> Entity:
    """Delete imported orders; the id of another order is a failed item of the job."""

    def act(order_id: Any) -> None:
        order = ecom_orders.fetch(call.site, str(order_id))
        if not order.get("imported"):
            # Wix names no code for it.
            raise not_found("Imported order", order["id"])
        for kind in (ecom_orders.KIND, ecom_orders.TRANSACTIONS, ecom_orders.FULFILLMENTS, invoices.KIND):
            call.site.store.delete(kind, order["id"])

    return run_job(call, call.items("orderIds"), act)


_ACTIVITY = f"{ORDERS}/{{id}}/activities"
ENDPOINTS = (
    ("POST", _ACTIVITY, "orders.add_activity", _add),
    ("POST", f"{_ACTIVITY}/add", "orders.add_activities", _add_several),
    ("PATCH", f"{_ACTIVITY}/{{activityId}}", "orders.update_activity", _update),
    ("DELETE", f"{_ACTIVITY}/{{activityId}}", "orders.delete_activity", _delete),
    ("POST", "/ecom/v1/bulk/orders/update-tags", "orders.bulk_update_tags", _tag),
    ("POST", f"{ORDERS}/import/set-order-number-counter", "orders.set_counter", _set_counter),
    ("POST", f"{ORDERS}/import/bulk-delete-imported-orders", "orders.bulk_delete_imported", _delete_imported),
)
"""Method, path, operation and handler of each."""
