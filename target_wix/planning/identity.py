"""Ids of what does not exist yet: readable in messages, and never to be sent."""

from __future__ import annotations

_PREFIX = "planned-"


def planned_id(kind: str, number: int) -> str:
    """Give the id of something that a run would make."""
    return f"{_PREFIX}{kind}-{number}"


def is_planned(entity_id: object) -> bool:
    """Whether an id stands for something that a run would make."""
    return isinstance(entity_id, str) and entity_id.startswith(_PREFIX)
