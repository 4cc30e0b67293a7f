"""Base class of domains that send each record once, although it cannot be looked up reliably. See `sent_log`."""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, datetime
from typing import ClassVar

from typing_extensions import override

from target_wix.change import Change, Command, Entity
from target_wix.concurrency import grouped
from target_wix.domain import Domain
from target_wix.errors import Failure, Rejected
from target_wix.matching import Key, text_of
from target_wix.memory import digest_of
from target_wix.sent_log import Note, Sent
from target_wix.undo_entries import Returns
from wix_api import timestamps
from wix_api.errors import RejectionError, UnavailableError, UnreachableError, WixError

_RECENT = 3_600.0
"""Age in seconds up to which an entity may have been sent by a run on another machine."""
_OF_CLOCKS = 60.0
"""Undetected difference between our clock and Wix's, in seconds."""


def _identity(record: Entity) -> list[str]:
    given = {name: record[name] for name in sorted(record) if record[name] not in (None, "")}
    return text_of(record, "id") or [digest_of(Command.UPSERT, given).hex()]


IDENTITY = Key("id", _identity)
"""The `id` of a record, or else a digest of its members with a value. Records with the same identity are sent once."""


class SendingDomain(Domain):
    """Sends each record once, and notes this on disk; if it `keeps_notes`, later runs do not send it again, either.

    Messages name what is sent by `what`, and a record by the first of the members `named_by` with a value. After
    `errors_of_one`, further records are sent.
    """

    rank = 6
    returns = Returns.NEVER
    what: str
    keeps_notes: bool
    named_by: tuple[str, ...] = ()
    errors_of_one: ClassVar[tuple[type[WixError], ...]] = (RejectionError,)

    @override
    def name_of(self, record: Entity) -> str:
        return next((f"{name}={record[name]}" for name in self.named_by if record.get(name)), "")

    @override
    def keys(self) -> tuple[Key, ...]:
        return (IDENTITY,)

    def noted(self, change: Change) -> Note | None:
        """Return the note of a record; None if it was not sent yet."""
        return self.run.sent.find(self.key_of(change))

    def note(self, change: Change, sent: Sent) -> None:
        """Write the note of a record; raise `SettingsError` if this fails, so that nothing is sent."""
        self.run.sent.note(self.key_of(change), sent, change.id, is_kept=self.keeps_notes)

    def key_of(self, change: Change) -> str:
        """Return the key of a record's notes."""
        return f"{self.stream.name} {IDENTITY.offered_by(change)[0]}"

    def since(self, change: Change) -> str:
        """Return the date from which an entity with the content of a record may have been sent for it.

        This is the date of the note that the record was about to be sent. Without a note, it is an hour ago, since a
        run on another machine may have been killed.
        """
        note = self.noted(change)
        if note is None:
            return timestamps.earlier(self.client.now, _RECENT)
        return timestamps.earlier(timestamps.render(datetime.fromtimestamp(note.at, UTC)), _OF_CLOCKS)

    def is_of_another(self, made: str, change: Change) -> bool:
        """True if the entity with the id `made` was created for another record."""
        return self.run.sent.is_made_for_another(made, self.key_of(change))

    @abstractmethod
    def send(self, change: Change) -> Entity:
        """Send a record, and return what Wix made for it."""

    def group_of(self, change: Change) -> str:
        """Return the group of a record. The records of a group are sent one after another; by default, each is one."""
        return self.key_of(change)

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        groups = grouped((self.group_of(change), change) for change in changes).values()
        lost = self.run.together(lambda some: [one for one in some if not self._is_sent(one)], groups)
        return [change for some in lost for change in some]

    def _is_sent(self, change: Change) -> bool:
        """Send a record, and record its outcome. Return False if the answer was lost, so that it must be looked up."""
        self.run.stop.check()
        self.note(change, Sent.BEGUN)
        try:
            made = self.send(change)
        except UnreachableError:
            self.note(change, Sent.DROPPED)
            raise
        except UnavailableError as error:
            change.failure = Failure.of(error)
            return self.lost(change, error)
        except WixError as error:
            self.note(change, Sent.DROPPED)
            if not isinstance(error, self.errors_of_one):
                raise
            self.stream.reject_now(change, Failure.of(error).rejection())
            return True
        change.id = str(made.get("id") or "")
        change.counts_as_created = True
        self.answered(change, made)
        return True

    def answered(self, change: Change, made: Entity) -> None:  # noqa: ARG002 - for domains that look at it
        """Record the outcome of a record that Wix accepted."""
        self.note(change, Sent.DONE)
        self.record_written(change)

    def lost(self, change: Change, error: UnavailableError) -> bool:  # noqa: ARG002 - for domains without look-ups
        """Handle a lost answer; return False to look the record up."""
        change.counts_as_created = True
        self.run.lag.lost_create()
        return False

    def unknown(self, change: Change) -> Rejected:
        """Return the rejection of a record if it is unknown whether Wix processed it."""
        why = change.failure.message if change.failure else "An earlier run ended before Wix answered."
        msg = (
            f"It is unknown whether Wix processed this {self.what}, so it is not sent again. {why} Check the site; if "
            "Wix did not process it, send the record with another `id`."
        )
        return Rejected(msg, code="UNKNOWN")
