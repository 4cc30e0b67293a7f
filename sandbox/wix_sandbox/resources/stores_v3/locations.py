"""Locations of the store, whose ids inventory items have. They are read here, not written.

https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/stores-locations-v3/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.errors import existing
from wix_sandbox.handlers import endpoints, fetching
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
from wix_sandbox.querying import answer_query
from wix_sandbox.resources import locations
from wix_sandbox.resources.stores_v3.variants import DEFAULT_LOCATION
from wix_sandbox.site import FOUNDED

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "stores_locations"
BASE = "/stores/v3/locations"
QUERY = Query.declared("stores-v3/queryStoresLocations")
_ONLINE: Entity = {
    "id": DEFAULT_LOCATION,
    "revision": "1",
    "wixLocationId": locations.SHOP_ID,
    "locationType": "VIRTUAL",
    "name": "Shop",
    "defaultLocation": True,
}


def _query(call: Call) -> Entity:
    _found(call.site)
    return answer_query(call, KIND, QUERY, "storesLocations")


def _default(call: Call) -> Entity:
    return {"storesLocation": _fetch(call.site, DEFAULT_LOCATION)}


def _fetch(site: Site, location_id: str) -> Entity:
    _found(site)
    return existing(site.store.get(KIND, location_id), "StoresLocation", location_id)


def _found(site: Site) -> None:
    """Store the one location that every store has; it is no part of a snapshot."""
    if not site.store.count(KIND):
        with site.clock.at(FOUNDED):
            dates = {"createdDate": site.now(), "updatedDate": site.now()}
            site.store.table(KIND).put({**_ONLINE, **dates})


_GET = fetching("storesLocation", _fetch, "storesLocationId")
ROUTES = endpoints(
    ("POST GET", f"{BASE}/query", "stores-locations.query", _query),
    ("GET", f"{BASE}/default", "stores-locations.default", _default),
    ("GET", f"{BASE}/{{storesLocationId}}", "stores-locations.get", _GET),
    catalog=StoreCatalog.V3,
)
