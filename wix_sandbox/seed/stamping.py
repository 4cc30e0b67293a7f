"""Repeats products that the catalog's own functions have written, under other ids, names and dates.

Writing a product properly costs a millisecond or more. In a large shop the products after the first few hundred are
repeats of those (see `products.product`), so their rows are too: stamped out of the text of the first ones. A test
holds stamped rows against rows written properly.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from wix_sandbox.clock import wire_time
from wix_sandbox.seed.products import FIRST_REPEAT, prototype_of, tags_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wix_sandbox.seed.model import SeedProduct
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WORDS = re.compile(rf"({_GUID.pattern}|No\. \d+|no-\d+|SHOP-\d+|\d{{4}}-\d\d-\d\dT[\d:.]+Z|(?<=\")\d{{16}}(?=\"))")
"""Everything that may differ between a product and its repeat."""
_ALL_BITS = 2**128 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Stamp:
    """The rows of one product, cut at the words that differ from product to product."""

    def __init__(self, product: SeedProduct, product_id: str, rows: list[tuple[str, str]]) -> None:
        self.product = product
        self.product_id = product_id
        self.rows = rows
        self.guids = {guid for _, text in rows for guid in _GUID.findall(text)}
        self._cut: list[tuple[str, list[str]]] = []
        self._own: list[str] = []

    def cut(self, shared: frozenset[str]) -> None:
        """Cuts the rows, once it is known which ids are not the product's own."""
        self._own = sorted(self.guids - shared)
        self._cut = [(kind, _WORDS.split(text)) for kind, text in self.rows]

    def print(self, site: Site, product: SeedProduct) -> Iterator[tuple[str, Entity]]:
        """The rows of another product, by kind."""
        values = dict(zip(_words(self.product), _words(product), strict=True))
        values |= {guid: site.new_id() for guid in self._own}
        # On Catalog V1 the inventory item's id is the complement of the product's.
        if _complement(self.product_id) in values:
            values[_complement(self.product_id)] = _complement(values[self.product_id])
        for kind, pieces in self._cut:
            yield kind, msgspec.json.decode("".join(_filled(pieces, values)))


def _filled(pieces: list[str], values: Mapping[str, str]) -> Iterator[str]:
    return (values.get(piece, piece) for piece in pieces)


def _words(product: SeedProduct) -> list[str]:
    """What a product's rows say of its number and its dates. An edit comes first: it decides the last date."""
    microseconds = str((product.created - _EPOCH) // timedelta(microseconds=1))
    dates = [wire_time(each) for each in (product.updated, product.created) if each is not None]
    return [*tags_of(product.index), microseconds, *dates]


def _complement(guid: str) -> str:
    return str(UUID(int=UUID(guid).int ^ _ALL_BITS))


class Stamps:
    """The stamps of a shop: taken of the products that others repeat, then used for those others."""

    def __init__(self, site: Site, children: Mapping[str, str]) -> None:
        """Takes stamps of products.

        Args:
            site: where the products are.
            children: kinds of rows that belong to one product each, and the path of its id in them.
        """
        self._site = site
        self._children = children
        self._stamps: dict[int, Stamp] = {}
        self._ready = False

    def take(self, product: SeedProduct, product_id: str) -> None:
        """Remembers the rows of a product that was just written."""
        store = self._site.store
        stored = store.get("products", product_id)
        assert stored is not None, "it was written a moment ago"
        rows = [("products", stored)]
        for kind, path in self._children.items():
            rows += [(kind, row) for row in store.find(kind, path, product_id)]
        texts = [(kind, msgspec.json.encode(row).decode()) for kind, row in rows]
        self._stamps[product.index] = Stamp(product, product_id, texts)

    def rows(self, product: SeedProduct) -> Iterator[tuple[str, Entity]]:
        """The rows of a product that repeats an earlier one, by kind; nothing is stored."""
        if not self._ready:
            self._cut()
        return self._stamps[prototype_of(product.index)].print(self._site, product)

    def _cut(self) -> None:
        """Ids that stand in one product's rows only are its own; all others are of what products share."""
        seen = Counter(guid for stamp in self._stamps.values() for guid in stamp.guids)
        shared = {guid for guid, times in seen.items() if times > 1} | set(self._elsewhere())
        for stamp in self._stamps.values():
            stamp.cut(frozenset(shared))
        self._ready = True

    def _elsewhere(self) -> Iterable[str]:
        store = self._site.store
        for kind in store.kinds():
            if kind != "products" and kind not in self._children:
                for row in store.all(kind):
                    yield from _GUID.findall(msgspec.json.encode(row).decode())


def repeats(product: SeedProduct) -> bool:
    """Says whether a product repeats an earlier one."""
    return product.index >= FIRST_REPEAT
