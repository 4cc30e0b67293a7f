"""The eCommerce endpoints: orders, their changes and imports, fulfillments, transactions. The same on both catalogs.

https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders
https://dev.wix.com/docs/api-reference/business-solutions/e-commerce/orders/orders/import-order
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk, bulk_answer, each_item
from wix_sandbox.errors import application_error, error_400, error_409, error_428, required
from wix_sandbox.handlers import creating, endpoints, fetching, updating
from wix_sandbox.query.filters import compile_filter
from wix_sandbox.query.request import Cursor, part_of
from wix_sandbox.query.spec import Metadata, Paging, Query
from wix_sandbox.querying import run_query
from wix_sandbox.resource import merged
from wix_sandbox.resources import ecom_activities, ecom_orders, ecom_payments, invoices
from wix_sandbox.resources.ecom_orders import (
    COMPUTED,
    KIND,
    amount_of,
    fetch,
    format_prices,
    fulfillments_of,
    note,
    place,
    save,
    transactions_of,
)
from wix_sandbox.values import only, without
from wix_sandbox.walk import clean, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox.call import Call, Handler
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity
    from wix_sandbox.walk import Node

_UPDATABLE = (
    *("buyerInfo.email", "buyerLanguage", "weightUnit", "billingInfo.address", "billingInfo.contactDetails"),
    *("archived", "attributionSource", "seenByAHuman", "recipientInfo.address", "recipientInfo.contactDetails"),
    "shippingInfo.logistics.shippingDestination.address",
    "shippingInfo.logistics.shippingDestination.contactDetails",
    "extendedFields",
)
"""Members that Wix documents as updatable, and one that was seen to be merged."""
_NOT_CLEARABLE = tuple(path for path in _UPDATABLE if path.startswith("buyerInfo") or "contactDetails" in path)


def refuse_unless_decided(order: Entity) -> None:
    """Refuse a change of an order whose payment is pending or rejected.

    Raises:
        WixError: 428 `ORDER_IS_PENDING` or `ORDER_IS_REJECTED`; Wix declares the codes without a status.
    """
    if order["status"] in {"PENDING", "REJECTED"}:
        code = f"ORDER_IS_{order['status']}"
        raise error_428(code, f"Order {order['id']} is {order['status'].lower()}")


def update(site: Site, order_id: str, body: Entity) -> Entity:
    """Change the members that an update may change, and ignore all others.

    Raises:
        WixError: 404 for an unknown id, 428 for a pending or rejected order, 400 for a null in a member that cannot be
            cleared.
    """
    order = fetch(site, order_id)
    refuse_unless_decided(order)
    cleaned = clean("order", body, "order")
    cleared = sorted({null for path in _NOT_CLEARABLE if (null := _null_on(cleaned, path))})
    if cleared:
        raise required(*(f"order.{each}" for each in cleared))
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
        WixError: 404 for an unknown id, 428 for a pending or rejected order or one with an authorized payment.
    """
    order = fetch(site, order_id)
    refuse_unless_decided(order)
    if order["status"] == "CANCELED":
        return order
    if amount_of(order["balanceSummary"].get("authorized")) > 0:
        code = "ORDER_HAS_AUTHORIZED_TRANSACTION"
        raise error_428(code, f"Order {order_id} has an authorized payment")
    order["status"] = "CANCELED"
    note(site, order, "ORDER_CANCELED")
    if body.get("sendOrderCanceledEmail"):
        site.note_effect("mail", to=order.get("buyerInfo", {}).get("email"), about="order canceled", orderId=order_id)
    if body.get("restockAllItems"):
        ecom_orders.move(site, order, 1)
        for line in order["lineItems"]:
            line["restockQuantity"] = line["quantity"]
    return save(site, order)


_AS_STATED = ("paymentStatus", "fulfillmentStatus", "balanceSummary")
"""Members that are derived from payments and goods on other orders."""
IMPORTS = "order_imports"
"""Kind of the rows with the time of the latest import of an order: an import raises no other event."""
_KEPT = ("number", "createdDate", "activities")


