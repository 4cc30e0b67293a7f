"""Pictures of a V3 product. Wix fetches a picture from its address and keeps a copy at one of its own.

So the address that was sent never comes back. What comes back is the display name: a picture is sent under the name
of its file, and is the same picture if one of its names is the same at the same place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_wix.changes import Entity

_LONGEST_NAME = 80
_PATH = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?(?://[^/?#]*)?([^?#]*)", re.IGNORECASE)
"""An address up to its query: `urlsplit` raises errors at what is none."""


def items_of(product: Mapping[str, Any]) -> list[Entity] | None:
    """Give the pictures and videos that a product names, in order; None if it names no list."""
    media = product.get("media") or {}
    items = (media.get("itemsInfo") or {}).get("items")
    if items is None and media.get("main"):
        items = [media["main"]]
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else None


def differ(said: list[Entity], there: list[Entity]) -> bool:
    """Whether a list of pictures is another one than the site has."""
    return len(said) != len(there) or any(not _is_same(one, other) for one, other in zip(said, there, strict=True))


def body(said: list[Entity], there: list[Entity], *, foreign: bool) -> list[Entity]:
    """Write pictures: those that the site has by their ids, others by their addresses."""
    return [written for item in said if (written := _written(item, there, foreign=foreign))]


def whole(said: Mapping[str, Any], there: list[Entity], *, foreign: bool) -> Entity:
    """Write the pictures of a product as the member that holds them; `{}` where there are none, and none are said."""
    items = body(items_of(said) or [], there, foreign=foreign)
    return {"itemsInfo": {"items": items}} if items or there else {}


def reference(item: Entity, there: list[Entity], *, foreign: bool) -> Entity:
    """Write a reference to a picture of the product: by its id, or by its address where it has none on the site yet."""
    written = _written(item, there, foreign=foreign)
    if written.get("id"):
        return {"mediaId": written["id"]}
    return {"url": written["url"]} if written else {}


def _written(item: Entity, there: list[Entity], *, foreign: bool) -> Entity:
    texts = {"altText": item["altText"]} if item.get("altText") else {}
    known = next((other for other in there if is_same_file(item, other)), None) if there else None
    if known is not None and known.get("id"):
        return {"id": known["id"], **texts}
    address = _address(item)
    if item.get("id") and not (foreign and address):
        return {"id": item["id"], **texts}
    if not address:
        return {}
    name = item.get("displayName") or _file_name(address)
    return {"url": address, **texts, "displayName": str(name)[:_LONGEST_NAME]}


def _is_same(said: Entity, there: Entity) -> bool:
    alt_text = said.get("altText")
    if alt_text is not None and (alt_text or "") != (there.get("altText") or ""):
        return False
    return is_same_file(said, there)


def is_same_file(said: Entity, there: Entity) -> bool:
    """Whether two pictures are one file, as far as their names tell."""
    return bool(said.get("id") and said.get("id") == there.get("id")) or bool(_names(said) & _names(there))


def _names(item: Entity) -> set[str]:
    inner = _inner(item)
    addresses = [str(address) for address in (item.get("url"), inner.get("url")) if address]
    names = [item.get("displayName"), inner.get("filename"), *map(_file_name, addresses)]
    return {str(name)[:_LONGEST_NAME] for name in names if name} | set(addresses)


def _address(item: Entity) -> str:
    return str(item.get("url") or _inner(item).get("url") or "")


def _inner(item: Entity) -> Entity:
    return item.get("image") or item.get("video") or {}


def _file_name(address: str) -> str:
    path = _PATH.match(address)
    return unquote(path[1].rstrip("/").rpartition("/")[2] if path else "") or address
