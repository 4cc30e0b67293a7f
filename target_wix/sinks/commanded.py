"""Step 1, done when a record is read, while it is at hand: what is asked for."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from target_wix.changes import Change
from target_wix.commands import Command, default_command, take_command
from target_wix.forms import Layout, ShapeError
from target_wix.outcomes import Outcome, Rejected
from target_wix.repeats import digest_of
from target_wix.settings import DEFAULT_COMMAND_COLUMN
from target_wix.sinks.retrying import RetryingSink

if TYPE_CHECKING:
    from target_wix.changes import Entity
    from target_wix.host import Host


class CommandedSink(RetryingSink):
    """A sink that lets records wait for the others of their batch, unless there is nothing to do for them.

    Attributes:
        shape: Which members of a record are objects and lists.
        waiting: Records of the batch.
    """

    shape: Layout = Layout()

    def __init__(self, target: Host, *args: Any, **kwargs: Any) -> None:
        super().__init__(target, *args, **kwargs)
        self.options: dict[str, Any] = (target.config.get("stream_options") or {}).get(self.stream_name) or {}
        self.command_column = target.config.get("command_column") or DEFAULT_COMMAND_COLUMN
        self.default_command = default_command(self.options)
        self.waiting: list[Change] = []

    # What a domain brings

    @abstractmethod
    def name_of(self, record: Entity) -> str:
        """Give what names a record in messages and results, `handle=blue-mug`, or "" if it offers no key."""

    def shape_for(self, record: Entity) -> Layout:  # noqa: ARG002 - for sinks that take several shapes
        """Give which members of a record are objects and lists."""
        return self.shape

    def understood(self, record: Entity) -> Entity:
        """Turn a record into the shape that the site's catalog takes; raises `Rejected` where it cannot."""
        return record

    def prepare(self, change: Change) -> None:
        """Do what is cheaper now, while a record is in the processor's caches, than once the whole batch is there."""

    # Taking records

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        self.expect(self.line)
        change = Change(self.line, record, self.default_command)
        if not self.host.broken:
            self.take(change)
        elif not self.was_settled(change):
            msg = f"The record cannot be read: {self.host.broken}."
            self.reject(change, Rejected(msg, code="INVALID_VALUE"))

    def expect(self, line: int) -> None:
        """Note that there will be a result for what begins in a line; no state behind it is told before."""
        self.run.deletes.count(self.stream_name)
        self.run.ledger.open(line)
        self.run.outcomes.expect(line)

    def take(self, change: Change) -> None:
        """Let a record wait for the others of its batch, unless it is rejected or left out."""
        try:
            change.command = take_command(change.record, self.command_column, self.default_command)
            digest = digest_of(change.command, change.record)
            change.record = self.understood(self._shaped(change.record))
        except Rejected as rejection:
            if not self.was_settled(change):
                self.reject(change, rejection)
            return
        change.key = self.name_of(change.record)
        change.digest = digest if change.key else b""
        if self.was_settled(change):
            return
        if change.command is Command.IGNORE:
            self.settle(change, Outcome.IGNORED)
            return
        self.prepare(change)
        self.waiting.append(change)

    def _shaped(self, record: Entity) -> Entity:
        try:
            return self.shape_for(record).parsed(record)
        except ShapeError as error:
            raise Rejected(str(error), code="WRONG_TYPE", field=error.place) from None
