"""Wix Stores, Catalog V1: products with variants, media and choices, collections, inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from wix_sandbox.site import Site

__all__ = [
    "ALL_PRODUCTS",
    "DEFAULT_VARIANT",
    "add_media",
    "add_to_collection",
    "create_collection",
    "create_product",
    "delete_product",
    "found",
    "rebuild",
    "routes",
    "set_inventory",
    "sync_rows",
    "update_product",
    "update_variants",
]


def rebuild(site: Site) -> None:
    """Create the store-wide variants of products that were loaded."""
    if not site.store.count(ROWS):
        for product in site.store.all("products"):
            sync_rows(site, None, product)
