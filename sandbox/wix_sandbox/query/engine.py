"""Runs a query over a table, by its sorted indexes: a page costs the same at any depth."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import bad_request
from wix_sandbox.query.order import Descending
from wix_sandbox.query.page import Page, StoredRows
from wix_sandbox.query.plan import Plan
from wix_sandbox.query.request import Cursor, Request
from wix_sandbox.query.spec import Metadata, Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.store import SortedIndex, Table
    from wix_sandbox.values import Key

PATIENCE = 20
"""A page that must look at more rows than this many times its own searches the whole table once instead."""


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a sorted index that a query selects, `start` to `stop`; `exact` if all of it matches."""

    index: SortedIndex
    start: int
    stop: int
    exact: bool

    def places(self, *, backward: bool) -> Iterator[int]:
        """Yield places of the rows, from either end."""
        numbers = range(self.start, self.stop)
        return map(self.index.places.__getitem__, reversed(numbers) if backward else numbers)

    def beyond(self, position: Key, *, backward: bool) -> Part:
        """Return the part after (or before) a position."""
        places, entry = self.index.places, self.index.entry
        if backward:
            stop = bisect_left(places, position, self.start, self.stop, key=entry)
            return Part(self.index, self.start, stop, self.exact)
        start = bisect_right(places, position, self.start, self.stop, key=entry)
        return Part(self.index, start, self.stop, self.exact)


class Run:
    """One query over one table."""

    def __init__(self, table: Table, query: Query, request: Request) -> None:
        self.table, self.query, self.request = table, query, request
        self.plan = Plan(table, query, request)

    def offset_page(self) -> Page:
        """Return a page by `limit` and `offset`, with the total of matches.

        Raises:
            WixError: 400 beyond the endpoint's window of rows.
        """
        limit, offset = self.request.limit, self.request.offset
        if self.query.window is not None and offset + limit > self.query.window:
            message = f"offset + limit must not exceed {self.query.window}"
            raise bad_request(message)
        part = self._exact()
        total = part.stop - part.start
        if self.plan.order.backward:
            part = Part(part.index, part.start, max(part.start, part.stop - offset), exact=True)
        else:
            part = Part(part.index, min(part.stop, part.start + offset), part.stop, exact=True)
        rows = self._rows(list(islice(part.places(backward=self.plan.order.backward), limit)))
        if self.query.metadata is Metadata.V1_ITEMS:
            return Page(rows, {"items": limit, "offset": offset}, total)
        counts = {"count": len(rows), "offset": offset, "total": total, "tooManyToCount": False}
        return Page(rows, counts, total)

    def cursor_page(self, operation: str) -> Page:
        """Return a page after (or before) a cursor's place, with the cursors of the neighbouring pages."""
        limit, cursor = self.request.limit, self.request.cursor
        back = cursor is not None and cursor.backward
        index, found = self._found(cursor, limit + 1, backward=self.plan.order.backward != back)
        more, found = len(found) > limit, found[:limit]
        if back:
            found.reverse()
        has_next, has_prev = (True, more) if back else (more, cursor is not None)
        cursors: dict[str, str] = {}
        if found and has_next:
            cursors["next"] = self._cursor(operation, index.entry(found[-1]), backward=False)
        if found and has_prev:
            cursors["prev"] = self._cursor(operation, index.entry(found[0]), backward=True)
        counts = {"count": len(found), "cursors": cursors, "hasNext": bool(found) and has_next}
        return Page(self._rows(found), counts)

    def count(self) -> int:
        """Return how many rows match."""
        part = self._exact()
        return part.stop - part.start

    def rows(self) -> StoredRows:
        """Return every row that matches, in the order of the sort."""
        return self._rows(list(self._exact().places(backward=self.plan.order.backward)))

    def _rows(self, places: list[int]) -> StoredRows:
        return StoredRows([self.table.text(each) for each in places])

    def _found(self, cursor: Cursor | None, wanted: int, *, backward: bool) -> tuple[SortedIndex, list[int]]:
        """Return the places of the next matches, and the index that knows their keys."""
        position = None if cursor is None else self._position(cursor.position)
        part = self._part()
        ahead = part if position is None else part.beyond(position, backward=backward)
        places = ahead.places(backward=backward)
        if part.exact:
            return part.index, list(islice(places, wanted))
        matches, reader = self.plan.rest.matches, self.table.reader
        near = islice(places, PATIENCE * wanted)
        found = list(islice((each for each in near if matches(reader(each, self.query.reach))), wanted))
        if len(found) < wanted and next(places, None) is not None:
            part = self._exact()
            ahead = part if position is None else part.beyond(position, backward=backward)
            found = list(islice(ahead.places(backward=backward), wanted))
        return part.index, found

    def _part(self) -> Part:
        """Return the narrowest part of an index that is available without a search."""
        few = self.plan.few()
        if few is not None:
            return Part(few, 0, len(few.places), exact=True)
        index = self.table.sorted_by(self.plan.order)
        return Part(index, *self.plan.bounds(index), self.plan.only_bounds)

    def _exact(self) -> Part:
        """Return a part of an index that contains exactly the matches."""
        part = self._part()
        if part.exact:
            return part
        index = self.table.searched(self.plan.name, self.plan.search)
        return Part(index, *self.plan.bounds(index), exact=True)

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

    def _position(self, raw: Key) -> tuple[Any, ...]:
        flipped = [each[1] for each in self.plan.order.name]
        keys = [Descending(key) if flip else key for key, flip in zip(raw, flipped, strict=False)]
        return (*keys, raw[-1])
