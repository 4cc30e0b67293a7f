"""A collection of catalog V1 in the shape of V3's categories.

Source: https://dev.wix.com/docs/rest/business-solutions/e-commerce/catalog-and-categories/categories
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_api.products.mapping import V1, Row, Table, completed, leftover, members
from wix_api.products.media import filled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_api.products.mapping import Entity

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
)
"""V1 has no tree of collections, no dates and no revisions of them."""


def lift_collection(collection: Mapping[str, Any]) -> Entity:
    """Turn a V1 collection, or a part of one, into the shape of a category."""
    lifted = COLLECTION.up(collection)
    lifted[V1] = leftover(dict(collection), COLLECTION.down(lifted)) or None
    return lifted


def lower_collection(category: Mapping[str, Any]) -> Entity:
    """Turn a category, or a part of one, into a V1 collection."""
    return completed(COLLECTION.down(category), members(category.get(V1)))
