"""A category as it is written: its members, its picture, and the order of writing.

Source: https://dev.wix.com/docs/rest/business-management/categories
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix.fields import Access, Field, Fields, Form, derived, fields, length, slug

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_wix.changes import Change, Entity

CATEGORY = Fields(
    Field("name", limit=length(80, 1), required=True),
    Field("slug", limit=slug(300)),
    Field("description", limit=length(600)),
    Field("visible", Form.FLAG),
    *fields("seoData richContentDescription extendedFields", Form.OBJECT),
    *fields("image.id image.url image.altText image.filename"),
    Field("parentCategory", Form.OBJECT, access=Access.APART),
    *derived("id revision createdDate updatedDate itemCounter numberOfProducts breadcrumbsInfo treeReference"),
    *derived("managingAppId v1"),
)


def is_fixed(category: Entity) -> bool:
    """True if an app manages the category: All Products, which cannot be changed by hand."""
    return bool(category.get("managingAppId"))


def without_derived_image(body: Entity, *, foreign: bool) -> None:
    """Reduce a picture to its writable members, in place: a URL if it is of another site, else its id."""
    image = body.get("image")
    if isinstance(image, dict):
        kept = {name: image[name] for name in ("id", "url", "altText") if image.get(name)}
        if foreign and kept.get("url"):
            kept.pop("id", None)
        elif kept.get("id"):
            kept.pop("url", None)
        body["image"] = kept


def is_same_image(said: Entity, there: Entity) -> bool:
    """True if a category has its picture already.

    Wix keeps a copy under another name and does not say where it came from, so a picture of elsewhere counts as
    the one that is there, as long as its description is the same.
    """
    if said.get("id") and said["id"] == there.get("id"):
        return (said.get("altText") or "") == (there.get("altText") or "")
    return bool(there and said.get("url")) and (said.get("altText") or "") == (there.get("altText") or "")


def parents_first(changes: list[Change]) -> list[Change]:
    """Return records with parents before their children, and siblings in the order of their tree."""
    by_id = {str(change.record.get("id")): change for change in changes if change.record.get("id")}

    def depth(change: Change, seen: tuple[str, ...] = ()) -> int:
        parent = str((change.record.get("parentCategory") or {}).get("id"))
        return 1 + depth(by_id[parent], (*seen, parent)) if parent in by_id and parent not in seen else 0

    order: Callable[[Change], tuple[int, float]] = lambda change: (  # noqa: E731 - reads as one thing
        depth(change),
        float((change.record.get("parentCategory") or {}).get("index") or 0),
    )
    return sorted(changes, key=order)
