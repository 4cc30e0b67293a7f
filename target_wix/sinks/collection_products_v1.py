"""Memberships of a V1 site: a thousand products a call, without a result for each.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/collections
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix.sinks.collections_v1 import index_of
from target_wix.sinks.lookup_v1 import ProductLookupV1
from target_wix.sinks.places import PlaceCall
from wix_api.endpoints import stores_v1

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from target_wix.changes import Entity
    from target_wix.failures import Failure
    from target_wix.matching import Key
    from target_wix.run import Run
    from target_wix.sinks.collection_index import CollectionIndex
    from target_wix.sinks.places import Pair


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
        found = ProductLookupV1(self._run).queried(product_ids)
        return {key: set(product.get("collectionIds") or []) for key, product in found.items()}

    def members(self, collection_id: str) -> Iterator[str]:
        """Give the products of a collection."""
        found = ProductLookupV1(self._run).find("collections.id", [collection_id])
        return (product.id for product in found)

    def change(self, joins: Iterable[Pair], leaves: Iterable[Pair]) -> dict[Pair, Failure]:
        """Add and remove; give the pairs that failed."""
        size = stores_v1.PRODUCTS_PER_MEMBERSHIP_CALL
        added = PlaceCall(self._run, stores_v1.ADD_TO_COLLECTION, _body, size, joins=True).send(joins)
        return added | PlaceCall(self._run, stores_v1.REMOVE_FROM_COLLECTION, _body, size, joins=False).send(leaves)


def _body(_collection: str, ids: list[str]) -> Entity:
    return {"productIds": ids}
