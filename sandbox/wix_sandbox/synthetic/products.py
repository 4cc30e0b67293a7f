"""Products and collections of the seed shop, each a pure function of its index."""

from __future__ import annotations

from decimal import Decimal
from itertools import product as cross
from typing import TYPE_CHECKING

from wix_sandbox.synthetic import words
from wix_sandbox.synthetic.draw import COLLECTION, Draw
from wix_sandbox.synthetic.model import (
    SeedCollection,
    SeedDiscount,
    SeedImage,
    SeedProduct,
    SeedVariant,
    Stock,
)
from wix_sandbox.synthetic.sketches import HAND_DRAWN, Sketch

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from datetime import datetime

    from wix_sandbox.synthetic.model import SeedChoice

GIFTS = "Gifts under 30"
GIFT_LIMIT = Decimal(30)
IMAGE_HOST = "https://images.example.com/shop"

_COLLECTIONS = (
    ("Kitchen & Table", "<p>What the day begins and ends with.</p>", True, None),
    ("Ceramics", "<p>Thrown, glazed, fired.</p>", True, "Kitchen & Table"),
    ("和の器", "<p>日本の器。</p>", True, "Ceramics"),
    ("Tea & Coffee", None, True, "Kitchen & Table"),
    ("Textiles", "<p>Linen, wool and cotton.</p>", True, None),
    ("Stationery", None, True, None),
    ("Outdoor", None, True, None),
    ("Lighting", None, True, None),
    (GIFTS, "<p>Small things for small budgets 🎁</p>", True, None),
    ("Last Chance", "<p>Wenn weg, dann weg.</p>", True, None),
    ("Coming Soon", None, False, None),
    ("Archive", "<p>Nothing left here.</p>", True, None),
)


def collections(opening: datetime) -> Iterator[SeedCollection]:
    """Gives the twelve collections, parents before children. One is hidden, one stays empty."""
    for index, (name, description, visible, parent) in enumerate(_COLLECTIONS):
        draw = Draw.of(COLLECTION, index, 2 * len(_COLLECTIONS), opening=opening, seed=0)
        yield SeedCollection(name, description, draw.created, visible, parent)


def product(draw: Draw) -> SeedProduct:
    """Gives one product: the hand-drawn ones come first, then plausible ones."""
    sketch = HAND_DRAWN[draw.index] if draw.index < len(HAND_DRAWN) else _sketch(draw)
    return SeedProduct(
        index=draw.index,
        name=sketch.name,
        description=sketch.description,
        price=sketch.price,
        discount=sketch.discount,
        options=sketch.options,
        variants=tuple(_variants(draw, sketch)),
        images=tuple(_images(draw.index, sketch)),
        collections=sketch.collections,
        brand=sketch.brand,
        ribbon=sketch.ribbon,
        info_sections=sketch.sections,
        custom_texts=sketch.custom_texts,
        visible=sketch.visible,
        digital=sketch.digital,
        seo_title=sketch.seo_title,
        created=draw.created,
        updated=draw.edited(),
    )


def _sketch(draw: Draw) -> Sketch:
    dice = draw.dice
    collection = dice.choice(tuple(words.NOUNS_BY_COLLECTION))
    material = dice.choice(words.MATERIALS_BY_COLLECTION[collection])
    noun = dice.choice(words.NOUNS_BY_COLLECTION[collection])
    price = Decimal(dice.randrange(300, 18_000, 5)) / 100
    return Sketch(
        f"{dice.choice(words.ADJECTIVES)} {material} {noun} No. {draw.index}",
        price,
        (collection, GIFTS) if price < GIFT_LIMIT else (collection,),
        options=dice.choice(words.OPTION_SETS) if draw.chance(0.25) else (),
        stock=dice.choices(tuple(Stock), (60, 20, 10, 10))[0],
        discount=_discount(dice, price),
        images=dice.randrange(4),
        brand=dice.choice((*words.BRANDS, None)),
        ribbon=dice.choice((*words.RIBBONS, *[None] * 8)),
        sections=tuple(dice.sample((words.CARE, words.SHIPPING, words.MATERIALS), dice.randrange(3))),
        visible=not draw.chance(0.04),
    )


def _discount(dice: random.Random, price: Decimal) -> SeedDiscount | None:
    match dice.randrange(8):
        case 0:
            return SeedDiscount(Decimal(dice.choice((10, 15, 25, 40))), percent=True)
        case 1:
            return SeedDiscount((price / 5).quantize(Decimal("0.1")))
        case _:
            return None


def _variants(draw: Draw, sketch: Sketch) -> Iterator[SeedVariant]:
    weight = None if sketch.digital else draw.dice.randrange(1, 60) / 20
    for position, choices in enumerate(cross(*(option.choices for option in sketch.options))):
        yield SeedVariant(
            choices=choices,
            sku=_sku(draw.index, choices),
            # The last choice of a size, volume or pack costs more; a colour does not.
            price=sketch.price + sum(_surcharge(sketch, choices), Decimal("0.00")),
            weight=weight,
            quantity=_quantity(sketch.stock, position, draw.dice),
            visible=not (sketch.hidden_variant and position == 0),
        )


def _surcharge(sketch: Sketch, choices: tuple[SeedChoice, ...]) -> Iterator[Decimal]:
    for option, choice in zip(sketch.options, choices, strict=True):
        if not option.is_color and choice == option.choices[-1]:
            yield Decimal("4.50")


def _sku(index: int, choices: tuple[SeedChoice, ...]) -> str:
    parts = [
        f"SHOP-{index:05d}",
        *("".join(c for c in choice.name if c.isalnum())[:4].upper() for choice in choices),
    ]
    return "-".join(parts)


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


def _images(index: int, sketch: Sketch) -> Iterator[SeedImage]:
    for number in range(1, sketch.images + 1):
        yield SeedImage(f"{IMAGE_HOST}/{index:05d}-{number}.jpg", f"{sketch.name}, view {number}")
