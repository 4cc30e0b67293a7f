"""Each dialect writes the documented request and finds the next page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from wix_api.endpoints import contacts, ecom, stores_v1, stores_v3
from wix_api.errors import UnexpectedResponseError
from wix_api.query import Query
from wix_api.reading import Position, Window

if TYPE_CHECKING:
    from tests.api.conftest import Server

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


def test_a_tie_is_read_by_the_second_key(server: Server) -> None:
    server.script = lambda _asked, _number: (200, {"products": []})
    inner = stores_v1.PRODUCTS.rows(server.client()).within(DAY)
    assert inner is not None
    inner.fetch(Window("17"))
    query = server.asked[-1].body["query"]
    assert json.loads(query["filter"]) == {"lastUpdated": {"$gte": DAY, "$lt": NEXT}, "numericId": {"$gte": "17"}}
    assert json.loads(query["sort"]) == [{"numericId": "asc"}]
    assert inner.within("17") is None


@pytest.mark.parametrize("key", ["metadata", "pagingMetadata"])
def test_a_next_cursor_is_found_under_either_name(server: Server, key: str) -> None:
    row = {"id": "1", "updatedDate": "2024-05-01T00:00:00Z"}
    server.script = lambda _asked, _number: (
        200,
        {"orders": [row], key: {"count": 1, "cursors": {"next": "n"}, "hasNext": True}},
    )
    page = ecom.ORDERS.rows(server.client()).fetch(Window())
    assert page.following == Position(cursor="n")
    assert page.items[0].key == DAY  # normalised
    assert json.loads(page.items[0].raw) == row  # untouched


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
    ("rows", "total", "following"),
    [(100, 250, 99), (60, 250, 59), (100, 100, 99), (60, 60, None), (60, None, None), (0, 250, None)],
)
def test_an_offset_goes_on_while_rows_or_the_total_tell_of_more(
    server: Server, rows: int, total: int | None, following: int | None
) -> None:
    products = [{"id": str(n), "lastUpdated": DAY, "numericId": str(n)} for n in range(rows)]
    server.script = lambda _asked, _number: (
        200,
        {"products": products, "metadata": {"items": 100, "offset": 0}, "totalResults": total},
    )
    page = stores_v1.PRODUCTS.rows(server.client()).fetch(Window())
    assert page.following == (None if following is None else Position(offset=following))


def test_a_row_without_its_key_is_told(server: Server) -> None:
    server.script = lambda _asked, _number: (200, {"orders": [{"id": "1"}]})
    with pytest.raises(UnexpectedResponseError, match="updatedDate"):
        ecom.ORDERS.rows(server.client()).fetch(Window())


def test_find_asks_for_at_most_a_page_of_values(server: Server) -> None:
    server.script = lambda _asked, _number: (200, {"products": [{"id": "1"}]})
    query = Query(stores_v3.PRODUCTS.operation, "products", 100, (), stores_v3.PRODUCTS.language)
    found = list(query.find(server.client(), "slug", [str(number) for number in range(250)]))
    assert [len(asked.body["query"]["filter"]["slug"]["$in"]) for asked in server.asked] == [100, 100, 50]
    assert len(found) == 3
