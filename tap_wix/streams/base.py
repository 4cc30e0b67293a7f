"""What all streams share: which rows they want, how these become records, and how far they came.

The SDK does catalog, selection, mapping and schemas; `tap_wix.extraction` reads, by pages.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from singer_sdk import StreamSchema, metrics
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL
from typing_extensions import override

from tap_wix import schemas
from tap_wix.completeness import Completeness
from tap_wix.excerpt import Excerpt
from tap_wix.extraction import Extraction
from tap_wix.lanes import lane_of
from tap_wix.sdk_seams import SeamStream
from tap_wix.state import Bookmark
from tap_wix.stream_options import NOTHING, StreamOptions
from wix_api import timestamps
from wix_api.client import DEFAULT_CONCURRENCY, WixClient
from wix_api.pages import is_date
from wix_api.query import narrowed
from wix_api.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import ExitStack

    from singer_sdk.helpers.types import Context

    from tap_wix.lanes import Lane, Row
    from tap_wix.sdk_seams import SeamTap
    from wix_api.companions import Companion
    from wix_api.query import Query, QueryRows
    from wix_api.reading import Item, Reading


class WixStream(SeamStream):
    """A stream is its facts: a name, a replication key, a schema file and a query of `wix_api.endpoints`."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # what Wix sends is JSON already

    query: ClassVar[Query]
    filters: ClassVar[Mapping[str, Any]] = {}
    """Filter that every read of the stream carries."""

    of_v1: ClassVar[bool] = False
    """Whether the stream reads catalog V1, from which Wix may move the site to V3."""
    answers_on_v3: ClassVar[bool] = False
    """Whether a stream of V1 may be answered on a site that was moved, without variants: Wix is asked at its end."""
    ids_are_wixs = True
    """Whether rows can be asked for by the ids that their records carry."""
    options: StreamOptions = NOTHING
    """What the user wants of it in particular."""

    primary_keys: tuple[str, ...] = ("id",)
    schema = StreamSchema(schemas.Schemas(schemas))

    start: str | None = None
    """Key from which rows are wanted in this run; None for all."""
    bookmark: Bookmark | None = None
    """How far the stream was read; None where no bookmark is kept."""
    written = 0
    """Records written in this run."""
    failed = False
    """Whether the stream stopped before its end in this run."""
    _lane: Lane
    _counter: metrics.Counter
    _timer: metrics.Timer

    def __init__(self, tap: SeamTap, client: WixClient) -> None:
        super().__init__(tap)
        self.tap = tap
        self.client = client
        self._lookback = float(tap.config["lookback_seconds"] or 0)

    @property
    def bookmark_key(self) -> str | None:
        """The member that the bookmark follows, or None where none is kept: a catalog may ask for full reads."""
        return self.replication_key if self.replication_method == REPLICATION_INCREMENTAL else None

    def _bookmark(self) -> Bookmark | None:
        key = None if self.options.is_excerpt else self.bookmark_key
        return None if key is None else Bookmark(self.stream_state, key, lambda: self.client.started, of_v1=self.of_v1)

    @property
    def record_limit(self) -> int | None:
        """How many records are wanted at most. The SDK sets one for `--test`."""
        return self.ABORT_AT_RECORD_COUNT

    @property
    def full(self) -> bool:
        """Whether no more records are wanted."""
        return self.record_limit is not None and self.written >= self.record_limit

    def starting_point(self) -> str | None:
        """Give the moment from which changes are wanted, or None for everything.

        The bookmark minus the lookback, since Wix's indexes lag behind writes, but never before `start_date`. A
        bookmark of the future (a state file from elsewhere) counts as one of now.
        """
        if self.bookmark_key is None or self.options.ids:
            return None
        bookmark = self._bookmark()
        points = []
        if bookmark and bookmark.value:
            points.append(timestamps.earlier(min(bookmark.value, self.client.started), self._lookback))
        if start_date := self.options.start_date or self.config.get("start_date"):
            points.append(timestamps.normalise(start_date))
        return max(points, default=None)

    @override
    def extract(self) -> None:
        current = self.tap.streams[self.name]
        if current is not self:  # Wix moved the site while an earlier stream was read
            current.sync()
            return
        members = [
            stream for stream in (self, *self.child_streams) if stream.selected and isinstance(stream, WixStream)
        ]
        if self.options.is_excerpt:
            self.logger.info(
                "Stream `%s` is an excerpt, as `stream_options` want it: bookmarks are neither used nor moved.",
                self.name,
            )
        if Extraction(self, members).run():
            self.tap.sync_moved(self.name)
        else:
            self.tap.stream_ended(self.name)

    @override
    def get_records(self, context: Context | None) -> Iterator[dict[str, Any]]:
        """Give the records as objects, for those who use the stream without messages."""
        start = self.starting_point()
        for page in self.pages([start]):
            yield from (msgspec.json.decode(item.raw) for item in self._since(start, page))

    @property
    def companion(self) -> Companion | None:
        """What the reader fetches for this stream with each page of another one."""
        return None

    def pages(
        self, starts: Sequence[str | None], companions: Sequence[Companion] = (), query: Query | None = None
    ) -> Reading | Excerpt:
        """Read the rows from the earliest of some starting points on, with their companions beside them.

        Args:
            starts: Keys to begin with; None for the first row.
            companions: What is read with each page.
            query: How the same rows are read otherwise, say in another order.
        """
        query = query or self.query
        windows = self.client.windows(self.config.get("max_concurrency") or DEFAULT_CONCURRENCY)
        start = None if None in starts else min(start for start in starts if start is not None)
        filters = self._all_filters()
        if start is not None and self.bookmark_key is not None and not self.ordered_by_bookmark:
            filters, start = narrowed(filters, {self.bookmark_key: {"$gte": start}}), None

        def rows(query: Query, narrower: Mapping[str, Any]) -> QueryRows:
            return replace(query.rows(self.client, narrowed(filters, narrower)), companions=tuple(companions))

        if self.options.is_excerpt:
            return Excerpt(self.name, query, self.options, rows, start)
        return read(rows(query, {}), start, windows)

    def _all_filters(self) -> dict[str, Any]:
        """Put the user's filter beside the stream's own; where both speak of one member, the user's holds."""
        own = {member: wanted for member, wanted in self.filters.items() if member not in self.options.filter}
        return narrowed(own, self.options.filter)

    def completeness(self, query: Query | None = None) -> Completeness | None:
        """Give what compares the reading with Wix's count, or None if it is no full one or Wix does not count."""
        query = query or self.query
        some = self._all_filters() or self.options.is_excerpt or self.record_limit is not None
        full = self.selected and self.start is None and not some
        return Completeness(self.client, query.count, dated=is_date(query.keys[0])) if full and query.count else None

    @property
    def ordered_by_bookmark(self) -> bool:
        """Whether the rows are read in the order of the bookmark, so that it may move with each page."""
        return self.query.keys[:1] == (self.bookmark_key,)

    def begin(self, stack: ExitStack) -> None:
        """Fix where the stream starts and how its records are written, before the first page.

        Args:
            stack: Ends what is measured when the reading ends.
        """
        self.written, self.failed = 0, False
        self.bookmark = self._bookmark()
        self.start = self.starting_point()
        self._lane = lane_of(self)
        self._counter = stack.enter_context(self.get_record_counter())
        self._timer = stack.enter_context(self.get_sync_timer())

    def take(self, page: Sequence[Item], *, in_order: bool) -> None:
        """Write the records of a page and move the bookmark."""
        rows = list(islice(self._since(self.start, page), self._room))
        self._put([item.raw for item in rows], self._dates(rows), in_order=in_order)

    def _put(self, rows: Sequence[Row], dates: Iterable[str], *, in_order: bool) -> None:
        lines = self._lane.lines(rows)  # before anything is written: a stream map may fail
        with self.tap.message_writer.undivided:
            self.tap.message_writer.write_lines(lines)
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
        """Leave out rows that only a child wants, which starts earlier."""
        return (item for item in page if start is None or not self.ordered_by_bookmark or item.key >= start)

    def _dates(self, rows: Sequence[Item]) -> list[str]:
        key = self.bookmark_key
        if key is None:
            return []
        if self.ordered_by_bookmark:
            return [item.key for item in rows]
        read_date = date_reader(key)
        return [date for item in rows if (date := read_date(item.raw))]

    def finish(self) -> None:
        """Move the bookmark to the end: every row was read."""
        if self.bookmark is not None:
            self.bookmark.settle()

    def fail(self) -> None:
        """Take note that the rest was not read."""
        self.failed = True
        self._timer.tags[metrics.Tag.STATUS] = metrics.Status.FAILED


@lru_cache
def date_reader(member: str) -> Callable[[bytes], str]:
    """Return a function that reads just one date of a row, in the one form; "" if the row has none."""
    decoder = msgspec.json.Decoder(msgspec.defstruct("Dated", [(member, Any, None)]))
    return lambda row: timestamps.readable(getattr(decoder.decode(row), member))
