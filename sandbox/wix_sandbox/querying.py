"""Runs the `query` or `search` object of a call over the rows of a kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from wix_sandbox.query.aggregations import aggregate
from wix_sandbox.query.engine import Run
from wix_sandbox.query.filters import undeclared
from wix_sandbox.query.open_questions import as_read
from wix_sandbox.query.request import Request, part_of, read_request, refused_cursor
from wix_sandbox.query.spec import Paging, Query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wix_sandbox.call import Call
    from wix_sandbox.query.page import Page
    from wix_sandbox.store import Table
    from wix_sandbox.values import Entity


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


def aggregation_data(call: Call, kind: str, query: Query) -> Entity:
    """Return `aggregationData` of a search over the rows of a kind; a page by cursor has none.

    Raises:
        WixError: 400 for an aggregation that the endpoint does not allow.
    """
    search = part_of(call.body, query.envelope)
    if not search.get("aggregations"):
        return {"results": []}
    request = _request(call, {name: search.get(name) for name in ("filter", "search")}, query)
    return aggregate(Run(_seen(call, kind), query, request).rows(), search, query)


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
