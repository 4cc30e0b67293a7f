"""Products of Catalog V1 and their variants: creating, changing, deleting, and the members that the server computes.

https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/catalog/introduction, for colours of choices
https://www.w3.org/TR/css-color-4/#named-colors
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from http import HTTPStatus
from itertools import product as cross_product
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from wix_sandbox import facts
from wix_sandbox.bulk import bulk_answer, each_item
from wix_sandbox.clock import wire_time
from wix_sandbox.errors import (
    Violation,
    WixError,
    bad_request,
    check_bounds,
    refuse_cleared,
    required,
    rule_error,
    validation_error,
)
from wix_sandbox.resource import merged
from wix_sandbox.resources.texts import complete_seo, free_slug, price_text, slug_of
from wix_sandbox.site import SITE_URL
from wix_sandbox.values import complement, filled, given, microseconds, only, without
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

_CODE = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|(rgb|hsl)a?\(.*\)", re.IGNORECASE)
_NAMES = facts.read("css_colors", frozenset[str])
"""Names of colours in CSS, in lower case."""


def is_colour(choice: dict[str, Any]) -> bool:
    """Return whether the value of a choice is a colour: its code, or a name of CSS that its description differs from.

    `Red` without another name is the label of a drop-down, and so is `#1`.
    """
    value, label = str(choice.get("value", "")), str(choice.get("description") or "")
    is_named = value.lower() in _NAMES and label not in {"", value}
    return is_named or _CODE.fullmatch(value) is not None


ALL_PRODUCTS = "00000000-000000-000000-000000000001"
"""The All Products collection: 35 characters, not a GUID."""
DEFAULT_VARIANT = "00000000-0000-0000-0000-000000000000"


def derive(site: Site, product: Entity, stock: Entity) -> Entity:
    """Complete a product from its own members and its inventory item; changed in place and returned."""
    currency, discount = site.currency, product.get("discount") or {"type": "NONE", "value": 0}
    product["discount"] = discount
    product["priceData"] = product["price"] = product["convertedPriceData"] = price_data(
        product["priceData"]["price"], discount, currency
    )
    for variant in product["variants"]:
        details = variant["variant"]
        details["priceData"] = price_data(details["priceData"]["price"], discount, currency)
        details["convertedPriceData"] = details["priceData"]
        _costs(details, currency)
    _costs(product, currency)
    _ranges(product)
    _stock(product, stock)
    product["ribbons"] = [{"text": product["ribbon"]}] if product.get("ribbon") else []
    product["ribbon"] = product.get("ribbon") or ""
    product["productPageUrl"] = {"base": SITE_URL, "path": f"/product-page/{quote(product['slug'])}"}
    items = product["media"]["items"]
    product["media"] = {"mainMedia": items[0], "items": items} if items else {"items": []}
    for option in product["productOptions"]:
        colours = all(is_colour(each) for each in option["choices"])
        option["optionType"] = "color" if colours else "drop_down"
        show_choices(option, product["variants"])
    return product


def price_data(price: float, discount: Entity, currency: str) -> Entity:
    """Return the price with discount: AMOUNT subtracts an amount, PERCENT a percentage."""
    full, value = Decimal(str(price)), Decimal(str(discount.get("value") or 0))
    less = {"AMOUNT": full - value, "PERCENT": full * (100 - value) / 100}.get(discount.get("type", ""), full)
    reduced = float(max(less, Decimal(0)).quantize(Decimal("0.01"), ROUND_HALF_UP))
    formatted = {"price": price_text(price, currency), "discountedPrice": price_text(reduced, currency)}
    return {"currency": currency, "price": price, "discountedPrice": reduced, "formatted": formatted}


def _costs(holder: Entity, currency: str) -> None:
    costs = holder.get("costAndProfitData")
    if not costs or costs.get("itemCost") is None:
        return
    sold = holder["priceData"]["discountedPrice"]
    profit = round(sold - costs["itemCost"], 2)
    holder["costAndProfitData"] = {
        "itemCost": costs["itemCost"],
        "formattedItemCost": price_text(costs["itemCost"], currency),
        "profit": profit,
        "formattedProfit": price_text(profit, currency),
        "profitMargin": round(profit / sold, 4) if sold else 0.0,
    }


def _ranges(product: Entity) -> None:
    managed = product["manageVariants"]
    details = [each["variant"] for each in product["variants"]] if managed else [product]
    product["priceRange"] = _range([each["priceData"]["price"] for each in details])
    product["weightRange"] = _range([each.get("weight") or 0 for each in details])
    costs = [(each.get("costAndProfitData") or {}).get("itemCost") for each in details]
    product["costRange"] = _range([each for each in costs if each is not None] or [0])


def _range(values: list[float]) -> Entity:
    return {"minValue": min(values), "maxValue": max(values)}


def _stock(product: Entity, stock: Entity) -> None:
    tracked, rows = stock["trackQuantity"], {each["variantId"]: each for each in stock["variants"]}
    default = rows.get(DEFAULT_VARIANT, {"inStock": True, "quantity": 0})
    for variant in product["variants"]:
        row = rows.get(variant["id"], default)
        variant["stock"] = {"trackQuantity": tracked, "inStock": row["inStock"]}
        if tracked:
            variant["stock"]["quantity"] = row["quantity"]
    stocked = [each["inStock"] for each in stock["variants"]]
    status = "IN_STOCK" if all(stocked) else "PARTIALLY_OUT_OF_STOCK" if any(stocked) else "OUT_OF_STOCK"
    product["stock"] = {"trackInventory": tracked, "inStock": any(stocked), "inventoryStatus": status}
    if tracked:
        product["stock"]["quantity"] = sum(each["quantity"] for each in stock["variants"])


def show_choices(option: Entity, variants: list[Entity]) -> None:
    """Set whether a choice is visible and in stock, in place: that is, whether any of these variants with it is."""
    for choice in option["choices"]:
        label = choice["description"]
        having = [each for each in variants if each["choices"].get(option["name"]) == label] or variants
        choice["inStock"] = any(each["stock"]["inStock"] for each in having)
        choice["visible"] = any(each["variant"].get("visible", True) for each in having)


def rebuild_variants(site: Site, product: Entity, before: list[Entity]) -> list[Entity]:
    """Return variants for the options of a product: the cross product of choices, or the default one.

    A variant whose choices did not change keeps its id and overrides.
    """
    options = product["productOptions"]
    if not options:
        default = next((each for each in before if not each["choices"]), None)
        return [{**(default or _new_variant(product)), "id": DEFAULT_VARIANT, "choices": {}}]
    known = {tuple(sorted(each["choices"].items())): each for each in before}
    names = [option["name"] for option in options]
    labels = [[choice["description"] for choice in option["choices"]] for option in options]
    variants = []
    for chosen in cross_product(*labels):
        choices = dict(zip(names, chosen, strict=True))
        kept = known.get(tuple(sorted(choices.items())))
        variants.append(kept or {**_new_variant(product), "id": site.new_id(), "choices": choices})
    return variants


def _new_variant(product: Entity) -> Entity:
    details: dict[str, Any] = {"priceData": {"price": product["priceData"]["price"]}, "visible": True}
    for name in ("weight", "sku", "costAndProfitData", "productDimensions", "packageDimensions"):
        if product.get(name) is not None:
            details[name] = product[name]
    return {"variant": {"weight": 0, "sku": "", **details}}


ROWS = "store_variants"


def variant_rows(product: Entity) -> list[Entity]:
    """The product's rows in the store-wide variants query."""
    rows = []
    for variant in product["variants"]:
        row = {
            "id": f"{product['id']}-{variant['id']}",
            "variantId": variant["id"],
            "productId": product["id"],
            "variantName": " | ".join(variant["choices"].values())[:80] or product["name"],
            "productName": product["name"],
            "managedVariant": variant["id"] != DEFAULT_VARIANT,
            "sku": variant["variant"].get("sku") or "",
            "stock": variant["stock"],
            "choices": variant["choices"],
            "collectionIds": [each for each in product["collectionIds"] if each != ALL_PRODUCTS],
        }
        if product["media"]["items"]:
            main = product["media"]["items"][0]
            size = only(main["image"], "url", "height", "width")
            row["media"] = {"image": {"id": main["id"], **size}}
        rows.append(row)
    return rows


