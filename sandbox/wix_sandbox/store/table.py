"""The rows of one kind.

Rows are stored as JSON text. Encoding copies an entity on its way in, decoding on its way out, so no caller can change
a stored row. Most rows of a very large shop are not even stored: a table may have a `Base` that computes them, and only
stores those that were changed.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from heapq import merge
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec

from wix_sandbox.clock import system_time
from wix_sandbox.values import Entity, Key, values_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

HORIZON_MS = 60_000
"""Maximum age of an earlier state, in milliseconds."""
_HORIZON = timedelta(milliseconds=HORIZON_MS)
CAPACITY = 10_000
"""Maximum changes of a table that are remembered."""


class Before(NamedTuple):
    """The row at a place before a change; no id if there was none."""

    moment: datetime
    place: int
    id: str | None
    text: bytes


class Past:
    """The last changes of one table."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._changes: deque[Before] = deque(maxlen=CAPACITY)
        self.noted = 0
        """Number of changes so far, including those that are no longer remembered."""

    def note(self, place: int, entity_id: str | None, text: bytes) -> None:
        """Remember a row just before it changes."""
        now = self._clock()
        while self._changes and self._changes[0].moment < now - _HORIZON:
            self._changes.popleft()
        self._changes.append(Before(now, place, entity_id, text))
        self.noted += 1

    def since(self, moment: datetime) -> list[Before]:
        """Return the changes after a moment, the last one first."""
        found = []
        for change in reversed(self._changes):
            if change.moment <= moment:
                break
            found.append(change)
        return found

    def forget(self) -> None:
        """Treat the current rows as if they had always existed."""
        self._changes.clear()
        self.noted += 1


Reach = Callable[[Entity, str], list[Any]]
"""Finds the values at a path of an entity."""
Reader = Callable[[str], list[Any]]
"""Returns the values at a path of one row."""


class RowOrder(Protocol):
    """A sort: its name, and the keys of a row."""

    @property
    def name(self) -> tuple[Any, ...]:
        """True if the other sort has the same name, and so the same order."""

    def keys(self, values: Reader) -> Key:
        """The sort keys of a row."""


class Base:
    """Rows 0 to n - 1, oldest first, which belong to a table until they are changed; none by default."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return 0

    def text(self, number: int) -> bytes:
        """Return a row as JSON text."""
        raise IndexError(number)

    def id(self, number: int) -> str:
        """Return the id of a row."""
        raise IndexError(number)

    def number(self, entity_id: str) -> int | None:  # noqa: ARG002 - for bases with rows
        """Return the row with that id, or None."""
        return None

    def values(self, number: int, path: str, reach: Reach) -> list[Any]:  # noqa: ARG002 - for bases with rows
        """Return the values at a path of a row, as `reach` finds them in its entity."""
        raise IndexError(number)

    def find(self, path: str, value: object) -> Iterable[int]:  # noqa: ARG002 - for bases with rows
        """Return the rows with that value at a path, oldest first."""
        return ()

    def count(self, path: str, value: object) -> int:  # noqa: ARG002 - for bases with rows
        """Return how many rows have that value at a path."""
        return 0

    def sorted(self, order: RowOrder) -> array[int]:  # noqa: ARG002 - for bases with rows
        """Return all rows in a sort; rows with equal keys by id."""
        return array("Q")


class Lookup:
    """The rows with a value at a path (`slug`, `variantsInfo.variants.sku`)."""

    def __init__(self, table: Table, path: str) -> None:
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
        self, table: Table, order: RowOrder, test: Callable[[Reader], bool] | None = None, reach: Reach = values_at
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

    def take(self, places: Iterable[int], *, sort: bool = False) -> None:
        """Index those of the rows that pass the test; sort them, unless they already are."""
        passes, reader = self._test, self._table.reader
        if passes is not None:
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


REMEMBERED = 8
"""Maximum searches whose results a table keeps up to date; the least recently used one is dropped."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def _unwatched(_place: int, _before: bytes) -> None:
    """Default: nobody asks for changes."""


def decode_row(row: bytes) -> Entity | None:
    """Return a row, or None for an empty text."""
    return _decode(row) if row else None


