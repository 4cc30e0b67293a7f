"""The undo file: what each write of a run replaced, in the order of the writes.

Before a batch of writes is sent, the run appends what they replace and waits until it is on disk (one `fsync` for a
batch). After an answer it appends the id of what was made. Both in one line of JSON each. A run that follows a killed
run appends to its file; a file whose run came to its end is kept under another name. A run of which Wix refused all
writes leaves no file, and that of the run before it gets its name back.

- An entry without its write (the run was killed between the two) finds the entity as it was: there is nothing to undo.
- A create without its id (the answer was lost) is looked for by the keys of its record.
- A write that changes an entity again is folded with the earlier ones: the first state of each member counts.

The file contains the data of the site, also of contacts, so only its owner may read it. What was in a contact that was
deleted is not kept: an undo never makes a contact. See docs/decisions/0028-undo-through-the-pipeline.md.
"""

from __future__ import annotations

import hashlib
import os
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from target_wix.fields import CLEAR
from target_wix.site_lock import clock, site_of
from target_wix.undo_entries import Begun, Ended, Kept, Line, Made, Op, Void
from wix_api.errors import SettingsError
from wix_api.private_file import append, private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

SUFFIX = ".undo.jsonl"
"""End of the name of an undo file."""
CLEARED = "\0"
"""`CLEAR` in an undo file: no text on Wix contains this character."""
_encode = msgspec.json.Encoder(decimal_format="number", enc_hook={CLEAR: CLEARED}.__getitem__).encode
decode = msgspec.json.Decoder(Line).decode


