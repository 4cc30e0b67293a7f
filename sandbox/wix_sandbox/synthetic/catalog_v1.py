"""Write collections and products to a Catalog V1 site, in the steps of that API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.resources.stores_v1 import collections, inventory, media, products
from wix_sandbox.synthetic.orders import ProductReference
from wix_sandbox.values import filled, only

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.synthetic.products import Product, Variant
    from wix_sandbox.synthetic.shop import Choice, Collection
    from wix_sandbox.values import Entity


def write_collection(site: Site, collection: Collection, _ids: dict[str, str]) -> str:
    """Write a collection and return its id."""
    body: Entity = {"name": collection.name, "visible": collection.visible}
    if collection.description:
        body["description"] = collection.description
    return str(collections.create_collection(site, body)["id"])


def write_product(site: Site, product: Product, collection_ids: dict[str, str]) -> ProductReference:
    """Write a product with its variants, pictures, stock and collections."""
    product_id = str(products.create_product(site, product_body(product))["id"])
    if product.options:
        products.update_variants(site, product_id, [_variant(product, each) for each in product.variants])
    if product.images:
        media.add_media(site, product_id, [{"url": url} for url, _ in product.images])
    inventory.set_inventory(site, product_id, _inventory(site, product, product_id))
    for name in product.collections:
        collections.add_to_collection(site, collection_ids[name], [product_id])
    _set_what_the_api_cannot(site, product, product_id)
    return _reference(site, product, product_id)


def edit_product(site: Site, product: Product, product_id: str) -> None:
    """Write the name of a product again."""
    products.update_product(site, product_id, {"name": product.name})


def product_body(product: Product) -> Entity:
    """Return a product as the body of POST /stores/v1/products. Money and weights are numbers here."""
    body: Entity = {
        "name": product.name,
        "productType": "physical",
        "visible": product.visible,
        "priceData": {"price": float(product.price)},
        "manageVariants": bool(product.options),
        "productOptions": [_option(*each) for each in product.options],
    }
    if not product.options:
        only = product.variants[0]
        body["sku"] = only.sku
        if only.weight is not None:
            body["weight"] = only.weight
    if product.discount is not None:
        kind = "PERCENT" if product.discount.percent else "AMOUNT"
        body["discount"] = {"type": kind, "value": float(product.discount.value)}
    if product.sections:
        sections = [{"title": each.title, "description": each.text} for _, each in product.sections]
        body["additionalInfoSections"] = sections
    if product.seo_title:
        body["seoData"] = {"tags": [{"type": "title", "children": product.seo_title, "custom": False}]}
    texts = {"description": product.description, "brand": product.brand, "ribbon": product.ribbon}
    return body | filled(texts)


def _option(name: str, choices: tuple[Choice, ...]) -> Entity:
    """A choice's `value` is the hex code of a colour, otherwise the text that shoppers see."""
    return {"name": name, "choices": [{"value": each.color or each.name, "description": each.name} for each in choices]}


def _variant(product: Product, variant: Variant) -> Entity:
    body: Entity = {
        "choices": _choices(product, variant),
        "price": float(variant.price),
        "sku": variant.sku,
        "visible": variant.visible,
    }
    return body if variant.weight is None else body | {"weight": variant.weight}


def _choices(product: Product, variant: Variant) -> dict[str, str]:
    return {name: choice.name for name, choice in zip(product.option_names, variant.choices, strict=True)}


def _inventory(site: Site, product: Product, product_id: str) -> Entity:
    ids = _variant_ids(site, product, product_id)
    tracked = product.variants[0].quantity is not None
    rows = [
        {"variantId": variant_id, "quantity": variant.quantity}
        if tracked
        else {"variantId": variant_id, "inStock": variant.in_stock}
        for variant_id, variant in zip(ids, product.variants, strict=True)
    ]
    return {"trackQuantity": tracked, "variants": rows}


def _variant_ids(site: Site, product: Product, product_id: str) -> tuple[str, ...]:
    """Return the ids of the generated variants, matched by their choices."""
    by_choices = {
        tuple(sorted(each["choices"].items())): each["id"] for each in products.fetch(site, product_id)["variants"]
    }
    return tuple(by_choices[tuple(sorted(_choices(product, each).items()))] for each in product.variants)


def _set_what_the_api_cannot(site: Site, product: Product, product_id: str) -> None:
    """Digital products, custom texts and image titles come from the dashboard on V1 sites; no endpoint writes them."""
    if not (product.digital or product.custom_texts or product.images):
        return
    stored = products.fetch(site, product_id)
    if product.digital:
        stored["productType"] = "digital"
    if product.custom_texts:
        stored["customTextFields"] = [
            {"title": each.title, "maxLength": each.max_length, "mandatory": each.mandatory}
            for each in product.custom_texts
        ]
    for item, (_, title) in zip(stored.get("media", {}).get("items", []), product.images, strict=False):
        item["title"] = title
    if product.images:
        stored["media"]["mainMedia"] = stored["media"]["items"][0]
    site.store.update("products", stored)


def _reference(site: Site, product: Product, product_id: str) -> ProductReference:
    main = products.fetch(site, product_id).get("media", {}).get("mainMedia", {})
    image = only(main.get("image", {}), "url", "width", "height")
    if image and "id" in main:
        image["id"] = main["id"]
    return ProductReference(product_id, _variant_ids(site, product, product_id), image or None)
