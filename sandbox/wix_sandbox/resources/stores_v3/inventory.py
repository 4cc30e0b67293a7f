"""Inventory items of Catalog V3: one for each variant and location.

https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/inventory/inventory-items-v3

Products repeat the categories that they are in: immediately, or later with an option. On live sites they follow a
change of membership by seconds to half an hour; then `updatedDate` changes and `revision` does not. The calls of the
categories themselves are correct immediately.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import bulk_answer, each_item
from wix_sandbox.documented import refusal
from wix_sandbox.errors import application_error, existing, not_found, rule_error
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Paging, Query
from wix_sandbox.resource import Resource, due, merged, stamped
from wix_sandbox.resources.stores_v3.variants import ASLEEP, DEFAULT_LOCATION, derive, in_stock, sync_rows
from wix_sandbox.values import filled, given, only, without
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "inventory_items"
MOST = 99_999
LEAST = -99_999
MOST_PREORDERS = 100_000


def with_status(item: Entity) -> Entity:
    """Derive tracking and availability of an item; changed in place and returned."""
    tracked = item.get("quantity") is not None
    item["trackQuantity"] = tracked
    if tracked:
        # The two are one choice in requests; a tracked item's stock follows from its quantity.
        item.pop("inStock", None)
    preorder = item.get("preorderInfo") or {}
    if preorder.get("enabled") and tracked:
        limit, counter = preorder.get("limit", MOST_PREORDERS), preorder.get("counter", 0)
        item["preorderInfo"] = preorder | {"limit": limit, "counter": counter, "quantity": max(limit - counter, 0)}
    status = "PREORDER" if preorder.get("enabled") else "OUT_OF_STOCK"
    item["availabilityStatus"] = "IN_STOCK" if in_stock(item) else status
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
    base="/stores/v3/inventory-items",
    item="inventoryItem",
    schema="inventory_item_v3",
    parameter="inventoryItemId",
    catalog=StoreCatalog.V3,
    query=Query.declared(
        "stores-v3/queryInventoryItems",
        paging=Paging.CURSOR_OR_OFFSET,
        lacks=frozenset({"hasNext", "offset", "total", "tooManyToCount"}),
    ),
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
        raise rule_error(f"{path}.quantity", code, f"got {item['quantity']}, expected 0 or more")
    limited = (item.get("preorderInfo") or {}).get("limit") is not None
    if limited and item.get("inStock") is not None:
        code = "PREORDER_LIMIT_NOT_SUPPORTED_FOR_UNTRACKED_INVENTORY"
        raise rule_error(f"{path}.preorderInfo.limit", code, "needs a tracked quantity")
    return item


def insert_item(site: Site, cleaned: Entity, product: Entity) -> Entity:
    """Store a checked item of a product; the caller updates the product's stock.

    Raises:
        WixError: 400 for preorder of a digital product or of one with subscriptions, 409 if the variant has an item at
            that location.
    """
    check_preorder(product, cleaned)
    cleaned["locationId"] = cleaned.get("locationId") or DEFAULT_LOCATION
    if at_location(site, cleaned["variantId"], cleaned["locationId"], product["id"]) is not None:
        text = f"variant {cleaned['variantId']} has an inventory item at location {cleaned['locationId']}"
        raise refusal("ITEM_ALREADY_EXISTS", text)
    if cleaned.get("quantity") is None and cleaned.get("inStock") is None:
        cleaned["inStock"] = False
    item = with_status(stamped(site, cleaned))
    return site.store.insert(KIND, item | {"product": denormalised(product, cleaned["variantId"])})


def update_item(site: Site, item_id: str, body: Entity, path: str = "inventoryItem") -> Entity:
    """Change an item; 404 for an unknown item, 400 for invalid members, 409 for a stale revision."""
    current = ITEMS.fetch(site, item_id)
    ITEMS.check_revision(current, body, path)
    changes = clean_item(without(body, "quantity"), path)
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
    """Refuse an item with preorder of a digital product, or of one with subscriptions, with 400."""
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
    item = current | without(changes, "variantId", "locationId", "productId")
    if isinstance(changes.get("preorderInfo"), dict):
        item["preorderInfo"] = merged(current.get("preorderInfo") or {}, changes["preorderInfo"])
    if changes.get("inStock") is not None:
        item["quantity"] = None
    if item.get("quantity") != current.get("quantity"):
        site.store.delete(ASLEEP, current["id"])
    saved = ITEMS.save(site, given(item))
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


def preorder(site: Site, item: Entity, by: int) -> Entity:
    """Count a preorder of an item that is out of stock; its quantity stays.

    Raises:
        WixError: 400 `INSUFFICIENT_INVENTORY` for more than its limit leaves.
    """
    info = item["preorderInfo"]
    if by > info["quantity"]:
        raise refusal("INSUFFICIENT_INVENTORY", f"item {item['id']} has only {info['quantity']} left for preorder")
    return change_item(site, item, {"preorderInfo": {"counter": info["counter"] + by}})


def delete_item(site: Site, item_id: str) -> None:
    """Remove an item; 404 for an unknown id."""
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
    """Return the product that has a variant; 404 for an unknown product or variant."""
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


WAITING = "waiting_memberships"


def repeat_memberships(site: Site, product_id: str, members: Entity) -> None:
    """Copy `directCategoriesInfo` and `allCategoriesInfo` to a product, now or after the lag."""
    if not site.options.membership_lag_ms:
        _apply(site, product_id, members)
        return
    ready = site.later(site.options.membership_lag_ms)
    site.store.insert(WAITING, {"id": site.new_id(), "productId": product_id, "members": members, "readyAt": ready})


def follow_memberships(site: Site) -> None:
    """Copy due changes of membership to products."""
    for each in due(site, WAITING):
        _apply(site, each["productId"], each["members"])


def _apply(site: Site, product_id: str, members: Entity) -> None:
    product = site.store.get("products", product_id)
    if product is None:
        return
    product |= members
    product["updatedDate"] = site.now()
    site.store.update("products", product)
    for item in site.store.find("inventory_items", "productId", product_id):
        site.store.update("inventory_items", item | {"product": denormalised(product, item["variantId"])})


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
            items.append(clean_item(sent, place) | filled(only(sent, "id", "revision")) if sent else None)
        return items

    def apply(self, site: Site, product: Entity, items: list[Entity | None]) -> None:
        """Create or change the items of a stored product; a refusal becomes the result of its item."""
        variants = product["variantsInfo"]["variants"]
        if site.readings["stock-of-simple-creates"] == "ignored" and product["revision"] == "1":
            variants = variants if product.get("options") else []
        pairs = [(variant, item) for variant, item in zip(variants, items, strict=False) if item is not None]

        def act(pair: tuple[Entity, Entity]) -> Entity:
            return self._stock(site, product, *pair)

        with restocking_once(site):
            found = each_item(pairs, act, give=True, id_of=lambda pair: pair[1].get("id"))
        for at, result in enumerate(found, len(self.results)):
            result["itemMetadata"]["originalIndex"] = at
        self.results += found

    def _stock(self, site: Site, product: Entity, variant: Entity, item: Entity) -> Entity:
        if self.faults & FAILING:
            # Choice: Wix documents that stock may fail alone, but no code for it.
            raise application_error(HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL", "the inventory service failed")
        sent = without(item, "id", "revision")
        current = _item_of(site, product, variant, item)
        if current is None:
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


def _item_of(site: Site, product: Entity, variant: Entity, sent: Entity) -> Entity | None:
    """Return the item whose stock a variant of a with-inventory call sets; None if it gets a new one.

    Raises:
        WixError: 404 for the id of an item that the variant does not have, 409 `ITEM_ALREADY_EXISTS` under a reading.
    """
    current = at_location(site, variant["id"], DEFAULT_LOCATION, product["id"])
    named = sent.get("id")
    if named:
        if current is None or current["id"] != named:
            raise not_found("InventoryItem", named)
    elif current is not None and site.readings["stock-without-id"] == "refused":
        raise refusal("ITEM_ALREADY_EXISTS", f"variant {variant['id']} has inventory item {current['id']}")
    elif current is not None and site.readings["stock-without-id"] == "made-anew":
        site.store.delete(KIND, current["id"])
        return None
    return current
