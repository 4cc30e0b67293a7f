"""Products of a V1 site: one call per product, then calls for its variants, stock and pictures.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog
"""

from __future__ import annotations

import re
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from target_wix import product_fields
from target_wix.change import Change, Choices, Command, Entity
from target_wix.concurrency import batches
from target_wix.desired import diff, filled, only, overlay, unmarked, without
from target_wix.domains import media, product_bodies_v1
from target_wix.domains.lookup import ProductLookupV1
from target_wix.domains.memberships import MembershipsV1
from target_wix.domains.product_bodies_v3 import with_compare_at_prices
from target_wix.domains.products import (
    DROPPED,
    NO_COMPARE_AT,
    WITHOUT_STOCK,
    ProductDomain,
    check_choices,
)
from target_wix.errors import Rejected
from target_wix.fields import MOST_STOCK
from target_wix.matching import text_of
from target_wix.product_fields import COMPARE_AT, FOLLOWS, MANAGED, PREORDERS, PRODUCT_V1, UNPRICED
from wix_api.endpoints import stores_v1
from wix_api.products.mapping import V1
from wix_api.products.product import lift
from wix_api.timestamps import readable, render_seconds
from wix_files.variant_cells import REPEATED_CODE
from wix_files.wix_v1 import NOTES_ON_MANAGED, WixV1, with_variants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_wix.stream import Stream


_CLOCKS_APART = 60.0
"""Seconds by which the clock of this machine may be ahead of Wix's."""
_HIDE = "hide"
_HIDDEN = {"visible": False}
_NOTED = {"modifiers", "variantsInfo.variants.barcode", PREORDERS}
"""Members of which product files have notes with their lines."""
_MOST_NAMED = 5
_PRICED = ("priceData", "discount", "variants", FOLLOWS, UNPRICED)
_NEW_VARIANT = {"visible": True}
"""Members that differ from blank ones in a variant that an option brings."""
_OF_THE_PRODUCT = (
    "`sku` and `weight` are left out for products whose variants are managed, also if their options were removed: "
    "catalog V1 keeps those of variants only. Move them to the entries of `variants`."
)
_NO_KEY = "Catalog V1 finds products by their slug or SKU only, not by the SKUs of variants"
_NO_COLOURS = (
    "a colour option becomes a text option, since Wix does not know the colour of one of its choices. Write the "
    "colour as `#1f3a5f`, `rgb(0, 0, 51)` or a CSS name."
)


