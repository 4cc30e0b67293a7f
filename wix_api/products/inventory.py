"""Stock in both shapes: catalog V1 has one item for each product, V3 one for each variant.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/inventory-items-v3
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_api.products.mapping import V1, Row, Table, elements, leftover
from wix_api.products.options import derived_id
from wix_api.products.variants import DEFAULT_VARIANT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wix_api.products.mapping import Around, Convert, Entity

_VARIANTS = "variants"


def _item_id(variant: Mapping[str, Any], around: Around) -> str:
    return derived_id(around[0].get("id") or "", "stock", variant.get("variantId") or "")


def _of_item(member: str) -> Convert:
    """Return a conversion to a member of the item, which all of its variants share."""
    return lambda _variant, around: around[0].get(member)


def _quantity(quantity: Any, around: Around) -> Any:
    return quantity if around[0].get("trackQuantity") else None


def _in_stock(in_stock: Any, around: Around) -> Any:
    return None if around[0].get("trackQuantity") else in_stock


def _availability(variant: Mapping[str, Any], _around: Around) -> str | None:
    if variant.get("inStock"):
        return "IN_STOCK"
    if variant.get("availableForPreorder"):
        return "PREORDER"
    return "OUT_OF_STOCK" if variant.get("inStock") is False else None


def _is_in_stock(item: Mapping[str, Any], _around: Around) -> bool | None:
    if item.get("inStock") is not None:
        return bool(item["inStock"])
    status = item.get("availabilityStatus")
    return None if status is None else status == "IN_STOCK"


ITEM = Table(
    Row("id", "", _item_id, note="derived from item and variant"),
    Row("updatedDate", "", _of_item("lastUpdated"), note="the item's `lastUpdated`"),
    Row("productId", "", lambda _variant, around: around[0].get("productId") or None, note="the item's `productId`"),
    Row("variantId", "variantId"),
    Row("trackQuantity", "", _of_item("trackQuantity"), note="the item's `trackQuantity`"),
    Row("quantity", "quantity", _quantity, note="where quantities are tracked"),
    Row("inStock", "inStock", _in_stock, None, note="where they are not"),
    Row("", "inStock", None, _is_in_stock, note="`inStock`, else `availabilityStatus`"),
    Row("availabilityStatus", "", _availability, note="`inStock`, `availableForPreorder`"),
    Row("preorderInfo", "", _of_item("preorderInfo"), note="the item's `preorderInfo`"),
)
"""The stock of one variant. `around` is V1's item of the whole product."""

_WHOLE = Table(
    Row("productId", "productId"),
    Row("productId", "externalId", None),
    Row("trackQuantity", "trackQuantity"),
    Row("preorderInfo", "preorderInfo"),
    Row("updatedDate", "lastUpdated"),
)
"""Members that all variants of a product share on V1, from the first of V3's items."""


def lift_inventory(item: Mapping[str, Any]) -> list[Entity]:
    """Convert V1's inventory item of a product to V3's items, one for each variant.

    Members without a place in V3's shape are kept under `v1` of the first item. An item without variants becomes the
    item of the default variant: V1 returns such items for products without managed variants.
    """
    lifted = [ITEM.up(variant, (item,)) for variant in _listed(item)]
    for number, (one, rest) in enumerate(zip(lifted, _leftovers(item, lifted), strict=True)):
        one[V1] = (rest if number else {**_shared_leftover(item, lifted), **rest}) or None
    return lifted


def _listed(item: Mapping[str, Any]) -> list[Entity]:
    return elements(item.get(_VARIANTS)) or [{"variantId": DEFAULT_VARIANT}]


def _lowered(items: Sequence[Mapping[str, Any]]) -> Entity:
    """Return what V1's item would have of V3's items: the rest is kept under `v1`."""
    whole = _WHOLE.down(items[0]) if items else {}
    return {**whole, _VARIANTS: [ITEM.down(item) for item in items]}


def _leftovers(item: Mapping[str, Any], lifted: Sequence[Mapping[str, Any]]) -> list[Entity]:
    lowered = _lowered(lifted)[_VARIANTS]
    return [leftover(dict(one), other) for one, other in zip(_listed(item), lowered, strict=True)]


def _shared_leftover(item: Mapping[str, Any], lifted: Sequence[Mapping[str, Any]]) -> Entity:
    whole, returned = dict(item), _lowered(lifted)
    if elements(item.get(_VARIANTS)):
        del whole[_VARIANTS], returned[_VARIANTS]  # these are kept for each variant
    rest = leftover(whole, returned)
    return {"item": rest} if rest else {}
