"""Wix's query languages: filter, sort, envelope, and the position of the next page.

There are three dialects: queries and searches with filter objects and cursors, contacts v4 with filter objects and
offsets, and the V1 store endpoints, whose filter and sort are JSON strings inside the JSON.

Source: https://dev.wix.com/docs/rest/articles/work-with-wix-apis/data-retrieval/about-the-wix-api-query-language
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from wix_api.errors import UnexpectedResponseError
from wix_api.reading import Position

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_api.pages import Paging


VALUES = 1000
"""Maximum values of one filter at the start; Wix documents no limit."""


class QueryLanguage(ABC):
    """Writes request bodies and reads paging metadata; one small object for each dialect.

    Attributes:
        is_guess: Whether a user chose the dialect, so that the paging metadata must not contradict it.
    """

    is_guess: bool

    @abstractmethod
    def body(
        self, filters: Mapping[str, Any], sort: str | None, limit: int, position: Position | None
    ) -> dict[str, Any]:
        """Write the query part of a request body."""

    @abstractmethod
    def following(
        self, paging: Paging, position: Position | None, rows: int, limit: int, *, is_look_up: bool = False
    ) -> Position | None:
        """Return the position of the next page, or None at the end.

        Args:
            paging: The answer's paging metadata.
            position: Where the page began.
            rows: Number of its rows.
            limit: Requested number of rows.
            is_look_up: Whether rows are looked up by values, so that the answer's total is trusted. When all rows are
                read, it may be out of date at the next page.
        """

    def pages(self, rows: int, limit: int) -> int:
        """Return the number of requests for this many rows."""
        return max(1, -(-rows // limit))

    def values(self, limit: int) -> int:
        """Return the maximum values of one filter: as many as a page has rows, since a second page costs more."""
        return limit


@dataclass(frozen=True)
class Cursor(QueryLanguage):
    """Filter objects and cursors. `wrapper` is "query" or "search"; for `is_guess`, see `QueryLanguage`."""

    wrapper: str = "query"
    is_guess: bool = False

    @override
    def values(self, limit: int) -> int:
        # Further pages cost as much as further filters, and there are none if nothing is found.
        return max(limit, VALUES)

    @override
    def body(
        self, filters: Mapping[str, Any], sort: str | None, limit: int, position: Position | None
    ) -> dict[str, Any]:
        # A cursor includes filter and sort; Wix refuses a request that repeats them.
        if position is not None:
            return {self.wrapper: {"cursorPaging": {"limit": limit, "cursor": position.cursor}}}
        return {self.wrapper: {"filter": dict(filters), **_order(sort), "cursorPaging": {"limit": limit}}}

    @override
    def following(
        self, paging: Paging, position: Position | None, rows: int, limit: int, *, is_look_up: bool = False
    ) -> Position | None:
        cursor = next_cursor(paging, position.cursor if position else "")
        if self.is_guess and position is None and not cursor and paging.has_next is None:
            # Without an offset, a page that is not full may lack rows that were deleted after Wix had counted them.
            is_counted = rows >= limit or paging.offset is not None
            if paging.too_many_to_count or (is_counted and paging.total is not None and rows < paging.total):
                msg = (
                    "Wix pages this with offsets, so cursors miss rows. Set `language` of `custom_streams` to "
                    "`offset`, `json_text` or `list`."
                )
                raise UnexpectedResponseError(msg)
        return Position(cursor=cursor) if cursor else None


@dataclass(frozen=True)
class Offset(QueryLanguage):
    """Filter objects and offsets. For `is_guess`, see `QueryLanguage`."""

    is_guess: bool = False

    @override
    def pages(self, rows: int, limit: int) -> int:
        # Each page repeats the last row of the previous one.
        return max(1, -(-(rows - 1) // (limit - 1)))

    @override
    def body(
        self, filters: Mapping[str, Any], sort: str | None, limit: int, position: Position | None
    ) -> dict[str, Any]:
        return {"query": {"filter": dict(filters), **_order(sort), "paging": _paging(limit, position)}}

    @override
    def following(
        self, paging: Paging, position: Position | None, rows: int, limit: int, *, is_look_up: bool = False
    ) -> Position | None:
        end = (position.offset if position else 0) + rows
        # Large sets have no total, and a page may be shorter than the limit: either one means that there are more rows.
        is_full = rows >= limit and not (is_look_up and paging.total is not None)
        more = is_full or (paging.total is not None and end < paging.total)
        if self.is_guess and not more and paging.total is None and paging.has_next is not False:
            if (paging.cursors or {}).get("next"):
                msg = (
                    "Wix pages this with cursors, so offsets miss rows. Set `language` of `custom_streams` to `cursor` "
                    "or `search`."
                )
                raise UnexpectedResponseError(msg)
            more = paging.has_next is True
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

    @override
    def following(
        self, paging: Paging, position: Position | None, rows: int, limit: int, *, is_look_up: bool = False
    ) -> Position | None:
        if (paging.cursors or {}).get("next"):
            msg = (
                "Wix pages this list with cursors, so offsets miss rows. Set `language` of `custom_streams` to "
                "`list_cursor`."
            )
            raise UnexpectedResponseError(msg)
        return super().following(paging, position, rows, limit, is_look_up=is_look_up)


@dataclass(frozen=True)
class CursorListing(Cursor):
    """A list by GET, without filter and sort: cursors as query parameters."""

    @override
    def body(
        self, filters: Mapping[str, Any], sort: str | None, limit: int, position: Position | None
    ) -> dict[str, Any]:
        return {"paging.limit": limit, **({"paging.cursor": position.cursor} if position else {})}


def next_cursor(paging: Paging, before: str) -> str:
    """Return the cursor of the next page, "" at the end.

    Raises:
        UnexpectedResponseError: With this answer the read would end too early, or never.
    """
    cursor = (paging.cursors or {}).get("next") or ""
    if paging.has_next and not cursor:
        msg = "Wix says that there is a next page but returned no cursor for it. Run it again; please report it."
        raise UnexpectedResponseError(msg)
    if cursor and cursor == before:
        msg = (
            "Wix returned the same cursor again, so the same page would repeat forever. Run it again; please report it."
        )
        raise UnexpectedResponseError(msg)
    return "" if paging.has_next is False else cursor


def _order(sort: str | None) -> dict[str, Any]:
    return {"sort": [{"fieldName": sort.removeprefix("-"), "order": _direction(sort)}]} if sort else {}


def _direction(sort: str) -> str:
    return "DESC" if sort.startswith("-") else "ASC"


def _paging(limit: int, position: Position | None) -> dict[str, int]:
    return {"limit": limit, "offset": position.offset if position else 0}
