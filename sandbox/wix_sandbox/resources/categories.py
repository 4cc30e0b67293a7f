"""The Categories API: the tree of Wix Stores, its categories and their items.

https://dev.wix.com/docs/rest/business-management/categories/introduction
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from wix_sandbox.documented import no_room, refusal
from wix_sandbox.errors import (
    application_error,
    check_revision,
    error_404,
    error_409,
    existing,
    refuse_cleared,
    rule_error,
)
from wix_sandbox.options import StoreCatalog
from wix_sandbox.resource import merged, revised, stamped
from wix_sandbox.resources.stores_v3.inventory import repeat_memberships
from wix_sandbox.resources.texts import check_slug_format, complete_seo, free_slug, slug_of
from wix_sandbox.site import STORES_APP_ID
from wix_sandbox.values import without
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "categories"
PLACES = "category_items"
TREE = {"appNamespace": "@wix/stores"}


def fetch(site: Site, category_id: str) -> Entity:
    """Return the category; 404 for an unknown id."""
    return existing(site.store.get(KIND, category_id), "Category", category_id)


def children(site: Site, parent_id: str | None) -> list[Entity]:
    """Return the children of a parent (None: the root), in their order."""
    found = site.store.find(KIND, "parentCategory.id", parent_id) if parent_id else roots(site)
    return sorted(found, key=lambda each: each["parentCategory"]["index"])


def line_of(site: Site, category_id: str | None) -> Iterator[Entity]:
    """Return a category and its ancestors, upwards."""
    while category_id:
        category = fetch(site, category_id)
        yield category
        category_id = category["parentCategory"].get("id")


def levels(site: Site, category_id: str) -> int:
    """Return how many levels of the tree a category and all below it take."""
    return 1 + max((levels(site, each["id"]) for each in children(site, category_id)), default=0)


def count_write(site: Site) -> None:
    """Increase the revision that all writes of the tree share."""
    site.count_up("tree")


def refuse_managed(category: Entity) -> None:
    """Refuse to change a category that an app manages (All Products) with 403."""
    if category.get("managingAppId"):
        text = f"category {category['id']} is managed by app {category['managingAppId']}"
        raise application_error(HTTPStatus.FORBIDDEN, "MANAGED_CATEGORY_OPERATION_NOT_ALLOWED", text)


def roots(site: Site) -> list[Entity]:
    """Categories of the first level."""
    return [each for each in site.store.all(KIND) if not each["parentCategory"].get("id")]


def add_item(site: Site, category_id: str, product_id: str) -> bool:
    """Put a product into a category. False if it already is in the category."""
    place_id = f"{category_id}:{product_id}"
    if site.store.get(PLACES, place_id) is not None:
        return False
    number = site.count_up("category places", site.store.count(PLACES) + 1)
    place = {"id": place_id, "categoryId": category_id, "catalogItemId": product_id, "number": number}
    site.store.insert(PLACES, place)
    _count_items(site, category_id, 1)
    note_membership(site, product_id)
    return True


def remove_item(site: Site, category_id: str, product_id: str) -> bool:
    """Remove a product from a category. False if it is not in the category."""
    if not site.store.delete(PLACES, f"{category_id}:{product_id}"):
        return False
    _count_items(site, category_id, -1)
    note_membership(site, product_id)
    return True


def enter(site: Site, category_id: str, product_id: str) -> None:
    """Put a product into a category; 409 for a product that already is in it."""
    if not add_item(site, category_id, product_id):
        raise error_409("ALREADY_EXISTS", f"item {product_id} is already in category {category_id}")


def leave(site: Site, category_id: str, product_id: str) -> None:
    """Remove a product from a category; 404 for a product that is not in it."""
    if not remove_item(site, category_id, product_id):
        raise error_404("ITEM_NOT_IN_CATEGORY", f"item {product_id} is not in category {category_id}")


def add_items(site: Site, category_id: str, product_ids: list[str]) -> None:
    """Put products into a category; 404 for an unknown category, 403 for All Products."""
    refuse_managed(fetch(site, category_id))
    for product_id in product_ids:
        add_item(site, category_id, product_id)
    count_write(site)


def rank(site: Site, category_id: str, product_ids: list[str]) -> None:
    """Store the arrangement of a category on its places: the first product has the highest `rank`, others have none."""
    ranks = {product_id: len(product_ids) - at for at, product_id in enumerate(product_ids)}
    arranged_before = arranged(site, category_id)
    for place in site.store.find(PLACES, "categoryId", category_id):
        unranked = without(place, "rank")
        mark = ranks.get(place["catalogItemId"])
        site.store.update(PLACES, unranked if mark is None else unranked | {"rank": mark})
    for product_id in dict.fromkeys((*arranged_before, *product_ids)):
        note_membership(site, product_id)


def arranged(site: Site, category_id: str) -> list[str]:
    """Return the arranged products of a category, in their order."""
    places = (each for each in site.store.find(PLACES, "categoryId", category_id) if "rank" in each)
    return [each["catalogItemId"] for each in sorted(places, key=lambda each: -each["rank"])]


def direct_ids(site: Site, product_id: str) -> list[str]:
    """Return the categories that directly contain a product, All Products first."""
    places = site.store.find(PLACES, "catalogItemId", product_id)
    return [
        *site.store.table(KIND).lookup("managingAppId").ids(STORES_APP_ID),
        *(each["categoryId"] for each in places),
    ]


def all_ids(site: Site, direct: list[str]) -> list[str]:
    """Return categories and all their ancestors, each once."""
    return list(dict.fromkeys(above["id"] for each in direct for above in line_of(site, each)))


def note_membership(site: Site, product_id: str) -> None:
    """Copy memberships to the product."""
    direct = direct_ids(site, product_id)
    members = {
        "directCategoriesInfo": {"categories": [_entry(site, each, product_id) for each in direct]},
        "allCategoriesInfo": {"categories": [_entry(site, each, product_id) for each in all_ids(site, direct)]},
    }
    repeat_memberships(site, product_id, members)


def _entry(site: Site, category_id: str, product_id: str) -> Entity:
    """Return `{id, index}`: the place among the arranged items of the category, 0 for other products."""
    place = site.store.get(PLACES, f"{category_id}:{product_id}")
    # Reading all places of a category takes seconds in a large shop.
    is_arranged = place is not None and "rank" in place
    return {"id": category_id, "index": arranged(site, category_id).index(product_id) if is_arranged else 0}


def _count_items(site: Site, category_id: str, by: int) -> None:
    category = fetch(site, category_id)
    category["itemCounter"] += by
    site.store.update(KIND, category)


MOST_CATEGORIES = 1_000
DEEPEST = 5


def create(site: Site, body: Entity, path: str = "category") -> Entity:
    """Create a category. Choice: visible by default.

    Raises:
        WixError: 400 for invalid members, a parent that is missing or hidden, a tree too deep or too large, 409 for a
            slug in use.
    """
    cleaned = clean("category", body, path, fresh=True)
    if cleaned.get("id"):
        raise rule_error(f"{path}.id", "ID_NOT_ALLOWED_IN_REQUEST", "must not be set")
    if site.store.count(KIND) >= MOST_CATEGORIES:
        raise no_room(site, "CATEGORIES_LIMIT_PER_TREE_EXCEEDED", f"a tree holds at most {MOST_CATEGORIES} categories")
    parent_id = (cleaned.get("parentCategory") or {}).get("id")
    category = stamped(site, cleaned) | {
        "visible": cleaned.get("visible") is not False,
        "itemCounter": 0,
        "treeReference": TREE,
    }
    category["parentCategory"] = _place(site, parent_id, category["visible"])
    category["slug"] = _slug(site, category, cleaned.get("slug"))
    complete_seo(category)
    site.store.insert(KIND, category)
    count_write(site)
    return category


def count_items(site: Site, category: Entity) -> int:
    """Return how many items a category contains; the category of the Stores app contains every product."""
    if category.get("managingAppId") == STORES_APP_ID:
        return site.store.count("products")
    return int(category["itemCounter"])


def update(site: Site, category_id: str, body: Entity, path: str = "category") -> Entity:
    """Change members that are sent; place, visibility and items have separate calls.

    Raises:
        WixError: 404 for an unknown id, 400 for invalid members, 409 for a stale revision or a slug in use.
    """
    current = fetch(site, category_id)
    check_revision(current, body["revision"], f"{path}.revision")
    changes = without(clean("category", body, path), "id", "visible", "parentCategory", "managingAppId")
    refuse_cleared(changes, "name", within=path)
    if "slug" in changes and not changes["slug"]:
        raise refusal("REMOVED_SLUG", "a category must have a slug")
    category = merged(current, changes)
    complete_seo(category)
    if "slug" in changes and changes["slug"] != current["slug"]:
        category["slug"] = _slug(site, category, changes["slug"])
    return save(site, category)


def save(site: Site, category: Entity) -> Entity:
    """Store a changed category with its next revision, `updatedDate` now, and the tree's next revision."""
    count_write(site)
    return site.store.update(KIND, revised(site, category))


