"""Wix Stores, Catalog V1: products with variants, media and choices, collections, inventory."""

from __future__ import annotations

from wix_sandbox.resources.stores_v1.collections import add_to_collection, create_collection, found
from wix_sandbox.resources.stores_v1.endpoints import routes
from wix_sandbox.resources.stores_v1.inventory import set_inventory
from wix_sandbox.resources.stores_v1.media import add_media
from wix_sandbox.resources.stores_v1.products import (
    ALL_PRODUCTS,
    DEFAULT_VARIANT,
    ROWS,
    create_product,
    delete_product,
    sync_rows,
    update_product,
    update_variants,
)

__all__ = [
    "ALL_PRODUCTS",
    "DEFAULT_VARIANT",
    "ROWS",
    "add_media",
    "add_to_collection",
    "create_collection",
    "create_product",
    "delete_product",
    "found",
    "routes",
    "set_inventory",
    "sync_rows",
    "update_product",
    "update_variants",
]
