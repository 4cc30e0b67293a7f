"""Bulk calls of Contacts v5: up to a hundred contacts in one call, where Contacts v4 takes one.

Contacts v5 may not be available on each site, or to each kind of credentials. So the first call of each kind is sent
alone. After a 403, 404 or 501, contacts are written by v4, as before.

A record is written by v4 in any case if v5 cannot hold it: labels, extended fields, pictures, tags of e-mails, country
codes of phones, more than 11 e-mails or phones, and members to clear. So is a record that v5 refused, since v4 has
other rules: two contacts may share a phone there if their e-mails differ. Only v5 can write an external id.

Source: https://dev.wix.com/docs/api-reference/crm/members-contacts/contacts/contacts-v5/introduction
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from target_wix.change import Change, Command, Entity, ItemResult
from target_wix.concurrency import batches, grouped
from target_wix.contact_fields import EXTERNAL_ID, contact_of, holds
from target_wix.domains.bulk_calls import send
from wix_api.endpoints import contacts
from wix_api.errors import NotFoundError, PermissionDeniedError, SiteNotReadyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from target_wix.stream import Stream
    from wix_api.operations import Operation

_FEWEST = 2
"""A single contact costs as much by v4, which is available on all sites."""
_NOT_OFFERED = frozenset({403, 404, 501})

BulkCall = tuple["Operation", list["Change"]]
"""A bulk call to send, and its contacts."""


class ContactsV5:
    """Calls of Contacts v5 on one site."""

    def __init__(self, stream: Stream) -> None:
        self._run = stream.run
        self._stream = stream
        self._refused: set[Operation] = set()
        self._answered: set[Operation] = set()
        self._unsent: list[Change] = []

    @property
    def is_refused(self) -> bool:
        """True if external ids cannot be read or written."""
        return bool(
            self._refused & {contacts.CONTACTS_V5.operation, contacts.CREATE_CONTACTS, contacts.UPDATE_CONTACTS}
        )

    def find(self, member: str, values: list[str]) -> list[Entity]:
        """Return the contacts of v5 whose member has one of the values; none if the site does not offer the query."""
        found: list[Entity] = []
        if contacts.CONTACTS_V5.operation not in self._refused:
            with self._trying(contacts.CONTACTS_V5.operation):
                found = list(contacts.CONTACTS_V5.find(self._run.client, member, values))
        return found

    def calls(self, changes: Iterable[Change]) -> list[BulkCall]:
        """Return the bulk calls to send, each with its contacts. Contacts in none of them are written by v4."""
        chosen = grouped((_operation_for(change), change) for change in changes if _fits(change))
        return [
            (operation, some)
            for operation, listed in chosen.items()
            if len(listed) >= _FEWEST or any(EXTERNAL_ID in change.body for change in listed)
            if operation not in self._refused
            for some in batches(listed, contacts.CONTACTS_PER_CALL)
        ]

    def in_turns(self, calls: Iterable[BulkCall]) -> tuple[list[BulkCall], list[BulkCall]]:
        """Return the calls to send first, one of each kind, to see whether the site offers it, and all others."""
        known = set(self._answered)
        first: list[BulkCall] = []
        rest: list[BulkCall] = []
        for call in calls:
            (rest if call[0] in known else first).append(call)
            known.add(call[0])
        return first, rest

    def send(self, call: BulkCall) -> Iterator[ItemResult]:
        """Send a bulk call and yield the results; its contacts stay unsent if the site does not offer it."""
        operation, changes = call
        left = dict.fromkeys(changes)
        if operation not in self._refused:
            with self._trying(operation):
                for result in send(self._call, operation, changes, partial(_body, operation)):
                    del left[result.change]
                    yield result
        self._unsent += left

    def take_unsent(self) -> list[Change]:
        """Return the contacts that were not sent since the last time."""
        unsent, self._unsent = self._unsent, []
        return unsent

    def _call(self, operation: Operation, *, body: Mapping[str, Any]) -> Entity:
        try:
            return self._run.client.call(operation, body=body)
        except NotFoundError as error:  # a bulk call would blame its items
            raise SiteNotReadyError(str(error), status=error.status) from None

    @contextmanager
    def _trying(self, operation: Operation) -> Iterator[None]:
        """Record whether a call is offered, and log a warning if it is not."""
        try:
            yield
        except (PermissionDeniedError, NotFoundError, SiteNotReadyError) as error:
            if error.status not in _NOT_OFFERED:
                raise
            self._refused.add(operation)
            self._stream.warn(
                f"Contacts v5 is not available, so contacts are written one by one, which takes up to "
                f"a hundred times as many requests. {error}"
            )
        else:
            self._answered.add(operation)


def is_partial(change: Change) -> bool:
    """True if v5 holds only a part of the members to send, so that v4 writes the rest afterwards."""
    existing = change.current.get("info") or {}
    return change.command is not Command.DELETE and not (
        holds(change.body, existing if change.current else None) and not change.add_to and not change.remove_from
    )


def _fits(change: Change) -> bool:
    """True if a contact can be written by v5, and was not refused there: by a look-up, or by an earlier call."""
    if EXTERNAL_ID in change.body:
        return True
    is_refused = change.unaccepted_keys or (change.failure is not None and not change.failure.is_lost)
    return not is_refused and not is_partial(change) and (change.command is Command.DELETE or bool(change.body))


def _operation_for(change: Change) -> Operation:
    if change.command is Command.DELETE:
        return contacts.DELETE_CONTACTS
    return contacts.UPDATE_CONTACTS if change.current else contacts.CREATE_CONTACTS


def _body(operation: Operation, changes: list[Change]) -> Entity:
    if operation is contacts.DELETE_CONTACTS:
        return {"contactIds": [change.id for change in changes]}
    if operation is contacts.CREATE_CONTACTS:
        return {"contacts": [contact_of(change.body, {}) for change in changes]}
    return {"contacts": [{"contact": _updated(change)} for change in changes]}


def _updated(change: Change) -> Entity:
    current = change.current
    # An update in two steps leaves all members except the external id to v4.
    info = {EXTERNAL_ID: change.body[EXTERNAL_ID]} if is_partial(change) else change.body
    contact = contact_of(info, current.get("info") or {})
    return {**contact, "id": change.id, "revision": str(current.get("revision", 0))}
