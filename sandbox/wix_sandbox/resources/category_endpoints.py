"""The endpoints of the Categories API. Every call names the tree at the top level of its body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk, bulk_answer, each_item, run_job
from wix_sandbox.errors import check_revision, error_404, existing, not_found, required, rule_error
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.engine import Page
from wix_sandbox.query.spec import Query
from wix_sandbox.querying import aggregation_data, count_rows, run_query
from wix_sandbox.resource import Handler, Route
from wix_sandbox.resources import categories
from wix_sandbox.resources.categories import TREE
from wix_sandbox.resources.stores_v3.present import breadcrumbs
from wix_sandbox.resources.stores_v3.product_endpoints import SEARCH
from wix_sandbox.resources.stores_v3.variants import refusal
from wix_sandbox.site import STORES_APP_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

BASE = "/categories/v1/categories"
BULK = "/categories/v1/bulk/categories"
Endpoint = tuple[str, str, str, Handler]
"""Method, path, verb, handler."""


ON_DEMAND = {
    "description": "DESCRIPTION",
    "richContentDescription": "RICH_CONTENT_DESCRIPTION",
    "breadcrumbsInfo": "BREADCRUMBS_INFO",
}
QUERY = Query.declared("categories/queryCategories", default_limit=100)
CATEGORY_SEARCH = Query.declared(
    "categories/searchCategories", default_limit=100, envelope="search", text_fields=("name",)
)


def show(call: Call, category: Entity) -> Entity:
    """Return a category with the members that `fields` requests."""
    fields = call.names("fields")
    shown = {name: value for name, value in category.items() if ON_DEMAND.get(name, "") in {"", *fields}}
    shown["itemCounter"] = categories.count_items(call.site, category)
    if "BREADCRUMBS_INFO" in fields:
        shown["breadcrumbsInfo"] = breadcrumbs(call.site, category["parentCategory"].get("id"))
    return shown


def _one(call: Call, category: Entity) -> Entity:
    return {"category": show(call, category)}


def _create(call: Call) -> Entity:
    return _one(call, categories.create(call.site, call.entity("category")))


def _get(call: Call) -> Entity:
    return _one(call, categories.fetch(call.site, call.parameter("categoryId")))


def _get_by_slug(call: Call) -> Entity:
    category = existing(
        call.site.store.first(categories.KIND, "slug", call.parameter("slug")), "Category", call.parameter("slug")
    )
    return _one(call, category)


def _update(call: Call) -> Entity:
    return _one(call, categories.update(call.site, call.parameter("categoryId"), call.entity("category")))


def _delete(call: Call) -> Entity:
    categories.delete(call.site, call.parameter("categoryId"))
    return {}


def _visibility(call: Call) -> Entity:
    category = categories.fetch(call.site, str(call.body.get("categoryId")))
    check_revision(category, call.body["revision"])
    return _one(call, categories.show(call.site, category["id"], visible=call.flag("visible")))


def _move(call: Call) -> Entity:
    parent_id, position = call.body.get("parentCategoryId"), str(call.body.get("position") or "")
    if position not in {"FIRST", "LAST", "AFTER"}:
        raise rule_error("position", "", "must be one of FIRST, LAST, AFTER")
    after = call.body.get("moveAfterCategoryId")
    order = categories.move(call.site, call.parameter("categoryId"), parent_id, position, after)
    # The root has no id, and unset members are left out.
    return ({"parentCategoryId": parent_id} if parent_id else {}) | {"categoriesAfterMove": order}


def _query(call: Call) -> Entity:
    page = run_query(call, categories.KIND, _visible_only(call, QUERY))
    return Page([show(call, each) for each in page.entities], page.metadata).answer("categories", QUERY)


def _search(call: Call) -> Entity:
    query = _visible_only(call, CATEGORY_SEARCH)
    page = run_query(call, categories.KIND, query)
    shown = Page([show(call, each) for each in page.entities], page.metadata).answer("categories", query)
    return shown | {"aggregationData": aggregation_data(call, categories.KIND, query)}


def _count(call: Call) -> Entity:
    return {"count": count_rows(call, categories.KIND, _visible_only(call, CATEGORY_SEARCH))}


def _visible_only(call: Call, query: Query) -> Query:
    return query if call.flag("returnNonVisibleCategories") else query.but(base_filter={"visible": True})


def _update_one(call: Call, body: Entity, path: str) -> Entity:
    return show(call, categories.update(call.site, str(body.get("id")), body, path))


def _show_one(call: Call, category_id: str, _path: str) -> Entity:
    return show(call, categories.show(call.site, category_id, visible=True))


_READS: tuple[Endpoint, ...] = (
    ("GET", f"{BASE}/{{categoryId}}", "get", _get),
    ("GET", f"{BASE}/slug/{{slug}}", "get-by-slug", _get_by_slug),
    ("POST", f"{BASE}/query", "query", _query),
    ("GET", f"{BASE}/query", "query", _query),
    ("POST", f"{BASE}/search", "search", _search),
    ("GET", f"{BASE}/search", "search", _search),
    ("POST", f"{BASE}/count", "count", _count),
    ("GET", f"{BASE}/count", "count", _count),
)
_WRITES: tuple[Endpoint, ...] = (
    ("POST", BASE, "create", _create),
    ("PATCH", f"{BASE}/{{categoryId}}", "update", _update),
    ("DELETE", f"{BASE}/{{categoryId}}", "delete", _delete),
    ("PATCH", f"{BASE}/visibility", "visibility", _visibility),
    ("POST", f"{BASE}/{{categoryId}}/move", "move", _move),
    ("POST", f"{BULK}/update", "bulk-update", bulk("categories", _update_one, item="category", name="category")),
    ("POST", f"{BULK}/show", "bulk-show", bulk("categoryIds", _show_one, name="category")),
)


NEWEST_FIRST = ("number", "DESC")
PLACES_QUERY = Query(
    filterable={},
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
    ids = [str(each.get("catalogItemId")) for each in call.sized("items", 0, 100)]
    for product_id in ids:
        if category_id not in categories.direct_ids(call.site, product_id):
            raise refusal("ITEM_NOT_IN_CATEGORY", f"item {product_id} is not in category {category_id}")
    call.site.store.table("arranged_items").put({"id": category_id, "productIds": ids})
    categories.rank(call.site, category_id, ids)
    categories.count_write(call.site)
    for product_id in ids:
        categories.note_membership(call.site, product_id)
    return _arranged(call)


def _items_of_one(act: Any) -> Handler:
    """Add or remove many items of one category."""

    def handler(call: Call) -> Entity:
        category = categories.fetch(call.site, call.parameter("categoryId"))
        categories.refuse_managed(category)

        def change(_at: int, item: Entity) -> None:
            act(call.site, category["id"], str(item.get("catalogItemId")))

        items = call.items("items")
        results = each_item(items, change, id_of=lambda _item: None)
        for item, result in zip(items, results, strict=True):
            named = {name: value for name, value in result["itemMetadata"].items() if name != "id"}
            result["itemMetadata"] = {"item": item, **named}
        categories.count_write(call.site)
        return bulk_answer(results)

    return handler


def _categories_of_one(act: Any) -> Handler:
    """Add one item to many categories, or remove it from them."""

    def handler(call: Call) -> Entity:
        product_id = str(call.entity("item").get("catalogItemId"))

        def change(_at: int, category_id: str) -> None:
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

        answer = run_job(call, "products", SEARCH, move)
        categories.count_write(call.site)
        return answer

    return handler


_ITEM_READS: tuple[Endpoint, ...] = (
    ("POST", f"{BASE}/{{categoryId}}/list-items", "list-items", _list_items),
    ("GET", f"{BASE}/{{categoryId}}/list-items", "list-items", _list_items),
    ("POST", f"{BASE}/list-categories-for-item", "list-for-item", _list_for_item),
    ("GET", f"{BASE}/list-categories-for-item", "list-for-item", _list_for_item),
    ("POST", f"{BASE}/list-categories-for-items", "list-for-items", _list_for_items),
    ("GET", f"{BASE}/list-categories-for-items", "list-for-items", _list_for_items),
    ("GET", f"{BASE}/{{categoryId}}/arranged-items", "arranged-items", _arranged),
)
_ITEM_WRITES: tuple[Endpoint, ...] = (
    ("POST", f"{BULK}/{{categoryId}}/add-items", "add-items", _items_of_one(categories.enter)),
    ("POST", f"{BULK}/{{categoryId}}/remove-items", "remove-items", _items_of_one(categories.leave)),
    ("POST", f"{BULK}/add-item", "add-item", _categories_of_one(categories.enter)),
    ("POST", f"{BULK}/remove-item", "remove-item", _categories_of_one(categories.leave)),
    ("POST", f"{BASE}/{{categoryId}}/set-arranged-items", "set-arranged-items", _set_arranged),
)
_BY_FILTER: tuple[Endpoint, ...] = (
    # These belong to the products' API: they have no tree reference, but write to the tree.
    ("POST", f"{PRODUCTS}/add-to-categories-by-filter", "add-by-filter", _by_filter(categories.add_item)),
    (
        "POST",
        f"{PRODUCTS}/remove-from-categories-by-filter",
        "remove-by-filter",
        _by_filter(categories.remove_item),
    ),
)


def routes() -> Iterator[Route]:
    """The endpoints of categories and of their items."""
    reads = (*_READS, *_ITEM_READS)
    writes = (*_WRITES, *_ITEM_WRITES)
    for method, path, verb, handler in (*reads, *writes):
        yield _route((method, path, verb, _within_tree(handler)), writes=(method, path, verb, handler) in writes)
    yield from (_route(each, writes=True) for each in _BY_FILTER)
    yield _route(("GET", f"{BASE}/list-trees", "list-trees", _list_trees), writes=False)


def _route(endpoint: Endpoint, *, writes: bool) -> Route:
    method, path, verb, handler = endpoint
    return Route(method, path, f"categories.{verb}", handler, catalog=StoreCatalog.V3, writes_tree=writes)


def _check_tree(call: Call) -> None:
    """Check the tree reference at the top level of the body; nested in `category` it counts as missing."""
    namespace = call.body["treeReference"].get("appNamespace")
    if not namespace:
        raise required("treeReference.appNamespace")
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
