"""Runs a query over a table, by its sorted indexes: a page costs the same at any depth."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, total_ordering
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from wix_sandbox.errors import bad_request
from wix_sandbox.query.filters import Condition, Filter, bound_of, compile_filter
from wix_sandbox.query.request import Cursor, Request
from wix_sandbox.query.spec import Metadata, Query
from wix_sandbox.store import SortedIndex
from wix_sandbox.values import MISSING, Entity, Key, key_of, without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from wix_sandbox.query.request import FreeText, Request, Sort
    from wix_sandbox.query.spec import Query
    from wix_sandbox.store import Table
    from wix_sandbox.store.table import Reader
    from wix_sandbox.values import Key


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


_decode = msgspec.json.Decoder().decode


class StoredRows(Sequence[Entity]):
    """Rows as their JSON text: read like a list of entities, and copied into an answer."""

    def __init__(self, texts: list[bytes]) -> None:
        self.texts = texts

    @override
    def __len__(self) -> int:
        return len(self.texts)

    @override
    def __getitem__(self, at: Any) -> Any:
        return list(map(_decode, self.texts[at])) if isinstance(at, slice) else _decode(self.texts[at])


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page with their metadata."""

    entities: Sequence[Entity]
    metadata: dict[str, Any]
    total: int | None = None

    def showing(self, show: Callable[[Entity], Entity]) -> Page:
        """Return the page with its rows as answers show them."""
        return Page([show(each) for each in self.entities], self.metadata, self.total)

    def answer(self, items: str, query: Query) -> dict[str, Any]:
        """Return the response body: `{items: […], <metadata key>: {…}}`."""
        rows: Sequence[Any] = self.entities
        if isinstance(rows, StoredRows):
            rows = list(map(msgspec.Raw, rows.texts))
        if query.metadata is Metadata.V1_ITEMS:
            return {items: rows, "metadata": self.metadata, "totalResults": self.total}
        return {items: rows, query.metadata.value: without(self.metadata, *query.lacks)}


FEW = 2_000
"""Up to this many rows found by their id, slug or the like are sorted for the page, instead of a search."""
RANGES = frozenset({"$gt", "$gte", "$lt", "$lte"})


class Plan:
    """One query over one table, split into parts.

    Range conditions on the first sort key select a part of the sorted index. The other conditions are the `rest`, which
    rows are tested for.
    """

    def __init__(self, table: Table, query: Query, request: Request) -> None:
        self._table, self._query = table, query
        self.order = Order(request.sort, query)
        self._first = request.sort[0][0]
        filters = (query.base_filter, request.filter)
        # The whole filter is compiled first: it is checked against the endpoint before conditions are removed.
        compiled = [compile_filter(each, query, trusted=each is query.base_filter) for each in filters]
        self._conditions = [condition for each in compiled for condition in each.conditions]
        self._remaining = remaining = [_without_ranges(each, self._first) for each in filters]
        self._words = words = _words(request.text, query)
        self.only_bounds = not words.groups and not any(remaining)
        """True if the bounds of the index are the whole filter: no row has to be tested."""
        self._whole = _all(compiled, words)

    @cached_property
    def rest(self) -> Filter:
        """The conditions that rows are tested for; unused if a look-up leaves few rows."""
        compiled = [compile_filter(each, self._query, trusted=True) for each in self._remaining]
        return _all(compiled, self._words)

    @property
    def name(self) -> tuple[Any, ...]:
        """Identifies the search: queries that differ only in the bounds share it."""
        return self.order.name, self._query.reach, self._words, msgspec.json.encode(self._remaining)

    def few(self) -> SortedIndex | None:
        """Return the matches, if a condition on an id, a slug or the like leaves few rows to test."""
        for condition in self._conditions:
            places = self._looked_up(condition)
            if places is not None:
                index = SortedIndex(self._table, self.order, self._whole.matches, self._query.reach)
                index.take(places, sort=True)
                return index
        return None

    def search(self) -> SortedIndex:
        """Return the rows that pass the rest, in the order of the sort."""
        index = SortedIndex(self._table, self.order, self.rest.matches, self._query.reach)
        index.take(self._table.sorted_by(self.order).places)
        return index

    def bounds(self, index: SortedIndex) -> tuple[int, int]:
        """Return the part of an index that range conditions on the first sort key select."""

        def first(place: int) -> Any:
            return index.entry(place)[0]

        places, start, stop = index.places, 0, len(index.places)
        for condition in self._conditions:
            if condition.name != self._first or condition.operator not in RANGES:
                continue
            low, high = _limits(condition.operator, bound_of(condition))
            start = max(start, (bisect_right if low[1] else bisect_left)(places, low[0], key=first))
            stop = min(stop, (bisect_right if high[1] else bisect_left)(places, high[0], key=first))
        return start, max(start, stop)

    def _looked_up(self, condition: Condition) -> list[int] | None:
        """Return places of the rows that an equality condition selects, if they are few."""
        wanted = _texts(condition)
        if wanted is None or condition.name in self._query.numbers or not self._query.is_plain(condition.name):
            return None
        path = self._query.path(condition.name)
        if path == "id":
            places: Iterable[int | None] = map(self._table.place, wanted)
        else:
            lookup = self._table.lookup(path)
            if sum(lookup.count(each) for each in wanted) > FEW:
                return None
            places = (place for each in wanted for place in lookup.places(each))
        return list(dict.fromkeys(place for place in places if place is not None))


