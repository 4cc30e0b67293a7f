"""One input record on its way through the pipeline: its command, the site's entity, the body to send, its outcome."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from target_wix.errors import Failure, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_wix.undo_entries import Back
    from wix_files.product_format import FileProduct


Entity = dict[str, Any]
"""A JSON object of Wix's API."""

Choices = tuple[tuple[str, str], ...]
"""Choices of a variant: the names of an option and of its choice, sorted."""

MOST_TRIES = 3
"""Maximum number of attempts to write a record, after conflicts with another client or lost answers."""


DELETED_AT = "_sdc_deleted_at"
"""Column with which Singer taps mark a record that was deleted at its source."""
_YEAR = re.compile(r"\d{4}")
SITE_ID = "siteId"
"""Column with the site of a record, which `add_site_id` of tap-wix adds. It is no member of any entity."""
SITE_IDS = frozenset({SITE_ID, SITE_ID.lower(), SITE_ID.upper()})
"""Its spellings in warehouses."""


class Command(StrEnum):
    """What to do with a record."""

    UPSERT = "upsert"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    IGNORE = "ignore"


def take_command(record: dict[str, Any], column: str, default: Command) -> Command:
    """Remove the command column, metadata columns and the column of the site from a record, and return its command.

    The command is that of the column, else `delete` if the record has a deletion mark, else the default. All columns
    that start with an underscore are removed: they are Singer's or ours, never Wix's. Some warehouses write their names
    in upper case.

    Raises:
        Rejected: The column contains an unknown command, or the deletion mark is no date, such as `NaT`.
    """
    asked = record.pop(column, None)
    names = [name for name in record if name.startswith("_") or name in SITE_IDS]
    apart = {name.casefold(): record.pop(name) for name in names}
    asked = apart.get(column.casefold()) if asked is None else asked
    deleted = apart.get(DELETED_AT)
    if asked is None or asked == "":
        # Files and some warehouses write an empty text for null.
        mark = "" if deleted is None else str(deleted).strip()
        if mark and not _YEAR.search(mark):
            msg = f"Column `{DELETED_AT}` contains {mark!r:.60}, which is no date. Clear it in records that exist."
            raise Rejected(msg, code="INVALID_VALUE", field=DELETED_AT)
        return Command.DELETE if mark else default
    try:
        return Command(str(asked).strip().lower())
    except ValueError:
        known = ", ".join(Command)
        msg = f"Column `{column}` does not contain a command. Set it to one of {known}."
        raise Rejected(msg, code="UNKNOWN_COMMAND", field=column) from None


class Outcome(StrEnum):
    """Outcome of a record."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    UNCHANGED = "unchanged"
    IGNORED = "ignored"
    REJECTED = "rejected"

    def words(self, *, planned: bool) -> str:
        """Return the outcome for messages: `created`, or `to create` in a plan."""
        return _PLANNED.get(self, self.value) if planned else self.value


WRITTEN = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.DELETED})
"""Outcomes of records that changed the site."""
_PLANNED = {
    Outcome.CREATED: "to create",
    Outcome.UPDATED: "to update",
    Outcome.DELETED: "to delete",
    Outcome.IGNORED: "to ignore",
}


class Result(msgspec.Struct, frozen=True):
    """The outcome of one record: one line of the results file.

    Attributes:
        line: Line of the input, from 1.
        key: Key of the record: `handle=blue-mug`.
        id: Id on this site, or "".
        fields: Members that were changed.
        error: `code`, `field`, `message`, `retryable` of a rejection.
        earlier: Outcome in the run of `retry_results`, if the record is therefore not sent again.
        planned: True in a dry run: nothing was written.
        left_out: Members that Wix refused, or that somebody changed since; the record was written without them.
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
    """Progress of the pictures of a V3 product.

    Attributes:
        step: Number of the separate call that writes them and the choices that show them, from 1; 0 if they are written
            with the product.
        are_pending: Wix was still importing them when it answered.
        are_checked: They were checked, or the check is scheduled.
    """

    step: int = 0
    are_pending: bool = False
    are_checked: bool = False


