"""Contacts v4, their labels and their extended fields.

Source: https://dev.wix.com/docs/rest/crm/members-contacts/contacts
"""

from __future__ import annotations

from wix_api.counting import PAGING_TOTAL, total_of_query
from wix_api.operations import Operation
from wix_api.query import Listing, Offset, Query

_READ = "SCOPE.DC-CONTACTS.READ-CONTACTS"

# `updatedDate` can be filtered but not sorted by, so contacts are read by `createdDate`.
_QUERY = Operation("POST", "/contacts/v4/contacts/query", scope=_READ)
CONTACTS = Query(
    _QUERY,
    items="contacts",
    page_size=1000,
    keys=("createdDate",),
    language=Offset(),
    count=total_of_query(_QUERY, *PAGING_TOTAL),
)
# System labels have no dates, names may change and keys cannot be sorted by: both are listed as they come.
LABELS = Query(
    Operation("GET", "/contacts/v4/labels", scope=_READ),
    items="labels",
    page_size=2000,
    keys=(),
    language=Listing(),
    id="key",
)
# No maximum is documented for a page of fields, just the default.
FIELDS = Query(
    Operation("GET", "/contacts/v4/extended-fields", scope=_READ),
    items="fields",
    page_size=100,
    keys=(),
    language=Listing(),
    id="key",
)
