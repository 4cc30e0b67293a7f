"""Contacts of the synthetic shop, and the members, submissions, conversations, notes and tasks of the first ones."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from wix_sandbox.clock import wire_time
from wix_sandbox.resources import contacts_keys, contacts_store, crm_notes, forms, inbox, members
from wix_sandbox.synthetic.shop import WORDS

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator, Sequence

    from wix_sandbox.site import Site
    from wix_sandbox.synthetic.shop import Draw
    from wix_sandbox.values import Entity

FIRST_AREA, AREAS = 201, 701
"""Area codes of phone numbers, a prime number: one for each hundred contacts; work phones use the opposite half."""

_FIELDS = (
    ("Favourite tea", "TEXT"),
    ("Loyalty points", "NUMBER"),
    ("Customer since", "DATE"),
    ("Portfolio", "URL"),
)
"""The shop's own extended fields, by display name and type."""
_HOMES = (
    ("US", "US-NY", "Sampletown", "00501", "Placeholder Ave"),
    ("DE", "DE-BE", "Musterstadt", "10999", "Beispielstraße"),
    ("JP", "JP-13", "見本市", "100-0000", "例通り"),
    ("FR", None, "Exempleville", "75000", "rue de l'Exemple"),
    ("GB", None, "Exampleford", "ZZ1 1ZZ", "Sample Lane"),
)

Edit = tuple[str, datetime]
"""A contact's id and the moment of its last edit."""


def write_contacts(site: Site, opening: datetime, draws: Iterable[Draw]) -> tuple[list[str], list[Edit]]:
    """Write labels, extended fields and contacts; return the ids by number, and the edits still to come."""
    with site.clock.at(opening):
        labels = {name: contacts_keys.find_or_create_label(site, name)[0]["key"] for name in WORDS.labels}
    with site.clock.at(opening + timedelta(minutes=1)):
        fields = {
            name: contacts_store.find_or_create_field(site, {"displayName": name, "dataType": data_type})[0]["key"]
            for name, data_type in _FIELDS
        }
    ids: list[str] = []
    edits: list[Edit] = []
    for draw in draws:
        with site.clock.at(draw.created):
            info = contact_info(draw)
            info["labelKeys"] = {"items": [labels[name] for name in info["labelKeys"]]}
            info["extendedFields"] = {"items": {fields[name]: value for name, value in info["extendedFields"].items()}}
            members = _members(site, draw, info)
            # Tests check the generated contacts; checking every contact against the schema would double the time.
            ids.append(str(contacts_store.add(site, contacts_store.completed(site, info), **members)["id"]))
        edited = draw.edited()
        if edited is not None:
            edits.append((ids[-1], edited))
    return ids, edits


def edit_contacts(site: Site, edits: Iterable[Edit]) -> None:
    """Change contacts at the given moments, unless they were changed later."""
    for contact_id, moment in edits:
        contact = contacts_store.fetch(site, contact_id)
        if contact["updatedDate"] < wire_time(moment):
            with site.clock.at(moment):
                contacts_store.save(site, contact)


def contact_info(draw: Draw) -> Entity:
    """Return the `info` of a contact, with names of labels and extended fields in place of their keys.

    One in thirty has a phone only, one in thirty a name only, one in twenty no name.
    """
    dice = draw.dice
    first, last = dice.choice(WORDS.first_names), dice.choice(WORDS.last_names)
    only_phone, only_name = draw.nth(30, at=7), draw.nth(30, at=11)
    nameless = draw.nth(20, at=13) or only_phone
    name = {} if nameless else {"first": first} | ({} if draw.nth(25, at=3) else {"last": last})
    emails = [] if only_phone or only_name else list(_emails(draw, first, last))
    phones = list(_phones(draw)) if only_phone or (draw.chance(0.6) and not only_name) else []
    return {
        "name": name,
        "emails": {"items": emails},
        "phones": {"items": phones},
        "addresses": {"items": list(_addresses(draw))},
        "company": dice.choice(WORDS.companies) if draw.nth(6, at=0) else None,
        "jobTitle": dice.choice(WORDS.job_titles) if draw.nth(12, at=0) else None,
        "birthdate": _birthdate(dice) if draw.nth(7, at=0) else None,
        "locale": dice.choice(("en-us", "de-de", "ja-jp")) if draw.nth(4, at=0) else None,
        "labelKeys": dice.sample(WORDS.labels, 1 + dice.randrange(2)) if draw.nth(3, at=0) else [],
        "extendedFields": dict(_fields(draw)) if draw.nth(5, at=0) else {},
    }


