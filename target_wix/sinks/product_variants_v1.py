"""Variants of a V1 site: all rows of a product are one call, several products at a time.

The one variant of a product without options has its price, SKU and weight on the product itself.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/update-product-variants
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from typing_extensions import override

from target_wix import shapes
from target_wix.desired import diff
from target_wix.errors import Rejected
from target_wix.fields import decimal_text
from target_wix.product_fields import VARIANT_V1
from target_wix.sinks import product_v1
from target_wix.sinks.bulk import write_groups
from target_wix.sinks.locating import Spot, VariantsOfV1, by_product
from target_wix.sinks.product_variants import ProductVariants
from wix_api.endpoints import stores_v1
from wix_api.products.money import discounted
from wix_api.products.variants import VARIANT

if TYPE_CHECKING:
    from target_wix.change import Change, Entity

_CENT = Decimal("0.01")


class ProductVariantsV1(ProductVariants):
    """Changes prices, SKUs, weights, costs and visibility of variants."""

    # Match

    @override
    def locate(self, changes: list[Change]) -> dict[int, Spot | Rejected]:
        # Costs are told only to those who ask for them.
        variants = VariantsOfV1(self.run, with_cost=any(_names_cost(change.record) for change in changes))
        spots = self.locator.find(changes, variants)
        self.products = variants.products
        return spots

    @override
    def entry_of(self, product: Entity, variant_id: str) -> Entity:
        return next((entry for entry in product.get("variants") or [] if entry["id"] == variant_id), {})

    # Compare

    @override
    def compare(self, change: Change) -> None:
        record, product = change.record, self.products[change.place[0]]
        self.run.warn_of_members(self.stream.name, self.unwritable(record) | shapes.unheld_of_variant(record))
        entry = record if "variant" in record else VARIANT.down(record, ({},))
        said = product_v1.variant_view(entry)
        VARIANT_V1.check(said)
        self._check_discount(record, said, product)
        there = product_v1.variant_view(change.current or {})
        if not product.get("productOptions"):
            if "variant" in record:
                said.pop("visible", None)  # V1 says it of the variant even if the product is hidden
            self.leave_to_product(said, bool(product.get("visible")))
        change.body = diff(there, said)
        change.fields = tuple(change.body)
        if change.body and product.get("productOptions") and not product.get("manageVariants"):
            msg = "The product does not manage its variants, so all are alike: write it through `products`."
            raise Rejected(msg, code="VARIANTS_NOT_MANAGED", field="variantId")

    def _check_discount(self, record: Entity, said: Entity, product: Entity) -> None:
        """Refuse a price that the one discount of the product does not make of the full price."""
        actual = decimal_text(((record.get("price") or {}).get("actualPrice") or {}).get("amount"))
        full = (said.get("priceData") or {}).get("price")
        if actual is None or full is None:
            return
        makes = discounted(full, product.get("discount"))
        if abs(makes - Decimal(actual)) > _CENT:
            msg = (
                f"Catalog V1 has one discount for a product; here it makes {decimal_text(makes)} of the full price. "
                "Change `compareAtPrice` and `actualPrice` through `products`."
            )
            raise Rejected(msg, code="DISCOUNT", field="price.actualPrice")

    @override
    def sides(self, change: Change) -> tuple[Entity, Entity]:
        return product_v1.variant_view(change.current or {}), {**change.record, **change.body}

    # Apply

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        return write_groups(self, by_product(changes), self._write)

    def _write(self, changes: list[Change]) -> None:
        """Write rows of one product."""
        product = self.products[changes[0].place[0]]
        self.run.memory.wrote(product["id"])
        names = {"id": product["id"]}
        if product.get("productOptions"):
            entries = [((change.current or {}).get("choices") or {}, change.body) for change in changes]
            bodies = [product_v1.variant_body(tuple(choices.items()), body) for choices, body in entries]
            self.client.call(stores_v1.UPDATE_VARIANTS, names=names, body={"variants": bodies})
            return
        body: Entity = {}
        for change in changes:
            body |= change.body
        self.client.call(stores_v1.UPDATE_PRODUCT, names=names, body={"product": body})


def _names_cost(record: Entity) -> bool:
    return bool(record.get("revenueDetails") or (record.get("variant") or {}).get("costAndProfitData"))
