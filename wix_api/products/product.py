"""A product in both shapes: where each member of V3's stands on catalog V1.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/introduction (V1 and V3 side by side)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wix_api.products.mapping import V1, Row, Table, completed, each, enum, leftover
from wix_api.products.media import filled, media_down, media_up
from wix_api.products.money import discount_of, full_price, number, price_down, span, text
from wix_api.products.options import OPTION, derived_id
from wix_api.products.variants import on_product, variants_down, variants_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_api.products.mapping import Around, Entity


def _variants(product: Mapping[str, Any]) -> list[Entity]:
    told = (product.get("variantsInfo") or {}).get("variants")
    return [variant for variant in told if isinstance(variant, dict)] if isinstance(told, list) else []


def _url_up(page: Mapping[str, Any], _around: Around) -> Entity | None:
    base, path = page.get("base"), page.get("path")
    return {"relativePath": path, "url": f"{base.rstrip('/')}{path}"} if base and path else None


def _url_down(url: Mapping[str, Any], _around: Around) -> Entity | None:
    path, whole = url.get("relativePath"), url.get("url")
    return {"base": whole.removesuffix(path), "path": path} if path and whole and whole.endswith(path) else None


def _section_name(section: Mapping[str, Any], _around: Around) -> str:
    """Give sections of the same title and text one name, since V3 shares a section among products."""
    title, body = section.get("title") or "", section.get("description") or ""
    return f"{title[:50]} {derived_id(title, body)[:8]}".strip()


SECTION = Table(
    Row("id", "", lambda section, _: derived_id("section", _section_name(section, ())), note="derived"),
    Row("uniqueName", "", _section_name, note="derived from title and text"),
    Row("title", "title", filled),
    Row("plainDescription", "description"),
)


def _modifier_id(field: Mapping[str, Any], around: Around) -> str:
    return derived_id(around[0].get("id") or "", "modifier", field.get("title") or "")


MODIFIER = Table(
    Row("id", "", _modifier_id, note="derived from product and title"),
    Row("name", "", lambda field, _: field.get("title") or None, note="`title`"),
    Row("modifierRenderType", "", lambda _field, _: "FREE_TEXT", note="always FREE_TEXT"),
    Row("mandatory", "mandatory"),
    Row("freeTextSettings.title", "title", filled),
    Row("freeTextSettings.minCharCount", "", lambda _field, _: 0, note="always 0"),
    Row("freeTextSettings.maxCharCount", "maxLength"),
)


def _free_texts(modifiers: Any, around: Around) -> list[Entity]:
    free = [each for each in modifiers if isinstance(each, dict) and each.get("modifierRenderType") == "FREE_TEXT"]
    return [MODIFIER.down(each, around) for each in free]


def _base_price(product: Mapping[str, Any], around: Around) -> Entity | None:
    """Give the product's own price: that of its cheapest variant, as every V1 product needs one."""
    priced = [variant for variant in _variants(product) if full_price(variant)]
    if not priced:
        return None
    cheapest = min(priced, key=lambda variant: float(full_price(variant)["amount"]))
    return price_down(cheapest["price"], around)


def _numbers(amounts: Mapping[str, Any], _around: Around = ()) -> Entity:
    return {name: number(value["amount"]) for name, value in amounts.items()}


def _price_range(product: Mapping[str, Any], _around: Around) -> Entity | None:
    full = span(map(full_price, _variants(product)))
    return full and _numbers(full)


def _texts(numbers: Mapping[str, Any], _around: Around) -> Entity | None:
    amounts = {name: {"amount": text(value)} for name, value in numbers.items() if value is not None}
    return amounts or None


def _all_discount(product: Mapping[str, Any], _around: Around) -> Entity | None:
    return discount_of(_variants(product))


def _ribbons(product: Mapping[str, Any], _around: Around) -> list[Entity] | None:
    name = (product.get("ribbon") or {}).get("name")
    return [{"text": name}] if name else None


def _managed(product: Mapping[str, Any], _around: Around) -> bool | None:
    return bool(product["options"]) if product.get("options") is not None else None


def _total(product: Mapping[str, Any], member: str) -> Any:
    told = [(variant.get("physicalProperties") or {}).get("pricePerUnit") or {} for variant in _variants(product)]
    return (told[0].get("settings") or {}).get(member) if told else None


def _listed(product: Mapping[str, Any], around: Around) -> list[Entity] | None:
    return variants_down(_variants(product), around) or None