def import_order(site: Site, body: Entity) -> Entity:
    """Store an order unchanged and without effects; the same id again replaces it.

    Raises:
        WixError: 400 for a number that has more than digits, 409 for the id of an order that was not imported.
    """
    clean("order", body, "order", keep=COMPUTED.union(f".{name}" for name in load("order").members))
    body = _stated(load("order"), body)
    if body.get("number") and not str(body["number"]).isdecimal():
        # Seen live: the answer names no field.
        raise error_400("INVALID_ARGUMENT", "A numeric value was expected")
    if site.readings["id-of-imported-order"] == "ignored":
        body = without(body, "id")
    before = site.store.get(KIND, body["id"]) if body.get("id") else None
    if before is not None and not before.get("imported"):
        # Wix declares the code without a status; 409 as for other clashes of ids.
        raise error_409("CANNOT_OVERWRITE_NON_IMPORTED_ORDER", "An order that was not imported cannot be overwritten")
    if before is not None:
        # Seen live: extended fields survive. Choice: those of the new order are added.
        extended = merged(before.get("extendedFields") or {}, body.get("extendedFields") or {})
        body = only(before, *_KEPT) | body | ({"extendedFields": extended} if extended else {})
    order = place(site, body) | {"imported": True, "updatedDate": site.now()}
    order |= only(body, *_AS_STATED)
    format_prices(order, order["currency"])
    site.store.table(KIND).put(order)
    site.store.table(IMPORTS).put(only(order, "id", "updatedDate"))
    return order


def _stated(node: Node, value: Any) -> Any:
    """Return a value of a new entity: null is the same as a missing member, and unknown members are ignored."""
    if isinstance(value, list) and node.items is not None:
        return [_stated(node.items(), each) for each in value]
    if isinstance(value, dict) and not node.free:
        members = node.members
        return {
            name: _stated(members[name](), each) for name, each in value.items() if name in members and each is not None
        }
    return value


ORDERS = "/ecom/v1/orders"
FULFILLMENTS = "/ecom/v1/fulfillments"
PAYMENTS = "/ecom/v1/payments"

SEARCH = Query.declared(
    "ecom/searchOrders",
    envelope="search",
    metadata=Metadata.METADATA,
    base_filter={"status": {"$nin": ["INITIALIZED", "PENDING", "REJECTED"]}},
)
BY_STATUS: Entity = {"status": {"$ne": "INITIALIZED"}}
"""PENDING and REJECTED are returned if the filter names `status`; INITIALIZED never is."""
QUERY = SEARCH.but(envelope="query", paging=Paging.OFFSET_OR_CURSOR)
"""An operation that is in no list of Wix, and that sites answer. Choice: it takes the filters and sorts of the search,
and leaves out the same orders."""


FULFILLED_AS = "fulfillmentStatusesAggregate.statuses"
"""Filter by the statuses of an order's fulfillments. Choice: the member is in no answer, as Wix's types lack it."""


def answer_search(call: Call) -> Entity:
    """Answer POST search: `{search}` to `{orders, metadata}`."""
    return _found(call, SEARCH)


def answer_query(call: Call) -> Entity:
    """Answer POST query, which old guides and public code call: `{query}` to `{orders, metadata}`."""
    answer = _found(call, QUERY)
    # Source: Wix's typings of an internal call have these members for either way of paging.
    answer["metadata"] = only(answer["metadata"], "count", "offset", "total", "cursors")
    return answer


def _found(call: Call, query: Query) -> Entity:
    if call.site.readings["order-identity"] == "missing":
        text = "the identity of the call may not read orders"
        raise application_error(HTTPStatus.FORBIDDEN, "READ_ORDER_FORBIDDEN", text)
    envelope = part_of(call.body, query.envelope)
    if "status" in _fields(_filter(call, envelope)):
        query = query.but(base_filter=BY_STATUS)
    if envelope.get("filter"):
        envelope["filter"] = _by_fulfillments(call.site, envelope["filter"])
    return run_query(call, KIND, query).answer("orders", query)


