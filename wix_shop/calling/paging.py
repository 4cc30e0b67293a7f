"""All rows of a list, page by page, for every kind of paging of Wix.

Pages are requested as Wix documents: by the cursor of the answer, or else by offset. Rows that are created or deleted
meanwhile may be missed or come twice; use a stream of tap-wix to avoid this.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
from click import UsageError

from wix_api.answers import UNREADABLE
from wix_api.errors import UnexpectedResponseError
from wix_api.languages import next_cursor
from wix_api.pages import paging_of
from wix_api.reading import Position
from wix_api.reading.rows import Trail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_api.any_call import Request
    from wix_api.pages import Paging

Rows = list[dict[str, Any]]


def all_rows(request: Request, send: Callable[[Request], bytes], member: str = "") -> Iterator[Rows]:
    """Yield the rows of each page, from the request for the first one; `send` returns the body of its answer.

    `member` is the member of the answer with the rows; by default its only list of objects.

    Raises:
        UsageError: The answer has several lists or none.
        UnexpectedResponseError: The reading might never end, or an answer is not JSON.
        WixError: Wix refuses a page.
    """
    trail, before, size = Trail(), Position(offset=_asked(request, "offset")), 0
    following: Request | None = request
    last: Rows | None = None
    while following is not None:
        rows, paging = _read(send(following), member)
        if last and rows == last:
            msg = "Wix returned the same page again, so this list has no further pages. Call it without --paginate."
            raise UnexpectedResponseError(msg)
        yield rows
        last, size = rows, size or len(rows)
        position = _position(rows, paging, before, _asked(request, "limit") or size)
        if position is None:
            return
        before = trail.follow(position, after_rows=bool(rows))
        following = _at(request, position)


def _read(body: bytes, member: str) -> tuple[Rows, Paging | None]:
    """Return the rows of an answer, and its paging metadata."""
    try:
        answer, paging = msgspec.json.decode(body), paging_of(body)
    except UNREADABLE as error:
        msg = "The answer is not a list as Wix documents it. Call it without --paginate to see it."
        raise UnexpectedResponseError(msg) from error
    lists = {name: value for name, value in answer.items() if _holds_rows(value)}
    if member:
        lists = {name: value for name, value in answer.items() if name == member and isinstance(value, list)}
    if len(lists) != 1:
        found = ", ".join(name for name, value in answer.items() if isinstance(value, list))
        advice = (
            f"Name one of these with --rows: {found}" if found else "Use --paginate with a call that returns a list"
        )
        msg = f"The answer does not have one list of rows{f' `{member}`' if member else ''}. {advice}."
        raise UsageError(msg)
    return next(iter(lists.values())), paging


def _holds_rows(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _position(rows: Rows, paging: Paging | None, before: Position, limit: int) -> Position | None:
    """Return the position of the next page; None after the last page."""
    if paging is None:
        return None
    if paging.cursors is not None or paging.has_next is not None:
        cursor = next_cursor(paging, before.cursor)
        return Position(cursor=cursor) if cursor else None
    end = before.offset + len(rows)
    has_more = len(rows) >= limit if paging.total is None else end < paging.total
    return Position(offset=end) if has_more and rows else None


def _asked(request: Request, name: str) -> int:
    """Return the `limit` or `offset` in the request; 0 if there is none."""
    named: Any = (request.params.get(f"paging.{name}") or ["0"])[-1]
    query = (request.body or {}).get("query")
    if isinstance(query, dict):
        named = (query.get("paging") or {}).get(name) or named
    return int(named) if str(named).isdecimal() else 0


def _at(request: Request, position: Position) -> Request:
    """Return the request for the page at a position."""
    if request.method == "GET":
        name = next((name for name in request.params if name.startswith("cursorPaging.")), "paging.")
        prefix = name.partition(".")[0]
        place = (
            {f"{prefix}.cursor": [position.cursor]} if position.cursor else {"paging.offset": [str(position.offset)]}
        )
        return replace(request, params={**request.params, **place})
    body = request.body or {}
    wrapper = "search" if "search" in body else "query"
    asked = body.get(wrapper) or {}
    if not position.cursor:
        paging = {**(asked.get("paging") or {}), "offset": position.offset}
        return replace(request, body={**body, wrapper: {**asked, "paging": paging}})
    # A cursor includes filter and sort; Wix refuses them in addition to it.
    limit = {name: value for name, value in (asked.get("cursorPaging") or {}).items() if name == "limit"}
    return replace(request, body={**body, wrapper: {"cursorPaging": {**limit, "cursor": position.cursor}}})
