"""Variants of a V3 product, and the members of the product that the server computes from them.

They are checked against the product's options, and are separate rows for the read-only endpoints.

https://dev.wix.com/docs/api-reference/business-solutions/stores/catalog-v3/products-v3/introduction
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, uuid5

from wix_sandbox.documented import misfit, refusal
from wix_sandbox.errors import Violation, required, rule_error, validation_error
from wix_sandbox.values import only, without

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity


CYCLES = ("autoRenewal", "billingCycles")
MEASURES = (
    {"ML": "0.001", "CL": "0.01", "L": "1", "CBM": "1000", "FLOZ": "0.0295735295625", "PT": "0.473176473"}
    | {"QT": "0.946352946", "GAL": "3.785411784"},
    {"MG": "0.000001", "G": "0.001", "KG": "1", "OZ": "0.028349523125", "LB": "0.45359237"},
    {"MM": "0.001", "CM": "0.01", "M": "1", "IN": "0.0254", "FT": "0.3048", "YD": "0.9144"},
    {"SQM": "1", "SQFT": "0.09290304"},
)
"""Units of volume, weight, length and area, each as a multiple of the unit with value 1."""
FINEST = Decimal("0.001")


def complete_subscriptions(site: Site, product: Entity) -> None:
    """Check the subscriptions of a product and give them ids and defaults, in place.

    Choice: a subscription needs a physical product.

    Raises:
        WixError: 400 for a violation of the rules, 409 for an id that occurs twice.
    """
    details = product.get("subscriptionDetails") or {}
    subscriptions = details.get("subscriptions") or []
    if not subscriptions:
        return
    broken = [each for at, subscription in enumerate(subscriptions) for each in _violations(at, subscription)]
    if broken:
        raise validation_error(*broken)
    if product["productType"] != "PHYSICAL":
        raise refusal("INVALID_PRODUCT_TYPE_FOR_SUBSCRIPTION", "a digital product cannot be sold by subscription")
    for subscription in subscriptions:
        subscription["id"] = subscription.get("id") or site.new_id()
        subscription["visible"] = subscription.get("visible") is not False
        subscription.setdefault("interval", 1)
        _check_discount(product, subscription)
    if len({each["id"] for each in subscriptions}) < len(subscriptions):
        raise refusal("SUBSCRIPTION_ID_ALREADY_EXISTS", "two subscriptions have the same id")
    details.setdefault("allowOneTimePurchases", False)
    if not details["allowOneTimePurchases"] and not any(each["visible"] for each in subscriptions):
        code = "ERROR_ALL_SUBSCRIPTIONS_HIDDEN_FOR_SUBSCRIPTION_ONLY_PRODUCT"
        raise refusal(code, "a product without one-time purchases needs a visible subscription")


def _violations(at: int, subscription: Entity) -> Iterator[Violation]:
    path = f"product.subscriptionDetails.subscriptions[{at}]"
    if subscription.get("autoRenewal") is False:
        text = "must not be false; set billingCycles instead"
        yield Violation(f"{path}.autoRenewal", text, "OTHER", "SUBSCRIPTION_INVALID_AUTO_RENEWAL")
    elif all(subscription.get(name) is None for name in CYCLES):
        text = f"value {' or '.join(CYCLES)} must not be empty"
        yield Violation(path, text, "REQUIRED_ONE_OF_FIELD", data={"supported": list(CYCLES)})


def _check_discount(product: Entity, subscription: Entity) -> None:
    off = (subscription.get("discount") or {}).get("amountOff")
    prices = [Decimal(each["price"]["actualPrice"]["amount"]) for each in product["variantsInfo"]["variants"]]
    if off is not None and Decimal(off) > min(prices):
        raise refusal("INVALID_SUBSCRIPTION_DISCOUNT_AMOUNT", f"amountOff {off} is more than the price of a variant")


def price_units(product: Entity) -> None:
    """Set the price per unit of each variant and their range on the product, in place.

    Raises:
        WixError: 400 for a variant whose unit does not fit that of the product.
    """
    physical = product.get("physicalProperties") or {}
    whole = physical.get("pricePerUnit") or {}
    values = []
    for at, variant in enumerate(product["variantsInfo"]["variants"]):
        part = (variant.get("physicalProperties") or {}).get("pricePerUnit") or {}
        if part.get("settings"):
            ratio = _ratio(whole, part["settings"], at)
            value = (Decimal(variant["price"]["actualPrice"]["amount"]) * ratio).quantize(FINEST, ROUND_HALF_UP)
            part["value"] = format(value.normalize(), "f")
            values.append(value)
    physical.pop("pricePerUnitRange", None)
    if values:
        low, high = (format(value.normalize(), "f") for value in (min(values), max(values)))
        physical["pricePerUnitRange"] = {"minValue": {"value": low}, "maxValue": {"value": high}}


def _ratio(whole: Entity, part: Entity, at: int) -> Decimal:
    """Return how many units of the product's price are in a variant."""
    for units in MEASURES:
        if {whole.get("measurementUnit"), part.get("measurementUnit")} <= units.keys():
            shown = Decimal(str(whole.get("quantity") or 1)) * Decimal(units[whole["measurementUnit"]])
            return shown / (Decimal(str(part.get("quantity") or 1)) * Decimal(units[part["measurementUnit"]]))
    path = f"product.variantsInfo.variants[{at}].physicalProperties.pricePerUnit.settings.measurementUnit"
    raise rule_error(path, "PRICE_PER_UNIT_NOT_ALIGNED", "must fit the measurement unit of the product")


