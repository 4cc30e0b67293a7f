"""Versions: records of one full read carry the same number, and ACTIVATE_VERSION ends it.

A loader that supports the message then removes, or marks, every row with an older number, so rows that were removed
from the shop leave the warehouse. A version is activated only after a read that found all rows. An interrupted read
continues with its version, which the state keeps. Incremental runs keep the version of the last full read.

A read with fewer permissions than the last one finds fewer rows, although Wix's count agrees. So the state also keeps
what Wix refused to the last full read.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from wix_api import timestamps

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from tap_wix.completeness import Doubt

VERSION = "version"
SINCE = "full_read_since"
"""Start of a full read that has not ended."""
LACKED = "full_read_lacked"
"""Parts of the site that Wix refused to a full read that has not ended, such as hidden products."""
SETTLING = "full_read_settles_after"
"""End of a full read during which rows changed: a run that begins after the index's lag activates its version."""
READ_AT = "full_read_at"
"""Start of the last full read that ended."""
LACKING = "full_read_lacking"
"""Parts of the site that Wix refused to that read. Written if there are none, too: Meltano may merge states."""
ACTIVE = "active_version"
"""The version that was activated last."""
LOG = "change_log"
"""The change log with all records since the last full read began."""
EMITTED = "removals_told"
"""Number of the last removed row that was emitted, in the order of the change log."""

_GOING_ON = (SINCE, LACKED, SETTLING)


EVERY = re.compile(r"^([1-9][0-9]{0,3})([mhd])$")
"""A time between two full reads: minutes, hours or days."""
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_SOON = 0.98
"""Share of that time after which a full read is due, so that a schedule does not miss it by seconds."""


def seconds_of(every: str) -> float:
    """Return the seconds of a time that `EVERY` reads."""
    number, unit = EVERY.findall(every)[0]
    return timedelta(**{_UNITS[unit]: int(number)}).total_seconds()


def is_text(value: Any) -> bool:
    """True for a text."""
    return isinstance(value, str)


def are_texts(value: Any) -> bool:
    """True for a list of texts."""
    return isinstance(value, list) and all(map(is_text, value))


def overwrite(entry: dict[str, Any], *members: str) -> None:
    """Remove the values of members from a stream's part of a state.

    Meltano may merge the state into an earlier one, member by member: if a member were missing, its earlier value would
    come back.
    """
    entry.update({member: None for member in members if member in entry})


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 < value < 1 << 63  # larger ones fit no column


def _is_date(value: Any) -> bool:
    return bool(timestamps.readable(value)) and timestamps.readable(value) == value


READABLE: dict[str, Callable[[Any], object]] = {
    VERSION: _is_number,
    SINCE: _is_date,
    LACKED: are_texts,
    READ_AT: _is_date,
    LACKING: are_texts,
    SETTLING: _is_date,
    ACTIVE: _is_number,
    EMITTED: _is_number,
    LOG: is_text,
}
"""Members of a stream's state that are written here, each with the check of its value."""


class Ending(NamedTuple):
    """How a run ended a full read; all false if it ended none.

    Attributes:
        is_whole: Whether it found all rows, so that its version may be activated.
        doubt: Why removed rows stay in the warehouse; "" if there is no version to activate.
        is_settled_later: Whether a later run that continues from this one removes them.
    """

    is_whole: bool = False
    doubt: str = ""
    is_settled_later: bool = False


