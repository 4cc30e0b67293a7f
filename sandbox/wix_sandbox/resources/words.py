"""Texts that a server derives from others: slugs, keys, prices for shoppers."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wix_sandbox.store import Store

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "ILS": "₪", "JPY": "¥"}


def slug_of(name: str, fallback: str = "item") -> str:
    """Return a name as a URL part: `creme-brulee` for `Crème brûlée`; the fallback for a name without Latin letters."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or fallback


def free_slug(store: Store, kind: str, wanted: str, own_id: str = "") -> str:
    """Return the slug, followed by `-1`, `-2`, … if it is taken."""
    taken = store.table(kind).lookup("slug")
    slug, number = wanted, 0
    while any(each != own_id for each in taken.ids(slug)):
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def price_text(amount: str | float, currency: str) -> str:
    """Return a price for shoppers: `$1,234.50`."""
    return f"{SYMBOLS.get(currency, currency + ' ')}{float(amount):,.2f}"
