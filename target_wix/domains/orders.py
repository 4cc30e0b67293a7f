"""Orders that were placed elsewhere and are imported: Wix sends no e-mail and changes no stock for them.

The call is a developer preview. It accepts a complete order and replaces the imported order with the same id; it
refuses to replace an order that was placed on the site. Wix's documentation says to leave out the id, but live sites
use the id of the caller. So each order is sent with an id: that of the record, or one derived from its external order
id. It is matched by this id, and by the external order id in case Wix ignores the id. In this case, an overwrite would
create a second order, which the answer shows: the second order is deleted, and the record is rejected.

Source: https://dev.wix.com/docs/api-reference/business-solutions/e-commerce/orders/orders/import-order
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from target_wix.change import Change, Command, Entity, by_write
from target_wix.concurrency import batches
from target_wix.desired import diff, filled, overlay
from target_wix.domain import Domain, incoming_id
from target_wix.domains.contacts import Contacts
from target_wix.domains.order_fields import ORDER, RATES
from target_wix.errors import Failure, Rejected
from target_wix.fields import amount, is_flag
from target_wix.matching import PRODUCTS, Found, Key, Reader, guid_of, text_of
from target_wix.undo_entries import Returns
from wix_api.endpoints import ecom
from wix_api.errors import GoneError, RejectionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from target_wix.stream import Stream
    from wix_api.client import WixClient

_OUR_IDS = uuid.UUID("6d0b7a3e-2c5f-5b0e-9c58-6f1f6a1f2f10")
"""Namespace of ids that are derived from external order ids."""
DELETED = "deleted in this run"
"""Key of the memory of a run: ids of orders that it deleted with their fulfillments; "" once it created them again."""
NUMBERS = "orders by their numbers"
"""Part of the memory of a run: the ids of imported orders, by numbers that the search may not show yet."""
_EXTERNAL_ID = "channelInfo.externalOrderId"
_FILLED_BY_WIX = frozenset(["createdDate", "purchasedDate", "fulfillmentStatus", "buyerLanguage", "siteLanguage"])
"""Members that no import can clear: Wix sets them if they are missing."""
_DECIMALS = ("amount", *RATES)
_FREE = frozenset({"extendedFields", "options", "customFields"})
"""Members at any depth whose content Wix does not define."""
_KEPT = (
    "orders of the site keep their products and contacts where a record has the ID of one that the input lacks. To "
    "replace such an ID, delete the order and import it again."
)
_PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before each check whether Wix's job has deleted orders."""


