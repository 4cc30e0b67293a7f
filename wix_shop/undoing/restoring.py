"""What of an entity is restored, and what is left alone, since somebody changed it.

Members are compared twice, in the domain's own way: with what was written, and with what was there before. Those that
differ from both were changed by somebody else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from target_wix.change import Command
from target_wix.desired import diff
from target_wix.domains.inventory import AMOUNTS, place_of
from target_wix.fields import CLEAR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_wix.change import Change, Entity
    from target_wix.domain import Domain

Restored = tuple[dict[str, Any], tuple[str, ...]]
"""The members to restore, and the names of those that are left as they are."""
UNCLEARABLE = frozenset({"costAndProfitData"})
"""Members that no call of Wix clears: a cost can be changed, but not be removed."""
_PARTED = frozenset({"name", "extendedFields", "seoData", "physicalProperties"})
"""Objects whose members are restored one by one, so that what others wrote into them stays."""
TOGETHER = {"plainDescription": "description", **dict.fromkeys(AMOUNTS, "stock")}
"""Members of which Wix derives one from the other. Stock is restored as a whole: one of them says if it is tracked."""
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def restored(domain: Domain, change: Change, before: Entity, wrote: Entity) -> Restored:
    """Return the members to restore, of those that were there `before`, and the names of those that stay.

    They stay if somebody changed since what the run `wrote`, or if Wix cannot clear them.
    """
    record, has_changed_part = _former_record(domain, change, before)  # of objects that are restored in parts
    compared = _compared(domain, change, record)
    to_restore = compared.fields
    changed = together(differing(domain, change, wrote).fields) if to_restore else set()
    back: Entity = {}
    # What the comparison itself leaves out cannot be written, such as an old slug with accents.
    left, unclearable = list[str](), [*compared.left_out]
    for name, value in record.items():
        if name in UNCLEARABLE and is_empty(value):
            unclearable += [] if is_nothing(members_of(domain, change.current).get(name)) else [name]
            continue
        is_to_restore, is_parted = name in to_restore, name in has_changed_part
        is_left = has_changed_part[name] if is_parted else is_to_restore and TOGETHER.get(name, name) in changed
        if is_left:
            left.append(name)
        if not is_to_restore or (is_left and not is_parted):
            continue
        back[name] = value
    return ({domain.inside: back} if domain.inside and back else back), (*left, *unclearable)


def _former_record(domain: Domain, change: Change, before: Entity) -> tuple[Entity, dict[str, bool]]:
    """Return the record that restores all former members; for objects restored in parts, if somebody changed a part."""
    there = members_of(domain, change.current)
    record: Entity = {}
    has_changed_part: dict[str, bool] = {}
    for name, value in members_of(domain, before).items():
        if found := parts(domain, change, name, value):
            record[name], has_changed_part[name] = found
        elif value is not None or name not in AMOUNTS:
            record[name] = _whole(value, there.get(name))
    return record, has_changed_part


def members_of(domain: Domain, entity: Entity) -> Entity:
    """Return the members of an entity or a record that results name."""
    return (entity.get(domain.inside) or {}) if domain.inside else entity


def as_before(domain: Domain, change: Change, before: Entity) -> set[str]:
    """Return the members of `before`, the former members of an entity, that are as they were; see `TOGETHER`."""
    former, there = (members_of(domain, side) for side in (before, change.current))
    record = {name: _whole(value, there.get(name)) for name, value in former.items()}
    return together(record) - together(_compared(domain, change, record).fields)


def together(names: Iterable[str]) -> set[str]:
    """Return names of members, with one name for members of which Wix derives one from the other."""
    return {TOGETHER.get(name, name) for name in names}


def _compared(domain: Domain, change: Change, record: Entity) -> Change:
    whole = {domain.inside: record} if domain.inside else record
    return differing(domain, change, {"id": change.id, **place_of(change.record), **whole})


def _whole(before: Any, now: Any) -> Any:
    """Return the former value of a member of the entity itself: an empty text clears a text there."""
    return "" if before is None and isinstance(now, str) else cleared_to(before, now)


def parts(domain: Domain, change: Change, name: str, before: Any) -> tuple[Any, bool] | None:
    """Return the value to restore of an object, and True if somebody changed a part that was written.

    Returns:
        None for a member that is not restored part by part.
    """
    now = members_of(domain, change.current).get(name)
    if name not in _PARTED or not isinstance(now, dict) or change.back is None:
        return None
    written = []
    for state in (change.back.wrote, *change.back.earlier):
        taken = members_of(domain, domain.fields_of(state).take(state))  # in the notation of Wix
        written.append(taken.get(name, members_of(domain, state).get(name)))
    states = [one for one in written if isinstance(one, dict)]
    return _parted(before, states, now) if states else None


def _parted(before: Any, states: list[Entity], now: Entity) -> tuple[Any, bool]:
    """Return the former value of an object with what others wrote into it, and True if they changed what was written.

    Wix may have replaced the object by what was written, so members that were not written are restored if they are
    gone.
    """
    former = before or {}
    value = {**former, **now}
    is_left = False
    for name, there in now.items():
        written = [state[name] for state in states if name in state]
        objects = [one for one in written if isinstance(one, dict)]
        if objects and isinstance(there, dict):
            value[name], is_of_part = _parted(former.get(name), objects, there)
            is_left = is_left or is_of_part
        elif any(is_same(name, there, one) for one in written):
            value[name] = cleared_to(former.get(name), there)
        elif written and not is_same(name, there, former.get(name)):
            is_left = True
    return (cleared_to(before, now) if is_nothing(value) else value), is_left


def is_nothing(value: Any) -> bool:
    """True if a value is empty, false or 0, or an object of such values."""
    return all(map(is_nothing, value.values())) if isinstance(value, dict) else not value


def differing(domain: Domain, change: Change, record: Entity) -> Change:
    """Return a copy of a change, compared with a record: its members are those that differ from the entity."""
    scratch = replace(change, record=record, command=Command.UPDATE, body={}, fields=(), left_out=(), back=None)
    domain.compare(scratch)
    return scratch


def cleared_to(before: Any, now: Any) -> Any:
    """Return a former value that also clears what was added since: members of objects that it lacks."""
    if before is None:
        if isinstance(now, dict) and isinstance(now.get("items"), list):
            return cleared_to({}, now)
        return [] if isinstance(now, list) else CLEAR
    if isinstance(before, dict) and isinstance(now, dict) and "nodes" not in before:
        return before | {name: cleared_to(before.get(name), one) for name, one in now.items() if one not in _EMPTY}
    if isinstance(before, list) and isinstance(now, list):
        return [cleared_to(one, other) for one, other in zip(before, _counterparts(before, now), strict=True)]
    return before


def _counterparts(before: list[Any], now: list[Any]) -> list[Any]:
    """Return for each entry of a former list the current one with its name, as of a choice, or else in its place."""
    by_name = {one["name"]: one for one in now if isinstance(one, dict) and "name" in one}
    if by_name:
        return [by_name.get(one.get("name")) if isinstance(one, dict) else None for one in before]
    return now if len(now) == len(before) else [None] * len(before)


def merged(before: Any, wrote: Any, now: Any, name: str = "") -> tuple[Any, bool]:
    """Return what of a value is to be restored, and True if somebody changed a part of it since.

    This is the former value, of objects only the members to restore; None if there is nothing to restore. `wrote` is
    None if the value was not written. The name of the member says how its values are compared.
    """
    has_members = isinstance(wrote, dict) and "nodes" not in wrote and not wrote.keys() & AMOUNTS
    if has_members and isinstance(now, dict) and (wrote or not is_empty(now)):  # `{}` clears
        there = before if isinstance(before, dict) else {}
        parts = {name: merged(there.get(name), one, now.get(name), name) for name, one in wrote.items()}
        restored = {name: value for name, (value, _) in parts.items() if value is not None}
        kept = (part for part in parts if part not in restored)
        if name == "price" and restored and any(not is_same(part, now.get(part), there.get(part)) for part in kept):
            return None, True  # Wix refuses a compare-at price that is below the actual price
        return restored or None, any(is_left for _, is_left in parts.values())
    if wrote is None or is_same(name, before, wrote) or is_same(name, now, before):
        return None, False
    return (cleared_to(before, now), False) if is_same(name, now, wrote) else (None, True)


def is_same(name: str, one: Any, other: Any) -> bool:
    """True if two values of the member `name` are the same in the notations of records."""
    if is_empty(one) or is_empty(other):
        return is_empty(one) and is_empty(other)
    return not diff({name: one}, {name: other})


def is_empty(value: Any) -> bool:
    """True if a value is empty, or an object of such values, as the amount of a price that was cleared."""
    return all(map(is_empty, value.values())) if isinstance(value, dict) else value in _EMPTY
