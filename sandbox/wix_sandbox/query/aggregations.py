"""Aggregations of a search: computed over all matches, not only over the requested page.

https://dev.wix.com/docs/rest/articles/work-with-wix-apis/data-retrieval/about-the-wix-api-query-language. Choices:
every field that a search can be filtered or sorted by can be aggregated, and so can the members of items that
`$matchItems` finds; values come most frequent first by default.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wix_sandbox import facts
from wix_sandbox.errors import Violation, required, validation_error
from wix_sandbox.query.filters import undeclared
from wix_sandbox.values import instant, key_of
from wix_sandbox.walk import Node, Walk, compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wix_sandbox.query.engine import Run
    from wix_sandbox.values import Entity

DEFAULT_VALUES = 10
MOST_DATES = 200
KINDS = {
    "VALUE": "value",
    "RANGE": "range",
    "SCALAR": "scalar",
    "DATE_HISTOGRAM": "dateHistogram",
    "NESTED": "nested",
}
RESULTS = {"VALUE": "values", "RANGE": "ranges", "DATE_HISTOGRAM": "dateHistogram", "NESTED": "nested"}
"""Members that have results as `{"results": […]}`; a scalar is a plain member."""
BEGINNINGS = {
    "YEAR": "%Y-01-01T00:00:00.000",
    "MONTH": "%Y-%m-01T00:00:00.000",
    "WEEK": "%Y-%m-%dT00:00:00.000",
    "DAY": "%Y-%m-%dT00:00:00.000",
    "HOUR": "%Y-%m-%dT%H:00:00.000",
    "MINUTE": "%Y-%m-%dT%H:%M:00.000",
    "SECOND": "%Y-%m-%dT%H:%M:%S.000",
}
"""How the first moment of an interval is written; weeks begin on Monday (a choice)."""


@dataclass(frozen=True)
class Aggregator:
    """Aggregates the matches of one search; `rows` are their places in its table, so that none is held in memory."""

    run: Run
    zone: ZoneInfo

    def result(self, rows: Sequence[int], asked: Entity, place: str) -> Entity:
        """Return one result: `{name, type, fieldPath, values | ranges | scalar | dateHistogram | nested}`."""
        kind = asked["type"]
        shown = {"name": str(asked.get("name") or ""), "type": kind}
        if kind == "NESTED":
            return shown | {"nested": {"results": self._nested(rows, _options(asked, kind, place), place)}}
        shown["fieldPath"] = self._field(asked, place)
        found = self._found(rows, kind, asked, place)
        return shown | ({"scalar": found[0]} if kind == "SCALAR" else {RESULTS[kind]: {"results": found}})

    def _found(self, rows: Sequence[int], kind: str, asked: Entity, place: str) -> list[Entity]:
        options, make = _options(asked, kind, place), self._makers[kind]
        found = [self._values(row, asked["fieldPath"]) for row in rows]
        return make(self, [each for values in found for each in values], found.count([]), options)

    def _field(self, asked: Entity, place: str) -> str:
        name = str(asked.get("fieldPath") or "")
        if not name:
            raise required(f"{place}.fieldPath")
        query = self.run.query
        is_named = query.operators(name) is not None or name in query.sortable
        items = (f"{path}." for path, operators in query.filterable.items() if "$matchItems" in operators)
        if not is_named and not name.startswith(tuple(items)):
            raise undeclared(name, "aggregatable")
        return name

    def _values(self, row: int, name: str) -> list[Any]:
        """Return the different values of a field in the row at a place: a row counts once for each."""
        query = self.run.query
        read = self.run.table.reader(row, query.reach)
        found = [each for each in read(query.path(name)) if each is not None]
        return list({_text(each): each for each in found}.values())

    def _value(self, values: list[Any], missing: int, options: Entity) -> list[Entity]:
        counts = Counter(map(_text, values))
        if options.get("missingValues") == "INCLUDE" and missing:
            counts[(options.get("includeOptions") or {}).get("addToBucket") or _bucket_of(values)] += missing
        by_value, down = options.get("sortType") == "VALUE", options.get("sortDirection") != "ASC"
        ordered = sorted(counts.items())
        ordered.sort(key=lambda entry: entry[0] if by_value else entry[1], reverse=down)
        return [{"value": value, "count": count} for value, count in ordered[: options.get("limit") or DEFAULT_VALUES]]

    def _range(self, values: list[Any], _missing: int, options: Entity) -> list[Entity]:
        buckets = options.get("buckets") or []
        counts = [0] * len(buckets)
        for number in self._numbers(values):
            at = next((at for at, each in enumerate(buckets) if _holds(each, number)), None)
            if at is not None:
                counts[at] += 1
        return [{**bucket, "count": count} for bucket, count in zip(buckets, counts, strict=True)]

    def _scalar(self, values: list[Any], _missing: int, options: Entity) -> list[Entity]:
        kind = options["type"]
        if kind == "COUNT_DISTINCT":
            return [{"type": kind, "value": len(set(map(_text, values)))}]
        choose = min if kind == "MIN" else max
        return [{"type": kind, "value": choose(self._numbers(values), default=0)}]

    def _histogram(self, values: list[Any], _missing: int, options: Entity) -> list[Entity]:
        interval = options["interval"]
        moments = (instant(each) for each in values if isinstance(each, str))
        counts = Counter(self._beginning(each, interval) for each in moments if each is not None)
        return [{"value": value, "count": count} for value, count in sorted(counts.items())[:MOST_DATES]]

    def _beginning(self, microseconds: int, interval: str) -> str:
        """Return the start of the interval that contains a moment, in the search's time zone."""
        moment = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)).astimezone(self.zone)
        if interval == "WEEK":
            moment -= timedelta(days=moment.weekday())
        offset = moment.isoformat()[-len("+00:00") :]
        return moment.strftime(BEGINNINGS[interval]) + offset.replace("+00:00", "Z")

    def _nested(self, rows: Sequence[int], options: Entity, place: str) -> list[Entity]:
        """Return a flattened result: one entry for each combination, `{"results": {name: {value: {…}}, name: …}}`."""
        links = self._links(rows, options["nestedAggregations"], f"{place}.nested.nestedAggregations")
        return [{"results": each} for each in links]

    def _links(self, rows: Sequence[int], chain: list[Entity], path: str) -> Iterable[Entity]:
        asked, *rest = chain
        kind = asked["type"]
        self._field(asked, path)
        for entry in self._found(rows, kind, asked, path):
            shown = {"value": entry["value"]} if kind == "SCALAR" else entry
            own = {str(asked.get("name") or ""): {KINDS[kind]: shown}}
            if not rest:
                yield own
                continue
            inside = [row for row in rows if self._is_in(row, kind, asked, entry)]
            yield from (own | each for each in self._links(inside, rest, path))

    def _is_in(self, row: int, kind: str, asked: Entity, entry: Entity) -> bool:
        """True if a row is one of those that an entry counts."""
        values = self._values(row, asked["fieldPath"])
        match kind:
            case "VALUE":
                return entry["value"] in map(_text, values)
            case "RANGE":
                return any(_holds(entry, number) for number in self._numbers(values))
            case "DATE_HISTOGRAM":
                interval = asked["dateHistogram"]["interval"]
                moments = (instant(each) for each in values if isinstance(each, str))
                return any(self._beginning(each, interval) == entry["value"] for each in moments if each is not None)
            case _:
                return True

    def _numbers(self, values: list[Any]) -> list[float]:
        keys = [key_of(each, number=True) for each in values]
        return [float(key[1]) for key in keys if len(key) > 1 and isinstance(key[1], int | float)]

    _makers: ClassVar[dict[str, Callable[..., list[Entity]]]] = {
        "VALUE": _value,
        "RANGE": _range,
        "SCALAR": _scalar,
        "DATE_HISTOGRAM": _histogram,
    }


