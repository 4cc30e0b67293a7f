"""Wix's query languages: what is asked for, in which envelope, and where the next page is.

Three dialects are alive: queries and searches with filter objects and cursors, contacts v4 with filter objects and
offsets, and the V1 store endpoints, whose filter and sort are JSON texts inside the JSON.
Source: https://dev.wix.com/docs/rest/articles/work-with-wix-apis/data-retrieval/about-the-wix-api-query-language
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from wix_api.errors import UnexpectedResponseError
from wix_api.reading import Collection, Item, Page, Position, Window
from wix_api.timestamps import normalise, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wix_api.client import WixClient
    from wix_api.operations import Operation

_ENVELOPE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
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


class Paging(msgspec.Struct, rename="camel"):
    """The paging metadata of all dialects; each uses some of it."""

    cursors: dict[str, str | None] = msgspec.field(default_factory=dict)
    has_next: bool | None = None
    total: int | None = None


_PAGING = msgspec.json.Decoder(Paging)
_NUMBER = msgspec.json.Decoder(int | None)


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
        order = {"sort": [{"fieldName": sort, "order": "ASC"}]} if sort else {}
        return {self.wrapper: {"filter": dict(filters), **order, "cursorPaging": {"limit": limit}}}

    @override
    def following(self, paging: Paging, position: Position | None, rows: int, limit: int) -> Position | None:
        cursor = paging.cursors.get("next")
        return Position(cursor=cursor) if cursor and paging.has_next is not False else None


@dataclass(frozen=True)
class Offset(QueryLanguage):
    """Filter objects and offsets."""

    @override
    def body(
        self, filters: Mapping[str, Any], sort: str | None, limit: int, position: Position | None
    ) -> dict[str, Any]:
        order = {"sort": [{"fieldName": sort, "order": "ASC"}]} if sort else {}
        return {"query": {"filter": dict(filters), **order, "paging": _paging(limit, position)}}

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
            text["sort"] = msgspec.json.encode([{sort: "asc"}]).decode()
        return {"query": {**text, "paging": _paging(limit, position)}}


@dataclass(frozen=True)
class Listing(Offset):
    """A list by GET, without filter and sort: offsets as query parameters."""

    @override
    def body(
        self, filters: Mapping[str, Any], sort: str | None, limit: int, position: Position | None
    ) -> dict[str, Any]:
        return {f"paging.{name}": value for name, value in _paging(limit, position).items()}


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
    """

    operation: Operation
    items: str
    page_size: int
    keys: tuple[str, ...]
    language: QueryLanguage
    extra: Mapping[str, Any] = field(default_factory=dict)
    id: str = "id"

    def rows(self, client: WixClient, filters: Mapping[str, Any] | None = None) -> QueryRows:
        """Give the rows of one site, for `wix_api.reading`."""
        return QueryRows(client, self, self.keys, dict(filters or {}))

    def find(
        self, client: WixClient, member: str, values: list[str], *, operator: str = "$in"
    ) -> Iterator[dict[str, Any]]:
        """Look rows up by the values of one member, in as few calls as the page size allows."""
        for start in range(0, len(values), self.page_size):
            some = values[start : start + self.page_size]
            rows = QueryRows(client, self, (), {member: {operator: some}})
            position: Position | None = None
            while True:
                page = rows.fetch(Window(), position)
                yield from (msgspec.json.decode(item.raw) for item in page.items)
                position = page.following
                if position is None:
                    break


@dataclass(frozen=True)
class QueryRows(Collection):
    """The rows of a query on one site, in the order of the first of `keys`, restricted by `filters`."""

    client: WixClient
    query: Query
    keys: tuple[str, ...]
    filters: dict[str, Any]

    @override
    def fetch(self, window: Window, position: Position | None = None) -> Page:
        query = self.query
        limit = max(query.page_size, _FEWEST_ROWS)
        key = self.keys[0] if self.keys else None
        filters = {**self.filters, **(_bounds(key, window) if key else {})}
        asked = {**query.language.body(filters, key, limit, position), **query.extra}
        place = "params" if query.operation.method == "GET" else "body"
        envelope = self.client.decoded(query.operation, _ENVELOPE, **{place: asked})
        items = [self._item(raw) for raw in _ROWS.decode(envelope.get(query.items) or b"[]")]
        return Page(items, query.language.following(_metadata(envelope), position, len(items), limit))

    @property
    @override
    def ordered(self) -> bool:
        return bool(self.keys)

    @override
    def after(self, key: str) -> str | None:
        return _next_millisecond(key) if self.keys and _is_date(self.keys[0]) else None

    @override
    def within(self, key: str) -> QueryRows | None:
        if len(self.keys) < 2:  # noqa: PLR2004 - a first and a second key
            return None
        tie = _bounds(self.keys[0], Window(key, self.after(key)))
        return replace(self, keys=self.keys[1:], filters={**self.filters, **tie})

    def _item(self, raw: msgspec.Raw) -> Item:
        key = self.keys[0] if self.keys else self.query.id
        head = _head(self.query.id, key).decode(raw)
        value = getattr(head, key)
        if value is None:
            msg = (
                f"{self.query.operation.path}: a row of `{self.query.items}` came without `{key}`, by which it is read."
            )
            raise UnexpectedResponseError(msg)
        return Item(getattr(head, self.query.id), normalise(value) if _is_date(key) else value, bytes(raw))


def _is_date(key: str) -> bool:
    return key.endswith(("Date", "Updated"))


@lru_cache
def _head(id_member: str, key: str) -> msgspec.json.Decoder[Any]:
    """Give a decoder that reads just a row's id and key."""
    members: list[Any] = [(id_member, str)]
    if key != id_member:
        members.append((key, str | None, None))
    return msgspec.json.Decoder(msgspec.defstruct("Head", members))


def _bounds(key: str, window: Window) -> dict[str, Any]:
    bounds = {"$gte": window.low, "$lt": window.high}
    limits = {operator: value for operator, value in bounds.items() if value is not None}
    return {key: limits} if limits else {}


def _next_millisecond(stamp: str) -> str:
    return render(datetime.fromisoformat(stamp) + timedelta(milliseconds=1))


def _metadata(envelope: dict[str, msgspec.Raw]) -> Paging:
    """Read `metadata` or `pagingMetadata`: Wix's endpoints differ, and its types and documentation do too."""
    raw = envelope.get("pagingMetadata") or envelope.get("metadata")
    paging = _PAGING.decode(raw) if raw else Paging()
    if (total := envelope.get("totalResults")) is not None:
        paging.total = _NUMBER.decode(total)
    return paging
