"""Places in the event log: the last event that a stream has applied, kept in the stream's part of the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wix_events.log import EventLog, Gap, SiteNames

POSITION = "event_log_position"
"""Member of a stream's part of the state."""
_LOG, _LAST, _GAP = "log_id", "last", "gap"
"""Members of the position: the log, the number of the last event, and the number of the last gap that was seen."""


def _is_position(value: Any) -> bool:
    types = {_LOG: str, _LAST: int, _GAP: int}
    return isinstance(value, dict) and {name: type(each) for name, each in value.items()} == types


READABLE: dict[str, Callable[[Any], object]] = {POSITION: _is_position}
"""Members of a stream's state that are written here, each with the check of its value."""


def last_event(entry: Mapping[str, Any], log: EventLog) -> int | None:
    """Return the number of the last event of a log that a stream has applied; None if its state names another log."""
    saved = entry.get(POSITION) or {}
    return saved[_LAST] if saved.get(_LOG) == log.id else None


class LogPlace:
    """The place of one stream in an event log.

    Args:
        log: The log.
        entry: The stream's part of the state, which is kept up to date.
    """

    def __init__(self, log: EventLog, entry: dict[str, Any]) -> None:
        self._log = log
        self._saved: dict[str, Any] = entry.setdefault(POSITION, {})

    @property
    def is_begun(self) -> bool:
        """True if an earlier run has left a place, or this run has begun one."""
        return bool(self._saved)

    @property
    def is_of_other_log(self) -> bool:
        """True if an earlier run has left a place in another log, or had to leave out the stream."""
        return self.is_begun and self._saved[_LOG] != self._log.id

    @property
    def last(self) -> int:
        """Number of the last event that needs no further look."""
        return int(self._saved[_LAST])

    def begin(self, last: int) -> None:
        """Begin after the event with a number, 0 for the first event of the log."""
        self._saved.update({_LOG: self._log.id, _LAST: last, _GAP: 0})

    def find(self, site: SiteNames, shown: str | None) -> None:
        """Begin, unless there is a place: after the events of a site that rows show already, or at the first event.

        The rows show all events that were received before the date `shown`; None if they may show none.
        """
        if self.is_begun:
            return
        last = self._log.last_before(shown) if shown is not None else 0
        self.begin(max(last, self._log.last_forgotten(site)))
        self.new_gap()  # earlier gaps do not concern a stream that has just begun

    def move(self, last: int) -> None:
        """Go on to the event with a number, but never back."""
        self._saved[_LAST] = max(self.last, last)

    def leave_out(self) -> None:
        """Record that the stream cannot be read: once it can, it is read in full."""
        self._saved[_LOG] = ""

    def clear(self) -> None:
        """Forget the place."""
        self._saved.clear()

    def new_gap(self) -> Gap | None:
        """Return the newest gap of the log, once; None if there is none since the last call, of this run or another."""
        gaps = self._log.gaps(self._saved[_GAP])
        if not gaps:
            return None
        self._saved[_GAP] = gaps[-1].number
        return gaps[-1]

    def missed(self, site: SiteNames) -> str:
        """Return why events of a site may be missing since the last run, "" if none are; clear a place without use."""
        if not self.is_begun:
            return ""
        if self.is_of_other_log:
            is_left_out = not self._saved[_LOG]
            self.clear()
            return "the last run left it out" if is_left_out else "`event_log` is another log than that of the state"
        if self.last < self._log.last_forgotten(site):
            self.clear()
            return "events that it had not read were deleted from the event log"
        return "the event log has a gap" if self.new_gap() else ""
