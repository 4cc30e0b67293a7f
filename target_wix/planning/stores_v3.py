"""What calls to catalog V3 do.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3 and
https://dev.wix.com/docs/rest/business-management/categories
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.planning.bodies import done, failed, next_revision, patched, without
from target_wix.planning.categories import CATEGORY, CATEGORY_READS, CATEGORY_WRITES, with_places
from target_wix.planning.identity import is_planned
from target_wix.planning.shop import View
from wix_api.endpoints import stores_v3
from wix_api.errors import InvalidRequestError, NotFoundError
from wix_api.products.variants import variants_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from target_wix.changes import Entity
    from target_wix.planning.shop import Shop
    from wix_api.operations import Operation

    Write = Callable[[Shop, Mapping[str, str], Entity], Entity]

_PRODUCT, _VARIANTS, _STOCK = "V3 product", "V3 variants", "V3 stock"
_FIXED = ("id", "handle", "productType", "variantsInfo", "revision")
_COUNTED, _TOLD = "quantity", "inStock"


def _shown_product(shop: Shop, row: Entity, _asked: Mapping[str, Any]) -> Entity:
    return with_places(shop, row)


def _shown_variant(shop: Shop, row: Entity, asked: Mapping[str, Any]) -> Entity:
    if stores_v3.MERCHANT_DATA not in (asked.get("fields") or ()):
        row = without(row, ["revenueDetails"])
    product = shop.overlay.get(_PRODUCT, row["productData"]["productId"])
    if product is None:
        return row
    return {**row, "productData": {**row["productData"], "revision": product["revision"]}}


VIEWS = (
    View(stores_v3.PRODUCTS, _PRODUCT, keys=("handle", "slug"), show=_shown_product),
    View(stores_v3.VARIANTS, _VARIANTS, "productData.productId", is_group=True, keys=("sku",), show=_shown_variant),
    View(stores_v3.SEARCH_VARIANTS, _VARIANTS, "productData.productId", is_group=True, keys=("sku",)),
    View(stores_v3.PRODUCTS_BY_SKU, _VARIANTS, is_group=True),
    View(stores_v3.STOCK, _STOCK, "productId", is_group=True, keys=("id",)),
    CATEGORY,
)


# Products


def _get_product(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    product_id = names["id"]
    if not any(shop.overlay.knows(kind, product_id) for kind in (_PRODUCT, _VARIANTS)) and not is_planned(product_id):
        product = shop.site.call(stores_v3.GET_PRODUCT, names=names, params=sent)["product"]
        with shop.lock:
            shop.see(_PRODUCT, product_id, without(product, ["variantsInfo"]))
            return {"product": with_places(shop, product)}
    shop.plan.differ(1)
    with shop.lock:
        product = with_places(shop, shop.entity(_PRODUCT, product_id))
        rows = [_shown_variant(shop, row, sent) for row in shop.rows(_VARIANTS, product_id)]
    variants = [{**row, "id": row["variantId"], "choices": row.get("optionChoices") or []} for row in rows]
    return {"product": {**product, "variantsInfo": {"variants": variants}}}


def _create_products(shop: Shop, _names: Mapping[str, str], sent: Entity) -> Entity:
    return {"results": [_create(shop, index, body) for index, body in enumerate(sent["products"])]}


def _create(shop: Shop, index: int, body: Entity) -> Entity:
    code = _taken(shop, body, "")
    if code:
        return failed(index, "", code)
    product_id = shop.new_id("product")
    variants = body["variantsInfo"]["variants"]
    product = {
        "visible": True,
        "visibleInPos": body.get("productType") != "DIGITAL",
        "handle": f"Product_{product_id}",
        **without(body, ["variantsInfo"]),
        "id": product_id,
        "revision": "1",
    }
    shop.keep(_PRODUCT, product_id, _with_ids(shop, product), new=True)
    shop.overlay.put(_STOCK, product_id, {"rows": []}, new=True)
    _keep_variants(shop, product_id, variants)
    return done(index, product_id)


def _update_products(shop: Shop, _names: Mapping[str, str], sent: Entity) -> Entity:
    bodies = [entry["product"] for entry in sent["products"]]
    if len({body["id"] for body in bodies}) < len(bodies):
        msg = "A call names a product twice."
        raise InvalidRequestError(msg, code="DUPLICATE_PRODUCT_IDS_REQUEST", status=400)
    return {"results": [_update(shop, index, body) for index, body in enumerate(bodies)]}


def _update(shop: Shop, index: int, body: Entity) -> Entity:
    product_id = body["id"]
    try:
        before = shop.entity(_PRODUCT, product_id)
    except NotFoundError:
        return failed(index, product_id, "PRODUCT_NOT_FOUND")
    if str(body.get("revision")) != str(before.get("revision")):
        return failed(index, product_id, "INVALID_REVISION")
    code = _taken(shop, body, product_id)
    if code:
        return failed(index, product_id, code)
    changes = without(body, _FIXED)
    whole = {name: changes.pop(name) for name in ("brand", "ribbon") if changes.get(name)}
    if "plainDescription" in changes and "description" not in changes:
        before = without(before, ["description"])
    product = {**patched(before, changes), **whole, "revision": next_revision(before)}
    variants = (body.get("variantsInfo") or {}).get("variants")
    if variants:
        _keep_variants(shop, product_id, variants)
    shop.keep(_PRODUCT, product_id, _with_ids(shop, product))
    return done(index, product_id)


def _taken(shop: Shop, body: Entity, product_id: str) -> str:
    """Give the code of what another product of the plan has already."""
    checks = (
        ("DUPLICATE_HANDLE", "handle", [] if product_id else [body.get("handle")]),
        ("DUPLICATE_SLUG_ERROR", "slug", [body.get("slug")]),
    )
    for code, member, values in checks:
        if set(shop.overlay.having(_PRODUCT, member, [value for value in values if value])) - {product_id}:
            return code
    return ""


def _with_stock(write: Write) -> Write:
    """Return what a write answers that takes stock, too: all of it is written."""

    def answered(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
        products = [entry.get("product", entry) for entry in sent["products"]]
        items = sum(bool(one.get("inventoryItem")) for each in products for one in variants_of(each))
        results = write(shop, names, sent)
        return {"productResults": results, "inventoryResults": {"bulkActionMetadata": {"totalSuccesses": items}}}

    return answered


def _name_parts(shop: Shop, _names: Mapping[str, str], sent: Entity) -> Entity:
    """Return ids for names of brands or ribbons; whether the site has them already makes no difference here."""
    (names,) = sent.values()
    return {"results": [done(index, shop.new_id("part")) for index, _ in enumerate(names)]}


def _delete_products(shop: Shop, _names: Mapping[str, str], sent: Entity) -> Entity:
    return {"results": [_delete(shop, index, product_id) for index, product_id in enumerate(sent["productIds"])]}


def _delete(shop: Shop, index: int, product_id: str) -> Entity:
    if shop.overlay.knows(_PRODUCT, product_id) and shop.overlay.get(_PRODUCT, product_id) is None:
        return failed(index, product_id, "PRODUCT_NOT_FOUND")
    for kind in (_PRODUCT, _VARIANTS, _STOCK):
        shop.keep(kind, product_id, None)
    shop.overlay.leave_all(product_id)
    return done(index, product_id)


def _with_ids(shop: Shop, product: Entity) -> Entity:
    """Give a product whose pictures have ids, as Wix gives them."""
    items = ((product.get("media") or {}).get("itemsInfo") or {}).get("items")
    if items:
        items = [{"id": shop.new_id("picture"), **item} for item in items]
        product["media"] = {"itemsInfo": {"items": items}}
    return product


# Variants and their stock


def _keep_variants(shop: Shop, product_id: str, bodies: list[Entity]) -> None:
    """Keep the variants of a product, which were written together and whole, and their stock."""
    rows = [_variant_row(shop, product_id, body) for body in bodies]
    shop.keep_rows(_VARIANTS, product_id, rows)
    pairs = zip(rows, bodies, strict=True)
    told = {row["variantId"]: body["inventoryItem"] for row, body in pairs if body.get("inventoryItem")}
    kept = {row["variantId"] for row in rows}
    if not told and not shop.overlay.knows(_STOCK, product_id):
        # Nothing is known of it, and nothing changes but what is gone.
        return
    there = [row for row in shop.rows(_STOCK, product_id) if row["variantId"] in kept]
    for row in there:
        if row["variantId"] in told:
            _restock(row, told.pop(row["variantId"]))
    made = [_stock_row(shop, {**item, "productId": product_id, "variantId": one}) for one, item in told.items()]
    shop.keep_rows(_STOCK, product_id, [*there, *made])


def _variant_row(shop: Shop, product_id: str, body: Entity) -> Entity:
    return {
        "visible": True,
        **without(body, ["id", "choices", "inventoryItem"]),
        "variantId": body.get("id") or shop.new_id("variant"),
        "optionChoices": body.get("choices") or [],
        "productData": {"productId": product_id},
    }


def _stock_row(shop: Shop, body: Entity) -> Entity:
    row = {"locationId": "", **body, "id": shop.new_id("stock"), "revision": "0"}
    if row.get(_COUNTED) is None and row.get(_TOLD) is None:
        row[_TOLD] = False
    return _restock(row, {})


def _restock(row: Entity, changes: Mapping[str, Any]) -> Entity:
    """Change a row of stock in place: what is sent decides whether pieces are counted."""
    row.update({name: value for name, value in changes.items() if name not in {"id", "productId", "variantId"}})
    if changes.get(_TOLD) is not None and changes.get(_COUNTED) is None:
        row.pop(_COUNTED, None)
    if row.get(_COUNTED) is not None:
        row.pop(_TOLD, None)
    row["trackQuantity"] = row.get(_COUNTED) is not None
    row["revision"] = next_revision(row)
    return row


def _get_stock(shop: Shop, names: Mapping[str, str], _sent: Entity) -> Entity:
    item_id = names["id"]
    with shop.lock:
        found = [row for owner in shop.overlay.having(_STOCK, "id", [item_id]) for row in shop.rows(_STOCK, owner)]
    row = next((row for row in found if row["id"] == item_id), None)
    if row is None and not is_planned(item_id):
        row = shop.site.call(stores_v3.GET_STOCK, names=names)["inventoryItem"]
        if not shop.overlay.knows(_STOCK, row["productId"]):
            return {"inventoryItem": row}
        row = None
    else:
        shop.plan.differ(1)
    if row is None:
        msg = f"The stock {item_id} would be gone by then."
        raise NotFoundError(msg, status=404)
    return {"inventoryItem": row}


def _create_stock(shop: Shop, _names: Mapping[str, str], sent: Entity) -> Entity:
    results = []
    for index, body in enumerate(sent["inventoryItems"]):
        rows = shop.rows(_STOCK, body["productId"])
        row = _stock_row(shop, body)
        places = {(one["variantId"], one.get("locationId") or "") for one in rows}
        if (row["variantId"], row["locationId"]) in places:
            results.append(failed(index, "", "ITEM_ALREADY_EXISTS"))
            continue
        shop.keep_rows(_STOCK, body["productId"], [*rows, row])
        results.append(done(index, row["id"]))
    return {"results": results}


def _change_stock(shop: Shop, index: int, item_id: str, change: Callable[[Entity], Entity | None]) -> Entity:
    """Change the row of an id, where it is to be found."""
    owner = shop.owner_of(_STOCK, item_id)
    rows = shop.rows(_STOCK, owner) if owner else []
    if all(row["id"] != item_id for row in rows):
        return failed(index, item_id, "INVENTORY_ITEM_NOT_FOUND")
    changed = [one for row in rows if (one := change(row) if row["id"] == item_id else row)]
    shop.keep_rows(_STOCK, owner, changed)
    return done(index, item_id)


def _update_stock(shop: Shop, _names: Mapping[str, str], sent: Entity) -> Entity:
    bodies = [entry["inventoryItem"] for entry in sent["inventoryItems"]]
    return {
        "results": [
            _change_stock(shop, index, body["id"], lambda row, body=body: _restock(row, without(body, ["revision"])))  # type: ignore[misc] # mypy cannot infer defaults of lambdas
            for index, body in enumerate(bodies)
        ]
    }


def _upsert_stock(shop: Shop, _names: Mapping[str, str], sent: Entity) -> Entity:
    results = []
    for index, body in enumerate(entry["inventoryItem"] for entry in sent["inventoryItems"]):
        rows = shop.rows(_STOCK, body["productId"])
        place = (body["variantId"], body.get("locationId") or "")
        row = next((row for row in rows if (row["variantId"], row.get("locationId") or "") == place), None)
        if row is None:
            row = _stock_row(shop, body)
            rows = [*rows, row]
        else:
            _restock(row, body)
        shop.keep_rows(_STOCK, body["productId"], rows)
        results.append({**done(index, row["id"]), "item": row})
    return {"results": results}


def _delete_stock(shop: Shop, _names: Mapping[str, str], sent: Entity) -> Entity:
    ids = sent["inventoryItemIds"]
    return {"results": [_change_stock(shop, index, item_id, lambda _row: None) for index, item_id in enumerate(ids)]}


READS: dict[Operation, Any] = {
    stores_v3.GET_PRODUCT: _get_product,
    stores_v3.GET_STOCK: _get_stock,
    **CATEGORY_READS,
}
WRITES: dict[Operation, Any] = {
    stores_v3.CREATE_PRODUCTS: _create_products,
    stores_v3.CREATE_PRODUCTS_WITH_INVENTORY: _with_stock(_create_products),
    stores_v3.UPDATE_PRODUCTS: _update_products,
    stores_v3.UPDATE_PRODUCTS_WITH_INVENTORY: _with_stock(_update_products),
    stores_v3.DELETE_PRODUCTS: _delete_products,
    stores_v3.GET_OR_CREATE_BRANDS: _name_parts,
    stores_v3.GET_OR_CREATE_RIBBONS: _name_parts,
    stores_v3.CREATE_STOCK: _create_stock,
    stores_v3.UPDATE_STOCK: _update_stock,
    stores_v3.UPSERT_STOCK: _upsert_stock,
    stores_v3.DELETE_STOCK: _delete_stock,
    **CATEGORY_WRITES,
}
