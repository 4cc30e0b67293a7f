"""Orders of the seed shop, each a pure function of its index."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from wix_sandbox.synthetic import words
from wix_sandbox.synthetic.draw import BLOCK, CONTACT, VARIED, first_of_last_block
from wix_sandbox.synthetic.purchases import (
    STORIES,
    Delivery,
    Reduction,
    SeedLine,
    SeedOrder,
    SeedParcel,
    SeedPayment,
    SeedRefund,
    Story,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from wix_sandbox.synthetic.draw import Draw
    from wix_sandbox.synthetic.model import SeedProduct

BESTSELLERS = VARIED
"""Orders are for the shop's first products only: in real shops few products make most of the sales."""

TWICE_TOLD = 2 * len(STORIES)

# Wix makes the tracking link of these by itself; any other provider comes with a link of its own.
# https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/order-fulfillments/introduction
OWN_LINK = "Example Couriers"
_PROVIDERS = ("fedex", "ups", "usps", "dhl", "canadaPost", OWN_LINK, None)


def order(draw: Draw, bestsellers: Sequence[SeedProduct], contacts: int) -> SeedOrder:
    """Gives one order, for products and contacts that exist by then."""
    dice = draw.dice
    story = _story(draw)
    bought = tuple(lines(dice, bestsellers))
    delivery = _delivery(draw, story, bought)
    shipped = delivery is Delivery.SHIPPING
    return SeedOrder(
        index=draw.index,
        story=story,
        contact=buyer(draw, contacts),
        lines=bought,
        delivery=delivery,
        shipping_cost=Decimal(dice.choice(("4.90", "7.50"))) if shipped else Decimal("0.00"),
        tax_percent=Decimal(dice.choice(("0", "7", "19", "8.875"))),
        reduction=dice.choices(tuple(Reduction), (70, 15, 8, 7))[0],
        reduction_percent=dice.choice((5, 10, 20)),
        fee=Decimal("3.00") if draw.nth(11, at=6) else None,
        note=dice.choice(words.NOTES) if draw.nth(6, at=1) else None,
        custom_fields=words.QUESTIONS if draw.nth(13, at=2) else (),
        payments=tuple(_payments(draw, story)),
        refunds=tuple(_refunds(draw, story)),
        parcels=tuple(_parcels(draw, story, bought, shipped=shipped)),
        seen=story.archived or draw.chance(0.7),
        created=draw.created,
        updated=draw.edited(),
    )


def _story(draw: Draw) -> Story:
    if draw.index < TWICE_TOLD:
        return STORIES[draw.index % len(STORIES)]
    return draw.dice.choices(STORIES, [story.weight for story in STORIES])[0]


def buyer(draw: Draw, contacts: int) -> int | None:
    """Every eighth buyer is a guest, one in four buyers is among the ten best customers."""
    first = first_of_last_block(contacts)
    if draw.index < first:
        start, known = 0, min(draw.older(CONTACT, contacts), first)
    else:
        # A block buys by itself. Its contacts up to the order's own place were there weeks before it.
        start, known = first, min(draw.index + 1, contacts, first + BLOCK) - first
    if known <= 0 or draw.chance(0.12):
        return None
    return start + draw.dice.randrange(min(known, 10) if draw.chance(0.25) else known)


def lines(dice: random.Random, bestsellers: Sequence[SeedProduct]) -> Iterator[SeedLine]:
    """Gives what somebody buys: one to five products, mostly one of each."""
    wanted = min(dice.choices((1, 2, 3, 5), (50, 30, 15, 5))[0], len(bestsellers))
    for product in dice.sample(bestsellers, wanted):
        yield SeedLine(product, dice.randrange(len(product.variants)), dice.choices((1, 2, 4), (70, 20, 10))[0])


def _delivery(draw: Draw, story: Story, lines: tuple[SeedLine, ...]) -> Delivery:
    if all(line.product.digital for line in lines):
        return Delivery.NONE
    if story.channel == "POS" or draw.chance(0.15):
        return Delivery.PICKUP
    return Delivery.SHIPPING


def _payments(draw: Draw, story: Story) -> Iterator[SeedPayment]:
    for number, (status, share) in enumerate(story.payments):
        method = "gift card" if story.gift_card and number == 0 else "cash" if story.offline else "card"
        delay = timedelta(minutes=5 * number, milliseconds=draw.dice.randrange(200_000))
        yield SeedPayment(status, share, method, draw.created + delay)


def _refunds(draw: Draw, story: Story) -> Iterator[SeedRefund]:
    for number, (status, share) in enumerate(story.refunds):
        reason = ("Arrived broken", "Zu spät geliefert")[number % 2]
        yield SeedRefund(status, share, reason, draw.created + timedelta(days=4 + number))


def _parcels(draw: Draw, story: Story, lines: tuple[SeedLine, ...], *, shipped: bool) -> Iterator[SeedParcel]:
    for number, quantities in enumerate(_split(story.parcels, tuple(line.quantity for line in lines))):
        provider = _PROVIDERS[(draw.index + number) % len(_PROVIDERS)] if shipped else None
        tracking = f"{_tracking(draw.index)}{number}" if provider else None
        own_link = f"https://parcels.example.com/{tracking}" if provider == OWN_LINK else None
        on_its_way = shipped and not story.archived and draw.chance(0.3)
        status = draw.dice.choice(("In_Delivery", "Ready", "Accepted", "Pending")) if on_its_way else "Fulfilled"
        delay = timedelta(days=1 + number, milliseconds=draw.dice.randrange(20_000_000))
        yield SeedParcel(quantities, provider, tracking, own_link, status, draw.created + delay)


def _tracking(index: int) -> str:
    return f"TRK{index:08d}"


def _split(parcels: int, quantities: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Shares the lines out. An order of a single piece cannot be split and goes out whole or not at all."""
    first = tuple((quantity + 1) // 2 for quantity in quantities)
    rest = tuple(quantity - part for quantity, part in zip(quantities, first, strict=True))
    match parcels:
        case 1:
            yield quantities
        case 2 if any(rest):
            yield from (first, rest)
        case 2:
            yield quantities
        case -1 if any(rest):
            yield first
        case -1 if len(quantities) > 1:
            yield (quantities[0], *(0 for _ in quantities[1:]))
        case _:
            return
