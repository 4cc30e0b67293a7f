"""Facets of contacts: groups with a count and the filter that finds them.

https://dev.wix.com/docs/rest/crm/members-contacts/contacts/contacts/contact-v4/list-facets
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import bad_request
from wix_sandbox.query.engine import Run
from wix_sandbox.query.page import Page
from wix_sandbox.query.request import read_request
from wix_sandbox.query.spec import Paging, Query
from wix_sandbox.resources import contacts_reading, contacts_store
from wix_sandbox.store import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

FACETS = "/contacts/v4/contacts/facets"
_SUBSCRIPTIONS = ("NOT_SET", "PENDING", "SUBSCRIBED", "UNSUBSCRIBED")
_EQUAL = frozenset({"$eq", "$ne", "$in", "$nin"})
_FIELD = "info.extendedFields.emailSubscriptions"
_IN_ORDER = Query(
    filterable={},
    sortable={"place": frozenset({"ASC"})},
    paging=Paging.OFFSET,
    default_sort=("place", "ASC"),
    max_limit=1000,
    default_limit=50,
)
_COUNTED = contacts_reading.CONTACTS.but(
    filterable={
        f"{_FIELD}.effectiveEmail": frozenset({"$exists"}),
        f"{_FIELD}.subscriptionStatus": _EQUAL,
        f"{_FIELD}.deliverabilityStatus": _EQUAL,
    },
    paths={
        # The extended fields of that name mirror the primary e-mail.
        f"{_FIELD}.effectiveEmail": "primaryEmail.email",
        f"{_FIELD}.subscriptionStatus": "primaryEmail.subscriptionStatus",
        f"{_FIELD}.deliverabilityStatus": "primaryEmail.deliverabilityStatus",
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
        name = f"{_FIELD}.subscriptionStatus"
        facet = {"facetType": "SUBSCRIPTION_STATUS", "namespace": "emailSubscriptions", "facetKey": status.lower()}
        shown = status.replace("_", " ").capitalize()
        yield facet | {"facetDisplayName": shown, "queryFilter": {name: status}}, {name: status}
    facet = {"facetType": "MEMBERSHIP_STATUS", "namespace": "members", "facetKey": "approved"}
    condition = {"info.extendedFields.members.membershipStatus": "APPROVED"}
    yield facet | {"facetDisplayName": "Site members", "queryFilter": condition}, {"members": {"$exists": True}}


def _answer(call: Call, asked: Entity) -> Entity:
    contacts = call.site.store.table(contacts_store.KIND)
    rows = Table()
    for place, (facet, condition) in enumerate(_facets(call.site)):
        query = _COUNTED.but(base_filter=condition)
        request = read_request({"filter": asked}, query, call.operation)
        count = Run(contacts, query, request).count()
        rows.put({"id": str(place), "place": place, **facet, "count": count})
    envelope = {"paging": call.body.get("paging") or {}}
    page = Run(rows, _IN_ORDER, read_request(envelope, _IN_ORDER, call.operation)).offset_page()
    shown = [{name: value for name, value in each.items() if name not in {"id", "place"}} for each in page.entities]
    return Page(shown, page.metadata, page.total).answer("facets", _IN_ORDER)


def _list(call: Call) -> Entity:
    return _answer(call, {})


def _query(call: Call) -> Entity:
    asked: Any = call.body.get("queryFilter") or call.body.get("filter") or {}
    if not isinstance(asked, dict):
        message = "Expected an object for filter"
        raise bad_request(message)
    return _answer(call, asked)


ENDPOINTS = (
    ("GET", FACETS, "contacts.list_facets", _list),
    ("POST", f"{FACETS}/query", "contacts.query_facets", _query),
)
"""Method, path, operation and handler of each."""
