"""The order of rows in an index, for a sort."""

from __future__ import annotations

from dataclasses import dataclass
from functools import total_ordering
from typing import TYPE_CHECKING, Any

from wix_sandbox.values import MISSING, Key, key_of

if TYPE_CHECKING:
    from wix_sandbox.query.request import Sort
    from wix_sandbox.query.spec import Query
    from wix_sandbox.store.base import Reader


@total_ordering
@dataclass(frozen=True, slots=True, eq=True)
class Descending:
    """A key that sorts in reverse, for sorts of mixed direction."""

    key: Key

    def __lt__(self, other: Descending) -> bool:
        return other.key < self.key


class Order:
    """The order of rows for a sort: keys ascend in the index, which is read from either end."""

    def __init__(self, sort: Sort, query: Query) -> None:
        self.backward = sort[0][1]
        """True if the index is read from its end: the first key descends."""
        self.name: tuple[tuple[str, bool, bool], ...] = tuple(
            (query.path(name), down != self.backward, name in query.numbers) for name, down in sort
        )
        """Identifies the index: path, reverse, number. A sort and its mirror image share one index."""

    def keys(self, values: Reader) -> Key:
        """Return the sort keys of a row, with which its index entry begins."""
        return tuple(_key(values(path), flipped, number) for path, flipped, number in self.name)


def _key(values: list[Any], flipped: bool, number: bool) -> Key | Descending:  # noqa: FBT001 - parts of a name
    key = key_of(values[0], number=number) if values else MISSING
    return Descending(key) if flipped else key