def sync_rows(site: Site, before: Entity | None, product: Entity | None) -> None:
    """Update the store-wide variants after a product was created, changed or deleted."""
    rows = variant_rows(product) if product else []
    current = {row["id"] for row in rows}
    for old in variant_rows(before) if before else []:
        if old["id"] not in current:
            site.store.delete(ROWS, old["id"])
    for row in rows:
        site.store.table(ROWS).put(row)


KIND = "products"
STOCK = "inventory_items"
MOST_VARIANTS = 1_000
MOST_MANAGED = 300


def known(entity: Entity | None, what: str, entity_id: str) -> Entity:
    """Return an entity that was looked up.

    Raises:
        WixError: 404 for an unknown id, as V1 is assumed to answer it: a message without an application code.
    """
    if entity is None:
        raise WixError(HTTPStatus.NOT_FOUND, f"{what} {entity_id} not found")
    return entity


_EMPTY: Entity = {
    "description": "",
    "visible": True,
    "additionalInfoSections": [],
    "customTextFields": [],
    "productOptions": [],
}
"""Default values that a product shows."""
_NEVER_EMPTY = frozenset({"slug", "priceData", "manageVariants"})


def fetch(site: Site, product_id: str) -> Entity:
    """Return the stored product; 404 for an unknown id."""
    return known(site.store.get(KIND, product_id), "Product", product_id)


