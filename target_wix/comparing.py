"""Step 3: whether what a record says differs from what the site has.

Records come from files, warehouses and other sites, so equal things are written in different ways. Both sides are
brought to one form by `canonical`, and only what the record says is looked at (`says_more`): a member that it leaves
out, or gives as null, is not compared. An empty text, list or object asks for emptiness. Descriptions are compared by
what they say and how it is structured: see `texts`.
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
    """Bring a value to the form in which equal values are equal: no empty members, rich text without editor's marks."""
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


def says_more(said: Any, current: Any) -> bool:
    """Whether a record says anything that is not so already; both sides in canonical form."""
    if isinstance(said, dict):
        there = current if isinstance(current, dict) else {}
        return any(says_more(member, there.get(key)) for key, member in said.items())
    if isinstance(said, list):
        if not isinstance(current, list) or len(said) != len(current):
            return not (_is_empty(said) and _is_empty(current))
        return any(says_more(one, other) for one, other in zip(said, current, strict=True))
    if _is_empty(current) and (_is_empty(said) or said is False):
        # Wix leaves empty and false members out of some answers.
        return False
    return bool(said != current) or isinstance(said, bool) is not isinstance(current, bool)


def changed(said: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """Give the members of a record that differ from what the site has."""
    return {name: value for name, value in said.items() if value is not None and _differs(name, value, current)}


def _differs(name: str, value: Any, current: Mapping[str, Any]) -> bool:
    there = current.get(name)
    if isinstance(value, str) and value == there:
        return False
    ours, theirs = canonical(_known_form(name, value)), canonical(_known_form(name, there))
    # Canonical objects have lost their empty members, but an empty object or text asks for emptiness.
    if _is_empty(ours):
        return not _is_empty(theirs)
    return says_more(ours, theirs)


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


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay what a record says over what is there, object by object; lists are replaced."""
    result = dict(base)
    for key, value in over.items():
        there = result.get(key)
        # An empty object asks for emptiness.
        deeper = isinstance(there, dict) and isinstance(value, dict) and value
        result[key] = merged(there or {}, value) if deeper else value
    return result


def cleared(value: Any) -> Any:
    """Write emptied texts as null, which Wix takes where it takes no empty text."""
    if isinstance(value, dict):
        return {key: cleared(member) for key, member in value.items()}
    if isinstance(value, list):
        return [cleared(member) for member in value]
    return None if value == "" else value


def filled(value: Any) -> Any:
    """Leave empty texts out, for what is made anew."""
    if isinstance(value, dict):
        return {
            key: member if member.__class__ is str else filled(member)
            for key, member in value.items()
            if member is not None and member != ""
        }
    if isinstance(value, list):
        return [filled(member) for member in value]
    return value
