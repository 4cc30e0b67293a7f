from __future__ import annotations

import threading

import pytest
import requests

from sandbox_support.api import NOWHERE, TREE, Api
from wix_sandbox import Sandbox, SandboxOptions
from wix_sandbox.resources import all_routes
from wix_sandbox.site import STORES_APP_ID

BASE = "/categories/v1/categories"
BULK = "/categories/v1/bulk/categories"
IN_QUERY = "treeReference.appNamespace=%40wix%2Fstores"


def create(api, **members):
    return api.ok("POST", BASE, {"category": {"name": "Mugs", **members}, **TREE})["category"]


def fetch(api, category, fields=""):
    return api.ok("GET", f"{BASE}/{category['id']}?{IN_QUERY}{fields}")["category"]


def references(*products):
    return [{"catalogItemId": each["id"], "appId": STORES_APP_ID} for each in products]


def add(api, category, *products):
    return api.ok("POST", f"{BULK}/{category['id']}/add-items", {"items": references(*products), **TREE})


def listed(api, category, **members):
    answer = api.ok("POST", f"{BASE}/{category['id']}/list-items", {**TREE, **members})
    return [each["catalogItemId"] for each in answer["items"]]


def all_products(api):
    return api.ok("GET", "/stores/v3/all-products-category")["categoryId"]


def test_a_new_category_is_visible_and_has_a_slug(v3):
    category = create(v3, description="For tea.")
    assert (category["visible"], category["revision"], category["slug"]) == (True, "1", "mugs")
    assert "description" not in category
    assert fetch(v3, category, "&fields=DESCRIPTION")["description"] == "For tea."
    assert v3.ok("GET", f"{BASE}/slug/mugs?{IN_QUERY}")["category"]["id"] == category["id"]


@pytest.mark.parametrize(
    "body",
    [
        {"category": {"name": "Mugs"}},
        {"category": {"name": "Mugs"}, "treeReference": {}},
        {"category": {"name": "Mugs", **TREE}},
        {"category": {}, **TREE},
    ],
)
def test_tree_and_name_are_required_and_the_tree_at_the_top(v3, body):
    v3.violations("POST", BASE, body)


def test_a_query_needs_the_namespace_of_its_tree(v3):
    assert list(v3.violations("POST", f"{BASE}/query", {"treeReference": {}})) == ["treeReference.appNamespace"]


def test_an_update_needs_the_current_revision(v3):
    category = create(v3)
    path = f"{BASE}/{category['id']}"
    v3.violations("PATCH", path, {"category": {"name": "Cups"}, **TREE})
    body = {"category": {"name": "Cups", "revision": "1"}, **TREE}
    assert v3.ok("PATCH", path, body)["category"]["revision"] == "2"
    assert v3.code(409, "PATCH", path, body) == "INVALID_REVISION"


def test_slugs_are_unique_and_well_formed(v3):
    create(v3, slug="tea")
    assert v3.code(409, "POST", BASE, {"category": {"name": "A", "slug": "tea"}, **TREE}) == "DUPLICATE_SLUG"
    rule = v3.violations("POST", BASE, {"category": {"name": "A", "slug": "T e a"}, **TREE})
    assert rule["category.slug"]["ruleName"] == "INVALID_SLUG_FORMAT"


def test_a_tree_is_five_levels_deep(v3):
    parent = create(v3)
    for _ in range(4):
        parent = create(v3, parentCategory={"id": parent["id"]})
    body = {"category": {"name": "Deeper", "parentCategory": {"id": parent["id"]}}, **TREE}
    assert v3.code(400, "POST", BASE, body) == "CATEGORY_DEPTH_LIMIT_EXCEEDED"
    body["category"]["parentCategory"]["id"] = NOWHERE
    assert v3.code(400, "POST", BASE, body) == "PARENT_CATEGORY_NOT_IN_TREE"
    crumbs = fetch(v3, parent, "&fields=BREADCRUMBS_INFO")["breadcrumbsInfo"]["breadcrumbs"]
    assert len(crumbs) == 4
    product = v3.product(mainCategoryId=parent["id"])
    path = f"/stores/v3/products/{product['id']}?fields=BREADCRUMBS_INFO"
    here = {"categoryId": parent["id"], "categoryName": parent["name"], "categorySlug": parent["slug"]}
    assert v3.ok("GET", path)["product"]["breadcrumbsInfo"]["breadcrumbs"] == [*crumbs, here]


