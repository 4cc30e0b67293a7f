"""What target-wix overrides in the SDK, pinned: these fail when the SDK changes under us."""

from __future__ import annotations

import pytest
from singer_sdk import Target
from singer_sdk.plugin_base import PluginBase
from singer_sdk.singerlib.encoding.base import GenericSingerReader
from singer_sdk.sinks import Sink

from tests.sdk_pins import fingerprint

OVERRIDDEN = {
    Target._drain_all: "drain",
    Target._process_state_message: "state",
    Target._reset_max_record_age: "age",
    Target._handle_max_record_age: "age check",
    Target._process_activate_version_message: "version",
    Target._write_state_message: "state message",
    Target._process_record_message: "record",
    Target._process_schema_message: "schema",
    Target._process_batch_message: "batch",
    Target._assert_sink_exists: "exists",
    Target._setup_signal_handlers: "signals",
    Target._validate_config: "settings",
    vars(PluginBase)["_env_var_config"].fget: "environment",
    Target.process_endofpipe: "end",
    Target.get_sink: "sink",
    Sink._validate_and_parse: "validation",
    Sink._add_sdc_metadata_to_record: "metadata",
    Sink._singer_validate_message: "keys",
    GenericSingerReader.process_lines: "lines",
}
PINNED = {
    "age check": "4feac927f870",
    "version": "0eb8ad4bb809",
    "state message": "431071fbcc57",
    "metadata": "264d434623e0",
    "drain": "bbc5af5d6851",
    "state": "e4c1600e3f1a",
    "age": "46b16b53d81b",
    "record": "121abc2b0b5a",
    "schema": "303798a94077",
    "batch": "a88273c0e9ca",
    "exists": "22ee8b4fa234",
    "signals": "ae5c04bd749e",
    "settings": "70c97f9237fe",
    "environment": "b6d34b0b05e2",
    "end": "373b2659864e",
    "sink": "d9e772d80482",
    "validation": "ae418e2e6e07",
    "keys": "1ada426cede2",
    "lines": "ee5ebaca5498",
}


@pytest.mark.parametrize(("function", "name"), OVERRIDDEN.items(), ids=OVERRIDDEN.values())
def test_the_overridden_method_is_the_one_we_know(function, name):
    assert fingerprint(function) == PINNED[name], "read the SDK's new version, then pin it"
