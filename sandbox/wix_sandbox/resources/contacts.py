"""The endpoints of contacts v4: reads, writes, merges, bulk jobs and facets.

https://dev.wix.com/docs/rest/crm/members-contacts/contacts
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from wix_sandbox.bulk import each_item
from wix_sandbox.errors import error_400, error_428, existing
from wix_sandbox.handlers import acting, endpoints, fetching
from wix_sandbox.query.engine import Run
from wix_sandbox.query.request import as_list, part_of, read_request
from wix_sandbox.query.spec import BOTH_WAYS, Paging, Query
from wix_sandbox.querying import matching_rows, run_query
from wix_sandbox.resources import contacts_keys, contacts_store
from wix_sandbox.resources.contacts_store import KIND
from wix_sandbox.store import Table
from wix_sandbox.values import only, without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.query.engine import Page
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

_SEARCHED = ("info.name.first", "info.name.last", "info.emails.items.email", "info.phones.items.phone")
_ITEMS = {
    "info.labelKeys": "info.labelKeys.items",
    "info.emails.email": "info.emails.items.email",
    "info.phones.phone": "info.phones.items.phone",
    "info.addresses.street": "info.addresses.items.address.streetAddress.name",
    "info.addresses.city": "info.addresses.items.address.city",
    "info.addresses.subdivision": "info.addresses.items.address.subdivision",
    "info.addresses.country": "info.addresses.items.address.country",
    "info.locations": "info.locations.items",
}
"""Filters leave out the wrapper's `items`."""

CONTACTS = Query.declared(
    "contacts/queryContacts",
    paging=Paging.OFFSET,
    paths=_ITEMS,
    codes={
        **contacts_keys.CODES,
        "limit": "ILLEGAL_LIMIT",
        "sort": "UNSUPPORTED_SORT_FIELD",
        "field": "UNSUPPORTED_FILTER_FIELD_UNKNOWN",
        "value": "UNSUPPORTED_FILTER_VALUE_TYPE",
    },
)

_BASIC = ("primaryInfo", "info.name")
_FIELDSETS = {
    "BASIC": _BASIC,
    "COMMUNICATION_DETAILS": (*_BASIC, "info.emails", "info.phones", "info.addresses"),
    "EXTENDED": (*_BASIC, "info.extendedFields"),
}
_PREFIX = "info.extendedFields."
_TEXT_OPERATORS = frozenset({"$eq", "$ne", "$in", "$startsWith"})
_RANGE_OPERATORS = frozenset({"$eq", "$ne", "$gt", "$gte", "$lt", "$lte"})


def page(call: Call) -> Page:
    """Return one page of a query: offset paging, one sort key, newest first by default.

    Raises:
        WixError: 400 with the code of the mistake.
    """
    query = _searching(_with_extended_fields(call.site, CONTACTS), call.body.get("search"))
    envelope = part_of(call.body, "query")
    found = run_query(call, KIND, query)
    fieldsets, fields = _names(envelope, "fieldsets"), _names(envelope, "fields")
    if not (fieldsets or fields):
        return found
    return found.showing(lambda contact: shown(contact, fieldsets, fields))


def every(call: Call) -> list[Entity]:
    """Return every contact that the `filter` and the `search` of a body match; 400 with the code of the mistake."""
    query = _searching(_with_extended_fields(call.site, CONTACTS), call.body.get("search"))
    call.body = {"filter": call.body.get("filter")}
    return list(matching_rows(call, KIND, query))


def _searching(query: Query, text: Any) -> Query:
    """Return the query with the search text, which must be a whole name, e-mail or phone."""
    return query.but(base_filter={"$or": [{path: text} for path in _SEARCHED]}) if text else query


def _names(holder: Any, name: str) -> frozenset[str]:
    value = holder.get(name) or []
    return frozenset(value.split(",") if isinstance(value, str) else map(str, value))


