"""Wix Stores, Catalog V3: products, variants, inventory, brands, ribbons, info sections, customizations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.resources.media_files import after_uploads, losing_uploads
from wix_sandbox.resources.stores_v3 import customizations, inventory_endpoints, locations, parts, product_endpoints
from wix_sandbox.resources.stores_v3.inventory import follow_memberships
from wix_sandbox.resources.stores_v3.products import take_in

if TYPE_CHECKING:
    from wix_sandbox.site import Site


def _catch_up(site: Site) -> None:
    """Apply delayed changes of products: files and memberships."""
    take_in(site)
    follow_memberships(site)


ROUTES = tuple(
    losing_uploads(after_uploads(route, _catch_up))
    for domain in (product_endpoints, inventory_endpoints, locations, parts, customizations)
    for route in domain.ROUTES
)
