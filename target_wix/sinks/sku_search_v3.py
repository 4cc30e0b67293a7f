"""Finds variants of a V3 site by SKU: by a search, or by reading all variants where Wix refuses that search.

Only the typings of Wix's client say that search-variants filters by SKU. Of the other queries, those of stock filter by
it, but know no variant without stock; those of variants do not filter by it.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from wix_api.endpoints import stores_v3
from wix_api.errors import InvalidRequestError

if TYPE_CHECKING:
    from target_wix.run import Run


class SkuHit(NamedTuple):
    """A variant that has a SKU. Variant ids are unique only within their product."""

    sku: str
    product_id: str
    variant_id: str


class SkuSearchV3:
    """Finds variants by SKU. Safe for threads; one object serves a run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._all: dict[str, list[SkuHit]] | None = None

    @classmethod
    def of(cls, run: Run) -> SkuSearchV3:
        """Return the one search of a run."""
        found: SkuSearchV3 = run.shared.setdefault("V3 variants by SKU", cls(run))
        return found

    def find(self, skus: list[str]) -> list[SkuHit]:
        """Return the variants that have one of some SKUs."""
        if self._all is None:
            try:
                return [_hit(row) for row in stores_v3.SEARCH_VARIANTS.find(self._run.client, "sku", skus)]
            except InvalidRequestError as error:
                self._run.warn_once(f"{error.happened} So all variants are read to find SKUs. Nothing has to be done.")
        known = self._everything()
        missing = [sku for sku in skus if sku not in known]
        # Some sites leave products without options out of the query of variants.
        stock = stores_v3.STOCK.find(self._run.client, "product.variantSku", missing)
        hits = [SkuHit(row["product"]["variantSku"], row["productId"], row["variantId"]) for row in stock]
        return [*(hit for sku in skus for hit in known.get(sku, ())), *dict.fromkeys(hits)]

    def _everything(self) -> dict[str, list[SkuHit]]:
        with self._lock:
            if self._all is None:
                found: dict[str, list[SkuHit]] = defaultdict(list)
                for row in self._run.rows(stores_v3.VARIANTS):
                    if row.get("sku"):
                        found[row["sku"]].append(_hit(row))
                self._all = dict(found)
            return self._all


def _hit(row: dict[str, object]) -> SkuHit:
    product = row["productData"]
    assert isinstance(product, dict)
    return SkuHit(str(row["sku"]), product["productId"], str(row["variantId"]))
