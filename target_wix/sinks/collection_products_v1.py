"""Memberships of a V1 site: a thousand products a call, without a result for each.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/collections
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from typing_extensions import override

from target_wix.sinks.bulk import refused
from target_wix.sinks.collection_products import CollectionProducts
from target_wix.sinks.collections_v1 import index_of
from target_wix.sinks.lookup_v1 import ProductLookupV1
from wix_api.endpoints import stores_v1
from wix_api.errors import InvalidRequestError, RejectionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from target_wix.matching import Key
    from target_wix.run import Run
    from target_wix.sinks.bulk import Failure
    from target_wix.sinks.collection_index import CollectionIndex
    from target_wix.sinks.places import Pair, Places
    from wix_api.operations import Operation


class PlacesV1:
    """Which products are in which collections."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @property
    def index(self) -> CollectionIndex:
        """The collections."""
        return index_of(self._run)

    def keys(self) -> tuple[Key, ...]:
        """Give the ways to find a product."""
        return ProductLookupV1(self._run).keys()

    def of(self, product_ids: list[str]) -> dict[str, set[str]]:
        """Give the collections that products are in."""
        found = ProductLookupV1(self._run).places(product_ids)
        return {key: set(product.get("collectionIds") or []) for key, product in found.items()}

    def members(self, collection_id: str) -> Iterator[str]:
        """Give the products of a collection."""
        found = ProductLookupV1(self._run).find("collections.id", [collection_id])
        return (product.id for product in found)

    def change(self, joins: Iterable[Pair], leaves: Iterable[Pair]) -> dict[Pair, Failure]:
        """Add and remove; give the pairs that failed."""
        failed: dict[Pair, Failure] = {}
        size = stores_v1.PRODUCTS_PER_MEMBERSHIP_CALL
        for operation, pairs in ((stores_v1.ADD_TO_COLLECTION, joins), (stores_v1.REMOVE_FROM_COLLECTION, leaves)):
            products: dict[str, list[str]] = defaultdict(list)
            for collection, product in pairs:
                products[collection].append(product)
            for collection, ids in products.items():
                for start in range(0, len(ids), size):
                    failed |= self._change_some(operation, collection, ids[start : start + size])
        return failed

    def _change_some(self, operation: Operation, collection: str, ids: list[str]) -> dict[Pair, Failure]:
        """Send a call; one that is refused for what it holds is sent again in halves, until the bad one is alone."""
        self._run.check_stop()
        try:
            self._run.client.call(operation, names={"id": collection}, body={"productIds": ids})
        except RejectionError as error:
            if len(ids) == 1 or not isinstance(error, InvalidRequestError):
                return dict.fromkeys([(collection, product) for product in ids], refused(error))
            middle = len(ids) // 2
            halves = (ids[:middle], ids[middle:])
            return {
                pair: why for half in halves for pair, why in self._change_some(operation, collection, half).items()
            }
        return {}


class CollectionProductsV1(CollectionProducts):
    """Writes memberships of collections."""

    @override
    def places_of(self, run: Run) -> Places:
        return PlacesV1(run)
