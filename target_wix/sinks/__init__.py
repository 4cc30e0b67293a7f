"""Sinks, by Wix domain, and the one table that says which stream is written by which sink on which store catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix.sinks.collection_products_v1 import CollectionProductsV1
from target_wix.sinks.collection_products_v3 import CollectionProductsV3
from target_wix.sinks.collections_v1 import CollectionsV1
from target_wix.sinks.collections_v3 import CollectionsV3
from target_wix.sinks.contacts import Contacts
from target_wix.sinks.inventory_items_v1 import InventoryItemsV1
from target_wix.sinks.inventory_items_v3 import InventoryItemsV3
from target_wix.sinks.product_variants_v1 import ProductVariantsV1
from target_wix.sinks.product_variants_v3 import ProductVariantsV3
from target_wix.sinks.products_v1 import ProductsV1
from target_wix.sinks.products_v3 import ProductsV3
from wix_api.catalog import StoreCatalog

if TYPE_CHECKING:
    from target_wix.sinks.base import WixSink

_EVERYWHERE: dict[str, type[WixSink]] = {"contacts": Contacts}
"""What a site has with or without a store."""

SINKS_BY_CATALOG: dict[StoreCatalog, dict[str, type[WixSink]]] = {
    StoreCatalog.V1: {
        **_EVERYWHERE,
        "collections": CollectionsV1,
        "products": ProductsV1,
        "product_variants": ProductVariantsV1,
        "inventory_items": InventoryItemsV1,
        "collection_products": CollectionProductsV1,
    },
    StoreCatalog.V3: {
        **_EVERYWHERE,
        "collections": CollectionsV3,
        "products": ProductsV3,
        "product_variants": ProductVariantsV3,
        "inventory_items": InventoryItemsV3,
        "collection_products": CollectionProductsV3,
    },
    StoreCatalog.ABSENT: _EVERYWHERE,
}
"""Sinks by the names of their streams. This module is the only one that tells the store catalogs apart."""

REFUSING_TWINS = frozenset({StoreCatalog.V3, StoreCatalog.ABSENT})
"""Catalogs of which Wix refuses to make an entity a second time, by its handle or e-mail."""
