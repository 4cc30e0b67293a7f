"""Stock of both store catalogs.

A record has V3's shape: one for each variant (and location), with `quantity` for tracked stock, else `inStock`.

V1 has one stock item per product, with a row for each variant, and writes one product per call. Its records may also
have V1's shape, one per product. V1 tracks the quantities of all variants of a product or of none, and a body without
`trackQuantity` turns tracking off. So a call that turns it on or off contains every variant. V3 takes 1,000 rows a
call. Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/inventory/update-inventory-variants
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/inventory/inventory-items-v3
"""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from target_wix.change import Change, Command, Entity, ItemResult, by_write
from target_wix.concurrency import batches, grouped
from target_wix.deletes import MOST_REFUSED
from target_wix.desired import cleared, diff, filled, only, overlay, without
from target_wix.domain import Domain
from target_wix.domains.bulk_calls import BulkCall, body_of, matched, send, write_groups
from target_wix.domains.locating import (
    Locator,
    Spot,
    VariantsOfV1,
    VariantsOfV3,
    by_product,
    pick,
    variant_keys,
    variants_of_v1,
)
from target_wix.errors import Failure, Rejected
from target_wix.fields import PIECES, PREORDERABLE, Access, Field, Fields, Form, derived, fields, length, pieces
from target_wix.matching import Key, Reader, guid_of, read_alone, rows_of
from wix_api.endpoints import stores_v1, stores_v3
from wix_api.errors import InvalidRequestError, PermissionDeniedError, RejectionError, SiteNotReadyError
from wix_api.ids import GUID
from wix_api.products.variants import DEFAULT_VARIANT
from wix_api.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from target_wix.run import Run
    from target_wix.stream import Stream
    from target_wix.undo_entries import Kept
    from wix_api.operations import Operation

STOCK = Fields(
    Field("preorderInfo.enabled", Form.FLAG),
    Field("preorderInfo.message", limit=length(250, 1)),
    Field("preorderInfo.limit", Form.NUMBER, PREORDERABLE),
    Field("extendedFields", Form.OBJECT),
    Field("quantity", Form.PIECES, PIECES, access=Access.APART),
    Field("inStock", Form.FLAG, access=Access.APART),
    *fields("product v1", Form.OBJECT, Access.DERIVED),
    *fields("productId variantId locationId sku externalId", access=Access.DERIVED),
    *derived("id revision createdDate updatedDate choices"),
    Field("trackQuantity", Form.FLAG, access=Access.DERIVED),
    *derived("availabilityStatus preorderInfo.counter preorderInfo.quantity"),
    *derived("numericId lastUpdated"),  # of V1's own shape
    Field("variants[]", Form.OBJECT, access=Access.DERIVED),
    synonyms=dict.fromkeys(
        ["stock", "inventory", "qty", "available", "onHand", "quantityAvailable", "quantityOnHand"], "quantity"
    ),
)
PREORDER = STOCK.at("preorderInfo")
AMOUNTS = ("quantity", "inStock")
"""Members of a row that say how much is in stock."""
UNKNOWN_ITEMS, KNOWN_ITEMS = "stock of unknown items", "stock of known items"
"""Part names of a product in the run's memory: stock items with unknown ids, and those with known ids."""


def view(item: Mapping[str, Any]) -> Entity:
    """Return the writable members of a row: `quantity` if it is tracked, else `inStock`.

    A blank amount is absent: it changes no stock, as in product files.
    """
    item = {name: value for name, value in item.items() if value != "" or name not in AMOUNTS}
    seen = STOCK.take(item)
    quantity, in_stock = pieces(item.get("quantity")), item.get("inStock")
    if quantity is not None and (item.get("trackQuantity") is not False or in_stock is None):
        seen["quantity"] = quantity
    elif in_stock is not None:
        seen["inStock"] = in_stock
    return seen


def place_of(record: Mapping[str, Any]) -> Entity:
    """Return the members of a row of stock, or of a variant, that identify it."""
    return {name: record[name] for name in ("productId", "variantId", "locationId") if record.get(name)}


