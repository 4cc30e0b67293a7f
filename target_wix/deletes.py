"""What waits for the end of the input: deletes, because of `max_deletes`, and records that cannot be written yet.

Nothing is deleted before the whole input is known not to exceed `max_deletes`. A delete that matched an entity is held,
as an id, until the end of the input. Records after it that match the same entity, or refer to it, wait for the delete:
otherwise they would find an entity that should be deleted already. See
docs/decisions/0012-deletes-wait-for-the-end.md.

A create or update that Wix refuses because another entity has a value, such as a slug, is late: it is sent again at the
end of the input, since a later record or a held delete may free the value. So is a record that cannot be sent since
what it needs may still come: the product, collection or order that it refers to, from a late create or from a stream
whose records have not begun, or on catalog V1 the quantities of the other variants of its product. Later records of the
same entity wait for it. See docs/decisions/0033-taken-values-are-tried-at-the-end.md.

With `load_method: overwrite`, entities that the input lacks are deleted at its end. This is done only if the input is
complete: no record was rejected, the input had records of the stream, and if these carry a version, ACTIVATE_VERSION of
that version came after the last of them.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from target_wix.change import Change, Command, Entity
from wix_api.errors import SettingsError
from wix_api.progress import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_wix.errors import Rejected


DEFAULT_SHARE = Decimal("0.1")
DEFAULT_LEAST = 50
_OFF = "off"
_DIGITS = 15
_KEPT = ("id", "revision", "name", "orderId")
"""Members of an entity that a delete needs."""


MOST_REFUSED = 1_000
"""Number of waiting records of a stream from which on no refused or incomplete record waits: it is rejected at once.

