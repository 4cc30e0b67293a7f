"""Products of the synthetic shop, each a pure function of its number, for either store catalog.

Money is `Decimal` in the shop's currency.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import product as cross
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from wix_sandbox.synthetic.shop import WORDS, Choice, Section

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from wix_sandbox.synthetic.shop import Draw


GIFTS = "Gifts under 30"
GIFT_LIMIT = Decimal(30)
IMAGE_HOST = "https://images.example.com/shop"
_CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """Return an amount rounded to two decimals, halves away from zero as shops do."""
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


class Stock(StrEnum):
    """How a product's variants are stocked."""

    TRACKED = "tracked"
    """A quantity for each variant."""
    ALWAYS = "always"
    """No quantity, in stock until it is changed."""
    SOLD_OUT = "sold out"
    """A quantity of zero for each variant."""
    PARTLY = "partly"
    """Every other variant is sold out."""


class Variant(NamedTuple):
    """A choice for each option of its product; the price is before discount, the quantity None where not tracked."""

    choices: tuple[Choice, ...]
    sku: str
    price: Decimal
    weight: float | None
    quantity: int | None
    visible: bool = True

    @property
    def in_stock(self) -> bool:
        """True if at least one can be sold."""
        return self.quantity is None or self.quantity > 0


class Discount(NamedTuple):
    """A reduction of every variant's price, by `percent` or by an amount."""

    value: Decimal
    percent: bool = False

    def reduce(self, price: Decimal) -> Decimal:
        """Return the price that a buyer pays."""
        off = price * self.value / 100 if self.percent else self.value
        return max(cents(price - off), Decimal("0.00"))


class CustomText(NamedTuple):
    """A text that the buyer may add to the product."""

    title: str
    max_length: int
    mandatory: bool


@dataclass(frozen=True, slots=True)
class Product:
    """A product with all members of both catalogs; the last three members follow from its number.

    Products that repeat each other have the same pictures, and so the same `index`.
    """

    name: str
    price: Decimal
    collections: tuple[str, ...]
    description: str | None = "<p>Made in small numbers.</p>"
    paragraphs: int = 1
    """The description is repeated this often."""
    option_names: tuple[str, ...] = ()
    stock: Stock = Stock.TRACKED
    discount: Discount | None = None
    pictures: int = 1
    brand: str | None = None
    ribbon: str | None = None
    section_names: tuple[str, ...] = ()
    custom_texts: tuple[CustomText, ...] = ()
    visible: bool = True
    digital: bool = False
    seo_title: str | None = None
    hidden_variant: bool = False
    index: int = 0
    variants: tuple[Variant, ...] = ()
    edited: datetime | None = None

    @property
    def options(self) -> list[tuple[str, tuple[Choice, ...]]]:
        """Name and choices of each option."""
        return [(name, WORDS.options[name]) for name in self.option_names]

    @property
    def sections(self) -> list[tuple[str, Section]]:
        """Unique name and content of each info section."""
        return [(name, WORDS.info_sections[name]) for name in self.section_names]

    @property
    def images(self) -> list[tuple[str, str]]:
        """URL and alternative text of each picture."""
        numbers = range(1, self.pictures + 1)
        return [(f"{IMAGE_HOST}/{self.index:05d}-{each}.jpg", f"{self.name}, view {each}") for each in numbers]

    def selling_price(self, variant: Variant) -> Decimal:
        """Return what a variant costs after the product's discount."""
        return self.discount.reduce(variant.price) if self.discount else variant.price


HAND_DRAWN = msgspec.convert(WORDS.products, type=tuple[Product, ...])
"""The first products of every shop, in this order."""


def product(draw: Draw) -> Product:
    """Return one product: the hand-written ones come first, then generated ones."""
    drawn = HAND_DRAWN[draw.index] if draw.index < len(HAND_DRAWN) else _plausible(draw)
    variants = tuple(_variants(draw, drawn))
    description = drawn.description and drawn.description * drawn.paragraphs
    return replace(drawn, index=draw.pattern, variants=variants, edited=draw.edited(), description=description)


def _plausible(draw: Draw) -> Product:
    dice = draw.dice
    collection = dice.choice(tuple(WORDS.nouns))
    material = dice.choice(WORDS.materials[collection])
    noun = dice.choice(WORDS.nouns[collection])
    price = Decimal(dice.randrange(300, 18_000, 5)) / 100
    return Product(
        f"{dice.choice(WORDS.adjectives)} {material} {noun} No. {draw.index}",
        price,
        (collection, GIFTS) if price < GIFT_LIMIT else (collection,),
        option_names=dice.choice(WORDS.option_sets) if draw.chance(0.25) else (),
        stock=dice.choices(tuple(Stock), (60, 20, 10, 10))[0],
        discount=_discount(dice, price),
        pictures=dice.randrange(4),
        brand=dice.choice((*WORDS.brands, None)),
        ribbon=dice.choice((*WORDS.ribbons, *[None] * 8)),
        section_names=tuple(dice.sample(tuple(WORDS.info_sections), dice.randrange(3))),
        visible=not draw.chance(0.04),
    )


def _discount(dice: random.Random, price: Decimal) -> Discount | None:
    match dice.randrange(8):
        case 0:
            return Discount(Decimal(dice.choice((10, 15, 25, 40))), percent=True)
        case 1:
            return Discount((price / 5).quantize(Decimal("0.1")))
        case _:
            return None


def _variants(draw: Draw, drawn: Product) -> Iterator[Variant]:
    weight = None if drawn.digital else draw.dice.randrange(1, 60) / 20
    listed = [choices for _, choices in drawn.options]
    for position, choices in enumerate(cross(*listed)):
        # The last choice of a size, volume or pack costs more; a colour does not.
        dearer = sum(not choice.color and choice == of[-1] for choice, of in zip(choices, listed, strict=True))
        short = ("".join(each for each in choice.name if each.isalnum())[:4].upper() for choice in choices)
        yield Variant(
            choices=choices,
            sku="-".join((f"SHOP-{draw.index:05d}", *short)),
            price=drawn.price + dearer * Decimal("4.50"),
            weight=weight,
            quantity=_quantity(drawn.stock, position, draw.dice),
            visible=not (drawn.hidden_variant and position == 0),
        )


def _quantity(stock: Stock, position: int, dice: random.Random) -> int | None:
    match stock:
        case Stock.ALWAYS:
            return None
        case Stock.SOLD_OUT:
            return 0
        case Stock.PARTLY:
            return position % 2 * 7
        case Stock.TRACKED:
            return dice.randrange(1, 250)
