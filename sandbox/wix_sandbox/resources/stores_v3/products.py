"""Products of Catalog V3: creating, changing, deleting.

Rules: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/introduction.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wix_sandbox.errors import required, rule_error
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
from wix_sandbox.resource import Resource, merged
from wix_sandbox.resources.stores_v3.contents import complete_product, media_item, refer_to_media
from wix_sandbox.resources.stores_v3.derive import derive
from wix_sandbox.resources.stores_v3.inventory import ITEMS, denormalised
from wix_sandbox.resources.stores_v3.refusals import refusal
from wix_sandbox.resources.stores_v3.variants import sync_rows
from wix_sandbox.resources.uploads import arrived
from wix_sandbox.resources.words import free_slug, slug_of
from wix_sandbox.schema import clean
from wix_sandbox.site import STORES_APP_ID

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
FIXED = ("productType", "handle", "id")
"""Members that an update leaves alone."""


def create_product(site: Site, body: Entity, *, stocking: Stocking | None = None, path: str = "product") -> Entity:
    """Create a product; with stocking, `variants[].inventoryItem` makes its stock.

    Raises:
        WixError: 400 for what the rules forbid, 409 for a slug, handle, SKU or barcode in use.
    """
    stock = stocking.read(body, path) if stocking else []
    cleaned = clean("product_v3", body, path, keep=PRODUCTS.keep, fresh=True)
    _check_required(cleaned, path)
    if site.store.count("products") >= site.options.max_products:
        raise refusal("PRODUCTS_LIMIT_EXCEEDED", f"a store holds at most {site.options.max_products} products")
    product = PRODUCTS.stamped(site, cleaned)
    product["slug"] = _slug(site, product, cleaned.get("slug"))
    product["handle"] = _handle(site, product)
    complete_product(site, product, None)
    product["directCategoriesInfo"] = product["allCategoriesInfo"] = _first_categories(site)
    site.store.insert("products", product)
    if stocking:
        stocking.apply(site, product, stock)
    put_product(site, None, product)
    return product


def update_product(
    site: Site, product_id: str, body: Entity, *, stocking: Stocking | None = None, path: str = "product"
) -> Entity:
    """Change the members that are sent; arrays replace as a whole.

    Raises:
        WixError: 404 unknown, 400 against the rules, 409 stale revision or a slug, SKU or barcode in use.
    """
    before = PRODUCTS.fetch(site, product_id)
    PRODUCTS.check_revision(before, body, path)
    stock = stocking.read(body, path) if stocking else []
    cleaned = clean("product_v3", body, path, keep=PRODUCTS.keep - {".handle"})
    _check_update(before, cleaned, path)
    changes = {name: value for name, value in cleaned.items() if name not in FIXED}
    # Named by id or by name: what is sent replaces, or the old id would win over the new name.
    whole = {name: changes.pop(name) for name in ("brand", "ribbon") if name in changes}
    product = merged(before, changes)
    for name, value in whole.items():
        product[name] = value
    if "plainDescription" in changes and "description" not in changes:
        product.pop("description", None)
    if cleaned.get("slug") and cleaned["slug"] != before["slug"]:
        product["slug"] = _slug(site, product, cleaned["slug"])
    complete_product(site, product, before)
    product["revision"] = str(int(before["revision"]) + 1)
    product["updatedDate"] = site.now()
    site.store.update("products", product)
    _forget_stock(site, before, product)
    if stocking:
        stocking.apply(site, product, stock)
    put_product(site, before, product)
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
    """Derive and store a product and everything that repeats parts of it."""
    site.store.update("products", derive(site, product))
    sync_rows(site, before, product)
    if before is not None:
        for item in site.store.find(ITEMS.kind, "productId", product["id"]):
            site.store.update(ITEMS.kind, item | {"product": denormalised(product, item["variantId"])})


def take_in(site: Site) -> None:
    """Let external files arrive whose time has come. Choice: neither `updatedDate` nor revision move."""
    for upload in arrived(site):
        product = site.store.get("products", upload["productId"])
        if product is None:
            continue
        items = product["media"]["itemsInfo"]["items"]
        product["media"]["itemsInfo"]["items"] = [
            media_item(each) if each.get("uploadId") == upload["id"] else each for each in items
        ]
        refer_to_media(product, product)
        put_product(site, product, product)


def _check_required(product: Entity, path: str) -> None:
    for name in ("name", "productType"):
        if not product.get(name):
            raise required(f"{path}.{name}")
    if not product["name"].strip():
        raise refusal("ONLY_SPACES_STRING_ERROR", "name must not consist of spaces only")
    if product["productType"] == "PHYSICAL" and product.get("physicalProperties") is None:
        raise required(f"{path}.physicalProperties")
    if not (product.get("variantsInfo") or {}).get("variants"):
        raise required(f"{path}.variantsInfo.variants")


def _check_update(before: Entity, cleaned: Entity, path: str) -> None:
    if "variantsInfo" in cleaned and "options" not in cleaned and before.get("options"):
        text = "options must be sent together with variantsInfo"
        raise rule_error(f"{path}.options", "MISSING_OPTIONS_ON_UPDATE_VARIANTS", text)
    if "options" in cleaned and "variantsInfo" not in cleaned:
        raise refusal("VARIANTS_ARE_NOT_ALIGNED_WITH_PRODUCT", "variantsInfo must be sent together with options")
    for name in ("name", "slug"):
        if name in cleaned and not cleaned[name]:
            raise required(f"{path}.{name}")


def _slug(site: Site, product: Entity, asked: str | None) -> str:
    if not asked:
        return free_slug(site.store, "products", slug_of(product["name"], "product")[:290], product["id"])
    if not _SLUG.fullmatch(asked):
        raise rule_error("product.slug", "INVALID_SLUG_FORMAT", "must consist of a-z, 0-9 and hyphens")
    if free_slug(site.store, "products", asked, product["id"]) != asked:
        raise refusal("DUPLICATE_SLUG_ERROR", f"slug {asked} is in use", slug=asked)
    return asked


def _handle(site: Site, product: Entity) -> str:
    handle = product.get("handle") or f"Product_{product['id']}"
    if site.store.table("products").lookup("handle").count(handle):
        # Choice: Wix says that handles are unique and names no code; categories have this one.
        raise refusal("DUPLICATE_HANDLE", f"handle {handle} is in use", handle=handle)
    return str(handle)


def _first_categories(site: Site) -> Entity:
    """Every product is in All Products, the category that the Stores app manages."""
    ids = site.store.table("categories").lookup("managingAppId")
    return {"categories": [{"id": each, "index": 0} for each in ids.ids(STORES_APP_ID)]}


def _forget_stock(site: Site, before: Entity, product: Entity) -> None:
    """Variants that are gone take their inventory along."""
    kept = {each["id"] for each in product["variantsInfo"]["variants"]}
    for item in site.store.find(ITEMS.kind, "productId", before["id"]):
        if item["variantId"] not in kept:
            site.store.delete(ITEMS.kind, item["id"])
