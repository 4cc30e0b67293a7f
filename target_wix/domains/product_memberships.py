"""Which collections a product record names, translated to this site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.change import MOST_TRIES
from target_wix.domains.collections_shared import KIND
from target_wix.errors import Failure, Rejected
from target_wix.matching import GUID
from target_wix.verdicts import Verdict, unmade, verdict_of_need
from wix_api.errors import RejectionError, UnavailableError
from wix_api.products.collection import name_of_slug

if TYPE_CHECKING:
    from target_wix.change import Change, Entity
    from target_wix.domains.collections_shared import CollectionIndex
    from target_wix.domains.memberships import Memberships
    from target_wix.run import Run


def resolve(run: Run, index: CollectionIndex, reference: str) -> str | None:
    """Return the id of a collection on this site, named by an id of the other site, or by id, slug or name.

    Raises:
        Postponed: It is about to be deleted.
    """
    here = run.memory.here(KIND, reference) or index.named(reference)
    if here:
        run.deletes.check_free(here)
        run.mirror.keep(KIND, here)
    return here


def named_by(record: Entity) -> tuple[str, list[str]] | None:
    """Return the member by which a product record names its collections, and the names; None if it names none.

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
    """Return the collections of a product of the site, as either catalog shows them."""
    categories = ((product or {}).get("directCategoriesInfo") or {}).get("categories") or []
    return {entry["id"] for entry in categories} | set((product or {}).get("collectionIds") or [])


def compare_places(run: Run, index: CollectionIndex, change: Change) -> None:
    """Set the collections to join, to leave, and to make; and the member that names them, if any differs.

    The list is the whole truth: what it does not name is left. But while one of its ids cannot be resolved, nothing is
    left, since that id may mean a collection that the product is in.

    Raises:
        Rejected: `collections` names one that the site does not have and that may not be made, or has several times;
            in rows of a product file only if collections may be made.
        Postponed: It names one that is about to be deleted.
    """
    change.joins = change.leaves = change.missing = ()
    named = named_by(change.record)
    if named is None:
        return
    member, references = named
    wanted: set[str] = set()
    is_complete = True
    for reference in references:
        here = resolve(run, index, reference)
        # A row of a product file was not written for this site: what it cannot place is told, and the rest is loaded.
        if here is None and member == "collections" and (run.makes_collections or change.source is None):
            _check_missing(run, index, reference)
            change.missing = (*change.missing, reference)
        elif here is None:
            is_complete = False
            run.warn_once(
                f"A product is in a collection that this site does not have ({reference}); it is left out. Load "
                "`collections` first, or set `stream_options.products.create_missing_collections`."
            )
        elif not index.is_fixed(here):
            wanted.add(here)
    now = {collection for collection in places_of(change.current) if not index.is_fixed(collection)}
    change.joins = tuple(sorted(wanted - now))
    change.leaves = tuple(sorted(now - wanted)) if is_complete else ()
    if change.joins or change.leaves or change.missing:
        change.fields = (*change.fields, member)


def _check_missing(run: Run, index: CollectionIndex, reference: str) -> None:
    if index.is_ambiguous(reference):
        msg = f"Several collections of the site are called `{reference}`. Name it by its id or slug."
        raise Rejected(msg, code="AMBIGUOUS_MATCH", field="collections")
    if not run.makes_collections or GUID.fullmatch(reference):
        msg = (
            f"The site has no collection `{reference}`. Load `collections` first, or set "
            "`stream_options.products.create_missing_collections` to have collections made by their names."
        )
        raise Rejected(msg, code="UNKNOWN_COLLECTION", field="collections")


def is_to_be_made(run: Run, record: Entity, reference: str) -> bool:
    """True if a collection that a record names and the site lacks will be made."""
    member, references = named_by(record) or ("", [])
    return (
        run.makes_collections and member == "collections" and reference in references and not GUID.fullmatch(reference)
    )


def make_missing(run: Run, memberships: Memberships, change: Change) -> bool:
    """Make the collections that a record names and the site lacks, each once; whether there were any.

    Raises:
        Rejected: Wix refuses one of them.
    """
    bodies = {_text(entry): _new(entry) for entry in change.record.get("collections") or []} if change.missing else {}
    for reference in change.missing:
        if not memberships.index.named_at_last(reference):
            _make(run, memberships, reference, bodies[reference])
    return bool(change.missing)


def _new(entry: Any) -> Entity:
    """Return the body that creates the collection of an entry: with its name, or with its slug and a name from it."""
    slug = entry.get("slug") if isinstance(entry, dict) else None
    if not slug:
        return {"name": _text(entry)}
    return {"name": str(entry.get("name") or name_of_slug(str(slug))), "slug": str(slug)}


def _make(run: Run, memberships: Memberships, name: str, body: Entity) -> None:
    index = memberships.index
    failure = Failure.unanswered("Wix does not answer.")
    for _ in range(MOST_TRIES):
        try:
            collection = memberships.make(body)
        except (RejectionError, UnavailableError) as error:
            failure = Failure.of(error)
            if verdict_of_need(failure) is Verdict.REJECT:
                break
            # Whether it was made is seen by reading all again, once the index has caught up.
            run.lag.lost_create() if failure.is_lost else run.lag.lost()
            index.forget()
            if index.named_at_last(name):
                run.new_collections += [name] if failure.is_lost else []
                return
        except Rejected as error:
            msg = f"The collection `{name}` cannot be made: {error.message}"
            raise Rejected(msg, code=error.code, field="collections") from None
        else:
            index.put(collection)
            run.memory.wrote(collection["id"])
            run.mirror.keep(KIND, collection["id"])
            run.new_collections.append(str(collection["name"]))
            return
    raise unmade(failure, "collection", name, "collections")


def with_names(index: CollectionIndex, change: Change, old: Entity, new: Entity) -> tuple[Entity, Entity]:
    """Return both sides with the names of the collections that the product has and that it should have."""
    named = named_by(change.record)
    if named is None or not (change.joins or change.leaves or change.missing):
        return old, new
    now = places_of(change.current)
    then = (now - set(change.leaves)) | set(change.joins)
    return {**old, named[0]: index.names(now)}, {**new, named[0]: index.names(then)}


def _text(entry: Any) -> str:
    if isinstance(entry, dict):
        entry = entry.get("id") or entry.get("slug") or entry.get("name")
    return str(entry or "").strip()
