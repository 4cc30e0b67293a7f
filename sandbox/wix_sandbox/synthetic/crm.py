"""Members, form submissions, conversations, notes and tasks of the first contacts."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from wix_sandbox.clock import wire_time
from wix_sandbox.resources import contacts_store, crm_notes, forms, inbox, members

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

FIRST = 1000
"""Number of contacts that may be members: a large shop has members only among its oldest customers."""
SUBMISSIONS = 24
CONVERSATIONS = 6
NOTED = 8
"""Contacts with a note and a task."""

_QUESTIONS = (
    "Do you ship to islands?",
    "Ist die Kanne spülmaschinenfest?",
    "When will the blue mug be back?",
    "ギフト包装はできますか?",
)
_ANSWERS = ("Yes, twice a week.", "Thank you for asking! We will let you know.")


def write_crm(site: Site, opening: datetime, contact_ids: Sequence[str]) -> None:
    """Write the members, submissions, messages, notes and tasks of the first customers."""
    first = [contacts_store.fetch(site, each) for each in islice(contact_ids, FIRST)]
    _write_members(site, first)
    for at, contact in enumerate(first):
        if at % 5 == 0:
            known = {"externalId": f"CRM-{at:05}", "timeZone": "Europe/Berlin", "addresses": {}}
            site.store.table(contacts_store.EXTRAS).put({"id": contact["id"], **known})
    written = [each for each in first if "primaryEmail" in each and each["info"].get("name", {}).get("first")]
    _write_submissions(site, opening, written[:SUBMISSIONS])
    _write_conversations(site, opening, written[:CONVERSATIONS])
    _write_notes(site, opening, written[:NOTED])


def _write_members(site: Site, contacts: Iterable[Entity]) -> None:
    for contact in contacts:
        if contact.get("memberInfo"):
            with site.clock.at(datetime.fromisoformat(contact["createdDate"])):
                written = {"privacyStatus": contact["memberInfo"]["profileInfo"]["privacyStatus"]}
                members.add(site, contact["memberInfo"]["memberId"], contact, written)


def _write_submissions(site: Site, opening: datetime, contacts: Sequence[Entity]) -> None:
    for at, contact in enumerate(contacts):
        name, email = contact["info"]["name"], contact["primaryEmail"]["email"]
        with site.clock.at(opening + timedelta(days=155, hours=9 * at, milliseconds=17 * at)):
            values = {"first_name_f409": name["first"], "email_9c1e": email, "message_77b0": _QUESTIONS[at % 4]}
            body = {"formId": forms.CONTACT_FORM, "submissions": values}
            if at % 4 == 1:
                values = {"company_5d10": contact["info"].get("company", "Teahouse"), "email_0b4f": email}
                values |= {"quantity_c8e3": 12 * at, "interests_2f61": ["Tea", "Tableware"]}
                body = {"formId": forms.WHOLESALE_FORM, "submissions": values}
            visitor = {"submitter": {"visitorId": site.new_id()}, "contactId": contact["id"], "seen": at % 3 == 0}
            forms.create(site, body, **visitor)


def _write_conversations(site: Site, opening: datetime, contacts: Sequence[Entity]) -> None:
    for at, contact in enumerate(contacts):
        begun = opening + timedelta(days=160 + at)
        with site.clock.at(begun):
            conversation, _ = inbox.find_or_create(site, "contactId", contact["id"])
        for turn in range(2 + 14 * (at == 0)):
            asks = turn % 2 == 0
            text = _QUESTIONS[(at + turn) % 4] if asks else _ANSWERS[turn // 2 % 2]
            message: Entity = {
                "content": {"basic": {"items": [{"text": text}]}, "previewText": text},
                "visibility": inbox.BOTH,
                "direction": "PARTICIPANT_TO_BUSINESS" if asks else "BUSINESS_TO_PARTICIPANT",
            }
            with site.clock.at(begun + timedelta(minutes=3 * turn)):
                sender = conversation["participant"] if asks else {"wixUserId": inbox.OWNER_ID}
                inbox.send(site, conversation, message, sender)


def _write_notes(site: Site, opening: datetime, contacts: Sequence[Entity]) -> None:
    for at, contact in enumerate(contacts):
        with site.clock.at(opening + timedelta(days=165, hours=5 * at)):
            text = ("Prefers green tea", "Met at the market")[at % 2]
            crm_notes.NOTES.create(site, {"contactId": contact["id"], "text": text, "type": "CALL_SUMMARY"})
            due = wire_time(opening + timedelta(days=180 + at))
            task = {"title": "Call back", "dueDate": due, "contact": {"id": contact["id"]}}
            crm_notes.TASKS.create(site, task | {"status": "COMPLETED" if at % 3 == 0 else "ACTION_NEEDED"})
