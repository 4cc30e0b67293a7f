"""Products of a V3 site, up to a hundred per call.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from target_wix import product_fields
from target_wix.change import Change, Command, Entity, ItemResult, by_write
from target_wix.desired import without
from target_wix.domains import inventory, media, product_bodies_v3
from target_wix.domains.bulk_calls import ProductCalls
from target_wix.domains.lookup import ProductLookupV3, skus_of
from target_wix.domains.media import LatePictures
from target_wix.domains.memberships import MembershipsV3
from target_wix.domains.product_bodies_v3 import with_colours
from target_wix.domains.products import (
    DROPPED,
    NO_COMPARE_AT,
    WITHOUT_STOCK,
    ProductDomain,
    check_choices,
)
from target_wix.errors import Failure, Rejected
from target_wix.pipeline import needs_write
from target_wix.product_fields import PRODUCT_V1, PRODUCT_V3
from target_wix.undo_entries import Kept, Op
from wix_api.endpoints import stores_v3
from wix_api.products.variants import stocked, variants_of, with_stock
from wix_files import media_cells
from wix_files.modifier_cells import NO_MODIFIERS
from wix_files.variant_cells import NO_BARCODES, NO_PREORDERS, VARIANTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from target_wix.change import Choices
    from target_wix.product_rows import ProductRows
    from target_wix.stream import Stream

_NO_SUCH_PICTURE = "PRODUCT_MEDIA_NOT_EXIST"
"""Wix's error code if a choice shows a picture that the product lacks, or has not imported yet."""
_UNTIL_REFERRED = 5.0
"""Seconds after which choices may refer to a new picture."""
_MOST_STEPS = 4
"""Maximum number of calls for pictures and the choices that show them: add, refer, remove, and refer again."""
_OWN_HANDLE = "product_"
"""Prefix of handles that target-wix generates, and of handles in V1 exports. Those of Wix begin with a capital."""
_HANDLE_TAKEN = "DUPLICATE_HANDLE"
_OUR_HANDLE = "generated handle"
"""Value of `matched_by` for a product with a generated handle. It is not a key of the record."""
_SCATTERED = "locations of a variant"
"""Member added to a product that was read: by variant id, the number of locations, if it has stock at several."""
_VARIANTS = "variantsInfo"
_STOCK = "inventory_items"
_DESCRIPTIONS = {"description", "plainDescription"}
"""Wix derives the second from the first."""
_HANDLES = uuid.UUID("5b1f7a0e-6d0c-4a8e-9c52-3f1f0f2f6a11")
_VARIANTS_OF_A_RECORD = 10
"""A batch of 1,000 products saves calls for collections. More variants in a product fill it earlier, to save memory:
an update takes some 20 kB a variant."""
_NO_STOCK = "a new product without a stock is out of stock on catalog V3. Fill in its stock."


