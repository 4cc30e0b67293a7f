"""What the sinks of memberships need to know of a store catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from target_wix.matching import Key
    from target_wix.sinks.bulk import Failure
    from target_wix.sinks.collection_index import CollectionIndex

Pair = tuple[str, str]
"""Ids of a collection and of a product."""


class Places(Protocol):
    """Which products are in which collections of a site."""

    @property
    def index(self) -> CollectionIndex:
        """The collections."""

    def keys(self) -> tuple[Key, ...]:
        """Give the ways to find a product."""

    def of(self, product_ids: list[str]) -> dict[str, set[str]]:
        """Give the collections that products are in."""

    def members(self, collection_id: str) -> Iterator[str]:
        """Give the products of a collection."""

    def change(self, joins: Iterable[Pair], leaves: Iterable[Pair]) -> dict[Pair, Failure]:
        """Add and remove; give the pairs that failed."""
