"""Coupons. They are read here, not written.

https://dev.wix.com/docs/rest/business-solutions/coupons/coupons/introduction
https://dev.wix.com/docs/rest/crm/marketing/coupons/coupons/filter-and-sort
"""

from __future__ import annotations

from wix_sandbox.handlers import endpoints, listing
from wix_sandbox.query.spec import Metadata, Paging, Query

KIND = "coupons"
_SCOPES = ("scope.namespace", "scope.group.name", "scope.group.entityId")
QUERY = Query.declared(
    "coupons/queryCoupons",
    paths={name: f"specification.{name}" for name in _SCOPES},
    numbers=frozenset({"dateCreated"}),
    paging=Paging.OFFSET,
    metadata=Metadata.V1_ITEMS,
    default_sort=("dateCreated", "DESC"),
)


ROUTES = endpoints(
    ("POST", "/stores/v2/coupons/query", "coupons.query", listing(KIND, QUERY, "coupons")),
    aliases=("/v2/coupons/query",),
)
