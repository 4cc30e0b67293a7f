"""What of a V1 product is restored: its variants one by one, and its pictures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from target_wix.desired import without
from target_wix.domains import media, product_bodies_v1
from target_wix.fields import number
from wix_shop.undoing import restoring

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_wix.change import Change, Choices, Entity
    from target_wix.domains.products_v1 import ProductsV1
    from target_wix.undo_entries import Back
    from wix_shop.undoing.restoring import Restored


_PRICES = frozenset({"priceData", "discount"})
"""Members that make up the price of a product, which are restored together."""
_ROUNDING = Decimal("0.005")
"""Moved prices may be rounded to cents, those that were written have up to three decimals."""


def with_codes(product: Entity) -> Entity:
    """Return a deleted V1 product with the SKU and the weight that it had before its run gave it options.

    The run kept them as those of its only variant. Other products are returned as they are.
    """
    variants = product.get("variants") or [{}]
    if product.get("manageVariants") is not False or variants[0].get("choices") != {}:
        return product
    variant = variants[0].get("variant") or {}
    return {**{name: variant[name] for name in product_bodies_v1.OF_A_VARIANT if name in variant}, **product}


def restored(domain: ProductsV1, change: Change, before: Entity, wrote: Entity) -> Restored:
    """Return what of a product is restored, and the names of what is left as it is; see `restoring.restored`."""
    plain = without(before, "variants", "media", "manageVariants")
    record, left = restoring.restored(domain, change, plain, wrote)
    if prices := _PRICES & record.keys():
        changed = {*restoring.differing(domain, change, wrote).fields} - restoring.as_before(domain, change, plain)
        if _PRICES & changed:
            record, left = without(record, *prices), (*left, *sorted(prices))
    if "productOptions" in record and _has_changed_variant(change, before, wrote):
        kept = {"productOptions", "priceData"} & record.keys()  # a price moves those of the variants
        record, left = without(record, *kept), (*left, *sorted(kept), "variants")
        before = without(before, "variants")
    has_options = "productOptions" in record
    if "media" in before or has_options:
        # Options come back without the pictures that their choices show.
        former = {**before, "media": before.get("media", change.current.get("media")) or {}}
        added = _added_pictures(former, wrote, change.current)
        if added or has_options or media.lacks_pictures(former, change.current):
            record = {**record, "media": former["media"], media.TO_REMOVE: added}
    if "variants" not in before:
        return record, left
    assert change.back is not None
    moves = _Moves.of(change.back, plain, wrote, (record, left))
    variants, left_of_variants = _restored_variants(change, before, wrote, moves, has_options=has_options)
    if variants:
        record = {**record, "variants": variants}
    return record, tuple(dict.fromkeys((*left, *left_of_variants)))


def _has_changed_variant(change: Change, before: Entity, wrote: Entity) -> bool:
    """True if somebody changed a variant that the run made, apart from its stock: former options would remove it."""
    assert change.back is not None
    old, ours, now = (product_bodies_v1.parts_of_variants(side) for side in (before, wrote, change.current))
    last = _Moves.of(change.back, before, wrote, ({}, ())).last
    for choices in now.keys() & ours.keys() - old.keys():
        there = _before_move(now[choices], ours[choices], last)
        is_changed = restoring.merged(None, ours[choices].get("variant"), there.get("variant"))[1]
        alone = {**change.current, "variants": [{"choices": dict(choices), **now[choices]}]}
        # A run that was killed after it had made the options did not write their variants.
        if is_changed and not product_bodies_v1.has_plain_variants(alone):
            return True
    return False


def _restored_variants(
    change: Change, before: Entity, wrote: Entity, moves: _Moves, *, has_options: bool
) -> tuple[list[Entity], list[str]]:
    """Return the entries of the variants to restore, and the names of what is left as it is.

    `has_options` is true if the step restores options, too.
    """
    old, ours, now = (product_bodies_v1.parts_of_variants(side) for side in (before, wrote, change.current))
    ours |= _emptied(before, ours, now)
    is_managed = any(one.get("manageVariants") for one in (before, change.current))
    removed = _removed(change, old, now, has_options=has_options) if is_managed else []
    listed: list[Entity] = []
    left: list[str] = []
    for choices in (old.keys() & now.keys()).difference(removed):
        said, there, is_moved = moves.undone(choices, old[choices], ours.get(choices) or {}, now[choices])
        part, is_left = restoring.merged(old[choices], said, there)
        part, unclearable = _clearable(part or {})
        if is_moved:
            part = _with_price(part, there if is_left else old[choices])
        left += ["variants", *unclearable] if is_left else unclearable
        if part or removed:
            listed.append({"choices": dict(choices), **part})
    for choices in now.keys() - old.keys() if not has_options else ():  # of somebody else
        _, there, is_moved = moves.undone(choices, {}, {}, now[choices])
        if is_moved:
            listed.append({"choices": dict(choices), **_with_price({}, there)})
    for choices in removed:
        parts = old[choices]
        if not choices:  # variants stay managed, so Wix keeps no code and no weight of a product without options
            left += [name for name in product_bodies_v1.OF_A_VARIANT if (parts.get("variant") or {}).get(name)]
            parts = without(parts, "variant")
        listed.append({"choices": dict(choices), **parts})
    return listed, left


def _emptied(before: Entity, ours: Mapping[Choices, Entity], now: Mapping[Choices, Entity]) -> dict[Choices, Entity]:
    """Return what a run wrote to variants whose stock Wix emptied when the run switched managed variants on."""
    if before.get("manageVariants") is not False:
        return {}
    stocks = {choices: parts.get("stock") or {} for choices, parts in now.items()}
    emptied = {choices: one for choices, one in stocks.items() if not (one.get("quantity") or one.get("inStock"))}
    return {choices: {"stock": one, **ours.get(choices, {})} for choices, one in emptied.items()}


def _removed(
    change: Change, old: Mapping[Choices, Entity], now: Mapping[Choices, Entity], *, has_options: bool
) -> list[Choices]:
    """Return the choices of variants that the run removed with a choice of an option that is restored.

    An earlier attempt of the step may have been killed after it restored the options: Wix then made the variants anew.
    """
    attempts = change.back.replaced if change.back else ()
    began = [product_bodies_v1.parts_of_variants(one) for one in attempts if "variants" in one]
    removed = []
    for choices in old:
        is_removed = any(choices not in one for one in began) if choices in now else has_options
        if is_removed:
            removed.append(choices)
    return removed


def _added_pictures(before: Mapping[str, Any], wrote: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    """Return the ids of the pictures of a V1 product that the record `wrote` added to those that it had before."""
    known = {item.get("id") for item in media.pictures(before) or []}
    ours = media.counterparts_v1(wrote, current)
    return [item["id"] for item in ours if item and item.get("id") and item["id"] not in known]


@dataclass(frozen=True)
class _Moves:
    """Moves of the prices of variants by a price of their product, in a step of an undo.

    The price of the product is written before the prices of its variants. A run, or an earlier attempt of the step,
    that was killed between the two left the former prices of the variants, moved.

    Attributes:
        by_run: By how much the run moved the prices; None if it did not.
        by_attempt: By how much an earlier attempt moved them; None if there was none, or if it is to be repeated.
        began: The variants that the attempt found, by their choices.
        last: By how much the last write of the run moved them, if it was not the only one.
        written: The variants that were written before that, by their choices.
        is_to_come: The step moves the prices.
    """

    by_run: Decimal | None
    by_attempt: Decimal | None
    began: dict[Choices, Entity]
    last: Decimal | None
    written: dict[Choices, Entity]
    is_to_come: bool

    @classmethod
    def of(cls, back: Back, before: Entity, wrote: Entity, restored: Restored) -> _Moves:
        """Return the moves for a step that restores members of the product and leaves others alone."""
        began = next((one for one in reversed(back.replaced) if "priceData" in one), {})
        is_to_come, is_left = ("priceData" in members for members in restored)
        by_attempt = None if is_to_come or is_left else _price_moved(before, began)
        earlier = {**before, **back.earlier[0]} if back.earlier else {}
        return cls(
            _price_moved(wrote, before),
            by_attempt,
            product_bodies_v1.parts_of_variants(began),
            _price_moved(back.wrote, earlier),
            product_bodies_v1.parts_of_variants(earlier),
            is_to_come,
        )

    def undone(self, choices: Choices, old: Entity, said: Entity, now: Entity) -> tuple[Entity, Entity, bool]:
        """Return what was written to a variant, its state without moves, and True if its price must be written."""
        there = _before_move(now, self.began.get(choices) or {}, self.by_attempt)
        if self.last and _before_move(there, self.written.get(choices) or {}, self.last) is not there:
            # The run was killed before it wrote the prices of the variants.
            variant = {**(said.get("variant") or {}), "priceData": there["variant"]["priceData"]}
            return {**said, "variant": variant}, there, False
        if self.by_run is None or not (self.is_to_come or there is not now):
            return said, there, False
        there = _before_move(there, old, self.by_run)
        return _with_price(said, old, self.by_run), there, True


def _price_moved(product: Mapping[str, Any], before: Mapping[str, Any]) -> Decimal | None:
    """Return by how much the price of a product differs from an earlier one; None if one of them is unknown."""
    prices = [number((one.get("priceData") or {}).get("price")) for one in (product, before)]
    return Decimal(str(prices[0])) - Decimal(str(prices[1])) if None not in prices else None


def _with_price(parts: Mapping[str, Any], other: Mapping[str, Any], by: Decimal = Decimal(0)) -> Entity:
    """Return the parts of a variant with the price of another state of it, moved by an amount, unless they have one."""
    variant = parts.get("variant") or {}
    price = _price_of_variant(other)
    if price is None or variant.get("priceData"):
        return dict(parts)
    return {**parts, "variant": {**variant, "priceData": {"price": number(Decimal(str(price)) + by)}}}


def _before_move(parts: Entity, former: Mapping[str, Any], by: Decimal | None) -> Entity:
    """Return the parts of a variant with its former price, if its price is the former one moved by an amount."""
    price, there = _price_of_variant(former), _price_of_variant(parts)
    if by is None or None in (price, there) or abs(Decimal(str(price)) + by - Decimal(str(there))) > _ROUNDING:
        return parts
    return {**parts, "variant": {**parts["variant"], "priceData": former["variant"]["priceData"]}}


def _price_of_variant(parts: Mapping[str, Any]) -> Any:
    return number(((parts.get("variant") or {}).get("priceData") or {}).get("price"))


def _clearable(parts: Entity) -> tuple[Entity, list[str]]:
    """Return the parts of a variant to restore without members that Wix cannot clear, and the names of these."""
    variant = parts.get("variant") or {}
    kept = [name for name, value in variant.items() if name in restoring.UNCLEARABLE and restoring.is_empty(value)]
    rest = {name: value for name, value in variant.items() if name not in kept}
    return {
        **{name: part for name, part in parts.items() if name != "variant"},
        **({"variant": rest} if rest else {}),
    }, kept
