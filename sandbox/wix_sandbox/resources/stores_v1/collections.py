"""Collections of Catalog V1, and their products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.errors import bad_request, refuse_cleared
from wix_sandbox.options import StoreCatalog
from wix_sandbox.resource import merged
from wix_sandbox.resources.stores_v1.products import ALL_PRODUCTS, known, sync_rows
from wix_sandbox.resources.stores_v1.products import KIND as PRODUCTS
from wix_sandbox.resources.texts import free_slug, slug_of
from wix_sandbox.values import given
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "collections"


def fetch(site: Site, collection_id: str) -> Entity:
    """Return the stored collection; 404 for an unknown id."""
    return known(site.store.get(KIND, collection_id), "Collection", collection_id)


def create_collection(site: Site, body: Entity) -> Entity:
    """Create a collection; 400 for members that violate the schema. Only the name is required."""
    cleaned = clean("collection_v1", body, "collection", fresh=True)
    # Choice: a name without Latin letters gets the slug that V3 would give it, as if Wix had moved the shop.
    slug = cleaned.get("slug") or slug_of(cleaned["name"], "category")
    collection = {
        "description": "",
        "visible": True,
        "media": {"items": []},
        "numberOfProducts": 0,
        **cleaned,
        "id": site.new_id(),
        "slug": free_slug(site.store, KIND, slug),
    }
    return site.store.insert(KIND, collection)


def update_collection(site: Site, collection_id: str, body: Entity) -> Entity:
    """Change the members that are sent.

    Raises:
        WixError: 404 for an unknown collection, 400 for All Products or members that violate the schema.
    """
    refuse_all_products(collection_id)
    collection = fetch(site, collection_id)
    cleaned = clean("collection_v1", body, "collection")
    refuse_cleared(cleaned, "name", within="collection")
    # Choice: null changes nothing.
    cleaned = given(cleaned)
    if cleaned.get("slug") and cleaned["slug"] != collection["slug"]:
        cleaned["slug"] = free_slug(site.store, KIND, cleaned["slug"], collection_id)
    return site.store.update(KIND, merged(collection, cleaned))


def delete_collection(site: Site, collection_id: str) -> None:
    """Remove a collection; its products stay without it, and their `lastUpdated` does not change (a choice).

    Raises:
        WixError: 404 for an unknown collection, 400 for All Products.
    """
    refuse_all_products(collection_id)
    fetch(site, collection_id)
    for product in site.store.find(PRODUCTS, "collectionIds", collection_id):
        _set_membership(site, product, collection_id, member=False)
    site.store.delete(KIND, collection_id)


def add_to_collection(site: Site, collection_id: str, product_ids: Iterable[str]) -> None:
    """Put products into a collection. Choices: repeats and unknown products change nothing.

    Raises:
        WixError: 404 for an unknown collection, 400 for All Products.
    """
    _change(site, collection_id, product_ids, member=True)


def remove_from_collection(site: Site, collection_id: str, product_ids: Iterable[str]) -> None:
    """Remove products from a collection. Choices: non-members and unknown products change nothing.

    Raises:
        WixError: 404 for an unknown collection, 400 for All Products.
    """
    _change(site, collection_id, product_ids, member=False)


def _change(site: Site, collection_id: str, product_ids: Iterable[str], *, member: bool) -> None:
    refuse_all_products(collection_id)
    fetch(site, collection_id)
    for product_id in product_ids:
        product = site.store.get(PRODUCTS, product_id)
        if product is not None:
            _set_membership(site, product, collection_id, member=member)


def _set_membership(site: Site, product: Entity, collection_id: str, *, member: bool) -> None:
    ids = [each for each in product["collectionIds"] if each != collection_id]
    product["collectionIds"] = [*ids, collection_id] if member else ids
    site.store.update(PRODUCTS, product)
    sync_rows(site, product, product)


def count_products(site: Site, collection: Entity) -> int:
    """Return how many products a collection contains."""
    return site.store.table(PRODUCTS).lookup("collectionIds").count(collection["id"])


def refuse_all_products(collection_id: str) -> None:
    """Refuse All Products with 400: it has no GUID, as the write paths require, so it cannot be changed."""
    if collection_id == ALL_PRODUCTS:
        raise bad_request(f"{collection_id} is not a valid GUID")


def found(site: Site) -> None:
    """Create the All Products collection of a Catalog V1 site that has none."""
    if site.catalog is not StoreCatalog.V1 or site.store.get(KIND, ALL_PRODUCTS) is not None:
        return
    members = {"name": "All Products", "slug": "all-products", "description": "", "visible": True}
    site.store.insert(KIND, {"id": ALL_PRODUCTS, **members, "media": {"items": []}, "numberOfProducts": 0})
