"""A product in both shapes: where each member of V3's shape is on catalog V1.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/introduction (V1 and V3 side by side)
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from wix_api.products.mapping import V1, Row, Table, completed, each, elements, enum, leftover, members
from wix_api.products.media import filled, media_down, media_up
from wix_api.products.money import amount, decimal_of, discount_of, full_price, number, price_down, span
from wix_api.products.options import OPTION, derived_id, make_distinct
from wix_api.products.variants import is_plain, on_product, variants_down, variants_of, variants_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_api.products.mapping import Around, Convert, Entity


_LONGEST_NAME = 50
"""Maximum characters of a modifier's name on V3; its title, which customers see, may be longer."""


def _url_up(page: Any, _around: Around) -> Entity | None:
    base, path = (str(members(page).get(name) or "") for name in ("base", "path"))
    return {"relativePath": path, "url": f"{base.rstrip('/')}{path}"} if base and path else None


def _url_down(url: Any, _around: Around) -> Entity | None:
    path, whole = (str(members(url).get(name) or "") for name in ("relativePath", "url"))
    return {"base": whole.removesuffix(path), "path": path} if path and whole.endswith(path) else None


def _section_name(section: Mapping[str, Any], _around: Around) -> str:
    """Return a name for a section. Sections of the same title and text get the same name, since V3 shares sections."""
    title, body = (str(section.get(name) or "") for name in ("title", "description"))
    return f"{title[:50]} {derived_id(title, body)[:8]}".strip()


SECTION = Table(
    Row("id", "", lambda section, _: derived_id("section", _section_name(section, ())), note="derived"),
    Row("uniqueName", "", _section_name, note="derived from title and text"),
    Row("title", "title", filled),
    Row("plainDescription", "description"),
)


def _modifier_id(field: Mapping[str, Any], around: Around) -> str:
    return derived_id(around[0].get("id") or "", "modifier", field.get("title") or "")


def _modifier_name(field: Mapping[str, Any], _around: Around) -> str | None:
    """Return a title, shortened to a valid name on V3. Products share modifiers by name."""
    title = str(field.get("title") or "")
    if len(title) <= _LONGEST_NAME:
        return title or None
    return f"{title[: _LONGEST_NAME - 9]} {derived_id(title)[:8]}"


MODIFIER = Table(
    Row("id", "", _modifier_id, note="derived from product and title"),
    Row("name", "", _modifier_name, note="`title`, shortened to 50 characters"),
    Row("modifierRenderType", "", lambda _field, _: "FREE_TEXT", note="always FREE_TEXT"),
    Row("mandatory", "mandatory"),
    Row("freeTextSettings.title", "title", filled),
    Row("freeTextSettings.minCharCount", "", lambda _field, _: 0, note="always 0"),
    Row("freeTextSettings.maxCharCount", "maxLength"),
)


def _modifiers(fields: Any, around: Around) -> list[Entity]:
    given = elements(fields)
    listed: list[Entity] = each(MODIFIER)[0](given, around)
    make_distinct(listed, "id", [str(field.get("maxLength") or "") for field in given])
    return listed


def _free_texts(modifiers: Any, around: Around) -> list[Entity]:
    free = [one for one in elements(modifiers) if one.get("modifierRenderType") == "FREE_TEXT"]
    return [MODIFIER.down(one, around) for one in free]


def _base_price(product: Mapping[str, Any], around: Around) -> Entity | None:
    """Return the product's own price: that of its cheapest variant, since every V1 product needs a price."""
    known = ((decimal_of(full_price(variant).get("amount")), variant) for variant in variants_of(product))
    priced = [(price, variant) for price, variant in known if price is not None]
    return price_down(min(priced, key=itemgetter(0))[1].get("price"), around) if priced else None


def _numbers(amounts: Any, _around: Around = ()) -> Entity | None:
    given = {name: members(value).get("amount") for name, value in members(amounts).items()}
    return {name: number(value) for name, value in given.items() if value is not None} or None


def _price_range(product: Mapping[str, Any], _around: Around) -> Entity | None:
    return _numbers(span(map(full_price, variants_of(product))))


def _texts(numbers: Any, _around: Around) -> Entity | None:
    texts = {name: amount(value) for name, value in members(numbers).items()}
    return {name: {"amount": value} for name, value in texts.items() if value is not None} or None


def _all_discount(product: Mapping[str, Any], _around: Around) -> Entity | None:
    return discount_of(variants_of(product))


def _id_by_name(member: str) -> Convert:
    """Return a conversion that sets the same id for products of the same brand or ribbon, since V3 shares both."""
    return lambda product, _: derived_id(member, product[member]) if product.get(member) else None


def _ribbons(product: Mapping[str, Any], _around: Around) -> list[Entity] | None:
    name = members(product.get("ribbon")).get("name")
    return [{"text": name}] if name else None


def _managed(product: Mapping[str, Any], _around: Around) -> bool | None:
    return bool(product["options"]) if product.get("options") is not None else None


