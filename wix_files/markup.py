"""HTML in texts: its entities, such as `&amp;`, and its tags."""

from __future__ import annotations

import re
from html import unescape

_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z]\w*);", re.IGNORECASE | re.ASCII)
_TAG = re.compile(r"</?[a-z]+\b[^<]*>", re.IGNORECASE)


def encoded(text: str) -> str:
    """Return a text that `decoded` returns unchanged."""
    return _ENTITY.sub(lambda entity: f"&amp;{entity[0][1:]}", text)


def decoded(text: str) -> str:
    """Return a text without entities."""
    return _ENTITY.sub(lambda entity: unescape(entity[0]), text)


def has_tags(text: str) -> bool:
    """True if a text contains a tag, such as `<br>`."""
    return _TAG.search(text) is not None
