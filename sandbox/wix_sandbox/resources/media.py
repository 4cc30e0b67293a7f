"""Media: a file at an external URL is copied into the site's media store, with another URL."""

from __future__ import annotations

from hashlib import sha1
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

MEDIA_HOST = "https://static.wixstatic.com/media"
COPIES = "file_copies"
"""Kind of the rows that record the source file of a copy."""
SIDE = 1000
"""Width and height of every image; nothing is downloaded."""


def file_id(url: str) -> str:
    """Return the Media Manager id of an external file; it is the same for the same URL."""
    suffix = urlsplit(url).path.rpartition(".")[2].lower()
    kind = suffix if suffix in {"jpg", "jpeg", "png", "gif", "webp"} else "jpg"
    digest = sha1(url.encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:6]}_{digest[6:38]}~mv2.{kind}"


def imported_id(site: Site, url: str) -> str:
    """Return the id under which a file is copied: a file of Wix's own host becomes a new copy each time."""
    if not url.startswith(MEDIA_HOST):
        return file_id(url)
    copy = file_id(f"{url}#{site.new_id()}")
    return str(site.store.insert(COPIES, {"id": copy, "sourceUrl": url})["id"])


def hosted(media_id: str) -> str:
    """Return the URL of a file of the Media Manager."""
    return media_id if media_id.startswith("http") else f"{MEDIA_HOST}/{media_id}"


def image_v3(media_id: str, alt_text: str | None) -> Entity:
    """Return an image as in Catalog V3 and the Categories API."""
    image = {"id": media_id, "url": hosted(media_id), "height": SIDE, "width": SIDE, "filename": media_id}
    return image | ({"altText": alt_text[:200]} if alt_text else {})
