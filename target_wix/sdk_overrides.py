"""Every private member of the SDK that this target overrides or uses, and why.

`tests/target/test_sdk_edges.py` fails when the SDK changes one of these members. The rest of the target uses only the
public names below.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, cast

import jsonschema_rs
from singer_sdk import Target
from singer_sdk.exceptions import RecordsWithoutSchemaException
from singer_sdk.sinks import Sink
from singer_sdk.sinks.core import BaseJSONSchemaValidator
from typing_extensions import override

from target_wix.errors import BadMessageError, InvalidRecordError, InvalidSchemaError, MissingKeyError
from target_wix.line_reader import LineReader
from wix_api.environment import read_environment
from wix_api.settings_check import without_nulls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import FrameType

    from target_wix.run import Run
    from target_wix.stopping import StopSign


class SdkTarget(Target):
    """A target with its own settings check, drain rules and signal handling."""

    message_reader_class = LineReader
    max_parallelism = 1  # streams depend on each other
    stop: StopSign

    @property
    @abstractmethod
    def run(self) -> Run:
        """State shared by the sinks of the run."""

    @property
    @abstractmethod
    def line(self) -> int:
        """Number of the current line of the input."""

    @property
    @abstractmethod
    def broken(self) -> str:
        """Why the record of the current line cannot be read, or ""."""

    @abstractmethod
    def drain_before(self, rank: int) -> None:
        """Write all waiting records of sinks with a lower rank."""

    @abstractmethod
    def acknowledge(self) -> None:
        """Write the newest STATE whose preceding records are all written."""

    @abstractmethod
    def check_config(self, config: Mapping[str, Any]) -> None:
        """Check the settings.

        Raises:
            SettingsError: A setting is invalid.
        """

    @abstractmethod
    def record_came(self, stream: str, *, has_version: bool) -> None:
        """Handle a RECORD message."""

    @abstractmethod
    def state_came(self, state: Any) -> None:
        """Handle a STATE message."""

    @abstractmethod
    def version_came(self, stream: str) -> None:
        """Record an ACTIVATE_VERSION message."""

    @abstractmethod
    def in_order(self, sinks: Iterable[Sink]) -> list[Sink]:
        """Return sinks in the order in which they write."""

    @abstractmethod
    def drained(self) -> None:
        """Record that all sinks were drained."""

    @abstractmethod
    def drain_if_due(self) -> None:
        """Drain all sinks if the last drain is long enough ago, in records or seconds."""

    # Settings

    @property
    @override
    def _env_var_config(self) -> dict[str, Any]:
        # The SDK's error does not say which variable is wrong, nor why.
        self.append_builtin_config(self.config_jsonschema)
        return read_environment(self._env_var_prefix, self.config_jsonschema)

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        # The SDK's messages quote the invalid value, which may be a secret.
        self.append_builtin_config(self.config_jsonschema)
        self._config = without_nulls(self._config)
        self.check_config(self.config)
        return []

    # Messages

    @override
    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        self._assert_line_requires(message_dict, requires={"stream", "record"})
        self.record_came(message_dict["stream"], has_version=message_dict.get("version") is not None)
        super()._process_record_message(message_dict)

    @override
    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        # The SDK keeps one state, and would write it even if records before it were rejected.
        self._assert_line_requires(message_dict, requires={"value"})
        self.state_came(message_dict["value"])

    @override
    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        self._assert_line_requires(message_dict, requires={"stream", "version"})
        self.version_came(message_dict["stream"])

    @override
    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        msg = (
            f"Line {self.line} of the input is a BATCH message, which target-wix cannot read. Disable BATCH in the tap."
        )
        raise BadMessageError(msg)

    @override
    def _assert_sink_exists(self, stream_name: str) -> None:
        if not self.sink_exists(stream_name):
            msg = f"Line {self.line} of the input is a record of stream `{stream_name}`, which has no SCHEMA yet."
            raise RecordsWithoutSchemaException(msg)

    # Drains

    @property
    def sinks(self) -> list[Sink]:
        """The sinks of all streams, in the order in which they write."""
        return self.in_order(self._sinks_active.values())

    def replaced_sinks(self) -> list[Sink]:
        """Return the sinks that a new SCHEMA replaced since the last call, in the order in which they write."""
        replaced, self._sinks_to_clear = self._sinks_to_clear, []
        return self.in_order(replaced)

    @override
    def _drain_all(self, sink_list: Iterable[Sink], parallelism: int) -> None:
        for sink in self.in_order(sink_list):
            self.drain_one(sink)

    @override
    def _handle_max_record_age(self) -> None:
        self.drain_if_due()  # the SDK drains every five minutes only

    @override
    def _reset_max_record_age(self) -> None:
        super()._reset_max_record_age()
        self.drained()

    # Signals

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        self.stop.ask(signum)  # the SDK would drain here, even in the middle of a call

    def write_state(self, state: dict[str, Any]) -> None:
        """Write a STATE message to standard output.

        Raises:
            OSError: Standard output cannot be written.
        """
        self._write_state_message(state)


class SdkSink(Sink):
    """A sink whose errors name the line, the stream and the member, but never quote a value."""

    def __init__(self, target: SdkTarget, *args: Any, **kwargs: Any) -> None:
        self.host = target
        super().__init__(target, *args, **kwargs)

    @property
    def line(self) -> int:
        """Number of the current line of the input."""
        return self.host.line

    @override
    def get_validator(self) -> BaseJSONSchemaValidator | None:
        if not self.validate_schema:
            return None
        return _RecordValidator(self.schema, stream=self.stream_name, line=lambda: self.line)

    @override
    def _validate_and_parse(self, record: dict[str, Any]) -> dict[str, Any]:
        # The SDK would log errors with a traceback, and convert dates of top-level members to objects.
        if self._validator is not None and not self.host.broken:
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


class _RecordValidator(BaseJSONSchemaValidator):
    """Validates records with jsonschema-rs, ten times as fast as the SDK's default."""

    def __init__(self, schema: dict[str, Any], *, stream: str, line: Callable[[], int]) -> None:
        super().__init__(schema)
        self._stream = stream
        self._line = line
        try:
            self._validator = jsonschema_rs.Draft202012Validator(schema)
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            msg = f"Line {line()} of the input: the SCHEMA of stream `{stream}` is not a valid JSON Schema."
            raise InvalidSchemaError(msg) from error

    @override
    def validate(self, record: dict[str, Any]) -> None:
        if self._validator.is_valid(record):
            return
        error = next(iter(self._validator.iter_errors(record)))
        place = ".".join(str(part) for part in error.instance_path) or "the record"
        rule = str(error.schema_path[-1]) if error.schema_path else "schema"
        msg = (
            f"Line {self._line()} of the input: {place} of a record of stream `{self._stream}` breaks the rule "
            f"`{rule}` of its SCHEMA. Fix the tap, or set `validate_records` to false."
        )
        raise InvalidRecordError(msg)
