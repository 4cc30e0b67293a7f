"""Memberships of a V3 site: items of categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.concurrency import batches
from target_wix.sinks.collections_v3 import index_of
from target_wix.sinks.items_v3 import change_items, item_of
from target_wix.sinks.lookup_v3 import ProductLookupV3
from wix_api.endpoints import stores_v3
from wix_api.languages import next_cursor
from wix_api.pages import RowsDecoder
from wix_api.reading import Position, Trail

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from target_wix.changes import Entity
    from target_wix.failures import Failure
    from target_wix.matching import Key
    from target_wix.run import Run
    from target_wix.sinks.collection_index import CollectionIndex
    from target_wix.sinks.places import Pair

_ITEMS = RowsDecoder("items", dict[str, Any])
_CATEGORIES = RowsDecoder("categoriesForItems", dict[str, Any], is_paged=False)


class PlacesV3:
    """Which products are in which categories."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @property
    def index(self) -> CollectionIndex:
        """The categories."""
        return index_of(self._run)

    def keys(self) -> tuple[Key, ...]:
        """Give the ways to find a product."""
        return ProductLookupV3(self._run).keys()

    def of(self, product_ids: list[str]) -> dict[str, set[str]]:
        """Give the categories that products are in, a hundred products a call."""
        some = batches(product_ids, stores_v3.ITEMS_PER_CALL)
        return {
            entry["item"]["catalogItemId"]: set(entry.get("directCategoryIds") or [])
            for answer in self._run.together(self._categories_of, some)
            for entry in answer
        }

    def members(self, collection_id: str) -> Iterator[str]:
        """Give the products of a category, page by page."""
        paging: Entity = {"limit": stores_v3.ITEMS_PER_CALL}
        trail = Trail()
        while True:
            body = {"cursorPaging": paging, "treeReference": stores_v3.STORES_TREE}
            items, told = self._run.client.decoded(stores_v3.LIST_ITEMS, _ITEMS, names={"id": collection_id}, body=body)
            yield from (item["catalogItemId"] for item in items)
            cursor = next_cursor(told, paging.get("cursor", ""))
            if not cursor:
                return
            paging["cursor"] = trail.follow(Position(cursor=cursor)).cursor

    def change(self, joins: Iterable[Pair], leaves: Iterable[Pair]) -> dict[Pair, Failure]:
        """Add and remove; give the pairs that failed."""
        return change_items(self._run, joins, leaves)

    def _categories_of(self, product_ids: list[str]) -> list[Entity]:
        body = {"items": [item_of(product) for product in product_ids], "treeReference": stores_v3.STORES_TREE}
        return self._run.client.decoded(stores_v3.CATEGORIES_OF_ITEMS, _CATEGORIES, body=body)[0]
