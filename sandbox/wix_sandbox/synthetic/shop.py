"""The seed shop as a whole: so many products, contacts and orders, the same ones every time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from wix_sandbox.synthetic import ordering, people, products
from wix_sandbox.synthetic.draw import BLOCK, CONTACT, OPENING, ORDER, PRODUCT, Draw, Kind, first_of_last_block

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from wix_sandbox.synthetic.model import SeedCollection, SeedContact, SeedProduct
    from wix_sandbox.synthetic.purchases import SeedOrder


MOST_PRODUCTS = 50_000
"""A shop of Wix holds at most this many."""


@dataclass(frozen=True)
class SeedShop:
    """A shop of a size, drawn from a seed: every item is a pure function of seed, size and its index."""

    product_count: int = 60
    contact_count: int = 130
    order_count: int = 140
    seed: int = 0
    opening: datetime = OPENING

    @classmethod
    def of_size(cls, size: int | None) -> SeedShop:
        """Return the default shop, or one of `size` contacts, orders and products."""
        return cls() if size is None else cls(min(size, MOST_PRODUCTS), size, size)

    @property
    def counts(self) -> dict[Kind, int]:
        """How many items of each kind the shop has; without products there are no orders."""
        orders = self.order_count if self.product_count else 0
        return {PRODUCT: self.product_count, CONTACT: self.contact_count, ORDER: orders}

    def repeats(self, kind: Kind) -> bool:
        """True if items of a kind are computed after the last written block."""
        return self.counts[kind] > first_of_last_block(self.counts[kind]) + BLOCK

    def written(self, kind: Kind) -> range:
        """Return the items of a kind that are drawn and written one by one."""
        count = self.counts[kind]
        return range(min(count, first_of_last_block(count) + BLOCK))

    def collections(self) -> Iterator[SeedCollection]:
        """Yield the collections, parents before children."""
        return products.collections(self.opening)

    def products(self) -> Iterator[SeedProduct]:
        """Yield the products that are written, oldest first."""
        return map(self.product, self.written(PRODUCT))

    def contacts(self) -> Iterator[SeedContact]:
        """Yield the contacts that are written, oldest first."""
        return map(self.contact, self.written(CONTACT))

    def orders(self) -> Iterator[SeedOrder]:
        """Yield the orders that are written, oldest first."""
        return map(self.order, self.written(ORDER))

    def product(self, index: int) -> SeedProduct:
        """Return one product."""
        return products.product(self._draw(PRODUCT, index))

    def contact(self, index: int) -> SeedContact:
        """Return one contact."""
        return people.contact(self._draw(CONTACT, index))

    def order(self, index: int) -> SeedOrder:
        """Return one order."""
        return ordering.order(self._draw(ORDER, index), self.bestsellers, self.contact_count)

    @cached_property
    def bestsellers(self) -> tuple[SeedProduct, ...]:
        """The products that orders are for."""
        return tuple(map(self.product, range(min(self.product_count, ordering.BESTSELLERS))))

    def _draw(self, kind: Kind, index: int) -> Draw:
        return Draw.of(kind, index, self.counts[kind], opening=self.opening, seed=self.seed)
