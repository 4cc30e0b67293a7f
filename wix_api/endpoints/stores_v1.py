"""Store catalog V1.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from wix_api.counting import TOTAL_RESULTS, total_of_query
from wix_api.languages import JsonTextOffset
from wix_api.operations import Operation
from wix_api.products import collection
from wix_api.products.inventory import lift_inventory
from wix_api.products.lifted import LiftedQuery
from wix_api.products.product import lift
from wix_api.query import Query

_READ = "SCOPE.DC-STORES.READ-PRODUCTS"
_writing = partial(Operation, scope="SCOPE.DC-STORES.MANAGE-PRODUCTS")
_total_of = partial(total_of_query, has_text_filter=True)

# Both need the permission to manage products: see `wix_api.wishes`.
_HIDDEN = {"includeHiddenProducts": True}
COSTS = "includeMerchantSpecificData"

# numericId is unique on a site and follows creation: ties of `lastUpdated` are read by it, past the 10,000 rows
# that an offset may reach.
_QUERY_PRODUCTS = Operation("POST", "/stores-reader/v1/products/query", reads=True, scope=_READ)
PRODUCTS = Query(
    _QUERY_PRODUCTS,
    count=_total_of(_QUERY_PRODUCTS, *TOTAL_RESULTS, flags=_HIDDEN),
    items="products",
    page_size=100,
    keys=("lastUpdated", "numericId"),
    language=JsonTextOffset(),
    sortable=("lastUpdated", "createdDate", "numericId", "id", "name", "sku", "slug", "price", "productType"),
    one_of="$hasSome",
    extra={"includeVariants": True, **_HIDDEN},
)
PRODUCT_IDS = replace(PRODUCTS, extra=_HIDDEN)
"""The same products, without their variants."""
_QUERY_COLLECTIONS = Operation(
    "POST",
    "/stores-reader/v1/collections/query",
    reads=True,
    scope=_READ,
    elsewhere="/stores/v1/collections/query",
)
COLLECTIONS = Query(
    _QUERY_COLLECTIONS,
    count=_total_of(_QUERY_COLLECTIONS, *TOTAL_RESULTS),
    items="collections",
    page_size=100,
    keys=("id",),
    language=JsonTextOffset(),
    sortable=("id", "name"),
    extra={"includeNumberOfProducts": True, "includeDescription": True},
)
_QUERY_INVENTORY = Operation("POST", "/stores-reader/v2/inventoryItems/query", reads=True, scope=_READ)
INVENTORY = Query(
    _QUERY_INVENTORY,
    count=_total_of(_QUERY_INVENTORY, *TOTAL_RESULTS),
    items="inventoryItems",
    page_size=100,
    keys=("lastUpdated", "numericId"),
    language=JsonTextOffset(),
    sortable=("lastUpdated", "numericId"),
    one_of="$hasSome",
)
PRODUCTS_LIFTED = LiftedQuery.of(PRODUCTS, lambda row: [lift(row)])
# numericId follows creation; Wix's documentation and its client disagree whether createdDate can be sorted by.
PRODUCTS_BY_CREATION = replace(PRODUCTS_LIFTED, keys=("numericId",))
"""Products in an order that does not change with the products, each of them once."""
PRODUCTS_WITH_COSTS = replace(PRODUCTS_BY_CREATION, extra={**PRODUCTS.extra, COSTS: True})
"""The same, with costs for credentials that may see them."""
COLLECTIONS_LIFTED = LiftedQuery.of(COLLECTIONS, lambda row: [collection.lift_collection(row)])
STOCK_LIFTED = LiftedQuery.of(INVENTORY, lift_inventory)

ALL_PRODUCTS_COLLECTION = collection.ALL_PRODUCTS

GET_PRODUCT = Operation("GET", "/stores-reader/v1/products/{id}", scope=_READ)
CREATE_PRODUCT = _writing("POST", "/stores/v1/products", repeatable=False)
UPDATE_PRODUCT = _writing("PATCH", "/stores/v1/products/{id}")
DELETE_PRODUCT = _writing("DELETE", "/stores/v1/products/{id}")

GET_COLLECTION = Operation("GET", "/stores-reader/v1/collections/{id}", scope=_READ)
CREATE_COLLECTION = _writing("POST", "/stores/v1/collections", repeatable=False)
UPDATE_COLLECTION = _writing("PATCH", "/stores/v1/collections/{id}")
DELETE_COLLECTION = _writing("DELETE", "/stores/v1/collections/{id}")

ADD_TO_COLLECTION = _writing("POST", "/stores/v1/collections/{id}/productIds")
REMOVE_FROM_COLLECTION = _writing("POST", "/stores/v1/collections/{id}/productIds/delete")
PRODUCTS_PER_MEMBERSHIP_CALL = 1000
UPDATE_VARIANTS = _writing("PATCH", "/stores/v1/products/{id}/variants")
ADD_MEDIA = _writing("POST", "/stores/v1/products/{id}/media", repeatable=False)
REMOVE_MEDIA = _writing("POST", "/stores/v1/products/{id}/media/delete")
"""Removes pictures by their ids; an empty list would remove all of them."""
SHOW_FOR_CHOICES = _writing("PATCH", "/stores/v1/products/{id}/choices/media", repeatable=False)
CHOICES_PER_CALL = 10
GET_INVENTORY = Operation(
    "POST",
    "/stores-reader/v2/inventoryItems/product/{id}/getVariants",
    reads=True,
    scope=_READ,
    elsewhere="/stores/v2/inventoryItems/product/{id}/getVariants",
)
UPDATE_INVENTORY = _writing("PATCH", "/stores/v2/inventoryItems/product/{id}")
REMOVE_BRAND = _writing("POST", "/stores/v1/products/{id}/remove-brand")
MEDIA_PER_CALL = 50