def shown(contact: Entity, fieldsets: frozenset[str], fields: frozenset[str]) -> Entity:
    """Return a contact with the requested fieldsets and paths; everything by default."""
    if "FULL" in fieldsets or not (fieldsets or fields):
        return contact
    paths = set(fields).union(*(_FIELDSETS.get(name, ()) for name in fieldsets))
    result = only(contact, "id", "revision")
    for path in sorted(paths):
        _copy(contact, result, path.split("."))
    return result


def _copy(source: Any, target: Entity, names: list[str]) -> None:
    first, rest = names[0], names[1:]
    if not isinstance(source, dict) or first not in source:
        return
    if rest and isinstance(source[first], dict):
        _copy(source[first], target.setdefault(first, {}), rest)
    else:
        target[first] = source[first]


def _with_extended_fields(site: Site, query: Query) -> Query:
    """Return the query with every extended field of the site, by type; filters leave out the level `items`."""
    filterable, sortable, paths = dict(query.filterable), dict(query.sortable), dict(query.paths)
    numbers = set(query.numbers)
    for field in contacts_store.all_fields(site):
        name = _PREFIX + field["key"]
        paths[name] = f"info.extendedFields.items.{field['key']}"
        if field["fieldType"] == "USER_DEFINED":
            text = field["dataType"] in {"TEXT", "URL"}
            filterable[name] = _TEXT_OPERATORS if text else _RANGE_OPERATORS
            sortable[name] = BOTH_WAYS
        if field["dataType"] == "NUMBER":
            numbers.add(name)
    return query.but(filterable=filterable, sortable=sortable, paths=paths, numbers=frozenset(numbers))


MERGED = "merged_contacts"
"""The target of a contact that was merged: `{"id", "targetId"}`."""

_LISTS = {"emails": ("email",), "phones": ("phone",), "addresses": ("address",), "labelKeys": (), "locations": ()}
"""Lists that are joined, and the member by which two items are equal; without one the items are texts."""
_LIMITS = {"emails": 50, "phones": 50, "addresses": 50, "labelKeys": 2000, "locations": 50}


def resolve(site: Site, contact_id: str) -> str:
    """Return the id of the contact that a contact was merged into, however often."""
    row = site.store.get(MERGED, contact_id)
    return contact_id if row is None else resolve(site, row["targetId"])


def answer_merge(call: Call) -> Entity:
    """Answer POST merge: `{targetContactRevision, sourceContactIds}` to the target with all values of its sources."""
    target = contacts_store.fetch(call.site, call.parameter("id"))
    contacts_store.check_revision(target, call.body["targetContactRevision"])
    sources = sources_of(call, target)
    merged = contacts_store.save(call.site, target | {"info": joined(call.site, target, sources)})
    for source in sources:
        merge_away(call.site, source["id"], target["id"])
    return {"contact": merged}


def merge_away(site: Site, source_id: str, target_id: str) -> None:
    """Delete the source of a merge and remember its target."""
    contacts_store.delete(site, source_id)
    site.store.table(MERGED).put({"id": source_id, "targetId": target_id})


def answer_preview(call: Call) -> Entity:
    """Answer POST preview-merge: the contact that a merge would make; nothing changes."""
    target = contacts_store.fetch(call.site, call.parameter("id"))
    preview = target | {"info": joined(call.site, target, sources_of(call, target))}
    return {"contact": contacts_store.derive(preview)}


class MergeCodes(NamedTuple):
    """Codes of refused merges. Wix declares them, but not which case has which."""

    illegal: str = "ILLEGAL_MERGE"
    unknown: str = "CONTACT_NOT_FOUND"
    member: str = "FAILED_PRECONDITION"


def sources_of(call: Call, target: Entity, codes: MergeCodes = MergeCodes()) -> list[Entity]:  # noqa: B008 - a constant
    """Return the contacts to merge.

    Raises:
        WixError: 400 for a merge into itself or of one twice, 404 for an unknown id, 428 for a member among the
            sources.
    """
    ids = [str(each) for each in call.items("sourceContactIds")]
    if target["id"] in ids or len(set(ids)) < len(ids):
        raise error_400(codes.illegal, "A contact cannot be merged into itself or twice")
    sources = [existing(call.site.store.get(KIND, each), "Contact", each, codes.unknown) for each in ids]
    if any(each.get("memberInfo") for each in sources):
        raise error_428(codes.member, "A site member can only be the target of a merge")
    return sources


