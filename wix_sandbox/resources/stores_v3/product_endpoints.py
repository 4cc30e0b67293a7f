"""The endpoints of V3 products, one at a time and in bulk, and of read-only variants."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk_answer, each_item
from wix_sandbox.errors import WixError, not_found, rule_error
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.engine import Page
from wix_sandbox.query.spec import Query
from wix_sandbox.reading import count_rows, run_query
from wix_sandbox.resource import Route
from wix_sandbox.resources.stores_v3.present import asked_fields, show_product, show_row
from wix_sandbox.resources.stores_v3.products import (
    PRODUCTS,
    create_product,
    delete_product,
    inventory_results,
    update_product,
)
from wix_sandbox.resources.stores_v3.refusals import refusal
from wix_sandbox.resources.stores_v3.variants import ROWS
from wix_sandbox.schema import clean
from wix_sandbox.site import STORES_APP_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.resource import Handler
    from wix_sandbox.values import Entity

BULK = (1, 100)
MOST_VARIANTS = 1_000
MOST_PARTS = 100
"""Options, modifiers and info sections that one bulk call may name in total."""
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


def _create(call: Call) -> Entity:
    product = create_product(call.site, call.entity("product"))
    return {"product": show_product(call.site, product, asked_fields(call))}


def _get(call: Call) -> Entity:
    product = PRODUCTS.fetch(call.site, call.parameter("productId"))
    return {"product": show_product(call.site, product, asked_fields(call))}


def _get_by_slug(call: Call) -> Entity:
    product = call.site.store.first("products", "slug", call.parameter("slug"))
    if product is None:
        raise not_found("Product", call.parameter("slug"))
    return {"product": show_product(call.site, product, asked_fields(call))}


def _update(call: Call) -> Entity:
    product = _updated(call, with_inventory=False)
    return {"product": show_product(call.site, product, asked_fields(call))}


def _updated(call: Call, *, with_inventory: bool) -> Entity:
    product_id = call.parameter("productId")
    if "steal_revision" in call.faults and product_id in call.site.store.table("products"):
        PRODUCTS.touch(call.site, product_id)
    return update_product(call.site, product_id, call.entity("product"), with_inventory=with_inventory)


def _delete(call: Call) -> Entity:
    delete_product(call.site, call.parameter("productId"))
    return {}


def _create_with_inventory(call: Call) -> Entity:
    product = create_product(call.site, call.entity("product"), with_inventory=True)
    return _with_inventory(call, product)


def _update_with_inventory(call: Call) -> Entity:
    return _with_inventory(call, _updated(call, with_inventory=True))


def _with_inventory(call: Call, product: Entity) -> Entity:
    results = inventory_results(call.site, product, give=call.flag("returnEntity"))
    shown = show_product(call.site, product, asked_fields(call))
    return {"product": shown, "inventoryResults": bulk_answer(results)}


def _query(call: Call) -> Entity:
    query = QUERY
    if call.site.options.refuse_date_sort:
        query = query.but(sortable={name: by for name, by in query.sortable.items() if name not in DATES})
    return _page(call, query)


def _search(call: Call) -> Entity:
    return _page(call, SEARCH) | {"aggregationData": {"results": []}}


def _page(call: Call, query: Query) -> Entity:
    refuse_aggregations(call)
    fields = asked_fields(call)
    page = run_query(call, "products", query)
    shown = [show_product(call.site, each, fields, listed=True) for each in page.entities]
    return Page(shown, page.metadata).answer("products", query)


def refuse_aggregations(call: Call) -> None:
    """Aggregations of search are not imitated, and are refused instead of ignored.

    Raises:
        WixError: 501 when a search asks for some.
    """
    if (call.body.get("search") or {}).get("aggregations"):
        message = "the sandbox does not compute aggregations"
        raise WixError(HTTPStatus.NOT_IMPLEMENTED, message)


def _count(call: Call) -> Entity:
    query = COUNT if call.flag("returnNonVisibleProducts") else COUNT.but(base_filter={"visible": True})
    return {"count": count_rows(call, "products", query)}


def _rows(query: Query) -> Handler:
    def handler(call: Call) -> Entity:
        refuse_aggregations(call)
        page = run_query(call, ROWS, query)
        shown = [show_row(call, each) for each in page.entities]
        return Page(shown, page.metadata).answer("variants", query)

    return handler


def _all_products_category(call: Call) -> Entity:
    category = call.site.store.first("categories", "managingAppId", STORES_APP_ID)
    return {"categoryId": category["id"] if category else "", "treeReference": TREE}


def _check_bulk(products: list[Entity], *, new: bool) -> None:
    """Refuse a whole bulk request: too much in one call, forbidden or repeated ids, bodies against the schema."""
    for at, product in enumerate(products):
        path = f"products[{at}]" if new else f"products[{at}].product"
        clean("product_v3", product, path, keep=PRODUCTS.keep)
        if new and product.get("id"):
            raise rule_error(f"{path}.id", "ID_NOT_ALLOWED_IN_REQUEST", "must not be set")
    _check_totals(products)
    if not new:
        _check_repeated([str(each.get("id")) for each in products])


def _check_totals(products: list[Entity]) -> None:
    parts = ("options", "modifiers", "infoSections")
    named = {name: sum(len(each.get(name) or []) for each in products) for name in parts}
    named["variants"] = sum(len((each.get("variantsInfo") or {}).get("variants") or []) for each in products)
    if named["variants"] > MOST_VARIANTS:
        raise refusal("TOO_MANY_VARIANTS", f"{named['variants']} variants in one call, at most {MOST_VARIANTS}")
    if named["options"] > MOST_PARTS:
        text = f"{named['options']} options in one call, at most {MOST_PARTS}"
        raise refusal("TOO_MANY_OPTIONS_IN_REQUEST", text)
    for name in ("modifiers", "infoSections"):
        if named[name] > MOST_PARTS:
            raise rule_error(f"products.{name}", "", f"has size {named[name]}, expected {MOST_PARTS} or less")


def _check_repeated(ids: list[str]) -> None:
    if len(set(ids)) < len(ids):
        raise rule_error("products", "DUPLICATE_PRODUCT_IDS_REQUEST", "must not name a product twice")


def _objects(call: Call) -> list[Entity]:
    return [each if isinstance(each, dict) else {} for each in call.items("products", *BULK)]


def _bulk_create(call: Call, *, with_inventory: bool) -> list[tuple[dict[str, Any], Entity | None]]:
    bodies = _objects(call)
    _check_bulk(bodies, new=True)

    def act(at: int, body: Entity) -> Entity:
        return create_product(call.site, body, with_inventory=with_inventory, path=f"products[{at}]")

    return _bulk(call, bodies, act)


def _bulk_update(call: Call, *, with_inventory: bool) -> list[tuple[dict[str, Any], Entity | None]]:
    bodies = [each.get("product") or {} for each in _objects(call)]
    _check_bulk(bodies, new=False)

    def act(at: int, body: Entity) -> Entity:
        product_id, path = str(body.get("id")), f"products[{at}].product"
        if "steal_revision" in call.faults and product_id in call.site.store.table("products"):
            PRODUCTS.touch(call.site, product_id)
        return update_product(call.site, product_id, body, with_inventory=with_inventory, path=path)

    return _bulk(call, bodies, act)


def _bulk(
    call: Call, bodies: list[Entity], act: Callable[[int, Entity], Entity]
) -> list[tuple[dict[str, Any], Entity | None]]:
    """Per-item results, each with the product as stored where it worked."""
    fields, give = asked_fields(call), call.flag("returnEntity")
    answered = []
    for result in each_item(bodies, act, give=True):
        product = result.pop("item", None)
        if give and product is not None:
            result["item"] = show_product(call.site, product, fields)
        answered.append((result, product))
    return answered


def _plain_bulk(work: Callable[..., list[tuple[dict[str, Any], Entity | None]]]) -> Handler:
    return lambda call: bulk_answer(result for result, _ in work(call, with_inventory=False))


def _stocked_bulk(work: Callable[..., list[tuple[dict[str, Any], Entity | None]]]) -> Handler:
    def handler(call: Call) -> Entity:
        answered = work(call, with_inventory=True)
        give, items = call.flag("returnEntity"), []
        for _, product in answered:
            items += inventory_results(call.site, product, give=give) if product else []
        for at, result in enumerate(items):
            result["itemMetadata"]["originalIndex"] = at
        products = bulk_answer(result for result, _ in answered)
        return {"productResults": products, "inventoryResults": bulk_answer(items)}

    return handler


def _bulk_delete(call: Call) -> Entity:
    ids = call.items("productIds", *BULK)
    _check_repeated(ids)

    def act(_at: int, product_id: str) -> None:
        delete_product(call.site, product_id)

    return bulk_answer(each_item(ids, act))


def _version(call: Call) -> Entity:
    versions = {
        StoreCatalog.V1: "V1_CATALOG",
        StoreCatalog.V3: "V3_CATALOG",
        StoreCatalog.ABSENT: "STORES_NOT_INSTALLED",
    }
    return {"catalogVersion": versions[call.site.catalog]}


def routes() -> Iterator[Route]:
    """The endpoints of products and read-only variants, and the question for the site's catalog."""
    special = {"create": _create, "get": _get, "update": _update, "delete": _delete, "query": _query}
    yield from replace(PRODUCTS, special=special).routes()
    stocked, bulk = "/stores/v3/products-with-inventory", "/stores/v3/bulk/products"
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
        ("POST", f"{bulk}/create", "products.bulk-create", _plain_bulk(_bulk_create)),
        ("POST", f"{bulk}/update", "products.bulk-update", _plain_bulk(_bulk_update)),
        ("POST", f"{bulk}/delete", "products.bulk-delete", _bulk_delete),
        ("POST", f"{bulk}-with-inventory/create", "products.bulk-create-with-inventory", _stocked_bulk(_bulk_create)),
        ("POST", f"{bulk}-with-inventory/update", "products.bulk-update-with-inventory", _stocked_bulk(_bulk_update)),
    ):
        yield _route(method, path, operation, handler)
    yield Route(method="GET", path="/stores/v3/provision/version", operation="catalog.version", handler=_version)


def _route(method: str, path: str, operation: str, handler: Handler) -> Route:
    return Route(method=method, path=path, operation=operation, handler=handler, catalog=StoreCatalog.V3)
