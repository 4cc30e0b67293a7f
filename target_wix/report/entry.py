"""One record on the page: what it is, what changes, or why it was rejected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from target_wix.outcomes import Outcome, Result
from target_wix.report.differences import Row, differences, shown, text
from target_wix.report.html import Html, join, tag
from target_wix.report.pictures import picture_of

if TYPE_CHECKING:
    from target_wix.changes import Entity

_MOST_ROWS = 15
_TELLING = ("name", "handle", "slug", "sku", "visible", "key")
"""Members by which people know what is deleted."""
_SIDES = {Outcome.CREATED: ("After",), Outcome.DELETED: ("Before",)}
"""Which sides there are, where there are not two."""
_HOLDERS = ("info", "product", "productData")
"""Members that hold the name of a contact, of a variant's or of an item of stock's product."""
_OF_WIX = frozenset({"id", "revision", "createdDate", "updatedDate"})


def entry(result: Result, old: Entity, new: Entity) -> Html:
    """Write a record: its names, its picture on both sides, and its members side by side.

    Args:
        result: Its outcome.
        old: What the site had; empty if nothing.
        new: What it has then; of a rejected record, what the input says.
    """
    heading = tag(
        "h3", _title(result, old, new), " ", tag("span", result.outcome.told(planned=result.planned), class_="badge")
    )
    where = tag("p", " · ".join(_places(result)), class_="where")
    body = _reason(result) if result.error else _table(result, old, new)
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
