"""HTML from Python; all text that is not HTML already is escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

VOID = frozenset({"meta", "link"})
"""Elements without an end tag, among those that are used here."""


class Html(str):
    """Text that is HTML already; plain `str` is always escaped."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str | float | bool | None) -> Html:
    """Return an element. `class_` is `class`; True adds the bare name of an attribute, False and None nothing."""
    shown = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Html(f"<{name}{shown}>" if name in VOID else f"<{name}{shown}>{join(children)}</{name}>")


def join(parts: Iterable[str]) -> Html:
    """Return the parts in a row."""
    return Html("".join(each if isinstance(each, Html) else escape(each) for each in parts))


def table(label: str, heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Html:
    """Return a table that scrolls if it is too wide; the first cell of a row is its heading."""
    head = tag("tr", *(tag("th", each, scope="col") for each in heads))
    body = [tag("tr", tag("th", first, scope="row"), *(tag("td", each) for each in rest)) for first, *rest in rows]
    whole = tag("table", tag("caption", label, class_="unseen"), tag("thead", head), tag("tbody", *body))
    return tag("div", whole, class_="scroll", role="region", aria_label=label, tabindex="0")
