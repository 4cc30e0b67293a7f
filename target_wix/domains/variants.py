"""Variants of both store catalogs: they are changed, never made or deleted alone.

All rows of a product are one call. V1 writes the products one by one, several at a time; the one variant of a product
without options has its price, SKU and weight on the product itself. V3 writes a hundred products a call, but takes
variants only together and whole: a variant without its id is a new one, a variant that is left out is gone.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/update-product-variants
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/bulk-update-products
"""

from __future__ import annotations

from abc import abstractmethod
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from target_wix import product_fields
from target_wix.change import Change, Command
from target_wix.desired import diff, overlay
from target_wix.domain import Domain
from target_wix.domains import locating, product_v1, product_v3
from target_wix.domains.calls import ProductCalls, write_groups
from target_wix.domains.locating import Locator, Spot, VariantsOfV1, VariantsOfV3, by_product, variant_keys
from target_wix.domains.lookup import ProductLookupV3
from target_wix.errors import Rejected
from target_wix.fields import decimal_text
from target_wix.matching import read_alone
from target_wix.product_fields import ENTRY_V1, STOCK_TO_BEGIN_WITH, VARIANT_V1, VARIANT_V3
from target_wix.verdicts import Verdict, verdict
from wix_api.endpoints import stores_v1
from wix_api.products.money import discounted
from wix_api.products.variants import VARIANT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_wix.change import Entity, ItemResult
    from target_wix.errors import Failure
    from target_wix.fields import Fields
    from target_wix.matching import Key
    from target_wix.stream import Stream


IDENTIFYING = {"productId", "variantId", "productUpdatedDate", "choices", "product", "productData", "v1"}
"""Members that name a variant, or that the tap adds."""


class ProductVariants(Domain):
    """Changes variants. A row names its variant by ids of this or of another site, by SKU, or by its choices."""

    kind = locating.KIND
    rank = 2
    batch_size: ClassVar[int] = 1000

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self.locator = Locator(self)
        self.products: dict[str, Entity] = {}
        """Products of the present batch, by their ids."""

    @abstractmethod
    def locate(self, changes: list[Change]) -> dict[int, Spot | Rejected]:
        """Find the variants of rows, and read their products."""

    @abstractmethod
    def entry_of(self, product: Entity, variant_id: str) -> Entity:
        """Return a variant of a product, empty if it has no such variant."""

    @override
    def fields_of(self, record: Entity) -> Fields:
        return ENTRY_V1 if "variant" in record else VARIANT_V3

    def unwritable(self, record: Entity) -> set[str]:
        """Return the names of the members that cannot be written, stock among them: it has a stream of its own."""
        names = set(self.fields_of(record).unwritable(record)) - IDENTIFYING
        return names | {"inventoryItem"} if record.get("inventoryItem") else names

    @override
    def keys(self) -> tuple[Key, ...]:
        return tuple(key for key in variant_keys() if key.name != "id")

    @override
    def fetch(self, ids: list[str]) -> dict[str, Entity]:
        return {}  # variants are read with their products

    @override
    def refer(self, change: Change) -> None:
        locating.note(self.run, change.record, change.id)

    @override
    def find(self, changes: list[Change]) -> list[Change]:
        spots = self.locate(changes)
        there = {key: spot if self._is_there(spot) else _gone() for key, spot in spots.items()}
        return self.locator.assign(changes, there, self._assign)

    def _is_there(self, spot: Spot | Rejected) -> bool:
        """False for a variant that was found, and that its product does not have any more."""
        if isinstance(spot, Rejected):
            return True
        return bool(self.entry_of(self.products.get(spot.product_id) or {}, spot.variant_id))

    def _assign(self, change: Change, spot: Spot) -> None:
        change.id, change.variant_ref = spot.variant_id, (spot.product_id, spot.variant_id)
        change.current = self.entry_of(self.products[spot.product_id], spot.variant_id)

    @override
    def may_delete(self, change: Change) -> bool:
        msg = "A variant cannot be deleted alone: write its product with the variants that are to stay."
        raise Rejected(msg, code="NOT_DELETABLE")

    def leave_to_product(self, said: Entity, product_is_shown: bool) -> None:  # noqa: FBT001 - the product's `visible`
        """Leave out `visible` of the one variant of a product without options, in place: the product decides.

        Sites can have such a variant shown or hidden unlike its product; copying that would publish hidden products.
        """
        shown = said.pop("visible", None)
        if shown is not None and shown != product_is_shown:
            self.run.warn_once(
                f"{self.stream.name}: `visible` of a product's one variant differs from that of the product and is "
                "left out. Without options they are shown and hidden together: set `visible` in `products`."
            )


