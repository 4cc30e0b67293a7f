"""The endpoints of Catalog V1. Reads answer under `/stores-reader/` and under `/stores/`, writes under `/stores/`.

The reader path of products also answers on a site of Catalog V3, without variants: a client that mistakes the answer
for that of a V1 site loses the variants of the shop.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import Violation, WixError, bad_request, validation_error
from wix_sandbox.handlers import acting, creating, endpoints, fetching, listing, updating
from wix_sandbox.options import StoreCatalog
from wix_sandbox.permissions import MANAGE_PRODUCTS, need_of
from wix_sandbox.query.request import read_request
from wix_sandbox.query.spec import Metadata, Paging, Query, either_way
from wix_sandbox.querying import answer_query
from wix_sandbox.resources.media_files import after_uploads
from wix_sandbox.resources.stores_v1 import collections, inventory, media, products
from wix_sandbox.resources.stores_v1.products import price_data
from wix_sandbox.site import SITE_URL
from wix_sandbox.values import only, values_at, without

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wix_sandbox.call import Call, Handler
    from wix_sandbox.handlers import Endpoint
    from wix_sandbox.resource import Route
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

WINDOW = 10_000
"""Maximum rows that offset paging reaches on Stores V1."""
V1_STYLE: dict[str, Any] = {"paging": Paging.OFFSET, "metadata": Metadata.V1_ITEMS, "window": WINDOW}
PLATFORMIZED: dict[str, Any] = {
    "paging": Paging.OFFSET_OR_CURSOR,
    "metadata": Metadata.METADATA,
    "lacks": frozenset({"hasNext", "tooManyToCount"}),
}
"""Paging of the calls that Wix's client makes on Catalog V1."""
NEWEST_FIRST = ("numericId", "DESC")
"""Choice: the order without a sort is not documented."""


def on_one(act: Any, member: str) -> Handler:
    """Return a handler that processes a list of the body for the entity in the path and answers an empty object."""

    def handler(call: Call) -> Entity:
        act(call.site, call.parameter("id"), call.items(member))
        return {}

    return handler


_PRODUCTS_ON_V3 = Query.declared(
    "stores-v1/queryProducts",
    **V1_STYLE,
    default_sort=("createdDate", "DESC"),
    paths={
        "lastUpdated": "updatedDate",
        "price": "actualPriceRange.minValue.amount",
        "inventoryStatus": "inventory.availabilityStatus",
        "brand": "brand.name",
        "description": "plainDescription",
        "collections.id": "directCategoriesInfo.categories.id",
    },
)


def _query_products_on_v3(call: Call) -> Entity:
    """Answer V1's product query from products of V3."""
    hidden = call.flag("includeHiddenProducts")
    query = _PRODUCTS_ON_V3 if hidden else _PRODUCTS_ON_V3.but(base_filter={"visible": True})
    return answer_query(call, "products", query, "products", lambda _call, product: shown_on_v3(call.site, product))


def shown_on_v3(site: Site, product: Entity) -> Entity:
    """A product of V3 in V1's shape: the same prices and texts, no variants."""
    price = _price_on_v3(site, product)
    return {
        **only(product, "id", "name", "slug", "visible", "createdDate"),
        "lastUpdated": product["updatedDate"],
        "productType": product["productType"].lower(),
        "description": product.get("plainDescription", ""),
        "brand": product.get("brand", {}).get("name", ""),
        "ribbon": product.get("ribbon", {}).get("name", ""),
        "priceData": price,
        "price": price,
        "convertedPriceData": price,
        "stock": _stock_on_v3(product),
        "media": _media_on_v3(product),
        "collectionIds": [each["id"] for each in product["directCategoriesInfo"]["categories"]],
        "productPageUrl": {"base": SITE_URL, "path": f"/product-page/{product['slug']}"},
        "manageVariants": False,
        "productOptions": [],
        "variants": [],
    }


def _price_on_v3(site: Site, product: Entity) -> Entity:
    actual = float(product["actualPriceRange"]["minValue"]["amount"])
    compare = product.get("compareAtPriceRange", {}).get("minValue", {}).get("amount")
    full = actual if compare is None else float(compare)
    return price_data(full, {"type": "AMOUNT", "value": round(full - actual, 2)}, site.currency)


def _stock_on_v3(product: Entity) -> Entity:
    status = product["inventory"]["availabilityStatus"]
    return {"trackInventory": False, "inStock": status != "OUT_OF_STOCK", "inventoryStatus": status}


