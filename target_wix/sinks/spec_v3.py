"""What is written of a V3 product, and in which form.

What Wix derives (ranges, urls, dates, breadcrumbs) is left out; brands, ribbons, sections, options and choices go by
their names, since ids mean nothing on another site.
Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3
"""

from __future__ import annotations

from typing import Any

from target_wix.forms import Layout, amount, number, plain

_NAMED = {"name": True}
_MONEY = {"amount": amount}
_DIMENSIONS = {"length": amount, "width": amount, "height": amount, "unit": True}
_PRICE_PER_UNIT = {"quantity": number, "measurementUnit": True}
_SET = sorted


def _ids(value: Any) -> Any:
    return _SET(value) if isinstance(value, list) and all(isinstance(one, str) for one in value) else value


VARIANT = {
    "visible": True,
    "sku": str,
    "barcode": str,
    "price": {"actualPrice": _MONEY, "compareAtPrice": _MONEY},
    "revenueDetails": {"cost": _MONEY},
    "physicalProperties": {
        "weight": number,
        "pricePerUnit": {"settings": _PRICE_PER_UNIT},
        "productDimensions": _DIMENSIONS,
        "packageDimensions": _DIMENSIONS,
    },
    "digitalProperties": {"digitalFile": {"id": True}},
    "inventoryItem": {
        "quantity": number,
        "inStock": True,
        "preorderInfo": {"enabled": True, "message": True, "limit": number},
    },
}
_CHOICE = {"choiceType": True, "name": str, "colorCode": True}
_OPTION = {"name": str, "optionRenderType": True, "choicesSettings": {"choices": [_CHOICE]}}
_MODIFIER = {
    "name": str,
    "modifierRenderType": True,
    "mandatory": True,
    "freeTextSettings": {
        "minCharCount": number,
        "maxCharCount": number,
        "defaultAddedPrice": amount,
        "title": True,
    },
    "choicesSettings": {"choices": [{**_CHOICE, "addedPrice": amount}]},
}
SPEC: dict[str, Any] = {
    "name": str,
    "slug": str,
    "plainDescription": str,
    "description": plain,
    "visible": True,
    "visibleInPos": True,
    "seoData": plain,
    "brand": _NAMED,
    "ribbon": _NAMED,
    "additionalRibbons": [_NAMED],
    "infoSections": [{"uniqueName": True, "title": True, "plainDescription": True, "description": plain}],
    "modifiers": [_MODIFIER],
    "options": [_OPTION],
    "purchaseEligibility": plain,
    "extendedFields": plain,
    "physicalProperties": {"pricePerUnit": _PRICE_PER_UNIT},
    "subscriptionDetails": plain,
}
OF_SITE: dict[str, Any] = {
    "taxGroupId": True,
    "tags": {"privateTags": {"tagIds": _ids}, "publicTags": {"tagIds": _ids}},
    "physicalProperties": {**SPEC["physicalProperties"], "fulfillerId": True, "deliveryProfileId": True},
}
"""Members that hold ids which only the site itself knows."""

_PICTURE: dict[str, Any] = {"image": {}, "video": {}}
SHAPE = Layout(
    {
        **SPEC,
        **OF_SITE,
        "description": {},
        "seoData": {},
        "extendedFields": {},
        "subscriptionDetails": {"subscriptions": [{}]},
        "variantsInfo": {
            "variants": [
                {
                    **VARIANT,
                    "choices": [{"optionChoiceNames": {}, "optionChoiceIds": {}}],
                    "inventoryStatus": {},
                }
            ]
        },
        "media": {"main": _PICTURE, "itemsInfo": {"items": [_PICTURE]}},
        "directCategoriesInfo": {"categories": [{}]},
        "v1": {},
    }
)
"""Which members are objects and lists."""
