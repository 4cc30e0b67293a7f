"""Files attached to contacts: a client requests a URL, puts the bytes there, and the attachment appears.

https://dev.wix.com/docs/rest/crm/members-contacts/contacts/attachments/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.errors import existing, not_found
from wix_sandbox.handlers import endpoints
from wix_sandbox.query.spec import Metadata, Paging, Query
from wix_sandbox.querying import run_query
from wix_sandbox.resource import Route
from wix_sandbox.resources import contacts_store
from wix_sandbox.values import without

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity

KIND = "contact_attachments"
UPLOADS = "contact_uploads"
"""URLs that were issued and wait for their bytes."""
BASE = "/contacts/v4/attachments/{contactId}"
_PUT = "/contacts/v4/uploads/{siteId}/{uploadId}"

LIST = Query(paging=Paging.OFFSET, metadata=Metadata.METADATA)


def shown(attachment: Entity) -> Entity:
    """Return an attachment for an answer, which does not have all members of the row."""
    return without(attachment, "contactId", "createdDate")


def _list(call: Call) -> Entity:
    contact = contacts_store.fetch(call.site, call.parameter("contactId"))
    call.body = {"query": {"paging": call.body.get("paging") or {}}}
    page = run_query(call, KIND, LIST.but(base_filter={"contactId": contact["id"]}))
    return page.showing(shown).answer("attachments", LIST)


def _fetch(call: Call) -> Entity:
    attachment = call.site.store.get(KIND, call.parameter("attachmentId"))
    if attachment is None or attachment["contactId"] != call.parameter("contactId"):
        raise not_found("Attachment", call.parameter("attachmentId"))
    return attachment


def _get(call: Call) -> Entity:
    return {"attachment": shown(_fetch(call))}


def _delete(call: Call) -> Entity:
    call.site.store.delete(KIND, _fetch(call)["id"])
    return {}


def _upload_url(call: Call) -> Entity:
    """Return the URL, which is on the sandbox itself, with the caller's host name."""
    contact = contacts_store.fetch(call.site, call.parameter("contactId"))
    upload: Entity = {"id": call.site.new_id(), "contactId": contact["id"]}
    upload |= {name: str(call.body[name]) for name in ("fileName", "mimeType")}
    call.site.store.insert(UPLOADS, upload)
    return {"uploadUrl": call.url_here(_PUT, uploadId=upload["id"])}


def _upload(call: Call) -> Entity:
    """Answer PUT of the bytes, which are not kept. A URL works once."""
    upload = existing(call.site.store.get(UPLOADS, call.parameter("uploadId")), "Upload", call.parameter("uploadId"))
    call.site.store.delete(UPLOADS, upload["id"])
    is_image = upload["mimeType"].startswith("image/")
    media = {"id": call.site.new_id(), "url": f"https://files.example.com/{upload['fileName']}"}
    call.site.store.insert(
        KIND,
        upload
        | {
            "createdDate": call.site.now(),
            "attachmentType": "IMAGE" if is_image else "OTHER",
            "image" if is_image else "document": media,
        },
    )
    return {}


ROUTES = (
    *endpoints(
        ("GET", BASE, "attachments.list", _list),
        ("GET", f"{BASE}/{{attachmentId}}", "attachments.get", _get),
        ("DELETE", f"{BASE}/{{attachmentId}}", "attachments.delete", _delete),
        ("POST", f"{BASE}/upload-url", "attachments.upload_url", _upload_url),
    ),
    Route("PUT", _PUT, "attachments.upload", _upload, upload=True),
)