def _media_on_v3(product: Entity) -> Entity:
    images = [each["image"] for each in product["media"]["itemsInfo"]["items"] if "image" in each]
    items = [{"id": each["id"], "mediaType": "image", "image": {"url": each["url"]}} for each in images]
    return {"mainMedia": items[0], "items": items} if items else {"items": []}


def _reach(product: Entity, path: str) -> list[Any]:
    """Return values at a path; `options.<name>` means the choices of the option of that name."""
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
PRODUCTS_PLATFORMIZED = Query.declared(
    "stores-v1/queryProductsPlatformized",
    **PLATFORMIZED,
    window=WINDOW,
    default_sort=NEWEST_FIRST,
    paths={"price": "priceData.price"},
)
_SCALAR = frozenset({"$eq", "$ne", "$in"})
STORE_VARIANTS = Query(
    # Choice: the filterable fields of store variants are not published; ids and SKU are assumed.
    filterable=dict.fromkeys(("id", "productId", "variantId", "sku"), _SCALAR),
    sortable=either_way("id"),
    **PLATFORMIZED,
    default_sort=("id", "ASC"),
)
PRODUCT_VARIANTS = Query(paging=Paging.OFFSET, default_sort=("id", "ASC"))
"""The only part of a query that this endpoint has is the paging."""
MERCHANT = ("costAndProfitData", "costRange")


def _granted(call: Call, flag: str) -> bool:
    """True if a call requests members that only managers see; 403 for a credential that may not manage products."""
    if call.flag(flag) and not MANAGE_PRODUCTS.isdisjoint(call.site.options.denied_scopes):
        permission = need_of("POST", "/stores/v1/products").permission
        raise WixError(
            HTTPStatus.FORBIDDEN, f"Unauthorized to perform {permission} on site {call.site.identity.site_id}"
        )
    return call.flag(flag)


def _shown(call: Call, product: Entity, *, variants: bool) -> Entity:
    merchant = _granted(call, "includeMerchantSpecificData")
    hidden = {"variants"} - ({"variants"} if variants else set()) | (set() if merchant else set(MERCHANT))
    shown = without(product, *hidden)
    if variants and not merchant:
        shown["variants"] = [_without_cost(each) for each in product["variants"]]
    return shown


def _without_cost(variant: Entity) -> Entity:
    return {**variant, "variant": without(variant["variant"], "costAndProfitData")}


def _query_products(call: Call) -> Entity:
    query = PRODUCTS if _granted(call, "includeHiddenProducts") else PRODUCTS.but(base_filter={"visible": True})
    return answer_query(call, products.KIND, query, "products", partial(_shown, variants=call.flag("includeVariants")))


def _delete_options(site: Site, product_id: str) -> None:
    if products.fetch(site, product_id)["manageVariants"]:
        raise bad_request("options can be deleted only while manageVariants is false")
    products.update_product(site, product_id, {"productOptions": []})


def _remove(name: str) -> Handler:
    return acting(lambda site, product_id: products.update_product(site, product_id, {name: None}))


def _update_variants(call: Call) -> Entity:
    overrides = call.sized("variants", 1, products.MOST_VARIANTS)
    return {"variants": products.update_variants(call.site, call.parameter("id"), overrides)}


def _query_variants(call: Call) -> Entity:
    product = products.fetch(call.site, call.parameter("id"))
    choices, ids = call.body.get("choices") or {}, call.body.get("variantIds") or []
    named = [
        each
        for each in product["variants"]
        if (not ids or each["id"] in ids) and choices.items() <= each["choices"].items()
    ]
    asked = read_request({"paging": call.body.get("paging")}, PRODUCT_VARIANTS, call.operation)
    limit, offset = asked.limit, asked.offset
    # The older per-product query does not return stock.
    rows = [without(each, "stock") for each in named[offset : offset + limit]]
    if not _granted(call, "includeMerchantSpecificData"):
        rows = [_without_cost(each) for each in rows]
    return {"variants": rows, "metadata": {"items": len(rows), "offset": offset}, "totalResults": len(named)}


def _store_variant(site: Site, row_id: str) -> Entity:
    return products.known(site.store.get(products.ROWS, row_id), "Variant", row_id)


def _options_availability(call: Call) -> Entity:
    product = products.fetch(call.site, call.parameter("id"))
    chosen: Entity = call.body.get("options") or {}

    def having(choices: Entity) -> list[Entity]:
        return [each for each in product["variants"] if choices.items() <= each["choices"].items()]

    for option in product["productOptions"]:
        products.show_choices(option, having(without(chosen, option["name"])))
    found = having(chosen)
    answer: Entity = {
        "media": product["media"],
        "productOptions": product["productOptions"],
        "availableForPurchase": any(each["stock"]["inStock"] and each["variant"]["visible"] for each in found),
    }
    if found and len(chosen) == len(product["productOptions"]):
        details, stock = found[0]["variant"], found[0]["stock"]
        price = {"price": details["priceData"], "convertedPriceData": details["convertedPriceData"]}
        facts = {"sku": details.get("sku"), "weight": details.get("weight"), "visible": details.get("visible")}
        answer["selectedVariant"] = {**price, **facts, **only(stock, "inStock", "quantity")}
    return answer


