"""The site itself as an account and an app see it: the list of sites, its properties, and the installed app.

https://dev.wix.com/docs/rest/account-level/sites/sites/query-sites, …/count-sites and
https://dev.wix.com/docs/rest/app-management/app-instance/get-app-instance; the properties are those of the types of
the npm package `@wix/auto_sdk_business-tools_site-properties`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from wix_sandbox.auth import ACCOUNT_ID, Caller, Identity
from wix_sandbox.clock import wire_time
from wix_sandbox.query.engine import Run
from wix_sandbox.query.request import Cursor, part_of, read_request
from wix_sandbox.query.spec import Metadata, Paging, Query, either_way
from wix_sandbox.resource import Route
from wix_sandbox.site import FOUNDED
from wix_sandbox.store import Table
from wix_sandbox.values import only

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity

NAME = "Sandbox shop"
MOST_SITES = 1_000
"""Maximum sites of one query, over all of its pages; Wix says nothing about the others in its answer."""
DEFAULT_NAMESPACES = ["WIX"]
"""Namespaces without a filter by namespace: headless sites are left out."""
_TEXT = frozenset({"$eq", "$ne", "$in", "$startsWith", "$contains"})
_LIST = frozenset({"$hasAll", "$hasSome"})
_YES_OR_NO = frozenset({"$eq", "$ne"})
COUNTED = Query(
    # Wix documents the fields, not their operators. There are no filters by date, and today none by id.
    filterable={
        **dict.fromkeys(("name", "editorType", "namespace", "state"), _TEXT),
        "folderId": _TEXT | {"$exists"},
        "searchPhrase": frozenset({"$eq"}),
        **dict.fromkeys(("published", "domainConnected"), _YES_OR_NO),
    },
    sortable=either_way("createdDate", "updatedDate", "trashedDate", "displayName"),
    paging=Paging.CURSOR,
    metadata=Metadata.METADATA,
    default_limit=50,
)
"""The rules of Count Sites."""
SITES = COUNTED.but(filterable={**COUNTED.filterable, "premium": _YES_OR_NO, "appIds": _LIST})
"""The rules of Query Sites."""


def listed(identity: Identity, name: str = NAME, **members: Any) -> Entity:
    """Return the row of a site in the list of sites."""
    opened = wire_time(FOUNDED)
    return {
        "id": identity.site_id,
        "name": name.lower().replace(" ", "-"),
        "displayName": name,
        "createdDate": opened,
        "updatedDate": opened,
        "published": True,
        "premium": False,
        "domainConnected": False,
        "state": "ACTIVE",
        "viewUrl": "https://www.example.com",
        "ownerAccountId": ACCOUNT_ID,
        "editorType": "EDITOR",
        "namespace": "WIX",
        **members,
    }


def _matching(call: Call, query: Query, sites_filter: Entity) -> Iterable[Entity]:
    """Return the sites that a filter selects; headless ones only if it names namespaces."""
    rows = call.site.account or [listed(call.site.identity)]
    phrase = sites_filter.pop("searchPhrase", "")
    phrase = str(phrase.get("$eq", "") if isinstance(phrase, dict) else phrase).lower()
    if "namespace" not in sites_filter:
        rows = [row for row in rows if row["namespace"] in DEFAULT_NAMESPACES]
    rows = [row for row in rows if any(phrase in str(row[each]).lower() for each in ("name", "displayName", "viewUrl"))]
    request = read_request({"filter": sites_filter}, query, call.operation)
    return Run(Table.of(rows), query, request).rows()


def _sites(call: Call) -> Entity:
    """Answer a query: its first 1,000 sites in the order of its sort, in pages of what its first page saw."""
    request = read_request(part_of(call.body, "query"), SITES, call.operation)
    name = repr((request.filter, request.sort))
    if request.cursor is None or name not in call.site.site_lists:
        found = Table.of(_matching(call, SITES, dict(request.filter)))
        whole = replace(request, filter={}, cursor=None, limit=MOST_SITES)
        call.site.site_lists[name] = Table.of(Run(found, SITES, whole).cursor_page(call.operation).entities)
    page = Run(call.site.site_lists[name], SITES, replace(request, filter={})).cursor_page(call.operation)
    for name, text in page.metadata["cursors"].items():
        cursor = msgspec.structs.replace(Cursor.parse(text, call.operation), filter=request.filter)
        page.metadata["cursors"][name] = cursor.encoded()
    return page.answer("sites", SITES)


def _count(call: Call) -> Entity:
    return {"count": len(list(_matching(call, COUNTED, dict(part_of(call.body, "filter")))))}


def _instance(call: Call) -> Entity:
    identity = call.site.identity
    instance = {"instanceId": identity.instance_id, "appName": "wix-sandbox", "permissions": [], "isFree": True}
    site = {
        "siteId": identity.site_id,
        "siteDisplayName": NAME,
        "locale": "en",
        "paymentCurrency": call.site.currency,
        "url": "https://www.example.com",
        "installedWixApps": [],
    }
    plans = {"availablePlans": [], "copiedFromTemplate": False, "freeTrialAvailable": False}
    return {"instance": instance | plans | {"appVersion": "1.0.0"}, "site": site}


def _properties(call: Call) -> Entity:
    """GET: the properties that a site has without a dashboard; `fields` limits them."""
    own = (row["displayName"] for row in call.site.account or () if row["id"] == call.site.identity.site_id)
    name = next(own, NAME)
    properties = {
        "categories": {"primary": "online_store", "secondary": []},
        "locale": {"languageCode": "en", "country": "US"},
        "language": "en",
        "paymentCurrency": call.site.currency,
        "timeZone": "Europe/Berlin",
        "siteDisplayName": name,
        "businessName": name,
        "trackClicksAnalytics": False,
    }
    asked = call.body.get("fields") or list(properties)
    listed = [asked] if isinstance(asked, str) else asked
    return {"version": "1", "properties": only(properties, *listed)}


ROUTES = (
    Route("POST", "/site-list/v2/sites/query", "sites.query", _sites, caller=Caller.ACCOUNT),
    Route("POST", "/site-list/v2/sites/count", "sites.count", _count, caller=Caller.ACCOUNT),
    Route("GET", "/site-properties/v4/properties", "site-properties.get", _properties),
    Route("GET", "/apps/v1/instance", "apps.instance", _instance, caller=Caller.APP),
)
