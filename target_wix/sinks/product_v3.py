"""A V3 product as it is written: the same view of what a record says and of what the site has.

Both sides are taken through `view`, which keeps what can be written, drops what Wix derives (ranges, urls, dates,
breadcrumbs), and names brands, ribbons, sections, options and choices by their names, since ids mean nothing on
another site. Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/products-v3
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_wix.comparing import merged
from target_wix.forms import Layout, amount, number, plain, taking
from target_wix.shapes import STOCK_TO_BEGIN_WITH
from target_wix.sinks import choice_media_v3, media_v3

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from target_wix.changes import Entity

_NAMED = {"name": True}
_MONEY = {"amount": amount}
_DIMENSIONS = {"length": amount, "width": amount, "height": amount, "unit": True}
_PRICE_PER_UNIT = {"quantity": number, "measurementUnit": True}
_SET = sorted


def _ids(value: Any) -> Any:
    return _SET(value) if isinstance(value, list) else value


_VARIANT = {
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
_SPEC: dict[str, Any] = {
    "name": str,
    "slug": str,
    "plainDescription": str,
    "description": True,
    "visible": True,
    "visibleInPos": True,
    "seoData": True,
    "brand": _NAMED,
    "ribbon": _NAMED,
    "additionalRibbons": [_NAMED],
    "infoSections": [{"uniqueName": True, "title": True, "plainDescription": True, "description": True}],
    "modifiers": [_MODIFIER],
    "options": [_OPTION],
    "purchaseEligibility": True,
    "extendedFields": True,
    "physicalProperties": {"pricePerUnit": _PRICE_PER_UNIT},
    "subscriptionDetails": True,
}
_OF_SITE: dict[str, Any] = {
    "taxGroupId": True,
    "tags": {"privateTags": {"tagIds": _ids}, "publicTags": {"tagIds": _ids}},
    "physicalProperties": {**_SPEC["physicalProperties"], "fulfillerId": True, "deliveryProfileId": True},
}
"""Members that hold ids which only the site itself knows."""


_TAKE = taking({**_SPEC, **_OF_SITE})
_TAKE_FOREIGN = taking(_SPEC)
_TAKE_OPTIONS = taking(_SPEC["options"])
_TAKE_VARIANT = taking(_VARIANT)

SHAPE = Layout(
    {
        **_SPEC,
        **_OF_SITE,
        "description": {},
        "seoData": {},
        "extendedFields": {},
        "subscriptionDetails": {"subscriptions": [{}]},
        "variantsInfo": {
            "variants": [
                {
                    **_VARIANT,
                    "choices": [{"optionChoiceNames": {}, "optionChoiceIds": {}}],
                    "inventoryStatus": {},
                }
            ]
        },
        "media": {"main": {}, "itemsInfo": {"items": [{"image": {}, "video": {}}]}},
        "directCategoriesInfo": {"categories": [{}]},
        "v1": {},
    }
)
"""Which members are objects and lists."""


def view(product: Mapping[str, Any], *, foreign: bool) -> Entity:
    """Give what can be written of a product, by names. Variants are apart: see `variants`."""
    seen: Entity = (_TAKE_FOREIGN if foreign else _TAKE)(product)
    if seen.get("description"):
        # Wix ignores the plain text beside the rich one, and derives it.
        seen.pop("plainDescription", None)
    if foreign:
        for plan in (seen.get("subscriptionDetails") or {}).get("subscriptions") or []:
            plan.pop("id", None)
    if "media" in product and (items := media_v3.items_of(product)) is not None:
        seen["media"] = {"itemsInfo": {"items": items}}
        choice_media_v3.add_places(seen, product, items)
    return seen


def options_of(product: Mapping[str, Any]) -> list[Entity] | None:
    """Give the options alone, as `view` has them."""
    found: list[Entity] | None = _TAKE_OPTIONS(product.get("options"))
    if items := media_v3.items_of(product):
        choice_media_v3.add_places({"options": found}, product, items)
    return found


def variants(product: Mapping[str, Any]) -> dict[tuple[tuple[str, str], ...], Entity] | None:
    """Give the writable variants by their choices, each with its `id`; None if the product does not name variants."""
    listed = (product.get("variantsInfo") or {}).get("variants")
    if not isinstance(listed, list):
        return None
    names = _names_of_choices(product)
    seen = {}
    for variant in listed:
        choices = tuple(sorted(_choices(variant, names)))
        taken = _TAKE_VARIANT(variant)
        taken["id"] = variant.get("id") or variant.get("variantId")
        if stock := _stock_from_status(variant):
            taken[STOCK_TO_BEGIN_WITH] = stock
        seen[choices] = taken
    return seen


def choices_body(choices: tuple[tuple[str, str], ...], options: list[Entity]) -> list[Entity]:
    """Write a variant's choices: one for each option, by names."""
    chosen = dict(choices)
    return [
        {
            "optionChoiceNames": {
                "optionName": option["name"],
                "choiceName": chosen[option["name"]],
                "renderType": option.get("optionRenderType", "TEXT_CHOICES"),
            }
        }
        for option in options
        if option.get("name") in chosen
    ]


