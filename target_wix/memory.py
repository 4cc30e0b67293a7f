"""Memory of a run: writes that queries may not show yet, ids of other sites, and the latest records.

Wix serves queries from indexes that lag behind writes. Queries do not immediately show what was written just before the
run, for example by a killed run over the same input, nor a write whose answer was lost. So look-ups wait until the
index has caught up (`IndexLag`). The run's own writes are remembered for as long as queries may not show them
(`RunMemory`). See docs/decisions/0008-look-ups-wait-for-the-index.md.

Records of another site refer to each other by the ids of that site. So for each matched or created entity, the id in
the record is stored with the id on this site. All of this is in a temporary database, so memory use does not grow with
the number of records.

A record that repeats one of the latest records needs no request (`Repeats`).
Source: https://dev.wix.com/docs/rest/articles/work-with-wix-apis/data-retrieval
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from target_wix.change import WRITTEN, Command, Entity, Outcome, Result
from wix_api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable


_SCHEMA = """
CREATE TABLE written (part TEXT, id TEXT, detail TEXT, until REAL, value TEXT, PRIMARY KEY (part, id, detail))
WITHOUT ROWID;
CREATE TABLE known (kind TEXT, key TEXT, value TEXT, text TEXT, PRIMARY KEY (kind, key, value));
CREATE INDEX known_by_text ON known (kind, text);
CREATE TABLE changed (kind TEXT, id TEXT, key TEXT, value TEXT, PRIMARY KEY (kind, id, key, value)) WITHOUT ROWID;
CREATE INDEX changed_by_value ON changed (kind, key, value)
"""
_MOVE_KNOWN = """
INSERT OR IGNORE INTO changed SELECT kind, text, key, value FROM known WHERE kind = ? AND text = ? AND key = ?
"""
_ITSELF = ""
"""Part name of the entity itself, as its own query shows it."""
_DOUBTED = "doubted"
_DOUBTED_FOR = 60.0
"""Seconds for which query results of an entity are not trusted after Wix refused a write based on them."""
_THEIR_ID = "id of another site"
_REJECTED = "id of a rejected record"


class RunMemory:
    """Writes of one run, and the keys of its entities. Thread-safe."""

    def __init__(self, lag: IndexLag) -> None:
        self._lag = lag
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self.changed_keys = ChangedKeys(lag, self._do)

    # Writes that queries may not show yet

    def wrote(self, entity_id: str, part: str = _ITSELF, *, detail: str = "", value: str = "") -> None:
        """Record that an entity was written, or a part that another query shows: a detail of it has a new value."""
        self._put(part, entity_id, detail, self._lag.shown_from(), value)

    def doubt(self, entity_id: str) -> None:
        """Doubt query results of an entity for a minute: Wix refused a write, so another client wrote the entity."""
        self.wrote(entity_id)
        self._put(_DOUBTED, entity_id, "", self._lag.clock() + _DOUBTED_FOR, "")

    def is_behind(self, entity_id: str, asked_at: float | None = None) -> bool:
        """True if queries sent at `asked_at` (default: now) may show an entity as it was before the last write."""
        moment = self._lag.clock() if asked_at is None else asked_at
        return self._shown_from([entity_id], _ITSELF, _DOUBTED) > moment

    def seconds_behind(self, ids: Iterable[str]) -> float:
        """Return the seconds until queries show this run's writes to the entities."""
        return max(self._shown_from(ids, _ITSELF) - self._lag.clock(), 0.0)

    def wait_for(self, ids: Iterable[str], part: str = _ITSELF) -> bool:
        """Wait until queries show this run's writes to entities, or to a part of them; return True if it waited."""
        return self._lag.wait_until(self._shown_from(ids, part))

    def values(self, part: str, entity_id: str = "") -> dict[str, str]:
        """Return the new values of a part's details that queries may not show yet."""
        statement = "SELECT detail, value FROM written WHERE part = ? AND id = ? AND until > ?"
        return dict(self._do(statement, (part, entity_id, self._lag.clock())))

    def _put(self, *row: Any) -> None:
        self._do("INSERT OR REPLACE INTO written VALUES (?, ?, ?, ?, ?)", row)

    def _shown_from(self, ids: Iterable[str], part: str, other_part: str = "") -> float:
        statement = "SELECT max(until) FROM written WHERE part IN (?, ?) AND id = ?"
        return max((self._do(statement, (part, other_part or part, one))[0][0] or 0.0 for one in ids), default=0.0)

    # Names by which entities are known

    def note(self, kind: str, key: str, value: str, text: str) -> None:
        """Store a text, usually the id of an entity, for the value of a key."""
        self._do("INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?)", (kind, key, value, text))

    def find(self, kind: str, key: str, value: str) -> str | None:
        """Return the text stored for the value of a key; None if there is none."""
        statement = "SELECT text FROM known WHERE kind = ? AND key = ? AND value = ?"
        found = self._do(statement, (kind, key, value))
        return str(found[0][0]) if found else None

    def link(self, kind: str, theirs: str | None, ours: str) -> None:
        """Store the id on this site for the id of a record from another site; ignore records without an id."""
        if theirs:
            self.note(kind, _THEIR_ID, theirs, ours)

    def linked(self, kind: str, theirs: str) -> str | None:
        """Return the id on this site for the id of another site; None if no record had this id."""
        return self.find(kind, _THEIR_ID, theirs)

    def rejected(self, kind: str, theirs: Any) -> None:
        """Record that the record with this id was rejected; ignore records without an id."""
        if theirs:
            self.note(kind, _REJECTED, str(theirs), "")

    def is_rejected(self, kind: str, theirs: Any) -> bool:
        """True if the record with this id was rejected, or waits for the end of the input, and no other one matched."""
        is_noted = bool(theirs) and self.find(kind, _REJECTED, str(theirs)) is not None
        return is_noted and self.linked(kind, str(theirs)) is None

    def latest(self, kind: str, entity_id: str, key: str) -> str:
        """Return the value of a key in the latest record that matched an entity; "" if there is none."""
        statement = "SELECT value FROM known WHERE kind = ? AND text = ? AND key = ? ORDER BY rowid DESC LIMIT 1"
        found = self._do(statement, (kind, entity_id, key))
        return str(found[0][0]) if found else ""

    def has_another(self, kind: str, value: str | None, entity_id: str, key: str = _THEIR_ID) -> bool:
        """True if the latest record of an entity, even a rejected one, had another id, or another value of a key."""
        latest = self.latest(kind, entity_id, key)
        if not latest and key == _THEIR_ID and self.is_rejected(kind, entity_id):
            latest = entity_id
        return bool(value) and latest not in {"", value}

    def forget(self, kind: str, entity_id: str) -> None:
        """Remove all keys of a deleted entity."""
        self._do("DELETE FROM known WHERE kind = ? AND text = ?", (kind, entity_id))
        self.changed_keys.forget(kind, entity_id)

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
                msg = f"No room for temporary files ({error}). Free some space, or set TMPDIR to another folder."
                raise SettingsError(msg) from error


