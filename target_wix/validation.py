"""Checks records against the SCHEMA of their stream, and says where one fails without saying what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs
from singer_sdk.sinks.core import BaseJSONSchemaValidator
from typing_extensions import override

from target_wix.input_errors import InvalidRecordError, InvalidSchemaError

if TYPE_CHECKING:
    from collections.abc import Callable


class RecordValidator(BaseJSONSchemaValidator):
    """Validates by jsonschema-rs, ten times as fast as the SDK's default.

    Args:
        schema: JSON Schema of the stream.
        stream: Its name.
        line: Gives the line that is being read.
    """

    def __init__(self, schema: dict[str, Any], *, stream: str, line: Callable[[], int]) -> None:
        super().__init__(schema)
        self._stream = stream
        self._line = line
        try:
            self._validator = jsonschema_rs.Draft202012Validator(schema)
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            msg = f"Line {line()} of the input: stream `{stream}` has a SCHEMA that is no JSON Schema."
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
            f"`{rule}` of its SCHEMA. Mend the tap, or set `validate_records` to false."
        )
        raise InvalidRecordError(msg)