def joined(site: Site, target: Entity, sources: Iterable[Entity]) -> Entity:
    """Return the `info` of a merge: the target's values stay, lists grow. Choice: the first source fills gaps."""
    info: dict[str, Any] = dict(target["info"])
    for source in sources:
        for name, value in source["info"].items():
            if name in _LISTS:
                info[name] = {"items": _appended(name, contacts_store.items_of(info, name), value["items"])}
            elif name == "extendedFields":
                items = value["items"] | info.get(name, {}).get("items", {})
                info[name] = {"items": items}
            else:
                info.setdefault(name, value)
    return contacts_store.completed(site, info)


def _appended(name: str, items: list[Any], more: Iterable[Any]) -> list[Any]:
    result = list(items)
    for item in more:
        known = [_essence(name, each) for each in result]
        if _essence(name, item) not in known:
            result.append(item | {"primary": False} if "primary" in item else item)
    return result[: _LIMITS[name]]


def _essence(name: str, item: Any) -> Any:
    members = _LISTS[name]
    return item.get(members[0]) if members else item


JOBS = "contact_jobs"
_JOBS_PATH = "/contacts/v4/bulk/jobs"
_BULK = "/contacts/v4/bulk/contacts"
MAX_LISTED = 100


def _run_job(call: Call, kind: str, act: Callable[[Entity], Any]) -> Entity:
    """Change every contact that matches. Choice: the job is done when its id is answered.

    Raises:
        WixError: 400 `NEITHER_FILTER_NOR_SEARCH`, or the refusal of the filter.
    """
    if not call.body.get("filter") and not call.body.get("search"):
        raise error_400("NEITHER_FILTER_NOR_SEARCH", "Either filter or search must be given")
    started = call.site.now()
    found = every(call)
    failed = [each["itemMetadata"]["error"] for each in each_item(found, act) if not each["itemMetadata"]["success"]]
    job = {
        "id": call.site.new_id(),
        "type": kind,
        "status": "COMPLETED",
        "startedDate": started,
        "finishedDate": call.site.now(),
        "totalItems": len(found),
        "processedCount": len(found),
        "failedCount": len(failed),
        "errors": [{"errorCode": each["code"], "message": each["description"]} for each in failed],
    }
    call.site.store.insert(JOBS, job)
    return {"jobId": job["id"]}


def _bulk_delete(call: Call) -> Entity:
    def act(contact: Entity) -> None:
        if contact.get("memberInfo"):
            raise error_428("CANNOT_DELETE_SITE_MEMBERS", "Site members cannot be deleted in bulk")
        contacts_store.delete(call.site, contact["id"])

    return _run_job(call, "DELETE", act)


def _bulk_update(call: Call) -> Entity:
    info = call.entity("info")

    def act(contact: Entity) -> None:
        contacts_store.update(call.site, contact["id"], {"revision": contact["revision"], "info": info})

    return _run_job(call, "UPDATE", act)


def _bulk_label(call: Call) -> Entity:
    add = [str(each) for each in call.body.get("labelKeysToAdd") or []]
    remove = [str(each) for each in call.body.get("labelKeysToRemove") or []]
    contacts_store.check_labels(call.site, add, "labelKeysToAdd")

    def act(contact: Entity) -> None:
        contacts_store.relabel(call.site, contact["id"], add=add, remove=remove)

    return _run_job(call, "ADD_LABELS" if add else "REMOVE_LABELS", act)


def _fetch_job(site: Site, job_id: str) -> Entity:
    return existing(site.store.get(JOBS, job_id), "Bulk job", job_id)


def _list_jobs(call: Call) -> Entity:
    """The latest jobs, newest first."""
    return {"jobs": list(call.site.store.all(JOBS))[: -MAX_LISTED - 1 : -1]}