def stock_of(site: Site, product: Entity) -> Entity:
    """The inventory item of a product."""
    item = site.store.get(STOCK, product["inventoryItemId"])
    assert item is not None, "a V1 product always has its inventory item"
    return item


def create_product(site: Site, body: Entity) -> Entity:
    """Create a product with its variants and its inventory item (in stock, untracked).

    Raises:
        WixError: 400 for missing name or price, a negative price, a digital product, or what the schema forbids.
    """
    cleaned = clean("product_v1", body, "product", fresh=True)
    if site.readings["v1-product-type"] == "required" and not cleaned.get("productType"):
        raise required("product.productType")
    if cleaned.get("productType", "physical") != "physical":
        raise validation_error(Violation("product.productType", "only physical products can be created", "OTHER"))
    moment, product_id = site.clock(), site.new_id()
    now = wire_time(moment)
    product = {
        **_EMPTY,
        "manageVariants": False,
        **cleaned,
        "productType": "physical",
        "id": product_id,
        "slug": free_slug(site.store, KIND, cleaned.get("slug") or slug_of(cleaned["name"], "product")),
        "numericId": _numeric_id(site, moment),
        "inventoryItemId": complement(product_id),
        "collectionIds": [ALL_PRODUCTS],
        "media": {"items": []},
        "createdDate": now,
        "lastUpdated": now,
    }
    complete_seo(product)
    product = _with_own_codes(product)
    _check_options(product)
    product["variants"] = rebuild_variants(site, product, [])
    _refuse_negative_prices(product)
    stock = _new_stock(site, product)
    site.store.insert(STOCK, stock)
    return put(site, _without_managed(product), stock)


def update_product(site: Site, product_id: str, body: Entity) -> Entity:
    """Change the members that are sent; read-only members are ignored with status 200.

    Raises:
        WixError: 404 for an unknown product, 400 for members that violate the schema or a price that would become
            negative.
    """
    product = fetch(site, product_id)
    cleaned = clean("product_v1", body, "product")
    cleaned.pop("productType", None)
    # Choice: null clears members that can be empty and does not change the others.
    cleaned = {name: value for name, value in cleaned.items() if value is not None or name not in _NEVER_EMPTY}
    if product["manageVariants"] and product["productOptions"]:
        # It cannot be switched off once variants exist.
        cleaned.pop("manageVariants", None)
    if cleaned.get("slug") and cleaned["slug"] != product["slug"]:
        cleaned["slug"] = free_slug(site.store, KIND, cleaned["slug"], product_id)
    price = (cleaned.get("priceData") or {}).get("price")
    if price is None:
        cleaned.pop("priceData", None)
    else:
        move_prices(product, price)
    changed = merged(product, cleaned)
    refuse_cleared(cleaned, "name", within="product")
    complete_seo(changed)
    changed = _with_own_codes({**_EMPTY, **changed})
    _check_options(changed)
    if "productOptions" in cleaned or "manageVariants" in cleaned:
        changed["variants"] = rebuild_variants(site, changed, product["variants"])
    _follow(changed, cleaned)
    return touch(site, _without_managed(changed))


def touch(site: Site, product: Entity) -> Entity:
    """Store a changed product with a new `lastUpdated`, and update its inventory rows for its variants.

    Raises:
        WixError: 400 if a price would become negative.
    """
    _refuse_negative_prices(product)
    product["lastUpdated"] = site.now()
    stock = _aligned(stock_of(site, product), product)
    site.store.update(STOCK, stock)
    return put(site, product, stock)


