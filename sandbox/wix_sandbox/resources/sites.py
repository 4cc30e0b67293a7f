"""The site itself as an account and an app see it: the list of sites, and the data of the installed app.

https://dev.wix.com/docs/rest/account-level/sites/sites/query-sites and
https://dev.wix.com/docs/rest/app-management/app-instance/get-app-instance
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.auth import ACCOUNT_ID, INSTANCE_ID, SITE_ID, Caller
from wix_sandbox.clock import wire_time
from wix_sandbox.query.engine import Run
from wix_sandbox.query.request import part_of, read_request
from wix_sandbox.query.spec import Metadata, Paging, Query
from wix_sandbox.resource import Route
from wix_sandbox.site import FOUNDED
from wix_sandbox.store import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity

NAME = "Sandbox shop"
_TEXT = frozenset({"$eq", "$ne", "$in"})
_BOTH_WAYS = frozenset({"ASC", "DESC"})
SITES = Query(
    # Wix names what sites can be filtered by (folder, plan, domain, dates, …), not the operators.
    filterable={
        **dict.fromkeys(("id", "displayName", "editorType", "folderId", "namespace"), _TEXT),
        **dict.fromkeys(("premium", "published", "domainConnected"), frozenset({"$eq", "$ne"})),
        **dict.fromkeys(("createdDate", "updatedDate"), frozenset({"$eq", "$gt", "$gte", "$lt", "$lte"})),
    },
    sortable=dict.fromkeys(("createdDate", "updatedDate", "displayName"), _BOTH_WAYS),
    paging=Paging.CURSOR,
    metadata=Metadata.METADATA,
    default_limit=50,
)


def _sites(call: Call) -> Entity:
    """The account has this one site."""
    opened = wire_time(FOUNDED)
    table = Table()
    table.put(
        {
            "id": SITE_ID,
            "name": "sandbox-shop",
            "displayName": NAME,
            "createdDate": opened,
            "updatedDate": opened,
            "published": True,
            "premium": False,
            "domainConnected": False,
            "blocked": False,
            "viewUrl": "https://www.example.com",
            "ownerAccountId": ACCOUNT_ID,
            "editorType": "EDITOR",
            "namespace": "WIX",
        }
    )
    request = read_request(part_of(call.body, "query"), SITES, call.operation)
    return Run(table, SITES, request).cursor_page(call.operation).answer("sites", SITES)


def _instance(call: Call) -> Entity:
    instance = {"instanceId": INSTANCE_ID, "appName": "wix-sandbox", "permissions": [], "isFree": True}
    site = {
        "siteId": SITE_ID,
        "siteDisplayName": NAME,
        "locale": "en",
        "paymentCurrency": call.site.currency,
        "url": "https://www.example.com",
        "installedWixApps": [],
    }
    return {"instance": instance | {"appVersion": "1.0.0"}, "site": site}


def routes() -> Iterator[Route]:
    """The endpoints of sites and apps."""
    yield Route(
        method="POST",
        path="/site-list/v2/sites/query",
        operation="sites.query",
        handler=_sites,
        caller=Caller.ACCOUNT,
    )
    yield Route(method="GET", path="/apps/v1/instance", operation="apps.instance", handler=_instance, caller=Caller.APP)
