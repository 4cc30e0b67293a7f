"""The event log of `wix-listen`: webhooks in the order in which they were stored. No request is sent to Wix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.exceptions import MapExpressionError
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL
from typing_extensions import override

from tap_wix import schemas
from tap_wix.lanes import lane_of
from tap_wix.log_place import LogPlace
from tap_wix.sdk_seams import SeamStream
from tap_wix.versions import Version
from wix_api import timestamps
from wix_api.errors import SettingsError, WixError
from wix_api.progress import counted
from wix_events.envelope import NotAnEventError
from wix_events.log import BYTES_PER_BATCH, EVENTS_PER_BATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from singer_sdk.helpers.types import Context

    from tap_wix.site_tap import SiteTap
    from wix_events.log import Event, EventLog, Gap, Logged


class Events(SeamStream):
    """Events of the setting `event_log`, in the order of their numbers. A row never changes.

    The state has the ID of the log and the number of the last event; with another log, the stream begins again.
    """

    tap: SiteTap
    name = "events"
    primary_keys = ("logId", "sequence")
    replication_key = "sequence"
    schema = schemas.Schemas(schemas).fetch_schema("events")

    @property
    @override
    def needs_all_events(self) -> bool:  # type: ignore[override]  # a read-only attribute there
        return self.replication_method != REPLICATION_INCREMENTAL

    @property
    def _log(self) -> EventLog:
        log = self.tap.event_log
        if log is None:
            msg = "Set `event_log`: without it, there is no stream of events."
            raise SettingsError(msg)
        return log

    @override
    def get_records(self, context: Context | None) -> Iterator[dict[str, Any]]:
        """Yield all records as objects, for callers that use the stream without Singer messages."""
        log = self._log
        for batch in self._batches(log, 0):
            yield from (msgspec.json.decode(self._record(log.id, *each)) for each in batch)

    @override
    def extract(self) -> None:
        try:
            with self.get_record_counter() as counter, self.get_sync_timer():
                written = self._read(self._begin(self._log), counter.increment)
            self.logger.info("Read %s of `%s` from the event log.", counted(written, "record"), self.name)
        except (WixError, MapExpressionError) as error:
            self.tap.run.fail([self.name], error)
        finally:
            self._write_state()
        self.tap.stream_ended(self.name)

    @override
    def follow(self) -> None:
        try:
            self._read(LogPlace(self._log, self.stream_state))
        except (WixError, MapExpressionError) as error:
            self.tap.run.fail([self.name], error)

    def _read(self, place: LogPlace, count: Callable[[int], None] = lambda _number: None) -> int:
        """Write the events after a place, and move it. Returns their number."""
        log, lane, written = self._log, lane_of(self), 0
        for batch in self._batches(log, place.last):
            lines = lane.lines([self._record(log.id, *each) for each in batch])
            with self.tap.message_writer.undivided:
                self.write_lines(lines)
                place.move(batch[-1].seq)
            self._write_state()
            written += len(batch)
            count(len(batch))
        return written

    def _begin(self, log: EventLog) -> LogPlace:
        """Return the place of the last run, or the beginning of the log."""
        place = LogPlace(log, self.stream_state)
        if self.needs_all_events:
            place.clear()
        if place.is_of_other_log:
            self.logger.warning(
                "Stream `%s`: `event_log` is another log than that of the state, so all of its events are read.",
                self.name,
            )
            place.clear()
        if not place.is_begun:
            place.begin(0)
        if gap := place.new_gap():
            self._warn_of_gap(gap)
        return place

    def _batches(self, log: EventLog, last: int) -> Iterator[list[Logged]]:
        """Yield the events up to the highest number at the start, so that a run ends while others arrive."""
        end = log.last
        left = self.ABORT_AT_RECORD_COUNT
        while last < end and left != 0:
            n = EVENTS_PER_BATCH if left is None else min(left, EVENTS_PER_BATCH)
            batch = log.read(last, n, BYTES_PER_BATCH)
            if not batch:
                return
            yield batch
            last = batch[-1].seq
            left = None if left is None else left - len(batch)

    def _record(self, log_id: str, sequence: int, event: Event) -> bytes:
        """Return the record of an event."""
        record = {
            "logId": log_id,
            "sequence": sequence,
            "eventId": event.event_id,
            "eventType": event.type,
            "instanceId": event.instance_id or None,
            "siteId": event.site_id or None,
            "entityId": event.entity_id or None,
            "entityEventSequence": event.entity_sequence,
            "eventTime": event.event_time if timestamps.readable(event.event_time) else None,
            "receivedAt": event.received_at,
            "isSigned": event.is_signed,
            "payload": None,
            # Anyone who knows its URL can call an automation with any bytes, and many databases refuse NUL in a text.
            "raw": event.raw.decode("utf-8", "backslashreplace").replace("\0", r"\x00"),
        }
        try:
            return msgspec.json.encode({**record, "payload": event.payload()})
        except (NotAnEventError, RecursionError, UnicodeEncodeError) as error:
            self.logger.warning(
                "Stream `%s`: the payload of event %d is left out, since it cannot be read or written as JSON: %s. Its "
                "token is in `raw`.",
                self.name,
                sequence,
                str(error).rstrip("."),
            )
            return msgspec.json.encode(record)

    def _warn_of_gap(self, gap: Gap) -> None:
        """Log a gap if streams were not read in full since."""
        read_at = {name: Version(entry).read_at for name, entry in self.tap.state.get("bookmarks", {}).items()}
        late = sorted(name for name, date in read_at.items() if date is not None and date < gap.ended_at)
        if late:
            self.logger.warning(
                "Stream `%s`: no receiver was running from %s to %s, so events of this time may be missing. Read these "
                "streams in full, which were not read in full since: %s.",
                self.name,
                gap.began_at,
                gap.ended_at,
                ", ".join(f"`{name}`" for name in late),
            )

    def _write_state(self) -> None:
        self.tap.state_writer.write_state(self.tap.state)
        self.tap.message_writer.flush()