def put(site: Site, product: Entity, stock: Entity) -> Entity:
    """Derive and store a product and its rows in the store-wide variants."""
    before = site.store.get(KIND, product["id"])
    site.store.table(KIND).put(derive(site, product, stock))
    sync_rows(site, before, product)
    return product


def delete_product(site: Site, product_id: str) -> None:
    """Remove a product and its inventory item; 404 for an unknown id."""
    product = fetch(site, product_id)
    site.store.delete(KIND, product_id)
    site.store.delete(STOCK, product["inventoryItemId"])
    sync_rows(site, product, None)


def move_prices(product: Entity, price: float) -> None:
    """Set the product's price; managed variants keep their difference to it, unmanaged ones get the same price."""
    by = Decimal(str(price)) - Decimal(str(product["priceData"]["price"]))
    for variant in product["variants"]:
        details = variant["variant"]["priceData"]
        details["price"] = float(Decimal(str(details["price"])) + by) if product["manageVariants"] else price
    product["priceData"]["price"] = price


def _refuse_negative_prices(product: Entity) -> None:
    """Choice: no call makes a price negative; Wix documents that for adjusted prices alone."""
    if min(each["priceData"]["price"] for each in (product, *(each["variant"] for each in product["variants"]))) < 0:
        raise bad_request("the price of a variant would be negative")


def _with_own_codes(product: Entity) -> Entity:
    """Without managed variants SKU and weight are on the product itself."""
    return product if product["manageVariants"] else {"sku": "", "weight": 0, **product}


def _check_options(product: Entity) -> None:
    count = 1
    for option in product["productOptions"]:
        choices = option.get("choices") or []
        if not option.get("name") or not choices:
            raise required("product.productOptions.name" if choices else "product.productOptions.choices")
        for choice in choices:
            # A choice may be sent with only one of its two texts; then the two are equal.
            choice["description"] = choice.get("description") or choice.get("value") or ""
            choice["value"] = choice.get("value") or choice["description"]
        count *= len(choices)
    most = MOST_MANAGED if product["manageVariants"] else MOST_VARIANTS
    check_bounds("product.productOptions", count, None, most, "SIZE")


def _follow(product: Entity, sent: Entity) -> None:
    """Unmanaged variants have the product's values."""
    if product["manageVariants"]:
        return
    for variant in product["variants"]:
        for name in ("sku", "weight", "costAndProfitData"):
            if sent.get(name) is not None:
                variant["variant"][name] = sent[name]


def _without_managed(product: Entity) -> Entity:
    """With managed variants the product itself has neither SKU nor weight."""
    if not (product["manageVariants"] and product["productOptions"]):
        return product
    return without(product, "sku", "weight")


def _numeric_id(site: Site, created: datetime) -> str:
    """Return the moment of creation in microseconds; the next free one if products share it."""
    number = microseconds(created)
    taken = site.store.table(KIND).lookup("numericId")
    while taken.count(str(number)):
        number += 1
    return str(number)


def _new_stock(site: Site, product: Entity) -> Entity:
    item: dict[str, Any] = {
        "id": product["inventoryItemId"],
        "externalId": product["id"],
        "productId": product["id"],
        "trackQuantity": False,
        "variants": [],
        "lastUpdated": site.now(),
        "numericId": product["numericId"],
        "preorderInfo": {"enabled": False},
    }
    return _aligned(item, product)


def _aligned(item: Entity, product: Entity) -> Entity:
    """Return an inventory item with one row for each managed variant, or for the default one."""
    managed = product["manageVariants"] and product["productOptions"]
    ids = [each["id"] for each in product["variants"]] if managed else [DEFAULT_VARIANT]
    known = {each["variantId"]: each for each in item["variants"]}
    fresh = {"inStock": not item["trackQuantity"], "quantity": 0, "availableForPreorder": False}
    return item | {"variants": [known.get(each) or {"variantId": each, **fresh} for each in ids]}


def update_variants(site: Site, product_id: str, overrides: list[Entity]) -> list[Entity]:
    """Apply overrides to the variants that they name, by choices or by ids; return all variants.

    Raises:
        WixError: 404 for an unknown product, 400 without managed variants or for an unknown variant.
    """
    product = fetch(site, product_id)
    if not product["manageVariants"] or not product["productOptions"]:
        raise bad_request("manageVariants must be true and the product must have options")
    for at, override in enumerate(overrides):
        named = [each for each in product["variants"] if _is_named(each, override)]
        if not named:
            raise bad_request(f"variants[{at}] names no variant of product {product_id}")
        for variant in named:
            _override(variant["variant"], override, f"variants[{at}]")
    found: list[Entity] = touch(site, product)["variants"]
    return found


