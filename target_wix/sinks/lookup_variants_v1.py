"""Finds variants of a V1 site for rows that name them by ids of this or of another site, or by SKU.

V1 filters products by their own SKU only: products with managed variants have none. So SKUs that nothing else explains
are looked for among all products, which are read once for a run.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/query-products
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from target_wix.concurrency import batches
from target_wix.matching import GUID, LOOKUP_SIZE, PRODUCTS
from target_wix.outcomes import Rejected
from target_wix.sinks.lookup_v1 import ProductLookupV1
from target_wix.sinks.variant_match import Variant, choices_of, note, pick, sku_of
from wix_api.endpoints import stores_v1

if TYPE_CHECKING:
    from target_wix.changes import Entity
    from target_wix.run import Run


class SpotV1(NamedTuple):
    """A product of the site, and its variant as it stands in `variants` of the product."""

    product: Entity
    entry: Entity


class VariantLookupV1:
    """Reads products with their variants."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._products = ProductLookupV1(run)

    def find(self, records: list[Entity], *, with_cost: bool = False) -> list[SpotV1 | Rejected]:
        """Give where each record's variant is, or why that cannot be told.

        Args:
            records: Rows of either shape.
            with_cost: Whether variants shall carry their costs.
        """
        here = [self._product_of(record) for record in records]
        sure = {product for record, product in zip(records, here, strict=True) if product and self._is_noted(record)}
        products = self._products.fetch({one for one in here if one}, sure=sure, with_cost=with_cost)
        spots = [self._spot(record, products.get(one or "")) for record, one in zip(records, here, strict=True)]
        lost = [record for record, spot in zip(records, spots, strict=True) if spot is None]
        owners = self._owners({sku_of(record) for record in lost} - {""})
        found = {product for products_of in owners.values() for product in products_of}
        products |= self._products.fetch(found - products.keys(), sure=found, with_cost=with_cost)
        return [
            spot or self._by_sku(record, [products[one] for one in owners.get(sku_of(record), ()) if one in products])
            for record, spot in zip(records, spots, strict=True)
        ]

    def here(self, record: Entity, variant_id: str, product: Entity) -> str | None:
        """Give the variant of a product of this site that an id of another site stands for."""
        row = {"productId": record.get("productId"), "variantId": variant_id}
        listed = [_variant(product, entry) for entry in product.get("variants") or []]
        found = pick(self._run, row, listed, foreign=product.get("id") != record.get("productId"))
        return found.id if found else None

    def _product_of(self, record: Entity) -> str | None:
        incoming = str(record.get("productId") or record.get("externalId") or "")
        here = self._run.memory.here(PRODUCTS, incoming)
        return here or (incoming if GUID.fullmatch(incoming) else None)

    def _is_noted(self, record: Entity) -> bool:
        return bool(self._run.memory.here(PRODUCTS, str(record.get("productId") or record.get("externalId"))))

    def _spot(self, record: Entity, product: Entity | None) -> SpotV1 | None:
        if product is None:
            return None
        if isinstance(record.get("variants"), list):
            return SpotV1(product, {"id": ""})  # V1's own stock speaks of all variants
        foreign = product["id"] not in {record.get("productId"), record.get("externalId")}
        entries = {entry["id"]: entry for entry in product.get("variants") or []}
        variant = pick(self._run, record, [_variant(product, entry) for entry in entries.values()], foreign=foreign)
        if variant is None:
            return None
        note(self._run, record, variant.id)
        return SpotV1(product, entries[variant.id])

    def _owners(self, skus: set[str]) -> dict[str, set[str]]:
        """Give the products that have a SKU: those of this run, those whose own it is, and at last any."""
        owners: dict[str, set[str]] = defaultdict(set)
        owners |= {sku: {known} for sku in skus if (known := self._run.memory.find(PRODUCTS, "sku", sku))}
        listed = sorted(skus - owners.keys())
        for some in batches(listed, LOOKUP_SIZE):
            for found in self._products.find("sku", some):
                owners[found.value].add(found.id)
        for sku in skus - owners.keys():
            owners[sku] = self._run.once(_owners_of_all_skus).get(sku, set())
        return owners

    def _by_sku(self, record: Entity, owners: list[Entity]) -> SpotV1 | Rejected:
        sku = sku_of(record)
        spots = [
            SpotV1(product, entry)
            for product in owners
            for entry in product.get("variants") or []
            if sku and _variant(product, entry).sku == sku
        ]
        if not spots:
            msg = "The site has no such variant. Variants are made with their product: load `products` first."
            return Rejected(msg, code="UNKNOWN_VARIANT", field="variantId", retryable=True)
        if len(spots) > 1:
            some = ", ".join(f"{spot.product['id']}/{spot.entry['id']}" for spot in spots[:5])
            msg = f"{len(spots)} variants of the site have this sku: {some}. Give `productId` and `variantId`."
            return Rejected(msg, code="AMBIGUOUS_MATCH", field="sku")
        note(self._run, record, spots[0].entry["id"])
        return spots[0]


def _owners_of_all_skus(run: Run) -> dict[str, set[str]]:
    owners: dict[str, set[str]] = defaultdict(set)
    for product in run.rows(stores_v1.PRODUCTS):
        for entry in product.get("variants") or []:
            owners[_variant(product, entry).sku].add(product["id"])
    return owners


def _variant(product: Entity, entry: Entity) -> Variant:
    sku = (entry.get("variant") or {}).get("sku") or ("" if entry.get("choices") else product.get("sku"))
    return Variant(entry["id"], str(sku or ""), choices_of(entry.get("choices")))
