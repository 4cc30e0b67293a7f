"""The move of one site: completely or not at all."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

import msgspec

from wix_sandbox.errors import WixError
from wix_sandbox.moving.bodies import Sections, category_body, moved_slug, product_body
from wix_sandbox.options import StoreCatalog
from wix_sandbox.resources import categories, stores_v3
from wix_sandbox.resources.stores_v1 import ALL_PRODUCTS

if TYPE_CHECKING:
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

_V1_KINDS = ("products", "inventory_items", "collections", "store_variants")
_READINGS = {"choices-limit": "1000", "stock-of-simple-creates": "made"}
"""Choices: a moved shop may have more choices than a write allows, and keeps its stock."""


class Move(msgspec.Struct, forbid_unknown_fields=True):
    """How a site is moved: Wix does not document variant ids, and V1 calls were seen to answer in three ways."""

    variant_ids: Literal["kept", "new"] = "new"
    v1_calls: Literal["501", "428", "200-on-reader"] = "501"


def move_to_v3(site: Site, move: Move) -> dict[str, int]:
    """Convert a V1 shop to a V3 shop, and return how many products and categories it has.

    Raises:
        WixError: 409 for a site that does not have Catalog V1, or the refusal of a product by V3's rules. Then nothing
            is moved.
    """
    if site.catalog is not StoreCatalog.V1:
        message = f"only a site with Catalog V1 can be moved, and this one has {site.catalog.name}"
        raise WixError(HTTPStatus.CONFLICT, message)
    with site.store.lock:
        moved = _moved(site, move)
        # Choice: the move raises no webhooks.
        site.store.take_changes()
    return moved


def _moved(site: Site, move: Move) -> dict[str, int]:
    before = {kind: table.copy(site.clock) for kind, table in site.store.tables().items()}
    counters, chosen = dict(site.counters), {name: site.readings[name] for name in _READINGS}
    held = {kind: list(site.store.all(kind)) for kind in _V1_KINDS}
    for kind, rows in held.items():
        for row in rows:
            site.store.delete(kind, row["id"])
    site.move(move.v1_calls)
    site.readings.choose(_READINGS)
    try:
        _write(site, held, move)
    except WixError:
        site.store.replace(before)
        site.counters = counters
        site.move(None)
        raise
    finally:
        site.readings.choose(chosen)
    site.store.settle()
    return {"products": len(held["products"]), "categories": len(held["collections"])}


def _write(site: Site, held: dict[str, list[Entity]], move: Move) -> None:
    categories.found(site)
    for collection in held["collections"]:
        if collection["id"] != ALL_PRODUCTS:
            with site.ids.next_is(collection["id"]):
                created = categories.create(site, category_body(collection))
            site.store.update(categories.KIND, created | moved_slug(collection))
    stock = {item["productId"]: item for item in held["inventory_items"]}
    sections = Sections()
    for product in held["products"]:
        item = stock[product["id"]]
        _write_product(site, product_body(product, item, sections, move.variant_ids), product, item)


def _write_product(site: Site, body: Entity, product: Entity, stock: Entity) -> None:
    """Create a product and its stock with the old id, slug and dates."""
    with site.clock.at(datetime.fromisoformat(product["createdDate"])), site.ids.next_is(product["id"]):
        stores_v3.create_product(site, body, stocking=stores_v3.Stocking())
    for collection_id in product["collectionIds"]:
        if collection_id != ALL_PRODUCTS and site.store.get(categories.KIND, collection_id) is not None:
            categories.add_items(site, collection_id, [product["id"]])
    created = site.store.get("products", product["id"])
    assert created is not None, "it was created a moment ago"
    # Files that have not arrived yet will arrive in the new gallery.
    items = created["media"]["itemsInfo"]["items"]
    for upload in site.store.find("uploads", "productId", product["id"]):
        items.append({"url": upload["url"], "uploadId": upload["id"], "mediaType": "IMAGE"})
    for item in site.store.find("inventory_items", "productId", product["id"]):
        site.store.update("inventory_items", item | {"updatedDate": stock["lastUpdated"]})
    stores_v3.put_product(site, created, created | moved_slug(product) | {"updatedDate": product["lastUpdated"]})
