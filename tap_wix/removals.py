"""Records that say that a row is gone: what the change log knows and a reading did not meet."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from tap_wix.change_log import Met, text
from tap_wix.lanes import tombstone_lines
from tap_wix.sdk_seams import DELETED_AT
from tap_wix.stream_options import reading_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tap_wix.change_log import ChangeLog
    from tap_wix.lanes import Row
    from tap_wix.sdk_seams import SeamStream
    from tap_wix.versions import Version


class Removals:
    """The part of a change log that belongs to one stream.

    Args:
        log: The change log.
        stream: The stream.
        version: What the state says of it.
        owner_key: The member of the key that is the id of the parent.
        now: Gives the date.
    """

    def __init__(
        self,
        log: ChangeLog,
        stream: SeamStream,
        version: Version,
        *,
        owner_key: str | None,
        now: Callable[[], str],
    ) -> None:
        self._log = log
        self._stream = stream
        self._version = version
        self._now = now
        self._keys = tuple(stream.primary_keys)
        self._owner = None if owner_key is None else self._keys.index(owner_key)

    def note(self, rows: Sequence[Row], parents: Mapping[str, str]) -> None:
        """Record the keys of records that are about to be written, and what parents have no longer.

        Args:
            rows: The records.
            parents: Ids and dates of parents all of whose records these are.
        """
        met = [self._met(row, parents) for row in rows]
        self._log.meet(self._stream.name, met, self._version.number or 0)
        if parents:
            read = {self._parent(each): date for each, date in parents.items()}
            self._log.leave(self._stream.name, read, met, self._now())

    def _met(self, row: Row, parents: Mapping[str, str]) -> Met:
        key = _key_reader(self._keys)(row) if isinstance(row, bytes) else tuple(str(row[name]) for name in self._keys)
        if self._owner is None:
            return Met(key)
        owner = key[self._owner]
        return Met(key, self._parent(owner), parents.get(owner, ""))

    def _parent(self, key: str) -> str:
        return text(reading_of(type(self._stream)), key)

    def write(self, *, is_whole: bool) -> bool:
        """Write the keys that are gone and that no state knows to be written. True if there were any.

        Args:
            is_whole: Whether a full read met all rows, so that the others are gone.
        """
        stream = self._stream
        if is_whole:
            self._log.sweep(stream.name, self._version.number or 0, self._now())
        gone = self._log.tombstones(stream.name, self._version.emitted)
        if not gone:
            return False
        rows = [dict(zip(self._keys, each.key, strict=True)) | {DELETED_AT: each.gone_at} for each in gone]
        stream.write_lines(tombstone_lines(stream, rows))
        self._version.emitted = gone[-1].number
        stream.logger.info("Stream `%s`: %d rows are gone and came with `%s`.", stream.name, len(gone), DELETED_AT)
        return True


@lru_cache
def _key_reader(members: tuple[str, ...]) -> Callable[[bytes], tuple[str, ...]]:
    """Return a function that reads just the key of a row."""
    decoder = msgspec.json.Decoder(msgspec.defstruct("Keyed", [(member, Any) for member in members]))
    return lambda row: tuple(map(str, msgspec.structs.astuple(decoder.decode(row))))
