"""The event log: webhooks in the order in which they were stored, for readers that remember a number.

Writers number their events in a transaction that excludes all other writers until its commit is visible. So whoever has
read event 7 will never find an event 6 afterwards, and a reader may go on from the last number that it has seen.

An event that Wix sends twice is stored once. For an event without an ID, a repetition looks like a second event with
the same contents: it gets a new number, so that readers look at the entity once more.

The log also remembers when no receiver was running: Wix repeats an event for a limited time only, so after such a gap
all entities must be read again.
"""

from __future__ import annotations

import time
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from wix_api.errors import SettingsError
from wix_api.timestamps import render_seconds
from wix_events.databases import create_tables, open_database
from wix_events.envelope import NotAnEventError, parse, read_token

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

SETTING = "event_log"
GAP_SECONDS = 600
"""A longer time without a receiver is a gap. Wix documents twelve attempts in 48 hours, but a production system saw
three, and the third comes eleven minutes after the first."""
KEPT_SECONDS = 3 * 86_400
"""Stored events are kept at least this long, to recognise those that Wix sends again, for up to 48 hours."""
_IN_ONE_DELETE = 1_000
"""Events that one transaction deletes: receivers cannot store events meanwhile, and Wix waits 1.25 s for an answer."""
_PAUSE_SECONDS = 0.1
"""Pause after a delete. SQLite does not queue writers: each looks every 0.1 s whether the file is free."""
EVENTS_PER_BATCH = 1000
BYTES_PER_BATCH = 8 << 20
"""Tokens that readers hold at a time: an event may have 4 MiB, and its record has its payload, too."""
_EVENTS = "events"
_COLUMNS = """
    event_id, is_signed, has_id, type, instance_id, site_id, entity_id, entity_sequence, event_time, received_at, raw
"""
_STORE = (
    f"INSERT INTO wix_events ({_COLUMNS}, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608 - names only
    "ON CONFLICT (event_id) DO NOTHING"
)
_SIZES = "SELECT LENGTH(raw) FROM wix_events"
_READ = f"SELECT {_COLUMNS}, seq FROM wix_events"  # noqa: S608 - names only
_OF_SITE = " AND " + " AND ".join(f"({n} = '' OR LOWER({n}) = ? OR ? = '')" for n in ("site_id", "instance_id"))
_COVERED = f"FROM wix_events WHERE seq > ? AND seq < ?{_OF_SITE}"
_FIRST_SINCE = "SELECT seq FROM wix_events WHERE received_at >= ? ORDER BY seq LIMIT 1"
_LAST_DELETED = f"SELECT MAX(last) FROM wix_event_deletions WHERE log_id = ?{_OF_SITE}"  # noqa: S608 - a constant
_NOTE_DELETED = """
INSERT INTO wix_event_deletions (log_id, site_id, instance_id, last) VALUES (?, ?, ?, ?)
ON CONFLICT (log_id, site_id, instance_id) DO UPDATE SET last = excluded.last
    WHERE wix_event_deletions.last < excluded.last
"""
_TABLES = {
    "wix_event_log": """
CREATE TABLE wix_event_log (place INTEGER PRIMARY KEY, id TEXT NOT NULL, last BIGINT NOT NULL, alive_at BIGINT)
""",
    "wix_events": """
CREATE TABLE wix_events (
    seq BIGINT PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, is_signed BOOLEAN NOT NULL, has_id BOOLEAN NOT NULL,
    type TEXT NOT NULL, instance_id TEXT NOT NULL, site_id TEXT NOT NULL, entity_id TEXT NOT NULL,
    entity_sequence BIGINT, event_time TEXT NOT NULL, received_at TEXT NOT NULL, raw BYTEA NOT NULL
)""",
    "wix_event_gaps": """
CREATE TABLE wix_event_gaps (
    number BIGINT PRIMARY KEY, after_seq BIGINT NOT NULL, began_at TEXT NOT NULL, ended_at TEXT NOT NULL
)""",
}
_DELETIONS = "wix_event_deletions"
_OF_READERS = {
    _DELETIONS: """
CREATE TABLE wix_event_deletions (
    log_id TEXT NOT NULL, site_id TEXT NOT NULL, instance_id TEXT NOT NULL, last BIGINT NOT NULL,
    PRIMARY KEY (log_id, site_id, instance_id)
)"""
}
"""Created when it is first needed: receivers of logs without it go on, even without the right to create it."""


