"""Memberships: one record says that a product is in a collection, or, as a delete, that it is not."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from typing_extensions import override

from target_wix.change import Change, Command, Outcome
from target_wix.domain import Domain
from target_wix.domains.memberships import resolve, with_own
from target_wix.errors import Rejected
from target_wix.matching import PRODUCTS, Key, Matcher, choose_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from target_wix.change import Entity
    from target_wix.domains.memberships import Memberships
    from target_wix.run import Run
    from target_wix.stream import Stream


class CollectionProducts(Domain):
    """Adds products to collections and takes them out.

    A record names its collection by `collectionId` or by `collection` (name or slug), and its product by `productId`,
    `handle`, `sku` or `slug`. With the option `mode: replace` each collection that is named holds in the end what the
    input named, and nothing else.
    """

    kind = "collection_products"
    rank = 4
    batch_size = 1000
    can_mirror = True

    def __init__(self, stream: Stream, *, memberships: Callable[[Run], Memberships]) -> None:
        super().__init__(stream)
        self.memberships = memberships(self.run)
        products = choose_keys(self.memberships.keys(), None) or ()
        self._products = Matcher(self.run, products, _as_they_are, kind=PRODUCTS)
        self._named: dict[str, set[str]] = defaultdict(set)
        self.mirrors = self.mirrors or self.stream.options.get("mode") == "replace"

    @override
    def keys(self) -> tuple[Key, ...]:
        # Only keeps records of one membership in their order; what they mean is found by `find`.
        return (Key("membership", lambda record: [_name_of(record)], lambda _values: []),)

    @override
    def name_of(self, record: Entity) -> str:
        return _name_of(record)

    @override
    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        return _as_they_are(ids)

    @override
    def find(self, changes: list[Change]) -> list[Change]:
        self.run.lag.wait()
        for change in changes:
            change.key = self.name_of(change.record)
        placed = self.stream.each(changes, self._find_collection)
        found = self._find_products(placed)
        now = self.memberships.of(sorted({change.id for change in found}))
        for change in found:
            change.current = {"collections": with_own(self.run, change.id, now.get(change.id, set()))}
        return found

    @override
    def refer(self, change: Change) -> None:
        """Do nothing: no record refers to a membership."""

    @override
    def compare(self, change: Change) -> None:
        (collection,) = change.joins
        is_member = _is_member(change)
        if change.command is Command.UPDATE and not is_member:
            msg = "The product is not in the collection, and `update` adds nothing. Use `upsert`."
            raise Rejected(msg, code="NOT_FOUND")
        self._named[collection].add(change.id)
        if not is_member:
            change.current = None

    @override
    def may_delete(self, change: Change) -> bool:
        if not _is_member(change):
            self.stream.settle(change, Outcome.UNCHANGED)
        return _is_member(change)

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        joins = [(change.joins[0], change.id) for change in changes if change.joins]
        leaves = [(change.leaves[0], change.id) for change in changes if change.leaves]
        failed = self.memberships.change(joins, leaves)
        for change in changes:
            failure = failed.get(((*change.joins, *change.leaves)[0], change.id))
            if failure:
                self.stream.reject(change, failure.rejection())
            else:
                self.stream.settle(change, Outcome.CREATED if change.joins else Outcome.DELETED)
        return []

    @override
    def claim_of(self, change: Change) -> str:
        return _pair(change)

    @override
    def touched_by(self, change: Change) -> Iterable[str]:
        return (change.id, _pair(change))

    @override
    def surplus(self) -> list[Change]:
        """Return the memberships of the collections that the input names which it does not name itself."""
        return [
            Change(0, {}, Command.DELETE, key=f"{collection} > {product}", id=product, leaves=(collection,), current={})
            for collection, named in self._named.items()
            for product in self.memberships.members(collection)
            if product not in named and not self.run.deletes.is_held(f"{collection} > {product}")
        ]

    @override
    def is_still_surplus(self, change: Change) -> bool:
        return change.id not in self._named[change.leaves[0]]

    def _find_collection(self, change: Change) -> bool:
        reference = str(change.record.get("collectionId") or change.record.get("collection") or "")
        here = resolve(self.run, self.memberships.index, reference)
        if here is None:
            msg = (
                "The record names no collection of this site by `collectionId` or `collection` (name or slug). "
                "Load `collections` first."
            )
            raise Rejected(msg, code="UNKNOWN_COLLECTION", field="collectionId")
        if self.memberships.index.is_fixed(here):
            # All Products holds every product by itself.
            self.stream.settle(change, Outcome.IGNORED)
            return False
        if change.command is Command.DELETE:
            change.leaves = (here,)
        else:
            change.joins = (here,)
        return True

    def _find_products(self, changes: list[Change]) -> list[Change]:
        asked = {id(change): Change(change.line, self._product_of(change), change.command) for change in changes}
        for change in changes:
            known = self.run.memory.here(PRODUCTS, str(change.record.get("productId")))
            asked[id(change)].id = known or ""
        refused = {id(product): rejection for product, rejection in self._products.match(list(asked.values()))}
        missing = [product for product in asked.values() if not product.id and id(product) not in refused]
        if missing and self.run.lag.wait_for_all():
            # Products that this run gave another key, which searches did not know yet.
            refused |= {id(product): rejection for product, rejection in self._products.match(missing)}

        def found(change: Change) -> bool:
            product = asked[id(change)]
            if id(product) in refused:
                raise refused[id(product)]
            if not product.id:
                msg = (
                    f"The record names no product of this site ({self._products.key_names}; as an id: `productId`). "
                    "Load `products` first."
                )
                raise Rejected(msg, code="UNKNOWN_PRODUCT", field="productId")
            change.id = product.id
            return True

        return self.stream.each(changes, found)

    def _product_of(self, change: Change) -> Entity:
        record = change.record
        return {"id": record.get("productId"), **{name: record.get(name) for name in ("handle", "sku", "slug")}}


def _as_they_are(ids: list[str]) -> dict[str, Entity]:
    return {product: {"id": product} for product in ids}


def _is_member(change: Change) -> bool:
    (collection,) = change.joins or change.leaves
    return collection in (change.current or {}).get("collections", ())


def _pair(change: Change) -> str:
    return f"{(*change.joins, *change.leaves)[0]} > {change.id}"


def _name_of(record: Entity) -> str:
    collection = record.get("collectionId") or record.get("collection") or ""
    product = next((record[name] for name in ("productId", "handle", "sku", "slug") if record.get(name)), "")
    return f"{collection} > {product}"
