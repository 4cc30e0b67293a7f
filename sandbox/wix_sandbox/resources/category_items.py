"""The products of each category."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from wix_sandbox.errors import application_error
from wix_sandbox.resources.category_tree import KIND, PLACES, count_write, fetch, line_of, refuse_managed
from wix_sandbox.resources.stores_v3.memberships import repeat_memberships
from wix_sandbox.site import STORES_APP_ID

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


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
    """Put a product into a category.

    Raises:
        WixError: 409 for a product that already is in the category.
    """
    if not add_item(site, category_id, product_id):
        text = f"item {product_id} is already in category {category_id}"
        raise application_error(HTTPStatus.CONFLICT, "ALREADY_EXISTS", text)


def leave(site: Site, category_id: str, product_id: str) -> None:
    """Remove a product from a category.

    Raises:
        WixError: 404 for a product that is not in it.
    """
    if not remove_item(site, category_id, product_id):
        text = f"item {product_id} is not in category {category_id}"
        raise application_error(HTTPStatus.NOT_FOUND, "ITEM_NOT_IN_CATEGORY", text)


def add_items(site: Site, category_id: str, product_ids: list[str]) -> None:
    """Put products into a category.

    Raises:
        WixError: 404 for an unknown category, 403 for All Products.
    """
    refuse_managed(fetch(site, category_id))
    for product_id in product_ids:
        add_item(site, category_id, product_id)
    count_write(site)


def rank(site: Site, category_id: str, product_ids: list[str]) -> None:
    """Store the arrangement of a category on its places: the first product has the highest `rank`, others have none."""
    ranks = {product_id: len(product_ids) - at for at, product_id in enumerate(product_ids)}
    for place in site.store.find(PLACES, "categoryId", category_id):
        unranked = {name: value for name, value in place.items() if name != "rank"}
        mark = ranks.get(place["catalogItemId"])
        site.store.update(PLACES, unranked if mark is None else unranked | {"rank": mark})


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
    arranged = (site.store.get("arranged_items", category_id) or {}).get("productIds", [])
    return {"id": category_id, "index": arranged.index(product_id) if product_id in arranged else 0}


def _count_items(site: Site, category_id: str, by: int) -> None:
    category = fetch(site, category_id)
    category["itemCounter"] += by
    site.store.update(KIND, category)
