"""Products and collections of the synthetic shop, each a pure function of its number, for either store catalog.

Money is `Decimal` in the shop's currency.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import product as cross
from typing import TYPE_CHECKING, NamedTuple

from wix_sandbox.synthetic import words

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from datetime import datetime

    from wix_sandbox.synthetic.draw import Draw
    from wix_sandbox.synthetic.words import Choice, InfoSection, Option

GIFTS = "Gifts under 30"
GIFT_LIMIT = Decimal(30)
IMAGE_HOST = "https://images.example.com/shop"
NAME_LIMIT = 80
"""Characters of a product name, in both catalogs."""
_CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """Return an amount rounded to two decimals, halves away from zero as shops do."""
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


class Collection(NamedTuple):
    """A group of products; `parent` is honoured where collections form a tree."""

    name: str
    description: str | None = None
    visible: bool = True
    parent: str | None = None


COLLECTIONS = (
    Collection("Kitchen & Table", "<p>What the day begins and ends with.</p>"),
    Collection("Ceramics", "<p>Thrown, glazed, fired.</p>", parent="Kitchen & Table"),
    Collection("和の器", "<p>日本の器。</p>", parent="Ceramics"),
    Collection("Tea & Coffee", parent="Kitchen & Table"),
    Collection("Textiles", "<p>Linen, wool and cotton.</p>"),
    Collection("Stationery"),
    Collection("Outdoor"),
    Collection("Lighting"),
    Collection(GIFTS, "<p>Small things for small budgets 🎁</p>"),
    Collection("Last Chance", "<p>Wenn weg, dann weg.</p>"),
    Collection("Coming Soon", visible=False),
    Collection("Archive", "<p>Nothing left here.</p>"),
)
"""Parents before children. One is hidden, one stays empty."""


class Stock(StrEnum):
    """How a product's variants are stocked."""

    TRACKED = "tracked"
    """A quantity for each variant."""
    ALWAYS = "always"
    """No quantity, in stock until somebody says otherwise."""
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
    """A reduction of every variant's price, by `percent` or else by an amount."""

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
    """A product with everything that either catalog can say of it; the last three members follow from its number."""

    name: str
    price: Decimal
    collections: tuple[str, ...]
    description: str | None = "<p>Made in small numbers.</p>"
    options: tuple[Option, ...] = ()
    stock: Stock = Stock.TRACKED
    discount: Discount | None = None
    pictures: int = 1
    brand: str | None = None
    ribbon: str | None = None
    sections: tuple[InfoSection, ...] = ()
    custom_texts: tuple[CustomText, ...] = ()
    visible: bool = True
    digital: bool = False
    seo_title: str | None = None
    hidden_variant: bool = False
    index: int = 0
    variants: tuple[Variant, ...] = ()
    edited: datetime | None = None

    @property
    def images(self) -> list[tuple[str, str]]:
        """URL and alternative text of each picture."""
        numbers = range(1, self.pictures + 1)
        return [(f"{IMAGE_HOST}/{self.index:05d}-{each}.jpg", f"{self.name}, view {each}") for each in numbers]

    def selling_price(self, variant: Variant) -> Decimal:
        """Return what a variant costs after the product's discount."""
        return self.discount.reduce(variant.price) if self.discount else variant.price


_LONGEST_NAME = "Stoneware serving bowl with lid, speckled, wide rim, for soups and stews, 2.5 l."

