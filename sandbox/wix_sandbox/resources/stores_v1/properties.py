"""Bulk set and bulk adjust of one property of many V1 products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk_answer, each_item
from wix_sandbox.errors import bad_request, rule_error
from wix_sandbox.resources.stores_v1.products import fetch, move_prices, touch

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox.call import Call
    from wix_sandbox.values import Entity

MONEY_OR_WEIGHT = ("price", "cost", "weight")
TEXTS = ("ribbon", "brand")
LOWEST_RATE, HIGHEST_RATE = -100, 1_000


def bulk_set(call: Call) -> Entity:
    """Answer `{ids, set: {one of price, cost, weight, ribbon, brand}}`; an empty text clears ribbon or brand."""
    name, value = _one_of(call, "set", (*MONEY_OR_WEIGHT, *TEXTS))
    return _each_product(call, lambda product: _set(product, name, value))


def bulk_adjust(call: Call) -> Entity:
    """Answer `{ids, adjust: {one of price, cost, weight: {amount} or {percentage: {rate, roundToInt}}}}`."""
    name, change = _one_of(call, "adjust", MONEY_OR_WEIGHT)
    amount, percentage = change.get("amount"), change.get("percentage")
    if (amount is None) == (percentage is None):
        field = f"adjust.{name}"
        raise rule_error(field, "", "needs one of amount and percentage")
    rate = (percentage or {}).get("rate") or 0
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        field = f"adjust.{name}.percentage.rate"
        raise rule_error(field, "", f"must be between {LOWEST_RATE} and {HIGHEST_RATE}")

    def adjusted(value: float) -> float:
        if percentage is None:
            return round(value + float(change["amount"]), 2)
        moved = value * (1 + float(rate) / 100)
        return round(moved) if percentage.get("roundToInt") else round(moved, 2)

    def act(product: Entity) -> None:
        for holder in _holders(product, name):
            _set(holder, name, adjusted(_get(holder, name)))

    return _each_product(call, act)


def _one_of(call: Call, member: str, names: tuple[str, ...]) -> tuple[str, Any]:
    sent = {name: value for name, value in call.entity(member).items() if name in names and value is not None}
    if len(sent) != 1:
        raise rule_error(member, "", f"exactly one of {', '.join(names)} must be set")
    return next(iter(sent.items()))


def _each_product(call: Call, act: Callable[[Entity], None]) -> Entity:
    def change(_at: int, product_id: str) -> Entity:
        product = fetch(call.site, product_id)
        act(product)
        return touch(call.site, product)

    return bulk_answer(each_item(call.items("ids"), change))


def _holders(product: Entity, name: str) -> list[Entity]:
    """Return where a property is: price on the product (variants follow), cost and weight on managed variants."""
    if name == "price" or not product["manageVariants"] or not product["productOptions"]:
        return [product]
    return [each["variant"] for each in product["variants"]]


def _get(holder: Entity, name: str) -> float:
    if name == "price":
        return float(holder["priceData"]["price"])
    if name == "cost":
        return float((holder.get("costAndProfitData") or {}).get("itemCost") or 0)
    return float(holder.get("weight") or 0)


def _set(holder: Entity, name: str, value: Any) -> None:
    """Set a property on a product, or cost and weight on one of its variants."""
    if name in TEXTS:
        holder[name] = value
        if not value:
            del holder[name]
        return
    if value < 0:
        message = f"{name} would be negative"
        raise bad_request(message)
    if name == "price":
        move_prices(holder, value)
        return
    for each in _holders(holder, name) if "variants" in holder else [holder]:
        if name == "cost":
            each["costAndProfitData"] = {"itemCost": value}
        else:
            each["weight"] = value
