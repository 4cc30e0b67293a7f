"""Business locations of the site.

Source: https://dev.wix.com/docs/rest/business-management/locations
"""

from __future__ import annotations

from wix_api.languages import Listing
from wix_api.operations import Operation
from wix_api.query import Query

# Locations have no dates. Wix documents a permission (LOCATIONS.READ) and no scope.
LOCATIONS = Query(
    Operation("GET", "/locations/v1/locations"),
    items="locations",
    page_size=1000,
    language=Listing(),
    extra={"includeArchived": "true"},
    one_of="",
)