class ProductsV1(ProductDomain):
    """Writes products with their variants, options, pictures, stock and collections."""

    fields = PRODUCT_V1
    everything = stores_v1.PRODUCT_IDS
    idle_notes = NOTES_ON_MANAGED | {REPEATED_CODE}

    def __init__(self, stream: Stream) -> None:
        self.lookup: ProductLookupV1 = ProductLookupV1(stream.run)
        super().__init__(stream, MembershipsV1(stream.run))
        self._pictures_per_call: int | None = None
        """Number of pictures that Wix keeps of one call; None until a call has shown it."""
        self._probing = threading.Lock()

    @override
    def to_site_shape(self, record: Entity) -> Entity:
        if self.fields_of(record) is PRODUCT_V1:
            return record
        noted = _NOTED if self.stream.rows else set()
        for name in sorted(product_fields.unheld(record) - noted):
            self.stream.warn_of_member(name)
        return self._lowered(record)

    def _lowered(self, record: Entity) -> Entity:
        lowered = product_fields.to_v1(record)
        if not self.stream.rows or lowered.get(UNPRICED) != COMPARE_AT:
            return lowered
        self.stream.warn(
            "compare-at prices are left out for products whose variants need several discounts: "
            "catalog V1 has one discount per product. The actual prices are written.",
            str(next(filter(None, map(record.get, ("name", "handle", "slug"))), "")),
        )
        return product_fields.to_v1(product_fields.without_discount(record))

    @override
    def advice_on_sku(self) -> str:
        if self.stream.rows:
            return " SKUs of variants are found in files without columns of products, such as `sku,price,inventory`."
        return " To change variants, use the stream `product_variants`."

    @override
    def named(self, names: list[str]) -> list[Entity]:
        return [found.entity for found in self.lookup.find("name", names) if found.entity]

    @override
    def complete(self, changes: list[Change]) -> None:
        """Read costs, which Wix returns only on request, if they are compared, or if an undo needs them."""

        def replaces_variants(change: Change) -> bool:
            sides = change.record, change.current
            return self.run.undo_log.is_on and (_removes_choices(*sides) or _adds_option(*sides))

        needed = (one for one in changes if any(map(_names_cost, one.compared)) or replaces_variants(one))
        costly = {change.id: change for change in needed}
        for product_id, product in self.lookup.fetch(sorted(costly), with_cost=True).items():
            costly[product_id].current = product

    @override
    def compare(self, change: Change) -> None:
        if change.current:
            self._adapt(change)
        record, current = change.record, change.current
        product_fields.require_price(record.get(UNPRICED, ""))
        desired = product_bodies_v1.view(record)
        if current:
            desired = self._without_needless(change, desired)
        else:
            product_bodies_v1.check_new(record)
            self.require_lasting_key(
                change, lambda key: text_of(desired, key.name), _NO_KEY, "Add a `slug` and match by it", "slug"
            )
        # Next to the stock of variants, that of the product is their sum, which may be more than a variant may have.
        own_stock = record.get("stock") if () in product_bodies_v1.stock(record) else None
        parts = {"variants": record.get("variants"), "stock": own_stock}
        self._hide_or_name_unlisted(record, change)
        if current and not (change.may_be_incomplete or change.counts_as_created):
            record = change.record = product_bodies_v1.with_stock_of_others(record, current)
        self._warn_of_stock(change)
        self._warn_of_colours(change, current)
        self._warn_of_pictures(change)
        PRODUCT_V1.check({**desired, **parts}, creating=not current)
        product_bodies_v1.check_choices(record, current)
        if desired.get("manageVariants") and (too_many := MANAGED.rejection("variants", record.get("variants") or [])):
            raise too_many
        product_bodies_v1.check_stock(record, current)
        change.body = unmarked(diff(product_bodies_v1.view(current), desired)) if current else filled(desired)
        product_bodies_v1.check_options(change.body.get("productOptions") or [])
        change.fields = (*change.body, *(_differing_parts(change) if current else ()))
        if self.run.undo is None:
            _check_managed(change)
        if self.run.undo is None and _removes_choices(record, current):
            self.stream.warn(DROPPED, change.place)
        elif self.stream.rows and _loses_stock(record, current):
            self.stream.warn(WITHOUT_STOCK, change.place)
        self.memberships.compare(change)

    def _may_lack_first_stock(self, product: Entity) -> bool:
        """True if an earlier run of this input may have created a product, and ended before it wrote its stock."""
        since = self.run.lock.before.unfinished
        if not since or not product_bodies_v1.has_plain_stock(product):
            return False
        return readable(product.get("createdDate")) >= render_seconds(since - _CLOCKS_APART)

    def _without_needless(self, change: Change, desired: Entity) -> Entity:
        """Return the desired members without those that the product has already, or cannot have."""
        needless = {*_needless(change)}
        of_variants = needless.intersection(product_bodies_v1.OF_A_VARIANT)
        if self.run.undo is None and any(map(desired.get, of_variants)):
            self.stream.warn(_OF_THE_PRODUCT, change.place)
        return without(desired, *needless)

    def _warn_of_stock(self, change: Change) -> None:
        entries = [one.get("stock") or {} for one in change.record.get("variants") or []]
        if len({"quantity" in entry for entry in entries if entry or not change.current}) > 1:
            self.stream.warn(
                f"only some variants of a product have a quantity, which catalog V1 does not "
                f"support. The others get the quantity {MOST_STOCK:,} if they are in stock, else 0.",
                change.place,
            )

    def _warn_of_slug(self, change: Change, product: Any) -> None:
        """Log a warning if Wix appended a number to a slug, since another product has it."""
        asked, given = change.body.get("slug"), product.get("slug") if isinstance(product, dict) else None
        if asked and given and asked != given and re.fullmatch(re.escape(str(asked)) + r"-\d+", str(given)):
            self.stream.warn(
                "a slug is that of another product, so Wix appended a number. Give each product its own slug, and run "
                "again.",
                f"line {change.line}, `{asked}` became `{given}`",
            )

    def _warn_of_pictures(self, change: Change) -> None:
        if self.run.undo is None or change.back:  # else, an undo looks for later changes
            for text in media.left_as_is(change.record, change.current):
                self.stream.warn(text, change.place)

    def _warn_of_colours(self, change: Change, product: Entity) -> None:
        for option in product_bodies_v1.lost_colours(change.record, product):
            self.stream.warn(_NO_COLOURS, f"{change.place}: {option}")

    def _adapt(self, change: Change) -> None:
        """Adapt a record to the product of the site: one of an interrupted run, or of a file that lacks some values."""
        current = change.current
        change.may_be_incomplete = self._may_lack_first_stock(current)
        if change.may_be_incomplete:
            change.record = product_bodies_v1.with_first_stock(change.record)
        if self.stream.rows is None:
            return
        if current.get("manageVariants") and change.record.get("manageVariants") is False:
            self._manage(change)
        if current.get("manageVariants") and not isinstance(self.stream.rows.layout.format, WixV1):
            check_choices(change, current.get("productOptions"))  # in Wix V1 files, a price is that of the product
        self._keep_discount(change)
        if not self.stream.rows.layout.format.holds_colours:
            change.record = product_bodies_v1.with_colours(change.record, current)

    def _keep_discount(self, change: Change) -> None:
        """Keep the discount of the site if a file has no column for discounts or compare-at prices."""
        current, source = change.current, change.source.record if change.source else {}
        if self.stream.rows is None or (current.get("discount") or {}).get("type") in {None, "NONE"}:
            return
        file_format = self.stream.rows.layout.format
        if isinstance(file_format, WixV1):
            if "discount" not in source.get(V1, {}):
                change.record = without(change.record, "discount")
            return
        desired, is_removed = with_compare_at_prices(source, lift(current), are_full=file_format.has_full_prices)
        if desired != source:
            lowered = self._lowered(desired)
            kept = without(change.record, *_PRICED)
            change.record = {**kept, **only(lowered, *_PRICED)}
        if is_removed:
            self.stream.warn(f"{NO_COMPARE_AT}.", change.place)

    def _manage(self, change: Change) -> None:
        """Apply rows without variants to each variant, since Wix cannot switch managed variants off."""
        if change.source is None:
            return
        listed = self.to_site_shape(with_variants(change.source.record))
        change.record = {**listed, **only(change.record, "collections")}
        for note in change.source.notes:
            if note.text in NOTES_ON_MANAGED:
                self.stream.warn(f"{note.text}.", note.example)

    def _hide_or_name_unlisted(self, record: Entity, change: Change) -> None:
        """Hide combinations of choices that a record does not list, or log them: catalog V1 sells all combinations."""
        missing = product_bodies_v1.unlisted(record)
        if not missing:
            return
        if self.stream.options.get("unlisted_variants") == _HIDE:
            record["variants"] = [*record["variants"], *({"choices": one, "variant": _HIDDEN} for one in missing)]
            return
        named = ", ".join(" / ".join(one.values()) for one in missing[:_MOST_NAMED])
        more = ", …" if len(missing) > _MOST_NAMED else ""
        self.stream.warn(
            "a product lists only some combinations of its choices, but catalog V1 sells all of "
            "them. The others have the price of the product. To hide them, set `stream_options.products."
            "unlisted_variants` to `hide` (`wix-import --hide-unlisted`).",
            f"{change.place}: not listed: {len(missing):,} ({named}{more})",
        )

    @override
    def is_unfinished(self, change: Change) -> bool:
        current = change.current
        as_made = {
            "variants": product_bodies_v1.has_plain_variants(current),
            "stock": product_bodies_v1.has_plain_stock(current),
            "media": media.has_only(media.pictures(change.record) or [], current),
        }
        # The run may have been killed before it added the product to the remaining collections.
        is_added = change.add_to or change.missing
        parts = change.fields[:-1] if is_added and not change.remove_from else change.fields
        return all(as_made.get(name, False) for name in parts)

    # What writes replace, for undo files

    @override
    def read_whole(self, changes: list[Change]) -> None:
        gone = {change.id: change for change in changes if change.command is Command.DELETE}
        for product_id, product in self.lookup.fetch(sorted(gone), known_to_exist=sorted(gone), with_cost=True).items():
            # Without managed variants, the product itself has their values.
            kept = {name: value for name, value in product.items() if name != "variants" or product["manageVariants"]}
            gone[product_id].current = kept

    @override
    def members_before(self, change: Change, names: list[str]) -> Entity:
        # A new price moves the prices of managed variants, whose stock is that of the product.
        is_managed = bool(change.current.get("manageVariants")) or "manageVariants" in names
        wanted = set(names) - {"variants", *(("stock",) if is_managed else ())}
        if is_managed and set(names) - product_bodies_v1.OF_NO_VARIANT - {"media"}:
            wanted.add("variants")
        return super().members_before(change, sorted(wanted))

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        changes = self.stream.each(changes, self.before_write)
        written: list[Change] = []
        try:
            return self.write_each(changes, lambda change: self._write(change, written))
        finally:
            # Record the outcomes of calls that succeeded even if another call ended the run.
            self.write_memberships(written)

    def _write(self, change: Change, written: list[Change]) -> None:
        """Write one product; append it to `written` if only its collections remain."""
        if change.command is Command.DELETE:
            self.client.call(stores_v1.DELETE_PRODUCT, names={"id": change.id})
            self.record_deleted(change)
            return
        self._write_parts(change, self._write_itself(change))
        written.append(change)

    def _write_itself(self, change: Change) -> Entity:
        """Create or update the product, and return it."""
        has_parts = any(map(change.record.get, ("variants", "stock", "media", media.TO_REMOVE)))
        if not change.current:
            # Wix's documentation is contradictory about leaving out the type. Digital products cannot be created.
            body = {"productType": "physical", **change.body}
            product = self.client.entity(stores_v1.CREATE_PRODUCT, "product", body={"product": body})
            self.record_created(change, product["id"])
            self._warn_of_slug(change, product)
            if self.run.plan is None and not product_bodies_v1.lost_colours(change.record, {}):
                self._warn_of_colours(change, product)
            return self.lookup.get(change.id) if has_parts and not product.get("variants") else product
        body, current = dict(change.body), change.current
        if body.get("brand") == "":
            del body["brand"]
            change.entries = ()
            self.client.call(stores_v1.REMOVE_BRAND, names={"id": change.id})
        if not body:
            return change.current
        if current.get("manageVariants") and (price := (body.get("priceData") or {}).get("price")) is not None:
            self._send_variants(change, product_bodies_v1.raised_prices(change.record, current, price))
        answer = self.client.call(stores_v1.UPDATE_PRODUCT, names={"id": change.id}, body={"product": body})
        self._warn_of_slug(change, answer.get("product"))
        # A new price changes the prices of variants, and new options create new variants.
        moves_variants = body.keys() - product_bodies_v1.OF_NO_VARIANT
        return self.lookup.get(change.id) if has_parts and moves_variants else change.current

    @override
    def note_update(self, change: Change) -> None:
        after = {**change.current, **change.body, "variants": []}
        if after.get("manageVariants"):  # else, the SKU is that of the product
            old, new = (product_bodies_v1.variants(one) for one in (change.current, change.record))
            listed = {**old, **{choices: overlay(old.get(choices, {}), one) for choices, one in new.items()}}
            after["variants"] = [{"variant": one} for one in listed.values()]
        self.matcher.note_update(change, after)

    # Parts: variants, stock and pictures

    def _write_parts(self, change: Change, product: Entity) -> None:
        """Write the parts of a record that differ from its product, which for a new one is the answer to its create.

        After a stop, the next run writes the rest.
        """
        change.entries = ()
        self.run.stop.check()
        product = self._write_variants(change, product)
        self.run.stop.check()
        self._write_stock(change, product)
        self.run.stop.check()
        self._write_pictures(change, product)

    def _write_variants(self, change: Change, product: Entity) -> Entity:
        """Write the variants, and return the product; a new product with the ids of its written variants only.

        In Wix's examples, the answer to a create has other ids of variants than later reads. The answer to this call
        has the right ids, but may contain only the variants that were sent.
        """
        is_new = not change.current
        # Wix's answers lack costs; variants that are not managed have the values of their product.
        is_managed = {**product, **change.body}.get("manageVariants")
        answer = self._send_variants(
            change, _overrides(change.record, product, all_if_any=is_new) if is_managed else []
        )
        return {**product, "variants": answer.get("variants") or []} if is_new else product

    def _send_variants(self, change: Change, bodies: list[Entity]) -> Entity:
        if not bodies:
            return {}
        change.entries = ()
        return self.client.call(stores_v1.UPDATE_VARIANTS, names={"id": change.id}, body={"variants": bodies})

    def _write_stock(self, change: Change, product: Entity) -> None:
        desired, existing = (
            product_bodies_v1.stock(change.record, is_new=change.counts_as_created),
            product_bodies_v1.stock(product),
        )
        if not _stock_differs(desired, existing):
            return
        if not change.current and product_bodies_v1.lacks_ids(desired, product):
            product = self.lookup.get(change.id)
        body = product_bodies_v1.stock_body(desired, product)
        self.client.call(stores_v1.UPDATE_INVENTORY, names={"id": change.id}, body=body)

    def _write_pictures(self, change: Change, product: Entity) -> None:
        record, names = change.record, {"id": change.id}
        for some in batches(record.get(media.TO_REMOVE) or [], stores_v1.MEDIA_PER_CALL):
            self.client.call(stores_v1.REMOVE_MEDIA, names=names, body={"mediaIds": some})
        bodies, are_shown_twice = media.additions(record, product, foreign=change.is_foreign)
        may_probe = 1 < len(bodies) <= stores_v1.MEDIA_PER_CALL
        # The products after the first one with several pictures wait for what it shows, as they do in a plan.
        with self._probing if may_probe and self._pictures_per_call is None else nullcontext():
            is_probed = may_probe and self._pictures_per_call is None
            for some in batches(bodies, self._pictures_per_call or stores_v1.MEDIA_PER_CALL):
                self.client.call(stores_v1.ADD_MEDIA, names=names, body={"media": some})
            if is_probed or are_shown_twice:
                product = self.lookup.get(change.id)
            if is_probed and self._keeps_one(change, product, len(bodies)):
                self._write_pictures(change, product)
                return
        for some in batches(media.assignments(record, product), stores_v1.CHOICES_PER_CALL):
            self.client.call(stores_v1.SHOW_FOR_CHOICES, names=names, body={"media": some})

    def _keeps_one(self, change: Change, product: Entity, sent: int) -> bool:
        """True if Wix kept only the first picture of a call, as was reported for a live site.

        If other pictures are missing, Wix may only be late.
        """
        missing, _ = media.additions(change.record, product, foreign=change.is_foreign)
        keeps_one = len(missing) == sent - 1
        if keeps_one or not missing:
            self._pictures_per_call = 1 if keeps_one else stores_v1.MEDIA_PER_CALL
        return keeps_one


