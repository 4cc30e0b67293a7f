"""Adds products to categories and takes them out.

All writes to a tree share one revision, so they go one after another; a call that another writer got ahead of is
repeated, which is harmless. Source: https://dev.wix.com/docs/rest/business-management/categories
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from target_wix.changes import MOST_TRIES
from target_wix.sinks.bulk import Failure, refused
from wix_api.answers import redact
from wix_api.endpoints import stores_v3
from wix_api.errors import ConflictError, RejectionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_wix.changes import Entity
    from target_wix.run import Run
    from target_wix.sinks.places import Pair
    from wix_api.operations import Operation


def item_of(product_id: str) -> Entity:
    """Refer to a product as the Categories API does."""
    return {"catalogItemId": product_id, "appId": stores_v3.STORES_APP_ID}


def change_items(run: Run, joins: Iterable[Pair], leaves: Iterable[Pair]) -> dict[Pair, Failure]:
    """Add and remove; give the pairs that failed."""
    failed: dict[Pair, Failure] = {}
    for operation, pairs in ((stores_v3.ADD_ITEMS, joins), (stores_v3.REMOVE_ITEMS, leaves)):
        products: dict[str, list[str]] = defaultdict(list)
        for category, product in pairs:
            products[category].append(product)
        for category, ids in products.items():
            for start in range(0, len(ids), stores_v3.ITEMS_PER_CALL):
                run.check_stop()
                some = ids[start : start + stores_v3.ITEMS_PER_CALL]
                failed.update(_change_some(run, operation, category, some))
    return failed


def _change_some(run: Run, operation: Operation, category: str, ids: list[str]) -> dict[Pair, Failure]:
    body = {"items": [item_of(product) for product in ids], "treeReference": stores_v3.STORES_TREE}
    for attempt in range(MOST_TRIES):
        try:
            answer = run.client.call(operation, names={"id": category}, body=body)
        except ConflictError as error:
            if attempt + 1 == MOST_TRIES:
                failure = replace(refused(error), is_retryable=True)
                return dict.fromkeys([(category, product) for product in ids], failure)
        except RejectionError as error:
            return dict.fromkeys([(category, product) for product in ids], refused(error))
        else:
            return _failures(answer, category, ids)
    return {}


def _failures(answer: Entity, category: str, ids: list[str]) -> dict[Pair, Failure]:
    failed = {}
    for index, result in enumerate(answer.get("results") or []):
        metadata = result.get("itemMetadata") or {}
        at = metadata.get("originalIndex", index)
        if metadata.get("success") is False and at < len(ids):
            error = metadata.get("error") or {}
            code = str(error.get("code") or "NO_DETAIL")
            failed[category, ids[at]] = Failure(code, redact(f"Wix refused it: {error.get('description') or code}."))
    return failed
