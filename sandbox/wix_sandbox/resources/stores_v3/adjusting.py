"""Raises or lowers prices and costs of variants by an amount or a percentage.

https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/bulk-adjust-product-variants-by-filter
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Self

from wix_sandbox.errors import rule_error
from wix_sandbox.resources.stores_v3.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_sandbox.values import Entity

MOST = Decimal("999999999.99")
STEPS = {"NO_ROUNDING": None, "CURRENCY_PRECISION": Decimal("0.01"), "NEAREST_WHOLE_NUMBER": Decimal(1)}
"""Rounding of each strategy. The sandbox's currency has cents; money has at most three decimals, which NO_ROUNDING
keeps."""
FINEST = Decimal("0.001")
ADJUSTED = ("cost", "actualPrice", "compareAtPrice", "compareAtPriceDiscount")
CODES = {
    "actualPrice": "ADJUSTED_ACTUAL_PRICE_OUT_OF_RANGE",
    "compareAtPrice": "ADJUSTED_COMPARE_AT_PRICE_OUT_OF_RANGE",
    "cost": "ADJUSTED_COST_OUT_OF_RANGE",
}


@dataclass(frozen=True)
class Adjustment:
    """The adjustment of each variant in one request."""

    changes: Mapping[str, Entity]
    """`{amount}` or `{percentage}` by the adjusted member."""
    step: Decimal | None
    """The unit of rounding."""

    @classmethod
    def read(cls, body: Entity) -> Self:
        """Return the adjustment of a request.

        Raises:
            WixError: 400 if it names nothing to adjust, or two ways to change one price.
        """
        changes = {name: body[name] for name in ADJUSTED if body.get(name)}
        if not changes:
            raise rule_error("", "NO_VARIANT_ADJUSTMENTS_PASSED", "must name something to adjust")
        for name, change in changes.items():
            if (change.get("amount") is None) == (change.get("percentage") is None):
                raise rule_error(name, "INVALID_PRICES_ADJUSTMENTS", "needs one of amount and percentage")
        if "compareAtPriceDiscount" in changes and changes.keys() & {"actualPrice", "compareAtPrice"}:
            text = "goes without actualPrice and compareAtPrice"
            raise rule_error("compareAtPriceDiscount", "INVALID_PRICES_ADJUSTMENTS", text)
        return cls(changes, STEPS[body.get("rounding") or "CURRENCY_PRECISION"])

    def apply(self, variant: Entity) -> None:
        """Change a variant in place.

        Raises:
            WixError: 400 if a result exceeds the bounds of money.
        """
        price, details = variant["price"], variant.get("revenueDetails") or {}
        for name, holder in (("actualPrice", price), ("compareAtPrice", price), ("cost", details)):
            if name in self.changes and holder.get(name):
                holder[name] = self._moved(name, holder[name], self.changes[name])
        if "compareAtPriceDiscount" in self.changes:
            before = price.setdefault("compareAtPrice", price["actualPrice"])
            price["actualPrice"] = self._moved("actualPrice", before, self.changes["compareAtPriceDiscount"], -1)

    def _moved(self, name: str, money: Entity, change: Entity, sign: int = 1) -> Entity:
        value = Decimal(money["amount"])
        share = change.get("percentage")
        by = Decimal(change["amount"]) if share is None else value * Decimal(str(share)) / 100
        moved = value + sign * by
        if not 0 <= moved <= MOST:
            raise refusal(CODES[name], f"{name} would be {moved}")
        result = moved.quantize(self.step or FINEST, ROUND_HALF_UP)
        return {"amount": format(result if self.step else result.normalize(), "f")}