class Table:
    """Rows by id, with the lookups, sorted indexes and searches that were used so far.

    Each row has a place: a number that grows with its age in the table and stays as long as the row exists.
    """

    def __init__(
        self, clock: Callable[[], datetime] = system_time, note: Callable[[int, bytes], None] = _unwatched
    ) -> None:
        self.past = Past(clock)
        self._note = note
        """Called with the place and the text of each row just before it changes; a new row has no text."""
        self._earlier: tuple[tuple[int, int], Table] | None = None
        """The last result of `as_of`, and the number of changes for which it is valid."""
        self._rows: dict[int, bytes] = {}
        self._places: dict[str, int] = {}
        self._ids: dict[int, str] = {}
        self._next = 0
        self.base = Base()
        self.base_rows = range(0)
        """Places of the computed rows."""
        self._deleted: set[int] = set()
        """Computed rows that were deleted."""
        self._lookups: dict[str, Lookup] = {}
        self._sorted: dict[tuple[Any, ...], SortedIndex] = {}
        self._searches: dict[tuple[Any, ...], SortedIndex] = {}
        self.changes: set[int] | None = None
        """Places that were changed since a caller began to collect them here."""

    @classmethod
    def of(cls, rows: Iterable[Entity]) -> Table:
        """Return a table of some rows, to be queried once."""
        table = cls()
        for row in rows:
            table.put(row)
        return table

    def __len__(self) -> int:
        return len(self._places) + len(self.base_rows) - len(self._deleted)

    def __contains__(self, entity_id: str) -> bool:
        return self.place(entity_id) is not None

    def __iter__(self) -> Iterator[Entity]:
        return (_decode(self.text(place)) for place in self.places())

    @property
    def end(self) -> int:
        """The place of the next new row."""
        return self._next

    def stand_on(self, base: Base, start: int | None = None) -> None:
        """Add computed rows, younger than all existing rows (or from a place on). Once for each table."""
        start = self._next if start is None else start
        self.base = base
        self.base_rows = range(start, start + len(base))
        self._next = self.base_rows.stop
        for indexes in (self._lookups, self._sorted, self._searches):
            indexes.clear()

    def places(self, *, youngest_first: bool = False) -> Iterator[int]:
        """Yield places of all rows, oldest first or youngest first; both directions start equally fast."""
        own = list(self._ids)
        older = bisect_left(own, self.base_rows.start)
        runs: list[Sequence[int]] = [own[:older], self.base_rows, own[older:]]
        for run in reversed(runs) if youngest_first else runs:
            ordered = reversed(run) if youngest_first else run
            is_base = run is self.base_rows
            yield from (each for each in ordered if (each not in self._deleted if is_base else each in self._ids))

    def place(self, entity_id: str) -> int | None:
        """Return the place of a row, or None."""
        place = self._places.get(entity_id)
        if place is not None or not self.base_rows:
            return place
        number = self.base.number(entity_id)
        if number is None or number + self.base_rows.start in self._deleted:
            return None
        return number + self.base_rows.start

    def id(self, place: int) -> str:
        """The id of the row at a place."""
        entity_id = self._ids.get(place)
        return self.base.id(place - self.base_rows.start) if entity_id is None else entity_id

    def text(self, place: int) -> bytes:
        """The row at a place as JSON text."""
        row = self._rows.get(place)
        return self.base.text(place - self.base_rows.start) if row is None else row

    def reader(self, place: int, reach: Reach = values_at) -> Reader:
        """Return a reader of the values of the row at a place."""
        row = self._rows.get(place)
        if row is None:
            return lambda path: self.base_values(place, path, reach)
        return partial(reach, _decode(row))

    def holds(self, place: int) -> bool:
        """True if there is a row at a place."""
        return place in self._ids or (place in self.base_rows and place not in self._deleted)

    def is_kept(self, place: int) -> bool:
        """True if a row is stored and not computed."""
        return place in self._rows

    def kept(self) -> Iterator[tuple[int, Entity]]:
        """Return the stored rows, with their places."""
        return ((place, _decode(row)) for place, row in self._rows.items())

    def rewritten(self) -> list[int]:
        """Return places of computed rows that were changed or deleted."""
        return [*self._deleted, *(place for place in self._rows if place in self.base_rows)]

    def written(self) -> list[int]:
        """Return places of everything that cannot be computed: stored rows, and computed ones that were deleted."""
        return [*self._rows, *self._deleted]

    def base_values(self, place: int, path: str, reach: Reach) -> list[Any]:
        """Return values of a computed row before any change."""
        return self.base.values(place - self.base_rows.start, path, reach)

    def base_find(self, path: str, value: object) -> Iterator[int]:
        """Return places of computed rows with a value, before any change."""
        return (number + self.base_rows.start for number in self.base.find(path, value))

    def base_sorted(self, order: RowOrder) -> array[int]:
        """Return places of unchanged computed rows, in a sort."""
        places, start, rewritten = self.base.sorted(order), self.base_rows.start, set(self.rewritten())
        return array("Q", (start + each for each in places if start + each not in rewritten))

    def get(self, entity_id: str) -> Entity | None:
        """A copy of the row, or None."""
        place = self.place(entity_id)
        return None if place is None else _decode(self.text(place))

    def put(self, entity: Entity) -> None:
        """Insert or replace the row with the entity's id."""
        place = self.place(entity["id"])
        self._write(self._next if place is None else place, entity)

    def delete(self, entity_id: str) -> Entity | None:
        """Remove the row and return it, or None."""
        place = self.place(entity_id)
        if place is None:
            return None
        before: Entity = _decode(self.text(place))
        self._write(place, None)
        return before

    def as_of(self, moment: datetime) -> Table:
        """Return this table as it was at a moment of the last minute: itself if nothing changed since, else a copy."""
        undone = self.past.since(moment)
        if not undone:
            return self
        which = (self.past.noted, len(undone))
        if self._earlier is None or self._earlier[0] != which:
            self._earlier = (which, self.copy(undone=undone))
        return self._earlier[1]

    def copy(
        self,
        clock: Callable[[], datetime] = system_time,
        note: Callable[[int, bytes], None] = _unwatched,
        undone: Sequence[Before] = (),
    ) -> Table:
        """Return a new table with the same rows before some changes (the last one first); it has no past itself."""
        copy = Table(clock, note)
        copy.base, copy.base_rows, copy._next = self.base, self.base_rows, self._next
        copy._rows, copy._deleted = dict(self._rows), set(self._deleted)
        copy._places, copy._ids = dict(self._places), dict(self._ids)
        for change in undone:
            copy._deleted.discard(change.place)
            copy.restore(change.place, change.id, change.text)
        # A row that was added again is the last of its ids; they are read in the order of their places.
        copy._ids = dict(sorted(copy._ids.items())) if undone else copy._ids
        return copy

    def _write(self, place: int, after: Entity | None) -> None:
        """Change a row and every index."""
        there = place < self._next
        text = self.text(place) if there else b""
        self.past.note(place, self.id(place) if there else None, text)
        self._note(place, text)
        if self._lookups or self._sorted or self._searches:
            before = _decode(self.text(place)) if place < self._next else None
            self._reindex(place, before, after)
        self.restore(place, None if after is None else after["id"], b"" if after is None else _encode(after))
        if self.changes is not None:
            self.changes.add(place)

    def _reindex(self, place: int, before: Entity | None, after: Entity | None) -> None:
        for index in (*self._sorted.values(), *self._searches.values()):
            index.change(place, before, after)
        computed = place in self.base_rows and place not in self._rows
        for lookup in self._lookups.values():
            if computed:
                lookup.rewrite(place, after)
            else:
                lookup.change(place, before, after)

    def restore(self, place: int, entity_id: str | None, row: bytes = b"") -> None:
        """Put a row at a place, or remove it (no id), without updating any index."""
        self._rows.pop(place, None)
        if entity_id is None and place in self.base_rows:
            self._deleted.add(place)
        elif entity_id is None:
            del self._places[self._ids.pop(place)]
        else:
            self._rows[place] = row
            if place not in self.base_rows:
                self._ids[place], self._places[entity_id] = entity_id, place
                self._next = max(self._next, place + 1)

    def lookup(self, path: str) -> Lookup:
        """Return the lookup over a path, built at the first use and kept up to date from then on."""
        if path not in self._lookups:
            self._lookups[path] = Lookup(self, path)
        return self._lookups[path]

    def sorted_by(self, order: RowOrder) -> SortedIndex:
        """Return the sorted index of that order, built at the first use and kept up to date from then on."""
        index = self._sorted.get(order.name)
        if index is None:
            index = SortedIndex(self, order)
            index.fill()
            self._sorted[order.name] = index
        return index

    def searched(self, name: tuple[Any, ...], search: Callable[[], SortedIndex]) -> SortedIndex:
        """Return the result of a search, kept up to date: its later pages need not search again."""
        found = self._searches.pop(name, None)
        if found is None:
            while len(self._searches) >= REMEMBERED:
                del self._searches[next(iter(self._searches))]
            found = search()
        self._searches[name] = found
        return found
