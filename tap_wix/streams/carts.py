"""Carts and checkouts, which Wix returns by id only: by ids in orders, abandoned checkouts and settings."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from http import HTTPStatus
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from typing_extensions import override

from tap_wix.cart_shape import cart_of_v1, checkout_of_v1
from tap_wix.excerpt import with_ids
from tap_wix.state import GIVEN
from tap_wix.streams.base import IDS_PER_CALL, WixStream, earliest
from tap_wix.streams.children import changed
from wix_api.endpoints import ecom
from wix_api.errors import GoneError, NotFoundError, WixError
from wix_api.reading import Item, Merged, OneByOne, read

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import ExitStack

    from tap_wix.completeness import Doubt
    from wix_api.companions import Companion
    from wix_api.operations import Operation
    from wix_api.query import Query


class Status(StrEnum):
    """Status of a cart or checkout."""

    CREATED = "CREATED"
    """No order or abandoned checkout refers to it yet."""
    ABANDONED = "ABANDONED"
    COMPLETED = "COMPLETED"
    """An order refers to it, or Wix returns it as completed."""


@dataclass(frozen=True)
class Reference:
    """Rows that refer to carts or checkouts.

    Attributes:
        member: Member of a row with the id to look up.
        call: Call that returns the cart or checkout by this id.
    """

    query: Query
    member: str
    call: Operation
    filters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def stream(self) -> str:
        """Name of the stream of the rows."""
        return "orders" if self.is_of_orders else "abandoned_checkouts"

    @property
    def is_of_orders(self) -> bool:
        """True if the rows are orders."""
        return self.query is ecom.ORDERS

    def status(self, row: Mapping[str, Any]) -> Status:
        """Return the status of the cart or checkout to which a row refers."""
        is_done = self.is_of_orders or row.get("status") == "RECOVERED"
        return Status.COMPLETED if is_done else Status.ABANDONED


def _of_orders(call: Operation) -> Reference:
    return Reference(ecom.ORDERS, "checkoutId", call, filters={"status": {"$in": list(ecom.ORDER_STATUSES)}})


class LookedUpStream(WixStream):
    """Rows that Wix returns one by one: those of changed orders and abandoned checkouts, and those of a setting.

    The bookmark is the date of changed orders and abandoned checkouts. All orders that changed are looked up, also
    those that were only shipped: a former run may have missed an order that changed while it read, and its payments.
    An id of the setting is not looked up again once an order or an abandoned checkout refers to it. A row that Wix does
    not find was deleted, which is not an error.

    After Wix removes Cart V1 and Checkout V1, the rows are carts of Cart V2, in the same columns.
    """

    replication_key = "sourceUpdatedDate"
    selected_by_default = False
    is_listed = False
    query = replace(ecom.ORDERS, one_of="")  # `stream_options` cannot filter, sort or choose what Wix does not list

    call: ClassVar[Operation]
    """Call that returns a row by its id."""
    envelope: ClassVar[str]
    """Key of the row in the answer."""
    setting: ClassVar[str]
    """Name of the setting with further ids."""
    checkout: ClassVar[str]
    """Member of a row with the id of the checkout."""
    references: ClassVar[tuple[Reference, ...]]
    _reads_v2 = False
    """True once Wix answered that the calls of V1 were removed."""
    _asked_v2 = False
    """True once a row was looked up in Cart V2."""
    _v1_answers = False
    """True once V1 returned a row, so that a row that it does not find was deleted."""
    _given: list[str]
    """Ids of the setting to which a written row of an order or abandoned checkout refers, as the state keeps them."""
    _referred: set[str]
    """The same, of this run, including rows that are about to be written."""

    @property
    @override
    def ordered_by_bookmark(self) -> bool:
        return True

    @override
    def begin(self, stack: ExitStack) -> None:
        super().begin(stack)
        state: dict[str, Any] = {} if self.options.is_excerpt else self.stream_state
        if self.start is None:
            state.pop(GIVEN, None)
        self._given = state.setdefault(GIVEN, []) if self._ids else []
        self._referred = set()

    @property
    def _ids(self) -> Sequence[str]:
        return list(dict.fromkeys(self.config.get(self.setting) or ()))

    @override
    def pages(
        self, starts: Sequence[str | None], companions: Sequence[Companion] = (), query: Query | None = None
    ) -> Merged:
        page_size = min(self.query.page_size, self.record_limit or self.query.page_size)
        readings = []
        for reference in self.references:
            rows = replace(reference.query, page_size=page_size).rows(self.client, reference.filters)
            look_up = replace(rows, companions=(LookUp(self, reference),))
            readings.append(read(look_up, earliest(starts), self.windows))
        last = self.client.started  # so that ids of the setting are looked up after all others
        return Merged([*readings, OneByOne(Item(each, last, b"") for each in self._ids)], page_size)

    @override
    def pages_with(self, ids: Mapping[str, Sequence[str]], companions: Sequence[Companion]) -> Iterator[Sequence[Item]]:
        """Yield carts or checkouts by their ids, and orders and abandoned checkouts, with theirs."""
        own = list(ids.get("", ()))
        for some in (own[start : start + IDS_PER_CALL] for start in range(0, len(own), IDS_PER_CALL)):
            yield list(self._with_status([row for each in some if (row := self.looked_up(self.call, each))]))
        for reference in self.references:
            yield from self._referring(reference, ids.get(reference.stream, ()), (LookUp(self, reference),))

    def _referring(
        self, reference: Reference, ids: Sequence[str], companions: Sequence[Companion] = (), member: str = "id"
    ) -> Iterator[list[Item]]:
        """Yield pages of the orders or abandoned checkouts with some ids, in this member."""
        query = replace(reference.query, id=member)

        def some(narrower: Mapping[str, Any]) -> Iterator[list[Item]]:
            rows = query.rows(self.client, {**reference.filters, **narrower})
            yield from read(replace(rows, companions=tuple(companions)))

        yield from with_ids(self.client, query, list(ids), some, IDS_PER_CALL)

    def _with_status(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[Item]:
        """Yield rows with the status that orders say."""
        checkouts = [str(checkout) for row in rows if (checkout := row.get(self.checkout))]
        found = self._referring(self.references[0], checkouts, member=self.references[0].member)
        orders = {order.id: changed(order) for page in found for order in page}
        for row in rows:
            checkout = str(row.get(self.checkout))
            date = orders.get(checkout)
            status = Status.COMPLETED if checkout in orders else Status.CREATED
            record = msgspec.json.encode(self.record(row, status, date))
            yield Item(str(row["id"]), date or "", b"{}", {self.name: [record]})

    @override
    def take(self, page: Sequence[Item], *, in_order: bool, lacking: Collection[str]) -> None:
        rows = list(islice(self._rows(page), self._room))
        self._version.lacks([*lacking, *self._lacking])
        # In one step: with the row only, an id of the setting would be looked up again as new; with the id only, never.
        with self.tap.message_writer.undivided:
            self._put(rows, [item.key for item in page if item.key], in_order=in_order)
            self._given += sorted(self._referred.difference(self._given))

    @override
    def finish(self, *, doubt: Doubt, lacking: Collection[str]) -> None:
        super().finish(doubt=doubt, lacking=[*lacking, *self._lacking])

    @property
    def _lacking(self) -> Sequence[str]:
        """Rows that V1 had, and that V2 may not find by their ids, were not deleted: no version removes them."""
        return ["Cart V1"] if self._reads_v2 or (self._asked_v2 and not self._v1_answers) else []

    def _rows(self, page: Iterable[Item]) -> Iterator[dict[str, Any]]:
        for item in page:
            if not item.raw:
                yield from self._by_setting(item.id)
            for rows in item.related.values():
                if isinstance(rows, WixError):
                    raise rows
                for row in map(msgspec.json.decode, rows):
                    if self._ids and row["status"] != Status.CREATED:
                        source = msgspec.json.decode(item.raw)
                        names = {row["id"], source.get("cartId"), source.get("checkoutId")}
                        self._referred |= names.intersection(self._ids)
                    yield row

    def _by_setting(self, row_id: str) -> Iterator[dict[str, Any]]:
        if row_id in self._given or row_id in self._referred:
            return
        row = self.looked_up(self.call, row_id)
        if row is None:
            self.logger.warning("Stream `%s`: Wix has no row with the id %s of `%s`.", self.name, row_id, self.setting)
        elif self._asked_v2:
            # An order may have been read under the id of the checkout.
            yield from self._rows(self._with_status([row]))
        else:
            yield self.record(row, Status.CREATED, None)

    def looked_up(
        self, call: Operation, row_id: str | None, source: Mapping[str, Any] = MappingProxyType({})
    ) -> dict[str, Any] | None:
        """Return a row by its id, from V1 or, if Wix removed it, from V2; None if it does not exist.

        Args:
            call: Call of V1.
            row_id: The id that it takes; None if the source has none.
            source: The order or abandoned checkout with the ids of the checkout and the cart.

        Raises:
            WixError: Wix refuses the call, or cannot be reached.
        """
        if not self._reads_v2:
            try:
                row = self.client.entity(call, self.envelope, names={"id": row_id}) if row_id else None
            except WixError as error:
                if not self._may_be_in_v2(error):
                    return None
            else:
                self._v1_answers = self._v1_answers or row is not None
                return row
        self._asked_v2 = True
        # The documented id of a cart of V2 is that of its checkout.
        for each in dict.fromkeys(filter(None, (source.get("checkoutId"), source.get("cartId"), row_id))):
            with suppress(GoneError):
                return self.of_v2(self.client.entity(ecom.GET_CART_V2, "cart", names={"id": each}), source)
        return None

    def _may_be_in_v2(self, error: WixError) -> bool:
        """True if Wix removed V1, or may have done so: a 404 with a code may be a removed call or a deleted row."""
        if _is_removed(error):
            self._reads_v2 = True
            self._warn(error, "Wix removed Cart V1 and Checkout V1, so the stream reads Cart V2.")
        elif not isinstance(error, NotFoundError):
            raise error
        elif self._v1_answers or self.client.started < ecom.CARTS_V1_END:
            return False
        elif not self._asked_v2:
            self._warn(error, "Until V1 returns a row, the stream looks for those that it lacks in Cart V2.")
        return True

    def _warn(self, error: WixError, what: str) -> None:
        self.logger.warning(
            "Stream `%s`: %s %s Columns that only V1 has are empty in rows of V2: docs/streams.md lists them.",
            self.name,
            error.happened,
            what,
        )

    @abstractmethod
    def of_v2(self, cart: Mapping[str, Any], source: Mapping[str, Any]) -> dict[str, Any]:
        """Return a cart of Cart V2 with the members of a row of V1, and the ids that the source has."""

    def record(self, row: Mapping[str, Any], status: Status, date: str | None) -> dict[str, Any]:
        """Return a row as a record."""
        is_completed = row.get("completed") or row.get("orderPlaced")
        return {**row, "status": Status.COMPLETED if is_completed else status, self.replication_key: date}


def _is_removed(error: WixError) -> bool:
    """True if Wix removed a call."""
    return error.is_unrouted or error.status in {HTTPStatus.GONE, HTTPStatus.NOT_IMPLEMENTED}


@dataclass(frozen=True)
class LookUp:
    """Looks up the carts or checkouts of each page of orders or abandoned checkouts."""

    stream: LookedUpStream
    reference: Reference

    @property
    def place(self) -> str:
        """Key of the rows in `Item.related` of the order or abandoned checkout."""
        return self.stream.name

    def wants(self, owner: Item) -> bool:
        """True if the cart or checkout of an order or abandoned checkout may have changed."""
        stream = self.stream
        if stream.failed or stream.full:
            return False
        return stream.start is None or (changed(owner) or owner.key) >= stream.start

    def ask(self, owners: Sequence[Item]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Look up the rows of orders or abandoned checkouts, with one request each."""
        for owner in owners:
            source = msgspec.json.decode(owner.raw)
            row = self.stream.looked_up(self.reference.call, source.get(self.reference.member), source)
            if row is not None:
                yield owner.id, self.stream.record(row, self.reference.status(source), changed(owner))


