"""The members of a V3 product in answers: most of them only if `fields` requests them.

https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/query-products
"""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wix_sandbox.errors import UNREADABLE, application_error, bad_request, not_in_enum
from wix_sandbox.permissions import HIDDEN_PRODUCTS
from wix_sandbox.resources.texts import price_text
from wix_sandbox.site import SITE_URL
from wix_sandbox.values import without

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

ON_DEMAND = {
    "plainDescription": "PLAIN_DESCRIPTION",
    "description": "DESCRIPTION",
    "directCategoriesInfo": "DIRECT_CATEGORIES_INFO",
    "allCategoriesInfo": "ALL_CATEGORIES_INFO",
    "costRange": "MERCHANT_DATA",
}
NEVER_NULL = ("options", "modifiers", "infoSections", "additionalRibbons")
"""Lists that Wix's types declare as never null; an answer has them even if they are empty."""
OF_SECTIONS_ON_DEMAND = {
    "uniqueName": "INFO_SECTION",
    "title": "INFO_SECTION",
    "description": "INFO_SECTION_DESCRIPTION",
    "plainDescription": "INFO_SECTION_PLAIN_DESCRIPTION",
}
"""Without `fields`, a section of a product has its id only, as was seen live."""
OF_VARIANTS_ON_DEMAND = {"revenueDetails": "MERCHANT_DATA", "subscriptionPricesInfo": "SUBSCRIPTION_PRICES_INFO"}
WEIGHT_UNIT = {"weightMeasurementUnitInfo": {"weightMeasurementUnit": "KG"}}


def asked_fields(call: Call) -> frozenset[str]:
    """Return the `fields` of a call; a GET repeats the parameter for each value.

    Raises:
        WixError: 400 for a comma-separated list, and for `DISCOUNT_INFO` under the reading `discount-info=refused`; 403
            for `MERCHANT_DATA` without its scope.
    """
    parameter, fields = call.body.get("fields"), call.names("fields")
    is_refused = "DISCOUNT_INFO" in fields and call.site.readings["discount-info"] == "refused"
    if isinstance(parameter, str) and (is_refused or "," in parameter):
        raise bad_request(UNREADABLE)
    if is_refused:
        raise not_in_enum("fields", "DISCOUNT_INFO")
    if "MERCHANT_DATA" in fields and HIDDEN_PRODUCTS in call.site.options.denied_scopes:
        code = "NO_PERMISSION_TO_READ_MERCHANT_DATA"
        raise application_error(HTTPStatus.FORBIDDEN, code, "No permission to read merchant data")
    return fields


def asked_of(entity: Entity, on_demand: Mapping[str, str], fields: frozenset[str]) -> Entity:
    """Return the members of every answer, and those on demand whose names in `fields` are asked for."""
    return {name: value for name, value in entity.items() if on_demand.get(name, "") in {"", *fields}}


def show_product(site: Site, product: Entity, fields: frozenset[str], *, listed: bool = False) -> Entity:
    """Return a product for an answer; `listed` for query and search, which never return variants."""
    shown = asked_of(product, ON_DEMAND, fields)
    variants = [show_variant(each, fields) for each in product["variantsInfo"]["variants"]]
    if listed:
        del shown["variantsInfo"]
    else:
        shown["variantsInfo"] = {"variants": variants}
    if "MIN_PRICE_VARIANT" in fields and listed:
        shown["variantSummary"] = product["variantSummary"] | _cheapest(variants)
    shown["media"] = _media(_named(site, product["media"]), fields)
    shown |= {name: [] for name in NEVER_NULL if name not in shown}
    shown["options"] = [_option(each, fields) for each in shown["options"]]
    shown["infoSections"] = [asked_of(each, OF_SECTIONS_ON_DEMAND, fields) for each in shown["infoSections"]]
    shown |= _breadcrumbs(site, product, fields)
    if "URL" in fields:
        path = f"/product-page/{product['slug']}"
        shown["url"] = {"relativePath": path, "url": f"{SITE_URL}{path}"}
    if "WEIGHT_MEASUREMENT_UNIT_INFO" in fields and "physicalProperties" in shown:
        shown["physicalProperties"] = {**shown["physicalProperties"], **WEIGHT_UNIT}
    if "CURRENCY" in fields:
        shown["currency"] = site.currency
        shown = with_prices(shown, site.currency)
    return shown


