"""Finds products of a V1 site: by id, slug and SKU."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from target_wix.domains import product_v1
from target_wix.domains.lookup_v3 import skus_of
from target_wix.matching import Found, Key, guid_of, text_of
from target_wix.reading import Reader
from wix_api import timestamps
from wix_api.endpoints import stores_v1

if TYPE_CHECKING:
    from collections.abc import Collection

    from target_wix.change import Entity
    from target_wix.run import Run

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
            Key("sku", _skus_of, lambda values: self.find("sku", values)),
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
        sure: Collection[str] = (),
        with_cost: bool = False,
    ) -> dict[str, Entity]:
        """Return products by their ids; those that queries may lag behind are read one by one.

        Args:
            ids: Ids on this site.
            sure: Products that are known to exist, though queries may not show them.
            with_cost: True for costs, where the credential may see them.
        """
        reader = self._with_cost if with_cost else self._reader
        return reader.get(ids, sure=sure)

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


def _skus_of(record: Entity) -> list[str]:
    own = [sku for variant in product_v1.listed(record) for sku in text_of(variant, "sku")]
    return list(dict.fromkeys([*skus_of(record), *own]))