class UndoLog:
    """Keeps what the writes of a run replace. Thread-safe.

    Args:
        path: The undo file; None to keep nothing.
        site: Digest of the site.
        writes: False in a dry run: reads that only the undo file needs are done, but nothing is written.
        goes_on: True to append to the file of a run that came to its end (`retry_results`).

    Raises:
        SettingsError: The file cannot be read, or is no undo file.
    """

    def __init__(self, path: str | None = None, site: str = "", *, writes: bool = True, goes_on: bool = False) -> None:
        self._path = Path(path) if path else None
        self._site = site
        self._writes = writes
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self._next = 1
        self._open: dict[tuple[str, str], int] = {}
        """Entries of an earlier run that made an entity whose id is unknown, by stream and key."""
        self.made_again: list[tuple[str, str, str]] = []
        """(stream, former id, id) of the entities that earlier runs recreated."""
        self.clock: Callable[[], float] = clock
        """Returns the time, in seconds since 1970."""
        self.catalog: Callable[[], str] = lambda: ""
        """Returns the store catalog of the site, which may change during a run."""
        self._catalog: str | None = None
        self.is_continued = False
        """True if this run appends to what an earlier run left."""
        self._is_to_be_replaced = False
        self._has_written = False
        self._former: Path | None = None
        """The file of the run before this one, which is kept under this name."""
        self._kept = 0
        self._void: set[int] = set()
        if self._path is not None and self._path.exists():
            if not self._path.is_file():
                msg = f"`undo_path` is not a file ({path}). Set it to another one, or to nothing to keep none."
                raise SettingsError(msg)
            self._follow(goes_on=goes_on)

    @classmethod
    def of(cls, config: Mapping[str, Any], *, writes: bool) -> UndoLog:
        """Return the log for the settings of a run."""
        path = config.get("undo_path")
        goes_on = bool(config.get("retry_results"))
        return cls(str(path) if path else None, digest_of_site(config), writes=writes, goes_on=goes_on)

    @property
    def is_on(self) -> bool:
        """True if what writes replace is kept, or would be kept in a run."""
        return self._path is not None

    @property
    def path(self) -> str:
        """Path of the file if this run wrote to it, else ""."""
        return str(self._path) if self._has_written else ""

    def keep(self, entries: Iterable[Kept]) -> list[int]:
        """Append entries, wait until they are on disk, and return their numbers (0 if nothing is written).

        Raises:
            SettingsError: They cannot be written, so the writes must not be sent.
        """
        catalog, at = self.catalog() if self.is_on else "", self.clock()
        with self._lock:
            numbered = [msgspec.structs.replace(entry, n=n, at=at) for n, entry in enumerate(entries, self._next)]
            self._next += len(numbered)
            if not numbered or not self._writes or self._path is None:
                return [0] * len(numbered)
            begun = [Begun(self._site, at, catalog)] if catalog != self._catalog else []
            self._catalog = catalog
            self._kept += len(numbered)
            self._append([*begun, *numbered], is_sure=True)
            return [entry.n for entry in numbered]

    def made(self, entry: int, entity_id: str) -> None:
        """Append the id of the entity that the write of an entry made; raise `SettingsError` if this fails."""
        self._note(entry, Made(entry, entity_id))

    def void(self, entry: int) -> None:
        """Record that the write of an entry was refused; raise `SettingsError` if this fails."""
        self._void.add(entry)
        self._note(entry, Void(entry))

    def found(self, stream: str, key: str, entity_id: str) -> bool:
        """Record the entity that a record matches; return True if an earlier run was killed while it made it."""
        entry = self._open.pop((stream, key), 0) if self._open and key else 0
        if entry:
            self.made(entry, entity_id)
        return bool(entry)

    def has_made_again(self, entity_id: str) -> bool:
        """True if an earlier run made an entity again."""
        return any(now == entity_id for _, _, now in self.made_again)

    def end(self, *, is_whole: bool) -> None:
        """Close the file; `is_whole` if the run came to its end, so that the next run has a file of its own.

        Raises:
            SettingsError: The end cannot be noted, so the next run appends to the file; it is closed.
        """
        with self._lock:
            if self._descriptor is None:
                return
            try:
                if is_whole:
                    self._append([Ended(self.clock())], is_sure=True)
            finally:
                os.close(self._descriptor)
                self._descriptor = None
            if self._kept == len(self._void) and not self.is_continued:
                self._remove()

    def _remove(self) -> None:
        """Remove the file of a run whose writes were refused, and give that of the run before it its name back."""
        assert self._path is not None
        self._has_written = False
        with suppress(OSError):
            self._path.unlink()
            if self._former is not None:
                self._former.replace(self._path)

    def _note(self, entry: int, line: Line) -> None:
        if entry:
            with self._lock:
                self._append([line], is_sure=False)

    def _append(self, lines: list[Any], *, is_sure: bool) -> None:
        assert self._path is not None
        try:
            if self._descriptor is None:
                self._descriptor = self._opened()
            # The previous line may be incomplete.
            text = b"\n" + b"".join(_encode(line) + b"\n" for line in lines)
            append(self._descriptor, text)
            if is_sure:
                os.fsync(self._descriptor)
        except OSError as error:
            msg = (
                f"The undo file cannot be written ({error.strerror}: {self._path}), so nothing more is sent: it could "
                "not be undone. Free some space there, or set `undo_path` to another file, or to nothing to go on "
                "without one."
            )
            raise SettingsError(msg) from error
        self._has_written = True

    def _opened(self) -> int:
        assert self._path is not None
        if self._is_to_be_replaced:
            self._former = kept_name(self._path)
            self._path.replace(self._former)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = private(str(self._path), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.fchmod(descriptor, 0o600)
        return descriptor

    def _follow(self, *, goes_on: bool) -> None:
        """Read what an earlier run left: append to it, unless it came to its end or wrote to another site."""
        assert self._path is not None
        has_ended, site = False, self._site
        opened: dict[int, Kept] = {}
        last = 0
        for _, line in lines_of(self._path):
            if isinstance(line, Begun):
                site, has_ended = line.site, False
            elif isinstance(line, Ended):
                has_ended = True
            elif isinstance(line, Kept):
                last = line.n
                if line.op is Op.MAKE:
                    opened[line.n] = line
            else:
                entry = opened.pop(line.n, None)
                if entry is not None and isinstance(line, Made) and entry.was:
                    self.made_again.append((entry.stream, entry.was, line.id))
        self._is_to_be_replaced = (has_ended and not goes_on) or site != self._site
        if not self._is_to_be_replaced:
            self._next, self.is_continued = last + 1, bool(last)
            self._open = {(entry.stream, entry.key): n for n, entry in opened.items() if entry.key}


def digest_of_site(config: Mapping[str, Any]) -> str:
    """Return a digest of the setting that identifies the site, which may be a token."""
    return hashlib.sha256(site_of(config).encode()).hexdigest()[:16]


def kept_name(path: Path) -> Path:
    """Return a free name for the file of a completed run, `shop.2026-05-01-101500.undo.jsonl`.

    Names sort like the runs: of two runs in one second, the second one gets the next second.
    """
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    ending = SUFFIX if path.name.endswith(SUFFIX) else path.suffix
    name = path.name.removesuffix(ending)
    times = (written + timedelta(seconds=seconds) for seconds in count())
    names = (path.with_name(f"{name}.{time:%Y-%m-%d-%H%M%S}{ending}") for time in times)
    return next(free for free in names if not free.exists())


def lines_of(path: Path, skipped: Callable[[int], object] = lambda _line: None) -> Iterator[tuple[int, Line]]:
    """Yield the complete lines of an undo file with their offsets, and call `skipped` with the numbers of the others.

    Raises:
        SettingsError: The file cannot be read, is no undo file, or was written by another version.
    """
    is_undo_file = False
    offset = 0
    try:
        with path.open("rb") as file:
            for number, text in enumerate(file, 1):
                at, offset = offset, offset + len(text)
                try:
                    line = decode(text) if text.strip() else None
                except msgspec.ValidationError as error:
                    if is_undo_file:
                        msg = f"{path} was written by another version of this package. Use that version. ({error})"
                        raise SettingsError(msg) from error
                    line = None
                except (msgspec.DecodeError, UnicodeDecodeError):  # cut off by a kill, or damaged
                    line = None
                    skipped(number)
                if line is not None:
                    is_undo_file = is_undo_file or isinstance(line, Begun)
                    yield at, line
    except OSError as error:
        msg = f"The undo file cannot be read ({error.strerror}: {path})."
        raise SettingsError(msg) from error
    if offset and not is_undo_file:
        msg = f"{path} is no undo file. Name the file that a run wrote (`undo_path`; wix-import: <FILE>.undo.jsonl)."
        raise SettingsError(msg)
