"""Every endpoint of the sandbox, one module (or package) for each Wix domain.

Each domain module has `ROUTES`: those of its rows of `Resource`, and a table of the other endpoints, as in `handlers`.
The plain functions beneath them are called by seeds and by other domains, too. They take the site first, raise
`WixError` and stamp with the site's clock, so `with site.clock.at(moment): …` dates what they make.

The kinds of rows are in `store/kinds.py`. Both store catalogs use `products` and `inventory_items`: a site has only one
of them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from wix_sandbox.declared import checked, with_whole_refusals
from wix_sandbox.options import StoreCatalog
from wix_sandbox.resource import Paths
from wix_sandbox.resources import (
    automations,
    carts,
    carts_v2,
    categories,
    category_endpoints,
    contacts,
    contacts_attachments,
    contacts_keys,
    contacts_v5,
    coupons,
    crm_notes,
    draft_orders,
    ecom,
    forms,
    inbox,
    locations,
    media_files,
    members,
    purchase_flow,
    sites,
    stores_v3,
)
from wix_sandbox.resources.stores_v1 import collections as collections_v1
from wix_sandbox.resources.stores_v1 import endpoints as endpoints_v1
from wix_sandbox.resources.stores_v1 import products as products_v1
from wix_sandbox.resources.stores_v3 import products as products_v3
from wix_sandbox.resources.stores_v3 import variants as variants_v3
from wix_sandbox.resources.stores_v3.inventory import Stocking
from wix_sandbox.site import FOUNDED

if TYPE_CHECKING:
    from wix_sandbox.resource import Route
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

DOMAINS = (
    sites,
    stores_v3,
    endpoints_v1,
    category_endpoints,
    contacts,
    contacts_v5,
    ecom,
    carts,
    carts_v2,
    purchase_flow,
    coupons,
    draft_orders,
    forms,
    inbox,
    locations,
    members,
    crm_notes,
    contacts_attachments,
    media_files,
    automations,
)


@cache
def all_routes() -> tuple[Route, ...]:
    """Return every endpoint; all sites share them."""
    return tuple(checked(with_whole_refusals(route)) for domain in DOMAINS for route in domain.ROUTES)


@cache
def all_paths() -> Paths:
    """Return every endpoint by its path."""
    return Paths(all_routes())


def found_shop(site: Site) -> None:
    """Write what every shop has from the start: All Products, its forms and its locations."""
    with site.clock.at(FOUNDED):
        categories.found(site)
        contacts_keys.found(site)
        collections_v1.found(site)
        forms.found(site)
        locations.found(site)


def rebuild(site: Site) -> None:
    """Compute the derived rows of rows that were loaded."""
    by_catalog = {
        StoreCatalog.V1: (products_v1.ROWS, products_v1.sync_rows),
        StoreCatalog.V3: (variants_v3.ROWS, variants_v3.sync_rows),
    }
    if site.catalog in by_catalog:
        kind, sync_rows = by_catalog[site.catalog]
        for product in site.store.all("products") if not site.store.count(kind) else ():
            sync_rows(site, None, product)


def make_product(site: Site, body: Entity) -> None:
    """Create a product as a create call of the site's catalog does; physical by default.

    Raises:
        WixError: The refusal of the call.
        KeyError: A required member is missing; the key is its name.
    """
    with site.media_at_once():
        if site.catalog is StoreCatalog.V1:
            products_v1.create_product(site, {"productType": "physical", **body})
            return
        listed = (body.get("variantsInfo") or {}).get("variants") or []
        variants = [{"physicalProperties": {}, **variant} for variant in listed]
        defaults = {"productType": "PHYSICAL", "physicalProperties": {}}
        whole = {**defaults, **body, "variantsInfo": {"variants": variants}}
        products_v3.create_product(site, whole, stocking=Stocking())
