"""Contacts of a site, with or without a store: one a call, several calls at a time.

Contacts v4 can change many in one call, but only all alike (by a filter), in jobs that report no contact by its name.
So each contact has a call of its own, under the site's quota.
Source: https://dev.wix.com/docs/rest/crm/members-contacts/contacts/contacts/contact-v4
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from typing_extensions import override

from target_wix.change import Command, Outcome
from target_wix.concurrency import batches
from target_wix.desired import filled
from target_wix.domain import Domain
from target_wix.domains import contact
from target_wix.domains.contact_extras import ContactExtras
from target_wix.errors import Rejected
from target_wix.matching import Found, Key, guid_of
from target_wix.reading import Reader
from wix_api.endpoints import contacts
from wix_api.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_wix.change import Change, Entity
    from target_wix.errors import Failure
    from target_wix.run import Run
    from wix_api.operations import Operation


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
        return self._reader.get(ids, sure=ids)

    def _find_ids(self, ids: list[str]) -> list[Found]:
        return [Found(row["id"], row["id"], row) for row in self._reader.find("id", ids)]

    def _find(self, member: str, values: list[str]) -> Iterator[Found]:
        for row in self._rows(member, values):
            for value in spellings(row, member):
                yield Found(value, row["id"], row)

    def _rows(self, member: str, values: list[str]) -> list[Entity]:
        try:
            return self._reader.find(self._members[member], values)
        except InvalidRequestError:
            if self._members[member] == _PRIMARY[member]:
                raise
            self._members[member] = _PRIMARY[member]
            return self._rows(member, values)


def spellings(record: Entity, member: str) -> list[str]:
    """Return the e-mails or phones of a contact, e-mails in small letters too: Wix does not say if it folds them."""
    values = contact.keys_of(record, member)
    return list(dict.fromkeys([*values, *(value.lower() for value in values)])) if member == "email" else values


class Contacts(Domain):
    """Writes contacts with their labels and extended fields."""

    kind = "contacts"
    rank = 0
    can_mirror = True
    everything = contacts.CONTACTS
    fields = contact.CONTACT

    @cached_property
    def lookup(self) -> ContactLookup:
        """How contacts of the site are read."""
        return ContactLookup(self.run)

    @cached_property
    def extras(self) -> ContactExtras:
        """Labels and extended fields."""
        return ContactExtras(self.run, self.stream.name, self.stream.options)

    @override
    def is_deletable(self, row: Entity) -> bool:
        if row.get("memberInfo"):
            self.run.warn_once(f"{self.stream.name}: contacts that are members of the site are not deleted.")
            return False
        return True

    # Match

    @override
    def keys(self) -> tuple[Key, ...]:
        return self.lookup.keys()

    @override
    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        return self.lookup.fetch(ids)

    @override
    def accepts(self, change: Change) -> bool:
        """Refuse a contact that has the phone of the record and other e-mails: families and offices share phones.

        `match_on` overrules this by leaving `email` out.
        """
        if change.matched_by != "phone" or "email" not in {key.name for key in self.matching_keys}:
            return True
        ours, theirs = (set(spellings(one, "email")) for one in (change.record, change.current or {}))
        return not ours or not theirs or bool(ours & theirs)

    @override
    def is_refused_twice(self, change: Change) -> bool:
        return True  # an e-mail or a phone that another contact has

    @override
    def complete(self, changes: list[Change]) -> None:
        for change in changes:
            # The id of a contact that was merged into another one still gives that other one.
            change.id = (change.current or {}).get("id") or change.id

    # Compare

    @override
    def compare(self, change: Change) -> None:
        record, current = change.record, change.current
        self._warn(record)
        if current is None and change.command is not Command.CREATE and not self._can_be_found_again(record):
            msg = (
                "This site has no contact of that id, and the record has neither e-mail nor phone: each run would make "
                "another contact. Give one of them, or use the command `create`."
            )
            raise Rejected(msg, code="NO_KEY", field="info.emails")
        there = (current or {}).get("info") or {}
        said = contact.view(record, there, foreign=change.is_foreign)
        contact.CONTACT.check({"info": said})
        info = filled(said) if current is None else contact.differences(said, there, foreign=change.is_foreign)
        change.fields = tuple(sorted(info))
        values = self.extras.values(change, (there.get("extendedFields") or {}).get("items") or {})
        if values:
            info["extendedFields"] = {"items": values}
            change.fields = (*change.fields, "extendedFields")
        self.extras.compare_labels(change, (there.get("labelKeys") or {}).get("items") or [])
        if current is None and not info.keys() & {"name", "emails", "phones"}:
            msg = "A contact needs a name, an e-mail or a phone."
            raise Rejected(msg, code="INSUFFICIENT_CONTACT_DATA", field="info")
        change.body = info

    @override
    def sides(self, change: Change) -> tuple[Entity, Entity]:
        old = (change.current or {}).get("info") or {}
        return old, {**(change.record.get("info") or {}), **change.body}

    def _can_be_found_again(self, record: Entity) -> bool:
        """True if the next run finds the contact that is made of a record, to which Wix gives a new id."""
        return any(key.offers(record) for key in self.matching_keys if key.name != "id")

    def _warn(self, record: Entity) -> None:
        self.run.warn_of_members(self.stream.name, contact.CONTACT.unwritable(record))
        inside = contact.INFO.unwritable(record.get("info") or {})
        self.run.warn_of_members(self.stream.name, (f"info.{name}" for name in inside))

    # Apply

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        able = self.stream.each(changes, self.extras.make_labels)
        missing = self.extras.missing(able)
        able = self.stream.each(able, lambda change: self.extras.make_fields(change, missing))
        written = self.run.together(lambda change: self.written(change, lambda: self._write(change)), able)
        return [change for change, is_done in zip(able, written, strict=True) if not is_done]

    def _write(self, change: Change) -> None:
        if change.command is Command.DELETE:
            self._delete(change)
            return
        if change.current is None:
            labelled = {"labelKeys": {"items": list(change.joins)}} if change.joins else {}
            body = {"info": {**change.body, **labelled}}
            self.created(change, self.client.entity(contacts.CREATE_CONTACT, "contact", body=body)["id"])
            self.run.memory.wrote(change.id)
            self.stream.settle(change, Outcome.CREATED)
            return
        self.run.memory.wrote(change.id)
        if change.body:
            # A first revision may be 0, and protobuf leaves zeros out.
            body = {"revision": change.current.get("revision", 0), "info": change.body}
            self.client.call(contacts.UPDATE_CONTACT, names={"id": change.id}, body=body)
        self._label(change, contacts.LABEL_CONTACT, change.joins)
        self._label(change, contacts.UNLABEL_CONTACT, change.leaves)
        self.settle_written(change)

    def _label(self, change: Change, operation: Operation, keys: tuple[str, ...]) -> None:
        for listed in batches(keys, contacts.LABELS_PER_CALL):
            some = {"labelKeys": listed}
            # Wix documents a body for both calls; its own client deletes labels by query parameters.
            params = some if operation.method == "DELETE" else None
            self.client.call(operation, names={"id": change.id}, body=some, params=params)

    def _delete(self, change: Change) -> None:
        self.run.memory.wrote(change.id)
        self.client.call(contacts.DELETE_CONTACT, names={"id": change.id})
        self.deleted(change)

    @override
    def look_for(self, change: Change, failure: Failure) -> bool:
        if not failure.holder:
            return super().look_for(change, failure)
        # A create met the contact that the record means.
        change.id = failure.holder
        change.matched_by = "phone" if "duplicatePhone" in failure.data else "email"
        self.run.memory.refused(change.id)
        return False
