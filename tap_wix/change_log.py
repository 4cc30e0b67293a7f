"""The change log: which keys the warehouse holds, so that a removed row can be emitted as a record.

A key is in the log before its record is written, so no record is ever unknown here. A key that is gone keeps a number
that grows. The state says up to which number tombstones were written before it: a later run writes the others again,
until a state behind them has come back. Nothing is forgotten, so an older state works, too.

A row of a child is marked by its parent, if that was read again at the same date or a later one: an index that lags
shows a parent as it was before.
"""

from __future__ import annotations

import sqlite3
import time
import weakref
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

import msgspec

from wix_api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PREFIX = "sqlite:///"
_SECONDS_TO_WAIT = 60.0
"""For another run that writes to the same file."""
_TABLES = """
CREATE TABLE IF NOT EXISTS log (id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rows (
    site TEXT NOT NULL, stream TEXT NOT NULL, key TEXT NOT NULL,
    parent TEXT NOT NULL, date TEXT NOT NULL, version INTEGER NOT NULL, gone INTEGER, gone_at TEXT,
    PRIMARY KEY (site, stream, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS rows_of_parent ON rows (site, parent, stream);
CREATE INDEX IF NOT EXISTS rows_gone ON rows (site, stream, gone) WHERE gone IS NOT NULL;
"""
_MEET = """
INSERT INTO rows (site, stream, key, parent, date, version) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET parent = excluded.parent, date = excluded.date, version = excluded.version,
    gone = NULL, gone_at = NULL
"""
_MARK = "UPDATE rows SET gone = ?, gone_at = ? WHERE site = ? AND gone IS NULL AND "


class Met(NamedTuple):
    """A record that is about to be written: its key, what it belongs to, and when that changed."""

    key: tuple[str, ...]
    parent: str = ""
    date: str = ""


class Tombstone(NamedTuple):
    """A key that is gone, its number, and when that was noticed."""

    number: int
    key: list[str]
    gone_at: str


def text(*parts: str) -> str:
    """Write a key, or the name of a parent's stream and its key, as text."""
    return msgspec.json.encode(parts).decode()


class ChangeLog:
    """The keys of one site's records.

    Args:
        url: The setting `change_log`.
        site: What tells the site from others.
    """

    def __init__(self, url: str, site: str) -> None:
        self._path = Path(url.removeprefix(PREFIX))
        self._site = site
        with self._errors():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self._path, timeout=_SECONDS_TO_WAIT, check_same_thread=False)
            weakref.finalize(self, self._connection.close)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            with self._connection:
                self._connection.executescript(_TABLES)
                self._connection.execute(
                    "INSERT INTO log SELECT ? WHERE NOT EXISTS (SELECT 1 FROM log)", (uuid4().hex,)
                )
            (self.id,) = self._connection.execute("SELECT id FROM log").fetchone()

    def meet(self, stream: str, records: Iterable[Met], version: int) -> None:
        """Note keys of records that are about to be written."""
        rows = [(self._site, stream, text(*one.key), one.parent, one.date, version) for one in records]
        with self._errors(), self._connection:
            self._connection.executemany(_MEET, rows)

    def leave(self, stream: str, parents: Mapping[str, str], kept: Iterable[Met], now: str) -> None:
        """Mark the rows that parents have no longer.

        Args:
            stream: Whose rows.
            parents: The parents that were read, with their dates.
            kept: The rows that they have.
            now: The date.
        """
        there = {text(*one.key) for one in kept}
        with self._errors(), self._connection:
            for parent, date in parents.items():
                found = self._connection.execute(
                    "SELECT key FROM rows WHERE site = ? AND parent = ? AND stream = ? AND gone IS NULL AND date <= ?",
                    (self._site, parent, stream, date),
                )
                left = [key for (key,) in found if key not in there]
                self._connection.executemany(
                    f"{_MARK}stream = ? AND key = ?",
                    [(self._number(), now, self._site, stream, key) for key in left],
                )

    def sweep(self, stream: str, version: int, now: str) -> None:
        """Mark the rows that a full read under a version did not meet, and what belongs to them in other streams."""
        with self._errors(), self._connection:
            found = self._connection.execute(
                "SELECT key FROM rows WHERE site = ? AND stream = ? AND gone IS NULL AND version < ?",
                (self._site, stream, version),
            )
            left = [key for (key,) in found]
            number = self._number()
            self._connection.executemany(
                f"{_MARK}stream = ? AND key = ?", [(number, now, self._site, stream, key) for key in left]
            )
            owners = [text(stream, *msgspec.json.decode(key)) for key in left]
            self._connection.executemany(f"{_MARK}parent = ?", [(number, now, self._site, owner) for owner in owners])

    def tombstones(self, stream: str, after: int) -> list[Tombstone]:
        """Return the keys of a stream that are gone, with numbers behind one."""
        with self._errors():
            found = self._connection.execute(
                "SELECT gone, key, gone_at FROM rows WHERE site = ? AND stream = ? AND gone > ? ORDER BY gone, key",
                (self._site, stream, after),
            )
            return [Tombstone(number, msgspec.json.decode(key), gone_at) for number, key, gone_at in found]

    def _number(self) -> int:
        """Return a number behind all others, also behind those of a log that was lost."""
        (last,) = self._connection.execute("SELECT MAX(gone) FROM rows WHERE gone IS NOT NULL").fetchone()
        return max(time.time_ns() // 1_000_000, (last or 0) + 1)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            msg = f"Setting `change_log`: {self._path} cannot be used: {error}. Run it again, or name another file."
            raise SettingsError(msg) from error
