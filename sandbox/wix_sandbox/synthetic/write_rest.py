"""Writes what the seed shop has beside catalog, contacts and orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.synthetic.write_checkouts import write_checkouts, write_invoices
from wix_sandbox.synthetic.write_crm import write_crm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wix_sandbox.site import Site
    from wix_sandbox.synthetic.references import ProductReference
    from wix_sandbox.synthetic.shop import SeedShop

CHECKOUTS = 12
"""Abandoned checkouts of the default shop; a shop of a size has one for each ten orders."""
MOST_CHECKOUTS = 1_000
"""Choice: a very large shop forgets the others."""


def write_rest(
    site: Site, shop: SeedShop, contact_ids: Sequence[str], references: Sequence[ProductReference], *, size: int | None
) -> None:
    """Writes checkouts, carts, invoices, members, form submissions and conversations."""
    write_checkouts(site, shop, CHECKOUTS if size is None else min(size // 10, MOST_CHECKOUTS), contact_ids, references)
    write_invoices(site)
    write_crm(site, shop, contact_ids)
