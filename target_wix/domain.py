"""What a domain of Wix brings to the pipeline: how its entities are found, compared and written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from target_wix.change import Change, Command, Outcome
from target_wix.errors import Failure
from target_wix.fields import Fields
from target_wix.matching import Matcher, choose_keys
from target_wix.verdicts import Verdict, verdict
from wix_api.errors import RejectionError, SettingsError, UnavailableError
from wix_api.refusals import Refusal
from wix_api.timestamps import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from target_wix.change import Entity
    from target_wix.errors import Rejected
    from target_wix.matching import Key
    from target_wix.stream import Stream
    from wix_api.query import Query


class Domain(ABC):
    """Writes one kind of entities on one store catalog: the pipeline asks, and domains answer.

    Attributes:
        kind: What references call its entities.
        rank: Streams of a lower rank are written first.
        batch_size: Records in one batch, unless `batch_size_rows` says otherwise.
        can_mirror: Whether what the input does not hold can be deleted.
        everything: How all entities of the site are read, for a mirror.
        fields: The members of its records.
        idle_notes: Notes on product files that do not concern sites of the catalog.
    """

    kind: ClassVar[str]
    rank: ClassVar[int]
    batch_size: ClassVar[int] = 400
    can_mirror: ClassVar[bool] = False
    everything: ClassVar[Query | None] = None
    fields = Fields()
    idle_notes: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.run = stream.run
        self.client = stream.run.client
        self.mirrors = self.run.mirror.is_asked_for(stream.name)
        stream.sides = self.sides
        if self.mirrors and not self.can_mirror:
            msg = (
                f"Stream `{stream.name}` cannot be mirrored (`load_method: overwrite`). Set "
                f"`stream_options.{stream.name}.load_method` to `upsert`."
            )
            raise SettingsError(msg)
        usual = stream.rows.layout.format.keys if stream.rows else None
        chosen = choose_keys(self.keys(), stream.options.get("match_on"), usual)
        if chosen is None:
            known = ", ".join(key.name for key in self.keys())
            msg = f"`stream_options.{stream.name}.match_on` names a key that is not there; it takes {known}."
            raise SettingsError(msg)
        self.matching_keys = chosen
        self.matcher = Matcher(self.run, chosen, self.fetch, kind=self.kind)

    # Step 1: understand a record

    def fields_of(self, record: Entity) -> Fields:  # noqa: ARG002 - for domains that take several shapes
        """Return the table of the members of a record."""
        return self.fields

    def to_site_shape(self, record: Entity) -> Entity:
        """Return a record in the shape that the site's catalog takes; raise `Rejected` where it cannot be."""
        return record

    def name_of(self, record: Entity) -> str:
        """Return what names a record in messages and results, `handle=blue-mug`; "" if it offers no key."""
        return self.matcher.name_of(record)

    # Step 2: find its entity

    @abstractmethod
    def keys(self) -> tuple[Key, ...]:
        """Return the ways in which records are matched, in the order in which they decide."""

    @abstractmethod
    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        """Read entities by their ids; those that do not exist are left out."""

    def find(self, changes: list[Change]) -> list[Change] | None:  # noqa: ARG002 - for domains that find otherwise
        """Find entities in another way than by keys, and return the records that go on; None if keys find them."""
        return None

    def find_otherwise(self, changes: list[Change]) -> Iterable[tuple[Change, Rejected]]:  # noqa: ARG002 - as above
        """Set `id` and `current` of records that no key finds, where something else does; return the undecided ones."""
        return ()

    def accepts(self, change: Change) -> bool:  # noqa: ARG002 - for domains that are choosier
        """True if the entity that was found may be the one that the record means."""
        return True

    def is_refused_twice(self, change: Change) -> bool:  # noqa: ARG002 - for sites that refuse it
        """True if Wix refuses to make the entity of a record a second time."""
        return False

    def look_anew(self) -> None:  # noqa: B027 - most have nothing to do
        """Forget what is read once for a run: look-ups are repeated."""

    def complete(self, changes: list[Change]) -> None:  # noqa: B027 - most have nothing to do
        """Read more of the matched entities, where comparing needs it."""

    def refer(self, change: Change) -> None:
        """Record what a record that was matched or made is called here, for those that refer to it."""
        self.run.memory.same(self.kind, incoming_id(change.record), change.id)

    # Step 3: compare

    @abstractmethod
    def compare(self, change: Change) -> None:
        """Set `body` and `fields` (and memberships) to what is to be sent; raise `Rejected` if it may not be."""

    def may_delete(self, change: Change) -> bool:  # noqa: ARG002 - for domains of which not all can be deleted
        """True if a delete has anything to do; raise `Rejected` if it cannot be done."""
        return True

    def is_unfinished(self, change: Change) -> bool:  # noqa: ARG002 - for domains that create in several calls
        """True if a `create` was interrupted: what differs has calls of its own, and is as Wix makes it by itself."""
        return False

    def touched_by(self, change: Change) -> Iterable[str]:
        """Return what a matched record means, and what that belongs to: held deletes of these come first."""
        return (change.id, *change.variant_ref[:1])

    def claim_of(self, change: Change) -> str:
        """Return what a delete takes away."""
        return change.id

    def sides(self, change: Change) -> tuple[Entity, Entity]:
        """Return what the site has of an entity and what it should have, alike enough to be compared by people."""
        return change.current or {}, {**change.record, **change.body}

    # Steps 4 and 5: send, and record outcomes

    @abstractmethod
    def apply(self, changes: list[Change]) -> list[Change]:
        """Send changes and settle each, or return it to be looked at again."""

    def record_written(self, change: Change) -> None:
        """Record the outcome of a record with which nothing is left to do."""
        self.stream.record_written(change)

    def begin_batch(self) -> None:  # noqa: B027 - most have nothing to do
        """Do what waits for a batch of records."""

    def finish(self) -> None:  # noqa: B027 - most have nothing to do
        """Do what can be done only at the end of the input."""

    def cut_off(self) -> None:  # noqa: B027 - most have nothing to do
        """Settle what waits for the end of the input, which cannot be read on."""

    # What Wix refuses

    def written(self, change: Change, write: Callable[[], None]) -> bool:
        """Write one record; false if it must be looked at again.

        Raises:
            WixError: The run cannot go on.
        """
        try:
            write()
        except (RejectionError, UnavailableError) as error:
            if isinstance(error, UnavailableError) and not error.is_lost:
                raise
            return self.failed(change, Failure.of(error))
        return True

    def failed(self, change: Change, failure: Failure) -> bool:
        """Do what follows from a failed write; false if the record must be looked at again."""
        change.failure = failure
        if self._is_taken_unseen(change, failure):
            self.run.lag.lost()
            return False
        follows = verdict(failure, change)
        if follows is Verdict.DONE:
            self.missing(change)
        elif follows is Verdict.LOOK_AGAIN:
            self.outdated(change)
        elif follows is Verdict.LOOK_FOR_IT:
            return self.look_for(change, failure)
        else:
            self.stream.reject(change, failure.rejection())
        return follows is not Verdict.LOOK_AGAIN

    def _is_taken_unseen(self, change: Change, failure: Failure) -> bool:
        """True if a create may have met what look-ups did not show yet, and Wix does not name it."""
        is_new = change.current is None and not change.tries
        return failure.refusal is Refusal.TAKEN and is_new and not failure.holder and self.run.lag.is_early

    def outdated(self, change: Change) -> None:
        """Record that what was read of an entity does not hold any more: it is read anew."""
        if change.current is not None or change.id:
            change.wrote = change.fields
            self.run.memory.refused(change.id)

    def look_for(self, change: Change, failure: Failure) -> bool:
        """Prepare a record to be looked for by its keys; true if it offers none, which rejects it."""
        if change.current is not None:
            self.gone(change)
        elif change.id:
            self.outdated(change)  # it was made, and a part of it was not
        elif failure.is_lost:
            self.run.lag.lost_create()
            change.made = self.matcher.has_key(change)
            if not change.made:
                msg = f"It may have been created, and offers nothing to find it by. {failure.message}"
                self.stream.reject(change, replace(failure, message=msg).rejection())
                return True
        return False

    # What is known from here on

    def created(self, change: Change, entity_id: str) -> None:
        """Record that an entity was made for a record."""
        self.run.began_to_make(change, self.stream.name)
        change.id = entity_id
        change.made = True
        self.matcher.remember(change)
        self.refer(change)

    def deleted(self, change: Change, outcome: Outcome = Outcome.DELETED) -> None:
        """Record that an entity is gone."""
        self.run.memory.forget(self.kind, change.id)
        self.stream.record_outcome(change, outcome)

    def gone(self, change: Change) -> None:
        """Record that an entity was deleted since it was found: it is looked for once more, and made anew."""
        self.run.memory.refused(change.id)
        self.run.memory.forget(self.kind, change.id)
        change.id = change.matched_by = ""

    def missing(self, change: Change) -> None:
        """Record that an entity was gone before it was deleted: somebody was faster, or an answer was lost."""
        self.run.memory.wrote(change.id)
        self.deleted(change, Outcome.UNCHANGED)

    # What a mirror does not hold

    def surplus(self) -> list[Change]:
        """Return what a mirror does not hold, as deletes that no line asks for."""
        if self.everything is None:
            return []
        return [
            Change(0, {}, Command.DELETE, key=f"id={row['id']}", id=row["id"], current=self.run.deletes.slim(row))
            for row in self.run.rows(self.everything)
            if self._was_there(row) and self.is_deletable(row)
        ]

    def _was_there(self, row: Entity) -> bool:
        """True if an entity was made before the run began, and is not in the input: others may make some meanwhile."""
        made, kept = row.get("createdDate"), self.run.mirror.kept(self.stream.name)
        was_there = bool(made) and normalise(str(made)) < self.client.started
        return was_there and row["id"] not in kept and not self.run.deletes.is_held(row["id"])

    def is_deletable(self, row: Entity) -> bool:  # noqa: ARG002 - for entities of which some are Wix's own
        """True if a mirror may delete an entity."""
        return True

    def is_still_surplus(self, change: Change) -> bool:
        """True if nothing that waited for the end of the input turned out to hold an entity."""
        return change.id not in self.run.mirror.kept(self.stream.name)


def incoming_id(record: Entity) -> str | None:
    """Return the id that a record came with."""
    value = record.get("id")
    return None if value in (None, "") else str(value)
