"""What the event log says about the rows of one stream: ids to read again, and ids of deleted rows.

The rows themselves are always read from Wix, since the entity of an event may be older than the shop, and lacks members
that Wix leaves out unless asked. Wix's index lags behind its events, and events come late and in any order. So an event
is applied at least twice: as soon as it is read, and once more when the index has caught up; then the shop's answer
holds, whatever the order of the events. The state only moves past events that were applied this last time. A tap that
keeps following also reads the rows in between: the index may need half an hour, but usually needs some seconds.

- A recent event that says that a row was deleted is believed, unless it may be one of another site, or a later event of
  the row says otherwise: by `entityEventSequence`, else by time. With equal numbers or times, the row is read. Events
  of store catalog V1 have neither, but its rows never come back.
- A later event of another entity, such as a product that was removed from a category, does not say that the row exists:
  the row was deleted if Wix does not find it.
- At the last time, and if the event came late, the row is read: it was deleted if Wix does not find it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from wix_api import timestamps
from wix_events.log import BYTES_PER_BATCH, EVENTS_PER_BATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from tap_wix.watches import Watch
    from wix_events.log import Event, EventLog, Logged, SiteNames

LOOKS = (10.0, 60.0)
"""Seconds after which rows are read once more before their events are settled: usually, the index shows the change."""
LISTED_SECONDS = LOOKS[-1]
"""A list that began this many seconds after an event shows its row as a query by ID would: both use Wix's index."""
MOST_ROWS = 10_000
"""Rows of which events are collected before they are read: of a row with many events, only the last one counts."""


class Row(NamedTuple):
    """A row that events concern: its id, and the stream that has this id if it is another one."""

    of: str
    id: str


@dataclass
class Changes:
    """Rows that changed.

    Attributes:
        covered: Number of the last event that needs no further look.
        ids: Ids of rows to read, by the stream that has them ("" for the stream itself).
        gone: Ids of rows that were deleted.
        doubtful: Ids among those to read of rows that were deleted unless Wix finds them.
        is_list: Whether the stream must be read as in each run.
    """

    covered: int
    ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    gone: list[str] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)
    is_list: bool = False


@dataclass(frozen=True)
class _Standing:
    """What the events of a row say.

    Attributes:
        seq: Number of the last of them in the log.
        sequence: `entityEventSequence` of the newest one; None if it is unknown or of another entity.
        time: Its time; "" if it has none.
        known_at: The same, or when it was received.
        is_own: Whether it is an event of the row itself, not of another entity that names the row.
        is_gone: Whether it says that the row was deleted; None if only Wix can answer that.
        was_gone: Whether any of them said so.
    """

    seq: int
    sequence: int | None
    time: str
    known_at: str
    is_own: bool
    is_gone: bool | None
    was_gone: bool

    def and_then(self, other: _Standing) -> _Standing:
        """Return what these events and a later one of the log say."""
        was_gone = self.was_gone or other.was_gone
        if self.sequence is not None and other.sequence is not None and self.sequence != other.sequence:
            is_later = self.sequence < other.sequence
        elif not (self.time and other.time):
            is_gone = None if self.is_gone is None or other.is_gone is None else was_gone
            return replace(other, is_gone=is_gone, was_gone=was_gone)
        elif self.time != other.time:
            is_later = self.time < other.time
        else:
            is_gone = self.is_gone if self.is_gone is other.is_gone else None
            return replace(other, is_gone=is_gone, was_gone=was_gone)
        newest = other if is_later else self
        is_gone = newest.is_gone if newest.is_own or not was_gone else newest.is_gone or None
        return replace(newest, seq=other.seq, is_gone=is_gone, was_gone=was_gone)