def delete(site: Site, category_id: str) -> None:
    """Remove a category and all below it; items stay in the catalog.

    Raises:
        WixError: 404 for an unknown id, 403 for All Products.
    """
    category = fetch(site, category_id)
    refuse_managed(category)
    for child in children(site, category_id):
        delete(site, child["id"])
    for place in site.store.find(PLACES, "categoryId", category_id):
        site.store.delete(PLACES, place["id"])
        note_membership(site, place["catalogItemId"])
    site.store.delete(KIND, category_id)
    count_write(site)


def show(site: Site, category_id: str, *, visible: bool) -> Entity:
    """Show a category, or hide it with all descendants.

    Raises:
        WixError: 404 for an unknown id, 400 for showing a category whose parent is hidden.
    """
    category = fetch(site, category_id)
    parent = site.store.get(KIND, category["parentCategory"].get("id") or "")
    if visible and parent is not None and not parent["visible"]:
        raise refusal("PARENT_CATEGORY_HIDDEN", f"the parent of category {category_id} is hidden")
    if not visible:
        for child in children(site, category_id):
            if child["visible"]:
                show(site, child["id"], visible=False)
    category["visible"] = visible
    return save(site, category)


def move(site: Site, category_id: str, parent_id: str | None, position: str, after_id: str | None) -> list[str]:
    """Move a category to a position under a parent; return the parent's children in their new order.

    Raises:
        WixError: 404 for an unknown id, 400 for a cycle, a parent outside the tree, a missing or foreign neighbour.
    """
    category = fetch(site, category_id)
    place = _place(site, parent_id, visible=False)
    line = [each["id"] for each in line_of(site, parent_id)]
    if category_id in line:
        raise refusal("TREE_CYCLE_DETECTED", "a category cannot lie below itself")
    _check_depth(len(line) + levels(site, category_id))
    category["parentCategory"] = place
    siblings = [each["id"] for each in children(site, parent_id) if each["id"] != category_id]
    at = 0 if position == "FIRST" else len(siblings)
    if position == "AFTER":
        if not after_id:
            raise refusal("MISSING_AFTER_CATEGORY", "moveAfterCategoryId must be set for position AFTER")
        if after_id not in siblings:
            raise refusal("AFTER_CATEGORY_NOT_IN_PARENT", f"category {after_id} has another parent")
        at = siblings.index(after_id) + 1
    siblings.insert(at, category_id)
    save(site, category)
    for index, each in enumerate(siblings):
        sibling = fetch(site, each)
        sibling["parentCategory"]["index"] = index
        site.store.update(KIND, sibling)
    _note_memberships_below(site, category_id)
    return siblings


