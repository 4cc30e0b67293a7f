from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wix_sandbox.errors import WixError
from wix_sandbox.query.engine import Run
from wix_sandbox.query.filters import compile_filter
from wix_sandbox.query.request import read_request
from wix_sandbox.query.spec import OPERATORS, Metadata, Paging, Query
from wix_sandbox.store import Table

BOTH = frozenset({"ASC", "DESC"})
QUERY = Query(
    filterable=dict.fromkeys(("id", "name", "createdDate", "amount", "tags", "visible", "price"), OPERATORS),
    sortable=dict.fromkeys(("createdDate", "name", "amount"), BOTH),
    numbers=frozenset({"amount"}),
    max_limit=100,
    default_sort=("createdDate", "DESC"),
)
OFFSET = QUERY.but(paging=Paging.OFFSET)
STAMPS = [f"2025-01-01T00:00:0{second}.000Z" for second in range(4)]
row_values = st.tuples(st.sampled_from(STAMPS), st.sampled_from(["a", "b", "ü", None]), st.integers(0, 12))
sorts = st.lists(
    st.tuples(st.sampled_from(["createdDate", "name", "amount"]), st.sampled_from(["ASC", "DESC"])),
    max_size=3,
    unique_by=lambda each: each[0],
)


def row(number, stamp, name, amount):
    entity = {"id": f"r{number:03}", "createdDate": stamp, "amount": str(amount)}
    return entity if name is None else entity | {"name": name}


def table_of(rows):
    table = Table()
    for each in rows:
        table.put(each)
    return table


def sort_of(keys):
    return [{"fieldName": name, "order": order} for name, order in keys]


def cursor_page(table, envelope):
    return Run(table, QUERY, read_request(envelope, QUERY, "rows.query")).cursor_page("rows.query")


def matching(raw, *entities):
    return [each["id"] for each in entities if compile_filter(raw, QUERY).fits(each)]


@settings(max_examples=60, deadline=None)
@given(values=st.lists(row_values, max_size=40), limit=st.integers(1, 11), keys=sorts)
def test_cursor_paging_yields_every_row_once_and_in_order(values, limit, keys):
    table = table_of(row(at, *each) for at, each in enumerate(values))
    envelope, found = {"sort": sort_of(keys), "cursorPaging": {"limit": limit}}, []
    while True:
        page = cursor_page(table, envelope)
        found += [each["id"] for each in page.entities]
        if "next" not in page.metadata["cursors"]:
            break
        envelope = {"cursorPaging": {"cursor": page.metadata["cursors"]["next"]}}
    whole = Run(table, OFFSET, read_request({"sort": sort_of(keys), "paging": {"limit": 100}}, OFFSET, "x"))
    assert found == [each["id"] for each in whole.offset_page().entities]
    assert sorted(found) == sorted(each["id"] for each in table)


@settings(max_examples=60, deadline=None)
@given(values=st.lists(row_values, max_size=40), limit=st.integers(1, 11), keys=sorts)
def test_offset_paging_yields_every_row_once(values, limit, keys):
    table = table_of(row(at, *each) for at, each in enumerate(values))
    found = []
    for offset in range(0, len(values) + 1, limit):
        envelope = {"sort": sort_of(keys), "paging": {"limit": limit, "offset": offset}}
        page = Run(table, OFFSET, read_request(envelope, OFFSET, "x")).offset_page()
        assert page.total == len(values)
        found += [each["id"] for each in page.entities]
    assert sorted(found) == sorted(each["id"] for each in table)


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(row_values, min_size=1, max_size=30),
    limit=st.integers(1, 5),
    keys=sorts,
    changes=st.lists(st.tuples(st.sampled_from(["insert", "delete", "touch"]), st.integers(0, 99), row_values)),
)
def test_rows_that_stay_are_seen_once_whatever_else_comes_and_goes(values, limit, keys, changes):
    table = table_of(row(at, *each) for at, each in enumerate(values))
    stay, found = {each["id"] for each in table}, []
    envelope, steps = {"sort": sort_of(keys), "cursorPaging": {"limit": limit}}, iter(changes)
    while True:
        page = cursor_page(table, envelope)
        found += [each["id"] for each in page.entities]
        if "next" not in page.metadata["cursors"]:
            break
        envelope = {"cursorPaging": {"cursor": page.metadata["cursors"]["next"]}}
        kind, number, value = next(steps, (None, 0, None))
        target = row(number % len(values), *(value or values[0]))
        if kind == "insert":
            table.put(row(100 + number, *value))
        elif kind == "delete":
            table.delete(target["id"])
            stay.discard(target["id"])
        elif kind == "touch" and target["id"] in table:
            table.put(target)
            stay.discard(target["id"])
    assert [each for each in found if each in stay] == list(dict.fromkeys(each for each in found if each in stay))
    assert stay <= set(found)


