"""What of a contact is restored: its labels one by one, which are added and removed by separate calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_shop.undoing import restoring

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_wix.change import Change, Entity
    from target_wix.domains.contacts import Contacts
    from wix_shop.undoing.restoring import Restored

_LABELS = "labelKeys"


def restored(domain: Contacts, change: Change, before: Entity, wrote: Entity) -> Restored:
    """Return what of a contact is restored, and the names of what is left as it is; see `restoring.restored`.

    Labels that somebody added since stay, and a step that was killed between two calls is completed.
    """
    former = before.get("info") or {}
    if _LABELS not in former or change.undo is None:
        return restoring.restored(domain, change, before, wrote)
    if not restoring.differing(domain, change, before).fields:
        return {}, ()  # a label that was written may never have been made
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