def _check_depth(depth: int) -> None:
    if depth > DEEPEST:
        raise refusal("CATEGORY_DEPTH_LIMIT_EXCEEDED", f"a tree is at most {DEEPEST} levels deep")


def _note_memberships_below(site: Site, category_id: str) -> None:
    """Copy the memberships of all products in a category and below it.

    Choice: as with any change of membership, `updatedDate` of these products changes.
    """
    for place in site.store.find(PLACES, "categoryId", category_id):
        note_membership(site, place["catalogItemId"])
    for child in children(site, category_id):
        _note_memberships_below(site, child["id"])


def _place(site: Site, parent_id: str | None, visible: bool) -> Entity:  # noqa: FBT001 - a property of the child
    """Return `parentCategory` of a new child: at the end of the parent's children."""
    if not parent_id:
        return {"index": len(roots(site))}
    parent = site.store.get(KIND, parent_id)
    if parent is None:
        raise refusal("PARENT_CATEGORY_NOT_IN_TREE", f"there is no category {parent_id}")
    if visible and not parent["visible"]:
        raise refusal("PARENT_CATEGORY_HIDDEN", f"category {parent_id} is hidden")
    _check_depth(len(list(line_of(site, parent_id))) + 1)
    return {"id": parent_id, "index": len(children(site, parent_id))}


def _slug(site: Site, category: Entity, asked: str | None) -> str:
    if not asked:
        return free_slug(site.store, KIND, slug_of(category["name"], "category"), category["id"])
    check_slug_format(asked, "category")
    if free_slug(site.store, KIND, asked, category["id"]) != asked:
        raise refusal("DUPLICATE_SLUG", f"slug {asked} is in use")
    return asked


def found(site: Site) -> None:
    """Create All Products, the category that the Stores app manages, on a Catalog V3 site that has none."""
    table = site.store.table(KIND)
    if site.catalog is not StoreCatalog.V3 or table.lookup("managingAppId").count(STORES_APP_ID):
        return
    create(site, {"name": "All Products", "slug": "all-products", "managingAppId": STORES_APP_ID})
