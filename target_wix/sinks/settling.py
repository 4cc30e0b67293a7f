"""Step 5: how a sink notes what became of each record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.outcomes import Outcome, Rejected, Result
from target_wix.sinks.checked import CheckedSink

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_wix.changes import Change, Entity
    from target_wix.host import Host


class SettlingSink(CheckedSink):
    """A sink that gives each record exactly one outcome."""

    def __init__(self, target: Host, *args: Any, **kwargs: Any) -> None:
        super().__init__(target, *args, **kwargs)
        self.run = target.run

    def sides(self, change: Change) -> tuple[Entity, Entity]:
        """Give what the site has of an entity and what it shall have, alike enough to be compared by people."""
        return change.current or {}, {**change.record, **change.body}

    def settle(
        self, change: Change, outcome: Outcome, fields: Iterable[str] = (), *, earlier: Outcome | None = None
    ) -> None:
        """Note the outcome of a record."""
        self._note(
            change,
            Result(
                change.line,
                self.stream_name,
                change.key,
                change.command,
                outcome,
                change.id,
                tuple(fields),
                earlier=earlier,
                left_out=change.left_out,
            ),
        )

    def settle_written(self, change: Change) -> None:
        """Note the outcome of a record with which nothing is left to do."""
        if change.made:
            self.settle(change, Outcome.CREATED)
        elif fields := (*change.wrote, *(name for name in change.fields if name not in change.wrote)):
            self.settle(change, Outcome.UPDATED, fields)
        else:
            self.settle(change, Outcome.UNCHANGED)

    def reject(self, change: Change, rejection: Rejected, line: int | None = None) -> bool:
        """Note that a record is rejected; always true.

        Args:
            change: The record.
            rejection: Why.
            line: Line that is wrong, if it is another one than that with which the record begins.
        """
        error = {
            "code": rejection.code,
            "field": rejection.field,
            "message": rejection.message,
            "retryable": rejection.retryable,
        }
        self._note(
            change,
            Result(
                line or change.line,
                self.stream_name,
                change.key,
                change.command,
                Outcome.REJECTED,
                change.id,
                error=error,
            ),
        )
        return True

    def _note(self, change: Change, result: Result) -> None:
        if self.run.report:
            self.run.report.add(self.run.told(result), lambda: self._shown(change, result.outcome))
        self.run.settle(result, change.line)
        self.run.repeats.note(self.stream_name, change.digest, result)

    def _shown(self, change: Change, outcome: Outcome) -> tuple[Entity, Entity]:
        """Give both sides as they were before anything was sent."""
        if outcome is Outcome.REJECTED:
            return {}, change.record  # which may have any shape
        old, new = self.sides(change)
        if change.before:
            old, new = change.before[0], {**new, **change.before[1]}
        return ({} if outcome is Outcome.CREATED else old), new
