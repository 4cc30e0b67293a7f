"""The change log: the keys of the warehouse's rows, so that a removed row can be emitted as a record.

A key is in the log before its record is written, so every record is known here. The key of a removed row keeps a number
that grows. The state has the number up to which tombstones were written before it: a later run writes the others again,
until a state after them was returned. Nothing is deleted from the log, so an older state works, too. A row that comes
back keeps its number, without a date, so that later numbers are greater, whatever the clock says.

A row of a child is marked as removed by its parent, if the parent was read again with the same date or a later one,
since a lagging index shows an earlier parent. It is also marked if its parent was removed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import msgspec

from wix_events.databases import create_tables, open_database

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_TABLES = {
    "wix_change_log": "CREATE TABLE wix_change_log (place INTEGER PRIMARY KEY, id TEXT NOT NULL)",
    "wix_change_log_rows": """
CREATE TABLE wix_change_log_rows (
    site TEXT NOT NULL, stream TEXT NOT NULL, key TEXT NOT NULL,
    parent TEXT NOT NULL, date TEXT NOT NULL, version BIGINT NOT NULL, gone BIGINT, gone_at TEXT,
    PRIMARY KEY (site, stream, key)
)""",
    "wix_change_log_rows_of_parent": """
CREATE INDEX wix_change_log_rows_of_parent ON wix_change_log_rows (site, parent, stream)
""",
    "wix_change_log_rows_gone": """
CREATE INDEX wix_change_log_rows_gone ON wix_change_log_rows (site, stream, gone) WHERE gone IS NOT NULL
""",
}
_MEET = """
INSERT INTO wix_change_log_rows (site, stream, key, parent, date, version) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (site, stream, key) DO UPDATE SET parent = excluded.parent, date = excluded.date,
    version = CASE WHEN excluded.version > wix_change_log_rows.version THEN excluded.version
        ELSE wix_change_log_rows.version END, gone_at = NULL
"""
_THERE = "FROM wix_change_log_rows WHERE site = ? AND gone_at IS NULL AND "
_MARK = (
    "UPDATE wix_change_log_rows SET gone = ?, gone_at = ? WHERE site = ? AND stream = ? AND key = ? AND gone_at IS NULL"
)


class Met(NamedTuple):
    """A record that is about to be written: its key, its parent's key as text, and when the parent changed."""

    key: tuple[str, ...]
    parent: str = ""
    date: str = ""


class Tombstone(NamedTuple):
    """The key of a removed row, its number, and when the removal was noticed."""

    number: int
    key: list[str]
    gone_at: str


def text(*parts: str) -> str:
    """Return a key as text."""
    return msgspec.json.encode(parts).decode()


class ChangeLog:
    """The keys of one site's records. `url` is the setting `change_log`; `site` identifies the site.

    Attributes:
        id: Identifies the log.
        name: Identifies the site's rows in it. A site may get another `site`, such as with other credentials.
    """

    def __init__(self, url: str, site: str) -> None:
        self._database = open_database(url, "change_log")
        self._site = site
        with self._database.alone(""):
            create_tables(self._database, _TABLES)
            self._database.write(
                "INSERT INTO wix_change_log VALUES (1, ?) ON CONFLICT (place) DO NOTHING", [(uuid4().hex,)]
            )
        ((self.id,),) = self._database.ask("SELECT id FROM wix_change_log")
        self.name = f"{self.id}/{site}"

    def meet(self, stream: str, records: Iterable[Met], version: int) -> None:
        """Add keys of records that are about to be written."""
        rows = [(self._site, stream, text(*one.key), one.parent, one.date, version) for one in records]
        with self._database.alone(self._site):
            self._database.write(_MEET, rows)

    def leave(self, stream: str, parents: Mapping[str, str], kept: Iterable[Met], now: str) -> None:
        """Mark the rows that parents no longer have.

        `parents` are the keys of parents that were read, as text, with their dates; `kept` are the rows that they have.
        """
        there = {text(*one.key) for one in kept}
        with self._database.alone(self._site):
            for parent, date in parents.items():
                found = self._database.ask(
                    f"SELECT key {_THERE}parent = ? AND stream = ? AND date <= ?", (self._site, parent, stream, date)
                )
                self._mark(stream, [key for (key,) in found if key not in there], now)

    def drop(self, stream: str, keys: Collection[str], now: str) -> None:
        """Mark rows as removed by their keys, as text; keys that are not there are left out."""
        with self._database.alone(self._site):
            self._mark(stream, keys, now)

    def sweep(self, stream: str, version: int, now: str) -> None:
        """Mark the rows that the full read with this version did not find."""
        self._mark_where(stream, "version < ?", (version,), now)

    def follow(self, stream: str, owner: str, now: str) -> None:
        """Mark the rows whose parent in another stream was removed."""
        gone = (  # the first condition is that of the index
            "SELECT key FROM wix_change_log_rows "
            "WHERE site = ? AND stream = ? AND gone IS NOT NULL AND gone_at IS NOT NULL"
        )
        self._mark_where(stream, f"parent IN ({gone})", (self._site, owner), now)

    def _mark_where(self, stream: str, condition: str, values: tuple[Any, ...], now: str) -> None:
        with self._database.alone(self._site):
            found = self._database.ask(f"SELECT key {_THERE}stream = ? AND {condition}", (self._site, stream, *values))
            self._mark(stream, [key for (key,) in found], now)

    def _mark(self, stream: str, keys: Collection[str], now: str) -> None:
        """Mark keys as removed, with one number."""
        if keys:
            number = self._number(stream)
            self._database.write(_MARK, [(number, now, self._site, stream, key) for key in keys])

    def tombstones(self, stream: str, after: int) -> list[Tombstone]:
        """Return the removed keys of a stream, with their numbers, after a number."""
        found = self._database.ask(
            "SELECT gone, key, gone_at FROM wix_change_log_rows WHERE site = ? AND stream = ? AND gone > ? "
            "AND gone_at IS NOT NULL ORDER BY gone, key",
            (self._site, stream, after),
        )
        return [Tombstone(number, msgspec.json.decode(key), gone_at) for number, key, gone_at in found]

    def close(self) -> None:
        """Close the connection to the database."""
        self._database.close()

    def _number(self, stream: str) -> int:
        """Return a number greater than all others of a stream, and than those of a log that was lost."""
        ((last,),) = self._database.ask(
            "SELECT MAX(gone) FROM wix_change_log_rows WHERE site = ? AND stream = ? AND gone IS NOT NULL",
            (self._site, stream),
        )
        return max(time.time_ns() // 1_000_000, (last or 0) + 1)
