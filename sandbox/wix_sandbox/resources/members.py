"""Site members. A member is linked to a contact, which outlives it.

https://dev.wix.com/docs/rest/crm/members-contacts/members/member-management/members/introduction
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import by_id, job
from wix_sandbox.errors import Violation, WixError, error_409, required, validation_error
from wix_sandbox.handlers import creating, endpoints, fetching, updating
from wix_sandbox.query.request import as_list, part_of
from wix_sandbox.query.spec import Metadata, Paging, Query
from wix_sandbox.querying import answer_query
from wix_sandbox.resource import Resource, merged
from wix_sandbox.resources import contacts_store
from wix_sandbox.resources.texts import free_slug, slug_of
from wix_sandbox.values import filled, given, only
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "members"
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_ACTIVITY = {"APPROVED": "ACTIVE", "BLOCKED": "BLOCKED", "OFFLINE": "OFFLINE", "PENDING": "PENDING"}
"""Status of a member, and the status that its contact has."""


def create(site: Site, body: Entity) -> Entity:
    """Add a member; a contact with the same e-mail or phone becomes its contact, otherwise one is created.

    Raises:
        WixError: 400 without e-mail or with invalid members, 409 `ALREADY_EXISTS`.
    """
    written = clean("member", body, "member", fresh=True)
    email = written.get("loginEmail")
    if not email:
        raise required("member.loginEmail")
    if site.store.first(KIND, "loginEmail", email) is not None:
        raise error_409("ALREADY_EXISTS", f"A member with the email {email} already exists")
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
    # Choice: Wix does not document the nickname of a member without one.
    profile = {"nickname": name.get("first") or email.partition("@")[0]}
    profile |= given(written.get("profile") or {})
    profile["slug"] = free_slug(site.store, KIND, slug_of(profile["nickname"], "member"), path="profile.slug")
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
    return contacts_store.add_person(site, email, details, phones, "WIX_SITE_MEMBERS")


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
    details = filled(stated)
    details["emails"] = [each["email"] for each in contacts_store.items_of(info, "emails")]
    details["phones"] = [each["phone"] for each in contacts_store.items_of(info, "phones")]
    addresses = contacts_store.items_of(info, "addresses")
    details["addresses"] = [{"id": each["id"], **(each.get("address") or {})} for each in addresses]
    fields = info.get("extendedFields", {}).get("items", {})
    own = {key: {"value": value} for key, value in fields.items() if key.startswith("custom.")}
    return details | {"customFields": own}


def update(site: Site, member_id: str, body: Entity) -> Entity:
    """Change the members that are sent. There is no revision; an empty text clears, an empty list changes nothing.

    A `contact` that is null changes nothing, either: every member has one.

    Raises:
        WixError: 404 for an unknown id, 400 for invalid members.
    """
    member = MEMBERS.fetch(site, member_id)
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
        name = filled({"first": member["contact"].get("firstName"), "last": member["contact"].get("lastName")})
        after = (name, _ACTIVITY[member["status"]])
        if before != after:
            contact["info"]["name"], contact["memberInfo"]["status"] = after
            contacts_store.save(site, contact)
    return site.store.update(KIND, member)


def set_slug(site: Site, member_id: str, slug: Any) -> Entity:
    """Change the slug of a member's page; 404 for an unknown id, 400 without a slug, 409 `SLUG_ALREADY_EXISTS`."""
    member = MEMBERS.fetch(site, member_id)
    other = site.store.first(KIND, "profile.slug", str(slug))
    if other is not None and other["id"] != member_id:
        raise error_409("SLUG_ALREADY_EXISTS", f"The slug {slug} is taken", {"slug": str(slug)})
    member["profile"]["slug"] = str(slug)
    return save(site, member)


def delete(site: Site, member_id: str) -> None:
    """Remove a member and keep the contact; 404 for an unknown id."""
    member = MEMBERS.fetch(site, member_id)
    site.store.delete(KIND, member_id)
    contact = site.store.get(contacts_store.KIND, member["contactId"])
    if contact is not None and contact.pop("memberInfo", None):
        contacts_store.save(site, contact)


BASE = "/members/v1/members"
QUERY = Query.declared(
    "members/queryMembers",
    paging=Paging.OFFSET,
    metadata=Metadata.METADATA,
    text_fields=(
        "loginEmail",
        "contact.firstName",
        "contact.lastName",
        "profile.title",
        "profile.nickname",
        "profile.slug",
    ),
)

