"""Records for removed rows: rows that are in the change log and that a read did not find."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tap_wix.change_log import Met, text
from tap_wix.lanes import tombstone_lines
from tap_wix.sdk_seams import DELETED_AT, SITE_ID
from wix_api.progress import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tap_wix.change_log import ChangeLog
    from tap_wix.lanes import Row
    from tap_wix.sdk_seams import SeamStream
    from tap_wix.versions import Version

_LATEST = "9999"
"""A date after all others."""


class Owner(NamedTuple):
    """The stream of the parents of a stream's records, and the members of a record that are its parent's key."""

    stream: str
    members: tuple[str, ...]


class Removals:
    """The part of a change log that belongs to one stream.

    `version` is that of the stream in the state, and `owner` the parents of its records. `now` returns the date.
    """

    def __init__(
        self, log: ChangeLog, stream: SeamStream, version: Version, *, owner: Owner | None, now: Callable[[], str]
    ) -> None:
        self._log = log
        self._stream = stream
        self._version = version
        self._owner = owner
        self._now = now
        self._keys = tuple(key for key in stream.primary_keys if key != SITE_ID)

    def note(self, rows: Sequence[Row], parents: Mapping[str, str]) -> None:
        """Record the keys of records that are about to be written, and the rows that parents no longer have.

        All records of these `parents` (ids and dates) are among the rows.
        """
        dates = {text(each): date for each, date in parents.items()}
        met = [self._met(row, dates) for row in rows]
        self._log.meet(self._stream.name, met, self._version.number or 0)
        if dates:
            self._log.leave(self._stream.name, dates, met, self._now())

    def _met(self, row: Row, dates: Mapping[str, str]) -> Met:
        of_owner = self._owner.members if self._owner else ()
        members = tuple(dict.fromkeys((*self._keys, *of_owner)))
        values = _reader(members)(row) if isinstance(row, bytes) else {name: str(row.get(name)) for name in members}
        key = tuple(values[name] for name in self._keys)
        if not of_owner:
            return Met(key)
        owner = text(*(values[name] for name in of_owner))
        return Met(key, owner, dates.get(owner, ""))

    def leave(self, ids: Sequence[str], *, of_parents: bool) -> None:
        """Mark the rows with some ids as removed, or those of the parents with these ids."""
        keys = list(map(text, ids))
        if not keys:
            return
        if not of_parents:
            self._log.drop(self._stream.name, keys, self._now())
        elif self._owner is not None:
            self._log.leave(self._stream.name, dict.fromkeys(keys, _LATEST), (), self._now())

    def write(self, *, is_whole: bool, knows_parents: bool) -> bool:
        """Write the removed keys that no state covers. True if there were any.

        Args:
            is_whole: Whether a full read found all rows, so that the others were removed.
            knows_parents: Whether this run also read the stream of the parents, so that rows of other parents were
                removed.
        """
        stream = self._stream
        if is_whole:
            self._log.sweep(stream.name, self._version.number or 0, self._now())
        if self._owner is not None and knows_parents:
            self._log.follow(stream.name, self._owner.stream, self._now())
        gone = self._log.tombstones(stream.name, self._version.emitted)
        if not gone:
            return False
        rows = [{**self._record(each.key), DELETED_AT: each.gone_at} for each in gone]
        stream.write_lines(tombstone_lines(stream, rows))
        self._version.emitted = gone[-1].number
        emitted = counted(len(gone), "removed row")
        stream.logger.info("Stream `%s`: emitted %s with `%s`.", stream.name, emitted, DELETED_AT)
        return True

    def _record(self, key: Sequence[str]) -> dict[str, Any]:
        """Return a key as members of a record."""
        properties = self._stream.schema.get("properties", {})
        return {
            name: _of_type(value, properties.get(name, {}).get("type", "string"))
            for name, value in zip(self._keys, key, strict=True)
        }


def _of_type(value: str, types: str | Sequence[str]) -> Any:
    """Return a value of the log, where numbers are texts, in the type of its column."""
    if "string" not in types and ("number" in types or "integer" in types):
        with suppress(msgspec.DecodeError):
            return msgspec.json.decode(value)
    return value


@lru_cache
def _reader(members: tuple[str, ...]) -> Callable[[bytes], dict[str, str]]:
    """Return a function that reads only some members of a row."""
    decoder = msgspec.json.Decoder(msgspec.defstruct("Keyed", [(member, Any, None) for member in members]))
    return lambda row: dict(zip(members, map(str, msgspec.structs.astuple(decoder.decode(row))), strict=True))
