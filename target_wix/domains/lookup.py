"""Look-ups of products: on V1 by id, slug and SKU; on V3 by id, handle and slug with queries, by SKU with a search.

Reads may return old data: queries for seconds, reads by id for up to a minute after a write. A product with an older
revision than this run has written, or than Wix has refused as outdated, is not trusted (`Revisions`).

Search Variants filters by SKU (`SkuSearchV3`), but only the types of Wix's client document this. The query of stock
filters by SKU, too, but lacks variants without stock; the query of variants does not filter by SKU. On sites whose
search lacks variants of products without options, these are found by their stock, or else by a search of products.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from target_wix.concurrency import grouped
from target_wix.domains import product_bodies_v1
from target_wix.matching import Found, Key, Reader, rows_of, text_of
from wix_api import timestamps
from wix_api.endpoints import stores_v1, stores_v3
from wix_api.errors import InvalidRequestError
from wix_api.languages import VALUES
from wix_api.pages import RowsDecoder
from wix_api.products.rows import variant_of_row
from wix_api.products.variants import variants_of
from wix_api.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from target_wix.change import Entity, ItemResult
    from target_wix.run import Run
    from target_wix.stream import Stream
    from wix_api.query import Query

_CHEAPEST = "minPriceVariant"
_OF_CLOCKS = 1.0
"""Undetected difference between our clock and Wix's, in seconds."""
_KEPT = 120.0
"""Seconds after a write from which all reads are trusted."""
_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds between repeated reads of a product with old data: a minute in all."""
_PRODUCTS = RowsDecoder("products", dict[str, Any])
_CAUGHT_UP = 60.0
"""Seconds after a change from which queries show a product."""


class ProductLookupV3:
    """Reads products of a V3 site."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._client = run.client
        fields = [*stores_v3.PRODUCT_FIELDS, stores_v3.MERCHANT_DATA]
        self._reader = Reader(
            run, stores_v3.PRODUCTS, stores_v3.GET_PRODUCT, "product", arguments={"params": {"fields": fields}}
        )
        self._revisions = run.once(Revisions)

    def keys(self) -> tuple[Key, ...]:
        """Return the keys of a product; the first key with a match decides."""
        return (
            self._reader.key("id", most=VALUES),
            self._reader.key("handle", most=VALUES),
            Key("sku", skus_of, self._find_skus, rows=stores_v3.SEARCH_VARIANTS.page_size, most=VALUES),
            self._reader.key("slug", most=VALUES),
        )

    def find(self, member: str, values: list[str]) -> list[Found]:
        """Return the products whose member has one of the values; queries must filter by the member."""
        return self._reader.found(member, values)

    def ids_of_names(self, names: list[str]) -> list[str]:
        """Return the ids of the products with one of the names, by a search: queries cannot filter by name."""
        wanted = set(names)
        try:
            found = list(stores_v3.PRODUCT_SEARCH.find(self._client, "name", names))
        except InvalidRequestError as error:
            self._run.warn_once(f"{error.happened} So products are not matched by their names.")
            return []
        return sorted({row["id"] for row in found if row.get("name") in wanted})

    def fetch(
        self, ids: list[str], *, alone: Collection[str] | None = None, known_to_exist: Collection[str] | None = None
    ) -> dict[str, Entity]:
        """Return products by their ids. Those `known_to_exist` (default: all) that queries lack are read one by one.

        Products with old data are read again, for up to a minute. `alone` are the ids to read one by one at once, by
        default those of products that queries may show without their last write.
        """
        known = ids if known_to_exist is None else known_to_exist
        products = self._reader.get(ids, alone=alone, known_to_exist=known)
        return self._current(products, lambda old: self._reader.get(old, alone=()))

    def _current(
        self, products: dict[str, Entity], read: Callable[[list[str]], dict[str, Entity]]
    ) -> dict[str, Entity]:
        """Return products after their last known write; products with old data are read again, for up to a minute."""
        for pause in _PAUSES:
            old = [one for one, product in products.items() if self._revisions.is_old(product)]
            if not old:
                break
            self._run.stop.check()
            self._run.lag.pause(pause)
            products |= read(old)
        return products

    def rows(self, query: Query, member: str, ids: Iterable[str]) -> list[Entity]:
        """Return rows that belong to products, such as their variants or stock."""
        return rows_of(self._run, query, member, ids, stores_v3.PRODUCTS_PER_CALL)

    def with_variants(self, products: dict[str, Entity]) -> dict[str, Entity]:
        """Return products by id with their variants; products that have their variants already are returned unchanged.

        Variants are written as a whole, and are read from another index than their products. An old row would undo a
        change by another client, although the product's revision is current. So a product that was changed within the
        lag is read by its id, unless its rows have its revision.

        On some sites, the query of variants lacks products without options. Their only variant is their cheapest one,
        which the query of products returns. Products with several variants are read by id if rows are missing.
        """
        since = timestamps.earlier(self._client.now, self._run.lag.seconds + _OF_CLOCKS)
        rows: dict[str, list[Entity]] = {one: [] for one, product in products.items() if "variantsInfo" not in product}
        # With costs if the credential may read them: a cost that cannot be read is lost when its variant changes.
        for row in self.rows(stores_v3.VARIANTS_WITH_COSTS, "productData.productId", rows):
            rows[row["productData"]["productId"]].append(row)
        filled = self._with_cheapest(products, [one for one, listed in rows.items() if not listed])
        open_ones = rows.keys() - filled.keys()
        apart = sorted(one for one in open_ones if _are_apart(products[one], rows[one], since))
        for one in apart:
            self._revisions.at_least(one, _revision(products[one].get("revision")))
        got = self._current(self._reader.each(apart), self._reader.each)
        listed = {one: list(map(variant_of_row, rows[one])) for one in open_ones - set(apart)}
        queried = {one: {**products[one], "variantsInfo": {"variants": found}} for one, found in listed.items()}
        return {**products, **queried, **filled, **got}

    def _with_cheapest(self, products: dict[str, Entity], lacking: list[str]) -> dict[str, Entity]:
        """Return products with a single variant that queries of variants lack, with their cheapest variant."""
        single = [one for one in lacking if _count_of(products[one]) == 1]
        found = self.of_one_variant(single) if len(single) > 1 else {}
        return {
            one: {**products[one], "variantsInfo": product["variantsInfo"]}
            for one, product in found.items()
            if product.get("revision") == products[one].get("revision")
        }

    def of_one_variant(self, ids: Iterable[str]) -> dict[str, Entity]:
        """Return, by their ids and with their variants, those products that have a single variant."""
        return self.with_only_variants(self.rows(stores_v3.CHEAPEST_VARIANTS_WITH_COSTS, "id", ids))

    def with_only_variants(self, rows: Iterable[Entity]) -> dict[str, Entity]:
        """Return, by their ids and with their variants, those of some products that have a single variant.

        Queries have it as the cheapest variant, unless it is hidden; then its product is read by id.
        """
        single = {row["id"]: row for row in rows if _count_of(row) == 1}
        cheapest = {one: row["variantSummary"].get(_CHEAPEST) for one, row in single.items()}
        shown = {
            one: {**single[one], "variantsInfo": {"variants": [variant]}}
            for one, variant in cheapest.items()
            if variant
        }
        return {**shown, **self._reader.each(sorted(single.keys() - shown.keys()))}

    def hides_costs(self, stream: Stream) -> bool:
        """True if the credential may not read the costs of variants; logs a warning once."""
        if not self._client.wishes.is_refused(stores_v3.MERCHANT_DATA):
            return False
        stream.warn(
            "the credential may not read the costs of variants. Costs of existing products are not written, "
            "and a variant that changes may lose its cost. Grant the permission SCOPE.STORES.PRODUCT_READ_ADMIN."
        )
        return True

    def _find_skus(self, values: list[str]) -> list[Found]:
        return [Found(hit.sku, hit.product_id) for hit in self._run.once(SkuSearchV3).find(values)]


