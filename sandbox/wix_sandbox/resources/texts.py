"""Texts that a server derives from others: slugs, keys, prices, and HTML as Ricos documents.

https://dev.wix.com/docs/ricos. Choice: a document made from HTML keeps paragraphs and bold, italic and underlined
words; other blocks become paragraphs.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from typing_extensions import override

from wix_sandbox.errors import wrong_type

if TYPE_CHECKING:
    from wix_sandbox.store import Store
    from wix_sandbox.values import Entity

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "ILS": "₪", "JPY": "¥"}


def slug_of(name: str, fallback: str = "item") -> str:
    """Return a name as a URL part: `creme-brulee` for `Crème brûlée`; the fallback for a name without Latin letters."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or fallback


def free_slug(store: Store, kind: str, wanted: str, own_id: str = "", path: str = "slug") -> str:
    """Return the slug, followed by `-1`, `-2`, … if it is taken."""
    taken = store.table(kind).lookup(path)
    slug, number = wanted, 0
    while any(each != own_id for each in taken.ids(slug)):
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def price_text(amount: str | float, currency: str) -> str:
    """Return a price for shoppers: `$1,234.50`."""
    return f"{SYMBOLS.get(currency, currency + ' ')}{float(amount):,.2f}"


_BOLD = re.compile(r"<(?:b|strong)(?:\s[^>]*)?>", re.IGNORECASE)
_BOLD_END = re.compile(r"</(?:b|strong)\s*>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_BLOCKS = frozenset({"p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"})
_OPEN_BOLD = '<span style="font-weight: bold">'
_MARKS: dict[str, tuple[str, Entity, str, str]] = {
    "b": ("BOLD", {"fontWeightValue": 700}, _OPEN_BOLD, "</span>"),
    "em": ("ITALIC", {"italicData": True}, "<em>", "</em>"),
    "u": ("UNDERLINE", {"underlineData": True}, "<u>", "</u>"),
}
"""Tag of a decoration: its type, its data, and how HTML shows it."""
_SAME = {"strong": "b", "i": "em"}
_BY_TYPE = {kind: (opening, closing) for kind, _, opening, closing in _MARKS.values()}


def rewritten_html(html: str) -> str:
    """Return HTML as Wix returns it: bold text as a styled span, no line-break tags. Choice: nothing else changes."""
    return _BREAK.sub("", _BOLD_END.sub("</span>", _BOLD.sub(_OPEN_BOLD, html)))


class _Reader(HTMLParser):
    """Collects paragraphs, each a list of texts with their decorations."""

    def __init__(self) -> None:
        super().__init__()
        self.paragraphs: list[list[Entity]] = [[]]
        self._open: list[tuple[str, str | None]] = []
        """Open tags with their decorations."""

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.paragraphs.append([])
        elif tag != "br":
            mark = "b" if "font-weight" in (dict(attrs).get("style") or "") else _SAME.get(tag, tag)
            self._open.append((tag, mark if mark in _MARKS else None))

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.paragraphs.append([])
        for at in reversed(range(len(self._open))):
            if self._open[at][0] == tag:
                del self._open[at]
                return

    @override
    def handle_data(self, data: str) -> None:
        marks = dict.fromkeys(mark for _, mark in self._open if mark)
        decorations = [{"type": kind, **facts} for kind, facts, _, _ in map(_MARKS.__getitem__, marks)]
        self.paragraphs[-1].append({"text": data, "decorations": decorations})


def rich_of_html(html: str) -> Entity:
    """HTML as a Ricos document of paragraphs."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    filled = [each for each in reader.paragraphs if any(text["text"].strip() for text in each)]
    nodes = [
        {
            "type": "PARAGRAPH",
            "id": f"p{at}",
            "nodes": [{"type": "TEXT", "id": "", "nodes": [], "textData": text} for text in texts],
            "paragraphData": {},
        }
        for at, texts in enumerate(filled)
    ]
    return {"nodes": nodes, "metadata": {"version": 1}, "documentStyle": {}}


def html_of_rich(document: Entity) -> str:
    """Return the text of a Ricos document as HTML paragraphs.

    Raises:
        WixError: 400 for a part of the wrong JSON type.
    """
    return "".join(f"<p>{_html_of(node)}</p>" for node in _objects(document, "nodes"))


def _objects(holder: Entity, name: str) -> list[Entity]:
    listed = holder.get(name)
    if listed is None:
        return []
    if not isinstance(listed, list):
        raise wrong_type(name, "array")
    if not all(isinstance(each, dict) for each in listed):
        raise wrong_type(f"{name}[]", "object")
    return listed


def _html_of(node: Entity) -> str:
    data = node.get("textData") or {}
    if not isinstance(data, dict):
        raise wrong_type("textData", "object")
    html = escape(str(data.get("text") or ""), quote=False)
    kinds = [str(each.get("type")) for each in _objects(data, "decorations")]
    for opening, closing in (_BY_TYPE[each] for each in reversed(kinds) if each in _BY_TYPE):
        html = f"{opening}{html}{closing}"
    return html + "".join(map(_html_of, _objects(node, "nodes")))
