"""The choices of a customization: their rules, and adding, replacing, removing, linking and ordering them.

https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/customizations-v3/introduction
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from wix_sandbox.errors import application_error, required, rule_error
from wix_sandbox.resources.stores_v3.refusals import refusal
from wix_sandbox.resources.texts import slug_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

FREE_TEXT = "FREE_TEXT"
CHOICE_TYPES = {"TEXT_CHOICES": "CHOICE_TEXT", "SWATCH_CHOICES": "ONE_COLOR"}
"""The only type of choice for each render type."""
CHANGEABLE = frozenset({"id", "primaryChoiceIds"})
"""Members that update-choices accepts; its page only names the links."""


def choices_of(customization: Entity) -> list[Entity]:
    """The choices of a customization, to be changed in place."""
    choices: list[Entity] = customization.setdefault("choicesSettings", {}).setdefault("choices", [])
    return choices


def new_choice(site: Site, sent: Entity) -> Entity:
    """Return a choice with the members that the server adds."""
    made = {name: value for name, value in sent.items() if value is not None}
    return made | {"id": site.new_id(), "key": slug_of(made["name"], "choice")[:50]}


def add(site: Site, customization: Entity, sent: list[Entity], path: str = "choices") -> None:
    """Add choices.

    Raises:
        WixError: 400 for choices that do not fit the customization.
    """
    choices = [*choices_of(customization), *(_checked(customization, each, path) for each in sent)]
    _check_all(site, choices, path)
    customization["choicesSettings"]["choices"] = [
        each if each.get("id") else new_choice(site, each) for each in choices
    ]
    check_links(customization, path)


def replace(site: Site, customization: Entity, sent: list[Entity], used: Collection[str]) -> None:
    """Replace all choices; a choice with a known name stays the same choice.

    Args:
        site: The site.
        customization: Changed in place.
        sent: All choices that it will have.
        used: Ids of choices that products have.

    Raises:
        WixError: 400 for invalid choices, or if a choice that products have would be removed.
    """
    known = {each["name"]: each for each in choices_of(customization)}
    named = {each.get("name") for each in sent}
    if any(each["id"] in used for name, each in known.items() if name not in named):
        text = "must not leave out a choice that products have"
        raise rule_error("choices", "NOT_ALLOWED_DELETE_CHOICE_ASSIGNED_TO_PRODUCT", text)
    checked = [_checked(customization, each, "choices") for each in sent]
    _check_all(site, checked, "choices")
    customization["choicesSettings"]["choices"] = [
        known[each["name"]] | each if each["name"] in known else new_choice(site, each) for each in checked
    ]
    check_links(customization, "choices")


def remove(customization: Entity, ids: list[str], used: Collection[str]) -> None:
    """Remove choices.

    Raises:
        WixError: 400 for an unknown choice, one that products have or that is the parent of others, or if none would be
            left.
    """
    for choice_id in ids:
        find(customization, choice_id)
        if choice_id in used:
            raise refusal("CHOICE_ASSIGNED_TO_PRODUCT", f"choice {choice_id} is assigned to products")
    kept = [each for each in choices_of(customization) if each["id"] not in ids]
    if not kept:
        text = "must leave a choice"
        raise rule_error("choiceIds", "NOT_ALLOWED_CUSTOMIZATION_WITHOUT_CHOICES", text)
    if any(primary in ids for each in kept for primary in each.get("primaryChoiceIds") or []):
        raise rule_error("choiceIds", "PRIMARY_CHOICE_DELETE_REFERENCED", "other choices lie under one of them")
    customization["choicesSettings"]["choices"] = kept


def link(customization: Entity, entries: list[Entity]) -> None:
    """Change the parents of choices: `[{choice: {id, primaryChoiceIds}}]`.

    Raises:
        WixError: 400 for an unknown choice, another member, or invalid links.
    """
    for at, entry in enumerate(entries):
        sent = entry.get("choice") or {}
        other = sorted(set(sent) - CHANGEABLE)
        if other:
            text = f"only primaryChoiceIds can be updated, not {', '.join(other)}"
            raise rule_error(f"choices[{at}].choice.{other[0]}", "UNSUPPORTED_CHOICE_FIELD", text)
        find(customization, str(sent.get("id")))["primaryChoiceIds"] = sent.get("primaryChoiceIds") or []
    check_links(customization, "choices")


def order(customization: Entity, ids: list[str]) -> None:
    """Put the choices into an order that names each of them once.

    Raises:
        WixError: 400 if it does not.
    """
    refuse_free_text(customization)
    known = {each["id"]: each for each in choices_of(customization)}
    if sorted(ids) != sorted(known):
        raise refusal("CHOICE_IDS_MISMATCH", "choiceIds must name every choice once")
    customization["choicesSettings"]["choices"] = [known[each] for each in ids]


def find(customization: Entity, choice_id: str) -> Entity:
    """The choice with an id.

    Raises:
        WixError: 400 when there is none.
    """
    for each in choices_of(customization):
        if each["id"] == choice_id:
            return each
    raise refusal("CHOICE_NOT_FOUND", f"customization {customization['id']} has no choice {choice_id}")


def refuse_free_text(customization: Entity) -> None:
    """Refuse a customization with free text, which has no choices.

    Raises:
        WixError: 400.
    """
    if customization["customizationRenderType"] == FREE_TEXT:
        raise refusal("DOESNT_SUPPORT_CHOICES", f"customization {customization['id']} is free text")


def check_links(customization: Entity, path: str) -> None:
    """Check that the parents of choices have no parents themselves.

    Raises:
        WixError: 400.
    """
    known = {each["id"]: each for each in choices_of(customization)}
    for choice in known.values():
        for primary in choice.get("primaryChoiceIds") or []:
            if primary == choice["id"]:
                raise rule_error(path, "PRIMARY_CHOICE_SELF_REFERENCE", "a choice cannot lie under itself")
            if primary not in known:
                raise rule_error(path, "PRIMARY_CHOICE_NOT_FOUND", f"there is no choice {primary}")
            if known[primary].get("primaryChoiceIds"):
                raise rule_error(path, "PRIMARY_CHOICE_HIERARCHY_VIOLATION", "choices are grouped one level deep")


def _checked(customization: Entity, sent: Entity, path: str) -> Entity:
    refuse_free_text(customization)
    render_type = customization["customizationRenderType"]
    if not sent.get("name"):
        raise required(f"{path}.name")
    kind = sent.get("choiceType") or CHOICE_TYPES[render_type]
    if kind != CHOICE_TYPES[render_type]:
        text = f"must be {CHOICE_TYPES[render_type]} for {render_type}"
        raise rule_error(f"{path}.choiceType", "INVALID_CHOICE_TYPE", text)
    if (kind == "ONE_COLOR") != bool(sent.get("colorCode")):
        raise rule_error(f"{path}.colorCode", "INVALID_CHOICE_VALUE", "goes with ONE_COLOR, and only with it")
    if sent.get("defaultAddedPrice") is not None and customization["customizationType"] == "PRODUCT_OPTION":
        raise refusal("MODIFIER_SETTINGS_NOT_SUPPORTED_FOR_PRODUCT_OPTION", "options add no price")
    return {**sent, "choiceType": kind}


def check_number(site: Site, choices: list[Entity]) -> None:
    """Check how many choices a customization would have, of all products of the store together.

    Raises:
        WixError: 428 for too many.
    """
    most = int(site.readings["choices-limit"])
    if len(choices) > most:
        text = f"a customization has at most {most} choices"
        raise application_error(HTTPStatus.PRECONDITION_REQUIRED, "CHOICES_LIMIT_EXCEEDED", text)


def _check_all(site: Site, choices: list[Entity], path: str) -> None:
    check_number(site, choices)
    names = [each["name"] for each in choices]
    if len(set(names)) < len(names):
        raise rule_error(path, "DUPLICATE_CHOICE_NAME", "two choices have the same name")
