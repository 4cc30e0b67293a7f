"""Variants of a product in both shapes.

On V1, price, SKU, weight and stock of a product without options are on the product, and Wix lists one variant with an
all-zero id. In V3's shape every product has at least one variant.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3/introduction
"""

from __future__ import annotations

from itertools import islice
from itertools import product as every_combination
from typing import TYPE_CHECKING, Any

from wix_api.products.mapping import V1, Row, Table, elements, members, names_of
from wix_api.products.media import filled
from wix_api.products.money import amount, number, price_down, price_up, shown
from wix_api.products.options import choices_down, choices_up, derived_id, label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_api.products.mapping import Around, Entity

DEFAULT_VARIANT = "00000000-0000-0000-0000-000000000000"
"""Id of the one variant of a V1 product without options."""
_MOST_VARIANTS = 1000
"""V3's maximum. Of a longer list, one variant more is returned, so that a writer refuses the product.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3 (variantsInfo.variants)
"""
ON_PRODUCT = ("priceData", "costAndProfitData", "weight", "sku", "productDimensions", "packageDimensions")
"""Members that are on the product if it has no options."""


def _per_unit(product_member: str, v3_member: str) -> Row:
    def up(_variant: Any, around: Around) -> Any:
        return members(around[0].get("pricePerUnitData")).get(product_member) or None

    return Row(
        f"physicalProperties.pricePerUnit.settings.{v3_member}", "", up, note=f"`pricePerUnitData.{product_member}`"
    )


def _copied_price(variant: Mapping[str, Any], around: Around) -> Entity | None:
    return price_down(variant.get("price"), around)


def _tracks(item: Any, _around: Around) -> bool | None:
    given = members(item)
    return True if given.get("quantity") is not None else False if given.get("inStock") is not None else None


VARIANT = Table(
    Row("id", "id"),
    Row("visible", "variant.visible"),
    Row("sku", "variant.sku", filled),
    Row("choices", "choices", choices_up, choices_down, note="a map on V1, a list in V3's shape"),
    Row("price", "variant.priceData", price_up, price_down, note="see prices"),
    Row("", "variant.convertedPriceData", None, _copied_price, note="a copy of `priceData`"),
    Row("revenueDetails.cost.amount", "variant.costAndProfitData.itemCost", amount, number),
    Row("revenueDetails.cost.formattedAmount", "variant.costAndProfitData.formattedItemCost", shown),
    Row("revenueDetails.profit.amount", "variant.costAndProfitData.profit", amount, number),
    Row("revenueDetails.profit.formattedAmount", "variant.costAndProfitData.formattedProfit", shown),
    Row("revenueDetails.profitMargin", "variant.costAndProfitData.profitMargin"),
    Row("physicalProperties.weight", "variant.weight", filled, note="V1 writes 0 for no weight"),
    Row("physicalProperties.productDimensions", "variant.productDimensions"),
    Row("physicalProperties.packageDimensions", "variant.packageDimensions"),
    _per_unit("totalQuantity", "quantity"),
    _per_unit("totalMeasurementUnit", "measurementUnit"),
    Row("physicalProperties.pricePerUnit.value", "variant.priceData.pricePerUnit", amount, number),
    Row("inventoryStatus.inStock", "stock.inStock"),
    Row("inventoryItem.inStock", "stock.inStock", None),
    Row("inventoryItem", "stock.trackQuantity", None, _tracks, note="written with a product, never returned with one"),
    Row("inventoryItem.quantity", "stock.quantity", None, number),
)


def variants_up(product: Mapping[str, Any], around: Around) -> list[Entity] | None:
    """Return the variants of a V1 product; None if it has no member of a variant."""
    lifted = [VARIANT.up(variant, around) for variant in elements(product.get("variants")) or implied_variants(product)]
    if len(lifted) == 1 and not product.get("productOptions") and product.get("visible") is not None:
        lifted[0]["visible"] = product["visible"]  # V3 keeps the two equal
    return lifted or None


def implied_variants(product: Mapping[str, Any]) -> list[Entity]:
    """Return the variants that a V1 product has without listing them: all combinations of its choices."""
    given = {name: product[name] for name in ON_PRODUCT if product.get(name) is not None}
    if not given:
        return []
    stock = members(product.get("stock"))
    inside: Entity = {"variant": given, **({"stock": {"inStock": stock["inStock"]}} if "inStock" in stock else {})}
    options = [option for option in elements(product.get("productOptions")) if option.get("name")]
    if not options:
        return [{"id": DEFAULT_VARIANT, "choices": {}, **inside}]
    names = [str(option["name"]) for option in options]
    labels = [filter(None, map(label, elements(option.get("choices")))) for option in options]
    combinations = (dict(zip(names, chosen, strict=True)) for chosen in every_combination(*labels))
    product_id = product.get("id") or ""
    return [
        {"id": derived_id(product_id, "variant", *choices.values()), "choices": choices, **inside}
        for choices in islice(combinations, _MOST_VARIANTS + 1)
    ]


def variants_down(variants: Any, around: Around) -> list[Entity]:
    """Return V1's variants; the one of a product without options has V1's default id."""
    lowered = [VARIANT.down(variant, around) for variant in elements(variants)]
    if is_plain(around[0]):
        lowered[0].update(id=DEFAULT_VARIANT, choices={})
    return lowered


def is_plain(product: Mapping[str, Any]) -> bool:
    """True if a product of V3's shape has one variant, without choices: V1 has its values on the product."""
    variants = variants_of(product)
    return len(variants) == 1 and not (product.get("options") or variants[0].get("choices"))


def on_product(variant: Mapping[str, Any], around: Around) -> Entity:
    """Return the members of the one variant that a V1 product without options has on the product."""
    lowered = members(VARIANT.down(variant, around).get("variant"))
    return {name: lowered[name] for name in ON_PRODUCT if name in lowered}


def with_stock(product: Entity) -> Entity:
    """Add `inventoryItem` to each variant of a converted product, which V3 accepts together with a product.

    V1 returns stock with the product; V3 keeps it apart, so a product that was read from V3 has none.
    """
    kept = members(product.get(V1))
    if not kept:
        return product
    of_variants, of_product = members(kept.get("variants")), members(kept.get("stock"))
    variants = variants_of(product)
    for name, variant in zip(names_of(variants), variants, strict=True):
        given = members(members(of_variants.get(name)).get("stock"))
        if variant.get("id") == DEFAULT_VARIANT and not given and of_product:
            given = {"trackQuantity": of_product.get("trackInventory"), **of_product}
        if "inventoryItem" not in variant and (item := _item(given, variant)):
            variant["inventoryItem"] = item
    return product


def _item(given: Mapping[str, Any], variant: Mapping[str, Any]) -> Entity:
    in_stock = members(variant.get("inventoryStatus")).get("inStock")
    if given.get("trackQuantity") and given.get("quantity") is not None:
        return {"quantity": given["quantity"]}
    return {} if given.get("trackQuantity") is None or in_stock is None else {"inStock": in_stock}


def variants_of(product: Mapping[str, Any]) -> list[Entity]:
    """Return the variants of a product of V3's shape."""
    return elements(members(product.get("variantsInfo")).get("variants"))


def stocked(product: Mapping[str, Any]) -> int:
    """Return the number of variants with stock in a product of V3's shape."""
    return sum(bool(one.get("inventoryItem")) for one in variants_of(product))


def with_variants(product: Mapping[str, Any], variants: list[Entity]) -> Entity:
    """Return a product of V3's shape with these variants instead of its own."""
    return {**product, "variantsInfo": {**members(product.get("variantsInfo")), "variants": variants}}
