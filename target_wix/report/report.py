"""Collects entries while a run goes on, and writes the page at its end."""

from __future__ import annotations

import os
import threading
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, BinaryIO

from target_wix.change import Outcome, Result
from target_wix.report.entry import entry
from target_wix.report.html import Html, join, tag
from wix_api.private_file import keep_mode, private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from target_wix.change import Entity
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
        self.words: Callable[[Result, Entity, Entity], str] = lambda *_: ""
        self._lock = threading.Lock()
        self._sections = (_Section("rejections"), _Section("changes"))

    def add(self, result: Result, sides: Callable[[], tuple[Entity, Entity]]) -> None:
        """Add a record if it was changed or rejected; records beyond the page's limit are only counted.

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
        old, new = sides()
        written = entry(result, old, new, self.words(result, old, new)).encode("utf-8", "replace")
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
        given = {section: f"{title} ({section.count:,})" for section, title in titles.items() if section.count}
        yield opening(head, [(section.id, title) for section, title in given.items()])
        for section, title in given.items():
            yield f'<section id="{section.id}" aria-labelledby="{section.id}-title">'
            yield tag("h2", title, id=f"{section.id}-title") + self._cap(section)
            yield from section
            yield "</section>"
        if not given:
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
        """Return the entries in the order of the input."""
        for _, start, length in sorted(self.places):
            self.spool.seek(start)
            yield self.spool.read(length)


# The page around the entries


def _own(name: str) -> Html:
    return Html(files("target_wix.report").joinpath(name).read_text(encoding="utf-8"))


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


@dataclass(frozen=True)
class Head:
    """What stands above the entries.

    Attributes:
        is_plan: Nothing was written: it says what a run would do.
        site: Id of the site, or "".
        began: When, as text.
        ended: Why the run ended before its end, or "".
        summary: Outcomes and costs.
    """

    is_plan: bool
    site: str
    began: str
    ended: str
    summary: Summary

    @property
    def title(self) -> str:
        """What the page is about."""
        return f"target-wix: {'plan' if self.is_plan else 'run'} of {self.began}"


def opening(head: Head, sections: list[tuple[str, str]]) -> str:
    """Write all above the entries.

    Args:
        head: What is shown.
        sections: Ids and titles of the sections that follow.
    """
    style = _own("page.css")
    # Names in a shop come from anywhere: besides being escaped, nothing but our own style and script may run.
    policy = (
        f"default-src 'none'; img-src http: https:; style-src {_hash(style)}; script-src {_hash(_own('page.js'))}; "
        "base-uri 'none'; form-action 'none'"
    )
    meta = [
        tag("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", head.title),
        tag("style", style),
    ]
    links = tag("nav", tag("ul", *(tag("li", tag("a", title, href=f"#{at}")) for at, title in sections)))
    skip = tag("a", "Skip to the first entry", href=f"#{sections[0][0]}", class_="skip") if sections else join()
    counts = [_counts(head.summary), *(tag("p", line, class_="where") for line in head.summary.mirrored())]
    header = tag("header", tag("h1", head.title), *_story(head), *counts, links if sections else join())
    return f'<!doctype html><html lang="en">{tag("head", *meta)}<body>{skip}{header}{_tools()}<main>'


def closing() -> str:
    """Write all below the entries."""
    return f"</main>{tag('script', _own('page.js'))}</body></html>\n"


def _story(head: Head) -> Iterator[Html]:
    if head.is_plan:
        yield tag("p", head.summary.plan or "Nothing was written: this is what a run would do.")
    if head.ended:
        yield tag("p", f"It ended before its end, and holds what was settled until then: {head.ended}", class_="failed")
    if head.site:
        yield tag("p", f"Site {head.site}", class_="where")
    yield tag("p", head.summary.costs, class_="where")


def _counts(summary: Summary) -> Html:
    if not summary.streams:
        return tag("p", "No records came in.")
    words = [outcome.words(planned=bool(summary.plan)) for outcome in Outcome]
    head = tag("tr", *(tag("th", each, scope="col") for each in ("Stream", *words)))
    rows = [
        tag(
            "tr",
            tag("th", totals.stream, scope="row"),
            *(tag("td", f"{totals.outcomes[outcome]:,}") for outcome in Outcome),
        )
        for totals in summary.streams
    ]
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="counts")
    return tag("div", table, class_="scroll", role="region", aria_label="Outcomes", tabindex="0")


def _tools() -> Html:
    """Write what the script needs; without it they would do nothing, so it is the script that shows them."""
    words = tag("div", tag("label", "Search (press /)", for_="words"), tag("input", type="search", id="words"))
    kind = tag("div", tag("label", "Show", for_="kind"), tag("select", tag("option", "all", value=""), id="kind"))
    found = tag("output", id="found", aria_live="polite")
    return tag("div", words, kind, found, id="tools", role="search", hidden=True)
