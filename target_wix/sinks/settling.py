"""Step 5: how a sink notes what became of each record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.outcomes import Outcome, Rejected, Result
from target_wix.sinks.checked import CheckedSink

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_wix.changes import Change
    from target_wix.host import Host


class SettlingSink(CheckedSink):
    """A sink that gives each record exactly one outcome."""

    def __init__(self, target: Host, *args: Any, **kwargs: Any) -> None:
        super().__init__(target, *args, **kwargs)
        self.run = target.run

    def settle(
        self, change: Change, outcome: Outcome, fields: Iterable[str] = (), *, earlier: Outcome | None = None
    ) -> None:
        """Note the outcome of a record."""
        self.run.settle(
            Result(
                change.line,
                self.stream_name,
                change.key,
                change.command,
                outcome,
                change.id,
                tuple(fields),
                earlier=earlier,
            )
        )

    def settle_written(self, change: Change) -> None:
        """Note the outcome of a record with which nothing is left to do."""
        fields = (*change.wrote, *(name for name in change.fields if name not in change.wrote))
        if change.made:
            self.settle(change, Outcome.CREATED)
        elif fields:
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
        self.run.settle(
            Result(
                line or change.line,
                self.stream_name,
                change.key,
                change.command,
                Outcome.REJECTED,
                change.id,
                error=error,
            ),
            change.line,
        )
        return True
