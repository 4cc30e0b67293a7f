"""Orders of the synthetic shop, each a pure function of its number.

They are placed, paid, refunded and sent by the functions of the endpoints, and stored once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from wix_sandbox.clock import wire_time
from wix_sandbox.resources import contacts_store, ecom_orders, ecom_payments
from wix_sandbox.resources.ecom_orders import NOTHING, RECEIVED, amount_of, fulfillment_status, money, settle
from wix_sandbox.site import STORES_APP_ID
from wix_sandbox.synthetic.products import cents
from wix_sandbox.synthetic.shop import BLOCK, CONTACT, VARIED, WORDS, Draw, first_of_blocks
from wix_sandbox.values import filled

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from wix_sandbox.site import Site
    from wix_sandbox.synthetic.products import Product, Variant
    from wix_sandbox.synthetic.shop import Choice
    from wix_sandbox.values import Entity

BESTSELLERS = VARIED
"""Number of first products that orders contain: in real shops few products make most of the sales."""

# Wix generates the tracking link of the others.
# https://dev.wix.com/docs/rest/business-solutions/e-commerce/orders/order-fulfillments/introduction
_OWN_LINK = "Example Couriers"
_PROVIDERS = ("fedex", "ups", "usps", "dhl", "canadaPost", _OWN_LINK, None)
_SHOP_ADDRESS = {
    "country": "US",
    "subdivision": "US-NY",
    "city": "Sampletown",
    "postalCode": "00501",
    "addressLine": "1 Placeholder Ave",
}
_COUNTED = frozenset({"APPROVED", "CANCELED"})
"""Orders that count as a purchase of their buyer."""


@dataclass(frozen=True, slots=True)
class Story:
    """The history of an order; payments and refunds are shares of the order's total.

    `parcels` is the number of parcels: 0 nothing was sent, 1 everything in one, 2 everything in two, -1 only the first
    of two.
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
"""Every state of an order; the first orders of a shop have each of them twice."""


@dataclass(frozen=True, slots=True)
class ProductReference:
    """A product's id and those of its variants, in the generated order; no ids on a site without Stores."""

    product_id: str | None = None
    variant_ids: tuple[str, ...] = ()
    image: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Customers:
    """Buyers and goods: contacts by their number, the products on sale, and their ids in the catalog."""

    site: Site
    contact_ids: Sequence[str]
    contacts: int
    """Number of contacts of the whole shop, including computed ones."""
    products: Sequence[Product]
    references: Sequence[ProductReference]

    def buyer(self, draw: Draw) -> Entity:
        """Return `{"info": buyerInfo, "details": address and contact details}` of the contact or guest who buys."""
        number = self._contact(draw)
        if number is None:
            info = {"visitorId": self.site.new_id(), "email": f"guest.{draw.index}@example.com"}
            names = {"firstName": "Guest", "lastName": str(draw.index)}
            return {"info": info, "details": {"address": dict(_SHOP_ADDRESS), "contactDetails": names}}
        contact = contacts_store.fetch(self.site, self.contact_ids[number])
        primary, known = contact.get("primaryInfo", {}), contact["info"]
        info = {"contactId": contact["id"]}
        if "email" in primary:
            info["email"] = primary["email"]
        member = contact.get("memberInfo", {}).get("memberId")
        info |= {"memberId": member} if member else {"visitorId": self.site.new_id()}
        name = known.get("name", {})
        parts = {"firstName": name.get("first"), "lastName": name.get("last"), "company": known.get("company")}
        parts["phone"] = primary.get("phone")
        addresses = known.get("addresses", {}).get("items")
        place = addresses[0]["address"] if addresses else dict(_SHOP_ADDRESS)
        return {"info": info, "details": {"address": place, "contactDetails": filled(parts)}}

    def _contact(self, draw: Draw) -> int | None:
        """Return the buyer: every eighth is a guest, one in four is among the ten best customers."""
        first = first_of_blocks(self.contacts)
        if draw.index < first:
            start, known = 0, min(draw.older(CONTACT, self.contacts), first)
        else:
            # A block has its own buyers. Its contacts up to the order's number existed weeks before the order.
            start, known = (
                first + draw.index - draw.pattern,
                min(draw.pattern + 1, self.contacts, first + BLOCK) - first,
            )
        if known <= 0 or draw.chance(0.12):
            return None
        return start + draw.dice.randrange(min(known, 10) if draw.chance(0.25) else known)

    def lines(self, dice: random.Random) -> list[Line]:
        """Return the items of an order: one to five products, mostly one of each."""
        wanted = min(dice.choices((1, 2, 3, 5), (50, 30, 15, 5))[0], len(self.products))
        return [
            Line(product, self.references[product.index], dice.randrange(len(product.variants)), _quantity(dice))
            for product in dice.sample(self.products, wanted)
        ]


