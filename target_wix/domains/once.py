"""What is sent once for each record, although nothing finds it again for certain. See `target_wix.sent`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from typing_extensions import override

from target_wix.change import Command
from target_wix.domain import Domain
from target_wix.errors import Failure, Rejected
from target_wix.matching import Key, text_of
from target_wix.memory import digest_of
from target_wix.sent import Sent
from wix_api import timestamps
from wix_api.errors import RejectionError, UnavailableError, WixError

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_wix.change import Change, Entity
    from target_wix.sent import Note

_RECENT = 3_600.0
"""Seconds for which an entity counts as one that a run on another machine may have sent."""
_OF_CLOCKS = 60.0
"""Seconds by which our clock may be ahead of Wix's without our knowing."""


def _identity(record: Entity) -> list[str]:
    return text_of(record, "id") or [digest_of(Command.UPSERT, record).hex()]


IDENTITY = Key("id", _identity, lambda _values: [])
"""The `id` of a record, or else all of its members. Nothing is found by it: records of one identity are one send."""


CUT_OFF = "An earlier run was ended before Wix answered."
"""Why the answer to a noted send is not known."""


class SendingDomain(Domain):
    """Sends records that are known by notes.

    Attributes:
        what: How messages name what is sent.
        keeps_notes: A record that was sent is not sent by later runs either.
    """

    rank = 6
    what: str
    keeps_notes: bool

    @override
    def keys(self) -> tuple[Key, ...]:
        return (IDENTITY,)

    @override
    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        return {}

    @override
    def refer(self, change: Change) -> None:
        """Do nothing: no record refers to what was sent."""

    def noted(self, change: Change) -> Note | None:
        """Return what is known of the send of a record."""
        return self.run.sent.find(self.key_of(change))

    def note(self, change: Change, sent: Sent) -> None:
        """Write what is known of the send of a record.

        Raises:
            SettingsError: It cannot be written, so nothing may be sent.
        """
        self.run.sent.note(self.key_of(change), sent, change.id, is_kept=self.keeps_notes)

    def key_of(self, change: Change) -> str:
        """Return the key of a record's notes."""
        return f"{self.stream.name} {IDENTITY.offered_by(change)[0]}"

    def since(self, change: Change) -> str:
        """Return from when on an entity with the content of a record may be what was sent for it.

        That is when the run, or one that was killed, noted that it was about to send the record; without a note, an
        hour ago, since a run on another machine may have been killed.
        """
        note = self.noted(change)
        if note is None:
            return timestamps.earlier(self.client.now, _RECENT)
        return timestamps.earlier(timestamps.render(datetime.fromtimestamp(note.at, UTC)), _OF_CLOCKS)

    def is_of_another(self, made: str, change: Change) -> bool:
        """True if what has an id was made for another record."""
        return self.run.sent.is_made_for_another(made, self.key_of(change))

    def sent(self, change: Change, send: Callable[[], Entity]) -> bool:
        """Send a record and settle it; false if the answer was lost, so that it must be looked for.

        Raises:
            WixError: The run cannot go on.
        """
        self.run.check_stop()
        self.note(change, Sent.BEGUN)
        try:
            made = send()
        except UnavailableError as error:
            change.failure = Failure.of(error)
            change.made = True
            self.run.lag.lost_create()
            return False
        except WixError as error:
            self.note(change, Sent.DROPPED)
            if not isinstance(error, RejectionError):
                raise
            self.stream.reject(change, Failure.of(error).rejection())
            return True
        change.id = str(made.get("id") or "")
        change.made = True
        self.answered(change, made)
        return True

    def answered(self, change: Change, made: Entity) -> None:  # noqa: ARG002 - for domains that look at it
        """Settle a record that Wix took."""
        self.note(change, Sent.DONE)
        self.record_written(change)

    def unknown(self, why: str) -> Rejected:
        """Return what a record is rejected with of which nobody knows whether Wix did what it asks for."""
        msg = (
            f"Whether Wix did this {self.what} is unknown, so it is not sent again. {why} Look on the site; if it was "
            "not done, send it with another `id`."
        )
        return Rejected(msg, code="UNKNOWN")
