"""What of a V3 product is restored: its variants one by one, which are written as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix.desired import without
from target_wix.domains import inventory, media, product_bodies_v3
from target_wix.product_fields import STOCK_TO_BEGIN_WITH
from wix_shop.undoing import restoring

if TYPE_CHECKING:
    from target_wix.change import Change, Choices, Entity
    from target_wix.domains.products_v3 import ProductsV3
    from wix_shop.undoing.restoring import Restored

Variants = dict["Choices", "Entity"]
_VARIANTS = "variantsInfo"
_SHOWING = {"options", "modifiers"}
"""Members whose choices may show pictures, as positions in the list of the product, which is needed to compare them."""


def restored(domain: ProductsV3, change: Change, before: Entity, wrote: Entity) -> Restored:
    """Return what of a product is restored, and the names of what is left as it is; see `restoring.restored`."""
    plain = without(before, _VARIANTS)
    there = change.current.get("media")
    if {"media", *_SHOWING} & plain.keys():
        plain["media"] = media.of_this_site(plain.get("media", there) or {})
    record, left = restoring.restored(domain, change, plain, wrote)
    if _SHOWING & record.keys():
        record.setdefault("media", media.of_this_site(there or {}))
    if _VARIANTS not in before:
        return record, left
    current = change.current
    old, ours, now = (
        {choices: _without_id(one) for choices, one in (product_bodies_v3.variants(side) or {}).items()}
        for side in ({"options": before.get("options") or current.get("options"), **before}, wrote, current)
    )
    if old.keys() != now.keys() or "options" in record:
        # Options and variants are restored together, unless somebody changed one of them.
        is_changed = ours.keys() != now.keys() or _merged({one: old.get(one, {}) for one in now}, ours, now)[1]
        if "options" in restoring.differing(domain, change, wrote).fields or (ours and is_changed):
            return without(record, "options"), (*left, _VARIANTS)
        states = [now, *(product_bodies_v3.variants(one) for one in change.compared[1:])]
        kept = {choices for choices in old if all(choices in one for one in states if one is not None)}
        # The other variants were removed, so they come back as a whole.
        parts = {**old, **_merged({choices: old[choices] for choices in kept}, ours, now)[0]}
    elif "options" in left:  # which somebody changed
        return record, (*left, _VARIANTS)
    else:
        parts, is_left = _merged(old, ours, now)
        left = (*left, _VARIANTS) if is_left else left
        if not any(parts.values()):
            return record, left
    options = record.get("options", product_bodies_v3.view(current, foreign=False).get("options")) or []
    listed = [{**one, "choices": product_bodies_v3.choices_body(choices, options)} for choices, one in parts.items()]
    return {**record, _VARIANTS: {"variants": listed}}, left


def _merged(old: Variants, ours: Variants, now: Variants) -> tuple[Variants, bool]:
    """Return of each variant what is to be restored, and True if somebody changed a variant since.

    `old` are the variants before the run, `ours` those that it wrote.
    """
    parts: Variants = {}
    is_left = False
    for choices, former in old.items():
        merged, is_changed = restoring.merged(former, ours.get(choices), now[choices])
        is_left = is_left or is_changed
        # Without options, the product's `visible` is that of its variant.
        parts[choices] = (merged or {}) if choices else without(merged or {}, "visible")
    return parts, is_left


def _without_id(variant: Entity) -> Entity:
    """Return the view of a variant without its id, and with its stock as one value."""
    kept = without(variant, "id", STOCK_TO_BEGIN_WITH)
    stock = kept.pop("inventoryItem", None)
    return {**kept, "inventoryItem": inventory.view(stock)} if stock else kept
