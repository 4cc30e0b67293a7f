"""Rows that a table has without keeping them: each can be computed from its number."""

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
"""Gives the values at a path of one row."""


class Order(Protocol):
    """A sort: how it is called, and the keys of a row."""

    @property
    def name(self) -> tuple[Any, ...]:
        """Two sorts of one name lay rows out alike."""

    def keys(self, values: Reader) -> Key:
        """The sort keys of a row."""


class Base(Protocol):
    """Rows 0 to n - 1, oldest first, which a table shows as its own until somebody writes to them."""

    def __len__(self) -> int:
        """How many rows there are."""

    def text(self, number: int) -> bytes:
        """A row as JSON text."""

    def id(self, number: int) -> str:
        """The id of a row."""

    def number(self, entity_id: str) -> int | None:
        """The row with that id, or None."""

    def values(self, number: int, path: str, reach: Reach) -> list[Any]:
        """The values at a path of a row, as `reach` finds them in its entity."""

    def find(self, path: str, value: object) -> Iterable[int]:
        """The rows with that value at a path, oldest first."""

    def count(self, path: str, value: object) -> int:
        """How many rows have that value at a path."""

    def sorted(self, order: Order) -> array[int]:
        """All rows in a sort; those whose keys are equal by id."""


class Rows(Protocol):
    """What an index sees of its table."""

    base: Base
    base_rows: range

    def id(self, place: int) -> str:
        """The id of a row."""

    def is_kept(self, place: int) -> bool:
        """Whether the table keeps the row."""

    def kept(self) -> Iterable[tuple[int, Entity]]:
        """The rows that the table keeps, with their places."""

    def rewritten(self) -> list[int]:
        """Places of computed rows that were written to or deleted."""

    def reader(self, place: int, reach: Reach = ...) -> Reader:
        """Reads values of a row."""

    def base_values(self, place: int, path: str, reach: Reach) -> list[Any]:
        """Values of a computed row, whatever became of it since."""

    def base_find(self, path: str, value: object) -> Iterable[int]:
        """Places of computed rows with a value, whatever became of them since."""

    def base_sorted(self, order: Order) -> array[int]:
        """Places of the computed rows that nobody wrote to, in a sort."""


class NoRows(Base):
    """The base of a table that keeps all of its rows."""

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
