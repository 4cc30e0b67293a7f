"""Base class of all streams: the rows to read, their conversion to records, and the bookmark.

The SDK handles catalog, selection, stream maps and schemas; `tap_wix.extraction` reads pages of rows.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from singer_sdk import metrics
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL
from typing_extensions import override

from tap_wix import schemas
from tap_wix.completeness import HIDDEN_ROWS, Completeness, Doubt, IncompleteError, Tail, refused
from tap_wix.excerpt import Excerpt, with_ids
from tap_wix.lanes import lane_of, tombstone_lines
from tap_wix.log_place import LogPlace
from tap_wix.removals import Owner, Removals
from tap_wix.sdk_seams import DELETED_AT, SeamStream
from tap_wix.state import VALUE, Bookmark
from tap_wix.stream_options import NOTHING, StreamOptions, reading_of
from tap_wix.unknown import UnknownMembers
from tap_wix.versions import Version, overwrite
from tap_wix.watches import WATCHES
from tap_wix.watching import Watcher
from wix_api import timestamps
from wix_api.errors import GoneError, WixError
from wix_api.pages import RowsDecoder, is_date
from wix_api.query import narrowed
from wix_api.reading import Item, Merged, Window, read
from wix_api.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import ExitStack

    from singer_sdk.helpers.types import Context

    from tap_wix.lanes import Lane, Row
    from tap_wix.site_tap import SiteTap
    from wix_api.client import WixClient
    from wix_api.companions import Companion
    from wix_api.operations import Operation
    from wix_api.query import Query, QueryRows
    from wix_api.reading import Pages, Windows

_DAY = 86_400.0
_LONGEST_LAG = 3600.0
"""Seconds after which no index lags, whatever the lookback of a stream is."""
IDS_PER_CALL = 100
"""Ids of rows that events name: more were not seen to work."""


class WixStream(SeamStream):
    """A stream. A subclass declares a name, a replication key, a schema file and a query of `wix_api.endpoints`."""

    tap: SiteTap
    query: ClassVar[Query]
    by_ids: ClassVar[Query | None] = None
    """Query of rows by their ids, if it is another one."""
    one: ClassVar[tuple[Operation, str] | None] = None
    """Call that returns a row by its id, and the key of the row in the answer, if no query filters by ids."""
    filters: ClassVar[Mapping[str, Any]] = {}
    """Filter of all queries of the stream."""

    of_v1: ClassVar[bool] = False
    """True if the stream reads catalog V1, from which Wix may move the site to V3."""
    answers_on_v3: ClassVar[bool] = False
    """True if Wix may answer this V1 stream on a site moved to V3, without variants. Its catalog is checked at the
    end."""
    optional: ClassVar[bool] = False
    """True if the site may lack the app, or the credentials the permission, for this stream: see `Extraction`."""
    lacks: ClassVar[frozenset[Refusal]] = frozenset({Refusal.APP_MISSING})
    """Refusals that say that a site lacks what an optional stream reads."""
    is_custom: ClassVar[bool] = False
    """True if the stream is described in the setting `custom_streams`."""
    schema_setting: ClassVar[str] = "`schema_extra`"
    """Setting that adds members to the schema."""
    is_listed: ClassVar[bool] = True
    """False if Wix has no list of the rows, so that no read finds all rows that events named."""
    ids_are_wixs = True
    """True if the ids of records are ids of Wix, by which rows can be queried."""
    options: StreamOptions = NOTHING
    """Options of the stream, from `stream_options`."""

    rereads_orders: bool = False
    """True if the setting `reread_orders_days` applies to the stream."""
    primary_keys: tuple[str, ...] = ("id",)
    schema = schemas.ExtensibleSchema(schemas.Schemas(schemas))
    owner: ClassVar[Owner | None] = None
    """Stream and keys of the parents of its records."""

    log_place: LogPlace | None = None
    """Place in the event log up to which its events were applied; None without an event log."""
    start: str | None = None
    """Key from which rows are read in this run; None for all rows."""
    bookmark: Bookmark | None = None
    """Bookmark of the stream; None for a full-table stream."""
    written = 0
    """Number of records written in this run."""
    finished = False
    """True if all new rows were read in this run."""
    failed = False
    """True if an error ended the stream in this run."""
    gap = ""
    """Rows that a page lacked in this run, as text; with any, a full read is not complete."""
    _version: Version
    _removals: Removals | None = None
    _value: str | None = None
    """Value of the bookmark that a full-table run has reset."""
    _lane: Lane
    _unknown: UnknownMembers
    _counter: metrics.Counter
    _timer: metrics.Timer

    def __init__(self, tap: SiteTap, client: WixClient) -> None:
        super().__init__(tap)
        self.client = client
        self.marks_removals = bool(tap.config.get("change_log") or tap.config.get("event_log"))
        days = float(tap.config["reread_orders_days"]) if self.rereads_orders else 0.0
        self._reread = days * _DAY
        self._lookback = float(tap.config["lookback_seconds"])
        if tap.site_id is not None:
            self.add_site_id(tap.site_id)

    @property
    def bookmark_key(self) -> str | None:
        """Member of the bookmark; None if the catalog selects full-table replication, or for a full-table stream."""
        return self.replication_key if self.replication_method == REPLICATION_INCREMENTAL else None

    def _bookmark(self) -> Bookmark | None:
        key = None if self.options.is_excerpt else self.bookmark_key
        if key is None:
            return None
        chosen = msgspec.json.encode(self.user_filter, order="sorted").decode() if self.user_filter else ""
        return Bookmark(self.stream_state, key, lambda: self.client.started, of_v1=self.of_v1, of_filter=chosen)

    @property
    def record_limit(self) -> int | None:
        """Maximum number of records, which an option sets, or the SDK for `--test`; None for no limit."""
        own = self.options.limit if self.parent_stream_type is None else None
        return min((limit for limit in (self.ABORT_AT_RECORD_COUNT, own) if limit is not None), default=None)

    @property
    def full(self) -> bool:
        """True if the maximum number of records is reached."""
        return self.record_limit is not None and self.written >= self.record_limit

    def starting_point(self) -> str | None:
        """Return the time from which changes are read, or None for all rows.

        It is the bookmark minus the lookback, since Wix's indexes lag behind writes, but not earlier than `start_date`.
        """
        if self.bookmark_key is None or self.options.ids:
            return None
        bookmark = self._bookmark()
        points = []
        if bookmark and (point := bookmark.start(self._lookback)):
            points.append(timestamps.earlier(point, self._reread))
        if self._start_date:
            points.append(timestamps.normalise(self._start_date))
        return max(points, default=None)

    @property
    def _start_date(self) -> str | None:
        return None if self.bookmark_key is None else self.options.start_date or self.config.get("start_date")

    @cached_property
    def watcher(self) -> Watcher | None:
        """What the event log says about the rows of this stream and its children; None if it says nothing."""
        log, watches = self.tap.event_log, WATCHES.get(self.name, ())
        if log is None or not watches or self.options.is_excerpt:
            return None
        children = (stream for stream in self.child_streams if stream.selected and isinstance(stream, WixStream))
        lookback = max(stream._lookback for stream in (self, *children))  # noqa: SLF001 - of the same class
        return Watcher(
            log,
            watches,
            min(lookback, _LONGEST_LAG),
            self.tap.site_names,
            lambda: self.client.now,
            is_one_of_many=self.tap.site_id is not None,
        )

    @override
    def extract(self) -> None:
        self.tap.extract(self)

    @override
    def follow(self) -> None:
        if self.watcher is not None and self.watcher.is_due:
            self.tap.extract_changed(self)

    @override
    def get_records(self, context: Context | None) -> Iterator[dict[str, Any]]:
        """Yield the records as objects, for callers that use the stream without Singer messages."""
        start = self.starting_point()
        for page in self.pages([start]):
            yield from (msgspec.json.decode(item.raw) for item in self._since(start, page))

    @property
    def companion(self) -> Companion | None:
        """Rows of this stream that the reader fetches with each page of another stream."""
        return None

    def pages(
        self, starts: Sequence[str | None], companions: Sequence[Companion] = (), query: Query | None = None
    ) -> Pages | Excerpt:
        """Return the pages of rows from the earliest starting point on, with their companions.

        Args:
            starts: Starting points of the stream and its children, as keys; None for the first row.
            companions: Rows of other streams to read with each page.
            query: Another query of the same rows, for example with another order. Default: the stream's query.
        """
        query = query or self.query
        windows = self.windows
        start = earliest(starts)
        filters = self._all_filters()
        if start is not None and self.bookmark_key is not None and not self.ordered_by_bookmark:
            filters, start = narrowed(filters, {self.bookmark_key: {"$gte": start}}), None
        if self.options.is_excerpt:
            rows = partial(self._portions, filters=filters, companions=companions)
            return Excerpt(self.name, query, self.options, rows, start)
        readings = [read(portion, start, windows) for portion in self._portions(query, {}, filters, companions)]
        return readings[0] if len(readings) == 1 else Merged(readings)

    def _portions(
        self, query: Query, narrower: Mapping[str, Any], filters: Mapping[str, Any], companions: Sequence[Companion]
    ) -> list[QueryRows]:
        """Return the rows of a query that pass both filters, in batches."""
        narrow = [narrowed(narrowed(filters, narrower), portion) for portion in self.portions]
        return [replace(query.rows(self.client, each), companions=tuple(companions)) for each in narrow]

    def pages_with(self, ids: Mapping[str, Sequence[str]], companions: Sequence[Companion]) -> Iterator[Sequence[Item]]:
        """Yield pages of the rows with some ids.

        Args:
            ids: The ids, by the stream that has them: "" for this one, as in `tap_wix.watches`.
            companions: Rows of other streams to read with each page.
        """
        if self.one is not None:
            yield from self._one_by_one(ids.get("", ()), *self.one)
            return
        query, filters = self.by_ids or self.query, self._all_filters()

        def some(narrower: Mapping[str, Any]) -> Iterator[list[Item]]:
            for portion in self._portions(query, narrower, filters, companions):
                yield from read(portion)

        yield from with_ids(self.client, query, list(ids.get("", ())), some, min(query.page_size, IDS_PER_CALL))

    def _one_by_one(self, ids: Sequence[str], call: Operation, envelope: str) -> Iterator[Sequence[Item]]:
        for each in ids:
            with suppress(GoneError):
                raw = msgspec.json.encode(self.client.entity(call, envelope, names={"id": each}))
                yield [Item(each, date_reader(self.bookmark_key)(raw) if self.bookmark_key else "", raw)]

    @property
    def windows(self) -> Windows:
        """Limit on the number of windows that are read concurrently."""
        held = self.tap.shared.held if self.tap.shared else None
        return self.client.windows(self.config["max_concurrency"], shared=held)

    @property
    def portions(self) -> Sequence[Mapping[str, Any]]:
        """Filters of separate queries, which together return all rows: some filters accept one value per query."""
        return ({},)

    @property
    def user_filter(self) -> Mapping[str, Any]:
        """The filter that the user chose; {} for all rows."""
        return self.options.filter

    def _all_filters(self) -> dict[str, Any]:
        """Return the stream's filter combined with the user's; for a member of both, the user's is used."""
        own = {member: wanted for member, wanted in self.filters.items() if member not in self.options.filter}
        return narrowed(own, self.options.filter)

    def completeness(self, starts: Sequence[str | None] = (None,), query: Query | None = None) -> Completeness:
        """Return the comparison of the rows read with Wix's count of them.

        Args:
            starts: Starting points of the stream and its children, as keys; None for the first row.
            query: Another query of the same rows, for example with another order. Default: the stream's query.
        """
        query = query or self.query
        start = earliest(starts)
        filters: Mapping[str, Any] = {}
        if start is not None and self.bookmark_key is not None:
            filters = query.since(start) if self.ordered_by_bookmark else {self.bookmark_key: {"$gte": start}}
        is_dated = bool(query.keys) and is_date(query.keys[0])
        since = self._visible
        # In another order, as exports have it, rows keep their places.
        moves = self.ordered_by_bookmark and query is self.query
        tail = Tail(since, lambda: chain.from_iterable(self.pages([since]))) if moves else None
        return Completeness(self.client, query, dated=is_dated, tail=tail, filters=filters)

    @property
    def _visible(self) -> str:
        """Date up to which all changes are visible to this run, though Wix's indexes lag."""
        return timestamps.earlier(self.client.started, self._lookback)

    @property
    def ordered_by_bookmark(self) -> bool:
        """True if the rows are read in the order of the bookmark, so that it can move with each page."""
        return self.query.keys[:1] == (self.bookmark_key,)

    def begin(self, stack: ExitStack) -> None:
        """Set the starting point, the version and the writer of records, before the first page.

        Args:
            stack: Its callbacks report metrics and unknown members when the reading ends.
        """
        self.written, self.finished, self.failed, self.gap, self._value = 0, False, False, "", None
        self.bookmark = self._bookmark()
        self.log_place = self._place_in_log()
        self._version = Version(self.stream_state)
        self._reset_when_due()
        self._reset_after_gap()
        self._reset_after_change()
        self._reset_after_refusal()
        self.start = self.starting_point()
        if self.start is None and self.bookmark is not None:
            self.bookmark.reset()
        self._begin_version()
        if self.log_place is not None:
            shown = timestamps.earlier(self.client.now, self._lookback) if self.start is None else None
            self.log_place.find(self.tap.site_names, shown)
        self._lane = lane_of(self)
        self._unknown = UnknownMembers(self, self.schema_setting)
        stack.callback(self._unknown.report)
        self._counter = stack.enter_context(self.get_record_counter())
        self._timer = stack.enter_context(self.get_sync_timer())

    def _reset_when_due(self) -> None:
        """Reset the bookmark if a full read is due, or if the change log does not know the stream."""
        log = self.tap.change_log
        if log is not None:
            self._removals = Removals(log, self, self._version, owner=self.owner, now=lambda: self.client.now)
            if self._may_be_read_in_full and not self._version.is_known_to(log.name):
                self._reset("the change log does not contain its rows")
        if not self.options.is_excerpt:
            self._version.follow(None if log is None else log.name)
        every = self.options.full_sync_every or self.config.get("full_sync_every")
        if every and self._version.is_due(every, self.client.started):
            began = self._version.read_at or "at an unknown time"
            self._read_in_full(f"its last full read began {began}, and `full_sync_every` is {every}")

    def _read_in_full(self, reason: str) -> None:
        """Reset the bookmark, if there is one and nothing leaves rows out of the stream."""
        if self._has_value and self._may_be_read_in_full:
            self._reset(reason)

    @property
    def _has_value(self) -> bool:
        value = self.stream_state.get(VALUE) if self.bookmark is None else self.bookmark.value
        return value is not None

    def _reset(self, reason: str) -> None:
        """Reset the bookmark, in a full-table run until its end: after a kill, an incremental run reads all rows."""
        if self._has_value:
            self.logger.info("Stream `%s` is read in full: %s.", self.name, reason)
        if self.bookmark is None:
            self._value = self.stream_state.get(VALUE)
            overwrite(self.stream_state, VALUE)
        else:
            self.bookmark.reset()

    def _reset_after_refusal(self) -> None:
        """Reset the bookmark if Wix shows hidden rows that it refused to the last full read."""
        goes_on = self.bookmark is not None and self.bookmark.value is not None
        if not (goes_on and self._may_be_read_in_full and self._version.lacked_before & HIDDEN_ROWS):
            return
        source = self.tap.streams[reading_of(type(self))]
        assert isinstance(source, WixStream)
        if source.shows_hidden_rows:
            self._read_in_full("Wix no longer refuses hidden rows")

    @cached_property
    def shows_hidden_rows(self) -> bool:
        """True if Wix counts and returns hidden rows. If it counted or returned them only, full reads would not end."""
        assert self.query.count is not None
        with suppress(WixError):
            if self.query.count.is_refused(self.client) or refused(self.client, self.query):
                return False
            hidden = self.query.rows(self.client, {"visible": False}).sorted_by("")
            rows, _ = hidden.ask(RowsDecoder(self.query.items, dict[str, Any]), Window(), None)
            return any(row.get("visible") is False for row in rows)
        return False

    def _place_in_log(self) -> LogPlace | None:
        """Return the place in the event log that an earlier run reached; None if no events concern the stream."""
        log = self.tap.event_log
        if log is None or self.options.is_excerpt or reading_of(type(self)) not in WATCHES:
            return None
        return LogPlace(log, self.stream_state)

    def _reset_after_gap(self) -> None:
        """Reset the bookmark if events may be missing since the last run: deleted rows are found by a full read."""
        if self.log_place is not None and (reason := self.log_place.missed(self.tap.site_names)):
            self._read_in_full(reason)

    def _reset_after_change(self) -> None:
        """Reset the bookmark if the rows before it were read with another filter, or written with another key."""
        if self.bookmark is None:
            return
        if (unused := self.bookmark.unused_key) is not None:
            self.logger.warning(
                "Stream `%s` does not use its bookmark in the state: the `replication_key` is %s, expected `%s`. "
                "Correct it in the state to continue from the bookmark.",
                self.name,
                f"`{unused}`" if unused else "missing",
                self.bookmark_key,
            )
            self.bookmark.reset()  # with a `start_date` and no rows since, it would be reported in each run
        if change := self.bookmark.outdated(in_shared_tables=self.site_id is not None):
            self.logger.info("Stream `%s` is read from its beginning: %s.", self.name, change)
            self.bookmark.reset()

    def _begin_version(self) -> None:
        if not self.options.is_excerpt:
            self._begin_full_read()
        shares_tables = self.site_id is not None
        if not self.config.get("emit_activate_version_messages") or (shares_tables and self._removals is None):
            self._version.forget()
        # To activate a version would remove the rows of other sites from a table that they share.
        self.version = None if shares_tables else self._version.number

    def _begin_full_read(self) -> None:
        """Begin or continue a full read. A read that skips rows, at its start or elsewhere, is not a full read."""
        if not self._may_be_read_in_full:
            self._version.stop()
        elif self.start is None:
            self._version.begin(self.client.started, goes_on=self.bookmark is not None)
        else:
            self._version.resume()

    @property
    def reads_all(self) -> bool:
        """True if no option leaves rows out, and Wix lists them all."""
        is_whole = self.is_listed or self.tap.event_log is None
        return is_whole and not (self.options.filter or self.options.is_excerpt or self.record_limit is not None)

    @property
    def _may_be_read_in_full(self) -> bool:
        return self.reads_all and not self._start_date

    @property
    def is_full_read(self) -> bool:
        """True during a full read, which may have begun in an earlier run."""
        return self._version.is_full_read

    def take(self, page: Sequence[Item], *, in_order: bool, lacking: Collection[str]) -> None:
        """Write the records of a page and move the bookmark.

        Args:
            page: The rows.
            in_order: Whether later rows cannot be older.
            lacking: Parts of the site that Wix refused so far, so that their rows may be missing.
        """
        self._version.lacks(lacking)
        rows = list(islice(self._since(self.start, page), self._room))
        self._put(self.records(rows), self._dates(rows), in_order=in_order)

    def records(self, rows: Sequence[Item]) -> Sequence[Row]:
        """Return rows as records: as Wix sends them, unless a stream adds members."""
        return [item.raw for item in rows]

    def _put(
        self, rows: Sequence[Row], dates: Iterable[str], *, in_order: bool, parents: Mapping[str, str] | None = None
    ) -> None:
        """Write records and move the bookmark.

        Args:
            rows: The records.
            dates: Values of the bookmark's member.
            in_order: True if no later row can be older.
            parents: Ids and dates of the parents whose records are all in `rows`.
        """
        self._unknown.see(rows)
        lines = self._lane.lines(rows)  # before the first write, since a stream map may fail
        if self._removals is not None:
            self._removals.note(rows, {} if self.record_limit is not None else parents or {})
        with self.tap.message_writer.undivided:
            self.write_lines(lines)
            if self.bookmark is not None:
                self.bookmark.hold(dates)
                if in_order:
                    self.bookmark.settle()
        self.written += len(rows)
        self._counter.increment(len(rows))

    @property
    def _room(self) -> int | None:
        return None if self.record_limit is None else max(self.record_limit - self.written, 0)

    def _since(self, start: str | None, page: Sequence[Item]) -> Iterator[Item]:
        """Yield the rows from a starting point on: earlier rows are for a child that starts earlier."""
        return (item for item in page if start is None or not self.ordered_by_bookmark or item.key >= start)

    def _dates(self, rows: Sequence[Item]) -> list[str]:
        key = self.bookmark_key
        if key is None:
            return []
        if self.ordered_by_bookmark:
            return [item.key for item in rows]
        read_date = date_reader(key)
        return [date for item in rows if (date := read_date(item.raw))]

    def take_all(self) -> None:
        """Take rows of any date from now on: those that events name."""
        self.start = timestamps.normalise(self._start_date) if self._start_date else None

    def leave(self, ids: Sequence[str], *, of_parents: bool) -> None:
        """Write tombstones of rows that were deleted, and of rows that parents no longer had when they were read.

        Args:
            ids: Ids of deleted rows, or of their parents.
            of_parents: Whether they are those of parents. Their rows are known with a change log only.
        """
        with self.tap.message_writer.undivided:
            if self._removals is not None:
                self._removals.leave(ids, of_parents=of_parents)
                has_written = self._removals.write(is_whole=False, knows_parents=False)
            elif has_written := bool(ids) and not of_parents:
                now = self.client.now
                self.write_lines(tombstone_lines(self, [{"id": each, DELETED_AT: now} for each in ids]))
            if has_written and self._version.is_active:
                self.write_activate_version()

    def finish(self, *, doubt: Doubt, lacking: Collection[str]) -> None:
        """Move the bookmark to the end, and activate the version of a full read if all rows were read.

        Args:
            doubt: Why rows may be missing.
            lacking: Parts of the site that Wix refused, so that their rows may be missing.
        """
        self._version.lacks(lacking)
        self.finished = self.reads_all
        with self.tap.message_writer.undivided:
            if self.bookmark is not None:
                self.bookmark.settle()
                if self.record_limit is None:
                    self.bookmark.end()
            elif self._value is not None:
                self.stream_state[VALUE] = self._value
            is_whole = self._ends_full_read(Doubt(self.gap) if self.gap else doubt)
            has_written = self._write_removals(is_whole=is_whole)
            if is_whole or (has_written and self._version.is_active):
                self.write_activate_version()

    def _write_removals(self, *, is_whole: bool) -> bool:
        if self._removals is None or self.options.is_excerpt:
            return False
        return self._removals.write(is_whole=is_whole, knows_parents=self._knows_parents)

    @property
    def _knows_parents(self) -> bool:
        owner = self.tap.streams.get(self.owner.stream) if self.owner else None
        return isinstance(owner, WixStream) and owner.finished

    def _ends_full_read(self, doubt: Doubt) -> bool:
        """End a full read, of this run or an earlier one. True if all rows were read, else the log says why not."""
        version, now, goes_on = self._version, self.client.now, self.bookmark is not None
        ending = version.finish(doubt, now=now, visible=self._visible, goes_on=goes_on, is_read=self.finished)
        if ending.is_settled_later:
            self.logger.info(
                "Stream `%s`: rows that the site has no longer leave the warehouse with the next run that begins %d "
                "seconds from now or later and continues from this run's state, since %s.",
                self.name,
                self._lookback,
                ending.doubt,
            )
        elif ending.doubt:
            self.logger.warning(
                "Stream `%s`: rows that the site no longer has are not removed from the warehouse, since the full read "
                "may be incomplete: %s. The next complete full read removes them.",
                self.name,
                ending.doubt,
            )
        return ending.is_whole

    def fail(self, error: Exception) -> None:
        """Record that an error ended the stream."""
        self.failed = True
        if isinstance(error, IncompleteError):
            self._version.stop()
        self._timer.tags[metrics.Tag.STATUS] = metrics.Status.FAILED


def earliest(starts: Sequence[str | None]) -> str | None:
    """Return the earliest of the starting points; None means the first row."""
    return None if None in starts else min(start for start in starts if start is not None)


@lru_cache
def date_reader(member: str) -> Callable[[bytes], str]:
    """Return a function that reads one date of a row, in the normal form; "" if the row has none."""
    decoder = msgspec.json.Decoder(msgspec.defstruct("Dated", [(member, Any, None)]))
    return lambda row: timestamps.readable(getattr(decoder.decode(row), member))
