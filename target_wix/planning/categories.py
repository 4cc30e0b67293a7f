"""What calls to the categories of a V3 store do, and where products would be.

Source: https://dev.wix.com/docs/rest/business-management/categories
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.planning.bodies import next_revision, patched, without
from target_wix.planning.identity import is_planned
from target_wix.planning.shop import View
from wix_api.endpoints import stores_v3

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_wix.changes import Entity
    from target_wix.planning.shop import Shop
    from wix_api.operations import Operation

_KIND = "V3 category"
_FIXED = ("id", "visible", "parentCategory", "managingAppId", "revision")
CATEGORY = View(stores_v3.CATEGORIES, _KIND)


def with_places(shop: Shop, product: Entity) -> Entity:
    """Give a product as it would be placed."""
    listed = ((product.get("directCategoriesInfo") or {}).get("categories")) or []
    places = _placed(shop, product["id"], [entry["id"] for entry in listed])
    known = {entry["id"]: entry for entry in listed}
    return {**product, "directCategoriesInfo": {"categories": [known.get(one) or {"id": one} for one in places]}}


def _placed(shop: Shop, product_id: str, there: Iterable[str]) -> list[str]:
    joined, left = shop.overlay.places(product_id)
    places = dict.fromkeys([*there, *sorted(joined)])
    return [one for one in places if one not in left and not _is_gone(shop, one)]


def _is_gone(shop: Shop, category_id: str) -> bool:
    return shop.overlay.knows(_KIND, category_id) and shop.overlay.get(_KIND, category_id) is None


def _categories_of(shop: Shop, _names: Mapping[str, str], sent: Entity) -> Entity:
    known = [item for item in sent["items"] if not is_planned(item["catalogItemId"])]
    entries: dict[str, Entity] = {}
    if known:
        answer = shop.site.call(stores_v3.CATEGORIES_OF_ITEMS, body={**sent, "items": known})
        entries = {entry["item"]["catalogItemId"]: entry for entry in answer["categoriesForItems"]}
    else:
        shop.plan.differ(1)
    with shop.lock:
        found = []
        for item in sent["items"]:
            entry = entries.get(item["catalogItemId"]) or {"item": item}
            places = _placed(shop, item["catalogItemId"], entry.get("directCategoryIds") or [])
            found.append({**entry, "directCategoryIds": places})
    return {"categoriesForItems": found}


def _list_items(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    joined, left = shop.overlay.members(names["id"])
    answer: Entity = {}
    if is_planned(names["id"]):
        shop.plan.differ(1)
    else:
        answer = shop.site.call(stores_v3.LIST_ITEMS, names=names, body=sent)
    items = [item for item in answer.get("items") or [] if item["catalogItemId"] not in left]
    if not ((answer.get("pagingMetadata") or {}).get("cursors") or {}).get("next"):
        items += [{"catalogItemId": product} for product in sorted(joined)]
    return {**answer, "items": items}


def _create(shop: Shop, _names: Mapping[str, str], sent: Entity) -> Entity:
    category_id = shop.new_id("collection")
    category = {
        "visible": True,
        "parentCategory": {},
        **sent["category"],
        "id": category_id,
        "revision": "1",
        "itemCounter": 0,
    }
    shop.keep(_KIND, category_id, category, new=True)
    return {"category": category}


def _update(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    return {"category": _changed(shop, names["id"], without(sent["category"], _FIXED))}


def _show(shop: Shop, _names: Mapping[str, str], sent: Entity) -> Entity:
    return {"category": _changed(shop, sent["categoryId"], {"visible": sent["visible"]})}


def _changed(shop: Shop, category_id: str, changes: Entity) -> Entity:
    before = shop.entity(_KIND, category_id)
    category = {**patched(before, changes), "revision": next_revision(before)}
    shop.keep(_KIND, category_id, category)
    return category


def _move(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    _changed(shop, names["id"], {"parentCategory": {"id": sent["parentCategoryId"]}})
    return {}


def _delete(shop: Shop, names: Mapping[str, str], _sent: Entity) -> Entity:
    shop.entity(_KIND, names["id"])
    for category_id in shop.below(_KIND, names["id"], "parentCategory.id"):
        shop.keep(_KIND, category_id, None)
    return {}


def _add_items(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    return _place(shop, names["id"], sent, is_member=True)


def _remove_items(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    return _place(shop, names["id"], sent, is_member=False)


def _add_item(shop: Shop, _names: Mapping[str, str], sent: Entity) -> Entity:
    return _place_one(shop, sent, is_member=True)


def _remove_item(shop: Shop, _names: Mapping[str, str], sent: Entity) -> Entity:
    return _place_one(shop, sent, is_member=False)


def _place_one(shop: Shop, sent: Entity, *, is_member: bool) -> Entity:
    for category_id in sent["categoryIds"]:
        shop.overlay.place(category_id, sent["item"]["catalogItemId"], is_member=is_member)
    return {"results": []}


def _place(shop: Shop, category_id: str, sent: Entity, *, is_member: bool) -> Entity:
    for item in sent["items"]:
        shop.overlay.place(category_id, item["catalogItemId"], is_member=is_member)
    return {"results": []}


CATEGORY_READS: dict[Operation, Any] = {
    stores_v3.CATEGORIES_OF_ITEMS: _categories_of,
    stores_v3.LIST_ITEMS: _list_items,
}
CATEGORY_WRITES: dict[Operation, Any] = {
    stores_v3.CREATE_CATEGORY: _create,
    stores_v3.UPDATE_CATEGORY: _update,
    stores_v3.SHOW_CATEGORY: _show,
    stores_v3.MOVE_CATEGORY: _move,
    stores_v3.DELETE_CATEGORY: _delete,
    stores_v3.ADD_ITEMS: _add_items,
    stores_v3.REMOVE_ITEMS: _remove_items,
    stores_v3.ADD_ITEM: _add_item,
    stores_v3.REMOVE_ITEM: _remove_item,
}
