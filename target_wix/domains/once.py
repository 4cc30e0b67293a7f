"""What is sent once for each record, although nothing finds it again for certain. See `target_wix.sent`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from target_wix.change import Command
from target_wix.domain import Domain
from target_wix.errors import Rejected
from target_wix.matching import Key, text_of
from target_wix.memory import digest_of

if TYPE_CHECKING:
    from target_wix.change import Change, Entity
    from target_wix.sent import Note, Sent


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

    def unknown(self, why: str) -> Rejected:
        """Return what a record is rejected with of which nobody knows whether Wix did what it asks for."""
        msg = (
            f"Whether Wix did this {self.what} is unknown, so it is not sent again. {why} Look on the site; if it was "
            "not done, send it with another `id`."
        )
        return Rejected(msg, code="UNKNOWN")
