"""Customizations: the options and modifiers of products, created when a product names a new one, and their choices.

https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/customizations-v3/introduction
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wix_sandbox.bulk import bulk
from wix_sandbox.documented import refusal
from wix_sandbox.errors import error_428, refuse_cleared, require, required, rule_error
from wix_sandbox.handlers import endpoints
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
from wix_sandbox.resource import CRUD, Resource, merged, stamped
from wix_sandbox.resources.stores_v3.variants import sync_rows
from wix_sandbox.resources.texts import slug_of
from wix_sandbox.values import given, only, without
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from wix_sandbox.call import Call, Handler
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
    return given(sent) | {"id": site.new_id(), "key": slug_of(sent["name"], "choice")[:50]}


def add(site: Site, customization: Entity, sent: list[Entity], path: str = "choices") -> None:
    """Add choices; 400 for choices that do not fit the customization."""
    choices = [*choices_of(customization), *(_checked(customization, each, path) for each in sent)]
    _check_all(site, choices, path)
    customization["choicesSettings"]["choices"] = [
        each if each.get("id") else new_choice(site, each) for each in choices
    ]
    check_links(customization, path)


def find(customization: Entity, choice_id: str) -> Entity:
    """Return the choice with an id; 400 for an unknown id."""
    for each in choices_of(customization):
        if each["id"] == choice_id:
            return each
    raise refusal("CHOICE_NOT_FOUND", f"customization {customization['id']} has no choice {choice_id}")


def refuse_free_text(customization: Entity) -> None:
    """Refuse a customization with free text, which has no choices, with 400."""
    if customization["customizationRenderType"] == FREE_TEXT:
        raise refusal("DOESNT_SUPPORT_CHOICES", f"customization {customization['id']} is free text")


def check_links(customization: Entity, path: str) -> None:
    """Refuse choices whose parents have parents themselves with 400."""
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
    require(sent, "name", within=path)
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
    """Refuse a customization with too many choices, of all products of the store together, with 428."""
    most = int(site.readings["choices-limit"])
    if len(choices) > most:
        raise error_428("CHOICES_LIMIT_EXCEEDED", f"a customization has at most {most} choices")


def _names(choices: list[Entity]) -> list[str]:
    return [each["name"] for each in choices if each.get("name")]


def _check_all(site: Site, choices: list[Entity], path: str) -> None:
    check_number(site, choices)
    names = _names(choices)
    if len(set(names)) < len(names):
        raise rule_error(path, "DUPLICATE_CHOICE_NAME", "two choices have the same name")


KIND = "customizations"
OPTION, MODIFIER = "PRODUCT_OPTION", "MODIFIER"
RENDER = {OPTION: "optionRenderType", MODIFIER: "modifierRenderType"}
ON_PRODUCTS = {OPTION: "options", MODIFIER: "modifiers"}


def _shown(call: Call, customization: Entity) -> Entity:
    """Counts and pictures are only returned if `fields` requests them."""
    fields = call.names("fields")
    shown = dict(customization)
    if "ASSIGNED_PRODUCTS_COUNT" in fields:
        shown["assignedProductsCount"] = len(products_with(call.site, customization))
    if "choicesSettings" in shown and "CHOICE_DISPLAY_IMAGE" not in fields:
        shown["choicesSettings"] = {"choices": [without(each, "displayImage") for each in choices_of(customization)]}
    return shown


CUSTOMIZATIONS = Resource(
    name="customizations",
    base="/stores/v3/customizations",
    item="customization",
    schema="customization",
    parameter="customizationId",
    catalog=StoreCatalog.V3,
    verbs=CRUD | {"count"},
    query=Query.declared("stores-v3/queryCustomizations"),
    present=_shown,
)


def create(site: Site, body: Entity, path: str = "customization") -> Entity:
    """Create a customization; 400 for invalid members, or settings that do not fit its types."""
    if body.get("id"):
        raise rule_error(f"{path}.id", "ID_NOT_ALLOWED_IN_REQUEST", "must not be set")
    cleaned = clean("customization", body, path, fresh=True)
    require(cleaned, "name", "customizationType", "customizationRenderType", within=path)
    if not cleaned["name"].strip():
        raise rule_error(f"{path}.name", "ONLY_SPACES_STRING_ERROR", "must not consist of spaces only")
    sent = (cleaned.pop("choicesSettings", None) or {}).get("choices") or []
    customization = stamped(site, cleaned) | {"key": _key(cleaned["name"])}
    _check_settings(customization)
    if sent or customization["customizationRenderType"] != FREE_TEXT:
        if not sent:
            raise required(f"{path}.choicesSettings.choices")
        add(site, customization, sent, f"{path}.choicesSettings.choices")
    return site.store.insert(KIND, customization)


def update(site: Site, customization_id: str, body: Entity, path: str = "customization") -> Entity:
    """Change name and free-text settings; types never change, choices have separate calls.

    Raises:
        WixError: 404 for an unknown customization, 400 for settings that do not fit, 409 for a stale revision.
    """
    current = CUSTOMIZATIONS.fetch(site, customization_id)
    CUSTOMIZATIONS.check_revision(current, body, path)
    fixed = ("customizationType", "customizationRenderType", "choicesSettings")
    changes = without(clean("customization", body, path), *fixed)
    refuse_cleared(changes, "name", within=path)
    if changes.get("freeTextInput") and current["customizationRenderType"] != FREE_TEXT:
        raise refusal("DOESNT_SUPPORT_FREE_TEXT", f"customization {customization_id} has choices, no free text")
    customization = merged(current, changes)
    _check_settings(customization)
    return save(site, customization)


def save(site: Site, customization: Entity) -> Entity:
    """Store a changed customization, and change the products that have it."""
    saved = CUSTOMIZATIONS.save(site, customization)
    for product in products_with(site, saved):
        _follow(product, saved)
        site.store.update("products", product)
        sync_rows(site, None, product)
    return saved


def _follow(product: Entity, customization: Entity) -> None:
    """Copy the name of a customization to a product, which loses the choices that a modifier no longer has."""
    name = ON_PRODUCTS[customization["customizationType"]]
    for part in product[name]:
        if part["id"] != customization["id"]:
            continue
        part["name"] = customization["name"]
        if name == "modifiers" and "choicesSettings" in part:
            known = {each["id"] for each in choices_of(customization)}
            kept = [each for each in part["choicesSettings"]["choices"] if each["choiceId"] in known]
            part["choicesSettings"]["choices"] = kept
    product[name] = [each for each in product[name] if each.get("choicesSettings", {}).get("choices") != []]
    for variant in product["variantsInfo"]["variants"]:
        for choice in variant["choices"]:
            if choice["optionChoiceIds"]["optionId"] == customization["id"]:
                choice["optionChoiceNames"]["optionName"] = customization["name"]


def delete(site: Site, customization_id: str) -> None:
    """Remove a customization: an option that no product has, or a modifier, which its products lose.

    Raises:
        WixError: 404 for an unknown customization, 400 for an option that products have.
    """
    customization = CUSTOMIZATIONS.fetch(site, customization_id)
    products = products_with(site, customization)
    if products and customization["customizationType"] == OPTION:
        text = "is assigned to products"
        raise rule_error("customizationId", "NOT_ALLOWED_DELETE_CUSTOMIZATION_ASSIGNED_TO_PRODUCT", text)
    for product in products:
        product["modifiers"] = [each for each in product["modifiers"] if each["id"] != customization_id]
        site.store.update("products", product)
    CUSTOMIZATIONS.delete(site, customization_id)


def products_with(site: Site, customization: Entity) -> list[Entity]:
    """Products that are built with a customization."""
    return site.store.find("products", f"{ON_PRODUCTS[customization['customizationType']]}.id", customization["id"])


def choices_in_use(site: Site, customization: Entity) -> frozenset[str]:
    """Return ids of an option's choices that products have; choices of modifiers can always be removed."""
    if customization["customizationType"] == MODIFIER:
        return frozenset()
    return frozenset(
        choice["choiceId"]
        for product in products_with(site, customization)
        for option in product["options"]
        if option["id"] == customization["id"]
        for choice in option["choicesSettings"]["choices"]
    )


