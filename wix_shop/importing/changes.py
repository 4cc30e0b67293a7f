"""Changes of a plan in the words of shop owners: prices, stock, visibility, and the names of products."""

from __future__ import annotations

import threading
from bisect import insort
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from heapq import heappush, heappushpop
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from target_wix.change import WRITTEN, Outcome
from wix_api.products.money import decimal_of
from wix_api.products.money import text as decimal_text
from wix_api.products.options import choices_down
from wix_api.products.product import lift
from wix_api.products.variants import variants_of, with_stock
from wix_api.progress import counted
from wix_files.variant_cells import at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from target_wix.change import Choices, Entity, Result

_MOST_NAMED = 10
_OF_V1 = frozenset({"priceData", "productOptions", "manageVariants", "variants"})
_OF_VARIANTS = frozenset(
    {"variantsInfo", "variants", "stock", "priceData", "manageVariants", "sku", "weight", "costAndProfitData"}
)
"""Members in results that only show that variants change, but not what changes."""
_WORDS = {
    "plainDescription": "description",
    "media": "pictures",
    "productOptions": "options",
    "infoSections": "information sections",
    "additionalInfoSections": "information sections",
    "modifiers": "custom texts",
    "mainCategoryId": "main category",
    "slug": "address",
    "seoData": "SEO settings",
}
_MEMBERS = {
    "price": "price.actualPrice.amount",
    "price before": "price.compareAtPrice.amount",
    "cost": "revenueDetails.cost.amount",
    "weight": "physicalProperties.weight",
    "SKU": "sku",
    "barcode": "barcode",
}
_CENT = Decimal("0.01")
_STOCK, _PRICE = "stock", "price"


