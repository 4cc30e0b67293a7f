"""The plan of a query: the index, its bounds, and the conditions that are left to test."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any

import msgspec

from wix_sandbox.query.filters import Condition, Filter, bound_of, compile_filter
from wix_sandbox.query.order import Order
from wix_sandbox.store import SortedIndex
from wix_sandbox.values import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wix_sandbox.query.request import Request
    from wix_sandbox.query.spec import Query
    from wix_sandbox.store import Table
    from wix_sandbox.store.base import Reader
    from wix_sandbox.values import Entity, Key

FEW = 2_000
"""Up to this many rows found by their id, slug or the like are sorted for the page, instead of a search."""
_DATES = ("Date", "lastUpdated")
"""Suffix of the names of dates; a row has one value of each."""
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
        self._words = words = _words(request.expression, fuzzy=query.fuzzy)
        self.only_bounds = not words and not any(remaining)
        """True if the bounds of the index are the whole filter: no row has to be tested."""
        self._whole = _all(compiled, query, words)
        self.rest = _all([compile_filter(each, query, trusted=True) for each in remaining], query, words)
        self.name = (self.order.name, query.reach, msgspec.json.encode([remaining, words]))
        """Identifies the search: queries that differ only in the bounds share it."""

    def few(self) -> SortedIndex | None:
        """Return the matches, if a condition on an id, a slug or the like leaves few rows to test."""
        for condition in self._conditions:
            places = self._looked_up(condition, FEW)
            if places is not None:
                index = SortedIndex(self._table, self.order, self._whole.matches, self._query.reach)
                index.take(places, sort=True, test=True)
                return index
        return None

    def search(self) -> SortedIndex:
        """Return the rows that pass the rest, in the order of the sort."""
        found = SortedIndex(self._table, self.order, self.rest.matches, self._query.reach)
        candidates, all_match = self._candidates()
        ordered = self._table.sorted_by(self.order).places
        if candidates is None:
            found.take(ordered, sort=False, test=True)
        elif len(candidates) * 8 < len(ordered):
            found.take(candidates, sort=True, test=not all_match)
        else:
            chosen = bytearray(self._table.end)
            for place in candidates:
                chosen[place] = 1
            found.take((place for place in ordered if chosen[place]), sort=False, test=not all_match)
        return found

    def bounds(self, index: SortedIndex) -> tuple[int, int]:
        """Return the part of an index that range conditions on the first sort key select."""
        return self._cut(index, self._first)

    def _candidates(self) -> tuple[list[int] | None, bool]:
        """Return the fewest rows that one field's conditions select, and whether the rest has no other conditions.

        None if no condition selects rows.
        """
        best: list[int] | None = None
        all_match = False
        for condition in self.rest.conditions:
            places = self._looked_up(condition, len(self._table) // 2)
            in_range = places is None and condition.operator in RANGES and condition.name.endswith(_DATES)
            if in_range:
                index = self._table.sorted_by(Order(((condition.name, False),), self._query))
                start, stop = self._cut(index, condition.name)
                places = index.places[start:stop].tolist()
            if places is not None and (best is None or len(places) < len(best)):
                best = places
                all_match = in_range and not (
                    self._words or any(_without_ranges(each, condition.name) for each in self._remaining)
                )
        return best, all_match

    def _looked_up(self, condition: Condition, most: int) -> list[int] | None:
        """Return places of the rows that an equality condition selects, if they are not more than `most`."""
        wanted = _texts(condition)
        if wanted is None or condition.name in self._query.numbers or not self._query.is_plain(condition.name):
            return None
        path = self._query.path(condition.name)
        if path == "id":
            places: Iterable[int | None] = map(self._table.place, wanted)
        else:
            lookup = self._table.lookup(path)
            if sum(lookup.count(each) for each in wanted) > most:
                return None
            places = (place for each in wanted for place in lookup.places(each))
        return list(dict.fromkeys(place for place in places if place is not None))

    def _cut(self, index: SortedIndex, name: str) -> tuple[int, int]:
        def first(place: int) -> Any:
            return index.entry(place)[0]

        places, start, stop = index.places, 0, len(index.places)
        number = name in self._query.numbers
        for condition in self._conditions:
            if condition.name != name or condition.operator not in RANGES:
                continue
            low, high = _limits(condition.operator, bound_of(condition, number=number))
            start = max(start, (bisect_right if low[1] else bisect_left)(places, low[0], key=first))
            stop = min(stop, (bisect_right if high[1] else bisect_left)(places, high[0], key=first))
        return start, max(start, stop)


def _limits(operator: str, bound: Key) -> tuple[tuple[Key, bool], tuple[Key, bool]]:
    """Return the position of a bound, before or after equal entries. Only values of the bound's own type compare."""
    if operator in {"$gt", "$gte"}:
        return (bound, operator == "$gt"), ((bound[0] + 1,), False)
    return ((bound[0],), False), (bound, operator == "$lte")


def _words(expression: str, *, fuzzy: bool) -> list[list[str]]:
    """Return the words of a free text, each with the texts of which one must be found."""
    words = dict.fromkeys(expression.casefold().split())
    return [(re.findall(r"[^\W_]+", word) or [word]) if fuzzy else [word] for word in words]


def _all(filters: list[Filter], query: Query, words: list[list[str]]) -> Filter:
    def matches(values: Reader) -> bool:
        return all(each.matches(values) for each in filters) and _has(values, query, words)

    return Filter(matches, tuple(condition for each in filters for condition in each.conditions))


def _has(values: Reader, query: Query, words: list[list[str]]) -> bool:
    """True if every word is in some searched field."""
    if not words:
        return True
    texts = [str(value).casefold() for path in query.text_fields for value in values(path)]
    return all(any(part in text for part in word for text in texts) for word in words)


def _without_ranges(raw: Mapping[str, Any], name: str) -> Entity:
    """Return a filter without its range conditions on a field."""
    left: Entity = {}
    for key, value in raw.items():
        if key == "$and":
            parts = [_without_ranges(each, name) for each in (value if isinstance(value, list) else [value])]
            parts = [each for each in parts if each]
            if parts:
                left[key] = parts
        elif key == name and isinstance(value, dict):
            others = {operator: bound for operator, bound in value.items() if operator not in RANGES}
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