def _check_settings(customization: Entity) -> None:
    free = customization["customizationRenderType"] == FREE_TEXT
    if free and customization["customizationType"] == OPTION:
        raise refusal("INVALID_CUSTOMIZATION_RENDER_TYPE", "an option has choices")
    settings = customization.get("freeTextInput")
    if free != (settings is not None):
        raise refusal("INVALID_FREE_TEXT_SETTINGS", "freeTextInput goes with FREE_TEXT, and only with it")
    if settings and settings.get("minCharCount", 0) > settings.get("maxCharCount", 500):
        raise refusal("INVALID_FREE_TEXT_SETTINGS", "minCharCount must not exceed maxCharCount")
    if settings and settings.get("title"):
        settings["key"] = _key(settings["title"])


def _key(name: str) -> str:
    return slug_of(name, "customization")[:50]


def connect(site: Site, part: Entity, kind: str) -> Entity:
    """Return an option or modifier of a product, connected to a customization: found by id or name, or created.

    Raises:
        WixError: 400 for an unknown id or a part without name or type.
    """
    render_type = part.get(RENDER[kind])
    if not part.get("id") and not (part.get("name") and render_type):
        code = "PRODUCT_OPTION_NAME_AND_TYPE_REQUIRED" if kind == OPTION else "MODIFIER_NAME_AND_TYPE_REQUIRED"
        raise refusal(code, f"{kind} needs a name and {RENDER[kind]}")
    customization = _known(site, part, kind, render_type)
    failure = "ADD_CUSTOMIZATION_CHOICES_FAILED" if customization else "CUSTOMIZATIONS_CREATION_FAILED"
    if customization is None:
        if not part["name"].strip():
            raise refusal(failure, "the name of a customization must not consist of spaces only")
        named = {"name": part["name"], "customizationType": kind, "customizationRenderType": render_type}
        made = stamped(site, {**named, "key": _key(part["name"])})
        if render_type == FREE_TEXT:
            made["freeTextInput"] = merged({}, part.get("freeTextSettings") or {})
            _check_settings(made)
        elif not (part.get("choicesSettings") or {}).get("choices"):
            raise refusal(failure, f"customization {part['name']} needs choices")
        customization = site.store.insert(KIND, made)
    connected = part | {
        "id": customization["id"],
        "name": customization["name"],
        "key": customization["key"],
        RENDER[kind]: customization["customizationRenderType"],
        **_text_settings(part),
    }
    if "choicesSettings" in part:
        sent = (part["choicesSettings"] or {}).get("choices") or []
        added = [name for name in _names(sent) if name not in _names(choices_of(customization))]
        if len(set(added)) < len(added):
            raise refusal(failure, f"two choices of customization {customization['name']} have the same name")
        connected["choicesSettings"] = {"choices": [_choice(site, customization, each, kind, failure) for each in sent]}
        site.store.update(KIND, customization)
    return connected


