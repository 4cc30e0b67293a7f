"""Moving a site from store catalog V1 to V3, as Wix moves shops.

Known from live sites: product ids stay, V1 calls answer 501, and there is no way back. The rest follows from the
documents of both catalogs; sandbox/docs/move-to-v3.md lists it member by member.
"""

from __future__ import annotations

import re
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from wix_sandbox.errors import WixError
from wix_sandbox.options import StoreCatalog
from wix_sandbox.resources import categories
from wix_sandbox.resources.stores_v1.products import ALL_PRODUCTS, DEFAULT_VARIANT
from wix_sandbox.resources.stores_v3 import products
from wix_sandbox.resources.stores_v3.inventory import Stocking
from wix_sandbox.values import filled, only

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_LONGEST = {"name": 80, "option": 50, "section": 50, "modifier": 50, "brand": 50, "ribbon": 30}


_OWN = ("sku", "weight", "priceData", "costAndProfitData")
"""Members that a product without managed variants has instead of its variants."""


class Sections:
    """Unique names for info sections, which products share on V3: one for each pair of title and text."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], str] = {}

    def body(self, section: Entity) -> Entity:
        """Return a V3 info section of a V1 one."""
        title, text = (section.get("title") or "-")[: _LONGEST["section"]], section.get("description") or ""
        if (title, text) not in self._names:
            number = sum(known == title for known, _ in self._names)
            self._names[title, text] = f"{title} {number + 1}" if number else title
        return {"uniqueName": self._names[title, text], "title": title, "plainDescription": text}


def moved_slug(entity: Entity) -> Entity:
    """Return the slug that a product or collection had: it stays, even if V3 would refuse it in a write."""
    return {"slug": entity["slug"]} if entity.get("slug") else {}


def category_body(collection: Entity) -> Entity:
    """Return the category of a collection; it has no parent."""
    body = {"name": collection["name"], "visible": collection["visible"]}
    return body | ({"description": collection["description"]} if collection.get("description") else {})


def product_body(product: Entity, stock: Entity, sections: Sections, variant_ids: str) -> Entity:
    """Return a V3 product with its stock.

    Args:
        product: The V1 product.
        stock: Its inventory item.
        sections: Unique names of info sections so far.
        variant_ids: `kept` or `new`.
    """
    digital = product["productType"] == "digital"
    options = [_option(each) for each in product["productOptions"]]
    variants = [_variant(product, each, stock, options) for each in product["variants"]]
    _give_skus_once(variants)
    if variant_ids == "kept":
        for variant, old in zip(variants, product["variants"], strict=True):
            variant["id"] = old["id"]
    for variant in variants if digital else ():
        variant.pop("physicalProperties")
    body: Entity = {
        "name": product["name"][: _LONGEST["name"]],
        "productType": "DIGITAL" if digital else "PHYSICAL",
        "visible": product["visible"],
        "plainDescription": product["description"],
        "options": options,
        "modifiers": [_modifier(each) for each in product["customTextFields"]],
        "infoSections": [sections.body(each) for each in product["additionalInfoSections"]],
        "media": {"itemsInfo": {"items": [_picture(each) for each in product["media"]["items"]]}},
        "seoData": product.get("seoData"),
        "variantsInfo": {"variants": variants},
        "physicalProperties": None if digital else _price_per_unit(product),
    }
    for name in ("brand", "ribbon"):
        body[name] = {"name": product[name][: _LONGEST[name]]} if product.get(name) else None
    return {name: value for name, value in body.items() if value not in (None, "", [])}


def _price_per_unit(product: Entity) -> Entity:
    data = product.get("pricePerUnitData") or {}
    base = {"quantity": data.get("baseQuantity"), "measurementUnit": data.get("baseMeasurementUnit")}
    return {"pricePerUnit": base} if all(base.values()) else {}


def _option(option: Entity) -> Entity:
    """Return an option: swatches if every choice has a colour code, otherwise texts."""
    swatches = all(_COLOR.fullmatch(str(each["value"])) for each in option["choices"])
    choices = []
    for choice in option["choices"]:
        body: Entity = {"name": choice["description"][: _LONGEST["option"]], "choiceType": "CHOICE_TEXT"}
        if swatches:
            body |= {"choiceType": "ONE_COLOR", "colorCode": choice["value"]}
        if shown := (choice.get("media") or {}).get("items"):
            body["media"] = {"items": [{"mediaId": each["id"]} for each in shown]}
        choices.append(body)
    return {
        "name": option["name"][: _LONGEST["option"]],
        "optionRenderType": "SWATCH_CHOICES" if swatches else "TEXT_CHOICES",
        "choicesSettings": {"choices": choices},
    }


def _variant(product: Entity, variant: Entity, stock: Entity, options: list[Entity]) -> Entity:
    """Return a variant; the single variant of a product without options has the product's SKU, price and weight."""
    managed = product["manageVariants"] and product["productOptions"]
    details = variant["variant"] if managed else variant["variant"] | only(product, *_OWN)
    body: Entity = {
        "visible": details.get("visible", True) if options else product["visible"],
        "price": _price(details["priceData"]),
        "choices": _choices(product, variant, options),
        "physicalProperties": _sizes(product, details),
        "inventoryItem": _stock(stock, variant["id"]),
    }
    if details.get("sku"):
        body["sku"] = details["sku"][:40]
    cost = (details.get("costAndProfitData") or {}).get("itemCost")
    if cost is not None:
        body["revenueDetails"] = {"cost": {"amount": _money(cost)}}
    return body


