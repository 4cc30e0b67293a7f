"""What this tap overrides or copies of the SDK, pinned: these fail when the SDK changes under us."""

from __future__ import annotations

import pytest
from singer_sdk import Stream, Tap
from singer_sdk.helpers import _catalog, _flattening, _state
from singer_sdk.mapper import CustomStreamMap, SameRecordTransform, StreamMap

from tests.sdk_pins import fingerprint

USED = {
    "sync": (Stream.sync, "744151563845"),
    "sync_records": (Stream._sync_records, "fddc7b18a67d"),
    "sync_all": (Tap.sync_all, "aaaa3fe96137"),
    "record_messages": (Stream._generate_record_messages, "bc10d4be8964"),
    "schema_message": (Stream._write_schema_message, "3f4c5f98cacf"),
    "finalize": (Stream.finalize_state_progress_markers, "32b2d6ee8717"),
    "termination": (Tap._handle_termination, "2fbd1f34fdfd"),
    "settings": (Tap._validate_config, "9ecfb6ba7472"),
    "discovery": (Tap.run_discovery, "79191d93a55c"),
    "deselection": (_catalog.pop_deselected_record_properties, "e69d4428c03e"),
    "flattening": (_flattening._flatten_record, "196c45205100"),
    "flat_values": (_flattening._should_jsondump_value, "1cd86928bd9c"),
    "mapping": (StreamMap.transform, "ea693a5ef1a1"),
    "own_mapping": (CustomStreamMap.transform, "1fcb8b90a6ec"),
    "no_mapping": (SameRecordTransform.transform, "dc43c21f9450"),
}


@pytest.mark.parametrize(("function", "known"), USED.values(), ids=USED)
def test_the_function_of_the_sdk_is_the_one_we_know(function: object, known: str) -> None:
    assert fingerprint(function) == known, "read the SDK's new version, then pin it"


def test_the_sdk_still_lets_bookmarks_of_sorted_streams_go_back() -> None:
    """The reason for `tap_wix.state.Bookmark`; when this fails, the SDK's own bookmarks may do."""
    state = {"replication_key": "at", "replication_key_value": "2024-02-01T00:00:00.000Z"}
    _state.increment_state(
        state,
        latest_record={"at": "2024-01-01T00:00:00.000Z"},
        replication_key="at",
        is_sorted=True,
        check_sorted=False,
    )
    assert state["replication_key_value"] == "2024-01-01T00:00:00.000Z"
