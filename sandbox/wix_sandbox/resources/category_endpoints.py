"""The endpoints of the Categories API. Every call names the tree at the top level of its body."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk, bulk_answer, each_item, run_job
from wix_sandbox.documented import refusal
from wix_sandbox.errors import check_revision, error_404, not_found
from wix_sandbox.handlers import endpoints
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
from wix_sandbox.querying import answer_query, count_rows, matching_rows, run_query
from wix_sandbox.resource import Resource, Route
from wix_sandbox.resources import categories
from wix_sandbox.resources.categories import TREE
from wix_sandbox.resources.stores_v3.present import asked_of, breadcrumbs
from wix_sandbox.resources.stores_v3.product_endpoints import SEARCH as PRODUCT_SEARCH
from wix_sandbox.site import STORES_APP_ID
from wix_sandbox.values import without

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox.call import Call, Handler
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

BULK = "/categories/v1/bulk/categories"
ON_DEMAND = {
    "description": "DESCRIPTION",
    "richContentDescription": "RICH_CONTENT_DESCRIPTION",
    "breadcrumbsInfo": "BREADCRUMBS_INFO",
}
QUERY = Query.declared("categories/queryCategories", default_limit=100)
SEARCH = Query.declared(
    "categories/searchCategories",
    default_limit=100,
    envelope="search",
    text_fields=("name", "description"),
    aggregates=True,
)


def show(call: Call, category: Entity) -> Entity:
    """Return a category with the members that `fields` requests."""
    fields = call.names("fields")
    shown = asked_of(category, ON_DEMAND, fields)
    shown["itemCounter"] = categories.count_items(call.site, category)
    if "BREADCRUMBS_INFO" in fields:
        shown["breadcrumbsInfo"] = breadcrumbs(call.site, category["parentCategory"].get("id"))
    return shown


def _visibility(call: Call) -> Entity:
    category = categories.fetch(call.site, str(call.body.get("categoryId")))
    check_revision(category, call.body["revision"])
    return {"category": show(call, categories.show(call.site, category["id"], visible=call.flag("visible")))}


def _move(call: Call) -> Entity:
    parent_id, after = call.body.get("parentCategoryId"), call.body.get("moveAfterCategoryId")
    order = categories.move(call.site, call.parameter("categoryId"), parent_id, call.body["position"], after)
    # The root has no id, and unset members are left out.
    return ({"parentCategoryId": parent_id} if parent_id else {}) | {"categoriesAfterMove": order}


def _visible_only(call: Call, query: Query) -> Query:
    return query if call.flag("returnNonVisibleCategories") else query.but(base_filter={"visible": True})


def _found(query: Query) -> Handler:
    return lambda call: answer_query(call, categories.KIND, _visible_only(call, query), "categories", show)


def _count(call: Call) -> Entity:
    return {"count": count_rows(call, categories.KIND, _visible_only(call, SEARCH))}


def _show_one(call: Call, category_id: str, _path: str) -> Entity:
    return show(call, categories.show(call.site, category_id, visible=True))


CATEGORIES = Resource(
    name="categories",
    base="/categories/v1/categories",
    item="category",
    parameter="categoryId",
    catalog=StoreCatalog.V3,
    creates=categories.create,
    updates=categories.update,
    deletes=categories.delete,
    present=show,
    special={"query": _found(QUERY)},
)
BASE, ONE = CATEGORIES.base, CATEGORIES.one


NEWEST_FIRST = ("number", "DESC")
PLACES_QUERY = Query(
    sortable={"rank": frozenset({"DESC"}), "number": frozenset({"DESC"})},
    envelope="places",
    max_limit=1_000,
    default_sort=NEWEST_FIRST,
)
EVERYTHING_QUERY = PLACES_QUERY.but(default_sort=("createdDate", "DESC"))
ARRANGED_FIRST = [{"fieldName": name, "order": "DESC"} for name in ("rank", "number")]
"""Arranged items in their order, then the others, newest first."""
PRODUCTS = "/stores/v3/bulk/products"
LISTED = 100
"""Maximum items of a page of list-items, whatever limit is requested."""


def _reference(product_id: str) -> Entity:
    return {"catalogItemId": product_id, "appId": STORES_APP_ID}


def _list_items(call: Call) -> Entity:
    category = categories.fetch(call.site, call.parameter("categoryId"))
    paging = dict(call.body.get("cursorPaging") or {})
    if str(paging.get("limit")).isdecimal():
        paging["limit"] = min(int(paging["limit"]), LISTED)
    places: Entity = {"cursorPaging": paging}
    call.body["places"] = places
    if category.get("managingAppId") == STORES_APP_ID:
        page, member = run_query(call, "products", EVERYTHING_QUERY), "id"
    else:
        ids = [category["id"]]
        if call.flag("includeItemsFromSubcategories"):
            ids = _below(call, category["id"])
        query = PLACES_QUERY.but(base_filter={"categoryId": {"$in": ids}})
        if call.flag("useCategoryArrangement") and not paging.get("cursor"):
            places["sort"] = ARRANGED_FIRST
        page, member = run_query(call, categories.PLACES, query), "catalogItemId"
    shown = [_reference(each) for each in dict.fromkeys(row[member] for row in page.entities)]
    metadata = {"count": len(shown), "cursors": page.metadata["cursors"]}
    return {"items": shown, "pagingMetadata": metadata}


def _below(call: Call, category_id: str) -> list[str]:
    found = [category_id]
    for child in categories.children(call.site, category_id):
        found += _below(call, child["id"])
    return found


def _list_for_item(call: Call) -> Entity:
    direct = categories.direct_ids(call.site, str(call.entity("item").get("catalogItemId")))
    return {"directCategoryIds": direct, "allCategoryIds": categories.all_ids(call.site, direct)}


def _list_for_items(call: Call) -> Entity:
    listed = []
    for item in call.sized("items", 1, 100):
        direct = categories.direct_ids(call.site, str(item.get("catalogItemId")))
        above = [each for each in categories.all_ids(call.site, direct) if each not in direct]
        listed.append({"item": item, "directCategoryIds": direct, "indirectCategoryIds": above})
    return {"categoriesForItems": listed}


def _arranged(call: Call) -> Entity:
    category_id = categories.fetch(call.site, call.parameter("categoryId"))["id"]
    return {"items": list(map(_reference, categories.arranged(call.site, category_id)))}


def _set_arranged(call: Call) -> Entity:
    category_id = categories.fetch(call.site, call.parameter("categoryId"))["id"]
    ids = [str(each.get("catalogItemId")) for each in call.body.get("items") or ()]
    for product_id in ids:
        if category_id not in categories.direct_ids(call.site, product_id):
            raise refusal("ITEM_NOT_IN_CATEGORY", f"item {product_id} is not in category {category_id}")
    call.site.store.table("arranged_items").put({"id": category_id, "productIds": ids})
    categories.rank(call.site, category_id, ids)
    categories.count_write(call.site)
    return _arranged(call)


def _items_of_one(act: Any) -> Handler:
    """Add or remove many items of one category."""

    def handler(call: Call) -> Entity:
        category = categories.fetch(call.site, call.parameter("categoryId"))
        categories.refuse_managed(category)

        def change(item: Entity) -> None:
            act(call.site, category["id"], str(item.get("catalogItemId")))

        items = call.items("items")
        results = each_item(items, change, id_of=lambda _item: None)
        for item, result in zip(items, results, strict=True):
            result["itemMetadata"] = {"item": item, **without(result["itemMetadata"], "id")}
        categories.count_write(call.site)
        return bulk_answer(results)

    return handler


def _categories_of_one(act: Any) -> Handler:
    """Add one item to many categories, or remove it from them."""

    def handler(call: Call) -> Entity:
        product_id = str(call.entity("item").get("catalogItemId"))

        def change(category_id: str) -> None:
            categories.refuse_managed(categories.fetch(call.site, category_id))
            act(call.site, category_id, product_id)

        results = each_item(call.items("categoryIds"), change)
        categories.count_write(call.site)
        return bulk_answer(results)

    return handler


def _by_filter(act: Callable[[Site, str, str], object]) -> Handler:
    """Add every product that a filter matches to categories, or remove it from them."""

    def handler(call: Call) -> Entity:
        ids = call.body["categoryIds"]
        for category_id in ids:
            categories.refuse_managed(categories.fetch(call.site, category_id))

        def move(product: Entity) -> None:
            for category_id in ids:
                act(call.site, category_id, product["id"])

        answer = run_job(call, matching_rows(call, "products", PRODUCT_SEARCH), move)
        categories.count_write(call.site)
        return answer

    return handler


def _check_tree(call: Call) -> None:
    """Check the tree reference at the top level of the body; nested in `category` it counts as missing."""
    namespace = call.body["treeReference"]["appNamespace"]
    if namespace != TREE["appNamespace"]:
        if call.operation == "categories.create":
            raise error_404("NAMESPACE_NOT_FOUND_IN_DEV_CENTER", f"namespace {namespace} does not exist")
        raise not_found("Tree", namespace)


def _within_tree(handler: Handler) -> Handler:
    def checked(call: Call) -> Entity:
        _check_tree(call)
        return handler(call)

    return checked


def _list_trees(_call: Call) -> Entity:
    return {"trees": [TREE]}


_ENDPOINTS = endpoints(
    ("GET", f"{BASE}/slug/{{slug}}", "categories.get-by-slug", CATEGORIES.answer_by("slug", "slug")),
    ("POST GET", f"{BASE}/search", "categories.search", _found(SEARCH)),
    ("POST GET", f"{BASE}/count", "categories.count", _count),
    ("PATCH", f"{BASE}/visibility", "categories.visibility", _visibility),
    ("POST", f"{ONE}/move", "categories.move", _move),
    ("POST", f"{BULK}/show", "categories.bulk-show", bulk("categoryIds", _show_one, name="category")),
    ("POST GET", f"{ONE}/list-items", "categories.list-items", _list_items),
    ("POST GET", f"{BASE}/list-categories-for-item", "categories.list-for-item", _list_for_item),
    ("POST GET", f"{BASE}/list-categories-for-items", "categories.list-for-items", _list_for_items),
    ("GET", f"{ONE}/arranged-items", "categories.arranged-items", _arranged),
    ("POST", f"{ONE}/set-arranged-items", "categories.set-arranged-items", _set_arranged),
    ("POST", f"{BULK}/{{categoryId}}/add-items", "categories.add-items", _items_of_one(categories.enter)),
    ("POST", f"{BULK}/{{categoryId}}/remove-items", "categories.remove-items", _items_of_one(categories.leave)),
    ("POST", f"{BULK}/add-item", "categories.add-item", _categories_of_one(categories.enter)),
    ("POST", f"{BULK}/remove-item", "categories.remove-item", _categories_of_one(categories.leave)),
    catalog=StoreCatalog.V3,
)
_OF_PRODUCTS = endpoints(
    # They have no tree reference, but write to the tree.
    ("POST", f"{PRODUCTS}/add-to-categories-by-filter", "categories.add-by-filter", _by_filter(categories.add_item)),
    (
        "POST",
        f"{PRODUCTS}/remove-from-categories-by-filter",
        "categories.remove-by-filter",
        _by_filter(categories.remove_item),
    ),
    catalog=StoreCatalog.V3,
    writes_tree=True,
)
ROUTES = (
    *(
        replace(route, handler=_within_tree(route.handler), writes_tree=not route.reads)
        for route in (
            *CATEGORIES.routes(),
            *CATEGORIES.bulk_routes(BULK, ("update",), name="category"),
            *_ENDPOINTS,
        )
    ),
    *_OF_PRODUCTS,
    Route("GET", f"{BASE}/list-trees", "categories.list-trees", _list_trees, catalog=StoreCatalog.V3),
)
