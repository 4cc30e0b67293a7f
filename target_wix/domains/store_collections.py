"""Collections of both store catalogs; V3 calls them categories.

All collections of a site are read once: a V3 tree has at most 1,000 of them, and V1 a few pages. Each collection takes
one call. On V3, calls are sent one after another, parents before children, since the tree has one revision.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/collections
Source: https://dev.wix.com/docs/rest/business-management/categories
"""

from __future__ import annotations

import json
import threading
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Protocol

from typing_extensions import override

from target_wix.change import Change, Command, Entity
from target_wix.desired import cleared
from target_wix.domain import Domain
from target_wix.fields import SEO_DATA, SLUG, Access, Field, Fields, Form, derived, fields, length
from target_wix.matching import Found, Key, guid_of, key_of, text_of
from target_wix.undo_entries import Kept, Op, pair_entry
from wix_api.endpoints import stores_v1, stores_v3
from wix_api.errors import RejectionError
from wix_api.products.mapping import members
from wix_api.progress import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from target_wix.run import Run
    from target_wix.stream import Stream
    from wix_api.operations import Operation
    from wix_api.query import Query

KIND = "collections"


class CollectionIndex:
    """Index of all collections by id, slug and name, including those that this run created."""

    def __init__(self, run: Run, query: Query) -> None:
        self._run = run
        self._query = query
        self._lock = threading.RLock()
        self._by_id: dict[str, Entity] | None = None
        self._at_first: frozenset[str] | None = None
        self._found: dict[str, dict[str, dict[str, Found]]] = {}
        """For each member that was asked for: the collections by its values, and by their ids."""

    def get(self, collection_id: str) -> Entity | None:
        """Return a collection by its id; None if there is none."""
        return self._all().get(collection_id)

    def put(self, collection: Entity) -> None:
        """Record a collection that was created or changed."""
        with self._lock:
            self._take_out(collection["id"])
            self._all()[collection["id"]] = collection
            for member, by_value in self._found.items():
                _add(by_value, member, collection)
        self._note(collection["id"], collection)

    def drop(self, collection_id: str) -> None:
        """Remove a collection that was deleted."""
        with self._lock:
            self._take_out(collection_id)
            self._all().pop(collection_id, None)
        self._note(collection_id, {})

    def forget(self) -> None:
        """Read all collections again on next use, because another client may have changed them."""
        with self._lock:
            self._by_id, self._found = None, {}

    def read_first(self) -> list[Entity]:
        """Return the collections that existed when the run first read them."""
        everything = self._all()
        return [collection for key, collection in everything.items() if key in (self._at_first or ())]

    def above(self, collection_id: str) -> list[str]:
        """Return the ids of a collection's ancestors, its parent first. Collections of V1 have none."""
        found: list[str] = []
        parent = _parent_of(self.get(collection_id))
        while parent and parent not in found:
            found.append(parent)
            parent = _parent_of(self.get(parent))
        return found

    def below(self, collection_id: str) -> list[Entity]:
        """Return the collections below a collection."""
        return [one for key, one in self._all().items() if collection_id in self.above(key)]

    def is_fixed(self, collection_id: str) -> bool:
        """True if only Wix writes a collection."""
        return is_of_wix(self.get(collection_id) or {})

    def fixed(self) -> str | None:
        """Return the id of the collection that only Wix writes, or None."""
        return next((key for key, collection in self._all().items() if is_of_wix(collection)), None)

    def find(self, member: str, values: Iterable[str]) -> list[Found]:
        """Return the collections whose member has one of the values."""
        with self._lock:
            if member not in self._found:
                by_value: dict[str, dict[str, Found]] = {}
                for one in self._all().values():
                    _add(by_value, member, one)
                self._found[member] = by_value
            return [found for value in values for found in self._found[member].get(value, {}).values()]

    def named(self, text: str) -> str | None:
        """Return the id of the collection with this id, slug or name; None if there is none, or several."""
        if self.get(text) is not None:
            return text
        found = self.all_named(text)
        return found[0].id if len(found) == 1 else None

    def all_named(self, text: str) -> list[Found]:
        """Return the collections with this slug, or else with this name."""
        return self.find("slug", [text]) or self.find("name", [text])

    def named_at_last(self, text: str) -> str | None:
        """Return the id of the collection with this id, slug or name; wait for one that queries may not show yet."""
        while (collection_id := self.named(text)) is None and self._run.lag.wait_before_create():
            self.forget()
        return collection_id

    def names(self, ids: Iterable[str]) -> list[str]:
        """Return the names of writable collections, without sending a request; the id for an unknown one."""
        known = {key: (self._by_id or {}).get(key) or {} for key in ids}
        return sorted(str(one.get("name") or key) for key, one in known.items() if not is_of_wix(one))

    def _all(self) -> dict[str, Entity]:
        with self._lock:
            if self._by_id is None:
                self._run.lag.wait_for_unseen_writes()
                rows = {row["id"]: row for row in self._run.rows(self._query)}
                if self._at_first is None:
                    self._at_first = frozenset(rows)
                # Replace collections of a lagging query with those that this run wrote.
                for key, text in self._run.memory.values(KIND).items():
                    ours, read = json.loads(text), rows.get(key, {})
                    if not ours:
                        rows.pop(key, None)
                    elif int(read.get("revision") or 0) <= int(ours.get("revision") or 0):
                        rows[key] = ours
                self._by_id = rows
            return self._by_id

    def _take_out(self, collection_id: str) -> None:
        former = self.get(collection_id) or {}
        for member, by_value in self._found.items():
            by_value.get(str(former.get(member)), {}).pop(collection_id, None)

    def _note(self, collection_id: str, collection: Entity) -> None:
        self._run.memory.wrote("", KIND, detail=collection_id, value=json.dumps(collection))


