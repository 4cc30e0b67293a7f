"""The seed shop's own words: what is for sale, who buys it, and what became of each order.

Nothing here knows a Wix catalog version. Money is `Decimal` in the shop's currency, dates are aware UTC
datetimes, and items name each other by index: product 7, contact 12.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """Gives an amount rounded to two decimals, halves away from zero as shops do."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


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


@dataclass(frozen=True, slots=True)
class SeedImage:
    """A picture at a public address."""

    url: str
    alt_text: str


@dataclass(frozen=True, slots=True)
class SeedChoice:
    """One choice of an option; `color` is a hex code on colour options."""

    name: str
    color: str | None = None


@dataclass(frozen=True, slots=True)
class SeedOption:
    """An option that buyers choose from, such as size."""

    name: str
    choices: tuple[SeedChoice, ...]

    @property
    def is_color(self) -> bool:
        """Says whether the choices are swatches."""
        return self.choices[0].color is not None


@dataclass(frozen=True, slots=True)
class SeedVariant:
    """One sellable thing: a choice for each option of its product, in their order.

    `price` is before discount. `quantity` is None where the variant is not tracked.
    """

    choices: tuple[SeedChoice, ...]
    sku: str
    price: Decimal
    weight: float | None
    quantity: int | None
    visible: bool = True

    @property
    def in_stock(self) -> bool:
        """Says whether at least one can be sold."""
        return self.quantity is None or self.quantity > 0


@dataclass(frozen=True, slots=True)
class SeedDiscount:
    """A reduction of every variant's price, by `percent` or else by an `amount`."""

    value: Decimal
    percent: bool = False

    def reduce(self, price: Decimal) -> Decimal:
        """Gives the price that a buyer pays."""
        off = price * self.value / 100 if self.percent else self.value
        return max(cents(price - off), Decimal("0.00"))


@dataclass(frozen=True, slots=True)
class SeedInfoSection:
    """A titled text below the description; products that share `unique_name` share the section."""

    unique_name: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class SeedCustomText:
    """A text that the buyer may add to the product."""

    title: str
    max_length: int
    mandatory: bool


@dataclass(frozen=True, slots=True)
class SeedProduct:
    """A product with everything that either catalog can say of it."""

    index: int
    name: str
    description: str | None
    price: Decimal
    discount: SeedDiscount | None
    options: tuple[SeedOption, ...]
    variants: tuple[SeedVariant, ...]
    images: tuple[SeedImage, ...]
    collections: tuple[str, ...]
    brand: str | None
    ribbon: str | None
    info_sections: tuple[SeedInfoSection, ...]
    custom_texts: tuple[SeedCustomText, ...]
    visible: bool
    digital: bool
    seo_title: str | None
    created: datetime
    updated: datetime | None

    @property
    def manages_variants(self) -> bool:
        """Says whether there is more than the one default variant."""
        return bool(self.options)

    def selling_price(self, variant: SeedVariant) -> Decimal:
        """Gives what a variant costs after the product's discount."""
        return self.discount.reduce(variant.price) if self.discount else variant.price


@dataclass(frozen=True, slots=True)
class SeedCollection:
    """A group of products; `parent` is honoured where collections form a tree."""

    name: str
    description: str | None
    created: datetime
    visible: bool = True
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class SeedAddress:
    """A postal address; `number` is set where street and number are known apart."""

    tag: str
    country: str
    city: str
    postal_code: str
    street: str
    number: str | None = None
    subdivision: str | None = None


@dataclass(frozen=True, slots=True)
class SeedPhone:
    """A phone number out of the range kept free for fiction."""

    tag: str
    country: str
    number: str


@dataclass(frozen=True, slots=True)
class SeedContact:
    """Somebody whom the shop knows. Any part may be missing, but never name, e-mail and phone together."""

    index: int
    first: str | None
    last: str | None
    emails: tuple[tuple[str, str], ...]
    phones: tuple[SeedPhone, ...]
    addresses: tuple[SeedAddress, ...]
    company: str | None
    job_title: str | None
    birthdate: date | None
    locale: str | None
    labels: tuple[str, ...]
    fields: tuple[tuple[str, str | int], ...]
    member: bool
    source: str
    subscription: str
    created: datetime
    updated: datetime | None
