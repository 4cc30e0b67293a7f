"""What collections of both store catalogs have in common: the index of all of them, and how they are found.

All collections of a site are read once: a tree holds at most 1,000 of them on V3, some pages on V1.
"""

from __future__ import annotations

import json
import threading
from abc import abstractmethod
from typing import TYPE_CHECKING

from typing_extensions import override

from target_wix.change import Change, Command
from target_wix.domain import Domain
from target_wix.matching import Found, Key, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from target_wix.change import Entity
    from target_wix.errors import Failure
    from target_wix.run import Run
    from wix_api.query import Query

KIND = "collections"


class CollectionIndex:
    """Finds collections by id, slug and name, and knows those that this run made.

    Args:
        run: The site, and when its queries are to be believed.
        query: How its collections are read.
        is_fixed: Whether a collection is one that nobody may write: All Products.
    """

    def __init__(self, run: Run, query: Query, is_fixed: Callable[[Entity], bool]) -> None:
        self._run = run
        self._query = query
        self._is_fixed = is_fixed
        self._lock = threading.Lock()
        self._by_id: dict[str, Entity] | None = None
        self._at_first: frozenset[str] | None = None

    def get(self, collection_id: str) -> Entity | None:
        """Return a collection, None if there is none."""
        return self._all().get(collection_id)

    def put(self, collection: Entity) -> None:
        """Record a collection that was made or changed."""
        self._all()[collection["id"]] = collection
        self._note(collection["id"], collection)

    def drop(self, collection_id: str) -> None:
        """Forget a collection that was deleted."""
        self._all().pop(collection_id, None)
        self._note(collection_id, {})

    def forget(self) -> None:
        """Read all again when next needed: more has changed than was written here."""
        with self._lock:
            self._by_id = None

    def old_ones(self) -> list[Entity]:
        """Return the collections that were there when they were first read."""
        everything = self._all()
        return [collection for key, collection in everything.items() if key in (self._at_first or ())]

    def above(self, collection_id: str) -> list[str]:
        """Return the collections above a collection, its parent first. There are none on V1."""
        found: list[str] = []
        parent = _parent_of(self.get(collection_id))
        while parent and parent not in found:
            found.append(parent)
            parent = _parent_of(self.get(parent))
        return found

    def is_fixed(self, collection_id: str) -> bool:
        """True if a collection must not be written."""
        collection = self.get(collection_id)
        return collection is not None and self._is_fixed(collection)

    def fixed(self) -> str | None:
        """Return the id of the collection that nobody may write."""
        return next((key for key, collection in self._all().items() if self._is_fixed(collection)), None)

    def find(self, member: str, values: Iterable[str]) -> list[Found]:
        """Find collections by the values of a member."""
        wanted = set(values)
        return [
            Found(str(collection[member]), key, collection)
            for key, collection in self._all().items()
            if str(collection.get(member)) in wanted
        ]

    def named(self, text: str) -> str | None:
        """Return the id of the collection that a text names by id, slug or name; None if none or several do."""
        if self.get(text) is not None:
            return text
        for member in ("slug", "name"):
            found = self.find(member, [text])
            if found:
                return found[0].id if len(found) == 1 else None
        return None

    def named_at_last(self, text: str) -> str | None:
        """Return the id of the collection that a text names, after waiting for one that may still appear."""
        while (here := self.named(text)) is None and self._run.lag.wait_on():
            self.forget()
        return here

    def is_ambiguous(self, text: str) -> bool:
        """True if several collections have a text as their name."""
        return len(self.find("name", [text])) > 1

    def names(self, ids: Iterable[str]) -> list[str]:
        """Return the names of collections that can be written, as far as they are known without a request."""
        known = {key: (self._by_id or {}).get(key) or {} for key in ids}
        return sorted(str(one.get("name") or key) for key, one in known.items() if not (one and self._is_fixed(one)))

    def _all(self) -> dict[str, Entity]:
        with self._lock:
            if self._by_id is None:
                self._run.lag.wait()
                self._by_id = {row["id"]: row for row in self._run.rows(self._query)}
                if self._at_first is None:
                    self._at_first = frozenset(self._by_id)
                for key, ours in self._run.memory.values(KIND).items():
                    self._overlay(key, json.loads(ours))
            return self._by_id

    def _note(self, collection_id: str, collection: Entity) -> None:
        self._run.memory.wrote("", KIND, detail=collection_id, value=json.dumps(collection))

    def _overlay(self, key: str, ours: Entity) -> None:
        """Replace what a lagging query shows by what this run wrote."""
        read = (self._by_id or {}).get(key)
        if self._by_id is None:
            return
        if not ours:
            self._by_id.pop(key, None)
        elif read is None or int(read.get("revision") or 0) <= int(ours.get("revision") or 0):
            self._by_id[key] = ours


def _parent_of(collection: Entity | None) -> str:
    return str(((collection or {}).get("parentCategory") or {}).get("id") or "")


class CollectionDomain(Domain):
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
        """Return the id that a record offers. On V1 the id of All Products is no GUID."""
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
        """Return the collections that a mirror does not hold, the innermost first; those above a kept one stay.

        V1 shows no dates, so only collections that were there when this run first read them are deleted.
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