def _add(by_value: dict[str, dict[str, Found]], member: str, collection: Entity) -> None:
    if (value := collection.get(member)) is not None:
        by_value.setdefault(str(value), {})[collection["id"]] = Found(str(value), collection["id"], collection)


def is_of_wix(collection: Entity) -> bool:
    """True for All Products, and for a category that an app manages: nobody else can write them."""
    return bool(collection.get("managingAppId")) or collection.get("id") == stores_v1.ALL_PRODUCTS_COLLECTION


def _name_alone(record: Entity) -> list[str]:
    """Return the name of a record without a slug as a list of one value; empty for others."""
    return [] if text_of(record, "slug") else text_of(record, "name")


def _parent_of(collection: Entity | None) -> str:
    place = (collection or {}).get("parentCategory") or {}
    return str(place.get("id") or "")


def _is_at_top(record: Entity) -> bool:
    """True if a record says that its category has no parent: its `parentCategory.id` is empty."""
    place = record.get("parentCategory")
    parent = place.get("id") if isinstance(place, dict) else place
    return bool(parent == "")


class HasMembers(Protocol):
    """Memberships of products in collections, as far as collections need them."""

    index: CollectionIndex

    def members(self, collection_id: str) -> Iterator[str]:
        """Yield the ids of the products of a collection."""


