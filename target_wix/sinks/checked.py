"""How a sink checks its input: quickly, and without quoting a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from singer_sdk.sinks import Sink
from typing_extensions import override

from target_wix.input_errors import MissingKeyError
from target_wix.validation import RecordValidator

if TYPE_CHECKING:
    from singer_sdk import Target
    from singer_sdk.sinks.core import BaseJSONSchemaValidator

    from target_wix.host import Host


class CheckedSink(Sink):
    """A sink whose complaints name the line, the stream and the member, never a value."""

    def __init__(self, target: Host, *args: Any, **kwargs: Any) -> None:
        self.host = target
        super().__init__(cast("Target", target), *args, **kwargs)

    @override
    def get_validator(self) -> BaseJSONSchemaValidator | None:
        if not self.validate_schema:
            return None
        return RecordValidator(self.schema, stream=self.stream_name, line=lambda: self.line)

    @property
    def line(self) -> int:
        """Line of the input that is being read."""
        return self.host.line

    @override
    def _validate_and_parse(self, record: dict[str, Any]) -> dict[str, Any]:
        # The SDK logs a failure with its traceback and turns dates of the root into objects; neither helps here.
        if self._validator is not None and not self.host.broken:
            self._validator.validate(record)
        return record

    @override
    def _add_sdc_metadata_to_record(
        self, record: dict[str, Any], message: dict[str, Any], context: dict[str, Any]
    ) -> None:
        """Add nothing: Wix takes no such columns. But those that a record has are not to be removed yet."""

    @override
    def _singer_validate_message(self, record: dict[str, Any]) -> None:
        missing = [name for name in cast("list[str]", self._key_properties) if name not in record]
        if missing:
            msg = (
                f"Line {self.line} of the input: a record of stream `{self.stream_name}` lacks its key "
                f"{', '.join(f'`{name}`' for name in missing)}. What came before it has been written."
            )
            raise MissingKeyError(msg)
