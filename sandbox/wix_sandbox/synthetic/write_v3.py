"""Writes the seed's catalog on a Catalog V3 site: categories, and products with their inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.resources import categories, stores_v3
from wix_sandbox.synthetic.references import ProductReference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wix_sandbox.site import Site
    from wix_sandbox.synthetic.model import SeedImage, SeedInfoSection, SeedOption, SeedProduct, SeedVariant
    from wix_sandbox.synthetic.shop import SeedShop
    from wix_sandbox.values import Entity


OLD_SLUGS = {"Größenverstellbare Schürze für Gärtner": "größenverstellbare-schürze-für-gärtner"}
"""Slugs with accents, as older products of real shops have them."""


def write_catalog(site: Site, shop: SeedShop, products: Iterable[SeedProduct]) -> list[ProductReference]:
    """Writes categories and products; gives references to the bestsellers, by index."""
    category_ids = _write_categories(site, shop)
    references: list[ProductReference] = []
    for product in products:
        created = _write(site, product, category_ids)
        if len(references) < len(shop.bestsellers):
            references.append(_reference(product, created))
    return references


def _write(site: Site, product: SeedProduct, category_ids: dict[str, str]) -> Entity:
    with site.clock.at(product.created):
        created = stores_v3.create_product(site, product_body(product), stocking=stores_v3.Stocking())
        for name in product.collections:
            categories.add_items(site, category_ids[name], [created["id"]])
    if product.updated is not None:
        with site.clock.at(product.updated):
            change = {"revision": _revision(site, created["id"]), "name": product.name}
            stores_v3.update_product(site, created["id"], change)
    if product.name in OLD_SLUGS:
        _give_slug(site, created["id"], OLD_SLUGS[product.name])
    return created


def _give_slug(site: Site, product_id: str, slug: str) -> None:
    """Give a product a slug that no call takes any more."""
    product = site.store.get("products", product_id)
    assert product is not None, "it was created a moment ago"
    product["slug"] = slug
    site.store.update("products", product)
    stores_v3.sync_rows(site, None, product)


def _revision(site: Site, product_id: str) -> str:
    product = site.store.get("products", product_id)
    assert product is not None, "it was created a moment ago"
    return str(product["revision"])


def _write_categories(site: Site, shop: SeedShop) -> dict[str, str]:
    ids: dict[str, str] = {}
    for collection in shop.collections():
        body: Entity = {"name": collection.name, "visible": collection.visible}
        if collection.description:
            body["description"] = collection.description
        if collection.parent:
            body["parentCategory"] = {"id": ids[collection.parent]}
        with site.clock.at(collection.created):
            ids[collection.name] = categories.create(site, body)["id"]
    return ids


def _reference(product: SeedProduct, created: Entity) -> ProductReference:
    """Pairs the seed's variants with those created, by SKU."""
    by_sku = {variant.get("sku"): variant["id"] for variant in created["variantsInfo"]["variants"]}
    image = created.get("media", {}).get("main", {}).get("image")
    return ProductReference(created["id"], tuple(by_sku[each.sku] for each in product.variants), image)


def product_body(product: SeedProduct) -> Entity:
    """A product as POST /stores/v3/products-with-inventory takes it."""
    body: Entity = {
        "name": product.name,
        "productType": "DIGITAL" if product.digital else "PHYSICAL",
        "visible": product.visible,
        "variantsInfo": {"variants": [_variant(product, variant) for variant in product.variants]},
    }
    if not product.digital:
        body["physicalProperties"] = {}
    if product.options:
        body["options"] = list(map(_option, product.options))
    if product.images:
        body["media"] = {"itemsInfo": {"items": list(map(_image, product.images))}}
    if product.custom_texts:
        body["modifiers"] = _modifiers(product)
    if product.info_sections:
        body["infoSections"] = list(map(_section, product.info_sections))
    if product.seo_title:
        body["seoData"] = {"tags": [{"type": "title", "children": product.seo_title, "custom": True}]}
    named = {"brand": product.brand, "ribbon": product.ribbon}
    texts = {"plainDescription": product.description}
    body |= {name: {"name": value} for name, value in named.items() if value}
    return body | {name: value for name, value in texts.items() if value}


def _option(option: SeedOption) -> Entity:
    choices = [
        {"choiceType": "ONE_COLOR", "name": choice.name, "colorCode": choice.color}
        if choice.color
        else {"choiceType": "CHOICE_TEXT", "name": choice.name}
        for choice in option.choices
    ]
    return {"name": option.name, "optionRenderType": _render_type(option), "choicesSettings": {"choices": choices}}


def _render_type(option: SeedOption) -> str:
    return "SWATCH_CHOICES" if option.is_color else "TEXT_CHOICES"


def _variant(product: SeedProduct, variant: SeedVariant) -> Entity:
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
                    "optionName": option.name,
                    "choiceName": choice.name,
                    "renderType": _render_type(option),
                }
            }
            for option, choice in zip(product.options, variant.choices, strict=True)
        ],
        "inventoryItem": {"inStock": True} if variant.quantity is None else {"quantity": variant.quantity},
    }
    if product.options:
        # The one variant of another product is as visible as that.
        body["visible"] = variant.visible
    if not product.digital:
        body["physicalProperties"] = {} if variant.weight is None else {"weight": variant.weight}
    return body


def _image(image: SeedImage) -> Entity:
    return {"url": image.url, "altText": image.alt_text}


def _section(section: SeedInfoSection) -> Entity:
    return {"uniqueName": section.unique_name, "title": section.title, "plainDescription": section.text}


def _modifiers(product: SeedProduct) -> list[Entity]:
    """A text that buyers add is a free-text modifier here."""
    return [
        {
            "name": text.title,
            "modifierRenderType": "FREE_TEXT",
            "mandatory": text.mandatory,
            "freeTextSettings": {"title": text.title, "maxCharCount": text.max_length, "minCharCount": 0},
        }
        for text in product.custom_texts
    ]
