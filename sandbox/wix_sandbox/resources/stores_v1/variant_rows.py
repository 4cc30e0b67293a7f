"""The store-wide variants of Catalog V1: rows that repeat products and their variants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.resources.stores_v1.derive import ALL_PRODUCTS, DEFAULT_VARIANT

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

ROWS = "store_variants"


def variant_rows(product: Entity) -> list[Entity]:
    """The product's rows in the store-wide variants query."""
    rows = []
    for variant in product["variants"]:
        row = {
            "id": f"{product['id']}-{variant['id']}",
            "variantId": variant["id"],
            "productId": product["id"],
            "variantName": " | ".join(variant["choices"].values())[:80] or product["name"],
            "productName": product["name"],
            "managedVariant": variant["id"] != DEFAULT_VARIANT,
            "sku": variant["variant"].get("sku") or "",
            "stock": variant["stock"],
            "choices": variant["choices"],
            "collectionIds": [each for each in product["collectionIds"] if each != ALL_PRODUCTS],
        }
        if product["media"]["items"]:
            main = product["media"]["items"][0]
            size = {name: main["image"][name] for name in ("url", "height", "width")}
            row["media"] = {"image": {"id": main["id"], **size}}
        rows.append(row)
    return rows


def sync_rows(site: Site, before: Entity | None, product: Entity | None) -> None:
    """Update the store-wide variants after a product was created, changed or deleted."""
    rows = variant_rows(product) if product else []
    current = {row["id"] for row in rows}
    for old in variant_rows(before) if before else []:
        if old["id"] not in current:
            site.store.delete(ROWS, old["id"])
    for row in rows:
        site.store.table(ROWS).put(row)
