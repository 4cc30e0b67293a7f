"""Variants of both store catalogs: they are updated, but not created or deleted without their product.

All rows of a product are written by one call. On V1, each product takes a call; a product without options has the
price, SKU and weight of its only variant itself. V3 writes a hundred products per call, but only with all variants and
all their members: a variant without its id is created, and a missing variant is deleted.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/update-product-variants
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/bulk-update-products
"""

from __future__ import annotations

from abc import abstractmethod
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from target_wix import product_fields
from target_wix.change import Change, Command, Entity, ItemResult
from target_wix.desired import diff, overlay, unmarked, without
from target_wix.domain import Domain
from target_wix.domains import locating, product_bodies_v1, product_bodies_v3
from target_wix.domains.bulk_calls import ProductCalls, write_groups
from target_wix.domains.locating import Locator, Spot, VariantsOfV1, WholeVariantsOfV3, by_product, variant_keys
from target_wix.domains.lookup import ProductLookupV3
from target_wix.errors import Failure, Rejected
from target_wix.fields import Access, Fields, decimal_text, derived, fields
from target_wix.matching import PRODUCTS, Key, text_of
from target_wix.product_fields import ENTRY_V1, STOCK_TO_BEGIN_WITH, VARIANT_V1, VARIANT_V3
from target_wix.verdicts import Verdict, verdict
from wix_api.endpoints import stores_v1
from wix_api.products.money import actual_price, discounted
from wix_api.products.variants import VARIANT, variants_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target_wix.stream import Stream


_IDS = (
    *fields("productId variantId", access=Access.DERIVED),
    *derived("productUpdatedDate product productData v1"),
)
"""Members that identify a variant, or that the tap adds."""
_ROW_V1 = Fields(*ENTRY_V1.rows, *_IDS, *fields("sku", access=Access.DERIVED))
_ROW_V3 = Fields(*VARIANT_V3.rows, *_IDS)


class ProductVariants(Domain):
    """Updates variants. A row identifies its variant by ids of this or another site, by SKU, or by its choices."""

    kind = locating.KIND
    rank = 2
    batch_size: ClassVar[int] = 1000
    needs_key = True
    undeletable = "A single variant cannot be deleted. Write its product with the remaining variants instead."

    def __init__(self, stream: Stream) -> None:
        super().__init__(stream)
        self.locator = Locator(self)
        self.products: dict[str, Entity] = {}
        """Products of the current batch, by their ids."""

    @abstractmethod
    def locate(self, changes: list[Change]) -> dict[Change, Spot | Rejected]:
        """Match rows with variants, and read their products into `products`."""

    @abstractmethod
    def entry_of(self, product: Entity, variant_id: str) -> Entity:
        """Return a variant of a product; `{}` if it has no such variant."""

    @override
    def tables(self) -> tuple[Fields, ...]:
        return (_ROW_V3, _ROW_V1)

    @override
    def fields_of(self, record: Entity) -> Fields:
        return _ROW_V1 if "variant" in record else _ROW_V3

    @override
    def unwritable(self, change: Change) -> set[str]:
        record = change.record
        names = set(self.fields_of(record).unwritable(record))
        # Stock has a separate stream.
        return names | {"inventoryItem"} if record.get("inventoryItem") else names

    @override
    def keys(self) -> tuple[Key, ...]:
        return variant_keys()

    @override
    def refer(self, change: Change) -> None:
        locating.note(self.run, change.record, change.id)

    @override
    def find(self, changes: list[Change]) -> list[Change]:
        spots = self.locate(changes)
        for change, spot in spots.items():
            if isinstance(spot, Spot) and not self.entry_of(self.products.get(spot.product_id, {}), spot.variant_id):
                msg = "The product of this variant was deleted or changed during the run. Run the command again."
                spots[change] = Rejected(msg, code="UNKNOWN_VARIANT", field="productId", retryable=True)
        return self.locator.assign(changes, spots, self._assign)

    def _assign(self, change: Change, spot: Spot) -> None:
        change.id, change.variant_ref = spot.variant_id, (spot.product_id, spot.variant_id)
        change.current = self.entry_of(self.products[spot.product_id], spot.variant_id)

    @override
    def note_update(self, change: Change) -> None:
        if "sku" in change.body:
            self.run.memory.changed_keys.change(PRODUCTS, "sku", change.variant_ref[0], text_of(change.body, "sku"))

    # What writes replace, for undo files

    @override
    def undo_id(self, change: Change) -> str:
        return "/".join(change.variant_ref)

    @override
    def members_before(self, change: Change, names: list[str]) -> Entity:
        product_id, variant_id = change.variant_ref
        return {"productId": product_id, "variantId": variant_id, **super().members_before(change, names)}

    def leave_to_product(self, desired: Entity, product_is_shown: bool) -> None:  # noqa: FBT001 - the product's `visible`
        """Remove `visible` of the only variant of a product without options, in place: the product decides.

        On some sites it differs from the product's; copying it to another site would publish hidden products.
        """
        shown = desired.pop("visible", None)
        if shown is not None and shown != product_is_shown:
            self.stream.warn(
                "`visible` of a product's only variant differs from that of the product and is "
                "left out. Without options, both must be the same: set `visible` in `products`."
            )