def _count_of(product: Entity) -> int:
    """Return the number of variants in a product's summary; 0 if there is none."""
    count = (product.get("variantSummary") or {}).get("variantCount")
    return count if isinstance(count, int) else 0


def _are_apart(product: Entity, rows: list[Entity], since: str) -> bool:
    """True if the rows of a product's variants are incomplete, or may be older or newer than the product."""
    if len(rows) < _count_of(product):
        return True
    revisions = {str(row["productData"].get("revision")) for row in rows}
    if revisions == {str(product.get("revision"))}:
        return False
    changed = product.get("updatedDate")
    return not rows or not changed or timestamps.normalise(str(changed)) >= since


def skus_of(record: Entity) -> list[str]:
    """Return the SKUs of a product record and of its variants."""
    return [sku for variant in (record, *variants_of(record)) for sku in text_of(variant, "sku")]


# Revisions


class Revisions:
    """Lowest possible revisions of products that were written in the last two minutes. Thread-safe."""

    def __init__(self, run: Run) -> None:
        self._clock = run.lag.clock
        self._lock = threading.Lock()
        self._least: dict[str, tuple[float, int]] = {}

    def met(self, result: ItemResult) -> None:
        """Record a product's revision from the answer to an update."""
        change, failure = result.change, result.failure
        if not change.current:
            return
        if failure is None or failure.is_partial:
            self.at_least(change.id, _revision((result.entity or {}).get("revision")))
        elif failure.refusal is Refusal.CONFLICT:
            self.at_least(change.id, _revision(change.current.get("revision")) + 1)

    def at_least(self, product_id: str, revision: int) -> None:
        """Record that a product has at least this revision."""
        with self._lock:
            now = self._clock()
            _, known = self._least.pop(product_id, (now, 0))
            self._least[product_id] = (now, max(known, revision))
            while (oldest := next(iter(self._least.items())))[1][0] < now - _KEPT:
                del self._least[oldest[0]]

    def is_old(self, product: Mapping[str, object]) -> bool:
        """True if a product was read without its last known write."""
        with self._lock:
            at, least = self._least.get(str(product.get("id")), (0.0, 0))
        return least > _revision(product.get("revision")) and self._clock() <= at + _KEPT