class CollectionDomain(Domain):
    """Base class of the collection domains, which use an index of all collections."""

    kind = KIND
    rank = 0
    can_mirror = True

    def __init__(self, stream: Stream, *, memberships: Callable[[Run], HasMembers]) -> None:
        self.memberships = memberships(stream.run)
        self.index = self.memberships.index
        self._kept: set[str] = set()
        super().__init__(stream)

    @override
    def keys(self) -> tuple[Key, ...]:
        return (
            key_of("id", self.index.find, self.id_of),
            key_of("slug", self.index.find),
            # Names may repeat in a tree, so the name is a key only for records without a slug.
            Key("name", _name_alone, partial(self.index.find, "name"), has=partial(text_of, member="name")),
        )

    @staticmethod
    def id_of(record: Entity) -> list[str]:
        """Return the id of a record as a list. On V1, the id of All Products is not a GUID."""
        return text_of(record, "id")

    @override
    def compare(self, change: Change) -> None:
        if not change.current:
            why = "The site has no collection with this id, and `match_on` has no other key"
            self.require_lasting_key(change, lambda key: key, why, "Add `slug` and `name` to it", "id")
        super().compare(change)

    @override
    def is_of_wix(self, change: Change) -> bool:
        return is_of_wix(change.current or change.record)

    @override
    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        return {found.id: found.entity for found in self.index.find("id", ids) if found.entity}

    @override
    def forget_entities(self) -> None:
        self.index.forget()

    @override
    def record_outdated(self, change: Change) -> None:
        self.run.lag.lost_answer()
        super().record_outdated(change)

    @override
    def forget_entity(self, change: Change) -> None:
        self.index.drop(change.id)

    # What writes replace, for undo files

    @override
    def read_whole(self, changes: list[Change]) -> None:
        self._kept.clear()
        super().read_whole(changes)

    @override
    def kept_with(self, change: Change) -> Iterator[Kept]:
        """Yield the memberships that the delete of a collection ends, and the collections below it, which Wix deletes.

        An undo file is read from its end, so parents come after their children.
        """
        for one in (*self._deepest_first(change.id), {"id": change.id}):
            if one["id"] in self._kept:  # with a delete before it
                continue
            self._kept.add(one["id"])
            yield from (pair_entry(one["id"], product, adds=False) for product in self.memberships.members(one["id"]))
            if one["id"] != change.id:
                yield Kept(Op.DELETE, self.stream.name, f"name={one.get('name')}", one["id"], one)

    @override
    def kept_of_change(self, change: Change, names: list[str]) -> Iterable[Kept]:
        """Return the entries of an update, after those of the collections below it, which Wix hides with it."""
        below = self._deepest_first(change.id) if change.body.get("visible") is False else []
        hidden = [
            Kept(Op.CHANGE, self.stream.name, f"name={one['name']}", one["id"], {"visible": True}, {"visible": False})
            for one in below
            if one.get("visible")
        ]
        return [*hidden, *super().kept_of_change(change, names)]

    def _deepest_first(self, collection_id: str) -> list[Entity]:
        """Return the collections below a collection in the order of an undo file: children before their parents."""
        below = self.index.below(collection_id)
        return sorted(below, key=lambda one: len(self.index.above(one["id"])), reverse=True)

    # At the end of the input

    @override
    def touched_by(self, change: Change) -> Iterable[str]:
        # A delete of a collection deletes its descendants, too.
        parent = _parent_of(change.record)
        places = [one for one in (change.id, self.run.memory.linked(KIND, parent) or parent) if one]
        return [*places, *(above for one in places for above in self.index.above(one))]

    @override
    def surplus(self) -> list[Change]:
        """Return deletes of collections that the input lacks, children first. Ancestors of kept collections are kept.

        V1 returns no creation dates, so only collections are deleted that existed when this run first read them.
        """
        kept = self.run.mirror.kept(self.stream.name)
        kept = kept | {above for one in kept for above in self.index.above(one)}
        gone = [
            one
            for one in self.index.read_first()
            if one["id"] not in kept and not self.index.is_fixed(one["id"]) and not self.run.deletes.is_held(one["id"])
        ]
        gone.sort(key=lambda one: len(self.index.above(one["id"])), reverse=True)
        return [self.delete_of(f"name={one.get('name')}", one) for one in gone]

    @override
    def is_still_surplus(self, change: Change) -> bool:
        return super().is_still_surplus(change) and self.index.get(change.id) is not None


COLLECTION = Fields(
    Field("name", limit=length(50, 1), required=True),
    Field("slug", limit=length(100, 1)),
    Field("description", limit=length(600)),
    Field("visible", Form.FLAG),
    Field("media", Form.ANY, access=Access.UNWRITABLE),
    Field("parentCategory.id", access=Access.UNWRITABLE),
    Field("parentCategory.index", Form.NUMBER, access=Access.UNWRITABLE),
    *derived("id numberOfProducts itemCounter revision createdDate updatedDate v1 breadcrumbsInfo treeReference"),
)


class CollectionsV1(CollectionDomain):
    """Writes V1 collections."""

    fields = COLLECTION

    @override
    def unwritable(self, change: Change) -> Iterable[str]:
        says_nothing = {"media"} if not members(change.record.get("media")).get("items") else set()
        return set(super().unwritable(change)) - says_nothing

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        return self.write_each(changes, self._write)

    def _write(self, change: Change) -> None:
        names = {"id": change.id}
        if change.command is Command.DELETE:
            self.client.call(stores_v1.DELETE_COLLECTION, names=names)
            self.record_deleted(change)
        elif not change.current:
            collection = self.client.entity(stores_v1.CREATE_COLLECTION, "collection", body={"collection": change.body})
            self.index.put(collection)
            self.record_created(change, collection["id"])
            self.record_written(change)
        else:
            answer = self.client.call(stores_v1.UPDATE_COLLECTION, names=names, body={"collection": change.body})
            # Wix appends a number to a slug that is taken.
            self.index.put({**change.current, **change.body, **members(answer.get("collection"))})
            self.record_written(change)


