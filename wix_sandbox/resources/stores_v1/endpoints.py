"""The endpoints of Catalog V1. Reads answer under `/stores-reader/` and under `/stores/`, writes under `/stores/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import bad_request
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.engine import Page
from wix_sandbox.query.spec import Metadata, Paging, Query
from wix_sandbox.resource import Route, run_query
from wix_sandbox.resources.stores_v1 import collections, inventory, media, products, properties
from wix_sandbox.values import values_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call
    from wix_sandbox.resource import Handler
    from wix_sandbox.values import Entity

WINDOW = 10_000
V1_STYLE = {"paging": Paging.OFFSET, "metadata": Metadata.V1_ITEMS, "window": WINDOW}
NEWEST_FIRST = ("numericId", "DESC")
"""Choice: the order without a sort is not documented."""


def _reach(product: Entity, path: str) -> list[Any]:
    """Values at a path; `options.<name>` means the choices of the option of that name."""
    if not path.startswith("options."):
        return values_at(product, path)
    name = path.removeprefix("options.")
    return [
        choice["description"]
        for option in product["productOptions"]
        if option["name"] == name
        for choice in option["choices"]
    ]


PRODUCTS = Query.declared(
    "stores-v1/queryProducts",
    **V1_STYLE,
    default_sort=NEWEST_FIRST,
    paths={"collections.id": "collectionIds", "price": "priceData.price", "inventoryStatus": "stock.inventoryStatus"},
    reach=_reach,
)
PLATFORMIZED = Query.declared(
    "stores-v1/queryProductsPlatformized",
    paging=Paging.OFFSET,
    metadata=Metadata.METADATA,
    window=WINDOW,
    default_sort=NEWEST_FIRST,
    paths={"price": "priceData.price"},
)
COLLECTIONS = Query.declared("stores-v1/queryCollections", **V1_STYLE, default_sort=("id", "ASC"))
INVENTORY = Query.declared("stores-v1/queryInventory", **V1_STYLE, default_sort=NEWEST_FIRST)
_SCALAR = frozenset({"$eq", "$ne", "$in"})
STORE_VARIANTS = Query(
    # Choice: the filterable fields of store variants are not published; their ids and SKU are taken to be.
    filterable=dict.fromkeys(("id", "productId", "variantId", "sku"), _SCALAR),
    sortable={"id": frozenset({"ASC", "DESC"})},
    paging=Paging.EITHER,
    metadata=Metadata.METADATA,
    default_sort=("id", "ASC"),
)
MERCHANT = ("costAndProfitData", "costRange")


def _shown(call: Call, product: Entity, *, variants: bool) -> Entity:
    merchant = call.flag("includeMerchantSpecificData")
    hidden = {"variants"} - ({"variants"} if variants else set()) | (set() if merchant else set(MERCHANT))
    shown = {name: value for name, value in product.items() if name not in hidden}
    if variants and not merchant:
        shown["variants"] = [_without_cost(each) for each in product["variants"]]
    return shown


def _without_cost(variant: Entity) -> Entity:
    details = {name: value for name, value in variant["variant"].items() if name != "costAndProfitData"}
    return {**variant, "variant": details}


def _query_products(call: Call) -> Entity:
    query = PRODUCTS if call.flag("includeHiddenProducts") else PRODUCTS.but(base_filter={"visible": True})
    page = run_query(call, products.KIND, query)
    variants = call.flag("includeVariants")
    shown = [_shown(call, each, variants=variants) for each in page.entities]
    return Page(shown, page.metadata, page.total).answer("products", query)


def _query_platformized(call: Call) -> Entity:
    page = run_query(call, products.KIND, PLATFORMIZED.but(base_filter={"visible": True}))
    shown = [_shown(call, each, variants=False) for each in page.entities]
    return Page(shown, page.metadata).answer("products", PLATFORMIZED)


def _get_product(call: Call) -> Entity:
    return {"product": _shown(call, products.fetch(call.site, call.parameter("id")), variants=True)}


def _create_product(call: Call) -> Entity:
    return {"product": _shown(call, products.create_product(call.site, call.entity("product")), variants=True)}


def _update_product(call: Call) -> Entity:
    product = products.update_product(call.site, call.parameter("id"), call.entity("product"))
    return {"product": _shown(call, product, variants=True)}


def _delete_product(call: Call) -> Entity:
    products.delete_product(call.site, call.parameter("id"))
    return {}


def _delete_options(call: Call) -> Entity:
    product = products.fetch(call.site, call.parameter("id"))
    if product["manageVariants"]:
        message = "options can be deleted only while manageVariants is false"
        raise bad_request(message)
    products.update_product(call.site, product["id"], {"productOptions": []})
    return {}


def _remove(name: str) -> Handler:
    def handler(call: Call) -> Entity:
        products.update_product(call.site, call.parameter("id"), {name: None})
        return {}

    return handler


def _update_variants(call: Call) -> Entity:
    overrides = call.items("variants", 1, products.MOST_VARIANTS)
    return {"variants": products.update_variants(call.site, call.parameter("id"), overrides)}


def _reset_variants(call: Call) -> Entity:
    products.reset_variants(call.site, call.parameter("id"))
    return {}


def _query_variants(call: Call) -> Entity:
    product = products.fetch(call.site, call.parameter("id"))
    choices, ids = call.body.get("choices") or {}, call.body.get("variantIds") or []
    named = [
        each
        for each in product["variants"]
        if (not ids or each["id"] in ids) and choices.items() <= each["choices"].items()
    ]
    paging = call.body.get("paging") or {}
    limit, offset = int(paging.get("limit") or 100), int(paging.get("offset") or 0)
    # The older per-product query does not show stock.
    rows = [{name: value for name, value in each.items() if name != "stock"} for each in named[offset : offset + limit]]
    if not call.flag("includeMerchantSpecificData"):
        rows = [_without_cost(each) for each in rows]
    return {"variants": rows, "metadata": {"items": len(rows), "offset": offset}, "totalResults": len(named)}


def _query_store_variants(call: Call) -> Entity:
    return run_query(call, products.ROWS, STORE_VARIANTS).answer("variants", STORE_VARIANTS)


def _get_store_variant(call: Call) -> Entity:
    row = call.site.store.get(products.ROWS, call.parameter("id"))
    if row is None:
        raise products.unknown("Variant", call.parameter("id"))
    return {"variant": row}


def _options_availability(call: Call) -> Entity:
    product = products.fetch(call.site, call.parameter("id"))
    chosen = call.body.get("options") or {}
    fitting = [each for each in product["variants"] if chosen.items() <= each["choices"].items()]
    answer: Entity = {
        "media": product["media"],
        "productOptions": product["productOptions"],
        "availableForPurchase": any(each["stock"]["inStock"] for each in fitting),
    }
    if len(fitting) == 1:
        details, stock = fitting[0]["variant"], fitting[0]["stock"]
        price = {"price": details["priceData"], "convertedPriceData": details["convertedPriceData"]}
        facts = {"sku": details.get("sku"), "weight": details.get("weight"), "visible": details.get("visible")}
        answer["selectedVariant"] = {**price, **facts, **stock}
    return answer


def _on_product(act: Any, member: str, low: int, high: int) -> Handler:
    """A call that acts on a list of the body for one product and answers an empty object."""

    def handler(call: Call) -> Entity:
        act(call.site, call.parameter("id"), call.items(member, low, high))
        return {}

    return handler


def _counted(call: Call, collection: Entity, *, described: bool) -> Entity:
    asked = call.flag("includeNumberOfProducts")
    count = collections.count_products(call.site, collection) if asked else 0
    return {**collection, "numberOfProducts": count, "description": collection["description"] if described else None}


def _query_collections(call: Call) -> Entity:
    page = run_query(call, collections.KIND, COLLECTIONS)
    described = call.flag("includeDescription")
    shown = [_counted(call, each, described=described) for each in page.entities]
    return Page(shown, page.metadata, page.total).answer("collections", COLLECTIONS)


def _get_collection(call: Call) -> Entity:
    return {"collection": _counted(call, collections.fetch(call.site, call.parameter("id")), described=True)}


def _get_collection_by_slug(call: Call) -> Entity:
    collection = call.site.store.first(collections.KIND, "slug", call.parameter("slug"))
    if collection is None:
        raise products.unknown("Collection", call.parameter("slug"))
    return {"collection": _counted(call, collection, described=True)}


def _create_collection(call: Call) -> Entity:
    return {"collection": collections.create_collection(call.site, call.entity("collection"))}


def _update_collection(call: Call) -> Entity:
    changed = collections.update_collection(call.site, call.parameter("id"), call.entity("collection"))
    return {"collection": changed}


def _delete_collection(call: Call) -> Entity:
    collections.delete_collection(call.site, call.parameter("id"))
    return {}


def _query_inventory(call: Call) -> Entity:
    return run_query(call, inventory.KIND, INVENTORY).answer("inventoryItems", INVENTORY)


def _item_named(call: Call) -> Entity:
    name, value = next(iter(call.path.items()))
    return inventory.item_of(call.site, name, value)


def _get_inventory(call: Call) -> Entity:
    item, ids = _item_named(call), call.body.get("variantIds") or []
    rows = [each for each in item["variants"] if not ids or each["variantId"] in ids]
    return {"inventoryItem": {**item, "variants": rows}}


def _update_inventory(call: Call) -> Entity:
    inventory.set_inventory(call.site, _item_named(call)["productId"], call.entity("inventoryItem"))
    return {}


def _stepper(member: str, amount: str, sign: int) -> Handler:
    def handler(call: Call) -> Entity:
        for at, row in enumerate(call.items(member, 1, 300)):
            by = row.get(amount)
            if not isinstance(by, int) or by < 1:
                message = f"{member}[{at}].{amount} must be 1 or more"
                raise bad_request(message)
            name = "inventoryId" if row.get("inventoryId") else "productId"
            item = inventory.item_of(call.site, name, str(row.get(name)))
            inventory.step(call.site, item, str(row.get("variantId")), sign * by)
        return {}

    return handler


READS: tuple[tuple[str, str, str, Handler], ...] = (
    ("POST", "v1/products/query", "products.query", _query_products),
    ("GET", "v1/products/{id}", "products.get", _get_product),
    ("POST", "v1/products/{id}/variants/query", "products.query-variants", _query_variants),
    ("POST", "v1/products/{id}/productOptionsAvailability", "products.options-availability", _options_availability),
    ("POST", "v1/variants/query", "store-variants.query", _query_store_variants),
    ("GET", "v1/variants/{id}", "store-variants.get", _get_store_variant),
    ("POST", "v1/products/query-platformized", "products.query-platformized", _query_platformized),
    ("GET", "v1/products/query-platformized", "products.query-platformized", _query_platformized),
    ("POST", "v1/collections/query", "collections.query", _query_collections),
    ("GET", "v1/collections/{id}", "collections.get", _get_collection),
    ("GET", "v1/collections/slug/{slug}", "collections.get-by-slug", _get_collection_by_slug),
    ("POST", "v2/inventoryItems/query", "inventory-items.query", _query_inventory),
    ("POST", "v2/inventoryItems/{inventoryId}/getVariants", "inventory-items.get", _get_inventory),
    ("POST", "v2/inventoryItems/product/{productId}/getVariants", "inventory-items.get", _get_inventory),
    ("POST", "v2/inventoryItems/external/{externalId}/getVariants", "inventory-items.get", _get_inventory),
)
WRITES: tuple[tuple[str, str, str, Handler], ...] = (
    ("POST", "v1/products", "products.create", _create_product),
    ("PATCH", "v1/products/{id}", "products.update", _update_product),
    ("DELETE", "v1/products/{id}", "products.delete", _delete_product),
    ("DELETE", "v1/products/{id}/options", "products.delete-options", _delete_options),
    ("PATCH", "v1/products/{id}/variants", "products.update-variants", _update_variants),
    ("POST", "v1/products/{id}/variants/resetToDefault", "products.reset-variants", _reset_variants),
    ("POST", "v1/products/{id}/media", "products.add-media", _on_product(media.add_media, "media", 1, 50)),
    (
        "POST",
        "v1/products/{id}/media/delete",
        "products.remove-media",
        _on_product(media.remove_media, "mediaIds", 0, 50),
    ),
    (
        "PATCH",
        "v1/products/{id}/choices/media",
        "products.add-choice-media",
        _on_product(media.assign_to_choices, "media", 1, 10),
    ),
    (
        "POST",
        "v1/products/{id}/choices/media/delete",
        "products.remove-choice-media",
        _on_product(media.remove_from_choices, "media", 1, 10),
    ),
    ("POST", "v1/products/{id}/remove-brand", "products.remove-brand", _remove("brand")),
    ("POST", "v1/products/{id}/remove-ribbon", "products.remove-ribbon", _remove("ribbon")),
    ("POST", "v1/bulk/products/update", "products.bulk-set", properties.bulk_set),
    ("POST", "v1/bulk/products/adjust-properties", "products.bulk-adjust", properties.bulk_adjust),
    ("POST", "v1/bulk/products/adjust", "products.bulk-adjust", properties.bulk_adjust),
    ("POST", "v1/collections", "collections.create", _create_collection),
    ("PATCH", "v1/collections/{id}", "collections.update", _update_collection),
    ("DELETE", "v1/collections/{id}", "collections.delete", _delete_collection),
    (
        "POST",
        "v1/collections/{id}/productIds",
        "collections.add-products",
        _on_product(collections.add_to_collection, "productIds", 0, 1_000),
    ),
    (
        "POST",
        "v1/collections/{id}/productIds/delete",
        "collections.remove-products",
        _on_product(collections.remove_from_collection, "productIds", 1, 1_000),
    ),
    ("PATCH", "v2/inventoryItems/product/{productId}", "inventory-items.update", _update_inventory),
    ("PATCH", "v2/inventoryItems/external/{externalId}", "inventory-items.update", _update_inventory),
    ("PATCH", "v2/inventoryItems/{inventoryId}", "inventory-items.update", _update_inventory),
    (
        "POST",
        "v2/inventoryItems/increment",
        "inventory-items.increment",
        _stepper("incrementData", "incrementBy", 1),
    ),
    (
        "POST",
        "v2/inventoryItems/decrement",
        "inventory-items.decrement",
        _stepper("decrementData", "decrementBy", -1),
    ),
)


def routes() -> Iterator[Route]:
    """The endpoints of Catalog V1."""
    for table, prefixes in ((READS, ("/stores-reader/", "/stores/")), (WRITES, ("/stores/",))):
        for method, path, operation, handler in table:
            yield Route(
                method=method,
                path=prefixes[0] + path,
                operation=operation,
                handler=handler,
                catalog=StoreCatalog.V1,
                aliases=tuple(prefix + path for prefix in prefixes[1:]),
            )