def items_of(run: Run, products: Collection[str]) -> dict[tuple[str, str], list[Entity]]:
    """Return the stock items of V3 products by the ids of product and variant."""
    rows = rows_of(run, stores_v3.STOCK, "productId", products, stores_v3.PRODUCTS_PER_CALL)
    return grouped(((row["productId"], row["variantId"]), row) for row in rows)


Rows = dict[str, dict[str, Any]]
"""Variant id → `{"quantity"}` for tracked stock, else `{"inStock"}`."""


class StockDomain(Domain):
    """Base class of the domains of stock. A record identifies its variant by ids of this or another site, or by SKU."""

    kind = "inventory_items"
    rank = 3
    batch_size: ClassVar[int] = 1000
    needs_key = True
    fields = STOCK

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self.locator = Locator(self)

    @override
    def needed(self, record: Entity, command: Command) -> tuple[str, ...]:
        is_write = command not in {Command.DELETE, Command.IGNORE}
        return AMOUNTS if is_write and not any(name in record for name in AMOUNTS) else ()


class InventoryItemsV1(StockDomain):
    """Writes V1 stock."""

    undeletable = "On catalog V1, stock belongs to its product and cannot be deleted. Set `inStock` to false instead."

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._is_queried = True
        self._reader = Reader(
            self.run,
            stores_v1.INVENTORY,
            stores_v1.GET_INVENTORY,
            "inventoryItem",
            id_members=("productId", "externalId"),
            arguments={"body": {}},
        )
        self._desired: dict[str, Rows] = {}
        self._incomplete: set[str] = set()
        self._products: dict[str, Entity] = {}

    # Match

    @override
    def keys(self) -> tuple[Key, ...]:
        return variant_keys()  # the id of an item in V3's shape is derived, and does not identify its product

    @override
    def to_site_shape(self, record: Entity) -> Entity:
        product = record.get("productId") or record.get("externalId")
        return {**record, "productId": product} if product else record

    @override
    def find(self, changes: list[Change]) -> list[Change]:
        self._desired = {product: self._desired[product] for product in self._incomplete}
        variants = VariantsOfV1(self.run)
        spots = self.locator.find(changes, variants)
        self._products = variants.products
        items = self.fetch(sorted({spot.product_id for spot in spots.values() if isinstance(spot, Spot)}))

        def assign(change: Change, spot: Spot) -> None:
            change.current = items.get(spot.product_id, {})
            change.id = change.current.get("id") or ""
            change.variant_ref = (spot.product_id, spot.variant_id)

        return self.locator.assign(changes, spots, assign)

    @override
    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        """Return stock items by product ids. The query lags behind writes; the read of one product does not."""
        alone = read_alone(self.run, ids)
        if self._is_queried:
            try:
                return self._reader.get(ids, alone=alone, known_to_exist=ids)
            except InvalidRequestError:
                self._is_queried = False
        return self._reader.each(ids)

    # Compare

    @override
    def compare(self, change: Change) -> None:
        if not change.current:
            msg = "The site shows no stock of this product yet. Run again later."
            raise Rejected(msg, code="UNKNOWN_PRODUCT", field="productId", retryable=True)
        current = change.current
        desired = self._rows(change, current)
        rows = _differing(desired, current)
        amounts_desired = {variant: row for variant, row in desired.items() if row}
        preorder = PREORDER.take(change.record.get("preorderInfo") or {})
        news = cleared(diff(current, {"preorderInfo": preorder})) if preorder else {}
        for row in (*rows.values(), news):
            STOCK.check(row)
        # A create changes no stock, which every product has. Without `back`, an undo looks for later changes.
        if change.command is not Command.CREATE and (self.run.undo is None or change.back):
            self._desired.setdefault(change.variant_ref[0], {}).update(amounts_desired)
        change.body = {**({"rows": rows} if rows else {}), **news}
        amounts = [name for name in AMOUNTS if any(name in row for row in rows.values())]
        change.fields = (*amounts, *news)

    def _rows(self, change: Change, current: Entity) -> Rows:
        """Return the stock in a record by variants of this site; records in V1's shape may have ids of another site."""
        desired = _rows_of(change.record, change.variant_ref[1])
        unknown = desired.keys() - _existing_rows(current, desired)
        if not unknown:
            return desired
        product = self._products[change.variant_ref[0]]
        variants, foreign = variants_of_v1(product), product["id"] != change.record.get("productId")
        ours = {}
        for theirs in unknown:
            record = {"productId": change.record.get("productId"), "variantId": theirs}
            found = pick(self.run, record, variants, foreign=foreign)
            ours[theirs] = found.id if found else theirs
        return {ours.get(variant, variant): row for variant, row in desired.items()}

    @override
    def sides(self, change: Change) -> tuple[Entity, Entity]:
        rows: Rows = change.body.get("rows") or {}
        existing = _existing_rows(change.current)
        new = {**change.record, **change.body}
        old = {**change.current}
        for name in AMOUNTS:
            new[name] = {variant: row[name] for variant, row in rows.items() if name in row}
            old[name] = {variant: existing.get(variant, {}).get(name) for variant in new[name]}
        return old, new

    # What writes replace, for undo files

    @override
    def kept_of_change(self, change: Change, names: list[str]) -> Iterator[Kept]:
        """Yield an entry for each variant, also for those whose tracking a call turns on or off with the others'."""
        product_id, item = change.variant_ref[0], change.current
        existing = _existing_rows(item)
        rows: Rows = change.body.get("rows") or {}
        given, tracked = self._desired.get(product_id, {}), bool(item.get("trackQuantity"))
        is_counted = any("quantity" in row for row in given.values())  # by one call for all records of the product
        turned = bool(rows) and is_counted is not tracked
        for variant in sorted(existing if turned else rows):
            place = {"productId": product_id, "variantId": variant}
            before = {**place, **{name: existing[variant].get(name) for name in AMOUNTS}}
            wrote = rows.get(variant) or given.get(variant) or {"inStock": existing[variant].get("quantity", 0) > 0}
            wrote = {"quantity": wrote.get("quantity", 0)} if is_counted else wrote
            yield self.kept(change, f"{product_id}/{variant}", before, {**place, **wrote})
        if "preorderInfo" in names:
            place = {"productId": product_id, "variantId": change.variant_ref[1]}
            before = {**place, "preorderInfo": item.get("preorderInfo")}
            yield self.kept(change, product_id, before, {**place, **change.body})

    # Apply

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        return write_groups(self, by_product(changes), self._write)

    def _write(self, changes: list[Change]) -> None:
        """Write the stock of one product with one call."""
        product_id = changes[0].variant_ref[0]
        if len(self._incomplete) < MOST_REFUSED:  # no records of more products wait
            self._incomplete.add(product_id)  # unless its stock is complete, records of it wait
        body = _call_body([change.body for change in changes], self._desired[product_id], changes[0].current)
        self._incomplete.discard(product_id)
        self.run.memory.wrote(product_id)
        self.client.call(stores_v1.UPDATE_INVENTORY, names={"id": product_id}, body={"inventoryItem": body})


