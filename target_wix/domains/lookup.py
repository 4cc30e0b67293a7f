"""Finds products: on V1 by id, slug and SKU; on V3 by id, handle and slug in queries, by SKU in a search.

Wix answers reads from states of before: queries by seconds, a read by id by up to a minute after a write. What is older
than a write of this run, or than a refusal for its revision shows, is not believed (`Revisions`).

Only the typings of Wix's client say that search-variants filters by SKU (`SkuSearchV3`). Of the other queries, those of
stock filter by it, but know no variant without stock; those of variants do not filter by it. Where variants are found
without those of products without options, these are found by their stock, and without stock by a search of products.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from target_wix.domains import product_v1
from target_wix.domains.product_v3 import from_read_only
from target_wix.matching import Found, Key, Reader, guid_of, rows_of, text_of
from wix_api import timestamps
from wix_api.endpoints import stores_v1, stores_v3
from wix_api.errors import InvalidRequestError
from wix_api.languages import VALUES
from wix_api.pages import RowsDecoder
from wix_api.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from target_wix.change import Entity, ItemResult
    from target_wix.run import Run
    from wix_api.query import Query

_CHEAPEST = "minPriceVariant"
_OF_CLOCKS = 1.0
"""Seconds by which our clock may be ahead of Wix's without our knowing."""
_KEPT = 120.0
"""Seconds after which reads are taken to have caught up."""
_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds between reads of a product that shows an old state: a minute in all."""
_PRODUCTS = RowsDecoder("products", dict[str, Any])
_CAUGHT_UP = 60.0
"""Seconds after which queries show a product."""


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
        """Return the ways to find a product, in the order in which they decide."""
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

    def ids_of_names(self, names: list[str]) -> list[str]:
        """Return the ids of the products that have one of some names, by a search: queries do not filter by it."""
        wanted = set(names)
        try:
            found = list(stores_v3.PRODUCT_SEARCH.find(self._client, "name", names))
        except InvalidRequestError as error:
            self._run.warn_once(f"{error.happened} So products are not looked for by their names.")
            return []
        return sorted({row["id"] for row in found if row.get("name") in wanted})

    def fetch(self, ids: list[str], *, alone: Collection[str] | None = None) -> dict[str, Entity]:
        """Return products by their ids, those that queries do not show one by one.

        Wix may answer both from an old state: then they are read again, for up to a minute.

        Args:
            ids: Ids on this site.
            alone: Ids that are read one by one; by default, ids of products that queries may show as they were.
        """
        products = self._reader.get(ids, alone=alone, known_to_exist=ids)
        return self._current(products, lambda old: self._reader.get(old, alone=()))

    def _current(
        self, products: dict[str, Entity], read: Callable[[list[str]], dict[str, Entity]]
    ) -> dict[str, Entity]:
        """Return products as they are after the latest write that is known of them, as far as a minute shows it."""
        for pause in _PAUSES:
            old = [one for one, product in products.items() if self._revisions.is_old(product)]
            if not old:
                break
            self._run.check_stop()
            self._run.lag.pause(pause)
            products |= read(old)
        return products

    def rows(self, query: Query, member: str, ids: Iterable[str]) -> list[Entity]:
        """Return rows that belong to products: their variants, their stock."""
        return rows_of(self._run, query, member, ids, stores_v3.PRODUCTS_PER_CALL)

    def with_variants(self, products: dict[str, Entity]) -> dict[str, Entity]:
        """Return products by id with their variants; products that have them already stay as they are.

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
            self._revisions.at_least(one, _revision(products[one].get("revision")))
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
        """Return the rows of products' variants, with their costs where the credential may see them.

        Variants are written whole, so a cost that is not read is lost when anything else of its variant changes.
        """
        return self.rows(stores_v3.VARIANTS_WITH_COSTS, "productData.productId", ids)

    def hides_costs(self, stream: str) -> bool:
        """True if the credential may not see the costs of variants; warns of it once."""
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
    """True if the rows of a product's variants are incomplete, or may be of another moment than the product."""
    if len(rows) < _count_of(product):
        return True
    revisions = {str(row["productData"].get("revision")) for row in rows}
    if revisions == {str(product.get("revision"))}:
        return False
    changed = product.get("updatedDate")
    return not rows or not changed or timestamps.normalise(str(changed)) >= since


def skus_of(record: Entity) -> list[str]:
    """Return the SKUs of a product record: its own, and those of its variants."""
    info = record.get("variantsInfo")
    variants = info.get("variants") if isinstance(info, dict) else None
    listed = variants if isinstance(variants, list) else []
    return [sku for variant in (record, *listed) if isinstance(variant, dict) for sku in text_of(variant, "sku")]


# Revisions