def _quantity(dice: random.Random) -> int:
    return dice.choices((1, 2, 4), (70, 20, 10))[0]


class Line(NamedTuple):
    """A variant of a product, by its index, and the quantity."""

    product: Product
    reference: ProductReference
    position: int
    quantity: int

    @property
    def variant(self) -> Variant:
        """The bought variant."""
        return self.product.variants[self.position]

    @property
    def price(self) -> Decimal:
        """The price of one, after the product's own discount."""
        return cents(self.product.selling_price(self.variant))

    def members(self, line_id: str) -> Entity:
        """Return the members that line items of orders and of checkouts share."""
        shippable = not self.product.digital
        body: Entity = {
            "id": line_id,
            "productName": {"original": self.product.name},
            "quantity": self.quantity,
            "physicalProperties": {"sku": self.variant.sku, "shippable": shippable, "weight": self.variant.weight or 0},
        }
        choices = dict(zip(self.product.option_names, self.variant.choices, strict=True))
        if self.reference.product_id:
            options: Entity = {}
            if self.position < len(self.reference.variant_ids):
                options["variantId"] = self.reference.variant_ids[self.position]
            if choices:
                options["options"] = {option: choice.name for option, choice in choices.items()}
            body["catalogReference"] = {"catalogItemId": self.reference.product_id, "appId": STORES_APP_ID}
            body["catalogReference"] |= {"options": options} if options else {}
        if choices:
            body["descriptionLines"] = [
                {"name": {"original": option}, **_described(choice)} for option, choice in choices.items()
            ]
        if self.reference.image:
            body["image"] = self.reference.image
        return body


def _described(choice: Choice) -> Entity:
    if choice.color:
        return {"colorInfo": {"original": choice.name, "code": choice.color}}
    return {"plainText": {"original": choice.name}}


def write_orders(customers: Customers, draws: Iterable[Draw]) -> None:
    """Write orders with their transactions and fulfillments."""
    for draw in draws:
        _Order(customers, draw).write()


