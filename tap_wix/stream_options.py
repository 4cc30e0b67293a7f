"""The setting `stream_options`: the rows to read of single streams."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_wix.versions import EVERY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_sdk import Stream


SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "filter": {"type": "object", "minProperties": 1},
        "ids": {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}},
        "limit": {"type": "integer", "minimum": 1, "maximum": 1_000_000_000},
        "sort": {"type": "string", "pattern": r"^-?[\w.]+$"},
        "start_date": {"type": "string"},
        "full_sync_every": {"type": "string", "pattern": EVERY.pattern, "examples": ["7d", "12h"]},
    },
}
"""JSON Schema of the options of one stream."""


@dataclass(frozen=True)
class StreamOptions:
    """The options of one stream.

    Attributes:
        filter: In the query language of the stream's endpoint; it narrows every read, with or without a bookmark.
        ids: Only these rows.
        limit: Only this many rows.
        sort: A member to sort by, `-` in front for the other direction.
        start_date: Instead of the tap's `start_date`.
        full_sync_every: Instead of the tap's `full_sync_every`.
    """

    filter: Mapping[str, Any] = field(default_factory=dict)
    ids: Sequence[str] = ()
    limit: int | None = None
    sort: str | None = None
    start_date: str | None = None
    full_sync_every: str | None = None

    @property
    def is_excerpt(self) -> bool:
        """True if only some rows are read: then the bookmark is neither used nor updated."""
        return bool(self.ids or self.limit or self.sort)


NOTHING = StreamOptions()


def read_options(config: Mapping[str, Any]) -> dict[str, StreamOptions]:
    """Return the options by stream; their shape was checked with the other settings."""
    return {stream: StreamOptions(**options) for stream, options in (config.get("stream_options") or {}).items()}


def reading_of(stream: type[Stream]) -> str:
    """Return the name of the stream whose pages a stream uses: its own, or its parent's."""
    source = stream.parent_stream_type or stream
    return str(source.name)  # type: ignore[misc]  # the SDK declares it for instances and reads it from the class
