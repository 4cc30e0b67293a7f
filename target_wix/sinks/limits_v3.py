"""What Wix's documented limits forbid in a V3 product.

Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3
"""

from __future__ import annotations

from target_wix import limits

_VARIANT = "variantsInfo.variants[]"
_RULES = (
    limits.length("name", 80, 1),
    limits.length("slug", 300, 1),
    limits.slug(),
    limits.length("handle", 100, 1),
    limits.length("plainDescription", 16_000),
    limits.length("brand.name", 50),
    limits.length("ribbon.name", 30),
    limits.size("options", 6),
    limits.size("options[].choicesSettings.choices", 1000),
    limits.length("options[].name", 50, 1),
    limits.length("options[].choicesSettings.choices[].name", 50, 1),
    limits.size("modifiers", 10),
    limits.size("infoSections", 20),
    limits.length("infoSections[].uniqueName", 100),
    limits.length("infoSections[].title", 50, 1),
    limits.size("additionalRibbons", 4),
    limits.length("additionalRibbons[].name", 30),
    limits.size("media.itemsInfo.items", 50),
    limits.size("variantsInfo.variants", 1000),
    limits.money(f"{_VARIANT}.price.actualPrice.amount"),
    limits.money(f"{_VARIANT}.price.compareAtPrice.amount"),
    limits.money(f"{_VARIANT}.revenueDetails.cost.amount"),
    limits.length(f"{_VARIANT}.sku", 40),
    limits.length(f"{_VARIANT}.barcode", 40),
    limits.stock(f"{_VARIANT}.inventoryItem.quantity"),
)
_CREATE_RULES = (
    limits.required("name"),
    # The innermost first: it is what a record lacks, whatever else is missing around it.
    limits.required(f"{_VARIANT}.price.actualPrice.amount"),
    limits.required(f"{_VARIANT}.price.actualPrice"),
    limits.required(f"{_VARIANT}.price"),
    limits.required("variantsInfo.variants"),
    limits.required("variantsInfo"),
)
RULES = limits.Rules(*_RULES)
CREATE_RULES = limits.Rules(*_CREATE_RULES, *_RULES)
"""Of what is made."""