@settings(max_examples=40, deadline=None)
@given(values=st.lists(row_values, max_size=30), limit=st.integers(1, 7), keys=sorts)
def test_the_previous_cursor_walks_the_same_pages_back(values, limit, keys):
    table = table_of(row(at, *each) for at, each in enumerate(values))
    envelope, forward = {"sort": sort_of(keys), "cursorPaging": {"limit": limit}}, []
    while True:
        page = cursor_page(table, envelope)
        forward.append([each["id"] for each in page.entities])
        if "next" not in page.metadata["cursors"]:
            break
        envelope = {"cursorPaging": {"cursor": page.metadata["cursors"]["next"]}}
    back = []
    while "prev" in page.metadata["cursors"]:
        page = cursor_page(table, {"cursorPaging": {"cursor": page.metadata["cursors"]["prev"], "limit": limit}})
        back.append([each["id"] for each in page.entities])
    assert [each for part in reversed(back) for each in part] == [each for part in forward[:-1] for each in part]


@given(low=st.integers(0, 12), high=st.integers(0, 12), descending=st.booleans())
def test_a_range_on_the_sorted_field_finds_what_a_scan_finds(low, high, descending):
    rows = [row(at, STAMPS[at % 4], None, at % 11) for at in range(30)]
    envelope = {
        "filter": {"amount": {"$gte": low, "$lt": str(high)}},
        "sort": sort_of([("amount", "DESC" if descending else "ASC")]),
        "paging": {"limit": 100},
    }
    page = Run(table_of(rows), OFFSET, read_request(envelope, OFFSET, "x")).offset_page()
    assert {each["id"] for each in page.entities} == {each["id"] for each in rows if low <= int(each["amount"]) < high}
    assert page.total == len(page.entities)


A = {"id": "a", "name": "Mug", "amount": "9.50", "tags": ["red", "blue"], "createdDate": "2025-01-01T00:00:00.000Z"}
B = {"id": "b", "name": "mugs", "amount": "10", "tags": [], "visible": False, "createdDate": "2025-06-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ({}, ["a", "b"]),
        ({"id": "a"}, ["a"]),
        ({"id": {"$ne": "a"}}, ["b"]),
        ({"id": {"$in": ["a", "zz"]}}, ["a"]),
        ({"id": {"$nin": ["a"]}}, ["b"]),
        ({"id": {"$hasSome": ["b"]}}, ["b"]),
        ({"amount": {"$gt": 9.75}}, ["b"]),
        ({"amount": {"$gt": ["9.6"]}}, ["b"]),
        ({"amount": "10.0"}, ["b"]),
        ({"amount": {"$gte": "9.5", "$lt": "10"}}, ["a"]),
        ({"createdDate": {"$gt": "2025-01-01T01:00:00+02:00"}}, ["a", "b"]),
        ({"createdDate": "2025-01-01T00:00:00Z"}, ["a"]),
        ({"name": {"$startsWith": "MUG"}}, ["a", "b"]),
        ({"name": {"$contains": "UGS"}}, ["b"]),
        ({"tags": {"$hasAll": ["blue", "red"]}}, ["a"]),
        ({"tags": {"$hasSome": ["blue", "green"]}}, ["a"]),
        ({"tags": {"$isEmpty": True}}, ["b"]),
        ({"visible": {"$exists": True}}, ["b"]),
        ({"visible": None}, ["a"]),
        ({"$or": [{"id": "a"}, {"name": "mugs"}]}, ["a", "b"]),
        ({"$and": [{"amount": {"$gt": 1}}, {"name": "Mug"}]}, ["a"]),
        ({"$not": {"id": "a"}}, ["b"]),
        ({"id": "a", "name": "mugs"}, []),
    ],
)
def test_filter_operators(raw, found):
    assert matching(raw, A, B) == found


