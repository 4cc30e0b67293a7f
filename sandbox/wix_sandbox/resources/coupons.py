"""Coupons. They are read here, not written.

https://dev.wix.com/docs/rest/business-solutions/coupons/coupons/introduction
https://dev.wix.com/docs/rest/crm/marketing/coupons/coupons/filter-and-sort
"""

from __future__ import annotations

from wix_sandbox.handlers import endpoints, listing
from wix_sandbox.query.spec import Metadata, Paging, Query, either_way

KIND = "coupons"
_EQUAL = frozenset({"$eq", "$ne"})
_TEXT = _EQUAL | {"$hasSome", "$contains", "$startsWith"}
_TEXTS = ("id", "specification.name", "specification.code", "specification.usageLimit")
_SCOPES = ("scope.namespace", "scope.group.name", "scope.group.entityId")
QUERY = Query(
    filterable={
        **dict.fromkeys((*_TEXTS, *_SCOPES), _TEXT),
        **dict.fromkeys(("expired", "specification.active", "specification.limitedToOneItem"), _EQUAL),
        "dateCreated": _EQUAL | {"$hasSome", "$lt", "$lte", "$gt", "$gte"},
    },
    sortable=either_way(*_TEXTS, *_SCOPES, "dateCreated"),
    paths={name: f"specification.{name}" for name in _SCOPES},
    numbers=frozenset({"dateCreated"}),
    paging=Paging.OFFSET,
    metadata=Metadata.V1_ITEMS,
    max_limit=100,
    default_sort=("dateCreated", "DESC"),
)


ROUTES = endpoints(
    ("POST", "/stores/v2/coupons/query", "coupons.query", listing(KIND, QUERY, "coupons")),
    aliases=("/v2/coupons/query",),
)
