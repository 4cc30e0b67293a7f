"""The endpoints of the items of categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk_answer, each_item
from wix_sandbox.jobs import run_job
from wix_sandbox.query.spec import Query
from wix_sandbox.querying import run_query
from wix_sandbox.resources import category_items, category_tree
from wix_sandbox.resources.category_table import BASE, BULK, Endpoint
from wix_sandbox.resources.stores_v3.product_endpoints import SEARCH
from wix_sandbox.resources.stores_v3.refusals import refusal
from wix_sandbox.site import STORES_APP_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox.call import Call
    from wix_sandbox.resource import Handler
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

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
    category = category_tree.fetch(call.site, call.parameter("categoryId"))
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
        page, member = run_query(call, category_tree.PLACES, query), "catalogItemId"
    shown = [_reference(each) for each in dict.fromkeys(row[member] for row in page.entities)]
    metadata = {"count": len(shown), "cursors": page.metadata["cursors"]}
    return {"items": shown, "pagingMetadata": metadata}


def _below(call: Call, category_id: str) -> list[str]:
    found = [category_id]
    for child in category_tree.children(call.site, category_id):
        found += _below(call, child["id"])
    return found


def _list_for_item(call: Call) -> Entity:
    direct = category_items.direct_ids(call.site, str(call.entity("item").get("catalogItemId")))
    return {"directCategoryIds": direct, "allCategoryIds": category_items.all_ids(call.site, direct)}


def _list_for_items(call: Call) -> Entity:
    listed = []
    for item in call.sized("items", 1, 100):
        direct = category_items.direct_ids(call.site, str(item.get("catalogItemId")))
        above = [each for each in category_items.all_ids(call.site, direct) if each not in direct]
        listed.append({"item": item, "directCategoryIds": direct, "indirectCategoryIds": above})
    return {"categoriesForItems": listed}


def _arranged(call: Call) -> Entity:
    category_id = category_tree.fetch(call.site, call.parameter("categoryId"))["id"]
    row = call.site.store.get("arranged_items", category_id) or {"productIds": []}
    return {"items": [_reference(each) for each in row["productIds"]]}


def _set_arranged(call: Call) -> Entity:
    category_id = category_tree.fetch(call.site, call.parameter("categoryId"))["id"]
    ids = [str(each.get("catalogItemId")) for each in call.sized("items", 0, 100)]
    for product_id in ids:
        if category_id not in category_items.direct_ids(call.site, product_id):
            raise refusal("ITEM_NOT_IN_CATEGORY", f"item {product_id} is not in category {category_id}")
    call.site.store.table("arranged_items").put({"id": category_id, "productIds": ids})
    category_items.rank(call.site, category_id, ids)
    category_tree.count_write(call.site)
    for product_id in ids:
        category_items.note_membership(call.site, product_id)
    return _arranged(call)


def _items_of_one(act: Any) -> Handler:
    """Add or remove many items of one category."""

    def handler(call: Call) -> Entity:
        category = category_tree.fetch(call.site, call.parameter("categoryId"))
        category_tree.refuse_managed(category)

        def change(_at: int, item: Entity) -> None:
            act(call.site, category["id"], str(item.get("catalogItemId")))

        items = call.items("items")
        results = each_item(items, change, id_of=lambda _item: None)
        for item, result in zip(items, results, strict=True):
            named = {name: value for name, value in result["itemMetadata"].items() if name != "id"}
            result["itemMetadata"] = {"item": item, **named}
        category_tree.count_write(call.site)
        return bulk_answer(results)

    return handler


def _categories_of_one(act: Any) -> Handler:
    """Add one item to many categories, or remove it from them."""

    def handler(call: Call) -> Entity:
        product_id = str(call.entity("item").get("catalogItemId"))

        def change(_at: int, category_id: str) -> None:
            category_tree.refuse_managed(category_tree.fetch(call.site, category_id))
            act(call.site, category_id, product_id)

        results = each_item(call.items("categoryIds"), change)
        category_tree.count_write(call.site)
        return bulk_answer(results)

    return handler


def _by_filter(act: Callable[[Site, str, str], object]) -> Handler:
    """Add every product that a filter matches to categories, or remove it from them."""

    def handler(call: Call) -> Entity:
        ids = call.body["categoryIds"]
        for category_id in ids:
            category_tree.refuse_managed(category_tree.fetch(call.site, category_id))

        def move(product: Entity) -> None:
            for category_id in ids:
                act(call.site, category_id, product["id"])

        answer = run_job(call, "products", SEARCH, move)
        category_tree.count_write(call.site)
        return answer

    return handler


READS: tuple[Endpoint, ...] = (
    ("POST", f"{BASE}/{{categoryId}}/list-items", "list-items", _list_items),
    ("GET", f"{BASE}/{{categoryId}}/list-items", "list-items", _list_items),
    ("POST", f"{BASE}/list-categories-for-item", "list-for-item", _list_for_item),
    ("GET", f"{BASE}/list-categories-for-item", "list-for-item", _list_for_item),
    ("POST", f"{BASE}/list-categories-for-items", "list-for-items", _list_for_items),
    ("GET", f"{BASE}/list-categories-for-items", "list-for-items", _list_for_items),
    ("GET", f"{BASE}/{{categoryId}}/arranged-items", "arranged-items", _arranged),
)
WRITES: tuple[Endpoint, ...] = (
    ("POST", f"{BULK}/{{categoryId}}/add-items", "add-items", _items_of_one(category_items.enter)),
    ("POST", f"{BULK}/{{categoryId}}/remove-items", "remove-items", _items_of_one(category_items.leave)),
    ("POST", f"{BULK}/add-item", "add-item", _categories_of_one(category_items.enter)),
    ("POST", f"{BULK}/remove-item", "remove-item", _categories_of_one(category_items.leave)),
    ("POST", f"{BASE}/{{categoryId}}/set-arranged-items", "set-arranged-items", _set_arranged),
)
BY_FILTER: tuple[Endpoint, ...] = (
    # These belong to the products' API: they have no tree reference, but write to the tree.
    ("POST", f"{PRODUCTS}/add-to-categories-by-filter", "add-by-filter", _by_filter(category_items.add_item)),
    (
        "POST",
        f"{PRODUCTS}/remove-from-categories-by-filter",
        "remove-by-filter",
        _by_filter(category_items.remove_item),
    ),
)
