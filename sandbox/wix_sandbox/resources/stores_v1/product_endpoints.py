"""The endpoints of V1 products and of the store-wide variants."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import WixError, bad_request
from wix_sandbox.permissions import MANAGE_PRODUCTS, need_of
from wix_sandbox.query.page import Page
from wix_sandbox.query.request import read_request
from wix_sandbox.query.spec import Metadata, Paging, Query
from wix_sandbox.querying import run_query
from wix_sandbox.resources.stores_v1 import media, products, properties, variant_rows, variants
from wix_sandbox.resources.stores_v1.table import NEWEST_FIRST, V1_STYLE, WINDOW, Endpoint, on_one
from wix_sandbox.values import values_at

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.resource import Handler
    from wix_sandbox.values import Entity


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
PLATFORMIZED = Query.declared(
    "stores-v1/queryProductsPlatformized",
    paging=Paging.OFFSET,
    metadata=Metadata.METADATA,
    window=WINDOW,
    default_sort=NEWEST_FIRST,
    paths={"price": "priceData.price"},
)
_SCALAR = frozenset({"$eq", "$ne", "$in"})
STORE_VARIANTS = Query(
    # Choice: the filterable fields of store variants are not published; ids and SKU are assumed.
    filterable=dict.fromkeys(("id", "productId", "variantId", "sku"), _SCALAR),
    sortable={"id": frozenset({"ASC", "DESC"})},
    paging=Paging.EITHER,
    metadata=Metadata.METADATA,
    default_sort=("id", "ASC"),
)
PRODUCT_VARIANTS = Query(filterable={}, sortable={}, paging=Paging.OFFSET, default_sort=("id", "ASC"))
"""The only part of a query that this endpoint has is the paging."""
MERCHANT = ("costAndProfitData", "costRange")


def _granted(call: Call, flag: str) -> bool:
    """True if a call requests members that only managers see.

    Raises:
        WixError: 403 for a credential that may not manage products.
    """
    if call.flag(flag) and not MANAGE_PRODUCTS.isdisjoint(call.site.options.denied_scopes):
        permission = need_of("POST", "/stores/v1/products").permission
        raise WixError(
            HTTPStatus.FORBIDDEN, f"Unauthorized to perform {permission} on site {call.site.identity.site_id}"
        )
    return call.flag(flag)


def _shown(call: Call, product: Entity, *, variants: bool) -> Entity:
    merchant = _granted(call, "includeMerchantSpecificData")
    hidden = {"variants"} - ({"variants"} if variants else set()) | (set() if merchant else set(MERCHANT))
    shown = {name: value for name, value in product.items() if name not in hidden}
    if variants and not merchant:
        shown["variants"] = [_without_cost(each) for each in product["variants"]]
    return shown


def _without_cost(variant: Entity) -> Entity:
    details = {name: value for name, value in variant["variant"].items() if name != "costAndProfitData"}
    return {**variant, "variant": details}


def _query_products(call: Call) -> Entity:
    query = PRODUCTS if _granted(call, "includeHiddenProducts") else PRODUCTS.but(base_filter={"visible": True})
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
    overrides = call.sized("variants", 1, products.MOST_VARIANTS)
    return {"variants": variants.update_variants(call.site, call.parameter("id"), overrides)}


def _reset_variants(call: Call) -> Entity:
    variants.reset_variants(call.site, call.parameter("id"))
    return {}


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
    rows = [{name: value for name, value in each.items() if name != "stock"} for each in named[offset : offset + limit]]
    if not _granted(call, "includeMerchantSpecificData"):
        rows = [_without_cost(each) for each in rows]
    return {"variants": rows, "metadata": {"items": len(rows), "offset": offset}, "totalResults": len(named)}


def _query_store_variants(call: Call) -> Entity:
    return run_query(call, variant_rows.ROWS, STORE_VARIANTS).answer("variants", STORE_VARIANTS)


def _get_store_variant(call: Call) -> Entity:
    row = call.site.store.get(variant_rows.ROWS, call.parameter("id"))
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


READS: tuple[Endpoint, ...] = (
    ("POST", "v1/products/query", "products.query", _query_products),
    ("GET", "v1/products/{id}", "products.get", _get_product),
    ("POST", "v1/products/{id}/variants/query", "products.query-variants", _query_variants),
    ("POST", "v1/products/{id}/productOptionsAvailability", "products.options-availability", _options_availability),
    ("POST", "v1/variants/query", "store-variants.query", _query_store_variants),
    ("GET", "v1/variants/{id}", "store-variants.get", _get_store_variant),
    ("POST", "v1/products/query-platformized", "products.query-platformized", _query_platformized),
    ("GET", "v1/products/query-platformized", "products.query-platformized", _query_platformized),
)
WRITES: tuple[Endpoint, ...] = (
    ("POST", "v1/products", "products.create", _create_product),
    ("PATCH", "v1/products/{id}", "products.update", _update_product),
    ("DELETE", "v1/products/{id}", "products.delete", _delete_product),
    ("DELETE", "v1/products/{id}/options", "products.delete-options", _delete_options),
    ("PATCH", "v1/products/{id}/variants", "products.update-variants", _update_variants),
    ("POST", "v1/products/{id}/variants/resetToDefault", "products.reset-variants", _reset_variants),
    ("POST", "v1/products/{id}/media", "products.add-media", on_one(media.add_media, "media", 1, 50)),
    (
        "POST",
        "v1/products/{id}/media/delete",
        "products.remove-media",
        on_one(media.remove_media, "mediaIds", 0, 50),
    ),
    (
        "PATCH",
        "v1/products/{id}/choices/media",
        "products.add-choice-media",
        on_one(media.assign_to_choices, "media", 1, 10),
    ),
    (
        "POST",
        "v1/products/{id}/choices/media/delete",
        "products.remove-choice-media",
        on_one(media.remove_from_choices, "media", 1, 10),
    ),
    ("POST", "v1/products/{id}/remove-brand", "products.remove-brand", _remove("brand")),
    ("POST", "v1/products/{id}/remove-ribbon", "products.remove-ribbon", _remove("ribbon")),
    ("POST", "v1/bulk/products/update", "products.bulk-set", properties.bulk_set),
    ("POST", "v1/bulk/products/adjust-properties", "products.bulk-adjust", properties.bulk_adjust),
)
