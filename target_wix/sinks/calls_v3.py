"""The bulk calls for V3 products, each as full as Wix allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from target_wix.sinks import compare_v3
from target_wix.sinks.bulk import ItemResult, chunks, send
from wix_api.endpoints import stores_v3

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_wix.changes import Change, Entity
    from wix_api.client import WixClient
    from wix_api.operations import Operation

BulkCall = Callable[[], Iterable[ItemResult]]
"""One call that waits to be sent."""


class ProductCalls:
    """Splits changes over calls; products with stock go by the routes that write it too."""

    def __init__(self, client: WixClient) -> None:
        self._client = client

    def creates(self, changes: list[Change]) -> Iterator[BulkCall]:
        """Create products."""
        plain, stocked = stores_v3.CREATE_PRODUCTS, stores_v3.CREATE_PRODUCTS_WITH_INVENTORY
        yield from self._calls(plain, stocked, changes, lambda change: change.body)

    def updates(self, changes: list[Change]) -> Iterator[BulkCall]:
        """Change products, each at the revision that was read."""
        plain, stocked = stores_v3.UPDATE_PRODUCTS, stores_v3.UPDATE_PRODUCTS_WITH_INVENTORY
        yield from self._calls(plain, stocked, changes, _update_entry)

    def deletes(self, changes: list[Change]) -> Iterator[BulkCall]:
        """Delete products."""

        def body(some: list[Change]) -> Entity:
            return {"productIds": [change.id for change in some]}

        size = stores_v3.PRODUCTS_PER_CALL
        for start in range(0, len(changes), size):
            some = changes[start : start + size]
            yield lambda some=some: send(self._client, stores_v3.DELETE_PRODUCTS, some, body)  # type: ignore[misc] # mypy cannot infer defaults of lambdas

    def _calls(
        self, plain: Operation, stocked: Operation, changes: list[Change], entry: Callable[[Change], Entity]
    ) -> Iterator[BulkCall]:
        def body(some: list[Change]) -> Entity:
            return {"products": [entry(change) for change in some], "returnEntity": False}

        apart: dict[Operation, list[Change]] = {plain: [], stocked: []}
        for change in changes:
            apart[stocked if compare_v3.names_stock(change.body) else plain].append(change)
        for operation, some in apart.items():
            for chunk in chunks(some, compare_v3.weigh, stores_v3.HEAVIEST_CALL):
                yield lambda operation=operation, chunk=chunk: send(self._client, operation, chunk, body, _products)  # type: ignore[misc] # as above


def _update_entry(change: Change) -> Entity:
    current = change.current or {}
    return {"product": {**change.body, "id": change.id, "revision": current.get("revision")}}


def _products(answer: Entity) -> Entity:
    """Return the products' part of an answer, which with-inventory calls wrap."""
    wrapped = answer.get("productResults")
    return wrapped if isinstance(wrapped, dict) else answer
