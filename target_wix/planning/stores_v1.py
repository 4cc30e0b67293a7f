"""What calls to catalog V1 do.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.planning.bodies import patched, without
from target_wix.planning.identity import is_planned
from target_wix.planning.product_v1 import (
    COSTS,
    add_stock,
    aligned,
    complete_options,
    move_prices,
    restocked,
    show_for_choice,
    variants_of,
    without_managed,
)
from target_wix.planning.shop import View
from wix_api.endpoints import stores_v1

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_wix.changes import Entity
    from target_wix.planning.shop import Shop
    from wix_api.operations import Operation

_PRODUCT, _STOCK, _COLLECTION = "V1 product", "V1 stock", "V1 collection"
_OF_OPTIONS = {"productOptions", "manageVariants"}


def _shown(shop: Shop, row: Entity, asked: Mapping[str, Any]) -> Entity:
    """Give a product as a query shows it: in its places, with its stock, with costs where they are asked for."""
    joined, left = shop.overlay.places(row["id"])
    places = dict.fromkeys([*(row.get("collectionIds") or []), *sorted(joined)])
    shown = {**row, "collectionIds": [one for one in places if one not in left and not _is_gone(shop, one)]}
    stock = shop.overlay.get(_STOCK, row["id"])
    if stock:
        add_stock(shown, stock["rows"][0])
    if asked.get(stores_v1.COSTS):
        return shown
    variants = [{**one, "variant": without(one["variant"], [COSTS])} for one in shown.get("variants") or []]
    return {**without(shown, [COSTS]), "variants": variants}


def _is_gone(shop: Shop, collection_id: str) -> bool:
    return shop.overlay.knows(_COLLECTION, collection_id) and shop.overlay.get(_COLLECTION, collection_id) is None


def _members(shop: Shop, member: str, values: set[str]) -> list[Entity]:
    """Give the products that would be in collections; only those, and only their ids, that queries do not give."""
    if member != "collections.id":
        return []
    joined = {product for collection in values for product in shop.overlay.members(collection)[0]}
    return [{"id": product, member: min(values)} for product in sorted(joined)]


VIEWS = (
    View(stores_v1.PRODUCTS, _PRODUCT, keys=("slug", "sku"), show=_shown, more=_members),
    View(stores_v1.INVENTORY, _STOCK, "productId", is_group=True),
    View(stores_v1.COLLECTIONS, _COLLECTION),
)


# Products


def _get_product(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    product_id = names["id"]
    if not any(shop.overlay.knows(kind, product_id) for kind in (_PRODUCT, _STOCK)) and not is_planned(product_id):
        product = shop.site.call(stores_v1.GET_PRODUCT, names=names, params=sent)["product"]
        shop.see(_PRODUCT, product_id, product)
    else:
        shop.plan.differ(1)
        with shop.lock:
            product = shop.entity(_PRODUCT, product_id)
    with shop.lock:
        return {"product": _shown(shop, product, sent)}


def _create_product(shop: Shop, _names: Mapping[str, str], sent: Entity) -> Entity:
    product_id = shop.new_id("product")
    product: Entity = {
        "description": "",
        "visible": True,
        "additionalInfoSections": [],
        "productOptions": [],
        "manageVariants": False,
        "discount": {"type": "NONE", "value": 0},
        **sent["product"],
        "productType": "physical",
        "id": product_id,
        "collectionIds": [stores_v1.ALL_PRODUCTS_COLLECTION],
        "media": {"items": []},
    }
    if not product["manageVariants"]:
        product = {"sku": "", "weight": 0, **product}
    complete_options(product)
    product["variants"] = variants_of(product, [], lambda: shop.new_id("variant"))
    shop.keep(_PRODUCT, product_id, without_managed(product), new=True)
    item = {"id": f"{product_id}-stock", "productId": product_id, "trackQuantity": False, "variants": []}
    shop.keep_rows(_STOCK, product_id, [aligned(item, product)])
    return {"product": _shown(shop, product, {})}


def _update_product(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    before, changes = shop.entity(_PRODUCT, names["id"]), dict(sent["product"])
    if before.get("manageVariants") and before.get("productOptions"):
        changes.pop("manageVariants", None)
    price = (changes.get("priceData") or {}).get("price")
    if price is not None:
        move_prices(before, price)
    product = patched(before, changes)
    complete_options(product)
    if changes.keys() & _OF_OPTIONS:
        product["variants"] = variants_of(product, before.get("variants") or [], lambda: shop.new_id("variant"))
    if not product.get("manageVariants"):
        followed = {name: changes[name] for name in ("sku", "weight", COSTS) if changes.get(name) is not None}
        for variant in product.get("variants") or []:
            variant["variant"] = {**variant["variant"], **followed}
    _keep(shop, product)
    return {"product": _shown(shop, product, {})}


def _remove_brand(shop: Shop, names: Mapping[str, str], _sent: Entity) -> Entity:
    shop.keep(_PRODUCT, names["id"], without(shop.entity(_PRODUCT, names["id"]), ["brand"]))
    return {}


def _delete_product(shop: Shop, names: Mapping[str, str], _sent: Entity) -> Entity:
    shop.entity(_PRODUCT, names["id"])
    for kind in (_PRODUCT, _STOCK):
        shop.keep(kind, names["id"], None)
    shop.overlay.leave_all(names["id"])
    return {}


def _add_media(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    product = shop.entity(_PRODUCT, names["id"])
    there = (product.get("media") or {}).get("items") or []
    new = [
        {"id": entry.get("mediaId") or shop.new_id("picture"), "image": {"url": entry.get("url")}}
        for entry in sent["media"]
    ]
    for entry, item in zip(sent["media"], new, strict=True):
        if choice := entry.get("choice"):
            show_for_choice(product, choice, [item])
    shop.keep(_PRODUCT, names["id"], {**product, "media": {"items": [*there, *new]}})
    return {}


def _show_for_choices(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    product = shop.entity(_PRODUCT, names["id"])
    for entry in sent["media"]:
        show_for_choice(product, entry, [{"id": one} for one in entry["mediaIds"]])
    shop.keep(_PRODUCT, names["id"], product)
    return {}


def _keep(shop: Shop, product: Entity) -> None:
    """Keep a product, and its stock in line with its variants."""
    shop.keep(_PRODUCT, product["id"], without_managed(product))
    rows = shop.rows(_STOCK, product["id"])
    if rows and _OF_OPTIONS & product.keys():
        shop.keep_rows(_STOCK, product["id"], [aligned(rows[0], product)])


# Variants and stock


def _update_variants(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    product = shop.entity(_PRODUCT, names["id"])
    for override in sent["variants"]:
        details = without(override, ["choices", "price", "cost"])
        if override.get("price") is not None:
            details["priceData"] = {"price": override["price"]}
        if override.get("cost") is not None:
            details[COSTS] = {"itemCost": override["cost"]}
        for variant in product["variants"]:
            if variant["choices"] == override["choices"]:
                variant["variant"] = {**variant["variant"], **details}
    shop.keep(_PRODUCT, names["id"], product)
    return {"variants": product["variants"]}


def _get_inventory(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    if not shop.overlay.knows(_STOCK, names["id"]) and not is_planned(names["id"]):
        return shop.site.call(stores_v1.GET_INVENTORY, names=names, body=sent)
    shop.plan.differ(1)
    with shop.lock:
        return {"inventoryItem": shop.entity(_STOCK, names["id"])["rows"][0]}


def _update_inventory(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    (item,) = shop.entity(_STOCK, names["id"])["rows"]
    body = sent["inventoryItem"]
    tracked = bool(body.get("trackQuantity"))
    told = {row["variantId"]: row for row in body.get("variants") or []}
    rows = [restocked(row, told.get(row["variantId"], {}), tracked=tracked) for row in item["variants"]]
    more = {name: body[name] for name in ("preorderInfo",) if name in body}
    shop.keep_rows(_STOCK, names["id"], [{**item, **more, "trackQuantity": tracked, "variants": rows}])
    return {}


# Collections and what is in them


def _create_collection(shop: Shop, _names: Mapping[str, str], sent: Entity) -> Entity:
    collection_id = shop.new_id("collection")
    collection = {"description": "", "visible": True, "numberOfProducts": 0, **sent["collection"], "id": collection_id}
    shop.keep(_COLLECTION, collection_id, collection, new=True)
    return {"collection": collection}


def _update_collection(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    collection = patched(shop.entity(_COLLECTION, names["id"]), sent["collection"])
    shop.keep(_COLLECTION, names["id"], collection)
    return {"collection": collection}


def _delete_collection(shop: Shop, names: Mapping[str, str], _sent: Entity) -> Entity:
    shop.entity(_COLLECTION, names["id"])
    shop.keep(_COLLECTION, names["id"], None)
    return {}


def _add(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    return _place(shop, names["id"], sent, is_member=True)


def _remove(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    return _place(shop, names["id"], sent, is_member=False)


def _place(shop: Shop, collection_id: str, sent: Entity, *, is_member: bool) -> Entity:
    for product_id in sent["productIds"]:
        shop.overlay.place(collection_id, product_id, is_member=is_member)
    return {}


READS: dict[Operation, Any] = {
    stores_v1.GET_PRODUCT: _get_product,
    stores_v1.GET_INVENTORY: _get_inventory,
}
WRITES: dict[Operation, Any] = {
    stores_v1.CREATE_PRODUCT: _create_product,
    stores_v1.UPDATE_PRODUCT: _update_product,
    stores_v1.REMOVE_BRAND: _remove_brand,
    stores_v1.DELETE_PRODUCT: _delete_product,
    stores_v1.ADD_MEDIA: _add_media,
    stores_v1.SHOW_FOR_CHOICES: _show_for_choices,
    stores_v1.UPDATE_VARIANTS: _update_variants,
    stores_v1.UPDATE_INVENTORY: _update_inventory,
    stores_v1.CREATE_COLLECTION: _create_collection,
    stores_v1.UPDATE_COLLECTION: _update_collection,
    stores_v1.DELETE_COLLECTION: _delete_collection,
    stores_v1.ADD_TO_COLLECTION: _add,
    stores_v1.REMOVE_FROM_COLLECTION: _remove,
}
