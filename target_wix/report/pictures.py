"""The address of the picture by which people know an entity, in either catalog's shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def picture_of(*sides: Mapping[str, Any]) -> str:
    """Give the address of the main picture of the first side that has one, or ""."""
    for side in sides:
        for item in _items(side):
            for address in (item.get("url"), _inner(item, "image").get("url"), _inner(item, "thumbnail").get("url")):
                # Other schemes (`javascript:`, `wix:image:`) are no pictures to a browser.
                if isinstance(address, str) and address.startswith(("https://", "http://")):
                    return address
    return ""


def _items(entity: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    media = _inner(entity, "media")
    listed = _inner(media, "itemsInfo").get("items") or media.get("items")
    first = listed[:1] if isinstance(listed, list) else []
    for item in (media.get("main"), media.get("mainMedia"), *first, entity.get("image"), entity.get("picture")):
        if isinstance(item, Mapping):
            yield item


def _inner(entity: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = entity.get(name)
    return inner if isinstance(inner, Mapping) else {}