Records after a held delete, and later records of an entity, always wait.
"""
_UNKNOWN = {
    "UNKNOWN_PRODUCT": "products",
    "UNKNOWN_VARIANT": "products",
    "UNKNOWN_COLLECTION": "collections",
    "UNKNOWN_ORDER": "orders",
}
"""Error codes of records that refer to an entity which the site lacks, and the stream that may create it."""
_INCOMPLETE = "QUANTITY_OF_SOME_VARIANTS"
"""Error code of records that later records of the same product may complete."""


class AfterDelete(Exception):  # noqa: N818 - not a failure: the record waits for the end of the input
    """A record matches, or refers to, an entity that a held delete will remove."""


class AfterLate(Exception):  # noqa: N818 - not a failure, either
    """An earlier record of the same entity is late.

    Attributes:
        claim: What the record will delete; "" if it deletes nothing.
    """

    def __init__(self, claim: str = "") -> None:
        super().__init__(claim)
        self.claim = claim


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
        """Parse the setting; return None if it is "off", and raise `SettingsError` if it is invalid."""
        if given in (None, ""):
            return cls("10% of its records, and at least 50", DEFAULT_SHARE, DEFAULT_LEAST)
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
            f"`{name}` would delete {deletes:,}, with {counted(records, 'record')} in the input; `max_deletes` "
            f"allows {self.setting}. Nothing was deleted. If these deletes are intended, raise `max_deletes`."
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


class HeldDeletes:
    """Deletes of a run that wait for the end of its input. Thread-safe.

    Without a limit, it holds none.

    Attributes:
        is_holding: Deletes are held, until the end of the input.
        records: Number of records in the input so far, by stream; 0 for a stream that has only a SCHEMA.
    """

    def __init__(self, limit: Limit | None) -> None:
        self._limit = limit
        self.is_holding = limit is not None
        self.records: Counter[str] = Counter()
        self._held: dict[str, list[tuple[str, Change]]] = defaultdict(list)
        self._claims: Counter[str] = Counter()
        self._lock = threading.Lock()

    @staticmethod
    def slim(entity: Entity) -> Entity:
        """Return the members of an entity that a delete needs."""
        return {name: value for name, value in entity.items() if name in _KEPT}

    def hold(self, stream: str, change: Change, claim: str) -> None:
        """Hold a delete until the end of the input; `claim` is the id of the entity it removes."""
        with self._lock:
            source = change.source and replace(change.source, record={}, places={}, notes=())
            existing = self.slim(change.current)
            slim = replace(change, record={}, given=None, source=source, offers={}, current=existing)
            self._held[stream].append((claim, slim))
        self.claim(claim)
        change.is_done = True

    def claim(self, claim: str) -> None:
        """Add a claim: records that refer to an entity wait for a delete of it."""
        with self._lock:
            self._claims[claim] += 1

    def release(self, claim: str) -> None:
        """End a claim: its delete is about to be sent."""
        with self._lock:
            self._claims[claim] -= 1

    def is_held(self, claim: str) -> bool:
        """True if a held delete removes an entity."""
        return self._claims[claim] > 0 if self._claims else False

    def is_any_held(self) -> bool:
        """True if a delete is held until the end of the input."""
        with self._lock:
            return self.is_holding and any(self._held.values())

    def check_free(self, *claims: str) -> None:
        """Raise `AfterDelete` if a held delete removes one of these entities."""
        if any(self.is_held(claim) for claim in claims):
            raise AfterDelete

    def excess(self, more: Counter[str]) -> list[str]:
        """Return a message for each stream that would exceed the limit with the held deletes and `more` ones."""
        deletes = more + Counter({name: len(held) for name, held in self._held.items()})
        return [
            self._limit.message(name, number, self.records[name])
            for name, number in sorted(deletes.items())
            if self._limit is not None and not self._limit.allows(number, self.records[name])
        ]

    def take(self, stream: str) -> list[Change]:
        """Remove the deletes of a stream, and return them."""
        held = self._held.pop(stream, [])
        for claim, _ in held:
            self.release(claim)
        return [change for _, change in held]


class Waiting(NamedTuple):
    """A record that waits for the end of the input.

    Attributes:
        refusal: Wix's refusal of a taken value; None if it was not sent.
        writes_before: Number of updates and deletes of the stream before it was sent.
        is_after_delete: It comes after a held delete.
    """

    change: Change
    refusal: Rejected | None = None
    writes_before: int = 0
    is_after_delete: bool = False


@dataclass
class _Stream:
    waiting: list[Waiting] = field(default_factory=list)
    late_ids: dict[str, int] = field(default_factory=dict)
    late_deletes: list[str] = field(default_factory=list)
    writes: int = 0
    writes_before: int = 0


class PostponedRecords:
    """Records of a run that wait for the end of its input. Thread-safe."""

    def __init__(self, deletes: HeldDeletes) -> None:
        self._deletes = deletes
        self._streams: dict[str, _Stream] = defaultdict(_Stream)
        self._has_ended = False
        self._lock = threading.Lock()

    def add(self, stream: str, change: Change) -> None:
        """Postpone a record that comes after a held delete, or repeats a postponed record."""
        change.is_done = True
        waiting = Waiting(change.anew(), is_after_delete=self._deletes.is_any_held())
        with self._lock:
            self._streams[stream].waiting.append(waiting)

    def add_after_late(self, stream: str, change: Change, claim: str) -> None:
        """Postpone a record that comes after a late one of the same entity; `claim` is what it deletes, or ""."""
        with self._lock:
            late = self._streams[stream]
            if claim:
                late.late_deletes.append(claim)
                self._deletes.claim(claim)
            self._add_late(late, change, None)

    def add_refused(self, stream: str, change: Change, refusal: Rejected) -> bool:
        """Postpone a refused record if the run may still free or create what it needs; return False otherwise."""
        with self._lock:
            late = self._streams[stream]
            may_wait = change.command is not Command.DELETE and len(late.waiting) < MOST_REFUSED
            if may_wait and refusal.is_taken:
                self._add_late(late, change, refusal)
            elif may_wait and not self._has_ended and self._may_follow(refusal.code):
                self._add_late(late, change, None)
            else:
                return False
        return True

    @staticmethod
    def _add_late(stream: _Stream, change: Change, refusal: Rejected | None) -> None:
        change.is_done = True
        kept = change.anew()
        kept.id, kept.offers = change.id, change.offers
        stream.waiting.append(Waiting(kept, refusal, stream.writes_before))
        _note_late(stream.late_ids, change)

    def _may_follow(self, code: str) -> bool:
        """True if a late record, or a stream whose SCHEMA came but no record, may bring what a record needs."""
        if code not in _UNKNOWN:
            return code == _INCOMPLETE
        late = any(one.refusal and not one.change.id for stream in self._streams.values() for one in stream.waiting)
        return late or self._deletes.records.get(_UNKNOWN[code]) == 0

    def check_order(self, stream: str, change: Change, claim: str = "") -> None:
        """Raise `AfterLate` with a claim if an earlier record of the same entity is late."""
        if _is_after(self._streams[stream].late_ids, change):
            raise AfterLate(claim)

    def begin_writes(self, stream: str) -> None:
        """Record that records are about to be sent: what is written from now on may free values that they need."""
        self._streams[stream].writes_before = self._streams[stream].writes

    def count_write(self, stream: str) -> None:
        """Count an update or a delete, which may have freed a value."""
        with self._lock:
            self._streams[stream].writes += 1

    # The end of the input

    def deletes(self) -> Counter[str]:
        """Return the number of deletes that come after a late record, by stream."""
        return Counter({name: len(set(stream.late_deletes)) for name, stream in self._streams.items()})

    def take(self, stream: str) -> tuple[list[Waiting], list[tuple[Change, Rejected]]]:
        """Remove the records of a stream that can be sent now; if there are none, those that stay refused.

        A record stays refused if nothing was updated or deleted since it was sent, so that no value is free for it.
        Records after a delete can be sent only once deletes are not held any more.

        Returns:
            The records to send, and those that stay refused with their refusals, in the order of the input.
        """
        taken = self._streams[stream]
        waiting = sorted(taken.waiting, key=lambda one: one.change.line)
        refused = {
            one: (one.change, one.refusal) for one in waiting if one.refusal and one.writes_before >= taken.writes
        }
        taken.late_ids = {}
        for change, _ in refused.values():
            _note_late(taken.late_ids, change)
        ready = []
        for one in waiting:
            if one in refused or _is_after(taken.late_ids, one.change):
                _note_late(taken.late_ids, one.change)
            elif not (one.is_after_delete and self._deletes.is_holding):
                ready.append(one)
        # Records after deletes are written in batches, so one of them may still wait for a later one.
        self._has_ended = not any(one.is_after_delete for one in ready)
        # Records of this stream wait for those before them in any case, and other streams are not written meanwhile.
        for claim in taken.late_deletes:
            self._deletes.release(claim)
        taken.late_deletes.clear()
        gone = set(ready) or refused.keys()
        taken.waiting = [one for one in waiting if one not in gone]
        return ready, [] if ready else list(refused.values())

    def take_rest(self, stream: str) -> list[Change]:
        """Remove the records of a stream that wait, and return them."""
        rest, self._streams[stream].waiting = self._streams[stream].waiting, []
        return [one.change for one in rest]


def _note_late(lines: dict[str, int], change: Change) -> None:
    """Add the line of a late record under the names of its entity, unless an earlier line is there."""
    for name in _ids_of(change):
        lines[name] = min(change.line, lines.get(name, change.line))


def _is_after(lines: Mapping[str, int], change: Change) -> bool:
    """True if a record comes after a late one of the same entity."""
    return bool(lines) and any(
        lines.get(name, change.line) < change.line for name in _ids_of(change) | _keys_of(change)
    )


def _ids_of(change: Change) -> set[str]:
    """Return the id of the matched entity; for a record without one, its keys."""
    return {change.id} if change.id else _keys_of(change)


def _keys_of(change: Change) -> set[str]:
    return {f"{name}={value}" for name, values in change.offers.items() for value in values}


OVERWRITE = "overwrite"


class Mirror:
    """Streams with `load_method: overwrite`, and the ids of their entities in the input. Thread-safe."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._whole = config.get("load_method")
        self._options: Mapping[str, Any] = config.get("stream_options") or {}
        self._kept: dict[str, set[str]] = {}
        self._lock = threading.Lock()
        self.deleted: dict[str, list[str]] = {}
        """For each stream: keys of the entities that were deleted because the input lacks them."""
        self.unfinished: set[str] = set()
        """Streams of the input whose records carry a version that was not activated since: they are incomplete."""
        self.failed = 0
        """Number of deletes that failed."""

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
