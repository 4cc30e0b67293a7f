"""Texts that a server derives from others: slugs, keys, prices, and HTML as Ricos documents.

https://dev.wix.com/docs/ricos. Choice: a document made from HTML keeps paragraphs, headings, lists, and bold, italic
and underlined words; other blocks become paragraphs.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from typing_extensions import override

from wix_sandbox.errors import rule_error, wrong_type

if TYPE_CHECKING:
    from wix_sandbox.store import Store
    from wix_sandbox.values import Entity

_SLUG = re.compile(r"[a-z0-9-]+")
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "ILS": "₪", "JPY": "¥"}


def slug_of(name: str, fallback: str = "item") -> str:
    """Return a name as a URL part: `creme-brulee` for `Crème brûlée`; the fallback for a name without Latin letters."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or fallback


def complete_seo(holder: Entity) -> None:
    """Add the members of `seoData` that Wix's types declare as never null, in place."""
    seo = holder.get("seoData")
    if seo is None:
        return
    tags = [{"children": "", "custom": False, "disabled": False} | each for each in seo.get("tags") or ()]
    holder["seoData"] = {**seo, "tags": tags}
    if settings := seo.get("settings"):
        words = [{"isMain": False} | each for each in settings.get("keywords") or ()]
        holder["seoData"]["settings"] = {"preventAutoRedirect": False} | settings | {"keywords": words}


def free_slug(store: Store, kind: str, wanted: str, own_id: str = "", path: str = "slug") -> str:
    """Return the slug, followed by `-1`, `-2`, … if it is taken."""
    taken = store.table(kind).lookup(path)
    slug, number = wanted, 0
    while any(each != own_id for each in taken.ids(slug)):
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def check_slug_format(slug: str, path: str) -> None:
    """Refuse a slug with other characters than a-z, 0-9 and hyphens with 400."""
    if not _SLUG.fullmatch(slug):
        raise rule_error(f"{path}.slug", "INVALID_SLUG_FORMAT", "must consist of a-z, 0-9 and hyphens")


def price_text(amount: Decimal | float | str, currency: str) -> str:
    """Return an amount as shown to people, `-$1,234.50`: Wix uses the site's language here, the sandbox English."""
    exact, symbol = Decimal(str(amount)), _SYMBOLS.get(currency, f"{currency} ")
    return f"{'-' if exact < 0 else ''}{symbol}{abs(exact):,.2f}"


_BOLD = re.compile(r"<(?:b|strong)(?:\s[^>]*)?>", re.IGNORECASE)
_BOLD_END = re.compile(r"</(?:b|strong)\s*>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_LISTS = {"ul": "BULLETED_LIST", "ol": "ORDERED_LIST", "li": "LIST_ITEM"}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset({"p", "div", *_HEADINGS})
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
    """Collects the nodes of a document: lists, headings, and paragraphs of texts with their decorations."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes: list[Entity] = []
        self._open: list[tuple[str, str | None]] = []
        """Open tags with their decorations."""
        self._lists: list[tuple[str, list[Entity]]] = [("", self.nodes)]
        """Open lists and items with their nodes, the innermost one last."""
        self._begin()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _LISTS:
            self._lists.append((tag, self._add(_LISTS[tag])))
            self._begin()
        elif tag in _HEADINGS:
            self._texts = self._add("HEADING", headingData={"level": _HEADINGS[tag]})
        elif tag in _BLOCKS:
            self._begin()
        elif tag != "br":
            mark = "b" if "font-weight" in (dict(attrs).get("style") or "") else _SAME.get(tag, tag)
            self._open.append((tag, mark if mark in _MARKS else None))

    @override
    def handle_endtag(self, tag: str) -> None:
        if any(tag == opened for opened, _ in self._lists):
            while self._lists.pop()[0] != tag:
                pass
        if tag in _LISTS or tag in _BLOCKS:
            self._begin()
        for at in reversed(range(len(self._open))):
            if self._open[at][0] == tag:
                del self._open[at]
                return

    @override
    def handle_data(self, data: str) -> None:
        marks = dict.fromkeys(mark for _, mark in self._open if mark)
        decorations = [{"type": kind, **facts} for kind, facts, _, _ in map(_MARKS.__getitem__, marks)]
        text = {"text": data, "decorations": decorations}
        self._texts.append({"type": "TEXT", "id": "", "nodes": [], "textData": text})

    def _begin(self) -> None:
        self._texts = self._add("PARAGRAPH", paragraphData={})

    def _add(self, kind: str, **data: Entity) -> list[Entity]:
        nodes: list[Entity] = []
        self._lists[-1][1].append({"type": kind, "id": "", "nodes": nodes, **data})
        return nodes


def rich_of_html(html: str) -> Entity:
    """HTML as a Ricos document."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    nodes = [{**node, "id": f"p{at}"} for at, node in enumerate(_filled(reader.nodes))]
    return {"nodes": nodes, "metadata": {"version": 1}, "documentStyle": {}}


def _filled(nodes: list[Entity]) -> list[Entity]:
    """Return the blocks with a text, without empty blocks in lists."""
    blocks = filter(_has_text, nodes)
    return [{**one, "nodes": _filled(one["nodes"])} if one["type"] in _LISTS.values() else one for one in blocks]


def _has_text(node: Entity) -> bool:
    return any(map(_has_text, node["nodes"])) or bool((node.get("textData") or {}).get("text", "").strip())


def html_of_rich(document: Entity) -> str:
    """Return the blocks of a Ricos document as HTML; 400 for a part of the wrong JSON type."""
    return "".join(map(_block, _objects(document, "nodes")))


def _block(node: Entity) -> str:
    kind = str(node.get("type"))
    tag = next((tag for tag, listed in _LISTS.items() if listed == kind), "")
    if tag:
        return f"<{tag}>{html_of_rich(node)}</{tag}>"
    data = node.get("headingData") or {}
    level = data.get("level") if kind == "HEADING" and isinstance(data, dict) else None
    tag = f"h{level}" if level in _HEADINGS.values() else "p"
    return f"<{tag}>{_html_of(node)}</{tag}>"


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
