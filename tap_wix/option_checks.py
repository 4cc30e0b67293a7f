"""Which `stream_options` a stream can have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_wix.stream_options import reading_of
from wix_api import timestamps
from wix_api.errors import SettingsError
from wix_api.settings_check import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_wix.stream_options import StreamOptions
    from tap_wix.streams.base import WixStream


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
