"""The endpoints of V3 products: single ones, queries, read-only variants, bulk calls and jobs by filter.

Bulk calls have a result for each item, and limits that refuse a request as a whole.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from wix_sandbox.bulk import bulk_answer, bulk_ids, by_id, each_item, job
from wix_sandbox.documented import refusal
from wix_sandbox.errors import application_error, existing, placed, rule_error
from wix_sandbox.handlers import endpoints
from wix_sandbox.options import StoreCatalog
from wix_sandbox.permissions import HIDDEN_PRODUCTS
from wix_sandbox.query.spec import Query
from wix_sandbox.querying import answer_query, count_rows
from wix_sandbox.resource import Route, merged
from wix_sandbox.resources.stores_v3.contents import check_mask, echo_plain_description
from wix_sandbox.resources.stores_v3.inventory import Stocking
from wix_sandbox.resources.stores_v3.present import asked_fields, show_product, show_row
from wix_sandbox.resources.stores_v3.products import (
    PRODUCTS,
    Adjustment,
    change_sections,
    create_product,
    delete_product,
    tagger,
    update_product,
)
from wix_sandbox.resources.stores_v3.variants import ROWS
from wix_sandbox.resources.texts import check_slug_format
from wix_sandbox.site import STORES_APP_ID
from wix_sandbox.values import without
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox.call import Call, Handler
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

    Act = Callable[[Entity], Entity | None]
    """Changes a product that a filter matches."""

TREE = {"appNamespace": "@wix/stores"}
DATES = ("createdDate", "updatedDate")

QUERY = PRODUCTS.query or Query.declared("stores-v3/queryProducts")
SEARCH = Query.declared(
    "stores-v3/searchProducts",
    envelope="search",
    paths={"minVariantPriceInfo.sku": "variantsInfo.variants.sku", "description": "plainDescription"},
    text_fields=("name", "plainDescription", "variantsInfo.variants.sku", "variantsInfo.variants.barcode"),
    aggregates=True,
)
COUNT = SEARCH.but(default_limit=1)
ROWS_QUERY = Query.declared("stores-v3/queryVariants", default_sort=("productData.productId", "ASC"))
ROWS_SEARCH = Query.declared(
    "stores-v3/searchVariants",
    envelope="search",
    default_sort=("productData.productId", "ASC"),
    text_fields=("productData.name", "sku"),
    aggregates=True,
)
ONLY_WITH_OPTIONS = {"optionChoices.optionChoiceIds.optionId": {"$exists": True}}


def _create(call: Call, stocking: Stocking | None = None) -> Entity:
    return {"product": _written(call, create_product(call.site, call.entity("product"), stocking=stocking))}


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


def _update(call: Call, stocking: Stocking | None = None) -> Entity:
    product_id = call.parameter("productId")
    check_mask(call.body.get("fieldMask"), call.entity("product"))
    return {"product": _written(call, update_product(call.site, product_id, call.entity("product"), stocking=stocking))}


def _stocked(work: Callable[[Call, Stocking], Entity], envelope: str = "") -> Handler:
    """Return the handler of a call with inventory; `envelope` has the answer of the call without, if it is nested."""

    def handler(call: Call) -> Entity:
        stocking = Stocking(call.faults)
        answer = work(call, stocking)
        stocked = {"inventoryResults": stocking.answer(give=call.flag("returnEntity"))}
        return {envelope: answer, **stocked} if envelope else answer | stocked

    return handler


def _written(call: Call, product: Entity) -> Entity:
    """Return a product for the answer to its write."""
    return echo_plain_description(show_product(call.site, product, asked_fields(call)), call.entity("product"))


def _query(call: Call) -> Entity:
    query = QUERY
    if call.site.options.refuse_date_sort:
        query = query.but(sortable=without(query.sortable, *DATES))
    return _page(call, query)


def _search(call: Call) -> Entity:
    search = SEARCH.but(fuzzy=call.site.readings["free-text-search"] == "fuzzy")
    return _page(call, search)


def _page(call: Call, query: Query) -> Entity:
    fields = asked_fields(call)
    if HIDDEN_PRODUCTS in call.site.options.denied_scopes:
        query = query.but(base_filter={"visible": True})

    def show(_call: Call, product: Entity) -> Entity:
        return show_product(call.site, product, fields, listed=True)

    return answer_query(call, "products", query, "products", show)


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
            seen = seen.but(filterable=without(seen.filterable, "sku"))
        return answer_query(call, ROWS, seen, "variants", show_row)

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


MOST_VARIANTS = 1_000
MOST_PARTS = 100
"""Maximum options, modifiers and info sections of one bulk call in total."""


def _check_bulk(products: list[Entity], *, new: bool) -> None:
    """Refuse a whole bulk request: too many entities in one call, forbidden or repeated ids."""
    for at, product in enumerate(products):
        path = f"products[{at}]" if new else f"products[{at}].product"
        if product.get("slug"):
            check_slug_format(product["slug"], path)
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
        raise refusal("TOO_MANY_OPTIONS_IN_REQUEST", f"{named['options']} options in one call, at most {MOST_PARTS}")
    for name in ("modifiers", "infoSections"):
        if named[name] > MOST_PARTS:
            raise rule_error(f"products.{name}", "", f"has size {named[name]}, expected {MOST_PARTS} or less")


def _check_repeated(ids: list[str]) -> None:
    if len(set(ids)) < len(ids):
        raise rule_error("products", "DUPLICATE_PRODUCT_IDS_REQUEST", "must not name a product twice")


def _objects(call: Call) -> list[Entity]:
    return [each if isinstance(each, dict) else {} for each in call.items("products")]


def _bulk_create(call: Call, stocking: Stocking | None = None) -> Entity:
    bodies = _objects(call)
    _check_bulk(bodies, new=True)

    def act(at: int, body: Entity) -> Entity:
        with placed("product", f"products[{at}]"):
            return create_product(call.site, body, stocking=stocking, path=f"products[{at}]")

    return _bulk(call, bodies, act)


def _bulk_update(call: Call, stocking: Stocking | None = None) -> Entity:
    entries = _objects(call)
    bodies = [each.get("product") or {} for each in entries]
    _check_bulk(bodies, new=False)

    def act(at: int, body: Entity) -> Entity:
        product_id, path = str(body.get("id")), f"products[{at}].product"
        with placed("product", path):
            check_mask(entries[at].get("fieldMask"), body)
            return update_product(call.site, product_id, body, stocking=stocking, path=path)

    return _bulk(call, bodies, act)


def _bulk(call: Call, bodies: list[Entity], act: Callable[[int, Entity], Entity], name: str = "id") -> Entity:
    """Answer a bulk call, with the products if they are asked for; `name` is the member of a body that has the id."""
    fields, give = asked_fields(call), call.flag("returnEntity")
    places = enumerate(bodies)
    results = each_item(places, lambda place: act(*place), give=give, id_of=lambda place: place[1].get(name))
    for result in results:
        if "item" in result:
            body = bodies[result["itemMetadata"]["originalIndex"]]
            result["item"] = echo_plain_description(show_product(call.site, result["item"], fields), body)
    return bulk_answer(results)


def _bulk_delete(call: Call) -> Entity:
    _check_repeated(call.items("productIds"))
    return bulk_ids("productIds", delete_product)(call)


def _attach_sections(*, add: bool) -> Handler:
    """Return the handler that adds info sections to products, or removes them."""

    def handler(call: Call) -> Entity:
        ids = call.body["infoSectionIds"]

        def act(at: int, entry: Entity) -> Entity:
            product = PRODUCTS.fetch(call.site, str(entry.get("productId")))
            PRODUCTS.check_revision(product, entry, f"products[{at}]")
            return change_sections(call.site, product, ids, add=add)

        return _bulk(call, _objects(call), act, "productId")

    return handler


def _update_tags(call: Call) -> Entity:
    tag = tagger(call.site, call.body)

    def act(site: Site, product_id: str) -> None:
        tag(PRODUCTS.fetch(site, product_id))  # this call cannot ask for the products

    return bulk_ids("productIds", act)(call)


NOT_BY_FILTER = ("slug", "options", "modifiers", "variantsInfo")
"""https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/bulk-update-products-by-filter"""
OF_VARIANTS = frozenset({"visible", "price", "revenueDetails", "physicalProperties"})
"""Members that update-variants-by-filter changes; its page names only these."""


def _change(call: Call, product: Entity, members: Entity) -> None:
    if "variantsInfo" in members:
        members["visible"] = product["visible"]
    update_product(call.site, product["id"], {**members, "revision": product["revision"]})


def _updating(call: Call) -> Act:
    body = call.entity("product")
    refused = [name for name in NOT_BY_FILTER if name in body]
    if refused:
        raise refusal("FIELD_MASK_VALUE_NOT_SUPPORTED", f"{', '.join(refused)} cannot be updated by filter")
    clean("product_v3", body, "product")
    return lambda product: _change(call, product, body)


def _attaching(call: Call, *, add: bool) -> Act:
    return lambda product: change_sections(call.site, product, call.body["infoSectionIds"], add=add)


def _updating_variants(call: Call) -> Act:
    """Change variants. Choice: the filter selects products, and all of their variants change."""
    sent = call.entity("variant")
    refused = sorted(set(sent) - OF_VARIANTS)
    if refused:
        raise refusal("FIELD_MASK_VALUE_NOT_SUPPORTED", f"{', '.join(refused)} cannot be updated by filter")
    if not sent:
        raise rule_error("variant", "EMPTY_FIELD_MASK", "must name a member to change")
    clean("product_v3.variantsInfo.variants", sent, "variant")
    if "price" in sent and not ((sent["price"] or {}).get("actualPrice") or {"amount": "0"}).get("amount"):
        raise rule_error("variant.price.actualPrice", "CANNOT_REMOVE_VARIANT_ACTUAL_PRICE", "must not be removed")

    def act(product: Entity) -> None:
        variants = [merged(each, sent) for each in product["variantsInfo"]["variants"]]
        _change(call, product, {"options": product.get("options", []), "variantsInfo": {"variants": variants}})

    return act


def _adjusting_variants(call: Call) -> Act:
    adjustment = Adjustment.read(call.body)

    def act(product: Entity) -> None:
        for variant in product["variantsInfo"]["variants"]:
            adjustment.apply(variant)
        members = {"options": product.get("options", []), "variantsInfo": product["variantsInfo"]}
        _change(call, product, members)

    return act


_BULK = "/stores/v3/bulk/products"
_STOCKED = "/stores/v3/products-with-inventory"
_CREATE_MANY, _UPDATE_MANY = (_stocked(work, "productResults") for work in (_bulk_create, _bulk_update))
_ENDPOINTS = endpoints(
    ("POST GET", f"{PRODUCTS.base}/search", "products.search", _search),
    ("POST GET", f"{PRODUCTS.base}/count", "products.count", _count),
    ("POST GET", f"{PRODUCTS.base}/query-variants", "read-only-variants.query", _rows(ROWS_QUERY)),
    ("POST GET", f"{PRODUCTS.base}/search-variants", "read-only-variants.search", _rows(ROWS_SEARCH)),
    ("GET", f"{PRODUCTS.base}/slug/{{slug}}", "products.get-by-slug", _get_by_slug),
    ("GET", "/stores/v3/all-products-category", "products.all-products-category", _all_products_category),
    ("POST", _STOCKED, "products.create-with-inventory", _stocked(_create)),
    ("PATCH", f"{_STOCKED}/{{productId}}", "products.update-with-inventory", _stocked(_update)),
    ("POST", f"{_BULK}/create", "products.bulk-create", _bulk_create),
    ("POST", f"{_BULK}/update", "products.bulk-update", _bulk_update),
    ("POST", f"{_BULK}/delete", "products.bulk-delete", _bulk_delete),
    ("POST", f"{_BULK}-with-inventory/create", "products.bulk-create-with-inventory", _CREATE_MANY),
    ("POST", f"{_BULK}-with-inventory/update", "products.bulk-update-with-inventory", _UPDATE_MANY),
    ("POST", f"{_BULK}/add-info-sections", "products.bulk-add-info-sections", _attach_sections(add=True)),
    ("POST", f"{_BULK}/remove-info-sections", "products.bulk-remove-info-sections", _attach_sections(add=False)),
    ("POST", f"{_BULK}/update-tags", "products.bulk-update-tags", _update_tags),
    catalog=StoreCatalog.V3,
)
_BY_FILTER: dict[str, Callable[[Call], Act]] = {
    "delete": by_id(delete_product),
    "update": _updating,
    "add-info-sections": partial(_attaching, add=True),
    "remove-info-sections": partial(_attaching, add=False),
    "update-tags": lambda call: tagger(call.site, call.body),
    "update-variants": _updating_variants,
    "adjust-variants": _adjusting_variants,
}
"""Calls that act on every product that a filter matches."""


_SPECIAL = {"create": _create, "get": _get, "update": _update, "query": _query}
ROUTES = (
    *replace(PRODUCTS, special=_SPECIAL, deletes=delete_product).routes(),
    *_ENDPOINTS,
    *endpoints(
        *(
            ("POST", f"{_BULK}/{verb}-by-filter", f"products.bulk-{verb}-by-filter", job("products", SEARCH, change))
            for verb, change in _BY_FILTER.items()
        ),
        catalog=StoreCatalog.V3,
    ),
    Route("GET", "/stores/v3/provision/version", "catalog.version", _version),
)
"""The endpoints of products and read-only variants, and of the site's catalog version."""
