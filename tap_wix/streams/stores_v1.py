"""Wix Stores on catalog V1, in the one product shape: the same streams, columns and keys as on catalog V3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_wix.streams import products, stores_v3
from wix_api.endpoints import stores_v1
from wix_api.products.mapping import V1, members
from wix_api.products.variants import variants_of

if TYPE_CHECKING:
    from collections.abc import Iterable


class Collections(stores_v3.Collections):
    """Collections; full-table, since they have no dates.

    Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/query-collections
    """

    of_v1 = True
    query = stores_v1.COLLECTIONS_LIFTED

    @property
    @override
    def bookmark_key(self) -> str | None:
        return None  # the replication key in the Singer catalog is V3's, which V1 lacks


class Products(stores_v3.Products):
    """Products with their variants, including hidden products, oldest change first.

    Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/query-products
    """

    of_v1 = True
    answers_on_v3 = True
    query = stores_v1.PRODUCTS_LIFTED

    @property
    @override
    def ordered_by_bookmark(self) -> bool:
        return True  # V1 calls it `lastUpdated`


class ProductVariants(products.ProductVariants):
    """Variants of changed products, including the only variant of a product without options."""

    of_v1 = True
    parent_stream_type = Products

    @override
    def variants(self, product: dict[str, Any]) -> Iterable[dict[str, Any]]:
        kept = members(members(product.get(V1)).get("variants"))
        for variant in variants_of(product):
            yield {**variant, V1: kept.get(variant["id"])}


class CollectionProducts(products.CollectionProducts):
    """Memberships of products in collections; full-table, since they may not change the date of the product."""

    of_v1 = True
    parent_stream_type = Products
    replication_key = "productUpdatedDate"

    @property
    @override
    def bookmark_key(self) -> str | None:
        return None

    @override
    def memberships(self, product: dict[str, Any]) -> Iterable[dict[str, Any]]:
        return stores_v3.memberships_of(product)


class InventoryItems(stores_v3.InventoryItems):
    """Stock of products and their variants, oldest change first.

    Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/inventory/query-inventory
    """

    of_v1 = True
    query = stores_v1.STOCK_LIFTED
    ids_are_wixs = False  # V1 has one item for all variants of a product

    @property
    @override
    def ordered_by_bookmark(self) -> bool:
        return True  # V1 calls it `lastUpdated`


STREAMS = (Collections, Products, ProductVariants, CollectionProducts, InventoryItems)
