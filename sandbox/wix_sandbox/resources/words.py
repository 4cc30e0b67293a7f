"""Texts a server makes from others: slugs, keys, prices as shoppers read them, rich text."""

from __future__ import annotations

import re
import unicodedata
from html import escape, unescape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wix_sandbox.store import Store
    from wix_sandbox.values import Entity

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "ILS": "₪", "JPY": "¥"}
_TAG = re.compile(r"<[^>]+>")
_BOLD = re.compile(r"<(?:b|strong)(?:\s[^>]*)?>", re.IGNORECASE)
_BOLD_END = re.compile(r"</(?:b|strong)\s*>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_BLOCK_END = re.compile(r"</(?:p|div|li|h[1-6])>|<br\s*/?>", re.IGNORECASE)


def slug_of(name: str, fallback: str = "item") -> str:
    """A name as a URL part: `Crème brûlée` gives `creme-brulee`; a name without Latin letters gives the fallback."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or fallback


def free_slug(store: Store, kind: str, wanted: str, own_id: str = "") -> str:
    """The slug, or with `-1`, `-2`, … behind it when it is taken."""
    taken = store.table(kind).lookup("slug")
    slug, number = wanted, 0
    while any(each != own_id for each in taken.ids(slug)):
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def price_text(amount: str | float, currency: str) -> str:
    """A price as shoppers read it: `$1,234.50`."""
    return f"{SYMBOLS.get(currency, currency + ' ')}{float(amount):,.2f}"


def rich_of_html(html: str) -> Entity:
    """HTML as a Ricos document of plain paragraphs."""
    texts = [unescape(_TAG.sub("", part)).strip() for part in _BLOCK_END.split(html)]
    nodes = [
        {
            "type": "PARAGRAPH",
            "id": f"p{at}",
            "nodes": [{"type": "TEXT", "id": "", "nodes": [], "textData": {"text": text, "decorations": []}}],
            "paragraphData": {},
        }
        for at, text in enumerate(text for text in texts if text)
    ]
    return {"nodes": nodes, "metadata": {"version": 1}, "documentStyle": {}}


def rewritten_html(html: str) -> str:
    """HTML as Wix gives it back: bold text as a styled span, no line-break tags. Choice: nothing else changes."""
    return _BREAK.sub("", _BOLD_END.sub("</span>", _BOLD.sub('<span style="font-weight: bold">', html)))


def html_of_rich(document: Entity) -> str:
    """The text of a Ricos document as HTML paragraphs."""
    return "".join(f"<p>{escape(_text_of(node), quote=False)}</p>" for node in document.get("nodes", []))


def _text_of(node: Any) -> str:
    if not isinstance(node, dict):
        return ""
    own = str(node.get("textData", {}).get("text", ""))
    return own + "".join(_text_of(each) for each in node.get("nodes", []))
