"""Finds products of a V3 site: by id, handle and slug in queries, by SKU in a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_wix.matching import Found, Key, guid_of, text_of
from target_wix.reading import Reader, rows_of
from target_wix.sinks.product_v3 import from_read_only
from target_wix.sinks.revisions_v3 import PAUSES, Revisions, number
from target_wix.sinks.sku_search_v3 import SkuSearchV3
from wix_api import timestamps
from wix_api.endpoints import stores_v3
from wix_api.languages import VALUES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from target_wix.changes import Entity
    from target_wix.run import Run
    from wix_api.query import Query

_CHEAPEST = "minPriceVariant"
_OF_CLOCKS = 1.0
"""Seconds by which our clock may be ahead of Wix's without our knowing."""


class ProductLookupV3:
    """Reads products of one site."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._client = run.client
        fields = [*stores_v3.PRODUCT_FIELDS, stores_v3.MERCHANT_DATA]
        self._reader = Reader(
            run, stores_v3.PRODUCTS, stores_v3.GET_PRODUCT, "product", arguments={"params": {"fields": fields}}
        )
        self._revisions = run.once(Revisions)

    def keys(self) -> tuple[Key, ...]:
        """Give the ways to find a product, in the order in which they decide."""
        return (
            self._key("id", lambda record: guid_of(record, "id")),
            self._key("handle", lambda record: text_of(record, "handle")),
            Key("sku", skus_of, self._find_skus, rows=stores_v3.SEARCH_VARIANTS.page_size, most=VALUES),
            self._key("slug", lambda record: text_of(record, "slug")),
        )

    def _key(self, member: str, offers: Callable[[Entity], list[str]]) -> Key:
        rows = stores_v3.PRODUCTS.page_size
        return Key(member, offers, lambda values: self.find(member, values), rows=rows, most=VALUES)

    def find(self, member: str, values: list[str]) -> list[Found]:
        """Find products by a member that queries filter by."""
        return [Found(str(row[member]), row["id"], row) for row in self._reader.find(member, values)]

    def fetch(self, ids: list[str], *, fresh: set[str]) -> dict[str, Entity]:
        """Return products by their ids.

        Queries lag behind writes. A product that a query does not give, or that was refused for its revision
        (`fresh`), is read alone. Wix may answer that from an old state, too: then it is read again, for up to a minute.
        """
        return self._current(self._reader.get(ids, alone=fresh, sure=ids), self._reader.get)

    def _current(
        self, products: dict[str, Entity], read: Callable[[list[str]], dict[str, Entity]]
    ) -> dict[str, Entity]:
        """Return products as they are after the latest write that is known of them, as far as a minute shows it."""
        for pause in PAUSES:
            old = [one for one, product in products.items() if self._revisions.is_old(product)]
            if not old:
                break
            self._run.check_stop()
            self._run.lag.pause(pause)
            products |= read(old)
        return products

    def rows(self, query: Query, member: str, ids: Iterable[str]) -> list[Entity]:
        """Give the rows that belong to products: their variants, their stock."""
        return rows_of(self._run, query, member, ids, stores_v3.PRODUCTS_PER_CALL)

    def with_variants(self, products: dict[str, Entity]) -> dict[str, Entity]:
        """Give products, by id, with their variants; those that have them already stay as they are.

        Variants are written whole, and come from another index than their products. A row of before would undo what
        somebody else did just now, at a revision that Wix takes. So a product that changed within the lag, and whose
        rows do not bear its revision, is read alone.

        The query of variants was seen to leave out products without options. Their one variant is the cheapest one,
        which a query of products gives; products with several variants are read alone where rows are missing.
        """
        since = timestamps.earlier(self._client.now, self._run.lag.seconds + _OF_CLOCKS)
        rows: dict[str, list[Entity]] = {one: [] for one, product in products.items() if "variantsInfo" not in product}
        for row in self.variants(rows) if rows else ():
            rows[row["productData"]["productId"]].append(row)
        lacking = [one for one, listed in rows.items() if not listed and _count_of(products[one]) == 1]
        filled = {
            one: {**products[one], "variantsInfo": found["variantsInfo"]}
            for one, found in (self.of_one_variant(lacking) if len(lacking) > 1 else {}).items()
            if found.get("revision") == products[one].get("revision")
        }
        open_ones = rows.keys() - filled.keys()
        apart = sorted(one for one in open_ones if _are_apart(products[one], rows[one], since))
        for one in apart:
            self._revisions.at_least(one, number(products[one].get("revision")))
        got = self._current(self._reader.each(apart), self._reader.each)
        listed = {one: [from_read_only(row) for row in rows[one]] for one in open_ones - set(apart)}
        queried = {one: {**products[one], "variantsInfo": {"variants": found}} for one, found in listed.items()}
        return {**products, **queried, **filled, **got}

    def of_one_variant(self, ids: Iterable[str]) -> dict[str, Entity]:
        """Return products by their ids with their variants: those that have one variant, which is their cheapest."""
        rows = self.rows(stores_v3.CHEAPEST_VARIANTS_WITH_COSTS, "id", ids)
        found = {row["id"]: (row.get("variantSummary") or {}).get(_CHEAPEST) for row in rows if _count_of(row) == 1}
        return {one: {**row, "variantsInfo": {"variants": [found[one]]}} for row in rows if found.get(one := row["id"])}

    def variants(self, ids: Iterable[str]) -> list[Entity]:
        """Give the rows of products' variants, with their costs where the credential may see them.

        Variants are written whole, so a cost that is not read is lost when anything else of its variant changes.
        """
        return self.rows(stores_v3.VARIANTS_WITH_COSTS, "productData.productId", ids)

    def hides_costs(self, stream: str) -> bool:
        """Whether the credential may not see what variants cost; says so once."""
        if not self._client.wishes.is_refused(stores_v3.MERCHANT_DATA):
            return False
        self._run.warn_once(
            f"{stream}: the credential may not read the costs of variants. Those of the input are left out where a "
            "product is there already, and a variant that changes may lose the cost that it has. Grant "
            "SCOPE.STORES.PRODUCT_READ_ADMIN."
        )
        return True

    def _find_skus(self, values: list[str]) -> list[Found]:
        return [Found(hit.sku, hit.product_id) for hit in self._run.once(SkuSearchV3).find(values)]


def _count_of(product: Entity) -> int:
    """Return the number of variants that a product says it has, 0 if it says nothing."""
    count = (product.get("variantSummary") or {}).get("variantCount")
    return count if isinstance(count, int) else 0


def _are_apart(product: Entity, rows: list[Entity], since: str) -> bool:
    """Whether the rows of a product's variants are incomplete, or may be of another moment than the product."""
    if len(rows) < _count_of(product):
        return True
    revisions = {str(row["productData"].get("revision")) for row in rows}
    if revisions == {str(product.get("revision"))}:
        return False
    changed = product.get("updatedDate")
    return not rows or not changed or timestamps.normalise(str(changed)) >= since


def skus_of(record: Entity) -> list[str]:
    """Give the SKUs of a product record: its own, and those of its variants."""
    info = record.get("variantsInfo")
    variants = info.get("variants") if isinstance(info, dict) else None
    listed = variants if isinstance(variants, list) else []
    return [sku for variant in (record, *listed) if isinstance(variant, dict) for sku in text_of(variant, "sku")]
