"""Wix Stores on catalog V3."""

from __future__ import annotations

from tap_wix.streams.base import WixStream
from wix_api.endpoints import stores_v3


class Collections(WixStream):
    """Categories of the store's tree, hidden ones included, oldest change first.

    Source: https://dev.wix.com/docs/rest/business-management/categories/query-categories
    """

    name = "collections"
    replication_key = "updatedDate"
    query = stores_v3.CATEGORIES


class Products(WixStream):
    """Products with their variants, oldest change first; hidden ones if the key may read them.

    Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/query-products
    """

    name = "products"
    replication_key = "updatedDate"
    query = stores_v3.PRODUCTS


STREAMS = (Collections, Products)
