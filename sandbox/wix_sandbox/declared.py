"""Checks the members of a request against the declarations of Wix's client for its endpoint.

`facts/requests.json` has a JSON Schema for each: `{"POST /stores/v3/products": {"properties": {"product": {"$ref":
"product_v3"}}, "required": ["product", "product.name"]}}`; `x-wix-path` has the parameters of the path, in their order.
Filters, sorts and paging are checked by the query engine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from wix_sandbox import facts
from wix_sandbox.documented import declared_errors
from wix_sandbox.errors import UNREADABLE, Violation, bad_request, validation_error, violations_of
from wix_sandbox.walk import Node, Walk, compiled, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from wix_sandbox.call import Call
    from wix_sandbox.resource import Route
    from wix_sandbox.values import Entity

_PARAMETER = re.compile(r"\{\w+\}")
PASSED_OVER = frozenset({"fieldMask", "query", "search", "filter", "sort", "paging", "cursorPaging"})
"""Undeclared members that are not reported: the query engine reads them, and Wix's own client still sends field
masks."""
BY_PARAMETERS = frozenset({"GET", "DELETE"})
"""Methods whose members come as query parameters, all of them texts."""


@dataclass(frozen=True)
class Declared:
    """The members that a request may have, and those that it must have."""

    node: Node
    required: Mapping[str, tuple[str, ...]]
    """Names of required members, by the paths of their objects; the root is empty."""
    keep: frozenset[str]
    """Paths of required members and their parents: they are checked although they seem to be members of answers
    only."""
    path: Node
    """The parameters of the path, in their order; routes may have other names for them."""

    @classmethod
    def read(cls, schema: dict[str, Any]) -> Declared:
        """Parse one entry of the facts; its `required` are paths without list indexes."""
        required: dict[str, tuple[str, ...]] = {}
        keep = set()
        for path in schema.get("required", ()):
            steps = path.split(".")
            holder = "".join(f".{step}" for step in steps[:-1])
            required[holder] = (*required.get(holder, ()), steps[-1])
            keep |= {"".join(f".{step}" for step in steps[:end]) for end in range(1, len(steps))}
            keep |= {f"{holder}.{name}" for name in steps[-1].split("|")}
        path = compiled({"type": "object", "properties": schema.get("x-wix-path", {})})
        return cls(compiled(schema), required, frozenset(keep), path)

    def check_path(self, parameters: Iterable[str]) -> None:
        """Refuse parameters of a path that differ from their declaration; 400, with every violation found."""
        walk = Walk(frozenset(), [])
        walk.value(self.path, dict(zip(self.path.members, parameters, strict=False)), "", "")
        if walk.violations:
            raise validation_error(*walk.violations)

    def check(self, body: Entity) -> None:
        """Refuse a body that differs from its declaration; undeclared members are accepted.

        Raises:
            WixError: 400 for a value of the wrong JSON type, or with every violation found.
        """
        violations = self._violations(body)
        if violations:
            raise validation_error(*violations)

    def check_parameters(self, parameters: Entity) -> None:
        """Refuse query parameters that differ from their declaration; Wix cannot parse unknown enum values.

        Raises:
            WixError: 400, with every violation found unless a value cannot be parsed.
        """
        violations = self._violations(typed(self.node, parameters))
        if any(each.rule == "INVALID_ENUM_VALUE" for each in violations):
            raise bad_request(UNREADABLE)
        if violations:
            raise validation_error(*violations)

    def _violations(self, body: Entity) -> list[Violation]:
        walk = Walk(self.keep, [], required=self.required)
        walk.value(self.node, body, "", "")
        return walk.violations


@cache
def declarations() -> Mapping[str, Declared]:
    """Return the declarations by endpoint; path parameters have no names here: `PATCH /stores/v3/products/{}`."""
    read = facts.read("requests", dict[str, dict[str, Any]])
    return {_PARAMETER.sub("{}", endpoint): Declared.read(schema) for endpoint, schema in read.items()}


def declared_for(route: Route) -> Declared | None:
    """Return the declaration of an endpoint, under its path or an alias; GET is the short form of many POSTs."""
    known = declarations()
    for path in (route.path, *route.aliases):
        for method in dict.fromkeys((route.method, "POST", "GET")):
            found = known.get(f"{method} {_PARAMETER.sub('{}', path)}")
            if found is not None:
                return found
    return None


def checked(route: Route) -> Route:
    """Return the endpoint with its declared members checked before its handler gets them."""
    declared = declared_for(route)
    if declared is None:
        return route

    def handler(call: Call) -> Entity:
        declared.check_path(call.path.values())
        if route.spelled is not None:
            call.body = route.spelled(call.body)
        note_unknown(declared.node, call.body, PASSED_OVER.union(call.path), "", call.unknown)
        if route.method in BY_PARAMETERS:
            declared.check_parameters(call.body)
        else:
            declared.check(call.body)
        return route.handler(call)

    return replace(route, handler=handler)


def with_whole_refusals(route: Route) -> Route:
    """Return a bulk endpoint that refuses whole calls for items that break a declared rule, if a reading says so."""
    codes = declared_errors().get(f"{route.method} {route.path}", {}).get("validation", [])
    if "/bulk/" not in route.path or not codes:
        return route

    def handler(call: Call) -> Entity:
        if call.site.readings["broken-rule-in-bulk"] == "item":
            return route.handler(call)
        store = call.site.store
        before = {kind: table.copy() for kind, table in store.tables().items()}
        answer = route.handler(call)
        errors = (
            each["itemMetadata"].get("error", {}) for each in answer.get("productResults", answer).get("results", [])
        )
        broken = [each for error in errors for each in violations_of(error.get("data", {})) if each.rule_name in codes]
        if broken:
            store.replace(before)
            raise validation_error(*broken)
        return answer

    return replace(route, handler=handler)


def note_unknown(node: Node, value: Any, known: AbstractSet[str], path: str, found: list[str]) -> None:
    """Collect paths of the members of a request that are not declared.

    `known` names are accepted everywhere, as those of path parameters, which Wix's client repeats. The paths, below the
    `path` of the value, are added to `found`.
    """
    if isinstance(value, dict):
        _note_members(node, value, known, path, found)
    elif isinstance(value, list) and node.items is not None:
        item = node.items()
        for at, each in enumerate(value):
            note_unknown(item, each, known, f"{path}[{at}]", found)


def _note_members(node: Node, value: Entity, known: AbstractSet[str], path: str, found: list[str]) -> None:
    if node.free:
        return
    for name, each in value.items():
        if name not in node.members:
            if name not in known:
                found.append(joined(path, name))
        elif isinstance(each, dict | list):
            note_unknown(node.members[name](), each, known, joined(path, name), found)


def typed(node: Node, value: Any) -> Any:
    """Return query parameters with their declared types: `true` a boolean, `5` a number, `A,B` a list."""
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
