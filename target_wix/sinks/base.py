"""What all sinks share: the steps of a batch, read from top to bottom in `WixSink._work`."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk.sinks import BatchSink
from typing_extensions import override

from target_wix.changes import MOST_TRIES
from target_wix.commands import Command
from target_wix.deletes import Postponed
from target_wix.failures import Failure
from target_wix.matching import Matcher, choose_keys, rounds
from target_wix.outcomes import Outcome, Rejected
from target_wix.sinks.ending import EndingSink
from target_wix.verdicts import Verdict, given_up, verdict
from wix_api.errors import RejectionError, SettingsError, UnavailableError
from wix_api.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from target_wix.changes import Change, Entity
    from target_wix.host import Host
    from target_wix.matching import Key


class WixSink(EndingSink, BatchSink):
    """Writes the records of one stream.

    Attributes:
        kind: What references call its entities.
        rank: Sinks of a lower rank are written first.
        rows: Records in one batch, unless `batch_size_rows` says otherwise.
        can_mirror: Whether what the input does not hold can be deleted.
    """

    kind: ClassVar[str]
    rank: ClassVar[int]
    rows: ClassVar[int] = 400
    can_mirror: ClassVar[bool] = False

    def __init__(self, target: Host, *args: Any, **kwargs: Any) -> None:
        super().__init__(target, *args, **kwargs)
        self.client = target.run.client
        self.mirrors = self.run.mirror.is_asked_for(self.stream_name)
        if self.mirrors and not self.can_mirror:
            msg = (
                f"Stream `{self.stream_name}` cannot be mirrored (`load_method: overwrite`). Set "
                f"`stream_options.{self.stream_name}.load_method` to `upsert`."
            )
            raise SettingsError(msg)
        chosen = choose_keys(self.keys(), self.options.get("match_on"), self.usual_keys())
        if chosen is None:
            known = ", ".join(key.name for key in self.keys())
            msg = f"`stream_options.{self.stream_name}.match_on` names a key that is not there; it takes {known}."
            raise SettingsError(msg)
        self.matching_keys = chosen
        self.matcher = self.run.shared[Matcher.of(self.kind)] = Matcher(self.run, chosen, self.fetch, kind=self.kind)

    # What a domain brings

    @abstractmethod
    def keys(self) -> tuple[Key, ...]:
        """Give the ways in which records are matched, in the order in which they decide."""

    @abstractmethod
    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        """Read entities by their ids; those that do not exist are left out."""

    @abstractmethod
    def compare(self, change: Change) -> None:
        """Set `body` and `fields` (and memberships) to what is to be sent; raise `Rejected` if it may not be."""

    def accepts(self, change: Change) -> bool:  # noqa: ARG002 - for sinks that are choosier
        """Whether the entity that was found may be the one that the record means."""
        return True

    def is_refused_twice(self, change: Change) -> bool:  # noqa: ARG002 - for sites that refuse it
        """True if Wix refuses to make the entity of a record a second time."""
        return False

    def look_anew(self) -> None:
        """Forget what is read once for a run: look-ups are repeated."""

    def is_unfinished(self, change: Change) -> bool:  # noqa: ARG002 - for sinks that create in several calls
        """Whether a `create` was interrupted: what differs has calls of its own, and is as Wix makes it by itself."""
        return False

    def complete(self, changes: list[Change]) -> None:
        """Read more of the matched entities, where comparing needs it."""

    @override
    def refer(self, change: Change) -> None:
        """Note what a record that was matched or made is called here, for those that refer to it."""
        self.run.references.note(self.kind, incoming_id(change.record), change.id)

    def usual_keys(self) -> Iterable[str] | None:
        """Give the names of the keys that decide unless `match_on` chooses; None for all."""
        return None

    def end_rows(self) -> None:
        """Take what is joined from rows as complete: no further rows follow."""

    def cut_off(self) -> None:
        """Reject what is joined from rows: the input cannot be read on, and further rows may follow there."""

    def finish(self) -> None:
        """Do what can be done only at the end of the input."""

    # Singer

    @property
    @override
    def include_sdc_metadata_properties(self) -> bool:
        # Otherwise the SDK strips `_sdc_deleted_at` before a sink sees it.
        return True

    @property
    @override
    def max_size(self) -> int:
        return self.batch_size_rows or self.rows

    @property
    @override
    def current_size(self) -> int:
        # Of a product file the SDK would count rows, and drain bulk calls that are not full.
        return len(self.waiting)

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        self.host.drain_before(self.rank)
        waiting, self.waiting = self.waiting, []
        try:
            self.check_retry()
            self._work(waiting)
        finally:
            self.host.acknowledge()

    @override
    def name_of(self, record: Entity) -> str:
        return self.matcher.name_of(record)

    @override
    def prepare(self, change: Change) -> None:
        for key in self.matching_keys:
            key.offered_by(change)

    # Steps 2 to 5; see `commanded` for the first one

    @override
    def _work(self, changes: list[Change]) -> None:
        """Write records; those that mean the same entity one after another."""
        for some in rounds(changes, self.matching_keys):
            waiting = [change for change in some if not self._is_repeat(change)]
            while waiting:
                matched = self._matched(waiting)
                differing = self._compared(matched)
                waiting = self._applied(differing)

    def _is_repeat(self, change: Change) -> bool:
        """True if a record says again what the run has just seen to, which is its outcome, too."""
        again = self.run.repeats.find(self.stream_name, change.digest)
        if again is None or (again.error and change.source):  # rows are rejected by their own lines
            return False
        change.id = again.id
        if again.error:
            self.reject(change, Rejected(**again.error))
        elif again.outcome:
            self.settle(change, again.outcome)
        else:
            change.id = ""
            self.run.deletes.postpone(self.stream_name, change)
        return True

    def _matched(self, changes: list[Change]) -> list[Change]:
        """Step 2: which entity is meant, and whether the command can be obeyed with what was found."""
        self.run.lag.wait()
        decided = self._decided(changes)
        while (missing := self._made_twice(decided)) and self.run.lag.wait_on():
            self.look_anew()
            asked = set(map(id, missing))
            decided = [*(change for change in decided if id(change) not in asked), *self._decided(missing)]
        return self._each(decided, self._obey)

    def _made_twice(self, changes: list[Change]) -> list[Change]:
        """Return the records that would be made, and made twice if look-ups do not show yet what they mean."""
        return [
            change
            for change in changes
            if change.current is None
            and change.command in {Command.UPSERT, Command.CREATE}
            and self.matcher.has_key(change)
            and not self.is_refused_twice(change)
        ]

    def _decided(self, changes: list[Change]) -> list[Change]:
        """Look records up; return those of which the entity is known, or known to be missing."""
        decided, asked = [], changes
        while asked:
            undecided = {
                id(change) for change, why in self.matcher.match(asked, self.accepts) if self.reject(change, why)
            }
            found = [change for change in asked if id(change) not in undecided]
            self.complete([change for change in found if change.current is not None])
            asked = [change for change in found if change.current is not None and not self.accepts(change)]
            refused = {id(change) for change in asked}
            decided += [change for change in found if id(change) not in refused]
            for change in asked:
                change.refused = (*change.refused, change.matched_by)
                change.id, change.current, change.matched_by = "", None, ""
        return decided

    def _obey(self, change: Change) -> bool:
        if change.current is None and change.command is not Command.CREATE and not self.matcher.has_key(change):
            msg = (
                f"The record offers nothing to find it by ({self.matcher.key_names}). Give one of these, or set "
                f"`stream_options.{self.stream_name}.match_on`."
            )
            raise Rejected(msg, code="NO_KEY")
        if change.current is not None:
            self.refer(change)
            return True
        if change.command is Command.UPDATE:
            msg = "There is no such entity on the site, and `update` makes none. Use `upsert`."
            raise Rejected(msg, code="NOT_FOUND")
        if change.command is Command.DELETE:
            self.settle(change, Outcome.UNCHANGED)
            return False
        return True

    def _compared(self, changes: list[Change]) -> list[Change]:
        """Step 3: what differs. In the order of the input, since a delete lets what comes after it wait."""
        in_order = sorted(changes, key=lambda change: change.line)
        return self._each(in_order, lambda one: self._is_free(one) and self._differs(one) and self._may_go(one))

    def _differs(self, change: Change) -> bool:
        if change.command is Command.DELETE:
            return True
        self.compare(change)
        if change.current is None or change.fields:
            if change.command is Command.CREATE and change.current is not None and not change.made:
                if not self.is_unfinished(change):
                    msg = f"It exists already ({change.id}) and differs in {', '.join(change.fields)}. Use `upsert`."
                    raise Rejected(msg, code="ALREADY_EXISTS")
                change.made = True
            return True
        self.settle_written(change)
        return False

    def _applied(self, changes: list[Change]) -> list[Change]:
        """Steps 4 and 5: send, believe each answer, note each outcome; give back what must be looked at again."""
        again = self.apply(changes) if changes else []
        return self._each(again, self._may_try_again)

    def _may_try_again(self, change: Change) -> bool:
        change.tries += 1
        if change.current is not None:
            change.before = change.before or self.sides(change)
        change.current = None
        change.body = {}
        change.fields = ()
        if change.tries >= MOST_TRIES:
            raise given_up(change.failure)
        return True

    @override
    def _each(self, changes: list[Change], step: Callable[[Change], bool]) -> list[Change]:
        """Do a step for each record; keep those that it says go on."""
        kept = []
        for change in changes:
            try:
                if step(change):
                    kept.append(change)
            except Rejected as rejection:
                self.reject(change, rejection)
            except Postponed:
                self.run.deletes.postpone(self.stream_name, change)
                self.run.repeats.postponed(self.stream_name, change.digest)
        return kept

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
            self.reject(change, failure.rejection())
        return follows is not Verdict.LOOK_AGAIN

    def _is_taken_unseen(self, change: Change, failure: Failure) -> bool:
        """True if a create may have met what look-ups did not show yet, and Wix does not name it."""
        is_new = change.current is None and not change.tries
        return failure.refusal is Refusal.TAKEN and is_new and not failure.holder and self.run.lag.is_early

    def outdated(self, change: Change) -> None:
        """Note that what was read of an entity does not hold any more: it is read anew."""
        if change.current is not None or change.id:
            change.wrote = change.fields
            self.run.lag.wrote(change.id)

    def look_for(self, change: Change, failure: Failure) -> bool:
        """Let a record be looked for by its keys; true if it offers none, which rejects it."""
        if change.current is not None:
            self.gone(change)
        elif change.id:
            self.outdated(change)  # it was made, and a part of it was not
        elif failure.is_lost:
            self.run.lag.lost_create()
            change.made = self.can_be_found(change)
            if not change.made:
                msg = f"It may have been created, and offers nothing to find it by. {failure.message}"
                return self.reject(change, replace(failure, message=msg).rejection())
        return False

    def can_be_found(self, change: Change) -> bool:
        """Whether a record offers anything by which the entity is found that was made of it."""
        return self.matcher.has_key(change)

    # What is known from here on

    def created(self, change: Change, entity_id: str) -> None:
        """Note that an entity was made for a record."""
        change.id = entity_id
        change.made = True
        self.matcher.remember(change)
        self.refer(change)

    def deleted(self, change: Change, outcome: Outcome = Outcome.DELETED) -> None:
        """Note that an entity is gone."""
        self.matcher.forget(change.id)
        self.run.references.forget(self.kind, change.id)
        self.settle(change, outcome)

    def gone(self, change: Change) -> None:
        """Note that an entity was deleted since it was found: it is looked for once more, and made anew."""
        self.run.lag.wrote(change.id)
        self.matcher.forget(change.id)
        self.run.references.forget(self.kind, change.id)
        change.id = change.matched_by = ""

    def missing(self, change: Change) -> None:
        """Note that an entity was gone before it was deleted: somebody was faster, or an answer was lost."""
        self.run.lag.wrote(change.id)
        self.deleted(change, Outcome.UNCHANGED)


def incoming_id(record: Entity) -> str | None:
    """Return the id that a record came with."""
    value = record.get("id")
    return None if value in (None, "") else str(value)
