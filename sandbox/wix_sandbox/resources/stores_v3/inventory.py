"""Inventory items of Catalog V3: one for each variant and location.

https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/inventory/inventory-items-v3
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from wix_sandbox.errors import existing, not_found, rule_error
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
from wix_sandbox.resource import Resource
from wix_sandbox.resources.stores_v3.derive import ASLEEP, DEFAULT_LOCATION, derive, in_stock
from wix_sandbox.resources.stores_v3.refusals import refusal
from wix_sandbox.resources.stores_v3.variants import sync_rows
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "inventory_items"
MOST = 99_999
LEAST = -99_999


def with_status(item: Entity) -> Entity:
    """Derive tracking and availability of an item; changed in place and returned."""
    tracked = item.get("quantity") is not None
    item["trackQuantity"] = tracked
    if tracked:
        # The two are one choice in requests; a tracked item's stock follows from its quantity.
        item.pop("inStock", None)
    preorder = bool((item.get("preorderInfo") or {}).get("enabled"))
    item["availabilityStatus"] = "IN_STOCK" if in_stock(item) else "PREORDER" if preorder else "OUT_OF_STOCK"
    return item


def complete(site: Site, item: Entity) -> Entity:
    """Derive tracking, availability and the denormalised product of an item."""
    item = with_status(item)
    product = site.store.get("products", item["productId"])
    return item if product is None else item | {"product": denormalised(product, item["variantId"])}


def denormalised(product: Entity, variant_id: str) -> Entity:
    """Return the members of its product that an item repeats, for filtering."""
    variant: Entity = next((each for each in product["variantsInfo"]["variants"] if each["id"] == variant_id), {})
    names = [each["optionChoiceNames"]["choiceName"] for each in variant.get("choices", [])]
    categories = product.get("directCategoriesInfo", {}).get("categories", [])
    shown = {
        "name": product["name"],
        "directCategoryIds": [each["id"] for each in categories],
        "variantName": " | ".join(names)[:250],
        "variantSku": variant.get("sku"),
        "variantVisible": variant.get("visible"),
    }
    return {name: value for name, value in shown.items() if value not in (None, "")}


ITEMS = Resource(
    name="inventory-items",
    kind=KIND,
    base="/stores/v3/inventory-items",
    item="inventoryItem",
    items="inventoryItems",
    schema="inventory_item_v3",
    label="InventoryItem",
    parameter="inventoryItemId",
    catalog=StoreCatalog.V3,
    query=Query.declared("stores-v3/queryInventoryItems"),
    derive=complete,
)


def create_item(site: Site, body: Entity, path: str = "inventoryItem") -> Entity:
    """Create an item and update its product's stock.

    Raises:
        WixError: 400 for invalid members or a negative quantity, 404 for an unknown product or variant, 409 if the
            variant has an item at that location.
    """
    cleaned = clean_item(body, path)
    product = product_with(site, cleaned["productId"], cleaned["variantId"])
    item = insert_item(site, cleaned, product)
    restock(site, item["productId"])
    return item


def clean_item(body: Entity, path: str) -> Entity:
    """Return the writable part of an item.

    Raises:
        WixError: 400 for invalid members, a negative quantity, or a preorder limit without a tracked quantity.
    """
    item = clean("inventory_item_v3", body, path)
    if item.get("quantity") is not None and item["quantity"] < 0:
        code = "REQUESTED_QUANTITY_MUST_BE_NON_NEGATIVE"
        raise rule_error(f"{path}.quantity", code, "must be greater than or equal to 0")
    limited = (item.get("preorderInfo") or {}).get("limit") is not None
    if limited and item.get("inStock") is not None:
        code = "PREORDER_LIMIT_NOT_SUPPORTED_FOR_UNTRACKED_INVENTORY"
        raise rule_error(f"{path}.preorderInfo.limit", code, "needs a tracked quantity")
    return item


def insert_item(site: Site, cleaned: Entity, product: Entity) -> Entity:
    """Store a checked item of a product; the caller updates the product's stock.

    Raises:
        WixError: 409 if the variant has an item at that location.
    """
    check_preorder(product, cleaned)
    cleaned["locationId"] = cleaned.get("locationId") or DEFAULT_LOCATION
    if at_location(site, cleaned["variantId"], cleaned["locationId"], product["id"]) is not None:
        text = f"variant {cleaned['variantId']} has an inventory item at location {cleaned['locationId']}"
        raise refusal("ITEM_ALREADY_EXISTS", text)
    if cleaned.get("quantity") is None and cleaned.get("inStock") is None:
        cleaned["inStock"] = False
    item = with_status(ITEMS.stamped(site, cleaned))
    return site.store.insert(KIND, item | {"product": denormalised(product, cleaned["variantId"])})


def update_item(site: Site, item_id: str, body: Entity, path: str = "inventoryItem") -> Entity:
    """Change an item.

    Raises:
        WixError: 404 unknown, 400 invalid members, 409 stale revision.
    """
    current = ITEMS.fetch(site, item_id)
    ITEMS.check_revision(current, body, path)
    changes = clean_item({name: value for name, value in body.items() if name != "quantity"}, path)
    if body.get("quantity") is not None:
        changes["quantity"] = body["quantity"]
        if changes["quantity"] < min(0, current.get("quantity") or 0):
            code = "REQUESTED_QUANTITY_MUST_BE_NON_NEGATIVE_DECREASING"
            raise refusal(code, f"the quantity of item {item_id} cannot be lowered below 0")
    product = site.store.get("products", current["productId"])
    if product is not None:
        check_preorder(product, changes)
    return change_item(site, current, changes)


def check_preorder(product: Entity, item: Entity, code: str = "PRE_ORDER_VALIDATION") -> None:
    """Refuse preorder for digital products and for products with subscriptions.

    Raises:
        WixError: 400 when the item enables it.
    """
    subscribed = (product.get("subscriptionDetails") or {}).get("subscriptions")
    if (item.get("preorderInfo") or {}).get("enabled") and (product["productType"] == "DIGITAL" or subscribed):
        raise refusal(code, f"product {product['id']} is digital or has subscriptions, and cannot be preordered")


def put_to_sleep(site: Site, product_id: str, variant_ids: Collection[str]) -> None:
    """Show variants as out of stock until the quantity of their item changes."""
    for item in site.store.find(KIND, "productId", product_id):
        if item["variantId"] in variant_ids:
            site.store.table(ASLEEP).put({"id": item["id"]})


def change_item(site: Site, current: Entity, changes: Entity) -> Entity:
    """Apply checked changes; whichever of quantity and inStock is sent decides whether stock is tracked."""
    fixed = {"variantId", "locationId", "productId"}
    item = current | {name: value for name, value in changes.items() if name not in fixed}
    if changes.get("inStock") is not None:
        item["quantity"] = None
    if item.get("quantity") != current.get("quantity"):
        site.store.delete(ASLEEP, current["id"])
    saved = ITEMS.save(site, {name: value for name, value in item.items() if value is not None})
    restock(site, saved["productId"])
    return saved


def add_quantity(site: Site, item: Entity, by: int, *, below_zero: bool = False) -> Entity:
    """Raise (or, with a negative number, lower) a tracked quantity.

    Raises:
        WixError: 400 for an untracked item, too little stock, or a quantity out of bounds.
    """
    if not item["trackQuantity"]:
        raise refusal("INVENTORY_QUANTITY_NOT_TRACKED", f"item {item['id']} does not track its quantity")
    quantity = item["quantity"] + by
    if quantity < LEAST:
        raise refusal("MIN_QUANTITY_LIMIT_REACHED", f"quantity must not fall below {LEAST}")
    if quantity > MOST:
        raise refusal("MAX_QUANTITY_LIMIT_REACHED", f"quantity must not exceed {MOST}")
    if by < 0 and quantity < 0 and not below_zero:
        raise refusal("INSUFFICIENT_INVENTORY", f"item {item['id']} has only {item['quantity']} left")
    return change_item(site, item, {"quantity": quantity})


def delete_item(site: Site, item_id: str) -> None:
    """Remove an item.

    Raises:
        WixError: 404 when there is none.
    """
    item = ITEMS.fetch(site, item_id)
    ITEMS.delete(site, item_id)
    restock(site, item["productId"])


def at_location(site: Site, variant_id: str, location_id: str, product_id: str | None = None) -> Entity | None:
    """The item of a variant at a location, or None. A variant's id is unique within its product only."""
    for item in site.store.find(KIND, "variantId", variant_id):
        if item["locationId"] == location_id and product_id in (None, item["productId"]):
            return item
    return None


def product_with(site: Site, product_id: str, variant_id: str) -> Entity:
    """The product that has a variant.

    Raises:
        WixError: 404 when product or variant do not exist.
    """
    product = existing(site.store.get("products", product_id), "Product", product_id)
    if all(each["id"] != variant_id for each in product["variantsInfo"]["variants"]):
        raise not_found("Variant", variant_id)
    return product


@contextmanager
def restocking_once(site: Site) -> Iterator[None]:
    """Derive the stock of each product once, after a `with` block that changes many items."""
    waiting = site.unstocked = set()
    try:
        yield
    finally:
        site.unstocked = None
        for product_id in sorted(waiting):
            restock(site, product_id)


def restock(site: Site, product_id: str) -> None:
    """Derive a product's stock again. Choice: neither `updatedDate` nor revision of the product change."""
    if site.unstocked is not None:
        site.unstocked.add(product_id)
        return
    product = site.store.get("products", product_id)
    if product is not None:
        site.store.update("products", derive(site, product))
        sync_rows(site, None, product)
