"""What this tap overrides or copies of the SDK, pinned: these fail when the SDK changes under us."""

from __future__ import annotations

import pytest
from singer_sdk import Stream, Tap
from singer_sdk.helpers import _catalog, _flattening, _state
from singer_sdk.mapper import CustomStreamMap, PluginMapper, SameRecordTransform, StreamMap
from singer_sdk.singerlib import MetadataMapping

from tests.sdk_pins import fingerprint

USED = {
    "sync": (Stream.sync, "831783af12cd"),
    "streams": (Tap.streams.fget, "c68cfa6f7bc4"),
    "mapper": (Tap.setup_mapper, "60605f59bb22"),
    "mapped_schemas": (PluginMapper.register_raw_streams_from_catalog, "ada72f5ed2cb"),
    "selected_schema": (_catalog.get_selected_schema, "9b0c45418ed3"),
    "sync_records": (Stream._sync_records, "32b0330bd169"),
    "selection": (MetadataMapping._breadcrumb_is_selected, "a34ffd1eb45d"),
    "metadata": (Stream.metadata.fget, "9f7029fa517a"),
    "sync_all": (Tap.sync_all, "21b06677a65f"),
    "record_messages": (Stream._generate_record_messages, "b9bc2bb49bc8"),
    "schema_message": (Stream._write_schema_message, "5755b4bc209a"),
    "schemas": (Stream._generate_schema_messages, "7b2f227165c4"),
    "activation": (Stream._write_activate_version_message, "c7e029d339fd"),
    "finalize": (Stream.finalize_state_progress_markers, "c1cf984b7fc8"),
    "signals": (Tap._setup_signal_handlers, "ae5c04bd749e"),
    "settings": (Tap._validate_config, "70c97f9237fe"),
    "discovery": (Tap.run_discovery, "cc31800c038c"),
    "deselection": (_catalog.pop_deselected_record_properties, "8c2da6c005ab"),
    "flattening": (_flattening._flatten_record, "312165102b89"),
    "flat_values": (_flattening._should_jsondump_value, "8fc688ff48d6"),
    "mapping": (StreamMap.transform, "4b116d87563b"),
    "own_mapping": (CustomStreamMap.transform, "a1cc7446b45e"),
    "no_mapping": (SameRecordTransform.transform, "70f82c607543"),
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
