"""Streams that are fed with the pages of another one (docs/decisions/0004-children-are-fed-with-pages.md)."""

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
    """A stream whose records belong to records of another one.

    It keeps one bookmark of its own, in the parent's replication key, so that it catches up when it is selected later.
    """

    parent_stream_type: type[WixStream]
    incomplete: set[str]
    """Ids of parents of the page that came without all of their records."""

    @abstractmethod
    def children(self, parents: Sequence[Item]) -> Iterable[Row]:
        """Return the records that belong to some parents."""

    @override
    def begin(self, stack: ExitStack) -> None:
        super().begin(stack)
        self.incomplete = set()
        self.write_schema()  # the SDK does it only for streams that it calls itself

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
    """A child of orders whose records Wix must be asked for: the reader does it with each page of orders.

    `wants` and `ask` are called in its threads, the rest where records are written. Wix does not say whether a new
    record changes the date of its order: the setting `reread_orders_days` reads some of them again.
    """

    rereads_orders = True
    owner = Owner("orders", ("orderId",))
    replication_key = "orderUpdatedDate"

    call: ClassVar[Operation]
    """What is asked with the ids of a page of orders. Streams that ask the same share the answer."""
    answers: ClassVar[RowsDecoder[dict[str, Any]]]
    """Reads the answer: one row an order."""
    part: ClassVar[str] = ""
    """Member of a row that lists the records; "" if the row is the record."""

    def ask(self, owners: Sequence[Item]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Ask Wix for the rows of some orders, as pairs of an order's id and a row."""
        orders, _ = self.client.decoded(self.call, self.answers, body={"orderIds": [order.id for order in owners]})
        for order in orders:
            yield str(order.get("orderId")), order

    def wants(self, owner: Item) -> bool:
        """Whether the records of an order are wanted."""
        if self.failed or self.full:
            return False
        return self.start is None or (changed(owner) or owner.key) >= self.start

    @property
    def place(self) -> str:
        """Where the rows are kept with their order."""
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
            for row in map(msgspec.json.decode, rows):
                for record in (row.get(self.part) or ()) if self.part else (row,):
                    yield of_order(parent) | record


def changed(order: Item) -> str | None:
    """Return when an order changed last. Its key does not always say so: ties of dates are read by another one."""
    return date_reader("updatedDate")(order.raw) or None


def of_order(order: Item) -> dict[str, Any]:
    """Return the members with which each record that belongs to an order begins."""
    return {"orderId": order.id, "orderUpdatedDate": changed(order)}