def options_body(said: list[Entity], there: list[Entity]) -> list[Entity]:
    """Write options, or modifiers, with the ids that they and their choices have on the site already."""
    by_name = {option.get("name"): option for option in there}
    body = []
    for option in said:
        known = by_name.get(option.get("name"), {})
        settings = option.get("choicesSettings") or {}
        written = {**option}
        if "modifierRenderType" not in option:
            written.setdefault("optionRenderType", "TEXT_CHOICES")
        if known.get("id"):
            written["id"] = known["id"]
        if settings.get("choices"):
            written["choicesSettings"] = {"choices": list(_choices_body(settings["choices"], known, option))}
        body.append(written)
    return body


def with_defaults(body: Entity) -> Entity:
    """Add what a create must carry: a type, and properties of that type on the product and on each variant."""
    body.setdefault("productType", "PHYSICAL")
    listed = (body.get("variantsInfo") or {}).get("variants") or []
    if body["productType"] == "PHYSICAL":
        body.setdefault("physicalProperties", {})
        for variant in listed:
            variant.setdefault("physicalProperties", {})
    else:
        for part in (body, *listed):
            part.pop("physicalProperties", None)
    return body


def _stock_from_status(variant: Mapping[str, Any]) -> Entity | None:
    """Give the stock to begin with for a variant that only tells whether it is there."""
    status = variant.get("inventoryStatus") or {}
    if variant.get("inventoryItem") or status.get("inStock") is None:
        return None
    stock: Entity = {"inStock": bool(status["inStock"])}
    if status.get("preorderEnabled"):
        stock["preorderInfo"] = {"enabled": True}
    return stock


def from_read_only(row: Mapping[str, Any]) -> Entity:
    """Give a row of the read-only variants as a variant of its product."""
    return {**row, "id": row.get("variantId"), "choices": row.get("optionChoices") or []}


def _choices_body(choices: list[Entity], known: Entity, option: Entity) -> Iterator[Entity]:
    there = {choice.get("name"): choice for choice in (known.get("choicesSettings") or {}).get("choices") or []}
    is_swatch = "SWATCH_CHOICES" in {option.get("optionRenderType"), option.get("modifierRenderType")}
    for choice in choices:
        kept = plain(there.get(choice.get("name"), {}))
        for derived in ("key", "inStock", "visible"):
            kept.pop(derived, None)
        yield {"choiceType": "ONE_COLOR" if is_swatch else "CHOICE_TEXT", **merged(kept, choice)}


def _names_of_choices(product: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Choice id → names of option and choice, from the product's own options."""
    return {
        f"{option.get('id')} {choice.get('choiceId')}": (str(option.get("name")), str(choice.get("name")))
        for option in product.get("options") or []
        for choice in (option.get("choicesSettings") or {}).get("choices") or []
    }


def _choices(variant: Mapping[str, Any], names: dict[str, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for choice in variant.get("choices") or []:
        by_name = choice.get("optionChoiceNames") or {}
        if by_name.get("optionName"):
            yield str(by_name["optionName"]), str(by_name.get("choiceName"))
            continue
        by_id = choice.get("optionChoiceIds") or {}
        place = f"{by_id.get('optionId')} {by_id.get('choiceId')}"
        yield names.get(place, (str(by_id.get("optionId")), str(by_id.get("choiceId"))))
