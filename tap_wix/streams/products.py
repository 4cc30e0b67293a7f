"""What products hold, as streams of their own: derived from the pages of products, which are read once for all."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from tap_wix.removals import Owner
from tap_wix.streams.children import ChildStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wix_api.reading import Item

_DATES = ("updatedDate", "lastUpdated")
"""Where a product says when it changed last: in the one shape, and in V1's own."""


class PartsOfProducts(ChildStream):
    """A stream of what products hold."""

    owner = Owner("products", ("productId",))

    @override
    def children(self, parents: Sequence[Item]) -> Iterator[dict[str, Any]]:
        for parent in parents:
            product = msgspec.json.decode(parent.raw)
            is_dated = any(product.get(name) for name in _DATES)
            yield from self.parts(product, parent.key if is_dated else None)

    @abstractmethod
    def parts(self, product: dict[str, Any], updated: str | None) -> Iterator[dict[str, Any]]:
        """Return the records that one product makes; `updated` is when it changed last, in the one form of dates."""


class ProductVariants(PartsOfProducts):
    """Variants of changed products. Wix gives them no change date that can be read.

    Both catalogs know a list of all variants of a shop; its rows do not say when they changed, so products lead.
    """

    name = "product_variants"
    primary_keys = ("productId", "variantId")
    replication_key = "productUpdatedDate"

    @override
    def parts(self, product: dict[str, Any], updated: str | None) -> Iterator[dict[str, Any]]:
        variants = list(self.variants(product))
        if not variants:  # every product has one
            self.gap = f"product {product['id']} came without variants"
            self.incomplete.add(product["id"])
        for variant in variants:
            members = {name: value for name, value in variant.items() if name != "id"}
            yield {
                "productId": product["id"],
                "variantId": variant["id"],
                "productUpdatedDate": updated,
                **members,
            }

    @abstractmethod
    def variants(self, product: dict[str, Any]) -> Iterable[dict[str, Any]]:
        """Return the variants that a product holds."""


class CollectionProducts(PartsOfProducts):
    """Which product stands in which collection.

    On V3 a product shows a change of its collections up to half an hour later, with a new date; V1 says nothing about
    its date, so each run reads them all there.
    """

    name = "collection_products"
    primary_keys = ("collectionId", "productId")

    @override
    def parts(self, product: dict[str, Any], updated: str | None) -> Iterator[dict[str, Any]]:
        for membership in self.memberships(product):
            yield {**membership, "productId": product["id"], "productUpdatedDate": updated}

    @abstractmethod
    def memberships(self, product: dict[str, Any]) -> Iterable[dict[str, Any]]:
        """Return the collections that a product stands in: `{collectionId, …}`."""
