"""Money in eCommerce orders: `{"amount": "18.00", "formattedAmount": "$18.00"}`.

https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/orders/order-object
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from wix_sandbox.formats import DECIMAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_sandbox.values import Entity

NOTHING = Decimal("0.00")
_CENT = Decimal("0.01")
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "ILS": "₪"}
_PRICE = frozenset({"amount", "formattedAmount"})


def money(amount: Decimal, currency: str) -> Entity:
    """A price of an order, rounded to two decimals."""
    text, shown = _texts(amount, currency)
    return {"amount": text, "formattedAmount": shown}


@lru_cache(maxsize=10_000)
def _texts(amount: Decimal, currency: str) -> tuple[str, str]:
    """Size of a cache: an order has about thirty prices, most of them seen before."""
    rounded = amount.quantize(_CENT, rounding=ROUND_HALF_UP)
    return str(rounded), formatted(rounded, currency)


def formatted(amount: Decimal, currency: str) -> str:
    """Return an amount as shown to people; Wix uses the site's language here, the sandbox always English."""
    symbol = _SYMBOLS.get(currency, f"{currency} ")
    return f"-{symbol}{-amount:,.2f}" if amount < 0 else f"{symbol}{amount:,.2f}"


def amount_of(price: Entity | None) -> Decimal:
    """Return the amount of a price; 0 for an absent price."""
    return Decimal((price or {}).get("amount") or 0)


def total_of(prices: Iterable[Entity | None]) -> Decimal:
    """The sum of prices."""
    return sum(map(amount_of, prices), NOTHING)


def format_prices(value: Any, currency: str) -> None:
    """Add `formattedAmount` to every price inside a value, in place."""
    if isinstance(value, list):
        for each in value:
            format_prices(each, currency)
    elif isinstance(value, dict):
        amount = value.get("amount")
        if isinstance(amount, str) and DECIMAL.fullmatch(amount) and value.keys() <= _PRICE:
            value["formattedAmount"] = formatted(Decimal(amount), currency)
        else:
            format_prices(list(value.values()), currency)
