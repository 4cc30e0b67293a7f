"""What of a contact is restored: its labels one by one, which are added and removed by separate calls.

Labels and extended fields that the site lacks cannot be compared. A run that was killed may never have made those that
it was about to write; those that a contact had before were deleted since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_shop.undoing import restoring

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_wix.change import Change, Entity
    from target_wix.domains.contacts import Contacts
    from target_wix.undo_entries import Back
    from wix_shop.undoing.restoring import Restored

_LABELS, _FIELDS = "labelKeys", "extendedFields"


def leave_out_unknown(domain: Contacts, back: Back) -> None:
    """Remove labels and extended fields that the site lacks from a step; those that were there before are listed."""
    before, back.wrote, *earlier = (_known(domain, one) for one in (back.before, back.wrote, *back.earlier))
    gone = [name for name, value in (before.get("info") or {}).items() if value != back.before["info"][name]]
    back.before, back.earlier, back.left_out = before, tuple(earlier), (*back.left_out, *gone)


def _known(domain: Contacts, record: Entity) -> Entity:
    """Return a record without the labels and extended fields that the site lacks."""
    info = dict(record.get("info") or {})
    labels, fields = domain.extras.labels, domain.extras.fields
    if names := _labels(info):
        info[_LABELS] = {"items": [one for one in names if labels.get(one)]}
    if items := (info.get(_FIELDS) or {}).get("items"):
        info[_FIELDS] = {"items": {name: value for name, value in items.items() if fields.get(name)}}
    return {**record, "info": info} if info else record


def restored(domain: Contacts, change: Change, before: Entity, wrote: Entity) -> Restored:
    """Return what of a contact is restored, and the names of what is left as it is; see `restoring.restored`.

    Labels that somebody added since stay, and a step that was killed between two calls is completed.
    """
    former = before.get("info") or {}
    if _LABELS not in former or change.undo is None:
        return restoring.restored(domain, change, before, wrote)
    old, now = _labels(former), _labels((change.current or {}).get("info") or {})
    infos = [state.get("info") or {} for state in (change.undo.wrote, *change.undo.earlier)]
    states = [_written(domain, change, info, now) for info in infos if _LABELS in info]
    added = {label for state in states for label in state if label not in old}
    removed = [label for label in old if any(label not in state for state in states)]
    wanted = [label for label in now if label not in added]
    wanted += [label for label in removed if label not in wanted]
    before = {**before, "info": {**former, _LABELS: {"items": wanted}}}
    wrote = {**wrote, "info": {**(wrote.get("info") or {}), _LABELS: {"items": now}}}
    return restoring.restored(domain, change, before, wrote)


def _written(domain: Contacts, change: Change, info: Mapping[str, Any], now: list[str]) -> list[str]:
    """Return the keys of labels that were written; those of new labels were unknown when they were kept."""
    seen = restoring.differing(domain, change, {"info": {_LABELS: info[_LABELS]}})
    return [label for label in (*now, *seen.add_to) if label not in seen.remove_from]


def _labels(info: Mapping[str, Any]) -> list[str]:
    return list((info.get(_LABELS) or {}).get("items") or ())
