"""What all streams share: reading through `wix_api.reading`, and bookmarks that can be trusted.

The SDK does catalog, state, mapping and messages. Two of its private methods are overridden, here and nowhere else
(`tests/tap/test_sdk_edges.py` fails when they change): `_increment_stream_state`, because the SDK compares bookmarks
as they come, lets them go back and past the start of the run; `_sync_records`, to end a failed stream with one
message and with the STATE of what was read.
"""

from __future__ import annotations

import sys
import time
from abc import abstractmethod
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from singer_sdk import Stream, StreamSchema
from singer_sdk.exceptions import MapExpressionError
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL
from typing_extensions import override

from tap_wix import schemas
from wix_api import timestamps
from wix_api.errors import PermissionDeniedError, WixError
from wix_api.reading import read

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record

    from wix_api.client import WixClient
    from wix_api.query import Query
    from wix_api.reading import Item

SECONDS_BETWEEN_STATES = 30.0
RECORDS_BETWEEN_STATES = 1000


class WixStream(Stream):
    """A stream is its facts: a name, a replication key, a schema file and a query of `wix_api.endpoints`."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # what Wix sends is JSON already
    STATE_MSG_FREQUENCY = sys.maxsize  # STATE goes out between pages, below

    query: ClassVar[Query]
    filters: ClassVar[Mapping[str, Any]] = {}
    """Filter that every read of the stream carries."""

    primary_keys: tuple[str, ...] = ("id",)
    is_sorted = True
    check_sorted = False  # lookback reads below the bookmark on purpose
    schema = StreamSchema(schemas.Schemas(schemas))

    def __init__(self, tap: Tap, client: WixClient) -> None:
        super().__init__(tap)
        self.client = client
        self._lookback = float(tap.config["lookback_seconds"] or 0)
        self._unreported = 0
        self._reported_at: float | None = None

    @property
    def bookmark_key(self) -> str | None:
        """The member that the bookmark follows, or None where none is kept: a catalog may ask for full reads."""
        return self.replication_key if self.replication_method == REPLICATION_INCREMENTAL else None

    def starting_point(self) -> str | None:
        """Give the moment from which changes are wanted, or None for everything.

        The bookmark minus the lookback, since Wix's indexes lag behind writes, but never before `start_date`.
        """
        if self.bookmark_key is None:
            return None
        state = self.stream_state
        bookmark = state.get("replication_key_value") if state.get("replication_key") == self.bookmark_key else None
        start_date = self.config.get("start_date")
        points = []
        if bookmark:
            points.append(timestamps.earlier(timestamps.normalise(bookmark), self._lookback))
        if start_date:
            points.append(timestamps.normalise(start_date))
        return max(points, default=None)

    @override
    def get_records(self, context: Context | None) -> Iterator[dict[str, Any]]:
        # A test run ends a stream after its first records as any stream ends; the SDK would end it as a failure.
        return islice(self._records(), self.ABORT_AT_RECORD_COUNT)

    def _records(self) -> Iterator[dict[str, Any]]:
        start = self.starting_point()
        fed = [child for child in self.child_streams if child.selected and isinstance(child, ChildStream)]
        for child in fed:
            child.begin()
        for page in read(*self._rows([start, *(child.starting_point() for child in fed)])):
            for child in fed:
                child.feed(page)
            for item in page:
                if start is None or not self._ordered_by_bookmark or item.key >= start:
                    yield msgspec.json.decode(item.raw)
            self._report(len(page), fed)

    @property
    def _ordered_by_bookmark(self) -> bool:
        return self.query.keys[0] == self.bookmark_key

    def _rows(self, starts: Sequence[str | None]) -> tuple[Any, str | None]:
        """Choose rows and the key to begin with: the earliest of what this stream and its children want."""
        start = None if None in starts else min(start for start in starts if start is not None)
        if start is None or self.bookmark_key is None or self._ordered_by_bookmark:
            return self.query.rows(self.client, self.filters), start
        changed = {self.bookmark_key: {"$gte": start}}
        return self.query.rows(self.client, {**self.filters, **changed}), None

    def _report(self, records: int, fed: Sequence[ChildStream]) -> None:
        """Write STATE after the first page, then at least every 1,000 records and 30 seconds."""
        self._unreported += records
        now = time.monotonic()
        due = (
            self._reported_at is None
            or self._unreported >= RECORDS_BETWEEN_STATES
            or now - self._reported_at >= SECONDS_BETWEEN_STATES
        )
        if due:
            for stream in (self, *fed):
                stream._write_state_message()  # noqa: SLF001 - the streams of one reading report together
            self._unreported, self._reported_at = 0, now

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """Give none: `_increment_stream_state` keeps bookmarks before the start of the run for all streams."""

    @override
    def generate_child_contexts(self, record: Record, context: Context | None) -> Iterator[Context | None]:
        """Give none: children are fed with whole pages, in `get_records`, not one record at a time."""
        return iter(())

    @override
    def _increment_stream_state(self, latest_record: Record, *, context: Context | None = None) -> None:
        key = self.bookmark_key
        if key is None or not latest_record.get(key):
            return
        value = min(timestamps.normalise(latest_record[key]), self.client.started)
        state = self.stream_state
        reached = (state.get("replication_key_value"), state.get("progress_markers", {}).get("replication_key_value"))
        value = max([value, *(timestamps.normalise(old) for old in reached if old)])
        super()._increment_stream_state({key: value}, context=context)

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, Any, Any]:
        try:
            yield from super()._sync_records(context, write_messages=write_messages)
        except (WixError, MapExpressionError) as error:
            # What was read stays read: the next run goes on from here.
            self._write_state_message()
            self.logger.error("Stream `%s` stopped. %s", self.name, self._explained(error))  # noqa: TRY400
            sys.exit(1)

    def _explained(self, error: Exception) -> str:
        scope = self.query.operation.scope
        denied = isinstance(error, PermissionDeniedError)
        return f"{error} The permission it needs is {scope}." if denied and scope else str(error)


class ChildStream(WixStream):
    """A stream whose records belong to records of another one; it is fed with pages of those as they are read.

    It keeps a bookmark of its own, in the parent's replication key, so that it catches up when it is selected later.
    """

    _start: str | None = None

    @abstractmethod
    def children(self, parents: Sequence[Item]) -> Iterator[dict[str, Any]]:
        """Give the records that belong to some parents."""

    def begin(self) -> None:
        """Announce the stream and fix where it starts, before the first page."""
        self._start = self.starting_point()
        self._counter = self.get_record_counter()
        self._write_schema_message()

    def feed(self, parents: Sequence[Item]) -> None:
        """Write the records that belong to a page of parents, from this stream's own starting point on."""
        wanted = [parent for parent in parents if self._start is None or parent.key >= self._start]
        if not wanted:
            return
        allowed = None if self.ABORT_AT_RECORD_COUNT is None else self.ABORT_AT_RECORD_COUNT - self._counter.value
        for record in islice(self.children(wanted), allowed):
            self._write_record_message(record)
            self._counter.increment()
        self._increment_stream_state({str(self.replication_key): wanted[-1].key})
