"""Fulfillments of orders: the items that were sent, and the tracking of the parcel.

A record identifies its order by `orderId` or `orderNumber`. It matches the fulfillment with its `id`, which may be
that of another site if an earlier record had it, or with its tracking number; otherwise the one with its line items,
or the only one without a tracking number, unless a record with another id matched it. A record with an id and a new
tracking number matches one with its line items if the order has none of them left. A delete with an id or a tracking
number matches by these only. A record without line items fulfills the rest of the order. All fulfillments are
read by the ids of their orders, for a hundred orders per call, which does not depend on an index.

Source: https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/order-fulfillments/introduction
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from target_wix.change import Change, Command, Entity, ItemResult, Outcome, by_write
from target_wix.concurrency import batches
from target_wix.desired import canonical, diff, filled, overlay, without
from target_wix.domain import Domain, incoming_id
from target_wix.domains import bulk_calls
from target_wix.domains.order_fields import COUNT
from target_wix.domains.orders import DELETED, NUMBERS, Orders, with_fulfillments
from target_wix.errors import Rejected
from target_wix.fields import Access, Field, Fields, Form, derived, fields, length, one_of, size
from target_wix.matching import Key, Reader, read_alone, text_of
from target_wix.undo_entries import Returns
from wix_api.endpoints import ecom

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from target_wix.stream import Stream

KIND = "fulfillments"
_TRACKING = ("trackingNumber", "shippingProvider", "trackingLink")
_STATUSES = ("Pending", "Accepted", "Ready", "In_Delivery", "Fulfilled")
_EITHER = ("trackingInfo", "customInfo")
"""Members of which a fulfillment has one at most."""
_KEPT = (
    "a fulfillment keeps its `trackingInfo` or `customInfo` until it gets the other one, so a blank one is left out. "
    "To remove it, delete the fulfillment and create it again."
)
_LINKED = frozenset({"", "fedex", "ups", "usps", "dhl", "canadaPost"})
"""Providers for which Wix needs no tracking link, or generates it."""

FULFILLMENT = Fields(
    Field("lineItems", Form.LIST, limit=size(300)),
    Field("lineItems[].id"),
    Field("lineItems[].quantity", Form.NUMBER, COUNT),
    Field("trackingInfo", Form.OBJECT),
    Field("trackingInfo.trackingNumber", limit=length(100)),
    Field("trackingInfo.shippingProvider", limit=length(100)),
    Field("trackingInfo.trackingLink", limit=length(2048)),
    Field("status", limit=one_of(*_STATUSES)),
    Field("completed", Form.FLAG),
    Field("customInfo", Form.OBJECT),
    *fields(" ".join(_TRACKING), access=Access.APART),
    *fields("id orderId orderNumber", access=Access.DERIVED),
    *derived("createdDate orderUpdatedDate"),
    synonyms={
        **dict.fromkeys(["tracking", "trackingCode", "trackingId"], "trackingNumber"),
        **dict.fromkeys(["carrier", "trackingCompany"], "shippingProvider"),
        "trackingUrl": "trackingLink",
    },
)


class Fulfillments(Domain):
    """Creates, updates and deletes fulfillments of orders."""

    kind = KIND
    rank = 5
    returns = Returns.NEVER
    fields = FULFILLMENT

    def __init__(self, stream: Stream) -> None:
        self._orders = Reader(stream.run, ecom.ORDERS, ecom.GET_ORDER, "order")
        self._left: dict[str, list[Entity]] = {}
        super().__init__(stream)

    @override
    def needed(self, record: Entity, command: Command) -> tuple[str, ...]:
        tracking = () if record.get("trackingInfo") else ("trackingInfo", *_TRACKING)
        return () if command is Command.IGNORE else (*tracking, "lineItems")

    @override
    def to_site_shape(self, record: Entity) -> Entity:
        """Return a record with flat tracking columns in `trackingInfo`."""
        flat = {name: value for name in _TRACKING for value in text_of(record, name)}
        bare = without(record, *_TRACKING, "trackingInfo")
        tracking = {**(record.get("trackingInfo") or {}), **flat}
        return {**bare, "trackingInfo": tracking} if tracking else bare

    # Match

    @override
    def keys(self) -> tuple[Key, ...]:
        # This key only keeps records of the same order in sequence; `find` matches them.
        return (Key("order", lambda record: [_order_of(record)]),)

    @override
    def name_of(self, record: Entity) -> str:
        number = _number_of(record)
        return f"{_order_of(record)}{f' > {number}' if number else ''}"

    @override
    def find(self, changes: list[Change]) -> list[Change]:
        ids = self._ids_by_number(changes)
        placed = self.stream.each(changes, lambda change: self._find_order(change, ids))
        orders = self._fulfillments_of(placed)
        found = self.stream.each(placed, lambda change: self._find(change, orders, ids))
        renumbered = [(change, row) for change in found for row in self._renumbered(change, orders)[:1]]
        self._left = self._what_is_left(found, [change for change, _ in renumbered], orders)
        for change, row in renumbered:
            left = self._left.get(change.record["orderId"])
            if left is not None and not _are_left(change.record, left):
                self._set_current(change, row)
        return found

    def _ids_by_number(self, changes: list[Change]) -> dict[str, set[str]]:
        """Return the ids of orders by their numbers, for deletes and for records without an `orderId`."""
        asked = [one for one in changes if one.command is Command.DELETE or not one.record.get("orderId")]
        wanted = sorted({str(change.record.get("orderNumber") or "") for change in asked} - {""})
        if asked:
            self.run.lag.wait_for_unseen_writes()  # an order that is not found yet must not count as missing
        found = {number: {*self.run.memory.values(NUMBERS, number)} for number in wanted}
        for row in ecom.ORDERS.find(self.client, "number", wanted) if wanted else ():
            found.setdefault(str(row["number"]), set()).add(row["id"])
        return found

    def _find_order(self, change: Change, ids: dict[str, set[str]]) -> bool:
        theirs, number = (str(change.record.get(name) or "") for name in ("orderId", "orderNumber"))
        order = self.run.memory.linked(Orders.kind, theirs) or theirs
        found = [order] if order else sorted(ids.get(number, ()))
        if len(found) > 1:
            listed = ", ".join(found)
            msg = f"Several orders of the site have the number {number} ({listed}). Add the `orderId` of one."
            raise Rejected(msg, code="AMBIGUOUS_MATCH", field="orderNumber")
        if not found:
            return self._without_order(change)
        change.record = {**change.record, "orderId": found[0]}
        return True

    def _fulfillments_of(self, changes: list[Change]) -> dict[str, list[Entity]]:
        """Return the fulfillments of the records' orders by order ids, including the writes of this run."""
        named = {change.record["orderId"] for change in changes}
        ids = sorted(one for one in named if not self.run.memory.find(Orders.kind, DELETED, one))
        found: dict[str, list[Entity]] = {}
        for row in with_fulfillments(self.client, ids):
            ours = self.run.memory.values(KIND, row["orderId"])
            listed = {one["id"]: one for one in row.get("fulfillments") or []}
            listed |= {key: json.loads(value) for key, value in ours.items()}
            found[row["orderId"]] = [one for one in listed.values() if one]
        return found

    def _find(self, change: Change, orders: dict[str, list[Entity]], ids: dict[str, set[str]]) -> bool:
        """Set the fulfillment that matches a record; raise `Rejected` if several do. Returns False without an order."""
        rows = orders.get(change.record["orderId"])
        if rows is None and ids.get(str(change.record.get("orderNumber"))):
            raise _unknown_order(change)  # the number is right, but the id is not
        if rows is None:
            return self._without_order(change)
        theirs = incoming_id(change.record) or ""
        same = {theirs, self.run.memory.linked(self.kind, theirs)}
        found = _named(change.record, rows, same) or self._similar(change, rows)
        if len(found) > 1:
            listed = ", ".join(row["id"] for row in found)
            msg = f"Several fulfillments of the order match ({listed}). Add the `id` or the tracking number of one."
            raise Rejected(msg, code="AMBIGUOUS_MATCH", field="id")
        if found:
            self._set_current(change, found[0])
        else:
            change.current, change.id = {}, ""
        return True

    def _set_current(self, change: Change, row: Entity) -> None:
        change.current, change.id = {**row, "orderId": change.record["orderId"]}, row["id"]

    def _similar(self, change: Change, rows: list[Entity]) -> list[Entity]:
        """Return the fulfillments that a record may mean whose id and tracking number no fulfillment has."""
        theirs = incoming_id(change.record)
        if change.command is Command.DELETE and (theirs or _number_of(change.record)):
            return []
        found = _alike(change.record, self._free(theirs, rows))
        return found[:1] if theirs and _lines(change.record) else found  # of several parcels with the same items, any

    def _renumbered(self, change: Change, orders: dict[str, list[Entity]]) -> list[Entity]:
        """Return the fulfillments whose tracking number may be an older one of a record with an id of another site."""
        theirs = incoming_id(change.record)
        is_change = not change.current and change.command in {Command.UPSERT, Command.UPDATE}
        if not (is_change and theirs and _lines(change.record)):
            return []
        rows = [row for row in orders[change.record["orderId"]] if _has_lines(row, change.record)]
        return self._free(theirs, rows)

    def _free(self, theirs: str | None, rows: list[Entity]) -> list[Entity]:
        """Return the fulfillments that no record with another id matched."""
        return [row for row in rows if not self.run.memory.has_another(self.kind, theirs, row["id"])]

    def _without_order(self, change: Change) -> bool:
        return self.without_entity(change, _unknown_order(change), is_named=bool(_order_of(change.record)))

    def _what_is_left(
        self, changes: list[Change], renumbered: list[Change], orders: dict[str, list[Entity]]
    ) -> dict[str, list[Entity]]:
        """Return what is left to fulfill of the orders of `renumbered`, and of new records without line items."""
        asked = [change for change in changes if not change.current and not change.record.get("lineItems")]
        asked += renumbered
        ids = sorted({change.record["orderId"] for change in asked if change.command is not Command.DELETE})
        # Wix's search leaves out some orders, such as those with a pending payment.
        known = self._orders.get(ids, alone=read_alone(self.run, ids), known_to_exist=ids)
        return {order_id: _left(order, orders[order_id]) for order_id, order in known.items()}

    @override
    def claim_of(self, change: Change) -> str:
        """Return the fulfillments of the order, since what is left of it depends on its other ones.

        An order is written before its fulfillments, so a record of it may not wait for their deletes.
        """
        return f"{self.kind} {change.record['orderId']}"

    @override
    def touched_by(self, change: Change) -> Iterable[str]:
        order = str(change.record["orderId"])
        return (order,) if change.command is Command.DELETE else (order, self.claim_of(change))

    # Compare

    @override
    def compare(self, change: Change) -> None:
        if not change.current and not change.record.get("lineItems"):
            change.record = {**change.record, "lineItems": self._left.get(change.record["orderId"], [])}
        desired = FULFILLMENT.take(change.record)
        FULFILLMENT.check(desired, creating=not change.current)
        if not change.current:
            if not desired.get("lineItems"):
                msg = "All items of the order are fulfilled. To update a fulfillment, add its `id`."
                raise Rejected(msg, code="NOTHING_LEFT", field="lineItems")
            change.body = filled(desired)
        else:
            change.body = _changes(change.current, desired)
        after = {**change.current, **change.body}
        if all(canonical(after.get(name)) for name in _EITHER):
            msg = (
                "Wix stores either `trackingInfo` or `customInfo` of a fulfillment. Remove one of them; to replace the "
                "one on the site, delete the fulfillment first."
            )
            raise Rejected(msg, code="ONE_OF_ALIGNMENT", field="customInfo")
        # Wix refuses both, even if one is empty, and keeps one that is emptied without the other.
        blank = [name for name in _EITHER if name in change.body and not canonical(change.body[name])]
        change.body = without(change.body, *blank)
        if change.current and blank and change.body.keys().isdisjoint(_EITHER):
            self.stream.warn(_KEPT, f"line {change.line}")
        change.fields = tuple(change.body)

    @override
    def check(self, change: Change) -> None:
        tracking = change.body.get("trackingInfo") or {}
        provider = tracking.get("shippingProvider") or ""
        if tracking.get("trackingNumber") and not tracking.get("trackingLink") and provider not in _LINKED:
            known = next((one for one in _LINKED if one.casefold() == provider.casefold()), "")
            advice = f"Write it as `{known}`, or set `trackingLink`." if known else "Set `trackingLink`."
            msg = f"Wix generates no tracking link for the provider `{provider}`. {advice}"
            raise Rejected(msg, code="REQUIRED_FIELD", field="trackingInfo.trackingLink")

    # Send

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        new, old, gone = by_write(changes)
        send = partial(bulk_calls.send, self.client.call, ecom.CREATE_FULFILLMENTS, body=_body, results=_created)
        again = self.write_in_bulk(partial(send, some) for some in batches(new, ecom.ORDERS_PER_CALL))
        return again + self.write_each([*old, *gone], self._write)

    @override
    def record_result(self, result: ItemResult) -> bool:
        if result.failure is None:
            self._remember(result.change.record["orderId"], result.id, result.entity)
        return super().record_result(result)

    def _write(self, change: Change) -> None:
        current = change.current
        names = {"id": change.id, "order": current["orderId"]}
        if change.command is Command.DELETE:
            if self.run.memory.find(Orders.kind, DELETED, current["orderId"]):
                self.record_deleted(change, Outcome.UNCHANGED)
                return
            self.client.call(ecom.DELETE_FULFILLMENT, names=names)
            self._remember(current["orderId"], change.id, None)
            self.record_deleted(change)
            return
        self.client.call(ecom.UPDATE_FULFILLMENT, names=names, body={"fulfillment": {"id": change.id, **change.body}})
        self._remember(current["orderId"], change.id, overlay(current, change.body))
        self.record_written(change)

    def _remember(self, order: str, fulfillment: str, entity: Entity | None) -> None:
        """Record a fulfillment as this run wrote it, or None for a deleted one, since reads may lag."""
        self.run.memory.wrote(order, KIND, detail=fulfillment, value=json.dumps(entity))


