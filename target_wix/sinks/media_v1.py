"""Pictures of a V1 product. Its API adds pictures, by address or by id, and takes for which choices they are shown.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/add-product-media
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix.sinks.media_v3 import is_same_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from target_wix.changes import Entity

_TEXTS = "texts of pictures (`altText`, in V1's shape `title`) cannot be written on catalog V1 and are left out."
_ORDER = "pictures stand in another order on the site. Catalog V1 only adds them behind the others, so they stay there."
_MORE = "the site has more pictures of a product than its record names. On catalog V1 they are added, but not removed."


def pictures(product: Mapping[str, Any]) -> list[Entity] | None:
    """Give the pictures that a product names, in order; None if it names none at all."""
    items = (product.get("media") or {}).get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else None


def counterparts(said: list[Entity], there: list[Entity]) -> list[Entity | None]:
    """Give, for each picture of a record, that of the site; None for one that is not there yet.

    Wix keeps copies under names of its own and tells nothing of where they came from. As many pictures as the site
    has that cannot be recognised are taken for the first ones of the record that cannot be either.
    """
    nameless = iter([other for other in there if not any(is_same_file(item, other) for item in said)])
    known = [next((other for other in there if is_same_file(item, other)), None) for item in said]
    return [other or next(nameless, None) for other in known]


def has_only(said: list[Entity], product: Mapping[str, Any]) -> bool:
    """Whether a product has no picture but those of a list."""
    there = pictures(product) or []
    return all(any(is_same_file(item, other) for item in said) for other in there)


def picture_body(item: Entity, *, foreign: bool) -> Entity:
    """Write a picture: by its address, or by its id where the id is of this site."""
    address = item.get("url") or (item.get("image") or {}).get("url")
    if item.get("id") and not (foreign and address):
        return {"mediaId": item["id"]}
    return {"url": address} if address else {}


def left_as_is(said: list[Entity], there: list[Entity]) -> Iterator[str]:
    """Tell what a record says of pictures and V1 cannot write, where the site does not have it so already."""
    same = [next((other for other in there if is_same_file(item, other)), None) for item in said]
    if any(
        item.get("title") and item["title"] != (other or {}).get("title")
        for item, other in zip(said, same, strict=True)
    ):
        yield _TEXTS
    places = [there.index(other) for other in same if other is not None]
    if places != sorted(places):
        yield _ORDER
    if len(there) > len(said):
        yield _MORE