def test_hiding_goes_down_and_showing_needs_a_visible_parent(v3):
    parent = create(v3)
    child = create(v3, parentCategory={"id": parent["id"]})

    def show(category, revision, visible):
        return {"categoryId": category["id"], "visible": visible, "revision": revision, **TREE}

    v3.ok("PATCH", f"{BASE}/visibility", show(parent, "1", visible=False))
    assert fetch(v3, child)["visible"] is False
    code = v3.code(400, "PATCH", f"{BASE}/visibility", show(child, "2", visible=True))
    assert code == "PARENT_CATEGORY_HIDDEN"
    shown = {"categoryIds": [parent["id"], child["id"]], "returnEntity": True, **TREE}
    results = v3.ok("POST", f"{BULK}/show", shown)["results"]
    assert [each["category"]["visible"] for each in results] == [True, True]


def test_categories_move_between_neighbours_but_not_below_themselves(v3):
    one, two, three = (create(v3, name=name) for name in ("One", "Two", "Three"))
    body = {"position": "AFTER", "moveAfterCategoryId": one["id"], **TREE}
    order = v3.ok("POST", f"{BASE}/{three['id']}/move", body)["categoriesAfterMove"]
    assert order == [all_products(v3), one["id"], three["id"], two["id"]]
    below = {"parentCategoryId": one["id"], "position": "LAST", **TREE}
    assert v3.ok("POST", f"{BASE}/{two['id']}/move", below)["categoriesAfterMove"] == [two["id"]]
    circle = {"parentCategoryId": two["id"], "position": "FIRST", **TREE}
    assert v3.code(400, "POST", f"{BASE}/{one['id']}/move", circle) == "TREE_CYCLE_DETECTED"
    lost = {"position": "AFTER", **TREE}
    assert v3.code(400, "POST", f"{BASE}/{one['id']}/move", lost) == "MISSING_AFTER_CATEGORY"


def test_a_move_keeps_the_depth_of_the_tree(v3):
    bottom = top = create(v3)
    for _ in range(3):
        bottom = create(v3, parentCategory={"id": bottom["id"]})
    small = create(v3)
    create(v3, parentCategory={"id": small["id"]})
    below = {"parentCategoryId": bottom["id"], "position": "LAST", **TREE}
    assert v3.code(400, "POST", f"{BASE}/{small['id']}/move", below) == "CATEGORY_DEPTH_LIMIT_EXCEEDED"
    v3.ok("POST", f"{BASE}/{small['id']}/move", below | {"parentCategoryId": top["id"]})


def memberships(v3, product):
    fields = "fields=DIRECT_CATEGORIES_INFO&fields=ALL_CATEGORIES_INFO"
    shown = v3.ok("GET", f"/stores/v3/products/{product['id']}?{fields}")["product"]
    return shown["directCategoriesInfo"]["categories"][1:], {
        each["id"] for each in shown["allCategoriesInfo"]["categories"]
    }


def test_products_follow_the_move_and_the_arrangement_of_their_categories(v3):
    old, new = create(v3), create(v3)
    middle = create(v3, parentCategory={"id": old["id"]})
    child = create(v3, parentCategory={"id": middle["id"]})
    product = v3.product()
    add(v3, child, product, v3.product())
    v3.ok("POST", f"{BASE}/{middle['id']}/move", {"parentCategoryId": new["id"], "position": "LAST", **TREE})
    assert memberships(v3, product)[1] == {all_products(v3), child["id"], middle["id"], new["id"]}
    items = references(v3.product(), product)
    add(v3, child, {"id": items[0]["catalogItemId"]})
    v3.ok("POST", f"{BASE}/{child['id']}/set-arranged-items", {"items": items, **TREE})
    assert memberships(v3, product)[0] == [{"id": child["id"], "index": 1}]


