"""The endpoints of single V3 products, of their queries, and of read-only variants."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from wix_sandbox.errors import application_error, existing
from wix_sandbox.options import StoreCatalog
from wix_sandbox.permissions import HIDDEN_PRODUCTS
from wix_sandbox.query.page import Page
from wix_sandbox.query.spec import Query
from wix_sandbox.querying import aggregation_data, count_rows, run_query
from wix_sandbox.resource import Route
from wix_sandbox.resources.stores_v3.contents import echo_plain_description
from wix_sandbox.resources.stores_v3.masks import check_mask
from wix_sandbox.resources.stores_v3.present import asked_fields, show_product, show_row
from wix_sandbox.resources.stores_v3.products import (
    PRODUCTS,
    create_product,
    delete_product,
)
from wix_sandbox.resources.stores_v3.stocking import Stocking
from wix_sandbox.resources.stores_v3.updating import update_product
from wix_sandbox.resources.stores_v3.variants import ROWS
from wix_sandbox.site import STORES_APP_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.resource import Handler
    from wix_sandbox.values import Entity

TREE = {"appNamespace": "@wix/stores"}
DATES = ("createdDate", "updatedDate")

QUERY = PRODUCTS.query or Query.declared("stores-v3/queryProducts")
SEARCH = Query.declared(
    "stores-v3/searchProducts",
    envelope="search",
    paths={"minVariantPriceInfo.sku": "variantsInfo.variants.sku"},
    text_fields=("name", "plainDescription", "variantsInfo.variants.sku", "variantsInfo.variants.barcode"),
)
COUNT = SEARCH.but(default_limit=1)
ROWS_QUERY = Query.declared("stores-v3/queryVariants", default_sort=("productData.productId", "ASC"))
ROWS_SEARCH = Query.declared(
    "stores-v3/searchVariants",
    envelope="search",
    default_sort=("productData.productId", "ASC"),
    text_fields=("productData.name", "sku", "barcode"),
)
ONLY_WITH_OPTIONS = {"optionChoices.optionChoiceIds.optionId": {"$exists": True}}


def _create(call: Call) -> Entity:
    return {"product": _written(call, create_product(call.site, call.entity("product")))}


def _get(call: Call) -> Entity:
    return _read(call, PRODUCTS.fetch(call.site, call.parameter("productId")))


def _read(call: Call, product: Entity) -> Entity:
    """Return a single product: its current state, or an earlier one if an option or a fault says so."""
    if call.stale_read_ms:
        moment = call.site.clock() - timedelta(milliseconds=call.stale_read_ms)
        product = call.site.store.table("products").as_of(moment).get(product["id"]) or product
    return {"product": show_product(call.site, product, asked_fields(call))}


def _get_by_slug(call: Call) -> Entity:
    product = existing(
        call.site.store.first("products", "slug", call.parameter("slug")), "Product", call.parameter("slug")
    )
    return _read(call, product)


def _update(call: Call) -> Entity:
    return {"product": _written(call, _updated(call))}


def _updated(call: Call, stocking: Stocking | None = None) -> Entity:
    product_id = call.parameter("productId")
    check_mask(call.body.get("fieldMask"), call.entity("product"))
    return update_product(call.site, product_id, call.entity("product"), stocking=stocking)


def _delete(call: Call) -> Entity:
    delete_product(call.site, call.parameter("productId"))
    return {}


def _create_with_inventory(call: Call) -> Entity:
    stocking = Stocking(call.faults)
    product = create_product(call.site, call.entity("product"), stocking=stocking)
    return _with_inventory(call, product, stocking)


def _update_with_inventory(call: Call) -> Entity:
    stocking = Stocking(call.faults)
    return _with_inventory(call, _updated(call, stocking), stocking)


def _with_inventory(call: Call, product: Entity, stocking: Stocking) -> Entity:
    return {"product": _written(call, product), "inventoryResults": stocking.answer(give=call.flag("returnEntity"))}


def _written(call: Call, product: Entity) -> Entity:
    """Return a product for the answer to its write."""
    return echo_plain_description(show_product(call.site, product, asked_fields(call)), call.entity("product"))


def _query(call: Call) -> Entity:
    query = QUERY
    if call.site.options.refuse_date_sort:
        query = query.but(sortable={name: by for name, by in query.sortable.items() if name not in DATES})
    return _page(call, query)


def _search(call: Call) -> Entity:
    search = SEARCH.but(fuzzy=call.site.readings["free-text-search"] == "fuzzy")
    return _page(call, search) | {"aggregationData": aggregation_data(call, "products", search)}


def _page(call: Call, query: Query) -> Entity:
    fields = asked_fields(call)
    if HIDDEN_PRODUCTS in call.site.options.denied_scopes:
        query = query.but(base_filter={"visible": True})
    page = run_query(call, "products", query)
    shown = [show_product(call.site, each, fields, listed=True) for each in page.entities]
    return Page(shown, page.metadata).answer("products", query)


def _count(call: Call) -> Entity:
    hidden = call.flag("returnNonVisibleProducts")
    if hidden and HIDDEN_PRODUCTS in call.site.options.denied_scopes:
        code = "NO_PERMISSION_TO_INCLUDE_NOT_VISIBLE_PRODUCTS"
        raise application_error(HTTPStatus.FORBIDDEN, code, "No permission to include products that are not visible")
    query = COUNT if hidden else COUNT.but(base_filter={"visible": True})
    return {"count": count_rows(call, "products", query)}


def _rows(query: Query) -> Handler:
    def handler(call: Call) -> Entity:
        left_out = call.site.readings["variants-of-simple-products"] == "left-out"
        seen = query.but(base_filter=ONLY_WITH_OPTIONS) if left_out else query
        if query is ROWS_SEARCH and call.site.readings["search-variants-by-sku"] == "refused":
            seen = seen.but(filterable={name: by for name, by in seen.filterable.items() if name != "sku"})
        page = run_query(call, ROWS, seen)
        shown = [show_row(call, each) for each in page.entities]
        answer = Page(shown, page.metadata).answer("variants", query)
        if query is ROWS_SEARCH:
            answer["aggregationData"] = aggregation_data(call, ROWS, seen)
        return answer

    return handler


def _all_products_category(call: Call) -> Entity:
    category = call.site.store.first("categories", "managingAppId", STORES_APP_ID)
    return {"categoryId": category["id"] if category else "", "treeReference": TREE}


def _version(call: Call) -> Entity:
    versions = {
        StoreCatalog.V1: "V1_CATALOG",
        StoreCatalog.V3: "V3_CATALOG",
        StoreCatalog.ABSENT: "STORES_NOT_INSTALLED",
    }
    return {"catalogVersion": versions[call.site.catalog]}


def routes() -> Iterator[Route]:
    """Return the endpoints of products and read-only variants, and of the site's catalog version."""
    special = {"create": _create, "get": _get, "update": _update, "delete": _delete, "query": _query}
    yield from replace(PRODUCTS, special=special).routes()
    stocked = "/stores/v3/products-with-inventory"
    queries = (
        ("products.search", "search", _search),
        ("products.count", "count", _count),
        ("read-only-variants.query", "query-variants", _rows(ROWS_QUERY)),
        ("read-only-variants.search", "search-variants", _rows(ROWS_SEARCH)),
    )
    for method in ("POST", "GET"):
        for operation, name, handler in queries:
            yield _route(method, f"{PRODUCTS.base}/{name}", operation, handler)
    for method, path, operation, handler in (
        ("GET", f"{PRODUCTS.base}/slug/{{slug}}", "products.get-by-slug", _get_by_slug),
        ("GET", "/stores/v3/all-products-category", "products.all-products-category", _all_products_category),
        ("POST", stocked, "products.create-with-inventory", _create_with_inventory),
        ("PATCH", f"{stocked}/{{productId}}", "products.update-with-inventory", _update_with_inventory),
    ):
        yield _route(method, path, operation, handler)
    yield Route(method="GET", path="/stores/v3/provision/version", operation="catalog.version", handler=_version)


def _route(method: str, path: str, operation: str, handler: Handler) -> Route:
    return Route(method=method, path=path, operation=operation, handler=handler, catalog=StoreCatalog.V3)
