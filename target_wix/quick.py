"""Tells in one call of msgspec that a value is as nearly all are, so that it need not be walked through in Python.

A type describes the values that are right beyond doubt. What does not fit one may still be right: it is looked at
closely then, which also finds the words for what is wrong with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def fits(value: Any, kind: Any) -> bool:
    """True if a value is one of a type."""
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def object_of(members: Mapping[str, Any], needed: Collection[str] = ()) -> Any:
    """Give the type of objects by the types of their members; further members may hold anything.

    Args:
        members: Types by name.
        needed: Members that must be there; the others may be left out or null.
    """
    fields: list[Any] = [(name, kind) for name, kind in members.items() if name in needed]
    fields += [(name, kind | None, None) for name, kind in members.items() if name not in needed]
    return msgspec.defstruct("Right", fields, gc=False, omit_defaults=True)
