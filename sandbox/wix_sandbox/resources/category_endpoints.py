"""The endpoints of categories themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.bulk import bulk
from wix_sandbox.errors import existing, rule_error, stale_revision
from wix_sandbox.query.page import Page
from wix_sandbox.query.spec import Query
from wix_sandbox.querying import aggregation_data, count_rows, run_query
from wix_sandbox.resources import categories, category_tree
from wix_sandbox.resources.category_table import BASE, BULK, Endpoint

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity

ON_DEMAND = {
    "description": "DESCRIPTION",
    "richContentDescription": "RICH_CONTENT_DESCRIPTION",
    "breadcrumbsInfo": "BREADCRUMBS_INFO",
}
QUERY = Query.declared("categories/queryCategories", default_limit=100)
SEARCH = Query.declared("categories/searchCategories", default_limit=100, envelope="search", text_fields=("name",))


def show(call: Call, category: Entity) -> Entity:
    """Return a category with the members that `fields` requests."""
    fields = call.names("fields")
    shown = {name: value for name, value in category.items() if ON_DEMAND.get(name, "") in {"", *fields}}
    shown["itemCounter"] = categories.count_items(call.site, category)
    if "BREADCRUMBS_INFO" in fields:
        above = list(category_tree.line_of(call.site, category["parentCategory"].get("id")))
        crumbs = [
            {"categoryId": each["id"], "categoryName": each["name"], "categorySlug": each["slug"]}
            for each in reversed(above)
        ]
        shown["breadcrumbsInfo"] = {"breadcrumbs": crumbs}
    return shown


def _one(call: Call, category: Entity) -> Entity:
    return {"category": show(call, category)}


def _create(call: Call) -> Entity:
    return _one(call, categories.create(call.site, call.entity("category")))


def _get(call: Call) -> Entity:
    return _one(call, category_tree.fetch(call.site, call.parameter("categoryId")))


def _get_by_slug(call: Call) -> Entity:
    category = existing(
        call.site.store.first(category_tree.KIND, "slug", call.parameter("slug")), "Category", call.parameter("slug")
    )
    return _one(call, category)


def _update(call: Call) -> Entity:
    return _one(call, categories.update(call.site, call.parameter("categoryId"), call.entity("category")))


def _delete(call: Call) -> Entity:
    categories.delete(call.site, call.parameter("categoryId"))
    return {}


def _visibility(call: Call) -> Entity:
    category = category_tree.fetch(call.site, str(call.body.get("categoryId")))
    sent = str(call.body["revision"])
    if sent != category["revision"]:
        raise stale_revision(category["id"], category["revision"], sent)
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
    page = run_query(call, category_tree.KIND, _visible_only(call, QUERY))
    return Page([show(call, each) for each in page.entities], page.metadata).answer("categories", QUERY)


def _search(call: Call) -> Entity:
    query = _visible_only(call, SEARCH)
    page = run_query(call, category_tree.KIND, query)
    shown = Page([show(call, each) for each in page.entities], page.metadata).answer("categories", query)
    return shown | {"aggregationData": aggregation_data(call, category_tree.KIND, query)}


def _count(call: Call) -> Entity:
    return {"count": count_rows(call, category_tree.KIND, _visible_only(call, SEARCH))}


def _visible_only(call: Call, query: Query) -> Query:
    return query if call.flag("returnNonVisibleCategories") else query.but(base_filter={"visible": True})


def _update_one(call: Call, body: Entity, path: str) -> Entity:
    return show(call, categories.update(call.site, str(body.get("id")), body, path))


def _show_one(call: Call, category_id: str, _path: str) -> Entity:
    return show(call, categories.show(call.site, category_id, visible=True))


READS: tuple[Endpoint, ...] = (
    ("GET", f"{BASE}/{{categoryId}}", "get", _get),
    ("GET", f"{BASE}/slug/{{slug}}", "get-by-slug", _get_by_slug),
    ("POST", f"{BASE}/query", "query", _query),
    ("GET", f"{BASE}/query", "query", _query),
    ("POST", f"{BASE}/search", "search", _search),
    ("GET", f"{BASE}/search", "search", _search),
    ("POST", f"{BASE}/count", "count", _count),
    ("GET", f"{BASE}/count", "count", _count),
)
WRITES: tuple[Endpoint, ...] = (
    ("POST", BASE, "create", _create),
    ("PATCH", f"{BASE}/{{categoryId}}", "update", _update),
    ("DELETE", f"{BASE}/{{categoryId}}", "delete", _delete),
    ("PATCH", f"{BASE}/visibility", "visibility", _visibility),
    ("POST", f"{BASE}/{{categoryId}}/move", "move", _move),
    ("POST", f"{BULK}/update", "bulk-update", bulk("categories", _update_one, item="category", name="category")),
    ("POST", f"{BULK}/show", "bulk-show", bulk("categoryIds", _show_one, name="category")),
)
