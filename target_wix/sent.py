"""What was sent that can be neither undone nor looked up: a note on disk before each send and after its answer.

A run that is killed between the two leaves a send of which nobody knows whether Wix did it. The next run finds the note
and does not send it again. Notes of answered sends are kept until a run comes to its end without an error, since until
then the same input may come again.

The file is next to that of the site's lock (`site_lock`). It holds digests of records, and no text of them.
"""

from __future__ import annotations

import errno
import os
import threading
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from target_wix.site_lock import clock, path_of
from wix_api.errors import SettingsError
from wix_api.private_file import private

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_KEPT = 30 * 86_400.0
"""Seconds for which a note is kept."""


class Sent(StrEnum):
    """What is known of a send.

    Attributes:
        BEGUN: Its answer never came, so Wix may have done it or not.
        DONE: Wix did it.
        DROPPED: Wix did not do it.
    """

    BEGUN = "begun"
    DONE = "done"
    DROPPED = "dropped"


class Note(msgspec.Struct, frozen=True):
    """What is known of one send.

    Attributes:
        key: What it is known by.
        sent: What became of it.
        at: When this was noted, in seconds since 1970.
        id: Id of what it made, or "".
        is_kept: It is not forgotten at the end of a run.
    """

    key: str
    sent: Sent
    at: float
    id: str = ""
    is_kept: bool = False


class SentLog:
    """The notes of one site. Safe for threads.

    Args:
        path: The file; None keeps the notes in memory.
        writes: Whether notes are written; a dry run only reads them.
    """

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
        """Return the notes of the site of some settings."""
        try:
            return cls(path_of(config).with_suffix(".sent"), writes=writes)
        except RuntimeError:  # there is no home: the lock has logged it
            return cls(writes=writes)

    def find(self, key: str) -> Note | None:
        """Return what is known of a send; None for one that was never begun, or that Wix refused."""
        with self._lock:
            note = self._all().get(key)
        return None if note is None or note.sent is Sent.DROPPED else note

    def is_made_for_another(self, made: str, key: str) -> bool:
        """True if what has an id was made by another send than the one with a key."""
        with self._lock:
            self._all()
            return self._owners.get(made, key) != key

    def note(self, key: str, sent: Sent, made: str = "", *, is_kept: bool = False) -> None:
        """Write what is known of a send; it is on disk when this returns.

        Args:
            key: What it is known by.
            sent: What became of it.
            made: Id of what it made.
            is_kept: It is not forgotten at the end of a run.

        Raises:
            SettingsError: It cannot be written, so nothing may be sent.
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
                self._append(self._descriptor, note)
            except OSError as error:
                msg = (
                    f"What is sent cannot be noted, so nothing more is sent ({error.strerror}: {self._path}). Make "
                    "room there, or set XDG_STATE_HOME to a folder that can be written."
                )
                raise SettingsError(msg) from error

    @staticmethod
    def _append(descriptor: int, note: Note) -> None:
        line = b"\n" + msgspec.json.encode(note) + b"\n"  # the line before may have been cut off
        if os.write(descriptor, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)

    def finish(self) -> None:
        """Forget answered sends that are not kept: the input came to its end without an error.

        Raises:
            OSError: The file cannot be replaced; it stays as it is.
        """
        with self._lock:
            if not self._writes or self._path is None or not self._path.exists():
                return
            left = [note for note in self._all().values() if note.sent is Sent.BEGUN or note.is_kept]
            self._end()
            new = self._path.with_suffix(".new")
            with open(new, "wb", opener=private) as file:
                file.writelines(msgspec.json.encode(note) + b"\n" for note in left)
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
        """Return the notes of the file, without lines that were cut off: nothing was sent for them."""
        if self._path is None or not self._path.exists():
            return []
        notes = []
        for line in self._path.read_bytes().splitlines():
            try:
                notes.append(msgspec.json.decode(line, type=Note))
            except msgspec.DecodeError:
                continue
        return notes
