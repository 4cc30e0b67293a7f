"""Step 3: the desired state of an entity, and its difference from the current one.

Records come from files, warehouses and other sites, so equal values are written in different ways. `diff` brings both
sides to one form (`canonical`) and looks only at members that the desired side has: one that a record leaves out, or
gives as null, is not compared. An empty text, list or object asks for emptiness. Descriptions are compared by their
words and structure: see `texts`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from target_wix import texts
from target_wix.fields import decimal_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_DECIMALS = {"amount", "amountOff", "addedPrice", "defaultAddedPrice", "length", "width", "height"}
"""Members that hold a decimal number as text, everywhere in Wix's stores."""
_HTML = {"plainDescription"}
"""Members that hold HTML, which Wix rewrites."""
_OF_EDITOR = {"id", "metadata", "documentStyle"}
"""Members of a rich text that the editor sets by itself."""


def canonical(value: Any) -> Any:
    """Return a value in the form in which equal values are equal: without empty members and an editor's marks."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        is_rich = "nodes" in value
        members = {
            key: canonical(_rich_form(key, member) if is_rich else _known_form(key, member))
            for key, member in value.items()
            if not (is_rich and key in _OF_EDITOR)
        }
        return {key: member for key, member in members.items() if not _is_empty(member)}
    if isinstance(value, list | tuple):
        return [canonical(member) for member in value]
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value)).normalize() + 0
    return value


def diff(current: Mapping[str, Any], desired: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a desired entity that differ from the current one."""
    return {
        name: value
        for name, value in desired.items()
        if value is not None and _member_differs(name, current.get(name), value)
    }


def _member_differs(name: str, current: Any, desired: Any) -> bool:
    if isinstance(desired, str) and desired == current:
        return False
    there, said = canonical(_known_form(name, current)), canonical(_known_form(name, desired))
    # Canonical objects have lost their empty members, but an empty object or text asks for emptiness.
    return not _is_empty(there) if _is_empty(said) else _says_more(there, said)


def differs(current: Any, desired: Any) -> bool:
    """True if a desired value says anything that the current one does not; empty values say nothing."""
    return _says_more(canonical(current), canonical(desired))


def _says_more(current: Any, desired: Any) -> bool:
    if isinstance(desired, dict):
        there = current if isinstance(current, dict) else {}
        return any(_says_more(there.get(key), member) for key, member in desired.items())
    if isinstance(desired, list):
        if not isinstance(current, list) or len(desired) != len(current):
            return not (_is_empty(desired) and _is_empty(current))
        return any(_says_more(other, one) for other, one in zip(current, desired, strict=True))
    if _is_empty(current) and (_is_empty(desired) or desired is False):
        # Wix leaves empty and false members out of some answers.
        return False
    return bool(desired != current) or isinstance(desired, bool) is not isinstance(current, bool)


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, (str, dict, list)) and not value)


def _known_form(key: str, member: Any) -> Any:
    if key in _HTML and isinstance(member, str):
        return texts.Html(member) or ""
    return decimal_text(member) if key in _DECIMALS else member


def _rich_form(key: str, member: Any) -> Any:
    bare = _without_marks(member)
    return texts.joined(bare) if key == "nodes" and isinstance(bare, list) else bare


def _without_marks(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_marks(member) for key, member in value.items() if key not in _OF_EDITOR}
    if isinstance(value, list):
        return [_without_marks(member) for member in value]
    return value


def overlay(current: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the desired state: a record laid over what is there, object by object; lists are replaced."""
    result = dict(current)
    for key, value in record.items():
        there = result.get(key)
        # An empty object asks for emptiness.
        deeper = isinstance(there, dict) and isinstance(value, dict) and value
        result[key] = overlay(there or {}, value) if deeper else value
    return result


def cleared(value: Any) -> Any:
    """Return a value with null for its empty texts, which Wix takes where it takes no empty text."""
    if isinstance(value, dict):
        return {key: cleared(member) for key, member in value.items()}
    if isinstance(value, list):
        return [cleared(member) for member in value]
    return None if value == "" else value


def filled(value: Any) -> Any:
    """Return a value without its empty texts and null members, as a create sends it."""
    if isinstance(value, dict):
        return {
            key: member if member.__class__ is str else filled(member)
            for key, member in value.items()
            if member is not None and member != ""
        }
    if isinstance(value, list):
        return [filled(member) for member in value]
    return value