class ProductsV3(ProductDomain):
    """Writes products with their variants, options, pictures, stock and categories."""

    batch_size: ClassVar[int] = 1000
    fields = PRODUCT_V3
    refuses_twins = True
    idle_notes = frozenset({NO_BARCODES, NO_MODIFIERS, NO_PREORDERS})
    everything = stores_v3.PRODUCT_IDS

    def __init__(self, stream: Stream) -> None:
        self.lookup: ProductLookupV3 = ProductLookupV3(stream.run)
        super().__init__(stream, MembershipsV3(stream.run))
        self._bulk = ProductCalls(self.run)
        self._late = self.run.once(LatePictures)

    @override
    def to_site_shape(self, record: Entity) -> Entity:
        is_of_v1 = self.fields_of(record) is PRODUCT_V1
        desired = product_fields.to_v3(record) if is_of_v1 else with_stock(record)
        desired = product_bodies_v3.all_discounted(desired)
        once = product_bodies_v3.with_codes_once(desired)
        if once is not desired and not self.stream.rows:  # for rows, there is a warning with their lines
            self.stream.warn(
                "variants of one product have the same SKU or barcode, which Wix refuses. Only "
                "the first of them keeps it."
            )
        return self._with_pictures_once(once) if self.stream.rows else once

    @override
    def size_of(self, change: Change) -> float:
        return max(1.0, len(variants_of(change.record)) / _VARIANTS_OF_A_RECORD)

    def _with_pictures_once(self, product: Entity) -> Entity:
        """Return a product of a file without repeated pictures of the site, which Wix refuses."""
        listed = media_cells.items_of(product)
        ids = [item.get("id") for item in listed]
        kept = [item for at, item in enumerate(listed) if not ids[at] or ids[at] not in ids[:at]]
        if len(kept) == len(listed):
            return product
        twice = next(one for at, one in enumerate(ids) if one and one in ids[:at])
        self.stream.warn(
            "a product has the same picture twice, which catalog V3 refuses. It is kept once.",
            f"{product.get('name')}: `{twice}`",
        )
        return {**product, "media": media_cells.media(kept)}

    # Match

    @override
    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        """Read products by their ids; those whose SKUs this run has changed with their variants, for `accepts`."""
        products = super().fetch(ids)
        has_changed = partial(self.run.memory.changed_keys.has, self.kind, "sku")
        changed = {one: product for one, product in products.items() if has_changed(one)}
        return {**products, **self.lookup.with_variants(changed)}

    @override
    def accepts(self, change: Change) -> bool:
        """True unless the product, matched by a later key, has another value for an earlier key of the record.

        `match_on` without the earlier key disables this check. Handles never change, so a product with the record's id
        and another handle is not accepted, either, except by an undo: the run ignored the handle of a later record.
        """
        if not super().accepts(change):
            return False
        handles = {str(one["handle"]) for one in (change.record, change.current) if one.get("handle")}
        if change.matched_by == "id" and len(handles) > 1:
            return change.back is not None or _spells_id(change)
        if len(handles) > 1 and "handle" in {key.name for key in self.matching_keys} and _is_copy(change):
            return False
        earlier = takewhile(lambda key: key.name != change.matched_by, self.matching_keys)
        return not any(_differs_in(key.name, change) for key in earlier)

    @override
    def find_otherwise(self, changes: list[Change]) -> Iterator[tuple[Change, Rejected]]:
        """Match products of another shop whose slug Wix refuses by the handle with which an earlier run created them.

        Nothing else of their record may be on the site.
        """
        asked = [one for one in changes if product_bodies_v3.has_bad_slug(one) and not one.record.get("handle")]
        by_handle = {self._handle_of(change): change for change in asked}
        found = self.lookup.find("handle", sorted(by_handle)) if by_handle else []
        existing = self.lookup.fetch([match.id for match in found])
        for match in found:
            change = by_handle[match.value]
            if match.id in existing:
                change.id, change.current, change.matched_by = match.id, existing[match.id], _OUR_HANDLE
        return super().find_otherwise([change for change in changes if not change.current])

    @override
    def named(self, names: list[str]) -> list[Entity]:
        return list(self.lookup.with_variants(self.lookup.fetch(self.lookup.ids_of_names(names))).values())

    @override
    def complete(self, changes: list[Change]) -> None:
        deep = [change for change in changes if _needs_variants(change)]
        products = self.lookup.with_variants({change.id: change.current for change in deep if change.current})
        for change in deep:
            change.current = products.get(change.id, {})
        self._read_stock([change for change in deep if any(map(stocked, change.compared))])

    # Compare

    @override
    def compare(self, change: Change) -> None:
        if change.current:
            self._adapt(change)
        if product_bodies_v3.has_bad_slug(change):
            product_bodies_v3.leave_slug_out(self.stream, change)
        existing, kept = product_bodies_v3.compare(self.stream, change, self._main_category(change))
        if self.run.undo is None and _drops_variants(existing, kept):
            if _lacks_variants(existing, kept):
                self.stream.warn(DROPPED, change.place)
            elif self.stream.rows and not stocked(change.body):
                self.stream.warn(WITHOUT_STOCK, change.place)
        self.memberships.compare(change)
        if not change.current:
            if self.stream.rows and not stocked(change.body):
                self.stream.warn(_NO_STOCK, change.place)
            # Handles are unique, so repeating a create after a lost answer cannot create a second product.
            change.handle = change.handle or str(change.body.get("handle") or self._handle_of(change))
            change.body["handle"] = change.handle

    @override
    def check(self, change: Change) -> None:
        product_bodies_v3.check_whole(change.body, *variants_of(change.body))
        product_bodies_v3.check_variants(change.body)
        product_bodies_v3.check_ribbons({**change.current, **change.body})

    def _adapt(self, change: Change) -> None:
        """Remove from a record what cannot be written to the product of the site.

        Raises:
            Rejected: It is unclear which stock or variant of the product the record means.
        """
        if _SCATTERED in change.current:
            _refuse_scattered(change.record, change.current)
        check_choices(change, change.current.get("options"))
        if _needs_variants(change) and self.lookup.hides_costs(self.stream):
            change.record = product_bodies_v3.without_costs(change.record)
        if change.matched_by == "name" or _spells_id(change):
            change.record = without(change.record, "handle")
        if self.stream.rows:
            self._adapt_row(change, self.stream.rows)

    def _adapt_row(self, change: Change, rows: ProductRows) -> None:
        """Adapt the record of a file to the product of the site: compare-at prices, and what the file cannot hold.

        Raises:
            Rejected: The record is of a price list, and lacks a variant that the product got since the list was joined.
        """
        current, are_full = change.current, rows.layout.format.has_full_prices
        listed = product_bodies_v3.variants_by_choices(change.record) or {}
        is_of_list = "options" not in change.record and any(listed)
        if is_of_list and listed.keys() != (product_bodies_v3.variants_by_choices(current) or {}).keys():
            msg = "Somebody added or removed variants of the product during the import. Import the file again."
            raise Rejected(msg, code="UNKNOWN_VARIANT", field=VARIANTS, retryable=True)
        change.record, is_removed = product_bodies_v3.with_compare_at_prices(change.record, current, are_full=are_full)
        if is_removed:
            self.stream.warn(f"{NO_COMPARE_AT}.", change.place)
        if not rows.layout.format.holds_colours:
            change.record = with_colours(change.record, current)

    def _main_category(self, change: Change) -> Entity:
        """Return `mainCategoryId` with the site's id; `{}` if the record has none, or the site does not know it."""
        incoming = change.record.get("mainCategoryId")
        category = self.memberships.resolve(str(incoming)) if incoming else None
        if incoming and not category and not self.memberships.is_to_be_made(change.record, str(incoming)):
            self.stream.warn(
                "a main category that the site does not have is left out. Load `collections` first.",
                f"{change.place}: `{incoming}`",
            )
        return {"mainCategoryId": category} if category else {}

    def _handle_of(self, change: Change) -> str:
        """Return a handle for a new product whose record has none. It is derived from its keys, the same in every run.

        If another product has this handle, because its keys were changed since, the next attempt uses a random one.
        """
        values = sorted(f"{key.name}={value}" for key in self.matching_keys for value in key.offered_by(change))
        is_other = not values or (change.failure is not None and change.failure.code == _HANDLE_TAKEN)
        return f"{_OWN_HANDLE}{uuid.uuid4() if is_other else uuid.uuid5(_HANDLES, '/'.join(values))}"

    @override
    def is_unfinished(self, change: Change) -> bool:
        if stocked(change.body):
            # The create may not have written the stock.
            change = replace(change, current=_with_lacking_stock(change))
            self.compare(change)
        return not change.body and not change.remove_from

    # Apply

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        changes = self.stream.each(changes, self.before_write)
        new, old, gone = by_write(changes)
        changed = [change for change in old if change.body]
        again = self.write_in_bulk([*self._bulk.deletes(gone), *self._bulk.creates(new), *self._bulk.updates(changed)])
        self.write_memberships([change for change in old if not change.body])
        return again

    # What writes replace, for undo files

    @override
    def read_whole(self, changes: list[Change]) -> None:
        gone = [change for change in changes if change.command is Command.DELETE]
        existing = self.lookup.with_variants(self.lookup.fetch([change.id for change in gone]))
        places = self.memberships.of(existing)
        for change in gone:
            categories = [{"id": one} for one in sorted(places.get(change.id, ()))]
            if change.id in existing:
                change.current = {**existing[change.id], "directCategoriesInfo": {"categories": categories}}
        self._read_stock([change for change in changes if change in gone or _drops_variants(*_choices_of(change))])
        for change in gone:
            scattered = change.current.get(_SCATTERED, ())
            for variant in variants_of(change.current):
                item = variant.pop("inventoryItem", None)
                variant.pop("inventoryStatus", None)  # a create would make stock of it
                if item and variant["id"] not in scattered:
                    variant["inventoryItem"] = inventory.view(item)

    @override
    def kept_with(self, change: Change) -> Iterator[Kept]:
        """Yield the memberships of a product, and its stock if it is at several locations."""
        yield from super().kept_with(change)
        if change.current.pop(_SCATTERED, None):
            for row in self.lookup.rows(stores_v3.STOCK, "productId", [change.id]):
                before = {**row, **dict.fromkeys(inventory.AMOUNTS), **inventory.view(row)}
                yield Kept(Op.DELETE, _STOCK, f"id={row['id']}", row["id"], before)

    @override
    def kept_of_change(self, change: Change, names: list[str]) -> Iterator[Kept]:
        """Yield the entry of an update, and one for each row of stock that it makes."""
        yield from super().kept_of_change(change, names)
        without_stock = {one["id"] for one in variants_of(change.current) if one.get("inventoryItem") == {}}
        for variant in variants_of(change.body):
            if variant.get("inventoryItem") and variant.get("id") in without_stock:
                row = {"productId": change.id, "variantId": variant["id"], **variant["inventoryItem"]}
                yield Kept(Op.MAKE, _STOCK, change.key, wrote=row)

    @override
    def members_before(self, change: Change, names: list[str]) -> Entity:
        current, wanted = change.current, set(names)
        if wanted & _DESCRIPTIONS:
            wanted = (wanted - _DESCRIPTIONS) | {"description"}
        if "media" in wanted:  # choices show no picture that the product loses
            wanted |= {name for name in ("options", "modifiers") if media.are_shown(current.get(name))}
        before = super().members_before(change, sorted(wanted))
        if before.get(_VARIANTS):
            # A create would make stock of their `inventoryStatus`.
            before[_VARIANTS] = {"variants": [without(one, "inventoryStatus") for one in variants_of(current)]}
        return before

    # Pictures that Wix imports later

    @override
    def begin_batch(self) -> None:
        self._check_pictures(self._late.due())

    @override
    def finish(self) -> None:
        self._check_pictures(self._late.rest())

    @override
    def cut_off(self) -> None:
        for change in self._late.end():
            self.record_written(change)

    def _check_pictures(self, changes: list[Change]) -> None:
        """Read products again whose pictures Wix has imported by now, and send missing pictures once more."""
        existing = self.lookup.fetch([change.id for change in changes], alone=())
        for change in changes:
            change.sent_fields, change.current = change.sent_fields or change.fields, existing.get(change.id, {})
        found = [change for change in changes if change.current]
        self.complete(found)
        differing = self.stream.each(found, partial(needs_write, self))
        if differing:
            self.stream.warn(
                "Wix accepted pictures of products, but lost them within a minute. They are sent once more."
            )
        # Products that another client deleted or changed meanwhile are left to the next run.
        again = self.apply(differing) if differing else []
        for change in (*again, *(change for change in changes if change.id not in existing)):
            self.record_written(change)

    @override
    def record_written(self, change: Change) -> None:
        if not self._late.holds(change):
            super().record_written(change)
            return
        self.run.memory.wrote(change.id)
        if self.run.report:
            change.first_sides = change.first_sides or self.sides(change)

    @override
    def record_results(self, results: list[ItemResult]) -> list[Change]:
        again = super().record_results(results)
        open_ones = set(again)
        written = [result.change for result in results if not result.failure and result.change not in open_ones]
        self.write_memberships([change for change in written if change.command is not Command.DELETE])
        self._find_by_sent_handles(
            [change for change in again if not (change.id or product_bodies_v3.is_of_refused_member(change.failure))]
        )
        if any(change.pictures.step for change in again):
            self.run.lag.pause(_UNTIL_REFERRED)
        return again

    @override
    def record_result(self, result: ItemResult) -> bool:
        change, failure = result.change, result.failure
        if stocked(change.body):
            self.run.memory.wrote(change.id or result.id, inventory.UNKNOWN_ITEMS)
        if failure is None:
            if change.command is Command.DELETE:
                self.record_deleted(change)
                return True
            if not change.current:
                self.record_created(change, result.id)
            change.pictures.are_pending = media.are_pending(result.entity or {})
            return not (change.pictures.step and self._has_more_steps(change))
        if failure.is_partial and not change.current:
            self.record_created(change, result.id)
        return self.handle_failure(change, failure)

    def _has_more_steps(self, change: Change) -> bool:
        """True if a product whose pictures are written in separate calls must be compared again for the next call."""
        change.pictures.step += 1
        if change.pictures.step > _MOST_STEPS:
            return False
        change.is_uncounted = True
        change.sent_fields = tuple(dict.fromkeys((*change.sent_fields, *change.fields)))
        self.run.memory.wrote(change.id)
        return True

    @override
    def handle_failure(self, change: Change, failure: Failure) -> bool:
        change.failure = failure
        if product_bodies_v3.leave_refused_out(self.stream, change, failure):
            self.record_not_made(change, failure)
            change.is_uncounted = True
            return False
        if failure.code == _NO_SUCH_PICTURE and change.command is not Command.DELETE:
            if self.run.undo is None or not self.run.undo.leaves_out(change, failure):
                change.pictures.step = change.pictures.step or 1
            return False
        if failure.code == _HANDLE_TAKEN and not change.current and not change.record.get("handle"):
            self.run.lag.lost_answer()  # the handle may belong to a product that look-ups did not show yet
            return False
        return super().handle_failure(change, failure)

    @override
    def look_for(self, change: Change, failure: Failure) -> bool:
        if not (failure.is_lost and not change.current):
            return super().look_for(change, failure)
        self.run.lag.lost_answer()  # the record is matched by the handle that was sent
        return False

    def _find_by_sent_handles(self, changes: list[Change]) -> None:
        """Look up the handles of creates that got no answer, or were refused because the handle is taken.

        Generated handles are derived from a record's keys. So an earlier run may have created its product, whose keys
        were changed since, or whose SKU was left out.
        """
        by_handle = {change.handle: change for change in changes if change.handle}
        if by_handle:
            self.run.lag.wait_for_unseen_writes()
        for found in self.lookup.find("handle", sorted(by_handle)):
            change = by_handle[found.value]
            if change.failure and change.failure.code == _HANDLE_TAKEN:
                change.id, change.matched_by = found.id, _OUR_HANDLE
            else:
                self.record_created(change, found.id)
        for change in changes:
            if change.failure and change.failure.code == _HANDLE_TAKEN:
                change.handle = ""

    # Reading

    def _read_stock(self, changes: list[Change]) -> None:
        ids = {change.id for change in changes}
        for part in (inventory.UNKNOWN_ITEMS, inventory.KNOWN_ITEMS):
            self.run.memory.wait_for(ids, part)
        items = inventory.items_of(self.run, ids)
        for change in changes:
            for variant in variants_of(change.current):
                variant["inventoryItem"], *others = items.get((change.id, variant["id"])) or [{}]
                if others:
                    change.current.setdefault(_SCATTERED, {})[variant["id"]] = 1 + len(others)


