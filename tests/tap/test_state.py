"""States of earlier runs, earlier versions and other sites; bookmarks of this one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tap_wix.state import Bookmark, understood
from tests.shops import config, shop
from tests.tap.runs import run
from wix_api.errors import SettingsError
from wix_api.timestamps import render

MARK = {"replication_key": "updatedDate", "replication_key_value": "2024-05-01T00:00:00.000Z"}
PLAIN = {"bookmarks": {"orders": MARK}}

UNDERSTOOD: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as it is written": (PLAIN, MARK),
    "a whole message": ({"type": "STATE", "value": PLAIN}, MARK),
    "as Meltano prints it": ({"singer_state": PLAIN}, MARK),
    "other dates": ({"bookmarks": {"orders": {**MARK, "replication_key_value": "2024-05-01T02:00:00+02:00"}}}, MARK),
    "an unfinished stream": (
        {
            "bookmarks": {
                "orders": {
                    **MARK,
                    "starting_replication_value": "2020-01-01",
                    "replication_key_signpost": "2030-01-01",
                    "progress_markers": {"Note": "…", **MARK, "replication_key_value": "2025-01-01T00:00:00.000Z"},
                }
            }
        },
        MARK,
    ),
    "a bookmark for each parent": (
        {
            "bookmarks": {
                "orders": {
                    "partitions": [
                        {"context": {"id": "1"}, **MARK, "replication_key_value": "2024-06-01T00:00:00Z"},
                        {"context": {"id": "2"}, **MARK},
                    ]
                }
            }
        },
        MARK,
    ),
    "a parent that was not read": ({"bookmarks": {"orders": {"partitions": [{"context": {}, **MARK}, {}]}}}, {}),
    "nothing": ({"bookmarks": {"orders": {}}}, {}),
}


@pytest.mark.parametrize(("state", "bookmark"), UNDERSTOOD.values(), ids=UNDERSTOOD)
def test_a_state_is_understood(state: dict[str, Any], bookmark: dict[str, Any]) -> None:
    assert understood(state) == {"bookmarks": {"orders": bookmark}}


def test_a_version_that_fits_no_column_is_left_out() -> None:
    state = {"bookmarks": {"orders": {**MARK, "version": 1 << 63}}}
    assert understood(state) == PLAIN
    assert understood({"bookmarks": {"orders": {**MARK, "version": 7}}}) != PLAIN


def test_no_state_is_no_state() -> None:
    assert understood({}) == understood({"type": "STATE", "value": {}}) == understood({"singer_state": None}) == {}


@pytest.mark.parametrize(
    "state",
    [
        {"orders": "2024-01-01"},
        {"bookmarks": ["orders"]},
        {"bookmarks": {"orders": "2024-01-01"}},
        {"bookmarks": {"orders": {**MARK, "replication_key_value": "yesterday"}}},
        {"bookmarks": {"orders": {**MARK, "replication_key_value": 1714521600}}},
        {"bookmarks": {"orders": {**MARK, "replication_key_value": "2024-02-30T00:00:00.000Z"}}},
        {"bookmarks": {"orders": {**MARK, "replication_key_value": "0001-01-01T00:00:00+14:00"}}},
        {"bookmarks": {"orders": {"updatedDate": "2024-05-01T00:00:00.000Z"}}},
        {"bookmarks": {"orders": {"partitions": 5}}},
        {"bookmarks": {"orders": {"partitions": ["a"]}}},
        {"type": "STATE", "value": ["orders"]},
        {"bookmarks": {"orders": {**MARK, "replication_key": "\ud800"}}},
        {"bookmarks": {"\ud800": MARK}},
        {"bookmarks": {"orders": {**MARK, "change_log": "\ud800"}}},
    ],
)
def test_files_that_are_not_states_are_refused(state: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="state"):
        understood(state)


def test_a_bookmark_of_the_other_catalog_is_not_taken_for_ones_own() -> None:
    whole = run(config(shop("v3")), select=("products",))
    of_v1 = {"replication_key": "lastUpdated", "replication_key_value": "2099-01-01T00:00:00.000Z"}
    moved = run(config(shop("v3")), select=("products",), state={"bookmarks": {"products": of_v1}})
    assert moved.ids("products") == whole.ids("products")
    assert moved.bookmarks["products"] == whole.bookmarks["products"]


@pytest.mark.parametrize(("key", "named"), [({}, "missing"), ({"replication_key": "createdDate"}, "`createdDate`")])
def test_a_bookmark_that_a_stream_cannot_follow_is_reported_once(
    key: dict[str, str], named: str, caplog: pytest.LogCaptureFixture
) -> None:
    state = {"bookmarks": {"orders": {**key, "replication_key_value": "2999-01-01T00:00:00.000Z"}}}
    first = run(config(shop("v3")), select=("orders",), state=state)
    assert first.ids("orders") == run(config(shop("v3")), select=("orders",)).ids("orders")
    message = f"Stream `orders` does not use its bookmark in the state: the `replication_key` is {named}, expected"
    assert f"{message} `updatedDate`" in caplog.text
    caplog.clear()
    run(config(shop("v3")), select=("orders",), state=first.state)
    assert "does not use its bookmark" not in caplog.text


def test_a_bookmark_that_a_stream_cannot_follow_is_reported_once_if_no_rows_are_new(
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = config(shop("v3"), start_date=render(datetime.now(UTC) + timedelta(days=1)))
    state = {
        "bookmarks": {"orders": {"replication_key": "createdDate", "replication_key_value": "2024-05-01T00:00:00Z"}}
    }
    first = run(settings, select=("orders",), state=state)
    assert first.ids("orders") == []
    assert "does not use its bookmark" in caplog.text
    caplog.clear()
    run(settings, select=("orders",), state=first.state)
    assert "does not use its bookmark" not in caplog.text


def test_a_bookmark_of_the_future_does_not_hide_changes_of_now() -> None:
    ahead = {"replication_key": "updatedDate", "replication_key_value": "2099-01-01T00:00:00.000Z"}
    again = run(config(shop("v3"), lookback_seconds=10**9), select=("orders",), state={"bookmarks": {"orders": ahead}})
    assert again.ids("orders") == run(config(shop("v3")), select=("orders",)).ids("orders")


def test_a_bookmark_of_the_future_is_brought_back_to_the_start_of_the_run(caplog: pytest.LogCaptureFixture) -> None:
    ahead = {"replication_key": "updatedDate", "replication_key_value": "2099-01-01T00:00:00.000Z"}
    # By Wix's clock, as the run knows it from a `Date`, which a busy machine renews late.
    before = render(datetime.now(UTC) - timedelta(minutes=1))
    again = run(config(shop("v3")), select=("orders", "fulfillments"), state={"bookmarks": {"orders": ahead}})
    assert before <= again.bookmarks["orders"] <= render(datetime.now(UTC))
    (reported,) = [record.getMessage() for record in caplog.records if "in the future" in record.getMessage()]
    assert "`orders`" in reported
    assert ahead["replication_key_value"] in reported
    assert all(
        state["bookmarks"]["orders"]["replication_key_value"] <= again.bookmarks["orders"] for state in again.states
    )


def test_a_full_read_of_the_future_does_not_put_off_the_next_one() -> None:
    settings = config(shop("v3"))
    state = run(settings, select=("orders",)).state
    known = dict(state["bookmarks"]["orders"])
    state["bookmarks"]["orders"] |= {
        "full_read_at": "2099-01-01T00:00:00.000Z",
        "read_to_end_at": "2099-01-01T00:00:00.000Z",
    }
    again = run(settings, select=("orders",), state=state).state["bookmarks"]["orders"]
    assert known["full_read_at"] <= again["full_read_at"] <= again["read_to_end_at"] <= render(datetime.now(UTC))


def test_clocks_that_differ_by_seconds_are_no_reason_for_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    soon = render(datetime.now(UTC) + timedelta(seconds=30))
    mark = {"replication_key": "updatedDate", "replication_key_value": soon}
    again = run(config(shop("v3")), select=("orders",), state={"bookmarks": {"orders": mark}})
    assert again.bookmarks["orders"] < soon
    assert "in the future" not in caplog.text


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"])
def test_the_first_and_the_last_moment_are_bookmarks(value: str) -> None:
    mark = {"replication_key": "updatedDate", "replication_key_value": value}
    again = run(config(shop("v3")), select=("orders",), state={"bookmarks": {"orders": mark}})
    assert again.bookmarks["orders"] > "2000"


def test_children_keep_one_bookmark_each() -> None:
    done = run(config(shop("v3")), select=("orders", "fulfillments"))
    assert "partitions" not in done.state["bookmarks"]["fulfillments"]
    assert done.bookmarks["fulfillments"]


@pytest.mark.parametrize(
    ("bookmark", "ended", "start"),
    [
        ("2024-05-01T12:00:00.000Z", None, "2024-05-01T11:55:00.000Z"),
        ("2024-05-01T12:00:00.000Z", "2024-05-01T12:01:00.000Z", "2024-05-01T11:56:00.000Z"),
        ("2024-05-01T12:00:00.000Z", "2024-05-01T12:05:00.000Z", "2024-05-01T12:00:00.000Z"),
        ("2024-05-01T12:00:00.000Z", "2024-05-01T18:00:00.000Z", "2024-05-01T12:00:00.000Z"),
        ("2024-05-01T12:00:00.000Z", "2024-05-01T11:00:00.000Z", "2024-05-01T11:55:00.000Z"),  # killed since
    ],
)
def test_a_run_looks_back_from_the_bookmark_or_from_the_last_run(bookmark: str, ended: str | None, start: str) -> None:
    entry = {"replication_key": "at", "replication_key_value": bookmark} | ({"read_to_end_at": ended} if ended else {})
    assert Bookmark(entry, "at", lambda: "2024-06-01T00:00:00.000Z").start(300) == start


def test_a_run_that_found_no_rows_of_its_filter_did_not_read_all_rows_to_the_end() -> None:
    ended = "2024-05-01T12:01:00.000Z"
    entry = {"replication_key": "at", "replication_key_value": "2024-05-01T12:00:00.000Z", "read_to_end_at": ended}
    Bookmark(entry, "at", lambda: "2024-06-01T00:00:00.000Z", of_filter='{"brand":"Kiln"}').end()
    assert entry["read_to_end_at"] == ended
    Bookmark(entry, "at", lambda: "2024-06-01T00:00:00.000Z").end()
    assert entry["read_to_end_at"] > ended


DATES = st.datetimes().map(render)


@example(pages=[["2024-05-02T00:00:00Z"], ["2024-05-01T00:00:00Z"]], old=None, started="2024-06-01", in_order=False)
@given(pages=st.lists(st.lists(DATES)), old=st.none() | DATES, started=DATES, in_order=st.booleans())
def test_a_bookmark_neither_goes_back_nor_passes_the_start(
    pages: list[list[str]], old: str | None, started: str, in_order: bool
) -> None:
    old = old and min(old, started)
    entry = {} if old is None else {"replication_key": "at", "replication_key_value": old}
    bookmark = Bookmark(entry, "at", lambda: started)
    seen = [old] if old else []
    for page in pages:
        bookmark.hold(page)
        if in_order:
            bookmark.settle()
        else:
            assert bookmark.value == old
        seen.append(bookmark.value)
    bookmark.settle()
    known = [value for value in [*seen, bookmark.value] if value]
    assert known == sorted(known)
    dates = [date for page in pages for date in page]
    assert bookmark.value == max(
        [*([min(max(dates), started)] if dates else []), *([old] if old else [])], default=None
    )
