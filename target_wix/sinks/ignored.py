"""A sink for streams that are left out."""

from __future__ import annotations

from typing import Any

from singer_sdk.sinks import RecordSink
from typing_extensions import override

from target_wix.sinks.checked import CheckedSink


class IgnoredSink(CheckedSink, RecordSink):
    """Reads records of an unknown stream, checks them like any others, and does nothing."""

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        return
