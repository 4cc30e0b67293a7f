"""Runs a query over a table, by its sorted index: a page costs the same wherever it lies."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from wix_sandbox.errors import bad_request
from wix_sandbox.query.filters import Condition, Filter, bound_of, compile_filter
from wix_sandbox.query.order import Descending, Mirror, Order, Slice
from wix_sandbox.query.request import Cursor, Request
from wix_sandbox.query.spec import Metadata, Query
from wix_sandbox.values import Entity, Key, key_of, values_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wix_sandbox.store import Table

FEW = 2_000
"""Up to so many rows found by a lookup are sorted by hand instead of walking the sorted index."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page and the metadata that goes with them."""

    entities: list[Entity]
    metadata: dict[str, Any]
    total: int | None = None

    def answer(self, items: str, query: Query) -> dict[str, Any]:
        """The response body: `{items: […], <metadata key>: {…}}`."""
        if query.metadata is Metadata.V1_ITEMS:
            return {items: self.entities, "metadata": self.metadata, "totalResults": self.total}
        return {items: self.entities, query.metadata.value: self.metadata}


class Run:
    """One query over one table."""

    def __init__(self, table: Table, query: Query, request: Request) -> None:
        self.table, self.query, self.request = table, query, request
        base = compile_filter(query.base_filter, query, trusted=True)
        asked = compile_filter(request.filter, query)
        self.order = Order(request.sort, query)
        conditions = (*base.conditions, *asked.conditions)
        only = base.only_conditions and asked.only_conditions and not request.expression
        words = request.expression.casefold().split()

        def matches(entity: Entity) -> bool:
            return base.matches(entity) and asked.matches(entity) and self._has(entity, words)

        self.filter = Filter(matches, conditions, only)

    def offset_page(self) -> Page:
        """A page by `limit` and `offset`, with the total of matches.

        Raises:
            WixError: 400 beyond the endpoint's window of rows.
        """
        limit, offset = self.request.limit, self.request.offset
        if self.query.window is not None and offset + limit > self.query.window:
            message = f"offset + limit must not exceed {self.query.window}"
            raise bad_request(message)
        entries = self._entries()
        if self._index_decides():
            rows = [self._row(each) for each in entries[offset : offset + limit]]
            return self._offset_answer(rows, len(entries))
        matching = self._matching(entries)
        return self._offset_answer([self._row(each) for each in matching[offset : offset + limit]], len(matching))

    def _offset_answer(self, rows: list[Entity], total: int) -> Page:
        limit, offset = self.request.limit, self.request.offset
        if self.query.metadata is Metadata.V1_ITEMS:
            return Page(rows, {"items": limit, "offset": offset}, total)
        counts = {"count": len(rows), "offset": offset, "total": total, "tooManyToCount": False}
        return Page(rows, counts, total)

    def cursor_page(self, operation: str) -> Page:
        """A page after (or before) a cursor's place, with the cursors of its neighbours."""
        limit, cursor = self.request.limit, self.request.cursor
        back = cursor is not None and cursor.backward
        found = list(islice(self._matches(cursor.position if cursor else None, back=back), limit + 1))
        more, found = len(found) > limit, found[:limit]
        if back:
            found.reverse()
        has_next, has_prev = (True, more) if back else (more, cursor is not None)
        cursors: dict[str, str] = {}
        if found and has_next:
            cursors["next"] = self._cursor(operation, found[-1][0], backward=False)
        if found and has_prev:
            cursors["prev"] = self._cursor(operation, found[0][0], backward=True)
        rows = [row for _, row in found]
        return Page(rows, {"count": len(rows), "cursors": cursors, "hasNext": bool(found) and has_next})

    def count(self) -> int:
        """How many rows match."""
        entries = self._entries()
        if self._index_decides():
            return len(entries)
        return len(self._matching(entries))

    def _matching(self, entries: Sequence[Key]) -> list[Key]:
        """Entries whose rows match the whole filter."""
        asked = msgspec.json.encode([self.query.base_filter, self.request.filter, self.request.expression])
        name = (self.order.name, self.order.backward, asked)
        return self.table.remember(name, lambda: [each for each in entries if self.filter.matches(self._row(each))])

    def _cursor(self, operation: str, entry: Key, *, backward: bool) -> str:
        place = [each.key if isinstance(each, Descending) else each for each in entry]
        return Cursor(
            operation=operation,
            filter=self.request.filter,
            sort=list(self.request.sort),
            entry=place,
            limit=self.request.limit,
            expression=self.request.expression,
            backward=backward,
        ).text()

    def _position(self, raw: Key) -> Key:
        flipped = [each[1] for each in self.order.name]
        keys = [Descending(key) if flip else key for key, flip in zip(raw, flipped, strict=False)]
        return (*keys, raw[-1])

    def _matches(self, raw_position: Key | None, *, back: bool) -> Iterator[tuple[Key, Entity]]:
        entries = self._entries(ascending=True)
        backward = self.order.backward != back
        start, stop = 0, len(entries)
        if raw_position is not None:
            position = self._position(raw_position)
            if backward:
                stop = bisect_left(entries, position)
            else:
                start = bisect_right(entries, position)
        places = range(stop - 1, start - 1, -1) if backward else range(start, stop)
        for place in places:
            row = self._row(entries[place])
            if self.filter.matches(row):
                yield entries[place], row

    def _entries(self, *, ascending: bool = False) -> Sequence[Key]:
        """Index entries that may match, in the order of the sort (or always ascending)."""
        candidates = self._looked_up()
        if candidates is not None:
            found: Sequence[Key] = sorted((*self.order.keys(row), row["id"]) for row in candidates)
        else:
            found = Slice(self.table.sorted_by(self.order.name, self.order.keys).entries, *self._bounds())
        return found if ascending or not self.order.backward else Mirror(found)

    def _looked_up(self) -> list[Entity] | None:
        """Rows that a condition on an id, a slug or the like picks out, when they are few."""
        for condition in self.filter.conditions:
            wanted = _texts(condition)
            if wanted is None or condition.name in self.query.numbers or not self.query.is_plain(condition.name):
                continue
            path = self.query.path(condition.name)
            ids: Iterable[str] = wanted
            if path != "id":
                lookup = self.table.lookup(path)
                if sum(lookup.count(each) for each in wanted) > FEW:
                    continue
                ids = {entity_id for each in wanted for entity_id in lookup.ids(each)}
            return [row for row in map(self.table.get, dict.fromkeys(ids)) if row is not None]
        return None

    def _bounds(self) -> tuple[int, int]:
        """The part of the sorted index that range conditions on the first sort key leave."""
        entries = self.table.sorted_by(self.order.name, self.order.keys).entries
        start, stop = 0, len(entries)
        number = self.request.sort[0][0] in self.query.numbers
        for condition in self._ranges():
            bound = bound_of(condition, number=number)
            # Only values of the bound's own type compare; the index keeps the types apart by rank.
            start = max(start, bisect_left(entries, (bound[0],), key=_first))
            stop = min(stop, bisect_left(entries, (bound[0] + 1,), key=_first))
            if condition.operator in {"$gt", "$gte"}:
                side = bisect_left if condition.operator == "$gte" else bisect_right
                start = max(start, side(entries, bound, key=_first))
            else:
                side = bisect_right if condition.operator == "$lte" else bisect_left
                stop = min(stop, side(entries, bound, key=_first))
        return start, max(start, stop)

    def _ranges(self) -> list[Condition]:
        first = self.request.sort[0][0]
        return [each for each in self.filter.conditions if each.name == first and each.operator in _RANGES]

    def _index_decides(self) -> bool:
        """The bounds of the index are the whole filter: no row needs to be looked at."""
        whole = self.filter.only_conditions and len(self._ranges()) == len(self.filter.conditions)
        return whole and self._looked_up() is None

    def _row(self, entry: Key) -> Entity:
        row = self.table.get(entry[-1])
        assert row is not None, "an index entry always has its row"
        return row

    def _has(self, entity: Entity, words: list[str]) -> bool:
        """Free text: every word begins some word of some searched field."""
        if not words:
            return True
        texts = [str(value).casefold() for path in self.query.text_fields for value in values_at(entity, path)]
        return all(any(word in text for text in texts) for word in words)


_RANGES = frozenset({"$gt", "$gte", "$lt", "$lte"})


def _first(entry: Key) -> Any:
    return entry[0]


def _texts(condition: Condition) -> list[str] | None:
    """The texts that an equality condition asks for, or None when it is none or of another type."""
    if condition.operator not in {"$eq", "$in", "$hasSome", "$hasAll"}:
        return None
    values = condition.value if isinstance(condition.value, list) else [condition.value]
    if not values or not all(isinstance(each, str) and key_of(each)[1] == each for each in values):
        return None
    return values
