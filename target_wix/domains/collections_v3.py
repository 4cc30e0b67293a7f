"""Categories of a V3 site: one call each, one after another, parents before children.

Source: https://dev.wix.com/docs/rest/business-management/categories
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from target_wix.change import Command, Outcome
from target_wix.desired import cleared, diff, filled
from target_wix.domains.collections_shared import KIND, CollectionDomain, CollectionIndex
from target_wix.fields import SEO_DATA, Access, Field, Fields, Form, derived, fields, length, slug
from target_wix.matching import guid_of
from wix_api.endpoints import stores_v3
from wix_api.errors import RejectionError

if TYPE_CHECKING:
    from target_wix.change import Change, Entity
    from target_wix.run import Run
    from target_wix.stream import Stream
    from wix_api.operations import Operation


CATEGORY = Fields(
    Field("name", limit=length(80, 1), required=True),
    Field("slug", limit=slug(300)),
    Field("description", limit=length(600)),
    Field("visible", Form.FLAG),
    *SEO_DATA,
    *fields("richContentDescription extendedFields", Form.OBJECT),
    *fields("image.id image.url image.altText image.filename"),
    Field("parentCategory.id", access=Access.APART),
    Field("parentCategory.index", Form.NUMBER, access=Access.APART),
    *derived("id revision createdDate updatedDate itemCounter numberOfProducts breadcrumbsInfo treeReference"),
    *derived("managingAppId v1"),
)


def is_fixed(category: Entity) -> bool:
    """True if an app manages the category: All Products, which cannot be changed by hand."""
    return bool(category.get("managingAppId"))


def postponed(changes: list[Change]) -> list[Change]:
    """Return changes that wait for a repeated create: siblings have the order in which they are made."""
    for change in changes:
        change.tries -= 1
    return changes


def index_of(run: Run) -> CollectionIndex:
    """Return the run's index of categories."""
    return run.once(_index)


def _index(run: Run) -> CollectionIndex:
    return CollectionIndex(run, stores_v3.CATEGORIES, is_fixed)


def make_category(run: Run, body: Entity) -> Entity:
    """Create a category of which only the name, and perhaps the slug, are known, at the root of the tree; return it.

    Raises:
        Rejected: It breaks a documented limit.
        WixError: It was refused, or not answered.
    """
    CATEGORY.check(body, creating=True)
    asked = {"treeReference": stores_v3.STORES_TREE, "fields": stores_v3.CATEGORIES.extra["fields"]}
    sent = {"category": {**body, "visible": True}, **asked}
    category: Entity = run.client.entity(stores_v3.CREATE_CATEGORY, "category", body=sent)
    return category