DEFAULT_LOCATION = "5a4db0c5-0000-4000-8000-0000000000a1"
"""The one location of the sandbox's shop; a product's stock is that of the default location."""
ASLEEP = "sleeping_items"
"""Inventory items whose stock the product does not show until their quantity changes."""


def derive(site: Site, product: Entity) -> Entity:
    """Complete a product; changed in place and returned."""
    variants = product["variantsInfo"]["variants"]
    _prices(product, variants)
    _costs(product, variants)
    _subscription_prices(product, variants)
    _weights(product, variants)
    items = site.store.find("inventory_items", "productId", product["id"])
    if site.store.count(ASLEEP):
        items = [each for each in items if site.store.get(ASLEEP, each["id"]) is None]
    _stock(product, variants, items)
    product["variantSummary"] = {"variantCount": len(variants)}
    items = (product.get("media") or {}).get("itemsInfo", {}).get("items") or []
    product["media"] = {"main": items[0], "itemsInfo": {"items": items}} if items else {"itemsInfo": {"items": []}}
    for option in product.get("options") or []:
        _choice_names(option, variants)
    return product


def price_range(amounts: Iterable[str | None]) -> Entity | None:
    """Return `{minValue: {amount}, maxValue: {amount}}`, or None if no amount is set."""
    known = sorted((each for each in amounts if each is not None), key=Decimal)
    return {"minValue": {"amount": known[0]}, "maxValue": {"amount": known[-1]}} if known else None


def _set(product: Entity, name: str, value: Any) -> None:
    if value is None:
        product.pop(name, None)
    else:
        product[name] = value


def _prices(product: Entity, variants: list[Entity]) -> None:
    prices = [each["price"] for each in variants]
    _set(product, "actualPriceRange", price_range(each["actualPrice"]["amount"] for each in prices))
    compare = price_range(each.get("compareAtPrice", {}).get("amount") for each in prices)
    _set(product, "compareAtPriceRange", compare)


def _costs(product: Entity, variants: list[Entity]) -> None:
    for variant in variants:
        details = variant.get("revenueDetails") or {}
        cost = (details.get("cost") or {}).get("amount")
        if cost is None:
            continue
        actual = Decimal(variant["price"]["actualPrice"]["amount"])
        profit = actual - Decimal(cost)
        # The schema bounds shown money at zero; a loss appears in the margin only.
        details["profit"] = {"amount": str(max(profit, Decimal(0)))}
        details["profitMargin"] = float(round(profit / actual, 4)) if actual else 0.0
    costs = (((each.get("revenueDetails") or {}).get("cost") or {}).get("amount") for each in variants)
    _set(product, "costRange", price_range(costs))


def _subscription_prices(product: Entity, variants: list[Entity]) -> None:
    subscriptions = (product.get("subscriptionDetails") or {}).get("subscriptions")
    for variant in variants:
        price = Decimal(variant["price"]["actualPrice"]["amount"])
        prices = [{"subscriptionId": each["id"], "price": _discounted(price, each)} for each in subscriptions or ()]
        _set(variant, "subscriptionPricesInfo", {"subscriptionPrices": prices} if prices else None)


