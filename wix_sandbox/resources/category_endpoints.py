"""The endpoints of the Categories API. Every call names the tree at the top level of its body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk_answer, each_item
from wix_sandbox.errors import not_found, required, rule_error, stale_revision
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.engine import Page
from wix_sandbox.query.spec import Query
from wix_sandbox.reading import count_rows, run_query
from wix_sandbox.resource import Route
from wix_sandbox.resources import categories as tree
from wix_sandbox.resources.stores_v3.product_endpoints import refuse_aggregations
from wix_sandbox.resources.stores_v3.refusals import refusal
from wix_sandbox.site import STORES_APP_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.resource import Handler
    from wix_sandbox.values import Entity

BASE = "/categories/v1/categories"
BULK = "/categories/v1/bulk/categories"
ON_DEMAND = {
    "description": "DESCRIPTION",
    "richContentDescription": "RICH_CONTENT_DESCRIPTION",
    "breadcrumbsInfo": "BREADCRUMBS_INFO",
}
QUERY = Query.declared("categories/queryCategories", default_limit=100)
SEARCH = Query.declared("categories/searchCategories", default_limit=100, envelope="search", text_fields=("name",))
PLACES_QUERY = Query(filterable={}, sortable={}, envelope="places", max_limit=1_000, default_sort=("number", "ASC"))
EVERYTHING_QUERY = PLACES_QUERY.but(default_sort=("createdDate", "ASC"))
LISTED = 100
"""Items that one page of list-items gives at most, whatever limit is asked for."""


def _check_tree(call: Call) -> None:
    """The tree reference must stand at the top level of the body; nested in `category` it counts as missing."""
    namespace = (call.body.get("treeReference") or {}).get("appNamespace")
    if not namespace:
        raise required("treeReference")
    if namespace != tree.TREE["appNamespace"]:
        raise not_found("Tree", namespace)


def _shown(call: Call, category: Entity) -> Entity:
    fields = call.names("fields")
    shown = {name: value for name, value in category.items() if ON_DEMAND.get(name, "") in {"", *fields}}
    if category.get("managingAppId") == STORES_APP_ID:
        shown["itemCounter"] = call.site.store.count("products")
    if "BREADCRUMBS_INFO" in fields:
        above = list(tree.line_of(call.site, category["parentCategory"].get("id")))
        crumbs = [
            {"categoryId": each["id"], "categoryName": each["name"], "categorySlug": each["slug"]}
            for each in reversed(above)
        ]
        shown["breadcrumbsInfo"] = {"breadcrumbs": crumbs}
    return shown


def _one(call: Call, category: Entity) -> Entity:
    return {"category": _shown(call, category)}


def _create(call: Call) -> Entity:
    return _one(call, tree.create(call.site, call.entity("category")))


def _get(call: Call) -> Entity:
    return _one(call, tree.fetch(call.site, call.parameter("categoryId")))


def _get_by_slug(call: Call) -> Entity:
    category = call.site.store.first(tree.KIND, "slug", call.parameter("slug"))
    if category is None:
        raise not_found("Category", call.parameter("slug"))
    return _one(call, category)


def _update(call: Call) -> Entity:
    return _one(call, tree.update(call.site, call.parameter("categoryId"), call.entity("category")))


def _delete(call: Call) -> Entity:
    tree.delete(call.site, call.parameter("categoryId"))
    return {}


def _visibility(call: Call) -> Entity:
    category = tree.fetch(call.site, str(call.body.get("categoryId")))
    sent = str(call.body.get("revision") or "")
    if not sent:
        raise required("revision")
    if sent != category["revision"]:
        raise stale_revision(category["id"], category["revision"], sent)
    return _one(call, tree.show(call.site, category["id"], visible=call.flag("visible")))


def _move(call: Call) -> Entity:
    parent_id, position = call.body.get("parentCategoryId"), str(call.body.get("position") or "")
    if position not in {"FIRST", "LAST", "AFTER"}:
        raise rule_error("position", "", "must be one of FIRST, LAST, AFTER")
    after = call.body.get("moveAfterCategoryId")
    order = tree.move(call.site, call.parameter("categoryId"), parent_id, position, after)
    return {"parentCategoryId": parent_id or "", "categoriesAfterMove": order}


def _query(call: Call) -> Entity:
    page = run_query(call, tree.KIND, _visible_only(call, QUERY))
    return Page([_shown(call, each) for each in page.entities], page.metadata).answer("categories", QUERY)


def _search(call: Call) -> Entity:
    refuse_aggregations(call)
    page = run_query(call, tree.KIND, _visible_only(call, SEARCH))
    shown = Page([_shown(call, each) for each in page.entities], page.metadata).answer("categories", SEARCH)
    return shown | {"aggregationData": {"results": []}}


def _count(call: Call) -> Entity:
    return {"count": count_rows(call, tree.KIND, _visible_only(call, SEARCH))}


def _visible_only(call: Call, query: Query) -> Query:
    return query if call.flag("returnNonVisibleCategories") else query.but(base_filter={"visible": True})


def _reference(product_id: str) -> Entity:
    return {"catalogItemId": product_id, "appId": STORES_APP_ID}


def _list_items(call: Call) -> Entity:
    category = tree.fetch(call.site, call.parameter("categoryId"))
    paging = dict(call.body.get("cursorPaging") or {})
    if paging.get("limit") is not None:
        paging["limit"] = min(int(paging["limit"]), LISTED)
    call.body["places"] = {"cursorPaging": paging}
    if category.get("managingAppId") == STORES_APP_ID:
        page, member = run_query(call, "products", EVERYTHING_QUERY), "id"
    else:
        ids = [category["id"]]
        if call.flag("includeItemsFromSubcategories"):
            ids = _below(call, category["id"])
        query = PLACES_QUERY.but(base_filter={"categoryId": {"$in": ids}})
        page, member = run_query(call, tree.PLACES, query), "catalogItemId"
    shown = [_reference(each) for each in dict.fromkeys(row[member] for row in page.entities)]
    metadata = {"count": len(shown), "cursors": page.metadata["cursors"]}
    return {"items": shown, "pagingMetadata": metadata}


def _below(call: Call, category_id: str) -> list[str]:
    found = [category_id]
    for child in tree.children(call.site, category_id):
        found += _below(call, child["id"])
    return found


def _list_for_item(call: Call) -> Entity:
    direct = tree.direct_ids(call.site, str(call.entity("item").get("catalogItemId")))
    return {"directCategoryIds": direct, "allCategoryIds": tree.all_ids(call.site, direct)}


def _list_for_items(call: Call) -> Entity:
    listed = []
    for item in call.items("items", 1, 100):
        direct = tree.direct_ids(call.site, str(item.get("catalogItemId")))
        above = [each for each in tree.all_ids(call.site, direct) if each not in direct]
        listed.append({"item": item, "directCategoryIds": direct, "indirectCategoryIds": above})
    return {"categoriesForItems": listed}


def _arranged(call: Call) -> Entity:
    category_id = tree.fetch(call.site, call.parameter("categoryId"))["id"]
    row = call.site.store.get("arranged_items", category_id) or {"productIds": []}
    return {"items": [_reference(each) for each in row["productIds"]]}


def _set_arranged(call: Call) -> Entity:
    category_id = tree.fetch(call.site, call.parameter("categoryId"))["id"]
    ids = [str(each.get("catalogItemId")) for each in call.items("items", 0, 100)]
    for product_id in ids:
        if category_id not in tree.direct_ids(call.site, product_id):
            raise refusal("ITEM_NOT_IN_CATEGORY", f"item {product_id} is not in category {category_id}")
    call.site.store.table("arranged_items").put({"id": category_id, "productIds": ids})
    tree.count_write(call.site)
    for product_id in ids:
        tree.note_membership(call.site, product_id)
    return _arranged(call)


def _items_of_one(act: Any, most: int) -> Handler:
    """Add or remove many items of one category."""

    def handler(call: Call) -> Entity:
        category = tree.fetch(call.site, call.parameter("categoryId"))
        tree.refuse_managed(category)
        results = []
        for at, item in enumerate(call.items("items", 1, most)):
            act(call.site, category["id"], str(item.get("catalogItemId")))
            results.append({"itemMetadata": {"item": item, "originalIndex": at, "success": True}})
        tree.count_write(call.site)
        return bulk_answer(results)

    return handler


def _categories_of_one(act: Any) -> Handler:
    """Add one item to many categories, or remove it from them."""

    def handler(call: Call) -> Entity:
        product_id = str(call.entity("item").get("catalogItemId"))

        def change(_at: int, category_id: str) -> None:
            tree.refuse_managed(tree.fetch(call.site, category_id))
            act(call.site, category_id, product_id)

        results = each_item(call.items("categoryIds", 1, 100), change)
        tree.count_write(call.site)
        return bulk_answer(results)

    return handler


def _bulk_update(call: Call) -> Entity:
    def act(at: int, entry: Entity) -> Entity:
        body = entry.get("category") or {}
        category = tree.update(call.site, str(body.get("id")), body, f"categories[{at}].category")
        return _shown(call, category)

    items, give = call.items("categories", 1, 100), call.flag("returnEntity")
    return bulk_answer(
        each_item(items, act, give=give, name="category", id_of=lambda entry: (entry.get("category") or {}).get("id"))
    )


def _bulk_show(call: Call) -> Entity:
    def act(_at: int, category_id: str) -> Entity:
        return _shown(call, tree.show(call.site, category_id, visible=True))

    items, give = call.items("categoryIds", 1, 100), call.flag("returnEntity")
    return bulk_answer(each_item(items, act, give=give, name="category"))


def _list_trees(_call: Call) -> Entity:
    return {"trees": [tree.TREE]}


def _within_tree(handler: Handler) -> Handler:
    def checked(call: Call) -> Entity:
        _check_tree(call)
        return handler(call)

    return checked


READS: tuple[tuple[str, str, str, Handler], ...] = (
    ("GET", f"{BASE}/{{categoryId}}", "get", _get),
    ("GET", f"{BASE}/slug/{{slug}}", "get-by-slug", _get_by_slug),
    ("POST", f"{BASE}/query", "query", _query),
    ("GET", f"{BASE}/query", "query", _query),
    ("POST", f"{BASE}/search", "search", _search),
    ("GET", f"{BASE}/search", "search", _search),
    ("POST", f"{BASE}/count", "count", _count),
    ("GET", f"{BASE}/count", "count", _count),
    ("POST", f"{BASE}/{{categoryId}}/list-items", "list-items", _list_items),
    ("GET", f"{BASE}/{{categoryId}}/list-items", "list-items", _list_items),
    ("POST", f"{BASE}/list-categories-for-item", "list-for-item", _list_for_item),
    ("GET", f"{BASE}/list-categories-for-item", "list-for-item", _list_for_item),
    ("POST", f"{BASE}/list-categories-for-items", "list-for-items", _list_for_items),
    ("GET", f"{BASE}/list-categories-for-items", "list-for-items", _list_for_items),
    ("GET", f"{BASE}/{{categoryId}}/arranged-items", "arranged-items", _arranged),
)
WRITES: tuple[tuple[str, str, str, Handler], ...] = (
    ("POST", BASE, "create", _create),
    ("PATCH", f"{BASE}/{{categoryId}}", "update", _update),
    ("DELETE", f"{BASE}/{{categoryId}}", "delete", _delete),
    ("PATCH", f"{BASE}/visibility", "visibility", _visibility),
    ("POST", f"{BASE}/{{categoryId}}/move", "move", _move),
    ("POST", f"{BASE}/{{categoryId}}/set-arranged-items", "set-arranged-items", _set_arranged),
    ("POST", f"{BULK}/{{categoryId}}/add-items", "add-items", _items_of_one(tree.add_item, 1_000)),
    ("POST", f"{BULK}/{{categoryId}}/remove-items", "remove-items", _items_of_one(tree.remove_item, 100)),
    ("POST", f"{BULK}/add-item", "add-item", _categories_of_one(tree.add_item)),
    ("POST", f"{BULK}/remove-item", "remove-item", _categories_of_one(tree.remove_item)),
    ("POST", f"{BULK}/update", "bulk-update", _bulk_update),
    ("POST", f"{BULK}/show", "bulk-show", _bulk_show),
)


def routes() -> Iterator[Route]:
    """The endpoints of categories."""
    for table, writes in ((READS, False), (WRITES, True)):
        for method, path, verb, handler in table:
            yield Route(
                method=method,
                path=path,
                operation=f"categories.{verb}",
                handler=_within_tree(handler),
                catalog=StoreCatalog.V3,
                writes_tree=writes,
            )
    yield Route(
        method="GET",
        path=f"{BASE}/list-trees",
        operation="categories.list-trees",
        handler=_list_trees,
        catalog=StoreCatalog.V3,
    )
