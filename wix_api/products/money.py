"""Money, weights and discounts: numbers on catalog V1, decimal strings in V3's shape."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from wix_api.products.mapping import members

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wix_api.products.mapping import Around, Entity

_CENT = Decimal("0.01")
_MILLE = Decimal("0.001")
_MOST_DIGITS = 20
_LONGEST_FORMATTED = 20
"""The longest string of an amount on V3."""


def decimal_of(value: Any) -> Decimal | None:
    """Parse a number or decimal string; None for other values, for "NaN", and for more digits than Wix has."""
    if not isinstance(value, (int, float, str, Decimal)) or "_" in str(value):
        return None
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        return None
    return read if read.is_finite() and read.adjusted() < _MOST_DIGITS else None


def text(number: Any, _around: Around = ()) -> str | None:
    """Return a number as decimal string without trailing zeros (49.90: "49.9", 50.0: "50"), None for anything else."""
    if isinstance(number, str):
        return number  # "NaN" and "Infinity" are how JSON carries those
    value = decimal_of(number)
    if value is None:
        return None
    written = format(value, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def amount(number: Any, _around: Around = ()) -> str | None:
    """Write an amount as V3 does, with at most three decimals: 0.1 + 0.2 is "0.3"."""
    value = decimal_of(number)
    return text(number if value is None else value.quantize(_MILLE, ROUND_HALF_UP))


def number(written: Any, _around: Around = ()) -> float | int | str:
    """Parse a decimal string; any other string is returned unchanged."""
    value = decimal_of(written)
    if value is None:
        return str(written)
    return int(value) if value == value.to_integral_value() else float(value)


def shown(formatted: Any, _around: Around = ()) -> str | None:
    """Return a formatted amount if it is short enough for V3."""
    return formatted if isinstance(formatted, str) and 0 < len(formatted) <= _LONGEST_FORMATTED else None


def money(value: Any, formatted: Any = None) -> Entity:
    """Write an amount: `{"amount": "49.9", "formattedAmount": "$49.90"}`."""
    return {"amount": amount(value), **({"formattedAmount": formatted} if shown(formatted) else {})}


def discounted(price: Any, discount: Mapping[str, Any] | None) -> Decimal:
    """Return the price after a V1 discount, to the cent.

    Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog (priceData.discountedPrice)
    """
    exact = _discounted(price, discount)
    return exact.quantize(_CENT, ROUND_HALF_UP) if (discount or {}).get("type") == "PERCENT" else exact


def _discounted(price: Any, discount: Mapping[str, Any] | None) -> Decimal:
    full = Decimal(str(price))
    kind, value = (discount or {}).get("type"), decimal_of((discount or {}).get("value")) or Decimal(0)
    if kind == "AMOUNT":
        return max(full - value, Decimal(0))
    return full * (1 - value / 100) if kind == "PERCENT" else full


def price_up(data: Any, around: Around) -> Entity | None:
    """Convert `priceData` to `{"actualPrice", "compareAtPrice"}`; the latter only if it is higher."""
    given, discount = members(data), members(around[0].get("discount"))
    price, formatted = decimal_of(given.get("price")), members(given.get("formatted"))
    if price is None:
        return None
    actual = decimal_of(given.get("discountedPrice"))
    if actual is None:
        actual = discounted(price, discount)
    is_rounded = not discount.get("type") and abs(actual - price) < _CENT
    if discount.get("type") == "NONE" or is_rounded:
        actual = price  # V1 rounds the discounted price; V3 allows a third decimal
    if actual >= price:
        return {"actualPrice": money(actual, formatted.get("discountedPrice", formatted.get("price")))}
    return {
        "actualPrice": money(actual, formatted.get("discountedPrice")),
        "compareAtPrice": money(price, formatted.get("price")),
    }


def price_down(price: Any, around: Around) -> Entity | None:
    """Convert a variant's price to `priceData`."""
    actual, full = actual_price({"price": price}), full_price({"price": price})
    if not full:
        return None
    data: Entity = {"price": number(full["amount"])}
    if actual.get("amount") is not None:
        data["discountedPrice"] = number(actual["amount"])
    texts = {"price": full.get("formattedAmount"), "discountedPrice": actual.get("formattedAmount")}
    formatted = {name: value for name, value in texts.items() if value is not None}
    currency = around[0].get("currency")
    return {**({"currency": currency} if currency else {}), **data, **({"formatted": formatted} if formatted else {})}


def prices_of(variants: Iterable[Mapping[str, Any]]) -> list[tuple[Decimal, Decimal]]:
    """Return the prices of V3 variants before and after a discount; variants without prices are left out."""
    given = [(full_price(variant), actual_price(variant)) for variant in variants]
    read = [(decimal_of(full.get("amount")), decimal_of(actual.get("amount"))) for full, actual in given]
    return [(full, actual) for full, actual in read if full is not None and actual is not None]


def actual_price(variant: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the price of a V3 variant: `{"amount", …}`, or `{}`."""
    return members(members(variant.get("price")).get("actualPrice"))


def full_price(variant: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the price of a V3 variant before any discount: `{"amount", …}`, or `{}`.

    A compare-at price of 0 means that there is none.
    """
    before, own = members(members(variant.get("price")).get("compareAtPrice")), actual_price(variant)
    listed = (own,) if decimal_of(before.get("amount")) == 0 else (before, own)
    return next((price for price in listed if price.get("amount") not in (None, "")), {})


def span(amounts: Iterable[Mapping[str, Any]]) -> Entity | None:
    """Return the lowest and the highest of some amounts: `{"minValue": {"amount"}, "maxValue": …}`."""
    read = [(value, one) for one in amounts if (value := decimal_of(one.get("amount"))) is not None]
    known = [one for _, one in sorted(read, key=lambda pair: pair[0])]
    return {"minValue": dict(known[0]), "maxValue": dict(known[-1])} if known else None


def discount_of(variants: Iterable[Mapping[str, Any]], preferred: Mapping[str, Any] | None = None) -> Entity | None:
    """Return the single V1 discount that leads to the variants' prices, or None if there is none.

    Args:
        variants: Variants of V3's shape.
        preferred: A discount to keep if it leads to these prices, since a percentage and an amount may lead to the
            same ones.
    """
    prices = prices_of(variants)
    if not prices:
        return None
    if preferred and all(abs(_discounted(full, preferred) - actual) < _CENT for full, actual in prices):
        return dict(preferred)  # Wix may round a percentage up or down
    for candidate in _candidates(*prices[0]):
        if all(discounted(full, candidate) == actual for full, actual in prices):
            return candidate
    return None


def _candidates(full: Decimal, actual: Decimal) -> tuple[Entity, ...]:
    if actual >= full or full <= 0:  # an invalid price has no share of zero
        return ({"type": "NONE", "value": 0},)
    share = ((1 - actual / full) * 100).quantize(_CENT, ROUND_HALF_UP)
    return (
        {"type": "AMOUNT", "value": number(full - actual)},
        {"type": "PERCENT", "value": number(share.quantize(Decimal(1)))},
        {"type": "PERCENT", "value": number(share)},
    )
