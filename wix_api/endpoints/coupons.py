"""Coupons of the site.

Source: https://dev.wix.com/docs/rest/business-solutions/coupons/coupons/query-coupons
"""

from __future__ import annotations

from wix_api.languages import JsonTextOffset
from wix_api.operations import Operation
from wix_api.query import Query

# Wix documents no scope that only reads. Newer pages show the path without `/stores`.
COUPONS = Query(
    Operation(
        "POST",
        "/stores/v2/coupons/query",
        reads=True,
        scope="SCOPE.DC-COUPONS.MANAGE-COUPONS",
        elsewhere="/v2/coupons/query",
    ),
    items="coupons",
    page_size=100,
    keys=("dateCreated",),
    language=JsonTextOffset(),
    sortable=("id", "dateCreated"),
    counts_time=True,
    one_of="$hasSome",
)