def _rows_of(record: Mapping[str, Any], variant_id: str) -> Rows:
    """Return the stock in a record by variant ids; a record in V3's shape has only the matched variant."""
    listed = record.get("variants")
    if isinstance(listed, list):
        tracked = record.get("trackQuantity")
        views = {
            str(row.get("variantId") or DEFAULT_VARIANT): view({"trackQuantity": tracked, **row}) for row in listed
        }
    else:
        views = {variant_id: view(record)}
    return {variant: only(row, *AMOUNTS) for variant, row in views.items()}


def _existing_rows(item: Mapping[str, Any], wanted: Collection[str] | None = None) -> Rows:
    """Return the stock of an item of the site by variant ids: of all variants, or only of those that are `wanted`.

    Wix may leave out members that are false.
    """
    listed = item.get("variants") or []
    if wanted is not None:
        listed = [row for row in listed if str(row.get("variantId") or DEFAULT_VARIANT) in wanted]
    rows = [{"inStock": False, **row} for row in listed]
    return _rows_of({"trackQuantity": bool(item.get("trackQuantity")), "variants": rows}, "")


def _differing(desired: Rows, item: Mapping[str, Any]) -> Rows:
    """Return the rows that differ from the site; raise `Rejected` if the product has no such variant."""
    existing = _existing_rows(item, desired)
    unknown = sorted(desired.keys() - existing.keys())
    if unknown:
        msg = (
            f"The product has no variant {unknown[0]} on this site. Variants are created with their product: load "
            "`products` first."
        )
        raise Rejected(msg, code="UNKNOWN_VARIANT", field="variants")
    return {variant: row for variant, row in desired.items() if row and row != existing[variant]}


