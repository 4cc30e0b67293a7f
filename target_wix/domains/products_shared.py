"""Products of both store catalogs: the domain that both extend."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from typing_extensions import override

from target_wix import product_fields
from target_wix.domain import Domain, incoming_id
from target_wix.domains import by_name, locating, memberships
from target_wix.errors import Rejected
from target_wix.product_fields import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_wix.change import Change, Entity
    from target_wix.domains.memberships import Memberships
    from target_wix.stream import Stream


class ProductDomain(Domain):
    """Takes products of any shape.

    Attributes:
        form: The shape that the SCHEMA shows.
    """

    kind = "products"
    rank = 1
    can_mirror = True

    def __init__(self, stream: Stream, memberships: Memberships) -> None:
        self.memberships = memberships
        super().__init__(stream)
        self.form = Shape.ONE if stream.rows else product_fields.shape_of(stream.columns)

    @override
    def refer(self, change: Change) -> None:
        super().refer(change)
        locating.remember(self.run, change.record)

    @override
    def accepts(self, change: Change) -> bool:
        """Refuse a product that is the counterpart of another record: several products may share a SKU.

        `match_on` overrules this by leaving `id` out.
        """
        if change.matched_by == "id" or all(key.name != "id" for key in self.matching_keys):
            return True
        return not self.run.memory.is_another(self.kind, incoming_id(change.record), change.id)

    @override
    def find_otherwise(self, changes: list[Change]) -> Iterator[tuple[Change, Rejected]]:
        return by_name.find(self, changes, self.named)

    @abstractmethod
    def named(self, names: list[str]) -> list[Entity]:
        """Return the products of the site that have one of some names, with their variants."""

    def with_collections(self, change: Change) -> bool:
        """Make the collections that a change needs, and compare again, since it refers to them; always true."""
        if memberships.make_missing(self.run, self.memberships, change):
            self.compare(change)
        return True

    def place(self, changes: list[Change]) -> None:
        """Add products to their collections, take them out of others, and record the outcome of each."""
        pairs = {id(change): [(one, change.id) for one in (*change.joins, *change.leaves)] for change in changes}
        for change in changes:
            if not pairs[id(change)]:
                self.settle_written(change)
        changes = [change for change in changes if pairs[id(change)]]
        joins = [(collection, change.id) for change in changes for collection in change.joins]
        leaves = [(collection, change.id) for change in changes for collection in change.leaves]
        failed = self.memberships.change(joins, leaves)
        for change in changes:
            failure = next((failed[pair] for pair in pairs[id(change)] if pair in failed), None)
            if failure is None:
                self.settle_written(change)
                continue
            text = f"The product was written, but not its place in a collection: {failure.message}"
            self.stream.reject(change, Rejected(text, code=failure.code, field="collections", retryable=True))
