"""One input record on its way through the pipeline: what it asks for, what it meets, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from target_wix.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_wix.errors import Failure
    from wix_files.product_format import FileProduct


Entity = dict[str, Any]
"""A JSON object as Wix sends or takes it."""

MOST_TRIES = 3
"""How often a record is looked at again after another writer was faster, or an answer was lost."""


DELETED_AT = "_sdc_deleted_at"
"""Column by which Singer taps mark a record that is gone at its source."""


class Command(StrEnum):
    """What is to be done with a record."""

    UPSERT = "upsert"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    IGNORE = "ignore"


def take_command(record: dict[str, Any], column: str, default: Command) -> Command:
    """Remove the command from a record and return it: its own column, its mark of deletion, or the stream's default.

    Columns that start with an underscore are Singer's or ours, never Wix's, and are removed from the record.

    Raises:
        Rejected: The column names no command.
    """
    asked = record.pop(column, None)
    deleted = record.pop(DELETED_AT, None)
    for name in [name for name in record if name.startswith("_")]:
        del record[name]
    if asked is not None and asked != "":
        return _named(str(asked), column)
    return Command.DELETE if deleted is not None else default


def _named(text: str, column: str) -> Command:
    try:
        return Command(text.strip().lower())
    except ValueError:
        known = ", ".join(Command)
        msg = f"Column `{column}` holds no command: {known}."
        raise Rejected(msg, code="UNKNOWN_COMMAND", field=column) from None


def default_command(options: Mapping[str, Any]) -> Command:
    """Return the command of a stream's records that name none."""
    return Command(options.get("command") or Command.UPSERT)


class Outcome(StrEnum):
    """What became of a record."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    UNCHANGED = "unchanged"
    IGNORED = "ignored"
    REJECTED = "rejected"

    def words(self, *, planned: bool) -> str:
        """Return the word for people: `created`, or `to create` where nothing was done yet."""
        return _PLANNED.get(self, self.value) if planned else self.value


_PLANNED = {
    Outcome.CREATED: "to create",
    Outcome.UPDATED: "to update",
    Outcome.DELETED: "to delete",
    Outcome.IGNORED: "to ignore",
}


class Result(msgspec.Struct, frozen=True):
    """The outcome of one record, as the results file has it.

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


@dataclass(slots=True)
class PictureState:
    """How far the pictures of a V3 product are.

    Attributes:
        step: In which call of their own they and the choices that show them are written, from 1; 0 for together.
        are_pending: Wix was taking them in when it answered.
        are_checked: They are read again, or were.
    """

    step: int = 0
    are_pending: bool = False
    are_checked: bool = False


@dataclass(slots=True)
class Change:
    """A record, what it met on the site, and what is to be sent.

    Attributes:
        line: Line of the input.
        record: What the input says, without the columns that are ours.
        command: What it asks for.
        key: What names it in messages: `handle=blue-mug`.
        offers: Values that the record offers for keys, by their names, as far as they were asked for.
        id: Id on this site, "" while there is none.
        matched_by: Name of the key that found it.
        refused: Names of keys that found something else.
        current: What the site has, None if nothing.
        body: What is sent; empty when nothing is to change.
        fields: Members that change.
        add_to: Ids of collections that the entity is to be added to.
        remove_from: Ids of collections that it is to be removed from.
        missing: Names of collections that are made before the entity is added to them.
        variant_ref: Ids of product, variant and location ("" for the default one), for stock and variants.
        tries: How often it was sent in vain.
        made: It was created for this record in this run.
        wrote: Something was written for it, so that it is not `unchanged` if nothing is left to do.
        handle: The handle that a create carried.
        before: The site's and the record's side as they were when it was first sent, for those who want to see what
            changed; None while it was sent once only.
        failure: Why it has to be looked at again.
        pictures: How far the pictures of a V3 product are.
        left_out: Members that Wix refused, without which the record is written.
        source: The rows that it was read from, if it is a product of a file.
        digest: Digest of command and record, b"" if it offers no key: such records are all different.
        given: The record as the input has it, without the columns that are ours.
        is_done: Its outcome is recorded, or it waits for the end of the input.
    """

    line: int
    record: Entity
    command: Command
    key: str = ""
    offers: dict[str, list[str]] = field(default_factory=dict)
    id: str = ""
    matched_by: str = ""
    refused: tuple[str, ...] = ()
    current: Entity | None = None
    body: Entity = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    add_to: tuple[str, ...] = ()
    remove_from: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    variant_ref: tuple[str, ...] = ()
    tries: int = 0
    made: bool = False
    wrote: tuple[str, ...] = ()
    handle: str = ""
    before: tuple[Entity, Entity] | None = None
    failure: Failure | None = None
    pictures: PictureState = field(default_factory=PictureState)
    left_out: tuple[str, ...] = ()
    source: FileProduct | None = None
    digest: bytes = b""
    given: Entity | None = None
    is_done: bool = False

    @property
    def is_foreign(self) -> bool:
        """True if the record carries the id of another site, so that other ids in it mean nothing here."""
        incoming = self.record.get("id")
        return bool(incoming) and str(incoming) != self.id


class ItemResult(NamedTuple):
    """What Wix answered of one item of a bulk call: its id, or a failure, and the entity where the call asks for it."""

    change: Change
    id: str = ""
    failure: Failure | None = None
    entity: Entity | None = None