_JOB_ENDPOINTS = (
    ("POST", f"{_BULK}/delete", "contacts.bulk_delete", _bulk_delete),
    ("POST", f"{_BULK}/update", "contacts.bulk_update", _bulk_update),
    ("POST", f"{_BULK}/add-remove-labels", "contacts.bulk_label", _bulk_label),
    ("GET", _JOBS_PATH, "contacts.list_jobs", _list_jobs),
    ("GET", f"{_JOBS_PATH}/{{id}}", "contacts.get_job", fetching("job", _fetch_job)),
)


_FACETS_PATH = "/contacts/v4/contacts/facets"
_SUBSCRIPTIONS = ("NOT_SET", "PENDING", "SUBSCRIBED", "UNSUBSCRIBED")
_EQUAL = frozenset({"$eq", "$ne", "$in", "$nin"})
_SUBSCRIPTION_FIELD = "info.extendedFields.emailSubscriptions"
_FACETS_IN_ORDER = Query(
    sortable={"place": frozenset({"ASC"})},
    paging=Paging.OFFSET,
    default_sort=("place", "ASC"),
    max_limit=1000,
    default_limit=50,
)
_COUNTED_FACETS = CONTACTS.but(
    codes={},  # Wix's page of facets has none
    filterable={
        f"{_SUBSCRIPTION_FIELD}.effectiveEmail": frozenset({"$exists"}),
        f"{_SUBSCRIPTION_FIELD}.subscriptionStatus": _EQUAL,
        f"{_SUBSCRIPTION_FIELD}.deliverabilityStatus": _EQUAL,
    },
    paths={
        # The extended fields of that name mirror the primary e-mail.
        f"{_SUBSCRIPTION_FIELD}.effectiveEmail": "primaryEmail.email",
        f"{_SUBSCRIPTION_FIELD}.subscriptionStatus": "primaryEmail.subscriptionStatus",
        f"{_SUBSCRIPTION_FIELD}.deliverabilityStatus": "primaryEmail.deliverabilityStatus",
        "info.labelKeys": "info.labelKeys.items",
        "members": "memberInfo.memberId",
    },
)


def _facets(site: Site) -> Iterator[tuple[Entity, Entity]]:
    """Each facet without its count, and the filter of the sandbox that counts it."""
    everyone = {"facetType": "ALL_CONTACTS", "namespace": "contacts", "facetKey": "all", "facetDisplayName": "All"}
    yield everyone | {"queryFilter": {}}, {}
    for label in site.store.all(contacts_store.LABELS):
        facet = {"facetType": "LABEL", "namespace": label["namespace"]}
        facet |= {"facetKey": label["key"], "facetDisplayName": label["displayName"]}
        condition: Entity = {"info.labelKeys": {"$hasSome": [label["key"]]}}
        yield facet | {"queryFilter": condition}, condition
    for status in _SUBSCRIPTIONS:
        name = f"{_SUBSCRIPTION_FIELD}.subscriptionStatus"
        facet = {"facetType": "SUBSCRIPTION_STATUS", "namespace": "emailSubscriptions", "facetKey": status.lower()}
        shown = status.replace("_", " ").capitalize()
        yield facet | {"facetDisplayName": shown, "queryFilter": {name: status}}, {name: status}
    facet = {"facetType": "MEMBERSHIP_STATUS", "namespace": "members", "facetKey": "approved"}
    condition = {"info.extendedFields.members.membershipStatus": "APPROVED"}
    yield facet | {"facetDisplayName": "Site members", "queryFilter": condition}, {"members": {"$exists": True}}


def _counted_facets(call: Call, asked: Any) -> Entity:
    contacts = call.site.store.table(KIND)
    rows = Table()
    for place, (facet, condition) in enumerate(_facets(call.site)):
        query = _COUNTED_FACETS.but(base_filter=condition)
        request = read_request({"filter": asked}, query, call.operation)
        count = Run(contacts, query, request).count()
        rows.put({"id": str(place), "place": place, **facet, "count": count})
    envelope = {"paging": call.body.get("paging") or {}}
    page = Run(rows, _FACETS_IN_ORDER, read_request(envelope, _FACETS_IN_ORDER, call.operation)).offset_page()
    return page.showing(lambda row: without(row, "id", "place")).answer("facets", _FACETS_IN_ORDER)


