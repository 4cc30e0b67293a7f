"""Shared by the endpoint tables of Catalog V1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.query.spec import Metadata, Paging
from wix_sandbox.resource import Handler

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity

Endpoint = tuple[str, str, str, Handler]
"""Method, path below the prefix, operation, handler."""

WINDOW = 10_000
"""Maximum rows that offset paging reaches on Stores V1."""
V1_STYLE: dict[str, Any] = {"paging": Paging.OFFSET, "metadata": Metadata.V1_ITEMS, "window": WINDOW}
NEWEST_FIRST = ("numericId", "DESC")
"""Choice: the order without a sort is not documented."""


def on_one(act: Any, member: str, low: int, high: int) -> Handler:
    """Return a handler that processes a list of the body for the entity in the path and answers an empty object."""

    def handler(call: Call) -> Entity:
        act(call.site, call.parameter("id"), call.sized(member, low, high))
        return {}

    return handler