@pytest.mark.parametrize(
    "raw",
    [
        {"secret": 1},
        {"id": {"$regex": "a"}},
        {"$nor": []},
        {"id": {"$in": "a"}},
        {"amount": {"$gt": None}},
        {"$and": 3},
    ],
)
def test_a_filter_that_is_not_understood_is_refused(raw):
    with pytest.raises(WixError) as caught:
        compile_filter(raw, QUERY)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "envelope",
    [
        {"sort": [{"fieldName": "tags"}]},
        {"sort": [{"fieldName": "name", "order": "UP"}]},
        {"cursorPaging": {"limit": 0}},
        {"cursorPaging": {"limit": 101}},
        {"cursorPaging": {"limit": "many"}},
        {"cursorPaging": {"cursor": "rubbish"}},
        {"filter": '{"id": "r001"}'},  # the JSON text of V1
        {"sort": '[{"fieldName": "amount"}]'},
        {"sort": {"fieldName": "amount", "order": "ASC"}},
        {"sort": [{"amount": "ASC"}]},  # the short form of V1
        {"sort": [{"fieldName": "amount", "order": "asc"}]},
        {"filter": [1]},
    ],
)
def test_a_request_that_an_endpoint_does_not_allow_is_refused(envelope):
    with pytest.raises(WixError) as caught:
        read_request(envelope, QUERY, "rows.query")
    assert caught.value.status == 400


def test_a_cursor_carries_filter_and_sort_and_nothing_else():
    table = table_of(row(at, STAMPS[0], None, at) for at in range(6))
    envelope = {"filter": {"amount": {"$lt": 4}}, "sort": sort_of([("amount", "DESC")]), "cursorPaging": {"limit": 3}}
    cursor = cursor_page(table, envelope).metadata["cursors"]["next"]
    page = cursor_page(table, {"cursorPaging": {"cursor": cursor}})
    assert [each["amount"] for each in page.entities] == ["0"]
    with pytest.raises(WixError):
        cursor_page(table, {"cursorPaging": {"cursor": cursor}, "filter": {"id": "r001"}})
    # Source: types of Wix's client: `filter`, `sort` and `search` cannot be sent with a cursor.
    with pytest.raises(WixError):
        cursor_page(table, {"cursorPaging": {"cursor": cursor}, "search": {"expression": "mug"}})
    with pytest.raises(WixError):
        read_request({"cursorPaging": {"cursor": cursor}}, QUERY, "other.query")


def test_a_cursor_that_was_changed_is_refused():
    table = table_of(row(at, STAMPS[0], None, at) for at in range(6))
    cursor = cursor_page(table, {"cursorPaging": {"limit": 3}}).metadata["cursors"]["next"]
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for forged in (raw.replace(b'"limit":3', b'"limit":9'), raw[4:], b"\0\0\0\0"):
        with pytest.raises(WixError) as caught:
            read_request({"cursorPaging": {"cursor": base64.urlsafe_b64encode(forged).decode()}}, QUERY, "rows.query")
        assert caught.value.status == 400


def test_v1_takes_filter_and_sort_as_json_text_in_both_sort_forms():
    table = table_of(row(at, STAMPS[0], None, at) for at in range(5))
    for sort in ('[{"amount": "desc"}]', '[{"fieldName": "amount", "order": "DESC"}]'):
        envelope = {"filter": '{"amount": {"$gte": ["2"]}}', "sort": sort, "paging": {"limit": 2}}
        v1 = OFFSET.but(metadata=Metadata.V1_ITEMS, window=10_000)
        page = Run(table, v1, read_request(envelope, v1, "x")).offset_page()
        assert [each["amount"] for each in page.entities] == ["4", "3"]
        assert page.answer("rows", v1)["totalResults"] == 3
        assert page.metadata == {"items": 2, "offset": 0}


def test_a_search_that_is_remembered_is_forgotten_when_a_row_changes():
    table = table_of(row(at, STAMPS[0], "a", at) for at in range(5))
    envelope = {"filter": {"$or": [{"name": "a"}]}, "paging": {"limit": 2}}

    def found():
        page = Run(table, OFFSET, read_request(envelope, OFFSET, "x")).offset_page()
        return page.total, [each["id"] for each in page.entities]

    assert found() == found() == (5, ["r004", "r003"])
    table.delete("r004")
    assert found() == (4, ["r003", "r002"])
    table.put(row(3, STAMPS[0], "b", 3))
    assert found() == (3, ["r002", "r001"])
