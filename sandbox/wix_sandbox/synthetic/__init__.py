"""A synthetic shop, always the same, with which a site is filled before its first request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.options import StoreCatalog
from wix_sandbox.synthetic import catalog_v1, catalog_v3
from wix_sandbox.synthetic.contacts import edit_contacts, write_contacts, write_crm
from wix_sandbox.synthetic.large_shop import LargeShop
from wix_sandbox.synthetic.orders import BESTSELLERS, Customers, ProductReference, write_orders
from wix_sandbox.synthetic.products import product
from wix_sandbox.synthetic.purchases import (
    write_checkouts,
    write_coupons,
    write_drafts,
    write_invoices,
    write_purchases,
)
from wix_sandbox.synthetic.shop import CHECKOUT, CONTACT, ORDER, PRODUCT, SeedShop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wix_sandbox.site import Site
    from wix_sandbox.synthetic.shop import Draw

__all__ = ["SeedShop", "fill"]

_CATALOGS = {StoreCatalog.V1: catalog_v1, StoreCatalog.V3: catalog_v3}


def fill(site: Site, *, size: int | None) -> None:
    """Fill an empty site.

    Args:
        site: Its catalog, clock and ids decide how the shop is written; afterwards the clock runs as before.
        size: Number of products (at most 50,000), contacts and orders; None for the default shop of 60, 130 and 140.
            Most rows of a large shop are computed when they are read.
    """
    shop = SeedShop.of_size(size)
    large = LargeShop(site, shop)
    bestsellers = [product(shop.draw(PRODUCT, each)) for each in range(min(shop.counts[PRODUCT], BESTSELLERS))]
    # A site without Stores still has orders, of items that no catalog has.
    references = [ProductReference() for _ in bestsellers]
    if site.catalog in _CATALOGS:
        with site.media_at_once():
            references = list(_write_catalog(site, shop, large.written(PRODUCT)))
    contact_ids, edits = write_contacts(site, shop.opening, large.written(CONTACT))
    customers = Customers(site, contact_ids, shop.counts[CONTACT], bestsellers, references)
    write_orders(customers, large.written(ORDER))
    edit_contacts(site, edits)
    large.compute_rest()
    write_checkouts(customers, shop.draws(CHECKOUT))
    write_invoices(site)
    write_drafts(site)
    write_purchases(site)
    write_coupons(site, shop.opening)
    write_crm(site, shop.opening, contact_ids)


def _write_catalog(site: Site, shop: SeedShop, draws: Iterable[Draw]) -> Iterator[ProductReference]:
    """Write collections and products; yield references to the products, by number."""
    catalog, collection_ids = _CATALOGS[site.catalog], dict[str, str]()
    for draw, collection in shop.collections():
        with site.clock.at(draw.created):
            collection_ids[collection.name] = catalog.write_collection(site, collection, collection_ids)
    for draw in draws:
        drawn = product(draw)
        with site.clock.at(draw.created):
            reference = catalog.write_product(site, drawn, collection_ids)
        if drawn.edited is not None:
            with site.clock.at(drawn.edited):
                catalog.edit_product(site, drawn, str(reference.product_id))
        yield reference
