"""Pictures in files: a web address, or an id of Wix's media manager."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wix_files.cells import Cells
    from wix_files.product_format import Entity

ALT_TEXTS = "media.itemsInfo.items.altText"
"""Path of the alternative texts of a product's pictures."""
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_WIX_ID = re.compile(r"[0-9A-Za-z]+_[0-9a-f]{32}[~.\w]*|[\w-]+~mv2[~.\w]*|[0-9a-f]{32}\.\w+", re.ASCII)
"""Ids of a site's own files, of pictures from Unsplash (`nsplsh_…~mv2_d_….jpg`), and of Wix's stock pictures."""
_WIX_IMAGE = re.compile(r"wix:image://v1/([^/#\s]+)(?:[/#]\S*)?")


def items(cells: Cells, column: str, parts: Iterable[str]) -> list[Entity]:
    """Parse pictures; report each one that is neither an address nor an id of Wix."""
    found = []
    for part in parts:
        if match := _WIX_IMAGE.fullmatch(part):
            found.append({"id": match.group(1)})
        elif _ADDRESS.fullmatch(part):
            found.append({"url": part})
        elif _WIX_ID.fullmatch(part):
            found.append({"id": part})
        else:
            wanted = "a web address (https://…) or the id of a picture on Wix (…~mv2.jpg)"
            advice = "Wix cannot reach files of this computer: upload it to the site's media manager, or to the web."
            cells.refuse(column, wanted, advice, part)
    return found


def media(listed: list[Entity]) -> Entity:
    """Return the member of a product that contains its pictures."""
    return {"itemsInfo": {"items": listed}}


def items_of(product: Mapping[str, Any]) -> list[Entity]:
    """Return the pictures of a product."""
    given = ((product.get("media") or {}).get("itemsInfo") or {}).get("items") or []
    return [item for item in given if isinstance(item, dict)]


def name_of(item: Mapping[str, Any]) -> str:
    """Return a picture's cell: its id if it has one, else its address."""
    inner = item.get("image") or item.get("video") or {}
    return str(item.get("id") or item.get("url") or inner.get("url") or "")
