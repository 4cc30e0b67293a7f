"""Pictures of a product whose files were deleted from the Media Manager since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_api.endpoints import media
from wix_api.errors import PermissionDeniedError, RejectionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_wix.change import Entity
    from wix_api.client import WixClient


def ids_of(product: Mapping[str, Any]) -> set[str]:
    """Return the ids of the files that are a product's pictures."""
    return {str(item["id"]) for item in _items(product) if item.get("id")}


def gone(client: WixClient, ids: set[str]) -> set[str]:
    """Return the ids of files that do not exist or are in the trash bin; all, if the key may not read files.

    Raises:
        WixError: Wix cannot be reached.
    """
    found = set()
    for file_id in sorted(ids):
        try:
            file = client.call(media.FILE, params={"fileId": file_id}).get("file") or {}
        except RejectionError:
            found.add(file_id)
        except PermissionDeniedError:
            return ids
        else:
            if file.get("state") == "DELETED":
                found.add(file_id)
    return found


def without(product: Entity, ids: set[str]) -> Entity:
    """Return a product without some pictures. If none is left, it has no member for them: those of the site stay."""
    items = _items(product)
    kept = [item for item in items if item.get("id") not in ids]
    if len(kept) == len(items):
        return product
    rest = {name: value for name, value in product.items() if name != "media"}
    if not kept:
        return rest
    return {**rest, "media": {"itemsInfo": {"items": kept}} if "itemsInfo" in product["media"] else {"items": kept}}


def _items(product: Mapping[str, Any]) -> list[Entity]:
    found = product.get("media") or {}
    return (found.get("itemsInfo") or found).get("items") or []
