"""Wix Stores on catalog V1, in the shape in which Wix sends it."""

from __future__ import annotations

from singer_sdk import StreamSchema

from tap_wix.schemas import Schemas, v1
from tap_wix.streams.base import WixStream
from wix_api.endpoints import stores_v1

_SCHEMAS = Schemas(v1)


class Collections(WixStream):
    """Collections. Wix keeps no date of them, so each run reads them all.

    Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/query-collections
    """

    name = "collections"
    schema = StreamSchema(_SCHEMAS)
    query = stores_v1.COLLECTIONS


class Products(WixStream):
    """Products with their variants, hidden ones included, oldest change first.

    Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/query-products
    """

    name = "products"
    replication_key = "lastUpdated"
    schema = StreamSchema(_SCHEMAS)
    query = stores_v1.PRODUCTS


STREAMS = (Collections, Products)
