"""Shadow of a site in a dry run: the entities that were read, and those that a run would have created or changed.

Entities are stored as rows of Wix's queries, by kind and by the id of their owner: a product owns its own row, and the
rows of its variants and stock. The rows are in a temporary database, so memory use does not grow with the plan.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from target_wix.fields import PLANNED
from target_wix.memory import temporary_database
from wix_api.errors import GoneError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from target_wix.change import Entity
    from wix_api.client import WixClient
    from wix_api.query import Query

T = TypeVar("T")

_READ, _CHANGED, _MADE = range(3)
_TABLES = """
CREATE TABLE entity (kind, owner, rows BLOB, state, PRIMARY KEY (kind, owner)) WITHOUT ROWID;
CREATE TABLE key (kind, member, value, owner, PRIMARY KEY (kind, member, value, owner)) WITHOUT ROWID;
CREATE INDEX key_of ON key (kind, owner);
CREATE TABLE place (product, collection, is_member, PRIMARY KEY (product, collection)) WITHOUT ROWID;
CREATE INDEX place_of ON place (collection)
"""


def is_planned(entity_id: object) -> bool:
    """True for the id of an entity that a run would create; such an id is never sent."""
    return isinstance(entity_id, str) and entity_id.startswith(PLANNED)


def gone(entity_id: str, kind: str) -> GoneError:
    """Return the refusal of a call for an entity that would be deleted by then."""
    return GoneError(f"The {kind} {entity_id} would be deleted by then.", code="NOT_FOUND", status=404)


def values_at(value: Any, path: str) -> list[str]:
    """Return the values at a path, inside lists and inside the `items` objects that Wix puts around lists."""
    head, _, rest = path.partition(".")
    if isinstance(value, list):
        return [found for one in value for found in values_at(one, path)]
    if not isinstance(value, dict):
        return []
    if head not in value and "items" in value:
        return values_at(value["items"], path)
    member = value.get(head)
    if member in (None, ""):
        return []
    if rest:
        return values_at(member, rest)
    return [str(one) for one in member] if isinstance(member, list) else [str(member)]


@dataclass(frozen=True)
class View:
    """A query of Wix, answered from the shadow.

    Attributes:
        owner: Path of the owner's id in a row.
        keys: Members by which rows are looked up, in addition to the owner's id.
        is_group: True if an owner has several rows.
        show: Returns a row as the query shows it, from the shadow, the row, and the request's other members.
        more: Returns further rows for a member and its values.
        is_whole: True if rows are whole for the request's other members. Other rows are not stored.
        has: True if the query returns a row.
        fill: Returns a changed row with the members that it lacks since it was read without them, from the site's row.
    """

    query: Query
    kind: str
    owner: str = "id"
    keys: tuple[str, ...] = ()
    is_group: bool = False
    show: Callable[[Shadow, Entity, Mapping[str, Any]], Entity] = lambda _shadow, row, _asked: row
    more: Callable[[Shadow, str, set[str]], list[Entity]] = lambda _shadow, _member, _values: []
    is_whole: Callable[[Mapping[str, Any]], bool] = lambda _asked: True
    has: Callable[[Entity], bool] = lambda _row: True
    fill: Callable[[Entity, Entity], Entity] | None = None

    def owner_of(self, row: Entity) -> str:
        """Return the id of a row's owner."""
        return next(iter(values_at(row, self.owner)), "")


