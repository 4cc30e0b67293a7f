"""One record on the page: what it is, what changes, or why it was rejected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from target_wix.change import Outcome, Result
from target_wix.desired import diff
from target_wix.report.html import Html, join, tag

if TYPE_CHECKING:
    from target_wix.change import Entity

_MOST_ROWS = 15
_TELLING = ("name", "handle", "slug", "sku", "visible", "key")
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
        return shown(old, [name for name in _TELLING if old.get(name) not in (None, "")])
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
