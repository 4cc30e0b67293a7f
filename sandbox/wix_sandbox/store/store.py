"""The rows of a site: one typed store, apart from all routes."""

from __future__ import annotations

from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from wix_sandbox.clock import system_time
from wix_sandbox.store.kinds import KINDS, OF_THE_SHOP
from wix_sandbox.store.table import Table, decode_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from types import TracebackType

    from wix_sandbox.values import Entity


class Change(NamedTuple):
    """A row before and after a turn; None where it did not exist."""

    kind: str
    before: Entity | None
    after: Entity | None

    @property
    def id(self) -> str:
        """The id of the row."""
        return str((self.after or self.before or {})["id"])


class Turn:
    """A lock that one thread may take several times; calls back when it is released for the last time."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._depth = 0
        self.ended: list[Callable[[], None]] = []
        """Called in this order at the end of each turn, before the lock is released."""

    def __enter__(self) -> None:
        self._lock.acquire()
        self._depth += 1

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        try:
            if self._depth == 1:
                for act in self.ended:
                    act()
        finally:
            self._depth -= 1
            self._lock.release()


class Store:
    """The rows of a site by kind (`products`, `orders`, …). Every row has a text `id`; answers are copies."""

    def __init__(self, clock: Callable[[], datetime] = system_time) -> None:
        self._clock = clock
        self._tables: dict[str, Table] = {}
        self.lock = Turn()
        """Taken by the server for the length of one request; take it to change several rows together."""
        self.watched: frozenset[str] = frozenset()
        """Kinds whose changes are noted for `take_changes`."""
        self._changed: dict[tuple[str, int], bytes] = {}
        """Rows of watched kinds as they were before the first change of a turn, by kind and place."""

    def table(self, kind: str) -> Table:
        """Return the table of a kind, which is empty at first.

        Raises:
            KeyError: The kind is not one of `KINDS`.
        """
        if kind not in self._tables:
            if kind not in KINDS:
                raise KeyError(kind)
            self._tables[kind] = Table(self._clock, partial(self._note, kind))
        return self._tables[kind]

    def _note(self, kind: str, place: int, before: bytes) -> None:
        if kind in self.watched:
            self._changed.setdefault((kind, place), before)

    def take_changes(self) -> list[Change]:
        """Return the rows of watched kinds that differ since the last call, in the order of their first change."""
        noted, self._changed = self._changed, {}
        changes = []
        for (kind, place), before in noted.items():
            table = self.table(kind)
            after = table.text(place) if table.holds(place) else b""
            if after != before:
                changes.append(Change(kind, decode_row(before), decode_row(after)))
        return changes

    def tables(self) -> dict[str, Table]:
        """Every table that was requested so far."""
        return dict(self._tables)

    def insert(self, kind: str, entity: Entity) -> Entity:
        """Add a row and return it.

        Raises:
            ValueError: The id is taken.
        """
        with self.lock:
            if entity["id"] in self.table(kind):
                raise ValueError(f"{kind} already holds a row with id {entity['id']}")
            self.table(kind).put(entity)
        return entity

    def get(self, kind: str, entity_id: str) -> Entity | None:
        """The row with that id, or None."""
        return self.table(kind).get(entity_id)

    def find(self, kind: str, path: str, value: object) -> list[Entity]:
        """Return rows with that value at a dotted path (through lists, too), oldest first, by index."""
        table = self.table(kind)
        rows = (table.get(each) for each in list(table.lookup(path).ids(value)))
        return [row for row in rows if row is not None]

    def first(self, kind: str, path: str, value: object) -> Entity | None:
        """The oldest row with that value at a path, or None."""
        return next(iter(self.find(kind, path, value)), None)

    def update(self, kind: str, entity: Entity) -> Entity:
        """Replace the row with the entity's id and return it.

        Raises:
            KeyError: There is no such row.
        """
        with self.lock:
            if entity["id"] not in self.table(kind):
                raise KeyError(entity["id"])
            self.table(kind).put(entity)
        return entity

    def delete(self, kind: str, entity_id: str) -> bool:
        """Remove a row; False if there was none."""
        with self.lock:
            return self.table(kind).delete(entity_id) is not None

    def all(self, kind: str) -> Iterator[Entity]:
        """Every row of a kind, oldest first."""
        return iter(self.table(kind))

    def ids(self, kind: str) -> list[str]:
        """Every id of a kind, oldest first."""
        table = self.table(kind)
        return list(map(table.id, table.places()))

    def count(self, kind: str) -> int:
        """Return how many rows a kind has."""
        return len(self.table(kind))

    def kinds(self) -> list[str]:
        """Kinds that hold rows, without the derived ones."""
        return sorted(kind for kind, table in self._tables.items() if len(table) and kind in OF_THE_SHOP)

    def snapshot(self) -> dict[str, list[Entity]]:
        """Return the whole store in the form of `load`: `{kind: [rows]}`."""
        with self.lock:
            return {kind: list(self._tables[kind]) for kind in self.kinds()}

    def texts(self) -> dict[str, list[msgspec.Raw]]:
        """Return the whole store like `snapshot`, with rows as JSON texts, which no reader has to decode."""
        with self.lock:
            tables = {kind: self._tables[kind] for kind in self.kinds()}
            return {
                kind: [msgspec.Raw(table.text(place)) for place in table.places()] for kind, table in tables.items()
            }

    def load(self, snapshot: dict[str, list[Entity]]) -> None:
        """Replace all rows by a snapshot."""
        with self.lock:
            self.reset()
            for kind, entities in snapshot.items():
                for entity in entities:
                    self.table(kind).put(entity)

    def replace(self, tables: dict[str, Table]) -> None:
        """Replace all rows by copies of tables."""
        with self.lock:
            self._tables = {kind: table.copy(self._clock, partial(self._note, kind)) for kind, table in tables.items()}

    def settle(self) -> None:
        """Bring every index up to date: the initial rows of a shop do not lag."""
        with self.lock:
            for table in self._tables.values():
                table.past.forget()

    def reset(self) -> None:
        """Forget everything."""
        with self.lock:
            self._tables = {}