def _price(data: Entity) -> Entity:
    """Return V3's two prices: with a discount, the former price is the compare-at price."""
    actual = {"actualPrice": {"amount": _money(data["discountedPrice"])}}
    reduced = data["discountedPrice"] < data["price"]
    return actual | ({"compareAtPrice": {"amount": _money(data["price"])}} if reduced else {})


def _choices(product: Entity, variant: Entity, options: list[Entity]) -> list[Entity]:
    named = zip(product["productOptions"], options, strict=True)
    return [
        {
            "optionChoiceNames": {
                "optionName": body["name"],
                "choiceName": variant["choices"][option["name"]][: _LONGEST["option"]],
                "renderType": body["optionRenderType"],
            }
        }
        for option, body in named
    ]


def _sizes(product: Entity, details: Entity) -> Entity:
    sizes = filled(only(details, "productDimensions", "packageDimensions"))
    data = product.get("pricePerUnitData") or {}
    total = {"quantity": data.get("totalQuantity"), "measurementUnit": data.get("totalMeasurementUnit")}
    if all(total.values()):
        sizes["pricePerUnit"] = {"settings": total}
    return sizes | ({"weight": details["weight"]} if details.get("weight") else {})


def _stock(stock: Entity, variant_id: str) -> Entity:
    """Return the stock of a variant. Choice: each variant that V1 did not manage gets the product's stock."""
    rows = {each["variantId"]: each for each in stock["variants"]}
    row = rows.get(variant_id) or rows[DEFAULT_VARIANT]
    item: Entity = {"quantity": row["quantity"]} if stock["trackQuantity"] else {"inStock": row["inStock"]}
    preorder = stock.get("preorderInfo") or {}
    return item | ({"preorderInfo": preorder} if preorder.get("enabled") else {})


def _give_skus_once(variants: list[Entity]) -> None:
    """Remove a SKU from all variants but the first that has it: V3 does not accept it twice in a product."""
    taken: set[str] = set()
    for variant in variants:
        if variant.get("sku") in taken:
            del variant["sku"]
        taken.add(variant.get("sku", ""))


def _picture(item: Entity) -> Entity:
    return {"id": item["id"]} | ({"altText": item["title"]} if item.get("title") else {})