_CENT = Decimal("0.01")


class ProductVariantsV1(ProductVariants):
    """Updates prices, SKUs, weights, costs and visibility of V1 variants."""

    inside = "variant"

    # Match

    @override
    def locate(self, changes: list[Change]) -> dict[Change, Spot | Rejected]:
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
    def unwritable(self, change: Change) -> set[str]:
        return super().unwritable(change) | product_fields.unheld_of_variant(change.record)

    @override
    def compare(self, change: Change) -> None:
        record, product = change.record, self.products[change.variant_ref[0]]
        if "variant" not in record:
            product_fields.require_price(product_fields.missing_price(record))
        desired = product_bodies_v1.variant_view(_lowered(record))
        VARIANT_V1.check(desired)
        self._check_discount(record, desired, product)
        existing = product_bodies_v1.variant_view(change.current)
        if not product.get("productOptions"):
            if "variant" in record:
                desired.pop("visible", None)  # on V1, the variant is visible even if the product is hidden
            self.leave_to_product(desired, bool(product.get("visible")))
        change.body = unmarked(diff(existing, desired))
        if product.get("manageVariants") and not product.get("productOptions"):
            self._leave_out_of_variants(change)
        change.fields = tuple(change.body)
        if change.body and product.get("productOptions") and not product.get("manageVariants"):
            msg = "The product does not manage its variants, so they cannot differ. Write the values in `products`."
            raise Rejected(msg, code="VARIANTS_NOT_MANAGED", field="variantId")

    def _leave_out_of_variants(self, change: Change) -> None:
        """Remove members that Wix ignores, since the variants of the product stay managed without its options."""
        kept = without(change.body, *product_bodies_v1.OF_A_VARIANT)
        if kept != change.body:
            self.stream.warn(
                "`sku` and `weight` are left out for products whose options were removed while their variants were "
                "managed: catalog V1 ignores them. To set them, create the product again.",
                change.place,
            )
        change.body = kept

    def _check_discount(self, record: Entity, desired: Entity, product: Entity) -> None:
        """Raise if the product's only discount does not result in the record's price."""
        actual = decimal_text(actual_price(record).get("amount"))
        full = (desired.get("priceData") or {}).get("price")
        if actual is None or full is None:
            return
        makes = discounted(full, product.get("discount"))
        if abs(makes - Decimal(actual)) > _CENT:
            msg = (
                f"Catalog V1 has one discount per product, which results in the price {decimal_text(makes)} here. "
                "Change `compareAtPrice` and `actualPrice` in `products`."
            )
            raise Rejected(msg, code="DISCOUNT", field="price.actualPrice")

    @override
    def sides(self, change: Change) -> tuple[Entity, Entity]:
        return product_bodies_v1.variant_view(change.current), {**change.record, **change.body}

    @override
    def written_record(self, change: Change) -> Entity:
        # An undo joins records of both shapes.
        return _lowered(change.record)

    # Apply

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        return write_groups(self, by_product(changes), self._write)

    def _write(self, changes: list[Change]) -> None:
        """Write the rows of one product with one call."""
        product = self.products[changes[0].variant_ref[0]]
        self.run.memory.wrote(product["id"])
        names = {"id": product["id"]}
        if product.get("productOptions"):
            entries = [(change.current.get("choices") or {}, change.body) for change in changes]
            bodies = [product_bodies_v1.variant_body(tuple(choices.items()), body) for choices, body in entries]
            self.client.call(stores_v1.UPDATE_VARIANTS, names=names, body={"variants": bodies})
            return
        body: Entity = {}
        for change in changes:
            body |= change.body
        self.client.call(stores_v1.UPDATE_PRODUCT, names=names, body={"product": body})


def _lowered(record: Entity) -> Entity:
    """Return a record of a variant in the shape of catalog V1."""
    return record if "variant" in record else VARIANT.down(record, ({},))


