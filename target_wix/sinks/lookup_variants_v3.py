"""Finds variants of a V3 site for rows that name them by ids of this or of another site, or by SKU."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from target_wix.matching import GUID, PRODUCTS, Found
from target_wix.outcomes import Rejected
from target_wix.sinks.lookup_v3 import ProductLookupV3
from target_wix.sinks.sku_search_v3 import SkuSearchV3
from target_wix.sinks.variant_match import Variant, choices_of, note, pick, sku_of
from wix_api.endpoints import stores_v3

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_wix.changes import Entity
    from target_wix.run import Run


class Spot(NamedTuple):
    """A variant of the site, and whether the record names it by ids of another site."""

    product_id: str
    variant_id: str
    is_foreign: bool


class VariantLookupV3:
    """Reads variants of one site."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._products = ProductLookupV3(run)

    def find(self, records: list[Entity]) -> list[Spot | Rejected]:
        """Give where each record's variant is, or why that cannot be told."""
        here = [self._product_of(record) for record in records]
        sure = {product for record, product in zip(records, here, strict=True) if product and self._is_noted(record)}
        variants = self.of({product for product in here if product}, sure)
        spots = [self._spot(record, product, variants) for record, product in zip(records, here, strict=True)]
        by_sku = self._search({sku_of(record) for record, spot in zip(records, spots, strict=True) if spot is None})
        return [
            spot or self._searched(record, by_sku.get(sku_of(record), []))
            for record, spot in zip(records, spots, strict=True)
        ]

    def of(self, product_ids: Iterable[str], sure: set[str]) -> dict[str, list[Variant]]:
        """Give the variants of products.

        The query lags, so products that are `sure` to be there are read one by one where it gives none.
        """
        listed: dict[str, list[Variant]] = defaultdict(list)
        for row in self._products.rows(stores_v3.VARIANTS, "productData.productId", product_ids):
            listed[row["productData"]["productId"]].append(_variant(row["variantId"], row, row.get("optionChoices")))
        missing = sorted(sure - listed.keys())
        products = self._products.fetch(missing, fresh=set(missing))
        # Some sites leave products without options out of the query.
        products |= self._products.of_one_variant(set(product_ids) - listed.keys() - products.keys())
        for product_id, product in products.items():
            rows = product["variantsInfo"]["variants"]
            listed[product_id] = [_variant(row["id"], row, row.get("choices")) for row in rows]
        return listed

    def _is_noted(self, record: Entity) -> bool:
        return bool(self._run.memory.here(PRODUCTS, str(record.get("productId"))))

    def _product_of(self, record: Entity) -> str | None:
        incoming = str(record.get("productId") or "")
        here = self._run.memory.here(PRODUCTS, incoming)
        return here or (incoming if GUID.fullmatch(incoming) else None)

    def _spot(self, record: Entity, product_id: str | None, variants: dict[str, list[Variant]]) -> Spot | None:
        if product_id is None or product_id not in variants:
            return None
        foreign = product_id != record.get("productId")
        variant = pick(self._run, record, variants[product_id], foreign=foreign)
        if variant is None:
            return None
        note(self._run, record, variant.id)
        return Spot(product_id, variant.id, foreign)

    def _search(self, skus: set[str]) -> dict[str, list[Found]]:
        """Find variants by SKU; what this run wrote itself is known before the search shows it."""
        found: dict[str, list[Found]] = defaultdict(list)
        known = {sku: self._run.memory.find(PRODUCTS, "sku", sku) for sku in skus}
        made = {product for product in known.values() if product}
        for product_id, variants in self.of(made, made).items():
            for variant in variants:
                if known.get(variant.sku) == product_id:
                    found[variant.sku].append(Found(product_id, variant.id))
        for hit in self._run.once(SkuSearchV3).find(sorted(skus - found.keys() - {""})):
            found[hit.sku].append(Found(hit.product_id, hit.variant_id))
        return found

    def _searched(self, record: Entity, found: list[Found]) -> Spot | Rejected:
        if not found:
            msg = "The site has no such variant. Variants are made with their product: load `products` first."
            return Rejected(msg, code="UNKNOWN_VARIANT", field="variantId", retryable=True)
        if len(found) > 1:
            some = ", ".join(f"{product}/{variant}" for product, variant, _ in found[:5])
            msg = f"{len(found)} variants of the site have this sku: {some}. Give `productId` and `variantId`."
            return Rejected(msg, code="AMBIGUOUS_MATCH", field="sku")
        ((product_id, variant_id, _),) = found
        note(self._run, record, variant_id)
        return Spot(product_id, variant_id, bool(record.get("productId")))


def _variant(variant_id: str, row: Entity, choices: object) -> Variant:
    return Variant(variant_id, str(row.get("sku") or ""), choices_of(choices))
