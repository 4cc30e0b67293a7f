"""Queries of contacts v5 over the rows of v4: names are mapped, and members that only v5 has are looked up first.

https://dev.wix.com/docs/api-reference/crm/members-contacts/contacts/contacts-v5/query-contacts
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.query.filters import compile_filter
from wix_sandbox.query.page import Page
from wix_sandbox.query.spec import Metadata, Query
from wix_sandbox.querying import aggregation_data, count_rows, matching_rows, run_query
from wix_sandbox.resources.contacts_store import EXTRAS, KIND
from wix_sandbox.resources.contacts_v5_store import TRASH
from wix_sandbox.resources.contacts_v5_view import view

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

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
    # Choice: the index has all e-mails and phones together, so these find the primary ones, too.
    "additionalEmails.email": "info.emails.items.email",
    "additionalPhones.phone": "info.phones.items.phone",
    "additionalPhones.e164": "info.phones.items.e164Phone",
    **{f"addresses.address.{part}": f"{_ADDRESS}.{part}" for part in _PARTS},
}
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
    text_fields=(
        *("info.name.first", "info.name.last", "info.emails.items.email", "info.phones.items.phone"),
        *("info.company", "info.jobTitle", "memberInfo.email", "memberInfo.profileInfo.nickname"),
    ),
)
TRASHED = Query(
    filterable={},
    sortable={"deletedDate": frozenset({"ASC", "DESC"})},
    metadata=Metadata.PAGING_METADATA,
    default_sort=("deletedDate", "DESC"),
    default_limit=50,
)
_TRASHED_BY = {"externalId": "shown.externalId", "email": "shown.email.email", "phone": "shown.phone.phone"}


def answer_query(call: Call) -> Entity:
    """Answer POST or GET query: `{query}` to `{contacts, pagingMetadata}`."""
    return _page(call, QUERY)


def answer_search(call: Call) -> Entity:
    """Answer POST or GET search: `{search}` to `{contacts, pagingMetadata, aggregationData}`."""
    return _page(call, SEARCH) | {"aggregationData": aggregation_data(call, KIND, SEARCH)}


def _page(call: Call, query: Query) -> Entity:
    envelope: Any = call.body.get(query.envelope) or {}
    if isinstance(envelope, dict) and isinstance(envelope.get("filter"), dict):
        envelope = envelope | {"filter": _resolved(call.site, envelope["filter"], query)}
        call.body = {**call.body, query.envelope: envelope}
    page = run_query(call, KIND, query)
    shown = [view(call.site, each) for each in page.entities]
    return Page(shown, page.metadata).answer("contacts", query)


def every(call: Call) -> list[Entity]:
    """Return the stored contacts that `filter` and `search` of a body match; all if there is neither."""
    condition = call.body.get("filter") or {}
    if isinstance(condition, dict):
        condition = _resolved(call.site, condition, SEARCH)
    call.body = {"filter": condition, "search": call.body.get("search")}
    return list(matching_rows(call, KIND, SEARCH))


def answer_count(call: Call) -> Entity:
    """Answer POST count: `{filter, search}`, with the text next to the filter."""
    text = call.body.get("search")
    condition = call.body.get("filter")
    if isinstance(condition, dict):
        condition = _resolved(call.site, condition, SEARCH)
    call.body = {"filter": condition, "search": {"expression": text} if text else None}
    return {"count": count_rows(call, KIND, SEARCH)}


def answer_trash(call: Call) -> Entity:
    """Answer GET trash-bin: named filters and paging as parameters."""
    wanted: Entity = {path: call.body[name] for name, path in _TRASHED_BY.items() if call.body.get(name)}
    if call.body.get("contactIds"):
        wanted["id"] = {"$in": sorted(call.names("contactIds"))}
    bounds = {"$gte": call.body.get("deletedFromDate"), "$lte": call.body.get("deletedToDate")}
    dates = {operator: value for operator, value in bounds.items() if value}
    if dates:
        wanted["deletedDate"] = dates
    call.body = {"query": {"cursorPaging": call.body.get("paging") or {}}}
    page = run_query(call, TRASH, TRASHED.but(base_filter=wanted))
    return Page([each["shown"] for each in page.entities], page.metadata).answer("contacts", TRASHED)


def _resolved(site: Site, condition: Entity, query: Query) -> Entity:
    """Return a filter in which conditions on members of other rows are lists of ids."""
    rest: Entity = {}
    parts: list[Entity] = []
    for name, value in condition.items():
        if name in {"$and", "$or", "$not"}:
            each = value if isinstance(value, list) else [value]
            inner = [_resolved(site, part, query) if isinstance(part, dict) else part for part in each]
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
