"""Pictures of the user's computer that a product file names: each is uploaded once, however often it is used.

A file is uploaded to the site's Media Manager with a label that contains the hash of its content, so that any later
import finds it there, also on another computer.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from wix_api.endpoints import media
from wix_api.errors import InvalidRequestError, UnavailableError
from wix_api.operations import Call
from wix_api.progress import Progress
from wix_files.cells import written
from wix_files.media_cells import is_reachable
from wix_shop.importing.console import LOGGER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from target_wix.run import Run
    from wix_api.client import WixClient
    from wix_files.csv_files import CsvRow
    from wix_files.recognition import Layout

Entity = dict[str, Any]

LABEL = "wiximport"
"""Label of all uploaded files."""
_AT_ONCE = 4
"""Concurrent uploads."""
_MOST_TRIES = 3
_LONGEST_NAME = 200
_READY, _FAILED = "READY", "FAILED"
_NOT_PROCESSED = "Wix could not process it. Save it again as JPEG or PNG, and import the file again"
_LONGEST_POLL = 60.0
"""Seconds until a file that Wix still processes is given up. A later import finds it."""
_STARTS = {
    b"\xff\xd8\xff": ("image/jpeg", "jpg"),
    b"\x89PNG\r\n\x1a\n": ("image/png", "png"),
    b"GIF8": ("image/gif", "gif"),
    b"II*\0": ("image/tiff", "tiff"),
    b"MM\0*": ("image/tiff", "tiff"),
    b"BM": ("image/bmp", "bmp"),
}
_RIFF = re.compile(rb"RIFF....WEBP", re.DOTALL)
_FTYP = re.compile(rb"....ftyp(heic|heix|mif1|avif)", re.DOTALL)
_REASONS = {
    "FILE_SIZE_OVER_LIMIT": "it is larger than Wix accepts. Make it smaller",
    "SITE_QUOTA_EXCEEDED": "the site has no storage left. Delete files from its media manager, or upgrade it",
    "UNSUPPORTED_FILE_FORMAT": "Wix does not accept its format. Save it as JPEG or PNG",
    "MISMATCH_MIME_TYPE": "Wix does not accept its format. Save it as JPEG or PNG",
}


@dataclass(frozen=True)
class Picture:
    """A file of the user's computer.

    Attributes:
        digest: SHA-256 of its content, in hex digits.
        size: Its size in bytes.
        mime_type: Its type, by its content.
        ending: The ending that files of this type have.
    """

    path: Path
    digest: str
    size: int
    mime_type: str
    ending: str

    @property
    def label(self) -> str:
        """The label by which the uploaded file is found again."""
        return f"sha256{self.digest}"

    @property
    def placeholder(self) -> str:
        """An id in a plan, before the file is uploaded."""
        return f"{LABEL}_{self.digest[:32]}~mv2.{self.ending}"


@dataclass
class Pictures:
    """The pictures that one product file names by paths.

    Attributes:
        folder: The folder that contains them; None if there is none.
        files: The pictures by their digests.
        ids: Digest → id of the file on the site.
        pending: Digest → id of a file that Wix still processes.
        failures: Digest → why Wix did not accept the file.
        left_out: Lines of rows whose pictures are not uploaded, since their products are rejected.
    """

    folder: Path | None = None
    files: dict[str, Picture] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    left_out: frozenset[int] = frozenset()
    _read: dict[str, Picture | str] = field(default_factory=dict)
    _names: dict[Path, dict[str, list[str]]] = field(default_factory=dict)
    """Folder → names in it, by how they are compared: file systems differ in case and in the form of umlauts."""
    _named: dict[int, set[str]] = field(default_factory=dict)
    """Line → digests of the files that its row names."""

    @property
    def missing(self) -> list[Picture]:
        """The pictures that are not on the site."""
        return [one for digest, one in self.files.items() if digest not in self.ids and digest not in self.pending]

    def keep(self, digest: str, file: Mapping[str, Any]) -> None:
        """Set the id of a file on the site, which may have failed there."""
        self.pending.pop(digest, None)
        if file.get("operationStatus") == _FAILED:
            self.failures[digest] = _NOT_PROCESSED
        else:
            (self.ids if file.get("operationStatus") == _READY else self.pending)[digest] = str(file["id"])

    def add(self, row: CsvRow, layout: Layout) -> None:
        """Read the files that a row names."""
        files = (self._file(part) for parts in _parts(row.cells, layout).values() for part in parts)
        if digests := {file.digest for file in files if isinstance(file, Picture)}:
            self._named[row.line] = digests

    def leave_out(self, lines: set[int]) -> None:
        """Leave out the files that only rows of rejected products name."""
        self.left_out = frozenset(lines)
        wanted = {digest for line, digests in self._named.items() if line not in lines for digest in digests}
        self.files = {digest: picture for digest, picture in self.files.items() if digest in wanted}

    def replaced(self, row: CsvRow, layout: Layout) -> tuple[dict[str, Any], str]:
        """Return the cells of a row with ids instead of paths, and what is wrong with a file, or ""."""
        cells, problems = dict(row.cells), []
        for header, parts in _parts(row.cells, layout).items():
            if self.folder is None or all(map(is_reachable, parts)):
                continue
            named, wrong = [], []
            for part in parts:
                found = self._file(part)
                if isinstance(found, str):
                    wrong.append(found)
                elif found and found.digest in self.failures:
                    wrong.append(f"the file `{found.path.name}` was not uploaded: {self.failures[found.digest]}.")
                named.append(self._id(found) if isinstance(found, Picture) else part)
            if wrong:
                problems.append(f"`{layout.in_file(header)}`: {' '.join(wrong)}")
            cells[header] = layout.format.picture_separator.join(named)
            if row.line in self.left_out:
                del cells[header]
        return (row.cells, " ".join(problems)) if problems else (cells, "")

    def _id(self, picture: Picture) -> str:
        return self.ids.get(picture.digest) or self.pending.get(picture.digest) or picture.placeholder

    def _file(self, part: str) -> Picture | str | None:
        """Return the file that a part of a cell names, or why it cannot be uploaded; None if it names none."""
        if self.folder is None or is_reachable(part):
            return None
        if part not in self._read:
            found = self._picture(self.folder, part)
            if isinstance(found, Picture):
                found = self.files.setdefault(found.digest, found)
            elif part.startswith(("//", "www.")):
                found = f"the address `{part[:80]}` lacks `https:{'' if part[0] == '/' else '//'}`. Write it in front."
            self._read[part] = found
        return self._read[part]

    def _picture(self, folder: Path, part: str) -> Picture | str:
        """Return a file of a folder, or why it cannot be uploaded."""
        name = part[:80]
        path = folder / part.replace("\\", "/")
        try:
            if path.resolve().is_relative_to(folder.resolve()) and not path.exists():
                path = self._alike(folder.resolve(), path.resolve())
            if not path.resolve().is_relative_to(folder.resolve()):
                return f"the file `{name}` is not in the folder of the pictures. Move it there, or change --images."
            if not (path.is_file() or path.is_symlink()):
                return (
                    f"the file `{name}` is not in `{folder.absolute()}`. Correct its name, name another folder with "
                    "--images, or use a web address (https://…) or the id of a picture on Wix (…~mv2.jpg)."
                )
            with path.open("rb") as file:
                start = file.read(32)
                if not start:
                    return f"the file `{name}` is empty. Replace it."
                kind = _kind(start)
                if kind is None:
                    return f"the file `{name}` is not a picture. Replace it by a JPEG, PNG, GIF or WebP file."
                file.seek(0)
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                return Picture(path, digest, file.tell(), *kind)
        except (OSError, RuntimeError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "its name is not valid, or it is a link to itself"
            return f"the file `{name}` cannot be read: {reason}."

    def _alike(self, folder: Path, path: Path) -> Path:
        """Return the only file whose path has the same letters in another case or form; the path itself if none has."""
        found = folder
        for name in path.relative_to(folder).parts:
            if found not in self._names:
                names = self._names.setdefault(found, {})
                for one in found.iterdir() if found.is_dir() else ():
                    names.setdefault(_compared(one.name), []).append(one.name)
            alike = self._names[found].get(_compared(name), [])
            found /= alike[0] if len(alike) == 1 else name
        return found


def _compared(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _parts(cells: Mapping[str, Any], layout: Layout) -> dict[str, list[str]]:
    """Return the pictures in each column of pictures, by its header."""
    separator, found = layout.format.picture_separator, {}
    for column in layout.format.picture_columns(layout.spellings):
        text = written(cells.get(layout.spellings[column]))
        parts = text.split(separator) if separator else [text]
        found[layout.spellings[column]] = [part.strip() for part in parts if part.strip()]
    return found


def _kind(start: bytes) -> tuple[str, str] | None:
    for mark, kind in _STARTS.items():
        if start.startswith(mark):
            return kind
    if _RIFF.match(start):
        return "image/webp", "webp"
    if match := _FTYP.match(start):
        return ("image/avif", "avif") if match[1] == b"avif" else ("image/heic", "heic")
    return None


def find(pictures: Pictures, client: WixClient) -> None:
    """Look for the pictures in the site's Media Manager; those that Wix could not process are left out.

    Raises:
        WixError: Wix refuses the search, or cannot be reached.
    """
    wanted = {picture.label: picture.digest for picture in pictures.missing}
    for file in _labelled(client, LABEL) if wanted else ():
        for label in file.get("labels") or ():
            if label in wanted and _is_usable(file):
                pictures.keep(wanted.pop(label), file)
        if not wanted:
            return


def _labelled(client: WixClient, label: str) -> Iterator[Entity]:
    """Yield the files that a search for a label finds, perhaps others, too."""
    paging: Entity = {"limit": media.PAGE_SIZE}
    while True:
        answer = client.call(media.SEARCH, body={"search": label, "paging": paging})
        files = answer.get("files") or []
        yield from files
        cursor = ((answer.get("nextCursor") or {}).get("cursors") or {}).get("next")
        if not (cursor and files) or cursor == paging.get("cursor"):
            return
        paging = {"limit": media.PAGE_SIZE, "cursor": cursor}


def _is_usable(file: Mapping[str, Any]) -> bool:
    return bool(file.get("id")) and file.get("operationStatus") != _FAILED and file.get("state") != "DELETED"


def upload(pictures: Pictures, run: Run) -> None:
    """Upload the pictures that the site does not have. Sets the id of each, or why Wix did not accept it.

    Raises:
        StoppedError: The run was asked to stop. A later import continues.
        WixError: Wix refuses all uploads, or cannot be reached.
    """
    if pictures.missing:
        run.lag.wait_for_unseen_writes()  # the index may not show yet what a killed import uploaded
        find(pictures, run.client)
    missing = pictures.missing
    with ThreadPoolExecutor(_AT_ONCE) as pool, _progress(len(missing)) as shown:
        for number, (picture, file) in enumerate(pool.map(partial(_sent, run), missing), start=1):
            shown(number)
            if isinstance(file, str):
                pictures.failures[picture.digest] = file
            else:
                pictures.keep(picture.digest, file)
    _await(pictures, run)
    if missing:
        count = len(missing) - len(pictures.failures)
        LOGGER.info(
            "Pictures: %s uploaded, %s were on the site.", f"{count:,}", f"{len(pictures.files) - len(missing):,}"
        )


@contextmanager
def _progress(count: int) -> Iterator[Callable[[int], None]]:
    progress = Progress(LOGGER)
    progress.begin()
    try:
        yield lambda number: progress.report(lambda: f"Pictures: {number:,} of {count:,} uploaded")
    finally:
        progress.end()


def _sent(run: Run, picture: Picture) -> tuple[Picture, Entity | str]:
    """Upload a file. Return the file as Wix describes it, or why Wix did not accept it."""
    for _ in range(_MOST_TRIES - 1):
        try:
            return picture, _put(run, picture)
        except UnavailableError:  # Wix may have stored the file
            run.lag.lost_answer()
            run.lag.wait_for_unseen_writes()
            for file in _labelled(run.client, picture.label):
                if picture.label in (file.get("labels") or ()) and _is_usable(file):
                    return picture, file
    return picture, _put(run, picture)


def _put(run: Run, picture: Picture) -> Entity | str:
    run.stop.check()
    content = picture.path.read_bytes()
    if hashlib.sha256(content).hexdigest() != picture.digest:
        return "it was changed during the import. Import the file again"
    body = {
        "mimeType": picture.mime_type,
        "fileName": f"{picture.path.stem[:_LONGEST_NAME]}.{picture.ending}",
        "sizeInBytes": str(picture.size),
        "labels": [LABEL, picture.label],
    }
    try:
        url = str(run.client.call(media.UPLOAD_URL, body=body).get("uploadUrl") or "")
        headers = {"Content-Type": picture.mime_type}
        reply = run.client.reply(Call(media.UPLOAD, {}, headers=headers, url=url, content=content))
    except InvalidRequestError as error:
        return _REASONS.get(error.code or "", str(error).rstrip("."))
    try:
        return msgspec.json.decode(reply.body, type=dict[str, Entity])["file"]
    except (msgspec.DecodeError, KeyError):
        msg = "The answer to an upload has no file."
        raise UnavailableError(msg) from None


def _await(pictures: Pictures, run: Run) -> None:
    """Wait until Wix has processed the uploaded files."""
    waited, pause = 0.0, 1.0
    while pictures.pending and waited < _LONGEST_POLL:
        for digest, file_id in list(pictures.pending.items()):
            file = run.client.call(media.FILE, params={"fileId": file_id}).get("file") or {}
            if file.get("operationStatus") in {_READY, _FAILED}:
                pictures.keep(digest, file)
        if pictures.pending:
            run.stop.sleep(pause)
            waited, pause = waited + pause, pause * 2
    for digest in pictures.pending:
        pictures.failures[digest] = "Wix still processes it. Import the file again in some minutes"
