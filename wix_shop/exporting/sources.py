"""Queries of products for product files, by store catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wix_api.catalog import StoreCatalog
from wix_api.endpoints import stores_v1, stores_v3

if TYPE_CHECKING:
    from wix_api.query import Query


@dataclass(frozen=True)
class Source:
    """Queries of a store catalog.

    Attributes:
        file_format: Name of the format with the most columns for this catalog.
        products: Query of products with their costs, oldest first.
        costs: Name of the optional part of requests for costs, in `wix_api.wishes`.
        stock_is_apart: True if stock is read separately; otherwise products contain it.
    """

    file_format: str
    products: Query
    costs: str
    stock_is_apart: bool


SOURCES: dict[StoreCatalog, Source] = {
    StoreCatalog.V1: Source("wix-v1", stores_v1.PRODUCTS_WITH_COSTS, stores_v1.COSTS, stock_is_apart=False),
    StoreCatalog.V3: Source("wix-v3", stores_v3.PRODUCTS_WITH_COSTS, stores_v3.MERCHANT_DATA, stock_is_apart=True),
}
"""Queries by store catalog; a site without Wix Stores has none."""
