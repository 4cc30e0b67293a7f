"""The stock in with-inventory calls: an item may fail although its product succeeds.

https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/create-product-with-inventory
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk_answer, each_item
from wix_sandbox.errors import application_error, not_found
from wix_sandbox.resources.stores_v3.derive import DEFAULT_LOCATION
from wix_sandbox.resources.stores_v3.inventory import ITEMS, at_location, change_item, clean_item, insert_item

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


FAILING = frozenset({"fail_stock", "refuse_stock", "undetailed_stock"})


@dataclass
class Stocking:
    """The changes of stock by the calls of one request, at the default location."""

    faults: frozenset[str] = frozenset()
    """Faults of the request; those in `FAILING` make every item fail."""
    results: list[dict[str, Any]] = field(default_factory=list)
    """Per-item results so far, each with its `item`."""

    def read(self, body: Entity, path: str) -> list[Entity | None]:
        """The inventory item of each variant, or None, checked before anything is stored.

        Raises:
            WixError: 400 for bad members or a negative quantity.
        """
        variants = (body.get("variantsInfo") or {}).get("variants") or []
        items: list[Entity | None] = []
        for at, variant in enumerate(variants):
            sent = variant.get("inventoryItem") if isinstance(variant, dict) else None
            place = f"{path}.variantsInfo.variants[{at}].inventoryItem"
            named = {name: sent[name] for name in ("id", "revision") if sent.get(name)} if sent else {}
            items.append({**clean_item(sent, place), **named} if sent else None)
        return items

    def apply(self, site: Site, product: Entity, items: list[Entity | None]) -> None:
        """Create or change the items of a stored product; a refusal becomes the result of its item."""
        variants = product["variantsInfo"]["variants"]
        if site.readings["stock-of-simple-creates"] == "ignored" and product["revision"] == "1":
            variants = variants if product.get("options") else []
        pairs = [(variant, item) for variant, item in zip(variants, items, strict=False) if item is not None]

        def act(_at: int, pair: tuple[Entity, Entity]) -> Entity:
            return self._stock(site, product, *pair)

        found = each_item(pairs, act, give=True, id_of=lambda pair: pair[1].get("id"))
        for at, result in enumerate(found, len(self.results)):
            result["itemMetadata"]["originalIndex"] = at
        self.results += found

    def _stock(self, site: Site, product: Entity, variant: Entity, item: Entity) -> Entity:
        if self.faults & FAILING:
            # Choice: Wix documents that stock may fail alone, but no code for it.
            raise application_error(HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL", "the inventory service failed")
        sent = {name: value for name, value in item.items() if name not in {"id", "revision"}}
        current = at_location(site, variant["id"], DEFAULT_LOCATION, product["id"])
        if current is None:
            if item.get("id"):
                raise not_found("InventoryItem", item["id"])
            return insert_item(site, {**sent, "productId": product["id"], "variantId": variant["id"]}, product)
        if item.get("revision"):
            ITEMS.check_revision(current, item, "inventoryItem")
        return change_item(site, current, sent)

    def answer(self, *, give: bool) -> Entity:
        """Return `inventoryResults` of an answer, with the items if `returnEntity` is set."""
        answer = bulk_answer(result if give else {"itemMetadata": result["itemMetadata"]} for result in self.results)
        if not self.results or not self.faults & {"refuse_stock", "undetailed_stock"}:
            return answer
        if "refuse_stock" in self.faults:
            return {**answer, "results": [], "error": answer["results"][0]["itemMetadata"]["error"]}
        failed = answer["bulkActionMetadata"]["totalFailures"]
        return {"results": [], "bulkActionMetadata": {**answer["bulkActionMetadata"], "undetailedFailures": failed}}
