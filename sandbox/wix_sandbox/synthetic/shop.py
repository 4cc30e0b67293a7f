"""The size and the vocabulary of a synthetic shop, and its items: their numbers, random generators and dates.

The words are in `facts/synthetic_shop.json`, a house of pottery, tea, textiles and paper. People have the names of
trees, companies are called Example, e-mail addresses end in example.com and phone numbers are of 555-01xx, so no real
person is meant.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from wix_sandbox import facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Choice(NamedTuple):
    """One choice of an option; `color` is a hex code on colour options."""

    name: str
    color: str | None = None


class Section(NamedTuple):
    """An info section: a titled text below the description, which products share."""

    title: str
    text: str


class Collection(msgspec.Struct, frozen=True):
    """A group of products; `parent` is used if collections form a tree."""

    name: str
    description: str | None = None
    visible: bool = True
    parent: str | None = None


class Words(msgspec.Struct, frozen=True):
    """The vocabulary; collections come parents before children, one is hidden, one stays empty."""

    options: dict[str, tuple[Choice, ...]]
    """The choices of each option."""
    info_sections: dict[str, Section]
    """Info sections by their unique names."""
    option_sets: tuple[tuple[str, ...], ...]
    materials: dict[str, tuple[str, ...]]
    """By collection."""
    nouns: dict[str, tuple[str, ...]]
    """By collection."""
    adjectives: tuple[str, ...]
    brands: tuple[str, ...]
    ribbons: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    companies: tuple[str, ...]
    job_titles: tuple[str, ...]
    labels: tuple[str, ...]
    notes: tuple[str, ...]
    questions: tuple[tuple[str, str], ...]
    collections: tuple[Collection, ...]
    products: tuple[dict[str, Any], ...]
    """Hand-written products, one for each property that a reader or a writer must handle."""


WORDS = facts.read("synthetic_shop", Words)


OPENING = datetime(2025, 3, 1, 8, 0, tzinfo=UTC)
"""The day on which the generated shop opened.

All dates are relative to it and never to the current time, so that the shop is the same each time.
"""

VARIED = 300
"""At least this many items of a large shop come before its blocks."""
BLOCK = 100
"""Items of a block. A multiple of 100: items that repeat each other have the same last two digits."""
WRITTEN_BLOCKS = 2
"""Blocks that are written: all later ones differ from the second as it differs from the first."""


def first_of_blocks(count: int) -> int:
    """Return the first item of the first block; all later blocks repeat it, up to the end of the shop."""
    return VARIED + (count - VARIED) % BLOCK if count > VARIED + BLOCK else VARIED


_MINUTE = 60_000
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of item: its random generator, its days of creation, and the day of its bulk edit."""

    salt: int
    first_day: int
    last_day: int
    bulk_edit_day: int

    def step(self, count: int) -> int:
        """Return the milliseconds between two creations, which are spread evenly over the days of the kind."""
        return (self.last_day - self.first_day) * _DAY // max(count, 1)

    def created_after(self, index: int, count: int) -> int:
        """Return the milliseconds from the opening to the creation of item `index`."""
        return self.first_day * _DAY + self.step(count) * index

    def bulk_edited_after(self, index: int) -> int:
        """Return the milliseconds from the opening to the bulk edit that item `index` was part of."""
        return self.bulk_edit_day * _DAY + index // 100 * _MINUTE + 123


COLLECTION = Kind(0, 0, 1, 60)
PRODUCT = Kind(1, 0, 40, 62)
CONTACT = Kind(2, 1, 130, 176)
ORDER = Kind(3, 41, 170, 178)
CHECKOUT = Kind(4, 45, 170, 179)
# Contacts and orders are created over the same number of days: a block of orders is as long as one of contacts.

_IN_BULK_EDIT = range(30, 42)


@dataclass(frozen=True, slots=True)
class Draw:
    """Item `index` out of `count` of a kind. The order of the index is the order of creation.

    `pattern` is the item that it repeats with another number, other ids and dates; usually itself.
    """

    kind: Kind
    index: int
    count: int
    opening: datetime
    pattern: int
    dice: random.Random

    def nth(self, every: int, at: int) -> bool:
        """True if this is item number `at` of each `every` items."""
        return self.pattern % every == at

    def chance(self, share: float) -> bool:
        """True for this share of all items."""
        return self.dice.random() < share

    @property
    def created(self) -> datetime:
        """Return when the item was created: in the order of the index, each at a different moment."""
        return self.created_as(self.index)

    def created_as(self, index: int) -> datetime:
        """Return when an item of the kind was created."""
        return self.opening + timedelta(milliseconds=self.kind.created_after(index, self.count))

    def edited(self) -> datetime | None:
        """Return when the item was last edited, None for never.

        A dozen of each hundred share one date to the millisecond, as after a bulk edit; half of the others were edited
        within three weeks of their creation.
        """
        if self.index % 100 in _IN_BULK_EDIT:
            return self.opening + timedelta(milliseconds=self.kind.bulk_edited_after(self.index))
        if self.chance(0.5):
            return None
        return self.created + timedelta(milliseconds=self.dice.randrange(_HOUR, 20 * _DAY))

    def older(self, kind: Kind, count: int) -> int:
        """Return how many of `count` items of another kind were created before this one."""
        days = (self.created - self.opening) / timedelta(days=1) - kind.first_day
        return max(0, min(count, int(days * count / (kind.last_day - kind.first_day))))


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
            yield self._draw(COLLECTION, index, 2 * len(WORDS.collections), index), each

    def repeats(self, kind: Kind) -> bool:
        """True if items of a kind are computed after the written blocks."""
        return kind is not CHECKOUT and self.counts[kind] > self._end_of_written(kind)

    def _end_of_written(self, kind: Kind) -> int:
        return first_of_blocks(self.counts[kind]) + WRITTEN_BLOCKS * BLOCK

    def draws(self, kind: Kind) -> Iterator[Draw]:
        """Yield the items of a kind that are written one by one, oldest first."""
        written = self._end_of_written(kind) if self.repeats(kind) else self.counts[kind]
        return (self.draw(kind, each) for each in range(written))

    def draw(self, kind: Kind, index: int) -> Draw:
        """Return one item that is about to be generated."""
        is_repeated = self.repeats(kind) and index >= first_of_blocks(self.counts[kind]) + BLOCK
        return self._draw(kind, index, self.counts[kind], index - BLOCK if is_repeated else index)

    def _draw(self, kind: Kind, index: int, count: int, pattern: int) -> Draw:
        dice = random.Random((self.seed * 4 + kind.salt) * 2**40 + pattern)  # noqa: S311  the same shop every time
        return Draw(kind, index, count, self.opening, pattern, dice)
