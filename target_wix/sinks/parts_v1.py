"""Variants, stock and pictures of a V1 product: each has calls of its own.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.concurrency import batches
from target_wix.desired import diff, filled
from target_wix.sinks import media_v1, product_v1
from wix_api.endpoints import stores_v1

if TYPE_CHECKING:
    from target_wix.change import Change, Entity
    from target_wix.sinks.lookup_v1 import ProductLookupV1
    from wix_api.client import WixClient


def are_told(record: Entity) -> bool:
    """True if a record has any of the parts."""
    return any(record.get(name) for name in ("variants", "stock", "media"))


def that_differ(change: Change, current: Entity) -> list[str]:
    """Return the parts (variants, stock, media) that differ from the site."""
    record = change.record
    differs = {
        "variants": bool(_overrides(record, current)),
        "stock": _stock_differs(product_v1.stock(record, is_new=change.made), product_v1.stock(current)),
        "media": media_v1.differ(record, current),
    }
    return [name for name, is_so in differs.items() if is_so]


class PartsV1:
    """Writes the parts of products.

    Args:
        client: The site.
        lookup: How products are read.
    """

    def __init__(self, client: WixClient, lookup: ProductLookupV1) -> None:
        self._client = client
        self._lookup = lookup
        self._pictures_per_call: int | None = None
        """None until a call has shown how many of its pictures Wix keeps."""

    def write(self, change: Change, product: Entity) -> None:
        """Write the parts of a record that differ from the site.

        Args:
            change: The record; its product is there.
            product: The product as it is now; of a new one, the answer to its create.
        """
        product = self._write_variants(change, product)
        self._write_stock(change, product)
        self._write_pictures(change, product)

    def _write_variants(self, change: Change, product: Entity) -> Entity:
        """Write the variants; return the product, a new one with the variants whose ids are known.

        In Wix's examples the answer to a create gives variants other ids than they have later. The answer to this call
        gives the right ones, though perhaps of those only that were sent.
        """
        is_new = change.current is None
        overrides = _overrides(change.record, product, all_if_any=is_new)
        body = {"variants": overrides}
        answer = self._client.call(stores_v1.UPDATE_VARIANTS, names={"id": change.id}, body=body) if overrides else {}
        return {**product, "variants": answer.get("variants") or []} if is_new else product

    def _write_stock(self, change: Change, product: Entity) -> None:
        given, there = product_v1.stock(change.record, is_new=change.made), product_v1.stock(product)
        if not _stock_differs(given, there):
            return
        if change.current is None and product_v1.lacks_ids(given, product):
            product = self._lookup.get(change.id)
        body = product_v1.stock_body(given, product)
        self._client.call(stores_v1.UPDATE_INVENTORY, names={"id": change.id}, body=body)

    def _write_pictures(self, change: Change, product: Entity) -> None:
        record, names = change.record, {"id": change.id}
        bodies, are_shown_twice = media_v1.additions(record, product, foreign=change.is_foreign)
        for some in batches(bodies, self._pictures_per_call or stores_v1.MEDIA_PER_CALL):
            self._client.call(stores_v1.ADD_MEDIA, names=names, body={"media": some})
        is_probed = self._pictures_per_call is None and 1 < len(bodies) <= stores_v1.MEDIA_PER_CALL
        if is_probed or are_shown_twice:
            product = self._lookup.get(change.id)
        if is_probed and self._keeps_one(change, product, len(bodies)):
            self._write_pictures(change, product)
            return
        for some in batches(media_v1.assignments(record, product), stores_v1.CHOICES_PER_CALL):
            self._client.call(stores_v1.SHOW_FOR_CHOICES, names=names, body={"media": some})

    def _keeps_one(self, change: Change, product: Entity, sent: int) -> bool:
        """Return whether Wix kept the first picture of a call only, as one note of a live site says.

        Pictures may also be late, which shows in that others than just the first one are missing.
        """
        missing, _ = media_v1.additions(change.record, product, foreign=change.is_foreign)
        keeps_one = len(missing) == sent - 1
        if keeps_one or not missing:
            self._pictures_per_call = 1 if keeps_one else stores_v1.MEDIA_PER_CALL
        return keeps_one


def _overrides(record: Entity, product: Entity, *, all_if_any: bool = False) -> list[Entity]:
    """Return the bodies of variants that differ; with `all_if_any`, those of all variants if any differs."""
    given, there = product_v1.variants(record), product_v1.variants(product)
    differing = {choices: diff(there.get(choices, {}), said) for choices, said in given.items()}
    if all_if_any and any(differing.values()):
        differing = {choices: some or filled(given[choices]) for choices, some in differing.items()}
    return [product_v1.variant_body(choices, some) for choices, some in differing.items() if some]


def _stock_differs(given: dict[Any, Entity], there: dict[Any, Entity]) -> bool:
    return any(entry != there.get(choices, there.get(())) for choices, entry in given.items())
