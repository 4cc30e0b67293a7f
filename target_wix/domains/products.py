"""Products: base class of the domains of both store catalogs.

A product of a file that no key matches is matched by its name. Exports of a site without handles have the handle
`product_<id>`, and Wix sets the handle `Product_<id>` when it moves a site to V3. A copy of the shop has other ids, so
without names, an import would create each product a second time.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import TYPE_CHECKING

from typing_extensions import override

from target_wix import product_fields
from target_wix.change import Change, Command, Entity, Outcome
from target_wix.concurrency import grouped
from target_wix.domain import Domain, incoming_id
from target_wix.domains import locating
from target_wix.domains.lookup import ProductLookupV1, ProductLookupV3, all_skus_of, skus_of, slug_of
from target_wix.domains.memberships import Memberships, places_of
from target_wix.errors import Rejected
from target_wix.matching import Key, text_of
from target_wix.product_fields import PRODUCT_V1, PRODUCT_V3, Shape
from target_wix.undo_entries import Kept, pair_entry
from wix_api.products.money import decimal_of
from wix_api.products.variants import variants_of
from wix_files.variant_cells import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from target_wix.fields import Fields
    from target_wix.stream import Stream


_TABLES = {Shape.ONE: PRODUCT_V3, Shape.V1: PRODUCT_V1}
_UPDATES = {Command.UPDATE, Command.UPSERT}
_SLUG = "slug of a record"
_LINE = "line of a file"
_DERIVED = ("price", "inventory")
"""Objects that Wix derives from the variants. A number in one of them is that of a product file."""


class ProductDomain(Domain):
    """Base class of the product domains. Accepts records of any shape; `form` is that of the SCHEMA."""

    kind = "products"
    rank = 1
    can_mirror = True
    is_refused_whole = True

    lookup: ProductLookupV1 | ProductLookupV3

    def __init__(self, stream: Stream, memberships: Memberships) -> None:
        self.memberships = memberships
        super().__init__(stream)
        columns = {self.spellings.get(name.casefold(), name) for name in stream.columns}
        self.form = Shape.ONE if stream.rows else product_fields.shape_of(columns)
        if _TABLES.get(self.form, self.fields) is not self.fields and not stream.rows:
            shape = self.form.value
            self.run.logger.info("%s: records have %s, and are converted for the site's catalog.", stream.name, shape)

    @override
    def tables(self) -> Iterable[Fields]:
        return _TABLES.values()

    @override
    def fields_of(self, record: Entity) -> Fields:
        return _TABLES.get(product_fields.of_record(record, self.form), self.fields)

    @override
    def with_known_columns(self, record: Entity) -> Entity:
        known = super().with_known_columns(record)
        for name in _DERIVED:
            if decimal_of(known.get(name)) is not None:
                self.stream.warn_of_member(name)
        return known

    @override
    def keys(self) -> tuple[Key, ...]:
        return self.lookup.keys()

    @override
    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        return self.lookup.fetch(ids)

    @override
    def refer(self, change: Change) -> None:
        if self.run.file_lists is not None:
            (_check_delete if change.command is Command.DELETE else self._check_once)(change)
        super().refer(change)
        locating.remember(self.run, change.record)
        for slug in slug_of(change.record) if self._slug_decides else ():
            self.run.memory.note(self.kind, _SLUG, slug.casefold(), change.id)

    def _check_once(self, change: Change) -> None:
        """Raise `Rejected` if another product of the file is the same product of the site."""
        first, line = self.run.memory.latest(self.kind, change.id, _LINE), str(change.line)
        # A record that the run of `retry_results` wrote is not matched.
        if change.matched_by and first and first != line:
            check_choices(change, change.current.get("options"))  # rows with the SKUs of several variants
            rows, key = self.stream.rows, change.matched_by
            column = (rows.layout.named([key]) if rows else "") or f"`{key}`"
            msg = (
                f"Line {line}: the product in line {first} is the same product of the site by its {column}, and would "
                f"be overwritten. Correct the {column}, or delete one of them."
            )
            raise Rejected(msg, code="INVALID_ROW")
        self.run.memory.note(self.kind, _LINE, line, change.id)

    @override
    def record_deleted(self, change: Change, outcome: Outcome = Outcome.DELETED) -> None:
        self.run.once(locating.deleted).add(change.id)
        super().record_deleted(change, outcome)

    @override
    def accepts(self, change: Change) -> bool:
        """True unless the product is that of another record, or this run has changed the key: SKUs may be shared.

        `match_on` without `id` or `slug`, or with `sku` before it, disables the check of ids or slugs.
        """
        if not super().accepts(change) or self._has_slug_of_another(change):
            return False
        if change.back is not None or change.matched_by == "id" or all(key.name != "id" for key in self.matching_keys):
            return True
        return not self.run.memory.has_another(self.kind, incoming_id(change.record), change.id)

    @property
    def _slug_decides(self) -> bool:
        """True if records with a shared SKU and different slugs are different products."""
        names = [key.name for key in self.matching_keys]
        is_first = {"slug", "sku"} <= set(names) and names.index("slug") < names.index("sku")
        # V3 tries the SKU first, since a later record may change the slug; a file has each product once.
        return is_first or (
            self.stream.rows is not None and "slug" in names and not self.stream.options.get("match_on")
        )

    def _has_slug_of_another(self, change: Change) -> bool:
        """True if a record with another slug has matched the product or will, and this one only has its SKU."""
        if change.matched_by != "sku" or change.back is not None or change.command is Command.DELETE:
            return False
        slug = next(iter(slug_of(change.record)), "").casefold()
        if not self.stream.options.get("match_on") and self._is_of_another_row(change):
            return True
        return self._slug_decides and self.run.memory.has_another(self.kind, slug, change.id, _SLUG)

    def _is_of_another_row(self, change: Change) -> bool:
        """True if the file has another row with the handle or slug of the product.

        V3 tries the SKU first, so a row with another SKU is another product there, which gets this slug.
        """
        theirs = {handle.casefold() for handle in _handles_of(change.current)}
        ours = {handle.casefold() for handle in (*text_of(change.record, "handle"), *slug_of(change.record))}
        lists = self.run.file_lists
        if lists is None or not theirs.isdisjoint(ours):
            return False
        first = next(key.name for key in self.matching_keys if key.name in {"slug", "sku"})
        skus = skus_of(change.current) if first == "sku" else [""]
        return any(lists(handle, sku) for handle in theirs for sku in skus)

    @override
    def find_otherwise(self, changes: list[Change]) -> Iterator[tuple[Change, Rejected]]:
        """Match products of a file by their names."""
        lists, rows = self.run.file_lists, self.stream.rows
        if lists is None or rows is None or self.stream.options.get("match_on"):
            return
        asked = [change for change in changes if _is_asked_for(change, is_of_wix=rows.layout.format.is_of_wix)]
        by_name = self._others_by_name(asked, lists)
        for change in asked:
            others = by_name.get(str(change.record.get("name")), [])
            theirs = incoming_id(change.record) or str(change.record["handle"])
            free = [row for row in others if not self.run.memory.has_another(self.kind, theirs, row["id"])]
            same = [row for row in free if _is_same(change.record, row)]
            example = f"line {change.line}, {change.record.get('name')}"
            if len(same) > 1:
                yield change, _ambiguous(same)
            elif same:
                (found,) = same
                others.remove(found)
                change.id, change.current, change.matched_by = found["id"], found, "name"
                self.run.warn_once(f"{FOUND}.", example)
            elif free:
                self.run.warn_once(f"{DOUBLED}.", f"{example}: {free[0]['id']}")

    def _others_by_name(self, changes: list[Change], lists: Callable[[str, str], bool]) -> dict[str, list[Entity]]:
        """Return by name the products of the site with the names of records; not those whose handle is in the file."""
        names = {name for change in changes for name in text_of(change.record, "name")}
        rows = self.named(sorted(names)) if names else ()
        return grouped((row["name"], row) for row in rows if not any(lists(one, "") for one in _handles_of(row)))

    @override
    def check_missing(self, change: Change) -> None:
        found_by = [key.name for key in self.matching_keys if key.offered_by(change)]
        if found_by == ["sku"] and not text_of(change.record, "name") and change.command in _UPDATES:
            new = ", or enter a `name` to create a product" if change.command is Command.UPSERT else ""
            msg = f"No product of the site has this SKU. Correct it{new}.{self.advice_on_sku()}"
            raise Rejected(msg, code="NOT_FOUND", field="sku")
        super().check_missing(change)

    def advice_on_sku(self) -> str:
        """Return a sentence on SKUs of variants, for a SKU that no product has; "" if products are found by these."""
        return ""

    @abstractmethod
    def named(self, names: list[str]) -> list[Entity]:
        """Return the products of the site with one of the names, with their variants."""

    @override
    def sides(self, change: Change) -> tuple[Entity, Entity]:
        return self.memberships.with_names(change, *super().sides(change))

    # What writes replace, for undo files

    @override
    def kept_with(self, change: Change) -> Iterator[Kept]:
        index = self.memberships.index
        places = (one for one in sorted(places_of(change.current)) if not index.is_fixed(one))
        return (pair_entry(one, change.id, adds=False) for one in places)

    def before_write(self, change: Change) -> None:
        """Create missing collections of a product, then compare it again, since it refers to them."""
        if change.missing:
            self.memberships.make_missing(change)
            self.compare(change)

    def write_memberships(self, changes: list[Change]) -> None:
        """Add products to their collections, remove them from others, and record the outcome of each product."""
        moved = [change for change in changes if change.add_to or change.remove_from]
        for change in changes:
            if not (change.add_to or change.remove_from):
                self.record_written(change)
        to_add = [(collection, change.id) for change in moved for collection in change.add_to]
        to_remove = [(collection, change.id) for change in moved for collection in change.remove_from]
        failed = self.memberships.change(to_add, to_remove)
        for change in moved:
            pairs = ((collection, change.id) for collection in (*change.add_to, *change.remove_from))
            failure = next((failed[pair] for pair in pairs if pair in failed), None)
            if failure is None:
                self.record_written(change)
                continue
            text = f"The product was written, but could not be added to or removed from a collection: {failure.message}"
            self.stream.reject(change, Rejected(text, code=failure.code, field="collections", retryable=True))


_OF_AN_ID = re.compile(r"product_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
"""A handle that an export, or Wix, derived from an id; handles that target-wix generates have UUIDs of version 5."""
FOUND = (
    "products: a product is found by its name, since the site does not know the handle in its row. To write another "
    "product, change the handle"
)
DOUBLED = "products: the site has another product of this name, with another handle"


NO_COMPARE_AT = (
    "the site's compare-at prices that are not above the new prices of the file are removed, since Wix refuses them"
)

DROPPED = (
    "variants that the site has and the input lacks are removed from the site, with their stock. To keep them, list "
    "all variants of a product. Wix cannot rename choices: a variant with a new name of a choice is a new one."
)
WITHOUT_STOCK = "variants that get another option are new variants without stock. Fill in their stock."


def check_choices(change: Change, options: list[Entity] | None) -> None:
    """Raise `Rejected` if variants of a file's product have no choices, though the product of the site has options."""
    row = change.source.record if change.source else {}
    if options and "options" not in row and not _has_choices(change):
        msg = (
            "The product has options on the site, and its row has no choice of them. Add columns for the options and a "
            "row for each variant, or export the products with `wix-export`, and change that file."
        )
        if change.matched_by == "sku":
            msg += (
                " `wix-import` needs no choices in a file without columns of products, such as `sku,price,inventory`: "
                '`--map "HEADER="` ignores a column.'
            )
        raise Rejected(msg, code="NO_CHOICES", field=f"{VARIANTS}[0]")


