"""Business locations of the site."""

from __future__ import annotations

from tap_wix.streams.base import WixStream
from wix_api.endpoints import locations


class Locations(WixStream):
    """Business locations, including archived ones; full-table, since they have no dates.

    Source: https://dev.wix.com/docs/rest/business-management/locations/list-locations
    """

    name = "locations"
    query = locations.LOCATIONS
    optional = True


STREAMS = (Locations,)