def reset_variants(site: Site, product_id: str) -> None:
    """Reset every variant of a product to the product's values, except stock; 404 for an unknown product."""
    product = fetch(site, product_id)
    fresh = rebuild_variants(site, product, [])
    for variant, new in zip(product["variants"], fresh, strict=True):
        variant["variant"] = new["variant"]
    touch(site, product)


def _is_named(variant: Entity, override: Entity) -> bool:
    if override.get("variantIds"):
        return variant["id"] in override["variantIds"]
    # Choices of some of the options name all variants that have them.
    return bool(override.get("choices")) and override["choices"].items() <= variant["choices"].items()


def _override(details: Entity, override: Entity, path: str) -> None:
    sent = given(only(override, "weight", "sku", "visible"))
    sent |= filled(only(override, "productDimensions", "packageDimensions"))
    if override.get("price") is not None:
        sent["priceData"] = {"price": override["price"]}
    if override.get("cost") is not None:
        sent["costAndProfitData"] = {"itemCost": override["cost"]}
    # An override has the bounds of the members it overrides.
    clean("product_v1", {**sent, "priceData": sent.get("priceData")}, path)
    details.update(sent)


MONEY_OR_WEIGHT = ("price", "cost", "weight")
TEXTS = ("ribbon", "brand")


def bulk_set(call: Call) -> Entity:
    """Answer `{ids, set: {one of price, cost, weight, ribbon, brand}}`; an empty text clears ribbon or brand."""
    name, value = _one_of(call, "set", (*MONEY_OR_WEIGHT, *TEXTS))
    return _each_product(call, lambda product: _set(product, name, value))


def bulk_adjust(call: Call) -> Entity:
    """Answer `{ids, adjust: {one of price, cost, weight: {amount} or {percentage: {rate, roundToInt}}}}`."""
    name, change = _one_of(call, "adjust", MONEY_OR_WEIGHT)
    amount, percentage = change.get("amount"), change.get("percentage")
    if (amount is None) == (percentage is None):
        field = f"adjust.{name}"
        raise rule_error(field, "", "needs one of amount and percentage")
    rate = (percentage or {}).get("rate") or 0

    def adjusted(value: float) -> float:
        if percentage is None:
            return round(value + float(change["amount"]), 2)
        moved = value * (1 + float(rate) / 100)
        return round(moved) if percentage.get("roundToInt") else round(moved, 2)

    def act(product: Entity) -> None:
        for holder in _holders(product, name):
            _set(holder, name, adjusted(_get(holder, name)))

    return _each_product(call, act)


def _one_of(call: Call, member: str, names: tuple[str, ...]) -> tuple[str, Any]:
    sent = given(only(call.entity(member), *names))
    if len(sent) != 1:
        raise rule_error(member, "", f"exactly one of {', '.join(names)} must be set")
    return next(iter(sent.items()))


def _each_product(call: Call, act: Callable[[Entity], None]) -> Entity:
    def change(product_id: str) -> Entity:
        product = fetch(call.site, product_id)
        act(product)
        return touch(call.site, product)

    return bulk_answer(each_item(call.items("ids"), change))


def _holders(product: Entity, name: str) -> list[Entity]:
    """Return where a property is: price on the product (variants follow), cost and weight on managed variants."""
    if name == "price" or not product["manageVariants"] or not product["productOptions"]:
        return [product]
    return [each["variant"] for each in product["variants"]]


def _get(holder: Entity, name: str) -> float:
    if name == "price":
        return float(holder["priceData"]["price"])
    if name == "cost":
        return float((holder.get("costAndProfitData") or {}).get("itemCost") or 0)
    return float(holder.get("weight") or 0)


def _set(holder: Entity, name: str, value: Any) -> None:
    """Set a property on a product, or cost and weight on one of its variants."""
    if name in TEXTS:
        holder[name] = value
        if not value:
            del holder[name]
        return
    if value < 0:
        raise bad_request(f"{name} would be negative")
    if name == "price":
        move_prices(holder, value)
        return
    for each in _holders(holder, name) if "variants" in holder else [holder]:
        if name == "cost":
            each["costAndProfitData"] = {"itemCost": value}
        else:
            each["weight"] = value
