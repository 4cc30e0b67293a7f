"""Inventory items of Catalog V1: one for each product, with a row for each managed variant.

https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/inventory/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.errors import bad_request, check_bounds
from wix_sandbox.resources.stores_v1.products import DEFAULT_VARIANT, fetch, known, put
from wix_sandbox.resources.stores_v1.products import KIND as PRODUCTS
from wix_sandbox.values import complement
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "inventory_items"
MOST = 99_999


def item_of(site: Site, name: str, value: str) -> Entity:
    """The inventory item by `inventoryId`, `productId` or `externalId` (the product's id under an old name).

    Raises:
        WixError: 404 for an unknown id.
    """
    item_id = value if name in {"inventoryId", "id"} else complement(value)
    return known(site.store.get(KIND, item_id), "Inventory item", value)


def set_inventory(site: Site, product_id: str, body: Entity) -> Entity:
    """Set tracking and the rows that are sent. A missing `trackQuantity` counts as false and ends the tracking.

    Raises:
        WixError: 404 for an unknown product, 400 for invalid members or an unknown variant.
    """
    fetch(site, product_id)
    cleaned = clean("inventory_item_v1", body, "inventoryItem")
    item = item_of(site, "productId", product_id)
    tracked = bool(cleaned.get("trackQuantity"))
    if not tracked and item["trackQuantity"]:
        for row in item["variants"]:
            row["quantity"] = 0
    item["trackQuantity"] = tracked
    rows = {row["variantId"]: row for row in item["variants"]}
    for at, sent in enumerate(cleaned.get("variants") or []):
        row = rows.get(sent.get("variantId") or DEFAULT_VARIANT)
        if row is None:
            raise bad_request(f"inventoryItem.variants[{at}]: the product has no variant {sent.get('variantId')}")
        _set_row(row, sent, f"inventoryItem.variants[{at}]", tracked=tracked)
    for row in item["variants"]:
        if tracked:
            row["inStock"] = row["quantity"] > 0
    if cleaned.get("preorderInfo"):
        item["preorderInfo"] = {**item["preorderInfo"], **cleaned["preorderInfo"]}
    return save(site, item)


def _set_row(row: Entity, sent: Entity, path: str, *, tracked: bool) -> None:
    quantity = sent.get("quantity")
    if tracked and quantity is not None:
        check_bounds(f"{path}.quantity", quantity, 0, MOST)
        row["quantity"] = quantity
    if not tracked and sent.get("inStock") is not None:
        row["inStock"] = sent["inStock"]


def step(item: Entity, variant_id: str, by: int, *, preorder: bool = False) -> None:
    """Raise or lower the quantity of one row, in place; a preorder may lower it below 0 if the item can be preordered.

    Raises:
        WixError: 400 for an untracked item, an unknown variant or too little stock.
    """
    row = next((each for each in item["variants"] if each["variantId"] == variant_id), None)
    if row is None:
        raise bad_request(f"inventory item {item['id']} has no variant {variant_id}")
    if not item["trackQuantity"]:
        raise bad_request(f"inventory item {item['id']} does not track its quantity")
    below_zero = preorder and item["preorderInfo"]["enabled"]
    if not (below_zero or row["quantity"] + by >= 0) or row["quantity"] + by > MOST:
        raise bad_request(f"quantity of variant {variant_id} would be {row['quantity'] + by}")
    row["quantity"] += by
    row["inStock"] = row["quantity"] > 0


def save(site: Site, item: Entity) -> Entity:
    """Store an item and derive its product's stock. Choice: the product's `lastUpdated` does not change."""
    item["lastUpdated"] = site.now()
    for row in item["variants"]:
        row["availableForPreorder"] = item["preorderInfo"]["enabled"] and not row["inStock"]
    site.store.update(KIND, item)
    product = site.store.get(PRODUCTS, item["productId"])
    if product is not None:
        put(site, product, item)
    return item
