"""Members of the site.

Source: https://dev.wix.com/docs/rest/crm/members-contacts/members/member-management/members
"""

from __future__ import annotations

from wix_api.languages import Listing, Offset
from wix_api.operations import Operation
from wix_api.query import Query

# The query sorts by `updatedDate` and documents no filter by it, so members are listed.
MEMBERS = Query(
    Operation("GET", "/members/v1/members", scope="SCOPE.DC-MEMBERS.READ-MEMBERS"),
    items="members",
    page_size=100,
    keys=(),
    language=Listing(),
    extra={"fieldsets": "FULL"},
    one_of="",
)
MEMBERS_BY_IDS = Query(
    Operation("POST", "/members/v1/members/query", reads=True, scope=MEMBERS.operation.scope),
    items="members",
    page_size=100,
    keys=(),
    language=Offset(),
    extra={"fieldsets": ["FULL"]},
)
