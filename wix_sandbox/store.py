"""Everything a site holds: one typed store in memory, apart from all routes.

Rows are kept as JSON text. What goes in is copied by encoding, what comes out by decoding, so nobody can change a
row behind the store's back, and a million rows take the memory of their text.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from threading import RLock
from typing import TYPE_CHECKING, Any

import msgspec

from wix_sandbox.values import Entity, values_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Entry = tuple[Any, ...]
"""One place in a sorted index: the sort keys, then the row's id."""

DERIVED = frozenset({"read_only_variants", "store_variants"})
"""Kinds whose rows repeat those of other kinds: no part of a snapshot, computed again after a load."""

REMEMBERED = 8
"""Searches whose results a table keeps at hand."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Lookup:
    """Which rows carry a value at a path (`slug`, `variantsInfo.variants.sku`)."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._ids: dict[Any, dict[str, None]] = {}

    def ids(self, value: object) -> Iterable[str]:
        """Ids of the rows with that value, oldest first."""
        return self._ids.get(value, {})

    def count(self, value: object) -> int:
        """How many rows carry the value."""
        return len(self._ids.get(value, {}))

    def add(self, entity: Entity) -> None:
        """Note a row."""
        for value in self._hashable(entity):
            self._ids.setdefault(value, {})[entity["id"]] = None

    def discard(self, entity: Entity) -> None:
        """Forget a row."""
        for value in self._hashable(entity):
            ids = self._ids.get(value)
            if ids is not None:
                ids.pop(entity["id"], None)
                if not ids:
                    del self._ids[value]

    def replace(self, before: Entity, after: Entity) -> None:
        """Move a row whose value changed; one that did not keeps its place in the order."""
        if self._hashable(before) != self._hashable(after):
            self.discard(before)
            self.add(after)

    def _hashable(self, entity: Entity) -> list[Any]:
        return [value for value in values_at(entity, self.path) if isinstance(value, str | int | bool)]


class SortedIndex:
    """Rows in the order of a sort, found by bisection: a page costs the same at any depth."""

    def __init__(self, keys: Callable[[Entity], Entry], entities: Iterable[Entity]) -> None:
        self._keys = keys
        self.entries: list[Entry] = sorted((*keys(each), each["id"]) for each in entities)

    def add(self, entity: Entity) -> None:
        """Note a row."""
        insort(self.entries, (*self._keys(entity), entity["id"]))

    def discard(self, entity: Entity) -> None:
        """Forget a row."""
        entry = (*self._keys(entity), entity["id"])
        at = bisect_left(self.entries, entry)
        if at < len(self.entries) and self.entries[at] == entry:
            del self.entries[at]

    def replace(self, before: Entity, after: Entity) -> None:
        """Move a row when its keys changed."""
        if self._keys(before) != self._keys(after):
            self.discard(before)
            self.add(after)


class Table:
    """The rows of one kind, with the lookups and sorted indexes that were asked for so far."""

    def __init__(self) -> None:
        self._rows: dict[str, bytes] = {}
        self._lookups: dict[str, Lookup] = {}
        self._sorted: dict[tuple[Any, ...], SortedIndex] = {}
        self._remembered: dict[tuple[Any, ...], tuple[int, list[Entry]]] = {}
        self.version = 0
        """Counts changes: what was computed at one version holds until the next."""

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, entity_id: str) -> bool:
        return entity_id in self._rows

    def __iter__(self) -> Iterator[Entity]:
        return map(_decode, list(self._rows.values()))

    def get(self, entity_id: str) -> Entity | None:
        """A copy of the row, or None."""
        row = self._rows.get(entity_id)
        return None if row is None else _decode(row)

    def put(self, entity: Entity) -> None:
        """Insert or replace the row with the entity's id."""
        entity_id = entity["id"]
        indexes = self._indexes()
        before = self.get(entity_id) if indexes else None
        self._rows[entity_id] = _encode(entity)
        self.version += 1
        for index in indexes:
            if before is None:
                index.add(entity)
            else:
                index.replace(before, entity)

    def delete(self, entity_id: str) -> Entity | None:
        """Remove the row and give what it was, or None."""
        row = self._rows.pop(entity_id, None)
        if row is None:
            return None
        self.version += 1
        entity: Entity = _decode(row)
        for index in self._indexes():
            index.discard(entity)
        return entity

    def lookup(self, path: str) -> Lookup:
        """The lookup over a path, built at the first use and kept up to date from then on."""
        if path not in self._lookups:
            self._lookups[path] = Lookup(path)
            for entity in self:
                self._lookups[path].add(entity)
        return self._lookups[path]

    def sorted_by(self, name: tuple[Any, ...], keys: Callable[[Entity], Entry]) -> SortedIndex:
        """The sorted index of that name, built at the first use and kept up to date from then on."""
        if name not in self._sorted:
            self._sorted[name] = SortedIndex(keys, self)
        return self._sorted[name]

    def remember(self, name: tuple[Any, ...], find: Callable[[], list[Entry]]) -> list[Entry]:
        """What a search found, until the table changes: its later pages need not search again."""
        version, found = self._remembered.get(name, (-1, []))
        if version != self.version:
            found = find()
            while len(self._remembered) >= REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[name] = (self.version, found)
        return found

    def _indexes(self) -> list[Lookup | SortedIndex]:
        return [*self._lookups.values(), *self._sorted.values()]


