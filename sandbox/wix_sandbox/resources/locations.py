"""Business locations of the site. They are read here, not written.

https://dev.wix.com/docs/rest/business-management/locations/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.handlers import endpoints
from wix_sandbox.query.spec import Paging, Query
from wix_sandbox.querying import run_query
from wix_sandbox.resource import READ, Resource

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "locations"
SHOP_ID = "10ca7000-0000-4000-8000-000000000000"
"""The default location; the ids of the others follow."""
QUERY = Query.declared("locations/queryLocations", paging=Paging.OFFSET, default_sort=("id", "ASC"))
_SHOP = {
    "country": "DE",
    "city": "Berlin",
    "postalCode": "10115",
    "formattedAddress": "Invalidenstr. 1, 10115 Berlin",
    "geocode": {"latitude": 52.529, "longitude": 13.387},
}
_LOCATIONS: tuple[Entity, ...] = (
    {"name": "Shop", "default": True, "archived": False, "locationTypes": ["BRANCH", "INVENTORY"], "address": _SHOP},
    {"name": "Old warehouse", "default": False, "archived": True, "locationTypes": ["INVENTORY"]},
)


def found(site: Site) -> None:
    """Store the locations that every sandbox has: a shop and a warehouse that was given up."""
    for at, location in enumerate(_LOCATIONS):
        row = {"id": f"{SHOP_ID[:-12]}{at:012}", "revision": "1", "status": "ACTIVE", "timeZone": "Europe/Berlin"}
        row |= location
        site.store.table(KIND).put(row)


def _list(call: Call) -> Entity:
    """Answer GET: paging is a separate parameter."""
    hides = not call.flag("includeArchived")
    call.body = {"query": {"paging": call.body.get("paging") or {}}}
    return _page(call, QUERY.but(base_filter={"archived": False} if hides else {}))


def _query(call: Call) -> Entity:
    """Answer POST query. Choice: archived locations are among the rest, as it has no member that asks for them."""
    return _page(call, QUERY)


def _page(call: Call, query: Query) -> Entity:
    """Return a page, which has no total, and says whether there is a next one."""
    page = run_query(call, KIND, query)
    count, offset, total = (page.metadata[name] for name in ("count", "offset", "total"))
    page.metadata.clear()
    page.metadata.update(count=count, offset=offset, hasNext=offset + count < total)
    return page.answer("locations", query)


LOCATIONS = Resource(
    name="locations",
    base="/locations/v1/locations",
    item="location",
    verbs=READ,
    special={"query": _query},
)
ROUTES = (*LOCATIONS.routes(), *endpoints(("GET", LOCATIONS.base, "locations.list", _list)))
