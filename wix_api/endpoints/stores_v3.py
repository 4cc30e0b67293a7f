"""Store catalog V3 and its categories.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3 and
https://dev.wix.com/docs/rest/business-management/categories
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import NamedTuple

from wix_api.counting import Count
from wix_api.languages import Cursor
from wix_api.operations import Operation
from wix_api.products import collection
from wix_api.products.rows import CHEAPEST, ProductQuery
from wix_api.query import Query

_READ = "SCOPE.STORES.PRODUCT_READ"
_writing = partial(Operation, scope="SCOPE.STORES.PRODUCT_WRITE")

PRODUCT_FIELDS = (
    "URL",
    "CURRENCY",
    "DESCRIPTION",
    "PLAIN_DESCRIPTION",
    "MEDIA_ITEMS_INFO",
    "THUMBNAIL",
    "DIRECT_CATEGORIES_INFO",
    "ALL_CATEGORIES_INFO",
    "BREADCRUMBS_INFO",
    "INFO_SECTION",
    "INFO_SECTION_DESCRIPTION",
    "INFO_SECTION_PLAIN_DESCRIPTION",
    "VARIANT_OPTION_CHOICE_NAMES",
    "SUBSCRIPTION_PRICES_INFO",
    "WEIGHT_MEASUREMENT_UNIT_INFO",
    "PRODUCT_CHOICES_MEDIA_REFERENCES",
    "PRODUCT_CHOICES_DISPLAY_IMAGE",
    "DISCOUNT_INFO",
)
"""Members that Wix leaves out unless asked. Not MERCHANT_DATA, which needs a further permission."""
MERCHANT_DATA = "MERCHANT_DATA"
"""Costs; returned only to credentials that may also see hidden products (SCOPE.STORES.PRODUCT_READ_ADMIN)."""

VARIANTS = Query(
    Operation("POST", "/stores/v3/products/query-variants", reads=True, scope=_READ),
    items="variants",
    page_size=1000,
    extra={"fields": ["CURRENCY", "SUBSCRIPTION_PRICES_INFO", "WEIGHT_MEASUREMENT_UNIT_INFO"]},
    id="variantId",
)
VARIANTS_WITH_COSTS = replace(VARIANTS, extra={"fields": [*VARIANTS.extra["fields"], MERCHANT_DATA]})
GET_PRODUCT = Operation("GET", "/stores/v3/products/{id}", scope=_READ)
_OF_VARIANTS = ("CURRENCY", "SUBSCRIPTION_PRICES_INFO", "WEIGHT_MEASUREMENT_UNIT_INFO", "VARIANT_OPTION_CHOICE_NAMES")
CHEAPEST_VARIANTS = Query(
    Operation("POST", "/stores/v3/products/query", reads=True, scope=_READ),
    items="products",
    page_size=100,
    extra={"fields": [CHEAPEST, *_OF_VARIANTS]},
)
"""Products, each with its cheapest variant."""
CHEAPEST_VARIANTS_WITH_COSTS = replace(CHEAPEST_VARIANTS, extra={"fields": [CHEAPEST, *_OF_VARIANTS, MERCHANT_DATA]})
PRODUCTS = ProductQuery(
    Operation("POST", "/stores/v3/products/query", reads=True, scope=_READ),
    items="products",
    page_size=100,
    keys=("updatedDate", "createdDate"),
    sortable=("updatedDate", "createdDate", "slug", "visible"),
    extra={"fields": list(PRODUCT_FIELDS)},
    variants=VARIANTS,
    cheapest=CHEAPEST_VARIANTS,
    one=GET_PRODUCT,
    # Hidden products are read if the key may read them; Wix does not report whether it may.
    count=Count(
        Operation("POST", "/stores/v3/products/count", reads=True, scope=_READ),
        ({"returnNonVisibleProducts": True}, {}),
    ),
)
PRODUCTS_BY_CREATION = replace(PRODUCTS, keys=("createdDate", "slug"))
"""Products in an order that does not change with the products, each of them once."""
PRODUCTS_WITH_COSTS = replace(PRODUCTS_BY_CREATION, variants=VARIANTS_WITH_COSTS, cheapest=CHEAPEST_VARIANTS_WITH_COSTS)
"""The same, with costs for credentials that may see them."""
PRODUCT_IDS = Query(PRODUCTS.operation, "products", PRODUCTS.page_size, PRODUCTS.keys, Cursor())
"""The same products, without their variants and the members that Wix leaves out by default."""
BRANDS = Query(
    Operation("POST", "/stores/v3/brands/query", reads=True, scope="SCOPE.STORES.BRAND_READ"),
    items="brands",
    page_size=300,
    keys=("updatedDate", "createdDate"),
    sortable=("createdDate", "updatedDate", "name"),
    extra={"fields": ["ASSIGNED_PRODUCTS_COUNT"]},
)
RIBBONS = Query(
    Operation("POST", "/stores/v3/ribbons/query", reads=True, scope="SCOPE.STORES.RIBBON_READ"),
    items="ribbons",
    page_size=100,
    keys=("updatedDate", "createdDate"),
    sortable=("createdDate", "updatedDate", "name"),
    extra={"fields": ["ASSIGNED_PRODUCT_COUNT"]},
)
INFO_SECTIONS = Query(
    Operation("POST", "/stores/v3/info-sections/query", reads=True, scope="SCOPE.STORES.INFO_SECTION_READ"),
    items="infoSections",
    page_size=100,
    keys=("updatedDate", "createdDate"),
    sortable=("createdDate", "updatedDate", "title", "uniqueName"),
    extra={"fields": ["ASSIGNED_PRODUCTS_COUNT"]},
)
CUSTOMIZATIONS = Query(
    Operation("POST", "/stores/v3/customizations/query", reads=True, scope="SCOPE.STORES.CUSTOMIZATION_READ"),
    items="customizations",
    page_size=100,
    keys=("updatedDate", "createdDate"),
    sortable=("createdDate", "id", "updatedDate", "name"),
)
"""Options and modifiers, which all products of the store share by name and type, with their choices."""
# Only search filters by SKU; it is served from an index that lags behind writes.
SEARCH_VARIANTS = Query(
    Operation("POST", "/stores/v3/products/search-variants", reads=True, scope=_READ),
    items="variants",
    page_size=1000,
    language=Cursor("search"),
    id="variantId",
)
PRODUCT_SEARCH = Query(
    Operation("POST", "/stores/v3/products/search", reads=True, scope=_READ),
    items="products",
    page_size=100,
    language=Cursor("search"),
    extra={"fields": [CHEAPEST]},
)
"""Products with their cheapest variant, by the SKU of that variant (`CHEAPEST_SKU`) or by name."""
CHEAPEST_SKU = "minVariantPriceInfo.sku"

CREATE_PRODUCTS = _writing("POST", "/stores/v3/bulk/products/create", repeatable=False)
CREATE_PRODUCTS_WITH_INVENTORY = _writing("POST", "/stores/v3/bulk/products-with-inventory/create", repeatable=False)
# An update contains the revision that it changes: a second one is refused.
UPDATE_PRODUCTS = _writing("POST", "/stores/v3/bulk/products/update")
UPDATE_PRODUCTS_WITH_INVENTORY = _writing("POST", "/stores/v3/bulk/products-with-inventory/update")
DELETE_PRODUCTS = _writing("POST", "/stores/v3/bulk/products/delete")
# Existing entities are found by name, so a repeated call creates nothing.
GET_OR_CREATE_BRANDS = _writing("POST", "/stores/v3/bulk/brands/get-or-create")
GET_OR_CREATE_RIBBONS = _writing("POST", "/stores/v3/bulk/ribbons/get-or-create")
UPDATE_BRANDS = _writing("POST", "/stores/v3/bulk/brands/update")
UPDATE_RIBBONS = _writing("POST", "/stores/v3/bulk/ribbons/update")
DELETE_BRANDS = _writing("POST", "/stores/v3/bulk/brands/delete")
DELETE_RIBBONS = _writing("POST", "/stores/v3/bulk/ribbons/delete")
GET_BRAND = Operation("GET", "/stores/v3/brands/{id}", scope="SCOPE.STORES.BRAND_READ")
GET_RIBBON = Operation("GET", "/stores/v3/ribbons/{id}", scope="SCOPE.STORES.RIBBON_READ")
NAMES_PER_CALL = 100
"""Also ids, and entities to update."""


class Part(NamedTuple):
    """The calls for something that products share and that has a name and nothing else: brands, ribbons."""

    query: Query
    get: Operation
    make: Operation
    update: Operation
    delete: Operation


BRAND = Part(BRANDS, GET_BRAND, GET_OR_CREATE_BRANDS, UPDATE_BRANDS, DELETE_BRANDS)
RIBBON = Part(RIBBONS, GET_RIBBON, GET_OR_CREATE_RIBBONS, UPDATE_RIBBONS, DELETE_RIBBONS)
PRODUCTS_PER_CALL = 100
HEAVIEST_CALL = (PRODUCTS_PER_CALL, 1000, 100, 100, 100)
"""Products, variants, options, modifiers and info sections that one bulk call may carry."""

STORES_TREE = collection.STORES_TREE
STORES_TREE_PARAMETER = {"treeReference.appNamespace": STORES_TREE["appNamespace"]}
"""The same, for calls without a body."""
STORES_APP_ID = collection.STORES_APP_ID

_READ_CATEGORIES = "SCOPE.CATEGORIES.CATEGORY_READ"
_writing_categories = partial(Operation, scope="SCOPE.CATEGORIES.CATEGORY_WRITE")
CATEGORIES = Query(
    Operation("POST", "/categories/v1/categories/query", reads=True, scope=_READ_CATEGORIES),
    items="categories",
    page_size=1000,
    keys=("updatedDate", "createdDate"),
    sortable=("updatedDate", "createdDate", "name", "managingAppId", "parentCategory.id", "parentCategory.index"),
    extra={
        "treeReference": STORES_TREE,
        "returnNonVisibleCategories": True,
        "fields": ["DESCRIPTION", "RICH_CONTENT_DESCRIPTION", "BREADCRUMBS_INFO"],
    },
    count=Count(
        Operation("POST", "/categories/v1/categories/count", reads=True, scope=_READ_CATEGORIES),
        ({"treeReference": STORES_TREE, "returnNonVisibleCategories": True},),
    ),
)
GET_CATEGORY = Operation("GET", "/categories/v1/categories/{id}", scope=_READ_CATEGORIES)
CREATE_CATEGORY = _writing_categories("POST", "/categories/v1/categories", repeatable=False)
UPDATE_CATEGORY = _writing_categories("PATCH", "/categories/v1/categories/{id}")
SHOW_CATEGORY = _writing_categories("PATCH", "/categories/v1/categories/visibility")
DELETE_CATEGORY = _writing_categories("DELETE", "/categories/v1/categories/{id}")
LIST_ITEMS = Operation("POST", "/categories/v1/categories/{id}/list-items", reads=True, scope=_READ_CATEGORIES)
WHOLE_CATEGORY = {name: CATEGORIES.extra[name] for name in ("treeReference", "fields")}
"""Members of a request whose answer has the same members of a category as query results."""
CATEGORIES_OF_ITEMS = Operation(
    "POST", "/categories/v1/categories/list-categories-for-items", reads=True, scope=_READ_CATEGORIES
)
ADD_ITEMS = _writing_categories("POST", "/categories/v1/bulk/categories/{id}/add-items")
REMOVE_ITEMS = _writing_categories("POST", "/categories/v1/bulk/categories/{id}/remove-items")
ITEMS_PER_CALL = 100
"""add-items accepts 1,000, but its answer reports at most 100."""
ADD_ITEM = _writing_categories("POST", "/categories/v1/bulk/categories/add-item")
REMOVE_ITEM = _writing_categories("POST", "/categories/v1/bulk/categories/remove-item")
CATEGORIES_PER_CALL = 100
"""Limit for one product."""
MOVE_CATEGORY = _writing_categories("POST", "/categories/v1/categories/{id}/move")
STOCK = Query(
    Operation("POST", "/stores/v3/inventory-items/query", reads=True, scope="SCOPE.STORES.INVENTORY_ITEM_READ"),
    items="inventoryItems",
    page_size=1000,
    keys=("updatedDate", "createdDate"),
    count=Count(
        Operation("POST", "/stores/v3/inventory-items/count", reads=True, scope="SCOPE.STORES.INVENTORY_ITEM_READ"),
    ),
    sortable=(
        "updatedDate",
        "createdDate",
        "productId",
        "quantity",
        "inStock",
        "trackQuantity",
        "availabilityStatus",
        "preorderInfo.enabled",
        "product.name",
        "product.variantName",
        "product.variantSku",
        "product.variantBarcode",
        "product.brand.id",
        "product.directCategoryIds",
    ),
)
"""Inventory items: one for each variant and location."""
_writing_stock = partial(Operation, scope="SCOPE.STORES.INVENTORY_ITEM_WRITE")
GET_STOCK = Operation("GET", "/stores/v3/inventory-items/{id}", scope="SCOPE.STORES.INVENTORY_ITEM_READ")
CREATE_STOCK = _writing_stock("POST", "/stores/v3/bulk/inventory-items/create", repeatable=False)
# An update contains the revision that it changes: a second one is refused.
UPDATE_STOCK = _writing_stock("POST", "/stores/v3/bulk/inventory-items/update")
UPSERT_STOCK = _writing_stock("POST", "/stores/v3/bulk/inventory-items/upsert")
DELETE_STOCK = _writing_stock("POST", "/stores/v3/bulk/inventory-items/delete")
ITEMS_OF_STOCK_PER_CALL = 1000
