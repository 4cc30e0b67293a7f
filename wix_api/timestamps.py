"""One form for every time stamp, so that text order is time order.

Wix writes RFC 3339 in UTC, with milliseconds, but some services leave zero fractions out and some write
microseconds. `2024-01-01T00:00:00Z` sorts after `2024-01-01T00:00:00.500Z` as text; bookmarks are compared as text.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_NORMAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def normalise(text: str) -> str:
    """Give `YYYY-MM-DDTHH:MM:SS.mmmZ`; microseconds are cut, never rounded up.

    Raises:
        ValueError: The text is not an ISO 8601 date or time.
    """
    if _NORMAL.fullmatch(text):
        return text
    return render(datetime.fromisoformat(text))


def render(moment: datetime) -> str:
    """Write a moment in the one form; a moment without a zone is taken as UTC."""
    utc = moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='milliseconds')}Z"


def earlier(text: str, seconds: float) -> str:
    """Go back from a time stamp by some seconds."""
    return render(datetime.fromisoformat(text) - timedelta(seconds=seconds))