HAND_DRAWN = (
    Product(
        "Stoneware Mug",
        Decimal("18.00"),
        ("Ceramics", "Gifts under 30"),
        pictures=3,
        brand="Example Kiln",
        options=(words.COLOR,),
        ribbon="Bestseller",
        sections=(words.CARE, words.SHIPPING),
        seo_title="Stoneware mug",
    ),
    Product(
        "Linen Apron",
        Decimal("49.90"),
        ("Textiles",),
        options=(words.COLOR, words.SIZE),
        pictures=2,
        stock=Stock.PARTLY,
        brand="Sample Loom",
        discount=Discount(Decimal(20), percent=True),
    ),
    Product(
        "Travel Tea Set",
        Decimal("64.50"),
        ("Tea & Coffee", "Outdoor"),
        hidden_variant=True,
        options=(words.GLAZE, words.VOLUME, words.PACK),
        sections=(words.MATERIALS,),
    ),
    Product("Wool Throw", Decimal("129.00"), ("Textiles", "Last Chance"), discount=Discount(Decimal("30.00"))),
    Product(
        "抹茶茶碗",
        Decimal("42.00"),
        ("Ceramics", "和の器"),
        "<p>手びねりの茶碗です。</p>",
        pictures=2,
        ribbon="New",
    ),
    Product("فنجان قهوة عربي", Decimal("22.75"), ("Ceramics", "Tea & Coffee"), "<p>فنجان صغير من الفخار.</p>"),
    Product(
        "Lucky Fox Mug 🦊",
        Decimal("19.50"),
        ("Ceramics", "Gifts under 30"),
        "<p>Brings luck 🍀 and tea ☕.</p>",
    ),
    Product(
        "Größenverstellbare Schürze für Gärtner",
        Decimal("39.00"),
        ("Textiles", "Outdoor"),
        options=(words.FARBE, words.SIZE),
        stock=Stock.ALWAYS,
    ),
    Product(_LONGEST_NAME, Decimal("88.00"), ("Ceramics",)),
    Product("急須と湯呑みの詰め合わせ" * 6 + "、五客揃い、木箱", Decimal("240.00"), ("和の器",)),
    Product("Sample Sale Crate", Decimal("15.00"), ("Last Chance",), visible=False),
    Product(
        "Unreleased Lantern",
        Decimal("75.00"),
        ("Lighting", "Coming Soon"),
        visible=False,
        stock=Stock.SOLD_OUT,
    ),
    Product(
        "Knitting Pattern: Moss Cushion (PDF)",
        Decimal("6.00"),
        ("Textiles",),
        digital=True,
        stock=Stock.ALWAYS,
    ),
    Product("Plain Envelope", Decimal("0.35"), ("Stationery",), None, pictures=0, stock=Stock.ALWAYS),
    Product(
        "Teapot with a Story",
        Decimal("95.00"),
        ("Ceramics", "Tea & Coffee"),
        words.LONG_PARAGRAPH * 30,
        pictures=5,
        sections=(words.CARE, words.MATERIALS, words.SHIPPING),
        seo_title="Teapot with a story | Example Kiln",
    ),
    Product(
        "Engraved Cutting Board",
        Decimal("55.00"),
        ("Outdoor",),
        custom_texts=(
            CustomText("Engraving", 40, mandatory=True),
            CustomText("Gift note", 200, mandatory=False),
        ),
    ),
    Product(
        "Beeswax Candle",
        Decimal("9.90"),
        ("Lighting", "Gifts under 30"),
        stock=Stock.SOLD_OUT,
        ribbon="Sale",
        discount=Discount(Decimal(50), percent=True),
    ),
    Product("Twin Bowl", Decimal("27.00"), ("Ceramics",)),
    Product("Twin Bowl", Decimal("28.00"), ("Ceramics",)),
    Product("Postcard, not in any collection", Decimal("1.50"), ()),
    Product("Free Colour Card", Decimal("0.00"), ("Stationery",), stock=Stock.ALWAYS),
    Product('Linen by the Metre "Nordic" & <plain>', Decimal("24.995"), ("Textiles",), options=(words.COLOR,)),
)
"""The first products of every shop, in this order."""


def product(draw: Draw) -> Product:
    """Return one product: the hand-drawn ones come first, then plausible ones."""
    drawn = HAND_DRAWN[draw.index] if draw.index < len(HAND_DRAWN) else _plausible(draw)
    variants = tuple(_variants(draw, drawn))
    return replace(drawn, index=draw.index, variants=variants, edited=draw.edited())


def _plausible(draw: Draw) -> Product:
    dice = draw.dice
    collection = dice.choice(tuple(words.NOUNS_BY_COLLECTION))
    material = dice.choice(words.MATERIALS_BY_COLLECTION[collection])
    noun = dice.choice(words.NOUNS_BY_COLLECTION[collection])
    price = Decimal(dice.randrange(300, 18_000, 5)) / 100
    return Product(
        f"{dice.choice(words.ADJECTIVES)} {material} {noun} No. {draw.index}",
        price,
        (collection, GIFTS) if price < GIFT_LIMIT else (collection,),
        options=dice.choice(words.OPTION_SETS) if draw.chance(0.25) else (),
        stock=dice.choices(tuple(Stock), (60, 20, 10, 10))[0],
        discount=_discount(dice, price),
        pictures=dice.randrange(4),
        brand=dice.choice((*words.BRANDS, None)),
        ribbon=dice.choice((*words.RIBBONS, *[None] * 8)),
        sections=tuple(dice.sample((words.CARE, words.SHIPPING, words.MATERIALS), dice.randrange(3))),
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
    for position, choices in enumerate(cross(*(option.choices for option in drawn.options))):
        # The last choice of a size, volume or pack costs more; a colour does not.
        dearer = sum(
            not option.is_color and choice == option.choices[-1]
            for option, choice in zip(drawn.options, choices, strict=True)
        )
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
