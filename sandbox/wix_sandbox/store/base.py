"""Rows of a table that are not stored: each can be computed from its number."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from typing_extensions import override

from wix_sandbox.values import Entity, Key

if TYPE_CHECKING:
    from collections.abc import Iterable

Reach = Callable[[Entity, str], list[Any]]
"""Finds the values at a path of an entity."""
Reader = Callable[[str], list[Any]]
"""Returns the values at a path of one row."""


class Order(Protocol):
    """A sort: its name, and the keys of a row."""

    @property
    def name(self) -> tuple[Any, ...]:
        """True if the other sort has the same name, and so the same order."""

    def keys(self, values: Reader) -> Key:
        """The sort keys of a row."""


class Base(Protocol):
    """Rows 0 to n - 1, oldest first, which belong to a table until they are changed."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def text(self, number: int) -> bytes:
        """A row as JSON text."""

    def id(self, number: int) -> str:
        """The id of a row."""

    def number(self, entity_id: str) -> int | None:
        """Return the row with that id, or None."""

    def values(self, number: int, path: str, reach: Reach) -> list[Any]:
        """The values at a path of a row, as `reach` finds them in its entity."""

    def find(self, path: str, value: object) -> Iterable[int]:
        """The rows with that value at a path, oldest first."""

    def count(self, path: str, value: object) -> int:
        """How many rows have that value at a path."""

    def sorted(self, order: Order) -> array[int]:
        """Return all rows in a sort; rows with equal keys by id."""


class Rows(Protocol):
    """The part of a table that an index uses."""

    base: Base
    base_rows: range

    def id(self, place: int) -> str:
        """The id of a row."""

    def is_kept(self, place: int) -> bool:
        """True if the table stores the row."""

    def kept(self) -> Iterable[tuple[int, Entity]]:
        """Return the stored rows of the table, with their places."""

    def rewritten(self) -> list[int]:
        """Return places of computed rows that were changed or deleted."""

    def reader(self, place: int, reach: Reach = ...) -> Reader:
        """Return a reader of a row's values."""

    def base_values(self, place: int, path: str, reach: Reach) -> list[Any]:
        """Return values of a computed row before any change."""

    def base_find(self, path: str, value: object) -> Iterable[int]:
        """Return places of computed rows with a value, before any change."""

    def base_sorted(self, order: Order) -> array[int]:
        """Return places of unchanged computed rows, in a sort."""


class NoRows(Base):
    """The base of a table that stores all of its rows."""

    @override
    def __len__(self) -> int:
        return 0

    @override
    def text(self, number: int) -> bytes:
        raise IndexError(number)

    @override
    def id(self, number: int) -> str:
        raise IndexError(number)

    @override
    def number(self, entity_id: str) -> int | None:
        return None

    @override
    def values(self, number: int, path: str, reach: Reach) -> list[Any]:
        raise IndexError(number)

    @override
    def find(self, path: str, value: object) -> Iterable[int]:
        return ()

    @override
    def count(self, path: str, value: object) -> int:
        return 0

    @override
    def sorted(self, order: Order) -> array[int]:
        return array("Q")
