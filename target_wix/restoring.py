"""What of an entity is restored, and what is left alone, since somebody changed it. See `undoing`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.change import Outcome
from target_wix.desired import diff
from target_wix.fields import CLEAR
from target_wix.undo_entries import DELETED_SINCE, LOST, MADE_SINCE, MEMBERSHIPS, Op

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_wix.change import Change, Entity
    from target_wix.errors import Rejected

_EMPTY: tuple[Any, ...] = (None, "", [], {})
AMOUNTS = frozenset({"quantity", "inStock"})
"""Members of stock, which is restored as a whole: one of them decides whether it is tracked."""
_GONE = frozenset({"NOT_FOUND", "UNKNOWN_PRODUCT", "UNKNOWN_COLLECTION", "UNKNOWN_VARIANT"})
_NO_KEY = "NO_KEY"
"""Error codes of steps whose entity somebody deleted."""


def without_places(record: Mapping[str, Any]) -> Entity:
    """Return a record without members that have entries of their own."""
    return {name: value for name, value in record.items() if name not in MEMBERSHIPS}


def outcome_of(change: Change, rejection: Rejected) -> Outcome | None:
    """Return the outcome of a step whose entity somebody deleted or made again; None if it remains rejected."""
    is_taken = rejection.code == "ALREADY_EXISTS" or rejection.code.startswith("DUPLICATE_")
    if change.undo is None or not (is_taken or rejection.code in {*_GONE, _NO_KEY}):
        return None
    if change.undo.op is Op.JOIN or (change.undo.is_of_made and not is_taken):  # it is gone with its entity
        return Outcome.UNCHANGED
    is_lost = change.undo.op is Op.MAKE and rejection.code == _NO_KEY
    gone = LOST if is_lost else DELETED_SINCE
    change.left_out = (MADE_SINCE if is_taken else gone,)
    return Outcome.IGNORED


def cleared_to(before: Any, now: Any) -> Any:
    """Return a former value that also clears what was added since: members of objects that it lacks."""
    if before is None:
        if isinstance(now, dict) and any(isinstance(one, list) for one in now.values()):
            return cleared_to({}, now)  # a list inside of an object is replaced by an empty one
        return [] if isinstance(now, list) else CLEAR
    if isinstance(before, dict) and isinstance(now, dict) and "nodes" not in before:
        return before | {name: cleared_to(before.get(name), one) for name, one in now.items() if one not in _EMPTY}
    return before


def merged(before: Any, wrote: Any, now: Any, name: str = "") -> tuple[Any, bool]:
    """Return what of a value is to be restored, and True if somebody changed a part of it since.

    Args:
        before: The former value.
        wrote: The value that was written; None if it was not written.
        now: The current value.
        name: Name of the member, which says how its values are compared.

    Returns:
        The former value, of objects only the members to restore; None if there is nothing to restore.
    """
    if isinstance(wrote, dict) and isinstance(now, dict) and "nodes" not in wrote and not wrote.keys() & AMOUNTS:
        there = before if isinstance(before, dict) else {}
        parts = {name: merged(there.get(name), one, now.get(name), name) for name, one in wrote.items()}
        restored = {name: value for name, (value, _) in parts.items() if value is not None}
        return restored or None, any(is_left for _, is_left in parts.values())
    if wrote is None or is_same(name, before, wrote) or is_same(name, now, before):
        return None, False
    return (cleared_to(before, now), False) if is_same(name, now, wrote) else (None, True)


def is_same(name: str, one: Any, other: Any) -> bool:
    """True if two values of the member `name` are the same in the notations of records."""
    if one in _EMPTY or other in _EMPTY:
        return one in _EMPTY and other in _EMPTY
    return not diff({name: one}, {name: other})