class Carts(LookedUpStream):
    """Carts that became orders or were abandoned, oldest change first, and those of the setting `cart_ids`.

    Source: https://dev.wix.com/docs/rest/business-solutions/e-commerce/purchase-flow/cart/get-cart
    """

    name = "carts"
    call = ecom.GET_CART
    envelope = "cart"
    setting = "cart_ids"
    checkout = "checkoutId"
    references = (
        _of_orders(ecom.GET_CART_OF_CHECKOUT),
        Reference(ecom.ABANDONED_CHECKOUTS, "cartId", ecom.GET_CART),
    )

    @override
    def of_v2(self, cart: Mapping[str, Any], source: Mapping[str, Any]) -> dict[str, Any]:
        return {**cart_of_v1(cart), "checkoutId": source.get("checkoutId") or cart["id"]}


class Checkouts(LookedUpStream):
    """Checkouts that became orders or were abandoned, oldest change first, and those of the setting `checkout_ids`.

    Source: https://dev.wix.com/docs/rest/business-solutions/e-commerce/purchase-flow/checkout/get-checkout
    """

    name = "checkouts"
    call = ecom.GET_CHECKOUT
    envelope = "checkout"
    setting = "checkout_ids"
    checkout = "id"
    references = (
        _of_orders(ecom.GET_CHECKOUT),
        Reference(ecom.ABANDONED_CHECKOUTS, "checkoutId", ecom.GET_CHECKOUT),
    )

    @override
    def of_v2(self, cart: Mapping[str, Any], source: Mapping[str, Any]) -> dict[str, Any]:
        ids = {"id": source.get("checkoutId") or cart["id"], "cartId": source.get("cartId") or cart["id"]}
        return {**checkout_of_v1(cart), **ids}


STREAMS = (Carts, Checkouts)
