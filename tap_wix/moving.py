"""Handling of a site that Wix moved from store catalog V1 to V3, between two runs or during one.

Product ids stay, but variants and stock may get new ids. Dates of changes may stay the same, so a bookmark of V1 says
nothing about V3: entries of the state that were written on V1 are marked, and V3's streams ignore them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_sdk.singerlib import Schema

from tap_wix.state import OF_V1

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from singer_sdk import Stream
    from singer_sdk.singerlib import CatalogEntry


MOVED = (
    "Wix moved the site from store catalog V1 to V3. The streams of the store are read again from V3, since variants "
    "and stock may have new ids. Rows with ids of V1 leave the warehouse as other removed rows do. A catalog that was "
    "written before lacks the streams that only V3 has: write a new one with --discover, in Meltano with "
    "--refresh-catalog."
)
MOVED_NATIVE = (
    f"{MOVED} With `catalog_shape: native`, records now have the shape of V3, without the columns that only V1 has."
)


def is_of_v1(state: Mapping[str, Any]) -> bool:
    """True if a state, as `understood` returns it, has a bookmark that was written on catalog V1."""
    return any(OF_V1 in entry for entry in state.get("bookmarks", {}).values())


def take_over(entries: Mapping[str, CatalogEntry], streams: Iterable[Stream]) -> None:
    """Replace schemas and replication keys in a Singer catalog that was discovered on V1 in its native shape."""
    for stream in streams:
        entry = entries.get(stream.name)
        if entry is not None:
            entry.schema = Schema.from_dict(stream.schema)
            for each in (entry, entry.metadata.root):
                if each.replication_key not in (None, *stream.schema["properties"]):
                    each.replication_key = stream.replication_key
