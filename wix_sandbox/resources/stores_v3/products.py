"""Products of Catalog V3: creating, changing, deleting.

Rules: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/introduction.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wix_sandbox.bulk import each_item
from wix_sandbox.errors import not_found, required, rule_error
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
from wix_sandbox.resource import Resource, merged
from wix_sandbox.resources import media
from wix_sandbox.resources.stores_v3.customizations import MODIFIER, OPTION, connect
from wix_sandbox.resources.stores_v3.derive import DEFAULT_LOCATION, derive
from wix_sandbox.resources.stores_v3.inventory import (
    ITEMS,
    at_location,
    change_item,
    clean_item,
    denormalised,
    insert_item,
)
from wix_sandbox.resources.stores_v3.parts import BRANDS, INFO_SECTIONS, RIBBONS, get_or_create
from wix_sandbox.resources.stores_v3.refusals import refusal
from wix_sandbox.resources.stores_v3.variants import complete_variants, sync_rows
from wix_sandbox.resources.words import free_slug, html_of_rich, rich_of_html, slug_of
from wix_sandbox.schema import clean
from wix_sandbox.site import STORES_APP_ID

if TYPE_CHECKING:
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


def create_product(site: Site, body: Entity, *, with_inventory: bool = False, path: str = "product") -> Entity:
    """Create a product; with inventory, `variants[].inventoryItem` makes its stock.

    Raises:
        WixError: 400 for what the rules forbid, 409 for a slug, handle, SKU or barcode in use.
    """
    stocks = _stocks(body, path) if with_inventory else []
    cleaned = clean("product_v3", body, path, keep=PRODUCTS.keep)
    _check_required(cleaned, path)
    if site.store.count("products") >= site.options.max_products:
        raise refusal("PRODUCTS_LIMIT_EXCEEDED", f"a store holds at most {site.options.max_products} products")
    product = PRODUCTS.stamped(site, cleaned)
    product["slug"] = _slug(site, product, cleaned.get("slug"))
    product["handle"] = _handle(site, product)
    _complete(site, product, None)
    product["directCategoriesInfo"] = product["allCategoriesInfo"] = _first_categories(site)
    site.store.insert("products", product)
    _stock(site, product, stocks)
    put_product(site, None, product)
    return product


def update_product(
    site: Site, product_id: str, body: Entity, *, with_inventory: bool = False, path: str = "product"
) -> Entity:
    """Change the members that are sent; arrays replace as a whole.

    Raises:
        WixError: 404 unknown, 400 against the rules, 409 stale revision or a slug, SKU or barcode in use.
    """
    before = PRODUCTS.fetch(site, product_id)
    PRODUCTS.check_revision(before, body, path)
    stocks = _stocks(body, path) if with_inventory else []
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
    _complete(site, product, before)
    product["revision"] = str(int(before["revision"]) + 1)
    product["updatedDate"] = site.now()
    site.store.update("products", product)
    _forget_stock(site, before, product)
    _stock(site, product, stocks)
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
    for kind, path in ((ITEMS.kind, "productId"), ("category_items", "catalogItemId")):
        for row in site.store.find(kind, path, product_id):
            site.store.delete(kind, row["id"])


def put_product(site: Site, before: Entity | None, product: Entity) -> None:
    """Derive and store a product and everything that repeats parts of it."""
    site.store.update("products", derive(site, product))
    sync_rows(site, before, product)
    if before is not None:
        for item in site.store.find(ITEMS.kind, "productId", product["id"]):
            site.store.update(ITEMS.kind, item | {"product": denormalised(product, item["variantId"])})


def _check_required(product: Entity, path: str) -> None:
    for name in ("name", "productType"):
        if not product.get(name):
            raise required(f"{path}.{name}")
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
    if "name" in cleaned and not cleaned["name"]:
        raise required(f"{path}.name")


def _complete(site: Site, product: Entity, before: Entity | None) -> None:
    """Resolve everything a body names: brand, ribbon, sections, options, variants, media, texts."""
    for name, resource in (("brand", BRANDS), ("ribbon", RIBBONS)):
        _connect(site, product, name, resource)
    if "additionalRibbons" in product:
        product["additionalRibbons"] = [
            _reference(site, each, RIBBONS, "RIBBON_NOT_FOUND") for each in product["additionalRibbons"] or []
        ]
        _check_ribbons(product)
    if "infoSections" in product:
        product["infoSections"] = [_section(site, each) for each in product["infoSections"] or []]
    for name, kind in (("options", OPTION), ("modifiers", MODIFIER)):
        if product.get(name):
            product[name] = [connect(site, each, kind) for each in product[name]]
    names = [each["name"] for each in product.get("options") or []]
    if len(set(names)) < len(names):
        raise refusal("DUPLICATE_PRODUCT_OPTIONS", "two options have the same name")
    complete_variants(site, product, before)
    _visibility(product, product["variantsInfo"]["variants"], before)
    _contents(product)


def _contents(product: Entity) -> None:
    """Media as the media store knows them, and both forms of the description."""
    items = ((product.get("media") or {}).get("itemsInfo") or {}).get("items") or []
    product["media"] = {"itemsInfo": {"items": [_media_item(each) for each in items]}}
    if product.get("description"):
        product["plainDescription"] = html_of_rich(product["description"])
    elif product.get("plainDescription"):
        product["description"] = rich_of_html(product["plainDescription"])


def _visibility(product: Entity, variants: list[Entity], before: Entity | None) -> None:
    """Visible by default; without options product and default variant mirror each other."""
    if product.get("visible") is None:
        product["visible"] = bool(product.get("options")) or variants[0]["visible"]
    if not product.get("options"):
        moved = before is not None and before["visible"] == product["visible"]
        if moved and before is not None and variants[0]["visible"] != before["visible"]:
            product["visible"] = variants[0]["visible"]
        variants[0]["visible"] = product["visible"]
    digital = product["productType"] == "DIGITAL"
    if product.get("visibleInPos") is None:
        product["visibleInPos"] = not digital
    elif digital and product["visibleInPos"]:
        code = "DIGITAL_PRODUCT_CANNOT_BE_VISIBLE_IN_POS"
        raise rule_error("product.visibleInPos", code, "a digital product cannot be sold at a point of sale")


def _connect(site: Site, product: Entity, name: str, resource: Resource) -> None:
    part = product.get(name)
    if part and (part.get("id") or part.get("name")):
        product[name] = _reference(site, part, resource, f"{name.upper()}_NOT_FOUND")
    else:
        product.pop(name, None)


def _reference(site: Site, part: Entity, resource: Resource, missing: str) -> Entity:
    """`{id, name}` of a brand or ribbon named by id or by name; a new name is made."""
    if part.get("id"):
        entity = site.store.get(resource.kind, part["id"])
        if entity is None:
            if resource is BRANDS:
                raise rule_error("product.brand.id", "BRAND_MISSING_ID", f"there is no brand {part['id']}")
            raise refusal(missing, f"{resource.label} {part['id']} does not exist")
    else:
        entity = get_or_create(resource, site, {"name": part.get("name")})
    return {"id": entity["id"], "name": entity["name"]}


def _check_ribbons(product: Entity) -> None:
    ids = [each["id"] for each in product["additionalRibbons"]]
    if len(set(ids)) < len(ids):
        raise refusal("DUPLICATE_RIBBON_IN_ADDITIONAL", "a ribbon stands twice in additionalRibbons")
    if (product.get("ribbon") or {}).get("id") in ids:
        raise refusal("DUPLICATE_RIBBON_IN_PRIMARY_AND_ADDITIONAL", "the ribbon stands in additionalRibbons too")


def _section(site: Site, part: Entity) -> Entity:
    if part.get("id"):
        section = site.store.get(INFO_SECTIONS.kind, part["id"])
        if section is None:
            raise not_found("InfoSection", part["id"])
    else:
        section = get_or_create(INFO_SECTIONS, site, part)
    members = ("id", "uniqueName", "title", "description", "plainDescription")
    return {name: section[name] for name in members if name in section}


def _media_item(item: Entity) -> Entity:
    """An item of the list with what the media store knows of the file; an external file is taken in."""
    media_id = item.get("id") or media.file_id(item["url"])
    shown = {"id": media_id, "mediaType": "IMAGE", "image": media.image_v3(media_id, item.get("altText"))}
    return shown | {name: item[name] for name in ("altText", "displayName") if item.get(name)}


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


def _stocks(body: Entity, path: str) -> list[Entity | None]:
    """The inventory item of each variant, checked before anything is stored."""
    variants = (body.get("variantsInfo") or {}).get("variants") or []
    stocks: list[Entity | None] = []
    for at, variant in enumerate(variants):
        sent = variant.get("inventoryItem") if isinstance(variant, dict) else None
        place = f"{path}.variantsInfo.variants[{at}].inventoryItem"
        stocks.append(clean_item(sent, place) if sent else None)
    return stocks


def _stock(site: Site, product: Entity, stocks: list[Entity | None]) -> None:
    """Make or change the inventory items that variants carry, at the default location."""
    for variant, item in zip(product["variantsInfo"]["variants"], stocks, strict=False):
        if item is None:
            continue
        current = at_location(site, variant["id"], DEFAULT_LOCATION, product["id"])
        if current is not None:
            change_item(site, current, item)
        else:
            insert_item(site, item | {"productId": product["id"], "variantId": variant["id"]}, product)


def _forget_stock(site: Site, before: Entity, product: Entity) -> None:
    """Variants that are gone take their inventory along."""
    kept = {each["id"] for each in product["variantsInfo"]["variants"]}
    for item in site.store.find(ITEMS.kind, "productId", before["id"]):
        if item["variantId"] not in kept:
            site.store.delete(ITEMS.kind, item["id"])


def inventory_results(site: Site, product: Entity, *, give: bool) -> list[dict[str, Any]]:
    """Per-item results for the inventory of one product, as with-inventory calls give them."""
    items = site.store.find(ITEMS.kind, "productId", product["id"])
    return each_item(items, lambda _at, item: item, give=give)
