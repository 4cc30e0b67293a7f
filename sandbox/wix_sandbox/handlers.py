"""Makers of the handlers that most endpoints have, and the maker of endpoints from tables.

A row of a table says what a call does: `("GET", f"{ORDERS}/{{id}}", "orders.get", fetching("order", fetch))`. The given
function is a plain one of a site, which seeding and other domains call, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from wix_sandbox.querying import answer_query, as_it_is, count_rows
from wix_sandbox.resource import Route

if TYPE_CHECKING:
    from wix_sandbox.call import Call, Handler
    from wix_sandbox.query.spec import Query
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

Endpoint = tuple[str, str, str, "Handler"]
"""Methods, path, operation and handler. `POST GET` is a query that Wix's client sends as GET if it is short."""


def endpoints(*rows: Endpoint, **members: Any) -> tuple[Route, ...]:
    """Return the endpoints of a table; `members` of `Route` are those that all of them share, such as `catalog`."""
    return tuple(
        Route(method, path, operation, handler, **members)
        for methods, path, operation, handler in rows
        for method in methods.split()
    )


Show = Callable[["Call", "Entity"], "Entity"]
"""Shapes a row for the answer to a call."""


def fetching(envelope: str, act: Callable[[Site, str], Any], parameter: str = "id", show: Show = as_it_is) -> Handler:
    """Return the handler of a call for the entity whose id is in the path: `{envelope: act(site, id)}`."""
    return lambda call: {envelope: show(call, act(call.site, call.parameter(parameter)))}


def acting(act: Callable[[Site, str], object], parameter: str = "id") -> Handler:
    """Return the handler of a call that acts on the entity in the path and answers an empty object."""

    def handler(call: Call) -> Entity:
        act(call.site, call.parameter(parameter))
        return {}

    return handler


def creating(envelope: str, act: Callable[[Site, Entity], Any], show: Show = as_it_is) -> Handler:
    """Return the handler of a call with a new entity: `{envelope: body}` to `{envelope: act(site, body)}`."""
    return lambda call: {envelope: show(call, act(call.site, call.entity(envelope)))}


def updating(
    envelope: str, act: Callable[[Site, str, Entity], Any], parameter: str = "id", show: Show = as_it_is
) -> Handler:
    """Return the handler of a call that changes the entity in the path: `{envelope: act(site, id, body)}`."""
    return lambda call: {envelope: show(call, act(call.site, call.parameter(parameter), call.entity(envelope)))}


def listing(kind: str, query: Query, items: str, show: Show = as_it_is) -> Handler:
    """Return the handler of a query or search over the rows of a kind."""
    return lambda call: answer_query(call, kind, query, items, show)


def counting(kind: str, query: Query) -> Handler:
    """Return the handler that counts the rows of a kind that a filter matches."""
    return lambda call: {"count": count_rows(call, kind, query)}
