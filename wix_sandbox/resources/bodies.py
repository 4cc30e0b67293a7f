"""Checks a part of an entity where a request sends the part alone: `info` of a contact, one payment of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import bad_request, validation_error
from wix_sandbox.schema import Walk, load

if TYPE_CHECKING:
    from wix_sandbox.schema import Node
    from wix_sandbox.values import Entity


def clean_member(schema: str, member: str, body: Any, path: str, *, keep: frozenset[str] = frozenset()) -> Entity:
    """The writable part of one object member of a schema.

    Args:
        schema: name of a file in `schemas/`, without its ending.
        member: the member of its root that `body` is.
        body: what was sent.
        path: how violations name it.
        keep: read-only members to take nevertheless, as paths below `body` without list indexes.

    Raises:
        WixError: 400 with every violation found.
    """
    return _clean(load(schema).members[member](), body, path, keep)


def clean_item(schema: str, member: str, body: Any, path: str) -> Entity:
    """The writable part of one object out of a list member of a schema; otherwise as `clean_member`."""
    items = load(schema).members[member]().items
    assert items is not None, f"{member} of {schema} is a list of objects"
    return _clean(items(), body, path, frozenset())


def _clean(node: Node, body: Any, path: str, keep: frozenset[str]) -> Entity:
    if not isinstance(body, dict):
        message = f"Expected an object at {path}"
        raise bad_request(message)
    walk = Walk(keep, [])
    cleaned: Entity = walk.value(node, body, path, "")
    if walk.violations:
        raise validation_error(*walk.violations)
    return cleaned