class CollectionsV3(CollectionDomain):
    """Writes categories."""

    batch_size: ClassVar[int] = 1000
    fields = CATEGORY

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self._orphans: dict[str, str] = {}

    @property
    @override
    def index(self) -> CollectionIndex:
        return index_of(self.run)

    @staticmethod
    @override
    def id_of(record: Entity) -> list[str]:
        return guid_of(record, "id")

    @override
    def is_refused_twice(self, change: Change) -> bool:
        return bool(change.record.get("slug"))

    @override
    def compare(self, change: Change) -> None:
        record, current = change.record, change.current
        if is_fixed(current or record):
            if current is None and (here := self.index.fixed()):
                self.run.memory.same(KIND, str(record.get("id")), here)
            return
        self.run.warn_of_members(self.stream.name, CATEGORY.unwritable(record))
        said = CATEGORY.take(record)
        CATEGORY.check(said, creating=current is None)
        parent = self._parent(change)
        if current is None:
            change.body = filled({"visible": True, **said, **({"parentCategory": {"id": parent}} if parent else {})})
            without_derived_image(change.body, foreign=True)
            change.fields = tuple(change.body)
            return
        there = CATEGORY.take(current)
        change.body = diff(there, said)
        if "image" in change.body and is_same_image(said["image"], there.get("image") or {}):
            del change.body["image"]
        without_derived_image(change.body, foreign=change.is_foreign)
        if parent and parent != (current.get("parentCategory") or {}).get("id"):
            change.body["parentCategory"] = {"id": parent}
        change.fields = tuple(change.body)

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        again: list[Change] = []
        ordered = parents_first(changes)
        for place, change in enumerate(ordered):
            if again and again[-1].current is None:
                again += postponed(ordered[place:])
                break
            self.run.check_stop()
            if not self.written(change, partial(self._apply_one, change)):
                again.append(change)
        self._adopt()
        return again

    @override
    def finish(self) -> None:
        self._adopt()
        if self._orphans:
            self.run.warn_once(
                f"{len(self._orphans)} collections name a parent that this site does not have; they stand at the root."
            )

    def _apply_one(self, change: Change) -> None:
        if change.command is Command.DELETE:
            self._delete(change)
        elif is_fixed(change.current or change.record):
            self.stream.settle(change, Outcome.IGNORED)
        elif change.current is None:
            self._create(change)
        else:
            self._update(change, dict(change.body), change.current)

    def _create(self, change: Change) -> None:
        body = dict(change.body)
        parent = (change.record.get("parentCategory") or {}).get("id")
        if parent and "parentCategory" not in body:
            here = self.run.memory.here(KIND, str(parent))
            if here:
                body["parentCategory"] = {"id": here}
        category = self._call(stores_v3.CREATE_CATEGORY, {"category": body})
        self.created(change, category["id"])
        if parent and "parentCategory" not in body:
            self._orphans[category["id"]] = str(parent)
        self.stream.settle(change, Outcome.CREATED)

    def _update(self, change: Change, body: Entity, current: Entity) -> None:
        names = {"id": change.id}
        visible = body.pop("visible", None)
        parent = body.pop("parentCategory", None)
        revision = current["revision"]
        if body:
            sent = {**cleared(body), "id": change.id, "revision": revision}
            revision = self._call(stores_v3.UPDATE_CATEGORY, {"category": sent}, names)["revision"]
        if visible is not None:
            shown = {"categoryId": change.id, "visible": visible, "revision": revision}
            self._call(stores_v3.SHOW_CATEGORY, shown)
        if parent:
            self._move(change.id, parent["id"])
        self.settle_written(change)

    def _delete(self, change: Change) -> None:
        if is_fixed(change.current or {}):
            self.stream.settle(change, Outcome.IGNORED)
            return
        names = {"id": change.id}
        self.client.call(stores_v3.DELETE_CATEGORY, names=names, params=stores_v3.STORES_TREE_PARAMETER)
        # Sub-categories go with it.
        self.index.drop(change.id)
        self.index.forget()
        self.deleted(change)

    def _move(self, category: str, parent: str) -> None:
        body = {"parentCategoryId": parent, "position": "LAST", "treeReference": stores_v3.STORES_TREE}
        self.client.call(stores_v3.MOVE_CATEGORY, names={"id": category}, body=body)
        self.index.forget()

    def _call(self, operation: Operation, body: Entity, names: dict[str, str] | None = None) -> Entity:
        # The fields make the answer as full as what queries give.
        asked = {"treeReference": stores_v3.STORES_TREE, "fields": stores_v3.CATEGORIES.extra["fields"]}
        if operation is stores_v3.SHOW_CATEGORY:
            del asked["fields"]
        category = self.client.entity(operation, "category", names=names, body={**body, **asked})
        if operation is stores_v3.SHOW_CATEGORY:
            category = {**(self.index.get(category["id"]) or {}), **category}
        self.index.put(category)
        return category

    def _parent(self, change: Change) -> str | None:
        incoming = (change.record.get("parentCategory") or {}).get("id")
        if not incoming:
            return None
        here = self.run.memory.here(KIND, str(incoming))
        return here or (str(incoming) if self.index.get(str(incoming)) else None)

    def _adopt(self) -> None:
        """Move categories under parents that came after them."""
        for category, incoming in list(self._orphans.items()):
            parent = self.run.memory.here(KIND, incoming)
            if parent:
                del self._orphans[category]
                self._move_late(category, parent)

    def _move_late(self, category: str, parent: str) -> None:
        try:
            self._move(category, parent)
        except RejectionError as error:
            self.run.warn_once(f"{self.stream.name}: a collection stays at the root of the tree. {error}")


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

    def order(change: Change) -> tuple[int, float]:
        return depth(change), float((change.record.get("parentCategory") or {}).get("index") or 0)

    return sorted(changes, key=order)
