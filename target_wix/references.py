"""Ids of another site, translated.

Records that were extracted from one site and are written to another one refer to each other by the ids of the first.
Each sink notes, for every record it matched or made, which id the record came with and which one it has here.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from target_wix.notes import Notes


class References:
    """For each kind of entity: the id that a record came with → its id on this site. Safe for threads.

    Args:
        notes: Where they are kept.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._lock = threading.Lock()
        self._gone: set[tuple[str, str]] = set()

    def note(self, kind: str, incoming: str | None, here: str) -> None:
        """Note what a record is called here; records without an id of their own need no note."""
        if incoming:
            with self._lock:
                self._gone.discard((kind, here))
            self._notes.put(kind, [(incoming, here)])

    def claim(self, kind: str, incoming: str | None, here: str) -> None:
        """Note whose counterpart an entity of this site is."""
        if incoming:
            self._notes.put(f"owners of {kind}", [(here, incoming)])

    def is_claimed(self, kind: str, incoming: str | None, here: str) -> bool:
        """True if an entity of this site is the counterpart of a record with another id."""
        owner = self._notes.get(f"owners of {kind}", here) if incoming else None
        return owner not in {None, incoming} and self.find(kind, str(owner)) == here

    def forget(self, kind: str, here: str) -> None:
        """Drop what refers to an entity that was deleted."""
        with self._lock:
            self._gone.add((kind, here))

    def find(self, kind: str, incoming: str) -> str | None:
        """Give the id on this site, or None if no record came with this id."""
        here = self._notes.get(kind, incoming)
        return None if here is None or (kind, here) in self._gone else here
