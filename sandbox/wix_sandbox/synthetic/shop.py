"""The seed shop as a whole: so many products, contacts and orders, the same ones every time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from wix_sandbox.synthetic import ordering, people, products
from wix_sandbox.synthetic.blocks import Blocks
from wix_sandbox.synthetic.draw import CONTACT, OPENING, ORDER, PRODUCT, Draw, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from wix_sandbox.synthetic.model import SeedCollection, SeedContact, SeedProduct
    from wix_sandbox.synthetic.purchases import SeedOrder


@dataclass(frozen=True)
class SeedShop:
    """A shop of a size, drawn from a seed.

    Every item is a pure function of seed, size and its index, so items can be made one at a time and in any
    order; only the first products are kept in memory.
    """

    product_count: int = 60
    contact_count: int = 130
    order_count: int = 140
    seed: int = 0
    opening: datetime = OPENING

    @classmethod
    def of_size(cls, size: int | None) -> SeedShop:
        """Gives the default shop, or one of `size` products, contacts and orders each."""
        return cls() if size is None else cls(size, size, size)

    def collections(self) -> Iterator[SeedCollection]:
        """Gives the collections, parents before children."""
        return products.collections(self.opening)

    def products(self) -> Iterator[SeedProduct]:
        """Gives the products, oldest first."""
        return map(self.product, range(self.product_count))

    def contacts(self) -> Iterator[SeedContact]:
        """Gives the contacts, oldest first."""
        return map(self.contact, range(self.contact_count))

    def orders(self) -> Iterator[SeedOrder]:
        """Gives the orders, oldest first; a shop without products has none."""
        return map(self.order, range(self.order_count if self.product_count else 0))

    def product(self, index: int) -> SeedProduct:
        """Gives one product; in a large shop most of them repeat one of the first."""
        if index < products.FIRST_REPEAT:
            return self.first_products[index]
        draw = self._draw(PRODUCT, index, self.product_count)
        return products.repeat(draw, self.first_products[products.prototype_of(index)])

    def contact(self, index: int) -> SeedContact:
        """Gives one contact."""
        blocks = Blocks.of(self.contact_count)
        first = people.contact(self._draw(CONTACT, blocks.pattern_of(index), self.contact_count))
        return first if index < blocks.drawn else people.repeat(self._draw(CONTACT, index, self.contact_count), first)

    def order(self, index: int) -> SeedOrder:
        """Gives one order."""
        blocks = Blocks.of(self.order_count)
        pattern = self._draw(ORDER, blocks.pattern_of(index), self.order_count)
        first = ordering.order(pattern, self.bestsellers, self.contact_count)
        return first if index < blocks.drawn else ordering.repeat(self._draw(ORDER, index, self.order_count), first)

    @cached_property
    def first_products(self) -> tuple[SeedProduct, ...]:
        """The products that others repeat."""
        indexes = range(min(self.product_count, products.FIRST_REPEAT))
        return tuple(products.product(self._draw(PRODUCT, each, self.product_count)) for each in indexes)

    @property
    def bestsellers(self) -> tuple[SeedProduct, ...]:
        """The products that orders are for."""
        return self.first_products[: ordering.BESTSELLERS]

    def _draw(self, kind: Kind, index: int, count: int) -> Draw:
        return Draw.of(kind, index, count, opening=self.opening, seed=self.seed)
