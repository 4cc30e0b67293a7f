"""Base class of the domains of Wix: how their entities are matched, compared and written.

Words of all domains: `desired` is what a record says, and `existing` what the site has. A `foreign` record has ids of
another site. Records in `again` are to be matched and compared once more. Any method that sends a call raises
`WixError` if the run cannot continue.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from target_wix.change import Change, Command, Entity, ItemResult, Outcome
from target_wix.desired import diff, filled, without
from target_wix.errors import Failure, Rejected
from target_wix.fields import Fields, with_known_names
from target_wix.matching import Key, Matcher, Reader, choose_keys
from target_wix.undo_entries import MEMBERSHIPS, Kept, Op, Returns
from target_wix.verdicts import Verdict, verdict
from wix_api.errors import RejectionError, SettingsError, UnavailableError
from wix_api.refusals import Refusal
from wix_api.timestamps import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from target_wix.stream import Stream
    from wix_api.query import Query


class Domain(ABC):
    """Writes one kind of entities on one store catalog. The pipeline calls its methods, step by step.

    Attributes:
        kind: Kind of its entities, as references name it.
        rank: Streams of a lower rank are written first.
        batch_size: Size of a batch, unless `batch_size_rows` is set; see `size_of`.
        can_mirror: True if `load_method: overwrite` is supported.
        everything: Query of all entities of the site, if `can_mirror` and `surplus` is not overridden.
        fields: Table of the members of its records.
        reader: Reads its entities; None if they are read with others.
        refuses_twins: True if Wix refuses to create the same entity a second time.
        undeletable: Why its entities cannot be deleted, and what to do instead; "" if they can.
        returns: How its writes are undone.
        is_made_again: True if an undo recreates a deleted entity.
        is_refused_whole: True if an update that Wix refuses has written nothing, unless `Change.entries` is cleared.
        names: Names of the columns that its records may have.
        spellings: The same names, by their spelling in lower case.
        inside: Member of a record that has the members that `fields` of a change names, or "".
        needs_key: True if a create needs a key, too, since the entity is a part of another one.
        idle_notes: Notes on product files that do not apply to the catalog.
    """

    kind: ClassVar[str]
    rank: ClassVar[int]
    batch_size: ClassVar[int] = 400
    can_mirror: ClassVar[bool] = False
    everything: ClassVar[Query]
    fields = Fields()
    reader: Reader | None = None
    refuses_twins: ClassVar[bool] = False
    needs_key: ClassVar[bool] = False
    undeletable: ClassVar[str] = ""
    idle_notes: ClassVar[frozenset[str]] = frozenset()
    returns: ClassVar[Returns] = Returns.AS_RECORDS
    is_made_again: ClassVar[bool] = True
    is_refused_whole: ClassVar[bool] = False
    inside: ClassVar[str] = ""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.run = stream.run
        self.client = stream.run.client
        self.mirrors = self.run.mirror.is_asked_for(stream.name)
        self.names = {name for table in self.tables() for name in table.names}
        self.spellings = {name.casefold(): name for name in self.names}
        stream.sides = self.sides
        if self.mirrors and not self.can_mirror:
            msg = (
                f"Stream `{stream.name}` does not support `load_method: overwrite`. Set "
                f"`stream_options.{stream.name}.load_method` to `upsert`."
            )
            raise SettingsError(msg)
        usual = stream.rows.layout.format.keys if stream.rows else None
        named, known = stream.options.get("match_on") or (), [key.name for key in self.keys()]
        if unknown := next((name for name in named if name not in known), ""):
            msg = f"`stream_options.{stream.name}.match_on` names the unknown key `{unknown}`. Use {', '.join(known)}."
            raise SettingsError(msg)
        self.matching_keys = choose_keys(self.keys(), named, usual)
        self.matcher = Matcher(self.run, self.matching_keys, self.fetch, kind=self.kind, written=self.keys())

    # Step 1: convert a record

    def tables(self) -> Iterable[Fields]:
        """Return the tables of all shapes that its records may have."""
        return (self.fields,)

    def with_known_columns(self, record: Entity) -> Entity:
        """Return a record with the column names of its table, which warehouses write in lower or upper case.

        Raises:
            Rejected: The record has a column twice.
        """
        return record if record.keys() <= self.names else with_known_names(record, self.spellings, str.casefold)

    def needed(self, record: Entity, command: Command) -> Iterable[str]:  # noqa: ARG002 - for domains that need some
        """Return the columns that a record must not lose, since its write would then be another one."""
        return ()

    def check_columns(self, record: Entity, command: Command) -> None:
        """Raise `Rejected` if an unknown column with a value is the only one that is spelled like a needed column."""
        needed = {*self.needed(record, command)} - record.keys()
        if not needed:
            return
        table = self.fields_of(record)
        lost = {
            name: near
            for name in table.unwritable(record)
            for near in {table.nearest(name), name.partition("__")[0]} & needed  # it may be flattened
        }
        if lost:
            problems = [f"There is no column `{name}`; the nearest one is `{near}`." for name, near in lost.items()]
            advice = "Disable flattening" if any("__" in name for name in lost) else "Rename it"
            msg = f"{' '.join(problems)} {advice}, or remove it with `stream_maps`."
            raise Rejected(msg, code="UNKNOWN_COLUMN", field=", ".join(lost))

    def fields_of(self, record: Entity) -> Fields:  # noqa: ARG002 - for domains with several shapes
        """Return the table of the members of a record."""
        return self.fields

    def to_site_shape(self, record: Entity) -> Entity:
        """Return a record in the shape of the site's catalog; raise `Rejected` if it cannot be converted."""
        return record

    def name_of(self, record: Entity) -> str:
        """Return the key of a record in messages and results, `handle=blue-mug`; "" if it has none."""
        return self.matcher.name_of(record)

    def size_of(self, change: Change) -> float:  # noqa: ARG002 - for overrides
        """Return the part of `batch_size` that a record takes."""
        return 1

    # Step 2: find its entity

    @abstractmethod
    def keys(self) -> tuple[Key, ...]:
        """Return the keys that match records with entities; the first key with a match decides."""

    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        """Read entities by their ids; those that do not exist are left out."""
        return self.reader.get(ids) if self.reader else {}

    def find(self, changes: list[Change]) -> list[Change] | None:  # noqa: ARG002 - for domains that do not use keys
        """Match records by other means than keys; return those that continue, or None to match them by keys."""
        return None

    def find_otherwise(self, changes: list[Change]) -> Iterable[tuple[Change, Rejected]]:  # noqa: ARG002 - as above
        """Set `id` and `current` of records that no key matches but other members do; return ambiguous ones."""
        return ()

    def check_missing(self, change: Change) -> None:
        """Raise `Rejected` if a record that no entity matches needs one, or if its keys cannot find one."""
        if change.command is Command.UPDATE:
            msg = (
                "The site has nothing with the keys of this record, and `update` creates nothing. Correct them, or use "
                "`upsert`."
            )
            raise Rejected(msg, code="NOT_FOUND")

    def without_entity(self, change: Change, why: Rejected, *, is_named: bool) -> bool:
        """Record a delete as unchanged if the site lacks the entity that it names. Returns False.

        Raises:
            Rejected: `why`, for other records, and for a delete that names no entity.
            AfterLate: An earlier record of the same entity is late, and may create it.
        """
        if change.command is not Command.DELETE or not is_named:
            raise why
        self.run.postponed.check_order(self.stream.name, change)
        self.stream.record_outcome(change, Outcome.UNCHANGED)
        return False

    def accepts(self, change: Change) -> bool:
        """True if the entity in `current` may be the match of the record: this run has not changed the key."""
        return not self.matcher.is_outdated(change)

    def refuses_twin_of(self, change: Change) -> bool:  # noqa: ARG002 - for domains where it depends on the record
        """True if Wix refuses to create the entity of a record a second time."""
        return self.refuses_twins

    def forget_entities(self) -> None:  # noqa: B027 - most have nothing to do
        """Discard the list of all entities, which some domains read once per run, so that it is read again."""

    def forget_entity(self, change: Change) -> None:  # noqa: B027 - most have nothing to do
        """Remove a deleted entity from that list."""

    def complete(self, changes: list[Change]) -> None:  # noqa: B027 - most have nothing to do
        """Read parts of the matched entities that the comparison needs."""

    def refer(self, change: Change) -> None:
        """Store the id on this site of a matched or created record, for records that refer to it."""
        self.run.memory.link(self.kind, incoming_id(change.record), change.id)

    # Step 3: compare

    def is_of_wix(self, change: Change) -> bool:  # noqa: ARG002 - for domains with such entities
        """True if only Wix writes the entity of a record, as it does the collection All Products."""
        return False

    def warn_of_unwritable(self, change: Change) -> None:
        """Log a warning, once each, for members of a record that cannot be written."""
        self.warn_of_paths(change, self.fields_of(change.record), self.unwritable(change))

    def warn_of_paths(self, change: Change, table: Fields, paths: Iterable[str]) -> None:
        """Log a warning, once each, for paths of members that cannot be written, with the nearest known member."""
        for path in paths:
            near = table.nearest(path).replace("[]", "")
            advice = f"The nearest column is `{near}`." if near else ""
            self.stream.warn_of_member(path.replace("[]", ""), advice, change)

    def unwritable(self, change: Change) -> Iterable[str]:
        """Return the paths of the members of a record that have a value and cannot be written."""
        return self.fields.unwritable(change.record)

    def compare(self, change: Change) -> None:
        """Set `body`, `fields` and memberships to send; raise `Rejected` if the record cannot be written."""
        desired = self.fields.take(change.record)
        self.fields.check(desired, creating=not change.current)
        change.body = diff(change.current, desired) if change.current else filled(desired)
        change.fields = tuple(change.body)

    def require_lasting_key(self, change: Change, has: Callable[[Key], Any], why: str, advice: str, field: str) -> None:
        """Raise `Rejected` if a new entity `has` no value of a key but its id, for which Wix chooses another one."""
        has_one = any(has(key) for key in self.matching_keys if key.name != "id")
        if change.command is Command.UPSERT and change.back is None and not has_one:
            msg = f"{why}, so each run would create another one. {advice}, or use the command `create`."
            raise Rejected(msg, code="NO_KEY", field=field)

    def check(self, change: Change) -> None:  # noqa: B027 - most have nothing to do
        """Raise `Rejected` if Wix would refuse a compared change that is to be written, as a whole."""

    def may_delete(self, change: Change) -> bool:  # noqa: ARG002 - for domains where some entities cannot be deleted
        """True if there is something to delete; raise `Rejected` if it cannot be deleted."""
        if self.undeletable:
            raise Rejected(self.undeletable, code="NOT_DELETABLE")
        return True

    def is_unfinished(self, change: Change) -> bool:  # noqa: ARG002 - for domains that create in several calls
        """True if a `create` was interrupted: the differing members have separate calls, and still Wix's defaults."""
        return False

    def touched_by(self, change: Change) -> Iterable[str]:
        """Return the ids of the matched entity and its parent: the record waits for held deletes of these."""
        return (change.id, *change.variant_ref[:1])

    def claim_of(self, change: Change) -> str:
        """Return the id of what a delete claims until it is done, usually of its entity: records of it wait."""
        return change.id

    def sides(self, change: Change) -> tuple[Entity, Entity]:
        """Return the current and the desired entity in comparable shapes, for the report."""
        return change.current, {**change.record, **change.body}

    # Steps 4 and 5: send, and record outcomes

    @abstractmethod
    def apply(self, changes: list[Change]) -> list[Change]:
        """Send changes, and record the outcome of each; return those to match and compare again."""

    def record_written(self, change: Change) -> None:
        """Record the outcome of a record that is completely written."""
        self.stream.record_written(change)

    def begin_batch(self) -> None:  # noqa: B027 - most have nothing to do
        """Do periodic work before a batch of records."""

    def finish(self) -> None:  # noqa: B027 - most have nothing to do
        """Do work that must wait for the end of the input."""

    def cut_off(self) -> None:  # noqa: B027 - most have nothing to do
        """Record the outcome of records that wait for the end of the input, which cannot be read further.

        The run then ends with an error.
        """

    def write_each(self, changes: list[Change], write: Callable[[Change], None]) -> list[Change]:
        """Write records one per call, several calls at a time; return those to match and compare again."""
        done = self.run.together(lambda change: self.write_one(change, lambda: write(change)), changes)
        return [change for change, is_done in zip(changes, done, strict=True) if not is_done]

    def write_in_bulk(self, calls: Iterable[Callable[[], Iterable[ItemResult]]]) -> list[Change]:
        """Send bulk calls, several at a time; return the records to match and compare again.

        The outcomes of calls that succeeded are recorded even if another call ends the run.
        """
        results: list[ItemResult] = []
        try:
            self.run.together(lambda call: results.extend(call()), list(calls))
        finally:
            again = self.record_results(results)
        return again

    def record_results(self, results: list[ItemResult]) -> list[Change]:
        """Record the results of bulk calls; return the records to match and compare again."""
        return [result.change for result in results if not self.record_result(result)]

    def record_result(self, result: ItemResult) -> bool:
        """Record the result of one item of a bulk call; return False if it must be matched and compared again."""
        change = result.change
        if result.failure is not None:
            return self.handle_failure(change, result.failure)
        if change.command is Command.DELETE:
            self.record_deleted(change)
            return True
        if not change.current:
            self.record_created(change, result.id)
        self.record_written(change)
        return True

    # What writes replace, for undo files

    def undo_id(self, change: Change) -> str:
        """Return the id of the matched entity in undo files, which is unique in its stream."""
        return change.id

    def read_whole(self, changes: list[Change]) -> None:
        """Read what writes are about to remove, and set `current` of deletes to the whole entity."""
        # A delete that was held has only a part of its entity.
        gone = [change for change in changes if change.command is Command.DELETE and self.is_made_again]
        existing = self.fetch([change.id for change in gone]) if gone else {}
        for change in gone:
            change.current = existing.get(change.id) or change.current

    def kept_with(self, change: Change) -> Iterable[Kept]:  # noqa: ARG002 - for entities with memberships or children
        """Return further entries for what a delete removes."""
        return ()

    def kept_of_change(self, change: Change, names: list[str]) -> Iterable[Kept]:
        """Return the entries of an update that changes the members `names`."""
        before, wrote = self.members_before(change, names), self.written_record(change)
        return [self.kept(change, self.undo_id(change), before, wrote)]

    def kept(self, change: Change, entity_id: str, before: Entity, wrote: Entity) -> Kept:
        """Return the entry of an update."""
        return Kept(Op.CHANGE, self.stream.name, change.key, entity_id, before, wrote)

    def members_before(self, change: Change, names: list[str]) -> Entity:
        """Return the members of the matched entity that a write changes, as records have them; null if absent."""
        current = change.current
        inside = current.get(self.inside) or {} if self.inside else current
        before = {name: inside.get(name) for name in names}
        return {self.inside: before} if self.inside else before

    def written_record(self, change: Change) -> Entity:
        """Return the record of a change as it is about to be written, without memberships."""
        return without(change.record, *MEMBERSHIPS)

    # Failed writes

    def write_one(self, change: Change, write: Callable[[], None]) -> bool:
        """Write one record; return False if it must be matched and compared again."""
        try:
            write()
        except (RejectionError, UnavailableError) as error:
            if isinstance(error, UnavailableError) and not error.is_lost:
                raise
            return self.handle_failure(change, Failure.of(error))
        return True

    def handle_failure(self, change: Change, failure: Failure) -> bool:
        """Handle a failed write; return False if the record must be matched and compared again."""
        change.failure = failure
        self.record_not_made(change, failure)
        if self.run.undo is not None and self.run.undo.leaves_out(change, failure):
            return False
        if self._is_taken_unseen(change, failure):
            self.run.lag.lost_answer()
            return False
        follows = verdict(failure, change)
        if follows is Verdict.LOOK_AGAIN:
            self.record_outdated(change)
            return False
        if follows is Verdict.LOOK_FOR_IT:
            return self.look_for(change, failure)
        if follows is Verdict.DONE:  # another client deleted it, or an answer was lost
            self.run.memory.wrote(change.id)
            self.record_deleted(change, Outcome.UNCHANGED)
        else:
            for entry in change.entries:
                self.run.undo_log.void(entry)
            self.stream.reject(change, failure.rejection())
        return True

    def _is_taken_unseen(self, change: Change, failure: Failure) -> bool:
        """True if a create may have conflicted with an entity that look-ups did not show yet, and Wix does not name."""
        is_new = not change.current and not change.failed_tries
        return (
            failure.refusal is Refusal.TAKEN and is_new and not failure.holder and self.run.lag.may_have_missed_writes
        )

    def record_outdated(self, change: Change) -> None:
        """Record that an entity has changed since it was read, so that it is read again."""
        if change.current or change.id:
            change.sent_fields = change.fields
            self.run.memory.doubt(change.id)
        self.forget_entities()

    def look_for(self, change: Change, failure: Failure) -> bool:
        """Prepare a record to be matched by its keys again; return True if it has no key and is rejected."""
        if change.current:  # another client deleted it: it is looked up again, and created if it is missing
            self.forget_entity(change)
            self.run.memory.doubt(change.id)
            self.run.memory.forget(self.kind, change.id)
            change.id = change.matched_by = ""
            return False
        self.forget_entities()
        if change.id:
            self.record_outdated(change)  # it was created in part
        elif failure.is_lost:
            self.run.lag.lost_create()
            change.counts_as_created = self.matcher.has_key(change)
            if not change.counts_as_created:
                msg = f"The entity may have been created, but the record has no key to find it by. {failure.message}"
                self.stream.reject(change, replace(failure, message=msg).rejection())
                return True
        return False

    # Memory of writes

    def note_update(self, change: Change) -> None:
        """Record which keys of its entity an update has changed, or may have changed if it got no answer."""
        self.matcher.note_update(change, {**change.current, **change.body})

    def record_created(self, change: Change, entity_id: str) -> None:
        """Record that an entity was created for a record."""
        self.run.began_to_make(change, self.stream.name)
        change.id = entity_id
        change.counts_as_created = True
        self.run.undo_log.made(change.open_entry, entity_id)
        change.open_entry = 0
        self.matcher.remember(change)
        self.refer(change)

    def record_not_made(self, change: Change, failure: Failure) -> None:
        """Record that Wix refused a create, so that the next attempt has an entry of its own in the undo file."""
        if change.open_entry and not (change.counts_as_created or failure.may_be_written):
            self.run.undo_log.void(change.open_entry)
            change.open_entry = 0

    def record_deleted(self, change: Change, outcome: Outcome = Outcome.DELETED) -> None:
        """Record that an entity was deleted, and the outcome of the record."""
        self.forget_entity(change)
        self.run.memory.forget(self.kind, change.id)
        self.stream.record_outcome(change, outcome)

    # Entities that the input lacks (`load_method: overwrite`)

    def surplus(self) -> list[Change]:
        """Return deletes, with line 0, of the entities that the input lacks."""
        rows = (row for row in self.run.rows(self.everything) if self._was_there(row) and self.is_deletable(row))
        return [self.delete_of(f"id={row['id']}", row) for row in rows]

    def delete_of(self, key: str, row: Entity, **members: Any) -> Change:
        """Return the delete of an entity that the input lacks; `members` are further ones of the change."""
        return Change(0, {}, Command.DELETE, key, id=row["id"], current=self.run.deletes.slim(row), **members)

    def _was_there(self, row: Entity) -> bool:
        """True if an entity was created before the run and is not in the input. Newer ones are of other clients."""
        made, kept = row.get("createdDate"), self.run.mirror.kept(self.stream.name)
        was_there = bool(made) and normalise(str(made)) < self.client.started
        return was_there and row["id"] not in kept and not self.run.deletes.is_held(row["id"])

    def is_deletable(self, row: Entity) -> bool:  # noqa: ARG002 - for domains with entities of Wix itself
        """True if an entity that the input lacks may be deleted."""
        return True

    def is_still_surplus(self, change: Change) -> bool:
        """True if no record that waited for the end of the input has matched the entity."""
        return change.id not in self.run.mirror.kept(self.stream.name)


def incoming_id(record: Entity) -> str | None:
    """Return the id in a record, or None."""
    value = record.get("id")
    return None if value in (None, "") else str(value)
