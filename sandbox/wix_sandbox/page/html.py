"""HTML from Python, all text escaped: elements, times, pictures drawn from text, and pages of a list.

The media of the shop would be on Wix's servers, which a sandbox does not reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


_DATE, _TIME = slice(0, 10), slice(11, 19)


def moment(wire: str) -> Html:
    """Return date and time (UTC) of an RFC 3339 text."""
    return tag("time", f"{wire[_DATE]} {wire[_TIME]}", datetime=wire)


def time_of_day(wire: str) -> Html:
    """Return the time (UTC) of an RFC 3339 text."""
    return tag("time", wire[_TIME], datetime=wire)


WAVE_HEIGHTS = (34, 62)


def picture(seed: str, alt_text: str) -> Html:
    """Return a placeholder that is the same for the same seed (a media id); `alt_text` describes it."""
    digest = sha256(seed.encode()).digest()
    hue, turn = digest[0] * 360 // 256, digest[1] * 360 // 256
    sun = tag(
        "circle", cx=20 + digest[2] % 60, cy=22 + digest[3] % 20, r=8 + digest[4] % 8, fill=f"hsl({turn} 70% 80%)"
    )
    waves = [_wave(top, digest[5 + at], hue, 58 - 16 * at) for at, top in enumerate(WAVE_HEIGHTS)]
    sky = tag("rect", width=100, height=100, fill=f"hsl({hue} 45% 78%)")
    return tag("svg", sky, sun, *waves, viewBox="0 0 100 100", role="img", aria_label=alt_text)


def no_picture() -> Html:
    """Return the placeholder of a product without a picture."""
    frame = tag("rect", x=22, y=30, width=56, height=40, rx=4, class_="frame")
    return tag("svg", frame, viewBox="0 0 100 100", role="img", aria_label="No picture", class_="none")


def _wave(top: int, bend: int, hue: int, lightness: int) -> Html:
    middle = top + bend % 24 - 12
    line = f"M0 {top} Q 25 {middle} 50 {top} T 100 {top} V 100 H 0 Z"
    return tag("path", d=line, fill=f"hsl({hue} 42% {lightness}%)")


@dataclass(frozen=True)
class Pager:
    """One list of the page. The query of the page's URL contains the number of each list's page: `?orders=3`."""

    name: str
    total: int
    size: int
    asked: Mapping[str, str]

    @property
    def last(self) -> int:
        """Number of the last page; an empty list has one page."""
        return max(1, -(-self.total // self.size))

    @property
    def number(self) -> int:
        """Number of the page that is shown: the requested one, within the existing ones."""
        text = self.asked.get(self.name, "")
        # More digits than any page number has would only cost time.
        asked = int(text) if text.isdecimal() and text.isascii() and len(text) < 12 else 1  # noqa: PLR2004 - see above
        return min(max(asked, 1), self.last)

    @property
    def offset(self) -> int:
        """Rows before the first one that is shown."""
        return (self.number - 1) * self.size

    def links(self) -> Html:
        """Return a navigation with first, previous, next and last; nothing if there is one page."""
        if self.last == 1:
            return Html()
        number, last = self.number, self.last
        here = tag("span", f"Page {number:,} of {last:,}")
        before = [self._link("First", 1, number > 1), self._link("Previous", number - 1, number > 1)]
        after = [self._link("Next", number + 1, number < last), self._link("Last", last, number < last)]
        return tag("nav", *before, here, *after, class_="pager", aria_label=f"Pages of {self.name}")

    def _link(self, text: str, number: int, there: bool) -> Html:  # noqa: FBT001 - a private helper of one line
        if not there:
            return tag("span", text, class_="off", aria_disabled="true")
        address = urlencode({**self.asked, self.name: number})
        unseen = tag("span", f" page of {self.name}", class_="unseen")
        return tag("a", text, unseen, href=f"?{address}#{self.name}", id=f"{self.name}-{text.lower()}")