def _modifier(field: Entity) -> Entity:
    return {
        "name": field["title"][: _LONGEST["modifier"]],
        "modifierRenderType": "FREE_TEXT",
        "mandatory": bool(field.get("mandatory")),
        "freeTextSettings": {"title": field["title"], "maxCharCount": field.get("maxLength") or 500, "minCharCount": 0},
    }


def _money(amount: Any) -> str:
    return f"{amount:.3f}".rstrip("0").rstrip(".")


_V1_KINDS = ("products", "inventory_items", "collections", "store_variants")
_READINGS = {"choices-limit": "1000", "stock-of-simple-creates": "made"}
"""Choices: a moved shop may have more choices than a write allows, and keeps its stock."""


class Move(msgspec.Struct, forbid_unknown_fields=True):
    """How a site is moved: Wix does not document variant ids, and V1 calls were seen to answer in three ways."""

    variant_ids: Literal["kept", "new"] = "new"
    v1_calls: Literal["501", "428", "200-on-reader"] = "501"


def move_to_v3(site: Site, move: Move) -> dict[str, int]:
    """Convert a V1 shop to a V3 shop, and return how many products and categories it has.

    Raises:
        WixError: 409 for a site that does not have Catalog V1, or the refusal of a product by V3's rules. Then nothing
            is moved.
    """
    if site.catalog is not StoreCatalog.V1:
        message = f"only a site with Catalog V1 can be moved, and this one has {site.catalog.name}"
        raise WixError(HTTPStatus.CONFLICT, message)
    with site.store.lock:
        moved = _moved(site, move)
        # Choice: the move raises no webhooks.
        site.store.take_changes()
    return moved


def _moved(site: Site, move: Move) -> dict[str, int]:
    before = {kind: table.copy(site.clock) for kind, table in site.store.tables().items()}
    counters, chosen = dict(site.counters), {name: site.readings[name] for name in _READINGS}
    held = {kind: list(site.store.all(kind)) for kind in _V1_KINDS}
    for kind, rows in held.items():
        for row in rows:
            site.store.delete(kind, row["id"])
    site.move(move.v1_calls)
    site.readings.choose(_READINGS)
    try:
        _write(site, held, move)
    except WixError:
        site.store.replace(before)
        site.counters = counters
        site.move(None)
        raise
    finally:
        site.readings.choose(chosen)
    site.store.settle()
    return {"products": len(held["products"]), "categories": len(held["collections"])}


def _write(site: Site, held: dict[str, list[Entity]], move: Move) -> None:
    categories.found(site)
    for collection in held["collections"]:
        if collection["id"] != ALL_PRODUCTS:
            with site.ids.next_is(collection["id"]):
                created = categories.create(site, category_body(collection))
            site.store.update(categories.KIND, created | moved_slug(collection))
    stock = {item["productId"]: item for item in held["inventory_items"]}
    sections = Sections()
    for product in held["products"]:
        item = stock[product["id"]]
        _write_product(site, product_body(product, item, sections, move.variant_ids), product, item)


def _write_product(site: Site, body: Entity, product: Entity, stock: Entity) -> None:
    """Create a product and its stock with the old id, slug and dates."""
    with site.clock.at(datetime.fromisoformat(product["createdDate"])), site.ids.next_is(product["id"]):
        products.create_product(site, body, stocking=Stocking())
    for collection_id in product["collectionIds"]:
        if collection_id != ALL_PRODUCTS and site.store.get(categories.KIND, collection_id) is not None:
            categories.add_items(site, collection_id, [product["id"]])
    created = products.PRODUCTS.fetch(site, product["id"])
    # Files that have not arrived yet will arrive in the new gallery.
    items = created["media"]["itemsInfo"]["items"]
    for upload in site.store.find("uploads", "productId", product["id"]):
        items.append({"url": upload["url"], "uploadId": upload["id"], "mediaType": "IMAGE"})
    for item in site.store.find("inventory_items", "productId", product["id"]):
        site.store.update("inventory_items", item | {"updatedDate": stock["lastUpdated"]})
    products.put_product(site, created, created | moved_slug(product) | {"updatedDate": product["lastUpdated"]})