CATEGORY = Fields(
    Field("name", limit=length(80, 1), required=True),
    Field("slug", limit=SLUG),
    Field("description", limit=length(600)),
    Field("visible", Form.FLAG),
    *SEO_DATA,
    *fields("richContentDescription extendedFields", Form.OBJECT),
    *fields("id url filename", inside="image"),
    Field("image.altText", limit=length(200)),
    Field("parentCategory.id", access=Access.APART),
    Field("parentCategory.index", Form.NUMBER, access=Access.APART),
    *derived("id revision createdDate updatedDate itemCounter numberOfProducts breadcrumbsInfo treeReference"),
    *derived("managingAppId v1 image.height image.width"),
)


class CollectionsV3(CollectionDomain):
    """Writes V3 categories."""

    batch_size: ClassVar[int] = 1000
    fields = CATEGORY

    def __init__(self, stream: Stream, *, memberships: Callable[[Run], HasMembers]) -> None:
        super().__init__(stream, memberships=memberships)
        self._orphans: dict[str, str] = {}
        self._to_create: set[str] = set()
        """Ids in records whose categories are not created yet."""

    @staticmethod
    @override
    def id_of(record: Entity) -> list[str]:
        return guid_of(record)

    @override
    def refuses_twin_of(self, change: Change) -> bool:
        return bool(change.record.get("slug"))

    @override
    def is_of_wix(self, change: Change) -> bool:
        if not super().is_of_wix(change):
            return False
        if not change.current and (all_products := self.index.fixed()):
            self.run.memory.link(KIND, str(change.record.get("id")), all_products)  # All Products of another site
        return True

    @override
    def check_missing(self, change: Change) -> None:
        super().check_missing(change)
        if change.command is not Command.DELETE:
            self._to_create.update(text_of(change.record, "id"))

    @override
    def compare(self, change: Change) -> None:
        super().compare(change)
        body, existing = change.body, change.current
        is_foreign = change.is_foreign or not change.current
        if not change.current:
            body.setdefault("visible", True)
        if body.get("image") and is_same_image(body["image"], existing.get("image") or {}, foreign=is_foreign):
            del body["image"]
        without_derived_image(body, foreign=is_foreign)
        parent, incoming = self._parent(change), _parent_of(change.record)
        if parent is None and existing and incoming in self._to_create:
            parent = incoming  # `_update` replaces it by the id on this site
        if (parent or _is_at_top(change.record)) and (parent or "") != _parent_of(existing):
            body["parentCategory"] = {"id": parent or ""}
        change.fields = tuple(body)

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        again: list[Change] = []
        ordered = parents_first(changes)
        for place, change in enumerate(ordered):
            if again and not again[-1].current:
                for later in ordered[place:]:  # they wait, since siblings are sorted by their creation
                    later.is_uncounted = True
                again += ordered[place:]
                break
            self.run.stop.check()
            if not self.write_one(change, partial(self._apply_one, change)):
                again.append(change)
        self._move_orphans()
        return again

    @override
    def finish(self) -> None:
        self._move_orphans()
        if self._orphans:
            orphans = counted(len(self._orphans), "collection")
            self.run.warn_once(
                f"The site lacks the parents of {orphans}. Add the parents to the input: without them, new collections "
                "are at the root of the tree, and others stay where they were."
            )

    def _apply_one(self, change: Change) -> None:
        if change.command is Command.DELETE:
            self._delete(change)
        elif not change.current:
            self._create(change)
        else:
            self._update(change)

    def _create(self, change: Change) -> None:
        parent = self._parent(change)  # it may have been created since the comparison
        body = {**change.body, "parentCategory": {"id": parent}} if parent else change.body
        category = self._call(stores_v3.CREATE_CATEGORY, {"category": body})
        self.record_created(change, category["id"])
        if not parent and (incoming := _parent_of(change.record)):
            self._orphans[category["id"]] = incoming
        self.record_written(change)

    def _update(self, change: Change) -> None:
        names, body = {"id": change.id}, dict(change.body)
        visible = body.pop("visible", None)
        parent = body.pop("parentCategory", None)
        revision = change.current["revision"]
        if body:
            sent = {**cleared(body), "id": change.id, "revision": revision}
            revision = self._call(stores_v3.UPDATE_CATEGORY, {"category": sent}, names)["revision"]
        if visible is not None:
            shown = {"categoryId": change.id, "visible": visible, "revision": revision}
            self._call(stores_v3.SHOW_CATEGORY, shown)
        if parent and (parent_id := parent["id"] and self._parent(change)) is not None:
            self._move(change.id, parent_id)
        elif parent:  # its create was refused
            self._orphans[change.id] = parent["id"]
            change.fields = tuple(name for name in change.fields if name != "parentCategory")
        self.record_written(change)

    def _delete(self, change: Change) -> None:
        names = {"id": change.id}
        self.client.call(stores_v3.DELETE_CATEGORY, names=names, params=stores_v3.STORES_TREE_PARAMETER)
        for below in self.index.below(change.id):  # Wix deletes them, too
            self.index.drop(below["id"])
        self.record_deleted(change)

    def _move(self, category: str, parent: str) -> None:
        body = {"position": "LAST", "treeReference": stores_v3.STORES_TREE}
        body |= {"parentCategoryId": parent} if parent else {}  # without it, to the top
        self.client.call(stores_v3.MOVE_CATEGORY, names={"id": category}, body=body)
        self.index.put({**(self.index.get(category) or {"id": category}), "parentCategory": {"id": parent}})

    def _call(self, operation: Operation, body: Entity, names: dict[str, str] | None = None) -> Entity:
        is_whole = operation is not stores_v3.SHOW_CATEGORY
        asked = stores_v3.WHOLE_CATEGORY if is_whole else {"treeReference": stores_v3.STORES_TREE}
        category = self.client.entity(operation, "category", names=names, body={**body, **asked})
        if not is_whole:
            category = {**(self.index.get(category["id"]) or {}), **category}
        self.index.put(category)
        return category

    def _parent(self, change: Change) -> str | None:
        """Return the id on this site of a record's parent; None if it has none, or the site lacks it."""
        incoming = _parent_of(change.record)
        return self.run.memory.linked(KIND, incoming) or (incoming if self.index.get(incoming) else None)

    def _move_orphans(self) -> None:
        """Move categories to parents that came later in the input."""
        for category, incoming in list(self._orphans.items()):
            parent = self.run.memory.linked(KIND, incoming)
            if parent is None:
                continue
            del self._orphans[category]
            try:
                self._move(category, parent)
            except RejectionError as error:
                name = (self.index.get(category) or {}).get("name") or category
                self.stream.warn(f"`{name}` could not be moved to its parent, and stays where it was. {error}")


