"""Money, weights and discounts: numbers on catalog V1, decimal texts in V3's shape."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wix_api.products.mapping import Around, Entity

_CENT = Decimal("0.01")
_LONGEST_FORMATTED = 20
"""V3 shows no longer text of an amount."""


def text(number: Any, _around: Around = ()) -> str | None:
    """Write a number as decimal text without needless zeros: 49.90 is "49.9", 50.0 is "50"."""
    if isinstance(number, str):
        return number  # "NaN" and "Infinity" are how JSON carries those
    written = format(Decimal(str(number)), "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def number(written: Any, _around: Around = ()) -> float | int | str:
    """Read decimal text as a number; what is none stays text."""
    try:
        value = Decimal(written)
    except (InvalidOperation, TypeError, ValueError):
        return str(written)
    if not value.is_finite():
        return str(written)
    return int(value) if value == value.to_integral_value() else float(value)


def shown(formatted: Any, _around: Around = ()) -> str | None:
    """Give a formatted amount, if V3's shape has room for it."""
    return formatted if isinstance(formatted, str) and 0 < len(formatted) <= _LONGEST_FORMATTED else None


def money(value: Any, formatted: Any = None) -> Entity:
    """Write an amount: `{"amount": "49.9", "formattedAmount": "$49.90"}`."""
    return {"amount": text(value), **({"formattedAmount": formatted} if shown(formatted) else {})}


def discounted(price: Any, discount: Mapping[str, Any] | None) -> Decimal:
    """Give the price after a V1 discount, to the cent.

    Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog (priceData.discountedPrice)
    """
    full = Decimal(str(price))
    kind, value = (discount or {}).get("type"), Decimal(str((discount or {}).get("value") or 0))
    if kind == "AMOUNT":
        return max(full - value, Decimal(0))
    if kind == "PERCENT":
        return (full * (1 - value / 100)).quantize(_CENT, ROUND_HALF_UP)
    return full


def price_up(data: Mapping[str, Any], around: Around) -> Entity | None:
    """Turn `priceData` into `{"actualPrice", "compareAtPrice"}`; the latter only where it is the higher one."""
    price, formatted = data.get("price"), data.get("formatted") or {}
    if not _is_number(price):
        return None
    discount = around[0].get("discount") or {}
    actual = data.get("discountedPrice")
    if discount.get("type") == "NONE":
        actual = price  # not the rounded one: V3 has room for a third decimal
    elif not _is_number(actual):
        actual = number(str(discounted(price, discount)))
    if not Decimal(str(actual)) < Decimal(str(price)):
        return {"actualPrice": money(actual, formatted.get("discountedPrice", formatted.get("price")))}
    return {
        "actualPrice": money(actual, formatted.get("discountedPrice")),
        "compareAtPrice": money(price, formatted.get("price")),
    }


def price_down(price: Mapping[str, Any], around: Around) -> Entity | None:
    """Turn a variant's price into `priceData`."""
    actual = price.get("actualPrice") or {}
    full = price.get("compareAtPrice") or actual
    if full.get("amount") is None:
        return None
    data: Entity = {"price": number(full["amount"])}
    if actual.get("amount") is not None:
        data["discountedPrice"] = number(actual["amount"])
    texts = {"price": full.get("formattedAmount"), "discountedPrice": actual.get("formattedAmount")}
    formatted = {name: value for name, value in texts.items() if value is not None}
    currency = around[0].get("currency")
    return {**({"currency": currency} if currency else {}), **data, **({"formatted": formatted} if formatted else {})}


def full_price(variant: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what a variant of V3's shape costs before any discount: `{"amount", …}`, or `{}`."""
    price = variant.get("price") or {}
    full: Mapping[str, Any] = price.get("compareAtPrice") or price.get("actualPrice") or {}
    return full if full.get("amount") is not None else {}


def span(amounts: Iterable[Mapping[str, Any]]) -> Entity | None:
    """Give the lowest and the highest of some amounts: `{"minValue": {"amount"}, "maxValue": …}`."""
    known = sorted((each for each in amounts if _is_decimal(each.get("amount"))), key=lambda a: Decimal(a["amount"]))
    return {"minValue": dict(known[0]), "maxValue": dict(known[-1])} if known else None


def discount_of(variants: Iterable[Mapping[str, Any]], preferred: Mapping[str, Any] | None = None) -> Entity | None:
    """Give the one V1 discount that makes the variants' prices, or None where no single one does.

    Args:
        variants: Variants of V3's shape.
        preferred: A discount to keep if it makes these prices: a share and an amount may make the same.
    """
    prices = [variant.get("price") or {} for variant in variants]
    pairs = [
        (Decimal(full["amount"]), Decimal(price["actualPrice"]["amount"]))
        for price in prices
        if _is_decimal((price.get("actualPrice") or {}).get("amount"))
        and _is_decimal((full := price.get("compareAtPrice") or price["actualPrice"]).get("amount"))
    ]
    if not pairs:
        return None
    if preferred and all(abs(discounted(full, preferred) - actual) <= _CENT for full, actual in pairs):
        return dict(preferred)  # Wix may round a share differently
    for candidate in _candidates(*pairs[0]):
        if all(discounted(full, candidate) == actual for full, actual in pairs):
            return candidate
    return None


def _candidates(full: Decimal, actual: Decimal) -> tuple[Entity, ...]:
    if actual >= full:
        return ({"type": "NONE", "value": 0},)
    share = ((1 - actual / full) * 100).quantize(_CENT, ROUND_HALF_UP)
    return (
        {"type": "AMOUNT", "value": number(str(full - actual))},
        {"type": "PERCENT", "value": number(str(share.quantize(Decimal(1))))},
        {"type": "PERCENT", "value": number(str(share))},
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _is_decimal(value: Any) -> bool:
    try:
        return value is not None and Decimal(value).is_finite()
    except (InvalidOperation, TypeError, ValueError):
        return False