def error_codes(answer):
    return [each["itemMetadata"].get("error", {}).get("code") for each in answer["results"]]


def test_items_are_added_listed_and_removed(v3):
    parent = create(v3)
    child = create(v3, parentCategory={"id": parent["id"]})
    products = [v3.product(name=f"Mug {at}") for at in range(5)]
    results = add(v3, child, *products)["results"]
    assert [each["itemMetadata"]["item"]["catalogItemId"] for each in results] == [each["id"] for each in products]
    again = add(v3, child, products[0])
    assert again["bulkActionMetadata"] == {"totalSuccesses": 0, "totalFailures": 1, "undetailedFailures": 0}
    assert again["results"][0]["itemMetadata"]["item"] == references(products[0])[0]
    assert error_codes(again) == ["ALREADY_EXISTS"]
    assert fetch(v3, child)["itemCounter"] == 5
    assert listed(v3, child) == [each["id"] for each in reversed(products)]
    assert listed(v3, parent) == []
    assert listed(v3, parent, includeItemsFromSubcategories=True) == listed(v3, child)
    v3.ok("POST", f"{BULK}/{child['id']}/remove-items", {"items": references(*products[:2]), **TREE})
    out = v3.ok("POST", f"{BULK}/{child['id']}/remove-items", {"items": references(*products[:3]), **TREE})
    assert error_codes(out) == ["ITEM_NOT_IN_CATEGORY", "ITEM_NOT_IN_CATEGORY", None]
    assert listed(v3, child) == [each["id"] for each in reversed(products[3:])]


def test_a_long_category_is_listed_in_pages(v3):
    category = create(v3)
    products = [v3.product(name=f"Mug {at}") for at in range(7)]
    add(v3, category, *products)
    seen, paging = [], {"limit": 3}
    while True:
        body = {"cursorPaging": paging, **TREE}
        answer = v3.ok("POST", f"{BASE}/{category['id']}/list-items", body)
        seen += [each["catalogItemId"] for each in answer["items"]]
        cursor = answer["pagingMetadata"]["cursors"].get("next")
        if cursor is None:
            break
        paging = {"cursor": cursor}
    assert seen == [each["id"] for each in reversed(products)]


def test_memberships_show_on_the_product_without_raising_its_revision(v3):
    parent = create(v3)
    child = create(v3, parentCategory={"id": parent["id"]})
    product = v3.product()
    add(v3, child, product)
    fields = "fields=DIRECT_CATEGORIES_INFO&fields=ALL_CATEGORIES_INFO"
    shown = v3.ok("GET", f"/stores/v3/products/{product['id']}?{fields}")["product"]
    direct = [each["id"] for each in shown["directCategoriesInfo"]["categories"]]
    everything = [each["id"] for each in shown["allCategoriesInfo"]["categories"]]
    assert direct == [all_products(v3), child["id"]]
    assert set(everything) == {all_products(v3), child["id"], parent["id"]}
    assert shown["revision"] == "1"
    item = {"item": references(product)[0], **TREE}
    answer = v3.ok("POST", f"{BASE}/list-categories-for-item", item)
    assert (answer["directCategoryIds"], set(answer["allCategoryIds"])) == (direct, set(everything))
    many = v3.ok("POST", f"{BASE}/list-categories-for-items", {"items": references(product), **TREE})
    assert many["categoriesForItems"][0]["indirectCategoryIds"] == [parent["id"]]


