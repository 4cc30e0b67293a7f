"""Variants of a V3 site: all rows of a product are one update of it, a hundred products a call.

Wix takes variants only together and whole: a variant without its id is a new one, a variant that is left out is gone.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/bulk-update-products
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from target_wix import shapes
from target_wix.change import Change, Command
from target_wix.desired import diff, overlay
from target_wix.product_fields import VARIANT_V3
from target_wix.shapes import STOCK_TO_BEGIN_WITH
from target_wix.sinks import compare_v3, product_v3, refused_members
from target_wix.sinks.calls_v3 import ProductCalls
from target_wix.sinks.collections_v3 import index_of
from target_wix.sinks.locating import Spot, VariantsOfV3, by_product
from target_wix.sinks.lookup_v3 import ProductLookupV3
from target_wix.sinks.product_variants import ProductVariants
from target_wix.verdicts import Verdict, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_wix.change import Entity
    from target_wix.errors import Rejected
    from target_wix.failures import Failure
    from target_wix.sinks.bulk import ItemResult


class ProductVariantsV3(ProductVariants):
    """Changes prices, SKUs, weights, costs and visibility of variants."""

    @override
    def understood(self, record: Entity) -> Entity:
        return shapes.variant_to_v3(record) if "variant" in record else record

    # Match

    @override
    def locate(self, changes: list[Change]) -> dict[int, Spot | Rejected]:
        spots = self.locator.find(changes, VariantsOfV3(self.run))
        self.products = self._read({spot.product_id for spot in spots.values() if isinstance(spot, Spot)})
        return spots

    @override
    def entry_of(self, product: Entity, variant_id: str) -> Entity:
        listed = (product.get("variantsInfo") or {}).get("variants") or []
        return next((variant for variant in listed if variant["id"] == variant_id), {})

    def _read(self, ids: set[str]) -> dict[str, Entity]:
        """Read products with their variants; those that this run wrote one by one, since queries lag."""
        # Variants are sent back whole: a row of before would undo what this run did to its product.
        lookup = ProductLookupV3(self.run)
        return lookup.with_variants(lookup.fetch(sorted(ids), fresh=self.run.read_alone(ids)))

    # Compare

    @override
    def compare(self, change: Change) -> None:
        self.run.warn_of_members(self.stream.name, self.unwritable(change.record))
        said, there = _view(change.record), _view(change.current or {})
        if ProductLookupV3(self.run).hides_costs(self.stream.name):
            said.pop("revenueDetails", None)
        product = self.products[change.place[0]]
        if not product.get("options"):
            self.leave_to_product(said, product_v3.is_shown(product))
        VARIANT_V3.check(said)
        change.body = diff(there, said)
        change.fields = tuple(change.body)

    @override
    def sides(self, change: Change) -> tuple[Entity, Entity]:
        return _view(change.current or {}), {**change.record, **change.body}

    # Apply

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        again, refused = self._sent(by_product(changes))
        for rows in refused:
            # Together they were refused; alone, each is, or is not.
            for change in rows:
                self.products |= self._read({change.place[0]})
                again += self._sent([[change]])[0]
        return again

    @override
    def failed(self, change: Change, failure: Failure) -> bool:
        change.failure = failure
        is_left_out = refused_members.leave_out(self.run, self.stream.name, change, failure)
        return not is_left_out and super().failed(change, failure)

    def _sent(self, groups: list[list[Change]]) -> tuple[list[Change], list[list[Change]]]:
        """Send products; give the rows that must be looked at again, and those that Wix refused together."""
        rows_of: dict[str, list[Change]] = {rows[0].place[0]: rows for rows in groups}
        results: list[ItemResult] = []
        again: list[Change] = []
        refused: list[list[Change]] = []
        calls = ProductCalls(self.run).updates(list(self._wholes(groups)))
        try:
            self.run.together(lambda call: results.extend(call()), list(calls))
        finally:
            # What was done is settled even if another call failed for good.
            for result in results:
                rows = rows_of[result.change.id]
                self.run.memory.wrote(result.change.id)
                if result.failure is None:
                    for change in rows:
                        self.settle_written(change)
                elif len(rows) > 1 and verdict(result.failure, rows[0]) is Verdict.REJECT:
                    refused.append(rows)
                else:
                    again += [change for change in rows if not self.failed(change, result.failure)]
        return again, refused

    def _wholes(self, groups: list[list[Change]]) -> Iterator[Change]:
        """Write each product with all its variants, those of the rows changed."""
        for rows in groups:
            product = self.products[rows[0].place[0]]
            bodies: dict[str, Entity] = {}
            for change in rows:
                bodies[change.place[1]] = overlay(bodies.get(change.place[1], {}), change.body)
            variants = [overlay(one, bodies.get(one["id"], {})) for one in product["variantsInfo"]["variants"]]
            record = {
                "id": product["id"],
                "visible": product_v3.is_shown(product),
                "options": product.get("options"),
                "variantsInfo": {"variants": variants},
            }
            whole = Change(rows[0].line, record, Command.UPSERT, id=product["id"], current=product)
            compare_v3.compare(self.run, index_of(self.run), self.stream.name, whole)
            yield whole


def _view(variant: Entity) -> Entity:
    """Give what can be written of a variant."""
    told = product_v3.variants({"variantsInfo": {"variants": [variant]}}) or {}
    (seen,) = told.values()
    return {name: value for name, value in seen.items() if name not in {"id", "inventoryItem", STOCK_TO_BEGIN_WITH}}
