"""Contacts v4, their labels and their extended fields; bulk calls of Contacts v5; members.

Source: https://dev.wix.com/docs/rest/crm/members-contacts/contacts and
https://dev.wix.com/docs/rest/crm/members-contacts/members/member-management/members
"""

from __future__ import annotations

from functools import partial

from wix_api.counting import PAGING_TOTAL, total_of_query
from wix_api.languages import Listing, Offset
from wix_api.operations import Operation
from wix_api.query import Query

_READ = "SCOPE.DC-CONTACTS.READ-CONTACTS"
_writing = partial(Operation, scope="SCOPE.DC-CONTACTS.MANAGE-CONTACTS")

# `updatedDate` can be filtered but not sorted by, so contacts are read by `createdDate`.
_QUERY = Operation("POST", "/contacts/v4/contacts/query", reads=True, scope=_READ)
CONTACTS = Query(
    _QUERY,
    items="contacts",
    page_size=1000,
    keys=("createdDate",),
    language=Offset(),
    count=total_of_query(_QUERY, *PAGING_TOTAL),
    sortable=(
        "createdDate",
        "lastActivity.activityDate",
        "info.birthdate",
        "primaryInfo.email",
        "info.name.first",
        "info.name.last",
        "info.company",
        "info.jobTitle",
    ),
)
# System labels have no dates, names may change and keys cannot be sorted by: both are listed in Wix's order.
LABELS = Query(
    Operation("GET", "/contacts/v4/labels", scope=_READ),
    items="labels",
    page_size=2000,
    language=Listing(),
    id="key",
    one_of="",
)
# No maximum is documented for a page of fields, just the default.
FIELDS = Query(
    Operation("GET", "/contacts/v4/extended-fields", scope=_READ),
    items="fields",
    page_size=100,
    language=Listing(),
    id="key",
    one_of="",
)

GET_CONTACT = Operation("GET", "/contacts/v4/contacts/{id}", scope=_READ)
CREATE_CONTACT = _writing("POST", "/contacts/v4/contacts", repeatable=False)
# An update contains the revision that it changes: a second one is refused.
UPDATE_CONTACT = _writing("PATCH", "/contacts/v4/contacts/{id}")
DELETE_CONTACT = _writing("DELETE", "/contacts/v4/contacts/{id}")
LABEL_CONTACT = _writing("POST", "/contacts/v4/contacts/{id}/labels")
UNLABEL_CONTACT = _writing("DELETE", "/contacts/v4/contacts/{id}/labels")
LABELS_PER_CALL = 100

# v5 returns the members of v4 in another shape, and the external id, which v4 lacks.
CONTACTS_V5 = Query(
    Operation("POST", "/contacts/v5/contacts/query", reads=True, scope=_READ),
    items="contacts",
    page_size=100,
    keys=("updatedDate",),
    sortable=("createdDate", "updatedDate"),
)
CREATE_CONTACTS = _writing("POST", "/contacts/v5/bulk/contacts/create", repeatable=False)
UPDATE_CONTACTS = _writing("POST", "/contacts/v5/bulk/contacts/update")
DELETE_CONTACTS = _writing("POST", "/contacts/v5/bulk/contacts/delete")
CONTACTS_PER_CALL = 100

# Both return an existing label or field with that name instead of creating another one.
MAKE_LABEL = _writing("POST", "/contacts/v4/labels")
MAKE_FIELD = _writing("POST", "/contacts/v4/extended-fields")
RENAME_LABEL = _writing("PATCH", "/contacts/v4/labels/{id}")
DELETE_LABEL = _writing("DELETE", "/contacts/v4/labels/{id}")

USER_DEFINED = "USER_DEFINED"
"""Type of the labels and fields of the site's owner; all others belong to Wix and its apps."""
OWN_NAMESPACE = "custom."
"""Prefix of keys of labels and fields that the site's owner created."""
WRITABLE_SYSTEM_FIELDS = frozenset({"invoices.vatId"})
"""Extended fields of Wix that can be written; Wix maintains the others."""

# The query sorts by `updatedDate` and documents no filter by it, so members are listed.
MEMBERS = Query(
    Operation("GET", "/members/v1/members", scope="SCOPE.DC-MEMBERS.READ-MEMBERS"),
    items="members",
    page_size=100,
    language=Listing(),
    extra={"fieldsets": "FULL"},
    one_of="",
)
MEMBERS_BY_IDS = Query(
    Operation("POST", "/members/v1/members/query", reads=True, scope=MEMBERS.operation.scope),
    items="members",
    page_size=100,
    language=Offset(),
    extra={"fieldsets": ["FULL"]},
)
