"""Checks the members of a request against what Wix's client declares for its endpoint.

`facts/requests.json` holds a JSON Schema for each: `{"POST /stores/v3/products": {"required": ["product"], …}}`. The
language of filters, sorts and paging is the query engine's to check, and what is inside an entity its own schema's.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from wix_sandbox.errors import validation_error
from wix_sandbox.schema import Node, Walk, compiled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_sandbox.call import Call
    from wix_sandbox.resource import Route
    from wix_sandbox.values import Entity

_PARAMETER = re.compile(r"\{\w+\}")
BY_PARAMETERS = frozenset({"GET", "DELETE"})
"""Methods whose members come as query parameters: all of them texts."""


@cache
def declarations() -> Mapping[str, Node]:
    """What is declared by endpoint, whose path parameters have no names here: `PATCH /stores/v3/products/{}`."""
    raw = files("wix_sandbox").joinpath("facts/requests.json").read_bytes()
    read = msgspec.json.decode(raw, type=dict[str, dict[str, Any]])
    return {_PARAMETER.sub("{}", endpoint): compiled(schema) for endpoint, schema in read.items()}


def declared_for(route: Route) -> Node | None:
    """What is declared for an endpoint, under its path or an alias; GET is the short form of many POSTs."""
    known = declarations()
    for path in (route.path, *route.aliases):
        for method in (route.method, "POST"):
            found = known.get(f"{method} {_PARAMETER.sub('{}', path)}")
            if found is not None:
                return found
    return None


def checked(route: Route) -> Route:
    """The endpoint with its declared members checked before its handler sees them."""
    declared = declared_for(route)
    if declared is None:
        return route

    def handler(call: Call) -> Entity:
        check(declared, typed(declared, call.body) if route.method in BY_PARAMETERS else call.body)
        return route.handler(call)

    return replace(route, handler=handler)


def check(declared: Node, body: Entity) -> None:
    """Refuse a body that is not as declared; members that are not declared pass.

    Raises:
        WixError: 400 for a value of the wrong JSON type, or with every violation found.
    """
    walk = Walk(frozenset(), [])
    walk.value(declared, body, "", "")
    if walk.violations:
        raise validation_error(*walk.violations)


def typed(node: Node, value: Any) -> Any:
    """Query parameters with the types that are declared: `true` a boolean, `5` a number, `A,B` a list."""
    if isinstance(value, dict):
        members = node.members
        return {name: typed(members[name](), each) if name in members else each for name, each in value.items()}
    if isinstance(value, str) and node.type == "array":
        return value.split(",")
    if isinstance(value, str) and node.type in {"boolean", "number", "integer"}:
        try:
            return msgspec.json.decode(value.lower())
        except msgspec.DecodeError:
            return value
    return value
