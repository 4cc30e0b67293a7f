"""Files of the Media Manager: uploaded to a URL that a client requested, imported, or copied for a product.

The bytes are not kept, and nothing is downloaded. Wix's client declares the codes of refusals, without their limits.
Choices: an image has at most 25 MB, a URL works once, and an imported file has 10,000 bytes. Free text is compared with
names, MIME types and labels.

https://dev.wix.com/docs/rest/assets/media/media-manager/files/introduction

With `media_delay_ms` files of products arrive later. Wix fetches a file given by URL in the background, does not report
the end, and does not document the product meanwhile. Choices: Catalog V3 shows the URL that was sent, with an
`uploadId` and no file; Catalog V1, whose media all have files, does not show it at all. Neither dates nor revisions
change when a file arrives.
"""

from __future__ import annotations

import mimetypes
import re
from dataclasses import replace
from hashlib import sha1
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wix_sandbox.auth import SITE_ID
from wix_sandbox.errors import bad_request, existing, required, rule_error
from wix_sandbox.handlers import endpoints
from wix_sandbox.query.spec import Query, either_way
from wix_sandbox.querying import run_query
from wix_sandbox.resource import Route
from wix_sandbox.values import given, only, without

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

MEDIA_HOST = "https://static.wixstatic.com/media"
COPIES = "file_copies"
"""Kind of the rows that record the source file of a copy."""
SIDE = 1000
"""Width and height of every image; nothing is downloaded."""


def file_id(url: str) -> str:
    """Return the Media Manager id of an external file; it is the same for the same URL."""
    suffix = re.split(r"[?#]", url, maxsplit=1)[0].rpartition(".")[2].lower()
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


def is_added(site: Site, media_id: str) -> bool:
    """True if a picture that is named by the id of a file is added to a product.

    Raises:
        WixError: 400 for a file in the trash bin, by the reading.
    """
    reading = site.readings["media-in-trash"]
    file = None if reading == "shown" else site.store.get(KIND, media_id)
    if file is None or file["state"] == "OK":
        return True
    if reading == "refused":
        raise bad_request(f"file {media_id} does not exist")
    return False


COMING = "uploads"


def begin_upload(site: Site, product_id: str, url: str, **facts: Any) -> Entity:
    """Record a file that will arrive: `{id, productId, url, readyAt, …}`."""
    ready = site.later(site.media_delay_ms)
    return site.store.insert(
        COMING, {"id": site.new_id(), "productId": product_id, "url": url, "readyAt": ready, **facts}
    )


def after_uploads(route: Route, take_in: Callable[[Site], None]) -> Route:
    """Return the endpoint; due files arrive before its answer."""

    def handler(call: Call) -> Entity:
        take_in(call.site)
        return route.handler(call)

    return replace(route, handler=handler)


def losing_uploads(route: Route) -> Route:
    """Return the endpoint; with the fault `lose_pictures`, its external files never arrive."""

    def handler(call: Call) -> Entity:
        with call.site.losing_uploads(on="lose_pictures" in call.faults):
            return route.handler(call)

    return replace(route, handler=handler)


KIND = "media_files"
UPLOADS = "media_uploads"
"""URLs that were issued and wait for their bytes."""
BASE = "/site-media/v1/files"
_PUT = "/media-upload/{siteId}/{uploadId}"
ROOT = "media-root"
MOST_BYTES = 25 << 20
IMPORTED_BYTES = 10_000
_KINDS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}
_TYPES = {"image": "IMAGE", "video": "VIDEO", "audio": "AUDIO", "model": "MODEL3D"}
_TYPES |= {"application": "DOCUMENT", "application/zip": "ARCHIVE", "image/svg+xml": "VECTOR"}
_TYPES |= {"text": "DOCUMENT", "text/html": ""}
"""Types of files, by their MIME type or its first part."""

SEARCH = Query(
    sortable=either_way("displayName", "updatedDate", "sizeInBytes"),
    envelope="search",
    max_limit=100,
    default_sort=("updatedDate", "DESC"),
    text_fields=("displayName", "mimeType", "labels"),
    base_filter={"state": "OK"},
)


