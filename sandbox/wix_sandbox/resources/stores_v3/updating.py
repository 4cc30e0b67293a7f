"""Changes of V3 products, as live sites make them.

Side effects of a PATCH were measured on live sites: variants without the product's `visible` publish a hidden product,
and `visible: false` permanently hides the one variant of a product without options.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.errors import required, rule_error
from wix_sandbox.resource import merged
from wix_sandbox.resources.stores_v3.contents import complete_product, set_texts
from wix_sandbox.resources.stores_v3.gallery import forget_references, picture_variants, sent_gallery
from wix_sandbox.resources.stores_v3.inventory import ITEMS, check_preorder, put_to_sleep
from wix_sandbox.resources.stores_v3.products import PRODUCTS, check_slug, put_product
from wix_sandbox.resources.stores_v3.refusals import misfit, refusal
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from wix_sandbox.resources.stores_v3.stocking import Stocking
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

FIXED = ("productType", "handle", "id")
"""Members that an update does not change."""


def update_product(
    site: Site, product_id: str, body: Entity, *, stocking: Stocking | None = None, path: str = "product"
) -> Entity:
    """Change the members that are sent; arrays and variants are replaced as a whole.

    Raises:
        WixError: 404 unknown, 400 or 428 for a violation of the rules, 409 for a stale revision or a slug, SKU or
            barcode in use.
    """
    before = PRODUCTS.fetch(site, product_id)
    PRODUCTS.check_revision(before, body, path)
    stock = stocking.read(body, path) if stocking else []
    cleaned = clean("product_v3", body, path, keep=PRODUCTS.keep - {".handle"})
    _check(site, before, cleaned, path)
    sent_gallery(body, cleaned)
    changes = {name: value for name, value in cleaned.items() if name not in FIXED}
    # Named by id or by name: the sent object replaces the old one, or the old id would override the new name.
    whole: Entity = {name: changes.pop(name) for name in ("brand", "ribbon") if name in changes}
    if "seoData" in changes and site.readings["seo-data"] == "replaced":
        whole["seoData"] = changes.pop("seoData")
    product = merged(before, changes) | whole
    set_texts(product, changes)
    if cleaned.get("slug"):
        check_slug(site, product, cleaned["slug"])
    _set_visibility(site, before, product, changes)
    if "media" in changes and "options" not in changes and site.readings["gallery-only-write"] == "clears-references":
        forget_references(product)
    # Stock calls that name choices only by name make variants show their current pictures.
    renewed = stocking is not None and "variantsInfo" in changes and not _named_by_id(product)
    nameless = [each for each in product["variantsInfo"]["variants"] if not each.get("id")]
    complete_product(site, product, before)
    for item in site.store.find(ITEMS.kind, "productId", product_id):
        check_preorder(product, item, "PREORDER_VALIDATION_ERROR")
    picture_variants(product, before, anew=renewed)
    product["revision"] = str(int(before["revision"]) + 1)
    product["updatedDate"] = site.now()
    site.store.update("products", product)
    _forget_stock(site, before, product)
    if nameless and site.readings["stock-after-rebuild"] == "asleep":
        put_to_sleep(site, product_id, {each["id"] for each in nameless})
    if stocking:
        stocking.apply(site, product, stock)
    put_product(site, before, product)
    return product


def _check(site: Site, before: Entity, cleaned: Entity, path: str) -> None:
    if "variantsInfo" in cleaned and "options" not in cleaned and before.get("options"):
        raise misfit(site, "MISSING_OPTIONS_ON_UPDATE_VARIANTS", "options must be sent together with variantsInfo")
    if "options" in cleaned and "variantsInfo" not in cleaned:
        raise misfit(site, "VARIANTS_ARE_NOT_ALIGNED_WITH_PRODUCT", "variant choice not found in product options")
    for name in ("name", "slug"):
        if name in cleaned and not cleaned[name]:
            raise required(f"{path}.{name}")
    _check_parts(site, cleaned, path)


def _check_parts(site: Site, cleaned: Entity, path: str) -> None:
    """Refuse a brand or ribbon that has only a name, unless a reading creates it."""
    named = {name for name in ("brand", "ribbon") if (cleaned.get(name) or {}).get("name")}
    alone = {name for name in named if not cleaned[name].get("id")}
    if "brand" in alone and site.readings["brand-by-name-in-update"] == "refused":
        raise rule_error(f"{path}.brand.id", "BRAND_MISSING_ID", "must be set to assign a brand")
    if "ribbon" in alone and site.readings["ribbon-by-name-in-update"] == "refused":
        raise refusal("RIBBON_NOT_FOUND", f"{path}.ribbon.id must be set to assign a ribbon")


def _set_visibility(site: Site, before: Entity, product: Entity, changes: Entity) -> None:
    """Set the members of product and variants that follow from the sent ones."""
    sent = "variantsInfo" in changes
    known = {each["id"] for each in before["variantsInfo"]["variants"]}
    shown, variants = changes.get("visible"), product["variantsInfo"]["variants"]
    goes_along = shown is False and not product.get("options")
    for variant in variants if sent else ():
        if variant.get("visible") is None:
            # Objects of variants are replaced as a whole, and a missing flag is false.
            variant["visible"] = variant.get("id") not in known and not goes_along
    if sent and shown is None:
        result = {"publishes": True, "hides": False, "keeps": before["visible"]}
        product["visible"] = result[site.readings["variants-without-visible"]]
    elif goes_along and not sent:
        variants[0]["visible"] = False


def _named_by_id(product: Entity) -> bool:
    """True if a variant was sent with the id of a choice."""
    choices = (each for variant in product["variantsInfo"]["variants"] for each in variant.get("choices") or [])
    return any(each.get("optionChoiceIds") for each in choices)


def _forget_stock(site: Site, before: Entity, product: Entity) -> None:
    """Remove the inventory of variants that are gone."""
    kept = {each["id"] for each in product["variantsInfo"]["variants"]}
    for item in site.store.find(ITEMS.kind, "productId", before["id"]):
        if item["variantId"] not in kept:
            site.store.delete(ITEMS.kind, item["id"])
