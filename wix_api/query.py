"""Endpoints that list rows: looking some up by a field, and reading all of them by their keys.

Source: https://dev.wix.com/docs/rest/articles/work-with-wix-apis/data-retrieval/about-the-wix-api-query-language
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from typing_extensions import override

from wix_api.companions import accompanied
from wix_api.errors import CursorRefusedError, InvalidRequestError, RejectionError, SortRefusedError
from wix_api.languages import Cursor, QueryLanguage
from wix_api.pages import ItemDecoder, RowsDecoder, is_date
from wix_api.reading import Collection, Page, Position, Trail, Window
from wix_api.timestamps import milliseconds, of_wix, readable, render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wix_api.client import Decoder, WixClient
    from wix_api.companions import Companion
    from wix_api.counting import Count
    from wix_api.operations import Operation
    from wix_api.pages import Paging

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_FEWER_VALUES = (100, 50, 25, 10, 1)
"""Sizes of a filter that are tried after a refusal. Wix documents no limit; live sites accepted 100 ids, and at most 10
slugs."""
_NUMBERS = frozenset({"numericId"})
"""Members that Wix returns as strings but documents as numbers. Filters have numbers, and strings if those find
nothing."""
_FEWEST_ROWS = 2
"""A page of one row could never show that the next row has a different key."""


@dataclass(frozen=True)
class Query:
    """An endpoint that lists rows.

    Attributes:
        operation: The call.
        items: Key of the rows in the answer.
        page_size: Maximum rows of one page.
        keys: Sortable members by which all rows can be read in order: the first one, and for ties the second one.
            Without any, rows are read in Wix's own order.
        language: Its dialect.
        extra: Members of the body next to the query.
        id: Member that identifies a row.
        count: How to count the rows, if Wix can.
        sortable: Members by which Wix sorts the rows, according to its documentation.
        one_of: Operator that finds rows by several ids; "" for lists that cannot be filtered.
        look_up: Further filters of look-ups, for rows that Wix leaves out otherwise.
        counts_time: Whether the first of `keys` is a date that Wix keeps as a number of milliseconds since 1970.
    """

    operation: Operation
    items: str
    page_size: int
    keys: tuple[str, ...] = ()
    language: QueryLanguage = field(default_factory=Cursor)
    extra: Mapping[str, Any] = field(default_factory=dict)
    id: str = "id"
    count: Count | None = None
    sortable: tuple[str, ...] = ()
    one_of: str = "$in"
    look_up: Mapping[str, Any] = field(default_factory=dict)
    counts_time: bool = False

    def rows(self, client: WixClient, filters: Mapping[str, Any] | None = None) -> QueryRows:
        """Return the rows of one site, for `wix_api.reading`."""
        return QueryRows(client, self, self.keys, dict(filters or {}))

    def pages(self, rows: int) -> int:
        """Return the number of requests for looking up this many rows."""
        return self.language.pages(rows, max(self.page_size, _FEWEST_ROWS))

    def since(self, key: str) -> dict[str, Any]:
        """Return the filter for the rows from a key on."""
        return _bounded({}, self.keys[0], Window(key, None), self.number_of(self.keys[0]))

    def number_of(self, key: str) -> Callable[[str], int] | None:
        """Return what makes a value of a key the number that filters compare; None if they compare text."""
        if key in _NUMBERS:
            return int
        return milliseconds if self.counts_time and key == self.keys[0] else None

    def find(
        self, client: WixClient, member: str, values: list[str], *, operator: str = ""
    ) -> Iterator[dict[str, Any]]:
        """Look up rows by the values of one member, in as few requests as possible.

        Args:
            client: The site.
            member: The member.
            values: Its values.
            operator: Filter operator for several values; by default, the one for ids.
        """
        return client.find(self, member, values, operator or self.one_of or "$in")

    def find_as(
        self, row: type[T], client: WixClient, member: str, values: list[str], *, operator: str = ""
    ) -> Iterator[T]:
        """Look up rows and decode them as a type of msgspec; see `find`."""
        decoder = RowsDecoder(self.items, row)
        operator = operator or self.one_of or "$in"

        def ask(some: list[str]) -> Iterator[T]:
            rows = QueryRows(client, self, (), {member: {operator: some}, **self.look_up})
            found, position = rows.ask(decoder, Window(), None, is_look_up=True)
            yield from found
            trail = Trail()
            while position is not None:
                following = trail.follow(position, after_rows=bool(found))
                found, position = rows.ask(decoder, Window(), following, is_look_up=True)
                yield from found

        return self.in_filters(client, member, values, self.language.values(self.page_size), ask)

    def in_filters(
        self, client: WixClient, member: str, values: list[str], most: int, ask: Callable[[list[str]], Iterator[T]]
    ) -> Iterator[T]:
        """Request the rows of values in batches, smaller ones after Wix refuses a filter.

        The client remembers the size.

        Args:
            client: The site.
            member: The member to filter by.
            values: Its values.
            most: Maximum values of one filter.
            ask: Requests the rows of some values.

        Raises:
            InvalidRequestError: Wix refuses even one value.
        """
        sizes, field = client.filter_values, (self.operation.path, member)
        start = 0
        while start < len(values):
            some = values[start : start + min(most, sizes.get(field, most))]
            try:
                yield from ask(some)
            except InvalidRequestError:
                if len(some) == 1:
                    raise
                fewer = next(size for size in _FEWER_VALUES if size < len(some))
                sizes[field] = min(fewer, sizes.get(field, fewer))
            else:
                start += len(some)


@dataclass(frozen=True)
class QueryRows(Collection):
    """The rows of a query on one site, in the order of the first of `keys`, restricted by `filters`.

    Rows that are not read by key (`is_sorted`) come in the endpoint's own order, or in that of `sort` ("-" in front for
    the other direction). Related rows of `companions` are attached to the rows of each page. `has_texts` sends numeric
    bounds as strings.
    """

    client: WixClient
    query: Query
    keys: tuple[str, ...]
    filters: dict[str, Any]
    is_sorted: bool = True
    sort: str | None = None
    companions: tuple[Companion, ...] = ()
    has_texts: bool = False

    @override
    def fetch(self, window: Window, position: Position | None = None) -> Page:
        number_of = self.query.number_of(self.keys[0]) if self.keys else None
        if number_of is None:
            return self._page(window, position)
        texts, place = replace(self, has_texts=True), (self.query.operation.path, self.keys[0])
        if place in self.client.text_bounds:
            return texts._page(window, position)  # noqa: SLF001 - of the same class
        page = self._page(window, position)
        if position is None and _lacks_anchor(page, window):
            other = texts._page(window, None)  # noqa: SLF001 - of the same class
            if not _lacks_anchor(other, window):
                self.client.text_bounds.add(place)
                return other
        return page

    def _page(self, window: Window, position: Position | None) -> Page:
        query = self.query
        key = self.keys[0] if self.keys else query.id
        date_of = of_wix if query.counts_time else readable
        decoder = ItemDecoder(query.items, query.id, key, query.operation.path, window.low, date_of)
        items, following = self.ask(decoder, window, position)
        return Page(accompanied(items, self.companions) if self.companions else items, following)

    def ask(
        self,
        decoder: Decoder[tuple[list[T], Paging]],
        window: Window,
        position: Position | None,
        *,
        is_look_up: bool = False,
    ) -> tuple[list[T], Position | None]:
        """Fetch a page in the caller's row type. Returns its rows and the position of the next page."""
        query = self.query
        limit = max(query.page_size, _FEWEST_ROWS)
        key = self.keys[0] if self.keys else None
        number_of = query.number_of(key) if key and not self.has_texts else None
        filters = _bounded(self.filters, key, window, number_of) if key else self.filters
        sort = key if self.is_sorted else self.sort
        asked = {**query.language.body(filters, sort, limit, position), **query.extra}
        place = "params" if query.operation.method == "GET" else "body"
        try:
            rows, paging = self.client.decoded(query.operation, decoder, **{place: asked})
        except RejectionError as error:
            refused = _refused(error, sort, position)
            if refused is None:
                raise
            raise refused(str(error), code=error.code, violations=error.violations, status=error.status) from error
        return rows, query.language.following(paging, position, len(rows), limit, is_look_up=is_look_up)

    def sorted_by(self, sort: str) -> QueryRows:
        """Return the rows in an order that does not follow a key."""
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
        window = Window(key, self.after(key))
        tie = _bounded(self.filters, self.keys[0], window, self.query.number_of(self.keys[0]))
        return replace(self, keys=self.keys[1:], filters=tie)

    @override
    def unsorted(self) -> QueryRows | None:
        return replace(self, is_sorted=False)

    @override
    def place(self, key: str) -> int | None:
        """Return milliseconds since 1970, the precision of Wix's dates; None for keys that are no dates."""
        if not self.keys or not is_date(self.keys[0]):
            return None
        return milliseconds(key)

    @override
    def key_at(self, place: int) -> str:
        return render(_EPOCH + place * _MILLISECOND)