PRODUCT = Table(
    Row("id", "id"),
    Row("name", "name"),
    Row("slug", "slug", filled),
    Row("visible", "visible"),
    Row("productType", "productType", *enum({"physical": "PHYSICAL", "digital": "DIGITAL"})),
    Row("createdDate", "createdDate"),
    Row("updatedDate", "lastUpdated"),
    Row("url", "productPageUrl", _url_up, _url_down),
    Row("plainDescription", "description"),
    Row("currency", "priceData.currency"),
    Row("brand.name", "brand", filled),
    Row("ribbon.name", "ribbon", filled),
    Row("", "ribbons", None, _ribbons, note="`ribbon.name`"),
    Row("seoData", "seoData"),
    Row("inventory.availabilityStatus", "stock.inventoryStatus"),
    Row("infoSections", "additionalInfoSections", *each(SECTION)),
    Row("modifiers", "customTextFields", each(MODIFIER)[0], _free_texts, note="free texts only"),
    Row("options", "productOptions", *each(OPTION)),
    Row("", "manageVariants", None, _managed, note="whether there are options"),
    Row("media", "media", media_up, media_down),
    Row(
        "directCategoriesInfo.categories",
        "collectionIds",
        lambda ids, _: [{"id": one} for one in ids],
        lambda categories, _: [category["id"] for category in categories],
    ),
    Row("physicalProperties.shippingWeightRange", "weightRange"),
    Row("physicalProperties.pricePerUnit.quantity", "pricePerUnitData.baseQuantity"),
    Row("physicalProperties.pricePerUnit.measurementUnit", "pricePerUnitData.baseMeasurementUnit"),
    Row("", "pricePerUnitData.totalQuantity", None, lambda product, _: _total(product, "quantity")),
    Row("", "pricePerUnitData.totalMeasurementUnit", None, lambda product, _: _total(product, "measurementUnit")),
    Row("variantsInfo.variants", "", variants_up, note="see variants"),
    Row("", "variants", None, _listed, note="`variantsInfo.variants`"),
    Row("variantSummary.variantCount", "", lambda product, _: len(product.get("variants") or []) or None),
    Row("actualPriceRange", "", None, note="over the variants"),
    Row("compareAtPriceRange", "", None, note="over the variants"),
    Row("costRange", "costRange", _texts, _numbers),
    Row("", "discount", None, _all_discount, note="what takes every `compareAtPrice` to its `actualPrice`"),
    Row("", "priceRange", None, _price_range),
    Row("", "priceData", None, _base_price, note="of the cheapest variant"),
    Row("", "price", None, _base_price, note="a copy of `priceData`"),
    Row("", "convertedPriceData", None, _base_price, note="a copy of `priceData`"),
)
"""Every member of a product. Members of V3 without a row have no place on V1: `unheld` names them."""


def lift(product: Mapping[str, Any]) -> Entity:
    """Turn a V1 product, or a part of one, into V3's shape.

    What V3's shape has no place for stands under `v1`, so that `lower` gives the same product again.
    """
    lifted = PRODUCT.up(product)
    if lifted.get("productType") == "PHYSICAL":
        lifted.setdefault("physicalProperties", {})
    prices = [variant.get("price") or {} for variant in _variants(lifted)]
    for whole, member in (("actualPriceRange", "actualPrice"), ("compareAtPriceRange", "compareAtPrice")):
        if found := span(price.get(member) or {} for price in prices):
            lifted[whole] = found
    rest = leftover(dict(product), _lowered(lifted))
    lifted[V1] = rest or None
    return lifted


def lower(product: Mapping[str, Any]) -> Entity:
    """Turn a product of V3's shape, or a part of one, into a V1 product.

    A member that says something is believed over what `v1` remembers of the product as it was.
    """
    lowered = _lowered(product)
    rest = dict(product.get(V1) or {})
    if "discount" in rest and (found := _discount(product, lowered, rest.pop("discount"))):
        lowered["discount"] = found
    return completed(lowered, rest)


def _discount(product: Mapping[str, Any], lowered: Entity, remembered: Any) -> Entity | None:
    """Give the remembered discount while it makes the prices; after a change of prices, what makes them now."""
    if not isinstance(remembered, dict):
        return lowered.get("discount")
    whole = {**(lowered.get("discount") or {}), **remembered}
    return discount_of(_variants(product), whole) or whole


def _lowered(product: Mapping[str, Any]) -> Entity:
    lowered = PRODUCT.down(product)
    variants = _variants(product)
    if len(variants) == 1 and not product.get("options"):
        lowered.update(on_product(variants[0], (product,)))
    return lowered