def _gone() -> Rejected:
    msg = "Its product was deleted or changed while it was looked at. Run again."
    return Rejected(msg, code="UNKNOWN_VARIANT", field="productId", retryable=True)


_CENT = Decimal("0.01")


class ProductVariantsV1(ProductVariants):
    """Changes prices, SKUs, weights, costs and visibility of variants."""

    # Match

    @override
    def locate(self, changes: list[Change]) -> dict[int, Spot | Rejected]:
        # Wix returns costs only on request.
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
        record, product = change.record, self.products[change.variant_ref[0]]
        self.run.warn_of_members(self.stream.name, self.unwritable(record) | product_fields.unheld_of_variant(record))
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
        product = self.products[changes[0].variant_ref[0]]
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


class ProductVariantsV3(ProductVariants):
    """Changes prices, SKUs, weights, costs and visibility of variants."""

    @override
    def to_site_shape(self, record: Entity) -> Entity:
        return product_fields.variant_to_v3(record) if "variant" in record else record

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
        return lookup.with_variants(lookup.fetch(sorted(ids), alone=read_alone(self.run, ids)))

    # Compare

    @override
    def compare(self, change: Change) -> None:
        self.run.warn_of_members(self.stream.name, self.unwritable(change.record))
        said, there = _view(change.record), _view(change.current or {})
        if ProductLookupV3(self.run).hides_costs(self.stream.name):
            said.pop("revenueDetails", None)
        product = self.products[change.variant_ref[0]]
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
                self.products |= self._read({change.variant_ref[0]})
                again += self._sent([[change]])[0]
        return again

    @override
    def failed(self, change: Change, failure: Failure) -> bool:
        change.failure = failure
        is_left_out = product_v3.leave_refused_out(self.run, self.stream.name, change, failure)
        return not is_left_out and super().failed(change, failure)

    def _sent(self, groups: list[list[Change]]) -> tuple[list[Change], list[list[Change]]]:
        """Send products; give the rows that must be looked at again, and those that Wix refused together."""
        rows_of: dict[str, list[Change]] = {rows[0].variant_ref[0]: rows for rows in groups}
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
                        self.record_written(change)
                elif len(rows) > 1 and verdict(result.failure, rows[0]) is Verdict.REJECT:
                    refused.append(rows)
                else:
                    again += [change for change in rows if not self.failed(change, result.failure)]
        return again, refused

    def _wholes(self, groups: list[list[Change]]) -> Iterator[Change]:
        """Write each product with all its variants, those of the rows changed."""
        for rows in groups:
            product = self.products[rows[0].variant_ref[0]]
            bodies: dict[str, Entity] = {}
            for change in rows:
                bodies[change.variant_ref[1]] = overlay(bodies.get(change.variant_ref[1], {}), change.body)
            variants = [overlay(one, bodies.get(one["id"], {})) for one in product["variantsInfo"]["variants"]]
            record = {
                "id": product["id"],
                "visible": product_v3.is_shown(product),
                "options": product.get("options"),
                "variantsInfo": {"variants": variants},
            }
            whole = Change(rows[0].line, record, Command.UPSERT, id=product["id"], current=product)
            product_v3.compare(self.run, self.stream.name, whole, {})
            yield whole


def _view(variant: Entity) -> Entity:
    """Return the writable members of a variant."""
    given = product_v3.variants({"variantsInfo": {"variants": [variant]}}) or {}
    (seen,) = given.values()
    return {name: value for name, value in seen.items() if name not in {"id", "inventoryItem", STOCK_TO_BEGIN_WITH}}