def _members(site: Site, draw: Draw, info: Entity) -> dict[str, Any]:
    """Return the members of a contact next to its `info`: source, subscription, member."""
    emails = info["emails"]["items"]
    member = draw.nth(9, at=4) and bool(emails)
    source = "WIX_SITE_MEMBERS" if member else draw.dice.choice(("ADMIN", "WIX_STORES", "WIX_FORMS", "IMPORT"))
    subscription = draw.dice.choice(("NOT_SET", "SUBSCRIBED", "UNSUBSCRIBED", "PENDING"))
    members: dict[str, Any] = {"source": {"sourceType": source}}
    if emails:
        email = emails[0]["email"]
        statuses = {"subscriptionStatus": subscription, "deliverabilityStatus": "VALID"}
        members["primaryEmail"] = {"email": email, **statuses}
        if member:
            nickname = info["name"].get("first") or email.partition("@")[0]
            members["memberInfo"] = {
                "memberId": site.new_id(),
                "signupDate": wire_time(draw.created),
                "email": email,
                "emailVerified": True,
                "status": "ACTIVE",
                "profileInfo": {"nickname": nickname, "privacyStatus": "PUBLIC"},
            }
    return members


def _birthdate(dice: random.Random) -> str:
    return date(1950 + dice.randrange(55), 1 + dice.randrange(12), 1 + dice.randrange(28)).isoformat()


def _ascii(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum())


def _emails(draw: Draw, first: str, last: str) -> Iterator[Entity]:
    local = f"{_ascii(first)}.{_ascii(last)}.{draw.index}"
    yield {"tag": "MAIN", "email": f"{local}@example.com"}
    if draw.nth(8, at=0):
        yield {"tag": "WORK", "email": f"{local}+work@example.com"}
        if draw.chance(0.5):
            yield {"tag": "HOME", "email": f"{local}+home@example.com"}


def _phones(draw: Draw) -> Iterator[Entity]:
    hundreds = draw.index // 100
    yield _phone("MOBILE", hundreds, draw.index)
    if draw.chance(0.15):
        yield _phone("WORK", hundreds + AREAS // 2, draw.index)


def _phone(tag: str, hundreds: int, index: int) -> Entity:
    """Numbers 555-0100 to 555-0199; the area code distinguishes contacts as long as there are enough area codes."""
    phone = f"({FIRST_AREA + hundreds % AREAS}) 555-0{100 + index % 100}"
    return {"tag": tag, "countryCode": "US", "phone": phone}


def _addresses(draw: Draw) -> Iterator[Entity]:
    if draw.nth(7, at=2):
        return
    country, subdivision, city, postal_code, street = _HOMES[draw.index % len(_HOMES)]
    number = str(1 + draw.dice.randrange(200))
    place = {"country": country, "city": city, "postalCode": postal_code}
    region = {"subdivision": subdivision} if subdivision else {}
    line: Entity = {"addressLine": f"{number} {street}"}
    if draw.chance(0.5):
        line = {"streetAddress": {"number": number, "name": street}}
    yield {"tag": "SHIPPING", "address": place | line | region}
    if draw.chance(0.25):
        yield {"tag": "BILLING", "address": place | {"addressLine": f"{street} {number}"} | region}


def _fields(draw: Draw) -> Iterator[tuple[str, str | int]]:
    yield "Favourite tea", ("Sencha", "Pfefferminz", "烏龍")[draw.pattern % 3]
    yield "Loyalty points", draw.pattern * 5
    if draw.nth(2, at=0):
        yield "Customer since", (draw.created_as(draw.pattern) - timedelta(days=400)).date().isoformat()
        yield "Portfolio", f"https://people.example.com/{draw.index}"


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
