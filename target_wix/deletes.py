"""The brake: no record is deleted before the whole input was seen not to delete too much.

Deletes are held from the moment that they are known to delete something, as ids, until the end of the input. What
comes after a held delete and means the same entity, or refers to it, waits behind it: it would find what should be gone
already. See docs/decisions/0012-deletes-wait-for-the-end.md.

With `load_method: overwrite`, what the input does not hold is deleted at its end. A stream is mirrored only where all
of it came: no record was rejected, the input had records of the stream, and, where its records carry a version, the
ACTIVATE_VERSION of that version came after the last of them.
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
_KEPT = ("id", "revision", "managingAppId", "name", "orderId")
"""What deleting needs of an entity."""


class Postponed(Exception):  # noqa: N818 - not a failure: the record waits for the end of the input
    """A record means, or refers to, what a delete that is still held will take away."""


@dataclass(frozen=True)
class Limit:
    """How much of a stream one run may delete.

    Attributes:
        setting: What the message names.
        share: Of the stream's records in the input, or None where a number is set.
        least: Deletes that are allowed whatever the share; where a number is set, that number.
    """

    setting: str
    share: Decimal | None
    least: int

    @classmethod
    def of(cls, given: Any) -> Limit | None:
        """Read the setting; None if there is no brake.

        Raises:
            SettingsError: It is neither a number, nor a share, nor "off".
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
        msg = f'`max_deletes` is {text[:40]!r}. Give a number (100), a share (0.25 or "25%"), or "off".'
        raise SettingsError(msg)

    def message(self, name: str, deletes: int, records: int) -> str:
        """Return the message that a stream would delete too much."""
        return (
            f"`{name}` would delete {deletes:,}, with {records:,} records in the input, and `max_deletes` allows "
            f"{self.setting}. Nothing was deleted. If it is meant, raise `max_deletes` (`wix-import --max-deletes`)."
        )

    def allows(self, deletes: int, records: int) -> bool:
        """True if this number of deletes is allowed for this number of records."""
        return deletes <= max(self.least, int((self.share or 0) * records))


def _number(text: str) -> Decimal:
    """Return the number of a text, or -1 if it is none of a usual size."""
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
    """Deletes of a run that wait for the end of its input, and the records that wait behind them. Safe for threads.

    Args:
        limit: The brake, or None: then nothing is held.
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
        """Return the number of records that the input had so far."""
        return self._streams[stream].records

    @staticmethod
    def slim(entity: Entity | None) -> Entity:
        """Return what deleting needs of an entity."""
        return {name: value for name, value in (entity or {}).items() if name in _KEPT}

    def hold(self, stream: str, change: Change, claim: str) -> None:
        """Hold a delete until the end of the input; `claim` is what it takes away."""
        with self._lock:
            slim = replace(change, record={}, given=None, current=self.slim(change.current))
            self._streams[stream].held.append((claim, slim))
            self._claims[claim] += 1
        change.is_done = True

    def postpone(self, stream: str, change: Change) -> None:
        """Postpone a record that comes after a held delete."""
        again = type(change)(
            change.line,
            change.record if change.given is None else change.given,
            change.command,
            change.key,
            source=change.source,
            digest=change.digest,
        )
        with self._lock:
            self._streams[stream].waiting.append(again)
        change.is_done = True

    def is_held(self, claim: str) -> bool:
        """True if something is about to be deleted."""
        return self._claims[claim] > 0 if self._claims else False

    def check_free(self, *claims: str) -> None:
        """Check that no held delete takes these away.

        Raises:
            Postponed: A held delete will.
        """
        if any(self.is_held(claim) for claim in claims):
            raise Postponed

    def excess(self, more: dict[str, int]) -> list[str]:
        """Return a sentence for each stream that would delete too much.

        Args:
            more: Deletes for each stream that no record asks for: what a mirror does not hold.
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
        """True if a stream is to be mirrored."""
        own = (self._options.get(stream) or {}).get("load_method")
        return str(own or self._whole or "") == OVERWRITE

    def keep(self, stream: str, entity_id: str) -> None:
        """Record that the input holds an entity, or that this run has deleted it already."""
        if entity_id and self.is_asked_for(stream):
            with self._lock:
                self._kept.setdefault(stream, set()).add(entity_id)

    def kept(self, stream: str) -> set[str]:
        """Return the ids of what the input holds."""
        return self._kept.get(stream, set())

    def met_version(self, stream: str) -> None:
        """Remember a record that carries a version: all of them came only when that version is activated."""
        self._open.add(stream)

    def activated(self, stream: str) -> None:
        """Record that a version of a stream is complete."""
        self._open.discard(stream)

    def is_unfinished(self, stream: str) -> bool:
        """True if records came whose version was not activated."""
        return stream in self._open