def _refuse_scattered(record: Entity, current: Entity) -> None:
    """Raise `Rejected` if a record has stock for a variant with stock at several locations.

    Wix writes the stock of a product to the default location, and no row of stock shows which location that is.
    """
    existing = product_bodies_v3.variants(current) or {}
    for choices, variant in (product_bodies_v3.variants(record) or {}).items():
        count = current[_SCATTERED].get(existing.get(choices, {}).get("id"))
        if count and variant.get("inventoryItem"):
            msg = (
                f"A variant of the product has stock at {count} locations of the site. Remove the stock from the "
                "product, and write it with stream `inventory_items` and a `locationId`."
            )
            raise Rejected(msg, code="AMBIGUOUS_MATCH", field="variantsInfo.variants.inventoryItem")


def _choices_of(change: Change) -> Iterator[Collection[Choices]]:
    """Yield the choices of the variants of the site, and of those in the body."""
    for side in (change.current, change.body):
        yield product_bodies_v3.variants_by_choices(side) or ()


def _drops_variants(existing: Collection[Choices], kept: Collection[Choices]) -> bool:
    """True if an update removes variants of the site, with their stock."""
    return bool(kept) and not set(existing) <= set(kept)


def _lacks_variants(existing: Collection[Choices], kept: Collection[Choices]) -> bool:
    """True if an update removes variants of the site, other than by one more option."""
    options = {option for choices in existing for option, _ in choices}
    remaining = {tuple(choice for choice in choices if choice[0] in options) for choices in kept}
    return not set(existing) <= remaining