class ChangedKeys:
    """Keys of entities that one run has changed, and the values that it gave.

    Queries show the former values until the index has caught up, and an update without an answer may not have been
    written. So an entity may have its former or its new value: matches by a changed key are checked by a read.
    """

    def __init__(self, lag: IndexLag, do: Callable[[str, tuple[Any, ...]], list[Any]]) -> None:
        self._lag = lag
        self._do = do
        self._shown_from: dict[tuple[str, str], float] = {}

    def change(self, kind: str, key: str, entity_id: str, values: Collection[str]) -> None:
        """Record that an update was sent that changed a key of an entity, and the values that it gave."""
        # Values that the entity was created with are no longer certain.
        self._do(_MOVE_KNOWN, (kind, entity_id, key))
        self._do("DELETE FROM known WHERE kind = ? AND text = ? AND key = ?", (kind, entity_id, key))
        for value in values or [""]:
            self.give(kind, key, entity_id, value)

    def give(self, kind: str, key: str, entity_id: str, value: str) -> None:
        """Record that a write gave a value to an entity. Other entities may have it, too."""
        self._shown_from[kind, key] = self._lag.shown_from()
        self._do("INSERT OR IGNORE INTO changed VALUES (?, ?, ?, ?)", (kind, entity_id, key, value))

    def has(self, kind: str, key: str, entity_id: str) -> bool:
        """True if an update has changed a key of an entity."""
        statement = "SELECT 1 FROM changed WHERE kind = ? AND id = ? AND key = ? LIMIT 1"
        return (kind, key) in self._shown_from and bool(self._do(statement, (kind, entity_id, key)))

    def ids(self, kind: str, key: str, value: str) -> list[str]:
        """Return the ids of the entities to which updates gave a value of a key."""
        statement = "SELECT id FROM changed WHERE kind = ? AND key = ? AND value = ?"
        rows = self._do(statement, (kind, key, value)) if (kind, key) in self._shown_from else []
        return [entity_id for (entity_id,) in rows]

    def shown_from(self, kind: str, *keys: str) -> float:
        """Return the time from which queries show all changes of the keys, in seconds since 1970; 0 without any."""
        return max((self._shown_from.get((kind, key), 0.0) for key in keys), default=0.0)

    def forget(self, kind: str, entity_id: str) -> None:
        """Remove a deleted entity."""
        if self._shown_from:
            self._do("DELETE FROM changed WHERE kind = ? AND id = ?", (kind, entity_id))


