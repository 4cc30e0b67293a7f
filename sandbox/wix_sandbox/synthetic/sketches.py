"""The products that are drawn by hand, one for each trait that a reader or a writer must stand."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from wix_sandbox.synthetic import words
from wix_sandbox.synthetic.model import SeedCustomText, SeedDiscount, SeedInfoSection, SeedOption, Stock


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is decided of a product before variants, SKUs, pictures and dates follow from it."""

    name: str
    price: Decimal
    collections: tuple[str, ...]
    description: str | None = "<p>Made in small numbers.</p>"
    options: tuple[SeedOption, ...] = ()
    stock: Stock = Stock.TRACKED
    discount: SeedDiscount | None = None
    images: int = 1
    brand: str | None = None
    ribbon: str | None = None
    sections: tuple[SeedInfoSection, ...] = ()
    custom_texts: tuple[SeedCustomText, ...] = ()
    visible: bool = True
    digital: bool = False
    seo_title: str | None = None
    hidden_variant: bool = False


NAME_LIMIT = 80
"""Characters of a product name, in both catalogs."""

_LONGEST_NAME = "Stoneware serving bowl with lid, speckled, wide rim, for soups and stews, 2.5 l."

HAND_DRAWN = (
    Sketch(
        "Stoneware Mug",
        Decimal("18.00"),
        ("Ceramics", "Gifts under 30"),
        images=3,
        brand="Example Kiln",
        options=(words.COLOR,),
        ribbon="Bestseller",
        sections=(words.CARE, words.SHIPPING),
        seo_title="Stoneware mug",
    ),
    Sketch(
        "Linen Apron",
        Decimal("49.90"),
        ("Textiles",),
        options=(words.COLOR, words.SIZE),
        images=2,
        stock=Stock.PARTLY,
        brand="Sample Loom",
        discount=SeedDiscount(Decimal(20), percent=True),
    ),
    Sketch(
        "Travel Tea Set",
        Decimal("64.50"),
        ("Tea & Coffee", "Outdoor"),
        hidden_variant=True,
        options=(words.GLAZE, words.VOLUME, words.PACK),
        sections=(words.MATERIALS,),
    ),
    Sketch("Wool Throw", Decimal("129.00"), ("Textiles", "Last Chance"), discount=SeedDiscount(Decimal("30.00"))),
    Sketch(
        "抹茶茶碗",
        Decimal("42.00"),
        ("Ceramics", "和の器"),
        "<p>手びねりの茶碗です。</p>",
        images=2,
        ribbon="New",
    ),
    Sketch("فنجان قهوة عربي", Decimal("22.75"), ("Ceramics", "Tea & Coffee"), "<p>فنجان صغير من الفخار.</p>"),
    Sketch(
        "Lucky Fox Mug 🦊",
        Decimal("19.50"),
        ("Ceramics", "Gifts under 30"),
        "<p>Brings luck 🍀 and tea ☕.</p>",
    ),
    Sketch(
        "Größenverstellbare Schürze für Gärtner",
        Decimal("39.00"),
        ("Textiles", "Outdoor"),
        options=(words.FARBE, words.SIZE),
        stock=Stock.ALWAYS,
    ),
    Sketch(_LONGEST_NAME, Decimal("88.00"), ("Ceramics",)),
    Sketch("急須と湯呑みの詰め合わせ" * 6 + "、五客揃い、木箱", Decimal("240.00"), ("和の器",)),
    Sketch("Sample Sale Crate", Decimal("15.00"), ("Last Chance",), visible=False),
    Sketch(
        "Unreleased Lantern",
        Decimal("75.00"),
        ("Lighting", "Coming Soon"),
        visible=False,
        stock=Stock.SOLD_OUT,
    ),
    Sketch(
        "Knitting Pattern: Moss Cushion (PDF)",
        Decimal("6.00"),
        ("Textiles",),
        digital=True,
        stock=Stock.ALWAYS,
    ),
    Sketch("Plain Envelope", Decimal("0.35"), ("Stationery",), None, images=0, stock=Stock.ALWAYS),
    Sketch(
        "Teapot with a Story",
        Decimal("95.00"),
        ("Ceramics", "Tea & Coffee"),
        words.LONG_PARAGRAPH * 30,
        images=5,
        sections=(words.CARE, words.MATERIALS, words.SHIPPING),
        seo_title="Teapot with a story | Example Kiln",
    ),
    Sketch(
        "Engraved Cutting Board",
        Decimal("55.00"),
        ("Outdoor",),
        custom_texts=(
            SeedCustomText("Engraving", 40, mandatory=True),
            SeedCustomText("Gift note", 200, mandatory=False),
        ),
    ),
    Sketch(
        "Beeswax Candle",
        Decimal("9.90"),
        ("Lighting", "Gifts under 30"),
        stock=Stock.SOLD_OUT,
        ribbon="Sale",
        discount=SeedDiscount(Decimal(50), percent=True),
    ),
    Sketch("Twin Bowl", Decimal("27.00"), ("Ceramics",)),
    Sketch("Twin Bowl", Decimal("28.00"), ("Ceramics",)),
    Sketch("Postcard, not in any collection", Decimal("1.50"), ()),
    Sketch("Free Colour Card", Decimal("0.00"), ("Stationery",), stock=Stock.ALWAYS),
    Sketch('Linen by the Metre "Nordic" & <plain>', Decimal("24.995"), ("Textiles",), options=(words.COLOR,)),
)
"""The first products of every shop, in this order."""
