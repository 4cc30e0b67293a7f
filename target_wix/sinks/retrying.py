"""How a sink leaves out what the run that is retried settled."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from target_wix.outcomes import Outcome
from target_wix.sinks.settling import SettlingSink

if TYPE_CHECKING:
    from target_wix.changes import Change


class RetryingSink(SettlingSink):
    """A sink that knows the results of an earlier run over the same input, if they are to be retried."""

    @abstractmethod
    def refer(self, change: Change) -> None:
        """Note what a record that was matched or made is called here, for those that refer to it."""

    def was_settled(self, change: Change) -> bool:
        """Whether the earlier run settled a record, which is left out then; others may refer to it all the same."""
        settled = self.run.earlier and self.run.earlier.settled(self.stream_name, change.key, change.line)
        if not settled:
            return False
        change.id = settled.id
        if settled.id and settled.outcome is not Outcome.DELETED:
            self.refer(change)
        self.settle(change, Outcome.IGNORED, earlier=settled.outcome)
        return True

    def check_retry(self) -> None:
        """See that records which are about to be sent belong to the input of the earlier run.

        Raises:
            OtherInputError: They do not.
        """
        earlier = self.run.earlier
        if earlier is None:
            return
        earlier.check(self.stream_name)
        if not earlier.knows(self.stream_name):
            self.run.warn_once(
                f"{self.stream_name}: {earlier.path} holds no result of it, so all its records are sent."
            )