def _call_body(changes: Iterable[Mapping[str, Any]], given: Rows, item: Mapping[str, Any]) -> Entity:
    """Return the body of the call that writes one product's stock.

    `changes` are `{"rows": Rows, "preorderInfo": {…}}` in the order of the input; `given` is all stock of the product
    in the input, including stock that does not change; `item` is that of the site.

    Raises:
        Rejected: The rows would start tracking variants without a quantity.
    """
    rows: Rows = {}
    body: Entity = {}
    for change in changes:
        rows |= change.get("rows") or {}
        body |= without(change, "rows")
    was_tracked = bool(item.get("trackQuantity"))
    tracked = any("quantity" in row for row in (given | rows).values()) if rows else was_tracked
    if rows and tracked != was_tracked:
        existing = {str(row["variantId"]): {"inStock": bool(row.get("inStock"))} for row in item.get("variants") or []}
        rows = existing | given | rows
    written = [{"variantId": variant, **(_counted(row) if tracked else row)} for variant, row in sorted(rows.items())]
    return {"trackQuantity": tracked, **({"variants": written} if written else {}), **body}


def _counted(row: Mapping[str, Any]) -> Entity:
    if "quantity" in row:
        return {"quantity": row["quantity"]}
    if not row["inStock"]:
        return {"quantity": 0}
    msg = (
        "Catalog V1 tracks the quantities of all variants of a product or of none. Set `quantity` for each variant, in "
        "consecutive records."
    )
    raise Rejected(msg, code="QUANTITY_OF_SOME_VARIANTS", field="quantity")


_NOT_OFFERED = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.NOT_IMPLEMENTED}
_KEPT = ("preorderInfo", "extendedFields")
"""Members of a row that are sent although they do not change, since Wix may replace rows as a whole."""
_PLACE = "product, variant and location"
_FOR_DEFAULT = "location of another site used as the default one"


