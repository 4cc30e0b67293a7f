"""Options, their choices, and the choices of a variant, in both shapes."""

from __future__ import annotations

import uuid
from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from wix_api.products.mapping import Row, Table, each, elements, members
from wix_api.products.media import ITEM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wix_api.products.mapping import Around, Entity

_IDS = uuid.UUID("5b1c9d0e-6a0f-5c0b-9d52-7f3f0b7b8c11")
"""Namespace of UUIDs for ids that V1 does not have."""
_COLOR_LENGTHS = range(3, 21)


def derived_id(*names: Any) -> str:
    """Return an id for something that has a name but no id on V1: the same in every run."""
    return str(uuid.uuid5(_IDS, "\x1f".join(map(str, names))))


def _product_id(around: Around) -> str:
    return around[0].get("id") or ""


def _option_id(option: Mapping[str, Any], around: Around) -> str:
    return derived_id(_product_id(around), "option", option.get("name") or "")


def _choice_id(choice: Mapping[str, Any], around: Around) -> str:
    return derived_id(_product_id(around), "choice", around[1].get("name") or "", label(choice))


def label(choice: Mapping[str, Any]) -> str:
    """Return the name by which a V1 choice is shown, and by which variants name it."""
    return choice.get("description") or choice.get("value") or ""


def _is_color(around: Around) -> bool:
    return bool(around[1].get("optionType") == "color")


def _choice_type(_choice: Mapping[str, Any], around: Around) -> str:
    return "ONE_COLOR" if _is_color(around) else "CHOICE_TEXT"


def _color_up(choice: Mapping[str, Any], around: Around) -> str | None:
    value = choice.get("value")
    return value if _is_color(around) and isinstance(value, str) and len(value) in _COLOR_LENGTHS else None


def _value_down(choice: Mapping[str, Any], _around: Around) -> str | None:
    return choice.get("colorCode") or choice.get("name")


def _render_type(option: Mapping[str, Any], _around: Around = ()) -> str:
    return "SWATCH_CHOICES" if option.get("optionType") == "color" else "TEXT_CHOICES"


def _option_type(render_type: Any, _around: Around) -> str:
    return "color" if render_type == "SWATCH_CHOICES" else "drop_down"


def _references(items: Any, _around: Around) -> list[Entity]:
    given = [(item.get("id"), members(item.get("image")).get("url")) for item in elements(items)]
    return [{"mediaId": media_id} if media_id else {"url": url} for media_id, url in given if media_id or url]


def _referred(references: Any, around: Around) -> Entity:
    there = elements(members(members(around[0].get("media")).get("itemsInfo")).get("items"))
    of_product = {item["id"]: item for item in there if isinstance(item.get("id"), str)}
    items = [of_product.get(str(one.get("mediaId") or "")) or _named(one) for one in elements(references)]
    return _media_down(items, around)


def _named(reference: Mapping[str, Any]) -> Entity:
    return {"id": reference.get("mediaId"), **({"image": {"url": reference["url"]}} if reference.get("url") else {})}


def _media_down(items: Any, around: Around) -> Entity:
    given = elements(items)
    lowered = [ITEM.down(item, around) for item in given]
    # The main item is a copy: what `v1` remembers of one of the two must not change the other.
    return {**({"mainMedia": ITEM.down(given[0], around)} if given else {}), "items": lowered}


CHOICE = Table(
    Row("choiceId", "", _choice_id, note="derived from product, option and choice"),
    Row("choiceType", "", _choice_type, note="from the option's type"),
    Row("name", "", lambda choice, _: label(choice) or None, note="`description`, or `value` where that is missing"),
    Row("", "description", None, lambda choice, _: choice.get("name"), note="`name`"),
    Row("colorCode", "", _color_up, note="`value` of a color"),
    Row("", "value", None, _value_down, note="`colorCode`, else `name`"),
    Row("inStock", "inStock"),
    Row("visible", "visible"),
    Row("media.items", "media.items", _references, None, note="by id, else by address"),
    Row("linkedMedia", "media", None, _media_down, note="deprecated; `media` is preferred"),
    Row("media.items", "media", None, _referred, note="with the product's details of them; the first is `mainMedia`"),
)


def _listed(choices: Any, around: Around) -> list[Entity] | None:
    given = elements(choices)
    listed = each(CHOICE)[0](given, around)
    make_distinct(listed, "choiceId", [str(choice.get("value") or "") for choice in given])
    return listed or None  # an option of V3 has at least one choice


def make_distinct(parts: Sequence[Entity], member: str, others: Sequence[str]) -> None:
    """Set different ids on parts with the same name, in place: the same ids in every run and in any order.

    The parts are ordered by `others`. The first part keeps its id, to which all variants of the product refer.
    """
    seen: Counter[tuple[str, str]] = Counter()
    of_name: set[str] = set()
    for other, part in sorted(zip(others, parts, strict=True), key=itemgetter(0)):
        known = part[member]
        if known in of_name:
            part[member] = derived_id(known, other, seen[known, other])
        of_name.add(known)
        seen[known, other] += 1


OPTION = Table(
    Row("id", "", _option_id, note="derived from product and option"),
    Row("name", "name"),
    Row("optionRenderType", "", _render_type, note="`optionType`: SWATCH_CHOICES for color, else TEXT_CHOICES"),
    Row("optionRenderType", "optionType", None, _option_type),
    Row("choicesSettings.choices", "choices", _listed, each(CHOICE)[1]),
)


def choices_up(choices: Mapping[str, str], around: Around) -> list[Entity]:
    """Convert V1's `{"Size": "M"}` to V3's list of choices, in the order of the product's options."""
    product, chosen = around[0], members(choices)
    options = {str(option.get("name")): option for option in elements(product.get("productOptions"))}
    order = [*(name for name in options if name in chosen), *(name for name in chosen if name not in options)]
    return [_choice_up(product, options.get(name) or {}, name, chosen[name]) for name in order]


def _choice_up(product: Mapping[str, Any], option: Mapping[str, Any], name: str, chosen: str) -> Entity:
    ids = {
        "optionId": _option_id({"name": name}, (product,)),
        "choiceId": _choice_id({"description": chosen}, (product, {"name": name})),
    }
    names = {"optionName": name, "choiceName": chosen, "renderType": _render_type(option)}
    return {"optionChoiceIds": ids, "optionChoiceNames": names}


def choices_down(choices: Any, around: Around) -> dict[str, str]:
    """Convert V3's list of choices to V1's map; missing names are looked up by ids."""
    named = [members(choice.get("optionChoiceNames")) or _names(choice, around[0]) for choice in elements(choices)]
    return {str(one["optionName"]): one["choiceName"] for one in named if "optionName" in one and "choiceName" in one}


def choices_of(option: Mapping[str, Any]) -> list[Entity]:
    """Return the choices of an option or modifier of V3's shape."""
    return elements(members(option.get("choicesSettings")).get("choices"))


def _names(choice: Mapping[str, Any], product: Mapping[str, Any]) -> Entity:
    ids = members(choice.get("optionChoiceIds"))
    for option in elements(product.get("options")):
        if option.get("id") == ids.get("optionId"):
            for one in choices_of(option):
                if one.get("choiceId") == ids.get("choiceId"):
                    return {"optionName": option.get("name"), "choiceName": one.get("name")}
    return {}
