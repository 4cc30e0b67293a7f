"""A believable shop, the same one every time, that a site is filled with before anybody asks it anything."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from wix_sandbox.options import StoreCatalog
from wix_sandbox.seed.references import ProductReference
from wix_sandbox.seed.shop import SeedShop
from wix_sandbox.seed.write_orders import write_orders
from wix_sandbox.seed.write_people import edit_contacts, write_contacts

if TYPE_CHECKING:
    from wix_sandbox.site import Site

__all__ = ["SeedShop", "fill"]


def fill(site: Site, *, size: int | None) -> None:
    """Fills an empty site.

    Args:
        site: catalog, clock and ids decide how the shop is written; the clock runs as before afterwards.
        size: so many products, contacts and orders; None for the default shop of 60, 130 and 140.
    """
    shop = SeedShop.of_size(size)
    references = _write_catalog(site, shop)
    contact_ids = write_contacts(site, shop)
    write_orders(site, shop, contact_ids, references)
    edit_contacts(site, ((contact_ids[each.index], each.updated) for each in shop.contacts() if each.updated))


def _write_catalog(site: Site, shop: SeedShop) -> list[ProductReference]:
    """Writes products and collections in the site's dialect; a site without Stores has orders of custom items only."""
    if site.catalog is not StoreCatalog.ABSENT:
        try:
            module = import_module(f"wix_sandbox.seed.write_{site.catalog.value}")
        except ImportError:
            return [ProductReference() for _ in shop.bestsellers]
        if not hasattr(import_module(f"wix_sandbox.resources.stores_{site.catalog.value}"), "create_product"):
            return [ProductReference() for _ in shop.bestsellers]
        references: list[ProductReference] = module.write_catalog(site, shop)
        return references
    return [ProductReference() for _ in shop.bestsellers]