def without_derived_image(body: Entity, *, foreign: bool) -> None:
    """Reduce the image to its writable members, in place: its URL if it is of another site, else its id."""
    image = body.get("image")
    if isinstance(image, dict):
        kept = {name: image[name] for name in ("id", "url", "altText") if image.get(name)}
        if foreign and kept.get("url"):
            kept.pop("id", None)
        elif kept.get("id"):
            kept.pop("url", None)
        body["image"] = kept


def is_same_image(desired: Entity, existing: Entity, *, foreign: bool) -> bool:
    """True if a category may have the image of a record already.

    Wix stores a copy with another name and does not return the source. So an image from elsewhere counts as the same
    image if its alternative text is the same.
    """
    if (desired.get("altText") or "") != (existing.get("altText") or ""):
        return False
    is_same = desired.get("id") == existing.get("id")
    if desired.get("id") and existing.get("id") and (is_same or not foreign):
        return is_same
    return bool(existing and desired.get("url"))


def parents_first(changes: list[Change]) -> list[Change]:
    """Return records with parents before their children, and siblings in the order of their tree.

    A delete comes after the records before it and the parents that these name, since Wix also deletes the collections
    below that were not moved before.
    """
    written = [change for change in changes if change.command is not Command.DELETE]
    by_id = {one: change for change in written for one in (change.id, str(change.record.get("id") or "")) if one}
    deletes, deletes_before = 0, dict[Change, int]()
    for change in changes:
        one: Change | None = change
        while one is not None and one not in deletes_before:
            deletes_before[one] = deletes
            one = by_id.get(_parent_of(one.record))
        deletes += change.command is Command.DELETE

    def depth(change: Change, seen: tuple[str, ...] = ()) -> int:
        parent = _parent_of(change.record) or _parent_of(change.current)
        return 1 + depth(by_id[parent], (*seen, parent)) if parent in by_id and parent not in seen else 0

    def order(change: Change) -> tuple[int, bool, int, float]:
        index = float((change.record.get("parentCategory") or {}).get("index") or 0)
        return deletes_before[change], change.command is Command.DELETE, depth(change), index

    return sorted(changes, key=order)