def _names_cost(record: Entity) -> bool:
    return bool(record.get("revenueDetails") or (record.get("variant") or {}).get("costAndProfitData"))


class ProductVariantsV3(ProductVariants):
    """Updates prices, SKUs, weights, costs and visibility of V3 variants."""

    @override
    def to_site_shape(self, record: Entity) -> Entity:
        return product_bodies_v3.discounted(product_fields.variant_to_v3(record) if "variant" in record else record)

    # Match

    @override
    def locate(self, changes: list[Change]) -> dict[Change, Spot | Rejected]:
        source = WholeVariantsOfV3(self.run)
        spots = self.locator.find(changes, source)
        found = {spot.product_id for spot in spots.values() if isinstance(spot, Spot)}
        source.of(found, found)
        self.products = source.products
        return spots

    @override
    def entry_of(self, product: Entity, variant_id: str) -> Entity:
        return next((variant for variant in variants_of(product) if variant["id"] == variant_id), {})

    # Compare

    @override
    def compare(self, change: Change) -> None:
        desired, existing = _view(change.record), _view(change.current)
        if ProductLookupV3(self.run).hides_costs(self.stream):
            desired.pop("revenueDetails", None)
        product = self.products[change.variant_ref[0]]
        if not product.get("options"):
            self.leave_to_product(desired, product_bodies_v3.is_shown(product))
        VARIANT_V3.check(desired)
        change.body = diff(existing, desired)
        change.fields = tuple(change.body)
        if change.body:
            product_bodies_v3.check_whole(overlay(existing, desired))

    @override
    def sides(self, change: Change) -> tuple[Entity, Entity]:
        return _view(change.current), {**change.record, **change.body}

    # Apply

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        again, refused = self._sent(by_product(changes))
        for rows in refused:
            # Wix refused the rows together; send them one by one to find the refused ones.
            for change in rows:
                anew = WholeVariantsOfV3(self.run)
                anew.of(change.variant_ref[:1], change.variant_ref[:1])
                self.products |= anew.products
                again += self._sent([[change]])[0]
        return again

    @override
    def handle_failure(self, change: Change, failure: Failure) -> bool:
        change.failure = failure
        is_left_out = product_bodies_v3.leave_refused_out(self.stream, change, failure)
        return not is_left_out and super().handle_failure(change, failure)

    def _sent(self, groups: list[list[Change]]) -> tuple[list[Change], list[list[Change]]]:
        """Send products; return the rows to match and compare again, and groups of rows that Wix refused together."""
        rows_of: dict[str, list[Change]] = {rows[0].variant_ref[0]: rows for rows in groups}
        results: list[ItemResult] = []
        again: list[Change] = []
        refused: list[list[Change]] = []
        calls = ProductCalls(self.run).updates(list(self._wholes(groups)))
        try:
            self.run.together(lambda call: results.extend(call()), list(calls))
        finally:
            # Record the outcomes of calls that succeeded even if another call ended the run.
            for result in results:
                rows = rows_of[result.change.id]
                self.run.memory.wrote(result.change.id)
                if result.failure is None:
                    for change in rows:
                        self.record_written(change)
                elif len(rows) > 1 and verdict(result.failure, rows[0]) is Verdict.REJECT:
                    refused.append(rows)
                else:
                    again += [change for change in rows if not self.handle_failure(change, result.failure)]
        return again, refused

    def _wholes(self, groups: list[list[Change]]) -> Iterator[Change]:
        """Yield for each product a change with all its variants, including the changes of its rows."""
        for rows in groups:
            product = self.products[rows[0].variant_ref[0]]
            bodies: dict[str, Entity] = {}
            for change in rows:
                bodies[change.variant_ref[1]] = overlay(bodies.get(change.variant_ref[1], {}), change.body)
            variants = [overlay(one, bodies.get(one["id"], {})) for one in product["variantsInfo"]["variants"]]
            record = {
                "id": product["id"],
                "visible": product_bodies_v3.is_shown(product),
                "options": product.get("options"),
                "variantsInfo": {"variants": variants},
            }
            whole = Change(rows[0].line, record, Command.UPSERT, id=product["id"], current=product)
            product_bodies_v3.compare(self.stream, whole, {})
            yield whole


def _view(variant: Entity) -> Entity:
    views = product_bodies_v3.variants({"variantsInfo": {"variants": [variant]}}) or {}
    (seen,) = views.values()
    return without(seen, "id", "inventoryItem", STOCK_TO_BEGIN_WITH)
