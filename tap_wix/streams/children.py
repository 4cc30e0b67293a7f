"""Streams that are read with the pages of a parent stream (docs/decisions/0004-children-are-fed-with-pages.md)."""

from __future__ import annotations

from abc import abstractmethod
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from typing_extensions import override

from tap_wix.completeness import MEMBERSHIPS
from tap_wix.removals import Owner
from tap_wix.streams.base import WixStream, date_reader
from wix_api.errors import WixError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import ExitStack

    from tap_wix.lanes import Row
    from wix_api.companions import Companion
    from wix_api.operations import Operation
    from wix_api.pages import RowsDecoder
    from wix_api.reading import Item


class ChildStream(WixStream):
    """A stream whose records belong to records of a parent stream.

    It has a separate bookmark, in the parent's replication key, so that it catches up if it is selected later.
    """

    parent_stream_type: type[WixStream]
    incomplete: set[str]
    """Ids of parents of the current page whose records are incomplete."""

    @abstractmethod
    def children(self, parents: Sequence[Item]) -> Iterable[Row]:
        """Return the records that belong to the parents."""

    @override
    def begin(self, stack: ExitStack) -> None:
        super().begin(stack)
        self.incomplete = set()
        self.write_schema()  # the SDK does this only for streams that it syncs itself

    @override
    def take(self, page: Sequence[Item], *, in_order: bool, lacking: Collection[str]) -> None:
        self._version.lacks(lacking)
        parents = [parent for parent in page if self.start is None or parent.key >= self.start]
        if parents:
            self.incomplete.clear()
            rows = list(islice(self.children(parents), self._room))
            whole = {parent.id: parent.key for parent in parents if parent.id not in self.incomplete}
            if MEMBERSHIPS in lacking:
                whole = {}
            self._put(rows, [parent.key for parent in parents], in_order=in_order, parents=whole)


class FetchedChildStream(ChildStream):
    """A child stream of orders whose records need further requests, which the reader sends with each page of orders.

    `wants` and `ask` are called by the reader's threads, other methods by the writing thread. A new record may not
    change the date of its order (not documented), so the setting `reread_orders_days` reads recent orders again.
    """

    rereads_orders = True
    owner = Owner("orders", ("orderId",))
    replication_key = "orderUpdatedDate"

    call: ClassVar[Operation]
    """Call with the ids of a page of orders. Streams with the same call share its answer."""
    answers: ClassVar[RowsDecoder[dict[str, Any]]]
    """Decoder of the answer, which has one row per order."""
    part: ClassVar[str] = ""
    """Member of a row with the list of records; "" if the row is the record."""

    def ask(self, owners: Sequence[Item]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Request the rows of orders; yield pairs of an order's id and a row."""
        orders, _ = self.client.decoded(self.call, self.answers, body={"orderIds": [order.id for order in owners]})
        for order in orders:
            yield str(order.get("orderId")), order

    def wants(self, owner: Item) -> bool:
        """True if the records of an order are needed in this run."""
        if self.failed or self.full:
            return False
        return self.start is None or (changed(owner) or owner.key) >= self.start

    @property
    def place(self) -> str:
        """Key of the rows in `Item.related` of their order."""
        return self.call.path

    @property
    @override
    def companion(self) -> Companion:
        return self

    @override
    def children(self, parents: Sequence[Item]) -> Iterator[dict[str, Any]]:
        for parent in parents:
            rows = parent.related[self.place]
            if isinstance(rows, WixError):
                raise rows
            if not rows:  # an order without such records has an empty list in the answer
                self.incomplete.add(parent.id)
            for row in map(msgspec.json.decode, rows):
                for record in (row.get(self.part) or ()) if self.part else (row,):
                    yield of_order(parent) | record


def changed(order: Item) -> str | None:
    """Return the date of an order's last change. Its key may differ, since orders with equal dates have another key."""
    return date_reader("updatedDate")(order.raw) or None


def of_order(order: Item) -> dict[str, Any]:
    """Return the first members of each record that belongs to an order: its id and date."""
    return {"orderId": order.id, "orderUpdatedDate": changed(order)}
