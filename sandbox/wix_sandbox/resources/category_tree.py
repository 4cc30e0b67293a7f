"""The tree of Wix Stores' categories: parents and children, and the single revision that all its writers share."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from wix_sandbox.errors import application_error, existing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "categories"
PLACES = "category_items"
TREE = {"appNamespace": "@wix/stores"}


def fetch(site: Site, category_id: str) -> Entity:
    """The category.

    Raises:
        WixError: 404 when there is none.
    """
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


def count_write(site: Site) -> None:
    """Increase the revision that all writes of the tree share."""
    site.count_up("tree")


def refuse_managed(category: Entity) -> None:
    """Refuse to change a category that an app manages (All Products).

    Raises:
        WixError: 403.
    """
    if category.get("managingAppId"):
        text = f"category {category['id']} is managed by app {category['managingAppId']}"
        raise application_error(HTTPStatus.FORBIDDEN, "MANAGED_CATEGORY_OPERATION_NOT_ALLOWED", text)


def roots(site: Site) -> list[Entity]:
    """Categories of the first level."""
    return [each for each in site.store.all(KIND) if not each["parentCategory"].get("id")]