class Revisions:
    """The revisions of one run, those of the last two minutes.

    Args:
        run: For its clock.
    """

    def __init__(self, run: Run) -> None:
        self._clock = run.lag.clock
        self._least: dict[str, tuple[float, int]] = {}

    def met(self, result: ItemResult) -> None:
        """Record what the answer to an update says of a product's revision."""
        change, failure = result.change, result.failure
        if change.current is None:
            return
        if failure is None or failure.is_partial:
            self.at_least(change.id, _revision((result.entity or {}).get("revision")))
        elif failure.refusal is Refusal.CONFLICT:
            self.at_least(change.id, _revision(change.current.get("revision")) + 1)

    def at_least(self, product_id: str, revision: int) -> None:
        """Record that a product has this revision or a later one."""
        now = self._clock()
        _, known = self._least.pop(product_id, (now, 0))
        self._least[product_id] = (now, max(known, revision))
        while (oldest := next(iter(self._least.items())))[1][0] < now - _KEPT:
            del self._least[oldest[0]]

    def is_old(self, product: Mapping[str, object]) -> bool:
        """True if a product is shown as it was before its latest known write."""
        at, least = self._least.get(str(product.get("id")), (0.0, 0))
        return least > _revision(product.get("revision")) and self._clock() <= at + _KEPT


def _revision(revision: object) -> int:
    """Return a revision as a number, 0 for what is none."""
    text = str(revision or "")
    return int(text) if text.isdecimal() else 0


# SKUs


class SkuHit(NamedTuple):
    """A variant that has a SKU. Variant ids are unique only within their product."""

    sku: str
    product_id: str
    variant_id: str


class SkuSearchV3:
    """Finds variants by SKU. Thread-safe; one object per run."""

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
                    found = stores_v3.PRODUCT_SEARCH.find(self._run.client, stores_v3.CHEAPEST_SKU, skus)
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


_SUFFIXES = (1, 2)
"""Wix writes them behind a slug that is taken."""
_BEFORE, _AFTER = timedelta(minutes=5), timedelta(minutes=10)
"""A twin is made this long before and after the moment of doubt; clocks may differ."""
_WITH_COST = replace(stores_v1.PRODUCTS, extra={**stores_v1.PRODUCTS.extra, stores_v1.COSTS: True})


class ProductLookupV1:
    """Reads products of one site."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._reader = Reader(run, stores_v1.PRODUCTS, stores_v1.GET_PRODUCT, "product")
        self._with_cost = Reader(
            run, _WITH_COST, stores_v1.GET_PRODUCT, "product", arguments={"params": {stores_v1.COSTS: "true"}}
        )

    def keys(self) -> tuple[Key, ...]:
        """Return the ways to find a product, in the order in which they decide."""
        return (
            Key("id", lambda record: guid_of(record, "id"), lambda values: self.find("id", values)),
            Key("slug", slug_of, self._find_slugs),
            Key("sku", all_skus_of, lambda values: self.find("sku", values)),
        )

    def find(self, member: str, values: list[str]) -> list[Found]:
        """Find products by a member."""
        return [Found(str(row.get(member)), row["id"], row) for row in self._reader.find(member, values)]

    def _find_slugs(self, values: list[str]) -> list[Found]:
        """Find products by their slugs, each with the twin that a create may have made which nobody saw the end of."""
        found, doubted = self.find("slug", values), self._run.lag.doubted
        first = {one.value: one.entity or {} for one in found} if doubted else {}
        suffixed = {f"{slug}-{number}": slug for slug in first for number in _SUFFIXES}
        others = self.find("slug", sorted(suffixed)) if suffixed else []
        twins = [one for one in others if _is_twin(first[suffixed[one.value]], one.entity or {}, doubted)]
        return [*found, *(Found(suffixed[one.value], one.id, one.entity) for one in twins)]

    def fetch(
        self,
        ids: Collection[str],
        *,
        known_to_exist: Collection[str] = (),
        with_cost: bool = False,
    ) -> dict[str, Entity]:
        """Return products by their ids; those that queries may lag behind are read one by one.

        Args:
            ids: Ids on this site.
            known_to_exist: Products that are known to exist, though queries may not show them.
            with_cost: True for costs, where the credential may see them.
        """
        reader = self._with_cost if with_cost else self._reader
        return reader.get(ids, known_to_exist=known_to_exist)

    def queried(self, ids: list[str]) -> dict[str, Entity]:
        """Return products by their ids as queries show them."""
        return self._reader.get(ids, alone=())

    def get(self, product_id: str) -> Entity:
        """Read one product as it is now, with its variants."""
        return self._run.client.entity(stores_v1.GET_PRODUCT, "product", names={"id": product_id})


def _is_twin(first: Entity, second: Entity, doubted: float) -> bool:
    """True if two products are one record, which was created twice about some moment."""
    moment = datetime.fromtimestamp(doubted, UTC)
    made = timestamps.readable(second.get("createdDate"))
    if not timestamps.render(moment - _BEFORE) <= made <= timestamps.render(moment + _AFTER):
        return False
    ours, theirs = ({**product_v1.view(one), "slug": ""} for one in (first, second))
    return ours == theirs


def slug_of(record: Entity) -> list[str]:
    """Return the slug of a record; its handle if it has none, since V1 knows no handles."""
    return text_of(record, "slug") or [handle.lower() for handle in text_of(record, "handle")]


def all_skus_of(record: Entity) -> list[str]:
    """Return the SKUs of a product of either shape, and of its variants, each once."""
    own = [sku for variant in product_v1.listed(record) for sku in text_of(variant, "sku")]
    return list(dict.fromkeys([*skus_of(record), *own]))
