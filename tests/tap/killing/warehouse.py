"""A warehouse as loaders keep it: rows by their keys, removed by ACTIVATE_VERSION and by `_sdc_deleted_at`."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tests.tap.test_streams import keys_of

if TYPE_CHECKING:
    from collections.abc import Iterable

Key = tuple[str, ...]


class Warehouse:
    """Rows of all streams.

    Args:
        knows_versions: Whether ACTIVATE_VERSION removes rows: target-duckdb and others ignore it.
    """

    def __init__(self, *, knows_versions: bool = True) -> None:
        self.knows_versions = knows_versions
        self.rows: dict[str, dict[Key, dict[str, Any]]] = defaultdict(dict)
        self._versions: dict[tuple[str, Key], int | None] = {}

    def keys(self) -> dict[str, set[Key]]:
        """The keys of all streams that have rows."""
        return {stream: set(rows) for stream, rows in self.rows.items() if rows}

    def rows_of_streams(self) -> dict[str, dict[Key, dict[str, Any]]]:
        """The rows of all streams that have some."""
        return {stream: rows for stream, rows in self.rows.items() if rows}

    def load(self, messages: Iterable[dict[str, Any]]) -> list[tuple[str, Key]]:
        """Apply messages and return the rows that were removed."""
        removed = []
        for message in messages:
            if message["type"] == "RECORD":
                removed += self._put(message)
            elif message["type"] == "ACTIVATE_VERSION" and self.knows_versions:
                removed += self._activate(message["stream"], message["version"])
        return removed

    def _put(self, message: dict[str, Any]) -> list[tuple[str, Key]]:
        stream, record = message["stream"], message["record"]
        (key,) = keys_of(stream, [record])
        if record.get("_sdc_deleted_at"):
            return [(stream, key)] if self.rows[stream].pop(key, None) else []
        self.rows[stream][key] = record
        self._versions[stream, key] = message.get("version")
        return []

    def _activate(self, stream: str, version: int) -> list[tuple[str, Key]]:
        """Remove rows of older versions, and those without one, as meltanolabs-target-postgres does."""
        old = [key for key in self.rows[stream] if (self._versions[stream, key] or 0) < version]
        for key in old:
            del self.rows[stream][key]
        return [(stream, key) for key in old]
