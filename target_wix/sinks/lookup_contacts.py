"""Finds contacts by id, e-mail and phone.

Queries lag behind writes, reading one contact does not: contacts that this run wrote are read one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix.matching import Found, Key, guid_of
from target_wix.reading import Reader
from target_wix.sinks import contact
from wix_api.endpoints import contacts
from wix_api.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_wix.change import Entity
    from target_wix.run import Run

_EVERYWHERE = {"email": "info.emails.email", "phone": "info.phones.phone"}
_PRIMARY = {"email": "primaryInfo.email", "phone": "primaryInfo.phone"}
"""The documentation lists the former for filters, the types of Wix's own client only the latter."""


class ContactLookup:
    """Reads contacts of one site."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._reader = Reader(run, contacts.CONTACTS, contacts.GET_CONTACT, "contact")
        self._members = dict(_EVERYWHERE)

    def keys(self) -> tuple[Key, ...]:
        """Return the ways to find a contact, in the order in which they decide."""
        return (
            Key("id", lambda record: guid_of(record, "id"), self._find_ids),
            Key("email", lambda record: spellings(record, "email"), lambda values: self._find("email", values)),
            Key("phone", lambda record: spellings(record, "phone"), lambda values: self._find("phone", values)),
        )

    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        """Return contacts by their ids; for a merged contact the one that it was merged into."""
        return self._reader.get(ids, alone=set(filter(self._run.memory.is_behind, ids)), sure=ids)

    def _find_ids(self, ids: list[str]) -> list[Found]:
        return [self._found(row["id"], row) for row in self._reader.find("id", ids)]

    def _find(self, member: str, values: list[str]) -> Iterator[Found]:
        for row in self._rows(member, values):
            for value in spellings(row, member):
                yield self._found(value, row)

    def _rows(self, member: str, values: list[str]) -> list[Entity]:
        try:
            return self._reader.find(self._members[member], values)
        except InvalidRequestError:
            if self._members[member] == _PRIMARY[member]:
                raise
            self._members[member] = _PRIMARY[member]
            return self._rows(member, values)

    def _found(self, value: str, row: Entity) -> Found:
        return Found(value, row["id"], None if self._run.memory.is_behind(row["id"]) else row)


def spellings(record: Entity, member: str) -> list[str]:
    """Return the e-mails or phones of a contact, e-mails in small letters too: Wix does not say if it folds them."""
    values = contact.keys_of(record, member)
    return list(dict.fromkeys([*values, *(value.lower() for value in values)])) if member == "email" else values