class Event(NamedTuple):
    """A received event.

    Attributes:
        event_id: Wix's ID of the event; for events without an ID, one made from the contents.
        is_signed: True for a webhook, whose signature was checked. False for the call of an automation, which anyone
            who knows its URL can send: it only says that something may have changed.
        has_id: True if Wix gave the event its ID.
        type: Event type of Wix; for automations, `automation/` and the name of the trigger in `wix-listen list`.
        instance_id: ID of the app's installation on a site, "" if absent.
        site_id: ID of the site, "" if absent.
        entity_id: ID of the changed entity, "" if absent.
        entity_sequence: `entityEventSequence`: grows with each event of the entity. None if absent.
        event_time: Time of the change, as Wix sent it (RFC 3339); "" if absent.
        received_at: When it was received (UTC).
        raw: The token as it came, or the body of an automation.
    """

    event_id: str
    is_signed: bool
    has_id: bool
    type: str
    instance_id: str
    site_id: str
    entity_id: str
    entity_sequence: int | None
    event_time: str
    received_at: str
    raw: bytes

    def payload(self) -> dict[str, Any] | None:
        """Return the payload of a webhook, or the body of an automation; None if it is not a JSON object.

        Raises:
            NotAnEventError: The token of a webhook is damaged, or Python cannot hold the JSON.
        """
        if self.is_signed:
            envelope = read_token(self.raw)
            body, problem = envelope.payload or None, envelope.problem
        else:
            body, problem = parse(self.raw)
        if problem:
            raise NotAnEventError(problem)
        return body if isinstance(body, dict) else None


class SiteNames(NamedTuple):
    """What events call a site: its ID, and the ID of the app's installation on it, in any case; "" if unknown.

    An event that gives neither, or only one that is unknown, may belong to the site.
    """

    site_id: str = ""
    instance_id: str = ""


ANY_SITE = SiteNames()


class Logged(NamedTuple):
    """An event with its number."""

    seq: int
    event: Event


class Gap(NamedTuple):
    """A time without a receiver.

    Attributes:
        number: Grows with each gap.
        after_seq: Number of the last event before the end of the gap.
        began_at: When a receiver was last known to run (UTC).
        ended_at: When one ran again (UTC).
    """

    number: int
    after_seq: int
    began_at: str
    ended_at: str


def _values(site: SiteNames) -> tuple[str, ...]:
    return tuple(name.lower() for name in site for _ in range(2))


