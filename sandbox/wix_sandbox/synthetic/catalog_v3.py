"""Write categories, and products with their inventory, to a Catalog V3 site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.resources import categories
from wix_sandbox.resources.stores_v3 import products
from wix_sandbox.resources.stores_v3.inventory import Stocking
from wix_sandbox.resources.stores_v3.variants import sync_rows
from wix_sandbox.synthetic.orders import ProductReference
from wix_sandbox.values import filled

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.synthetic.products import Product, Variant
    from wix_sandbox.synthetic.shop import Choice, Collection, Section
    from wix_sandbox.values import Entity


OLD_SLUGS = {"Größenverstellbare Schürze für Gärtner": "größenverstellbare-schürze-für-gärtner"}
"""Slugs with accents, as older products of real shops have them."""


def write_collection(site: Site, collection: Collection, ids: dict[str, str]) -> str:
    """Write a category and return its id; `ids` has those of its possible parents, by name."""
    body: Entity = {"name": collection.name, "visible": collection.visible}
    if collection.description:
        body["description"] = collection.description
    if collection.parent:
        body["parentCategory"] = {"id": ids[collection.parent]}
    return str(categories.create(site, body)["id"])


def write_product(site: Site, product: Product, category_ids: dict[str, str]) -> ProductReference:
    """Write a product with its stock and categories."""
    created = products.create_product(site, product_body(product), stocking=Stocking())
    for name in product.collections:
        categories.add_items(site, category_ids[name], [created["id"]])
    if product.name in OLD_SLUGS:
        # A slug that no call accepts any more.
        stored = products.PRODUCTS.fetch(site, created["id"]) | {"slug": OLD_SLUGS[product.name]}
        site.store.update("products", stored)
        sync_rows(site, None, stored)
    return _reference(product, created)


def edit_product(site: Site, product: Product, product_id: str) -> None:
    """Write the name of a product again."""
    change = {"revision": products.PRODUCTS.fetch(site, product_id)["revision"], "name": product.name}
    products.update_product(site, product_id, change)


def _reference(product: Product, created: Entity) -> ProductReference:
    """Match the generated variants with the created ones, by SKU."""
    by_sku = {variant.get("sku"): variant["id"] for variant in created["variantsInfo"]["variants"]}
    image = created.get("media", {}).get("main", {}).get("image")
    return ProductReference(created["id"], tuple(by_sku[each.sku] for each in product.variants), image)


def product_body(product: Product) -> Entity:
    """Return a product as the body of POST /stores/v3/products-with-inventory."""
    body: Entity = {
        "name": product.name,
        "productType": "DIGITAL" if product.digital else "PHYSICAL",
        "visible": product.visible,
        "variantsInfo": {"variants": [_variant(product, variant) for variant in product.variants]},
    }
    if not product.digital:
        body["physicalProperties"] = {}
    if product.options:
        body["options"] = [_option(*each) for each in product.options]
    if product.images:
        body["media"] = {"itemsInfo": {"items": [{"url": url, "altText": text} for url, text in product.images]}}
    if product.custom_texts:
        body["modifiers"] = _modifiers(product)
    if product.sections:
        body["infoSections"] = [_section(*each) for each in product.sections]
    if product.seo_title:
        body["seoData"] = {"tags": [{"type": "title", "children": product.seo_title, "custom": False}]}
    named = {"brand": product.brand, "ribbon": product.ribbon}
    texts = {"plainDescription": product.description}
    body |= {name: {"name": value} for name, value in named.items() if value}
    return body | filled(texts)


def _option(name: str, choices: tuple[Choice, ...]) -> Entity:
    sent = [
        {"choiceType": "ONE_COLOR", "name": each.name, "colorCode": each.color}
        if each.color
        else {"choiceType": "CHOICE_TEXT", "name": each.name}
        for each in choices
    ]
    return {"name": name, "optionRenderType": _render_type(choices[0]), "choicesSettings": {"choices": sent}}


def _render_type(choice: Choice) -> str:
    return "SWATCH_CHOICES" if choice.color else "TEXT_CHOICES"


def _variant(product: Product, variant: Variant) -> Entity:
    selling = product.selling_price(variant)
    price: Entity = {"actualPrice": {"amount": str(selling)}}
    if selling < variant.price:
        price["compareAtPrice"] = {"amount": str(variant.price)}
    body: Entity = {
        "sku": variant.sku,
        "price": price,
        "choices": [
            {
                "optionChoiceNames": {
                    "optionName": name,
                    "choiceName": choice.name,
                    "renderType": _render_type(choice),
                }
            }
            for name, choice in zip(product.option_names, variant.choices, strict=True)
        ],
        "inventoryItem": {"inStock": True} if variant.quantity is None else {"quantity": variant.quantity},
    }
    if product.options:
        # The one variant of a product without options is visible if the product is.
        body["visible"] = variant.visible
    if not product.digital:
        body["physicalProperties"] = {} if variant.weight is None else {"weight": variant.weight}
    return body


def _section(unique_name: str, section: Section) -> Entity:
    return {"uniqueName": unique_name, "title": section.title, "plainDescription": section.text}


def _modifiers(product: Product) -> list[Entity]:
    """Return a text that buyers add as a free-text modifier."""
    return [
        {
            "name": text.title,
            "modifierRenderType": "FREE_TEXT",
            "mandatory": text.mandatory,
            "freeTextSettings": {"title": text.title, "maxCharCount": text.max_length, "minCharCount": 0},
        }
        for text in product.custom_texts
    ]
