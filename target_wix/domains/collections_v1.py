"""Collections of a V1 site, one a call.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/collections
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from target_wix.change import Command, Outcome
from target_wix.desired import diff, filled
from target_wix.domains.collections_shared import CollectionDomain, CollectionIndex
from target_wix.fields import Access, Field, Fields, Form, derived, length
from wix_api.endpoints import stores_v1
from wix_api.products.mapping import members

if TYPE_CHECKING:
    from target_wix.change import Change, Entity
    from target_wix.run import Run

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


def is_fixed(collection: Entity) -> bool:
    """True if the collection is All Products, which cannot be changed."""
    return bool(collection.get("id") == stores_v1.ALL_PRODUCTS_COLLECTION)


def index_of(run: Run) -> CollectionIndex:
    """Return the run's index of collections."""
    return run.once(_index)


def _index(run: Run) -> CollectionIndex:
    return CollectionIndex(run, stores_v1.COLLECTIONS, is_fixed)


def make_collection(run: Run, body: Entity) -> Entity:
    """Create a collection of which only the name, and perhaps the slug, are known, and return it.

    Raises:
        Rejected: It breaks a documented limit.
        WixError: It was refused, or not answered.
    """
    COLLECTION.check(body, creating=True)
    collection: Entity = run.client.entity(stores_v1.CREATE_COLLECTION, "collection", body={"collection": body})
    return collection


class CollectionsV1(CollectionDomain):
    """Writes collections."""

    fields = COLLECTION

    @property
    @override
    def index(self) -> CollectionIndex:
        return index_of(self.run)

    @override
    def compare(self, change: Change) -> None:
        record, current = change.record, change.current
        if is_fixed(current or record):
            return
        says_nothing = {"media"} if not members(record.get("media")).get("items") else set()
        self.run.warn_of_members(self.stream.name, set(COLLECTION.unwritable(record)) - says_nothing)
        said = COLLECTION.take(record)
        COLLECTION.check(said, creating=current is None)
        change.body = filled(said) if current is None else diff(COLLECTION.take(current), said)
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