class Orders(Domain):
    """Imports, overwrites and deletes orders that were placed elsewhere."""

    kind = "orders"
    rank = 4
    returns = Returns.NEVER
    fields = ORDER
    reader: Reader

    def __init__(self, stream: Stream) -> None:
        self.reader = Reader(stream.run, ecom.ORDERS, ecom.GET_ORDER, "order")
        super().__init__(stream)

    @override
    def to_site_shape(self, record: Entity) -> Entity:
        """Return a record with amounts as text, without blank members that Wix fills, and blank extended fields."""
        shaped: Entity = _with_amounts(
            {
                name: _given(value) if name == "extendedFields" else value
                for name, value in record.items()
                if value != "" or name not in _FILLED_BY_WIX
            }
        )
        return shaped

    # Match

    @override
    def keys(self) -> tuple[Key, ...]:
        return (
            self.reader.key("id"),
            Key("externalOrderId", _external_ids, self._find_external_ids),
        )

    def _find_external_ids(self, values: list[str]) -> list[Found]:
        return [Found(_external_id(row), row["id"], row) for row in self.reader.find(_EXTERNAL_ID, values)]

    @override
    def find_otherwise(self, changes: list[Change]) -> Iterable[tuple[Change, Rejected]]:
        hidden = {
            _id_for(change.record): change
            for change in changes
            if change.record.get("status") == ecom.NOT_SEARCHED or change.command in {Command.UPDATE, Command.DELETE}
        }
        # The site's list of fulfillments also has orders that the search leaves out. An import overwrites them unseen.
        existing = [row["orderId"] for row in with_fulfillments(self.client, sorted(hidden))]
        for order_id, order in self.reader.each(existing).items():
            hidden[order_id].id, hidden[order_id].current = order_id, order
        return ()

    @override
    def accepts(self, change: Change) -> bool:
        """True unless the order is another one with the same external id, as orders of several channels may have."""
        own = _id_for(change.record)
        if change.id == own:
            return True
        is_there = change.record.get("status") == ecom.NOT_SEARCHED and own in self.reader.each([own])
        return not is_there and not self.run.memory.has_another(self.kind, incoming_id(change.record), change.id)

    # Compare

    @override
    def compare(self, change: Change) -> None:
        existing = _with_amounts(ORDER.take(change.current))
        desired = self._with_linked_ids(ORDER.take(change.record), existing, change)
        if not change.current:
            ORDER.check(desired, creating=True)
            channel = {**desired["channelInfo"], "externalOrderId": next(iter(_external_ids(change.record)), "")}
            change.body = filled({**desired, "channelInfo": channel, "id": _id_for(change.record)})
            change.fields = tuple(change.body)
            return
        changes = diff(existing, desired)
        ORDER.check(changes)
        change.fields = tuple(changes)
        if changes and not change.current.get("imported"):
            differing = ", ".join(changes)
            msg = (
                f"The order was placed on the site, and differs in {differing}. Wix can overwrite imported orders only."
            )
            raise Rejected(msg, code="NOT_IMPORTED", field=differing)
        if changes:
            change.body = {**filled(overlay(existing, changes)), "id": change.id}

    def _with_linked_ids(self, order: Entity, existing: Entity, change: Change) -> Entity:
        """Return an order with ids of products and contacts of another site replaced by this site's.

        `existing` is the site's order: it keeps an id for which no record of the input had the other site's.
        """
        before = {str(line.get("id")): line.get("catalogReference") for line in existing.get("lineItems") or []}
        lines = [
            {**line, "catalogReference": self._product_of(line, before.get(str(line.get("id"))) or {}, change)}
            for line in order.get("lineItems") or []
        ]
        buyer = order.get("buyerInfo") or {}
        contact = self._linked_id(
            Contacts.kind, buyer.get("contactId"), (existing.get("buyerInfo") or {}).get("contactId"), change
        )
        return {
            **order,
            **({"lineItems": lines} if lines else {}),
            **({"buyerInfo": {**buyer, "contactId": contact}} if contact else {}),
        }

    def _product_of(self, line: Entity, before: Entity, change: Change) -> Any:
        named = line.get("catalogReference")
        if not isinstance(named, dict):
            return named
        linked = self._linked_id(PRODUCTS, named.get("catalogItemId"), before.get("catalogItemId"), change)
        return {**named, "catalogItemId": linked} if linked else named

    def _linked_id(self, kind: str, theirs: Any, before: Any, change: Change) -> Any:
        """Return the id on this site for the id in a record, else the one that the site's order has."""
        linked = self.run.memory.linked(kind, str(theirs or ""))
        if theirs and before and not linked and theirs != before:
            self.stream.warn(_KEPT, f"line {change.line}")
        return linked or (theirs and before)

    @override
    def may_delete(self, change: Change) -> bool:
        if not change.current.get("imported"):
            msg = "The order was placed on the site, and Wix can delete imported orders only. Cancel it instead."
            raise Rejected(msg, code="NOT_DELETABLE")
        return True

    # Send

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        new, old, gone = by_write(changes)
        again = [change for some in batches(gone, ecom.ORDERS_PER_DELETE) for change in self._delete(some)]
        return again + self.write_each([*new, *old], self._import)

    def _import(self, change: Change) -> None:
        order = self.client.entity(ecom.IMPORT_ORDER, "order", body={"order": change.body})
        if not change.current:
            self.record_created(change, order["id"])
            self.run.memory.note(self.kind, DELETED, order["id"], "")
        elif order["id"] != change.id:
            self.client.call(ecom.DELETE_IMPORTED_ORDERS, body={"orderIds": [order["id"]]})
            msg = "Wix ignored the id of the imported order, so the order cannot be overwritten. Delete it first."
            self.stream.reject(change, Rejected(msg, code="NOT_UPDATABLE"))
            return
        self.run.memory.wrote(str(order.get("number")), NUMBERS, detail=order["id"])
        self.record_written(change)

    def _delete(self, changes: list[Change]) -> list[Change]:
        """Delete orders, and wait until Wix's job has deleted them; return those to match and compare again."""
        try:
            self.client.call(ecom.DELETE_IMPORTED_ORDERS, body={"orderIds": [change.id for change in changes]})
        except RejectionError as error:
            return [change for change in changes if not self.handle_failure(change, Failure.of(error))]
        left = {change.id: change for change in changes}
        for pause in _PAUSES:
            self.run.lag.pause(pause)
            existing = {row["id"] for some in batches(sorted(left), 100) for row in self.reader.find("id", some)}
            for order_id in left.keys() - existing:
                self.record_deleted(left.pop(order_id))
                self.run.memory.note(self.kind, DELETED, order_id, order_id)
            if not left:
                break
        for change in left.values():
            msg = "Wix has not deleted the order yet. Run target-wix again later to check it."
            self.stream.reject(change, Rejected(msg, code="NOT_CONFIRMED", retryable=True))
        return []


def with_fulfillments(client: WixClient, ids: list[str]) -> Iterator[Entity]:
    """Yield the orders with these ids that exist, each as its `orderId` and its `fulfillments`."""
    for some in batches(ids, ecom.ORDERS_PER_CALL):
        try:
            rows, _ = client.decoded(
                ecom.FULFILLMENTS_OF_ORDERS, ecom.ORDERS_WITH_FULFILLMENTS, body={"orderIds": some}
            )
        except GoneError:  # Wix does not document what it answers if it lacks some of the orders
            half = len(some) // 2
            rows = [*with_fulfillments(client, some[:half]), *with_fulfillments(client, some[half:])] if half else []
        yield from rows


def _external_id(order: Entity) -> str:
    channel = order.get("channelInfo")
    return next(iter(text_of(channel, "externalOrderId")), "") if isinstance(channel, dict) else ""


def _external_ids(record: Entity) -> list[str]:
    """Return the external order id of a record, or else its id, which is then sent as the external order id."""
    return [value] if (value := _external_id(record)) else text_of(record, "id")


def _id_for(record: Entity) -> str:
    """Return the id with which a record is sent."""
    given = guid_of(record)
    return given[0] if given else str(uuid.uuid5(_OUR_IDS, next(iter(_external_ids(record)), "")))


def _given(value: Any) -> Any:
    """Return an object without empty objects and blanks at any depth, None for an empty one: no import clears them."""
    if isinstance(value, dict):
        value = {name: given for name, each in value.items() if (given := _given(each)) is not None}
    return None if value in ("", {}) else value


def _with_amounts(value: Any, name: str = "") -> Any:
    """Return a value with amounts and rates as text, without amounts that Wix formats for the language of the site."""
    if name in _FREE:
        return value
    if isinstance(value, dict):
        return {key: _with_amounts(member, key) for key, member in value.items() if key != "formattedAmount"}
    if isinstance(value, list):
        return [_with_amounts(member) for member in value]
    return amount(value) if name in _DECIMALS and value is not None and not is_flag(value) else value
