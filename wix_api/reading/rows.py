"""Rows, pages of rows, and the collection that yields pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

from wix_api.errors import UnexpectedResponseError, WixError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Item(NamedTuple):
    """A row: its id, its key as text (text order is the collection's order), and its bytes as Wix sent them.

    `related` has rows that the collection read together with this row, by name, as bytes; or the error if that failed.
    This package only passes them on. `is_counted` is False if Wix counts it and the item before it as one row.
    """

    id: str
    key: str
    raw: bytes
    related: Mapping[str, Sequence[bytes] | WixError] = MappingProxyType({})
    is_counted: bool = True

    @property
    def size(self) -> int:
        """Size in bytes of the row and its related rows."""
        size = len(self.raw)
        for rows in self.related.values():
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
    """Where a continuation resumes: a cursor, or an offset that repeats the last row as a check for moved rows."""

    cursor: str = ""
    offset: int = 0


MOST_EMPTY_PAGES = 100
"""Maximum number of successive pages without rows."""


class Trail:
    """The cursors that one read followed: pages that refer to each other would make it endless."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._empty = 0

    def follow(self, position: Position, *, after_rows: bool) -> Position:
        """Return the position of the next page.

        Args:
            position: The position that the previous page returned.
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
    """Rows in order, where the window continues (None at its end), and how many of the server's pages these are."""

    items: list[Item] = field(default_factory=list)
    following: Position | None = None
    pages: int = 1


class Collection(Protocol):
    """A collection that can be read in key order. To be inherited; the last four methods are optional."""

    def fetch(self, window: Window, position: Position | None = None) -> Page:
        """Fetch a page of a window: the first one, or the one at a position that an earlier page returned.

        Raises:
            SortRefusedError: The order is refused; `unsorted` may help.
            CursorRefusedError: The position is no longer valid.
        """

    def after(self, key: str) -> str | None:
        """Return the smallest key after this one, or None if keys are unique and no such key can be computed."""

    def within(self, key: str) -> Collection | None:
        """Return the rows of one key, ordered by a second key, or None if there is no second key."""

    @property
    def ordered(self) -> bool:
        """True if the collection can be read in the order of a key; otherwise it is read by its own continuation."""
        return True

    def unsorted(self) -> Collection | None:
        """Return the same rows in the endpoint's own order, or None if that is not possible."""
        return None

    def place(self, key: str) -> int | None:  # noqa: ARG002 - for subclasses
        """Return the position of a key on a line of integers, or None if keys have none (no windows then)."""
        return None

    def key_at(self, place: int) -> str:
        """Return the key at a position."""
        raise NotImplementedError
