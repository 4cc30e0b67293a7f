"""What a run remembers of its own writes: queries may not show them yet, and later records refer to them.

Records of another site refer to each other by the ids of that site. So each record that was matched or made is noted
with the id it came with and the id it has here. Everything is kept in a temporary database, so that memory stays flat
however many records there are.
"""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING, Any

from wix_api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_wix.index_lag import IndexLag

_SCHEMA = """
CREATE TABLE written (part TEXT, id TEXT, detail TEXT, until REAL, value TEXT, PRIMARY KEY (part, id, detail))
WITHOUT ROWID;
CREATE TABLE known (kind TEXT, key TEXT, value TEXT, text TEXT, PRIMARY KEY (kind, key, value));
CREATE INDEX known_by_text ON known (kind, text)
"""
_ITSELF = ""
"""The part of an entity that its own queries show."""
_REFUSED = "refused"
_DOUBTED = 60.0
"""Seconds for which queries are not believed that showed what Wix then refused to write to."""
_THEIR_ID = "id of another site"


class RunMemory:
    """Writes of one run, and names by which entities are known. Safe for threads.

    Args:
        lag: For how long queries may show an entity as it was before a write.
    """

    def __init__(self, lag: IndexLag) -> None:
        self._lag = lag
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None

    # Writes that queries may not show yet

    def wrote(self, entity_id: str, part: str = _ITSELF, *, detail: str = "", value: str = "") -> None:
        """Record that an entity was written.

        Args:
            entity_id: Its id on this site.
            part: A part of it that other queries show.
            detail: What of this part was written.
            value: What it was set to.
        """
        self._put(part, entity_id, detail, self._lag.shown_from(), value)

    def refused(self, entity_id: str) -> None:
        """Record that Wix refused a write for what queries had shown of an entity: somebody else wrote to it."""
        self.wrote(entity_id)
        self._put(_REFUSED, entity_id, "", self._lag.clock() + _DOUBTED, "")

    def is_behind(self, entity_id: str, asked_at: float | None = None) -> bool:
        """True if queries that were sent at a moment, by default now, may show an entity as it was before."""
        moment = self._lag.clock() if asked_at is None else asked_at
        return max(self._shown_from([entity_id], part) for part in (_ITSELF, _REFUSED)) > moment

    def seconds_behind(self, ids: Iterable[str]) -> float:
        """Return the seconds after which queries show what this run did to entities."""
        return max(self._shown_from(ids, _ITSELF) - self._lag.clock(), 0.0)

    def wait_for(self, ids: Iterable[str], part: str = _ITSELF) -> None:
        """Return when queries show what this run did to entities, or to a part of them."""
        self._lag.wait_until(self._shown_from(ids, part))

    def values(self, part: str, entity_id: str = "") -> dict[str, str]:
        """Return what details of a part were set to, as far as queries may not show it yet."""
        statement = "SELECT detail, value FROM written WHERE part = ? AND id = ? AND until > ?"
        return dict(self._do(statement, (part, entity_id, self._lag.clock())))

    def _put(self, *row: Any) -> None:
        self._do("INSERT OR REPLACE INTO written VALUES (?, ?, ?, ?, ?)", row)

    def _shown_from(self, ids: Iterable[str], part: str) -> float:
        statement = "SELECT max(until) FROM written WHERE part = ? AND id = ?"
        return max((self._do(statement, (part, one))[0][0] or 0.0 for one in ids), default=0.0)

    # Names by which entities are known

    def note(self, kind: str, key: str, value: str, text: str) -> None:
        """Record what the value of a key stands for: the id of an entity, or another text."""
        self._do("INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?)", (kind, key, value, text))

    def find(self, kind: str, key: str, value: str) -> str | None:
        """Return what the value of a key stands for, None if that is not known."""
        statement = "SELECT text FROM known WHERE kind = ? AND key = ? AND value = ?"
        found = self._do(statement, (kind, key, value))
        return str(found[0][0]) if found else None

    def same(self, kind: str, theirs: str | None, ours: str) -> None:
        """Record the id that an entity of another site has on this site; records without an id need no note."""
        if theirs:
            self.note(kind, _THEIR_ID, theirs, ours)

    def here(self, kind: str, theirs: str) -> str | None:
        """Return the id on this site for an id of another site, None if no record came with it."""
        return self.find(kind, _THEIR_ID, theirs)

    def is_another(self, kind: str, theirs: str | None, ours: str) -> bool:
        """True if an entity of this site is the counterpart of a record with another id."""
        statement = "SELECT value FROM known WHERE kind = ? AND text = ? AND key = ? ORDER BY rowid DESC LIMIT 1"
        found = self._do(statement, (kind, ours, _THEIR_ID)) if theirs else []
        return bool(found) and found[0][0] != theirs

    def forget(self, kind: str, entity_id: str) -> None:
        """Drop all names of an entity that was deleted."""
        self._do("DELETE FROM known WHERE kind = ? AND text = ?", (kind, entity_id))

    def close(self) -> None:
        """Remove the database."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _do(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        with self._lock:
            try:
                self._database = self._database or temporary_database(_SCHEMA)
                return self._database.execute(statement, values).fetchall()
            except sqlite3.OperationalError as error:
                msg = f"No room for temporary files ({error}). Free some, or let TMPDIR name another folder."
                raise SettingsError(msg) from error


def temporary_database(schema: str) -> sqlite3.Connection:
    """Open an empty database that is gone with the process. Any thread may use it, one at a time.

    SQLite keeps a small one in memory, and a large one in the folder of temporary files.

    Args:
        schema: SQL that makes its tables.

    Raises:
        sqlite3.OperationalError: There is no room. So does every later use.
    """
    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)  # no name: a temporary one
    # Nobody opens it a second time, so it needs no journal, and no end of its one transaction.
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("BEGIN")
    for statement in schema.split(";"):
        database.execute(statement)
    return database
