"""Products of Catalog V3: creating, storing, deleting.

Rules: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/introduction.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wix_sandbox.errors import required, rule_error
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
from wix_sandbox.resource import Resource
from wix_sandbox.resources.media_files import arrived, imported_id
from wix_sandbox.resources.stores_v3.contents import complete_product, set_texts
from wix_sandbox.resources.stores_v3.derive import derive
from wix_sandbox.resources.stores_v3.gallery import (
    media_item,
    picture_variants,
    refer_to_media,
    refuse_urls,
    sent_gallery,
)
from wix_sandbox.resources.stores_v3.inventory import ITEMS, denormalised
from wix_sandbox.resources.stores_v3.refusals import no_room, refusal
from wix_sandbox.resources.stores_v3.variants import sync_rows
from wix_sandbox.resources.texts import free_slug, slug_of
from wix_sandbox.site import STORES_APP_ID
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from wix_sandbox.resources.stores_v3.stocking import Stocking
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

PRODUCTS = Resource(
    name="products",
    kind="products",
    base="/stores/v3/products",
    item="product",
    items="products",
    schema="product_v3",
    label="Product",
    parameter="productId",
    catalog=StoreCatalog.V3,
    query=Query.declared("stores-v3/queryProducts"),
    keep=frozenset({".handle", ".infoSections.title", ".infoSections.description"}),
)
_SLUG = re.compile(r"[a-z0-9-]+")


def create_product(site: Site, body: Entity, *, stocking: Stocking | None = None, path: str = "product") -> Entity:
    """Create a product; with stocking, `variants[].inventoryItem` sets its stock.

    Raises:
        WixError: 400 for a violation of the rules, 409 for a slug, handle, SKU or barcode in use.
    """
    stock = stocking.read(body, path) if stocking else []
    cleaned = clean("product_v3", body, path, keep=PRODUCTS.keep, fresh=True)
    sent_gallery(body, cleaned)
    _check_required(cleaned, path)
    if site.readings["choice-pictures-in-create"] == "by-id":
        refuse_urls(cleaned)
    if site.store.count("products") >= site.options.max_products:
        text = f"a store holds at most {site.options.max_products} products"
        raise no_room(site, "PRODUCTS_LIMIT_EXCEEDED", text)
    product = PRODUCTS.stamped(site, cleaned)
    if cleaned.get("slug"):
        check_slug(site, product, cleaned["slug"])
    else:
        made = slug_of(product["name"], "product")[:290]
        product["slug"] = free_slug(site.store, "products", made, product["id"])
    product["handle"] = _handle(site, product)
    set_texts(product, cleaned)
    complete_product(site, product, None)
    picture_variants(product, None, anew=True)
    product["directCategoriesInfo"] = product["allCategoriesInfo"] = _first_categories(site)
    site.store.insert("products", product)
    if stocking:
        stocking.apply(site, product, stock)
    put_product(site, None, product)
    return product


def delete_product(site: Site, product_id: str) -> None:
    """Remove a product, its inventory items and its places in categories.

    Raises:
        WixError: 404 when there is none.
    """
    product = PRODUCTS.fetch(site, product_id)
    PRODUCTS.delete(site, product_id)
    sync_rows(site, product, None)
    for item in site.store.find(ITEMS.kind, "productId", product_id):
        site.store.delete(ITEMS.kind, item["id"])
    for place in site.store.find("category_items", "catalogItemId", product_id):
        site.store.delete("category_items", place["id"])
        category = site.store.get("categories", place["categoryId"])
        if category is not None:
            site.store.update("categories", category | {"itemCounter": category["itemCounter"] - 1})


def put_product(site: Site, before: Entity | None, product: Entity) -> None:
    """Derive and store a product and all copies of its members."""
    site.store.update("products", derive(site, product))
    sync_rows(site, before, product)
    if before is not None:
        for item in site.store.find(ITEMS.kind, "productId", product["id"]):
            site.store.update(ITEMS.kind, item | {"product": denormalised(product, item["variantId"])})


def take_in(site: Site) -> None:
    """Import the external files that are due. Choice: neither `updatedDate` nor revision change."""
    for upload in arrived(site):
        product = site.store.get("products", upload["productId"])
        if product is None:
            continue
        items, media_id = product["media"]["itemsInfo"]["items"], imported_id(site, upload["url"])
        product["media"]["itemsInfo"]["items"] = [
            media_item({**each, "id": media_id}) if each.get("uploadId") == upload["id"] else each for each in items
        ]
        refer_to_media(product, {upload["url"]: media_id})
        put_product(site, product, product)


def _check_required(product: Entity, path: str) -> None:
    if not product["name"].strip():
        raise refusal("ONLY_SPACES_STRING_ERROR", "name must not consist of spaces only")
    if product["productType"] == "PHYSICAL" and product.get("physicalProperties") is None:
        raise required(f"{path}.physicalProperties")


def check_slug_format(slug: str, path: str) -> None:
    """Check the characters of a slug.

    Raises:
        WixError: 400.
    """
    if not _SLUG.fullmatch(slug):
        raise rule_error(f"{path}.slug", "INVALID_SLUG_FORMAT", "must consist of a-z, 0-9 and hyphens")


def check_slug(site: Site, product: Entity, slug: str) -> None:
    """Check a slug that was sent for a product.

    Raises:
        WixError: 400 for invalid characters, 409 for the slug of another product.
    """
    check_slug_format(slug, "product")
    if free_slug(site.store, "products", slug, product["id"]) != slug:
        raise refusal("DUPLICATE_SLUG_ERROR", f"slug {slug} is in use", slug=slug)


def _handle(site: Site, product: Entity) -> str:
    handle = product.get("handle") or f"Product_{product['id']}"
    if site.store.table("products").lookup("handle").count(handle):
        # Choice: Wix documents that handles are unique, but no code; categories have this one.
        raise refusal("DUPLICATE_HANDLE", f"handle {handle} is in use", handle=handle)
    return str(handle)


def _first_categories(site: Site) -> Entity:
    """Put a product into All Products, the category that the Stores app manages."""
    ids = site.store.table("categories").lookup("managingAppId")
    return {"categories": [{"id": each, "index": 0} for each in ids.ids(STORES_APP_ID)]}
