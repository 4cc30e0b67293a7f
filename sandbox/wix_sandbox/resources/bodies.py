"""Checks a part of an entity that a request sends without the rest: `info` of a contact, one payment of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import validation_error, wrong_type
from wix_sandbox.schema import load
from wix_sandbox.walk import Walk

if TYPE_CHECKING:
    from wix_sandbox.schema import Node
    from wix_sandbox.values import Entity


def clean_member(schema: str, member: str, body: Any, path: str, *, keep: frozenset[str] = frozenset()) -> Entity:
    """Return the writable part of one object member of a schema.

    Args:
        schema: Name of a file in `schemas/`, without its ending.
        member: The member of its root that `body` is.
        body: The object that was sent.
        path: Its name in violations.
        keep: Read-only members to accept nevertheless, as paths below `body` without list indexes.

    Raises:
        WixError: 400 with every violation found.
    """
    return _clean(load(schema).members[member](), body, Walk(keep, []), path)


def clean_item(schema: str, member: str, body: Any, path: str, *, fresh: bool = False) -> Entity:
    """Return the writable part of one object of a list in a schema, `variantsInfo.variants`; see `clean_member`.

    A `fresh` object is completely new: null means the same as a missing member.
    """
    node = load(schema)
    for name in member.split("."):
        node = node.members[name]()
    assert node.items is not None, f"{member} of {schema} is a list of objects"
    return _clean(node.items(), body, Walk(frozenset(), [], fresh), path)


def _clean(node: Node, body: Any, walk: Walk, path: str) -> Entity:
    if not isinstance(body, dict):
        raise wrong_type(path, "object")
    cleaned: Entity = walk.value(node, body, path, "")
    if walk.violations:
        raise validation_error(*walk.violations)
    return cleaned
