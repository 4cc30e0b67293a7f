"""Currencies in the prices of a file, as in `12.00 USD` or `$12`: the shop's is left out, others reject the product."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wix_api.endpoints import sites
from wix_api.errors import PermissionDeniedError, RejectionError

if TYPE_CHECKING:
    from wix_api.client import WixClient
    from wix_files.recognition import Layout

_SIGNS = {
    "$": "USD ARS AUD CAD CLP COP HKD MXN NZD SGD TWD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY CNY",
    "₹": "INR",
    "₪": "ILS",
    "₺": "TRY",
    "₽": "RUB",
    "₴": "UAH",
    "₩": "KRW",
    "R$": "BRL",
    "ZŁ": "PLN",
    "KČ": "CZK",
    "KR": "DKK ISK NOK SEK",
}
"""Signs of currencies, with the codes of those that are written so."""
_NAMED = rf"([A-Z]{{3}}|{'|'.join(map(re.escape, _SIGNS))})"
_NUMBER = r"-?(?:[\d.,]++|[ \u00a0\u202f'\u2019](?=\d{3}))+(?<=\d)"
_AMOUNT = re.compile(rf"\s*(?:{_NAMED}\s*)?({_NUMBER})\s*(?:{_NAMED}\s*)?", re.IGNORECASE)
_OF_MONEY = re.compile(r"price|cost|surcharge", re.IGNORECASE)

_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD "
    "HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL "
    "LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR "
    "PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP "
    "TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
)
"""Codes of ISO 4217. Other letters next to an amount are a unit, as in `9 pcs`."""
_CURRENCIES = frozenset(_CODES.split())


def money_columns(layout: Layout) -> frozenset[str]:
    """Return the headers of the columns with prices and costs."""
    numbers = layout.format.numbers
    return frozenset(header for header, name in layout.columns.items() if name in numbers and _OF_MONEY.search(name))


def parted(text: str) -> tuple[str, str]:
    """Return an amount without its currency, and the currency; other texts unchanged, with ""."""
    match = _AMOUNT.fullmatch(text)
    if match is None or bool(match[1]) == bool(match[3]):
        return text, ""
    currency = (match[1] or match[3]).upper()
    return (match[2], currency) if currency in _CURRENCIES or currency in _SIGNS else (text, "")


@dataclass
class Currencies:
    """Currencies of a file, and that of the shop.

    Attributes:
        found: Currencies in the file.
        of_shop: Currency of the shop; "" if it is unknown.
        matter: False if no price is written.
    """

    found: set[str] = field(default_factory=set)
    of_shop: str = ""
    matter: bool = True

    def ask(self, client: WixClient) -> None:
        """Read the currency of the shop if the file has any.

        Raises:
            WixError: Wix cannot be reached, or cannot answer now.
        """
        if self.found and self.matter and not self.of_shop:
            with suppress(PermissionDeniedError, RejectionError):
                properties = client.call(sites.PROPERTIES).get("properties")
                self.of_shop = str((properties if isinstance(properties, dict) else {}).get("paymentCurrency") or "")

    def problem(self, header: str, text: str, currency: str) -> str:
        """Return why an amount in a currency cannot be the one in the shop, and what to do; "" if it can."""
        if self.of_shop in _SIGNS.get(currency, currency).split() or not self.matter:
            return ""
        found = f"`{header}` is `{text.strip()[:40]}`"
        if self.of_shop:
            return f"{found}, but the currency of the shop is {self.of_shop}. Convert the amount."
        return (
            f"{found}, and the shop's currency is unknown: the API key may lack the permission "
            f"{sites.PROPERTIES.scope}. If it is {currency}, remove it from the cell."
        )