class EventLog:
    """Events in a database, for any number of writers and readers. Use one object for each thread.

    Args:
        url: The setting `event_log`: `sqlite:///FILE` or `postgresql://…`.
        patience: Seconds to wait for other writers, and for a server; by default, as long as a run may wait.
        clock: Seconds since 1970.

    Attributes:
        id: Identifies the log. A reader that remembers a number of another log has to start from the beginning.

    Raises:
        SettingsError: The database cannot be opened. All methods raise it when the database fails later.
    """

    def __init__(self, url: str, patience: float | None = None, clock: Callable[[], float] = time.time) -> None:
        self._database = open_database(url, SETTING, patience)
        self._clock = clock
        with self._database.alone(""):
            create_tables(self._database, _TABLES)
            self._database.write(
                "INSERT INTO wix_event_log SELECT 1, ?, COALESCE(MAX(seq), 0), NULL FROM wix_events WHERE true "
                "ON CONFLICT (place) DO NOTHING",
                [(uuid4().hex,)],
            )
        self.id: str = self._row("id")[0]

    def append(self, events: Iterable[Event]) -> None:
        """Store events, unless they are there already. On return they are on disk.

        Args:
            events: In the order in which they are numbered.

        Raises:
            SettingsError: The database failed. It is unknown whether the events are stored; storing them again is safe.
        """
        rows = list(events)
        with self._database.alone(_EVENTS):
            self._database.write("UPDATE wix_event_log SET last = last + ?", [(len(rows),)])
            (last,) = self._row("last")
            self._database.write(
                "DELETE FROM wix_events WHERE event_id = ?", [(event.event_id,) for event in rows if not event.has_id]
            )
            self._database.write(_STORE, [(*event, seq) for seq, event in enumerate(rows, last - len(rows) + 1)])

    def beat(self) -> Gap | None:
        """Write down that a receiver is running. Call it every minute, and at the start and the end of a receiver.

        Returns:
            The gap, if no receiver had been running for more than ten minutes.

        Raises:
            SettingsError: The database failed.
        """
        gap = None
        with self._database.alone(_EVENTS):
            ((now,),) = self._database.ask(f"SELECT {self._database.epoch}")
            alive_at, last = self._row("alive_at, last")
            # A clock that was set back hides how much time has passed.
            if alive_at is not None and abs(now - alive_at) > GAP_SECONDS:
                ((number,),) = self._database.ask("SELECT COALESCE(MAX(number), 0) + 1 FROM wix_event_gaps")
                gap = Gap(number, last, render_seconds(min(now, alive_at)), render_seconds(max(now, alive_at)))
                self._database.write("INSERT INTO wix_event_gaps VALUES (?, ?, ?, ?)", [gap])
            self._database.write("UPDATE wix_event_log SET alive_at = ?", [(now,)])
        return gap

    def _row(self, columns: str) -> tuple[Any, ...]:
        found = self._database.ask(f"SELECT {columns} FROM wix_event_log")  # noqa: S608 - names only
        if not found:
            msg = (
                f"Setting `{SETTING}`: the table wix_event_log was emptied. It is filled when the log is opened again."
            )
            raise SettingsError(msg)
        return found[0]

    @property
    def last(self) -> int:
        """The highest number so far, 0 for a new log.

        Raises:
            SettingsError: The database failed, or has another log by now.
        """
        log_id, last = self._row("id, last")
        if log_id != self.id:
            msg = f"Setting `{SETTING}`: the log was replaced by another one while it was open. Run it again."
            raise SettingsError(msg)
        return int(last)

    def renew_if_before(self, last: int) -> bool:
        """Check that the log has reached a number that a reader remembers; otherwise, change its ID.

        Then it is an older copy of the log that was read, such as a backup. Its next events get numbers that other
        events had in the reader's log, so all readers have to start from the beginning.

        Returns:
            True if the log has a new ID.
        """
        if last <= self.last:
            return False
        with self._database.alone(_EVENTS):
            self._database.write("UPDATE wix_event_log SET id = ? WHERE id = ?", [(uuid4().hex, self.id)])
        (self.id,) = self._row("id")
        return True

    @property
    def is_unused(self) -> bool:
        """True if no receiver has ever used the log, and it has no events."""
        alive_at, last = self._row("alive_at, last")
        return alive_at is None and not last

    def last_before(self, date: str) -> int:
        """Return the number of the last stored event that was received before a date; 0 if there is none."""
        found = self._database.ask(
            "SELECT seq FROM wix_events WHERE received_at < ? ORDER BY seq DESC LIMIT 1", (date,)
        )
        return int(found[0][0]) if found else 0

    def read(
        self,
        after: int,
        n: int,
        most_bytes: int | None = None,
        types: Collection[str] | None = None,
        site: SiteNames = ANY_SITE,
    ) -> list[Logged]:
        """Return stored events in the order of their numbers.

        Args:
            after: Number of the last event that was read, 0 at the beginning. Numbers may be missing.
            n: Maximum number of events.
            most_bytes: Maximum size of their tokens, but at least one event is returned; by default, no limit.
            types: Their types; by default, all.
            site: The site to which they may belong; by default, any.

        Returns:
            The next events; none if there are no more yet. No event with a lower number appears later.
        """
        of_types = f" AND type IN ({', '.join('?' * len(types))})" if types else ""
        which = f" WHERE seq > ?{of_types}{_OF_SITE} ORDER BY seq LIMIT ?"
        values = (after, *(types or ()), *_values(site))
        if most_bytes is not None:
            sizes = accumulate(size for (size,) in self._database.ask(_SIZES + which, (*values, n)))
            n = max(1, sum(size <= most_bytes for size in sizes))
        return [
            Logged(seq, Event(event_id, bool(is_signed), bool(has_id), *values))
            for event_id, is_signed, has_id, *values, seq in self._database.ask(_READ + which, (*values, n))
        ]

    def gaps(self, after: int = 0) -> list[Gap]:
        """Return the gaps after the gap with a number. A log without receivers so far has none."""
        rows = self._database.ask(
            "SELECT number, after_seq, began_at, ended_at FROM wix_event_gaps WHERE number > ? ORDER BY number",
            (after,),
        )
        return [Gap(*row) for row in rows]

    def forget(self, before: int, site: SiteNames = ANY_SITE) -> None:
        """Delete events with lower numbers than `before`, up to the first one of the last three days.

        A deleted event that Wix sends again would be stored again.

        Args:
            before: A number.
            site: The site to which the events may belong; by default, any.
        """
        recent = render_seconds(self._clock() - KEPT_SECONDS)
        # Old events come first. To compare the dates of all would read the whole log.
        for (first,) in self._database.ask(_FIRST_SINCE, (recent,)):
            before = min(before, first)
        after = 0
        while True:
            with self._database.alone(_EVENTS):
                values = (after, before, *_values(site))
                found = self._database.ask(f"SELECT seq {_COVERED} ORDER BY seq LIMIT {_IN_ONE_DELETE}", values)
                if found:
                    values = (after, found[-1][0] + 1, *_values(site))
                    last = self._database.ask(
                        f"SELECT site_id, instance_id, MAX(seq) {_COVERED} GROUP BY site_id, instance_id", values
                    )
                    create_tables(self._database, _OF_READERS)
                    self._database.write(_NOTE_DELETED, [(self.id, *each) for each in last])
                    self._database.write(f"DELETE {_COVERED}", [values])
            if len(found) < _IN_ONE_DELETE:
                return
            (after,) = found[-1]
            time.sleep(_PAUSE_SECONDS)

    def last_forgotten(self, site: SiteNames = ANY_SITE) -> int:
        """Return the number of the last event that `forget` deleted; 0 if there is none.

        Args:
            site: The site to which the events may belong; by default, any.
        """
        if not self._database.has(_DELETIONS):
            return 0
        ((last,),) = self._database.ask(_LAST_DELETED, (self.id, *_values(site)))
        return int(last or 0)

    def close(self) -> None:
        """Close the connection. Not needed at the end of a process."""
        self._database.close()
