"""Orders and their parts: all selected streams of orders are read with the pages of changed orders."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from tap_wix.removals import Owner
from tap_wix.streams.base import WixStream
from tap_wix.streams.children import ChildStream, FetchedChildStream, changed, of_order
from wix_api.endpoints import ecom
from wix_api.errors import GoneError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import ExitStack

    from wix_api.reading import Item


class Orders(WixStream):
    """Orders of every sales channel, oldest change first.

    Source: https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/search-orders
    """

    name = "orders"
    replication_key = "updatedDate"
    query = ecom.ORDERS
    rereads_orders = True
    # Without a filter by status, Wix's search leaves out pending and rejected orders.
    filters = {"status": {"$in": list(ecom.ORDER_STATUSES)}}  # noqa: RUF012 - never written to


class OrderLineItems(ChildStream):
    """Line items of changed orders, which contain them, so they need no further request.

    Source: https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/order-object
    """

    name = "order_line_items"
    parent_stream_type = Orders
    owner = Owner("orders", ("orderId",))
    primary_keys = ("orderId", "id")
    replication_key = "orderUpdatedDate"
    rereads_orders = True

    @override
    def children(self, parents: Sequence[Item]) -> Iterator[dict[str, Any]]:
        for parent in parents:
            for line in msgspec.json.decode(parent.raw).get("lineItems") or ():
                yield of_order(parent) | line


class Fulfillments(FetchedChildStream):
    """Fulfillments of changed orders. They have no change date, and Wix lists them by order only.

    Source: https://dev.wix.com/docs/rest/business-solutions/e-commerce/order-fulfillments
    """

    name = "fulfillments"
    parent_stream_type = Orders
    primary_keys = ("orderId", "id")
    call = ecom.FULFILLMENTS_OF_ORDERS
    answers = ecom.ORDERS_WITH_FULFILLMENTS
    part = "fulfillments"


class OrderTransactions(FetchedChildStream):
    """Payments and refunds of changed orders. Wix lists them by order only.

    Source: https://dev.wix.com/docs/rest/business-solutions/e-commerce/order-transactions
    """

    name = "order_transactions"
    parent_stream_type = Orders
    primary_keys = ("orderId",)
    call = ecom.TRANSACTIONS_OF_ORDERS
    answers = ecom.ORDER_TRANSACTIONS


class OrderRefunds(FetchedChildStream):
    """Refunds of changed orders, one record each, from the same call as `order_transactions`.

    Source: https://dev.wix.com/docs/rest/business-solutions/e-commerce/order-transactions
    """

    name = "order_refunds"
    parent_stream_type = Orders
    primary_keys = ("orderId", "id")
    call = ecom.TRANSACTIONS_OF_ORDERS
    answers = ecom.ORDER_TRANSACTIONS
    part = "refunds"


class Invoices(FetchedChildStream):
    """Invoices of changed orders: references to the documents of an invoicing app. Read only if selected.

    Source: https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/order-invoices
    """

    name = "invoices"
    parent_stream_type = Orders
    primary_keys = ("orderId", "id")
    selected_by_default = False
    call = ecom.INVOICES_OF_ORDERS
    answers = ecom.INVOICES
    part = "invoicesInfo"


_LINKS_REMEMBERED = 1000
"""A page begins with the last orders of the previous one; as many as several readers read meanwhile."""


class OrderPdfLinks(FetchedChildStream):
    """Links to PDF files of changed orders, one request each. Read only if selected: a link is valid for minutes.

    Source: https://dev.wix.com/docs/rest/business-solutions/stores/orders/print-orders
    """

    name = "order_pdf_links"
    parent_stream_type = Orders
    primary_keys = ("orderId",)
    selected_by_default = False
    call = ecom.PDF_OF_ORDERS

    @override
    def begin(self, stack: ExitStack) -> None:
        super().begin(stack)
        self._row = lru_cache(_LINKS_REMEMBERED)(self._ask_for_row)

    @override
    def ask(self, owners: Sequence[Item]) -> Iterator[tuple[str, dict[str, Any]]]:
        for order in owners[: self.record_limit]:  # `--test` needs one
            with suppress(GoneError):  # deleted since it was read
                yield order.id, self._row(order.id, changed(order))

    def _ask_for_row(self, order_id: str, _changed: str | None) -> dict[str, Any]:
        link = self.client.call(self.call, body={"orderIds": [order_id]}).get("link")
        return {"link": link, "createdDate": self.client.now}


class AbandonedCheckouts(WixStream):
    """Checkouts that a buyer left before paying, oldest change first.

    Source: https://dev.wix.com/docs/rest/business-solutions/e-commerce/abandoned-checkouts/query-abandoned-checkouts
    """

    name = "abandoned_checkouts"
    replication_key = "updatedDate"
    query = ecom.ABANDONED_CHECKOUTS


class DraftOrders(WixStream):
    """Drafts of orders that are being edited, oldest change first.

    Source: https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/draft-orders/query-draft-orders
    """

    name = "draft_orders"
    replication_key = "updatedDate"
    query = ecom.DRAFT_ORDERS
    one = (ecom.GET_DRAFT_ORDER, "calculatedDraftOrder.draftOrder")
    optional = True


STREAMS = (
    Orders,
    OrderLineItems,
    Fulfillments,
    OrderTransactions,
    OrderRefunds,
    Invoices,
    OrderPdfLinks,
    AbandonedCheckouts,
    DraftOrders,
)