def _by_fulfillments(site: Site, condition: Any) -> Any:
    """Return a filter by the ids of the orders whose fulfillments have the requested statuses."""
    if isinstance(condition, list):
        return [_by_fulfillments(site, each) for each in condition]
    if not isinstance(condition, dict):
        return condition
    parts = {name: _by_fulfillments(site, value) for name, value in condition.items()}
    asked = parts.get(FULFILLED_AS)
    if not isinstance(asked, dict) or not asked.keys() <= {"$hasSome", "$hasAll"}:
        return parts
    del parts[FULFILLED_AS]
    return {"$and": [parts, {"id": {"$in": list(_with_statuses(site, asked))}}]}


def _with_statuses(site: Site, asked: Entity) -> Iterator[str]:
    asked_for = compile_filter({FULFILLED_AS: asked}, SEARCH)
    for row in site.store.all(ecom_orders.FULFILLMENTS):
        if asked_for.fits({FULFILLED_AS: [each.get("status") for each in row["fulfillments"]]}):
            yield row["orderId"]


def _filter(call: Call, envelope: Entity) -> Any:
    """Return the filter of a search; on later pages it is in the cursor."""
    cursor = part_of(envelope, "cursorPaging").get("cursor")
    return Cursor.parse(cursor, call.operation).filter if cursor else envelope.get("filter")


def _fields(filter_part: Any) -> set[str]:
    if isinstance(filter_part, list):
        return set().union(*map(_fields, filter_part))
    if not isinstance(filter_part, dict):
        return set()
    deeper = [value for name, value in filter_part.items() if name.startswith("$")]
    return {name for name in filter_part if not name.startswith("$")}.union(*map(_fields, deeper))


def _get(call: Call) -> Entity:
    if call.site.readings["order-identity"] == "missing":
        text = "the identity of the call lacks the context that reading an order needs"
        raise error_428("MISSING_IDENTITY_CONTEXT", text)
    return {"order": fetch(call.site, call.parameter("id"))}


def _create(call: Call) -> Entity:
    return {"order": ecom_orders.create(call.site, call.entity("order"), call.body.get("settings") or {})}


def _cancel(call: Call) -> Entity:
    return {"order": cancel(call.site, call.parameter("id"), call.body)}


def _update_one(call: Call, order: Entity, _path: str) -> Entity:
    return update(call.site, str(order.get("id")), order)


def _of_order(envelope: str, child: Callable[[Site, str], Entity]) -> Handler:
    """Return the handler of a GET for the fulfillments or transactions of an order."""
    return fetching(envelope, lambda site, order_id: child(site, fetch(site, order_id)["id"]), "orderId")


def _of_orders(envelope: str, child: Callable[[Site, str], Entity]) -> Handler:
    """Return the handler of a list-by-ids call. Choice: an unknown id is left out of the answer."""

    def handler(call: Call) -> Entity:
        ids = dict.fromkeys(map(str, call.items("orderIds")))
        known = [each for each in ids if each in call.site.store.table(KIND)]
        return {envelope: [child(call.site, each) for each in known]}

    return handler


def _create_fulfillment(call: Call) -> Entity:
    order_id, body = call.parameter("orderId"), call.entity("fulfillment")
    created = ecom_payments.create(call.site, order_id, body, "fulfillment")
    answer = fulfillments_of(call.site, order_id)
    return {"orderWithFulfillments": answer, "fulfillmentId": created["id"]}


def _bulk_create_fulfillments(call: Call) -> Entity:
    def act(place: tuple[int, Entity]) -> Entity:
        at, item = place
        ecom_payments.create_all(call.site, item["orderId"], item["fulfillments"], f"ordersWithFulfillments[{at}]")
        return {"id": item["orderId"]}

    places = enumerate(call.items("ordersWithFulfillments"))
    results = each_item(places, act, id_of=lambda place: place[1]["orderId"])
    for result in results:
        if result["itemMetadata"]["success"]:
            order_id = result["itemMetadata"]["id"]
            result["ordersWithFulfillments"] = fulfillments_of(call.site, order_id)
    return bulk_answer(results)


