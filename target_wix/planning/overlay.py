"""What a shop would be: entities that a run would have made, changed or deleted, laid over what queries give.

They are kept in a database file that SQLite makes and removes by itself, so that a plan of any size needs no memory.
"""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from target_wix.changes import Entity

_TABLES = """
CREATE TABLE entity (kind, id, body BLOB, is_new, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE key (kind, member, value, id, PRIMARY KEY (kind, member, value, id)) WITHOUT ROWID;
CREATE INDEX key_of ON key (kind, id);
CREATE TABLE place (product, collection, is_member, PRIMARY KEY (product, collection)) WITHOUT ROWID;
CREATE INDEX place_of ON place (collection);
"""


class Overlay:
    """Entities by kind and id, and places of products in collections. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # An empty name is a temporary file.
        self._db = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._db.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}")

    def close(self) -> None:
        """Remove it."""
        self._db.close()

    def knows(self, kind: str, entity_id: str) -> bool:
        """Whether an entity would have been made, changed or deleted."""
        return bool(self._rows("SELECT 1 FROM entity WHERE kind = ? AND id = ?", kind, entity_id))

    def get(self, kind: str, entity_id: str) -> Entity | None:
        """Give an entity as it would be; None if it would be gone, or is not known here."""
        rows = self._rows("SELECT body FROM entity WHERE kind = ? AND id = ?", kind, entity_id)
        return msgspec.json.decode(rows[0][0]) if rows and rows[0][0] is not None else None

    def put(
        self, kind: str, entity_id: str, entity: Entity | None, keys: Iterable[tuple[str, str]] = (), *, new: bool
    ) -> None:
        """Keep an entity as it would be, None for one that would be gone.

        Args:
            kind: What it is.
            entity_id: Its id.
            entity: The entity.
            keys: Members by which it is found, with their values.
            new: Whether the site does not have it.
        """
        body = None if entity is None else msgspec.json.encode(entity)
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO entity VALUES (?, ?, ?, ?)", (kind, entity_id, body, new))
            self._db.execute("DELETE FROM key WHERE kind = ? AND id = ?", (kind, entity_id))
            rows = [(kind, member, value, entity_id) for member, value in keys]
            self._db.executemany("INSERT OR IGNORE INTO key VALUES (?, ?, ?, ?)", rows)

    def having(self, kind: str, member: str, values: Iterable[str]) -> list[str]:
        """Give the ids of entities that would have one of the values."""
        ask = "SELECT id FROM key WHERE kind = ? AND member = ? AND value = ?"
        return list(dict.fromkeys(row[0] for value in values for row in self._rows(ask, kind, member, value)))

    def new(self, kind: str) -> Iterator[Entity]:
        """Give the entities that would be made, in no particular order."""
        return self._each(kind, self._rows("SELECT id FROM entity WHERE kind = ? AND is_new", kind))

    def all(self, kind: str) -> Iterator[Entity]:
        """Give the entities that would have been made or changed."""
        return self._each(kind, self._rows("SELECT id FROM entity WHERE kind = ?", kind))

    def place(self, collection: str, product: str, *, is_member: bool) -> None:
        """Note that a product would be added to a collection, or taken out of it."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO place VALUES (?, ?, ?)", (product, collection, is_member))

    def leave_all(self, product: str) -> None:
        """Note that a product would be gone from where it would have been put."""
        with self._lock:
            self._db.execute("UPDATE place SET is_member = 0 WHERE product = ?", (product,))

    def places(self, product: str) -> tuple[set[str], set[str]]:
        """Give the collections that a product would be added to, and those that it would be taken out of."""
        return _split(self._rows("SELECT collection, is_member FROM place WHERE product = ?", product))

    def members(self, collection: str) -> tuple[set[str], set[str]]:
        """Give the products that would be added to a collection, and those that would be taken out of it."""
        return _split(self._rows("SELECT product, is_member FROM place WHERE collection = ?", collection))

    def _each(self, kind: str, ids: list[Any]) -> Iterator[Entity]:
        entities = (self.get(kind, entity_id) for (entity_id,) in ids)
        return (entity for entity in entities if entity is not None)

    def _rows(self, ask: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._db.execute(ask, values).fetchall()


def _split(rows: list[Any]) -> tuple[set[str], set[str]]:
    return {one for one, is_member in rows if is_member}, {one for one, is_member in rows if not is_member}
