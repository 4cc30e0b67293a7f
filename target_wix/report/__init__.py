"""The page: collects entries while a run goes on, and writes them at its end.

An entry is one record: what it is, what changes, or why it was rejected.
"""

from __future__ import annotations

import os
import threading
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import islice
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import msgspec

from target_wix.change import Outcome, Result
from target_wix.desired import diff
from wix_api.private_file import keep_mode, private

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_wix.change import Entity
    from target_wix.results import Summary

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
        self.notes: Callable[[], Iterable[str]] = lambda: ()
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
        head = Head(self._is_plan, self._site, self._began, ended, summary, tuple(self.notes()))
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
        notes: What people should know of the whole.
    """

    is_plan: bool
    site: str
    began: str
    ended: str
    summary: Summary
    notes: tuple[str, ...] = ()

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
    notes = tag("ul", *(tag("li", note) for note in head.notes), class_="notes") if head.notes else join()
    header = tag("header", tag("h1", head.title), *_story(head), *counts, notes, links if sections else join())
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
    shown = [outcome for outcome in Outcome if any(totals.outcomes[outcome] for totals in summary.streams)]
    words = [outcome.words(planned=bool(summary.plan)) for outcome in shown]
    head = tag("tr", *(tag("th", each, scope="col") for each in ("Stream", *words)))
    rows = [
        tag(
            "tr",
            tag("th", totals.stream, scope="row"),
            *(tag("td", f"{totals.outcomes[outcome]:,}") for outcome in shown),
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


_MOST_ROWS = 15
_IDENTIFYING = ("name", "handle", "slug", "sku", "visible", "key")
"""Members by which people know what is deleted."""
_SIDES = {Outcome.CREATED: ("After",), Outcome.DELETED: ("Before",)}
"""Which sides there are, where there are not two."""
_HOLDERS = ("info", "product", "productData")
"""Members that hold the name of a contact, of a variant's or of an item of stock's product."""
_OF_WIX = frozenset({"id", "revision", "createdDate", "updatedDate"})


def entry(result: Result, old: Entity, new: Entity, words: str = "") -> Html:
    """Write a record: its names, its picture on both sides, and its members side by side.

    Args:
        result: Its outcome.
        old: What the site had; empty if nothing.
        new: What it has then; of a rejected record, what the input says.
        words: What changes, for people; the members are folded then.
    """
    heading = tag(
        "h3", _title(result, old, new), " ", tag("span", result.outcome.words(planned=result.planned), class_="badge")
    )
    where = tag("p", " · ".join(_places(result)), class_="where")
    body = _reason(result) if result.error else _table(result, old, new)
    if words:
        body = join(tag("p", words), tag("details", tag("summary", "Members"), body))
    return tag(
        "article",
        *(heading, where, _pictures(result, old, new), body),
        class_=str(result.outcome),
        data_of=f"{result.stream}/{result.outcome}",
    )


def _places(result: Result) -> Iterator[str]:
    yield result.stream
    yield f"line {result.line}" if result.line else "not in the input"
    if result.key:
        yield result.key
    if result.id and result.id not in result.key:
        yield f"id {result.id}"


def _title(result: Result, old: Entity, new: Entity) -> str:
    for side in (new, old):
        for holder in (side, *(side.get(name) for name in _HOLDERS)):
            name = holder.get("name") if isinstance(holder, Mapping) else None
            if isinstance(name, Mapping):
                name = " ".join(str(part) for part in (name.get("first"), name.get("last")) if part)
            if name:
                return text(name)
    return result.key or f"Line {result.line}"


def _pictures(result: Result, old: Entity, new: Entity) -> Html:
    """Show the picture, or, where it may be another one then, both."""
    before, after = picture_of(old), picture_of(new, old)
    if result.outcome is not Outcome.UPDATED or before == after:
        shown = [_picture(after, "Picture")]
    else:
        shown = [_picture(before, "Picture before"), _picture(after, "Picture after")]
    return tag("div", *shown, class_="pictures") if after else join()


def _picture(address: str, alt: str) -> Html:
    if not address:
        return tag("span", "no picture before", class_="none")
    return tag(
        "img", src=address, alt=alt, loading="lazy", decoding="async", width=96, height=96, referrerpolicy="no-referrer"
    )


def _reason(result: Result) -> Html:
    error: dict[str, Any] = result.error or {}
    field = tag("p", "Member: ", tag("code", str(error["field"]))) if error.get("field") else join()
    again = tag("p", "The same record may succeed in a later run.") if error.get("retryable") else join()
    return tag("div", tag("p", tag("strong", str(error["code"])), " ", str(error["message"])), field, again)


def _table(result: Result, old: Entity, new: Entity) -> Html:
    rows = list(islice(_rows(result, old, new), _MOST_ROWS + 1))
    if not rows:
        return join()
    sides = _SIDES.get(result.outcome, ("Before", "After"))
    head = tag("tr", *(tag("th", each, scope="col") for each in ("Member", *sides)))
    listed = [tag("tr", tag("th", row.path, scope="row"), *_cells(row, sides)) for row in rows[:_MOST_ROWS]]
    more = tag("p", "There are more.", class_="where") if len(rows) > _MOST_ROWS else join()
    return join(tag("table", tag("thead", head), tag("tbody", *listed)), more)


def _rows(result: Result, old: Entity, new: Entity) -> Iterator[Row]:
    if result.outcome is Outcome.DELETED:
        return shown(old, [name for name in _IDENTIFYING if old.get(name) not in (None, "")])
    if result.outcome is Outcome.CREATED:
        return differences({}, new, [name for name in new if name not in _OF_WIX])
    return differences(old, new, result.fields)


def _cells(row: Row, sides: tuple[str, ...]) -> Iterator[Html]:
    for side in sides:
        value = row.old if side == "Before" else row.new
        yield tag("td", value or tag("span", "not set", class_="none"), data_side=side)


# What differs between two sides

_LONGEST = 240
"""Characters of a value that are shown."""
_NAMES = ("id", "sku", "key", "name", "value", "title", "url")
"""Members that tell the items of a list apart, in this order."""


class Row(NamedTuple):
    """A member that differs: its path, and its value on both sides; "" where it is not there."""

    path: str
    old: str
    new: str


def differences(old: Mapping[str, Any], new: Mapping[str, Any], names: Iterable[str]) -> Iterator[Row]:
    """Return the rows of some members that differ, object by object; only what the new side says is looked at."""
    for name in names:
        yield from _walk(name, name, old.get(name), new.get(name))


def shown(entity: Mapping[str, Any], names: Iterable[str]) -> Iterator[Row]:
    """Return rows of some members that stand on the old side only."""
    for name in names:
        yield Row(name, text(entity[name]), "")


def text(value: Any) -> str:
    """Write a JSON value for people: rich text as its words, a list of texts with commas, at most some characters."""
    if value is None or isinstance(value, str):
        written = value or ""
    elif isinstance(value, bool):
        written = "yes" if value else "no"
    elif isinstance(value, Mapping) and "nodes" in value:
        written = " ".join(_words(value))
    elif isinstance(value, list | tuple) and not any(isinstance(one, Mapping | list) for one in value):
        written = ", ".join(map(text, value))
    elif isinstance(value, Mapping | list | tuple):
        written = msgspec.json.encode(value, order="deterministic").decode()
    else:
        written = str(value)
    return written if len(written) <= _LONGEST else f"{written[:_LONGEST]}…"


def _walk(path: str, name: str, old: Any, new: Any) -> Iterator[Row]:
    if not diff({name: old}, {name: new}):
        return
    if isinstance(new, Mapping) and "nodes" not in new and new:
        there = old if isinstance(old, Mapping) else {}
        for key in new:
            if key not in {"id", "revision"}:
                yield from _walk(f"{path}.{key}", str(key), there.get(key), new[key])
    elif isinstance(new, list) and any(isinstance(one, Mapping) for one in new):
        yield from _walk_list(path, old if isinstance(old, list) else [], new)
    else:
        yield Row(path, text(old), text(new))


def _walk_list(path: str, old: list[Any], new: list[Any]) -> Iterator[Row]:
    """Compare items that mean the same; where nothing tells them apart, by their places."""
    left = dict(enumerate(old))
    for place, item in enumerate(new):
        at = _same_item(item, place, left)
        there = left.pop(at, None) if at is not None else None
        yield from _walk(f"{path}[{_label(item, there, place)}]", "", there, item)
    for place, item in left.items():
        yield Row(f"{path}[{_label(item, None, place)}]", text(item), "")


def _same_item(item: Any, place: int, left: Mapping[int, Any]) -> int | None:
    if isinstance(item, Mapping):
        for name in _NAMES:
            if item.get(name) not in (None, ""):
                same = (at for at, one in left.items() if isinstance(one, Mapping) and one.get(name) == item[name])
                found = next(same, None)
                if found is not None:
                    return found
    return place if place in left and not _has_name(item, left[place]) else None


def _has_name(item: Any, other: Any) -> bool:
    """Whether two items have a member that tells them apart, so that they are not the same."""
    both = isinstance(item, Mapping) and isinstance(other, Mapping)
    return both and any(item.get(name) and other.get(name) for name in _NAMES)


def _label(item: Any, there: Any, place: int) -> str:
    for one in (item, there):
        if isinstance(one, Mapping):
            for name in ("sku", "name", "title", "value"):
                if isinstance(one.get(name), str) and one[name]:
                    return str(one[name])
    return str(place + 1)


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            if key == "text" and isinstance(member, str):
                yield member
            else:
                yield from _words(member)
    elif isinstance(value, list):
        for member in value:
            yield from _words(member)


# The picture by which people know an entity, in the shape of either catalog


def picture_of(*sides: Mapping[str, Any]) -> str:
    """Return the address of the main picture of the first side that has one, or ""."""
    for side in sides:
        for item in _items(side):
            for address in (item.get("url"), _inner(item, "image").get("url"), _inner(item, "thumbnail").get("url")):
                # Other schemes (`javascript:`, `wix:image:`) are no pictures to a browser.
                if isinstance(address, str) and address.startswith(("https://", "http://")):
                    return address
    return ""


def _items(entity: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    media = _inner(entity, "media")
    listed = _inner(media, "itemsInfo").get("items") or media.get("items")
    first = listed[:1] if isinstance(listed, list) else []
    for item in (media.get("main"), media.get("mainMedia"), *first, entity.get("image"), entity.get("picture")):
        if isinstance(item, Mapping):
            yield item


def _inner(entity: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = entity.get(name)
    return inner if isinstance(inner, Mapping) else {}


_VOID = frozenset({"img", "input", "meta"})
"""Elements without an end tag, among those that are used here."""


class Html(str):
    """Text that is HTML already; plain `str` is escaped wherever it goes."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str | float | bool | None) -> Html:
    """Write an element. `class_` is `class`, `aria_live` is `aria-live`; True stands alone, False and None are gone."""
    shown = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Html(f"<{name}{shown}>" if name in _VOID else f"<{name}{shown}>{join(*children)}</{name}>")


def join(*parts: str) -> Html:
    """Write parts one behind the other."""
    return Html("".join(each if isinstance(each, Html) else escape(each) for each in parts))
