"""Bookmarks: those in the state of an earlier run, and the progress of this run."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from tap_wix import log_place, versions
from wix_api import timestamps
from wix_api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

logger = logging.getLogger("tap-wix")

KEY = "replication_key"
VALUE = "replication_key_value"
OF_V1 = "of_catalog_v1"
"""Marks a bookmark that was written on catalog V1: it cannot be used on a site that Wix moved to V3."""
ENDED = "read_to_end_at"
"""Start of the last run that read the stream to its end."""
FILTER = "filter"
"""The user's filter of the rows before the bookmark, as JSON, or "": other rows of that time were not read."""
IN_SHARED_TABLES = "in_shared_tables"
"""Whether the rows before the bookmark have the column `siteId`, as a part of their key."""
GIVEN = "ids_given"
"""Ids of a setting to which rows of another stream refer, so that they are read with these rows."""
NEWEST = "newest_sequences"
"""Each conversation with the number of its newest message that was read.

A list: Meltano merges the state of a full refresh into an earlier one, member by member, and an object would keep the
conversations of that one.
"""
SITE = "site_id"
"""The site of the state: bookmarks of another site would hide rows."""
INSTANCE = "instance_id"
"""The installation of the app whose credentials read the site: all that is known of a site without `site_id`."""
SITES = "sites"
"""The parts of a state of many sites."""
MELTANO = "singer_state"
"""The state in the output of `meltano state get`."""
_PARTITIONS = "partitions"
_CLOCKS_DIFFER = 60.0
"""Seconds by which clocks of machines may differ before a bookmark counts as being in the future."""


NO_STATE = "The file of --state is not a state. It must contain the last line that the target (or this tap) wrote."


def of_site(state: Mapping[str, Any], site: str, instance: str = "") -> Mapping[str, Any]:
    """Return the state of one site: the part of the site if it is a state of many sites.

    `state` may be a whole STATE message, or one that Meltano printed.

    Raises:
        SettingsError: It is the state of another site, or of other sites.
    """
    state = _unwrapped(state)
    if parts := state.get(SITES):
        if not isinstance(parts, dict):
            raise SettingsError(NO_STATE)
        site = next((each for each in parts if each.casefold() == site.casefold()), site)
        if site not in parts:
            msg = (
                f"The state is that of many sites, and has no part of the site {site or 'of this run'}. Set `site_id` "
                "to one of its sites, set `sites`, or run without --state."
            )
            raise SettingsError(msg)
        logger.warning("The state is that of many sites: this run continues the part of %s, and keeps no other.", site)
        return {"bookmarks": {}, **parts[site]} if isinstance(parts[site], dict) else {"bookmarks": parts[site]}
    _check_owner(state, site, instance)
    return state


def _check_owner(state: Mapping[str, Any], site: str, instance: str) -> None:
    """Raise an error if a state is that of another site, or may be."""
    advice = "or run without --state to begin at the first row."
    for name, own, what in ((SITE, site, "site"), (INSTANCE, instance, "installation")):
        owner = state.get(name)
        if not (own and owner and isinstance(owner, str)):
            continue
        if owner.casefold() == own.casefold():
            return  # an app that is installed again on the site is another installation
        msg = (
            f"The state is that of the {what} {owner}, and `{name}` is {own}: its bookmarks would hide rows of "
            f"this site. Give each site a state of its own, {advice}"
        )
        if name == INSTANCE:
            msg += " If the app was installed again on the same site, change `instance_id` in the state."
        raise SettingsError(msg)
    if instance and isinstance(state.get(SITE), str):
        msg = (
            f"The state is that of the site {state[SITE]}, and only `instance_id` names the site of this run. Set "
            f"`site_id`, too, {advice}"
        )
        raise SettingsError(msg)


