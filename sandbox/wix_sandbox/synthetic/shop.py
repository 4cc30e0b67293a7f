"""The size of a synthetic shop, and its items that are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wix_sandbox.synthetic.draw import (
    BLOCK,
    CHECKOUT,
    COLLECTION,
    CONTACT,
    OPENING,
    ORDER,
    PRODUCT,
    Draw,
    Kind,
    first_of_last_block,
)
from wix_sandbox.synthetic.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from wix_sandbox.synthetic.words import Collection

MOST_PRODUCTS = 50_000
"""Maximum products of a Wix shop."""
MOST_CHECKOUTS = 1_000
"""Choice: a very large shop has no further abandoned checkouts."""
DEFAULT = {PRODUCT: 60, CONTACT: 130, ORDER: 140, CHECKOUT: 12}


@dataclass(frozen=True)
class SeedShop:
    """A shop of a size, generated from a seed: every item is a pure function of seed, size and its number."""

    counts: Mapping[Kind, int]
    seed: int = 0
    opening: datetime = OPENING

    @classmethod
    def of_size(cls, size: int | None) -> SeedShop:
        """Return the default shop, or one of `size` contacts, orders and products."""
        if size is None:
            return cls(DEFAULT)
        checkouts = min(size // 10, MOST_CHECKOUTS)
        return cls({PRODUCT: min(size, MOST_PRODUCTS), CONTACT: size, ORDER: size, CHECKOUT: checkouts})

    def collections(self) -> Iterator[tuple[Draw, Collection]]:
        """Yield the collections, parents before children, all created within half a day."""
        for index, each in enumerate(WORDS.collections):
            yield Draw.of(COLLECTION, index, 2 * len(WORDS.collections), opening=self.opening, seed=0), each

    def repeats(self, kind: Kind) -> bool:
        """True if items of a kind are computed after the last written block."""
        return kind is not CHECKOUT and self.counts[kind] > first_of_last_block(self.counts[kind]) + BLOCK

    def draws(self, kind: Kind) -> Iterator[Draw]:
        """Yield the items of a kind that are written one by one, oldest first."""
        count = self.counts[kind]
        written = min(count, first_of_last_block(count) + BLOCK) if self.repeats(kind) else count
        return (self.draw(kind, each) for each in range(written))

    def draw(self, kind: Kind, index: int) -> Draw:
        """Return one item that is about to be generated."""
        return Draw.of(kind, index, self.counts[kind], opening=self.opening, seed=self.seed)