def _removes_choices(record: Entity, current: Entity) -> bool:
    """True if a record lacks choices that the site has."""
    desired, existing = map(product_bodies_v1.choices_of, (record, current))
    is_lacking = any(not labels <= desired.get(option, set()) for option, labels in existing.items())
    return "productOptions" in record and is_lacking


def _adds_option(record: Entity, current: Entity) -> bool:
    """True if a record gives a product another option: all its variants are then new ones."""
    return product_bodies_v1.choices_of(record).keys() > product_bodies_v1.choices_of(current).keys()


def _loses_stock(record: Entity, current: Entity) -> bool:
    """True if a record gives a product with quantities another option, and no stock to its new variants."""
    quantities = any(one["trackQuantity"] for one in product_bodies_v1.stock(current).values())
    return _adds_option(record, current) and quantities and not product_bodies_v1.stock(record)


def _names_cost(record: Entity) -> bool:
    return any(one.get("costAndProfitData") for one in (record, *product_bodies_v1.listed(record)))


def _check_managed(change: Change) -> None:
    """Raise `Rejected` if a variant has a value that is neither its own nor that of a product which manages none."""
    after = {**change.current, **change.body}
    if after.get("manageVariants") or not after.get("productOptions"):
        return
    implied = product_bodies_v1.variant_view({"variant": after}) | _NEW_VARIANT
    existing = product_bodies_v1.variants(change.current)
    for choices, variant in product_bodies_v1.variants(change.record).items():
        values = {name: value for name, value in variant.items() if value}
        if diff(implied, values) and diff(existing.get(choices, implied), values):
            msg = (
                "The variants differ from the product, which Wix refuses, since the product does not manage them. Set "
                "`manageVariants` to true, or remove `variants`."
            )
            raise Rejected(msg, code="VARIANTS_NOT_MANAGED", field="manageVariants")


