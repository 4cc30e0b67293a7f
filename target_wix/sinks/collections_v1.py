"""Collections of a V1 site, one a call.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/collections
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from target_wix import limits
from target_wix.commands import Command
from target_wix.comparing import changed, filled
from target_wix.forms import Layout, taking
from target_wix.outcomes import Outcome
from target_wix.sinks.collection_index import CollectionIndex
from target_wix.sinks.collection_sink import CollectionSink
from wix_api.endpoints import stores_v1

if TYPE_CHECKING:
    from target_wix.changes import Change, Entity
    from target_wix.run import Run

RULES = (
    limits.required("name"),
    limits.length("name", 50, 1),
    limits.length("slug", 100, 1),
    limits.length("description", 600),
)
_SPEC: dict[str, Any] = {"name": str, "slug": str, "description": str, "visible": True}
_TAKE = taking(_SPEC)
_READ_ONLY = {
    *("id", "numberOfProducts", "itemCounter", "revision", "createdDate", "updatedDate", "v1"),
    *("breadcrumbsInfo", "treeReference"),
}


def is_fixed(collection: Entity) -> bool:
    """Whether the collection is All Products, which cannot be changed."""
    return bool(collection.get("id") == stores_v1.ALL_PRODUCTS_COLLECTION)


def index_of(run: Run) -> CollectionIndex:
    """Give the run's index of collections."""
    return CollectionIndex.of(run, stores_v1.COLLECTIONS, is_fixed)


def make_collection(run: Run, body: Entity) -> Entity:
    """Make a collection of which only name, and perhaps slug, are known, and give it.

    Raises:
        Rejected: It breaks a documented limit.
        WixError: It was refused, or not answered.
    """
    limits.check(body, RULES)
    collection: Entity = run.client.entity(stores_v1.CREATE_COLLECTION, "collection", body={"collection": body})
    return collection


class CollectionsV1(CollectionSink):
    """Writes collections."""

    shape = Layout(_SPEC)

    @property
    @override
    def index(self) -> CollectionIndex:
        return index_of(self.run)

    @override
    def compare(self, change: Change) -> None:
        record, current = change.record, change.current
        if is_fixed(current or record):
            return
        # Pictures of collections cannot be written on V1.
        media = record.get("media") or {}
        unwritten = {} if media.get("items") else {"media"}
        self.run.warn_of_members(self.stream.name, record, {*_SPEC, *_READ_ONLY, *unwritten})
        said = _TAKE(record)
        limits.check(said, RULES if current is None else RULES[1:])
        change.body = filled(said) if current is None else changed(said, _TAKE(current))
        change.fields = tuple(change.body)

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        written = self.run.together(lambda change: self.written(change, lambda: self._write(change)), changes)
        return [change for change, is_done in zip(changes, written, strict=True) if not is_done]

    def _write(self, change: Change) -> None:
        names = {"id": change.id}
        if is_fixed(change.current or change.record):
            self.stream.settle(change, Outcome.IGNORED)
        elif change.command is Command.DELETE:
            self._delete(change)
        elif change.current is None:
            collection = self.client.entity(stores_v1.CREATE_COLLECTION, "collection", body={"collection": change.body})
            self.index.put(collection)
            self.created(change, collection["id"])
            self.stream.settle(change, Outcome.CREATED)
        else:
            self.client.call(stores_v1.UPDATE_COLLECTION, names=names, body={"collection": change.body})
            self.index.put({**change.current, **change.body})
            self.settle_written(change)

    def _delete(self, change: Change) -> None:
        self.client.call(stores_v1.DELETE_COLLECTION, names={"id": change.id})
        self.index.drop(change.id)
        self.deleted(change)