def _needs_variants(change: Change) -> bool:
    is_compared = change.command is not Command.DELETE or change.back is not None
    return is_compared and product_bodies_v3.needs_variants(change.record, change.current)


def _with_lacking_stock(change: Change) -> Entity:
    """Return the product of the site, with the stock of the body for variants without stock."""
    current = change.current
    given = {one.get("id"): one.get("inventoryItem") for one in variants_of(change.body)}
    variants = [
        {**one, "inventoryItem": one.get("inventoryItem") or given.get(one["id"])} for one in variants_of(current)
    ]
    return {**current, "variantsInfo": {"variants": variants}}


def _spells_id(change: Change) -> bool:
    """True if the handle of a record contains the id of the matched product, as in exports of V1 sites."""
    return str(change.record.get("handle")).lower() == f"{_OWN_HANDLE}{change.id}"


def _is_copy(change: Change) -> bool:
    """True if the handle of the matched product shows that it is a copy of a product other than the record.

    Wix derives some handles from ids. A product whose handle contains another id was copied together with this handle.
    """
    ours, theirs = str(change.record.get("handle")), str(change.current.get("handle"))
    made = _OWN_HANDLE.capitalize()
    is_of_id = ours == f"{made}{change.record.get('id')}"
    return is_of_id and theirs.startswith(made) and theirs != f"{made}{change.id}"


def _identifying(key: str, product: Entity) -> set[str]:
    """Return the SKUs of a product, or its handle unless it is derived from an ID; empty for other keys."""
    if key == "sku":
        return set(skus_of(product))
    handle = str(product.get("handle") or "") if key == "handle" else ""
    return {handle} if handle and not handle.lower().startswith(_OWN_HANDLE) else set()


def _differs_in(key: str, change: Change) -> bool:
    """True if a record and its match have values of a key that identifies a product, and none in common."""
    ours, theirs = (_identifying(key, product) for product in (change.record, change.current))
    return bool(ours and theirs) and ours.isdisjoint(theirs)
