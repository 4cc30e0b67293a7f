"""Variants of V1 products: values of managed variants that override the product's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.errors import bad_request
from wix_sandbox.resources.stores_v1.derive import rebuild_variants
from wix_sandbox.resources.stores_v1.products import fetch, touch
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


def update_variants(site: Site, product_id: str, overrides: list[Entity]) -> list[Entity]:
    """Apply overrides to the variants that they name, by choices or by ids; return all variants.

    Raises:
        WixError: 404 unknown product, 400 without managed variants or for an unknown variant.
    """
    product = fetch(site, product_id)
    if not product["manageVariants"] or not product["productOptions"]:
        message = "manageVariants must be true and the product must have options"
        raise bad_request(message)
    for at, override in enumerate(overrides):
        named = [each for each in product["variants"] if _is_named(each, override)]
        if not named:
            message = f"variants[{at}] names no variant of product {product_id}"
            raise bad_request(message)
        for variant in named:
            _override(variant["variant"], override, f"variants[{at}]")
    found: list[Entity] = touch(site, product)["variants"]
    return found


def reset_variants(site: Site, product_id: str) -> None:
    """Reset every variant to the product's values, except stock.

    Raises:
        WixError: 404 unknown product.
    """
    product = fetch(site, product_id)
    fresh = rebuild_variants(site, product, [])
    for variant, new in zip(product["variants"], fresh, strict=True):
        variant["variant"] = new["variant"]
    touch(site, product)


def _is_named(variant: Entity, override: Entity) -> bool:
    if override.get("variantIds"):
        return variant["id"] in override["variantIds"]
    return bool(override.get("choices")) and variant["choices"] == override["choices"]


def _override(details: Entity, override: Entity, path: str) -> None:
    sent = {name: override[name] for name in ("weight", "sku", "visible") if override.get(name) is not None}
    for name in ("productDimensions", "packageDimensions"):
        if override.get(name):
            sent[name] = override[name]
    if override.get("price") is not None:
        sent["priceData"] = {"price": override["price"]}
    if override.get("cost") is not None:
        sent["costAndProfitData"] = {"itemCost": override["cost"]}
    # An override has the bounds of the members it overrides.
    clean("product_v1", {**sent, "priceData": sent.get("priceData")}, path)
    details.update(sent)
