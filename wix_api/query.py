"""Wix's query languages: what is asked for, in which envelope, and where the next page is.

Three dialects are alive: queries and searches with filter objects and cursors, contacts v4 with filter objects and
offsets, and the V1 store endpoints, whose filter and sort are JSON texts inside the JSON.
Source: https://dev.wix.com/docs/rest/articles/work-with-wix-apis/data-retrieval/about-the-wix-api-query-language
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from wix_api.companions import accompanied
from wix_api.errors import CursorRefusedError, InvalidRequestError, RejectionError, SortRefusedError
from wix_api.pages import PageDecoder, Paging, is_date
from wix_api.reading import Collection, Item, Page, Position, Window
from wix_api.timestamps import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wix_api.client import WixClient
    from wix_api.companions import Companion
    from wix_api.counting import Count
    from wix_api.operations import Operation

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_FEWEST_ROWS = 2
"""A page of one row could never show that the row after it has another key."""


class QueryLanguage(ABC):
    """Writes request bodies and reads paging metadata; one small object for each dialect."""

    @abstractmethod
    def body(
        self, filters: Mapping[str, Any], sort: str | None, limit: int, position: Position | None
    ) -> dict[str, Any]:
        """Write the query part of a request body."""

    @abstractmethod
    def following(self, paging: Paging, position: Position | None, rows: int, limit: int) -> Position | None:
        """Tell where the next page is, or None at the end."""

    def pages(self, rows: int, limit: int) -> int:
        """Tell how many requests so many rows take."""
        return max(1, -(-rows // limit))


@dataclass(frozen=True)
class Cursor(QueryLanguage):
    """Filter objects and cursors. `wrapper` is "query" or "search"."""

    wrapper: str = "query"

    @override
    def body(
        self, filters: Mapping[str, Any], sort: str | None, limit: int, position: Position | None
    ) -> dict[str, Any]:
        # A cursor carries filter and sort; sending them beside it is an error.
        if position is not None:
            return {self.wrapper: {"cursorPaging": {"limit": limit, "cursor": position.cursor}}}
        return {self.wrapper: {"filter": dict(filters), **_order(sort), "cursorPaging": {"limit": limit}}}

    @override
    def following(self, paging: Paging, position: Position | None, rows: int, limit: int) -> Position | None:
        cursor = paging.cursors.get("next")
        return Position(cursor=cursor) if cursor and paging.has_next is not False else None


@dataclass(frozen=True)
class Offset(QueryLanguage):
    """Filter objects and offsets."""

    @override
    def pages(self, rows: int, limit: int) -> int:
        # A full page may have been the last one, and each page repeats the last row of the one before.
        return 1 + max(rows - 1, 0) // (limit - 1)

    @override
    def body(
        self, filters: Mapping[str, Any], sort: str | None, limit: int, position: Position | None
    ) -> dict[str, Any]:
        return {"query": {"filter": dict(filters), **_order(sort), "paging": _paging(limit, position)}}

    @override
    def following(self, paging: Paging, position: Position | None, rows: int, limit: int) -> Position | None:
        end = (position.offset if position else 0) + rows
        # The total is missing for large sets, and a page may be shorter than asked for: either one tells of more.
        more = rows >= limit or (paging.total is not None and end < paging.total)
        return Position(offset=end - 1) if more and rows > 1 else None


@dataclass(frozen=True)
class JsonTextOffset(Offset):
    """The V1 store dialect: filter and sort are JSON texts."""

    @override
    def body(
        self, filters: Mapping[str, Any], sort: str | None, limit: int, position: Position | None
    ) -> dict[str, Any]:
        text: dict[str, Any] = {}
        if filters:
            text["filter"] = msgspec.json.encode(filters).decode()
        if sort:
            text["sort"] = msgspec.json.encode([{sort.removeprefix("-"): _direction(sort).lower()}]).decode()
        return {"query": {**text, "paging": _paging(limit, position)}}


@dataclass(frozen=True)
class Listing(Offset):
    """A list by GET, without filter and sort: offsets as query parameters."""

    @override
    def body(
        self, filters: Mapping[str, Any], sort: str | None, limit: int, position: Position | None
    ) -> dict[str, Any]:
        return {f"paging.{name}": value for name, value in _paging(limit, position).items()}


def _order(sort: str | None) -> dict[str, Any]:
    return {"sort": [{"fieldName": sort.removeprefix("-"), "order": _direction(sort)}]} if sort else {}


def _direction(sort: str) -> str:
    return "DESC" if sort.startswith("-") else "ASC"


def _paging(limit: int, position: Position | None) -> dict[str, int]:
    return {"limit": limit, "offset": position.offset if position else 0}


@dataclass(frozen=True)
class Query:
    """An endpoint that lists rows.

    Attributes:
        operation: What to call.
        items: Key of the rows in the answer.
        page_size: The most rows Wix gives in one page.
        keys: Sortable members by which all rows can be read in order: the first one, and for ties the next one.
        language: Its dialect.
        extra: Members of the body beside the query.
        id: Member that names a row.
        count: How to ask how many rows there are, where Wix tells.
        sortable: Members by which Wix sorts the rows, as its documentation lists them.
        one_of: Operator that finds rows by several ids; "" for lists that cannot be filtered.
    """

    operation: Operation
    items: str
    page_size: int
    keys: tuple[str, ...]
    language: QueryLanguage
    extra: Mapping[str, Any] = field(default_factory=dict)
    id: str = "id"
    count: Count | None = None
    sortable: tuple[str, ...] = ()
    one_of: str = "$in"

    def rows(self, client: WixClient, filters: Mapping[str, Any] | None = None) -> QueryRows:
        """Give the rows of one site, for `wix_api.reading`."""
        return QueryRows(client, self, self.keys, dict(filters or {}))

    def pages(self, rows: int) -> int:
        """Tell how many requests it takes to look so many rows up."""
        return self.language.pages(rows, max(self.page_size, _FEWEST_ROWS))

    def find(
        self, client: WixClient, member: str, values: list[str], *, operator: str = "$in"
    ) -> Iterator[dict[str, Any]]:
        """Look rows up by the values of one member, in as few calls as the page size allows."""
        found = self.find_items(client, member, values, operator=operator)
        return (msgspec.json.decode(item.raw) for item in found)

    def find_items(self, client: WixClient, member: str, values: list[str], *, operator: str = "$in") -> Iterator[Item]:
        """Like `find`, but rows stay the bytes that came."""
        for start in range(0, len(values), self.page_size):
            some = values[start : start + self.page_size]
            rows = QueryRows(client, self, (), {member: {operator: some}})
            position: Position | None = None
            while True:
                page = rows.fetch(Window(), position)
                yield from page.items
                position = page.following
                if position is None:
                    break


@dataclass(frozen=True)
class QueryRows(Collection):
    """The rows of a query on one site, in the order of the first of `keys`, restricted by `filters`.

    Rows that are not read by key (`is_sorted`) come in the endpoint's own order, or in that of `sort` ("-" before it
    for the other direction). What `companions` give stands beside the rows of each page.
    """

    client: WixClient
    query: Query
    keys: tuple[str, ...]
    filters: dict[str, Any]
    is_sorted: bool = True
    sort: str | None = None
    companions: tuple[Companion, ...] = ()

    @override
    def fetch(self, window: Window, position: Position | None = None) -> Page:
        query = self.query
        limit = max(query.page_size, _FEWEST_ROWS)
        key = self.keys[0] if self.keys else None
        filters = _bounded(self.filters, key, window) if key else self.filters
        sort = key if self.is_sorted else self.sort
        asked = {**query.language.body(filters, sort, limit, position), **query.extra}
        place = "params" if query.operation.method == "GET" else "body"
        decoder = PageDecoder(query.items, query.id, key or query.id, query.operation.path)
        try:
            items, paging = self.client.decoded(query.operation, decoder, **{place: asked})
        except RejectionError as error:
            refused = _refused(error, sort, position)
            if refused is None:
                raise
            raise refused(str(error), code=error.code, violations=error.violations, status=error.status) from error
        following = query.language.following(paging, position, len(items), limit)
        return Page(accompanied(items, self.companions) if self.companions else items, following)

    def sorted_by(self, sort: str) -> QueryRows:
        """Give the rows in an order that no key-set follows."""
        return replace(self, is_sorted=False, sort=sort)

    @property
    @override
    def ordered(self) -> bool:
        return bool(self.keys) and self.is_sorted

    @override
    def after(self, key: str) -> str | None:
        place = self.place(key)
        return None if place is None else self.key_at(place + 1)

    @override
    def within(self, key: str) -> QueryRows | None:
        if len(self.keys) < 2:  # noqa: PLR2004 - a first and a second key
            return None
        tie = _bounded(self.filters, self.keys[0], Window(key, self.after(key)))
        return replace(self, keys=self.keys[1:], filters=tie)

    @override
    def unsorted(self) -> QueryRows | None:
        return replace(self, is_sorted=False)

    @override
    def place(self, key: str) -> int | None:
        """Milliseconds since 1970, which is how finely Wix writes its dates; other keys are on no line."""
        if not self.keys or not is_date(self.keys[0]):
            return None
        return (datetime.fromisoformat(key) - _EPOCH) // _MILLISECOND

    @override
    def key_at(self, place: int) -> str:
        return render(_EPOCH + place * _MILLISECOND)


def narrowed(filters: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Give the filter that both filters make together."""
    return {"$and": [filters, more]} if filters.keys() & more.keys() else {**filters, **more}


def _bounded(filters: Mapping[str, Any], key: str, window: Window) -> dict[str, Any]:
    """Add the bounds of a window to a filter."""
    bounds = {"$gte": window.low, "$lt": window.high}
    limits = {key: {operator: value for operator, value in bounds.items() if value is not None}}
    return narrowed(filters, limits) if limits[key] else dict(filters)


def _refused(error: RejectionError, sort: str | None, position: Position | None) -> type[RejectionError] | None:
    """Tell a refused cursor and a refused order from other refusals.

    Wix documents no code for either. A refused order was seen as 400 "Field '…' is not declared as sortable"; contacts
    name `UNSUPPORTED_SORT_FIELD`. A request with a cursor holds nothing else that could be wrong.
    """
    if position is not None and position.cursor:
        return CursorRefusedError
    if sort is not None and isinstance(error, InvalidRequestError) and "sort" in str(error).lower():
        return SortRefusedError
    return None
