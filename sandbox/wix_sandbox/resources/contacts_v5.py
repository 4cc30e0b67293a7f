"""The endpoints of contacts v5.

https://dev.wix.com/docs/api-reference/crm/members-contacts/contacts/contacts-v5/introduction
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk, bulk_ids, run_job
from wix_sandbox.errors import WixError, check_revision, error_400, error_404
from wix_sandbox.handlers import acting, endpoints, fetching
from wix_sandbox.query.filters import compile_filter
from wix_sandbox.query.spec import Query, either_way
from wix_sandbox.querying import answer_query, count_rows, matching_rows
from wix_sandbox.resource import merged, one_of, retagged
from wix_sandbox.resources import contacts, contacts_store, contacts_v5_store
from wix_sandbox.resources.contacts_store import EXTRAS, KIND
from wix_sandbox.resources.contacts_v5_store import OWN, TRASH, extras_of, place_of, view
from wix_sandbox.values import filled, values_at
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox.call import Call, Handler
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

MAX_MORE, MAX_ADDRESSES = 10, 50
"""Additional e-mails or phones, and addresses, of a contact."""
MAX_FOUND = 100
_ADDRESS = "info.addresses.items.address"
_PARTS = ("country", "subdivision", "addressLine", "city", "postalCode", "streetAddress.name", "subdivisionFullname")
_PATHS = {
    "email.email": "primaryEmail.email",
    "email.deliverabilityStatus": "primaryEmail.deliverabilityStatus",
    "email.subscriptionStatus.status": "primaryEmail.subscriptionStatus",
    "phone.phone": "primaryPhone.phone",
    "phone.e164": "primaryPhone.e164Phone",
    "phone.subscriptionStatus.status": "primaryPhone.subscriptionStatus",
    "name.first": "info.name.first",
    "name.last": "info.name.last",
    "company.name": "info.company",
    "company.jobTitle": "info.jobTitle",
    "birthdate": "info.birthdate",
    "locale": "info.locale",
    "locationIds": "info.locations.items",
    "lastActivity.date": "lastActivity.activityDate",
    **{f"addresses.address.{part}": f"{_ADDRESS}.{part}" for part in _PARTS},
}
_BEHIND_PRIMARY = {
    "additionalEmails.email": ("emails", "email"),
    "additionalPhones.phone": ("phones", "phone"),
    "additionalPhones.e164": ("phones", "e164Phone"),
}
"""Lists and members of v4 whose items are additional here, except the primary one."""

_DELIVERY = "phone.deliverabilityStatus"
"""A member that no row of v4 has."""


def _reach(contact: Entity, path: str) -> list[Any]:
    if path == "name.full":
        return [" ".join(contact["info"].get("name", {}).values())]
    if path == _DELIVERY:
        return [contacts_v5_store.phone_status(contact)["deliverabilityStatus"]] if "primaryPhone" in contact else []
    if path not in _BEHIND_PRIMARY:
        return values_at(contact, path)
    items, member = _BEHIND_PRIMARY[path]
    listed = contact["info"].get(items, {}).get("items", [])
    return [each[member] for each in listed if member in each and not each.get("primary")]


_APART = {
    "externalId": "externalId",
    "assigneeId": "assigneeId",
    "timeZone": "timeZone",
    "source.userId": "source.userId",
    "source.additionalInfo": "source.additionalInfo",
    "tags.privateTags.tagIds": "tags.privateTags.tagIds",
    **{f"addresses.recipient.{part}": f"book.{part}" for part in ("phone", "company", "firstName", "lastName")},
}
"""Members that are stored apart from the row of v4, and their kind."""

QUERY = Query.declared("contacts-v5/queryContacts", paths=_PATHS)
"""Newest first by default, although a requested sort can only be ascending."""
SEARCH = Query.declared(
    "contacts-v5/searchContacts",
    envelope="search",
    paths=_PATHS,
    reach=_reach,
    computed=frozenset((*_BEHIND_PRIMARY, _DELIVERY)),
    counts_matches=True,
    text_fields=(
        *("name.full", "info.emails.items.email", "info.phones.items.phone"),
        *("info.company", "info.jobTitle", "memberInfo.email", "memberInfo.profileInfo.nickname"),
        # What a search by `email.email`, `additionalEmails.email` and so on looks into.
        *("primaryEmail.email", "primaryPhone.phone", "additionalEmails.email", "additionalPhones.phone"),
    ),
    aggregates=True,
)
TRASHED = Query(
    sortable=either_way("deletedDate"),
    default_sort=("deletedDate", "DESC"),
    default_limit=50,
)
_TRASHED_BY = {"externalId": "shown.externalId", "email": "shown.email.email", "phone": "shown.phone.phone"}


def _show(call: Call, contact: Entity) -> Entity:
    return view(call.site, contact)


def _show_trashed(_call: Call, row: Entity) -> Entity:
    shown: Entity = row["shown"]
    return shown


def _page(query: Query, call: Call) -> Entity:
    envelope: Any = call.body.get(query.envelope) or {}
    if isinstance(envelope, dict):
        envelope = envelope | {"filter": _resolved(call.site, envelope.get("filter"), query)}
        call.body = {**call.body, query.envelope: envelope}
    return answer_query(call, KIND, query, "contacts", _show)


def every(call: Call) -> list[Entity]:
    """Return the stored contacts that `filter` and `search` of a body match; all if there is neither."""
    condition = _resolved(call.site, call.body.get("filter"), SEARCH)
    call.body = {"filter": condition, "search": call.body.get("search")}
    return list(matching_rows(call, KIND, SEARCH))


def _count(call: Call) -> Entity:
    """Answer POST count: `{filter, search}`, with the text next to the filter."""
    text, condition = call.body.get("search"), _resolved(call.site, call.body.get("filter"), SEARCH)
    call.body = {"filter": condition, "search": {"expression": text} if text else None}
    return {"count": count_rows(call, KIND, SEARCH)}


def _trash(call: Call) -> Entity:
    """Answer GET trash-bin: named filters and paging as parameters."""
    wanted: Entity = {path: call.body[name] for name, path in _TRASHED_BY.items() if call.body.get(name)}
    if call.body.get("contactIds"):
        wanted["id"] = {"$in": sorted(call.names("contactIds"))}
    bounds = {"$gte": call.body.get("deletedFromDate"), "$lte": call.body.get("deletedToDate")}
    if dates := filled(bounds):
        wanted["deletedDate"] = dates
    call.body = {"query": {"cursorPaging": call.body.get("paging") or {}}}
    contacts_v5_store.empty_trash(call.site)
    return answer_query(call, TRASH, TRASHED.but(base_filter=wanted), "contacts", _show_trashed)


def _resolved(site: Site, condition: Any, query: Query) -> Any:
    """Return a filter in which conditions on members of other rows are lists of ids."""
    if not isinstance(condition, dict):
        return condition
    rest: Entity = {}
    parts: list[Entity] = []
    for name, value in condition.items():
        if name in {"$and", "$or", "$not"}:
            each = value if isinstance(value, list) else [value]
            inner = [_resolved(site, part, query) for part in each]
            rest[name] = inner if isinstance(value, list) else inner[0]
        elif name in _APART and query.operators(name) is not None:
            parts.append(_by_id(site, {name: value}, query))
        else:
            rest[name] = value
    return {"$and": [rest, *parts]} if parts else rest


def _by_id(site: Site, condition: Entity, query: Query) -> Entity:
    """Match contacts without extra members as a group: all of them match, or none does."""
    matches = compile_filter(condition, query.but(paths=_APART)).fits
    rows = list(_extras(site))
    if matches({}):
        return {"$not": [{"id": {"$in": [each["id"] for each in rows if not matches(each)]}}]}
    return {"id": {"$in": [each["id"] for each in rows if matches(each)]}}


def _extras(site: Site) -> Iterator[Entity]:
    for row in site.store.all(EXTRAS):
        yield row | {"book": [each.get("recipient", {}) for each in row.get("addresses", {}).values()]}


def _tagger(call: Call) -> Callable[[Site, str], Entity]:
    """Return the function that changes the tags of a contact and returns its view; 400 for a call without tags."""
    assign, unassign = (_asked_tags(call, name) for name in ("assignTags", "unassignTags"))
    if not assign and not unassign:
        raise error_400("EMPTY_ASSIGN_AND_UNASSIGN_LISTS", "Tags to assign or to unassign must be given")

    def act(site: Site, contact_id: str) -> Entity:
        stored = contacts_store.fetch(site, contact_id)
        before = view(site, stored).get("tags", {}).get("privateTags", {}).get("tagIds", [])
        tags = {"tags": {"privateTags": {"tagIds": retagged(before, assign, unassign)}}}
        return contacts_v5_store.change(site, stored, tags, allow_duplicates=True)

    return act


def _asked_tags(call: Call, name: str) -> list[str]:
    stated = clean("contact_v5.tags", call.body.get(name) or {}, name)
    return (stated.get("privateTags") or {}).get("tagIds") or []


def _tag(call: Call) -> Entity:
    return {"contact": _tagger(call)(call.site, call.parameter("contactId"))}


def _bulk_tag(call: Call) -> Entity:
    return bulk_ids("contactIds", _tagger(call))(call)


def _stored(call: Call, name: str = "revision", parameter: str = "contactId") -> Entity:
    """Return the stored contact of a call, whose revision is next to the part."""
    stored = contacts_store.fetch(call.site, call.parameter(parameter))
    check_revision(stored, call.body.get(name), name)
    return stored


def _changed(call: Call, stored: Entity, **changes: Any) -> Entity:
    return {"contact": contacts_v5_store.change(call.site, stored, changes, allow_duplicates=True)}


def _full(code: str, most: int) -> WixError:
    return error_400(code, f"A contact has at most {most} of them")


def _adder(member: str) -> Handler:
    """Return the handler of POST additional-emails or -phones: `{email, revision}`. An existing one changes nothing."""
    others, name = f"additional{member.capitalize()}s", member.upper()

    def handler(call: Call) -> Entity:
        stored = _stored(call)
        shown, part = view(call.site, stored), clean(f"contact_v5.{others}", call.entity(member), member)
        if member not in shown:
            raise error_400(f"{name}_REQUIRED", f"The contact has no main {member}")
        more = shown[others]
        if part.get(member) in {shown[member][member], *(each[member] for each in more)}:
            return {"contact": shown}
        if len(more) == MAX_MORE:
            raise _full(f"ADDITIONAL_{name}S_LIMIT_REACHED", MAX_MORE)
        return _changed(call, stored, **{others: [*more, part]})

    return handler


def add_address(call: Call) -> Entity:
    """Answer POST addresses: `{address, revision}`. The same address with the same tag changes nothing."""
    stored = _stored(call)
    shown, part = view(call.site, stored), clean("contact_v5.addresses", call.entity("address"), "address")
    known = [place_of(each) for each in shown["addresses"]]
    if place_of(part) in known:
        return {"contact": shown}
    if len(known) == MAX_ADDRESSES:
        raise _full("ADDRESSES_LIMIT_REACHED", MAX_ADDRESSES)
    return _changed(call, stored, addresses=_with_one_default([*shown["addresses"], part], part))


def update_address(call: Call) -> Entity:
    """Answer PATCH addresses/id: `{address, revision}`; members that are not sent stay."""
    stored = _stored(call)
    addresses, at = _addresses(call, stored)
    changes = clean("contact_v5.addresses", call.entity("address"), "address")
    if changes.get("address"):
        changes["address"] = one_of(changes["address"], "addressLine", "streetAddress")
    addresses[at] = merged(addresses[at], changes) | {"id": addresses[at]["id"]}
    return _changed(call, stored, addresses=_with_one_default(addresses, addresses[at]))


def delete_address(call: Call) -> Entity:
    """Answer DELETE addresses/id, with the revision as a parameter."""
    stored = _stored(call)
    addresses, at = _addresses(call, stored)
    del addresses[at]
    return _changed(call, stored, addresses=addresses)


def _with_one_default(addresses: list[Entity], changed: Entity) -> list[Entity]:
    """Return the addresses; a changed one that is the default takes the flag from the others."""
    if not changed.get("defaultAddress"):
        return addresses
    return [each if each is changed else {**each, "defaultAddress": False} for each in addresses]


def _addresses(call: Call, stored: Entity) -> tuple[list[Entity], int]:
    addresses: list[Entity] = view(call.site, stored)["addresses"]
    for at, each in enumerate(addresses):
        if each["id"] == call.parameter("addressId"):
            return addresses, at
    raise error_404("ADDRESS_NOT_FOUND", f"Address with id '{call.parameter('addressId')}' was not found")


_MERGE = contacts.MergeCodes("INVALID_CONTACT_MERGE", "SOURCE_NOT_FOUND", "CANNOT_MERGE_SOURCE_MEMBER")


def merge(call: Call) -> Entity:
    """Answer POST merge: sources fill members that the target lacks, or a `targetContact` in the body replaces both.

    Raises:
        WixError: 400 `INVALID_CONTACT_MERGE` or for a target without identity, 404 `SOURCE_NOT_FOUND`, 409 for a stale
            revision, 428 `CANNOT_MERGE_SOURCE_MEMBER`.
    """
    site = call.site
    target = _stored(call, "targetContactRevision", "targetContactId")
    sources = contacts.sources_of(call, target, _MERGE)
    before = view(site, target)
    if call.body.get("targetContact"):
        changes = clean(contacts_v5_store.SCHEMA, call.entity("targetContact"), "targetContact")
        joined = target
    else:
        joined = contacts_store.derive(target | {"info": contacts.joined(site, target, sources)})
        fillers = [view(site, each) for each in reversed(sources)]
        changes = {name: each[name] for each in fillers for name in OWN if name in each and name not in before}
    if call.flag("preview"):
        return {"contact": view(site, joined) | changes}
    for source in sources:
        contacts.merge_away(site, source["id"], target["id"])
    site.store.table(contacts_store.EXTRAS).put(extras_of(target["id"], before))
    return _changed(call, joined, **changes)


def _delete_by_filter(call: Call) -> Entity:
    if not call.body.get("filter") and not call.body.get("search"):
        raise error_400("NEITHER_FILTER_NOR_SEARCH", "Either filter or search must be given")
    members = call.flag("deleteMembers")

    def act(contact: Entity) -> None:
        contacts_v5_store.delete(call.site, contact["id"], with_member=members)

    return run_job(call, every(call), act)


def _tag_by_filter(call: Call) -> Entity:
    """An empty filter means every contact."""
    tag = _tagger(call)
    return run_job(call, every(call), lambda contact: tag(call.site, contact["id"]))


def _subscribe_by_filter(call: Call) -> Entity:
    """Set the status of a contact; one that already has it is not changed."""
    statuses = {
        "primaryEmail": call.body.get("emailSubscriptionStatus"),
        "primaryPhone": call.body.get("phoneSubscriptionStatus"),
    }
    if not any(statuses.values()):
        raise error_400("MISSING_SUBSCRIPTION_STATUS", "A status of emails or of phones must be given")

    def act(contact: Entity) -> None:
        parts = [name for name, status in statuses.items() if status and name in contact]
        if any(contact[name]["subscriptionStatus"] != statuses[name] for name in parts):
            for name in parts:
                contact[name]["subscriptionStatus"] = statuses[name]
            contacts_store.save(call.site, contact)

    return run_job(call, every(call), act)


def _create(call: Call) -> Entity:
    return {"contact": _create_one(call, call.entity("contact"), "contact")}


def _update(call: Call) -> Entity:
    body = call.entity("contact") | {"id": call.parameter("contactId")}
    return {"contact": _update_one(call, body, "contact")}


def _update_one(call: Call, body: Entity, path: str) -> Entity:
    duplicates = call.flag("allowDuplicates")
    return contacts_v5_store.update(call.site, str(body.get("id")), body, allow_duplicates=duplicates, path=path)


def _upsert(call: Call) -> Entity:
    contact, action = _upsert_one(call, call.entity("contact"), "contact")
    return {"contact": contact, "action": action}


def _upsert_one(call: Call, body: Entity, path: str) -> tuple[Entity, str]:
    mode, members = call.body.get("upsertMode") or "OVERWRITE", call.flag("updateMember")
    return contacts_v5_store.upsert(call.site, body, mode=mode, update_member=members, path=path)


def _delete(call: Call) -> Entity:
    contacts_v5_store.delete(call.site, call.parameter("contactId"), with_member=call.flag("deleteMember"))
    return {}


def _find(call: Call) -> Entity:
    asked = {name: call.body.get(name) for name in ("externalId", "email", "phone")}
    if not any(asked.values()):
        raise error_400("NO_IDENTIFIER_PROVIDED", "An external id, an email or a phone must be given")
    contact = {
        "externalId": asked["externalId"],
        "email": {"email": asked["email"]},
        "phone": {"phone": asked["phone"]},
    }
    found = [view(call.site, each) for each, _ in contacts_v5_store.matching(call.site, contact)]
    return {"contacts": found[:MAX_FOUND]}


def _create_one(call: Call, body: Any, path: str) -> Entity:
    return contacts_v5_store.create(call.site, body, allow_duplicates=call.flag("allowDuplicates"), path=path)


def _bulk_upsert(call: Call) -> Entity:
    actions: list[str] = []

    def act(call: Call, body: Entity, path: str) -> Entity:
        contact, action = _upsert_one(call, body, path)
        actions.append(action)
        return contact

    answer = bulk("contacts", act, item="contact")(call)
    done = (each for each in answer["results"] if each["itemMetadata"]["success"])
    for result, action in zip(done, actions, strict=True):
        result["action"] = action
    return answer


def _delete_one(call: Call, contact_id: Any, _path: str) -> None:
    contacts_v5_store.delete(call.site, str(contact_id), with_member=call.flag("deleteMembers"))


def _remove_trashed(site: Site, contact_id: str) -> None:
    site.store.delete(TRASH, contacts_v5_store.trashed(site, contact_id)["id"])


BASE = "/contacts/v5/contacts"
BULK = "/contacts/v5/bulk/contacts"
_ID = "contactId"
_ONE, _BIN = f"{BASE}/{{contactId}}", f"{BASE}/trash-bin"
_TRASHED = f"{_BIN}/{{contactId}}"
_RESTORE_MANY = bulk_ids("contactIds", contacts_v5_store.restore)
ROUTES = endpoints(
    ("POST", BASE, "contacts-v5.create", _create),
    ("GET", _ONE, "contacts-v5.get", fetching("contact", contacts_store.fetch, _ID, _show)),
    ("PATCH", _ONE, "contacts-v5.update", _update),
    ("DELETE", _ONE, "contacts-v5.delete", _delete),
    ("POST", f"{BASE}/upsert", "contacts-v5.upsert", _upsert),
    ("POST GET", f"{BASE}/query", "contacts-v5.query", partial(_page, QUERY)),
    ("POST GET", f"{BASE}/search", "contacts-v5.search", partial(_page, SEARCH)),
    ("POST", f"{BASE}/count", "contacts-v5.count", _count),
    ("GET", f"{BASE}/find-matching", "contacts-v5.find-matching", _find),
    ("POST", f"{BULK}/create", "contacts-v5.bulk-create", bulk("contacts", _create_one)),
    ("POST", f"{BULK}/update", "contacts-v5.bulk-update", bulk("contacts", _update_one, item="contact")),
    ("POST", f"{BULK}/upsert", "contacts-v5.bulk-upsert", _bulk_upsert),
    ("POST", f"{BULK}/delete", "contacts-v5.bulk-delete", bulk("contactIds", _delete_one)),
    ("GET", _BIN, "contacts-v5.list-trash", _trash),
    ("GET", _TRASHED, "contacts-v5.get-trashed", fetching("contact", contacts_v5_store.trashed, _ID, _show_trashed)),
    ("DELETE", _TRASHED, "contacts-v5.remove-trashed", acting(_remove_trashed, _ID)),
    ("POST", f"{_TRASHED}/restore", "contacts-v5.restore", fetching("contact", contacts_v5_store.restore, _ID)),
    ("POST", f"{BULK}/trash-bin/restore", "contacts-v5.bulk-restore", _RESTORE_MANY),
    ("POST", f"{_ONE}/update-tags", "contacts-v5.update-tags", _tag),
    ("POST", f"{BULK}/update-tags", "contacts-v5.bulk-update-tags", _bulk_tag),
    ("POST", f"{_ONE}/additional-emails", "contacts-v5.add-email", _adder("email")),
    ("POST", f"{_ONE}/additional-phones", "contacts-v5.add-phone", _adder("phone")),
    ("POST", f"{_ONE}/addresses", "contacts-v5.add-address", add_address),
    ("PATCH", f"{_ONE}/addresses/{{addressId}}", "contacts-v5.update-address", update_address),
    ("DELETE", f"{_ONE}/addresses/{{addressId}}", "contacts-v5.delete-address", delete_address),
    ("POST", f"{BASE}/{{targetContactId}}/merge", "contacts-v5.merge", merge),
    ("POST", f"{BULK}/delete-by-filter", "contacts-v5.bulk-delete-by-filter", _delete_by_filter),
    ("POST", f"{BULK}/update-tags-by-filter", "contacts-v5.bulk-update-tags-by-filter", _tag_by_filter),
    ("POST", f"{BULK}/subscriptions/update", "contacts-v5.bulk-update-subscriptions", _subscribe_by_filter),
)
