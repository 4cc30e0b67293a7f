"""Rows in the order of a sort: all of a table, or those that match a predicate."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from wix_sandbox.values import Entity, values_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wix_sandbox.store.base import Order, Reach, Reader, Rows

Entry = tuple[Any, ...]
"""A row's place in a sort: its keys, then its id."""


def read(entity: Entity, reach: Reach = values_at) -> Reader:
    """Returns a reader of an entity."""
    return lambda path: reach(entity, path)


class SortedIndex:
    """Places of rows, sorted: a page costs the same at any depth. Eight bytes a row.

    Keys of stored rows are stored, too; those of computed rows are computed when they are compared.
    """

    def __init__(
        self, table: Rows, order: Order, test: Callable[[Reader], bool] | None = None, reach: Reach = values_at
    ) -> None:
        self._table, self._order, self._test, self._reach = table, order, test, reach
        self._entries: dict[int, Entry] = {}
        self.places = array("Q")

    def fill(self) -> None:
        """Index every row of the table."""
        computed = self._table.base_sorted(self._order)
        kept = sorted((self._entry_of(entity), place) for place, entity in self._table.kept())
        self._entries = {place: entry for entry, place in kept}
        self._weave(computed, [place for _, place in kept])

    def take(self, places: Iterable[int], *, sort: bool, test: bool) -> None:
        """Index these rows: filtered and sorted, unless they already are."""
        passes, reader = self._test, self._table.reader
        if test and passes is not None:
            places = (each for each in places if passes(reader(each, self._reach)))
        self.places = array("Q", sorted(places, key=self.entry) if sort else places)

    def _weave(self, computed: array[int], kept: Sequence[int]) -> None:
        """Return both sorted runs as one."""
        at, woven = 0, array("Q")
        for place in kept:
            to = bisect_left(computed, self._entries[place], lo=at, key=self.entry)
            woven.extend(computed[at:to])
            woven.append(place)
            at = to
        woven.extend(computed[at:])
        self.places = woven

    def entry(self, place: int) -> Entry:
        """Return the keys and the id of a row."""
        entry = self._entries.get(place)
        if entry is None:
            entry = (*self._order.keys(self._table.reader(place)), self._table.id(place))
            if self._table.is_kept(place):
                self._entries[place] = entry
        return entry

    def _entry_of(self, entity: Entity) -> Entry:
        return (*self._order.keys(read(entity)), entity["id"])

    def change(self, place: int, before: Entity | None, after: Entity | None) -> None:
        """Record that a row is added (no `before`), changed or removed (no `after`), before the table changes."""
        old = self._entry_of(before) if before is not None and self._passes(before) else None
        new = self._entry_of(after) if after is not None and self._passes(after) else None
        if old == new:
            return
        if old is not None:
            del self.places[bisect_left(self.places, old, key=self.entry)]
            self._entries.pop(place, None)
        if new is not None:
            self.places.insert(bisect_left(self.places, new, key=self.entry), place)
            self._entries[place] = new

    def _passes(self, entity: Entity) -> bool:
        return self._test is None or self._test(read(entity, self._reach))
