"""Each dialect writes the documented request and finds the next page."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wix_api.endpoints import contacts, ecom, stores_v1, stores_v3
from wix_api.errors import CursorRefusedError, InvalidRequestError, SortRefusedError, UnexpectedResponseError
from wix_api.languages import Cursor, CursorListing, JsonTextOffset, Listing, Offset
from wix_api.operations import Operation
from wix_api.query import Query
from wix_api.reading import Position, Window, in_order, read
from wix_api.timestamps import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Asked, Server
    from wix_api.client import WixClient
    from wix_api.languages import QueryLanguage

DAY = "2024-05-01T00:00:00.000Z"
NEXT = "2024-05-01T00:00:00.001Z"


def asked_for(server: Server, query: Query, window: Window, position: Position | None = None) -> Any:
    server.script = lambda _asked, _number: (200, {query.items: []})
    query.rows(server.client(), {}).fetch(window, position)
    return server.asked[-1].body


def test_orders_are_searched_by_change(server: Server) -> None:
    assert asked_for(server, ecom.ORDERS, Window(DAY)) == {
        "search": {
            "filter": {"updatedDate": {"$gte": DAY}},
            "sort": [{"fieldName": "updatedDate", "order": "ASC"}],
            "cursorPaging": {"limit": 100},
        }
    }


def test_a_cursor_is_sent_without_filter_and_sort(server: Server) -> None:
    body = asked_for(server, ecom.ORDERS, Window(DAY), Position(cursor="abc"))
    assert body == {"search": {"cursorPaging": {"limit": 100, "cursor": "abc"}}}


def test_contacts_are_queried_with_an_offset(server: Server) -> None:
    assert asked_for(server, contacts.CONTACTS, Window(DAY, NEXT), Position(offset=999)) == {
        "query": {
            "filter": {"createdDate": {"$gte": DAY, "$lt": NEXT}},
            "sort": [{"fieldName": "createdDate", "order": "ASC"}],
            "paging": {"limit": 1000, "offset": 999},
        }
    }


def test_v1_products_are_queried_with_json_texts(server: Server) -> None:
    body = asked_for(server, stores_v1.PRODUCTS, Window(DAY))
    assert body["includeVariants"] is True
    assert body["includeHiddenProducts"] is True
    assert body["query"]["paging"] == {"limit": 100, "offset": 0}
    assert json.loads(body["query"]["filter"]) == {"lastUpdated": {"$gte": DAY}}
    assert json.loads(body["query"]["sort"]) == [{"lastUpdated": "asc"}]


def test_a_list_is_read_by_offsets_or_by_cursors(server: Server) -> None:
    paging = {"paging.limit": "100"}
    query = Query(Operation("GET", "/menus", reads=True), "menus", 100, (), CursorListing())
    rows = [{"id": "1"}]
    server.script = lambda _asked, number: (200, {"menus": rows, "metadata": {"cursors": {"next": f"n{number}"}}})
    page = query.rows(server.client()).fetch(Window())
    query.rows(server.client()).fetch(Window(), page.following)
    cursor = {"paging.cursor": page.following.cursor}
    assert [dict(parse_qsl(urlsplit(asked.path).query)) for asked in server.asked] == [paging, {**paging, **cursor}]
    with pytest.raises(UnexpectedResponseError, match="`language` of `custom_streams` to `list_cursor`"):
        replace(query, language=Listing()).rows(server.client()).fetch(Window())


def test_a_tie_is_read_by_the_second_key(server: Server) -> None:
    server.script = lambda _asked, _number: (200, {"products": []})
    inner = stores_v1.PRODUCTS.rows(server.client()).within(DAY)
    assert inner is not None
    inner.fetch(Window("17"))
    query = server.asked[-1].body["query"]
    assert json.loads(query["filter"]) == {"lastUpdated": {"$gte": DAY, "$lt": NEXT}, "numericId": {"$gte": "17"}}
    filters = json.loads(server.asked[-2].body["query"]["filter"])
    assert filters == {"lastUpdated": {"$gte": DAY, "$lt": NEXT}, "numericId": {"$gte": 17}}
    assert json.loads(query["sort"]) == [{"numericId": "asc"}]
    assert inner.within("17") is None


@pytest.mark.parametrize("key", ["metadata", "pagingMetadata", "nextCursor"])
def test_a_next_cursor_is_found_under_each_name(server: Server, key: str) -> None:
    row = {"id": "1", "updatedDate": "2024-05-01T00:00:00Z"}
    server.script = lambda _asked, _number: (
        200,
        {
            "orders": [row],
            "pagingMetadata": None,
            "metadata": None,
            key: {"count": 1, "cursors": {"next": "n"}, "hasNext": True},
        },
    )
    page = ecom.ORDERS.rows(server.client()).fetch(Window())
    assert page.following == Position(cursor="n")
    assert page.items[0].key == DAY  # normalised
    assert json.loads(page.items[0].raw) == row  # untouched


@pytest.mark.parametrize("text", ["", "n"])
def test_a_next_cursor_that_is_a_text_is_another_convention(server: Server, text: str) -> None:
    row = {"id": "1", "updatedDate": "2024-05-01T00:00:00Z"}
    server.script = lambda _asked, _number: (200, {"orders": [row], "nextCursor": text})
    page = ecom.ORDERS.rows(server.client()).fetch(Window())
    assert (len(page.items), page.following) == (1, None)


@pytest.mark.parametrize(
    ("metadata", "more"),
    [
        ({"cursors": {}, "hasNext": False}, False),
        ({"cursors": {"next": "n"}, "hasNext": False}, False),
        ({"cursors": {"next": None}}, False),
        ({"cursors": {"next": "n"}}, True),
        ({}, False),
    ],
)
def test_the_last_page_is_known(server: Server, metadata: dict, more: bool) -> None:
    server.script = lambda _asked, _number: (200, {"products": [], "pagingMetadata": metadata})
    page = stores_v3.VARIANTS.rows(server.client()).fetch(Window())
    assert (page.following is not None) == more


@pytest.mark.parametrize(
    ("language", "paging"),
    [
        (Cursor(is_guess=True), {"count": 2, "total": 3}),
        (Cursor("search", is_guess=True), {"count": 2, "offset": 0, "tooManyToCount": True}),
        (CursorListing(is_guess=True), {"count": 2, "offset": 0, "total": 3, "cursors": None}),
        (Offset(is_guess=True), {"count": 2, "cursors": {"next": "n"}, "hasNext": True}),
        (JsonTextOffset(is_guess=True), {"count": 2, "cursors": {"next": "n"}}),
    ],
)
def test_a_wrong_language_does_not_end_before_the_last_row(
    server: Server, language: QueryLanguage, paging: dict[str, Any]
) -> None:
    limit = 2 if isinstance(language, Cursor) else 100
    query = Query(Operation("POST", "/menus", reads=True), "menus", limit, (), language)
    server.script = lambda _asked, _number: (200, {"menus": [{"id": "1"}, {"id": "2"}], "pagingMetadata": paging})
    with pytest.raises(UnexpectedResponseError, match="miss rows"):
        query.rows(server.client()).fetch(Window())


@pytest.mark.parametrize(
    ("language", "paging"),
    [
        (Cursor(is_guess=True), {"count": 1, "offset": 0, "total": 1}),
        (Cursor(is_guess=True), {"count": 1, "total": 2, "hasNext": False}),
        (Cursor(is_guess=True), {"count": 1, "total": 2}),  # a row was deleted after Wix had counted it
        (Offset(is_guess=True), {"count": 1, "cursors": {"next": "n"}, "hasNext": False}),
        (Offset(is_guess=True), {"count": 1, "cursors": {"next": "n"}, "total": 1, "hasNext": True}),
        (Cursor(), {"count": 1, "offset": 0, "tooManyToCount": True}),
        (Offset(), {"count": 1, "cursors": {"next": "n"}, "hasNext": True}),
    ],
)
def test_a_page_with_all_rows_is_the_last_one_in_any_language(
    server: Server, language: QueryLanguage, paging: dict[str, Any]
) -> None:
    query = Query(Operation("POST", "/menus", reads=True), "menus", 100, (), language)
    server.script = lambda _asked, _number: (200, {"menus": [{"id": "1"}], "pagingMetadata": paging})
    assert query.rows(server.client()).fetch(Window()).following is None


def test_an_offset_of_a_custom_stream_continues_at_a_short_page_before_others(server: Server) -> None:
    query = Query(Operation("POST", "/menus", reads=True), "menus", 100, (), Offset(is_guess=True))
    paging = {"count": 2, "offset": 0, "hasNext": True}
    server.script = lambda _asked, _number: (200, {"menus": [{"id": "1"}, {"id": "2"}], "pagingMetadata": paging})
    assert query.rows(server.client()).fetch(Window()).following == Position(offset=1)


@pytest.mark.parametrize(
    ("rows", "total", "following"),
    [(100, 250, 99), (60, 250, 59), (100, 100, 99), (60, 60, None), (60, None, None), (0, 250, None)],
)
def test_an_offset_continues_while_rows_or_the_total_show_more(
    server: Server, rows: int, total: int | None, following: int | None
) -> None:
    products = [{"id": str(n), "lastUpdated": DAY, "numericId": str(n)} for n in range(rows)]
    server.script = lambda _asked, _number: (
        200,
        {"products": products, "metadata": {"items": 100, "offset": 0}, "totalResults": total},
    )
    page = stores_v1.PRODUCTS.rows(server.client()).fetch(Window())
    assert page.following == (None if following is None else Position(offset=following))


@pytest.mark.parametrize(
    ("there", "is_reported", "offsets"),
    [(100, True, [0]), (60, True, [0]), (150, True, [0, 99]), (100, False, [0, 99]), (199, True, [0, 99])],
)
def test_a_look_up_asks_for_no_page_that_the_total_rules_out(
    server: Server, there: int, is_reported: bool, offsets: list[int]
) -> None:
    rows = [{"id": str(n), "sku": "one"} for n in range(there)]

    def answer(asked: Asked, _number: int) -> tuple[int, Any]:
        start = asked.body["query"]["paging"]["offset"]
        return 200, {"products": rows[start : start + 100], "totalResults": there if is_reported else None}

    server.script = answer
    found = list(stores_v1.PRODUCTS.find(server.client(), "sku", ["one"], operator="$hasSome"))
    assert {row["id"] for row in found} == {row["id"] for row in rows}
    assert [asked.body["query"]["paging"]["offset"] for asked in server.asked] == offsets
    assert stores_v1.PRODUCTS.pages(there) == len(offsets) or not is_reported


def test_rows_that_all_lack_their_key_are_refused(server: Server) -> None:
    server.script = lambda _asked, _number: (200, {"orders": [{"id": "1"}, {"id": "2", "updatedDate": ""}]})
    with pytest.raises(UnexpectedResponseError, match="updatedDate"):
        ecom.ORDERS.rows(server.client()).fetch(Window())


@pytest.mark.parametrize("date", [None, "", "yesterday", {"$date": 1}, 5])
def test_a_row_without_its_key_takes_that_of_the_row_before_it(server: Server, date: Any) -> None:
    days = ["2024-01-01T00:00:00.000Z", date, "2024-01-03T00:00:00.000Z"]
    rows = [{"id": str(number), "updatedDate": day} for number, day in enumerate(days)]
    server.script = lambda _asked, _number: (200, {"orders": rows})
    keys = [item.key for item in ecom.ORDERS.rows(server.client()).fetch(Window()).items]
    assert keys == [days[0], days[0], days[2]]
    server.script = lambda _asked, _number: (200, {"orders": rows[1:2]})
    assert [item.key for item in ecom.ORDERS.rows(server.client()).fetch(Window(days[2])).items] == days[2:]


def test_ids_that_are_numbers_are_taken_as_text(server: Server) -> None:
    row = {"id": 7, "updatedDate": "2024-01-01T00:00:00.000Z", "number": 3}
    server.script = lambda _asked, _number: (200, {"orders": [row]})
    (item,) = ecom.ORDERS.rows(server.client()).fetch(Window()).items
    assert (item.id, json.loads(item.raw)) == ("7", {**row, "id": "7"})
    assert list(ecom.ORDERS.find(server.client(), "id", ["7"])) == [{**row, "id": "7"}]


def test_nulls_in_a_page_are_as_if_absent(server: Server) -> None:
    for paging in (None, {"cursors": None}, {"cursors": {"next": None}, "hasNext": None, "total": None}):
        server.script = lambda _asked, _number, paging=paging: (200, {"orders": None, "metadata": paging})  # type: ignore[misc] # mypy cannot infer defaults of lambdas
        page = ecom.ORDERS.rows(server.client()).fetch(Window())
        assert (page.items, page.following) == ([], None)


@pytest.mark.parametrize(
    ("paging", "match"),
    [({"hasNext": True}, "no cursor"), ({"hasNext": True, "cursors": {"next": "again"}}, "same cursor again")],
)
def test_an_answer_that_would_cut_or_never_end_the_reading_is_refused(
    server: Server, paging: dict[str, Any], match: str
) -> None:
    server.script = lambda _asked, _number: (200, {"orders": [], "pagingMetadata": paging})
    with pytest.raises(UnexpectedResponseError, match=match):
        list(in_order(ecom.ORDERS.rows(server.client())))
    with pytest.raises(UnexpectedResponseError, match=match):
        list(ecom.ORDERS.find(server.client(), "id", ["7"]))


@pytest.mark.parametrize("is_look_up", [True, False], ids=["look-up", "reading"])
def test_empty_pages_that_never_end_are_refused_and_some_are_followed(server: Server, is_look_up: bool) -> None:
    empty = inf

    def script(_asked: Asked, number: int) -> tuple[int, Any]:
        if number > empty:
            return 200, {"orders": [{"id": "7", "updatedDate": "2024-01-01T00:00:00.000Z"}]}
        return 200, {"orders": [], "pagingMetadata": {"hasNext": True, "cursors": {"next": f"c{number}"}}}

    def rows() -> int:
        client = server.client()
        if is_look_up:
            return len(list(ecom.ORDERS.find(client, "id", ["7"])))
        return sum(len(page) for page in in_order(ecom.ORDERS.rows(client)))

    server.script = script
    with pytest.raises(UnexpectedResponseError, match="empty pages"):
        rows()
    empty = len(server.asked) + 50
    assert rows() == 1


@pytest.mark.parametrize("query", [ecom.ORDERS, stores_v1.PRODUCTS, contacts.CONTACTS], ids=lambda one: one.items)
def test_a_server_that_sends_the_same_page_for_ever_is_refused(server: Server, query: Query) -> None:
    first = datetime(2024, 1, 1, tzinfo=UTC)
    days = [render(first + timedelta(days=number)) for number in range(query.page_size)]
    rows = [{"id": day, query.keys[0]: day} for day in days]

    def script(_asked: Asked, number: int) -> tuple[int, Any]:
        return 200, {query.items: rows, "pagingMetadata": {"hasNext": True, "cursors": {"next": f"c{number}"}}}

    server.script = script
    with pytest.raises(UnexpectedResponseError, match="same page"):
        list(in_order(query.rows(server.client())))
    assert len(server.asked) < 5


@pytest.mark.parametrize(
    ("query", "sizes"), [(stores_v1.COLLECTIONS, [100, 100, 50]), (stores_v3.PRODUCTS, [250])], ids=["offset", "cursor"]
)
def test_find_asks_for_no_more_values_than_cost_a_call(server: Server, query: Query, sizes: list[int]) -> None:
    asked: list[int] = []

    def answer(one: Asked, _number: int) -> tuple[int, Any]:
        filters = one.body["query"]["filter"]
        condition = (json.loads(filters) if isinstance(filters, str) else filters)["slug"]
        asked.append(len(condition["$in"]))
        return 200, {query.items: [{"id": "1"}]}

    server.script = answer
    found = list(query.find(server.client(), "slug", [str(number) for number in range(250)]))
    assert asked == sizes
    assert len(found) == len(sizes)


def test_a_refused_order_has_its_own_error(server: Server) -> None:
    violation = {"field": "value", "description": "Field 'updatedDate' is not declared as sortable"}
    server.script = lambda _asked, _number: (400, {"details": {"validationError": {"fieldViolations": [violation]}}})
    with pytest.raises(SortRefusedError, match="not declared as sortable"):
        ecom.ORDERS.rows(server.client()).fetch(Window())


def test_a_refused_cursor_has_its_own_error(server: Server) -> None:
    server.script = lambda _asked, _number: (400, {"message": "whatever"})
    rows = ecom.ORDERS.rows(server.client())
    with pytest.raises(CursorRefusedError):
        rows.fetch(Window(), Position(cursor="old"))
    with pytest.raises(InvalidRequestError) as caught:
        rows.fetch(Window())
    assert not isinstance(caught.value, SortRefusedError)


def test_unsorted_rows_keep_the_bounds_and_drop_the_order(server: Server) -> None:
    server.script = lambda _asked, _number: (200, {"orders": []})
    ecom.ORDERS.rows(server.client()).unsorted().fetch(Window(DAY))
    assert server.asked[-1].body == {
        "search": {"filter": {"updatedDate": {"$gte": DAY}}, "cursorPaging": {"limit": 100}}
    }


def test_a_refused_order_is_read_in_the_endpoints_own(server: Server) -> None:
    rows = [{"id": str(n), "updatedDate": f"2024-05-0{9 - n}T00:00:00Z"} for n in range(4)]

    def script(asked: Any, _number: int) -> tuple[int, Any]:
        search = asked.body["search"]
        if "sort" in search:
            return 400, {"message": "Field 'updatedDate' is not declared as sortable"}
        start = int(search["cursorPaging"].get("cursor", 0))
        following = {"cursors": {"next": str(start + 2)}, "hasNext": True} if start + 2 < len(rows) else {}
        return 200, {"orders": rows[start : start + 2], "metadata": following}

    server.script = script
    reading = read(ecom.ORDERS.rows(server.client()))
    assert reading.ordered
    assert [[item.id for item in page] for page in reading] == [["0", "1"], ["2", "3"]]
    assert not reading.ordered


def test_a_window_adds_to_a_filter_of_the_same_member(server: Server) -> None:
    server.script = lambda _asked, _number: (200, {"orders": []})
    wanted = {"updatedDate": {"$lt": NEXT}}
    ecom.ORDERS.rows(server.client(), wanted).fetch(Window(DAY))
    assert server.asked[-1].body["search"]["filter"] == {"$and": [wanted, {"updatedDate": {"$gte": DAY}}]}


@pytest.mark.parametrize("body", [b'{"orders": [{"id": "1", "upd', b'{"orders": {}}', b'{"orders": [{"id": 1}]}'])
def test_a_page_that_is_not_as_documented_is_asked_for_again(server: Server, body: bytes) -> None:
    good = {"orders": [{"id": "1", "updatedDate": DAY}]}
    server.script = lambda _asked, number: (200, body if number == 1 else good)
    page = ecom.ORDERS.rows(server.client()).fetch(Window())
    assert [item.id for item in page.items] == ["1"]


@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)))  # noqa: DTZ001 - normalised to UTC
def test_a_date_lies_at_one_place(moment: datetime) -> None:
    key = render(moment)
    rows = ecom.ORDERS.rows(None)  # type: ignore[arg-type]  # nothing is asked
    place = rows.place(key)
    assert place is not None
    assert rows.key_at(place) == key
    assert (rows.after(key) or "") > key


@pytest.mark.parametrize(
    ("most", "sizes"), [(100, [1000, 100]), (10, [1000, 100, 50, 25, 10]), (7, [1000, 100, 50, 25, 10, 1])]
)
def test_values_above_the_limit_of_wix_are_looked_up_in_portions(server: Server, most: int, sizes: list[int]) -> None:
    def values_of(asked: Asked) -> list[str]:
        values: list[str] = asked.body["search"]["filter"]["sku"]["$in"]
        return values

    def answer(asked: Asked, _number: int) -> tuple[int, Any]:
        values = values_of(asked)
        refusal = {"message": "too many values", "details": {}}
        return (400, refusal) if len(values) > most else (200, {"variants": [{"sku": value} for value in values]})

    server.script = answer
    client = server.client()
    skus = [str(number) for number in range(1000)]

    found = stores_v3.SEARCH_VARIANTS.find(client, "sku", skus)

    assert [row["sku"] for row in found] == skus
    taken = sizes[-1]
    assert [len(values_of(asked)) for asked in server.asked] == [*sizes[:-1], *[taken] * (len(skus) // taken)]
    server.asked.clear()
    assert len(list(stores_v3.SEARCH_VARIANTS.find(client, "sku", skus[:100]))) == 100
    assert {len(values_of(asked)) for asked in server.asked} == {taken}


def test_a_filter_of_another_member_keeps_its_size(server: Server) -> None:
    server.script = lambda asked, _number: (
        (400, {"message": "too many values", "details": {}})
        if len(asked.body["query"]["filter"].get("slug", {}).get("$in", ())) > 10
        else (200, {"products": []})
    )
    client = server.client()
    values = [str(number) for number in range(100)]
    assert list(stores_v3.PRODUCTS.find(client, "slug", values)) == []
    server.asked.clear()
    assert list(stores_v3.PRODUCTS.find(client, "handle", values)) == []
    assert len(server.asked) == 1


def test_a_look_up_that_wix_refuses_for_another_reason_fails(server: Server) -> None:
    server.script = lambda _asked, _number: (400, {"message": "not filterable", "details": {}})
    with pytest.raises(InvalidRequestError, match="not filterable"):
        list(stores_v3.SEARCH_VARIANTS.find(server.client(), "sku", [str(number) for number in range(250)]))
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    "read",
    [
        lambda client: list(stores_v3.PRODUCT_IDS.find(client, "id", ["1"])),
        lambda client: list(in_order(stores_v3.PRODUCT_IDS.rows(client))),
        lambda client: list(in_order(stores_v3.VARIANTS.rows(client))),
    ],
    ids=["looking up", "in order", "by cursor"],
)
def test_cursors_that_lead_back_to_earlier_pages_are_an_error(server: Server, read: Callable[[WixClient], Any]) -> None:
    def answer(_asked: Asked, number: int) -> tuple[int, Any]:
        rows = [{"variantId": f"{number % 2} {row}"} for row in range(2)]
        return 200, {"products": [], "variants": rows, "pagingMetadata": {"cursors": {"next": "ab"[number % 2]}}}

    server.script = answer
    with pytest.raises(UnexpectedResponseError, match="earlier cursor"):
        read(server.client())
    assert len(server.asked) < 5
