"""The change log: which keys the warehouse holds, so that a removed row can be emitted as a record.

A key is in the log before its record is written, so no record is ever unknown here. A key that is gone keeps a number
that grows. The state says up to which number tombstones were written before it: a later run writes the others again,
until a state behind them has come back. Nothing is forgotten, so an older state works, too.

A row of a child is marked by its parent, if that was read again at the same date or a later one: an index that lags
shows a parent as it was before.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

import msgspec

from tap_wix.databases import open_database

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TABLES = (
    "CREATE TABLE IF NOT EXISTS wix_change_log (place INTEGER PRIMARY KEY, id TEXT NOT NULL)",
    """
CREATE TABLE IF NOT EXISTS wix_change_log_rows (
    site TEXT NOT NULL, stream TEXT NOT NULL, key TEXT NOT NULL,
    parent TEXT NOT NULL, date TEXT NOT NULL, version BIGINT NOT NULL, gone BIGINT, gone_at TEXT,
    PRIMARY KEY (site, stream, key)
)""",
    """
CREATE INDEX IF NOT EXISTS wix_change_log_rows_of_parent ON wix_change_log_rows (site, parent, stream)
""",
    """
CREATE INDEX IF NOT EXISTS wix_change_log_rows_gone ON wix_change_log_rows (site, stream, gone) WHERE gone IS NOT NULL
""",
)
_MEET = """
INSERT INTO wix_change_log_rows (site, stream, key, parent, date, version) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (site, stream, key) DO UPDATE SET parent = excluded.parent, date = excluded.date,
    version = excluded.version, gone = NULL, gone_at = NULL
"""
_THERE = "FROM wix_change_log_rows WHERE site = ? AND gone IS NULL AND "
_MARK = "UPDATE wix_change_log_rows SET gone = ?, gone_at = ? WHERE site = ? AND gone IS NULL AND "


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
        self._database = open_database(url)
        self._site = site
        with self._database.alone(""):
            for statement in _TABLES:
                self._database.ask(statement)
            self._database.write(
                "INSERT INTO wix_change_log VALUES (1, ?) ON CONFLICT (place) DO NOTHING", [(uuid4().hex,)]
            )
        ((self.id,),) = self._database.ask("SELECT id FROM wix_change_log")

    def meet(self, stream: str, records: Iterable[Met], version: int) -> None:
        """Note keys of records that are about to be written."""
        rows = [(self._site, stream, text(*one.key), one.parent, one.date, version) for one in records]
        with self._database.alone(self._site):
            self._database.write(_MEET, rows)

    def leave(self, stream: str, parents: Mapping[str, str], kept: Iterable[Met], now: str) -> None:
        """Mark the rows that parents have no longer.

        Args:
            stream: Whose rows.
            parents: The parents that were read, with their dates.
            kept: The rows that they have.
            now: The date.
        """
        there = {text(*one.key) for one in kept}
        with self._database.alone(self._site):
            for parent, date in parents.items():
                found = self._database.ask(
                    f"SELECT key {_THERE}parent = ? AND stream = ? AND date <= ?", (self._site, parent, stream, date)
                )
                self._mark(stream, [key for (key,) in found if key not in there], now)

    def sweep(self, stream: str, version: int, now: str) -> None:
        """Mark the rows that a full read under a version did not meet, and what belongs to them in other streams."""
        with self._database.alone(self._site):
            found = self._database.ask(f"SELECT key {_THERE}stream = ? AND version < ?", (self._site, stream, version))
            left = [key for (key,) in found]
            number = self._mark(stream, left, now)
            owners = [text(stream, *msgspec.json.decode(key)) for key in left]
            self._database.write(f"{_MARK}parent = ?", [(number, now, self._site, owner) for owner in owners])

    def _mark(self, stream: str, keys: Iterable[str], now: str) -> int:
        """Mark keys as gone, under one number."""
        number = self._number()
        rows = [(number, now, self._site, stream, key) for key in keys]
        self._database.write(f"{_MARK}stream = ? AND key = ?", rows)
        return number

    def tombstones(self, stream: str, after: int) -> list[Tombstone]:
        """Return the keys of a stream that are gone, with numbers behind one."""
        found = self._database.ask(
            "SELECT gone, key, gone_at FROM wix_change_log_rows WHERE site = ? AND stream = ? AND gone > ? "
            "ORDER BY gone, key",
            (self._site, stream, after),
        )
        return [Tombstone(number, msgspec.json.decode(key), gone_at) for number, key, gone_at in found]

    def _number(self) -> int:
        """Return a number behind all others, also behind those of a log that was lost."""
        ((last,),) = self._database.ask("SELECT MAX(gone) FROM wix_change_log_rows WHERE gone IS NOT NULL")
        return max(time.time_ns() // 1_000_000, (last or 0) + 1)
