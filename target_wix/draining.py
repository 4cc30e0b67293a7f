"""When waiting records are written, and which states are told for it."""

from __future__ import annotations

import time
from typing import IO, TYPE_CHECKING, Any, cast

from singer_sdk import Target
from typing_extensions import override

from target_wix.input_errors import UntoldStateError
from target_wix.reader import LineReader
from target_wix.run import Run
from target_wix.sinks import REFUSING_TWINS
from target_wix.sinks.base import WixSink
from target_wix.stopping import StopSign

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from singer_sdk.sinks import Sink

RECORDS_BETWEEN_STATES = 500
"""A STATE drains waiting records once so many came since the last drain: five bulk calls, of which one is not full."""
SECONDS_BETWEEN_STATES = 10.0
"""… or once so much time went by, whichever comes first."""
RECORDS_BETWEEN_DRAINS = 1000
"""Without a STATE, waiting records are drained once so many came since the last drain …"""
SECONDS_BETWEEN_DRAINS = 30.0
"""… or once so much time went by, even if no further line comes."""


class DrainingTarget(Target):
    """A target that drains its sinks now and then, those first which the others refer to."""

    message_reader_class = LineReader
    max_parallelism = 1  # streams depend on each other

    def __init__(self, *, stop: StopSign | None = None, **kwargs: Any) -> None:
        self.stop = stop or StopSign()  # first: the SDK's own `__init__` takes the signals over
        super().__init__(**kwargs)
        self._run: Run | None = None
        self._records_since_drain = 0
        self._drained_at = time.monotonic()
        self.reader = cast("LineReader", self.message_reader)
        self.reader.before_line = self.stop.check
        self.reader.wait_for = self._wait_for

    @property
    def run(self) -> Run:
        """What the sinks share; nothing is sent and no file is opened before it is first needed."""
        if self._run is None:
            user_agent = f"{self.name}/{self.plugin_version}"
            self._run = Run.start(self.config, self.logger, self.stop, user_agent=user_agent, refusing=REFUSING_TWINS)
        return self._run

    @property
    def line(self) -> int:
        """The line of the input that is being read."""
        return self.reader.line

    @property
    def broken(self) -> str:
        """What is wrong with the row that is being read as such, or ""."""
        return self.reader.broken

    # Sinks, in the order of their ranks

    @override
    def get_sink(
        self,
        stream_name: str,
        *,
        record: dict[str, Any] | None = None,
        schema: dict[str, Any] | None = None,
        key_properties: Sequence[str] | None = None,
    ) -> Sink:
        sink = super().get_sink(stream_name, record=record, schema=schema, key_properties=key_properties)
        if self._sinks_to_clear:
            # A sink that was replaced writes what it holds before its successor writes anything.
            replaced, self._sinks_to_clear = self._sinks_to_clear, []
            end_rows(replaced)
            self._drain_all(replaced, 1)
            for old in replaced:
                old.clean_up()
        return sink

    @override
    def _drain_all(self, sink_list: Iterable[Sink], parallelism: int) -> None:
        for sink in sorted(sink_list, key=rank_of):
            self.drain_one(sink)

    def drain_before(self, rank: int) -> None:
        """Write what waits in sinks of a lower rank, all of it: it may be referred to."""
        lower = [sink for sink in self._sinks_active.values() if rank_of(sink) < rank]
        end_rows(lower)
        self._drain_all(lower, 1)

    # States

    @override
    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        self._records_since_drain += 1
        super()._process_record_message(message_dict)

    @override
    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        self._assert_line_requires(message_dict, requires={"value"})
        self.run.ledger.state(self.line, message_dict["value"])
        waited = time.monotonic() - self._drained_at
        if self._records_since_drain >= RECORDS_BETWEEN_STATES or waited >= SECONDS_BETWEEN_STATES:
            self.drain_all()
        else:
            self.acknowledge()

    @override
    def _reset_max_record_age(self) -> None:
        super()._reset_max_record_age()
        self._records_since_drain = 0
        self._drained_at = time.monotonic()
        self.acknowledge()

    def acknowledge(self) -> None:
        """Tell the newest state before which everything is written, if there is a new one.

        A dry run tells none: nothing was written.

        Raises:
            UntoldStateError: Standard output cannot be written, as on a full disk.
        """
        if self.run.plan is not None:
            return
        state = self.run.ledger.acknowledged()
        if state in (None, {}):
            return
        try:
            self._write_state_message(state)
        except BrokenPipeError:
            raise
        except OSError as error:
            msg = f"Standard output cannot be written: {error.strerror}. Run it again with the last state it holds."
            raise UntoldStateError(msg) from None

    # Drains that no STATE asks for

    @override
    def _handle_max_record_age(self) -> None:
        waited = time.monotonic() - self._drained_at
        if self._records_since_drain >= RECORDS_BETWEEN_DRAINS or waited >= SECONDS_BETWEEN_DRAINS:
            self.drain_all()

    def _wait_for(self, lines: IO[bytes]) -> None:
        """Return when the next line can be read; drain while it does not come."""
        while not self.stop.wait_for(lines, SECONDS_BETWEEN_DRAINS):
            if self._records_since_drain:
                self.drain_all()


def end_rows(sinks: Iterable[Sink]) -> None:
    """Take what sinks join from rows as complete."""
    for sink in sinks:
        if isinstance(sink, WixSink):
            sink.end_rows()


def rank_of(sink: Sink) -> int:
    """Tell where a sink stands in the order in which they write."""
    return sink.rank if isinstance(sink, WixSink) else 0
