"""The changes of an upsert of contacts v5, by its mode.

https://dev.wix.com/docs/api-reference/crm/members-contacts/contacts/contacts-v5/upsert-contact
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wix_sandbox.values import Entity

_ARRAYS = (("email", "additionalEmails", "email"), ("phone", "additionalPhones", "phone"))
_GROWN = frozenset(name for first, others, _ in _ARRAYS for name in (first, others))


def in_mode(before: Entity, changes: Entity, mode: str) -> Entity:
    """Return the changes that a mode allows: `APPEND` fills missing members, arrays grow except with `OVERWRITE`."""
    if mode == "OVERWRITE":
        return changes
    wanted: Entity = {}
    for first, others, key in _ARRAYS:
        wanted |= _grown(before, changes, first, others, key)
    for name, value in changes.items():
        if name not in _GROWN:
            wanted |= {name: _joined(name, before.get(name), value, overwrite=mode == "OVERWRITE_APPEND_ARRAYS")}
    return wanted


def _joined(name: str, old: Any, new: Any, *, overwrite: bool) -> Any:
    if name == "addresses":
        return _more_addresses(old or [], new)
    if isinstance(new, list):
        return list(dict.fromkeys([*(old or []), *new]))
    if overwrite or old is None:
        return new
    if isinstance(new, dict):
        return {part: each for part, each in new.items() if part not in old}
    return old


def _grown(before: Entity, changes: Entity, first: str, others: str, key: str) -> Entity:
    """Join main and additional e-mails (or phones) to one array, whose first item is the main one."""
    incoming = [*([changes[first]] if changes.get(first) else []), *(changes.get(others) or [])]
    if not incoming:
        return {}
    known = [*([before[first]] if before.get(first) else []), *before.get(others, [])]
    values = {each[key] for each in known}
    known += [each for each in incoming if each[key] not in values]
    return {first: known[0], others: [{**each} for each in known[1:]]}


def _more_addresses(old: list[Entity], new: list[Entity]) -> list[Entity]:
    """Return the addresses of both lists; new ones lose their default flag if there are old ones."""
    places = [each["address"] for each in old]
    added = [each for each in new if each.get("address") not in places]
    if old:
        added = [{name: value for name, value in each.items() if name != "defaultAddress"} for each in added]
    return [*old, *added]