_PUBLIC = ("id", "createdDate", "updatedDate", "profile")
_STATUS_MEMBERS = ("status", "privacyStatus", "activityStatus")
_EXTENDED = (*_PUBLIC, *_STATUS_MEMBERS, "loginEmail", "contactId")


def shown(call: Call, member: Entity) -> Entity:
    """Return a member with the members of the fieldset: only the public part by default."""
    fieldsets = call.names("fieldsets")
    if "FULL" in fieldsets:
        return member
    if "EXTENDED" in fieldsets:
        return only(member, *_EXTENDED)
    # The public part does not have the statuses; sources differ on `contactId`, which is left out here.
    return only(member, *_PUBLIC) | dict.fromkeys(_STATUS_MEMBERS, "UNKNOWN")


def _query(call: Call) -> Entity:
    """Answer the query; the free text is next to it, and the sort is called `sort` or `sorting`."""
    envelope = dict(part_of(call.body, "query"))
    envelope.setdefault("sort", envelope.pop("sorting", None))
    search = part_of(call.body, "search")
    # Source: types of Wix's client name this default.
    searched = {**search, "fields": search.get("fields") or ["profile.nickname"]}
    call.body = {**call.body, "query": {**envelope, "search": searched}}
    return answer_query(call, KIND, QUERY, "members", shown)


def _list(call: Call) -> Entity:
    """Answer GET: paging and sorting are separate parameters."""
    stated = {"paging": call.body.get("paging"), "sort": as_list(call.body.get("sorting"))}
    call.body = {**call.body, "query": stated, "search": None}
    return _query(call)


def _set(name: str, value: str, site: Site, member_id: str) -> Entity:
    return save(site, MEMBERS.fetch(site, member_id) | {name: value})


def _clear(name: str, site: Site, member_id: str) -> Entity:
    """Clear the phones, e-mails or addresses of a member; the login e-mail stays."""
    member = MEMBERS.fetch(site, member_id)
    member["contact"][name] = []
    return save(site, member)


def _set_slug(call: Call) -> Entity:
    return {"member": set_slug(call.site, call.parameter("id"), call.body.get("slug"))}


def _own(_call: Call) -> Entity:
    """Return the signed-in member; there is none with a key or an app's token."""
    raise WixError(HTTPStatus.FORBIDDEN, "")


_STATES = {
    "approve": ("status", "APPROVED"),
    "block": ("status", "BLOCKED"),
    "disconnect": ("status", "OFFLINE"),
    "mute": ("activityStatus", "MUTED"),
    "unmute": ("activityStatus", "ACTIVE"),
}
"""Calls that set one status, and the status."""

_BY_FILTER: dict[str, Callable[[Site, str], Entity | None]] = {
    "delete": delete,
    "approve": partial(_set, *_STATES["approve"]),
    "block": partial(_set, *_STATES["block"]),
}
"""Calls that act on every member that a filter matches."""
_ENDPOINTS = endpoints(
    ("GET", BASE, "members.list", _list),
    ("GET", f"{BASE}/my", "members.get-own", _own),
    ("DELETE", f"{BASE}/my", "members.delete-own", _own),
    ("POST", f"{BASE}/{{id}}/slug", "members.set-slug", _set_slug),
    *(
        ("POST", f"{BASE}/bulk/{name}-by-filter", f"members.bulk-{name}-by-filter", job(KIND, QUERY, by_id(act)))
        for name, act in _BY_FILTER.items()
    ),
    *(
        ("POST", f"{BASE}/{{id}}/{name}", f"members.{name}", fetching("member", partial(_set, *status)))
        for name, status in _STATES.items()
    ),
    *(
        ("DELETE", f"{BASE}/{{id}}/{name}", f"members.clear-{name}", fetching("member", partial(_clear, name)))
        for name in ("phones", "emails", "addresses")
    ),
)

MEMBERS = Resource(
    name="members",
    base=BASE,
    item="member",
    schema="member",
    query=QUERY,
    revision=False,
    present=shown,
    deletes=delete,
    special={
        "create": creating("member", create),  # writes answer with the whole member
        "update": updating("member", update),
        "query": _query,
    },
)


def _one_fieldset(body: Entity) -> Entity:
    """Return a body with a list of fieldsets; examples of Wix's documentation send one as text."""
    stated = body.get("fieldsets")
    return {**body, "fieldsets": [stated]} if isinstance(stated, str) else body


ROUTES = (
    *(replace(each, spelled=_one_fieldset if each.operation == "members.query" else None) for each in MEMBERS.routes()),
    *MEMBERS.bulk_routes(f"{BASE}/bulk", ("delete",)),
    *_ENDPOINTS,
)
