"""Coupons. They are read here, not written.

https://dev.wix.com/docs/rest/business-solutions/coupons/coupons/introduction
https://dev.wix.com/docs/rest/crm/marketing/coupons/coupons/filter-and-sort
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
    sortable=dict.fromkeys((*_TEXTS, *_SCOPES, "dateCreated"), frozenset({"ASC", "DESC"})),
    paths={name: f"specification.{name}" for name in _SCOPES},
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
