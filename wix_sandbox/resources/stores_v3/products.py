"""Products of Catalog V3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
from wix_sandbox.resource import Resource

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

PRODUCTS = Resource(
    name="products",
    kind="products",
    base="/stores/v3/products",
    item="product",
    items="products",
    schema="product_v3",
    label="Product",
    parameter="productId",
    catalog=StoreCatalog.V3,
    query=Query.declared("stores-v3/queryProducts"),
)


def create_product(site: Site, body: Entity, *, with_inventory: bool = False) -> Entity:
    """Create a product."""
    return PRODUCTS.create(site, body)
