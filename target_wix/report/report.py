"""Collects entries while a run goes on, and writes the page at its end."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, BinaryIO

from target_wix.outcomes import Outcome, Result
from target_wix.report.entry import entry
from target_wix.report.html import Html, tag
from target_wix.report.page import Head, closing, opening
from wix_api.private_file import keep_mode, private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from target_wix.changes import Entity
    from target_wix.summary import Summary

MOST_ENTRIES = 5000
"""Entries of a section that the page holds: more make it slow on a phone."""
_IN_MEMORY = 1 << 20
_CHANGES = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.DELETED})


class Report:
    """One self-contained page of a run or a plan. Safe for threads.

    Entries wait in unnamed temporary files, so that memory stays flat and a kill leaves nothing behind.

    Args:
        path: Where the page will be; folders are made.
        is_plan: Nothing is written to the site.
        site: Id of the site, or "".
        results_path: The file that holds all outcomes, if there is one.
        now: Gives the current moment.

    Raises:
        OSError: A page cannot be written there.
    """

    def __init__(
        self,
        path: str,
        *,
        is_plan: bool = False,
        site: str = "",
        results_path: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._path = Path(path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._path.is_dir():
            raise IsADirectoryError(21, os.strerror(21), path)
        if self._path.exists() and not self._path.is_file():  # a device or pipe would be replaced by the page
            raise OSError(22, "Not a regular file", path)
        self._part = self._path.with_name(f".{self._path.name}.part")
        self._part.open("wb").close()  # tells now, and not after hours, that it cannot be written
        self._part.unlink()
        self._is_plan = is_plan
        self._site = site
        self._results_path = results_path
        self._began = f"{now():%Y-%m-%d %H:%M} UTC"
        self._lock = threading.Lock()
        self._sections = (_Section("rejections"), _Section("changes"))

    def add(self, result: Result, sides: Callable[[], tuple[Entity, Entity]]) -> None:
        """Take a record, if it was changed or rejected; beyond what the page holds it is only counted.

        Args:
            result: Its outcome.
            sides: Gives what the site had, and what it has then (or what the record says, if it was rejected).
        """
        section = self._section(result.outcome)
        if section is None:
            return
        with self._lock:
            section.count += 1
            if section.count > MOST_ENTRIES:
                return
        written = entry(result, *sides()).encode("utf-8", "replace")
        with self._lock:
            section.add(result.line, written)

    def write(self, summary: Summary, ended: str = "") -> None:
        """Write the page, whole or not at all.

        Args:
            summary: What it sums up.
            ended: Why the run ended before its end, or "".

        Raises:
            OSError: It cannot be written.
        """
        head = Head(self._is_plan, self._site, self._began, ended, summary)
        try:
            with self._lock, open(self._part, "wb", opener=private) as file:
                file.writelines(
                    part if isinstance(part, bytes) else part.encode("utf-8", "replace") for part in self._parts(head)
                )
            keep_mode(self._part, self._path)
            self._part.replace(self._path)
        finally:
            self._part.unlink(missing_ok=True)
            for section in self._sections:
                section.spool.close()

    def _parts(self, head: Head) -> Iterator[str | bytes]:
        rejections, changes = self._sections
        titles = {rejections: "Rejected", changes: "Planned changes" if self._is_plan else "Changes"}
        told = {section: f"{title} ({section.count:,})" for section, title in titles.items() if section.count}
        yield opening(head, [(section.id, title) for section, title in told.items()])
        for section, title in told.items():
            yield f'<section id="{section.id}" aria-labelledby="{section.id}-title">'
            yield tag("h2", title, id=f"{section.id}-title") + self._cap(section)
            yield from section
            yield "</section>"
        if not told:
            yield tag("p", "Nothing was rejected, and nothing changes." if self._is_plan else "Nothing had to change.")
        yield closing()

    def _cap(self, section: _Section) -> Html:
        held = len(section.places)
        if held == section.count:
            return Html()
        rest = f"all are in {self._results_path}" if self._results_path else "set `results_path` to have all of them"
        return tag("p", f"The first {held:,} of {section.count:,} are shown; {rest}.", class_="failed")

    def _section(self, outcome: Outcome) -> _Section | None:
        rejections, changes = self._sections
        return rejections if outcome is Outcome.REJECTED else changes if outcome in _CHANGES else None


class _Section:
    """Entries that wait to be written, and where each of them is."""

    def __init__(self, name: str) -> None:
        self.id = name
        self.count = 0
        self.places: list[tuple[int, int, int]] = []
        self.spool: BinaryIO = SpooledTemporaryFile(_IN_MEMORY)  # type: ignore[assignment] # noqa: SIM115 - open for the length of a run
        self._end = 0

    def add(self, line: int, written: bytes) -> None:
        self.spool.write(written)
        self.places.append((line, self._end, len(written)))
        self._end += len(written)

    def __iter__(self) -> Iterator[bytes]:
        """Give the entries in the order of the input."""
        for _, start, length in sorted(self.places):
            self.spool.seek(start)
            yield self.spool.read(length)
