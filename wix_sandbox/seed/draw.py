"""One item of the seed shop about to be drawn: its place, its dice, its dates."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

OPENING = datetime(2025, 3, 1, 8, 0, tzinfo=UTC)
"""The day on which the seed shop opened.

All dates hang on it and never on the wall clock, so that the shop is the same each time.
"""

_DAY = 24 * 3_600_000
_HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of item: its dice, the days over which the items are created, and the day of their bulk edit."""

    salt: int
    first_day: int
    last_day: int
    bulk_edit_day: int


COLLECTION = Kind(0, 0, 1, 60)
PRODUCT = Kind(1, 0, 40, 62)
CONTACT = Kind(2, 1, 150, 176)
ORDER = Kind(3, 41, 170, 178)

_IN_BULK_EDIT = range(30, 42)


@dataclass(frozen=True, slots=True)
class Draw:
    """Item `index` out of `count` of a kind. The order of the index is the order of creation."""

    kind: Kind
    index: int
    count: int
    opening: datetime
    dice: random.Random

    @classmethod
    def of(cls, kind: Kind, index: int, count: int, *, opening: datetime, seed: int) -> Draw:
        """Sets up the draw of one item; its dice depend on seed, kind and index only."""
        dice = random.Random((seed * 4 + kind.salt) * 2**40 + index)  # noqa: S311  the same shop every time
        return cls(kind, index, count, opening, dice)

    def nth(self, every: int, at: int) -> bool:
        """Says whether this is number `at` of each `every` items."""
        return self.index % every == at

    def chance(self, share: float) -> bool:
        """Says yes for a share of all items."""
        return self.dice.random() < share

    @property
    def created(self) -> datetime:
        """When the item was created: the items of a kind lie evenly over its days, in the order of the index."""
        span = (self.kind.last_day - self.kind.first_day) * _DAY
        return self.opening + timedelta(days=self.kind.first_day, milliseconds=span * self.index // max(self.count, 1))

    def edited(self) -> datetime | None:
        """When the item was last edited, None for never.

        A dozen of each hundred share one stamp to the millisecond, as after a bulk edit; of the others half were edited
        within three weeks of their creation.
        """
        if self.index % 100 in _IN_BULK_EDIT:
            bulk = timedelta(days=self.kind.bulk_edit_day, minutes=self.index // 100 % 1440, milliseconds=123)
            return self.opening + bulk
        if self.chance(0.5):
            return None
        return self.created + timedelta(milliseconds=self.dice.randrange(_HOUR, 20 * _DAY))

    def bulk_edited(self) -> datetime | None:
        """When the item was part of a bulk edit, None if it never was."""
        if self.index % 100 not in _IN_BULK_EDIT:
            return None
        minutes = self.index // 100 % 1440
        return self.opening + timedelta(days=self.kind.bulk_edit_day, minutes=minutes, milliseconds=123)

    def older(self, kind: Kind, count: int) -> int:
        """Gives how many of `count` items of another kind were there before this one."""
        days = (self.created - self.opening) / timedelta(days=1) - kind.first_day
        return max(0, min(count, int(days * count / (kind.last_day - kind.first_day))))
