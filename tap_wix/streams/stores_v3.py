"""Wix Stores on catalog V3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_wix.removals import Owner
from tap_wix.streams import products
from tap_wix.streams.base import WixStream
from wix_api.endpoints import stores_v3
from wix_api.products.variants import variants_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_wix.site_tap import SiteTap
    from wix_api.client import WixClient
    from wix_api.query import Query


_MEMBERSHIPS_LAG = 1800.0
"""Seconds until a product shows a change of its categories, measured on live sites. Its date may not change then (not
documented), so products that changed in this time are read again."""


class Collections(WixStream):
    """Categories of the store's tree, including hidden ones, oldest change first.

    Source: https://dev.wix.com/docs/rest/business-management/categories/query-categories
    """

    name = "collections"
    replication_key = "updatedDate"
    query = stores_v3.CATEGORIES


class Products(WixStream):
    """Products with their variants, oldest change first; hidden products only if the API key may read them.

    Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/query-products
    """

    name = "products"
    replication_key = "updatedDate"
    query: ClassVar[Query] = stores_v3.PRODUCTS


class ProductVariants(products.ProductVariants):
    """Variants of changed products, including the only variant of a product without options."""

    parent_stream_type = Products

    @override
    def variants(self, product: dict[str, Any]) -> Iterable[dict[str, Any]]:
        return variants_of(product)


def memberships_of(product: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the collections of a product in the one product shape, each as `{collectionId, …}`."""
    for category in (product.get("directCategoriesInfo") or {}).get("categories") or ():
        members = {name: value for name, value in category.items() if name != "id"}
        yield {"collectionId": category["id"], **members}


class CollectionProducts(products.CollectionProducts):
    """Memberships of products in categories, without the ancestors of these, which are in `collections`."""

    parent_stream_type = Products
    replication_key = "productUpdatedDate"

    def __init__(self, tap: SiteTap, client: WixClient) -> None:
        super().__init__(tap, client)
        self._lookback = max(self._lookback, _MEMBERSHIPS_LAG)

    @override
    def memberships(self, product: dict[str, Any]) -> Iterable[dict[str, Any]]:
        return memberships_of(product)


class InventoryItems(WixStream):
    """Stock of variants at locations, oldest change first.

    Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/inventory/inventory-items-v3
    """

    name = "inventory_items"
    replication_key = "updatedDate"
    query = stores_v3.STOCK
    owner = Owner("product_variants", ("productId", "variantId"))


class Brands(WixStream):
    """Brands of products, oldest change first. On catalog V1, a brand is only a text of its products.

    Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/brands-v3/query-brands
    """

    name = "brands"
    replication_key = "updatedDate"
    query = stores_v3.BRANDS
    optional = True


class Ribbons(WixStream):
    """Ribbons of products, oldest change first. On catalog V1, a ribbon is only a text of its products.

    Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/ribbons-v3/query-ribbons
    """

    name = "ribbons"
    replication_key = "updatedDate"
    query = stores_v3.RIBBONS
    optional = True


class InfoSections(WixStream):
    """Info sections that products share, oldest change first. On catalog V1, each product has separate ones.

    Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/info-sections-v3/query-info-sections
    """

    name = "info_sections"
    replication_key = "updatedDate"
    query = stores_v3.INFO_SECTIONS
    optional = True


STREAMS = (Collections, Products, ProductVariants, CollectionProducts, InventoryItems, Brands, Ribbons, InfoSections)
