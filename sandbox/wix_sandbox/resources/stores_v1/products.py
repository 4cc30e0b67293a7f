"""Products of Catalog V1: creating, changing, deleting."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.clock import wire_time
from wix_sandbox.errors import Violation, WixError, bad_request, required, validation_error
from wix_sandbox.resource import merged
from wix_sandbox.resources.stores_v1.derive import (
    ALL_PRODUCTS,
    DEFAULT_VARIANT,
    derive,
    rebuild_variants,
)
from wix_sandbox.resources.stores_v1.variant_rows import sync_rows
from wix_sandbox.resources.texts import free_slug, slug_of
from wix_sandbox.values import complement
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

KIND = "products"
STOCK = "inventory_items"
MOST_VARIANTS = 1_000
MOST_MANAGED = 300
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def unknown(what: str, entity_id: str) -> WixError:
    """Return status 404 as V1 is assumed to answer it: a message without an application code."""
    return WixError(HTTPStatus.NOT_FOUND, f"{what} {entity_id} not found")


_EMPTY: Entity = {
    "description": "",
    "visible": True,
    "additionalInfoSections": [],
    "customTextFields": [],
    "productOptions": [],
}
"""Default values that a product shows."""
_NEVER_EMPTY = frozenset({"slug", "priceData", "manageVariants"})


def fetch(site: Site, product_id: str) -> Entity:
    """The stored product.

    Raises:
        WixError: 404 when there is none.
    """
    product = site.store.get(KIND, product_id)
    if product is None:
        raise unknown("Product", product_id)
    return product


def stock_of(site: Site, product: Entity) -> Entity:
    """The inventory item of a product."""
    item = site.store.get(STOCK, product["inventoryItemId"])
    assert item is not None, "a V1 product always has its inventory item"
    return item


def create_product(site: Site, body: Entity) -> Entity:
    """Create a product with its variants and its inventory item (in stock, untracked).

    Raises:
        WixError: 400 for missing name or price, a digital product, or what the schema forbids.
    """
    cleaned = clean("product_v1", body, "product", fresh=True)
    if site.readings["v1-product-type"] == "required" and not cleaned.get("productType"):
        raise required("product.productType")
    if cleaned.get("productType", "physical") != "physical":
        raise validation_error(Violation("product.productType", "only physical products can be created", "OTHER"))
    moment, product_id = site.clock(), site.new_id()
    now = wire_time(moment)
    product = {
        **_EMPTY,
        "manageVariants": False,
        **cleaned,
        "productType": "physical",
        "id": product_id,
        "slug": free_slug(site.store, KIND, cleaned.get("slug") or slug_of(cleaned["name"], "product")),
        "numericId": _numeric_id(site, moment),
        "inventoryItemId": complement(product_id),
        "collectionIds": [ALL_PRODUCTS],
        "media": {"items": []},
        "createdDate": now,
        "lastUpdated": now,
    }
    product = _with_own_codes(product)
    _check_options(product)
    product["variants"] = rebuild_variants(site, product, [])
    stock = _new_stock(site, product)
    site.store.insert(STOCK, stock)
    return put(site, _without_managed(product), stock)


def update_product(site: Site, product_id: str, body: Entity) -> Entity:
    """Change the members that are sent; read-only members are ignored with status 200.

    Raises:
        WixError: 404 unknown, 400 for members that violate the schema or a price that would become negative.
    """
    product = fetch(site, product_id)
    cleaned = clean("product_v1", body, "product")
    cleaned.pop("productType", None)
    # Choice: null clears members that can be empty and does not change the others.
    cleaned = {name: value for name, value in cleaned.items() if value is not None or name not in _NEVER_EMPTY}
    if product["manageVariants"] and product["productOptions"]:
        # It cannot be switched off once variants exist.
        cleaned.pop("manageVariants", None)
    if cleaned.get("slug") and cleaned["slug"] != product["slug"]:
        cleaned["slug"] = free_slug(site.store, KIND, cleaned["slug"], product_id)
    price = (cleaned.get("priceData") or {}).get("price")
    if price is not None:
        move_prices(product, price)
    changed = merged(product, cleaned)
    if "name" in cleaned and not cleaned["name"]:
        raise required("product.name")
    changed = _with_own_codes({**_EMPTY, **changed})
    _check_options(changed)
    if "productOptions" in cleaned or "manageVariants" in cleaned:
        changed["variants"] = rebuild_variants(site, changed, product["variants"])
    _follow(changed, cleaned)
    return touch(site, _without_managed(changed))


def touch(site: Site, product: Entity) -> Entity:
    """Store a changed product with a new `lastUpdated`, and update its inventory rows for its variants."""
    product["lastUpdated"] = site.now()
    stock = _aligned(stock_of(site, product), product)
    site.store.update(STOCK, stock)
    return put(site, product, stock)


def put(site: Site, product: Entity, stock: Entity) -> Entity:
    """Derive and store a product and its rows in the store-wide variants."""
    before = site.store.get(KIND, product["id"])
    site.store.table(KIND).put(derive(site, product, stock))
    sync_rows(site, before, product)
    return product


def delete_product(site: Site, product_id: str) -> None:
    """Remove a product and its inventory item.

    Raises:
        WixError: 404 when there is none.
    """
    product = fetch(site, product_id)
    site.store.delete(KIND, product_id)
    site.store.delete(STOCK, product["inventoryItemId"])
    sync_rows(site, product, None)


def move_prices(product: Entity, price: float) -> None:
    """Set the product's price; managed variants keep their difference to it, unmanaged ones get the same price.

    Raises:
        WixError: 400 if a variant's price would become negative.
    """
    by = price - product["priceData"]["price"]
    for variant in product["variants"]:
        details = variant["variant"]["priceData"]
        moved = round(details["price"] + by, 2) if product["manageVariants"] else price
        if moved < 0:
            message = "the price of a variant would be negative"
            raise bad_request(message)
        details["price"] = moved
    product["priceData"]["price"] = price


def _with_own_codes(product: Entity) -> Entity:
    """Without managed variants SKU and weight are on the product itself."""
    return product if product["manageVariants"] else {"sku": "", "weight": 0, **product}


def _check_options(product: Entity) -> None:
    count = 1
    for option in product["productOptions"]:
        choices = option.get("choices") or []
        if not option.get("name") or not choices:
            raise required("product.productOptions.name" if choices else "product.productOptions.choices")
        for choice in choices:
            # A choice may be sent with only one of its two texts; then the two are equal.
            choice["description"] = choice.get("description") or choice.get("value") or ""
            choice["value"] = choice.get("value") or choice["description"]
        count *= len(choices)
    most = MOST_MANAGED if product["manageVariants"] else MOST_VARIANTS
    if count > most:
        text = f"has {count} variants, expected {most} or less"
        raise validation_error(Violation("product.productOptions", text, "MAX_SIZE", data={"threshold": most}))


def _follow(product: Entity, sent: Entity) -> None:
    """Unmanaged variants have the product's values."""
    if product["manageVariants"]:
        return
    for variant in product["variants"]:
        for name in ("sku", "weight", "costAndProfitData"):
            if sent.get(name) is not None:
                variant["variant"][name] = sent[name]


