"""Members of the site."""

from __future__ import annotations

from tap_wix.streams.base import WixStream
from wix_api.endpoints import members


class Members(WixStream):
    """Members, that is visitors with a login; full-table, since Wix documents no filter by date.

    Source: https://dev.wix.com/docs/rest/crm/members-contacts/members/member-management/members/list-members
    """

    name = "members"
    query = members.MEMBERS
    by_ids = members.MEMBERS_BY_IDS
    optional = True


STREAMS = (Members,)
