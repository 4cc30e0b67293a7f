"""Limit on deletes (`max_deletes`): nothing is deleted before the whole input is known not to exceed it.

A delete that matched an entity is held, as an id, until the end of the input. Records after it that match the same
entity, or refer to it, wait for the delete: otherwise they would find an entity that should be deleted already. See
docs/decisions/0012-deletes-wait-for-the-end.md.

With `load_method: overwrite`, entities that the input lacks are deleted at its end. This is done only if the input is
complete: no record was rejected, the input had records of the stream, and if these carry a version, ACTIVATE_VERSION of
that version came after the last of them.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wix_api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_wix.change import Change, Entity


DEFAULT_SHARE = Decimal("0.1")
DEFAULT_LEAST = 50
_OFF = "off"
_DIGITS = 15
_KEPT = ("id", "revision", "name", "orderId")
"""Members of an entity that a delete needs."""


class Postponed(Exception):  # noqa: N818 - not a failure: the record waits for the end of the input
    """A record matches, or refers to, an entity that a held delete will remove."""


@dataclass(frozen=True)
class Limit:
    """Maximum number of deletes of a stream in one run.

    Attributes:
        setting: The limit as messages name it.
        share: Share of the stream's records in the input, from 0 to 1; None if a number is set.
        least: Number of deletes that are always allowed; the limit itself if a number is set.
    """

    setting: str
    share: Decimal | None
    least: int

    @classmethod
    def of(cls, given: Any) -> Limit | None:
        """Parse the setting; return None if it is "off".

        Raises:
            SettingsError: The setting is neither a number, nor a share, nor "off".
        """
        if given in (None, ""):
            return cls("10 % of its records, and at least 50", DEFAULT_SHARE, DEFAULT_LEAST)
        text = str(given).strip().lower()
        if text == _OFF:
            return None
        number = _number(text)
        if 0 < number < 1 or (text.endswith("%") and 0 <= number <= 1):
            return cls(f"{number * 100:f}".rstrip("0").rstrip(".") + " % of its records", number, 0)
        if number >= 0 and number == number.to_integral_value() and not text.endswith("%"):
            return cls(f"{int(number):,}", None, int(number))
        msg = f'`max_deletes` is {text[:40]!r}. Set it to a number (100), a share (0.25 or "25%"), or "off".'
        raise SettingsError(msg)

    def message(self, name: str, deletes: int, records: int) -> str:
        """Return the message that a stream would exceed the limit."""
        return (
            f"`{name}` would delete {deletes:,}, with {records:,} records in the input; `max_deletes` allows "
            f"{self.setting}. Nothing was deleted. If these deletes are intended, raise `max_deletes` "
            "(`wix-import --max-deletes`)."
        )

    def allows(self, deletes: int, records: int) -> bool:
        """True if this number of deletes is allowed for this number of records."""
        return deletes <= max(self.least, int((self.share or 0) * records))


def _number(text: str) -> Decimal:
    """Return the number in a text; -1 if it is not a number, or out of range."""
    try:
        number = Decimal(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ArithmeticError:
        return Decimal(-1)
    return number if number.is_finite() and abs(number.adjusted()) <= _DIGITS else Decimal(-1)


@dataclass
class _Stream:
    records: int = 0
    held: list[tuple[str, Change]] = field(default_factory=list)
    waiting: list[Change] = field(default_factory=list)


class HeldDeletes:
    """Deletes of a run that wait for the end of its input, and the records that wait for them. Thread-safe.

    Without a limit, it holds nothing.
    """

    def __init__(self, limit: Limit | None) -> None:
        self._limit = limit
        self.is_holding = limit is not None
        self._streams: dict[str, _Stream] = defaultdict(_Stream)
        self._claims: Counter[str] = Counter()
        self._lock = threading.Lock()

    def count(self, stream: str) -> None:
        """Count a record of the input."""
        self._streams[stream].records += 1

    def records(self, stream: str) -> int:
        """Return the number of records in the input so far."""
        return self._streams[stream].records

    @staticmethod
    def slim(entity: Entity | None) -> Entity:
        """Return the members of an entity that a delete needs."""
        return {name: value for name, value in (entity or {}).items() if name in _KEPT}

    def hold(self, stream: str, change: Change, claim: str) -> None:
        """Hold a delete until the end of the input; `claim` is the id of the entity it removes."""
        with self._lock:
            slim = replace(change, record={}, given=None, current=self.slim(change.current))
            self._streams[stream].held.append((claim, slim))
            self._claims[claim] += 1
        change.is_done = True

    def postpone(self, stream: str, change: Change) -> None:
        """Postpone a record that comes after a held delete."""
        with self._lock:
            self._streams[stream].waiting.append(change.anew())
        change.is_done = True

    def is_held(self, claim: str) -> bool:
        """True if a held delete removes an entity."""
        return self._claims[claim] > 0 if self._claims else False

    def check_free(self, *claims: str) -> None:
        """Check that no held delete removes these entities.

        Raises:
            Postponed: A held delete removes one of them.
        """
        if any(self.is_held(claim) for claim in claims):
            raise Postponed

    def excess(self, more: dict[str, int]) -> list[str]:
        """Return a message for each stream that would exceed the limit.

        Args:
            more: For each stream, the number of entities that the input lacks (`load_method: overwrite`).
        """
        found = []
        for name in sorted(self._streams.keys() | more.keys()):
            stream = self._streams[name]
            deletes = len(stream.held) + more.get(name, 0)
            if deletes and self._limit is not None and not self._limit.allows(deletes, stream.records):
                found.append(self._limit.message(name, deletes, stream.records))
        return found

    def take(self, stream: str) -> tuple[list[Change], list[Change]]:
        """Remove the deletes of a stream, and the records that wait for deletes, and return both."""
        taken = self._streams[stream]
        held, waiting = taken.held, taken.waiting
        taken.held, taken.waiting = [], []
        for claim, _ in held:
            self._claims[claim] -= 1
        return [change for _, change in held], waiting


OVERWRITE = "overwrite"


class Mirror:
    """Streams with `load_method: overwrite`, and the ids of their entities in the input. Thread-safe."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._whole = config.get("load_method")
        self._options: Mapping[str, Any] = config.get("stream_options") or {}
        self._kept: dict[str, set[str]] = {}
        self._open: set[str] = set()
        self._lock = threading.Lock()
        self.deleted: dict[str, list[str]] = {}
        """For each stream: keys of the entities that were deleted because the input lacks them."""
        self.failed: list[str] = []
        """Messages of deletes that failed."""

    def is_asked_for(self, stream: str) -> bool:
        """True if a stream has `load_method: overwrite`."""
        own = (self._options.get(stream) or {}).get("load_method")
        return str(own or self._whole or "") == OVERWRITE

    def keep(self, stream: str, entity_id: str) -> None:
        """Record that the input contains an entity, or that this run has deleted it."""
        if entity_id and self.is_asked_for(stream):
            with self._lock:
                self._kept.setdefault(stream, set()).add(entity_id)

    def kept(self, stream: str) -> set[str]:
        """Return the ids of the entities in the input."""
        return self._kept.get(stream, set())

    def met_version(self, stream: str) -> None:
        """Record that a stream's records carry a version: the input is incomplete until it is activated."""
        self._open.add(stream)

    def activated(self, stream: str) -> None:
        """Record that a version of a stream is complete."""
        self._open.discard(stream)

    def is_unfinished(self, stream: str) -> bool:
        """True if a stream had records with a version that was not activated since."""
        return stream in self._open