_WHOLE = partial(_shown, variants=True)
_PLATFORMIZED = PRODUCTS_PLATFORMIZED.but(base_filter={"visible": True})
_QUERY_PLATFORMIZED = listing(products.KIND, _PLATFORMIZED, "products", partial(_shown, variants=False))
_PRODUCT_READS = (
    ("POST", "v1/products/query", "products.query", _query_products),
    ("GET", "v1/products/{id}", "products.get", fetching("product", products.fetch, show=_WHOLE)),
    ("POST", "v1/products/{id}/variants/query", "products.query-variants", _query_variants),
    ("POST", "v1/products/{id}/productOptionsAvailability", "products.options-availability", _options_availability),
    ("POST", "v1/variants/query", "store-variants.query", listing(products.ROWS, STORE_VARIANTS, "variants")),
    ("GET", "v1/variants/{id}", "store-variants.get", fetching("variant", _store_variant)),
    ("POST GET", "v1/products/query-platformized", "products.query-platformized", _QUERY_PLATFORMIZED),
)
_PRODUCT_WRITES = (
    ("POST", "v1/products", "products.create", creating("product", products.create_product, _WHOLE)),
    ("PATCH", "v1/products/{id}", "products.update", updating("product", products.update_product, show=_WHOLE)),
    ("DELETE", "v1/products/{id}", "products.delete", acting(products.delete_product)),
    ("DELETE", "v1/products/{id}/options", "products.delete-options", acting(_delete_options)),
    ("PATCH", "v1/products/{id}/variants", "products.update-variants", _update_variants),
    ("POST", "v1/products/{id}/variants/resetToDefault", "products.reset-variants", acting(products.reset_variants)),
    ("POST", "v1/products/{id}/media", "products.add-media", on_one(media.add_media, "media")),
    ("POST", "v1/products/{id}/media/delete", "products.remove-media", on_one(media.remove_media, "mediaIds")),
    ("PATCH", "v1/products/{id}/choices/media", "products.add-choice-media", on_one(media.assign_to_choices, "media")),
    (
        "POST",
        "v1/products/{id}/choices/media/delete",
        "products.remove-choice-media",
        on_one(media.remove_from_choices, "media"),
    ),
    ("POST", "v1/products/{id}/remove-brand", "products.remove-brand", _remove("brand")),
    ("POST", "v1/products/{id}/remove-ribbon", "products.remove-ribbon", _remove("ribbon")),
    ("POST", "v1/bulk/products/update", "products.bulk-set", products.bulk_set),
    ("POST", "v1/bulk/products/adjust-properties", "products.bulk-adjust", products.bulk_adjust),
)


COLLECTIONS = Query.declared("stores-v1/queryCollections", **V1_STYLE, default_sort=("id", "ASC"))
COLLECTIONS_PLATFORMIZED = COLLECTIONS.but(**PLATFORMIZED)


def _counted(call: Call, collection: Entity, *, described: bool) -> Entity:
    asked = call.flag("includeNumberOfProducts")
    count = collections.count_products(call.site, collection) if asked else 0
    return {**collection, "numberOfProducts": count, "description": collection["description"] if described else None}


def _query_collections(call: Call) -> Entity:
    shown = partial(_counted, described=call.flag("includeDescription"))
    return answer_query(call, collections.KIND, COLLECTIONS, "collections", shown)


def _collection_by_slug(site: Site, slug: str) -> Entity:
    return products.known(site.store.first(collections.KIND, "slug", slug), "Collection", slug)


def _remove_products(call: Call) -> Entity:
    collections.remove_from_collection(call.site, call.parameter("id"), call.sized("productIds", 1, 1_000))
    return {}


