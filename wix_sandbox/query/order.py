"""How rows are laid out for a sort, and parts of that order without copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import total_ordering
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from wix_sandbox.values import MISSING, Entity, Key, key_of, values_at

if TYPE_CHECKING:
    from wix_sandbox.query.request import Sort
    from wix_sandbox.query.spec import Query


@total_ordering
@dataclass(frozen=True, slots=True, eq=True)
class Descending:
    """A key that sorts the other way round, for sorts of mixed direction."""

    key: Key

    def __lt__(self, other: Descending) -> bool:
        return other.key < self.key


@dataclass(frozen=True, slots=True)
class Order:
    """How rows are laid out for a sort: keys ascending in the index, read forward or from the end."""

    sort: Sort
    query: Query

    @property
    def backward(self) -> bool:
        """The index is read from its end: the first key descends."""
        return self.sort[0][1]

    @property
    def name(self) -> tuple[Any, ...]:
        """Identifies the index; a sort and its mirror image share one."""
        return tuple((self.query.path(name), down != self.backward, self._number(name)) for name, down in self.sort)

    def keys(self, entity: Entity) -> Key:
        """Sort keys of a row as its index entry begins with."""
        return tuple(self._key(entity, *each) for each in self.name)

    def _number(self, name: str) -> bool:
        return name in self.query.numbers

    @staticmethod
    def _key(entity: Entity, path: str, flipped: bool, number: bool) -> Key | Descending:  # noqa: FBT001 - from name
        values = values_at(entity, path)
        key = key_of(values[0], number=number) if values else MISSING
        return Descending(key) if flipped else key


class Slice(Sequence[Key]):
    """A part of a list without a copy of it."""

    def __init__(self, entries: Sequence[Key], start: int, stop: int) -> None:
        self._entries, self._start, self._stop = entries, start, stop

    @override
    def __len__(self) -> int:
        return self._stop - self._start

    @override
    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        return self._entries[self._start + place]


class Mirror(Slice):
    """A sequence read from its end."""

    def __init__(self, entries: Sequence[Key]) -> None:
        super().__init__(entries, 0, len(entries))

    @override
    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        return super().__getitem__(len(self) - 1 - place)
