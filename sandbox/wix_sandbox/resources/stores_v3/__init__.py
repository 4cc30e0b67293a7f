"""Wix Stores, Catalog V3: products, variants, inventory, brands, ribbons, info sections, customizations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.resources.media_files import after_uploads, losing_uploads
from wix_sandbox.resources.stores_v3 import customizations, inventory_endpoints, locations, parts, product_endpoints
from wix_sandbox.resources.stores_v3.inventory import follow_memberships
from wix_sandbox.resources.stores_v3.products import take_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.resource import Route
    from wix_sandbox.site import Site


def routes() -> Iterator[Route]:
    """The endpoints of Catalog V3."""
    for domain in (product_endpoints, inventory_endpoints, locations, parts, customizations):
        yield from (losing_uploads(after_uploads(route, _catch_up)) for route in domain.routes())


def _catch_up(site: Site) -> None:
    """Apply delayed changes of products: files and memberships."""
    take_in(site)
    follow_memberships(site)
