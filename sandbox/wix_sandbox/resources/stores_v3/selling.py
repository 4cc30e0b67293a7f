"""Sales of a V3 product by subscription, and prices for each unit of measure.

https://dev.wix.com/docs/api-reference/business-solutions/stores/catalog-v3/products-v3/introduction
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from wix_sandbox.errors import Violation, rule_error, validation_error
from wix_sandbox.resources.stores_v3.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

CYCLES = ("autoRenewal", "billingCycles")
MEASURES = (
    {"ML": "0.001", "CL": "0.01", "L": "1", "CBM": "1000", "FLOZ": "0.0295735295625", "PT": "0.473176473"}
    | {"QT": "0.946352946", "GAL": "3.785411784"},
    {"MG": "0.000001", "G": "0.001", "KG": "1", "OZ": "0.028349523125", "LB": "0.45359237"},
    {"MM": "0.001", "CM": "0.01", "M": "1", "IN": "0.0254", "FT": "0.3048", "YD": "0.9144"},
    {"SQM": "1", "SQFT": "0.09290304"},
)
"""Units of volume, weight, length and area, each as a multiple of the unit with value 1."""
FINEST = Decimal("0.001")


def complete_subscriptions(site: Site, product: Entity) -> None:
    """Check the subscriptions of a product and give them ids and defaults, in place.

    Choice: a subscription needs a physical product.

    Raises:
        WixError: 400 for a violation of the rules, 409 for an id that occurs twice.
    """
    details = product.get("subscriptionDetails") or {}
    subscriptions = details.get("subscriptions") or []
    if not subscriptions:
        return
    broken = [each for at, subscription in enumerate(subscriptions) for each in _violations(at, subscription)]
    if broken:
        raise validation_error(*broken)
    if product["productType"] != "PHYSICAL":
        raise refusal("INVALID_PRODUCT_TYPE_FOR_SUBSCRIPTION", "a digital product cannot be sold by subscription")
    for subscription in subscriptions:
        subscription["id"] = subscription.get("id") or site.new_id()
        subscription["visible"] = subscription.get("visible") is not False
        subscription.setdefault("interval", 1)
        _check_discount(product, subscription)
    if len({each["id"] for each in subscriptions}) < len(subscriptions):
        raise refusal("SUBSCRIPTION_ID_ALREADY_EXISTS", "two subscriptions have the same id")
    details.setdefault("allowOneTimePurchases", False)
    if not details["allowOneTimePurchases"] and not any(each["visible"] for each in subscriptions):
        code = "ERROR_ALL_SUBSCRIPTIONS_HIDDEN_FOR_SUBSCRIPTION_ONLY_PRODUCT"
        raise refusal(code, "a product without one-time purchases needs a visible subscription")


def _violations(at: int, subscription: Entity) -> Iterator[Violation]:
    path = f"product.subscriptionDetails.subscriptions[{at}]"
    if subscription.get("autoRenewal") is False:
        text = "must not be false; set billingCycles instead"
        yield Violation(f"{path}.autoRenewal", text, "OTHER", "SUBSCRIPTION_INVALID_AUTO_RENEWAL")
    elif all(subscription.get(name) is None for name in CYCLES):
        text = f"value {' or '.join(CYCLES)} must not be empty"
        yield Violation(path, text, "REQUIRED_ONE_OF_FIELD", data={"supported": list(CYCLES)})


def _check_discount(product: Entity, subscription: Entity) -> None:
    off = (subscription.get("discount") or {}).get("amountOff")
    prices = [Decimal(each["price"]["actualPrice"]["amount"]) for each in product["variantsInfo"]["variants"]]
    if off is not None and Decimal(off) > min(prices):
        text = f"amountOff {off} is more than the price of a variant"
        raise refusal("INVALID_SUBSCRIPTION_DISCOUNT_AMOUNT", text)


def price_units(product: Entity) -> None:
    """Set the price per unit of each variant and their range on the product, in place.

    Raises:
        WixError: 400 for a variant whose unit does not fit that of the product.
    """
    physical = product.get("physicalProperties") or {}
    whole = physical.get("pricePerUnit") or {}
    values = []
    for at, variant in enumerate(product["variantsInfo"]["variants"]):
        part = (variant.get("physicalProperties") or {}).get("pricePerUnit") or {}
        if part.get("settings"):
            ratio = _ratio(whole, part["settings"], at)
            value = (Decimal(variant["price"]["actualPrice"]["amount"]) * ratio).quantize(FINEST, ROUND_HALF_UP)
            part["value"] = format(value.normalize(), "f")
            values.append(value)
    physical.pop("pricePerUnitRange", None)
    if values:
        low, high = (format(value.normalize(), "f") for value in (min(values), max(values)))
        physical["pricePerUnitRange"] = {"minValue": {"value": low}, "maxValue": {"value": high}}


def _ratio(whole: Entity, part: Entity, at: int) -> Decimal:
    """Return how many units of the product's price are in a variant."""
    for units in MEASURES:
        if {whole.get("measurementUnit"), part.get("measurementUnit")} <= units.keys():
            shown = Decimal(str(whole.get("quantity") or 1)) * Decimal(units[whole["measurementUnit"]])
            return shown / (Decimal(str(part.get("quantity") or 1)) * Decimal(units[part["measurementUnit"]]))
    path = f"product.variantsInfo.variants[{at}].physicalProperties.pricePerUnit.settings.measurementUnit"
    raise rule_error(path, "PRICE_PER_UNIT_NOT_ALIGNED", "must fit the measurement unit of the product")