def _differing_parts(change: Change) -> list[str]:
    """Return the parts (variants, stock, media) that differ from the site."""
    record, current = change.record, change.current
    differs = {
        "variants": bool(_overrides(record, current)),
        "stock": _stock_differs(
            product_bodies_v1.stock(record, is_new=change.counts_as_created), product_bodies_v1.stock(current)
        ),
        "media": bool(record.get(media.TO_REMOVE)) or media.lacks_pictures(record, current),
    }
    return [name for name, is_so in differs.items() if is_so]


def _needless(change: Change) -> Iterator[str]:
    """Yield members of a record that need no write, or may not be written."""
    current = change.current
    yield from product_bodies_v1.held_already(change.record, current)
    if not change.record.get("slug"):
        yield "slug"  # a handle is used as slug of new products only, not to change an existing slug
    is_switched_on = change.record.get("manageVariants") and not current.get("manageVariants")
    if is_switched_on and not {"variants", "stock"} & {*_differing_parts(change)}:
        yield "manageVariants"  # Wix cannot switch it off again, so it is switched on for a difference only


def _overrides(record: Entity, product: Entity, *, all_if_any: bool = False) -> list[Entity]:
    """Return the bodies of variants that differ; with `all_if_any`, those of all variants if any differs."""
    listed, existing = product_bodies_v1.variants(record), product_bodies_v1.variants(product)
    differing = {
        choices: unmarked(_changes(existing.get(choices, _NEW_VARIANT), desired)) for choices, desired in listed.items()
    }
    if all_if_any and any(differing.values()):
        differing = {choices: some or filled(listed[choices]) for choices, some in differing.items()}
    return [product_bodies_v1.variant_body(choices, some) for choices, some in differing.items() if some]


def _changes(variant: Entity, desired: Entity) -> Entity:
    """Return the members of a variant that differ, with all of their own members: Wix replaces objects of a variant."""
    differing = diff(variant, desired)
    merged = overlay(variant, differing)
    return {name: merged[name] for name in differing}


def _stock_differs(given: dict[Choices, Entity], existing: dict[Choices, Entity]) -> bool:
    return any(entry != existing.get(choices, existing.get(())) for choices, entry in given.items())
