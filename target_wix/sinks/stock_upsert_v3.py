"""New and changed stock of a V3 site in one call, where the site offers it.

The call is in Wix's client only among its builders. So it is used where it saves a request, its answer is compared with
what was sent, and a site that refuses it gets a create and an update from then on. It knows no revisions: what somebody
else wrote to a row in the meantime is overwritten, so only rows that say how much there is are sent.
Source: `bulkUpsertInventoryItems` of https://www.npmjs.com/package/@wix/auto_sdk_stores_inventory-items-v-3
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from target_wix.failures import Failure
from target_wix.sinks import stock
from target_wix.sinks.bulk import matched
from wix_api.endpoints import stores_v3
from wix_api.errors import PermissionDeniedError, RejectionError, SiteNotReadyError
from wix_api.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_wix.changes import Change, Entity
    from target_wix.sinks.bulk import ItemResult
    from wix_api.client import WixClient

_NOT_OFFERED = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.NOT_IMPLEMENTED}
_AMOUNTS = ("quantity", "inStock")
_KEPT = ("preorderInfo", "extendedFields")
"""Members of a row that are sent although they do not change: nobody says whether a row is replaced as a whole."""


class StockUpsertV3:
    """Writes stock by upserts as long as the site takes them."""

    def __init__(self, client: WixClient) -> None:
        self._client = client
        self._is_offered = True

    def saves(self, new: list[Change], old: list[Change]) -> bool:
        """True if one call can be sent in place of two: no variant is in it twice, and each row says its amount."""
        if not (self._is_offered and new and old) or len(new) + len(old) > stores_v3.ITEMS_OF_STOCK_PER_CALL:
            return False
        variants = {(body["productId"], body["variantId"]) for body in map(_body, [*new, *old])}
        return len(variants) == len(new) + len(old) and all(_amount(change.body) for change in old)

    def send(self, changes: list[Change]) -> Iterator[ItemResult] | None:
        """Send a call; return the results, or nothing if it was refused as a whole.

        Raises:
            WixError: The run cannot go on.
        """
        items = [{"inventoryItem": _body(change)} for change in changes]
        try:
            answer = self._client.call(stores_v3.UPSERT_STOCK, body={"inventoryItems": items, "returnEntity": True})
        except (PermissionDeniedError, RejectionError, SiteNotReadyError) as error:
            if error.status in _NOT_OFFERED:
                self._is_offered = False
            elif not isinstance(error, RejectionError):
                raise
            return None
        return self._believed(changes, answer)

    def _believed(self, changes: list[Change], answer: Entity) -> Iterator[ItemResult]:
        """Yield the results. What Wix shows otherwise than it was sent is looked at again and sent by other calls."""
        shown = {
            (result.get("itemMetadata") or {}).get("originalIndex", index): result.get("item") or {}
            for index, result in enumerate(answer.get("results") or [])
        }
        for index, result in enumerate(matched(changes, answer)):
            if result.failure is None and _amount(stock.view(shown.get(index, {}))) != _amount(result.change.body):
                self._is_offered = False
                text = "Wix answered a write of stock with success, and shows another amount."
                failure = Failure(Refusal.CONFLICT, "NOT_WRITTEN", text, is_partial=True, is_retryable=True)
                yield result._replace(failure=failure)
            else:
                yield result


def _body(change: Change) -> Entity:
    """Return a row as an upsert takes it; product, variant and location say which one it is."""
    if change.current is None:
        return change.body
    there = stock.view(change.current)
    kept = {name: there[name] for name in _KEPT if name in there}
    place = {name: change.current[name] for name in ("productId", "variantId", "locationId")}
    return {**kept, **change.body, **place}


def _amount(row: Entity) -> Entity:
    return {name: row[name] for name in _AMOUNTS if row.get(name) is not None}
