"""How messages are read, sinks drained, and states written, where the SDK would do it in another way.

All private members of the SDK that this target overrides or uses are in this module; `tests/target/test_sdk_edges.py`
fails when the SDK changes one of them.
"""

from __future__ import annotations

import copy
import time
from abc import abstractmethod
from functools import partial
from typing import IO, TYPE_CHECKING, Any, cast

import jsonschema_rs
from singer_sdk import Target
from singer_sdk.exceptions import MapExpressionError, RecordsWithoutSchemaException, StreamMapConfigError
from singer_sdk.mapper import CustomStreamMap, RemoveRecordTransform, StreamMap
from singer_sdk.sinks import Sink
from singer_sdk.sinks.core import BaseJSONSchemaValidator
from typing_extensions import override

from target_wix.errors import InputError, MissingKeyError
from target_wix.line_reader import LineReader
from target_wix.stopping import StopSign
from wix_api.environment import read_environment
from wix_api.settings_check import without_nulls
from wix_api.standard_streams import unwritten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from target_wix.run import Run


RECORDS_BETWEEN_STATES = 500
"""Minimum number of records between two drains caused by a STATE: five bulk calls, one of which is not full."""
SECONDS_BETWEEN_STATES = 10.0
"""… or the minimum time between them, whichever comes first."""
RECORDS_BETWEEN_DRAINS = 1000
"""Maximum number of records between two drains if no STATE arrives …"""
SECONDS_BETWEEN_DRAINS = 30.0
"""… or the maximum time between them, even if no further line arrives."""
_MISTAKES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""Errors of stream maps that the SDK does not turn into a `MapExpressionError`."""
_RULES_OF_COLUMNS = {"additionalProperties", "unevaluatedProperties"}
"""Rules that the columns break which an error names as unexpected."""
_INVALID = (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError)
"""Errors of an invalid JSON Schema."""


class SdkTarget(Target):
    """Reads messages, drains sinks in the order of their ranks, and writes states."""

    message_reader_class = LineReader
    max_parallelism = 1  # streams depend on each other

    def __init__(self, *, stop: StopSign | None = None, **kwargs: Any) -> None:
        self.stop = stop or StopSign()  # before the SDK's `__init__`, which installs signal handlers
        super().__init__(**kwargs)
        self._schemas: dict[str, tuple[dict[str, Any], list[str] | None]] = {}
        self.records_waiting = 0
        """Number of records since the last drain, or of products in rows, without those of batches that were full."""
        self._broken_line = ""
        self._drained_at = time.monotonic()
        self.reader = cast("LineReader", self.message_reader)
        self.reader.before_line = self.stop.check
        self.reader.wait_for = self._wait_for

    @property
    @abstractmethod
    def run(self) -> Run:
        """State shared by the sinks of the run."""

    @abstractmethod
    def check_config(self, config: Mapping[str, Any]) -> None:
        """Raise `SettingsError` if a setting is invalid."""

    @abstractmethod
    def settle_up(self, error: Exception) -> None:
        """Clean up after an error: write the records before a bad line, write the last state, and log the summary."""

    # Settings

    @classmethod
    def environment(cls) -> dict[str, Any]:
        """Return the settings of environment variables and `.env`.

        Raises:
            SettingsError: A variable has an invalid value.
        """
        cls.append_builtin_config(cls.config_jsonschema)
        return read_environment(cls._env_var_prefix, cls.config_jsonschema)

    @property
    @override
    def _env_var_config(self) -> dict[str, Any]:
        return self.environment()  # the SDK's error does not say which variable is wrong, nor why

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        # The SDK's messages quote the invalid value, which may be a secret.
        self.append_builtin_config(self.config_jsonschema)
        self._config = without_nulls(self._config)
        self.check_config(self.config)
        return []

    # Messages

    @override
    def _process_schema_message(self, message_dict: dict[str, Any]) -> None:
        # The SDK would make a sink for a stream that `stream_maps` removes, which may be one that Wix does not have.
        self._assert_line_requires(message_dict["schema"], requires={"properties"})
        name, schema, keys = message_dict["stream"], message_dict["schema"], message_dict.get("key_properties")
        if self._schemas.get(name) == (schema, keys):
            return
        self._schemas[name] = (schema, keys)
        self.mapper.stream_maps.pop(name, None)
        try:
            self.mapper.register_raw_stream_schema(name, copy.deepcopy(schema), keys)  # a stream map changes the schema
        except (MapExpressionError, StreamMapConfigError, *_MISTAKES) as error:
            msg = f"Setting `stream_maps`, for stream `{name}`: {str(error).removesuffix('.')}. Correct it."
            raise InputError(msg) from error
        for stream_map in self.mapper.stream_maps[name]:
            if isinstance(stream_map, CustomStreamMap):
                # Computed columns may have any value: the SDK guesses their types, mostly as text.
                mapped, given = (one["properties"] for one in (stream_map.transformed_schema, schema))
                mapped |= {column: {} for column, form in mapped.items() if form != given.get(column)}
            stream_map.transform = partial(self._mapped, stream_map, stream_map.transform)  # type: ignore[method-assign]
            if not isinstance(stream_map, RemoveRecordTransform):
                self.get_sink(
                    stream_map.stream_alias,
                    schema=stream_map.transformed_schema,
                    key_properties=stream_map.transformed_key_properties,
                )

    def _mapped(
        self,
        stream_map: StreamMap,
        transform: Callable[[dict[str, Any]], dict[str, Any] | None],
        record: dict[str, Any],
    ) -> dict[str, Any] | None:
        """Return a record as a stream map changes it; the sink rejects a record for which an expression fails."""
        self.reader.broken = self._broken_line  # another stream of the line may have had an expression that fails
        try:
            return transform(record)
        except (MapExpressionError, *_MISTAKES) as error:
            if not isinstance(stream_map, CustomStreamMap):
                raise
            expression = stream_map.expr_evaluator.expr
            self.reader.broken = (
                self._broken_line or f"the expression `{expression}` of `stream_maps` fails ({_reason(error)})"
            )
            return {**dict.fromkeys(stream_map.transformed_key_properties or ()), **record}

    @override
    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        self._broken_line = self.reader.broken
        if message_dict.get("version") is not None:
            self.run.mirror.unfinished.add(message_dict["stream"])
        super()._process_record_message(message_dict)

    @override
    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        # The SDK keeps one state, and would write it even if records before it were rejected.
        self.run.ledger.state(self.reader.line, message_dict["value"])
        if self._is_due(RECORDS_BETWEEN_STATES, SECONDS_BETWEEN_STATES):
            self.drain_all()
        else:
            self.acknowledge()

    @override
    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        self.run.mirror.unfinished.discard(message_dict["stream"])
        for stream in self.written_from(message_dict["stream"]):
            is_mirror = self.run.mirror.is_asked_for(stream)
            if not is_mirror and any(sink.can_mirror for sink in self.sinks if sink.stream_name == stream):
                self.run.warn_once(
                    f"{stream}: ACTIVATE_VERSION is ignored: entities that the input lacks are not deleted. Set "
                    f"`stream_options.{stream}.load_method` to `overwrite` to delete them."
                )

    def written_from(self, stream: str) -> list[str]:
        """Return the streams to which records of a stream of the input are written: `stream_maps` may rename it."""
        maps = self.mapper.stream_maps.get(stream, ())
        return [each.stream_alias for each in maps if not isinstance(each, RemoveRecordTransform)]

    @override
    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        self.reader.refuse(message_dict)

    @override
    def _assert_sink_exists(self, stream_name: str) -> None:
        if not self.sink_exists(stream_name):
            msg = (
                f"Line {self.reader.line} of the input is a record of stream `{stream_name}`, which has no SCHEMA yet."
            )
            raise RecordsWithoutSchemaException(msg)

    # Drains

    @property
    def sinks(self) -> list[SdkSink]:
        """The sinks of all streams, in the order in which they write."""
        return in_order(self._sinks_active.values())

    def replaced_sinks(self) -> list[SdkSink]:
        """Return the sinks that a new SCHEMA replaced since the last call, in the order in which they write."""
        replaced, self._sinks_to_clear = self._sinks_to_clear, []
        return in_order(replaced)

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
        # A replaced sink writes its records before its successor writes anything.
        self.drain_whole(replaced := self.replaced_sinks())
        for old in replaced:
            old.clean_up()
        return sink

    def drain_before(self, rank: int) -> None:
        """Write all waiting records of sinks with a lower rank: records of this rank may refer to any of them."""
        self.drain_whole([sink for sink in self.sinks if sink.rank < rank])

    def drain_whole(self, sinks: list[SdkSink]) -> None:
        """Drain sinks completely: no further rows of their products follow."""
        for sink in sinks:
            sink.end_rows()
        for sink in sinks:
            self.drain_one(sink)

    @override
    def _drain_all(self, sink_list: Iterable[Sink], parallelism: int) -> None:
        for sink in in_order(sink_list):
            self.drain_one(sink)

    @override
    def _handle_max_record_age(self) -> None:
        # The SDK drains every five minutes only.
        if self._is_due(RECORDS_BETWEEN_DRAINS, SECONDS_BETWEEN_DRAINS):
            self.drain_all()

    @override
    def _reset_max_record_age(self) -> None:
        super()._reset_max_record_age()
        self.records_waiting = 0
        self._drained_at = time.monotonic()
        self.acknowledge()

    def _is_due(self, records: int, seconds: float) -> bool:
        return self.records_waiting >= records or time.monotonic() - self._drained_at >= seconds

    def _wait_for(self, lines: IO[bytes]) -> None:
        """Wait until the next line can be read, and drain the sinks while waiting."""
        while not self.stop.wait_for(lines, SECONDS_BETWEEN_DRAINS):
            self.write_waiting()

    def write_waiting(self) -> None:
        """Write the records that came since the last drain, while no further line comes."""
        if self.records_waiting:
            self.drain_all()

    # States

    def acknowledge(self) -> None:
        """Write the newest state whose preceding records are all written, if there is a new one.

        A dry run writes no state, since it writes no records.
        """
        if self.run.plan is not None:
            return
        state = self.run.ledger.acknowledged()
        if state not in (None, {}):
            self.write_state(state)

    def write_state(self, state: dict[str, Any]) -> None:
        """Write a STATE message to standard output.

        Raises:
            UnwrittenOutputError: Standard output cannot be written: the disk is full, or its reader has left.
        """
        try:
            self._write_state_message(state)
        except OSError as error:
            raise unwritten(error, "Run target-wix again with the last state in the output.") from None

    # Signals

    @override
    def _setup_signal_handlers(self) -> None:
        self.stop.handle_signals()  # the SDK's handler would drain, even in the middle of a call


def _reason(error: Exception) -> str:
    """Return why an expression fails, without values of the record, which may be personal data."""
    if isinstance(error, MapExpressionError):
        return str(error.__cause__).removesuffix(".")
    name = type(error).__name__
    return name if isinstance(error, ValueError | LookupError) else f"{name}: {error}"


def in_order(sinks: Iterable[Any]) -> list[SdkSink]:
    """Return sinks in the order in which they write: those of lower ranks first."""
    return sorted(sinks, key=lambda sink: sink.rank)


class SdkSink(Sink):
    """A sink whose errors name the line, the stream and the member, but never quote a value."""

    rank = 0
    """Sinks of lower ranks write first."""
    can_mirror = False
    """True if the stream has the option `load_method: overwrite`."""

    def __init__(self, target: SdkTarget, *args: Any, **kwargs: Any) -> None:
        self.host = target
        super().__init__(target, *args, **kwargs)

    @property
    def line(self) -> int:
        """Number of the current line of the input."""
        return self.host.reader.line

    def end_rows(self) -> None:
        """Record that no further rows of the current product follow."""

    @override
    def get_validator(self) -> BaseJSONSchemaValidator | None:
        if not self.validate_schema:
            return None
        return _RecordValidator(self.schema, stream=self.stream_name, line=lambda: self.line)

    @override
    def _validate_and_parse(self, record: dict[str, Any]) -> dict[str, Any]:
        # The SDK would log errors with a traceback, and convert dates of top-level members to objects.
        if self._validator is not None and not self.host.reader.broken:
            self._validator.validate(record)
        return record

    @property
    @override
    def include_sdc_metadata_properties(self) -> bool:
        return True  # otherwise the SDK strips `_sdc_deleted_at` before a sink sees it

    @override
    def _add_sdc_metadata_to_record(
        self, record: dict[str, Any], message: dict[str, Any], context: dict[str, Any]
    ) -> None:
        """Add no metadata columns: Wix has no place for them. Those of the record itself are kept."""

    @override
    def _singer_validate_message(self, record: dict[str, Any]) -> None:
        # The SDK's message would quote the record.
        missing = [name for name in cast("list[str]", self._key_properties) if name not in record]
        if missing:
            msg = (
                f"Line {self.line} of the input: a record of stream `{self.stream_name}` lacks its key "
                f"{', '.join(f'`{name}`' for name in missing)}. Everything before it was written."
            )
            raise MissingKeyError(msg)


def _compiled(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator | jsonschema_rs.Draft4Validator:
    """Return the validator of a SCHEMA of the newest draft, or of draft 4, which older taps write."""
    try:
        return jsonschema_rs.Draft202012Validator(schema)
    except _INVALID as error:
        try:
            return jsonschema_rs.Draft4Validator(schema)
        except _INVALID:
            raise error from None


class _RecordValidator(BaseJSONSchemaValidator):
    """Validates records with jsonschema-rs, ten times as fast as the SDK's default."""

    def __init__(self, schema: dict[str, Any], *, stream: str, line: Callable[[], int]) -> None:
        super().__init__(schema)
        self._stream = stream
        self._line = line
        try:
            self._validator = _compiled(schema)
        except _INVALID as error:
            place = ".".join(map(str, getattr(error, "instance_path", ())))
            why = f"is not valid at `{place}`" if place else "is not a valid JSON Schema"
            msg = (
                f"Line {line()} of the input: the SCHEMA of stream `{stream}` {why}. Fix the tap, or set "
                "`validate_records` to false."
            )
            raise InputError(msg) from error

    @override
    def validate(self, record: dict[str, Any]) -> None:
        if self._validator.is_valid(record):
            return
        error = next(iter(self._validator.iter_errors(record)))
        rule = str(error.schema_path[-1]) if error.schema_path else "schema"
        unexpected = getattr(error.kind, "unexpected", ()) if rule in _RULES_OF_COLUMNS else ()  # else values
        named = [*unexpected, getattr(error.kind, "property", "")]
        place = ".".join(str(part) for part in (*error.instance_path, *named[:1]) if part != "")
        msg = (
            f"Line {self._line()} of the input: {f'{place} of ' if place else ''}a record of stream `{self._stream}` "
            f"breaks the rule `{rule}` of its SCHEMA. Fix the tap, or set `validate_records` to false."
        )
        raise InputError(msg)
