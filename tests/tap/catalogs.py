"""Snapshots of the Singer catalog, so that a changed stream is seen in review: `python -m tests.tap.catalogs`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tap_wix.tap import TapWix
from tests.shops import config, open_shops, shop

FOLDER = Path(__file__).with_name("catalog_snapshots")
STORE_CATALOGS = ("v1", "v3", "absent")


def snapshot(store_catalog: str) -> dict[str, Any]:
    """Keys, bookmark and columns of each stream: `{stream: {keys, bookmark, method, columns: {name: types}}}`."""
    found = {}
    for stream in TapWix(config=config(shop(store_catalog))).catalog_dict["streams"]:
        found[stream["tap_stream_id"]] = {
            "keys": stream["key_properties"],
            "bookmark": stream.get("replication_key"),
            "method": stream["replication_method"],
            "columns": {name: column(schema) for name, schema in stream["schema"]["properties"].items()},
        }
    return found


def column(schema: dict[str, Any]) -> str:
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    return " ".join([*types, schema.get("format", "")]).strip()


def text(store_catalog: str) -> str:
    return json.dumps(snapshot(store_catalog), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    with open_shops:
        for each in STORE_CATALOGS:
            (FOLDER / f"{each}.json").write_text(text(each), encoding="utf-8")