def _discounted(price: Decimal, subscription: Entity) -> Entity:
    discount = subscription.get("discount") or {}
    left = price * (100 - Decimal(str(discount.get("percentOff") or 0))) / 100 - Decimal(discount.get("amountOff") or 0)
    return {"amount": format(left.quantize(FINEST, ROUND_HALF_UP).normalize(), "f")}


def _weights(product: Entity, variants: list[Entity]) -> None:
    if product["productType"] != "PHYSICAL":
        return
    weights = [(each.get("physicalProperties") or {}).get("weight") for each in variants]
    known = [each for each in weights if each is not None]
    shipping = {"minValue": min(known), "maxValue": max(known)} if known else None
    product["physicalProperties"] = product.get("physicalProperties") or {}
    _set(product["physicalProperties"], "shippingWeightRange", shipping)


def _stock(product: Entity, variants: list[Entity], items: list[Entity]) -> None:
    here = {each["variantId"]: each for each in items if each["locationId"] == DEFAULT_LOCATION}
    for variant in variants:
        item = here.get(variant["id"], {})
        enabled = bool((item.get("preorderInfo") or {}).get("enabled"))
        variant["inventoryStatus"] = {"inStock": in_stock(item), "preorderEnabled": enabled}
    stocked = [each["inventoryStatus"]["inStock"] for each in variants]
    ordered = [each["inventoryStatus"]["preorderEnabled"] for each in variants]
    available = [sale and not stock for sale, stock in zip(ordered, stocked, strict=True)]
    product["inventory"] = {
        "availabilityStatus": _all_some_none(stocked, "IN_STOCK", "PARTIALLY_OUT_OF_STOCK", "OUT_OF_STOCK"),
        "preorderStatus": _all_some_none(ordered, "ENABLED", "PARTIALLY_ENABLED", "DISABLED"),
        "preorderAvailability": _all_some_none(available, "ALL_VARIANTS", "SOME_VARIANTS", "NO_VARIANTS"),
    }


def in_stock(item: Entity) -> bool:
    """Whether an inventory item has anything to sell."""
    if item.get("trackQuantity"):
        return bool(item.get("quantity", 0) > 0)
    return bool(item.get("inStock"))


def _all_some_none(each: list[bool], all_: str, some: str, none: str) -> str:
    return all_ if all(each) else some if any(each) else none


def _choice_names(option: Entity, variants: list[Entity]) -> None:
    for choice in (option.get("choicesSettings") or {}).get("choices") or []:
        having = [
            variant
            for variant in variants
            if any(each["optionChoiceIds"]["choiceId"] == choice["choiceId"] for each in variant["choices"])
        ]
        choice["inStock"] = any(each["inventoryStatus"]["inStock"] for each in having)
        choice["visible"] = any(each["visible"] for each in having)


ROWS = "read_only_variants"
MISSING_CHOICE = "MISSING_VARIANT_OPTION_CHOICE"
Choices = tuple[tuple[str, str], ...]


def complete_variants(site: Site, product: Entity, before: Entity | None = None) -> None:
    """Check the variants of a product and give them ids, full choices and defaults.

    The product with its options connected is changed in place; for an update, `before` is the former one.

    Raises:
        WixError: 400 for variants that do not fit the options or the prices, 409 for a SKU or barcode in use.
    """
    variants = (product.get("variantsInfo") or {}).get("variants") or []
    if not variants:
        raise required("product.variantsInfo.variants")
    options = product.get("options") or []
    if not options and len(variants) > 1:
        raise refusal("VARIANTS_ARE_NOT_ALIGNED_WITH_PRODUCT", "a product without options has one variant")
    old = {each["id"]: each for each in (before or {}).get("variantsInfo", {}).get("variants", [])}
    seen: set[Choices] = set()
    for at, variant in enumerate(variants):
        path = f"product.variantsInfo.variants[{at}]"
        _check_price(variant, path)
        known = old.get(variant.get("id", ""))
        _check_choices(variant.get("choices") or [], path)
        variant["choices"] = _choices(site, options, _sent_choices(site, options, variant, known))
        chosen = tuple((each["optionChoiceIds"]["optionId"], _choice_id(each)) for each in variant["choices"])
        if chosen in seen:
            raise refusal("DUPLICATE_VARIANT_OPTION_CHOICE", "two variants have the same choices")
        seen.add(chosen)
        if site.readings["variants-without-id"] == "kept-by-choices" and options and not variant.get("id"):
            variant.update(_of_same_names(old.values(), variant["choices"]))
        _default_members(site, product, variant, path, is_new=before is None)
    if len({each["id"] for each in variants}) < len(variants):
        raise refusal("VARIANT_ID_ALREADY_EXISTS", "two variants have the same id")
    if unused := _unused(options, variants):
        text = f"no variant has one of the choices of option {unused}"
        raise misfit(site, MISSING_CHOICE, text, optionsMissingChoice=[unused], productId=product["id"])
    _check_codes(site, product["id"], variants)


