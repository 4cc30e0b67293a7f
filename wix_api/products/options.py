"""Options, their choices, and how a variant names its choices, in both shapes."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from wix_api.products.mapping import Row, Table, each
from wix_api.products.media import ITEM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wix_api.products.mapping import Around, Entity

_IDS = uuid.UUID("5b1c9d0e-6a0f-5c0b-9d52-7f3f0b7b8c11")
"""Name space of the ids that V1 does not have."""
_COLOR_LENGTHS = range(3, 21)
_RENDER = {"drop_down": "TEXT_CHOICES", "color": "SWATCH_CHOICES"}
_TYPES = {v3: v1 for v1, v3 in _RENDER.items()}


def derived_id(*names: str) -> str:
    """Give an id for what V1 names but does not number: the same on every run."""
    return str(uuid.uuid5(_IDS, "\x1f".join(names)))


def _product_id(around: Around) -> str:
    return around[0].get("id") or ""


def _option_id(option: Mapping[str, Any], around: Around) -> str:
    return derived_id(_product_id(around), "option", option.get("name") or "")


def _choice_id(choice: Mapping[str, Any], around: Around) -> str:
    return derived_id(_product_id(around), "choice", around[1].get("name") or "", _label(choice))


def _label(choice: Mapping[str, Any]) -> str:
    return choice.get("description") or choice.get("value") or ""


def _is_color(around: Around) -> bool:
    return bool(around[1].get("optionType") == "color")


def _choice_type(_choice: Mapping[str, Any], around: Around) -> str:
    return "ONE_COLOR" if _is_color(around) else "CHOICE_TEXT"


def _color_up(choice: Mapping[str, Any], around: Around) -> str | None:
    value = choice.get("value")
    return value if _is_color(around) and value and len(value) in _COLOR_LENGTHS else None


def _value_down(choice: Mapping[str, Any], _around: Around) -> str | None:
    return choice.get("colorCode") or choice.get("name")


def _render_type(option: Mapping[str, Any], _around: Around) -> str:
    return _RENDER.get(option.get("optionType") or "", "TEXT_CHOICES")


def _option_type(option: Mapping[str, Any], _around: Around) -> str | None:
    return _TYPES.get(option.get("optionRenderType") or "")


def _media_down(items: Any, around: Around) -> Entity:
    lowered = [ITEM.down(item, around) for item in items if isinstance(item, dict)]
    return {**({"mainMedia": ITEM.down(items[0], around)} if lowered else {}), "items": lowered}


CHOICE = Table(
    Row("choiceId", "", _choice_id, note="derived from product, option and choice"),
    Row("choiceType", "", _choice_type, note="from the option's type"),
    Row("name", "", lambda choice, _: _label(choice) or None, note="`description`, or `value` where that is missing"),
    Row("", "description", None, lambda choice, _: choice.get("name"), note="`name`"),
    Row("colorCode", "", _color_up, note="`value` of a color"),
    Row("", "value", None, _value_down, note="`colorCode`, else `name`"),
    Row("inStock", "inStock"),
    Row("visible", "visible"),
    Row("linkedMedia", "media.items", each(ITEM)[0], None),
    Row("linkedMedia", "media", None, _media_down, note="the first one is `mainMedia`"),
)

OPTION = Table(
    Row("id", "", _option_id, note="derived from product and option"),
    Row("name", "name"),
    Row("optionRenderType", "", lambda option, _: _RENDER.get(option.get("optionType"), "TEXT_CHOICES")),
    Row(
        "", "optionType", None, lambda option, _: _TYPES.get(option.get("optionRenderType")), note="`optionRenderType`"
    ),
    Row("choicesSettings.choices", "choices", *each(CHOICE)),
)


def choices_up(choices: Mapping[str, str], around: Around) -> list[Entity]:
    """Turn V1's `{"Size": "M"}` into V3's list of choices, in the order of the product's options."""
    product = around[0]
    options = {option.get("name"): option for option in product.get("productOptions") or []}
    order = [*(name for name in options if name in choices), *(name for name in choices if name not in options)]
    return [_choice_up(product, options.get(name) or {}, name, choices[name]) for name in order]


def _choice_up(product: Mapping[str, Any], option: Mapping[str, Any], name: str, label: str) -> Entity:
    ids = {
        "optionId": _option_id({"name": name}, (product,)),
        "choiceId": _choice_id({"description": label}, (product, {"name": name})),
    }
    names = {"optionName": name, "choiceName": label, "renderType": _render_type(option, ())}
    return {"optionChoiceIds": ids, "optionChoiceNames": names}


def choices_down(choices: Any, around: Around) -> dict[str, str]:
    """Turn V3's list of choices into V1's map; names that are missing are looked up by their ids."""
    named = [choice.get("optionChoiceNames") or _names(choice, around[0]) for choice in choices]
    return {each["optionName"]: each["choiceName"] for each in named if "optionName" in each and "choiceName" in each}


def _names(choice: Mapping[str, Any], product: Mapping[str, Any]) -> Entity:
    ids = choice.get("optionChoiceIds") or {}
    for option in product.get("options") or []:
        if option.get("id") == ids.get("optionId"):
            for one in (option.get("choicesSettings") or {}).get("choices") or []:
                if one.get("choiceId") == ids.get("choiceId"):
                    return {"optionName": option.get("name"), "choiceName": one.get("name")}
    return {}
