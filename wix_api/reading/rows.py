"""Rows, pages of rows, and the collection that yields pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

from wix_api.errors import UnexpectedResponseError, WixError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Item(NamedTuple):
    """One row: its id, its key as text whose order is the collection's order, and its bytes as they came.

    `beside` is what a collection read together with the row, by name: rows that belong to it, as bytes, or why they
    could not be had. It is only handed on.
    """

    id: str
    key: str
    raw: bytes
    beside: Mapping[str, Sequence[bytes] | WixError] = MappingProxyType({})

    @property
    def size(self) -> int:
        """Size in bytes of the row and its related rows."""
        size = len(self.raw)
        for rows in self.beside.values():
            if not isinstance(rows, WixError):
                size += sum(map(len, rows))
        return size


@dataclass(frozen=True)
class Window:
    """A part of the key range: from `low` (inclusive) to `high` (exclusive); None is open."""

    low: str | None = None
    high: str | None = None


@dataclass(frozen=True)
class Position:
    """Where a continuation goes on: a cursor, or an offset that repeats the last row as a check on moved rows."""

    cursor: str = ""
    offset: int = 0


MOST_EMPTY_PAGES = 100
"""Pages without rows that are followed one after another."""


class Trail:
    """The cursors that one reading followed: through pages that name each other it would go for ever."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._empty = 0

    def follow(self, position: Position, *, after_rows: bool) -> Position:
        """Return a position of the next page.

        Args:
            position: What the page before it named.
            after_rows: Whether that page had rows.

        Raises:
            UnexpectedResponseError: Its cursor was followed before, or too many pages were empty.
        """
        self._empty = 0 if after_rows else self._empty + 1
        if self._empty >= MOST_EMPTY_PAGES:
            msg = (
                f"Wix returned {MOST_EMPTY_PAGES} empty pages one after another, each with a next one, so the reading "
                "might never end. Run it again; please report it."
            )
            raise UnexpectedResponseError(msg)
        seen = hash(position.cursor)  # a cursor may have thousands of characters
        if position.cursor and seen in self._seen:
            msg = (
                "Wix returned an earlier cursor again, so the same pages would repeat forever. Run it again; please "
                "report it."
            )
            raise UnexpectedResponseError(msg)
        self._seen.add(seen)
        return position


@dataclass(frozen=True)
class Page:
    """Rows in order, where the window goes on, or None at its end, and how many of the server's pages these are."""

    items: list[Item] = field(default_factory=list)
    following: Position | None = None
    pages: int = 1


class Collection(Protocol):
    """What can be read: pages of a window in key order. To be inherited; the last four members may be left out."""

    def fetch(self, window: Window, position: Position | None = None) -> Page:
        """Fetch a page of a window: the first one, or the one at a position that an earlier page returned.

        Raises:
            SortRefusedError: The order is refused; `unsorted` may help.
            CursorRefusedError: The position is not known any more.
        """

    def after(self, key: str) -> str | None:
        """Return the smallest key behind this one, or None where keys are unique and no such key can be named."""

    def within(self, key: str) -> Collection | None:
        """Return the rows of one key, ordered by a second key, or None if there is no second key."""

    @property
    def ordered(self) -> bool:
        """Whether it can be asked for in the order of a key; if not, it is read by its own continuation."""
        return True

    def unsorted(self) -> Collection | None:
        """Return the same rows in the endpoint's own order, or None if they cannot be had so."""
        return None

    def place(self, key: str) -> int | None:  # noqa: ARG002 - for those that override it
        """Return the position of a key on a line of whole numbers, or None if keys have none (no windows then)."""
        return None

    def key_at(self, place: int) -> str:
        """Return the key that lies at a place."""
        raise NotImplementedError
