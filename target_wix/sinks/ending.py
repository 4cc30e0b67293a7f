"""What a sink does at the end of the input: it deletes what was held, and what a mirror does not hold."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from target_wix.changes import MOST_TRIES, Change
from target_wix.commands import Command
from target_wix.outcomes import Rejected
from target_wix.sinks.commanded import CommandedSink
from target_wix.verdicts import given_up
from wix_api.timestamps import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from target_wix.changes import Entity
    from wix_api.query import Query

MOST_PER_CALL = 400


class EndingSink(CommandedSink):
    """A sink that deletes nothing before the input was seen to its end.

    Attributes:
        everything: How all entities of the site are read, for a mirror; None if the stream cannot be one.
    """

    everything: ClassVar[Query | None] = None

    @abstractmethod
    def apply(self, changes: list[Change]) -> list[Change]:
        """Send changes and settle each, or give it back to be looked at again."""

    @abstractmethod
    def _work(self, changes: list[Change]) -> None:
        """Take changes through the steps from the second one on."""

    @abstractmethod
    def _each(self, changes: list[Change], step: Callable[[Change], bool]) -> list[Change]:
        """Do a step for each record; keep those that it says go on."""

    # While the input comes

    def claim_of(self, change: Change) -> str:
        """Give what a delete takes away."""
        return change.id

    def touched_by(self, change: Change) -> Iterable[str]:
        """Give what a matched record means, and what that belongs to."""
        return (change.id, *change.place[:1])

    def _is_free(self, change: Change) -> bool:
        """Whether nothing that a record means is about to be deleted; raises `Postponed` if it is."""
        self.run.deletes.check_free(*self.touched_by(change))
        return True

    def _may_go(self, change: Change) -> bool:
        """Whether a change may be sent now: a delete is held."""
        if change.command is Command.DELETE and self.run.deletes.is_holding:
            self.run.deletes.hold(self.stream_name, change, self.claim_of(change))
            self.run.repeats.clear()  # what means the same entity waits from now on
            self.run.repeats.postponed(self.stream_name, change.digest)
            return False
        return True

    # At its end

    def refuse_deletes(self, why: str) -> None:
        """Reject what was held, and what waits behind it."""
        held, waiting = self.run.deletes.take(self.stream_name)
        for change in held:
            self.reject(change, Rejected(why, code="TOO_MANY_DELETES", retryable=True))
        for change in waiting:
            msg = f"It comes after a delete that was stopped. {why}"
            self.reject(change, Rejected(msg, code="TOO_MANY_DELETES", retryable=True))

    def release(self) -> None:
        """Delete what was held, then write what waits behind deletes."""
        held, waiting = self.run.deletes.take(self.stream_name)
        self._delete_all(held)
        if waiting:
            self._work(sorted(waiting, key=lambda change: change.line))

    def surplus(self) -> list[Change]:
        """Give what a mirror does not hold, as deletes that no line asks for."""
        if self.everything is None:
            return []
        kept, started = self.run.mirror.kept(self.stream_name), self.client_started
        return [
            Change(0, {}, Command.DELETE, key=f"id={row['id']}", id=row["id"], current=self.slim(row))
            for row in self.run.rows(self.everything)
            if row["id"] not in kept and self._was_there(row, started) and self.is_deletable(row)
        ]

    def remove(self, surplus: list[Change]) -> None:
        """Delete what a mirror does not hold, unless something that waited turned out to hold it."""
        kept = self.run.mirror.kept(self.stream_name)
        self._delete_all([change for change in surplus if change.id not in kept])

    def is_deletable(self, row: Entity) -> bool:  # noqa: ARG002 - for entities of which some are Wix's own
        """Whether a mirror may delete an entity."""
        return True

    def slim(self, row: Entity) -> Entity:
        """Give what deleting needs of an entity."""
        return self.run.deletes.slim(row)

    @property
    def client_started(self) -> str:
        """The moment at which the run began, by Wix's clock."""
        return self.run.client.started

    def _was_there(self, row: Entity, started: str) -> bool:
        """Whether an entity was made before the run began: what others make meanwhile is not the input's to know."""
        made = row.get("createdDate")
        return bool(made) and normalise(str(made)) < started and not self.run.deletes.is_held(row["id"])

    def _delete_all(self, changes: list[Change]) -> None:
        for some in _chunks(changes, MOST_PER_CALL):
            waiting = some
            while waiting:
                self.run.check_stop()
                waiting = self._each(self.apply(waiting), _may_repeat)
            self.host.acknowledge()


def _may_repeat(change: Change) -> bool:
    change.tries += 1
    if change.tries >= MOST_TRIES:
        raise given_up(change.failure)
    change.current = change.current or {"id": change.id}
    return True


def _chunks(changes: list[Change], size: int) -> Iterator[list[Change]]:
    for start in range(0, len(changes), size):
        yield changes[start : start + size]
