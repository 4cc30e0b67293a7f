"""Sinks, by Wix domain, and the one table that says which stream is written by which sink on which store catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix.sinks.collection_products_v1 import CollectionProductsV1
from target_wix.sinks.collection_products_v3 import CollectionProductsV3
from target_wix.sinks.collections_v1 import CollectionsV1
from target_wix.sinks.collections_v3 import CollectionsV3
from target_wix.sinks.products_v1 import ProductsV1
from target_wix.sinks.products_v3 import ProductsV3
from wix_api.catalog import StoreCatalog

if TYPE_CHECKING:
    from target_wix.sinks.base import WixSink

SINKS_BY_CATALOG: dict[StoreCatalog, dict[str, type[WixSink]]] = {
    StoreCatalog.V1: {
        "collections": CollectionsV1,
        "products": ProductsV1,
        "collection_products": CollectionProductsV1,
    },
    StoreCatalog.V3: {
        "collections": CollectionsV3,
        "products": ProductsV3,
        "collection_products": CollectionProductsV3,
    },
    StoreCatalog.ABSENT: {},
}
"""The only place that tells the store catalogs apart."""
