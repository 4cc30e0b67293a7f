"""Runs of the tap: in this process, or as the command that users call."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from singer_sdk import Stream
from singer_sdk.singerlib import Catalog, CatalogEntry, MetadataMapping

from tap_wix.__main__ import main
from tap_wix.tap import TapWix
from tests.in_process import call

TAP = Path(sys.executable).with_name("tap-wix")


@dataclass
class Run:
    """What a run wrote."""

    messages: list[dict[str, Any]]
    stderr: str = ""
    code: int = 0
    records: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for message in self.messages:
            if message["type"] == "RECORD":
                self.records[message["stream"]].append(message["record"])

    @property
    def states(self) -> list[dict[str, Any]]:
        return [message["value"] for message in self.messages if message["type"] == "STATE"]

    @property
    def schemas(self) -> dict[str, dict[str, Any]]:
        return {message["stream"]: message["schema"] for message in self.messages if message["type"] == "SCHEMA"}

    @property
    def state(self) -> dict[str, Any]:
        return self.states[-1]

    @property
    def bookmarks(self) -> dict[str, str]:
        return {stream: state.get("replication_key_value", "") for stream, state in self.state["bookmarks"].items()}

    def ids(self, stream: str) -> list[str]:
        return [record["id"] for record in self.records[stream]]


def parse(text: str) -> list[dict[str, Any]]:
    """Every line is a whole message, also after a kill. Equal SCHEMA messages are one object: do not change them."""
    return [(_schema if '"SCHEMA"' in line[:30] else msgspec.json.decode)(line) for line in text.splitlines()]


_schema = lru_cache(200)(msgspec.json.decode)
"""Schemas are most of what a run of few records writes, and are the same in nearly all runs."""


def run(
    config: dict[str, Any], *, state: dict[str, Any] | None = None, select: tuple[str, ...] = (), fails: bool = False
) -> Run:
    """Run in this process; `select` names the streams, none means all. The run must succeed unless it `fails`."""
    catalog = catalog_of(config, select) if select else None
    written = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(written), pytest.raises(SystemExit) if fails else contextlib.nullcontext() as end:
        TapWix(config=config, state=json.loads(json.dumps(state)) if state else None, catalog=catalog).sync_all()
    written.flush()
    return Run(parse(written.buffer.getvalue().decode()), code=end.value.code if end else 0)


@dataclass(frozen=True)
class Unparsed:
    """The schema of a catalog entry as it is: for the SDK to parse and write all of them costs as much as a run."""

    raw: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return self.raw


def catalog_of(config: dict[str, Any], streams: tuple[str, ...]) -> Catalog:
    """Discover a catalog of just these streams, all of them selected."""
    found = TapWix(config=config, setup_mapper=False).streams
    return Catalog((name, _entry(stream)) for name, stream in found.items() if name in streams)


_metadata: dict[tuple[type[Stream], str], MetadataMapping] = {}
"""By the classes of streams, and what settings add to their schemas."""


def _metadata_of(stream: Stream) -> MetadataMapping:
    key = (type(stream), json.dumps(stream.config.get("schema_extra")))
    if key not in _metadata:
        _metadata[key] = stream.metadata
        _metadata[key].root.selected = True
    return _metadata[key]


def _entry(stream: Stream) -> CatalogEntry:
    return CatalogEntry(
        tap_stream_id=stream.name,
        stream=stream.name,
        schema=Unparsed(stream.schema),
        metadata=_metadata_of(stream),
        key_properties=stream.primary_keys,
        replication_key=stream.replication_key,
        replication_method=stream.replication_method,
    )


def selecting(catalog: dict[str, Any], streams: tuple[str, ...]) -> dict[str, Any]:
    """A catalog in which just these streams are selected, and one other is not: all of them cost as much as a run."""
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = entry["tap_stream_id"] in streams
    others = [entry for entry in catalog["streams"] if entry["tap_stream_id"] not in streams]
    return {**catalog, "streams": [entry for entry in catalog["streams"] if entry not in others[1:]]}


def command(folder: Path, config: dict[str, Any], *arguments: str) -> Run:
    """Run the command with a config file, in this process."""
    file = folder / "config.json"
    file.write_text(json.dumps(config))
    done = call(main, "--config", file, *arguments, folder=folder)
    return Run(parse(done.out) if "--discover" not in arguments else [], done.err, done.code)