def _check_delete(change: Change) -> None:
    """Raise `Rejected` if the SKU of one variant would delete the product of a file with all its variants."""
    if change.matched_by == "sku" and change.current.get("options") and not _has_choices(change):
        msg = (
            "The SKU is that of one variant, and a delete removes the product with all its variants. To delete it, "
            "enter its handle. To remove the variant, import the other variants of the product."
        )
        raise Rejected(msg, code="SKU_OF_A_VARIANT", field=f"{VARIANTS}[0].sku")


def _has_choices(change: Change) -> bool:
    """True if all variants of a file's product have choices."""
    row = change.source.record if change.source else {}
    return all(one.get("choices") for one in variants_of(row))


def _is_asked_for(change: Change, *, is_of_wix: bool) -> bool:
    """True if a site may have the product with another handle: the product or its handle is of a Wix site."""
    handle = str(change.record.get("handle") or "")
    is_of_a_site = is_of_wix or bool(_OF_AN_ID.fullmatch(handle))
    return bool(handle) and is_of_a_site and change.command is not Command.DELETE


def _handles_of(row: Entity) -> Iterable[str]:
    """Return the handles with which a file may identify a product of the site."""
    return [f"product_{row['id']}", *text_of(row, "handle"), *text_of(row, "slug")]


def _is_same(record: Entity, row: Entity) -> bool:
    """True if two products of the same name are the same product, judged by their SKUs and handles."""
    if any(_OF_AN_ID.fullmatch(handle) and handle[-36:] != row["id"] for handle in _handles_of(row)):
        return False  # it was created from a row with this handle
    ours, theirs = (set(all_skus_of(one)) for one in (record, row))
    return bool(ours & theirs) if ours and theirs else bool(_OF_AN_ID.fullmatch(str(record["handle"])))


def _ambiguous(rows: list[Entity]) -> Rejected:
    some = ", ".join(row["id"] for row in rows[:5])
    msg = (
        f"The site does not know the handle, and has {len(rows)} products of this name: {some}. Set the handle to "
        "`product_` and the id of one of them, or to a new handle to create another product."
    )
    return Rejected(msg, code="AMBIGUOUS_MATCH", field="handle")
