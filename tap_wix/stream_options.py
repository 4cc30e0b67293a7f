"""The setting `stream_options`: the rows to read of single streams."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_wix.versions import EVERY
from wix_api import timestamps
from wix_api.errors import SettingsError
from wix_api.settings_check import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_sdk import Stream

    from tap_wix.streams.base import WixStream

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


def check_options(options: Mapping[str, StreamOptions], streams: Sequence[WixStream]) -> None:
    """Raise `SettingsError`, with one message for all mistakes, if the site's streams do not have the options."""
    known = {stream.name: stream for stream in streams}
    lines = [
        f"`stream_options.{name}`: {problem}"
        for name, wanted in options.items()
        for problem in ([_unknown(name, list(known))] if name not in known else _problems(wanted, known[name]))
    ]
    if lines:
        raise SettingsError(" ".join(lines))


def _unknown(name: str, known: list[str]) -> str:
    advice = did_you_mean(name, known, f"It has {', '.join(sorted(known))}.")
    return f"the site has no such stream. {advice}"


def _problems(wanted: StreamOptions, stream: WixStream) -> list[str]:
    if stream.parent_stream_type is not None:
        parent = reading_of(stream.parent_stream_type)
        return [f"it is read with `{parent}`, so only `stream_options.{parent}` is possible."]
    query, found = stream.query, []
    if not query.one_of and (wanted.filter or wanted.ids or wanted.sort):
        found.append("Wix cannot filter or sort it, so only `limit` is possible.")
    elif wanted.sort and wanted.sort.removeprefix("-") not in query.sortable:
        member = wanted.sort.removeprefix("-")
        found.append(f"Wix cannot sort it by `{member}`, only by {', '.join(query.sortable)}.")
    if wanted.ids and not stream.ids_are_wixs:
        found.append(
            "on catalog V1, its ids are not Wix's, so `ids` is not possible. Use a `filter`, for example by "
            "`productId`."
        )
    if wanted.full_sync_every and (wanted.is_excerpt or wanted.filter or wanted.start_date):
        found.append("`full_sync_every` is not possible with `filter`, `ids`, `limit`, `sort` or `start_date`.")
    if wanted.start_date:
        found += _problems_of_date(wanted.start_date, stream)
    return found


def _problems_of_date(date: str, stream: WixStream) -> list[str]:
    if stream.bookmark_key is None:
        return ["it has no date, so `start_date` is not possible."]
    try:
        timestamps.normalise(date)
    except ValueError:
        return [f"`start_date` {date!r} is not a date. Write it like 2024-01-01T00:00:00Z."]
    return []