def _without_managed(product: Entity) -> Entity:
    """With managed variants the product itself has neither SKU nor weight."""
    if not (product["manageVariants"] and product["productOptions"]):
        return product
    return {name: value for name, value in product.items() if name not in {"sku", "weight"}}


def _numeric_id(site: Site, created: datetime) -> str:
    """Return the moment of creation in microseconds; the next free one if products share it."""
    passed = created - _EPOCH
    number = (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
    taken = site.store.table(KIND).lookup("numericId")
    while taken.count(str(number)):
        number += 1
    return str(number)


def _new_stock(site: Site, product: Entity) -> Entity:
    item: dict[str, Any] = {
        "id": product["inventoryItemId"],
        "externalId": product["id"],
        "productId": product["id"],
        "trackQuantity": False,
        "variants": [],
        "lastUpdated": site.now(),
        "numericId": product["numericId"],
        "preorderInfo": {"enabled": False},
    }
    return _aligned(item, product)


def _aligned(item: Entity, product: Entity) -> Entity:
    """Return an inventory item with one row for each managed variant, or for the default one."""
    managed = product["manageVariants"] and product["productOptions"]
    ids = [each["id"] for each in product["variants"]] if managed else [DEFAULT_VARIANT]
    known = {each["variantId"]: each for each in item["variants"]}
    fresh = {"inStock": not item["trackQuantity"], "quantity": 0, "availableForPreorder": False}
    return item | {"variants": [known.get(each) or {"variantId": each, **fresh} for each in ids]}