def aggregate(run: Run, search: Entity) -> Entity:
    """Return `aggregationData` of the matches of a search: one result for each aggregation, in their order.

    Raises:
        WixError: 400 for a field that the search does not declare, or for invalid options.
    """
    asked = search.get("aggregations") or []
    walk = Walk(frozenset(), [], required=_REQUIRED)
    walk.value(_declared(), asked, "search.aggregations", "")
    if walk.violations:
        raise validation_error(*walk.violations)
    aggregator = Aggregator(run, _zone(str(search.get("timeZone") or "UTC")))
    places = (f"search.aggregations[{at}]" for at in range(len(asked)))
    rows = run.places()
    return {"results": [aggregator.result(rows, each, place) for each, place in zip(asked, places, strict=True)]}


_REQUIRED = {
    "": ("type",),
    ".scalar": ("type",),
    ".dateHistogram": ("interval",),
    ".nested": ("nestedAggregations",),
    ".nested.nestedAggregations": ("type",),
    ".nested.nestedAggregations.scalar": ("type",),
    ".nested.nestedAggregations.dateHistogram": ("interval",),
}
"""Required members, by the paths of their objects."""


@cache
def _declared() -> Node:
    return compiled(facts.read("aggregations", dict[str, Any]))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise validation_error(Violation("search.timeZone", f"unknown time zone {name}", "FORMAT")) from error


def _options(asked: Entity, kind: str, place: str) -> Entity:
    """Return the member that belongs to the type; it is optional only if it has defaults."""
    options = asked.get(KINDS[kind])
    if options is None and kind != "VALUE":
        raise required(f"{place}.{KINDS[kind]}")
    return options or {}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _bucket_of(values: list[Any]) -> str:
    """Return the group of rows without a value: named after the type of the other values."""
    if values and all(isinstance(each, bool) for each in values):
        return "false"
    return "0" if values and all(isinstance(each, int) for each in values) else "N/A"


def _holds(bucket: Entity, number: float) -> bool:
    low, high = bucket.get("from"), bucket.get("to")
    return (low is None or number >= low) and (high is None or number < high)