def _check_choices(sent: list[Entity], path: str) -> None:
    """Refuse entries that name no option, or no choice of one, by id or by name; a name needs the render type."""
    for at, each in enumerate(sent):
        ids, names = each.get("optionChoiceIds") or {}, each.get("optionChoiceNames") or {}
        if not ids.get("optionId") and not names.get("optionName"):
            raise rule_error(f"{path}.choices[{at}]", "MISSING_VARIANT_OPTION", "must name an option")
        if not ids.get("choiceId") and not names.get("choiceName"):
            raise rule_error(f"{path}.choices[{at}]", MISSING_CHOICE, "must name a choice of the option")
        if not ids.get("optionId") and not names.get("renderType"):
            raise required(f"{path}.choices[{at}].optionChoiceNames.renderType")


def _sent_choices(site: Site, options: list[Entity], variant: Entity, known: Entity | None) -> list[Entity]:
    """Return the choices of a variant in the request; without any, those of the known variant."""
    choices: list[Entity] = variant.get("choices") or (known or {}).get("choices") or []
    if known is not None and options and not choices:
        raise misfit(site, "INVALID_DEFAULT_VARIANT", "a product with options has no variant without choices")
    if variant.get("choices") and not options:
        raise misfit(site, "INVALID_DEFAULT_VARIANT", "the variant of a product without options has no choices")
    return choices if options or variant.get("choices") else []


def _of_same_names(variants: Iterable[Entity], choices: list[Entity]) -> Entity:
    """Return the id of the variant that had choices with the same names, or nothing."""
    wanted = _names(choices)
    return next(({"id": each["id"]} for each in variants if _names(each["choices"]) == wanted), {})


def _names(choices: list[Entity]) -> set[tuple[str, str]]:
    named = (each["optionChoiceNames"] for each in choices)
    return {(each["optionName"], each["choiceName"]) for each in named}


def _unused(options: list[Entity], variants: list[Entity]) -> str | None:
    """The id of an option with a choice that no variant has."""
    used = {_choice_id(choice) for each in variants for choice in each["choices"]}
    for option in options:
        choices = (option.get("choicesSettings") or {}).get("choices") or []
        if any(each["choiceId"] not in used for each in choices):
            return str(option["id"])
    return None


def _default_members(site: Site, product: Entity, variant: Entity, path: str, *, is_new: bool) -> None:
    if not variant.get("id"):
        variant["id"] = site.new_id()
    if variant.get("visible") is None:
        variant["visible"] = True
    physical = product["productType"] == "PHYSICAL"
    if physical == (variant.get("physicalProperties") is not None):
        return
    if physical and not is_new and site.readings["variants-without-physical-properties"] == "accepted":
        variant["physicalProperties"] = {}
        return
    text = "must be set for a physical product" if physical else "must not be set for a digital product"
    raise rule_error(f"{path}.physicalProperties", "VARIANTS_TYPED_PROPERTIES_ARE_NOT_ALIGNED", text)


def _choice_id(choice: Entity) -> str:
    return str(choice["optionChoiceIds"]["choiceId"])


def _check_price(variant: Entity, path: str) -> None:
    price = variant.get("price") or {}
    actual = (price.get("actualPrice") or {}).get("amount")
    if actual is None:
        raise required(f"{path}.price.actualPrice.amount")
    compare = (price.get("compareAtPrice") or {}).get("amount")
    if compare is None:
        price.pop("compareAtPrice", None)
    elif Decimal(compare) <= Decimal(actual):
        raise refusal("COMPARE_AT_PRICE_LOWER_THAN_ACTUAL_PRICE", f"{path}: compareAtPrice must be above actualPrice")


