"""The body of a new V3 product.

Nearly all records say usual things in the usual way: of those one call of msgspec takes what is written, in its forms,
and sees that it keeps all limits. All others are gone through member by member, which gives the same body, or the
words for what is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from target_wix import limits, quick
from target_wix.comparing import filled
from target_wix.forms import plain
from target_wix.shapes import STOCK_TO_BEGIN_WITH
from target_wix.sinks import choice_media_v3, media_v3, product_v3
from target_wix.sinks.limits_v3 import CREATE_RULES
from target_wix.sinks.spec_v3 import OF_SITE, SPEC, VARIANT

if TYPE_CHECKING:
    from target_wix.changes import Change, Entity
    from target_wix.run import Run


def body_of(run: Run, stream: str, change: Change) -> Entity:
    """Give the body of a create.

    Raises:
        Rejected: The record breaks a documented limit.
    """
    return usual(change.record, foreign=change.is_foreign) or any_(run, stream, change)


# Step by step


def any_(run: Run, stream: str, change: Change) -> Entity:
    """Give the body for any record; see `body_of`."""
    record = change.record
    said, said_variants = product_v3.view(record, foreign=change.is_foreign), product_v3.variants(record)
    limits.check(product_v3.checked(record, said, said_variants), CREATE_RULES)
    if choice_media_v3.has_own_images(record):
        run.warn_of_member(stream, "options.choicesSettings.choices.displayImage")
    options, modifiers = (product_v3.options_body(said.get(name) or [], []) for name in ("options", "modifiers"))
    choice_media_v3.refer([*options, *modifiers], said, {}, foreign=True)
    body: Entity = filled({**said, "options": options, "modifiers": modifiers})
    variants = [_new_variant(key, one, options) for key, one in (said_variants or {}).items()]
    body["variantsInfo"] = {"variants": variants}
    body["media"] = media_v3.whole(said, [], foreign=True)
    for name in ("handle", "productType"):
        if record.get(name):
            body[name] = record[name]
    return product_v3.with_defaults({name: value for name, value in body.items() if value not in ([], {}, None)})


def _new_variant(choices: tuple[tuple[str, str], ...], said: Entity, options: list[Entity]) -> Entity:
    variant = filled({name: value for name, value in said.items() if name not in {"id", STOCK_TO_BEGIN_WITH}})
    stock = said.get(STOCK_TO_BEGIN_WITH)
    if stock and not variant.get("inventoryItem"):
        variant["inventoryItem"] = stock
    return {**variant, "choices": product_v3.choices_body(choices, options)}


# At once


def _usual(spec: Entity) -> Any:
    """Give the type of products that hold nothing unusual: no pictures of choices, choices by their names."""
    ((option,), (modifier,)) = spec["options"], spec["modifiers"]
    choice = {"optionChoiceNames": {"optionName": str, "choiceName": str}}
    whole = {
        **spec,
        "handle": str,
        "productType": str,
        "options": [_without_pictures(option)],
        "modifiers": [_without_pictures(modifier)],
        "media": {"itemsInfo": {"items": [{}]}},
        "variantsInfo": {"variants": [{**VARIANT, "inventoryStatus": {}, "choices": [choice]}]},
    }
    named = ("optionChoiceNames", "optionChoiceNames.optionName", "optionChoiceNames.choiceName")
    needed = (
        *("modifiers[].modifierRenderType", "brand.name", "ribbon.name"),
        *(f"variantsInfo.variants[].choices[].{name}" for name in named),
    )
    return limits.Rules(*CREATE_RULES, *map(limits.required, needed)).taken(whole)


def _without_pictures(option: Entity) -> Entity:
    (choice,) = option["choicesSettings"]["choices"]
    nothing = dict.fromkeys(("media", "linkedMedia", "displayImage"))
    return {**option, "choicesSettings": {"choices": [{**choice, **nothing}]}}


_NO_PROPERTIES = quick.object_of({})()
_USUAL, _USUAL_OF_SITE = _usual(SPEC), _usual({**SPEC, **OF_SITE, "tags": None})
_FREE = {"description", "seoData", "purchaseEligibility", "extendedFields", "subscriptionDetails", "infoSections"}
"""Members that hold what no form describes."""


def usual(record: Entity, *, foreign: bool) -> Entity | None:
    """Give the body for a usual record that keeps all limits; None for others."""
    product = quick.taken(record, _USUAL if foreign else _USUAL_OF_SITE)
    if product is None or not (_complete_options(product) and _complete_variants(product, record)):
        return None
    _complete_type(product)
    # What is inside stays as msgspec has it: it is only written, and what a batch is made of is not made again.
    body: Entity = {name: value for name in product.__struct_fields__ if (value := getattr(product, name)) is not None}
    body["variantsInfo"] = {"variants": product.variantsInfo.variants}
    if "media" in body:
        body["media"] = media_v3.whole(record, [], foreign=True)
    if free := _FREE & body.keys():
        body.update((name, plain(quick.as_dicts(body[name]))) for name in free)
        product_v3.leave_out(body, foreign=foreign)
        body.update((name, filled(body[name])) for name in free)
    return {name: value for name, value in body.items() if value or value not in ("", [], {})}


def _complete_type(product: Any) -> None:
    """Do what `product_v3.with_defaults` does."""
    product.productType = product.productType or product_v3.PHYSICAL
    for part in (product, *product.variantsInfo.variants):
        if product.productType != product_v3.PHYSICAL:
            part.physicalProperties = None
        elif part.physicalProperties is None:
            part.physicalProperties = _NO_PROPERTIES


def _complete_options(product: Any) -> bool:
    """Add the types of options and choices, in place; false if two options have one name."""
    options = product.options or ()
    for option in options:
        if option.optionRenderType is None:
            option.optionRenderType = product_v3.TEXT_CHOICES
        _add_types(option.choicesSettings, option.optionRenderType)
    for modifier in product.modifiers or ():
        _add_types(modifier.choicesSettings, modifier.modifierRenderType)
    return len({option.name for option in options}) == len(options)


def _add_types(settings: Any, kind: str) -> None:
    choice_type = product_v3.choice_type(kind)
    for choice in (settings and settings.choices) or ():
        if choice.choiceType is None:
            choice.choiceType = choice_type


def _complete_variants(product: Any, record: Entity) -> bool:
    """Write choices and stock of variants, in place; false if two variants, or two choices of one, are alike."""
    kinds = {option.name: option.optionRenderType for option in product.options or ()}
    variants, seen = product.variantsInfo.variants, set()
    for variant, told in zip(variants, record["variantsInfo"]["variants"], strict=True):
        names = [choice.optionChoiceNames for choice in variant.choices or ()]
        chosen = {one.optionName: one.choiceName for one in names}
        if len(chosen) < len(names):
            return False
        seen.add(frozenset(chosen.items()))
        variant.choices = [
            product_v3.choice_body(option, chosen[option], kind) for option, kind in kinds.items() if option in chosen
        ]
        if variant.inventoryItem is not None and not _says_anything(variant.inventoryItem):
            return False
        if variant.inventoryStatus is not None:
            variant.inventoryStatus = None
            variant.inventoryItem = product_v3.stock_from_status(told) or variant.inventoryItem
    return len(seen) == len(variants)


def _says_anything(item: Any) -> bool:
    return any(value is not None for value in msgspec.structs.astuple(item))
