"""Records that say again what the run has just seen to: nothing is asked for them."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Any

import msgspec

from target_wix.change import Outcome

if TYPE_CHECKING:
    from target_wix.change import Command, Entity, Result

_MOST = 10_000
_encode = msgspec.json.Encoder(decimal_format="number").encode
_WRITTEN = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.DELETED, Outcome.REJECTED})
"""Outcomes after which something may be otherwise on the site: a rejected record may have been written in part."""
_REPEATED = {Outcome.DELETED: Outcome.UNCHANGED, Outcome.CREATED: Outcome.UNCHANGED, Outcome.UPDATED: Outcome.UNCHANGED}


def digest_of(command: Command, record: Entity) -> bytes:
    """Return what tells a record from others, b"" if it cannot be written as JSON."""
    try:
        return hashlib.blake2b(_encode([command, record]), digest_size=16).digest()
    except (TypeError, OverflowError):
        return b""


class Again(msgspec.Struct, frozen=True):
    """What becomes of a record that is repeated.

    Attributes:
        outcome: Its outcome, None if it waits for the end of the input, as the first one does.
        id: Id on the site, or "".
        error: Why it is rejected.
    """

    outcome: Outcome | None = None
    id: str = ""
    error: dict[str, Any] | None = None


class Repeats:
    """The latest records, for as long as the run writes nothing else. Safe for threads.

    What is known ends with the next write, whatever it writes to: an update of one entity may change what a record
    means for another one.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, bytes], Again] = {}
        self._lock = threading.Lock()

    def note(self, stream: str, digest: bytes, result: Result) -> None:
        """Record what became of a record."""
        outcome = result.outcome
        if outcome is Outcome.IGNORED:  # nothing was asked for it
            return
        if outcome in _WRITTEN:
            self.clear()
        if outcome is Outcome.REJECTED and (result.error or {}).get("retryable"):
            return
        entity_id = "" if outcome is Outcome.DELETED else result.id
        self._put(stream, digest, Again(_REPEATED.get(outcome, outcome), entity_id, result.error))

    def postponed(self, stream: str, digest: bytes) -> None:
        """Record that a record waits for the end of the input."""
        self._put(stream, digest, Again())

    def find(self, stream: str, digest: bytes) -> Again | None:
        """Return what becomes of a record, None if it is not known."""
        return self._known.get((stream, digest)) if digest else None

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._known.clear()

    def _put(self, stream: str, digest: bytes, again: Again) -> None:
        if not digest:
            return
        with self._lock:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[stream, digest] = again