class _Order:
    """An order while it is generated."""

    def __init__(self, customers: Customers, draw: Draw) -> None:
        self._site, self._draw = customers.site, draw
        self._story = _story(draw)
        self._lines = customers.lines(draw.dice)
        self._customers = customers
        self._happened = [draw.created]
        """All moments at which an event of the order happened."""
        self.entity: Entity = {}

    def write(self) -> None:
        site, draw = self._site, self._draw
        with site.clock.at(draw.created):
            self.entity = ecom_orders.place(site, self._members())
        transactions = self._transactions()
        fulfillments = {"orderId": self.entity["id"], "fulfillments": list(self._fulfillments())}
        edited = draw.edited()
        self._happened += [] if edited is None else [edited]
        self._finish(transactions, fulfillments)
        self._site.store.insert(ecom_orders.KIND, self.entity)
        if transactions["payments"]:
            ecom_orders.put_child(site, ecom_orders.TRANSACTIONS, transactions)
        if fulfillments["fulfillments"]:
            ecom_orders.put_child(site, ecom_orders.FULFILLMENTS, fulfillments)
        contact_id = self.entity["buyerInfo"].get("contactId")
        if contact_id and self._story.status in _COUNTED and not self._story.imported:
            with site.clock.at(draw.created):
                total, placed = amount_of(self.entity["priceSummary"]["total"]), self.entity["createdDate"]
                contacts_store.record(site, contact_id, total, self.entity["currency"], placed)

    def _finish(self, transactions: Entity, fulfillments: Entity) -> None:
        settle(self.entity, transactions)
        self.entity["fulfillmentStatus"] = fulfillment_status(self.entity, fulfillments["fulfillments"])
        if self._story.status == "CANCELED":
            with self._site.clock.at(max(self._happened)):
                ecom_orders.note(self._site, self.entity, "ORDER_CANCELED")
        self.entity["activities"].sort(key=itemgetter("createdDate"))
        self.entity["updatedDate"] = wire_time(max(self._happened))

    def _members(self) -> Entity:
        """Return the members of an order at the time of its purchase."""
        site, draw, story = self._site, self._draw, self._story
        buyer = self._customers.buyer(draw)
        details = buyer["details"]
        tax_percent = Decimal(draw.dice.choice(("0", "7", "19", "8.875")))
        reduction = draw.dice.choices((None, "coupon", "merchantDiscount", "discountRule"), (70, 15, 8, 7))[0]
        percent = draw.dice.choice((5, 10, 20)) if reduction else 0
        lines = [self._line(line, percent, tax_percent) for line in self._lines]
        members: Entity = {
            "lineItems": lines,
            "buyerInfo": buyer["info"],
            "status": story.status,
            "buyerLanguage": "en",
            "siteLanguage": "en",
            "currencyConversionDetails": {"originalCurrency": site.currency, "conversionRate": "1"},
            "billingInfo": details,
            "recipientInfo": details,
            "taxInfo": self._tax(lines, tax_percent),
            "channelInfo": {"type": story.channel},
            "checkoutId": site.new_id(),
            "purchaseFlowId": site.new_id(),
            "archived": story.archived,
            "seenByAHuman": story.archived or draw.chance(0.7),
            "imported": story.imported,
            "appliedDiscounts": self._discounts(lines, reduction, percent),
            "additionalFees": self._fees() if draw.nth(11, at=6) else [],
        }
        if story.imported:
            members["channelInfo"]["externalOrderId"] = f"OLD-{draw.index}"
        if not all(line.product.digital for line in self._lines):
            members["shippingInfo"] = self._shipping(details)
        if draw.nth(6, at=1):
            members["buyerNote"] = draw.dice.choice(WORDS.notes)
        if draw.nth(13, at=2):
            members["customFields"] = [{"title": title, "value": value} for title, value in WORDS.questions]
        return members

    def _money(self, amount: Decimal) -> Entity:
        return money(amount, self._site.currency)

    def _line(self, line: Line, percent: int, tax_percent: Decimal) -> Entity:
        """Return a line item: its price is after the product's discount, the order's reduction comes on top."""
        unit = line.price
        full = unit * line.quantity
        off = cents(full * percent / 100)
        net = full - off
        tax = cents(net * tax_percent / 100)
        prices = {
            "price": cents(net / line.quantity),
            "priceBeforeDiscounts": unit,
            "totalDiscount": off,
            "lineItemPrice": net,
            "totalPriceBeforeTax": net,
            "totalPriceAfterTax": net + tax,
        }
        return {
            **line.members(self._site.new_id()),
            "itemType": {"preset": "DIGITAL" if line.product.digital else "PHYSICAL"},
            "paymentOption": "FULL_PAYMENT_ONLINE",
            "taxInfo": {
                "taxAmount": self._money(tax),
                "taxableAmount": self._money(net),
                "taxRate": _rate(tax_percent),
                "taxIncludedInPrice": False,
            },
            **{name: self._money(amount) for name, amount in prices.items()},
        }

    def _tax(self, lines: list[Entity], percent: Decimal) -> Entity:
        total = self._money(sum((amount_of(line["taxInfo"]["taxAmount"]) for line in lines), NOTHING))
        info: Entity = {"totalTax": total, "taxExempt": False}
        if percent:
            row = {"taxName": "Sales Tax", "jurisdiction": "Sample State", "jurisdictionType": "STATE"}
            info["taxBreakdown"] = [row | {"rate": _rate(percent), "aggregatedTaxAmount": total}]
        return info

    def _discounts(self, lines: list[Entity], reduction: str | None, percent: int) -> list[Entity]:
        total = sum((amount_of(line["totalDiscount"]) for line in lines), NOTHING)
        if reduction is None or not total:
            return []
        sources: Entity = {
            "coupon": {"id": self._site.new_id(), "code": f"SAVE{percent}", "name": f"{percent} % off"},
            "merchantDiscount": {"description": "For the wait"},
            "discountRule": {"id": self._site.new_id(), "name": {"original": f"{percent} % for two or more"}},
        }
        source = {reduction: sources[reduction] | {"amount": self._money(total)}}
        each = [{"id": line["id"], "totalDiscount": line["totalDiscount"]} for line in lines]
        return [{"id": self._site.new_id(), "discountType": "GLOBAL", **source, "lineItemDiscounts": each}]

    def _fees(self) -> list[Entity]:
        price = self._money(Decimal("3.00"))
        fee = {"id": self._site.new_id(), "code": "gift-wrap", "name": "Gift wrap", "source": "MANUAL"}
        return [fee | {"price": price, "priceBeforeTax": price, "priceAfterTax": price}]

    def _shipping(self, details: Entity) -> Entity:
        pickup = self._story.channel == "POS" or self._draw.chance(0.15)
        price = self._money(NOTHING if pickup else Decimal(self._draw.dice.choice(("4.90", "7.50"))))
        cost = {"price": price, "totalPriceBeforeTax": price, "totalPriceAfterTax": price}
        cost |= {"discount": self._money(NOTHING)}
        if pickup:
            place = {"address": dict(_SHOP_ADDRESS), "pickupMethod": "STORE_PICKUP"}
            logistics: Entity = {"pickupDetails": place, "instructions": "Ring the bell at the yard."}
            return {"code": "pickup", "title": "Store Pickup", "logistics": logistics, "cost": cost}
        logistics = {"shippingDestination": details, "deliveryTime": "3-5 business days"}
        region = {"name": "Domestic" if details["address"].get("country") == "US" else "International"}
        return {
            "code": "standard",
            "title": "Standard Shipping",
            "logistics": logistics,
            "cost": cost,
            "region": region,
        }

    def _later(self, **delay: int) -> datetime:
        """Return a moment after the order was placed, and record it."""
        self._happened.append(self._draw.created + timedelta(**delay))
        return self._happened[-1]

    def _transactions(self) -> Entity:
        site, story, total = self._site, self._story, amount_of(self.entity["priceSummary"]["total"])
        transactions: Entity = {"orderId": self.entity["id"], "payments": [], "refunds": []}
        if not total:
            return transactions
        for number, (status, amount) in enumerate(_shares(total, story.payments)):
            with site.clock.at(self._later(minutes=5 * number, milliseconds=self._draw.dice.randrange(200_000))):
                body = {**self._method(number), "status": status, "amount": self._money(amount)}
                transactions["payments"].append(ecom_payments.complete_payment(site, body))
                if status == "APPROVED":
                    ecom_orders.note(site, self.entity, "ORDER_PAID")
        received = next((each for each in transactions["payments"] if each["status"] in RECEIVED), None)
        if received is not None:
            for number, (status, amount) in enumerate(_shares(total, story.refunds)):
                with site.clock.at(self._later(days=4 + number)):
                    transactions["refunds"].append(self._refund(number, status, amount, received["id"]))
                    received["updatedDate"] = site.now()
                    ecom_orders.note(site, self.entity, "ORDER_REFUNDED")
        ecom_payments.mark_refunded(transactions)
        return transactions

    def _method(self, number: int) -> Entity:
        """Return the details of a payment by gift card, cash or card."""
        site = self._site
        if self._story.gift_card and number == 0:
            card = {"giftCardPaymentId": site.new_id(), "appId": site.new_id(), "obfuscatedCode": "****-****-0042"}
            return {"giftcardPaymentDetails": card}
        if self._story.offline:
            name = {"userDefinedName": {"predefined": "CASH"}}
            return {"regularPaymentDetails": {"offlinePayment": True, "paymentMethodName": name}}
        return {
            "regularPaymentDetails": {
                "offlinePayment": False,
                "gatewayTransactionId": site.new_id(),
                "paymentMethod": "CreditCard",
                "creditCardDetails": {"lastFourDigits": "4242", "brand": "VISA"},
            }
        }

    def _refund(self, number: int, status: str, amount: Decimal, payment_id: str) -> Entity:
        price, nothing = self._money(amount), self._money(NOTHING)
        done = status == "SUCCEEDED"
        transaction = {"paymentId": payment_id, "amount": price, "refundStatus": status, "externalRefund": False}
        reason = ("Arrived broken", "Zu spät geliefert")[number % 2]
        return {
            "id": self._site.new_id(),
            "createdDate": self._site.now(),
            "transactions": [transaction],
            "details": {"shippingIncluded": False, "reason": reason},
            "summary": {
                "requestedRefund": price,
                "refunded": price if done else nothing,
                "pendingRefund": nothing if done else price,
                "failedRefundAmount": nothing,
                "pending": not done,
            },
        }

    def _fulfillments(self) -> Iterator[Entity]:
        site, draw, story = self._site, self._draw, self._story
        shipped = self.entity.get("shippingInfo", {}).get("code") == "standard"
        for number, quantities in enumerate(_parcels(story.parcels, [line.quantity for line in self._lines])):
            on_its_way = shipped and not story.archived and draw.chance(0.3)
            status = draw.dice.choice(("In_Delivery", "Ready", "Accepted", "Pending")) if on_its_way else "Fulfilled"
            with site.clock.at(self._later(days=1 + number, milliseconds=draw.dice.randrange(20_000_000))):
                sent = zip(self.entity["lineItems"], quantities, strict=True)
                body: Entity = {
                    "id": site.new_id(),
                    "createdDate": site.now(),
                    "lineItems": [{"id": line["id"], "quantity": quantity} for line, quantity in sent if quantity],
                    "status": status,
                    "completed": status == "Fulfilled",
                }
                provider = _PROVIDERS[(draw.pattern + number) % len(_PROVIDERS)] if shipped else None
                if provider:
                    tracking = f"TRK{draw.index:08d}{number}"
                    body["trackingInfo"] = {"shippingProvider": provider, "trackingNumber": tracking}
                    if provider == _OWN_LINK:
                        body["trackingInfo"]["trackingLink"] = f"https://parcels.example.com/{tracking}"
                ecom_payments.complete_link(body, "fulfillment")
                ecom_orders.note(site, self.entity, "ORDER_FULFILLED")
            yield body


