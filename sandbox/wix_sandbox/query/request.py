"""The query of a request, parsed from either dialect and checked against the rules of its endpoint."""

from __future__ import annotations

import base64
from binascii import crc32
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from wix_sandbox.errors import (
    Violation,
    WixError,
    bad_request,
    check_bounds,
    error_400,
    not_in_enum,
    out_of_bounds,
    required,
    validation_error,
    wrong_type,
)
from wix_sandbox.query.filters import undeclared
from wix_sandbox.query.spec import Metadata, Paging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_sandbox.query.spec import Query
    from wix_sandbox.values import Entity, Key

Sort = tuple[tuple[str, bool], ...]
"""Sort keys in order: field name and whether it descends."""


class FreeText(msgspec.Struct, frozen=True):
    """The free text of a search.

    Choice: without a mode one of the words is enough. Wix names no default; `OR` is the first member of its enum, which
    protocol buffers use for a missing value.
    """

    expression: str = ""
    any_word: bool = False
    """Mode `OR`: one of the words is enough."""
    fields: list[str] = []
    """Names of the fields that are searched; all of the endpoint if it is empty."""


NO_TEXT = FreeText()


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a sorted result: after (or before) the entry with these keys. It contains filter and sort.

    A place is known by sort keys and id, not by a number of rows: rows that come and go move no page.
    """

    operation: str
    filter: dict[str, Any]
    sort: list[tuple[str, bool]]
    entry: list[Any]
    limit: int
    text: FreeText = NO_TEXT
    backward: bool = False

    def encoded(self) -> str:
        """Return the opaque text of the cursor; its checksum shows whether it was made up or changed."""
        place = msgspec.json.encode(self)
        return base64.urlsafe_b64encode(_checksum(place) + place).decode().rstrip("=")

    @classmethod
    def parse(cls, text: object, operation: str) -> Cursor:
        """Parse a cursor; 400 for a cursor that this endpoint did not issue."""
        try:
            padded = str(text) + "=" * (-len(str(text)) % 4)
            raw = base64.b64decode(padded, altchars=b"-_", validate=True)
            checksum, place = raw[:_CHECKSUM_BYTES], raw[_CHECKSUM_BYTES:]
            cursor = msgspec.json.decode(place, type=cls)
        except (msgspec.DecodeError, ValueError) as error:
            raise refused_cursor() from error
        if checksum != _checksum(place) or cursor.operation != operation:
            raise refused_cursor()
        return cursor

    @property
    def position(self) -> Key:
        """Return the entry as in the sorted index."""
        return tuple(tuple(each) if isinstance(each, list) else each for each in self.entry)


_CHECKSUM_BYTES = 4


def _checksum(place: bytes) -> bytes:
    return crc32(place).to_bytes(_CHECKSUM_BYTES, "big")


def refused_cursor() -> Exception:
    """Return status 400 for a cursor that is invalid, foreign or has expired. Wix documents no code for it."""
    return validation_error(Violation("cursorPaging.cursor", "is not a valid cursor", "FORMAT"))


@dataclass(frozen=True, slots=True)
class Request:
    """A query as it will be run."""

    filter: Entity
    sort: Sort
    limit: int
    offset: int = 0
    cursor: Cursor | None = None
    by_cursor: bool = False
    text: FreeText = NO_TEXT


def read_request(envelope: Mapping[str, Any], query: Query, operation: str) -> Request:
    """Parse the `query` or `search` object of a request.

    Raises:
        WixError: 400 for an invalid limit, an undeclared sort, a foreign cursor or a cursor together with filter or
            sort.
    """
    paging, by_cursor = _paging(envelope, query)
    try:
        limit = _integer(paging, "limit", query.default_limit)
        check_bounds("cursorPaging.limit" if by_cursor else "paging.limit", limit, 1, query.max_limit)
    except WixError as error:
        raise query.coded("limit", error) from error
    if paging.get("cursor") not in (None, ""):
        # Choice: a search is refused as filter and sort are, which have been seen.
        if any(envelope.get(name) for name in ("filter", "sort", "search")):
            raise error_400("INVALID_CURSOR", "filter, sort and search must not be sent together with a cursor")
        cursor = Cursor.parse(paging["cursor"], operation)
        kept = limit if paging.get("limit") else cursor.limit
        sort = tuple((name, descends) for name, descends in cursor.sort)
        return Request(cursor.filter, sort, kept, 0, cursor, by_cursor=True, text=cursor.text)
    offset = _integer(paging, "offset", 0)
    check_bounds("paging.offset", offset, 0, None)
    return Request(
        _filter(envelope.get("filter"), query),
        _sort(envelope.get("sort"), query),
        limit,
        offset,
        by_cursor=by_cursor,
        text=_free_text(envelope, query),
    )


def part_of(body: Mapping[str, Any], name: str) -> Entity:
    """Return an object of a request, as its query or its paging; empty if it is missing.

    Raises:
        WixError: 400 for a value of another type.
    """
    part = body.get(name)
    if part is None:
        return {}
    if not isinstance(part, dict):
        raise wrong_type(name, "object")
    return part


def _paging(envelope: Mapping[str, Any], query: Query) -> tuple[Mapping[str, Any], bool]:
    by_cursor = query.paging in {Paging.CURSOR, Paging.CURSOR_OR_OFFSET}
    if query.paging in {Paging.OFFSET_OR_CURSOR, Paging.CURSOR_OR_OFFSET}:
        sent = [name for name in ("paging", "cursorPaging") if envelope.get(name) is not None]
        if len(sent) > 1:
            text = "only one of paging, cursorPaging may be set"
            raise validation_error(Violation(query.envelope, text, "ONE_OF_ALIGNMENT"))
        by_cursor = sent == ["cursorPaging"] if sent else by_cursor
    return part_of(envelope, "cursorPaging" if by_cursor else "paging"), by_cursor


def as_list(sort: Any) -> Any:
    """Return the sort of GET parameters (`sort.fieldName`), which is one object, as a list."""
    return [sort] if isinstance(sort, dict) else sort


def _integer(paging: Mapping[str, Any], name: str, default: int) -> int:
    value = paging.get(name)
    if value is None:
        return default
    # A number may come as text, as in query parameters; one with decimal places is no number of rows.
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError):
            number = float(value)
            if number.is_integer():
                return int(number)
    raise bad_request(f"Expected an integer for paging.{name}")


def _filter(value: Any, query: Query) -> Entity:
    value = _decoded(value, "filter", query)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise query.coded("filter", wrong_type("filter", "object"))
    return value


def _decoded(value: Any, name: str, query: Query) -> Any:
    """Return a filter or sort: a JSON value, and on Stores V1 a text that has one."""
    if query.metadata is not Metadata.V1_ITEMS or value is None:
        return value
    if not isinstance(value, str):
        raise wrong_type(name, "string")
    try:
        return msgspec.json.decode(value) if value.strip() else None
    except msgspec.DecodeError as error:
        raise bad_request(f"Failed to parse {name}: {error}") from error


def _free_text(envelope: Mapping[str, Any], query: Query) -> FreeText:
    search = envelope.get("search")
    if not isinstance(search, dict):
        return NO_TEXT
    fields = list(map(str, search.get("fields") or ()))
    for name in fields:
        # Choice: Wix documents no error for it; without one, the search would find nothing.
        if query.path(name) not in query.text_fields:
            raise undeclared(name, "searchable")
    return FreeText(str(search.get("expression") or ""), search.get("mode") != "AND", fields)


def _sort(value: Any, query: Query) -> Sort:
    value = _decoded(value, "sort", query)
    # One object instead of a list is V1's.
    entries = [value] if isinstance(value, dict) and query.metadata is Metadata.V1_ITEMS else value or []
    if not isinstance(entries, list):
        raise query.coded("sort", wrong_type("sort", "array"))
    for violation in out_of_bounds("sort", len(entries), None, query.max_sort, "SIZE"):
        raise query.coded("sorts", validation_error(violation))
    keys = tuple(_sort_key(each, query) for each in entries)
    return keys or ((query.default_sort[0], query.default_sort[1] == "DESC"),)


def _sort_key(entry: Any, query: Query) -> tuple[str, bool]:
    """Parse `{"fieldName": …, "order": …}`; on V1 also the short form `{"numericId": "asc"}`.

    Wix's recipes also send `field_name`, as the member is called in Wix's protocol buffers.
    """
    if not isinstance(entry, dict):
        raise query.coded("sort", wrong_type("sort", "object"))
    is_v1 = query.metadata is Metadata.V1_ITEMS
    member = next((each for each in ("fieldName", "field_name") if each in entry), None)
    if member is None and not (is_v1 and entry):
        raise query.coded("sort", required("sort.fieldName"))
    name, order = (entry[member], entry.get("order")) if member else next(iter(entry.items()))
    if not isinstance(name, str):
        raise query.coded("sort", wrong_type("sort.fieldName", "string"))
    order = str(order or "ASC")
    order = order.upper() if is_v1 else order
    if order not in {"ASC", "DESC"}:
        raise not_in_enum("sort.order", order)
    if order not in query.sortable.get(name, ()):
        raise query.coded("sort", undeclared(name, "sortable"))
    return name, order == "DESC"