def _text_settings(part: Entity) -> Entity:
    """Return the settings of a modifier's free text with their key, if it has some."""
    settings = part.get("freeTextSettings") or {}
    return {"freeTextSettings": settings | {"key": _key(settings["title"])}} if settings.get("title") else {}


def _known(site: Site, part: Entity, kind: str, render_type: str | None) -> Entity | None:
    if part.get("id"):
        customization = site.store.get(KIND, part["id"])
        if customization is None or customization["customizationType"] != kind:
            raise refusal("CUSTOMIZATION_NOT_EXIST", f"Customization {part['id']} does not exist")
        return customization
    for each in site.store.find(KIND, "name", part.get("name")):
        if each["customizationType"] == kind and each["customizationRenderType"] == render_type:
            return each
    return None


def _choice(site: Site, customization: Entity, sent: Entity, kind: str, failure: str) -> Entity:
    """Return a choice with its id in the customization; a new one is added there, or refused."""
    known = choices_of(customization)
    if sent.get("choiceId"):
        found = next((each for each in known if each["id"] == sent["choiceId"]), None)
        if found is None:
            raise refusal("CHOICE_NOT_EXIST", f"Choice {sent['choiceId']} does not exist")
        # A choice is not renamed through a product: a different name is ignored.
        return sent | _on_product(found)
    if not sent.get("name") or not sent.get("choiceType"):
        code = f"{'PRODUCT_OPTION' if kind == OPTION else 'MODIFIER'}_CHOICE_NAME_AND_TYPE_REQUIRED"
        raise refusal(code, "a choice needs a name and choiceType")
    found = next((each for each in known if each["name"] == sent["name"]), None)
    if found is None:
        fits = CHOICE_TYPES.get(customization["customizationRenderType"])
        if sent["choiceType"] != fits or (fits == "ONE_COLOR") != bool(sent.get("colorCode")):
            raise refusal(failure, f"choice {sent['name']} does not fit customization {customization['name']}")
        check_number(site, [*known, sent])
        found = new_choice(site, only(sent, "name", "choiceType", "colorCode"))
        known.append(found)
    return sent | _on_product(found)


def _on_product(choice: Entity) -> Entity:
    """Return the members of a choice that a product repeats; the id is called `choiceId` there."""
    return only(choice, "name", "choiceType", "key", "colorCode") | {"choiceId": choice["id"]}


def _on_choices(act: Callable[[Call, Entity], None]) -> Handler:
    """Return a handler that changes the choices of the customization in the path; a revision in the body is checked."""

    def handler(call: Call) -> Entity:
        customization = CUSTOMIZATIONS.fetch(call.site, call.parameter("customizationId"))
        if call.body.get("revision"):
            CUSTOMIZATIONS.check_revision(customization, call.body, "")
        act(call, customization)
        return {"customization": CUSTOMIZATIONS.present(call, save(call.site, customization))}

    return handler


def _sent_choices(body: Entity, path: str = "") -> list[Entity]:
    cleaned = clean("customization", {"choicesSettings": {"choices": body["choices"]}}, path or "customization")
    listed: list[Entity] = cleaned["choicesSettings"]["choices"]
    return listed


