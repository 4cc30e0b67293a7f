"""What writing collections has in common on both store catalogs: how they are found."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from typing_extensions import override

from target_wix.changes import Change
from target_wix.commands import Command
from target_wix.domain import Domain
from target_wix.matching import Key, text_of
from target_wix.sinks.collection_index import KIND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_wix.changes import Entity
    from target_wix.failures import Failure
    from target_wix.sinks.collection_index import CollectionIndex


class CollectionSink(Domain):
    """Finds collections in the index of all of them."""

    kind = KIND
    rank = 0
    can_mirror = True

    @property
    @abstractmethod
    def index(self) -> CollectionIndex:
        """The site's collections."""

    @override
    def keys(self) -> tuple[Key, ...]:
        return (
            Key("id", self.id_of, lambda ids: self.index.find("id", ids)),
            Key("slug", lambda record: text_of(record, "slug"), lambda slugs: self.index.find("slug", slugs)),
            # Names repeat in different places of a tree, so one decides only where there is no slug.
            Key("name", _name_without_slug, lambda names: self.index.find("name", names)),
        )

    @staticmethod
    def id_of(record: Entity) -> list[str]:
        """Give the id that a record offers. On V1 that of All Products is no GUID."""
        return text_of(record, "id")

    @override
    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        return {found.id: found.entity for found in self.index.find("id", ids) if found.entity}

    @override
    def look_anew(self) -> None:
        self.index.forget()

    @override
    def outdated(self, change: Change) -> None:
        super().outdated(change)
        self.run.lag.lost()
        self.index.forget()

    @override
    def look_for(self, change: Change, failure: Failure) -> bool:
        if change.current is None:
            self.index.forget()  # whether it was made is seen by reading all again
        else:
            self.index.drop(change.id)
        return super().look_for(change, failure)

    @override
    def missing(self, change: Change) -> None:
        self.index.drop(change.id)
        super().missing(change)

    # At the end of the input

    @override
    def touched_by(self, change: Change) -> Iterable[str]:
        # What lies in a collection goes with it.
        parent = str((change.record.get("parentCategory") or {}).get("id") or "")
        here = (self.run.memory.here(KIND, parent) or parent) if parent else ""
        places = [one for one in (change.id, here) if one]
        return [*places, *(above for one in places for above in self.index.above(one))]

    @override
    def surplus(self) -> list[Change]:
        """Give what a mirror does not hold, the innermost first; what holds something of it stays.

        V1 tells no dates, so those count that were there when this run first read them.
        """
        kept = self.run.mirror.kept(self.stream.name)
        kept = kept | {above for one in kept for above in self.index.above(one)}
        gone = [
            one
            for one in self.index.old_ones()
            if one["id"] not in kept and not self.index.is_fixed(one["id"]) and not self.run.deletes.is_held(one["id"])
        ]
        gone.sort(key=lambda one: len(self.index.above(one["id"])), reverse=True)
        return [
            Change(
                0, {}, Command.DELETE, key=f"name={one.get('name')}", id=one["id"], current=self.run.deletes.slim(one)
            )
            for one in gone
        ]

    @override
    def is_still_surplus(self, change: Change) -> bool:
        return super().is_still_surplus(change) and self.index.get(change.id) is not None


def _name_without_slug(record: Entity) -> list[str]:
    return [] if record.get("slug") else text_of(record, "name")
