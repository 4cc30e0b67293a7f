"""How large shops repeat themselves.

The first items of a large shop are drawn one by one. The last 500 of those are a block: its orders are by its own
contacts, so that it can be repeated as a whole, with other numbers, ids and dates, as often as the shop is large.
"""

from __future__ import annotations

from dataclasses import dataclass

BLOCK = 500
"""A multiple of a hundred: items that repeat each other have the same last two digits."""
VARIED = 600
"""At least so many items come before the first block, each of its own kind."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of a shop with so many items of each kind: `first` is where they begin."""

    first: int

    @classmethod
    def of(cls, count: int) -> Blocks:
        """Gives the blocks of a shop; they end with it."""
        return cls(VARIED + (count - VARIED) % BLOCK if count > VARIED + BLOCK else VARIED)

    @property
    def drawn(self) -> int:
        """So many items are drawn; those that follow repeat the last block of them."""
        return self.first + BLOCK

    def pattern_of(self, index: int) -> int:
        """Gives the index of the item that an item repeats, which is itself for those that are drawn."""
        return index if index < self.drawn else self.first + (index - self.first) % BLOCK

    def start_of(self, index: int) -> int:
        """Gives the index of the first item of an item's block."""
        return index - (index - self.first) % BLOCK