class InventoryItemsV3(StockDomain):
    """Writes V3 stock."""

    batch_size: ClassVar[int] = stores_v3.ITEMS_OF_STOCK_PER_CALL
    reader: Reader

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._upsert_is_offered = True
        self.reader = Reader(self.run, stores_v3.STOCK, stores_v3.GET_STOCK, "inventoryItem")

    # Match

    @override
    def keys(self) -> tuple[Key, ...]:
        return (Key("id", guid_of), *variant_keys())

    @override
    def to_site_shape(self, record: Entity) -> Entity:
        if isinstance(record.get("variants"), list):
            msg = (
                "The record is the V1 stock of a whole product, but the site has catalog V3, with one item per "
                "variant. Extract the stock with `catalog_shape: unified`."
            )
            raise Rejected(msg, code="WRONG_SHAPE", field="variants")
        return record

    @override
    def find(self, changes: list[Change]) -> list[Change]:
        # The variant of a record must exist even if it has no stock item, which keys would not check.
        if any(key.name == "id" for key in self.matching_keys):
            for change in changes:
                change.id = change.id or next(iter(guid_of(change.record)), "")
        self._read([change for change in changes if change.id])
        open_changes = [change for change in changes if not change.current]
        spots = self.locator.find(open_changes, VariantsOfV3(self.run))
        products = {spot.product_id for spot in spots.values() if isinstance(spot, Spot)}
        self.run.memory.wait_for(products, UNKNOWN_ITEMS)
        items = items_of(self.run, products)
        kept = self.locator.assign(changes, spots, lambda change, spot: self._assign(change, spot, items))
        self._read([change for change in kept if change.id and not change.current], are_sure=True)
        return kept

    def _read(self, changes: list[Change], *, are_sure: bool = False) -> None:
        ids = sorted({change.id for change in changes})
        entities = self.reader.get(ids, known_to_exist=ids if are_sure else ())
        # A record of the product may have written the stock, too.
        if self.run.memory.wait_for({str(item["productId"]) for item in entities.values()}, UNKNOWN_ITEMS):
            entities = self.reader.get(ids, known_to_exist=ids if are_sure else ())
        for change in changes:
            change.current = entities.get(change.id, {})
            change.id = change.id if change.current else ""
            if change.current and not change.variant_ref:
                change.variant_ref = tuple(
                    str(change.current[name]) for name in ("productId", "variantId", "locationId")
                )

    def _assign(self, change: Change, spot: Spot, items: dict[tuple[str, str], list[Entity]]) -> None:
        """Match the item of a variant by its location; set `variant_ref` for an item to create."""
        variant = (spot.product_id, spot.variant_id)
        location, found = self._at_location(change, spot, items.get(variant, []))
        if len(found) > 1:
            some = ", ".join(str(item["locationId"]) for item in found[:5])
            msg = f"The variant has stock at {len(found)} locations of the site: {some}. Add a `locationId`."
            raise Rejected(msg, code="AMBIGUOUS_MATCH", field="locationId")
        change.variant_ref = (*variant, location)
        made = None if found else self.run.memory.find(self.kind, _PLACE, "/".join(change.variant_ref))
        change.id = found[0]["id"] if found else made or ""
        if found and not self.run.memory.is_behind(change.id):
            change.current = found[0]

    def _at_location(self, change: Change, spot: Spot, items: list[Entity]) -> tuple[str, list[Entity]]:
        """Return the location of a record, "" for the default one, and the items of its variant there.

        A record without a location may mean an item at any.
        """
        location = str(change.record.get("locationId") or "")
        found = [item for item in items if item["locationId"] == location]
        if found or not location:
            return location, found if location else items
        if spot.is_foreign and self.run.undo is None:
            self._take_for_default((spot.product_id, spot.variant_id), location)
            return "", items
        if not GUID.fullmatch(location):
            msg = (
                "`locationId` is not the id of a location. Use an id of stream `locations`, or leave it out for the "
                "default location."
            )
            raise Rejected(msg, code="UNKNOWN_LOCATION", field="locationId")
        return location, []

    def _take_for_default(self, variant: tuple[str, str], location: str) -> None:
        """Use one unknown location of another site per variant as the default location of this site.

        Raises:
            Rejected: Another location of the variant was used already.
        """
        taken = self.run.memory.find(self.kind, _FOR_DEFAULT, "/".join(variant))
        if taken is None:
            self.run.memory.note(self.kind, _FOR_DEFAULT, "/".join(variant), location)
        elif taken != location:
            msg = (
                "The location belongs to another site. Stock at one such location is written to the default location, "
                "and another record of the variant used that already. Set `locationId` to a location of this site."
            )
            raise Rejected(msg, code="UNKNOWN_LOCATION", field="locationId")

    # Compare

    @override
    def compare(self, change: Change) -> None:
        desired = view(change.record)
        if not change.current:
            if not _amount(desired):
                msg = "New stock needs `quantity`, or `inStock` without tracking. Add one of them."
                raise Rejected(msg, code="REQUIRED_FIELD", field="quantity")
            product, variant, location = change.variant_ref
            at = {"locationId": location} if location else {}
            change.body = {"productId": product, "variantId": variant, **at, **filled(desired)}
        else:
            existing = view(change.current)
            change.body = cleared(diff(existing, desired))
            if change.body.get("preorderInfo"):
                change.body["preorderInfo"] = overlay(existing.get("preorderInfo") or {}, change.body["preorderInfo"])
        STOCK.check(change.body)
        change.fields = tuple(name for name in change.body if name in STOCK.written)

    # What writes replace, for undo files

    @override
    def members_before(self, change: Change, names: list[str]) -> Entity:
        current = change.current
        existing = view(current)
        wanted = {*names, *(AMOUNTS if set(names) & set(AMOUNTS) else ())}
        return {**place_of(current), **{name: existing.get(name) for name in sorted(wanted)}}

    # Apply

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        new, old, gone = by_write(changes)
        deletes = self._calls(stores_v3.DELETE_STOCK, gone)
        writes = [*self._calls(stores_v3.CREATE_STOCK, new), *self._calls(stores_v3.UPDATE_STOCK, old)]
        if self._upsert_saves_a_call(new, old):
            writes = [partial(self._upserted, [*new, *old], writes)]
        return self.write_in_bulk([*deletes, *writes])

    def _upsert_saves_a_call(self, new: list[Change], old: list[Change]) -> bool:
        """True if one call can write new and changed stock: each variant occurs once, and each row has an amount."""
        count = len(new) + len(old)
        if not (self._upsert_is_offered and new and old) or count > stores_v3.ITEMS_OF_STOCK_PER_CALL:
            return False
        variants = {(body["productId"], body["variantId"]) for body in map(_body, [*new, *old])}
        return len(variants) == count and all(_amount(change.body) for change in old)

    def _upserted(self, changes: list[Change], apart: list[BulkCall]) -> Iterator[ItemResult]:
        """Yield the results of an upsert, or of the calls that do the same `apart` if Wix refuses it.

        The upsert is not documented; Wix's client only has a builder for it. So it is used only if it saves a request,
        and its answer is compared with the body: rows that Wix returns with another amount fail, and are sent again by
        other calls. It has no revisions and overwrites changes by other clients, so only rows with an amount are sent.
        Source: `bulkUpsertInventoryItems` of https://www.npmjs.com/package/@wix/auto_sdk_stores_inventory-items-v-3
        """
        items = [{"inventoryItem": _body(change)} for change in changes]
        try:
            answer = self.client.call(stores_v3.UPSERT_STOCK, body={"inventoryItems": items, "returnEntity": True})
        except (PermissionDeniedError, RejectionError, SiteNotReadyError) as error:
            if error.status in _NOT_OFFERED:
                self._upsert_is_offered = False
            elif not isinstance(error, RejectionError):
                raise
            answer = None
        if answer is None:
            yield from chain.from_iterable(call() for call in apart)
            return
        for result in matched(changes, answer):
            if result.failure is None and _amount(view(result.entity or {})) != _amount(result.change.body):
                self._upsert_is_offered = False
                text = "Wix reported success for a write of stock, but returned another amount."
                failure = Failure(Refusal.CONFLICT, "NOT_WRITTEN", text, is_partial=True, is_retryable=True)
                yield result._replace(failure=failure)
            else:
                yield result

    def _calls(self, operation: Operation, changes: list[Change]) -> Iterator[BulkCall]:
        for some in batches(changes, stores_v3.ITEMS_OF_STOCK_PER_CALL):
            yield partial(send, self.client.call, operation, some, partial(body_of, "inventoryItem"))

    @override
    def record_result(self, result: ItemResult) -> bool:
        change, failure = result.change, result.failure
        if change.id:
            self.run.memory.wrote(change.id)
        if change.variant_ref:
            self.run.memory.wrote(change.variant_ref[0])
            # A failed create may have created an item that queries do not show yet.
            is_unknown = failure is not None and not change.current
            self.run.memory.wrote(change.variant_ref[0], UNKNOWN_ITEMS if is_unknown else KNOWN_ITEMS)
        if failure is None and not change.current:
            self.run.memory.note(self.kind, _PLACE, "/".join(change.variant_ref), result.id)
        return super().record_result(result)


def _body(change: Change) -> Entity:
    """Return a row for the upsert call, which identifies it by product, variant and location."""
    if not change.current:
        return change.body
    existing = view(change.current)
    return {**only(existing, *_KEPT), **change.body, **place_of(change.current)}


def _amount(row: Entity) -> Entity:
    return {name: row[name] for name in AMOUNTS if row.get(name) is not None}