def _update_fulfillment(call: Call) -> Entity:
    order_id, body = call.parameter("orderId"), call.entity("fulfillment")
    ecom_payments.update(call.site, order_id, call.parameter("fulfillmentId"), body)
    return {"orderWithFulfillments": fulfillments_of(call.site, order_id)}


def _delete_fulfillment(call: Call) -> Entity:
    order_id = call.parameter("orderId")
    ecom_payments.delete(call.site, order_id, call.parameter("fulfillmentId"))
    return {"orderWithFulfillments": fulfillments_of(call.site, order_id)}


def _add_payments(call: Call) -> Entity:
    order_id = call.parameter("orderId")
    added = ecom_payments.add(call.site, order_id, call.items("payments"))
    return {"orderTransactions": transactions_of(call.site, order_id), "paymentsIds": added}


def _payment_status(call: Call) -> Entity:
    order_id, payment_id = call.parameter("orderId"), call.parameter("paymentId")
    ecom_payments.set_status(call.site, order_id, payment_id, call.body.get("status"))
    return {"orderTransactions": transactions_of(call.site, order_id)}


def _payment_status_of(call: Call, item: Entity, _path: str) -> Entity:
    ids = str(item.get("orderId")), str(item.get("paymentId"))
    return ecom_payments.set_status(call.site, *ids, call.body.get("status"))


ROUTES = endpoints(
    ("POST", f"{ORDERS}/search", "orders.search", answer_search),
    ("POST", f"{ORDERS}/query", "orders.query", answer_query),
    ("GET", f"{ORDERS}/{{id}}", "orders.get", _get),
    ("POST", ORDERS, "orders.create", _create),
    ("POST", f"{ORDERS}/import", "orders.import", creating("order", import_order)),
    ("PATCH", f"{ORDERS}/{{id}}", "orders.update", updating("order", update)),
    ("POST", "/ecom/v1/bulk/orders/update", "orders.bulk_update", bulk("orders", _update_one, item="order")),
    ("POST", f"{ORDERS}/{{id}}/cancel", "orders.cancel", _cancel),
    (
        "GET",
        f"{FULFILLMENTS}/orders/{{orderId}}",
        "fulfillments.get",
        _of_order("orderWithFulfillments", fulfillments_of),
    ),
    ("POST", f"{FULFILLMENTS}/list-by-ids", "fulfillments.list", _of_orders("ordersWithFulfillments", fulfillments_of)),
    ("POST", f"{FULFILLMENTS}/orders/{{orderId}}/create-fulfillment", "fulfillments.create", _create_fulfillment),
    ("POST", f"{FULFILLMENTS}/orders/bulk/create-fulfillments", "fulfillments.bulk_create", _bulk_create_fulfillments),
    ("PATCH", f"{FULFILLMENTS}/{{fulfillmentId}}/orders/{{orderId}}", "fulfillments.update", _update_fulfillment),
    ("DELETE", f"{FULFILLMENTS}/{{fulfillmentId}}/orders/{{orderId}}", "fulfillments.delete", _delete_fulfillment),
    ("GET", f"{PAYMENTS}/orders/{{orderId}}", "transactions.get", _of_order("orderTransactions", transactions_of)),
    ("POST", f"{PAYMENTS}/list-by-ids", "transactions.list", _of_orders("orderTransactions", transactions_of)),
    ("POST", f"{invoices.BASE}/list-by-ids", "invoices.list", _of_orders("invoicesForOrder", invoices.invoices_of)),
    ("POST", f"{PAYMENTS}/orders/{{orderId}}/add-payment", "transactions.add_payments", _add_payments),
    (
        "POST",
        f"{PAYMENTS}/{{paymentId}}/orders/{{orderId}}/update-payment-transaction-status",
        "transactions.update_status",
        _payment_status,
    ),
    (
        "POST",
        "/ecom/v1/bulk/payments/update-payment-transaction-status",
        "transactions.bulk_update_status",
        bulk("paymentAndOrderIds", _payment_status_of, id_name="paymentId", asks="returnFullEntity"),
    ),
    *ecom_activities.ENDPOINTS,
    *invoices.ENDPOINTS,
)