def understood(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a state in the form that this tap writes: `{"bookmarks": {stream: {replication_key…, …_value}}}`.

    Also accepted: a whole STATE message; the output of `meltano state get`; dates in any form of ISO 8601; entries that
    the SDK keeps while a stream is not finished (they are no bookmarks, so they are left out); bookmarks for each
    parent, as the SDK keeps them for child streams (the earliest one is used).

    Raises:
        SettingsError: It is not a state, or a bookmark is not a date.
    """
    if isinstance(state, dict):
        state = _unwrapped(state)
    bookmarks = state.get("bookmarks", {}) if isinstance(state, dict) and _is_writable(state) else None
    if not isinstance(bookmarks, dict) or (state and "bookmarks" not in state):
        raise SettingsError(NO_STATE)
    return {"bookmarks": {stream: _bookmark(stream, entry) for stream, entry in bookmarks.items()}} if state else {}


def _unwrapped(state: Mapping[str, Any]) -> Any:
    """Return the state in a STATE message, or in the output of `meltano state get`."""
    if state.get("type") == "STATE":
        return state.get("value") or {}
    return (state[MELTANO] or {}) if MELTANO in state else state


def _is_writable(state: Mapping[str, Any]) -> bool:
    """True if a state can be written as text again; text with half of a surrogate pair cannot."""
    try:
        json.dumps(state, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _bookmark(stream: str, entry: Any) -> dict[str, Any]:
    """Return a stream's part of a state, with one bookmark at most and without what cannot be read."""
    if not isinstance(entry, dict) or (entry and not entry.keys() & _MEMBERS):
        raise _unreadable(stream, entry)
    partitions = entry.get(_PARTITIONS) or []
    if not (isinstance(partitions, list) and all(isinstance(each, dict) for each in partitions)):
        raise _unreadable(stream, partitions)
    kept = {name: entry[name] for name, is_readable in _READABLE.items() if is_readable(entry.get(name))}
    if ENDED in kept:
        kept[ENDED] = timestamps.normalise(kept[ENDED])
    marked = [each for each in (entry, *partitions) if each.get(VALUE)]
    if not marked or len(marked) < len(partitions):  # some parent was never read to its end
        return kept
    return {**_earliest(stream, marked), **kept}


def _earliest(stream: str, marked: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the earliest of a stream's bookmarks; `{}` if they follow different members."""
    dates = [_date(stream, each[VALUE]) for each in marked]
    keys = {str(each.get(KEY) or "") for each in marked}
    if len(keys) > 1:
        return {}
    of_v1 = {OF_V1: True} if any(each.get(OF_V1) for each in marked) else {}
    return {KEY: keys.pop(), VALUE: min(dates), **of_v1}


def _are_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(pair, list) and [type(each) for each in pair] == [str, str] and pair[1].isdecimal() for pair in value
    )


_READABLE: dict[str, Callable[[Any], object]] = {
    **versions.READABLE,
    **log_place.READABLE,
    ENDED: timestamps.readable,
    FILTER: versions.is_text,
    IN_SHARED_TABLES: lambda value: isinstance(value, bool),
    GIVEN: versions.are_texts,
    NEWEST: _are_numbers,
}
"""Members of a stream's part of a state, except its bookmark, each with the check of its value."""
_OF_SDK = ("starting_replication_value", "replication_key_signpost", "progress_markers", _PARTITIONS)
_MEMBERS = {KEY, VALUE, OF_V1, *_READABLE, *_OF_SDK}
_DATES = (VALUE, ENDED, versions.SINCE, versions.SETTLING, versions.READ_AT)
"""Members that are dates."""


def _date(stream: str, value: Any) -> str:
    try:
        return timestamps.normalise(value)
    except (TypeError, ValueError):
        raise _unreadable(stream, value) from None


def bring_back(state: Mapping[str, Any], started: str) -> None:
    """Reset dates in the future to the start of the run, by Wix's clock.

    Bookmarks would hide all changes before them, and with a last run in the future no full read would ever be due.

    The state, as returned by `understood`, is changed in place.
    """
    for stream, entry in state["bookmarks"].items():
        ahead = {name: value for name in _DATES if (value := entry.get(name)) and value > started}
        entry.update(dict.fromkeys(ahead, started))
        if VALUE in ahead and timestamps.earlier(ahead[VALUE], _CLOCKS_DIFFER) > started:
            logger.warning(
                "Stream `%s`: the state's bookmark %s is in the future; it is reset to the start of this run. "
                "Changes before that may be missing: take the stream out of the state to read all of it again.",
                stream,
                ahead[VALUE],
            )


def _unreadable(stream: str, value: Any) -> SettingsError:
    return SettingsError(
        f"The state's bookmark of `{stream}` is not a date: {value!r:.60}. Remove the stream from the state file to "
        "read it from the beginning, or run without --state."
    )


class Bookmark:
    """The bookmark of one stream: it never goes back, and never passes the start of the run.

    Args:
        entry: The stream's part of the state, which is kept up to date.
        key: The member that the bookmark follows.
        started: Returns the start of the run by Wix's clock.
        of_v1: Whether the stream reads catalog V1.
        of_filter: The user's filter, as JSON, or "".
    """

    def __init__(
        self, entry: dict[str, Any], key: str, started: Callable[[], str], *, of_v1: bool = False, of_filter: str = ""
    ) -> None:
        self._entry = entry
        self._key = key
        self._started = started
        self._of_v1 = of_v1
        self._of_filter = of_filter
        self._held: str | None = None

    @property
    def value(self) -> str | None:
        """The bookmark in the state, or None if it follows another member or catalog or is missing."""
        is_ours = self._entry.get(KEY) == self._key and (self._of_v1 or not self._entry.get(OF_V1))
        return self._entry.get(VALUE) if is_ours else None

    @property
    def unused_key(self) -> str | None:
        """Member of a bookmark of this catalog that the stream cannot follow, "" if it is missing; None if it can."""
        key = self._entry.get(KEY) or ""
        is_unused = self._entry.get(VALUE) and key != self._key and (self._of_v1 or not self._entry.get(OF_V1))
        return key if is_unused else None

    def outdated(self, *, in_shared_tables: bool) -> str:
        """Return how the rows before the bookmark differ from those that are read now; "" if they do not.

        The state keeps whether these are `in_shared_tables`, with the column `siteId`.
        """
        before, self._entry[IN_SHARED_TABLES] = self._entry.get(IN_SHARED_TABLES), in_shared_tables
        if self.value is None:
            return ""
        if self._entry.get(FILTER, "") not in {"", self._of_filter}:
            return "its `filter` changed"
        return "its key has the column `siteId` now, or no longer has it" if before is (not in_shared_tables) else ""

    def start(self, lookback: float) -> str | None:
        """Return the date from which changes are read, or None for everything.

        Args:
            lookback: Seconds by which Wix's indexes lag. Rows that were not visible yet when the last run began are at
                most this much older than its start: earlier rows need not be read again.
        """
        if not self.value:
            return None
        value = min(self.value, self._started())
        ended = self._entry.get(ENDED)
        looked_back = timestamps.earlier(value, lookback)
        return max(looked_back, min(value, timestamps.earlier(ended, lookback))) if ended else looked_back

    def end(self) -> None:
        """Record that the stream was read to its end, with the filter of the bookmark: others leave out other rows."""
        if self._entry.get(FILTER, "") == self._of_filter:
            self._entry[ENDED] = self._started()

    def reset(self) -> None:
        """Remove the bookmark: all of the stream will be read again.

        Meltano may merge a state into an earlier one, member by member. Its value is therefore overwritten: with the
        earlier one, the next run would leave rows out of the full read, and end it.
        """
        versions.overwrite(self._entry, KEY, OF_V1, ENDED)
        self._entry[VALUE] = None

    def hold(self, dates: Iterable[str]) -> None:
        """Record the dates of written records while later records may still be older."""
        dates = [*dates, *([self._held] if self._held else [])]
        self._held = max(dates, default=None)

    def settle(self) -> None:
        """Move the bookmark to the last of the recorded dates: everything before is written."""
        if self._held is None:
            return
        started = self._started()
        reached = min(self._held, started)
        self._entry.update({KEY: self._key, VALUE: max(reached, min(self.value or reached, started))})
        versions.overwrite(self._entry, OF_V1)
        if self._of_v1:
            self._entry[OF_V1] = True
        if self._of_filter or FILTER in self._entry:  # it is overwritten, since states may be merged member by member
            self._entry[FILTER] = self._of_filter
        self._held = None
