"""Runs the `query` or `search` object of a call over the rows of a kind, as the readings of a site interpret it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import error_400
from wix_sandbox.query.aggregations import aggregate
from wix_sandbox.query.engine import Run
from wix_sandbox.query.filters import undeclared
from wix_sandbox.query.request import Request, part_of, read_request, refused_cursor
from wix_sandbox.query.spec import Paging, Query

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wix_sandbox.call import Call
    from wix_sandbox.query.engine import Page
    from wix_sandbox.readings import Readings
    from wix_sandbox.store import Table
    from wix_sandbox.values import Entity

_LISTS = frozenset({"$in", "$hasSome"})


def as_read(raw: Any, readings: Readings) -> Any:
    """Return a filter whose values are interpreted by the readings of a site.

    Raises:
        WixError: 400 for more values than one condition may have.
    """
    if isinstance(raw, list):
        return [as_read(each, readings) for each in raw]
    if not isinstance(raw, dict):
        return raw
    return {
        name: as_read(value, readings) if name.startswith("$") else _condition(name, value, readings)
        for name, value in raw.items()
    }


def _condition(name: str, value: Any, readings: Readings) -> Any:
    by_operator = value if isinstance(value, dict) else {"$eq": value}
    listed = {operator: many for operator, many in by_operator.items() if operator in _LISTS and isinstance(many, list)}
    most = int(readings["slugs-in-filter" if name == "slug" else "values-in-filter"])
    if any(len(many) > most for many in listed.values()):
        raise error_400("INVALID_FILTER", f"{name} takes {most} values or less")
    if name == "productId" and "$hasSome" in listed and readings["v1-stock-of-products"] == "first":
        return by_operator | {"$hasSome": listed["$hasSome"][:1]}
    if name == "numericId":
        return {operator: _numeric(each, readings["numeric-id-filter"]) for operator, each in by_operator.items()}
    return value


def _numeric(value: Any, form: str) -> Any:
    """Return a numeric id, or a text that equals no numeric id if the form is not understood."""
    if isinstance(value, list):
        return [_numeric(each, form) for each in value]
    return value if form in {"either", "text" if isinstance(value, str) else "number"} else "not understood"


def run_query(call: Call, kind: str, query: Query) -> Page:
    """Run the `query` or `search` object of a call over the rows of a kind.

    Raises:
        WixError: 400 for what the endpoint does not allow.
    """
    if "expire_cursor" in call.faults and _has_cursor(call, query):
        raise refused_cursor()
    envelope = part_of(call.body, query.envelope)
    request = _request(call, envelope, query)
    if "refuse_sort" in call.faults and envelope.get("sort"):
        raise undeclared(request.sort[0][0], "sortable")
    run = Run(_seen(call, kind), query, request)
    return run.cursor_page(call.operation) if request.by_cursor else run.offset_page()


def as_it_is(_call: Call, entity: Entity) -> Entity:
    """Return a row whose members are those of an answer."""
    return entity


def answer_query(
    call: Call, kind: str, query: Query, items: str, show: Callable[[Call, Entity], Entity] = as_it_is
) -> Entity:
    """Answer a query or search: one page of rows, and the aggregations of a search that has some.

    `items` is the envelope of the rows; `show` shapes a row for the answer.

    Raises:
        WixError: 400 for what the endpoint does not allow.
    """
    page = run_query(call, kind, query)
    answer = (page if show is as_it_is else page.showing(partial(show, call))).answer(items, query)
    return answer | {"aggregationData": aggregation_data(call, kind, query)} if query.aggregates else answer


def aggregation_data(call: Call, kind: str, query: Query) -> Entity:
    """Return `aggregationData` of a search over the rows of a kind; a page by cursor has none.

    Raises:
        WixError: 400 for an aggregation that the endpoint does not allow.
    """
    search = part_of(call.body, query.envelope)
    if not search.get("aggregations"):
        return {"results": []}
    request = _request(call, {name: search.get(name) for name in ("filter", "search")}, query)
    return aggregate(Run(_seen(call, kind), query, request), search)


def count_rows(call: Call, kind: str, query: Query) -> int:
    """Return how many rows the `filter` (and `search`) of the body match."""
    return _beside(call, kind, query).count()


def matching_rows(call: Call, kind: str, query: Query) -> Sequence[Entity]:
    """Return the rows that the `filter` (and `search`) of the body match."""
    return _beside(call, kind, query).rows()


def _beside(call: Call, kind: str, query: Query) -> Run:
    envelope = {name: call.body[name] for name in ("filter", "search") if call.body.get(name)}
    request = _request(call, envelope, query.but(paging=Paging.OFFSET))
    return Run(_seen(call, kind), query, request)


def _request(call: Call, envelope: Entity, query: Query) -> Request:
    request = read_request(envelope, query, call.operation)
    return replace(request, filter=as_read(request.filter, call.site.readings))


def _has_cursor(call: Call, query: Query) -> bool:
    return bool(part_of(part_of(call.body, query.envelope), "cursorPaging").get("cursor"))


def _seen(call: Call, kind: str) -> Table:
    """Return the rows of the indexes, which lag behind writes if an option or a fault says so."""
    table = call.site.store.table(kind)
    if not call.stale_index_ms:
        return table
    return table.as_of(call.site.clock() - timedelta(milliseconds=call.stale_index_ms))
