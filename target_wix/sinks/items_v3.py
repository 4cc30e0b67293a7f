"""Adds products to categories and takes them out.

All writes to a tree share one revision, so they go one after another; a call that another writer got ahead of is
repeated, which is harmless. Source: https://dev.wix.com/docs/rest/business-management/categories
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix.sinks.places import PlaceCall
from wix_api.endpoints import stores_v3

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_wix.changes import Entity
    from target_wix.failures import Failure
    from target_wix.run import Run
    from target_wix.sinks.places import Pair


def item_of(product_id: str) -> Entity:
    """Refer to a product as the Categories API does."""
    return {"catalogItemId": product_id, "appId": stores_v3.STORES_APP_ID}


def change_items(run: Run, joins: Iterable[Pair], leaves: Iterable[Pair]) -> dict[Pair, Failure]:
    """Add and remove; give the pairs that failed."""
    size = stores_v3.ITEMS_PER_CALL
    added = PlaceCall(run, stores_v3.ADD_ITEMS, _body, size, joins=True).send(joins)
    return added | PlaceCall(run, stores_v3.REMOVE_ITEMS, _body, size, joins=False).send(leaves)


def _body(ids: list[str]) -> Entity:
    return {"items": [item_of(product) for product in ids], "treeReference": stores_v3.STORES_TREE}
