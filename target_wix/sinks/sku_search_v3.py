"""Finds variants of a V3 site by SKU: by a search, or by reading all variants where Wix refuses that search.

Only the typings of Wix's client say that search-variants filters by SKU. Of the other queries, those of stock filter by
it, but know no variant without stock; those of variants do not filter by it. Where variants are found without those of
products without options, these are found by their stock, and without stock by a search of products.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from wix_api import timestamps
from wix_api.endpoints import stores_v3
from wix_api.errors import InvalidRequestError
from wix_api.pages import RowsDecoder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from target_wix.changes import Entity
    from target_wix.run import Run


_PRODUCTS = RowsDecoder("products", dict[str, Any])
_CAUGHT_UP = 60.0
"""Seconds after which queries show a product."""


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
        self._all_single: list[SkuHit] | None = None
        self._probing = threading.Lock()
        self._leaves_out: bool | None = None

    def find(self, skus: list[str]) -> list[SkuHit]:
        """Return the variants that have one of some SKUs."""
        hits = self._searched(skus)
        if hits is None:
            known = self._everything()
            hits = [hit for sku in skus for hit in known.get(sku, ())]
        found = {hit.sku for hit in hits}
        missing = [sku for sku in skus if sku not in found]
        if not missing or not self.leaves_out():
            return hits
        stock = stores_v3.STOCK.find(self._run.client, "product.variantSku", missing)
        of_stock = [SkuHit(row["product"]["variantSku"], row["productId"], row["variantId"]) for row in stock]
        found = {hit.sku for hit in of_stock}
        missing = [sku for sku in missing if sku not in found]
        return [*hits, *dict.fromkeys(of_stock), *(self._single(missing) if missing else ())]

    def leaves_out(self) -> bool:
        """True if variants are found without those of products without options, as on some sites, or may be.

        Any row without choices shows that they do not. Without one, a product without options is looked up: two
        requests, once a run.
        """
        with self._probing:
            if self._leaves_out is None:
                self._leaves_out = self._probed()
            return self._leaves_out is not False

    def _probed(self) -> bool | None:
        """Return whether products without options are left out; None if it cannot be known yet."""
        size = stores_v3.PRODUCTS.page_size
        body = {"query": {"cursorPaging": {"limit": size}}}
        products, _ = self._run.client.decoded(stores_v3.PRODUCTS.operation, _PRODUCTS, body=body)
        changed = {
            product["id"]: timestamps.readable(product.get("updatedDate"))
            for product in products
            if not product.get("options")
        }
        if not changed:
            return len(products) == size  # further pages may hold some
        oldest = min(changed, key=lambda product: changed[product])
        query = stores_v3.SEARCH_VARIANTS if self._all is None else stores_v3.VARIANTS
        if list(query.find(self._run.client, "productData.productId", [oldest])):
            return False
        return True if changed[oldest] < timestamps.earlier(self._run.client.now, _CAUGHT_UP) else None

    def _searched(self, skus: list[str]) -> list[SkuHit] | None:
        """Search for SKUs; None on sites that refuse it."""
        if self._all is not None:
            return None
        try:
            rows = list(stores_v3.SEARCH_VARIANTS.find(self._run.client, "sku", skus))
        except InvalidRequestError as error:
            self._run.warn_once(f"{error.happened} So all variants are read to find SKUs. Nothing has to be done.")
            return None
        if any(not row.get("optionChoices") for row in rows):
            self._leaves_out = False
        wanted = set(skus)
        # A search may be fuzzy: only what has just this SKU counts.
        return [_hit(row) for row in rows if row.get("sku") in wanted]

    def _single(self, skus: list[str]) -> list[SkuHit]:
        """Return the variants that have one of some SKUs and are the only ones of their products."""
        wanted = set(skus)
        with self._lock:
            if self._all_single is None:
                try:
                    found = stores_v3.PRODUCTS_BY_SKU.find(self._run.client, stores_v3.CHEAPEST_SKU, skus)
                    return [hit for hit in _only_variants(found) if hit.sku in wanted]
                except InvalidRequestError as error:
                    self._run.warn_once(
                        f"{error.happened} So all products are read to find SKUs. Nothing has to be done."
                    )
                self._all_single = list(_only_variants(self._run.rows(stores_v3.CHEAPEST_VARIANTS)))
            return [hit for hit in self._all_single if hit.sku in wanted]

    def _everything(self) -> dict[str, list[SkuHit]]:
        with self._lock:
            if self._all is None:
                found: dict[str, list[SkuHit]] = defaultdict(list)
                for row in self._run.rows(stores_v3.VARIANTS):
                    if row.get("sku"):
                        found[row["sku"]].append(_hit(row))
                self._all = dict(found)
            return self._all


def _only_variants(products: Iterable[Entity]) -> Iterator[SkuHit]:
    """Yield the variants of products that have one variant, which is their cheapest."""
    for product in products:
        summary = product.get("variantSummary") or {}
        variant = summary.get("minPriceVariant") or {}
        if summary.get("variantCount") == 1 and variant.get("sku"):
            yield SkuHit(variant["sku"], product["id"], variant["id"])


def _hit(row: dict[str, object]) -> SkuHit:
    product = row["productData"]
    assert isinstance(product, dict)
    return SkuHit(str(row["sku"]), product["productId"], str(row["variantId"]))
