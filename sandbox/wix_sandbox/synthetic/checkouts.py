"""Checkouts of the seed shop that were left before the end, each a pure function of its index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from wix_sandbox.synthetic.draw import Draw, Kind
from wix_sandbox.synthetic.ordering import buyer, lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from wix_sandbox.synthetic.purchases import SeedLine
    from wix_sandbox.synthetic.shop import SeedShop

CHECKOUT = Kind(4, 45, 170, 179)


@dataclass(frozen=True, slots=True)
class SeedCheckout:
    """One checkout. `contact` is as in orders; `reminded` and `recovered` are None where it did not happen."""

    index: int
    contact: int | None
    lines: tuple[SeedLine, ...]
    created: datetime
    reminded: datetime | None
    recovered: datetime | None

    @property
    def updated(self) -> datetime:
        """When something happened to it last."""
        return self.recovered or self.reminded or self.created


def checkouts(shop: SeedShop, count: int) -> Iterator[SeedCheckout]:
    """Gives so many checkouts, oldest first; a shop without products has none."""
    for index in range(count if shop.product_count else 0):
        draw = Draw.of(CHECKOUT, index, count, opening=shop.opening, seed=shop.seed)
        reminded = draw.created + timedelta(hours=3) if draw.chance(0.7) else None
        yield SeedCheckout(
            index=index,
            contact=buyer(draw, shop.contact_count),
            lines=tuple(lines(draw.dice, shop.bestsellers)),
            created=draw.created,
            reminded=reminded,
            recovered=draw.created + timedelta(days=1, minutes=index % 50) if draw.nth(4, at=1) else None,
        )
