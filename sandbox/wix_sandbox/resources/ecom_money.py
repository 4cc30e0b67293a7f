"""Money as eCommerce orders carry it: `{"amount": "18.00", "formattedAmount": "$18.00"}`.

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
    """An order has some thirty prices, most of them seen before."""
    rounded = amount.quantize(_CENT, rounding=ROUND_HALF_UP)
    return str(rounded), formatted(rounded, currency)


def formatted(amount: Decimal, currency: str) -> str:
    """An amount as shown to people; Wix follows the site's language here, the sandbox always writes English."""
    symbol = _SYMBOLS.get(currency, f"{currency} ")
    return f"-{symbol}{-amount:,.2f}" if amount < 0 else f"{symbol}{amount:,.2f}"


def amount_of(price: Entity | None) -> Decimal:
    """The amount of a price; an absent price is nothing."""
    return Decimal((price or {}).get("amount") or 0)


def total_of(prices: Iterable[Entity | None]) -> Decimal:
    """The sum of prices."""
    return sum(map(amount_of, prices), NOTHING)


def format_prices(value: Any, currency: str) -> None:
    """Adds `formattedAmount` to every price inside a value, in place."""
    if isinstance(value, list):
        for each in value:
            format_prices(each, currency)
    elif isinstance(value, dict):
        amount = value.get("amount")
        if isinstance(amount, str) and DECIMAL.fullmatch(amount) and value.keys() <= _PRICE:
            value["formattedAmount"] = formatted(Decimal(amount), currency)
        else:
            format_prices(list(value.values()), currency)