def _revision(revision: object) -> int:
    text = str(revision or "")
    return int(text) if text.isdecimal() else 0


# SKUs


class SkuHit(NamedTuple):
    """A variant with a SKU. Variant ids are unique only within their product; `has_choices` is False if unknown."""

    sku: str
    product_id: str
    variant_id: str
    has_choices: bool = False


class SkuSearchV3:
    """Finds variants by SKU. Thread-safe; one object per run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._all: dict[str, list[SkuHit]] | None = None
        self._all_single: list[SkuHit] | None = None
        self._leaves_out: bool | None = None

    def find(self, skus: list[str]) -> list[SkuHit]:
        """Return the variants with one of the SKUs."""
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
        """True if the search lacks, or may lack, variants of products without options, as on some sites.

        A row without choices proves that it does not. Otherwise a product without options is looked up, with two
        requests per run.
        """
        with self._lock:
            if self._leaves_out is None:
                self._leaves_out = self._probed()
            return self._leaves_out is not False

    def _probed(self) -> bool | None:
        """Return whether the search lacks products without options; None if this is not known yet."""
        size = stores_v3.PRODUCTS.page_size
        body = {"query": {"cursorPaging": {"limit": size}}}
        products, _ = self._run.client.decoded(stores_v3.PRODUCTS.operation, _PRODUCTS, body=body)
        changed = {
            product["id"]: timestamps.readable(product.get("updatedDate"))
            for product in products
            if not product.get("options")
        }
        if not changed:
            return len(products) == size  # further pages may have products without options
        oldest = min(changed, key=lambda product: changed[product])
        query = stores_v3.SEARCH_VARIANTS if self._all is None else stores_v3.VARIANTS
        if list(query.find(self._run.client, "productData.productId", [oldest])):
            return False
        return True if changed[oldest] < timestamps.earlier(self._run.client.now, _CAUGHT_UP) else None

    def _searched(self, skus: list[str]) -> list[SkuHit] | None:
        """Return the result of the search for SKUs; None on sites that refuse the search."""
        if self._all is not None:
            return None
        try:
            rows = list(stores_v3.SEARCH_VARIANTS.find(self._run.client, "sku", skus))
        except InvalidRequestError as error:
            self._run.warn_once(f"{error.happened} So all variants are read to find SKUs. No action is needed.")
            return None
        if any(not row.get("optionChoices") for row in rows):
            self._leaves_out = False
        wanted = set(skus)
        # A search may be fuzzy, so only exact matches count.
        return [_hit(row) for row in rows if row.get("sku") in wanted]

    def _single(self, skus: list[str]) -> list[SkuHit]:
        """Return the variants with one of the SKUs that are the only variants of their products."""
        wanted = set(skus)
        with self._lock:
            if self._all_single is None:
                try:
                    found = stores_v3.PRODUCT_SEARCH.find(self._run.client, stores_v3.CHEAPEST_SKU, skus)
                    return [hit for hit in self._only_variants(found) if hit.sku in wanted]
                except InvalidRequestError as error:
                    self._run.warn_once(f"{error.happened} So all products are read to find SKUs. No action is needed.")
                self._all_single = self._only_variants(self._run.rows(stores_v3.CHEAPEST_VARIANTS))
            return [hit for hit in self._all_single if hit.sku in wanted]

    def _only_variants(self, products: Iterable[Entity]) -> list[SkuHit]:
        found = ProductLookupV3(self._run).with_only_variants(products)
        return [
            SkuHit(variant["sku"], product_id, variant["id"])
            for product_id, product in found.items()
            for variant in variants_of(product)
            if variant.get("sku")
        ]

    def _everything(self) -> dict[str, list[SkuHit]]:
        with self._lock:
            if self._all is None:
                rows = self._run.rows(stores_v3.VARIANTS)
                self._all = grouped((row["sku"], _hit(row)) for row in rows if row.get("sku"))
            return self._all


def _hit(row: Entity) -> SkuHit:
    return SkuHit(row["sku"], row["productData"]["productId"], row["variantId"], bool(row.get("optionChoices")))


_SUFFIXES = (1, 2)
"""Numbers that Wix appends to a slug that is taken."""
_BEFORE, _AFTER = timedelta(minutes=5), timedelta(minutes=10)
"""A duplicate may be created this long before or after a lost create, since clocks may differ."""
_WITH_COST = replace(stores_v1.PRODUCTS, extra={**stores_v1.PRODUCTS.extra, stores_v1.COSTS: True})


class ProductLookupV1:
    """Reads products of a V1 site."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._reader = Reader(run, stores_v1.PRODUCTS, stores_v1.GET_PRODUCT, "product")
        self._with_cost = Reader(
            run, _WITH_COST, stores_v1.GET_PRODUCT, "product", arguments={"params": {stores_v1.COSTS: "true"}}
        )

    def keys(self) -> tuple[Key, ...]:
        """Return the keys of a product; the first key with a match decides."""
        return (self._reader.key("id"), Key("slug", slug_of, self._find_slugs), self._reader.key("sku", all_skus_of))

    def find(self, member: str, values: list[str]) -> list[Found]:
        """Return the products whose member has one of the values."""
        return self._reader.found(member, values)

    def _find_slugs(self, values: list[str]) -> list[Found]:
        """Return products by their slugs, with duplicates that a create without an answer may have made."""
        found, doubted = self.find("slug", values), self._run.lag.doubted_create
        first = {one.value: one.entity or {} for one in found} if doubted else {}
        suffixed = {f"{slug}-{number}": slug for slug in first for number in _SUFFIXES}
        others = self.find("slug", sorted(suffixed)) if suffixed else []
        twins = [one for one in others if _is_twin(first[suffixed[one.value]], one.entity or {}, doubted)]
        return [*found, *(Found(suffixed[one.value], one.id, one.entity) for one in twins)]

    def fetch(
        self,
        ids: Collection[str],
        *,
        alone: Collection[str] | None = None,
        known_to_exist: Collection[str] = (),
        with_cost: bool = False,
    ) -> dict[str, Entity]:
        """Return products by their ids, as `Reader.get` does; with costs if the credential may read them."""
        reader = self._with_cost if with_cost else self._reader
        return reader.get(ids, alone=alone, known_to_exist=known_to_exist)

    def get(self, product_id: str) -> Entity:
        """Read one product as it is now, with its variants."""
        return self._run.client.entity(stores_v1.GET_PRODUCT, "product", names={"id": product_id})


def _is_twin(first: Entity, second: Entity, doubted: float) -> bool:
    """True if two products are the same record, created twice around a time in seconds since 1970."""
    moment = datetime.fromtimestamp(doubted, UTC)
    made = timestamps.readable(second.get("createdDate"))
    if not timestamps.render(moment - _BEFORE) <= made <= timestamps.render(moment + _AFTER):
        return False
    ours, theirs = ({**product_bodies_v1.view(one), "slug": ""} for one in (first, second))
    return ours == theirs


def slug_of(record: Entity) -> list[str]:
    """Return the slug of a record; if it has none, its handle, which V1 does not know."""
    return text_of(record, "slug") or [handle.lower() for handle in text_of(record, "handle")]


def all_skus_of(record: Entity) -> list[str]:
    """Return the SKUs of a product in either shape and of its variants, without duplicates."""
    own = [sku for variant in product_bodies_v1.listed(record) for sku in text_of(variant, "sku")]
    return list(dict.fromkeys([*skus_of(record), *own]))
