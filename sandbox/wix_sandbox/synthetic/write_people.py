"""Writes the seed's contacts through the functions that serve the contacts endpoints."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from wix_sandbox.clock import wire_time
from wix_sandbox.resources import contacts_fields, contacts_info, contacts_keys, contacts_store
from wix_sandbox.synthetic import words
from wix_sandbox.synthetic.people import CUSTOM_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wix_sandbox.site import Site
    from wix_sandbox.synthetic.model import SeedAddress, SeedContact
    from wix_sandbox.synthetic.shop import SeedShop
    from wix_sandbox.values import Entity

Keys = dict[str, str]
"""Display name to key, of labels and extended fields."""


Edit = tuple[str, datetime]
"""A contact's id and the moment of its last edit."""


def write_contacts(site: Site, shop: SeedShop, contacts: Iterable[SeedContact]) -> tuple[list[str], list[Edit]]:
    """Writes labels, extended fields and contacts; gives the ids by index and the edits still to come."""
    with site.clock.at(shop.opening):
        labels = {name: contacts_keys.find_or_create_label(site, name)[0]["key"] for name in words.LABELS}
    with site.clock.at(shop.opening + timedelta(minutes=1)):
        fields = {
            name: contacts_fields.find_or_create(site, {"displayName": name, "dataType": data_type})[0]["key"]
            for name, data_type in CUSTOM_FIELDS
        }
    ids: list[str] = []
    edits: list[Edit] = []
    for contact in contacts:
        ids.append(_write(site, contact, labels, fields))
        if contact.updated is not None:
            edits.append((ids[-1], contact.updated))
    return ids, edits


def _write(site: Site, contact: SeedContact, labels: Keys, fields: Keys) -> str:
    with site.clock.at(contact.created):
        members: dict[str, Any] = {"source": {"sourceType": contact.source}}
        if contact.emails:
            email = contact.emails[0][1]
            statuses = {"subscriptionStatus": contact.subscription, "deliverabilityStatus": "VALID"}
            members["primaryEmail"] = {"email": email, **statuses}
            if contact.member:
                members["memberInfo"] = _member(site, contact, email)
        # The seed is right by its tests; checking every contact against the schema would double the time.
        info = contacts_info.completed(site, contact_info(contact, labels, fields))
        return str(contacts_store.add(site, info, **members)["id"])


def contact_info(contact: SeedContact, labels: Mapping[str, str], fields: Mapping[str, str]) -> Entity:
    """The `info` of a create request."""
    name = {"first": contact.first, "last": contact.last}
    info: Entity = {
        "name": {part: value for part, value in name.items() if value},
        "emails": {"items": [{"tag": tag, "email": email} for tag, email in contact.emails]},
        "phones": {
            "items": [{"tag": each.tag, "countryCode": each.country, "phone": each.number} for each in contact.phones]
        },
        "addresses": {"items": [{"tag": each.tag, "address": address(each)} for each in contact.addresses]},
        "company": contact.company,
        "jobTitle": contact.job_title,
        "birthdate": contact.birthdate.isoformat() if contact.birthdate else None,
        "locale": contact.locale,
        "labelKeys": {"items": [labels[label] for label in contact.labels]},
        "extendedFields": {"items": {fields[field]: value for field, value in contact.fields}},
    }
    return info


def address(seed: SeedAddress) -> Entity:
    """An address as contacts and orders carry it."""
    street: Entity = {"addressLine": seed.street}
    if seed.number:
        street = {"streetAddress": {"number": seed.number, "name": seed.street}}
    place = {"country": seed.country, "city": seed.city, "postalCode": seed.postal_code, **street}
    return place | ({"subdivision": seed.subdivision} if seed.subdivision else {})


def _member(site: Site, contact: SeedContact, email: str) -> Entity:
    nickname = contact.first or email.partition("@")[0]
    return {
        "memberId": site.new_id(),
        "signupDate": wire_time(contact.created),
        "email": email,
        "emailVerified": True,
        "status": "ACTIVE",
        "profileInfo": {"nickname": nickname, "privacyStatus": "PUBLIC"},
    }


def edit_contacts(site: Site, edits: Iterable[Edit]) -> None:
    """Touches contacts at the given moments, unless something happened to them later."""
    for contact_id, moment in edits:
        contact = contacts_store.fetch(site, contact_id)
        if contact["updatedDate"] < wire_time(moment):
            with site.clock.at(moment):
                contacts_store.save(site, contact)