def _order_of(record: Entity) -> str:
    return str(record.get("orderId") or record.get("orderNumber") or "")


def _number_of(record: Entity) -> str:
    return str((record.get("trackingInfo") or {}).get("trackingNumber") or "")


def _unknown_order(change: Change) -> Rejected:
    number = f" {change.record['orderNumber']}" if change.record.get("orderNumber") else ""
    msg = f"The site has no order{number} with the record's `orderId` or `orderNumber`. Correct one of them."
    return Rejected(msg, code="UNKNOWN_ORDER", field="orderId")


def _named(record: Entity, rows: list[Entity], ids: Collection[str | None] = ()) -> list[Entity]:
    """Return the fulfillment with one of the ids, or with the tracking number of a record."""
    number = _number_of(record)
    by_id = [row for row in rows if row["id"] in ids]
    return by_id or [row for row in rows if number and _number_of(row) == number][:1]


def _alike(record: Entity, rows: list[Entity]) -> list[Entity]:
    """Return the fulfillments with the line items of a record: those without a tracking number, if there are any."""
    found = [row for row in rows if not record.get("lineItems") or _has_lines(row, record)]
    open_ones = [row for row in found if not _number_of(row)]
    return open_ones or ([] if _number_of(record) else found)


def _lines(entity: Entity) -> tuple[tuple[str, Any], ...]:
    """Return the line items of a fulfillment with their quantities, sorted; None for a missing quantity."""
    lines = ((str(one.get("id")), one.get("quantity")) for one in entity.get("lineItems") or [])
    return tuple(sorted(lines, key=lambda line: (line[0], line[1] or 0)))


