"""A believable shop, the same one every time, that a site is filled with before anybody asks it anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.options import StoreCatalog
from wix_sandbox.synthetic import write_v1, write_v3
from wix_sandbox.synthetic.draw import CONTACT, ORDER, PRODUCT
from wix_sandbox.synthetic.large_shop import LargeShop
from wix_sandbox.synthetic.references import ProductReference
from wix_sandbox.synthetic.shop import SeedShop
from wix_sandbox.synthetic.write_orders import write_orders
from wix_sandbox.synthetic.write_people import edit_contacts, write_contacts
from wix_sandbox.synthetic.write_rest import write_rest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wix_sandbox.site import Site
    from wix_sandbox.synthetic.model import SeedProduct

__all__ = ["SeedShop", "fill"]


def fill(site: Site, *, size: int | None) -> None:
    """Fill an empty site.

    Args:
        site: catalog, clock and ids decide how the shop is written; the clock runs as before afterwards.
        size: Number of products (at most 50,000), contacts and orders; None for the default shop of 60, 130 and 140.
            Most rows of a large shop are computed when they are read.
    """
    shop = SeedShop.of_size(size)
    large = LargeShop(site, shop)
    with site.media_at_once():
        references = _WRITERS[site.catalog](site, shop, large.written(PRODUCT, shop.products()))
    contact_ids, edits = write_contacts(site, shop, large.written(CONTACT, shop.contacts()))
    write_orders(site, large.written(ORDER, shop.orders()), contact_ids, references)
    edit_contacts(site, edits)
    large.compute_rest()
    write_rest(site, shop, contact_ids, references, size=size)


def _without_catalog(_site: Site, shop: SeedShop, _products: Iterable[SeedProduct]) -> list[ProductReference]:
    """A site without Stores still has orders, of items that no catalog knows."""
    return [ProductReference() for _ in shop.bestsellers]


_WRITERS: dict[StoreCatalog, Callable[[Site, SeedShop, Iterable[SeedProduct]], list[ProductReference]]] = {
    StoreCatalog.V1: write_v1.write_catalog,
    StoreCatalog.V3: write_v3.write_catalog,
    StoreCatalog.ABSENT: _without_catalog,
}