def narrowed(filters: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return the filter that requires both filters."""
    return {"$and": [filters, more]} if filters.keys() & more.keys() else {**filters, **more}


def _lacks_anchor(page: Page, window: Window) -> bool:
    """True if a window begins at a row that was read, and its page does not contain that row."""
    return window.low is not None and all(item.key != window.low for item in page.items)


def _bounded(
    filters: Mapping[str, Any], key: str, window: Window, number_of: Callable[[str], int] | None
) -> dict[str, Any]:
    """Add the bounds of a window to a filter, as numbers if the filter compares these."""
    bounds: dict[str, Any] = {"$gte": window.low, "$lt": window.high}
    if number_of is not None:
        bounds = {operator: None if value is None else number_of(value) for operator, value in bounds.items()}
    limits = {key: {operator: value for operator, value in bounds.items() if value is not None}}
    return narrowed(filters, limits) if limits[key] else dict(filters)


def _refused(error: RejectionError, sort: str | None, position: Position | None) -> type[RejectionError] | None:
    """Return the error for a refused cursor or sort order, None for other refusals.

    Wix documents no code for either. A refused order was seen as 400 "Field '…' is not declared as sortable"; contacts
    return `UNSUPPORTED_SORT_FIELD`. A request with a cursor contains nothing else that could be wrong.
    """
    if position is not None and position.cursor:
        return CursorRefusedError
    if sort is not None and isinstance(error, InvalidRequestError) and "sort" in str(error).lower():
        return SortRefusedError
    return None
