"""Pictures and videos of a product, in both shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_api.products.mapping import Row, Table, each, elements, enum, members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_api.products.mapping import Around, Entity


def filled(value: Any, _around: Around = ()) -> Any:
    """Return a value, or None for the empty string and 0 that V1 returns where V3 has no member."""
    return value or None


def _id_of(holder: str) -> Any:
    """Return a conversion for V3's id of the file in an item, which equals the item's id."""
    return lambda item, _: (item.get("id") or None) if item.get(holder) else None


_RESOLUTION = Table(Row("url", "url"), Row("width", "width"), Row("height", "height"), Row("format", "format"))

ITEM = Table(
    Row("id", "id", filled),
    Row("mediaType", "mediaType", *enum({"image": "IMAGE", "video": "VIDEO"})),
    Row("altText", "title", filled),
    Row("image.id", "", _id_of("image"), note="the item's id"),
    Row("image.url", "image.url"),
    Row("image.width", "image.width"),
    Row("image.height", "image.height"),
    Row("image.altText", "image.altText", filled),
    Row("video.id", "", _id_of("video"), note="the item's id"),
    Row("video.resolutions", "video.files", *each(_RESOLUTION)),
    Row("thumbnail.url", "thumbnail.url"),
    Row("thumbnail.width", "thumbnail.width"),
    Row("thumbnail.height", "thumbnail.height"),
    Row("thumbnail.altText", "thumbnail.altText", filled),
)
"""One picture or video. Only V3 has `url`, for an item that Wix has yet to fetch."""


def media_up(media: Mapping[str, Any], around: Around) -> Entity:
    """Convert V1's media; the main item is the first of the list, which V1 may return without the list."""
    given = members(media)
    items = [ITEM.up(item, around) for item in elements(given.get("items"))]
    main = ITEM.up(members(given.get("mainMedia")), around) or (items[0] if items else None)
    return {**({"main": main} if main else {}), "itemsInfo": {"items": items}}


def media_down(media: Mapping[str, Any], around: Around) -> Entity:
    """Convert V3's media. V1 is to fetch an item with only the URL of another host."""
    given = members(members(media).get("itemsInfo")).get("items")
    items = elements(given)
    # The main item is a copy: what `v1` remembers of one of the two must not change the other.
    main = _item_down(members(members(media).get("main")) or (items[0] if items else {}), around)
    lowered = [_item_down(item, around) for item in items]
    return {**({"mainMedia": main} if main else {}), **({"items": lowered} if given is not None else {})}


def _item_down(item: Mapping[str, Any], around: Around) -> Entity:
    lowered = ITEM.down(item, around)
    if item.get("url") and "image" not in lowered and "video" not in lowered:
        lowered["image"] = {"url": item["url"]}
    return lowered
