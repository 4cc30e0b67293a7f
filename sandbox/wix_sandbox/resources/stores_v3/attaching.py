"""Adds info sections and tags to V3 products and removes them, for named products or by filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.resources.stores_v3.refusals import refusal
from wix_sandbox.resources.stores_v3.updating import update_product

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

MOST_SECTIONS = 20
"""Info sections of one product."""


def change_sections(site: Site, product: Entity, ids: list[str], *, add: bool) -> Entity:
    """Add info sections to a product, or remove them.

    Raises:
        WixError: 400 for too many sections, 404 for an unknown one.
    """
    kept = [each["id"] for each in product.get("infoSections", []) if each["id"] not in ids]
    named = [*kept, *ids] if add else kept
    if len(named) > MOST_SECTIONS:
        raise refusal("TOO_MANY_INFO_SECTIONS_ERROR", f"a product has at most {MOST_SECTIONS} info sections")
    change = {"revision": product["revision"], "infoSections": [{"id": each} for each in named]}
    return update_product(site, product["id"], change)


def tagger(site: Site, body: Entity) -> Callable[[Entity], Entity]:
    """Apply `assignTags` and `unassignTags` of a request to a product.

    Raises:
        WixError: 400 if the request names neither.
    """
    assign, unassign = body.get("assignTags") or {}, body.get("unassignTags") or {}
    if not assign and not unassign:
        raise refusal("EMPTY_ASSIGN_AND_UNASSIGN_LISTS", "assignTags or unassignTags must be set")

    def tag(product: Entity) -> Entity:
        tags = {}
        for kind in ("privateTags", "publicTags"):
            ids = (product.get("tags", {}).get(kind) or {}).get("tagIds", [])
            added, taken = ((each.get(kind) or {}).get("tagIds") or [] for each in (assign, unassign))
            tags[kind] = {"tagIds": [each for each in dict.fromkeys([*ids, *added]) if each not in taken]}
        return update_product(site, product["id"], {"revision": product["revision"], "tags": tags})

    return tag
