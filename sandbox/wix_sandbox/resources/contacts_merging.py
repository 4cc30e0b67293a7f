"""Merges of several contacts into one.

https://dev.wix.com/docs/rest/crm/members-contacts/contacts/contacts/contact-v4/merge-contacts
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import application_error
from wix_sandbox.resources import contacts_info, contacts_store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

MERGED = "merged_contacts"
"""The target of a contact that was merged: `{"id", "targetId"}`."""

_LISTS = {"emails": ("email",), "phones": ("phone",), "addresses": ("address",), "labelKeys": (), "locations": ()}
"""Lists that are joined, and the member by which two items are equal; without one the items are texts."""
_LIMITS = {"emails": 50, "phones": 50, "addresses": 50, "labelKeys": 2000, "locations": 50}


def resolve(site: Site, contact_id: str) -> str:
    """Return the id of the contact that a contact was merged into, however often."""
    row = site.store.get(MERGED, contact_id)
    return contact_id if row is None else resolve(site, row["targetId"])


def answer_merge(call: Call) -> Entity:
    """Answer POST merge: `{targetContactRevision, sourceContactIds}` to the target with all values of its sources."""
    target = contacts_store.fetch(call.site, call.parameter("id"))
    contacts_store.check_revision(target, call.body.get("targetContactRevision"), "targetContactRevision")
    sources = _sources(call, target)
    merged = contacts_store.save(call.site, target | {"info": joined(call.site, target, sources)})
    for source in sources:
        merge_away(call.site, source["id"], target["id"])
    return {"contact": merged}


def merge_away(site: Site, source_id: str, target_id: str) -> None:
    """Delete the source of a merge and remember its target."""
    contacts_store.delete(site, source_id)
    site.store.table(MERGED).put({"id": source_id, "targetId": target_id})


def answer_preview(call: Call) -> Entity:
    """Answer POST preview-merge: the contact that a merge would make; nothing changes."""
    target = contacts_store.fetch(call.site, call.parameter("id"))
    preview = target | {"info": joined(call.site, target, _sources(call, target))}
    return {"contact": contacts_info.derive(preview)}


def _sources(call: Call, target: Entity) -> list[Entity]:
    """Return the contacts to merge. Wix declares the codes, but not which case has which.

    Raises:
        WixError: 400 `ILLEGAL_MERGE` into itself or of one twice, 404 unknown id, 428 a member among the sources.
    """
    ids = [str(each) for each in call.items("sourceContactIds")]
    if target["id"] in ids or len(set(ids)) < len(ids):
        text = "A contact cannot be merged into itself or twice"
        raise application_error(HTTPStatus.BAD_REQUEST, "ILLEGAL_MERGE", text)
    sources = [contacts_store.fetch(call.site, each) for each in ids]
    if any(each.get("memberInfo") for each in sources):
        text = "A site member can only be the target of a merge"
        raise application_error(HTTPStatus.PRECONDITION_REQUIRED, "FAILED_PRECONDITION", text)
    return sources


def joined(site: Site, target: Entity, sources: Iterable[Entity]) -> Entity:
    """Return the `info` of a merge: the target's values stay, lists grow. Choice: the first source fills gaps."""
    info: dict[str, Any] = dict(target["info"])
    for source in sources:
        for name, value in source["info"].items():
            if name in _LISTS:
                info[name] = {"items": _appended(name, info.get(name, {}).get("items", []), value["items"])}
            elif name == "extendedFields":
                items = value["items"] | info.get(name, {}).get("items", {})
                info[name] = {"items": items}
            else:
                info.setdefault(name, value)
    return contacts_info.completed(site, info)


def _appended(name: str, items: list[Any], more: Iterable[Any]) -> list[Any]:
    result = list(items)
    for item in more:
        known = [_essence(name, each) for each in result]
        if _essence(name, item) not in known:
            result.append(item | {"primary": False} if "primary" in item else item)
    return result[: _LIMITS[name]]


def _essence(name: str, item: Any) -> Any:
    members = _LISTS[name]
    return item[members[0]] if members else item