def test_one_item_joins_and_leaves_many_categories(v3):
    one, two = create(v3), create(v3)
    product = v3.product()
    body = {"item": references(product)[0], "categoryIds": [one["id"], NOWHERE, all_products(v3), two["id"]], **TREE}
    refused = ["NOT_FOUND", "MANAGED_CATEGORY_OPERATION_NOT_ALLOWED"]
    assert error_codes(v3.ok("POST", f"{BULK}/add-item", body)) == [None, *refused, None]
    assert error_codes(v3.ok("POST", f"{BULK}/add-item", body)) == ["ALREADY_EXISTS", *refused, "ALREADY_EXISTS"]
    assert listed(v3, two) == [product["id"]]
    both = body | {"categoryIds": [one["id"], two["id"]]}
    assert error_codes(v3.ok("POST", f"{BULK}/remove-item", both)) == [None, None]
    assert error_codes(v3.ok("POST", f"{BULK}/remove-item", both)) == ["ITEM_NOT_IN_CATEGORY"] * 2
    assert listed(v3, two) == []


def test_all_products_holds_everything_and_belongs_to_the_app(v3):
    products = [v3.product() for _ in range(3)]
    category = {"id": all_products(v3)}
    assert fetch(v3, category)["managingAppId"] == STORES_APP_ID
    assert fetch(v3, category)["itemCounter"] == 3
    assert listed(v3, category) == [each["id"] for each in reversed(products)]
    code = v3.code(403, "DELETE", f"{BASE}/{category['id']}?{IN_QUERY}")
    assert code == "MANAGED_CATEGORY_OPERATION_NOT_ALLOWED"
    body = {"items": references(products[0]), **TREE}
    assert v3.code(403, "POST", f"{BULK}/{category['id']}/add-items", body) == code


def test_arranged_items_are_listed_first_where_asked_for(v3):
    category = create(v3)
    products = [v3.product() for _ in range(5)]
    add(v3, category, *products)
    arranged = {"items": references(products[3], products[1]), **TREE}
    v3.ok("POST", f"{BASE}/{category['id']}/set-arranged-items", arranged)
    order = [products[at]["id"] for at in (3, 1, 4, 2, 0)]
    assert listed(v3, category, useCategoryArrangement=True) == order
    assert listed(v3, category) == [each["id"] for each in reversed(products)]
    first = v3.ok(
        "POST",
        f"{BASE}/{category['id']}/list-items",
        {**arranged, "useCategoryArrangement": True, "cursorPaging": {"limit": 3}},
    )
    cursor = first["pagingMetadata"]["cursors"]["next"]
    rest = listed(v3, category, useCategoryArrangement=True, cursorPaging={"cursor": cursor})
    assert [each["catalogItemId"] for each in first["items"]] + rest == order


def test_a_new_item_takes_no_read_of_the_whole_category(v3, monkeypatch):
    whole = []
    monkeypatch.setattr("wix_sandbox.resources.categories.arranged", lambda *where: whole.append(where) or [])
    add(v3, create(v3), v3.product(name="Mug"), v3.product(name="Bowl"))
    assert whole == []


def test_arranged_items_must_be_members(v3):
    category, product = create(v3), v3.product()
    body = {"items": references(product), **TREE}
    path = f"{BASE}/{category['id']}"
    assert v3.code(400, "POST", f"{path}/set-arranged-items", body) == "ITEM_NOT_IN_CATEGORY"
    add(v3, category, product)
    v3.ok("POST", f"{path}/set-arranged-items", body)
    assert v3.ok("GET", f"{path}/arranged-items?{IN_QUERY}")["items"] == references(product)
    v3.ok("POST", f"{BULK}/{category['id']}/remove-items", body)
    assert v3.ok("GET", f"{path}/arranged-items?{IN_QUERY}")["items"] == []


def test_a_deleted_product_is_counted_no_more(v3):
    category, product = create(v3), v3.product()
    add(v3, category, product)
    v3.ok("DELETE", f"/stores/v3/products/{product['id']}")
    assert fetch(v3, category)["itemCounter"] == 0