class Store:
    """The rows of a site by kind (`products`, `orders`, …). Every row has a text `id`; answers are copies."""

    def __init__(self) -> None:
        self._tables: dict[str, Table] = {}
        self.lock = RLock()
        """Held by the server for the length of one request; take it to change several rows as one."""

    def table(self, kind: str) -> Table:
        """The table of a kind; an unknown kind is an empty table."""
        return self._tables.setdefault(kind, Table())

    @property
    def version(self) -> int:
        """Grows with every change of any row."""
        return sum(table.version for table in self._tables.values())

    def insert(self, kind: str, entity: Entity) -> Entity:
        """Add a row and give it back.

        Raises:
            ValueError: the id is taken.
        """
        if entity["id"] in self.table(kind):
            message = f"{kind} already holds a row with id {entity['id']}"
            raise ValueError(message)
        self.table(kind).put(entity)
        return entity

    def get(self, kind: str, entity_id: str) -> Entity | None:
        """The row with that id, or None."""
        return self.table(kind).get(entity_id)

    def find(self, kind: str, path: str, value: object) -> list[Entity]:
        """Rows with that value at a dotted path (through lists too), oldest first, by index."""
        table = self.table(kind)
        rows = (table.get(each) for each in list(table.lookup(path).ids(value)))
        return [row for row in rows if row is not None]

    def first(self, kind: str, path: str, value: object) -> Entity | None:
        """The oldest row with that value at a path, or None."""
        return next(iter(self.find(kind, path, value)), None)

    def update(self, kind: str, entity: Entity) -> Entity:
        """Replace the row with the entity's id and give it back.

        Raises:
            KeyError: there is no such row.
        """
        if entity["id"] not in self.table(kind):
            raise KeyError(entity["id"])
        self.table(kind).put(entity)
        return entity

    def delete(self, kind: str, entity_id: str) -> bool:
        """Remove a row; False when there was none."""
        return self.table(kind).delete(entity_id) is not None

    def all(self, kind: str) -> Iterator[Entity]:
        """Every row of a kind, oldest first."""
        return iter(self.table(kind))

    def ids(self, kind: str) -> list[str]:
        """Every id of a kind, oldest first."""
        return [each["id"] for each in self.table(kind)]

    def count(self, kind: str) -> int:
        """How many rows a kind has."""
        return len(self.table(kind))

    def kinds(self) -> list[str]:
        """Kinds that hold rows, without the derived ones."""
        return sorted(kind for kind, table in self._tables.items() if len(table) and kind not in DERIVED)

    def snapshot(self) -> dict[str, list[Entity]]:
        """The whole store, as `load` takes it: `{kind: [rows]}`."""
        with self.lock:
            return {kind: list(self._tables[kind]) for kind in self.kinds()}

    def load(self, snapshot: dict[str, list[Entity]]) -> None:
        """Replace everything by a snapshot."""
        with self.lock:
            self.reset()
            for kind, entities in snapshot.items():
                for entity in entities:
                    self.table(kind).put(entity)

    def reset(self) -> None:
        """Forget everything."""
        with self.lock:
            changes = self.version
            self._tables = {}
            # Whoever watches the version must see the reset as one more change.
            self.table("").version = changes + 1