def _upload_url(call: Call) -> Entity:
    """Return the URL, which is on the sandbox itself, with the caller's host name."""
    mime_type, name = str(call.body["mimeType"]), str(call.body.get("fileName") or "")
    _media_type(mime_type)
    guessed = mimetypes.guess_type(name)[0]
    if guessed and guessed.partition("/")[0] != mime_type.partition("/")[0]:
        raise rule_error("mimeType", "MISMATCH_MIME_TYPE", f"{mime_type} does not match {name}")
    size = str(call.body.get("sizeInBytes"))
    if size.isdecimal():  # as it is declared read-only, its type is not checked
        _check_size(int(size))
    upload = {
        "id": call.site.new_id(),
        "mimeType": mime_type,
        "fileName": name,
        "labels": call.body.get("labels") or [],
        "private": call.flag("private"),
        "parentFolderId": call.body.get("parentFolderId") or ROOT,
    }
    call.site.store.insert(UPLOADS, upload)
    return {"uploadUrl": call.url_here(_PUT, uploadId=str(upload["id"]))}


def _media_type(mime_type: str) -> str:
    found = _TYPES.get(mime_type, _TYPES.get(mime_type.partition("/")[0]))
    if not found:
        raise rule_error("mimeType", "UNSUPPORTED_FILE_FORMAT", f"{mime_type} is not supported")
    return found


def _check_size(size: int) -> None:
    if size == 0:
        raise rule_error("sizeInBytes", "ZERO_FILE_SIZE", "the file is empty")
    if size > MOST_BYTES:
        raise rule_error("sizeInBytes", "FILE_SIZE_OVER_LIMIT", "the file is too large")


def _upload(call: Call) -> Entity:
    """Answer PUT of the bytes. The URL holds the permission, so a credential of the site must not be sent."""
    if "authorization" in call.headers:
        raise bad_request("an upload URL takes no credential")
    upload = existing(call.site.store.get(UPLOADS, call.parameter("uploadId")), "Upload", call.parameter("uploadId"))
    name = str(call.body.get("filename") or upload["fileName"])
    if not name:
        raise required("filename")
    _check_size(len(call.raw))
    if call.raw.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise rule_error("file", "UNSUPPORTED_FILE_FORMAT", "HTML files are not supported")
    call.site.store.delete(UPLOADS, upload["id"])
    return {"file": _shown(call.site.store.insert(KIND, _file(call, upload, name, len(call.raw))))}


def _import(call: Call) -> Entity:
    """Answer the import of a file from a URL: in this answer it is pending and lacks `media`, whenever it is ready."""
    name = call.body.get("displayName") or PurePosixPath(urlsplit(str(call.body["url"])).path).name
    kind = str(call.body.get("mediaType") or "").lower()
    mime_type = call.body.get("mimeType") or mimetypes.guess_type(name)[0] or f"{kind}/"
    source = {
        "mimeType": mime_type,
        "labels": call.body.get("labels") or [],
        "private": call.flag("private"),
        "parentFolderId": call.body.get("parentFolderId") or ROOT,
    }
    file = call.site.store.insert(KIND, _file(call, source, name, IMPORTED_BYTES))
    return {"file": without(_shown({**file, "operationStatus": "PENDING"}), "media")}


