"""Dates and times for people."""

from __future__ import annotations

from wix_sandbox.page.html import Html, tag

_DATE, _TIME = slice(0, 10), slice(11, 19)


def moment(wire: str) -> Html:
    """Return date and time (UTC) of an RFC 3339 text."""
    return tag("time", f"{wire[_DATE]} {wire[_TIME]}", datetime=wire)


def time_of_day(wire: str) -> Html:
    """Return the time (UTC) of an RFC 3339 text."""
    return tag("time", wire[_TIME], datetime=wire)