def temporary_database(schema: str) -> sqlite3.Connection:
    """Open an empty database that ends with the process. Any thread may use it, one at a time.

    SQLite keeps a small database in memory, and moves a large one to the folder of temporary files.

    Raises:
        sqlite3.OperationalError: The disk is full. Later statements may raise it, too.
    """
    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)  # no name: a temporary one
    # No other connection reads it, so it needs no journal, and its one transaction is never committed.
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("BEGIN")
    for statement in schema.split(";"):
        database.execute(statement)
    return database


DEFAULT_INDEX_LAG = 5.0
"""Seconds. Wix says "a few seconds"."""
DEFAULT_PICTURE_SECONDS = 60.0
"""Seconds after which Wix has imported pictures, or has lost them; measured on a live site."""
_LATE = 3
"""Wix may complete and show a create whose connection was lost after this many times the lag; 9 s were measured."""
_TWINS_ARE_DOUBTED = 7 * 86_400.0
"""Seconds for which the site is searched for duplicates after a lost create."""


@dataclass(frozen=True)
class Before:
    """Writes before this run.

    Attributes:
        wrote: Time of the last write, in seconds since 1970; 0 if it was long ago.
        lost_create: Start of the last create without an answer, which Wix may have completed; 0 if there was none.
        has_mark: A run left its mark on this machine; else, the times are the worst case of a run on another machine.
        unfinished: Start of the first run that ended early, or rejected a record after its create, and whose creates no
            later run completed; 0 if there was none.
    """

    wrote: float = 0.0
    lost_create: float = 0.0
    has_mark: bool = True
    unfinished: float = 0.0