class Version:
    """The version of one stream's records, and the progress of its full read.

    `entry` is the stream's part of the state, which is kept up to date.
    """

    def __init__(self, entry: dict[str, Any]) -> None:
        self._entry = entry
        self._since: str | None = None

    @property
    def number(self) -> int | None:
        """The version that records carry, or None before the first full read."""
        return self._entry.get(VERSION)

    @property
    def is_full_read(self) -> bool:
        """True while a full read is unfinished."""
        return self._since is not None

    @property
    def read_at(self) -> str | None:
        """Start of the last full read that ended."""
        return self._entry.get(SINCE if self._entry.get(SETTLING) else READ_AT)

    @property
    def lacked_before(self) -> frozenset[str]:
        """Parts of the site that Wix refused to the last full read; none while a full read is unfinished."""
        return frozenset(() if self._entry.get(SINCE) else self._entry.get(LACKING) or ())

    @property
    def is_active(self) -> bool:
        """True if the version of the records was activated: the warehouse has no other rows."""
        return self.number is not None and self._entry.get(ACTIVE) == self.number

    @property
    def emitted(self) -> int:
        """Number of the last removed row that was emitted, in the order of the change log."""
        return int(self._entry.get(EMITTED) or 0)

    @emitted.setter
    def emitted(self, number: int) -> None:
        self._entry[EMITTED] = number

    def is_known_to(self, log: str) -> bool:
        """True if a change log has all records since a full read."""
        return self._entry.get(LOG) in {log, log.partition("/")[0]}  # earlier versions wrote the ID of the log alone

    def follow(self, log: str | None) -> None:
        """Record the name of the change log that has the records from now on, or that there is none."""
        if log is None or not self.is_known_to(log):
            overwrite(self._entry, EMITTED, LOG)
        if log is not None:
            self._entry[LOG] = log

    def is_due(self, every: str, now: str) -> bool:
        """True if the last full read began `every` (as `7d`) ago, or at an unknown time, and none is unfinished."""
        if self._entry.get(SINCE) and not self._entry.get(SETTLING):
            return False
        if self.read_at is None:
            return True
        age = datetime.fromisoformat(now) - datetime.fromisoformat(self.read_at)
        return age.total_seconds() >= seconds_of(every) * _SOON

    def forget(self) -> None:
        """Forget the version: records do not carry one."""
        overwrite(self._entry, VERSION, *_GOING_ON)

    def stop(self) -> None:
        """End a full read without activating its version: rows were left out of it."""
        self._since = None
        overwrite(self._entry, *_GOING_ON)

    def begin(self, now: str, *, goes_on: bool) -> None:
        """Begin a full read with a new version. It `goes_on` if the next run can continue it after an interruption."""
        self.stop()
        self._since = now
        self._entry[VERSION] = max(int(datetime.fromisoformat(now).timestamp()), (self.number or 0) + 1)
        if goes_on:
            self._entry[SINCE] = now

    def resume(self) -> None:
        """Continue the full read of an earlier run, if there is one."""
        self._since = None if self._entry.get(SETTLING) else self._entry.get(SINCE)

    def lacks(self, refused: Collection[str]) -> None:
        """Record the parts of the site that Wix refused to the full read so far."""
        if self.is_full_read and refused:
            self._entry[LACKED] = sorted({*(self._entry.get(LACKED) or ()), *refused})

    def finish(self, doubt: Doubt, *, now: str, visible: str, goes_on: bool, is_read: bool) -> Ending:
        """End the full read of this run, or settle one of an earlier run that may not have found all rows.

        Args:
            doubt: Why rows may be missing.
            now: The end of this run.
            visible: Date up to which all changes were visible to this run.
            goes_on: Whether the next run can continue from this one, to settle its full read.
            is_read: Whether this run read the stream to its end.
        """
        if not self.is_full_read:
            ended = self._entry.get(SETTLING)
            is_settled = self._entry.get(SINCE) and ended is not None and ended <= visible
            return self._end() if is_settled and is_read and not doubt.reason else Ending()
        if not doubt.reason:
            return self._end()
        if doubt.is_settled_later and goes_on and self.number is not None:
            self._entry[SETTLING] = now
            self._since = None
            return Ending(doubt=doubt.reason, is_settled_later=True)
        lacked = self._entry.get(LACKED) or []
        before = self._entry.get(LACKING, []) if READ_AT in self._entry else lacked
        self._entry[LACKING] = sorted({*before}.intersection(lacked))
        self._entry[READ_AT] = self._since
        self.stop()
        return Ending(doubt=doubt.reason if self.number is not None else "")

    def _end(self) -> Ending:
        """End a full read that found all rows it may read: these are all if Wix refuses nothing new to it."""
        before = self._entry.get(LACKING, ())
        is_first = READ_AT not in self._entry
        lacked = self._entry.get(LACKED) or []
        self._entry[READ_AT] = self._since or self._entry[SINCE]
        self.stop()
        is_whole = not lacked or (not is_first and set(lacked) <= set(before))
        if is_whole or is_first:
            self._entry[LACKING] = lacked
        if is_whole:
            self._entry[ACTIVE] = self.number
        return Ending(is_whole=is_whole, doubt="" if is_whole else f"Wix refuses {', '.join(lacked)}")
