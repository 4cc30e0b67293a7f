"""Contacts of a site, with or without a store: one a call, several calls at a time.

Contacts v4 can change many in one call, but only all alike (by a filter), in jobs that report no contact by its name.
So each contact has a call of its own, under the site's quota.
Source: https://dev.wix.com/docs/rest/crm/members-contacts/contacts/contacts/contact-v4
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from typing_extensions import override

from target_wix import limits
from target_wix.commands import Command
from target_wix.comparing import filled
from target_wix.outcomes import Outcome, Rejected
from target_wix.sinks import contact
from target_wix.sinks.base import WixSink
from target_wix.sinks.contact_extras import ContactExtras
from target_wix.sinks.lookup_contacts import ContactLookup, spellings
from wix_api.endpoints import contacts
from wix_api.errors import ConflictError, NotFoundError, RejectionError, UnavailableError

if TYPE_CHECKING:
    from target_wix.changes import Change, Entity
    from target_wix.matching import Key
    from wix_api.operations import Operation

_DUPLICATE = "DUPLICATE_CONTACT_EXISTS"


class Contacts(WixSink):
    """Writes contacts with their labels and extended fields."""

    kind = "contacts"
    rank = 0
    can_mirror = True
    everything = contacts.CONTACTS
    shape = contact.SHAPE

    @cached_property
    def lookup(self) -> ContactLookup:
        """How contacts of the site are read."""
        return ContactLookup(self.run)

    @cached_property
    def extras(self) -> ContactExtras:
        """Labels and extended fields."""
        return ContactExtras(self.run, self.stream_name, self.options)

    @override
    def is_deletable(self, row: Entity) -> bool:
        if row.get("memberInfo"):
            self.run.warn_once(f"{self.stream_name}: contacts that are members of the site are not deleted.")
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
        limits.check({"info": said}, contact.RULES)
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
        """Whether a contact made of a record is found by the next run: Wix gives it an id of its own."""
        return any(key.offers(record) for key in self.matching_keys if key.name != "id")

    def _warn(self, record: Entity) -> None:
        self.run.warn_of_members(self.stream_name, record, contact.DERIVED | contact.WRITTEN)
        info = {f"info.{name}": value for name, value in (record.get("info") or {}).items()}
        self.run.warn_of_members(self.stream_name, info, {f"info.{name}" for name in contact.WRITTEN_INFO})

    # Apply

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        able = self._each(changes, self.extras.make_labels)
        missing = self.extras.missing(able)
        able = self._each(able, lambda change: self.extras.make_fields(change, missing))
        return [change for change, again in zip(able, self.run.together(self._again, able), strict=True) if again]

    def _again(self, change: Change) -> bool:
        """Write a contact; true if it must be looked at again."""
        try:
            self._write(change)
        except UnavailableError as error:
            return self._lost(change, error)
        except ConflictError as error:
            return self._met(change, error)
        except NotFoundError:
            # Somebody deleted it since it was found: an upsert makes it anew.
            self.lookup.refused(change.id)
            change.id = ""
            return True
        except RejectionError as error:
            self.reject(change, Rejected.by_wix(error))
        return False

    def _write(self, change: Change) -> None:
        if change.command is Command.DELETE:
            self._delete(change)
            return
        if change.current is None:
            labelled = {"labelKeys": {"items": list(change.joins)}} if change.joins else {}
            body = {"info": {**change.body, **labelled}}
            self.created(change, self.client.call(contacts.CREATE_CONTACT, body=body)["contact"]["id"])
            self.run.lag.wrote(change.id)
            self.settle(change, Outcome.CREATED)
            return
        self.run.lag.wrote(change.id)
        if change.body:
            # A first revision may be 0, and protobuf leaves zeros out.
            body = {"revision": change.current.get("revision", 0), "info": change.body}
            self.client.call(contacts.UPDATE_CONTACT, names={"id": change.id}, body=body)
        self._label(change, contacts.LABEL_CONTACT, change.joins)
        self._label(change, contacts.UNLABEL_CONTACT, change.leaves)
        self.settle_written(change)

    def _label(self, change: Change, operation: Operation, keys: tuple[str, ...]) -> None:
        for start in range(0, len(keys), contacts.LABELS_PER_CALL):
            some = list(keys[start : start + contacts.LABELS_PER_CALL])
            self.client.call(operation, names={"id": change.id}, body={"labelKeys": some})

    def _delete(self, change: Change) -> None:
        self.run.lag.wrote(change.id)
        try:
            self.client.call(contacts.DELETE_CONTACT, names={"id": change.id})
        except NotFoundError:
            self.settle(change, Outcome.UNCHANGED)
        else:
            self.deleted(change)

    def _lost(self, change: Change, error: UnavailableError) -> bool:
        """Decide about a create whose answer was lost: look for the contact, where there is something to find it by."""
        if change.current is not None:
            raise error
        self.run.lag.lost()
        if not self.matcher.has_key(change):
            msg = f"It may have been created, and offers nothing to find it by, so it is not repeated. {error}"
            self.reject(change, Rejected(msg, code="NO_ANSWER", retryable=True))
            return False
        change.made = True
        return True

    def _met(self, change: Change, error: ConflictError) -> bool:
        """Decide about a conflict: a changed contact is read again, and so is the one that a create met."""
        if change.current is not None:
            if error.code == _DUPLICATE:
                self.reject(change, Rejected.by_wix(error))
                return False
            self.lookup.refused(change.id)
            change.wrote = change.fields
            return True
        change.trouble = (error.code, "Wix says that there is such a contact, and none can be found")
        change.id = str(error.data.get("duplicateContactId") or "")
        change.matched_by = "phone" if "duplicatePhone" in error.data else "email"
        self.lookup.refused(change.id)
        return True