def _has_lines(fulfillment: Entity, record: Entity) -> bool:
    """True if a fulfillment has the line items of a record, for which Wix fills in missing quantities."""
    old, new = _lines(fulfillment), _lines(record)
    pairs = zip(old, new, strict=False)
    return len(old) == len(new) and all(one[0] == other[0] and other[1] in (None, one[1]) for one, other in pairs)


def _left(order: Entity, fulfillments: list[Entity]) -> list[Entity]:
    """Return the line items of an order that are not fulfilled."""
    left = {one["id"]: int(one.get("quantity") or 0) for one in order.get("lineItems") or []}
    for fulfillment in fulfillments:
        for one in fulfillment.get("lineItems") or []:
            left[one["id"]] = left.get(one["id"], 0) - int(one.get("quantity") or 0)
    return [{"id": key, "quantity": quantity} for key, quantity in left.items() if quantity > 0]


def _are_left(record: Entity, left: list[Entity]) -> bool:
    """True if an order still has all line items of a record to fulfill."""
    quantities = dict(_lines({"lineItems": left}))
    return all(quantities.get(key, 0) >= (quantity or 1) for key, quantity in _lines(record))


def _changes(current: Entity, desired: Entity) -> Entity:
    """Return the members of an update; raise `Rejected` for line items, which no update can change."""
    if desired.get("lineItems") and not _has_lines(current, desired):
        msg = "Wix cannot change the line items of a fulfillment. Delete it and create another one."
        raise Rejected(msg, code="LINE_ITEMS_FIXED", field="lineItems")
    body = diff(current, without(desired, "lineItems"))
    if "trackingInfo" in body:
        kept = dict(current.get("trackingInfo") or {})
        if set(diff(kept, body["trackingInfo"])) & {"trackingNumber", "shippingProvider"}:
            kept.pop("trackingLink", None)  # the link belongs to the previous parcel
        body["trackingInfo"] = filled(overlay(kept, body["trackingInfo"]))
    return body


def _body(changes: list[Change]) -> Entity:
    rows = [{"orderId": change.record["orderId"], "fulfillments": [change.body]} for change in changes]
    return {"ordersWithFulfillments": rows}


def _created(changes: list[Change], answer: Entity) -> Iterator[ItemResult]:
    """Yield the results of a bulk create, each of which contains all fulfillments of its order."""
    given = bulk_calls.results_of(answer, len(changes))
    for result, one in zip(bulk_calls.matched(changes, answer), given, strict=True):
        listed = (one.get("ordersWithFulfillments") or {}).get("fulfillments") or []
        body = result.change.body
        made = (_named(body, listed) or _alike(body, listed))[-1:] if result.failure is None else []
        yield result._replace(id=made[0]["id"] if made else "", entity=made[0] if made else None)
