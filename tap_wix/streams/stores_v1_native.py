"""Wix Stores on catalog V1, in Wix's shape (`catalog_shape: native`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_wix.removals import Owner
from tap_wix.schemas import ExtensibleSchema, Schemas, v1
from tap_wix.streams import products
from tap_wix.streams.base import WixStream
from wix_api.endpoints import stores_v1

if TYPE_CHECKING:
    from collections.abc import Iterable

_SCHEMAS = Schemas(v1)


class Collections(WixStream):
    """Collections; full-table, since they have no dates.

    Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/query-collections
    """

    name = "collections"
    schema = ExtensibleSchema(_SCHEMAS)
    of_v1 = True
    query = stores_v1.COLLECTIONS


class Products(WixStream):
    """Products with their variants, including hidden products, oldest change first.

    Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/query-products
    """

    name = "products"
    replication_key = "lastUpdated"
    schema = ExtensibleSchema(_SCHEMAS)
    of_v1 = True
    answers_on_v3 = True
    query = stores_v1.PRODUCTS


class ProductVariants(products.ProductVariants):
    """Variants of changed products, including the only variant of a product without options."""

    of_v1 = True
    parent_stream_type = Products
    schema = ExtensibleSchema(_SCHEMAS)

    @override
    def variants(self, product: dict[str, Any]) -> Iterable[dict[str, Any]]:
        return product.get("variants") or ()


class CollectionProducts(products.CollectionProducts):
    """Memberships of products in collections."""

    of_v1 = True
    parent_stream_type = Products

    @override
    def memberships(self, product: dict[str, Any]) -> Iterable[dict[str, Any]]:
        return ({"collectionId": each} for each in product.get("collectionIds") or ())


class InventoryItems(WixStream):
    """Stock of products and their variants, oldest change first.

    Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/inventory/query-inventory
    """

    name = "inventory_items"
    replication_key = "lastUpdated"
    schema = ExtensibleSchema(_SCHEMAS)
    of_v1 = True
    query = stores_v1.INVENTORY
    owner = Owner("products", ("productId",))


STREAMS = (Collections, Products, ProductVariants, CollectionProducts, InventoryItems)
