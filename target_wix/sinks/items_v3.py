"""Adds products to categories and takes them out.

All writes to a tree share one revision, so they go one after another; a call that another writer got ahead of is
repeated, which is harmless. Source: https://dev.wix.com/docs/rest/business-management/categories
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix.sinks.places import PlaceCall
from wix_api.endpoints import stores_v3

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from target_wix.changes import Entity
    from target_wix.failures import Failure
    from target_wix.run import Run
    from target_wix.sinks.places import Pair


def item_of(product_id: str) -> Entity:
    """Refer to a product as the Categories API does."""
    return {"catalogItemId": product_id, "appId": stores_v3.STORES_APP_ID}


def change_items(run: Run, joins: Iterable[Pair], leaves: Iterable[Pair]) -> dict[Pair, Failure]:
    """Add and remove; return the pairs that failed."""
    return {pair: failure for call, pairs in _calls(run, joins, leaves) for pair, failure in call.send(pairs).items()}


def _calls(run: Run, joins: Iterable[Pair], leaves: Iterable[Pair]) -> Iterator[tuple[PlaceCall, list[Pair]]]:
    """Yield the calls that add, then those that remove, each of the kind that takes fewer requests."""
    size, few = stores_v3.ITEMS_PER_CALL, stores_v3.CATEGORIES_PER_CALL
    for pairs, of_category, of_product in (
        (list(joins), stores_v3.ADD_ITEMS, stores_v3.ADD_ITEM),
        (list(leaves), stores_v3.REMOVE_ITEMS, stores_v3.REMOVE_ITEM),
    ):
        is_joining = of_category is stores_v3.ADD_ITEMS
        calls = (
            PlaceCall(run, of_category, _body, size, is_joining),
            PlaceCall(run, of_product, _body_of_product, few, is_joining, is_of_product=True),
        )
        yield min(calls, key=lambda call: call.requests(pairs)), pairs


def _body(_category: str, ids: list[str]) -> Entity:
    return {"items": [item_of(product) for product in ids], "treeReference": stores_v3.STORES_TREE}


def _body_of_product(product: str, ids: list[str]) -> Entity:
    return {"item": item_of(product), "categoryIds": ids, "treeReference": stores_v3.STORES_TREE}