def _add(call: Call, customization: Entity) -> None:
    add(call.site, customization, _sent_choices(call.body))


def _set(call: Call, customization: Entity) -> None:
    """Replace all choices; a choice with a known name stays the same choice.

    Raises:
        WixError: 400 for invalid choices, or if a choice that products have would be removed.
    """
    sent, used = _sent_choices(call.body), choices_in_use(call.site, customization)
    known = {each["name"]: each for each in choices_of(customization)}
    named = {each.get("name") for each in sent}
    if any(each["id"] in used for name, each in known.items() if name not in named):
        text = "must not leave out a choice that products have"
        raise rule_error("choices", "NOT_ALLOWED_DELETE_CHOICE_ASSIGNED_TO_PRODUCT", text)
    checked = [_checked(customization, each, "choices") for each in sent]
    _check_all(call.site, checked, "choices")
    customization["choicesSettings"]["choices"] = [
        known[each["name"]] | each if each["name"] in known else new_choice(call.site, each) for each in checked
    ]
    check_links(customization, "choices")


def _remove(call: Call, customization: Entity) -> None:
    """Remove choices.

    Raises:
        WixError: 400 for an unknown choice, one that products have or that is the parent of others, or if none would be
            left.
    """
    ids, used = call.body["choiceIds"], choices_in_use(call.site, customization)
    for choice_id in ids:
        find(customization, choice_id)
        if choice_id in used:
            raise refusal("CHOICE_ASSIGNED_TO_PRODUCT", f"choice {choice_id} is assigned to products")
    kept = [each for each in choices_of(customization) if each["id"] not in ids]
    if not kept:
        raise rule_error("choiceIds", "NOT_ALLOWED_CUSTOMIZATION_WITHOUT_CHOICES", "must leave a choice")
    if any(primary in ids for each in kept for primary in each.get("primaryChoiceIds") or []):
        raise rule_error("choiceIds", "PRIMARY_CHOICE_DELETE_REFERENCED", "other choices lie under one of them")
    customization["choicesSettings"]["choices"] = kept


def _add_to(call: Call, entry: Entity, path: str) -> Entity:
    customization = CUSTOMIZATIONS.fetch(call.site, str(entry.get("customizationId")))
    path = f"{path}.choices"
    add(call.site, customization, _sent_choices(entry, path), path)
    return CUSTOMIZATIONS.present(call, save(call.site, customization))


def _link(call: Call, customization: Entity) -> None:
    """Change the parents of choices: `[{choice: {id, primaryChoiceIds}}]`.

    Raises:
        WixError: 400 for an unknown choice, another member, or invalid links.
    """
    for at, entry in enumerate(call.body["choices"]):
        sent = entry.get("choice") or {}
        other = sorted(set(sent) - CHANGEABLE)
        if other:
            text = f"only primaryChoiceIds can be updated, not {', '.join(other)}"
            raise rule_error(f"choices[{at}].choice.{other[0]}", "UNSUPPORTED_CHOICE_FIELD", text)
        find(customization, str(sent.get("id")))["primaryChoiceIds"] = sent.get("primaryChoiceIds") or []
    check_links(customization, "choices")


def _order(call: Call, customization: Entity) -> None:
    """Put the choices into an order; 400 unless it names each of them once."""
    refuse_free_text(customization)
    known = {each["id"]: each for each in choices_of(customization)}
    if sorted(call.body["choiceIds"]) != sorted(known):
        raise refusal("CHOICE_IDS_MISMATCH", "choiceIds must name every choice once")
    customization["choicesSettings"]["choices"] = [known[each] for each in call.body["choiceIds"]]


_ROW = replace(CUSTOMIZATIONS, creates=create, updates=update, deletes=delete)
_BULK = "/stores/v3/bulk/customizations"
_BULK_ADD = bulk("customizationsChoices", _add_to, name="customization", id_name="customizationId")
ROUTES = (
    *_ROW.routes(),
    *_ROW.bulk_routes(_BULK, ("create", "update"), name="customization"),
    *endpoints(
        ("POST", f"{_ROW.one}/add-choices", "customizations.add-choices", _on_choices(_add)),
        ("POST", f"{_ROW.one}/set-choices", "customizations.set-choices", _on_choices(_set)),
        ("POST", f"{_ROW.one}/remove-choices", "customizations.remove-choices", _on_choices(_remove)),
        ("POST", f"{_ROW.one}/update-choices", "customizations.update-choices", _on_choices(_link)),
        ("POST", f"{_ROW.one}/reorder-choices", "customizations.reorder-choices", _on_choices(_order)),
        ("POST", f"{_BULK}/add-choices", "customizations.bulk-add-choices", _BULK_ADD),
        catalog=StoreCatalog.V3,
    ),
)