def _total(product: Mapping[str, Any], member: str) -> Any:
    for variant in variants_of(product)[:1]:
        per_unit = members(members(variant.get("physicalProperties")).get("pricePerUnit"))
        return members(per_unit.get("settings")).get(member)
    return None


def _listed(product: Mapping[str, Any], around: Around) -> list[Entity] | None:
    return variants_down(variants_of(product), around) or None


def _weights(weights: Any, around: Around) -> Any:
    return None if around[0].get("productType") == "digital" else weights


def _places(ids: Any, _around: Around) -> list[Entity]:
    return [{"id": one} for one in ids if one] if isinstance(ids, list) else []


def _ids(categories: Any, _around: Around) -> list[Any]:
    # An entry without an id stays in the list: a shorter list would remove the product from a collection.
    return [next(filter(None, map(one.get, ("id", "slug", "name"))), "?") for one in elements(categories)]


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
    Row("brand.id", "", _id_by_name("brand"), note="derived from the name"),
    Row("ribbon.name", "ribbon", filled),
    Row("ribbon.id", "", _id_by_name("ribbon"), note="derived from the name"),
    Row("", "ribbons", None, _ribbons, note="`ribbon.name`"),
    Row("seoData", "seoData"),
    Row("inventory.availabilityStatus", "stock.inventoryStatus"),
    Row("infoSections", "additionalInfoSections", *each(SECTION)),
    Row("modifiers", "customTextFields", _modifiers, _free_texts, note="free texts only"),
    Row("options", "productOptions", *each(OPTION)),
    Row("", "manageVariants", None, _managed, note="whether there are options"),
    Row("media", "media", media_up, media_down),
    Row("directCategoriesInfo.categories", "collectionIds", _places, _ids),
    Row("allCategoriesInfo.categories", "collectionIds", _places, None, note="V1's collections are not nested"),
    Row("physicalProperties.shippingWeightRange", "weightRange", _weights, note="over the variants that are shipped"),
    Row("physicalProperties.pricePerUnit.quantity", "pricePerUnitData.baseQuantity", filled),
    Row("physicalProperties.pricePerUnit.measurementUnit", "pricePerUnitData.baseMeasurementUnit"),
    Row("", "pricePerUnitData.totalQuantity", None, lambda product, _: _total(product, "quantity")),
    Row("", "pricePerUnitData.totalMeasurementUnit", None, lambda product, _: _total(product, "measurementUnit")),
    Row("variantsInfo.variants", "", variants_up, note="see variants"),
    Row("", "variants", None, _listed, note="`variantsInfo.variants`"),
    Row("variantSummary.variantCount", "", lambda product, _: len(elements(product.get("variants"))) or None),
    Row("actualPriceRange", "", None, note="over the variants"),
    Row("compareAtPriceRange", "", None, note="over the variants"),
    Row("costRange", "costRange", _texts, _numbers),
    Row("", "discount", None, _all_discount, note="leads from every `compareAtPrice` to its `actualPrice`"),
    Row("", "priceRange", None, _price_range),
    Row("", "priceData", None, _base_price, note="of the cheapest variant"),
    Row("", "price", None, _base_price, note="a copy of `priceData`"),
    Row("", "convertedPriceData", None, _base_price, note="a copy of `priceData`"),
)
"""Every member of a product. V3's members without a row have no place on V1: `unheld` names them."""


def lift(product: Mapping[str, Any]) -> Entity:
    """Convert a V1 product, or a part of one, to V3's shape.

    Members without a place in V3's shape are kept under `v1`, so that `lower` restores the same product.
    """
    lifted = PRODUCT.up(product)
    if lifted.get("productType") == "PHYSICAL":
        lifted.setdefault("physicalProperties", {})
    prices = [members(variant.get("price")) for variant in variants_of(lifted)]
    for whole, member in (("actualPriceRange", "actualPrice"), ("compareAtPriceRange", "compareAtPrice")):
        if found := span(price.get(member) or {} for price in prices):
            lifted[whole] = found
    rest = leftover(dict(product), _lowered(lifted))
    lifted[V1] = rest or None
    return lifted


def lower(product: Mapping[str, Any]) -> Entity:
    """Convert a product of V3's shape, or a part of one, to a V1 product.

    A member of the product overrides what `v1` remembers of the product's former state.
    """
    lowered = _lowered(product)
    rest = dict(members(product.get(V1)))
    if not variants_of(product):  # what is remembered of variants and their stock only completes these
        rest = {name: value for name, value in rest.items() if name not in {"variants", "stock"}}
    if remembered := members(rest.get("discount")):
        # The remembered discount is kept if it leads to the prices; after a change of prices it is computed again.
        del rest["discount"]
        whole = {**lowered.get("discount", {}), **remembered}
        lowered["discount"] = discount_of(variants_of(product), whole) or whole
    return completed(lowered, rest)


def _lowered(product: Mapping[str, Any]) -> Entity:
    lowered = PRODUCT.down(product)
    if is_plain(product):
        lowered.update(on_product(variants_of(product)[0], (product,)))
    return lowered
