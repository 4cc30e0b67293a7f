"""Rows of a table `wix_edits` in PostgreSQL as Singer messages for target-wix: the way back of a warehouse to its shop.

    python -m examples.reverse_sync postgresql://USER@HOST/DATABASE | target-wix --config config.json

tap-wix and target-postgres keep the schema `wix` like the shop; nobody else writes there. What is to change in the shop
is a row of `wix_edits`: the stream, the id (null for something new), a record as tap-wix gives it, or a date in
`deleted_at`. Rows that the shop has deleted are never made again: an edit of them is left out, by its id and by the
email or slug that it names.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

EDITS = """
CREATE TABLE IF NOT EXISTS wix_edits (
    stream TEXT NOT NULL, id TEXT, record JSONB NOT NULL DEFAULT '{}', deleted_at TIMESTAMPTZ,
    CHECK (stream IN ('products', 'contacts')), CHECK (id IS NOT NULL OR deleted_at IS NULL)
)
"""
SAME_PRODUCT = """coalesce(edit.id = {row}.id, edit.record ->> 'slug' = {row}.slug)"""
SAME_CONTACT = """
coalesce(edit.id = {row}.id, edit.record #>> '{{info,emails,items,0,email}}' = {row}."primaryInfo" ->> 'email')
"""
STREAMS = {"products": SAME_PRODUCT, "contacts": SAME_CONTACT}
"""Streams, and which row of the shop an edit is about: by its id, or by the slug or email of something new."""
PENDING = """
SELECT coalesce(edit.id, there.id) AS id, edit.record, edit.deleted_at
FROM wix_edits AS edit
LEFT JOIN wix.{stream} AS there ON there._sdc_deleted_at IS NULL AND {same_there}
WHERE edit.stream = '{stream}' AND NOT EXISTS (
    SELECT FROM wix.{stream} AS gone WHERE gone._sdc_deleted_at IS NOT NULL AND {same_gone}
)
"""


class Edit(NamedTuple):
    """A change that the shop is to get."""

    id: str | None
    record: dict[str, Any]
    deleted_at: Any


def messages(stream: str, edits: Iterable[Edit]) -> Iterator[dict[str, Any]]:
    """Return the Singer messages of a stream's edits."""
    columns: dict[str, Any] = {"id": {}, "_command": {}, "_sdc_deleted_at": {}}
    edits = list(edits)
    members = {name: {} for edit in edits for name in edit.record}
    yield {"type": "SCHEMA", "stream": stream, "key_properties": [], "schema": {"properties": columns | members}}
    for edit in edits:
        record = edit.record
        if edit.deleted_at is not None:
            record = {"id": edit.id, "_sdc_deleted_at": edit.deleted_at.isoformat()}
        elif edit.id is not None:  # an update makes nothing, should the shop have deleted it meanwhile
            record = {**edit.record, "id": edit.id, "_command": "update"}
        yield {"type": "RECORD", "stream": stream, "record": record}


def pending(base: psycopg.Connection[Any], stream: str) -> list[Edit]:
    """Return the edits of a stream, but for those of rows that the shop has deleted."""
    same = STREAMS[stream]
    there, gone = same.format(row="there"), same.format(row="gone")
    query = PENDING.format(stream=stream, same_there=there, same_gone=gone)
    return [Edit(*row) for row in base.execute(query.encode())]


def main() -> None:
    """Write the messages of all edits."""
    parser = argparse.ArgumentParser(prog="python -m examples.reverse_sync", description=__doc__)
    parser.add_argument("database", help="address of PostgreSQL")
    with psycopg.connect(parser.parse_args().database) as base:
        base.execute(EDITS)
        for stream in STREAMS:
            for message in messages(stream, pending(base, stream)):
                sys.stdout.write(json.dumps(message) + "\n")


if __name__ == "__main__":
    main()