def _story(draw: Draw) -> Story:
    if draw.index < 2 * len(STORIES):
        return STORIES[draw.index % len(STORIES)]
    return draw.dice.choices(STORIES, [story.weight for story in STORIES])[0]


def _rate(percent: Decimal) -> str:
    return format((percent / 100).normalize(), "f")


def _shares(total: Decimal, parts: Iterable[tuple[str, int]]) -> Iterator[tuple[str, Decimal]]:
    """Yield amounts by percent; parts of one status that make 100 % together add up to the cent."""
    given: dict[str, tuple[int, Decimal]] = {}
    for status, share in parts:
        shares, spent = given.get(status, (0, NOTHING))
        amount = total - spent if shares + share == 100 else cents(total * share / 100)  # noqa: PLR2004  percent
        given[status] = (shares + share, spent + amount)
        yield status, amount


def _parcels(parcels: int, quantities: list[int]) -> list[list[int]]:
    """Return the quantities of each line in each parcel. An order of a single piece is never split."""
    first = [(quantity + 1) // 2 for quantity in quantities]
    rest = [quantity - part for quantity, part in zip(quantities, first, strict=True)]
    match parcels:
        case 2 if any(rest):
            return [first, rest]
        case 1 | 2:
            return [quantities]
        case -1 if any(rest):
            return [first]
        case -1 if len(quantities) > 1:
            return [[quantities[0], *(0 for _ in quantities[1:])]]
        case _:
            return []
