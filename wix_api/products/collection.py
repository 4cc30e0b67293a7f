"""A collection of catalog V1 in the shape of V3's categories.

Source: https://dev.wix.com/docs/rest/business-solutions/e-commerce/catalog-and-categories/categories
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wix_api.products.mapping import V1, Row, Table, leftover
from wix_api.products.media import filled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_api.products.mapping import Around, Entity

_WORD = re.compile("[a-z0-9]+")
ALL_PRODUCTS = "00000000-000000-000000-000000000001"
"""Id of the V1 collection that holds every product; it can be neither changed nor deleted.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/collections
"""
STORES_APP_ID = "215238eb-22a5-4c36-9e7b-e7c08025e04e"
"""Id of the Wix Stores app: V3's All Products is the category that this app manages."""
STORES_TREE = {"appNamespace": "@wix/stores"}
"""V3 keeps the categories of the store in this tree, among trees of other apps."""


def _manager(collection: Mapping[str, Any], _around: Around) -> str | None:
    return STORES_APP_ID if collection.get("id") == ALL_PRODUCTS else None


COLLECTION = Table(
    Row("id", "id"),
    Row("name", "name"),
    Row("slug", "slug", filled),
    Row("visible", "visible"),
    Row("description", "description", filled),
    Row("itemCounter", "numberOfProducts"),
    Row("image.id", "media.mainMedia.id"),
    Row("image.url", "media.mainMedia.image.url"),
    Row("image.width", "media.mainMedia.image.width"),
    Row("image.height", "media.mainMedia.image.height"),
    Row("image.altText", "media.mainMedia.title", filled),
    Row("treeReference", "", lambda _collection, _: dict(STORES_TREE), note="always the store's"),
    Row("managingAppId", "", _manager, note="Wix Stores, for All Products"),
)
"""V1 has no tree of collections, no dates and no revisions of them."""


def lift_collection(collection: Mapping[str, Any]) -> Entity:
    """Convert a V1 collection, or a part of one, to the shape of a category."""
    lifted = COLLECTION.up(collection)
    lifted[V1] = leftover(dict(collection), COLLECTION.down(lifted)) or None
    return lifted


def slug_of_name(name: str) -> str:
    """Return the slug that Wix derives from a name; "" for names with other letters than a-z."""
    return "-".join(_WORD.findall(name.lower())) if name.isascii() else ""


def name_of_slug(slug: str) -> str:
    """Return a name for a collection of which only the slug is known."""
    return slug.replace("-", " ").strip().capitalize()
