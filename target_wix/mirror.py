"""`load_method: overwrite`: what the input does not hold is deleted at its end.

A stream is mirrored only where all of it came: no record was rejected, the input had records of the stream, and, where
its records carry a version, the ACTIVATE_VERSION of that version came behind the last of them.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

OVERWRITE = "overwrite"


class Mirror:
    """Which streams are mirrored, and what the input holds of them. Safe for threads.

    Args:
        config: The settings: `load_method`, and `stream_options.<stream>.load_method`, which goes before it.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._whole = config.get("load_method")
        self._options: Mapping[str, Any] = config.get("stream_options") or {}
        self._kept: dict[str, set[str]] = {}
        self._open: set[str] = set()
        self._lock = threading.Lock()
        self.deleted: dict[str, list[str]] = {}
        """For each stream: what was deleted that the input did not hold, as messages name it."""
        self.failed: list[str] = []
        """Why something could not be deleted."""

    def is_asked_for(self, stream: str) -> bool:
        """Whether a stream shall be mirrored."""
        own = (self._options.get(stream) or {}).get("load_method")
        return str(own or self._whole or "") == OVERWRITE

    def keep(self, stream: str, entity_id: str) -> None:
        """Note that the input holds an entity, or that this run has deleted it already."""
        if entity_id and self.is_asked_for(stream):
            with self._lock:
                self._kept.setdefault(stream, set()).add(entity_id)

    def kept(self, stream: str) -> set[str]:
        """Give the ids of what the input holds."""
        return self._kept.get(stream, set())

    def met_version(self, stream: str) -> None:
        """Note a record that carries a version: all of them came only when that version is activated."""
        self._open.add(stream)

    def activated(self, stream: str) -> None:
        """Note that a version of a stream is complete."""
        self._open.discard(stream)

    def is_unfinished(self, stream: str) -> bool:
        """Whether records came whose version was not activated."""
        return stream in self._open