def _cheapest(variants: list[Entity]) -> Entity:
    visible = [each for each in variants if each["visible"]]
    if not visible:
        return {}
    return {"minPriceVariant": min(visible, key=lambda each: Decimal(each["price"]["actualPrice"]["amount"]))}


def _breadcrumbs(site: Site, product: Entity, fields: frozenset[str]) -> Entity:
    if "BREADCRUMBS_INFO" not in fields or not product.get("mainCategoryId"):
        return {}
    return {"breadcrumbsInfo": breadcrumbs(site, product["mainCategoryId"])}


def breadcrumbs(site: Site, category_id: str | None) -> Entity:
    """Return the path from the root of the tree to a category."""
    crumbs: list[Entity] = []
    while category_id and (category := site.store.get("categories", category_id)):
        crumbs.insert(0, {f"category{name.capitalize()}": category[name] for name in ("id", "name", "slug")})
        category_id = category["parentCategory"].get("id")
    return {"breadcrumbs": crumbs}


def show_variant(variant: Entity, fields: frozenset[str]) -> Entity:
    """Return a variant for its product."""
    shown = asked_of(variant, OF_VARIANTS_ON_DEMAND, fields)
    if "VARIANT_OPTION_CHOICE_NAMES" not in fields:
        shown["choices"] = [{"optionChoiceIds": each["optionChoiceIds"]} for each in variant["choices"]]
    if "DISCOUNT_INFO" in fields:
        # There are no automatic discounts: the discounted price is the price.
        shown["price"] = {**variant["price"], "priceAfterDiscount": dict(variant["price"]["actualPrice"])}
    return shown


def show_row(call: Call, row: Entity) -> Entity:
    """Return a read-only variant."""
    fields = asked_fields(call)
    shown = asked_of(row, OF_VARIANTS_ON_DEMAND, fields)
    shown["productData"] = without(row["productData"], "updatedDate", "brand", "physicalProperties")
    if "WEIGHT_MEASUREMENT_UNIT_INFO" in fields:
        shown["productData"]["physicalProperties"] = WEIGHT_UNIT
    elif "physicalProperties" in row:
        shown["physicalProperties"] = without(row["physicalProperties"], "weight")
    if "CURRENCY" in fields:
        shown["productData"]["currency"] = call.site.currency
        shown = with_prices(shown, call.site.currency)
    return shown


def with_prices(value: Any, currency: str) -> Any:
    """Return the same value with `formattedAmount` next to every `amount`."""
    if isinstance(value, list):
        return [with_prices(each, currency) for each in value]
    if not isinstance(value, dict):
        return value
    shown = {name: with_prices(each, currency) for name, each in value.items()}
    if isinstance(value.get("amount"), str):
        shown["formattedAmount"] = price_text(value["amount"], currency)[:20]
    return shown


def _named(site: Site, media: Entity) -> Entity:
    """Return media with or without the display names of its files."""
    if site.readings["picture-display-name"] == "returned":
        return media
    nameless = {"itemsInfo": {"items": [without(each, "displayName") for each in media["itemsInfo"]["items"]]}}
    return media | nameless | ({"main": without(media["main"], "displayName")} if "main" in media else {})


def _media(media: Entity, fields: frozenset[str]) -> Entity:
    shown: Entity = {}
    if "main" in media:
        shown["main"] = _item(media["main"], fields)
    if "MEDIA_ITEMS_INFO" in fields:
        shown["itemsInfo"] = {"items": [_item(each, fields) for each in media["itemsInfo"]["items"]]}
    return shown


def _item(item: Entity, fields: frozenset[str]) -> Entity:
    if "THUMBNAIL" not in fields or "image" not in item:
        return item
    url = f"{item['image']['url']}/v1/fit/w_50,h_50,q_90/file.jpg"
    return {**item, "thumbnail": {"url": url, "height": 50, "width": 50}}


def _option(option: Entity, fields: frozenset[str]) -> Entity:
    hidden = set()
    if "PRODUCT_CHOICES_DISPLAY_IMAGE" not in fields:
        hidden.add("displayImage")
    # If references are requested, the deprecated list of whole media stays empty.
    hidden.add("linkedMedia" if "PRODUCT_CHOICES_MEDIA_REFERENCES" in fields else "media")
    choices = (option.get("choicesSettings") or {}).get("choices") or []
    shown = [without(each, *hidden) for each in choices]
    return {**option, "choicesSettings": {"choices": shown}}
