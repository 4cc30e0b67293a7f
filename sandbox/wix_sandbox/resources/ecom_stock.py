"""Stock that orders take when they are placed, and that a cancellation with restock returns.

Sites update their stock when an order is placed unless their owner chooses otherwise (`ON_ORDER_PLACED`). Choice: an
order takes its quantity even if there is less, as two concurrent orders do; stock may be negative then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.options import StoreCatalog
from wix_sandbox.resources.stores_v1 import inventory as inventory_v1
from wix_sandbox.resources.stores_v3 import inventory as inventory_v3
from wix_sandbox.site import STORES_APP_ID

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


def move(site: Site, order: Entity, sign: int) -> None:
    """Lower the stock of an order's items (`sign` -1), or raise it again (+1); untracked stock stays as it is."""
    for line in order["lineItems"]:
        reference, change = line.get("catalogReference") or {}, sign * line["quantity"]
        if reference.get("appId") == STORES_APP_ID:
            _MOVES[site.catalog](site, reference, change)
        site.note_effect("stock", change=change, orderId=order["id"], catalogReference=reference)


def _move_v3(site: Site, reference: Entity, change: int) -> None:
    product_id = reference.get("catalogItemId")
    product = site.store.get("products", str(product_id))
    variant_id = None if product is None else _variant_v3(product, reference.get("options") or {})
    for item in site.store.find(inventory_v3.KIND, "variantId", variant_id):
        if item["productId"] == product_id and item["trackQuantity"]:
            quantity = max(inventory_v3.LEAST, min(inventory_v3.MOST, item["quantity"] + change))
            inventory_v3.change_item(site, item, {"quantity": quantity})
            return


def _variant_v3(product: Entity, options: Entity) -> str | None:
    """Return the id of the variant that a line item names by id or by choices; of a single variant otherwise."""
    variants = product["variantsInfo"]["variants"]
    wanted = options.get("options")
    for variant in variants:
        names = [each["optionChoiceNames"] for each in variant["choices"]]
        chosen = {each["optionName"]: each["choiceName"] for each in names}
        if variant["id"] == options.get("variantId") or (wanted and chosen == wanted):
            return str(variant["id"])
    return str(variants[0]["id"]) if len(variants) == 1 else None


def _move_v1(site: Site, reference: Entity, change: int) -> None:
    product = site.store.get("products", str(reference.get("catalogItemId")))
    if product is None:
        return
    item = inventory_v1.item_of(site, "productId", product["id"])
    options = reference.get("options") or {}
    named = [each["id"] for each in product["variants"] if each["choices"] == (options.get("options") or {})]
    variant_id = options.get("variantId") or next(iter(named), None)
    for row in item["variants"]:
        if item["trackQuantity"] and row["variantId"] == variant_id:
            row["quantity"] = max(-inventory_v1.MOST, min(inventory_v1.MOST, row["quantity"] + change))
            row["inStock"] = row["quantity"] > 0
            inventory_v1.save(site, item)


def _move_nothing(_site: Site, _reference: Entity, _change: int) -> None:
    """Do nothing: a site without Wix Stores has no stock."""


_MOVES = {StoreCatalog.V3: _move_v3, StoreCatalog.V1: _move_v1, StoreCatalog.ABSENT: _move_nothing}
