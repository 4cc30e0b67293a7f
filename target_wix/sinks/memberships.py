"""Which collections a product record names, translated to this site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.sinks.collection_index import KIND

if TYPE_CHECKING:
    from target_wix.changes import Change, Entity
    from target_wix.run import Run
    from target_wix.sinks.collection_index import CollectionIndex


def resolve(run: Run, index: CollectionIndex, reference: str) -> str | None:
    """Give the id on this site for an id of the records' own site, or for an id, slug or name of this one.

    Raises:
        Postponed: It is about to be deleted.
    """
    here = run.references.find(KIND, reference) or index.named(reference)
    if here:
        run.deletes.check_free(here)
        run.mirror.keep(KIND, here)
    return here


def named_by(record: Entity) -> tuple[str, list[str]] | None:
    """Give the member by which a product record names its collections, and what it names; None if it names none.

    `collections` holds names, slugs or ids; `directCategoriesInfo` (V3) and `collectionIds` (V1) are what the tap
    extracts.
    """
    named = record.get("collections")
    if isinstance(named, str):
        named = [named] if named else []
    if isinstance(named, list):
        return "collections", [text for entry in named if (text := _text(entry))]
    categories = (record.get("directCategoriesInfo") or {}).get("categories")
    if isinstance(categories, list):
        return "directCategoriesInfo", [str(entry["id"]) for entry in categories if entry.get("id")]
    if isinstance(record.get("collectionIds"), list):
        return "collectionIds", [str(entry) for entry in record["collectionIds"]]
    return None


def places_of(product: Entity | None) -> set[str]:
    """Give the collections that a product of the site is in, as either catalog tells them."""
    categories = ((product or {}).get("directCategoriesInfo") or {}).get("categories") or []
    return {entry["id"] for entry in categories} | set((product or {}).get("collectionIds") or [])


def changes_of(
    run: Run, index: CollectionIndex, record: Entity, current: set[str]
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Give the naming member, the collections to join and those to leave.

    The list is the whole truth: what it does not name is left. But while one of its names cannot be resolved, nothing
    is left, since that name may mean a collection that the product is in.
    """
    named = named_by(record)
    if named is None:
        return "", (), ()
    member, references = named
    wanted: set[str] = set()
    is_complete = True
    for reference in references:
        here = resolve(run, index, reference)
        if here is None:
            is_complete = False
            run.warn_once(
                f"A product names a collection that this site does not have ({reference}); it is left out. Load "
                "`collections` first."
            )
        elif not index.is_fixed(here):
            wanted.add(here)
    now = {collection for collection in current if not index.is_fixed(collection)}
    leaves = now - wanted if is_complete else set()
    return member, tuple(sorted(wanted - now)), tuple(sorted(leaves))


def with_names(index: CollectionIndex, change: Change, old: Entity, new: Entity) -> tuple[Entity, Entity]:
    """Put the names of a product's collections, as they are and as they shall be, in the place of what names them."""
    named = named_by(change.record)
    if named is None or not (change.joins or change.leaves):
        return old, new
    current = change.current or {}
    entries = (current.get("directCategoriesInfo") or {}).get("categories") or []
    now = {*(entry["id"] for entry in entries), *(current.get("collectionIds") or [])}
    then = (now - set(change.leaves)) | set(change.joins)
    return {**old, named[0]: index.names(now)}, {**new, named[0]: index.names(then)}


def _text(entry: Any) -> str:
    if isinstance(entry, dict):
        entry = entry.get("id") or entry.get("slug") or entry.get("name")
    return str(entry or "").strip()
