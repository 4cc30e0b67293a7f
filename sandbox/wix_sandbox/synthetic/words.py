"""The vocabulary of the seed shop: a house of pottery, tea, textiles and paper.

People carry the names of trees, companies are called Example, mails end in example.com and phone numbers come
from 555-01xx, so nobody real is meant by any of it.
"""

from __future__ import annotations

from typing import NamedTuple


class Choice(NamedTuple):
    """One choice of an option; `color` is a hex code on colour options."""

    name: str
    color: str | None = None


class Option(NamedTuple):
    """An option that buyers choose from, such as size."""

    name: str
    choices: tuple[Choice, ...]

    @property
    def is_color(self) -> bool:
        """True if the choices are swatches."""
        return self.choices[0].color is not None


class InfoSection(NamedTuple):
    """A titled text below the description; products that share `unique_name` share the section."""

    unique_name: str
    title: str
    text: str


COLOR = Option(
    "Color",
    (
        Choice("Indigo", "#3F51B5"),
        Choice("Moss", "#6B8E23"),
        Choice("Terracotta", "#E2725B"),
        Choice("Oat", "#EADFC8"),
    ),
)
FARBE = Option("Farbe", (Choice("Grün", "#2E7D32"), Choice("Weiß", "#FFFFFF")))
SIZE = Option("Size", (Choice("S"), Choice("M"), Choice("L")))
VOLUME = Option("Volume", (Choice("250 ml"), Choice("400 ml")))
PACK = Option("Pack", (Choice("Single"), Choice("Set of 4")))
GLAZE = Option("Glaze", (Choice("Matte"), Choice("Glossy")))

CARE = InfoSection("care", "Care", "<p>Wash by hand, dry in the shade.</p>")
SHIPPING = InfoSection("shipping-and-returns", "Shipping & Returns", "<p>Sent within three working days.</p>")
MATERIALS = InfoSection("materials", "Materials", "<p>Stoneware, linen and paper from small makers.</p>")

ADJECTIVES = (
    "Small",
    "Large",
    "Everyday",
    "Speckled",
    "Folded",
    "Quiet",
    "Winter",
    "Summer",
    "Garden",
    "Travel",
)
MATERIALS_BY_COLLECTION = {
    "Ceramics": ("Stoneware", "Porcelain", "Terracotta"),
    "Tea & Coffee": ("Sencha", "Rooibos", "Peppermint"),
    "Textiles": ("Linen", "Wool", "Cotton"),
    "Stationery": ("Recycled", "Letterpress", "Kraft"),
    "Outdoor": ("Larch", "Canvas", "Enamel"),
    "Lighting": ("Paper", "Brass", "Glass"),
}
NOUNS_BY_COLLECTION = {
    "Ceramics": ("Bowl", "Mug", "Plate", "Vase", "Teapot"),
    "Tea & Coffee": ("Tin", "Sampler", "Refill", "Gift Box"),
    "Textiles": ("Napkin", "Apron", "Throw", "Tea Towel", "Cushion"),
    "Stationery": ("Notebook", "Card Set", "Wrapping Sheet", "Desk Pad"),
    "Outdoor": ("Planter", "Picnic Mat", "Cup", "Bird Box"),
    "Lighting": ("Lantern", "Lamp Shade", "Candle Holder"),
}
OPTION_SETS = ((COLOR,), (SIZE,), (COLOR, SIZE), (VOLUME,), (PACK,), (GLAZE, VOLUME), (COLOR, VOLUME, PACK))
BRANDS = ("Example Kiln", "Sample Loom", "Placeholder Paper", "Demo Tea House")
RIBBONS = ("New", "Sale", "Bestseller", "Handmade")

FIRST_NAMES = (
    "Ada",
    "Ben",
    "Chloé",
    "Dmitri",
    "Élodie",
    "Fatima",
    "Gustav",
    "Hana",
    "Ines",
    "Jörg",
    "Kwame",
    "Łucja",
)
LAST_NAMES = (
    "Ash",
    "Birch",
    "Cedar",
    "Dogwood",
    "Elm",
    "Fir",
    "Ginkgo",
    "Hazel",
    "Ironwood",
    "Juniper",
    "Kapok",
    "Larch",
    "Maple",
    "Neem",
    "Oak",
    "Poplar",
    "Quince",
    "Rowan",
    "Sequoia",
    "Tamarack",
    "Ulme",
    "Willow",
    "Yew",
)
COMPANIES = ("Example Bakery", "Sample Studio", "Demo Hotel", "Placeholder Café")
JOB_TITLES = ("Buyer", "Owner", "Einkäuferin", "Office Manager")
LABELS = ("VIP", "Wholesale", "Newsletter", "Stammkunde & Freunde", "日本")
NOTES = (
    "Please leave it with the neighbours.",
    "Bitte als Geschenk verpacken 🎁",
    "Ring twice.",
    "ご自宅用です",
)
QUESTIONS = (("Delivery date", "any weekday"), ("How did you find us?", "A friend 👋"))
LONG_PARAGRAPH = (
    "<p>Thrown on the wheel, dried for a week and fired twice. The glaze moves a little in the kiln, so no "
    "two pieces are alike; what you see is <em>the kind</em>, not the very one. "
    "<strong>Dishwasher safe</strong>.</p>"
)
