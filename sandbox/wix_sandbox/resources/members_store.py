"""Site members as plain functions of a site. A member is linked to a contact, which outlives it.

https://dev.wix.com/docs/rest/crm/members-contacts/members/member-management/members/member-object
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import Violation, application_error, existing, required, validation_error
from wix_sandbox.resource import merged
from wix_sandbox.resources import contacts_store
from wix_sandbox.resources.words import slug_of
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "members"
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_STATUSES = {"APPROVED": "ACTIVE", "BLOCKED": "BLOCKED", "OFFLINE": "OFFLINE", "PENDING": "PENDING"}
"""Status of a member, and the status that its contact has."""


def fetch(site: Site, member_id: str) -> Entity:
    """The stored member.

    Raises:
        WixError: 404 `NOT_FOUND`.
    """
    return existing(site.store.get(KIND, member_id), "Member", member_id)


def create(site: Site, body: Entity) -> Entity:
    """Add a member; a contact with the same e-mail or phone becomes its contact, otherwise one is created.

    Raises:
        WixError: 400 without e-mail or with invalid members, 409 `ALREADY_EXISTS`.
    """
    written = clean("member", body, "member", fresh=True)
    email = written.get("loginEmail")
    if not email:
        missing = required("member.loginEmail")
        raise missing
    if site.store.first(KIND, "loginEmail", email) is not None:
        text = f"A member with the email {email} already exists"
        raise application_error(HTTPStatus.CONFLICT, "ALREADY_EXISTS", text)
    member_id = site.new_id()
    details = written.get("contact") or {}
    contact = _contact(site, email, details)
    contact["memberInfo"] = {
        "memberId": member_id,
        "signupDate": site.now(),
        "email": email,
        "emailVerified": False,
        "status": "ACTIVE",
    }
    contacts_store.save(site, contact)
    return add(site, member_id, contact, written)


def add(site: Site, member_id: str, contact: Entity, written: Entity) -> Entity:
    """Store a new member of a contact that already refers to it."""
    now, info = site.now(), contact["info"]
    name = info.get("name", {})
    email = contact["memberInfo"]["email"]
    profile = {"nickname": name.get("first") or email.partition("@")[0]}
    profile |= {key: value for key, value in (written.get("profile") or {}).items() if value is not None}
    profile["slug"] = _free_slug(site, slug_of(profile["nickname"], "member"))
    member = {
        "id": member_id,
        "loginEmail": email,
        "loginEmailVerified": bool(contact["memberInfo"].get("emailVerified")),
        "status": "APPROVED",
        "contactId": contact["id"],
        "contact": merged(_details_of(info), written.get("contact") or {}),
        "profile": profile,
        # Choice: it depends on the site, both have been seen.
        "privacyStatus": written.get("privacyStatus") or "PRIVATE",
        "activityStatus": "ACTIVE",
        "createdDate": now,
        "updatedDate": now,
        "lastLoginDate": now,
    }
    return site.store.insert(KIND, member)


def _contact(site: Site, email: str, details: Entity) -> Entity:
    phones = details.get("phones") or []
    for at, phone in enumerate(phones):
        if not _E164.fullmatch(phone):
            raise validation_error(Violation(f"member.contact.phones[{at}]", "is not a valid E.164 number", "FORMAT"))
    named = [("info.emails.items.email", email), *(("info.phones.items.e164Phone", each) for each in phones)]
    for path, value in named:
        known = site.store.first(contacts_store.KIND, path, value)
        if known is not None:
            return known
    names = {"first": details.get("firstName"), "last": details.get("lastName")}
    info = contacts_store.completed(
        site,
        {
            "name": {part: value for part, value in names.items() if value},
            "emails": {"items": [{"tag": "MAIN", "email": email}]},
            "phones": {"items": [{"tag": "MAIN", "phone": each} for each in phones]},
        },
    )
    contact = contacts_store.add(site, info, source={"sourceType": "WIX_SITE_MEMBERS"})
    site.note_effect("contact", contactId=contact["id"], email=email)
    return contact


def _details_of(info: Entity) -> Entity:
    """Return the `contact` part of a member: flatter than a contact, its lists without wrappers."""
    name = info.get("name", {})
    stated = {
        "firstName": name.get("first"),
        "lastName": name.get("last"),
        "birthdate": info.get("birthdate"),
        "company": info.get("company"),
        "jobTitle": info.get("jobTitle"),
    }
    details: Entity = {key: value for key, value in stated.items() if value}
    details["emails"] = [each["email"] for each in info.get("emails", {}).get("items", [])]
    details["phones"] = [each["phone"] for each in info.get("phones", {}).get("items", [])]
    addresses = info.get("addresses", {}).get("items", [])
    details["addresses"] = [{"id": each["id"], **each["address"]} for each in addresses]
    fields = info.get("extendedFields", {}).get("items", {})
    own = {key: {"value": value} for key, value in fields.items() if key.startswith("custom.")}
    return details | {"customFields": own}


def update(site: Site, member_id: str, body: Entity) -> Entity:
    """Change the members that are sent. There is no revision; an empty text clears, an empty list changes nothing.

    A `contact` that is null changes nothing, either: every member has one.

    Raises:
        WixError: 404 unknown id, 400 invalid members.
    """
    member = fetch(site, member_id)
    changes = clean("member", body, "member")
    for name in ("loginEmail", "extendedFields"):
        changes.pop(name, None)
    details = changes.setdefault("contact", {})
    if details is None:
        details = changes["contact"] = {}
    details.pop("emails", None)
    for name in ("phones", "addresses"):
        if details.get(name) == []:
            del details[name]
    for each in details.get("addresses") or []:
        each["id"] = site.new_id()
    return save(site, merged(member, _clearing(changes)))


def _clearing(changes: Entity) -> Entity:
    return {
        name: _clearing(value) if isinstance(value, dict) else None if value == "" else value
        for name, value in changes.items()
    }


def save(site: Site, member: Entity) -> Entity:
    """Store a changed member, `updatedDate` now, and update its contact. Choice: only name and status."""
    member["updatedDate"] = site.now()
    contact = site.store.get(contacts_store.KIND, member["contactId"])
    if contact is not None:
        before = (dict(contact["info"].get("name", {})), contact["memberInfo"]["status"])
        names = {"first": member["contact"].get("firstName"), "last": member["contact"].get("lastName")}
        name = {part: value for part, value in names.items() if value}
        after = (name, _STATUSES[member["status"]])
        if before != after:
            contact["info"]["name"], contact["memberInfo"]["status"] = after
            contacts_store.save(site, contact)
    return site.store.update(KIND, member)


def set_slug(site: Site, member_id: str, slug: Any) -> Entity:
    """Change the slug of a member's page.

    Raises:
        WixError: 404 unknown id, 400 no slug, 409 `SLUG_ALREADY_EXISTS`.
    """
    member = fetch(site, member_id)
    other = site.store.first(KIND, "profile.slug", str(slug))
    if other is not None and other["id"] != member_id:
        text = f"The slug {slug} is taken"
        raise application_error(HTTPStatus.CONFLICT, "SLUG_ALREADY_EXISTS", text, {"slug": str(slug)})
    member["profile"]["slug"] = str(slug)
    return save(site, member)


def clear(site: Site, member_id: str, name: str) -> Entity:
    """Clear the phones, e-mails or addresses of a member; the login e-mail stays.

    Raises:
        WixError: 404.
    """
    member = fetch(site, member_id)
    member["contact"][name] = []
    return save(site, member)


def delete(site: Site, member_id: str) -> None:
    """Remove a member and keep the contact.

    Raises:
        WixError: 404.
    """
    member = fetch(site, member_id)
    site.store.delete(KIND, member_id)
    contact = site.store.get(contacts_store.KIND, member["contactId"])
    if contact is not None and contact.pop("memberInfo", None):
        contacts_store.save(site, contact)


def _free_slug(site: Site, wanted: str) -> str:
    slug, number = wanted, 0
    while site.store.first(KIND, "profile.slug", slug) is not None:
        number += 1
        slug = f"{wanted}-{number}"
    return slug
