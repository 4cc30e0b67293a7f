"""What writing products has in common on both store catalogs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from target_wix import shapes
from target_wix.domain import Domain, incoming_id
from target_wix.shapes import Shape
from target_wix.sinks import locating, memberships

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_wix.changes import Change, Entity
    from target_wix.sinks.collection_index import CollectionIndex
    from target_wix.stream import Stream


class ProductSink(Domain):
    """Takes products of any shape.

    Attributes:
        form: The shape that the SCHEMA shows.
    """

    kind = "products"
    rank = 1
    can_mirror = True

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self.form = Shape.ONE if stream.rows else shapes.shape_of(stream.columns)

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

    def with_collections(self, change: Change, index: CollectionIndex, make: Callable[[Entity], Entity]) -> bool:
        """Make the collections that a change needs, and compare again, since it refers to them; always true."""
        if memberships.make_missing(self.run, index, change, make):
            self.compare(change)
        return True
