"""Contacts v4.

Source: https://dev.wix.com/docs/rest/crm/members-contacts/contacts/contacts/contact-v4
"""

from __future__ import annotations

from wix_api.operations import Operation
from wix_api.query import Offset, Query

# `updatedDate` can be filtered but not sorted by, so contacts are read by `createdDate`.
CONTACTS = Query(
    Operation("POST", "/contacts/v4/contacts/query", scope="SCOPE.DC-CONTACTS.READ-CONTACTS"),
    items="contacts",
    page_size=1000,
    keys=("createdDate",),
    language=Offset(),
)
