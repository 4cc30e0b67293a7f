"""Orders and what belongs to them: one reading of the changed orders feeds every selected stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_wix.streams.base import WixStream
from tap_wix.streams.children import FetchedChildStream
from wix_api.endpoints import ecom

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wix_api.reading import Item


class Orders(WixStream):
    """Orders of every sales channel, oldest change first.

    Source: https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/search-orders
    """

    name = "orders"
    replication_key = "updatedDate"
    query = ecom.ORDERS
    rereads_orders = True
    # Without a filter that names them, a search leaves out orders that are pending or rejected.
    filters = {"status": {"$in": list(ecom.ORDER_STATUSES)}}  # noqa: RUF012 - never written to


class Fulfillments(FetchedChildStream):
    """Fulfillments of changed orders. Wix gives them no change date and no list but by order.

    Source: https://dev.wix.com/docs/rest/business-solutions/e-commerce/order-fulfillments
    """

    name = "fulfillments"
    parent_stream_type = Orders
    owner_key = "orderId"
    primary_keys = ("orderId", "id")
    replication_key = "orderUpdatedDate"

    @override
    def ask(self, owners: Sequence[Item]) -> Iterator[tuple[str, dict[str, Any]]]:
        updated = {order.id: self.changed(order) for order in owners}
        body = {"orderIds": list(updated)}
        orders, _ = self.client.decoded(ecom.FULFILLMENTS_OF_ORDERS, ecom.ORDERS_WITH_FULFILLMENTS, body=body)
        for order in orders:
            order_id = str(order.get("orderId"))
            for fulfillment in order.get("fulfillments") or []:
                of_order = {"orderId": order_id, "orderUpdatedDate": updated.get(order_id)}
                yield order_id, of_order | fulfillment


class OrderTransactions(FetchedChildStream):
    """Payments and refunds of changed orders. Wix gives them no list but by order.

    Source: https://dev.wix.com/docs/rest/business-solutions/e-commerce/order-transactions
    """

    name = "order_transactions"
    parent_stream_type = Orders
    owner_key = "orderId"
    primary_keys = ("orderId",)
    replication_key = "orderUpdatedDate"

    @override
    def ask(self, owners: Sequence[Item]) -> Iterator[tuple[str, dict[str, Any]]]:
        updated = {order.id: self.changed(order) for order in owners}
        body = {"orderIds": list(updated)}
        orders, _ = self.client.decoded(ecom.TRANSACTIONS_OF_ORDERS, ecom.ORDER_TRANSACTIONS, body=body)
        for transactions in orders:
            order_id = str(transactions.get("orderId"))
            yield order_id, {"orderUpdatedDate": updated.get(order_id), **transactions}


class AbandonedCheckouts(WixStream):
    """Checkouts that a buyer left before paying, oldest change first.

    Source: https://dev.wix.com/docs/rest/business-solutions/e-commerce/abandoned-checkouts/query-abandoned-checkouts
    """

    name = "abandoned_checkouts"
    replication_key = "updatedDate"
    query = ecom.ABANDONED_CHECKOUTS


STREAMS = (Orders, Fulfillments, OrderTransactions, AbandonedCheckouts)