_DESCRIBED = partial(_counted, described=True)
_GET_COLLECTION = fetching("collection", collections.fetch, show=_DESCRIBED)
_GET_COLLECTION_BY_SLUG = fetching("collection", _collection_by_slug, "slug", _DESCRIBED)
_COLLECTION_READS = (
    ("POST", "v1/collections/query", "collections.query", _query_collections),
    ("GET", "v1/collections/{id}", "collections.get", _GET_COLLECTION),
    ("GET", "v1/collections/slug/{slug}", "collections.get-by-slug", _GET_COLLECTION_BY_SLUG),
)
_COLLECTION_WRITES = (
    ("POST", "v1/collections", "collections.create", creating("collection", collections.create_collection)),
    ("PATCH", "v1/collections/{id}", "collections.update", updating("collection", collections.update_collection)),
    ("DELETE", "v1/collections/{id}", "collections.delete", acting(collections.delete_collection)),
    (
        "POST",
        "v1/collections/{id}/productIds",
        "collections.add-products",
        on_one(collections.add_to_collection, "productIds"),
    ),
    ("POST", "v1/collections/{id}/productIds/delete", "collections.remove-products", _remove_products),
)
_QUERY_COLLECTIONS = listing(collections.KIND, COLLECTIONS_PLATFORMIZED, "collections", _DESCRIBED)
_OF_THE_CLIENT = (
    # What the official JavaScript client calls instead of the documented paths; seen in its package
    # `@wix/auto_sdk_stores_collections`. In its version 1.0.32, the paths begin with `/stores-reader/`.
    ("POST GET", "v2/collections/query", "collections.query-platformized", _QUERY_COLLECTIONS),
    ("GET", "v2/collections/{id}", "collections.get", _GET_COLLECTION),
    ("GET", "v2/collections/slug/{slug}", "collections.get-by-slug", _GET_COLLECTION_BY_SLUG),
)


INVENTORY = Query.declared("stores-v1/queryInventory", **V1_STYLE, default_sort=NEWEST_FIRST)


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
        items: dict[str, Entity] = {}
        for at, row in enumerate(call.items(member)):
            by = row.get(amount)
            if not isinstance(by, int) or by < 1:
                raise bad_request(f"{member}[{at}].{amount} must be 1 or more")
            name = next((each for each in ("inventoryId", "productId") if row.get(each)), "")
            if not name:
                text = "value inventoryId or productId must not be empty"
                raise validation_error(Violation(f"{member}[{at}]", text, "REQUIRED_ONE_OF_FIELD"))
            found = inventory.item_of(call.site, name, row[name])
            item = items.setdefault(found["id"], found)
            inventory.step(item, row.get("variantId") or "", sign * by, preorder=bool(row.get("preorderRequest")))
        for item in items.values():
            inventory.save(call.site, item)
        return {}

    return handler


_QUERY_INVENTORY = listing(inventory.KIND, INVENTORY, "inventoryItems")
_INVENTORY_READS = (
    ("POST", "v2/inventoryItems/query", "inventory-items.query", _QUERY_INVENTORY),
    ("POST", "v2/inventoryItems/{inventoryId}/getVariants", "inventory-items.get", _get_inventory),
    ("POST", "v2/inventoryItems/product/{productId}/getVariants", "inventory-items.get", _get_inventory),
    ("POST", "v2/inventoryItems/external/{externalId}/getVariants", "inventory-items.get", _get_inventory),
)
_INVENTORY_WRITES = (
    ("PATCH", "v2/inventoryItems/product/{productId}", "inventory-items.update", _update_inventory),
    ("PATCH", "v2/inventoryItems/external/{externalId}", "inventory-items.update", _update_inventory),
    ("PATCH", "v2/inventoryItems/{inventoryId}", "inventory-items.update", _update_inventory),
    ("POST", "v2/inventoryItems/increment", "inventory-items.increment", _stepper("incrementData", "incrementBy", 1)),
    ("POST", "v2/inventoryItems/decrement", "inventory-items.decrement", _stepper("decrementData", "decrementBy", -1)),
)


ON_V3 = {"/stores-reader/v1/products/query": _query_products_on_v3}
OLDER_NAMES = {"v1/bulk/products/adjust-properties": ("v1/bulk/products/adjust",)}
"""Prefix of a path in older pages of the documentation."""


def _under(prefixes: tuple[str, ...], *rows: Endpoint) -> Iterator[Route]:
    for route in endpoints(*rows, catalog=StoreCatalog.V1):
        names = (route.path, *OLDER_NAMES.get(route.path, ()))
        first, *others = [prefix + each for each in names for prefix in prefixes]
        placed = replace(route, path=first, aliases=tuple(others), on_v3=ON_V3.get(first))
        yield after_uploads(placed, media.take_in)


ROUTES = (
    *_under(("/stores-reader/", "/stores/"), *_PRODUCT_READS, *_COLLECTION_READS, *_INVENTORY_READS),
    *_under(("/stores/",), *_PRODUCT_WRITES, *_COLLECTION_WRITES, *_INVENTORY_WRITES),
    *_under(("/", "/stores-reader/"), *_OF_THE_CLIENT),
)