def _file(call: Call, upload: Entity, name: str, size: int) -> Entity:
    site, now, media_type = call.site, call.site.now(), _media_type(upload["mimeType"])
    digits = site.new_id().replace("-", "")
    kind = _KINDS.get(upload["mimeType"]) or name.rpartition(".")[2].lower()
    file_id = f"5a4db0_{digits}~mv2.{kind}"
    media: Entity = {"id": file_id, "url": hosted(file_id), "filename": name}
    if media_type in {"VIDEO", "AUDIO"}:  # their URLs are those of resolutions and formats
        media = {"id": file_id}
    if media_type in {"IMAGE", "VECTOR"}:
        media = {"image": {"id": file_id, "url": hosted(file_id), "height": SIDE, "width": SIDE}}
    return {
        "id": file_id,
        "displayName": name,
        "url": hosted(file_id),
        "parentFolderId": upload["parentFolderId"],
        "hash": digits,
        "sizeInBytes": str(size),
        "private": upload["private"],
        "mimeType": upload["mimeType"],
        "mediaType": media_type,
        "media": {media_type.lower(): media},
        "operationStatus": "FAILED" if "lose_pictures" in call.faults else "READY",
        "readyAt": site.later(site.media_delay_ms) if site.media_delay_ms else "",
        "labels": upload["labels"],
        "siteId": SITE_ID,
        "state": "OK",
        "createdDate": now,
        "updatedDate": now,
    }


def _shown(file: Entity) -> Entity:
    return without(file, "readyAt", "mimeType")


def _at(call: Call, file: Entity) -> Entity:
    """Return a file as it is now: until it is processed, it is pending."""
    is_pending = file["readyAt"] > call.site.now()
    return _shown({**file, "operationStatus": "PENDING"} if is_pending else file)


def _get(call: Call) -> Entity:
    file = call.site.store.get(KIND, str(call.body["fileId"]))
    if file is None:
        raise rule_error("fileId", "RESOURCE_NOT_FOUND", "no such file")
    return {"file": _at(call, file)}


def _search(call: Call) -> Entity:
    text, wanted = call.body.get("search"), {}
    if text and call.site.readings["media-search"] == "whole-labels":
        wanted = {"labels": {"$hasSome": [text]}}
    return _found(call, wanted)


def _list(call: Call) -> Entity:
    return _found(call, {"parentFolderId": call.body.get("parentFolderId") or ROOT})


def _found(call: Call, wanted: Entity) -> Entity:
    """Return a page of the files that fit the search, a filter, and the kinds of files that are asked for."""
    if kinds := call.names("mediaTypes"):
        wanted["mediaType"] = {"$in": sorted(kinds)}
    if call.body.get("private") is not None:
        wanted["private"] = call.flag("private")
    sort, paging = call.body.get("sort") or {}, call.body.get("paging") or {}
    if sort and str(sort.get("fieldName")) not in SEARCH.sortable:
        raise rule_error("sort.fieldName", "UNSUPPORTED_SORT_VALUE", f"{sort.get('fieldName')} is not sortable")
    search = {
        "search": {"expression": call.body.get("search") or ""},
        "sort": [sort] if sort else [],
        "cursorPaging": given(only(paging, "limit", "cursor")),
    }
    if paging.get("cursor"):
        search = {"cursorPaging": search["cursorPaging"]}
    call.body = {"search": search}
    page = run_query(call, KIND, SEARCH.but(base_filter={**SEARCH.base_filter, **wanted}))
    paging = {"cursors": only(page.metadata["cursors"], "next"), "hasNext": page.metadata["hasNext"]}
    return {"files": [_at(call, file) for file in page.entities], "nextCursor": paging}


def _delete(call: Call) -> Entity:
    """Move files to the trash bin, or delete them for good; unknown ones are passed over."""
    for file_id in call.body["fileIds"]:
        file = call.site.store.get(KIND, file_id)
        if file is not None and call.flag("permanent"):
            call.site.store.delete(KIND, file_id)
        elif file is not None:
            call.site.store.update(KIND, {**file, "state": "DELETED"})
    return {}


ROUTES = (
    *endpoints(
        ("POST", "/site-media/v1/bulk/files/delete", "media_files.delete", _delete),
        ("POST", f"{BASE}/generate-upload-url", "media_files.upload_url", _upload_url),
        ("GET", f"{BASE}/get-file-by-id", "media_files.get", _get),
        ("GET", BASE, "media_files.list", _list),
        ("POST", f"{BASE}/import", "media_files.import", _import),
        ("POST", f"{BASE}/search", "media_files.search", _search),
    ),
    Route("PUT", _PUT, "media_files.upload", _upload, upload=True),
)