@dataclass
class PlannedChanges:
    """Collects the changes of a file, planned or written.

    Attributes:
        address: URL of the shop, if its products contain it.
        new: Lines and names of the first new products.
        gone: Lines and names of the first products to delete.
        words: Number of products by kind of change; of variants for prices and stock.
        shares: Sum of the relative price changes, and their number.
    """

    address: str = ""
    new: list[tuple[int, str]] = field(default_factory=list)
    gone: list[tuple[int, str]] = field(default_factory=list)
    words: Counter[str] = field(default_factory=Counter)
    shares: tuple[Decimal, int] = (Decimal(0), 0)
    _largest: list[tuple[Decimal, int, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, result: Result, sides: Callable[[], tuple[Entity, Entity]]) -> None:
        """Record the outcome of a product."""
        if result.outcome not in WRITTEN and (self.address or result.outcome is not Outcome.UNCHANGED):
            return
        old, new = (_in_one_shape(side) for side in sides())
        name = _in_one_line(new.get("name") or old.get("name") or result.key or f"the product in line {result.line}")
        with self._lock:
            self.address = self.address or _address(old)
            if result.outcome is Outcome.UNCHANGED:
                return
            if result.outcome is Outcome.UPDATED:
                self._change(name, result, old, new)
                return
            named = self.new if result.outcome is Outcome.CREATED else self.gone
            insort(named, (result.line, name))
            del named[_MOST_NAMED:]

    @property
    def largest(self) -> Iterator[str]:
        """The products with the largest price changes, largest first."""
        return (text for _, _, text in sorted(self._largest, reverse=True))

    @property
    def average(self) -> Decimal | None:
        """Average price change in percent; None if no price changes."""
        total, count = self.shares
        return total * 100 / count if count else None

    def _change(self, name: str, result: Result, old: Entity, new: Entity) -> None:
        change = _Change(old, new)
        words = [*change.of_product(result.fields), *change.of_variants()]
        self.words.update(change.counts)
        self.shares = (self.shares[0] + sum(change.shares, Decimal(0)), self.shares[1] + len(change.shares))
        size = max(map(abs, change.shares), default=Decimal(0))
        entry = (size, -result.line, f"{name}: {', '.join(words) or 'variants'}")
        (heappush if len(self._largest) < _MOST_NAMED else heappushpop)(self._largest, entry)


def words_of(result: Result, old: Entity, new: Entity) -> str:
    """Return the changes of an updated product in words; "" for other outcomes."""
    if result.outcome is not Outcome.UPDATED:
        return ""
    change = _Change(_in_one_shape(old), _in_one_shape(new))
    return ", ".join([*change.of_product(result.fields), *change.of_variants()])


class _Change:
    """The changes of one product.

    Attributes:
        counts: Number of changes by kind: 1 for the product, or the number of its variants.
        shares: Relative price changes.
    """

    def __init__(self, old: Entity, new: Entity) -> None:
        self._old, self._new = old, new
        self._before, self._after = _variants(old), _variants(new)
        if self._before and self._after.keys() == {()} and new.get("options") is None:
            self._before = {(): next(iter(self._before.values()))}  # unmanaged variants of V1, which are all the same
        self.counts: Counter[str] = Counter()
        self.shares: list[Decimal] = []

    def of_product(self, fields: tuple[str, ...]) -> Iterator[str]:
        if "visible" in fields:
            self.counts["shown" if self._new.get("visible") else "hidden"] += 1
            yield "shown" if self._new.get("visible") else "hidden"
        if "name" in fields:
            self.counts["name"] += 1
            yield f"name, before `{_in_one_line(self._old.get('name'))}`"
        for member in fields:
            if member not in _OF_VARIANTS | {"visible", "name"}:
                word = _WORDS.get(member, member)
                self.counts[word] += 1
                yield word

    def of_variants(self) -> Iterator[str]:
        if self._after and self._before.keys() != self._after.keys():
            self.counts["variants"] += 1
            yield f"{len(self._after):,} instead of {counted(len(self._before), 'variant')}"
        for word in (*_MEMBERS, _STOCK):
            differing = [pair for pair in self._pairs(word) if pair[0] != pair[1]]
            if not differing:
                continue
            self.counts[word] += len(differing) if word in {_PRICE, _STOCK} else 1
            if word == _PRICE:
                self.shares += [_share(*pair) for pair in differing]
            if len(set(differing)) == 1:
                before, after = (_shown(word, value) for value in differing[0])
                yield f"{word} {before} → {after}"
            else:
                yield f"{len(differing):,} variants: {word}"

    def _pairs(self, word: str) -> Iterator[tuple[str, str]]:
        """Yield the old and new value of each variant for which the file has a value."""
        for choices, after in self._after.items():
            value = _stock(after) if word == _STOCK else _said(after, _MEMBERS[word])
            if value is not None and choices in self._before:
                before = self._before[choices]
                yield (_stock(before) if word == _STOCK else _said(before, _MEMBERS[word])) or "", value


def _in_one_line(name: Any) -> str:
    """Return a name without line breaks, which would begin a new line of the plan."""
    return " ".join(str(name).split())


def _shown(word: str, value: str) -> str:
    """Return a value for display: amounts with cents."""
    is_amount = value and _MEMBERS.get(word, "").endswith(".amount")
    cents = Decimal(value).quantize(_CENT) if is_amount else None
    return str(cents) if cents is not None and cents == Decimal(value) else value or "none"


def _said(variant: Mapping[str, Any], path: str) -> str | None:
    found = at(variant, path)
    if found is None:
        return "" if at(variant, path.removesuffix(".amount")) == {} else None  # an empty price clears the old one
    return decimal_text(decimal_of(found)) if path not in {"sku", "barcode"} else str(found)


def _stock(variant: Mapping[str, Any]) -> str | None:
    item = variant.get("inventoryItem") or {}
    if item.get("quantity") is not None and item.get("trackQuantity") is not False:
        return f"{int(item['quantity']):,}"
    return None if item.get("inStock") is None else "in stock" if item["inStock"] else "out of stock"


def _share(before: str, after: str) -> Decimal:
    old, new = Decimal(before or 0), Decimal(after or 0)
    return (new - old) / old if old else Decimal(0)


def _variants(product: Entity) -> dict[Choices, Entity]:
    return {
        tuple(sorted(choices_down(variant.get("choices") or [], (product,)).items())): variant
        for variant in variants_of(product)
    }


def _in_one_shape(side: Entity) -> Entity:
    return with_stock(lift(side)) if _OF_V1 & side.keys() else side


def _address(product: Entity) -> str:
    found = urlsplit(str((product.get("url") or {}).get("url") or ""))
    return f"{found.scheme}://{found.netloc}" if found.netloc else ""
