"""The reader path of V1 products on a site of Catalog V3: it answers without variants.

A client that mistakes the answer for that of a V1 site loses the variants of the shop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.query.page import Page
from wix_sandbox.query.spec import Query
from wix_sandbox.querying import run_query
from wix_sandbox.resources.stores_v1.derive import SITE_URL, price_data
from wix_sandbox.resources.stores_v1.table import V1_STYLE

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

PRODUCTS = Query.declared(
    "stores-v1/queryProducts",
    **V1_STYLE,
    default_sort=("createdDate", "DESC"),
    paths={
        "lastUpdated": "updatedDate",
        "price": "actualPriceRange.minValue.amount",
        "inventoryStatus": "inventory.availabilityStatus",
        "brand": "brand.name",
        "description": "plainDescription",
        "collections.id": "directCategoriesInfo.categories.id",
    },
)


def query_products(call: Call) -> Entity:
    """Answer V1's product query from products of V3."""
    hidden = call.flag("includeHiddenProducts")
    page = run_query(call, "products", PRODUCTS if hidden else PRODUCTS.but(base_filter={"visible": True}))
    rows = [shown(call.site, each) for each in page.entities]
    return Page(rows, page.metadata, page.total).answer("products", PRODUCTS)


def shown(site: Site, product: Entity) -> Entity:
    """A product of V3 in V1's shape: the same prices and texts, no variants."""
    price = _price(site, product)
    return {
        **{name: product[name] for name in ("id", "name", "slug", "visible", "createdDate")},
        "lastUpdated": product["updatedDate"],
        "productType": product["productType"].lower(),
        "description": product.get("plainDescription", ""),
        "brand": product.get("brand", {}).get("name", ""),
        "ribbon": product.get("ribbon", {}).get("name", ""),
        "priceData": price,
        "price": price,
        "convertedPriceData": price,
        "stock": _stock(product),
        "media": _media(product),
        "collectionIds": [each["id"] for each in product["directCategoriesInfo"]["categories"]],
        "productPageUrl": {"base": SITE_URL, "path": f"/product-page/{product['slug']}"},
        "manageVariants": False,
        "productOptions": [],
        "variants": [],
    }


def _price(site: Site, product: Entity) -> Entity:
    actual = float(product["actualPriceRange"]["minValue"]["amount"])
    compare = product.get("compareAtPriceRange", {}).get("minValue", {}).get("amount")
    full = actual if compare is None else float(compare)
    return price_data(full, {"type": "AMOUNT", "value": round(full - actual, 2)}, site.currency)


def _stock(product: Entity) -> Entity:
    status = product["inventory"]["availabilityStatus"]
    return {"trackInventory": False, "inStock": status != "OUT_OF_STOCK", "inventoryStatus": status}


def _media(product: Entity) -> Entity:
    images = [each["image"] for each in product["media"]["itemsInfo"]["items"] if "image" in each]
    items = [{"id": each["id"], "mediaType": "image", "image": {"url": each["url"]}} for each in images]
    return {"mainMedia": items[0], "items": items} if items else {"items": []}