def test_delete_takes_subcategories_along_and_leaves_items(v3):
    parent = create(v3)
    child = create(v3, parentCategory={"id": parent["id"]})
    product = v3.product()
    add(v3, child, product)
    assert v3.ok("DELETE", f"{BASE}/{parent['id']}?{IN_QUERY}&categoryId={parent['id']}") == {}
    assert v3.code(404, "GET", f"{BASE}/{child['id']}?{IN_QUERY}") == "NOT_FOUND"
    shown = v3.ok("GET", f"/stores/v3/products/{product['id']}?fields=DIRECT_CATEGORIES_INFO")["product"]
    assert [each["id"] for each in shown["directCategoriesInfo"]["categories"]] == [all_products(v3)]


def test_hidden_categories_are_queried_only_when_asked_for(v3):
    create(v3, name="Shown")
    create(v3, name="Hidden", visible=False)
    by_name = {"sort": [{"fieldName": "name"}]}
    names = [each["name"] for each in v3.ok("POST", f"{BASE}/query", {"query": by_name, **TREE})["categories"]]
    assert names == ["All Products", "Shown"]
    every = {"query": by_name, "returnNonVisibleCategories": True, **TREE}
    assert len(v3.ok("POST", f"{BASE}/query", every)["categories"]) == 3
    assert v3.ok("POST", f"{BASE}/count", {"returnNonVisibleCategories": True, **TREE}) == {"count": 3}
    assert v3.ok("GET", f"{BASE}/list-trees")["trees"] == [TREE["treeReference"]]


def test_bulk_update_answers_for_each_category(v3):
    one = create(v3)
    entries = [
        {"category": {"id": one["id"], "revision": "1", "name": "Cups"}},
        {"category": {"id": NOWHERE, "revision": "1", "name": "X"}},
    ]
    results = v3.ok("POST", f"{BULK}/update", {"categories": entries, "returnEntity": True, **TREE})["results"]
    assert results[0]["category"]["name"] == "Cups"
    assert results[1]["itemMetadata"]["error"]["code"] == "NOT_FOUND"


def test_writes_of_the_tree_at_the_same_time_collide():
    with Sandbox(SandboxOptions(empty=True, latency=0.2)).serve() as site:
        statuses = []

        def write(name):
            with requests.Session() as session:
                body = {"category": {"name": name}, **TREE}
                statuses.append(Api(site, session).send("POST", BASE, body).status_code)

        threads = [threading.Thread(target=write, args=(name,)) for name in ("One", "Two")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [200, 409]


def test_whatever_changes_categories_shares_the_revision_of_the_tree():
    reading = {"get", "get-by-slug", "query", "search", "count", "arranged-items"}
    routes = [each for each in all_routes() if each.operation.startswith("categories.")]
    verbs = {each.operation.partition(".")[2]: each.writes_tree for each in routes}
    assert {verb for verb, writes in verbs.items() if not writes} == reading | {
        verb for verb in verbs if verb.startswith("list-")
    }
    assert verbs["set-arranged-items"]


def test_free_text_looks_into_names_and_descriptions(v3):
    made = create(v3, description="Stoneware from Kyoto")
    create(v3, name="Bowls")
    for text, fields, found in (
        ("kyoto", [], [made["id"]]),
        ("kyoto", ["description"], [made["id"]]),
        ("kyoto", ["name"], []),
    ):
        search = {"search": {"expression": text, "fields": fields}}
        answer = v3.ok("POST", f"{BASE}/search", {"search": search, **TREE})
        assert [each["id"] for each in answer["categories"]] == found


def test_an_update_cannot_take_away_name_or_slug(v3):
    made = create(v3)
    path = f"{BASE}/{made['id']}"
    change = {"revision": made["revision"]}
    assert "category.name" in v3.violations("PATCH", path, {"category": {**change, "name": None}, **TREE})
    assert v3.code(400, "PATCH", path, {"category": {**change, "slug": None}, **TREE}) == "REMOVED_SLUG"
