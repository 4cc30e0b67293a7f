"""Products of Catalog V3: creating, storing, changing, deleting.

Rules: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/introduction. Side effects of a
PATCH were measured on live sites: variants without the product's `visible` publish a hidden product, and
`visible: false` permanently hides the one variant of a product without options.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Self

from wix_sandbox.documented import misfit, no_room, refusal
from wix_sandbox.errors import refuse_cleared, required, rule_error
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
from wix_sandbox.resource import Resource, due, merged, retagged, stamped
from wix_sandbox.resources.media_files import COMING, imported_id
from wix_sandbox.resources.stores_v3.contents import (
    complete_product,
    forget_references,
    media_item,
    picture_variants,
    refer_to_media,
    refuse_urls,
    sent_gallery,
    set_texts,
)
from wix_sandbox.resources.stores_v3.inventory import ITEMS, check_preorder, denormalised, put_to_sleep
from wix_sandbox.resources.stores_v3.variants import derive, sync_rows
from wix_sandbox.resources.texts import check_slug_format, complete_seo, free_slug, slug_of
from wix_sandbox.site import STORES_APP_ID
from wix_sandbox.values import filled, only, without
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wix_sandbox.resources.stores_v3.inventory import Stocking
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

PRODUCTS = Resource(
    name="products",
    base="/stores/v3/products",
    item="product",
    schema="product_v3",
    parameter="productId",
    catalog=StoreCatalog.V3,
    query=Query.declared("stores-v3/queryProducts"),
)
_OF_SECTIONS = frozenset({".infoSections.title", ".infoSections.description"})
"""Read-only members that a write accepts nevertheless: those of new info sections."""


def create_product(site: Site, body: Entity, *, stocking: Stocking | None = None, path: str = "product") -> Entity:
    """Create a product; with stocking, `variants[].inventoryItem` sets its stock.

    Raises:
        WixError: 400 for a violation of the rules, 409 for a slug, handle, SKU or barcode in use.
    """
    stock = stocking.read(body, path) if stocking else []
    cleaned = clean("product_v3", body, path, keep=_OF_SECTIONS | {".handle"}, fresh=True)
    sent_gallery(body, cleaned)
    _check_required(cleaned, path)
    if site.readings["choice-pictures-in-create"] == "by-id":
        refuse_urls(cleaned)
    if site.store.count("products") >= site.options.max_products:
        raise no_room(site, "PRODUCTS_LIMIT_EXCEEDED", f"a store holds at most {site.options.max_products} products")
    product = stamped(site, cleaned)
    if cleaned.get("slug"):
        check_slug(site, product, cleaned["slug"])
    else:
        made = slug_of(product["name"], "product")[:290]
        product["slug"] = free_slug(site.store, "products", made, product["id"])
    product["handle"] = _handle(site, product)
    set_texts(product, cleaned)
    complete_seo(product)
    complete_product(site, product, None)
    picture_variants(product, None, anew=True)
    product["directCategoriesInfo"] = product["allCategoriesInfo"] = _first_categories(site)
    site.store.insert("products", product)
    if stocking:
        stocking.apply(site, product, stock)
    put_product(site, None, product)
    return product


def delete_product(site: Site, product_id: str) -> None:
    """Remove a product, its inventory items and its places in categories; 404 for an unknown id."""
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
    for upload in due(site, COMING):
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


def check_slug(site: Site, product: Entity, slug: str) -> None:
    """Refuse a slug with invalid characters with 400, and the slug of another product with 409."""
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


FIXED = ("productType", "handle", "id")
"""Members that an update does not change."""


def update_product(
    site: Site, product_id: str, body: Entity, *, stocking: Stocking | None = None, path: str = "product"
) -> Entity:
    """Change the members that are sent; arrays and variants are replaced as a whole.

    Raises:
        WixError: 404 for an unknown product, 400 or 428 for a violation of the rules, 409 for a stale revision or a
            slug, SKU or barcode in use.
    """
    before = PRODUCTS.fetch(site, product_id)
    PRODUCTS.check_revision(before, body, path)
    stock = stocking.read(body, path) if stocking else []
    cleaned = clean("product_v3", body, path, keep=_OF_SECTIONS)
    _check(site, before, cleaned, path)
    sent_gallery(body, cleaned)
    changes = without(cleaned, *FIXED)
    # Named by id or by name: the sent object replaces the old one, or the old id would override the new name.
    whole: Entity = {name: changes.pop(name) for name in ("brand", "ribbon") if name in changes}
    if "seoData" in changes and site.readings["seo-data"] == "replaced":
        whole["seoData"] = changes.pop("seoData")
    product = merged(before, changes) | whole
    set_texts(product, changes)
    complete_seo(product)
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
    refuse_cleared(cleaned, "name", "slug", "variantsInfo", within=path)
    if "variantsInfo" in cleaned and cleaned["variantsInfo"].get("variants") is None:
        raise required(f"{path}.variantsInfo.variants")
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


MOST_SECTIONS = 20
"""Info sections of one product."""


def change_sections(site: Site, product: Entity, ids: list[str], *, add: bool) -> Entity:
    """Add info sections to a product, or remove them; 400 for too many sections, 404 for an unknown one."""
    kept = [each["id"] for each in product.get("infoSections", []) if each["id"] not in ids]
    named = [*kept, *ids] if add else kept
    if len(named) > MOST_SECTIONS:
        raise refusal("TOO_MANY_INFO_SECTIONS_ERROR", f"a product has at most {MOST_SECTIONS} info sections")
    change = {"revision": product["revision"], "infoSections": [{"id": each} for each in named]}
    return update_product(site, product["id"], change)


def tagger(site: Site, body: Entity) -> Callable[[Entity], Entity]:
    """Apply `assignTags` and `unassignTags` of a request to a product; a tag in both is assigned.

    Raises:
        WixError: 400 if the request names neither.
    """
    assign, unassign = body.get("assignTags") or {}, body.get("unassignTags") or {}
    if not assign and not unassign:
        raise refusal("EMPTY_ASSIGN_AND_UNASSIGN_LISTS", "assignTags or unassignTags must be set")

    def tag(product: Entity) -> Entity:
        tags = {}
        for kind in ("privateTags", "publicTags"):
            ids = (product.get("tags", {}).get(kind) or {}).get("tagIds", [])
            added, taken = ((each.get(kind) or {}).get("tagIds") or [] for each in (assign, unassign))
            tags[kind] = {"tagIds": retagged(ids, added, taken)}
        return update_product(site, product["id"], {"revision": product["revision"], "tags": tags})

    return tag


MOST = Decimal("999999999.99")
STEPS = {"NO_ROUNDING": None, "CURRENCY_PRECISION": Decimal("0.01"), "NEAREST_WHOLE_NUMBER": Decimal(1)}
"""Rounding of each strategy. The sandbox's currency has cents; money has at most three decimals, which NO_ROUNDING
keeps."""
FINEST = Decimal("0.001")
ADJUSTED = ("cost", "actualPrice", "compareAtPrice", "compareAtPriceDiscount")
CODES = {
    "actualPrice": "ADJUSTED_ACTUAL_PRICE_OUT_OF_RANGE",
    "compareAtPrice": "ADJUSTED_COMPARE_AT_PRICE_OUT_OF_RANGE",
    "cost": "ADJUSTED_COST_OUT_OF_RANGE",
}


@dataclass(frozen=True)
class Adjustment:
    """The adjustment of each variant in one request."""

    changes: Mapping[str, Entity]
    """`{amount}` or `{percentage}` by the adjusted member."""
    step: Decimal | None
    """The unit of rounding."""

    @classmethod
    def read(cls, body: Entity) -> Self:
        """Return the adjustment of a request; 400 if it names nothing to adjust, or two ways to change one price."""
        changes = filled(only(body, *ADJUSTED))
        if not changes:
            raise rule_error("", "NO_VARIANT_ADJUSTMENTS_PASSED", "must name something to adjust")
        for name, change in changes.items():
            if (change.get("amount") is None) == (change.get("percentage") is None):
                raise rule_error(name, "INVALID_PRICES_ADJUSTMENTS", "needs one of amount and percentage")
        if "compareAtPriceDiscount" in changes and changes.keys() & {"actualPrice", "compareAtPrice"}:
            text = "goes without actualPrice and compareAtPrice"
            raise rule_error("compareAtPriceDiscount", "INVALID_PRICES_ADJUSTMENTS", text)
        return cls(changes, STEPS[body.get("rounding") or "CURRENCY_PRECISION"])

    def apply(self, variant: Entity) -> None:
        """Change a variant in place; 400 if a result exceeds the bounds of money."""
        price, details = variant["price"], variant.get("revenueDetails") or {}
        for name, holder in (("actualPrice", price), ("compareAtPrice", price), ("cost", details)):
            if name in self.changes and holder.get(name):
                holder[name] = self._moved(name, holder[name], self.changes[name])
        if "compareAtPriceDiscount" in self.changes:
            before = price.setdefault("compareAtPrice", price["actualPrice"])
            price["actualPrice"] = self._moved("actualPrice", before, self.changes["compareAtPriceDiscount"], -1)

    def _moved(self, name: str, money: Entity, change: Entity, sign: int = 1) -> Entity:
        value = Decimal(money["amount"])
        share = change.get("percentage")
        by = Decimal(change["amount"]) if share is None else value * Decimal(str(share)) / 100
        moved = value + sign * by
        if not 0 <= moved <= MOST:
            raise refusal(CODES[name], f"{name} would be {moved}")
        result = moved.quantize(self.step or FINEST, ROUND_HALF_UP)
        return {"amount": format(result if self.step else result.normalize(), "f")}
