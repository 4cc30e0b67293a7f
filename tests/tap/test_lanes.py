"""The bytes lane and the object lane write the same records, and the same as the SDK's own path."""

from __future__ import annotations

import contextlib
import copy
import io
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_sdk.helpers._catalog import pop_deselected_record_properties
from singer_sdk.singerlib.catalog import SelectionMask

from tap_wix.lanes import BytesLane, ObjectLane, lane_of
from tap_wix.shaping import deselected, without
from tap_wix.tap import TapWix
from tests.shops import config, shop
from tests.tap.runs import run, selecting

CATALOGS = ("v1", "v3")
SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "flattened": {"flattening_enabled": True, "flattening_max_depth": 3},
    "mapped": {"stream_maps": {"orders": {"site": "'one'", "number": "number + '!'"}, "contacts": {"revision": None}}},
    "mapped and flattened": {
        "stream_maps": {"orders": {"lines": "str(number)"}, "twice": {"__source__": "contacts"}},
        "flattening_enabled": True,
        "flattening_max_depth": 1,
    },
}


def records(lines: bytes) -> list[dict[str, Any]]:
    written = [json.loads(line) for line in lines.splitlines()]
    for message in written:
        assert list(message) == ["type", "stream", "record", "time_extracted"]
        assert message.pop("time_extracted").endswith("Z")
    return written


def rows_of(stream: Any) -> list[bytes]:
    return [item.raw for page in stream.pages([None]) for item in page]


@pytest.mark.parametrize("catalog", CATALOGS)
def test_both_lanes_write_the_same_records_for_every_stream(catalog: str) -> None:
    tap = TapWix(config=config(shop(catalog), conversation_ids=shop(catalog).store.ids("inbox_conversations")))
    for stream in tap.streams.values():
        if stream.parent_stream_type is None and stream.selected:
            rows = rows_of(stream)
            assert isinstance(lane_of(stream), BytesLane)
            assert records(BytesLane(stream).lines(rows)) == records(ObjectLane(stream).lines(rows)) != []


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_lane_writes_what_the_sdk_would(shape: dict[str, Any]) -> None:
    tap = TapWix(config=config(shop("v3"), **shape))
    for name in ("orders", "contacts", "products"):
        stream: Any = tap.streams[name]
        rows = rows_of(stream)
        theirs = [
            json.loads(msgspec.json.encode({"stream": message.stream, "record": message.record}))
            for row in rows
            for message in stream._generate_record_messages(json.loads(row))
        ]
        ours = [{"stream": each["stream"], "record": each["record"]} for each in records(lane_of(stream).lines(rows))]
        assert ours == theirs


def test_a_partly_deselected_stream_leaves_members_out() -> None:
    catalog = selecting(TapWix(config=config(shop("v3"))).catalog_dict, ("orders",))
    entry = next(entry for entry in catalog["streams"] if entry["tap_stream_id"] == "orders")
    for item in entry["metadata"]:
        if item["breadcrumb"] == ["properties", "lineItems"]:
            item["metadata"]["selected"] = False
    written = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(written):
        TapWix(config=config(shop("v3")), catalog=catalog).sync_all()
    written.flush()
    lines = [json.loads(line) for line in written.buffer.getvalue().splitlines()]
    orders = [line["record"] for line in lines if line["type"] == "RECORD"]
    whole = {order["id"]: order for order in run(config(shop("v3")), select=("orders",)).records["orders"]}
    assert len(orders) == len(whole)
    for order in orders:
        expected = whole[order["id"]]
        del expected["lineItems"]
        assert order == expected


def test_a_member_that_no_schema_names_is_written_by_both_lanes() -> None:
    stream: Any = TapWix(config=config(shop("v3"))).streams["orders"]
    row = b'{"id":"1","brandNew":{"deep":[1.50,null]},"name":"\xc3\xa9\\u2028"}'
    expected = [{"type": "RECORD", "stream": "orders", "record": json.loads(row)}]
    assert records(BytesLane(stream).lines([row])) == records(ObjectLane(stream).lines([row])) == expected


def test_a_member_of_wix_does_not_replace_the_id_of_the_site() -> None:
    stream: Any = TapWix(config=config(shop("v3"), add_site_id=True)).streams["orders"]
    for lane in (BytesLane(stream), ObjectLane(stream)):
        (found,) = records(lane.lines([b'{"id":"1","siteId":null}\n']))
        assert found["record"] == {"id": "1", "siteId": stream.site_id}


def test_both_lanes_replace_nul_and_no_other_character() -> None:
    stream: Any = TapWix(config=config(shop("v3"))).streams["orders"]
    row = rb'{"id":"1","note\u0000":"\u0000a\\u0000\\\u0000","lines":["\u00001"]}'
    expected = {"id": "1", "note\ufffd": "\ufffda\\u0000\\\ufffd", "lines": ["\ufffd1"]}
    for lane in (BytesLane(stream), ObjectLane(stream)):
        assert [each["record"] for each in records(lane.lines([row]))] == [expected]


@pytest.mark.parametrize("row", [b'{\n "a": 1\n}', b'{"a":\r1}', b'{"a":1}\r\n'])
def test_rows_that_wix_spreads_over_lines_become_one_line(row: bytes) -> None:
    stream: Any = TapWix(config=config(shop("v3"))).streams["orders"]
    first, second, rest = BytesLane(stream).lines([b"{}", row]).split(b"\n")
    assert (b'"record":{},' in first, b'"record":{"a":1},' in second, rest) == (True, True, b"")
    assert b"\r" not in second


def test_no_rows_make_no_line() -> None:
    stream: Any = TapWix(config=config(shop("v3"))).streams["orders"]
    assert BytesLane(stream).lines([]) == ObjectLane(stream).lines([]) == b""


NAMES = st.sampled_from("abc")
OBJECTS = st.recursive(st.integers(), lambda inner: st.dictionaries(NAMES, inner, max_size=3), max_leaves=12)
CRUMBS = st.lists(NAMES, min_size=1, max_size=3).map(
    lambda names: tuple(part for name in names for part in ("properties", name))
)


@given(record=st.dictionaries(NAMES, OBJECTS), mask=st.dictionaries(CRUMBS, st.booleans()))
def test_members_are_deselected_as_the_sdk_does(record: dict[str, Any], mask: dict[tuple[str, ...], bool]) -> None:
    selection = SelectionMask({(): True, **mask})
    theirs = copy.deepcopy(record)
    pop_deselected_record_properties(theirs, {}, selection)
    assert without(deselected(selection), record) == theirs
