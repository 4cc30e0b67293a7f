"""Locations of the store, whose ids inventory items have. They are read here, not written.

https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/stores-locations-v3/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.errors import existing
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
from wix_sandbox.querying import run_query
from wix_sandbox.resource import Route
from wix_sandbox.resources import locations
from wix_sandbox.resources.stores_v3.variants import DEFAULT_LOCATION
from wix_sandbox.site import FOUNDED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "stores_locations"
BASE = "/stores/v3/locations"
_SORTED = ("createdDate", "updatedDate", "defaultLocation", "locationType", "name")
_BOTH = frozenset({"ASC", "DESC"})
QUERY = Query(
    filterable=dict.fromkeys(("id", "wixLocationId", *_SORTED), locations.SCALAR),
    sortable=dict.fromkeys(_SORTED, _BOTH),
)
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
    return run_query(call, KIND, QUERY).answer("storesLocations", QUERY)


def _get(call: Call) -> Entity:
    return _one(call.site, call.parameter("storesLocationId"))


def _default(call: Call) -> Entity:
    return _one(call.site, DEFAULT_LOCATION)


def _one(site: Site, location_id: str) -> Entity:
    _found(site)
    return {"storesLocation": existing(site.store.get(KIND, location_id), "StoresLocation", location_id)}


def _found(site: Site) -> None:
    """Store the one location that every store has; it is no part of a snapshot."""
    if not site.store.count(KIND):
        with site.clock.at(FOUNDED):
            dates = {"createdDate": site.now(), "updatedDate": site.now()}
            site.store.table(KIND).put({**_ONLINE, **dates})


def routes() -> Iterator[Route]:
    """The endpoints of locations that read."""
    for method, path, verb, handler in (
        ("POST", f"{BASE}/query", "query", _query),
        ("GET", f"{BASE}/query", "query", _query),  # the official client sends short queries by GET
        ("GET", f"{BASE}/default", "default", _default),
        ("GET", f"{BASE}/{{storesLocationId}}", "get", _get),
    ):
        yield Route(method, path, f"stores-locations.{verb}", handler, catalog=StoreCatalog.V3)
