"""How bodies change entities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_wix.changes import Entity


def patched(current: Mapping[str, Any], changes: Mapping[str, Any]) -> Entity:
    """Give an entity with changes: objects member by member, lists as a whole, null takes a member away."""
    result = dict(current)
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = patched(result[name], value)
        else:
            result[name] = value
    return result


def without(entity: Mapping[str, Any], names: Iterable[str]) -> Entity:
    """Give an entity without some of its members."""
    dropped = set(names)
    return {name: value for name, value in entity.items() if name not in dropped}


def next_revision(entity: Mapping[str, Any]) -> str:
    """Give the revision after the one that an entity has."""
    return str(int(entity.get("revision") or 0) + 1)


def done(index: int, entity_id: str) -> Entity:
    """Give the result of an item of a bulk call that was taken."""
    return {"itemMetadata": {"id": entity_id, "originalIndex": index, "success": True}}


def failed(index: int, entity_id: str, code: str) -> Entity:
    """Give the result of an item of a bulk call that was refused."""
    error = {"code": code, "description": "as the plan has it"}
    return {"itemMetadata": {"id": entity_id, "originalIndex": index, "success": False, "error": error}}
