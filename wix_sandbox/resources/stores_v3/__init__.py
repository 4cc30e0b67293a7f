"""Wix Stores, Catalog V3: products, variants, inventory, brands, ribbons, info sections, customizations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.resources.stores_v3.products import PRODUCTS, create_product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.resource import Route

__all__ = ["PRODUCTS", "create_product", "routes"]


def routes() -> Iterator[Route]:
    """The endpoints of Catalog V3."""
    yield from PRODUCTS.routes()
