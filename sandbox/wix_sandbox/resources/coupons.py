"""Coupons. They are read here, not written.

https://dev.wix.com/docs/rest/business-solutions/coupons/coupons/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.query.spec import Metadata, Paging, Query
from wix_sandbox.querying import run_query
from wix_sandbox.resource import Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity

KIND = "coupons"
PATH = "/stores/v2/coupons/query"
_EQUAL = frozenset({"$eq", "$ne", "$in", "$hasSome"})
_ORDER = frozenset({"ASC", "DESC"})
# Choice: the documentation names the members of filters, and not their operators.
QUERY = Query(
    filterable={
        "id": _EQUAL,
        "dateCreated": _EQUAL | {"$lt", "$lte", "$gt", "$gte"},
        "expired": _EQUAL,
        "specification.active": _EQUAL,
        "specification.name": _EQUAL,
        "specification.code": _EQUAL,
        "specification.usageLimit": _EQUAL,
        "specification.limitedToOneItem": _EQUAL,
        "scope.namespace": _EQUAL,
        "scope.group.name": _EQUAL,
        "scope.group.entityId": _EQUAL,
    },
    sortable=dict.fromkeys(("id", "dateCreated", "specification.name", "specification.code"), _ORDER),
    paging=Paging.OFFSET,
    metadata=Metadata.V1_ITEMS,
    max_limit=100,
    default_sort=("dateCreated", "DESC"),
)


def _query(call: Call) -> Entity:
    return run_query(call, KIND, QUERY).answer("coupons", QUERY)


def routes() -> Iterator[Route]:
    """The endpoint of coupons."""
    yield Route("POST", PATH, "coupons.query", _query, aliases=("/v2/coupons/query",))
