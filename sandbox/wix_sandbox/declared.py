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
from wix_sandbox.schema import Node, Walk, compiled, joined, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wix_sandbox.call import Call
    from wix_sandbox.resource import Route
    from wix_sandbox.values import Entity

_PARAMETER = re.compile(r"\{\w+\}")
ENTITIES: dict[str, dict[str, str]] = {
    "/stores/v1/": {"product": "product_v1", "collection": "collection_v1"},
    "/stores/v2/": {"inventoryItem": "inventory_item_v1"},
    "/stores/v3/": {
        "product": "product_v3",
        "inventoryItem": "inventory_item_v3",
        "brand": "brand_v3",
        "ribbon": "ribbon_v3",
        "infoSection": "info_section_v3",
    },
    "/categories/": {"category": "category"},
}
"""Schemas of the entities that requests carry, by their envelope (or its plural) and the beginning of the path."""
PASSED_OVER = frozenset({"fieldMask", "query", "search", "filter", "sort", "paging", "cursorPaging"})
"""Members that are no mistake: the query engine reads them, and Wix's own client still sends field masks."""
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

    entities = _entities_of(route.path)
    # Variants carry their stock in these calls alone.
    known = frozenset({"inventoryItem"} if "with-inventory" in route.path else ())

    def handler(call: Call) -> Entity:
        if entities:
            call.unknown += unknown_members(declared, call.body, entities, known | call.path.keys())
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


def _entities_of(path: str) -> dict[str, Node]:
    for beginning, schemas in ENTITIES.items():
        if path.startswith(beginning):
            nodes = {name: load(schema) for name, schema in schemas.items()}
            return nodes | {f"{name}s": node for name, node in nodes.items()}
    return {}


def unknown_members(
    node: Node, value: Any, entities: Mapping[str, Node], known: frozenset[str], path: str = ""
) -> Iterator[str]:
    """Paths of the members of a request that neither its endpoint nor the schema of an entity in it has.

    Args:
        node: what is declared at this place.
        value: what was sent there.
        entities: what is inside an envelope that is declared as an object and no more.
        known: names that are right everywhere, as those of path parameters, which Wix's client repeats.
        path: the place.
    """
    if isinstance(value, list):
        item = node.items() if node.items else node
        for at, each in enumerate(value):
            yield from unknown_members(item, each, entities, known, f"{path}[{at}]")
    elif isinstance(value, dict) and not node.free:
        for name, each in value.items():
            if name in node.members:
                child = node.members[name]()
                bare = child.items() if child.items else child
                entity = entities.get(name)
                # What is declared of an entity is a part of it; anything else is an envelope around it.
                inside = entity if entity and bare.members.keys() <= entity.members.keys() else child
                yield from unknown_members(inside, each, entities, known, joined(path, name))
            elif name not in known | PASSED_OVER:
                yield joined(path, name)


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
