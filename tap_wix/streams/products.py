"""Parts of products as separate streams. They are read with the pages of products, without further requests."""

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
"""Members with the date of a product's last change: in the common shape, and in V1's shape."""


def products_of(parents: Sequence[Item]) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Yield the products of a page, each with the normalised date of its last change, or None without one."""
    for parent in parents:
        product = msgspec.json.decode(parent.raw)
        is_dated = any(product.get(name) for name in _DATES)
        yield product, parent.key if is_dated else None


class ProductVariants(ChildStream):
    """Variants of changed products. They have no readable change date.

    Both catalogs have a query of all variants of a shop, but without change dates, so variants are read with products.
    """

    name = "product_variants"
    primary_keys = ("productId", "variantId")
    replication_key = "productUpdatedDate"
    owner = Owner("products", ("productId",))

    @override
    def children(self, parents: Sequence[Item]) -> Iterator[dict[str, Any]]:
        for product, updated in products_of(parents):
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
        """Return the variants of a product."""


class CollectionProducts(ChildStream):
    """Memberships of products in collections.

    On V3, a product shows a change of its collections, with a new date, up to half an hour later. On V1, the date may
    not change, so the stream is full-table there.
    """

    name = "collection_products"
    primary_keys = ("collectionId", "productId")
    owner = Owner("products", ("productId",))

    @override
    def children(self, parents: Sequence[Item]) -> Iterator[dict[str, Any]]:
        for product, updated in products_of(parents):
            for membership in self.memberships(product):
                yield {**membership, "productId": product["id"], "productUpdatedDate": updated}

    @abstractmethod
    def memberships(self, product: dict[str, Any]) -> Iterable[dict[str, Any]]:
        """Return the collections of a product, each as `{collectionId, …}`."""
