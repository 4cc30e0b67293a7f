"""The contents of flat events: catalog V1 and its stock, and the old events of abandoned carts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.resources.stores_v1.endpoints import shown_on_v3

if TYPE_CHECKING:
    from wix_sandbox.values import Entity
    from wix_sandbox.webhooks.bodies import Moment

_OF_PRODUCTS = ("name", "visible", "media", "sku", "productPageUrl", "brand", "costAndProfitData", "slug")
_OF_COLLECTIONS = ("name", "media", "slug", "visible")
_DERIVED = frozenset({"lastUpdated", "stock", "inStock", "variants", "numberOfProducts"})
"""Members that other events have, or none."""


def on_v3(moment: Moment) -> Moment | None:
    """Return the change of a V3 product as one of V1, if such a site raises the events of V1; else None."""
    if moment.change.kind != "products" or moment.site.readings["v1-events-on-v3"] != "raised":
        return None
    before, after = (
        None if row is None else shown_on_v3(moment.site, row) for row in (moment.change.before, moment.change.after)
    )
    return moment._replace(change=moment.change._replace(before=before, after=after))


def _version(moment: Moment) -> Entity:
    return {"originatedFromVersion": f"{moment.site.catalog.name}_CATALOG"}


def _differing(before: Entity, after: Entity) -> list[str]:
    return [name for name in {**before, **after} if name not in _DERIVED and before.get(name) != after.get(name)]


def product_created(moment: Moment) -> Entity | None:
    """Return a new product: documents and typings differ on the name of its price, so it has both."""
    if moment.before:
        return None
    product = moment.after
    members = {name: product[name] for name in _OF_PRODUCTS if name in product}
    prices = {"price": product["priceData"], "priceData": product["priceData"]}
    return {"productId": product["id"], **members, **prices, **_version(moment)}


def product_changed(moment: Moment) -> Entity | None:
    """Return the names of the changed members of a product. Choice: only if its `lastUpdated` moved."""
    return _changed(moment, "productId") if moment.moved("lastUpdated") else None


def product_deleted(moment: Moment) -> Entity | None:
    """Return the id of a deleted product."""
    return None if moment.after else {"productId": moment.change.id, **_version(moment)}


def variants_changed(moment: Moment) -> Entity | None:
    """Return the new and changed variants of a product, with the names of their changed members."""
    if not (moment.before and moment.after):
        return None
    before = {each["id"]: each for each in moment.before["variants"]}
    changed = []
    for each in moment.after["variants"]:
        names = _differing(before.get(each["id"], {}).get("variant", {}), each["variant"])
        if names:
            changed.append({"variantId": each["id"], "choices": each["choices"], "changedFields": names})
    return {"productId": moment.change.id, "variants": changed, **_version(moment)} if changed else None


def collection_created(moment: Moment) -> Entity | None:
    """Return a new collection."""
    if moment.before:
        return None
    members = {name: moment.after[name] for name in _OF_COLLECTIONS if name in moment.after}
    return {"collectionId": moment.change.id, **members, **_version(moment)}


def collection_changed(moment: Moment) -> Entity | None:
    """Return the names of the changed members of a collection."""
    return _changed(moment, "collectionId")


def collection_deleted(moment: Moment) -> Entity | None:
    """Return the id of a deleted collection."""
    return None if moment.after else {"collectionId": moment.change.id, **_version(moment)}


def _changed(moment: Moment, name: str) -> Entity | None:
    if not (moment.before and moment.after):
        return None
    names = _differing(moment.before, moment.after)
    return {name: moment.change.id, "changedFields": names, **_version(moment)} if names else None


def inventory_changed(moment: Moment) -> Entity | None:
    """Return how the stock of a product is counted from now on."""
    names = {"trackQuantity": "trackInventory", "preorderInfo": "preorderInfo"}
    mask = [named for name, named in names.items() if moment.moved(name)]
    if not mask:
        return None
    members = {named: moment.after.get(name) for name, named in names.items()}
    return {**_inventory(moment), **members, "fieldMask": mask}


def stock_changed(moment: Moment) -> Entity | None:
    """Return the old and the new stock of the variants whose stock changed."""
    before = {each["variantId"]: each for each in moment.before.get("variants", [])}
    changed = [
        {"id": each["variantId"], "oldValue": _stock(before[each["variantId"]]), "newValue": _stock(each)}
        for each in moment.after.get("variants", [])
        if each["variantId"] in before and before[each["variantId"]] != each
    ]
    return {**_inventory(moment), "variants": changed} if changed else None


def _inventory(moment: Moment) -> Entity:
    item = moment.after
    ids = {"inventoryItemId": item["id"], "productId": item["productId"], "externalId": item["externalId"]}
    return {**ids, "updatedDate": item["lastUpdated"]}


def _stock(variant: Entity) -> dict[str, Any]:
    return {name: variant.get(name) for name in ("quantity", "inStock", "availableForPreorder")}


def cart_abandoned(moment: Moment) -> Entity | None:
    """Return a cart that was abandoned."""
    checkout = moment.after
    if not checkout or not moment.became("status", "ABANDONED"):
        return None
    return {
        "cartId": checkout["cartId"],
        "creationTime": checkout["createdDate"],
        "abandonTime": checkout["createdDate"],
        "itemsCount": sum(each["quantity"] for each in checkout["lineItems"]),
        "checkoutUrl": checkout["checkoutUrl"],
    }


def cart_recovered(moment: Moment) -> Entity | None:
    """Return an abandoned cart that was recovered."""
    checkout = moment.after
    if not moment.became("status", "RECOVERED"):
        return None
    return {
        "cartId": checkout["cartId"],
        "creationTime": checkout["createdDate"],
        "abandonedTime": checkout["createdDate"],
        "recoveredTime": checkout.get("checkoutRecoveredDate", checkout["updatedDate"]),
    }
