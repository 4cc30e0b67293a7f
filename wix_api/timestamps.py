"""One form for all timestamps, so that text order is time order.

Wix writes RFC 3339 in UTC, with milliseconds, but some services leave out zero fractions and some write microseconds.
`2024-01-01T00:00:00Z` sorts after `2024-01-01T00:00:00.500Z` as text; bookmarks are compared as text.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_NORMAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_APART = re.compile(r" (?:(UTC|Z)$|(?=[+-]\d\d:?\d\d$))", re.ASCII)
"""Blank before a time zone, or UTC by name, as some databases write: `2024-01-01 00:00:00 UTC`, `… 00:00:00 +0000`."""
_MILLISECONDS = re.compile(r"\d{12,14}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = "0001-01-01T00:00:00.000Z"
"""The earliest moment that can be written."""


def normalise(text: str) -> str:
    """Return `YYYY-MM-DDTHH:MM:SS.mmmZ`; microseconds are cut, never rounded up.

    Raises:
        ValueError: The text is not an ISO 8601 date or time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.fromisoformat(_APART.sub(lambda found: "Z" if found[1] else "", text))
    return text if _NORMAL.fullmatch(text) else render(moment)


def readable(value: object) -> str:
    """Return a timestamp in the common form, or "" if the value is absent, empty or invalid.

    Milliseconds since 1970 are invalid here: digits alone may also be read as a date and a time of another year.
    """
    try:
        return normalise(value) if isinstance(value, str) and not _MILLISECONDS.fullmatch(value) else ""
    except ValueError:
        return ""


def of_wix(value: object) -> str:
    """Return a timestamp of Wix in the common form, or "" if the value is absent, empty or invalid.

    Some old calls write milliseconds since 1970, as a number or as text.
    """
    text = str(value) if isinstance(value, int) else value
    if isinstance(text, str) and _MILLISECONDS.fullmatch(text):
        return render(_EPOCH + timedelta(milliseconds=int(text)))
    return readable(value)


def milliseconds(text: str) -> int:
    """Return the milliseconds since 1970 of a timestamp in the common form."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1)


def render(moment: datetime) -> str:
    """Return a moment in the common form; a moment without a time zone counts as UTC.

    Raises:
        ValueError: In UTC it is before the year 1, or after 9999.
    """
    try:
        utc = moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError as error:
        raise ValueError(str(error)) from None
    return f"{utc.isoformat(timespec='milliseconds')}Z"


def render_seconds(seconds: float) -> str:
    """Return `YYYY-MM-DDTHH:MM:SS.mmmZ` of seconds since 1970."""
    return render(datetime.fromtimestamp(seconds, tz=UTC))


def earlier(text: str, seconds: float) -> str:
    """Return the timestamp some seconds before another one, or the first possible one."""
    try:
        return render(datetime.fromisoformat(text) - timedelta(seconds=seconds))
    except OverflowError:
        return FIRST
