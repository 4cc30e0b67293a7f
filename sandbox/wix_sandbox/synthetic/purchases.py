"""What an order of the seed shop is made of, and the stories that orders tell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from wix_sandbox.synthetic.model import SeedProduct, SeedVariant


class Delivery(StrEnum):
    """How the goods reach the buyer."""

    SHIPPING = "shipping"
    PICKUP = "pick-up"
    NONE = "none"


class Reduction(StrEnum):
    """Who took something off the order."""

    NONE = "none"
    COUPON = "coupon"
    MERCHANT = "merchant"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Story:
    """The course of an order; the shares are of the order's total, as one payment or refund each.

    `parcels` tells what left the house: 0 nothing, 1 everything at once, 2 everything in two parcels, -1 the
    first parcel of two.
    """

    name: str
    weight: int
    status: str = "APPROVED"
    payments: tuple[tuple[str, int], ...] = (("APPROVED", 100),)
    refunds: tuple[tuple[str, int], ...] = ()
    parcels: int = 1
    offline: bool = False
    gift_card: bool = False
    archived: bool = False
    imported: bool = False
    channel: str = "WEB"


STORIES = (
    Story("paid and sent", 40),
    Story("paid and sent in two parcels", 6, parcels=2),
    Story("paid, the first parcel is out", 6, parcels=-1),
    Story("paid, waiting to be packed", 12, parcels=0),
    Story("to be paid at the counter", 4, payments=(("PENDING_MERCHANT", 100),), parcels=0, offline=True),
    Story("not paid yet", 4, payments=(), parcels=0),
    Story("half paid", 3, payments=(("APPROVED", 50),), parcels=0, offline=True),
    Story("gift card and card", 3, payments=(("APPROVED", 30), ("APPROVED", 70)), gift_card=True),
    Story("card declined, second try worked", 3, payments=(("DECLINED", 100), ("APPROVED", 100))),
    Story("partly refunded", 5, refunds=(("SUCCEEDED", 40),)),
    Story("refunded twice, in full", 3, refunds=(("SUCCEEDED", 50), ("SUCCEEDED", 50))),
    Story("refund on its way", 1, refunds=(("PENDING", 25),)),
    Story("canceled and refunded", 3, "CANCELED", refunds=(("SUCCEEDED", 100),), parcels=0),
    Story("canceled before payment", 2, "CANCELED", payments=(("CANCELED", 100),), parcels=0),
    Story("waiting for the bank", 2, "PENDING", payments=(("PENDING", 100),), parcels=0),
    Story("payment declined", 2, "REJECTED", payments=(("DECLINED", 100),), parcels=0),
    Story("checkout not finished", 2, "INITIALIZED", payments=(), parcels=0),
    Story("authorized, to be captured", 2, payments=(("AUTHORIZED", 100),), parcels=0),
    Story("imported from the old shop", 3, imported=True, channel="OTHER_PLATFORM"),
    Story("done and archived", 8, archived=True),
    Story("sold at the market", 3, offline=True, channel="POS"),
)
"""Every state that an order can be in; a small shop tells each story at least twice."""


@dataclass(frozen=True, slots=True)
class SeedLine:
    """One line: a variant of a product and how many of it."""

    product: SeedProduct
    position: int
    quantity: int

    @property
    def variant(self) -> SeedVariant:
        """The variant bought; `position` is its place among the product's variants."""
        return self.product.variants[self.position]


@dataclass(frozen=True, slots=True)
class SeedParcel:
    """A fulfillment: how many of each line, in the order of the lines, and where the parcel is."""

    quantities: tuple[int, ...]
    provider: str | None
    number: str | None
    link: str | None
    status: str
    sent: datetime


@dataclass(frozen=True, slots=True)
class SeedPayment:
    """A payment: a share in percent of the total, by card, cash or gift card."""

    status: str
    share: int
    method: str
    paid: datetime


@dataclass(frozen=True, slots=True)
class SeedRefund:
    """Money given back: a share in percent of the total."""

    status: str
    share: int
    reason: str
    refunded: datetime


@dataclass(frozen=True, slots=True)
class SeedOrder:
    """One order. `contact` is the index of the buyer, None for a guest who gave an e-mail only."""

    index: int
    story: Story
    contact: int | None
    lines: tuple[SeedLine, ...]
    delivery: Delivery
    shipping_cost: Decimal
    tax_percent: Decimal
    reduction: Reduction
    reduction_percent: int
    fee: Decimal | None
    note: str | None
    custom_fields: tuple[tuple[str, str], ...]
    payments: tuple[SeedPayment, ...]
    refunds: tuple[SeedRefund, ...]
    parcels: tuple[SeedParcel, ...]
    seen: bool
    created: datetime
    updated: datetime | None