@dataclass(slots=True, eq=False)
class Change:
    """A record, the matching entity of the site, and the body to send. Changes are compared by identity.

    Attributes:
        line: Line of the input.
        record: The record in the shape of the site's catalog, without metadata columns.
        key: Its key in messages: `handle=blue-mug`.
        given: The record in the shape of the input, without metadata columns.
        source: The rows of a product file that the record was joined from.
        digest: Digest of command and record; b"" for a record without a key, which never counts as a repeat.
        back: The step of an undo file that the record undoes, or None.
        offers: Cache: the record's values for each key, by the name of the key.
        id: Id on this site, "" while there is none.
        matched_by: Name of the key that matched the entity.
        unaccepted_keys: Names of keys that matched an entity the domain did not accept.
        current: The site's entity; `{}` if there is none.
        variant_ref: Ids of product, variant and location ("" for the default one), for stock and variants.
        body: The body to send; empty if nothing changes.
        fields: Members that change.
        add_to: Ids of collections to add the entity to.
        remove_from: Ids of collections to remove the entity from.
        missing: Names of collections to create before the entity is added to them.
        handle: The handle that a create sends.
        left_out: Members that Wix refused, or that somebody changed since; the record is written without them.
        is_uncounted: The last attempt does not count: it wrote a part, was not sent, or the next one sends less.
        failure: The failure of the last attempt.
        sent_fields: Members that attempts sent and Wix may have written; with any, the outcome is not `unchanged`.
        pictures: Progress of the pictures of a V3 product.
        first_sides: The site's entity and the desired one before the first attempt, for the report; None during it.
        counts_as_created: The outcome is `created`: this run, or an interrupted `create`, may have created the entity.
        may_be_incomplete: An earlier run may have created the entity without its first stock.
        open_entry: Number of the entry of its create in the run's undo file, until the id is known; 0 if there is none.
        entries: Numbers of its other entries in that file, if Wix has written nothing of them when it refuses a call.
        is_done: Its outcome is recorded, or it waits for the end of the input.
    """

    line: int
    record: Entity
    command: Command
    key: str = ""
    given: Entity | None = None
    source: FileProduct | None = None
    digest: bytes = b""
    back: Back | None = None
    offers: dict[str, list[str]] = field(default_factory=dict)
    id: str = ""
    matched_by: str = ""
    unaccepted_keys: tuple[str, ...] = ()
    current: Entity = field(default_factory=dict)
    variant_ref: tuple[str, ...] = ()
    body: Entity = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    add_to: tuple[str, ...] = ()
    remove_from: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    handle: str = ""
    left_out: tuple[str, ...] = ()
    failed_tries: int = 0
    is_uncounted: bool = False
    failure: Failure | None = None
    sent_fields: tuple[str, ...] = ()
    pictures: PictureState = field(default_factory=PictureState)
    first_sides: tuple[Entity, Entity] | None = None
    counts_as_created: bool = False
    may_be_incomplete: bool = False
    open_entry: int = 0
    entries: tuple[int, ...] = ()
    is_done: bool = False

    @property
    def compared(self) -> tuple[Entity, ...]:
        """What is compared with the entity: the record, and for a step back what the run wrote."""
        return (self.record, self.back.wrote, *self.back.earlier) if self.back else (self.record,)

    @property
    def place(self) -> str:
        """The line, with the name or the key of the record, for messages."""
        return f"line {self.line}, {self.record.get('name') or self.key}"

    @property
    def is_last_look(self) -> bool:
        """True if all attempts failed, and the record is only looked up since Wix may have written it."""
        return self.failed_tries >= MOST_TRIES

    def anew(self) -> Change:
        """Return a change for the same record, without the results of look-ups and calls.

        If an entity was created for the record, its outcome is still `created`.
        """
        return Change(
            self.line,
            self.record if self.given is None else self.given,
            self.command,
            self.key,
            self.given,
            self.source,
            self.digest,
            self.back,
            sent_fields=self.sent_fields,
            counts_as_created=self.counts_as_created,
            open_entry=self.open_entry,
        )

    @property
    def is_foreign(self) -> bool:
        """True if the record's id is of another site, so that no id in it is valid on this site."""
        incoming = self.record.get("id")
        return bool(incoming) and str(incoming) != self.id and self.back is None


def by_write(changes: Iterable[Change]) -> tuple[list[Change], list[Change], list[Change]]:
    """Return the creates, the updates, and the deletes among changes."""
    groups: tuple[list[Change], list[Change], list[Change]] = ([], [], [])
    for change in changes:
        groups[2 if change.command is Command.DELETE else bool(change.current)].append(change)
    return groups


class ItemResult(NamedTuple):
    """Answer for one item of a bulk call: its id or a failure, and the entity if the call returns entities."""

    change: Change
    id: str = ""
    failure: Failure | None = None
    entity: Entity | None = None
