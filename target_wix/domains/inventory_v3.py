"""Stock of a V3 site: one item for each variant and location, a thousand a call.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/inventory/inventory-items-v3
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from target_wix.change import Command
from target_wix.concurrency import batches
from target_wix.desired import cleared, diff, filled, overlay
from target_wix.domain import Domain
from target_wix.domains import stock
from target_wix.domains.bulk import ItemResult, matched, send
from target_wix.domains.locating import Locator, Spot, VariantsOfV3, variant_keys
from target_wix.errors import Failure, Rejected
from target_wix.matching import guid_of
from target_wix.reading import Reader, rows_of
from wix_api.endpoints import stores_v3
from wix_api.errors import PermissionDeniedError, RejectionError, SiteNotReadyError
from wix_api.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_wix.change import Change, Entity
    from target_wix.domains.calls_v3 import BulkCall
    from target_wix.matching import Key
    from target_wix.stream import Stream
    from wix_api.client import WixClient
    from wix_api.operations import Operation

_NOT_OFFERED = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.NOT_IMPLEMENTED}
_AMOUNTS = ("quantity", "inStock")
_KEPT = ("preorderInfo", "extendedFields")
"""Members of a row that are sent although they do not change: nobody says whether a row is replaced as a whole."""
_PLACE = "product, variant and location"
_FOR_DEFAULT = "location of another site taken for the default one"


class InventoryItemsV3(Domain):
    """Writes stock. A row names its variant by ids of this or of another site, or by SKU."""

    kind = "inventory_items"
    rank = 3
    batch_size: ClassVar[int] = stores_v3.ITEMS_OF_STOCK_PER_CALL
    fields = stock.STOCK

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._locator = Locator(self)
        self._upsert = _StockUpsert(self.client)
        self._reader = Reader(self.run, stores_v3.STOCK, stores_v3.GET_STOCK, "inventoryItem")

    # Match

    @override
    def keys(self) -> tuple[Key, ...]:
        return variant_keys()

    @override
    def understood(self, record: Entity) -> Entity:
        if isinstance(record.get("variants"), list):
            msg = (
                "This is catalog V1's stock of a whole product, and the site has catalog V3: an item for each variant. "
                "Extract with `catalog_shape: unified`."
            )
            raise Rejected(msg, code="WRONG_SHAPE", field="variants")
        return record

    @override
    def find(self, changes: list[Change]) -> list[Change]:
        # A row that has no item yet still names a variant, which must be there; keys alone could not tell it.
        self._match_ids(changes)
        open_changes = [change for change in changes if change.current is None]
        spots = self._locator.find(open_changes, VariantsOfV3(self.run))
        items = self._items({spot.product_id for spot in spots.values() if isinstance(spot, Spot)})
        kept = self._locator.place(changes, spots, lambda change, spot: self._place(change, spot, items))
        self._read([change for change in kept if change.id and change.current is None], are_sure=True)
        return kept

    def _match_ids(self, changes: list[Change]) -> None:
        """Find items by their own ids."""
        if any(key.name == "id" for key in self.matching_keys):
            for change in changes:
                change.id = change.id or next(iter(guid_of(change.record, "id")), "")
        self._read([change for change in changes if change.id])

    def _read(self, changes: list[Change], *, are_sure: bool = False) -> None:
        ids = sorted({change.id for change in changes})
        entities = self._reader.get(ids, sure=ids if are_sure else ())
        for change in changes:
            change.current = entities.get(change.id)
            change.id = change.id if change.current else ""

    @override
    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        return self._reader.get(ids)

    def _items(self, products: set[str]) -> dict[tuple[str, str], list[Entity]]:
        self.run.memory.wait_for(products, stock.UNKNOWN_ITEMS)
        items: dict[tuple[str, str], list[Entity]] = defaultdict(list)
        for row in rows_of(self.run, stores_v3.STOCK, "productId", products, stores_v3.PRODUCTS_PER_CALL):
            items[row["productId"], row["variantId"]].append(row)
        return items

    def _place(self, change: Change, spot: Spot, items: dict[tuple[str, str], list[Entity]]) -> None:
        """Choose the item of a variant by its location; set `place` for one that is to be made."""
        variant = (spot.product_id, spot.variant_id)
        location = str(change.record.get("locationId") or "")
        there = items.get(variant, [])
        found = [item for item in there if item["locationId"] == location]
        if location and not found and spot.is_foreign:
            self._take_for_default(variant, location)
            location = ""
        if not location:
            found = there
        if len(found) > 1:
            some = ", ".join(str(item["locationId"]) for item in found[:5])
            msg = f"The variant has stock at {len(found)} locations of the site: {some}. Give `locationId`."
            raise Rejected(msg, code="AMBIGUOUS_MATCH", field="locationId")
        change.place = (*variant, location)
        made = None if found else self.run.memory.find(self.kind, _PLACE, "/".join(change.place))
        change.id = found[0]["id"] if found else made or ""
        if found and not self.run.memory.is_behind(change.id):
            change.current = found[0]

    def _take_for_default(self, variant: tuple[str, str], location: str) -> None:
        """Read a location of another site as the default location of this site, one for each variant."""
        taken = self.run.memory.find(self.kind, _FOR_DEFAULT, "/".join(variant))
        if taken is None:
            self.run.memory.note(self.kind, _FOR_DEFAULT, "/".join(variant), location)
        elif taken != location:
            msg = (
                "The record is of another site, whose locations this site does not have, and the stock at another of "
                "them has been taken for that at the default location. Give a `locationId` of this site."
            )
            raise Rejected(msg, code="UNKNOWN_LOCATION", field="locationId")

    # Compare

    @override
    def compare(self, change: Change) -> None:
        self.run.warn_of_members(self.stream.name, stock.STOCK.unwritable(change.record))
        said = stock.view(change.record)
        if change.current is None:
            if not said.keys() & {"quantity", "inStock"}:
                msg = "New stock needs `quantity`, or `inStock` where pieces are not counted."
                raise Rejected(msg, code="REQUIRED_FIELD", field="quantity")
            product, variant, location = change.place
            at = {"locationId": location} if location else {}
            change.body = {"productId": product, "variantId": variant, **at, **filled(said)}
        else:
            there = stock.view(change.current)
            change.body = cleared(diff(there, said))
            if "preorderInfo" in change.body:
                change.body["preorderInfo"] = overlay(there.get("preorderInfo") or {}, change.body["preorderInfo"])
        stock.STOCK.check(change.body)
        change.fields = tuple(name for name in change.body if name in stock.STOCK.written)

    # Apply

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        gone = [change for change in changes if change.command is Command.DELETE]
        new = [change for change in changes if change.current is None]
        old = [change for change in changes if change.current is not None and change.command is not Command.DELETE]
        calls = [*self._calls(stores_v3.DELETE_STOCK, "inventoryItemIds", gone), *self._writes(new, old)]
        results: list[ItemResult] = []
        again: list[Change] = []
        try:
            self.run.together(lambda call: results.extend(call()), calls)
        finally:
            # What was done is settled even if another call failed for good.
            again = [result.change for result in results if not self._noted(result)]
        return again

    def _writes(self, new: list[Change], old: list[Change]) -> Iterator[BulkCall]:
        if self._upsert.saves(new, old):
            yield lambda: self._upserted(new, old)
            return
        yield from self._calls(stores_v3.CREATE_STOCK, "inventoryItems", new)
        yield from self._calls(stores_v3.UPDATE_STOCK, "inventoryItems", old)

    def _upserted(self, new: list[Change], old: list[Change]) -> Iterator[ItemResult]:
        results = self._upsert.send([*new, *old])
        if results is not None:
            yield from results
            return
        for operation, some in ((stores_v3.CREATE_STOCK, new), (stores_v3.UPDATE_STOCK, old)):
            for call in self._calls(operation, "inventoryItems", some):
                yield from call()

    def _calls(self, operation: Operation, member: str, changes: list[Change]) -> Iterator[BulkCall]:
        def body(some: list[Change]) -> Entity:
            return {member: [_entry(change) for change in some]}

        for some in batches(changes, stores_v3.ITEMS_OF_STOCK_PER_CALL):
            yield partial(send, self.client, operation, some, body)

    def _noted(self, result: ItemResult) -> bool:
        """Record a result; false if the record must be looked at again."""
        change, failure = result.change, result.failure
        if change.id:
            self.run.memory.wrote(change.id)
        if change.place:
            self.run.memory.wrote(change.place[0])
            # A create that failed may have made an item that queries do not show yet.
            is_unknown = failure is not None and change.current is None
            self.run.memory.wrote(change.place[0], stock.UNKNOWN_ITEMS if is_unknown else stock.KNOWN_ITEMS)
        if failure is not None:
            return self.failed(change, failure)
        if change.command is Command.DELETE:
            self.deleted(change)
            return True
        if change.current is None:
            self.created(change, result.id)
            self.run.memory.note(self.kind, _PLACE, "/".join(change.place), result.id)
        self.settle_written(change)
        return True


def _entry(change: Change) -> Entity | str:
    if change.command is Command.DELETE:
        return change.id
    if change.current is None:
        return change.body
    return {"inventoryItem": {**change.body, "id": change.id, "revision": change.current.get("revision")}}


class _StockUpsert:
    """Writes new and changed stock in one call, where the site offers it.

    The call is in Wix's client only among its builders. So it is used where it saves a request, its answer is compared
    with what was sent, and a site that refuses it gets a create and an update from then on. It knows no revisions: what
    somebody else wrote to a row in the meantime is overwritten, so only rows that say how much there is are sent.
    Source: `bulkUpsertInventoryItems` of https://www.npmjs.com/package/@wix/auto_sdk_stores_inventory-items-v-3
    """

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