class IndexLag:
    """Decides how long look-ups wait until their results can be trusted.

    Args:
        seconds: The longest lag of queries; 0 if there is none.
        clock: Returns seconds since 1970.
        sleep: Waits for a number of seconds.
        before: Writes before this run. Default: unknown writes until its start.
        refuses_twins: True if the site refuses duplicates. Then there is no wait for writes that are not known.

    Attributes:
        pause: Waits for a number of seconds, while Wix processes what this run wrote.
        on_wait: Called with the seconds of a wait before it begins.
        last_write: Time of the last write, in seconds since 1970.
        last_lost_create: Start of the last create without an answer; 0 if there was none.
        doubted_create: The same before this run; 0 if it was so long ago that the site is not searched for duplicates.
    """

    def __init__(
        self,
        seconds: float = DEFAULT_INDEX_LAG,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        before: Before | None = None,
        refuses_twins: Callable[[], bool] = lambda: False,
    ) -> None:
        self.seconds = seconds
        self.clock = clock
        self.pause = sleep
        self._began = clock()
        before = before or Before(self._began, self._began)
        self._refuses_twins = refuses_twins
        self.on_wait: Callable[[float], None] = lambda _seconds: None
        self._has_mark = self._knows_unseen_writes = before.has_mark
        self.last_write = before.wrote
        self.last_lost_create = before.lost_create if before.has_mark else 0.0
        is_doubted = self.last_lost_create > self._began - _TWINS_ARE_DOUBTED
        self.doubted_create = self.last_lost_create if is_doubted else 0.0
        self._unseen_writes_until = self.last_write + seconds
        self._unseen_creates_until = before.lost_create + _LATE * seconds

    # Writes without an answer

    def lost_answer(self) -> None:
        """Record that a write got no answer, or that another client writes to the site: look-ups wait from now on."""
        self._unseen_writes_until = self.clock() + self.seconds
        self._knows_unseen_writes = True

    def lost_create(self) -> None:
        """Record that a create got no answer: Wix may still complete it."""
        self.lost_answer()
        self.last_lost_create = self.clock()
        self._unseen_creates_until = self.last_lost_create + _LATE * self.seconds

    def wait_for_unseen_writes(self, *, refuses_twins: bool = False) -> None:
        """Wait until queries show all writes before this run and before the last lost answer.

        With `refuses_twins`, Wix refuses duplicates of what is looked up, whatever the site's store catalog.
        """
        if self._knows_unseen_writes or not (refuses_twins or self._refuses_twins()):
            self.wait_until(self._unseen_writes_until)

    def wait_before_create(self) -> bool:
        """Wait a while for an entity that a create may duplicate, since queries may still come to show it.

        Returns:
            False if the index is complete, so that the create can be sent.
        """
        now = self.clock()
        # In case the clock was set back.
        self._unseen_creates_until = min(self._unseen_creates_until, now + _LATE * self.seconds)
        may_duplicate = self._knows_unseen_writes or not self._refuses_twins()
        return may_duplicate and self.wait_until(min(self._unseen_creates_until, now + self.seconds))

    @property
    def may_have_missed_writes(self) -> bool:
        """True if the run may have trusted look-ups that did not show all earlier writes."""
        return not self._has_mark and self.clock() < self._began + 2 * self.seconds

    # Writes of this run

    def shown_from(self) -> float:
        """Record a write, and return the time from which queries show it, in seconds since 1970."""
        self.last_write = self.clock()
        return self.last_write + self.seconds

    def wait_for_own_writes(self) -> bool:
        """Wait until queries show all writes of this run; return True if there was a wait."""
        return self.wait_until(self.last_write + self.seconds)

    def wait_until(self, moment: float) -> bool:
        """Wait until a time, but not longer than the lag can last; return True if there was a wait."""
        left = min(moment - self.clock(), _LATE * self.seconds)  # in case the clock was set back
        if left > 0:
            self.on_wait(left)
            self.pause(left)
        return left > 0


_MOST = 10_000
_encode = msgspec.json.Encoder(decimal_format="number").encode


def digest_of(command: Command, record: Entity) -> bytes:
    """Return a digest of a command and its record; b"" if the record cannot be encoded as JSON."""
    try:
        return hashlib.blake2b(_encode([command, record]), digest_size=16).digest()
    except (TypeError, OverflowError):
        return b""


class Again(msgspec.Struct, frozen=True):
    """Outcome of a repeated record; None if it waits for the end of the input, as the first one does."""

    outcome: Outcome | None = None
    id: str = ""
    error: dict[str, Any] | None = None


class Repeats:
    """Outcomes of the latest records, until the run writes again. Thread-safe.

    Every write clears the memory, since an update of one entity may change the outcome of a record for another entity.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, bytes], Again] = {}
        self._lock = threading.Lock()

    def note(self, stream: str, digest: bytes, result: Result) -> None:
        """Record the outcome of a record."""
        outcome = result.outcome
        if outcome is Outcome.IGNORED:  # no request was sent for the record
            return
        if outcome in WRITTEN or outcome is Outcome.REJECTED:  # which may have been written in part
            self.clear()
        if outcome is Outcome.REJECTED and (result.error or {}).get("retryable"):
            return
        entity_id = "" if outcome is Outcome.DELETED else result.id
        self._put(stream, digest, Again(Outcome.UNCHANGED if outcome in WRITTEN else outcome, entity_id, result.error))

    def postponed(self, stream: str, digest: bytes) -> None:
        """Record that a record waits for the end of the input."""
        self._put(stream, digest, Again())

    def find(self, stream: str, digest: bytes) -> Again | None:
        """Return the outcome of a record that repeats one of the latest records, else None."""
        return self._known.get((stream, digest)) if digest else None

    def clear(self) -> None:
        """Remove all outcomes."""
        with self._lock:
            self._known.clear()

    def _put(self, stream: str, digest: bytes, again: Again) -> None:
        if not digest:
            return
        with self._lock:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[stream, digest] = again
