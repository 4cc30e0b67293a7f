"""HTML report: collects entries during a run, and writes the page at its end.

Each entry is one record: its name, its changes, or the reason of its rejection.
"""

from __future__ import annotations

import os
import threading
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import islice
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import msgspec

from target_wix.change import WRITTEN, Entity, Outcome, Result
from target_wix.desired import diff
from wix_api.private_file import keep_mode, private
from wix_api.products.mapping import elements, members

if TYPE_CHECKING:
    from target_wix.summary import Summary

MOST_ENTRIES = 5000
"""Maximum number of entries in a section: with more, the page is slow on a phone."""
_IN_MEMORY = 1 << 20


class Report:
    """One self-contained HTML page of a run or a plan. Thread-safe.

    Entries are kept in unnamed temporary files, so memory use is constant, and a killed run leaves no file. Missing
    folders in the path of the page are created.

    Raises:
        OSError: The page cannot be written there.
    """

    def __init__(self, path: str, *, is_plan: bool = False, site: str = "", results_path: str = "") -> None:
        self._path = Path(path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._path.is_dir():
            raise IsADirectoryError(21, os.strerror(21), path)
        if self._path.exists() and not self._path.is_file():  # the page would replace a device or pipe
            raise OSError(22, "Not a regular file", path)
        self._part = self._path.with_name(f".{self._path.name}.part")
        self._part.open("wb").close()  # fail now, not at the end of the run, if the page cannot be written
        self._part.unlink()
        self._is_plan = is_plan
        self._site = site
        self._results_path = results_path
        self._began = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        self.subject = "target-wix"
        self.words: Callable[[Result, Entity, Entity], str] = lambda *_: ""
        self.notes: Callable[[], Iterable[str]] = lambda: ()
        self._lock = threading.Lock()
        rejections, changes = self._sections = (_Section("rejections"), _Section("changes"))
        self._section_of = {Outcome.REJECTED: rejections, **dict.fromkeys(WRITTEN, changes)}

    def add(self, result: Result, sides: Callable[[], tuple[Entity, Entity]]) -> None:
        """Add a record if it was changed or rejected; records above the page's limit are only counted.

        `sides` returns the site's entity before and after the write; for a rejected record, {} and the record.
        """
        section = self._section_of.get(result.outcome)
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
        """Write the page. If this fails with an `OSError`, no file remains."""
        try:
            with self._lock, open(self._part, "wb", opener=private) as file:
                file.writelines(
                    part if isinstance(part, bytes) else part.encode("utf-8", "replace")
                    for part in self._parts(summary, ended)
                )
            keep_mode(self._part, self._path)
            self._part.replace(self._path)
        finally:
            self._part.unlink(missing_ok=True)
            for section in self._sections:
                section.spool.close()

    def _parts(self, summary: Summary, ended: str) -> Iterator[str | bytes]:
        rejections, changes = self._sections
        titles = {rejections: "Rejected", changes: "Planned changes" if self._is_plan else "Changes"}
        counted = {section: f"{title} ({section.count:,})" for section, title in titles.items() if section.count}
        yield self._opening(summary, ended, [(section.id, title) for section, title in counted.items()])
        for section, title in counted.items():
            yield f'<section id="{section.id}" aria-labelledby="{section.id}-title">'
            yield tag("h2", title, id=f"{section.id}-title") + self._cap(section)
            yield from section
            yield "</section>"
        if not counted:
            yield tag("p", "No record is rejected, and nothing changes." if self._is_plan else "Nothing was changed.")
        yield f"</main>{tag('script', _own('page.js'))}</body></html>\n"

    def _opening(self, summary: Summary, ended: str, sections: list[tuple[str, str]]) -> str:
        """Return the page above the entries, with links to the sections, which have an id and a title."""
        style, title = _own("page.css"), f"{self.subject}: {'plan' if self._is_plan else 'run'} of {self._began}"
        # Names in a shop are untrusted: they are escaped, and only the page's own style and script may run.
        policy = (
            f"default-src 'none'; img-src http: https:; style-src {_hash(style)}; "
            f"script-src {_hash(_own('page.js'))}; base-uri 'none'; form-action 'none'"
        )
        meta = [
            tag("meta", charset="utf-8"),
            Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("title", title),
            tag("style", style),
        ]
        links = tag("nav", tag("ul", *(tag("li", tag("a", title, href=f"#{at}")) for at, title in sections)))
        skip = tag("a", "Skip to the first entry", href=f"#{sections[0][0]}", class_="skip") if sections else join()
        counts = [_counts(summary), *(tag("p", line, class_="where") for line in summary.mirrored())]
        noted = [tag("li", note) for note in self.notes()]
        notes = tag("ul", *noted, class_="notes") if noted else join()
        story = self._story(summary, ended)
        header = tag("header", tag("h1", title), *story, *counts, notes, links if sections else join())
        return f'<!doctype html><html lang="en">{tag("head", *meta)}<body>{skip}{header}{_tools()}<main>'

    def _story(self, summary: Summary, ended: str) -> Iterator[Html]:
        if self._is_plan:
            yield tag("p", summary.plan or "Nothing was written: this is a dry run.")
        if ended:
            yield tag("p", f"The run failed; this page shows the records up to then: {ended}", class_="failed")
        if self._site:
            yield tag("p", f"Site {self._site}", class_="where")
        yield tag("p", summary.costs, class_="where")

    def _cap(self, section: _Section) -> Html:
        held = len(section.places)
        if held == section.count:
            return Html()
        rest = f"{self._results_path} has all" if self._results_path else "set `results_path` to get all of them"
        return tag("p", f"The first {held:,} of {section.count:,} records are shown; {rest}.", class_="failed")


class _Section:
    """Entries of a section in a temporary file, and the position of each entry."""

    def __init__(self, name: str) -> None:
        self.id = name
        self.count = 0
        self.places: list[tuple[int, int, int]] = []
        self.spool: BinaryIO = SpooledTemporaryFile(_IN_MEMORY)  # type: ignore[assignment] # noqa: SIM115 - open for the length of a run

    def add(self, line: int, written: bytes) -> None:
        self.places.append((line, self.spool.tell(), len(written)))
        self.spool.write(written)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the entries in the order of the input."""
        for _, start, length in sorted(self.places):
            self.spool.seek(start)
            yield self.spool.read(length)


# Parts of the page around the entries


def _own(name: str) -> Html:
    return Html(files("target_wix.report").joinpath(name).read_text(encoding="utf-8"))


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


def _counts(summary: Summary) -> Html:
    if not summary.streams:
        return tag("p", "The input had no records.")
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
    """Return the search form, hidden: the page's script shows it, since it does not work without the script."""
    words = tag("div", tag("label", "Search (press /)", for_="words"), tag("input", type="search", id="words"))
    kind = tag("div", tag("label", "Show", for_="kind"), tag("select", tag("option", "all", value=""), id="kind"))
    found = tag("output", id="found", aria_live="polite")
    return tag("div", words, kind, found, id="tools", role="search", hidden=True)


_MOST_ROWS = 15
_IDENTIFYING = ("name", "handle", "slug", "sku", "visible", "key")
"""Members that identify a deleted entity for the reader."""
_SIDES = {Outcome.CREATED: ("After",), Outcome.DELETED: ("Before",)}
"""Columns of the outcomes that do not have both."""
_HOLDERS = ("info", "product", "productData")
"""Members that hold the name of a contact, or the name of the product of a variant or stock item."""
_OF_WIX = frozenset({"id", "revision", "createdDate", "updatedDate"})


def entry(result: Result, old: Entity, new: Entity, words: str = "") -> Html:
    """Return the HTML of a record: its name, its pictures, and its members before (`old`) and after (`new`) the write.

    For a rejected record, `new` is the record itself. `words` describe the changes; with them, the table is collapsed.
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
    """Return the picture, or both pictures if it changed."""
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
        return (Row(name, text(old[name]), "") for name in _IDENTIFYING if old.get(name) not in (None, ""))
    if result.outcome is Outcome.CREATED:
        return differences({}, new, [name for name in new if name not in _OF_WIX])
    return differences(old, new, result.fields)


def _cells(row: Row, sides: tuple[str, ...]) -> Iterator[Html]:
    for side in sides:
        value = row.old if side == "Before" else row.new
        yield tag("td", value or tag("span", "not set", class_="none"), data_side=side)


# What differs between two sides

_LONGEST = 240
"""Maximum number of characters shown of a value."""
_NAMES = ("id", "sku", "key", "name", "value", "title", "url")
"""Members that identify the items of a list, in this order."""


class Row(NamedTuple):
    """A member that differs: its path, and both values as text; "" for a missing value."""

    path: str
    old: str
    new: str


def differences(old: Mapping[str, Any], new: Mapping[str, Any], names: Iterable[str]) -> Iterator[Row]:
    """Return a row for each member of the new side, inside `names`, that differs from the old side."""
    for name in names:
        yield from _walk(name, name, old.get(name), new.get(name))


def text(value: Any) -> str:
    """Return a JSON value as readable text of at most 240 characters: rich text as its words, lists with commas."""
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
        existing = old if isinstance(old, Mapping) else {}
        for key in new:
            if key not in {"id", "revision"}:
                yield from _walk(f"{path}.{key}", str(key), existing.get(key), new[key])
    elif isinstance(new, list) and any(isinstance(one, Mapping) for one in new):
        yield from _walk_list(path, old if isinstance(old, list) else [], new)
    else:
        yield Row(path, text(old), text(new))


def _walk_list(path: str, old: list[Any], new: list[Any]) -> Iterator[Row]:
    """Compare the items of two lists, matched by their identifying members, else by their positions."""
    left = dict(enumerate(old))
    for place, item in enumerate(new):
        at = _same_item(item, place, left)
        before = left.pop(at, None) if at is not None else None
        yield from _walk(f"{path}[{_label(item, before, place)}]", "", before, item)
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
    """True if both items have the same identifying member, whose values differ."""
    both = isinstance(item, Mapping) and isinstance(other, Mapping)
    return both and any(item.get(name) and other.get(name) for name in _NAMES)


def _label(item: Any, existing: Any, place: int) -> str:
    for one in (item, existing):
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


# The main picture of an entity, in the shape of either catalog


def picture_of(*sides: Mapping[str, Any]) -> str:
    """Return the URL of the main picture of the first side that has one, or ""."""
    for item in (item for side in sides for item in _items(side)):
        for address in (item.get("url"), *(members(item.get(name)).get("url") for name in ("image", "thumbnail"))):
            # Browsers cannot show pictures of other schemes (`javascript:`, `wix:image:`).
            if isinstance(address, str) and address.startswith(("https://", "http://")):
                return address
    return ""


def _items(entity: Mapping[str, Any]) -> list[Entity]:
    media = members(entity.get("media"))
    listed = members(media.get("itemsInfo")).get("items") or media.get("items")
    first = listed[:1] if isinstance(listed, list) else []
    return elements([media.get("main"), media.get("mainMedia"), *first, entity.get("image"), entity.get("picture")])


_VOID = frozenset({"img", "input", "meta"})
"""Elements without an end tag that are used here."""


class Html(str):
    """Text that is HTML already; a plain `str` is escaped."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str | float | bool | None) -> Html:
    """Return an element. `class_` means `class`, `aria_live` means `aria-live`. True is an attribute without a value.

    Attributes that are False or None are left out.
    """
    shown = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Html(f"<{name}{shown}>" if name in _VOID else f"<{name}{shown}>{join(*children)}</{name}>")


def join(*parts: str) -> Html:
    """Return the concatenated parts."""
    return Html("".join(each if isinstance(each, Html) else escape(each) for each in parts))
