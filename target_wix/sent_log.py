"""Notes on disk about records that cannot be undone or looked up after they were sent.

One note is written before each send, and another one after its answer.

If a run is killed between the two, it is unknown whether Wix processed the record. The next run finds the note and does
not send the record again. Notes of answered records are kept until a run ends without an error, since the same input
may come again until then.

The file is next to the lock file of the site (`site_lock`). It contains digests of records, but not their content.
"""

from __future__ import annotations

import os
import threading
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from target_wix.site_lock import clock, path_of
from wix_api.errors import SettingsError
from wix_api.private_file import append, private

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_KEPT = 30 * 86_400.0
"""Maximum age of a note, in seconds."""


class Sent(StrEnum):
    """Status of a sent record.

    Attributes:
        BEGUN: There is no answer, so it is unknown whether Wix processed it.
        DONE: Wix processed it.
        DROPPED: Wix did not process it.
    """

    BEGUN = "begun"
    DONE = "done"
    DROPPED = "dropped"


class Note(msgspec.Struct, frozen=True):
    """Note about one sent record.

    Attributes:
        at: Time of the note, in seconds since 1970.
        id: Id of the created entity, or "".
        is_kept: True if the note is kept after the end of a run.
    """

    key: str
    sent: Sent
    at: float
    id: str = ""
    is_kept: bool = False


class SentLog:
    """The notes of one site, in memory without a path; a dry run writes none. Thread-safe."""

    def __init__(self, path: Path | None = None, *, writes: bool = True) -> None:
        self._path = path
        self._writes = writes
        self._lock = threading.Lock()
        self._notes: dict[str, Note] | None = None
        self._owners: dict[str, str] = {}
        """The keys of the sends, by the ids of what they made."""
        self._descriptor: int | None = None

    @classmethod
    def of(cls, config: Mapping[str, object], *, writes: bool) -> SentLog:
        """Return the notes of the site in the settings."""
        try:
            return cls(path_of(config).with_suffix(".sent"), writes=writes)
        except RuntimeError:  # the user has no home folder, which the lock has logged
            return cls(writes=writes)

    def find(self, key: str) -> Note | None:
        """Return the note of a key; None if the record was not sent, or refused by Wix."""
        with self._lock:
            note = self._all().get(key)
        return None if note is None or note.sent is Sent.DROPPED else note

    def is_made_for_another(self, made: str, key: str) -> bool:
        """True if the entity with the id `made` was created for a record with another key."""
        with self._lock:
            self._all()
            return self._owners.get(made, key) != key

    def note(self, key: str, sent: Sent, made: str = "", *, is_kept: bool = False) -> None:
        """Write a note, and wait until it is on disk; it stays there after the end of a run if `is_kept`.

        Raises:
            SettingsError: The note cannot be written, so nothing may be sent.
        """
        with self._lock:
            note = self._all()[key] = Note(key, sent, clock(), made, is_kept)
            self._owners[made] = key
            if not self._writes or self._path is None:
                return
            try:
                if self._descriptor is None:
                    self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    self._descriptor = private(str(self._path), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
                append(self._descriptor, b"\n" + msgspec.json.encode(note) + b"\n")  # the last line may be incomplete
                os.fsync(self._descriptor)
            except OSError as error:
                msg = (
                    f"Notes about sent records cannot be written ({error.strerror}: {self._path}), so nothing more is "
                    "sent. Free some space there, or set XDG_STATE_HOME to a writable folder."
                )
                raise SettingsError(msg) from error

    @property
    def has_answered(self) -> bool:
        """True if this run writes notes, and the site has some of answered records, which `finish` removes."""
        with self._lock:
            return self._writes and any(note.sent is Sent.DONE and not note.is_kept for note in self._all().values())

    def finish(self) -> None:
        """Remove notes of answered records that need not be kept, after a run without an error.

        Raises:
            OSError: The file cannot be replaced, and is unchanged.
        """
        with self._lock:
            if not self._writes or self._path is None or not self._path.exists():
                return
            left = [note for note in self._all().values() if note.sent is Sent.BEGUN or note.is_kept]
            self._end()
            new = self._path.with_suffix(".new")
            with open(new, "wb", opener=private) as file:
                file.writelines(msgspec.json.encode(note) + b"\n" for note in left)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
            self._notes = None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _all(self) -> dict[str, Note]:
        if self._notes is None:
            try:
                self._notes = {note.key: note for note in self._read() if note.at > clock() - _KEPT}
            except OSError as error:
                msg = f"What earlier runs sent cannot be read ({error.strerror}: {self._path}). Make the file readable."
                raise SettingsError(msg) from error
            self._owners = {note.id: note.key for note in self._notes.values()}
        return self._notes

    def _read(self) -> list[Note]:
        """Return the notes of the file. Incomplete lines are skipped: their records were not sent."""
        if self._path is None or not self._path.exists():
            return []
        notes = []
        for line in self._path.read_bytes().splitlines():
            try:
                notes.append(msgspec.json.decode(line, type=Note))
            except msgspec.DecodeError:
                continue
        return notes