def _query_facets(call: Call) -> Entity:
    return _counted_facets(call, call.body.get("queryFilter") or call.body.get("filter"))


_FACET_ENDPOINTS = (
    ("GET", _FACETS_PATH, "contacts.list_facets", partial(_counted_facets, asked=None)),
    ("POST", f"{_FACETS_PATH}/query", "contacts.query_facets", _query_facets),
)


BASE = "/contacts/v4/contacts"


def _submit(call: Call) -> Entity:
    """Append to the contact with the same e-mail or phone, or create one. Choice: new items follow the old ones."""
    written = contacts_store.cleaned(call.body.get("info"), create=True)
    info = contacts_store.completed(call.site, written)
    stated = call.body.get("contactId")
    known = contacts_store.fetch(call.site, str(stated)) if stated else contacts_store.twin(call.site, info)
    if known is None:
        contact = contacts_store.create(call.site, call.body["info"])
        return {"contactId": contact["id"], "identityType": "CONTACT", "newContact": True}
    if known.get("memberInfo"):
        return {"contactId": known["id"], "identityType": "NOT_AUTHENTICATED_MEMBER", "newContact": False}
    contacts_store.save(call.site, known | {"info": joined(call.site, known, [{"info": info}])})
    return {"contactId": known["id"], "identityType": "CONTACT", "newContact": False}


def _create(call: Call) -> Entity:
    duplicates = call.flag("allowDuplicates")
    return {"contact": contacts_store.create(call.site, call.body.get("info"), allow_duplicates=duplicates)}


def _get(call: Call) -> Entity:
    asked = call.parameter("id")
    contact = contacts_store.fetch(call.site, resolve(call.site, asked))
    answer = shown(contact, call.names("fieldsets"), call.names("fields"))
    return {"contact": answer, "responseType": "REGULAR" if contact["id"] == asked else "MERGED"}


def _update(call: Call) -> Entity:
    return {"contact": contacts_store.update(call.site, call.parameter("id"), call.body)}


def _query(call: Call) -> Entity:
    return page(call).answer("contacts", CONTACTS)


def _list(call: Call) -> Entity:
    """Answer GET: the members of a query are separate parameters; the sort is one object."""
    call.body = {"query": {**call.body, "sort": as_list(call.body.get("sort")), "filter": {}}}
    return _query(call)


def _label(call: Call) -> Entity:
    keys = call.items("labelKeys")
    return {"contact": contacts_store.relabel(call.site, call.parameter("id"), add=keys)}


def _unlabel(call: Call) -> Entity:
    # The official client repeats the key as a query parameter; a single key arrives as text.
    keys = call.body.get("labelKeys")
    call.body["labelKeys"] = [keys] if isinstance(keys, str) else keys
    keys = call.items("labelKeys")
    return {"contact": contacts_store.relabel(call.site, call.parameter("id"), remove=keys)}


ROUTES = endpoints(
    ("POST", BASE, "contacts.create", _create),
    ("GET", BASE, "contacts.list", _list),
    ("POST", f"{BASE}/query", "contacts.query", _query),
    ("GET", f"{BASE}/{{id}}", "contacts.get", _get),
    ("PATCH", f"{BASE}/{{id}}", "contacts.update", _update),
    ("DELETE", f"{BASE}/{{id}}", "contacts.delete", acting(contacts_store.delete)),
    ("POST", f"{BASE}/{{id}}/labels", "contacts.label", _label),
    ("DELETE", f"{BASE}/{{id}}/labels", "contacts.unlabel", _unlabel),
    ("POST", f"{BASE}/{{id}}/merge", "contacts.merge", answer_merge),
    ("POST", f"{BASE}/{{id}}/preview-merge", "contacts.preview_merge", answer_preview),
    ("POST", "/contacts/v4/contact-submit", "contacts.submit", _submit),
    *_JOB_ENDPOINTS,
    *_FACET_ENDPOINTS,
    *contacts_keys.ENDPOINTS,
)