class Watcher:
    """Follows the event log for one stream.

    Args:
        log: The log.
        watches: What to do about which events.
        lookback: Seconds after which Wix's index shows a change.
        site: The site, as events name it.
        now: Returns the time.
        is_one_of_many: Whether rows of several sites are written to the same tables.
    """

    def __init__(  # noqa: PLR0913 - all but the first by what they are
        self,
        log: EventLog,
        watches: Sequence[Watch],
        lookback: float,
        site: SiteNames,
        now: Callable[[], str],
        *,
        is_one_of_many: bool = False,
    ) -> None:
        self.log = log
        self._watches: dict[str, list[Watch]] = defaultdict(list)
        for watch in watches:
            self._watches[watch.type].append(watch)
        self._lookback = lookback
        self._site = site
        self._now = now
        self._is_one_of_many = is_one_of_many
        self.covered = 0
        """Number of the last event that needs no further look, whether it concerns the stream or not."""
        self._last: int | None = None
        self._standings: dict[Row, _Standing] = {}
        """Of rows whose last event is not settled."""
        self._looked = dict.fromkeys(LOOKS, 0)
        """Numbers of the last events whose rows were read once more after these seconds."""
        self._lists: int = 0
        """Number of the last event that is not settled and wants the whole stream to be read."""

    @property
    def is_due(self) -> bool:
        """True if there may be something to apply."""
        return bool(self._standings or self._lists or self._last is None or self._last < self.log.last)

    @property
    def visible(self) -> str:
        """Time before which Wix's index shows all changes."""
        return timestamps.earlier(self._now(), self._lookback)

    def changes(
        self, after: int, *, again: bool, listed: Collection[str] = (), listed_at: str = ""
    ) -> Iterator[Changes]:
        """Yield the rows of events that are new, or that are settled now.

        Args:
            after: Number of the last event that needs no further look, for the first call.
            again: Whether to apply all events once more that are not settled: a read since then may have found rows
                as they were before.
            listed: Ids of rows that a list of this run had. They are read again only if their last event came less
                than `LISTED_SECONDS` before the list or later, or if any event says that they were deleted.
            listed_at: Start of the list.
        """
        shown = self.log.last_before(timestamps.earlier(listed_at, LISTED_SECONDS)) if listed else 0
        visible, end = self.visible, self.log.last
        settled = self.log.last_before(visible)
        last = after if self._last is None else self._last
        rows = {row for row, standing in self._standings.items() if again or standing.seq <= settled}
        is_list = 0 < self._lists <= settled
        is_list |= self._look(rows)
        while True:
            batch = self._read(last) if last < end else []
            for seq, event in batch:
                is_list |= self._note(seq, event, rows)
            last = max(last, batch[-1].seq if batch else end)
            if len(rows) >= MOST_ROWS or last >= end:
                rows = {row for row in rows if row.of or row.id not in listed or not self._is_shown(row, shown)}
                if rows or is_list:
                    yield self._changes(rows, min(last, settled), visible, settled, is_list=is_list)
                self._last = last
                self._standings = {row: one for row, one in self._standings.items() if one.seq > settled}
                self._lists = self._lists if self._lists > settled else 0
                rows, is_list = set(), False
            if last >= end:
                self.covered = min(last, settled)
                return

    def _is_shown(self, row: Row, shown: int) -> bool:
        """True if a list that shows what the events up to number `shown` say has the row as it is now."""
        standing = self._standings[row]
        return standing.seq <= shown and not standing.was_gone

    def _look(self, rows: set[Row]) -> bool:
        """Add the rows whose last event is as old as one of the looks by now, except those that left.

        Returns:
            True if the last event that wants the whole stream to be read is as old.
        """
        is_list = False
        for seconds, before in self._looked.items():
            reached = self._looked[seconds] = self.log.last_before(timestamps.earlier(self._now(), seconds))
            there = ((row, standing.seq) for row, standing in self._standings.items() if not standing.is_gone)
            rows |= {row for row, seq in there if before < seq <= reached}
            is_list |= before < self._lists <= reached
        return is_list

    def _read(self, after: int) -> list[Logged]:
        return self.log.read(after, EVENTS_PER_BATCH, BYTES_PER_BATCH, tuple(self._watches), self._site)

    def _note(self, seq: int, event: Event, rows: set[Row]) -> bool:
        """Add what an event says. True if it wants the whole stream to be read."""
        is_list = False
        for watch in self._watches[event.type]:
            if watch.is_list:
                self._lists, is_list = seq, True
                continue
            sequence = None if watch.ids else event.entity_sequence
            time = timestamps.readable(event.event_time)
            known_at, is_own = time or event.received_at, not watch.ids
            is_gone = None if watch.is_delete and self._may_be_of_another(event) else watch.is_delete
            said = _Standing(seq, sequence, time, known_at, is_own, is_gone, watch.is_delete)
            for each in watch.rows(event):
                row = Row(watch.of, each)
                before = self._standings.get(row)
                self._standings[row] = said if before is None else before.and_then(said)
                rows.add(row)
        return is_list

    def _may_be_of_another(self, event: Event) -> bool:
        """True if an event does not name the site, and another site may have a row with the same ID, as a copy has."""
        is_named = any(
            ours and theirs for ours, theirs in zip(self._site, (event.site_id, event.instance_id), strict=True)
        )
        return self._is_one_of_many and not is_named

    def _changes(self, rows: set[Row], covered: int, visible: str, settled: int, *, is_list: bool) -> Changes:
        changes = Changes(covered, is_list=is_list)
        for row in sorted(rows):
            standing = self._standings[row]
            is_settled = standing.seq <= settled
            if standing.is_gone and standing.known_at >= visible and not is_settled:
                changes.gone.append(row.id)
                continue
            changes.ids[row.of].append(row.id)
            if standing.was_gone and (is_settled or standing.is_gone is not False):
                changes.doubtful.add(row.id)
        return changes
