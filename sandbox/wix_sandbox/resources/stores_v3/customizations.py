"""Customizations: the options and modifiers of products, created when a product names a new one.

https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v3/customizations-v3/introduction
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wix_sandbox.errors import required, rule_error
from wix_sandbox.options import StoreCatalog
from wix_sandbox.query.spec import Query
from wix_sandbox.resource import Resource, merged
from wix_sandbox.resources.stores_v3 import customization_choices as choices
from wix_sandbox.resources.stores_v3.refusals import refusal
from wix_sandbox.resources.stores_v3.variants import sync_rows
from wix_sandbox.resources.texts import slug_of
from wix_sandbox.walk import clean

if TYPE_CHECKING:
    from wix_sandbox.call import Call
    from wix_sandbox.site import Site
    from wix_sandbox.values import Entity

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
        listed = choices.choices_of(customization)
        bare = [{name: value for name, value in each.items() if name != "displayImage"} for each in listed]
        shown["choicesSettings"] = {"choices": bare}
    return shown


CUSTOMIZATIONS = Resource(
    name="customizations",
    kind=KIND,
    base="/stores/v3/customizations",
    item="customization",
    items="customizations",
    schema="customization",
    label="Customization",
    parameter="customizationId",
    catalog=StoreCatalog.V3,
    query=Query.declared("stores-v3/queryCustomizations"),
    present=_shown,
)


def create(site: Site, body: Entity, path: str = "customization") -> Entity:
    """Create a customization.

    Raises:
        WixError: 400 for invalid members, or settings that do not fit its types.
    """
    if body.get("id"):
        raise rule_error(f"{path}.id", "ID_NOT_ALLOWED_IN_REQUEST", "must not be set")
    cleaned = clean("customization", body, path, fresh=True)
    for name in ("name", "customizationType", "customizationRenderType"):
        if not cleaned.get(name):
            raise required(f"{path}.{name}")
    if not cleaned["name"].strip():
        raise rule_error(f"{path}.name", "ONLY_SPACES_STRING_ERROR", "must not consist of spaces only")
    sent = (cleaned.pop("choicesSettings", None) or {}).get("choices") or []
    customization = CUSTOMIZATIONS.stamped(site, cleaned) | {"key": _key(cleaned["name"])}
    _check_settings(customization)
    if sent or customization["customizationRenderType"] != choices.FREE_TEXT:
        if not sent:
            raise required(f"{path}.choicesSettings.choices")
        choices.add(site, customization, sent, f"{path}.choicesSettings.choices")
    return site.store.insert(KIND, customization)


def update(site: Site, customization_id: str, body: Entity, path: str = "customization") -> Entity:
    """Change name and free-text settings; types never change, choices have separate calls.

    Raises:
        WixError: 404 unknown, 400 for settings that do not fit, 409 for a stale revision.
    """
    current = CUSTOMIZATIONS.fetch(site, customization_id)
    CUSTOMIZATIONS.check_revision(current, body, path)
    fixed = {"customizationType", "customizationRenderType", "choicesSettings"}
    changes = {name: value for name, value in clean("customization", body, path).items() if name not in fixed}
    if "name" in changes and not changes["name"]:
        raise required(f"{path}.name")
    if changes.get("freeTextInput") and current["customizationRenderType"] != choices.FREE_TEXT:
        raise refusal("DOESNT_SUPPORT_FREE_TEXT", f"customization {customization_id} has choices, no free text")
    customization = merged(current, changes)
    _check_settings(customization)
    return save(site, customization)


def save(site: Site, customization: Entity) -> Entity:
    """Store a changed customization, and copy its name to the products that have it."""
    saved = CUSTOMIZATIONS.save(site, customization)
    for product in products_with(site, saved):
        _rename(product, saved)
        site.store.update("products", product)
        sync_rows(site, None, product)
    return saved


def _rename(product: Entity, customization: Entity) -> None:
    for part in product[ON_PRODUCTS[customization["customizationType"]]]:
        if part["id"] == customization["id"]:
            part["name"] = customization["name"]
    for variant in product["variantsInfo"]["variants"]:
        for choice in variant["choices"]:
            if choice["optionChoiceIds"]["optionId"] == customization["id"]:
                choice["optionChoiceNames"]["optionName"] = customization["name"]


def delete(site: Site, customization_id: str) -> None:
    """Remove a customization: an option that no product has, or a modifier, which its products lose.

    Raises:
        WixError: 404 unknown, 400 for an option that products have.
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
    free = customization["customizationRenderType"] == choices.FREE_TEXT
    if free and customization["customizationType"] == OPTION:
        raise refusal("INVALID_CUSTOMIZATION_RENDER_TYPE", "an option has choices")
    settings = customization.get("freeTextInput")
    if free != bool(settings):
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
        made = CUSTOMIZATIONS.stamped(site, {**named, "key": _key(part["name"])})
        customization = site.store.insert(KIND, made)
    connected = part | {
        "id": customization["id"],
        "name": customization["name"],
        "key": customization["key"],
        RENDER[kind]: customization["customizationRenderType"],
    }
    if "choicesSettings" in part:
        sent = (part["choicesSettings"] or {}).get("choices") or []
        connected["choicesSettings"] = {"choices": [_choice(site, customization, each, kind, failure) for each in sent]}
        site.store.update(KIND, customization)
    return connected


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
    known = choices.choices_of(customization)
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
        fits = choices.CHOICE_TYPES.get(customization["customizationRenderType"])
        if sent["choiceType"] != fits or (fits == "ONE_COLOR") != bool(sent.get("colorCode")):
            raise refusal(failure, f"choice {sent['name']} does not fit customization {customization['name']}")
        members = ("name", "choiceType", "colorCode")
        choices.check_number(site, [*known, sent])
        found = choices.new_choice(site, {name: sent[name] for name in members if name in sent})
        known.append(found)
    return sent | _on_product(found)


def _on_product(choice: Entity) -> Entity:
    """Return the members of a choice that a product repeats; the id is called `choiceId` there."""
    repeated: Entity = {name: choice[name] for name in ("name", "choiceType", "key", "colorCode") if name in choice}
    return repeated | {"choiceId": choice["id"]}