class Shadow:
    """Shadow of one site. Thread-safe for threads that hold `lock`.

    The client of the site only reads. `count_reads` is called with the number of reads that only a real run would send;
    negative for those of a dry run. The first view of a kind reads entities that are changed without being read.
    """

    def __init__(self, site: WixClient, count_reads: Callable[[int], None], views: Iterable[View]) -> None:
        self.site = site
        self.count_reads = count_reads
        self.lock = threading.RLock()
        self.warn: Callable[[str], None] = logging.getLogger("target-wix").warning
        self._views = {view.kind: view for view in reversed(tuple(views))}
        self._database = temporary_database(_TABLES)
        self._facts: dict[Any, Any] = {}
        self._made = 0

    def close(self) -> None:
        """Remove the database."""
        self._database.close()

    def new_id(self, kind: str) -> str:
        """Return an id for an entity that a run would create; it is readable in messages."""
        with self.lock:
            self._made += 1
            return f"{PLANNED}{kind}-{self._made}"

    def once(self, read: Callable[[Shadow], T]) -> T:
        """Return what a function reads about the site; it is called once."""
        with self.lock:
            if read not in self._facts:
                self._facts[read] = read(self)
            fact: T = self._facts[read]
            return fact

    # Entities

    def knows(self, kind: str, owner: str) -> bool:
        """True if an entity would have been created, changed or deleted."""
        return bool(self._ask("SELECT 1 FROM entity WHERE kind = ? AND owner = ? AND state", kind, owner))

    def is_gone(self, kind: str, owner: str) -> bool:
        """True if an entity would have been deleted."""
        return self.knows(kind, owner) and not self.rows(kind, owner)

    def rows(self, kind: str, owner: str) -> list[Entity]:
        """Return the rows of an owner as they would be; rows that were not read before are read now."""
        self.read(kind, [owner])
        kept = self._kept(kind, owner)
        return msgspec.json.decode(kept[0][0]) if kept else []

    def read(self, kind: str, owners: Iterable[str]) -> None:
        """Read the rows of owners that were not read before; only the dry run reads them."""
        unknown = [one for one in dict.fromkeys(owners) if not (is_planned(one) or self._kept(kind, one))]
        if not unknown:
            return
        view = self._views[kind]
        found = list(view.query.find(self.site, view.owner, unknown, operator=view.query.one_of))
        self.count_reads(-view.query.pages(len(found)))
        for owner in unknown:
            self.see(kind, owner, [row for row in found if view.owner_of(row) == owner])

    def read_with_others(self, kind: str, owner: str, others: str) -> None:
        """Read the rows of an owner, with those of entities of another kind that were read, which may be next."""
        if is_planned(owner) or self._kept(kind, owner):
            return
        unread = self._ask(
            "SELECT owner FROM entity AS other WHERE kind = ? AND NOT EXISTS "
            "(SELECT 1 FROM entity WHERE kind = ? AND owner = other.owner) LIMIT ?",
            others,
            kind,
            self._views[kind].query.page_size - 1,
        )
        self.read(kind, [owner, *(one for (one,) in unread)])

    def entity(self, kind: str, entity_id: str) -> Entity:
        """Return an entity as it would be; raise `GoneError` if it would be deleted."""
        rows = self.rows(kind, entity_id)
        if not rows:
            raise gone(entity_id, kind)
        return rows[0]

    def keep(self, kind: str, owner: str, rows: Iterable[Entity], *, new: bool = False) -> None:
        """Store the rows of an owner as they would be, without deleted ones.

        The site has no `new` rows, although the id of their owner is not a planned one.
        """
        self._put(kind, owner, list(rows), _MADE if new or is_planned(owner) else _CHANGED)

    def change(self, kind: str, entity_id: str, body: Mapping[str, Any]) -> Entity:
        """Update members of an entity, and return it."""
        before = self.entity(kind, entity_id)
        entity = revised(patched(before, body))
        self.keep(kind, entity_id, [entity])
        return entity

    def see(self, kind: str, owner: str, rows: Iterable[Entity]) -> None:
        """Store the rows of an owner as they were read, unless the run would have changed them."""
        with self.lock:
            if not self.knows(kind, owner):
                self._put(kind, owner, list(rows), _READ)

    def known_to_have(self, kind: str, member: str, values: Iterable[str]) -> list[str]:
        """Return the owners of changed rows, and of rows that were read, whose member would have one of the values."""
        return list(dict.fromkeys(owner for value in values for owner in self._owners(kind, member, value)))

    def read_owners(self, kind: str, member: str, values: Iterable[str]) -> None:
        """Read which rows of the site have values that were not looked up before; only the dry run reads them."""
        asked = "SELECT 1 FROM key WHERE kind = ? AND member = ? AND value = ? AND owner = ''"
        unknown = [value for value in dict.fromkeys(values) if not self._ask(asked, kind, member, value)]
        if not unknown:
            return
        view = self._views[kind]
        found = list(view.query.find(self.site, member, unknown))
        self.count_reads(-view.query.pages(len(found)))
        self._note_values(view, member, unknown)
        for row in found:
            if not self.knows(kind, view.owner_of(row)):
                self._put_keys(view, view.owner_of(row), [row])

    def owner_of(self, kind: str, row_id: str) -> str:
        """Return the owner of a row of a group; "" if there is no such row."""
        view = self._views[kind]
        found = self._owners(kind, "id", row_id)
        if found or is_planned(row_id):
            return found[0] if found else ""
        self.count_reads(-1)
        rows = view.query.find(self.site, view.query.id, [row_id], operator=view.query.one_of)
        return next(map(view.owner_of, rows), "")

    def below(self, kind: str, entity_id: str, parent: str) -> list[str]:
        """Return the ids of an entity and of its descendants, among the entities that were read or created."""
        listed = self._ask("SELECT owner, rows FROM entity WHERE kind = ?", kind)
        parents = {owner: values_at(msgspec.json.decode(rows), parent) for owner, rows in listed}
        found = [entity_id]
        for one in found:
            found += [key for key, above in parents.items() if one in above and key not in found]
        return found

    # Places of products in collections

    def place(self, collection: str, product: str, *, is_member: bool) -> None:
        """Record that a product would be added to a collection, or removed from it."""
        self._ask("INSERT OR REPLACE INTO place VALUES (?, ?, ?)", product, collection, is_member)

    def leave_all(self, product: str) -> None:
        """Record that a product would be removed from all collections it would have been added to."""
        self._ask("UPDATE place SET is_member = 0 WHERE product = ?", product)

    def places(self, kind: str, product: str, existing: Iterable[str]) -> list[str]:
        """Return the ids of the collections that a product would be in; `existing` are those that it is in now."""
        moved = self._ask("SELECT collection, is_member FROM place WHERE product = ? ORDER BY collection", product)
        left = {collection for collection, is_member in moved if not is_member}
        joined = [collection for collection, is_member in moved if is_member]
        return [one for one in dict.fromkeys([*existing, *joined]) if one not in left and not self.is_gone(kind, one)]

    def members(self, collection: str) -> tuple[list[str], set[str]]:
        """Return the products that would be added to a collection, and those that would be removed from it."""
        moved = self._ask("SELECT product, is_member FROM place WHERE collection = ? ORDER BY product", collection)
        return [one for one, is_member in moved if is_member], {one for one, is_member in moved if not is_member}

    # Queries

    def look_up(self, view: View, query: Query, member: str, operator: str, values: list[str]) -> Iterator[Entity]:
        """Return the rows of a query whose member has one of the values, as they would be."""
        asked, extra = [value for value in values if not is_planned(value)], query.extra
        found = list(query.find(self.site, member, asked, operator=operator)) if asked else []
        self.count_reads(0 if asked else 1)
        with self.lock:
            self._note(view, member, asked, found, is_whole=view.is_whole(extra))
            unchanged = [row for row in found if not self.knows(view.kind, view.owner_of(row))]
            if fill := view.fill:
                for row in found:
                    if self.knows(view.kind, owner := view.owner_of(row)):
                        self.keep(view.kind, owner, [fill(one, row) for one in self.rows(view.kind, owner)])
            changed = self._changed(view, member, values, found)
            further = view.more(self, member, set(values))
            rows = [view.show(self, row, extra) for row in (*unchanged, *changed, *further)]
        self.count_reads(query.pages(len(rows)) - query.pages(len(found)))
        return iter(rows)

    def _changed(self, view: View, member: str, values: list[str], found: list[Entity]) -> list[Entity]:
        """Return the rows of changed owners whose member would have one of the values; `found` are rows of the site."""
        is_in_rows = member == view.owner or member in view.keys
        if member == view.owner:
            owners = values
        elif is_in_rows:
            owners = self.known_to_have(view.kind, member, values)
        else:  # as `collections.id`, which no change of a row changes
            owners = [view.owner_of(row) for row in found]
        known = (owner for owner in owners if self.knows(view.kind, owner))
        rows = [row for owner in known for row in self.rows(view.kind, owner) if view.has(row)]
        wanted = set(values)
        return [row for row in rows if not is_in_rows or not wanted.isdisjoint(values_at(row, member))]

    def merged(self, view: View, rows: Iterable[Entity]) -> Iterator[Entity]:
        """Yield all rows of a query as they would be."""
        changed: set[str] = set()
        for row in rows:
            owner = view.owner_of(row)
            if not self.knows(view.kind, owner):
                if not view.is_group:
                    self.see(view.kind, owner, [row])
                yield view.show(self, row, view.query.extra)
            elif owner not in changed:
                changed.add(owner)
                yield from self._shown(view, owner)
        for (owner,) in self._ask("SELECT owner FROM entity WHERE kind = ? AND state = ?", view.kind, _MADE):
            yield from self._shown(view, owner)

    def _shown(self, view: View, owner: str) -> Iterator[Entity]:
        return (view.show(self, row, view.query.extra) for row in self.rows(view.kind, owner) if view.has(row))

    def _note_values(self, view: View, member: str, values: list[str]) -> None:
        """Record that values of a key were looked up: they have the owner ""."""
        if member in view.keys:
            for value in values:
                self._ask("INSERT OR IGNORE INTO key VALUES (?, ?, ?, '')", view.kind, member, value)

    def _note(self, view: View, member: str, asked: list[str], found: list[Entity], *, is_whole: bool) -> None:
        self._note_values(view, member, asked)
        groups: dict[str, list[Entity]] = {value: [] for value in asked} if member == view.owner else {}
        for row in found:
            groups.setdefault(view.owner_of(row), []).append(row)
        for owner, rows in groups.items():
            if not is_whole or (view.is_group and member != view.owner):
                self._put_keys(view, owner, rows)  # the owner may have further rows
            else:
                self.see(view.kind, owner, rows)

    # Database

    def _kept(self, kind: str, owner: str) -> list[Any]:
        return self._ask("SELECT rows FROM entity WHERE kind = ? AND owner = ?", kind, owner)

    def _owners(self, kind: str, member: str, value: str) -> list[str]:
        ask = "SELECT owner FROM key WHERE kind = ? AND member = ? AND value = ? AND owner <> ''"
        return [str(owner) for (owner,) in self._ask(ask, kind, member, value)]

    def _put(self, kind: str, owner: str, rows: list[Entity], state: int) -> None:
        with self.lock:
            before = self._ask("SELECT state FROM entity WHERE kind = ? AND owner = ?", kind, owner)
            state = max(state, *before[0]) if before else state  # a created entity stays new
            body = msgspec.json.encode(rows)
            self._ask("INSERT OR REPLACE INTO entity VALUES (?, ?, ?, ?)", kind, owner, body, state)
            self._ask("DELETE FROM key WHERE kind = ? AND owner = ?", kind, owner)
            if kind in self._views:
                self._put_keys(self._views[kind], owner, rows)

    def _put_keys(self, view: View, owner: str, rows: list[Entity]) -> None:
        keys = {(member, value) for row in rows for member in view.keys for value in values_at(row, member)}
        for member, value in keys:
            self._ask("INSERT OR IGNORE INTO key VALUES (?, ?, ?, ?)", view.kind, member, value, owner)

    def _ask(self, statement: str, *values: Any) -> list[Any]:
        with self.lock:
            return self._database.execute(statement, values).fetchall()


def patched(current: Mapping[str, Any], changes: Mapping[str, Any]) -> Entity:
    """Return an entity with changes: objects are merged, lists are replaced, null removes a member."""
    result = dict(current)
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = patched(result[name], value)
        else:
            result[name] = value
    return result


def revised(entity: Entity) -> Entity:
    """Return an entity with its next revision, if it has a revision."""
    revision = entity.get("revision")
    return entity if revision is None else {**entity, "revision": type(revision)(int(revision) + 1)}
