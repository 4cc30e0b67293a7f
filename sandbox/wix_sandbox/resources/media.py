"""Media: an external address is taken into the site's own media store, under another address."""

from __future__ import annotations

from hashlib import sha1
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

MEDIA_HOST = "https://static.wixstatic.com/media"
COPIES = "file_copies"
"""Kind of the rows that tell which file a copy was made from."""
SIDE = 1000
"""Width and height that every image is said to have; nothing is downloaded."""


def file_id(url: str) -> str:
    """The Media Manager id that an external file gets; the same address gives the same id."""
    suffix = urlsplit(url).path.rpartition(".")[2].lower()
    kind = suffix if suffix in {"jpg", "jpeg", "png", "gif", "webp"} else "jpg"
    digest = sha1(url.encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:6]}_{digest[6:38]}~mv2.{kind}"


def imported_id(site: Site, url: str) -> str:
    """The id of the file that an address is taken in as: a file of Wix's own host is a new copy each time."""
    if not url.startswith(MEDIA_HOST):
        return file_id(url)
    copy = file_id(f"{url}#{site.new_id()}")
    return str(site.store.insert(COPIES, {"id": copy, "sourceUrl": url})["id"])


def hosted(media_id: str) -> str:
    """Where a file of the Media Manager is served."""
    return media_id if media_id.startswith("http") else f"{MEDIA_HOST}/{media_id}"


def image_v3(media_id: str, alt_text: str | None) -> Entity:
    """An image as Catalog V3 and the Categories API show it."""
    image = {"id": media_id, "url": hosted(media_id), "height": SIDE, "width": SIDE, "filename": media_id}
    return image | ({"altText": alt_text[:200]} if alt_text else {})
