"""What a run knows of writes that queries may not show yet, and of the records that it has just seen.

Wix serves queries from indexes that lag behind writes. What somebody wrote just before this run, perhaps this very
input in a run that was killed, is not seen at once; nor is a write whose answer was lost. So look-ups wait until the
index has caught up (`IndexLag`). What this run wrote itself is remembered for as long as queries may not show it
(`RunMemory`). See docs/decisions/0008-look-ups-wait-for-the-index.md.

Records of another site refer to each other by the ids of that site. So each record that was matched or made is noted
with the id it came with and the id it has here. Everything is kept in a temporary database, so that memory stays flat
however many records there are.

A record that repeats one that the run has just seen asks for nothing (`Repeats`).
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

from target_wix.change import Outcome
from wix_api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from target_wix.change import Command, Entity, Result

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


DEFAULT_INDEX_LAG = 5.0
"""Seconds. Wix says "a few seconds"."""
DEFAULT_PICTURE_SECONDS = 60.0
"""Seconds in which Wix has taken pictures in, or has lost them; measured on a live site."""
_LATE = 3
"""A create whose caller is gone may be finished, and shown, this many times the lag later; nine seconds were seen."""
_TWINS_ARE_DOUBTED = 7 * 86_400.0
"""Seconds for which twins are looked for."""


@dataclass(frozen=True)
class Before:
    """What is known of writes before this run.

    Attributes:
        wrote: When the last of them was done, in seconds since 1970; 0 if it was long ago.
        lost: When the last create began of which nobody knows whether Wix finished it; 0 if there was none.
        is_known: Whether this is known, and not only feared.
    """

    wrote: float = 0.0
    lost: float = 0.0
    is_known: bool = True


class IndexLag:
    """Knows which look-ups can be believed.

    Args:
        seconds: The longest lag; 0 if there is none.
        clock: Seconds since 1970.
        sleep: Waits some seconds.
        before: What was written before; by default, anything a moment ago.
        refuses_twins: Whether the site refuses what it has already. Then nothing is waited for that is only feared.

    Attributes:
        on_wait: Is called with the seconds of a wait before it begins.
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
        self._sleep = sleep
        self._began = clock()
        self._before = before or Before(self._began, self._began)
        self._refuses_twins = refuses_twins
        self.on_wait: Callable[[float], None] = lambda _seconds: None
        self._is_feared = not self._before.is_known
        self.last_write = self._before.wrote
        self.last_lost = self._before.lost if self._before.is_known else 0.0
        self._late_until = self._before.lost + _LATE * seconds
        self._settled_at = self.last_write + seconds

    # Writes that nobody saw the end of

    def lost(self) -> None:
        """Record that a write was not answered, or that somebody else writes here: look-ups wait from now."""
        self._settled_at = self.clock() + self.seconds
        self._is_feared = False

    def lost_create(self) -> None:
        """Record that a create was not answered: Wix may still finish it."""
        self.lost()
        self.last_lost = self.clock()
        self._late_until = self.last_lost + _LATE * self.seconds

    def wait(self) -> None:
        """Return when queries know all that was written before this run and before the last lost answer."""
        if not self._is_believed:
            self.wait_until(self._settled_at)

    @property
    def _is_believed(self) -> bool:
        return self._is_feared and self._refuses_twins()

    def wait_on(self) -> bool:
        """Wait a while for what may still appear; false if nothing may. Called before something is made twice."""
        now = self.clock()
        self._late_until = min(self._late_until, now + _LATE * self.seconds)  # less, should the clock be set back
        return not self._is_believed and self.wait_until(min(self._late_until, now + self.seconds))

    @property
    def is_early(self) -> bool:
        """True if look-ups may have been believed that did not know yet what came before this run."""
        return not self._before.is_known and self.clock() < self._began + 2 * self.seconds

    @property
    def doubted(self) -> float:
        """When, before this run, a create may have been done twice, in seconds since 1970; 0 for never lately."""
        lost = self._before.lost if self._before.is_known else 0.0
        return lost if lost > self._began - _TWINS_ARE_DOUBTED else 0.0

    # Writes of this run

    def shown_from(self) -> float:
        """Return from when on queries show what is written now, and note that something is written."""
        self.last_write = self.clock()
        return self.last_write + self.seconds

    def wait_for_all(self) -> bool:
        """Return when queries show all that this run wrote; true if that took any time."""
        return self.wait_until(self.last_write + self.seconds)

    def pause(self, seconds: float) -> None:
        """Wait for what Wix does with what this run wrote."""
        self._sleep(seconds)

    def wait_until(self, moment: float) -> bool:
        """Wait until some moment, but not longer than a lag may last; true if that took any time."""
        left = min(moment - self.clock(), _LATE * self.seconds)  # less, should the clock be set back
        if left > 0:
            self.on_wait(left)
            self._sleep(left)
        return left > 0


_MOST = 10_000
_encode = msgspec.json.Encoder(decimal_format="number").encode
_WRITTEN = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.DELETED, Outcome.REJECTED})
"""Outcomes after which something may be otherwise on the site: a rejected record may have been written in part."""
_REPEATED = {Outcome.DELETED: Outcome.UNCHANGED, Outcome.CREATED: Outcome.UNCHANGED, Outcome.UPDATED: Outcome.UNCHANGED}


def digest_of(command: Command, record: Entity) -> bytes:
    """Return a digest of a command and its record, b"" if it cannot be written as JSON."""
    try:
        return hashlib.blake2b(_encode([command, record]), digest_size=16).digest()
    except (TypeError, OverflowError):
        return b""


class Again(msgspec.Struct, frozen=True):
    """What becomes of a record that is repeated.

    Attributes:
        outcome: Its outcome, None if it waits for the end of the input, as the first one does.
        id: Id on the site, or "".
        error: Why it is rejected.
    """

    outcome: Outcome | None = None
    id: str = ""
    error: dict[str, Any] | None = None


class Repeats:
    """The latest records, for as long as the run writes nothing else. Safe for threads.

    What is known ends with the next write, whatever it writes to: an update of one entity may change what a record
    means for another one.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, bytes], Again] = {}
        self._lock = threading.Lock()

    def note(self, stream: str, digest: bytes, result: Result) -> None:
        """Record what became of a record."""
        outcome = result.outcome
        if outcome is Outcome.IGNORED:  # nothing was asked for it
            return
        if outcome in _WRITTEN:
            self.clear()
        if outcome is Outcome.REJECTED and (result.error or {}).get("retryable"):
            return
        entity_id = "" if outcome is Outcome.DELETED else result.id
        self._put(stream, digest, Again(_REPEATED.get(outcome, outcome), entity_id, result.error))

    def postponed(self, stream: str, digest: bytes) -> None:
        """Record that a record waits for the end of the input."""
        self._put(stream, digest, Again())

    def find(self, stream: str, digest: bytes) -> Again | None:
        """Return what becomes of a record, None if it is not known."""
        return self._known.get((stream, digest)) if digest else None

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._known.clear()

    def _put(self, stream: str, digest: bytes, again: Again) -> None:
        if not digest:
            return
        with self._lock:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[stream, digest] = again
