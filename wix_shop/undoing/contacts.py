"""What of a contact is restored: its labels one by one, which are added and removed by separate calls.

Labels and extended fields that the site lacks cannot be compared. A run that was killed may never have made those that
it was about to write; those that a contact had before were deleted since.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from target_wix.contact_fields import LISTS
from target_wix.domains.contacts import is_writable, value_for
from target_wix.fields import CLEAR
from wix_shop.undoing import restoring

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_wix.change import Change, Entity
    from target_wix.domains.contacts import Contacts
    from target_wix.undo_entries import Back
    from wix_shop.undoing.restoring import Restored

_LABELS, _FIELDS = "labelKeys", "extendedFields"
_BY_PEOPLE = ("company", "jobTitle", "birthdate", "emails", "phones", "addresses")
"""Members that a contact has only if somebody filled them in."""


def leave_out_unknown(domain: Contacts, back: Back) -> None:
    """Remove labels and extended fields that the site lacks from a step; those that were there before are listed."""
    known = _known(domain, back.before)
    was, there = back.before.get("info") or {}, known.get("info") or {}
    gone = [name for name in (_LABELS, _FIELDS) if len(_items(there, name)) < len(_items(was, name))]
    back.before, back.wrote = known, _known(domain, back.wrote)
    back.earlier = tuple(_known(domain, one) for one in back.earlier)
    back.left_out = (*back.left_out, *gone)


def _known(domain: Contacts, record: Entity) -> Entity:
    """Return a record without the labels and extended fields that the site lacks; the fields by their keys.

    Parts of the name that it clears are marked.
    """
    info = dict(record.get("info") or {})
    if info.get("name"):
        info["name"] = {part: CLEAR if value == "" else value for part, value in info["name"].items()}
    labels, fields = domain.extras.labels, domain.extras.fields
    if names := _items(info, _LABELS):
        info[_LABELS] = {"items": [one for one in names if labels.get(one)]}
    if items := _items(info, _FIELDS):
        known = {name: field for name in items if (field := fields.get(name))}
        info[_FIELDS] = {"items": {field["key"]: value_for(field, items[name]) for name, field in known.items()}}
    return {**record, "info": info} if info else record


def added(domain: Contacts, change: Change, states: Iterable[Entity]) -> list[str]:
    """Return the members that somebody added to a contact which the run made and wrote as `states`."""
    info, ours = change.current.get("info") or {}, [state.get("info") or {} for state in states]
    filled = _filled_since(info, ours)
    names = [name for name in _BY_PEOPLE if name in filled]
    if _filled_since(info.get("name") or {}, [one.get("name") or {} for one in ours]):
        names.append("name")
    own = filter(domain.extras.is_own, _items(info, _LABELS))
    if any(own) and not any(_items(one, _LABELS) for one in ours):
        names.append(_LABELS)
    others = set(_items(info, _FIELDS)).difference(*(_items(one, _FIELDS) for one in ours))
    if any(is_writable(domain.extras.fields.get(key) or {}) for key in others):
        names.append(_FIELDS)
    return names


def ignore_labels_of_wix(domain: Contacts, scratch: Change) -> None:
    """Remove labels from the members that differ if Wix added all that do."""
    if not scratch.add_to and not any(map(domain.extras.is_own, scratch.remove_from)):
        scratch.fields = tuple(name for name in scratch.fields if name != _LABELS)


def _filled_since(there: Mapping[str, Any], states: list[Entity]) -> set[str]:
    """Return the members that have a value on the site, and none in the states that the run wrote."""
    return {name for name, value in there.items() if value and not any(state.get(name) for state in states)}


def restored(domain: Contacts, change: Change, before: Entity, wrote: Entity) -> Restored:
    """Return what of a contact is restored, and the names of what is left as it is; see `restoring.restored`.

    Labels that somebody added since stay, and a step that was killed between two calls is completed.
    """
    info = change.current.get("info") or {}
    former = {name: _whole_list(name, value, info) for name, value in (before.get("info") or {}).items()}
    if _LABELS in former and change.back is not None:
        old, now = _items(former, _LABELS), _items(info, _LABELS)
        former[_LABELS] = {"items": _wanted_labels(domain, change, change.back, old, now)}
        wrote = {**wrote, "info": {**(wrote.get("info") or {}), _LABELS: {"items": now}}}
    return restoring.restored(domain, change, {**before, "info": former}, wrote)


def _wanted_labels(domain: Contacts, change: Change, back: Back, old: list[str], now: list[str]) -> list[str]:
    """Return the labels `now` without those that the run added, and with those of the `old` ones that it removed."""
    infos = [state.get("info") or {} for state in (back.wrote, *back.earlier)]
    states = [_written(domain, change, one, old, now) for one in infos if _LABELS in one]
    added = {label for state in states[:2] for label in state if label not in old}  # the last write may be half done
    sent = _sent(states, old, now)
    kept = [label for label in now if label not in added]
    return list(dict.fromkeys([*kept, *(label for label in old if label not in sent)]))


def _whole_list(name: str, before: Any, info: Mapping[str, Any]) -> Any:
    """Return a former list of e-mails, phones or addresses that also clears what its items lacked."""
    if name not in LISTS or not _items({name: before}, name):
        return before
    listed = list(_items(info, name))
    by_id = {one.get("id"): one for one in listed}
    paired = zip_longest(before["items"], listed[: len(before["items"])])
    return {"items": [restoring.cleared_to(one, by_id.get(one.get("id"), other)) for one, other in paired]}


def _sent(states: list[list[str]], old: list[str], now: list[str]) -> set[str]:
    """Return the labels of the last state that was sent: the last one, unless nothing shows it; then the one before."""
    last, earlier = (set(state) for state in [*states, old, old][:2])
    shows = (last - earlier) & set(now) or (earlier - last) - set(now)
    return last if shows else earlier


def _written(domain: Contacts, change: Change, info: Mapping[str, Any], old: list[str], now: list[str]) -> list[str]:
    """Return the keys of labels after a write, which left the `old` ones of Wix; new ones had no keys when kept."""
    seen = restoring.differing(domain, change, {"info": {_LABELS: info[_LABELS]}})
    removed = {label for label in seen.remove_from if label not in old or domain.extras.is_own(label)}
    return [label for label in (*now, *seen.add_to) if label not in removed]


def _items(info: Mapping[str, Any], name: str) -> Any:
    return (info.get(name) or {}).get("items") or ([] if name == _LABELS else {})
