"""What can become of an input record."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec


class Outcome(StrEnum):
    """What became of a record."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    UNCHANGED = "unchanged"
    IGNORED = "ignored"
    REJECTED = "rejected"

    def told(self, *, planned: bool) -> str:
        """Give the word for people: `created`, or `to create` where nothing was done yet."""
        return _PLANNED.get(self, self.value) if planned else self.value


_PLANNED = {
    Outcome.CREATED: "to create",
    Outcome.UPDATED: "to update",
    Outcome.DELETED: "to delete",
    Outcome.IGNORED: "to ignore",
}


class Rejected(Exception):  # noqa: N818 - not a failure of the program: an answer to one record
    """One record cannot be written as it is.

    Attributes:
        code: Short upper-case name: Wix's own where Wix refused, ours where it was never sent.
        field: Path of the member that is wrong, or "".
        message: What is wrong and what to do; holds no personal data.
        retryable: The same record may succeed in a later run.
    """

    def __init__(self, message: str, *, code: str, field: str = "", retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.field = field
        self.message = message
        self.retryable = retryable


class Result(msgspec.Struct, frozen=True):
    """The outcome of one record, as it stands in the results file.

    Attributes:
        line: Line of the input, from 1.
        stream: Name of the stream.
        key: What named the record: `handle=blue-mug`.
        command: What was asked.
        outcome: What became of it.
        id: Id on this site, or "".
        fields: Members that were changed.
        error: `code`, `field`, `message`, `retryable` of a rejection.
        earlier: Outcome in the run that is retried, of a record that is left out for it.
        planned: Nothing was done: the result is that of a dry run.
        left_out: Members that Wix refused, without which the record was written.
    """

    line: int
    stream: str
    key: str
    command: str
    outcome: Outcome
    id: str = ""
    fields: tuple[str, ...] = ()
    error: dict[str, Any] | None = None
    earlier: Outcome | None = None
    planned: bool = False
    left_out: tuple[str, ...] = ()
