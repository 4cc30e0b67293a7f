"""Finds rows by a value."""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING, Any

from wix_sandbox.values import Entity, values_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wix_sandbox.store.base import Rows


class Lookup:
    """The rows with a value at a path (`slug`, `variantsInfo.variants.sku`)."""

    def __init__(self, table: Rows, path: str) -> None:
        self._table = table
        self._path = path
        self._kept: dict[Any, dict[int, None]] = {}
        self._hidden: dict[Any, set[int]] = {}
        """Computed rows by their values before any change."""
        for place in table.rewritten():
            self._hide(place)
        for place, entity in table.kept():
            self.change(place, None, entity)

    def ids(self, value: object) -> Iterator[str]:
        """Ids of the rows with that value, oldest first."""
        return map(self._table.id, self.places(value))

    def places(self, value: object) -> Iterable[int]:
        """Places of the rows with that value, oldest first."""
        kept = sorted(self._kept.get(value, ()))
        if not self._table.base_rows:
            return kept
        hidden = self._hidden.get(value, ())
        computed = (each for each in self._table.base_find(self._path, value) if each not in hidden)
        return merge(kept, computed)

    def count(self, value: object) -> int:
        """Return how many rows have the value."""
        computed = self._table.base.count(self._path, value) - len(self._hidden.get(value, ()))
        return computed + len(self._kept.get(value, ()))

    def change(self, place: int, before: Entity | None, after: Entity | None) -> None:
        """Record that a stored row was added (no `before`), changed or removed (no `after`)."""
        old = [] if before is None else self._hashable(values_at(before, self._path))
        new = [] if after is None else self._hashable(values_at(after, self._path))
        if old == new:
            return
        for value in old:
            places = self._kept.get(value)
            if places is not None:
                places.pop(place, None)
                if not places:
                    del self._kept[value]
        for value in new:
            self._kept.setdefault(value, {})[place] = None

    def rewrite(self, place: int, after: Entity | None) -> None:
        """Record that a computed row was changed for the first time, or deleted (no `after`)."""
        self._hide(place)
        self.change(place, None, after)

    def _hide(self, place: int) -> None:
        for value in self._hashable(self._table.base_values(place, self._path, values_at)):
            self._hidden.setdefault(value, set()).add(place)

    @staticmethod
    def _hashable(values: list[Any]) -> list[Any]:
        return [value for value in values if isinstance(value, str | int | bool)]
