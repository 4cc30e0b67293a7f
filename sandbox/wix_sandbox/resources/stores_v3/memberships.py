"""The categories that V3 products repeat: immediately, or later with an option.

On live sites they follow a change of membership by seconds to half an hour; then `updatedDate` changes and `revision`
does not. The calls of the categories themselves are correct immediately.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from wix_sandbox.clock import wire_time
from wix_sandbox.resources.stores_v3.inventory import denormalised

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

WAITING = "waiting_memberships"


def repeat_memberships(site: Site, product_id: str, members: Entity) -> None:
    """Copy `directCategoriesInfo` and `allCategoriesInfo` to a product, now or after the lag."""
    if not site.options.membership_lag_ms:
        _apply(site, product_id, members)
        return
    ready = wire_time(site.clock() + timedelta(milliseconds=site.options.membership_lag_ms))
    site.store.insert(WAITING, {"id": site.new_id(), "productId": product_id, "members": members, "readyAt": ready})


def follow_memberships(site: Site) -> None:
    """Copy due changes of membership to products."""
    if not site.store.count(WAITING):
        return
    now = site.now()
    for each in list(site.store.all(WAITING)):
        if each["readyAt"] <= now:
            site.store.delete(WAITING, each["id"])
            _apply(site, each["productId"], each["members"])


def _apply(site: Site, product_id: str, members: Entity) -> None:
    product = site.store.get("products", product_id)
    if product is None:
        return
    product |= members
    product["updatedDate"] = site.now()
    site.store.update("products", product)
    for item in site.store.find("inventory_items", "productId", product_id):
        site.store.update("inventory_items", item | {"product": denormalised(product, item["variantId"])})