def _choices(site: Site, options: list[Entity], sent: list[Entity]) -> list[Entity]:
    """One entry for each option, in the order of the options, with ids and names."""
    if len(sent) != len(options):
        raise misfit(site, MISSING_CHOICE, "a variant needs one choice for each option")
    completed = []
    for option in options:
        found = [choice for each in sent if (choice := _chosen(option, each)) is not None]
        if len(found) != 1:
            raise misfit(site, MISSING_CHOICE, f"a variant needs one choice of {option['name']}")
        completed.append(
            {
                "optionChoiceIds": {"optionId": option["id"], "choiceId": found[0]["choiceId"]},
                "optionChoiceNames": {
                    "optionName": option["name"],
                    "choiceName": found[0]["name"],
                    "renderType": option["optionRenderType"],
                },
            }
        )
    return completed


def _chosen(option: Entity, sent: Entity) -> Entity | None:
    """Return the choice of this option in an entry of a variant; None if the entry names another option."""
    ids, names = sent.get("optionChoiceIds") or {}, sent.get("optionChoiceNames") or {}
    if ids.get("optionId"):
        key, wanted, of_this = "choiceId", ids.get("choiceId"), ids["optionId"] == option["id"]
    else:
        key, wanted = "name", names.get("choiceName")
        of_this = (names.get("optionName"), names.get("renderType")) == (option["name"], option["optionRenderType"])
    if not of_this:
        return None
    for choice in (option.get("choicesSettings") or {}).get("choices") or []:
        if choice[key] == wanted:
            found: Entity = choice
            return found
    raise refusal("CHOICE_NOT_EXIST", f"Option {option['name']} has no choice {wanted}")


def _check_codes(site: Site, product_id: str, variants: list[Entity]) -> None:
    """Check that SKUs and barcodes are unique: in their product, and in the shop if a reading says so."""
    shared = {"sku"} if site.readings["repeated-skus"] == "accepted" else set()
    for member, in_shop, in_request in (
        ("sku", "SKU_ALREADY_EXIST_ERROR", "SKU_ALREADY_EXIST_ERROR"),
        ("barcode", "BARCODE_ALREADY_EXIST_ERROR", "DUPLICATE_BARCODE_ERROR"),
    ):
        codes = [each[member] for each in variants if each.get(member)]
        if len(set(codes)) < len(codes):
            raise refusal(in_request, f"two variants have the same {member}")
        table = site.store.table("products")
        for code in codes if member not in shared else ():
            if any(each != product_id for each in table.lookup(f"variantsInfo.variants.{member}").ids(code)):
                raise refusal(in_shop, f"{member} {code} is in use", **{member: code})


def row_id(product_id: str, variant_id: str) -> str:
    """Return the (deprecated) id of a read-only variant: a GUID derived from product and variant."""
    return str(uuid5(NAMESPACE_OID, f"{product_id}:{variant_id}"))


def variant_rows(product: Entity, known: Mapping[str, str]) -> list[Entity]:
    """Return the read-only variants of a product.

    `updatedDate`, `brand` and `physicalProperties` of `productData` are stored for filters and sorts, not returned.

    `known` has the ids of existing rows, by the ids of their variants: a row keeps its id.
    """
    members = ("name", "productType", "slug", "visible", "visibleInPos", "mainCategoryId", "revision", "handle")
    shared = only(product, *members, "brand", "physicalProperties", "updatedDate")
    rows = []
    for variant in product["variantsInfo"]["variants"]:
        row = without(variant, "id", "choices")
        row["id"] = known.get(variant["id"]) or row_id(product["id"], variant["id"])
        row["variantId"], row["optionChoices"] = variant["id"], variant["choices"]
        row["productData"] = {"productId": product["id"], **shared}
        rows.append(row)
    return rows


def sync_rows(site: Site, before: Entity | None, product: Entity | None) -> None:
    """Update the read-only rows after a product was created, changed or deleted."""
    product_id = (product or before or {}).get("id")
    known = {row["variantId"]: row["id"] for row in site.store.find(ROWS, "productData.productId", product_id)}
    rows = variant_rows(product, known) if product else []
    for old in set(known.values()).difference(row["id"] for row in rows):
        site.store.delete(ROWS, old)
    for row in rows:
        site.store.table(ROWS).put(row)
