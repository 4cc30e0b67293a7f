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
    Target._process_record_message: "record",
    Target._process_batch_message: "batch",
    Target._assert_sink_exists: "exists",
    Target._handle_termination: "termination",
    Target._validate_config: "settings",
    vars(PluginBase)["_env_var_config"].fget: "environment",
    Target.process_endofpipe: "end",
    Target.get_sink: "sink",
    Sink._validate_and_parse: "validation",
    Sink._singer_validate_message: "keys",
    GenericSingerReader.process_lines: "lines",
}
PINNED = {
    "drain": "0ba19865181d",
    "state": "d6be9c0a4f75",
    "age": "ceec549e0c57",
    "record": "d4954260a861",
    "batch": "48af495bd3d3",
    "exists": "045b4ceb4d78",
    "termination": "b9068323fe82",
    "settings": "9ecfb6ba7472",
    "environment": "e34675ac72e0",
    "end": "7632474e341e",
    "sink": "0e8c673d608d",
    "validation": "c42e15d45627",
    "keys": "77be0cfc5f9e",
    "lines": "3071c58ad11b",
}


@pytest.mark.parametrize(("function", "name"), OVERRIDDEN.items(), ids=OVERRIDDEN.values())
def test_the_overridden_method_is_the_one_we_know(function, name):
    assert fingerprint(function) == PINNED[name], "read the SDK's new version, then pin it"
