"""What this tap overrides in the SDK, pinned: these fail when the SDK changes under us."""

from __future__ import annotations

import pytest
from singer_sdk import Stream, Tap
from singer_sdk.helpers import _state

from tests.sdk_pins import fingerprint

OVERRIDDEN = {
    Stream._increment_stream_state: "increment",
    Stream._sync_records: "sync",
    Stream._write_state_message: "state",
    Tap._handle_termination: "termination",
    Tap._validate_config: "settings",
}


PINNED = {
    "increment": "41e8987b6ed0",
    "sync": "fddc7b18a67d",
    "state": "3b381e57343c",
    "termination": "2fbd1f34fdfd",
    "settings": "9ecfb6ba7472",
}


@pytest.mark.parametrize(("function", "name"), OVERRIDDEN.items(), ids=OVERRIDDEN.values())
def test_the_overridden_method_is_the_one_we_know(function: object, name: str) -> None:
    assert fingerprint(function) == PINNED[name], "read the SDK's new version, then pin it"


def test_the_sdk_still_lets_bookmarks_of_sorted_streams_go_back() -> None:
    """The reason for `_increment_stream_state`; when this fails, the override may go."""
    state = {"replication_key": "at", "replication_key_value": "2024-02-01T00:00:00.000Z"}
    _state.increment_state(
        state,
        latest_record={"at": "2024-01-01T00:00:00.000Z"},
        replication_key="at",
        is_sorted=True,
        check_sorted=False,
    )
    assert state["replication_key_value"] == "2024-01-01T00:00:00.000Z"
