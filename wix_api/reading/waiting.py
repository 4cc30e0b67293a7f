"""Rows that wait for the consumer, compressed while rows before them are still being read."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wix_api.reading.rows import Item

_LEVEL = 1
"""Makes orders and contacts a fifth of their size in 7 ms a megabyte. Level 6 takes twice as long for a seventh."""


class Waiting:
    """The rows of a page.

    Args:
        items: The rows.
        compressed: Whether to compress their texts; related rows stay as they are.

    Attributes:
        size: Bytes of the texts as they are kept.
    """

    def __init__(self, items: list[Item], *, compressed: bool) -> None:
        self._items = items
        self._text = b""
        self.size = sum(item.size for item in items)
        raw = b"".join(item.raw for item in items) if compressed else b""
        if len(text := zlib.compress(raw, _LEVEL)) < len(raw):  # short rows may become longer
            self._text = text
            self._lengths = [len(item.raw) for item in items]
            self._items = [item._replace(raw=b"") for item in items]
            self.size += len(text) - len(raw)

    def items(self) -> list[Item]:
        """Return the rows."""
        if not self._text:
            return self._items
        raw, items, end = zlib.decompress(self._text), [], 0
        for item, length in zip(self._items, self._lengths, strict=True):
            items.append(item._replace(raw=raw[end : end + length]))
            end += length
        return items