def _limits(operator: str, bound: Key) -> tuple[tuple[Key, bool], tuple[Key, bool]]:
    """Return the position of a bound, before or after equal entries. Only values of the bound's own type compare."""
    if operator in {"$gt", "$gte"}:
        return (bound, operator == "$gt"), ((bound[0] + 1,), False)
    return ((bound[0],), False), (bound, operator == "$lte")


@dataclass(frozen=True, slots=True)
class Words:
    """A free text: for each word the texts of which one must be found, and the paths that are searched."""

    groups: tuple[tuple[str, ...], ...]
    paths: tuple[str, ...]

    def are_in(self, values: Reader) -> bool:
        """True if every word is in some searched field."""
        if not self.groups:
            return True
        texts = [text.casefold() for path in self.paths for value in values(path) for text in _texts_of(value)]
        return all(any(part in text for part in group for text in texts) for group in self.groups)


def _texts_of(value: Any) -> Iterator[str]:
    """Yield a value as text, and those in an object or a list."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts_of(each)
    else:
        yield str(value)


def _words(text: FreeText, query: Query) -> Words:
    words = dict.fromkeys(text.expression.casefold().split())
    groups = [(re.findall(r"[^\W_]+", word) or [word]) if query.fuzzy else [word] for word in words]
    if text.any_word and groups:
        groups = [list(chain(*groups))]
    named = {query.path(name) for name in text.fields}
    paths = tuple(path for path in query.text_fields if not named or path in named)
    return Words(tuple(map(tuple, groups)), paths)


def _all(filters: list[Filter], words: Words) -> Filter:
    def matches(values: Reader) -> bool:
        return all(each.matches(values) for each in filters) and words.are_in(values)

    return Filter(matches, tuple(condition for each in filters for condition in each.conditions))


def _without_ranges(raw: Mapping[str, Any], name: str) -> Entity:
    """Return a filter without its range conditions on a field."""
    left: Entity = {}
    for key, value in raw.items():
        if key == "$and":
            parts = [_without_ranges(each, name) for each in value]
            parts = [each for each in parts if each]
            if parts:
                left[key] = parts
        elif key == name and isinstance(value, dict):
            others = without(value, *RANGES)
            if others:
                left[key] = others
        else:
            left[key] = value
    return left


def _texts(condition: Condition) -> list[str] | None:
    """Return the texts of an equality condition, or None for other conditions and types."""
    if condition.operator not in {"$eq", "$in", "$hasSome", "$hasAll"}:
        return None
    values = condition.value if isinstance(condition.value, list) else [condition.value]
    if not values or not all(isinstance(each, str) and key_of(each)[1] == each for each in values):
        return None
    return values


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
            raise bad_request(f"offset + limit must not exceed {self.query.window}")
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
        if self.query.counts_matches and cursor is None:
            counts["total"] = self.count()
        return Page(self._rows(found), counts)

    def count(self) -> int:
        """Return how many rows match."""
        part = self._exact()
        return part.stop - part.start

    def rows(self) -> StoredRows:
        """Return every row that matches, in the order of the sort."""
        return self._rows(self.places())

    def places(self) -> list[int]:
        """Return the place of every row that matches, in the order of the sort."""
        return list(self._exact().places(backward=self.plan.order.backward))

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
            text=self.request.text,
            backward=backward,
        ).encoded()

    def _position(self, raw: Key) -> tuple[Any, ...]:
        flipped = [each[1] for each in self.plan.order.name]
        keys = [Descending(key) if flip else key for key, flip in zip(raw, flipped, strict=False)]
        return (*keys, raw[-1])
