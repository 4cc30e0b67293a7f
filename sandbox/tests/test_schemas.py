from __future__ import annotations

import pytest

from sandbox_support.api import TREE
from sandbox_support.schemas import complaints

PRODUCT_FIELDS = [
    *("URL", "CURRENCY", "DESCRIPTION", "PLAIN_DESCRIPTION", "MEDIA_ITEMS_INFO", "THUMBNAIL", "BREADCRUMBS_INFO"),
    *("DIRECT_CATEGORIES_INFO", "ALL_CATEGORIES_INFO", "INFO_SECTION", "INFO_SECTION_DESCRIPTION"),
    *("INFO_SECTION_PLAIN_DESCRIPTION", "MERCHANT_DATA", "VARIANT_OPTION_CHOICE_NAMES", "DISCOUNT_INFO"),
    "WEIGHT_MEASUREMENT_UNIT_INFO",
]
VARIANT_FIELDS = ["CURRENCY", "MERCHANT_DATA", "WEIGHT_MEASUREMENT_UNIT_INFO"]
V3_QUERIES = [
    ("product_v3", "/stores/v3/products/query", "products", {}),
    ("product_v3", "/stores/v3/products/query", "products", {"fields": [*PRODUCT_FIELDS, "MIN_PRICE_VARIANT"]}),
    ("read_only_variant_v3", "/stores/v3/products/query-variants", "variants", {"fields": VARIANT_FIELDS}),
    ("inventory_item_v3", "/stores/v3/inventory-items/query", "inventoryItems", {}),
    ("brand_v3", "/stores/v3/brands/query", "brands", {}),
    ("ribbon_v3", "/stores/v3/ribbons/query", "ribbons", {}),
    ("info_section_v3", "/stores/v3/info-sections/query", "infoSections", {}),
    (
        "category",
        "/categories/v1/categories/query",
        "categories",
        {**TREE, "returnNonVisibleCategories": True, "fields": ["DESCRIPTION", "BREADCRUMBS_INFO"]},
    ),
]
V1_QUERIES = [
    (
        "product_v1",
        "/stores/v1/products/query",
        "products",
        {"includeVariants": True, "includeHiddenProducts": True, "includeMerchantSpecificData": True},
    ),
    (
        "collection_v1",
        "/stores/v1/collections/query",
        "collections",
        {"includeNumberOfProducts": True, "includeDescription": True},
    ),
    ("inventory_item_v1", "/stores/v2/inventoryItems/query", "inventoryItems", {}),
    ("store_variant_v1", "/stores/v1/variants/query", "variants", {"query": {}}),
]


STORED = [
    ("abandoned_checkout", "abandoned_checkouts"),
    ("cart", "carts"),
    ("form_submission", "form_submissions"),
    ("inbox_conversation", "inbox_conversations"),
    ("inbox_message", "inbox_messages"),
    ("member", "members"),
    ("note", "notes"),
    ("order_invoices", "invoices"),
    ("task", "tasks"),
]


@pytest.mark.parametrize(("schema", "kind"), STORED)
def test_rows_outside_the_catalog_follow_the_schemas(v3_shop, schema, kind):
    entities = list(v3_shop.site.store.all(kind))
    assert entities
    assert complaints(schema, entities) == []


@pytest.mark.parametrize("kind", ["carts", "checkouts"])
def test_carts_of_v2_follow_the_schema(v3_shop, kind):
    answers = [v3_shop.ok("GET", f"/ecom/v2/carts/{each}") for each in v3_shop.site.store.ids(kind)]
    assert complaints("cart_v2", [each["cart"] for each in answers]) == []


@pytest.mark.parametrize(("schema", "path", "items", "body"), V3_QUERIES)
def test_what_catalog_v3_answers_follows_the_schemas(v3_shop, schema, path, items, body):
    entities = v3_shop.ok("POST", path, body)[items]
    assert entities
    assert complaints(schema, entities) == []


@pytest.mark.parametrize(("schema", "path", "items", "body"), V1_QUERIES)
def test_what_catalog_v1_answers_follows_the_schemas(v1_shop, schema, path, items, body):
    entities = v1_shop.ok("POST", path, body)[items]
    assert entities
    assert complaints(schema, entities) == []


def test_a_single_v3_product_with_its_variants_follows_the_schema(v3_shop):
    fields = "&".join(f"fields={each}" for each in PRODUCT_FIELDS)
    for product_id in v3_shop.site.ids("products"):
        product = v3_shop.ok("GET", f"/stores/v3/products/{product_id}?{fields}")["product"]
        assert product["variantsInfo"]["variants"]
        assert complaints("product_v3", [product]) == []


def test_a_single_v1_product_follows_the_schema(v1_shop):
    for product_id in v1_shop.site.ids("products"):
        product = v1_shop.ok("GET", f"/stores/v1/products/{product_id}")["product"]
        assert complaints("product_v1", [product]) == []
